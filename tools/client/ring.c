// SPDX-License-Identifier: GPL-2.0-only
/* Driver side of a virtqueue; packed ones go on in packed.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "packed.h"

static size_t avail_bytes(unsigned int num)
{
	return sizeof(u16) * (3 + num);
}

static size_t used_bytes(unsigned int num)
{
	return sizeof(u16) * 3 + sizeof(struct vring_used_elem) * num;
}

/* Areas start on pages of their own: tests map them apart. */
static size_t page_up(size_t len)
{
	return (len + MEM_PAGE - 1) & ~(MEM_PAGE - 1);
}

size_t ring_bytes(unsigned int num, bool indirect)
{
	size_t desc = sizeof(struct vring_desc) * num;

	return page_up(desc) + page_up(avail_bytes(num)) + page_up(used_bytes(num)) +
	       (indirect ? page_up(desc * RING_TABLE) : 0) + MEM_PAGE;
}

int ring_init(struct ring *r, struct mem *m, unsigned int num, bool packed, bool event_idx,
	      bool indirect)
{
	size_t desc = sizeof(struct vring_desc) * num;

	memset(r, 0, sizeof(*r));
	r->num = num;
	r->packed = packed;
	r->event_idx = event_idx;
	r->desc = mem_take(m, page_up(desc), MEM_PAGE);
	r->avail = mem_take(m, page_up(avail_bytes(num)), MEM_PAGE);
	r->used = mem_take(m, page_up(used_bytes(num)), MEM_PAGE);
	if (!r->desc || !r->avail || !r->used)
		return -ENOSPC;
	if (indirect) {
		r->table = mem_take(m, page_up(desc * RING_TABLE), MEM_PAGE);
		if (!r->table)
			return -ENOSPC;
		r->table_iova = mem_iova(m, r->table);
	}
	r->next = calloc(num, sizeof(*r->next));
	r->chain = calloc(num, sizeof(*r->chain));
	r->token = calloc(num, sizeof(*r->token));
	if (!r->next || !r->chain || !r->token) {
		ring_free(r);
		return -ENOMEM;
	}
	ring_clear(r, 0);
	return 0;
}

void ring_free(struct ring *r)
{
	free(r->next);
	free(r->chain);
	free(r->token);
	r->next = NULL;
	r->chain = NULL;
	r->token = NULL;
}

void ring_clear(struct ring *r, u16 base)
{
	unsigned int i;

	memset(r->chain, 0, sizeof(*r->chain) * r->num);
	for (i = 0; i < r->num; i++)
		r->next[i] = i + 1;
	r->free_head = 0;
	r->num_free = r->num;
	r->avail_idx = base;
	r->published = base;
	r->last_used = base;
	r->used_seen = base;
	r->odd = 0;
	if (r->packed) {
		packed_clear(r);
		return;
	}
	memset(r->desc, 0, sizeof(struct vring_desc) * r->num);
	memset(r->avail, 0, avail_bytes(r->num));
	memset(r->used, 0, used_bytes(r->num));
	r->avail->idx = base;
	r->used->idx = base;
}

u16 ring_shown(struct ring *r)
{
	return r->packed ? packed_shown(r) : load_acquire(&r->used->idx);
}

u32 ring_base(const struct ring *r, u16 index)
{
	return r->packed ? packed_base(r, index) : index;
}

void raw_desc(struct vring_desc *table, u16 i, u64 addr, u32 len, u16 flags, u16 next)
{
	table[i] = (struct vring_desc){ .addr = addr, .len = len, .flags = flags, .next = next };
}

void raw_avail(struct ring *r, u16 head)
{
	r->avail->ring[r->avail->idx & (r->num - 1)] = head;
	store_release(&r->avail->idx, (u16)(r->avail->idx + 1));
}

void ring_sync(struct ring *r)
{
	r->avail_idx = r->avail->idx;
	r->published = r->avail->idx;
	r->last_used = r->used->idx;
	r->used_seen = r->used->idx;
	ring_calls_off(r);
}

static void fill(struct vring_desc *d, const struct ring_seg *s, u16 flags, u16 next)
{
	d->addr = s->addr;
	d->len = s->len;
	d->flags = flags;
	d->next = next;
}

static int add_indirect(struct ring *r, const struct ring_seg *seg, unsigned int out,
			unsigned int in, u32 token)
{
	unsigned int i, n = out + in;
	u16 head = r->free_head;
	struct vring_desc *t = r->table + head * RING_TABLE;
	struct ring_seg table = {
		.addr = r->table_iova + head * RING_TABLE * sizeof(*t),
		.len = n * sizeof(*t),
	};

	if (!r->num_free || n > RING_TABLE)
		return -ENOSPC;
	for (i = 0; i < n; i++)
		fill(&t[i], &seg[i], (i < out ? 0 : VRING_DESC_F_WRITE) |
		     (i + 1 < n ? VRING_DESC_F_NEXT : 0), i + 1);
	fill(&r->desc[head], &table, VRING_DESC_F_INDIRECT, 0);
	r->free_head = r->next[head];
	r->num_free--;
	r->chain[head] = 1;
	r->token[head] = token;
	r->avail->ring[r->avail_idx++ & (r->num - 1)] = head;
	return head;
}

int ring_add(struct ring *r, const struct ring_seg *seg, unsigned int out, unsigned int in,
	     bool indirect, u32 token)
{
	unsigned int i, n = out + in;
	u16 at = r->free_head, head = at;

	if (r->packed)
		return packed_add(r, seg, out, in, indirect, token);
	if (indirect && r->table)
		return add_indirect(r, seg, out, in, token);
	if (n > r->num_free)
		return -ENOSPC;
	for (i = 0; i < n; i++) {
		fill(&r->desc[at], &seg[i], (i < out ? 0 : VRING_DESC_F_WRITE) |
		     (i + 1 < n ? VRING_DESC_F_NEXT : 0), r->next[at]);
		at = r->next[at];
	}
	r->free_head = at;
	r->num_free -= n;
	r->chain[head] = n;
	r->token[head] = token;
	r->avail->ring[r->avail_idx++ & (r->num - 1)] = head;
	return head;
}

/* Does the device want a kick for entries from @old up to @new? */
static bool wants_kick(struct ring *r, u16 old, u16 new)
{
	u16 event;

	if (!r->event_idx)
		return !(load_acquire(&r->used->flags) & VRING_USED_F_NO_NOTIFY);
	event = load_acquire(ring_avail_event(r));
	return (u16)(new - event - 1) < (u16)(new - old);
}

bool ring_publish(struct ring *r)
{
	u16 old = r->published, new = r->avail_idx;

	if (r->packed)
		return packed_publish(r);
	if (old == new)
		return false;
	store_release(&r->avail->idx, new);
	r->published = new;
	/* the index before the question whether the device sleeps */
	full_barrier();
	return wants_kick(r, old, new);
}

bool ring_asleep(struct ring *r)
{
	return r->packed ? packed_asleep(r) : wants_kick(r, r->published, r->published + 1);
}

/*
 * User-Mode Linux copies to and from user space bytewise, so the indices of its
 * vhost are seen, for a moment, with only one byte new. Such an index is 256
 * too far, which is more than is outstanding in a ring of up to 256 entries that
 * is never quite full. Look again later; a device that means it is found out.
 */
unsigned int ring_pending(struct ring *r)
{
	u16 idx;

	if (r->packed)
		return packed_pending(r);
	if (r->last_used != r->used_seen)
		return (u16)(r->used_seen - r->last_used);
	idx = load_acquire(&r->used->idx);
	if ((u16)(idx - r->last_used) > (u16)(r->published - r->last_used)) {
		r->odd++;
		return 0;
	}
	r->odd = 0;
	r->used_seen = idx;
	return (u16)(idx - r->last_used);
}

int64_t ring_get(struct ring *r, u32 *len)
{
	const struct vring_used_elem *e;
	unsigned int i, n;
	u32 id;
	u16 at;

	if (r->packed)
		return packed_get(r, len);
	if (!ring_pending(r))
		return r->odd > RING_PATIENCE ? -EPROTO : -EAGAIN;
	e = &r->used->ring[r->last_used & (r->num - 1)];
	id = e->id;
	*len = e->len;
	if (id >= r->num || !r->chain[id])
		return -EPROTO;
	r->last_used++;

	n = r->chain[id];
	r->chain[id] = 0;
	for (at = id, i = 1; i < n; i++)
		at = r->next[at];
	r->next[at] = r->free_head;
	r->free_head = id;
	r->num_free += n;
	return r->token[id];
}

void ring_calls_off(struct ring *r)
{
	r->event_at = r->last_used;
	if (r->packed)
		packed_calls_off(r);
	else if (r->event_idx)
		store_release(ring_used_event(r), (u16)(r->last_used - 1));
	else
		store_release(&r->avail->flags, (u16)VRING_AVAIL_F_NO_INTERRUPT);
}

bool ring_calls_on(struct ring *r)
{
	if (r->packed)
		return packed_calls_on(r);
	if (r->event_idx)
		store_release(ring_used_event(r), r->last_used);
	else
		store_release(&r->avail->flags, (u16)0);
	full_barrier();
	return ring_pending(r) > 0;
}
