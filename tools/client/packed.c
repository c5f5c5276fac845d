// SPDX-License-Identifier: GPL-2.0-only
/* Driver side of a packed virtqueue (virtio 1.3, 2.8). */
#include <errno.h>
#include <string.h>

#include "packed.h"

#define AVAIL	(1 << VRING_PACKED_DESC_F_AVAIL)
#define USED	(1 << VRING_PACKED_DESC_F_USED)

static struct vring_packed_desc *slot(struct ring *r, u16 pos)
{
	return &r->packed_desc[pos & (r->num - 1)];
}

/* The wrap counter: 1 in the first round and every other. */
static bool wrap(const struct ring *r, u16 pos)
{
	return !(pos & r->num);
}

static u16 off_wrap(const struct ring *r, u16 pos)
{
	return (pos & (r->num - 1)) | wrap(r, pos) << VRING_PACKED_EVENT_F_WRAP_CTR;
}

static u16 available(const struct ring *r, u16 pos)
{
	return wrap(r, pos) ? AVAIL : USED;
}

void packed_clear(struct ring *r)
{
	memset(r->packed_desc, 0, sizeof(*r->packed_desc) * r->num);
	memset(r->driver_event, 0, sizeof(*r->driver_event));
	memset(r->device_event, 0, sizeof(*r->device_event));
	r->slots_free = r->num;
}

void packed_put(struct ring *r, u64 addr, u32 len, u16 flags, u16 id)
{
	struct vring_packed_desc *d = slot(r, r->avail_idx);

	flags |= available(r, r->avail_idx);
	d->addr = addr;
	d->len = len;
	d->id = id;
	if (r->avail_idx == r->published)
		r->first_flags = flags;
	else
		d->flags = flags;
	r->avail_idx++;
	r->slots_free--;
}

static void put_table(struct ring *r, const struct ring_seg *seg, unsigned int out,
		      unsigned int n, u16 id)
{
	struct vring_packed_desc *t = (struct vring_packed_desc *)r->table + id * RING_TABLE;
	unsigned int i;

	for (i = 0; i < n; i++) {
		t[i].addr = seg[i].addr;
		t[i].len = seg[i].len;
		t[i].flags = i < out ? 0 : VRING_DESC_F_WRITE;
	}
	packed_put(r, r->table_iova + id * RING_TABLE * sizeof(*t), n * sizeof(*t),
		   VRING_DESC_F_INDIRECT, id);
}

int packed_add(struct ring *r, const struct ring_seg *seg, unsigned int out, unsigned int in,
	       bool indirect, u32 token)
{
	unsigned int i, n = out + in;
	bool tabled = indirect && r->table;
	u16 id = r->free_head;

	if ((tabled ? 1 : n) > r->slots_free || !r->num_free || (tabled && n > RING_TABLE))
		return -ENOSPC;
	if (tabled)
		put_table(r, seg, out, n, id);
	for (i = 0; i < n && !tabled; i++)
		packed_put(r, seg[i].addr, seg[i].len, (i < out ? 0 : VRING_DESC_F_WRITE) |
			   (i + 1 < n ? VRING_DESC_F_NEXT : 0), id);
	r->free_head = r->next[id];
	r->num_free--;
	r->chain[id] = tabled ? 1 : n;
	r->token[id] = token;
	return id;
}

/* Does the device want a kick for descriptors from @old up to @new? */
static bool wants_kick(struct ring *r, u16 old, u16 new)
{
	/* both halves at once: they belong together */
	u32 told = load_acquire((u32 *)r->device_event);
	u16 event = told, flags = told >> 16;

	if (flags != VRING_PACKED_EVENT_FLAG_DESC)
		return flags != VRING_PACKED_EVENT_FLAG_DISABLE;
	event = (event & (r->num - 1)) + (event >> VRING_PACKED_EVENT_F_WRAP_CTR ? 0 : r->num);
	return ((event - old) & (2 * r->num - 1)) < (u16)(new - old);
}

bool packed_publish(struct ring *r)
{
	u16 old = r->published, new = r->avail_idx;

	if (old == new)
		return false;
	store_release(&slot(r, old)->flags, r->first_flags);
	r->published = new;
	/* the descriptors before the question whether the device sleeps */
	full_barrier();
	return wants_kick(r, old, new);
}

bool packed_asleep(struct ring *r)
{
	return wants_kick(r, r->published, r->published + 1);
}

static bool is_used(struct ring *r, u16 pos)
{
	u16 flags = load_acquire(&slot(r, pos)->flags);

	return !!(flags & AVAIL) == wrap(r, pos) && !!(flags & USED) == wrap(r, pos);
}

unsigned int packed_pending(struct ring *r)
{
	return r->last_used != r->published && is_used(r, r->last_used);
}

int64_t packed_get(struct ring *r, u32 *len)
{
	const struct vring_packed_desc *d = slot(r, r->last_used);
	u16 id;

	if (!packed_pending(r))
		return -EAGAIN;
	id = d->id;
	*len = d->len;
	if (id >= r->num || !r->chain[id])
		return -EPROTO;
	r->last_used += r->chain[id];
	r->slots_free += r->chain[id];
	r->chain[id] = 0;
	r->next[id] = r->free_head;
	r->free_head = id;
	r->num_free++;
	return r->token[id];
}

u16 packed_shown(struct ring *r)
{
	u16 pos = r->last_used, id;

	while (pos != r->published && is_used(r, pos)) {
		id = slot(r, pos)->id;
		if (id >= r->num || !r->chain[id])
			break;
		pos += r->chain[id];
	}
	return pos;
}

u32 packed_base(const struct ring *r, u16 pos)
{
	return off_wrap(r, pos) | (u32)off_wrap(r, pos) << 16;
}

void packed_calls_off(struct ring *r)
{
	store_release(&r->driver_event->flags, (u16)VRING_PACKED_EVENT_FLAG_DISABLE);
}

bool packed_calls_on(struct ring *r)
{
	if (r->event_idx)
		store_release((u32 *)r->driver_event,
			      off_wrap(r, r->last_used) | VRING_PACKED_EVENT_FLAG_DESC << 16);
	else
		store_release(&r->driver_event->flags, (u16)VRING_PACKED_EVENT_FLAG_ENABLE);
	full_barrier();
	return packed_pending(r);
}
