/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An honest virtio driver over tests/unit/gmem.h, as 2.7.13, 2.7.14, 2.8.21 and
 * 2.8.22 of virtio 1.3 describe it: it makes chains of any shape, remembers each
 * one, and checks what comes back. Written from the specification, byte by byte,
 * with nothing of the engine's.
 *
 * Where the driver is in a ring are free-running numbers: of entries in a split
 * ring, of descriptors in a packed one, whose wrap counter starts as 1 and changes
 * with every round.
 */
#ifndef _UNIT_VDRV_H
#define _UNIT_VDRV_H

#include "gmem.h"

#include "../../sim/vring.h"

#define VDRV_MAX	1024u		/* largest ring here */
#define VDRV_ELEMS	48u		/* elements of a chain */
#define VDRV_DESC	(GMEM_IOVA + 0x1000 + 16)
#define VDRV_DRIVER	(GMEM_IOVA + 0x8000 + 0xffe)
#define VDRV_EVENT	(GMEM_IOVA + 0x8000 + 0xffc)	/* driver area of a packed ring */
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

/* Flags of a packed descriptor, 2.8.1 */
#define VDRV_AVAIL	0x80
#define VDRV_USED	0x8000

/* Flags of a first descriptor that the device must not see yet. */
struct vdrv_first {
	u64 at;
	u16 flags;
};

struct vdrv {
	u32 size;
	bool event_idx;
	bool packed;
	u64 desc, driver, device;
	u32 room;				/* bytes a chain has for its buffers */
	u16 avail_idx, used_seen;
	u16 shown;				/* of avail_idx */
	unsigned int num_free;
	u16 free[VDRV_MAX];
	unsigned int slots;			/* packed: free descriptors */
	unsigned int num_first;
	struct vdrv_first first[VDRV_MAX];
	struct vdrv_chain chain[VDRV_MAX];	/* by head or buffer id; last, and large */
};

static struct vdrv vdrv;

static inline bool vdrv_wrap(u16 pos)
{
	return pos / vdrv.size % 2 == 0;
}

/* Position as it is handed over between devices. */
static inline u16 vdrv_index(u16 pos)
{
	return vdrv.packed ? pos % vdrv.size + 0x8000 * vdrv_wrap(pos) : pos;
}

static inline u64 vdrv_slot(u16 pos)
{
	return vdrv.desc + 16 * (pos % vdrv.size);
}

static inline struct sdpu_vring_attrs vdrv_attrs(bool indirect)
{
	return (struct sdpu_vring_attrs){
		.size = vdrv.size,
		.desc = vdrv.desc,
		.driver = vdrv.driver,
		.device = vdrv.device,
		.avail = vdrv_index(vdrv.avail_idx),
		.used = vdrv_index(vdrv.used_seen),
		.packed = vdrv.packed,
		.indirect = indirect,
		.event_idx = vdrv.event_idx,
	};
}

/* Each head has its own piece of memory: 1 KiB for tables, the rest for buffers. */
static inline u32 vdrv_region(void)
{
	return min_t(u32, 7, (GMEM_PAGES - 65) / vdrv.size) * 4096;
}

/* What a packed ring looks like when all before position @pos has come back. */
static inline void vdrv_new_packed(u16 pos)
{
	u32 i;

	vdrv.packed = true;
	vdrv.driver = VDRV_EVENT;
	vdrv.slots = vdrv.size;
	for (i = 0; i < vdrv.size; i++)
		guest_put(vdrv_slot(pos + i) + 14,
			  vdrv_wrap(pos + i) ? 0 : VDRV_AVAIL | VDRV_USED, 2);
	guest_put(vdrv.driver, 0, 4);
	guest_put(vdrv.device, 0, 4);
}

/* Both indices start at @idx, as after a migration; packed: only its rest by two rounds counts. */
static void vdrv_new(u32 size, bool packed, bool event_idx, u16 idx)
{
	u32 i;

	if (packed)
		idx %= 2 * size;
	memset(&vdrv, 0, offsetof(struct vdrv, chain));
	memset(vdrv.chain, 0, size * sizeof(vdrv.chain[0]));
	vdrv.size = size;
	vdrv.event_idx = event_idx;
	vdrv.desc = VDRV_DESC;
	vdrv.driver = VDRV_DRIVER;
	vdrv.device = VDRV_DEVICE;
	vdrv.avail_idx = idx;
	vdrv.used_seen = idx;
	vdrv.shown = idx;
	vdrv.room = vdrv_region() - 1024;
	for (i = 0; i < size; i++)
		vdrv.free[vdrv.num_free++] = i;
	if (packed) {
		vdrv_new_packed(idx);
		return;
	}
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

/* 2.7.13 step 5, 2.8.21 step 4: the entries become visible. */
static inline void vdrv_show(void)
{
	unsigned int i;

	vdrv.shown = vdrv.avail_idx;
	if (vdrv.packed) {
		for (i = 0; i < vdrv.num_first; i++)
			guest_put(vdrv.first[i].at + 14, vdrv.first[i].flags, 2);
		vdrv.num_first = 0;
		return;
	}
	guest_put(vdrv.driver + 2, vdrv.avail_idx, 2);
}

/* Elements at random places of the head's own piece of memory. */
static void vdrv_place(struct vdrv_chain *c, u64 addr, u32 room, unsigned int out, unsigned int in)
{
	u32 share = room / (out + in);
	unsigned int i;
	u32 gap;

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
		if (!e->in)
			guest_fill(e->addr, e->len);
	}
}

static inline void vdrv_put_packed(u64 at, u64 addr, u32 len, u16 id, u16 flags)
{
	guest_put(at, addr, 8);
	guest_put(at + 8, len, 4);
	guest_put(at + 12, id, 2);
	guest_put(at + 14, flags, 2);
}

/* A descriptor of the ring; what it shows by its flags waits if it is a first one. */
static inline void vdrv_put_slot(u64 addr, u32 len, u16 id, u16 flags, bool first)
{
	u64 at = vdrv_slot(vdrv.avail_idx);

	flags |= vdrv_wrap(vdrv.avail_idx) ? VDRV_AVAIL : VDRV_USED;
	vdrv_put_packed(at, addr, len, id, first ? guest_get(at + 14, 2) : flags);
	if (first)
		vdrv.first[vdrv.num_first++] = (struct vdrv_first){ .at = at, .flags = flags };
	vdrv.avail_idx++;
	vdrv.slots--;
}

/* 2.8.21: in the ring, or all in a table. Only the last buffer id counts (2.8.6). */
static inline struct vdrv_chain *vdrv_add_packed(unsigned int out, unsigned int in, bool tabled)
{
	u16 id = vdrv_take();
	struct vdrv_chain *c = &vdrv.chain[id];
	u64 base = VDRV_BUFFERS + (u64)id * vdrv_region();
	u64 table = base + gmem_below(2) * gmem_below(64) + gmem_below(2) * 16 * gmem_below(8);
	unsigned int n = out + in, i;

	c->busy = true;
	c->pushed = false;
	c->head = id;
	c->num_desc = tabled ? 1 : n;
	vdrv_place(c, base + 1024, vdrv.room, out, in);
	for (i = 0; i < n; i++) {
		struct vdrv_elem *e = &c->elem[i];
		u16 flags = e->in ? 2 : 0;

		if (tabled)
			vdrv_put_packed(table + 16 * i, e->addr, e->len, gmem_random(), flags);
		else
			vdrv_put_slot(e->addr, e->len, i + 1 < n ? gmem_random() : id,
				      flags | (i + 1 < n ? 1 : 0), !i);
	}
	/* The write flag of a reference means nothing. */
	if (tabled)
		vdrv_put_slot(table, 16 * n, id, 4 | 2 * gmem_below(2), true);
	return c;
}

/* Where in a table of @n the @i-th descriptor is: it begins with entry 0, the rest is a list. */
static inline u16 vdrv_entry(unsigned int i, unsigned int n, bool reversed)
{
	return i && reversed ? n - i : i;
}

/*
 * A chain of @out and @in elements: @direct of them in the descriptor table,
 * the others in an indirect table (packed: all or none of them). Return: the
 * chain, not shown yet.
 */
static inline struct vdrv_chain *vdrv_add(unsigned int out, unsigned int in, unsigned int direct)
{
	unsigned int n = out + in, tabled = n - direct, i;
	struct vdrv_chain *c;
	u64 base, table, where;
	bool reversed;
	u16 head, at;

	if (vdrv.packed)
		return vdrv_add_packed(out, in, tabled);
	reversed = gmem_below(2);
	head = vdrv_take();
	at = head;
	c = &vdrv.chain[head];
	base = VDRV_BUFFERS + (u64)head * vdrv_region();
	table = base + gmem_below(2) * gmem_below(64) + gmem_below(2) * 16 * gmem_below(8);
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
			where = table + 16 * vdrv_entry(i - direct, tabled, reversed);
			next = vdrv_entry(i - direct + 1, tabled, reversed);
		}
		vdrv_put_desc(where, e->addr, e->len, flags, next);
	}
	vdrv_offer(head);
	return c;
}

/* What an event suppression structure says to a side that wrote [old, new) (2.8.10). */
static inline bool vdrv_event(u64 area, u16 old, u16 new)
{
	u16 off_wrap = guest_get(area, 2), flags = guest_get(area + 2, 2) & 3;

	if (flags == 1)
		return false;
	if (flags != 2 || !vdrv.event_idx)
		return true;
	for (; old != new; old++)
		if (vdrv_index(old) == off_wrap)
			return true;
	return false;
}

/* Whether a driver that added entries [old, avail_idx) must kick (2.7.10.1). */
static inline bool vdrv_must_kick(u16 old)
{
	u16 event, i;

	if (vdrv.packed)
		return vdrv_event(vdrv.device, old, vdrv.avail_idx);
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

	if (vdrv.packed)
		return vdrv_event(vdrv.driver, old, new);
	if (!vdrv.event_idx)
		return !(guest_get(vdrv.driver, 2) & 1);
	event = guest_get(vdrv.driver + 4 + 2 * vdrv.size, 2);
	for (; old != new; old++)
		if (old == event)
			return true;
	return false;
}

/* 2.8.22; every descriptor says, too, whether something was written (2.8.3). */
static inline int vdrv_reap_packed(void)
{
	int n = 0;

	while (vdrv.slots != vdrv.size) {
		u64 at = vdrv_slot(vdrv.used_seen);
		u16 flags = guest_get(at + 14, 2), id = guest_get(at + 12, 2);
		struct vdrv_chain *c = &vdrv.chain[id % VDRV_MAX];
		u32 len = guest_get(at + 8, 4);

		if (!!(flags & VDRV_AVAIL) != vdrv_wrap(vdrv.used_seen) ||
		    !!(flags & VDRV_USED) != vdrv_wrap(vdrv.used_seen))
			break;
		if (id >= vdrv.size || !c->busy || !c->pushed || len != c->written ||
		    (flags & 2 ? 1 : 0) != (len ? 1 : 0))
			return -1;
		vdrv.used_seen += c->num_desc;
		vdrv.slots += c->num_desc;
		vdrv.free[vdrv.num_free++] = id;
		c->busy = false;
		n++;
	}
	return n;
}

/*
 * Take back what the device shows. Return: how many, or -1 if it gave back what
 * it did not have, or another length than it wrote.
 */
static inline int vdrv_reap(void)
{
	u16 idx = guest_get(vdrv.device + 2, 2);
	int n = 0;

	if (vdrv.packed)
		return vdrv_reap_packed();
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
