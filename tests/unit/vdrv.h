/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An honest virtio driver over tests/unit/gmem.h, as 2.7.13 and 2.7.14 of
 * virtio 1.3 describe it: it makes chains of any shape, remembers each one, and
 * checks what comes back. Written from the specification, byte by byte, with
 * nothing of the engine's.
 */
#ifndef _UNIT_VDRV_H
#define _UNIT_VDRV_H

#include "gmem.h"

#include "../../sim/vring.h"

#define VDRV_MAX	1024u		/* largest ring here */
#define VDRV_ELEMS	48u		/* elements of a chain */
#define VDRV_DESC	(GMEM_IOVA + 0x1000 + 16)
#define VDRV_DRIVER	(GMEM_IOVA + 0x8000 + 0xffe)
#define VDRV_DEVICE	(GMEM_IOVA + 0xc000 + 0xff0)	/* used entries straddle pages */
#define VDRV_BUFFERS	(GMEM_IOVA + 0x40000 + 0xe80)	/* indirect tables do, too */

enum vdrv_shape { VDRV_DIRECT, VDRV_TABLE, VDRV_MIXED };

struct vdrv_elem {
	u64 addr;
	u32 len;
	bool in;
};

struct vdrv_chain {
	bool busy;
	bool pushed;
	u16 head;
	unsigned int num;
	struct vdrv_elem elem[VDRV_ELEMS];
	unsigned int num_desc;
	u16 desc[VDRV_ELEMS];
	u32 out_len, in_len;
	u32 written;
};

struct vdrv {
	u32 size;
	bool event_idx;
	u64 desc, driver, device;
	u32 room;				/* bytes a chain has for its buffers */
	u16 avail_idx, used_seen;
	unsigned int num_free;
	u16 free[VDRV_MAX];
	struct vdrv_chain chain[VDRV_MAX];	/* by head */
};

static struct vdrv vdrv;

static inline struct sdpu_vring_attrs vdrv_attrs(bool indirect)
{
	return (struct sdpu_vring_attrs){
		.size = vdrv.size,
		.desc = vdrv.desc,
		.driver = vdrv.driver,
		.device = vdrv.device,
		.avail = vdrv.avail_idx,
		.used = vdrv.used_seen,
		.indirect = indirect,
		.event_idx = vdrv.event_idx,
	};
}

/* Each head has its own piece of memory: 1 KiB for tables, the rest for buffers. */
static inline u32 vdrv_region(void)
{
	return min_t(u32, 7, (GMEM_PAGES - 65) / vdrv.size) * 4096;
}

/* Both indices start at @idx, as after a migration. */
static void vdrv_new(u32 size, bool event_idx, u16 idx)
{
	u32 i;

	memset(&vdrv, 0, sizeof(vdrv));
	vdrv.size = size;
	vdrv.event_idx = event_idx;
	vdrv.desc = VDRV_DESC;
	vdrv.driver = VDRV_DRIVER;
	vdrv.device = VDRV_DEVICE;
	vdrv.avail_idx = idx;
	vdrv.used_seen = idx;
	vdrv.room = vdrv_region() - 1024;
	for (i = 0; i < size; i++)
		vdrv.free[vdrv.num_free++] = i;
	guest_put(vdrv.driver, 0, 2);
	guest_put(vdrv.driver + 2, idx, 2);
	guest_put(vdrv.device, 0, 2);
	guest_put(vdrv.device + 2, idx, 2);
	if (event_idx) {
		guest_put(vdrv.driver + 4 + 2 * size, 0, 2);
		guest_put(vdrv.device + 4 + 8 * size, 0, 2);
	}
}

static inline void vdrv_put_desc(u64 at, u64 addr, u32 len, u16 flags, u16 next)
{
	guest_put(at, addr, 8);
	guest_put(at + 8, len, 4);
	guest_put(at + 12, flags, 2);
	guest_put(at + 14, next, 2);
}

static inline u16 vdrv_take(void)
{
	u32 i = gmem_below(vdrv.num_free);
	u16 desc = vdrv.free[i];

	vdrv.free[i] = vdrv.free[--vdrv.num_free];
	return desc;
}

/* Make head available, but do not show it yet. */
static inline void vdrv_offer(u16 head)
{
	guest_put(vdrv.driver + 4 + 2 * (vdrv.avail_idx % vdrv.size), head, 2);
	vdrv.avail_idx++;
}

/* 2.7.13 step 5: the entries become visible. */
static inline void vdrv_show(void)
{
	guest_put(vdrv.driver + 2, vdrv.avail_idx, 2);
}

/* Elements at random places of the head's own piece of memory. */
static void vdrv_place(struct vdrv_chain *c, u64 addr, u32 room, unsigned int out, unsigned int in)
{
	u32 share = room / (out + in);
	unsigned int i;
	u32 gap, k;

	c->num = out + in;
	c->out_len = 0;
	c->in_len = 0;
	for (i = 0; i < c->num; i++, addr += share) {
		struct vdrv_elem *e = &c->elem[i];

		gap = gmem_below(3) ? 0 : gmem_below(share / 2 + 1);
		e->addr = addr + gap;
		e->len = gmem_below(8) ? gmem_below(share - gap + 1) : share - gap;
		e->in = i >= out;
		*(e->in ? &c->in_len : &c->out_len) += e->len;
		for (k = 0; k < e->len && !e->in; k++)
			guest_put(e->addr + k, gmem_random() >> 11, 1);
	}
}

/*
 * A chain of @out and @in elements: @direct of them in the descriptor table,
 * the others in an indirect table. Return: the chain, not shown yet.
 */
static inline struct vdrv_chain *vdrv_add(unsigned int out, unsigned int in, unsigned int direct)
{
	unsigned int n = out + in, tabled = n - direct, i;
	u16 head = vdrv_take();
	struct vdrv_chain *c = &vdrv.chain[head];
	u64 base = VDRV_BUFFERS + (u64)head * vdrv_region();
	u64 table = base + gmem_below(2) * gmem_below(64) + gmem_below(2) * 16 * gmem_below(8);
	u16 at = head;
	u64 where;

	c->busy = true;
	c->pushed = false;
	c->head = head;
	c->num_desc = 0;
	c->desc[c->num_desc++] = head;
	vdrv_place(c, base + 1024, vdrv.room, out, in);

	for (i = 0; i < n; i++) {
		struct vdrv_elem *e = &c->elem[i];
		u16 flags = (i + 1 < n ? 1 : 0) | (e->in ? 2 : 0);
		u16 next = 0;

		if (i == direct && tabled) {
			/* The write flag of a reference means nothing (2.7.5.3.2). */
			vdrv_put_desc(vdrv.desc + 16 * at, table, 16 * tabled,
				      4 | 2 * gmem_below(2), gmem_random());
		}
		if (i < direct) {
			where = vdrv.desc + 16 * at;
			if (i + 1 < n) {
				next = vdrv_take();
				c->desc[c->num_desc++] = next;
				at = next;
			}
		} else {
			where = table + 16 * (i - direct);
			next = i - direct + 1;
		}
		vdrv_put_desc(where, e->addr, e->len, flags, next);
	}
	vdrv_offer(head);
	return c;
}

/* Whether a driver that added entries [old, avail_idx) must kick (2.7.10.1). */
static inline bool vdrv_must_kick(u16 old)
{
	u16 event, i;

	if (!vdrv.event_idx)
		return !(guest_get(vdrv.device, 2) & 1);
	event = guest_get(vdrv.device + 4 + 8 * vdrv.size, 2);
	for (i = old; i != vdrv.avail_idx; i++)
		if (i == event)
			return true;
	return false;
}

/* Whether a device that showed used entries [old, new) must call (2.7.7.2). */
static inline bool vdrv_must_call(u16 old, u16 new)
{
	u16 event;

	if (!vdrv.event_idx)
		return !(guest_get(vdrv.driver, 2) & 1);
	event = guest_get(vdrv.driver + 4 + 2 * vdrv.size, 2);
	for (; old != new; old++)
		if (old == event)
			return true;
	return false;
}

/*
 * Take back what the device shows. Return: how many, or -1 if it gave back what
 * it did not have, or another length than it wrote.
 */
static inline int vdrv_reap(void)
{
	u16 idx = guest_get(vdrv.device + 2, 2);
	int n = 0;

	for (; vdrv.used_seen != idx; vdrv.used_seen++, n++) {
		u64 at = vdrv.device + 4 + 8 * (vdrv.used_seen % vdrv.size);
		u32 id = guest_get(at, 4);
		struct vdrv_chain *c = &vdrv.chain[id % VDRV_MAX];

		if (id >= vdrv.size || !c->busy || !c->pushed || guest_get(at + 4, 4) != c->written)
			return -1;
		while (c->num_desc)
			vdrv.free[vdrv.num_free++] = c->desc[--c->num_desc];
		c->busy = false;
	}
	return n;
}

#endif /* _UNIT_VDRV_H */
