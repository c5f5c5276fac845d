/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device's side of a virtqueue, as the text of virtio 1.3 has it: 2.7 for split,
 * 2.8 for packed rings. Deliberately naive: one step at a time, everything read
 * from the guest's memory when it is needed, nothing remembered that the text
 * does not speak of. What a device should have written goes to the shadow of
 * that memory (tests/unit/gmem.h).
 *
 * It believes the driver: rules that a driver may break have tests of their own.
 */
#ifndef _UNIT_VMODEL_H
#define _UNIT_VMODEL_H

#include "gmem.h"

#define VMODEL_MAX	1024u		/* chains in hand: the largest ring */
#define VMODEL_ELEMS	64u		/* buffers of a chain */

#define VMODEL_NEXT	0x1
#define VMODEL_WRITE	0x2
#define VMODEL_INDIRECT	0x4
#define VMODEL_AVAIL	0x80
#define VMODEL_USED	0x8000

/* One buffer of a chain. */
struct vmodel_elem {
	u64 addr;
	u32 len;
	bool write;
};

/* A chain, as a device sees it: @slots is the number of descriptors in the ring. */
struct vmodel_chain {
	u16 id;
	u16 slots;
	unsigned int num;
	struct vmodel_elem elem[VMODEL_ELEMS];
};

/* A chain in the device's hands, or given back: @len bytes were written. */
struct vmodel_hand {
	u16 id;
	u16 slots;
	u32 len;
};

/*
 * Where in a ring. Split: @at is an index that counts to 65535 and starts again.
 * Packed: @at is a place in the ring, and @wrap the wrap counter.
 */
struct vmodel_place {
	u32 at;
	bool wrap;
};

/**
 * struct vmodel - the device
 * @size: of the ring
 * @packed: the layout
 * @event_idx: VIRTIO_F_EVENT_IDX was negotiated
 * @desc: address of the descriptor area
 * @driver: of the driver area
 * @device: of the device area
 * @avail: what to take next
 * @used: where what is given back next goes
 * @shown: the same, without what the driver was not shown
 * @called: the driver was shown something before
 * @num_hand: taken and not given back
 * @hand: these
 * @num_back: given back and not shown
 * @back: these, in the order in which they were given back
 */
struct vmodel {
	u32 size;
	bool packed;
	bool event_idx;
	u64 desc;
	u64 driver;
	u64 device;
	struct vmodel_place avail;
	struct vmodel_place used;
	struct vmodel_place shown;
	bool called;
	unsigned int num_hand;
	struct vmodel_hand hand[VMODEL_MAX];
	unsigned int num_back;
	struct vmodel_hand back[VMODEL_MAX];
};

/*
 * Entries of a split ring's used ring that the device has written and not shown:
 * the driver must not look at them, so that they may be anything.
 */
static bool vmodel_unseen[VMODEL_MAX];

static inline void vmodel_step(const struct vmodel *m, struct vmodel_place *place)
{
	place->at++;
	if (place->at == (m->packed ? m->size : 65536)) {
		place->at = 0;
		place->wrap = !place->wrap;
	}
}

/* As it is handed over from one device to the next. */
static inline u16 vmodel_index(const struct vmodel *m, struct vmodel_place place)
{
	return m->packed && place.wrap ? place.at + 32768 : place.at;
}

static inline struct vmodel_place vmodel_place(const struct vmodel *m, u16 index)
{
	if (!m->packed)
		return (struct vmodel_place){ .at = index };
	return (struct vmodel_place){ .at = index % 32768, .wrap = index >= 32768 };
}

/* ---- what the driver has made available ---- */

/* 2.7.6: idx is where the driver would put the next entry. 2.8.1: flags and wrap counter. */
static inline bool vmodel_available(const struct vmodel *m)
{
	bool avail, used;
	u16 flags;

	if (!m->packed)
		return guest_get(m->driver + 2, 2) != m->avail.at;
	flags = guest_get(m->desc + 16 * m->avail.at + 14, 2);
	avail = flags & VMODEL_AVAIL;
	used = flags & VMODEL_USED;
	return avail == m->avail.wrap && used != m->avail.wrap;
}

static inline void vmodel_add(struct vmodel_chain *c, u64 desc, u16 flags)
{
	if (c->num == VMODEL_ELEMS)
		abort();
	c->elem[c->num++] = (struct vmodel_elem){
		.addr = guest_get(desc, 8),
		.len = guest_get(desc + 8, 4),
		.write = flags & VMODEL_WRITE,
	};
}

/* 2.7.5: a list in the descriptor table, the rest of which may be one in a table of its own. */
static inline void vmodel_walk_split(const struct vmodel *m, struct vmodel_chain *c)
{
	u64 table = m->desc, desc;
	u16 i = c->id, flags;

	for (;;) {
		desc = table + 16 * i;
		flags = guest_get(desc + 12, 2);
		if (flags & VMODEL_INDIRECT) {
			table = guest_get(desc, 8);
			i = 0;
			continue;
		}
		vmodel_add(c, desc, flags);
		if (!(flags & VMODEL_NEXT))
			return;
		i = guest_get(desc + 14, 2);
	}
}

/*
 * 2.8.6, 2.8.7: descriptors that follow each other in the ring, of which the last
 * one has the buffer id; or one that refers to a table of them.
 */
static inline void vmodel_walk_packed(const struct vmodel *m, struct vmodel_chain *c)
{
	struct vmodel_place place = m->avail;
	u64 desc, table;
	u32 len, done;
	u16 flags;

	do {
		desc = m->desc + 16 * place.at;
		flags = guest_get(desc + 14, 2);
		c->id = guest_get(desc + 12, 2);
		c->slots++;
		vmodel_step(m, &place);
		if (!(flags & VMODEL_INDIRECT)) {
			vmodel_add(c, desc, flags);
			continue;
		}
		table = guest_get(desc, 8);
		len = guest_get(desc + 8, 4);
		for (done = 0; done < len; done += 16)
			vmodel_add(c, table + done, guest_get(table + done + 14, 2));
	} while (flags & VMODEL_NEXT);
}

/* Take the next chain; say how much was written into it with vmodel_hand(). */
static inline bool vmodel_pop(struct vmodel *m, struct vmodel_chain *c)
{
	unsigned int i;

	if (!vmodel_available(m))
		return false;
	*c = (struct vmodel_chain){};
	if (m->packed) {
		vmodel_walk_packed(m, c);
	} else {
		c->id = guest_get(m->driver + 4 + 2 * (m->avail.at % m->size), 2);
		c->slots = 1;
		vmodel_walk_split(m, c);
	}
	for (i = 0; i < c->slots; i++)
		vmodel_step(m, &m->avail);
	return true;
}

static inline void vmodel_hand(struct vmodel *m, const struct vmodel_chain *c, u32 len)
{
	m->hand[m->num_hand++] = (struct vmodel_hand){ c->id, c->slots, len };
}

/* ---- what the device gives back ---- */

/* Give back the @n-th of the chains in hand. */
static inline void vmodel_push(struct vmodel *m, unsigned int n)
{
	unsigned int i;

	if (!m->packed)
		vmodel_unseen[m->used.at % m->size] = true;
	for (i = 0; i < m->hand[n].slots; i++)
		vmodel_step(m, &m->used);
	m->back[m->num_back++] = m->hand[n];
	m->num_hand--;
	for (i = n; i < m->num_hand; i++)
		m->hand[i] = m->hand[i + 1];
}

/*
 * 2.7.7.2: without VIRTIO_F_EVENT_IDX a flag says whether the driver wants a call;
 * with it, it wants one for the entry at index used_event. 2.8.10: one for every
 * batch, none, or one for a place in the ring.
 */
static inline bool vmodel_wants_call(const struct vmodel *m, struct vmodel_place place)
{
	u16 flags;

	if (!m->packed && !m->event_idx)
		return !(guest_get(m->driver, 2) & 1);
	if (!m->packed)
		return guest_get(m->driver + 4 + 2 * m->size, 2) == place.at;
	flags = guest_get(m->driver + 2, 2) & 3;
	if (flags == 1)
		return false;
	if (flags == 2 && m->event_idx)
		return guest_get(m->driver, 2) == vmodel_index(m, place);
	return true;
}

/* 2.7.8: an entry says which chain, and how much was written into it. */
static inline void vmodel_show_split(struct vmodel *m, const struct vmodel_hand *h)
{
	u64 entry = m->device + 4 + 8 * (m->shown.at % m->size);

	expect_put(entry, h->id, 4);
	expect_put(entry + 4, h->len, 4);
	vmodel_unseen[m->shown.at % m->size] = false;
}

/* 2.8.2: one descriptor is written for a chain, however many it has had. */
static inline void vmodel_show_packed(struct vmodel *m, const struct vmodel_hand *h)
{
	u64 desc = m->desc + 16 * m->shown.at;

	expect_put(desc + 8, h->len, 4);
	expect_put(desc + 12, h->id, 2);
	expect_put(desc + 14, (m->shown.wrap ? VMODEL_AVAIL | VMODEL_USED : 0) |
		   (h->len ? VMODEL_WRITE : 0), 2);
}

/* Show the driver what was given back. Return: as sdpu_vring_publish(). */
static inline int vmodel_publish(struct vmodel *m)
{
	/* the first time with VIRTIO_F_EVENT_IDX it is called in any case: sim/vring.h */
	bool call = m->event_idx && !m->called;
	unsigned int i, slot;

	if (!m->num_back)
		return 0;
	for (i = 0; i < m->num_back; i++) {
		if (m->packed)
			vmodel_show_packed(m, &m->back[i]);
		else
			vmodel_show_split(m, &m->back[i]);
		for (slot = 0; slot < m->back[i].slots; slot++) {
			call |= vmodel_wants_call(m, m->shown);
			vmodel_step(m, &m->shown);
		}
	}
	if (!m->packed)
		expect_put(m->device + 2, m->shown.at, 2);
	m->num_back = 0;
	m->called = true;
	return call ? 2 : 1;
}

/* ---- what the device wants to be told ---- */

/* 2.8.14: flags; the place that is written with them counts only with "for a place". */
static inline void vmodel_tell_packed(struct vmodel *m, u16 flags)
{
	expect_put(m->device + 2, flags, 2);
	expect_put(m->device, flags == 2 ? vmodel_index(m, m->avail) : guest_get(m->device, 2), 2);
}

/* 2.7.10.1: avail_event, where it counts, asks for the entry at that index. */
static inline bool vmodel_kicks_on(struct vmodel *m)
{
	if (m->packed)
		vmodel_tell_packed(m, m->event_idx ? 2 : 0);
	else if (m->event_idx)
		expect_put(m->device + 4 + 8 * m->size, m->avail.at, 2);
	else
		expect_put(m->device, 0, 2);
	return vmodel_available(m);
}

/* 2.7.10.1: the flag means nothing with VIRTIO_F_EVENT_IDX. */
static inline void vmodel_kicks_off(struct vmodel *m)
{
	if (m->packed)
		vmodel_tell_packed(m, 1);
	else if (!m->event_idx)
		expect_put(m->device, 1, 2);
}

/* ---- memory ---- */

static inline bool vmodel_area(u64 addr, u32 bytes)
{
	u32 done, len;

	for (done = 0; done < bytes; done += len) {
		len = min_t(u32, bytes - done, 4096 - (addr + done) % 4096);
		if (memcmp(gmem_at(gmem.host, addr + done), gmem_at(gmem.shadow, addr + done), len))
			return false;
	}
	return true;
}

/* Are the three areas as they should be? */
static inline bool vmodel_as_expected(const struct vmodel *m)
{
	u32 event = m->event_idx ? 2 : 0, i;

	for (i = 0; i < m->size && !m->packed; i++)
		if (vmodel_unseen[i])
			expect_put(m->device + 4 + 8 * i, guest_get(m->device + 4 + 8 * i, 8), 8);
	return vmodel_area(m->desc, 16 * m->size) &&
	       vmodel_area(m->driver, m->packed ? 4 : 4 + 2 * m->size + event) &&
	       vmodel_area(m->device, m->packed ? 4 : 4 + 8 * m->size + event);
}

#endif /* _UNIT_VMODEL_H */
