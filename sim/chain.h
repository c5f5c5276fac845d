/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the engine share: layout of the areas, descriptors, chains.
 * Of no concern to others.
 */
#ifndef _SDPU_SIM_CHAIN_H
#define _SDPU_SIM_CHAIN_H

#include <linux/prefetch.h>

#include "vring.h"

/* Of most processors. What is larger or smaller costs a prefetch or two. */
#define SDPU_CACHE_LINE		64

/* struct virtq_avail (2.7.6): flags, idx, ring of u16, used_event */
#define SDPU_AVAIL_FLAGS	0
#define SDPU_AVAIL_IDX		2
#define SDPU_AVAIL_RING(i)	(4 + 2 * (u32)(i))
#define SDPU_AVAIL_NO_INTERRUPT	0x1

/* struct virtq_used (2.7.8): flags, idx, ring of {u32 id, u32 len}, avail_event */
#define SDPU_USED_FLAGS		0
#define SDPU_USED_IDX		2
#define SDPU_USED_RING(i)	(4 + 8 * (u32)(i))
#define SDPU_USED_NO_NOTIFY	0x1

/* struct pvirtq_event_suppress (2.8.14): off_wrap 15:0, flags 17:16 */
#define SDPU_EVENT_SIZE		4
#define SDPU_EVENT_WRAP		0x8000
#define SDPU_EVENT_FLAGS(raw)	((raw) >> 16 & 3)
#define SDPU_EVENT_ENABLE	0
#define SDPU_EVENT_DISABLE	1
#define SDPU_EVENT_DESC		2

/* struct virtq_desc and struct pvirtq_desc: flags (2.7.5, 2.8.1) */
#define SDPU_DESC_NEXT		0x1
#define SDPU_DESC_WRITE		0x2
#define SDPU_DESC_INDIRECT	0x4
#define SDPU_DESC_AVAIL		0x80
#define SDPU_DESC_USED		0x8000
#define SDPU_DESC_SIZE		16

/**
 * struct sdpu_desc - private copy of a descriptor, as two numbers
 * @addr: address of the buffer
 * @rest: len 31:0, flags 47:32, next (split) or buffer id (packed) 63:48
 */
struct sdpu_desc {
	u64 addr;
	u64 rest;
};

static inline u32 sdpu_desc_len(struct sdpu_desc desc)
{
	return desc.rest;
}

static inline u16 sdpu_desc_flags(struct sdpu_desc desc)
{
	return desc.rest >> 32;
}

static inline u16 sdpu_desc_next(struct sdpu_desc desc)
{
	return desc.rest >> 48;
}

static inline u16 sdpu_desc_id(struct sdpu_desc desc)
{
	return desc.rest >> 48;
}

/* Two loads, whatever the fields: nothing of a descriptor is read twice. */
static inline struct sdpu_desc sdpu_desc_read(const __le64 *from)
{
	return (struct sdpu_desc){
		.addr = le64_to_cpu(READ_ONCE(from[0])),
		.rest = le64_to_cpu(READ_ONCE(from[1])),
	};
}

/*
 * Nothing that is accessed in one go straddles a page: each field is aligned
 * to its size, as the areas are to the largest of their fields.
 */
static inline void *sdpu_area_at(const struct sdpu_area *area, u32 offset)
{
	if (likely(area->flat))
		return area->flat + offset;
	offset += area->offset;
	return area->page[offset >> SDPU_PT_PAGE_SHIFT] + (offset & (SDPU_PRIM_PAGE - 1));
}

/* @i was checked; the mask keeps speculation inside the table, too. */
static inline struct sdpu_desc sdpu_vring_desc(const struct sdpu_vring *vr, u16 i)
{
	return sdpu_desc_read(sdpu_area_at(&vr->desc, SDPU_DESC_SIZE * (i & vr->mask)));
}

/* The wrap counter at a position of a packed ring (2.8.1). */
static inline bool sdpu_packed_wrap(const struct sdpu_vring *vr, u16 pos)
{
	return !(pos & vr->attrs.size);
}

/* len, buffer id and flags of a packed descriptor (2.8.13) in the order of sdpu_desc. */
static inline u64 sdpu_packed_rest(u64 raw)
{
	return (u32)raw | (raw >> 48) << 32 | (raw >> 32) << 48;
}

/* The descriptor at a position of a packed ring, if it is available (2.8.1). */
static inline bool sdpu_packed_desc(const struct sdpu_vring *vr, u16 pos, struct sdpu_desc *desc)
{
	const __le64 *from = sdpu_area_at(&vr->desc, SDPU_DESC_SIZE * (pos & vr->mask));
	u16 want = sdpu_packed_wrap(vr, pos) ? SDPU_DESC_AVAIL : SDPU_DESC_USED;
	u64 raw = le64_to_cpu(READ_ONCE(from[1]));

	if ((raw >> 48 & (SDPU_DESC_AVAIL | SDPU_DESC_USED)) != want)
		return false;
	/* flags before all else: see sim/packed.c */
	smp_rmb();
	desc->addr = le64_to_cpu(READ_ONCE(from[0]));
	desc->rest = sdpu_packed_rest(raw);
	return true;
}

/* Whether that is the whole chain. */
static inline bool sdpu_desc_is_single(struct sdpu_desc desc)
{
	return !(sdpu_desc_flags(desc) & (SDPU_DESC_NEXT | SDPU_DESC_INDIRECT));
}

/*
 * Look at @desc before its turn: translate its buffer, and have the beginning of that,
 * which the driver has just written or read, brought to this processor.
 * Return: false if it is not that easy, or nothing one can translate.
 */
static __always_inline bool sdpu_ahead_add(struct sdpu_vring *vr, u16 id, struct sdpu_desc desc)
{
	struct sdpu_ahead *ahead = &vr->ahead[vr->num_ahead];
	bool write = sdpu_desc_flags(desc) & SDPU_DESC_WRITE;
	u64 perm = write ? SDPU_PT_WRITE : SDPU_PT_READ;
	u32 len = sdpu_desc_len(desc);

	if (!sdpu_desc_is_single(desc))
		return false;
	if (!sdpu_as_hit(&vr->tlb, desc.addr, len, perm, &ahead->va) &&
	    (!sdpu_as_walk(vr->as.buffers, &vr->tlb, desc.addr) ||
	     !sdpu_as_hit(&vr->tlb, desc.addr, len, perm, &ahead->va)))
		return false;
	/* the header, and what of a small frame does not fit into its cache line */
	if (write) {
		prefetchw(ahead->va);
		prefetchw(ahead->va + SDPU_CACHE_LINE);
	} else {
		prefetch(ahead->va);
		prefetch(ahead->va + SDPU_CACHE_LINE);
	}
	ahead->len = len;
	ahead->head = (struct sdpu_head){ .id = id, .slots = 1 };
	ahead->write = write;
	vr->num_ahead++;
	return true;
}

/* Take an entry that was looked at. Return: false if there is none. */
static __always_inline bool sdpu_ahead_take(struct sdpu_vring *vr, struct sdpu_chain *chain)
{
	u16 i = vr->last_avail - vr->ahead_from;
	struct sdpu_ahead ahead;

	if (unlikely(i >= vr->num_ahead))
		return false;
	ahead = vr->ahead[i];
	chain->head = ahead.head;
	chain->num_out = !ahead.write;
	chain->num_in = ahead.write;
	chain->out_len = ahead.write ? 0 : ahead.len;
	chain->in_len = ahead.write ? ahead.len : 0;
	chain->steps = 1;
	chain->seg[0] = (struct sdpu_seg){ .va = ahead.va, .len = ahead.len };
	vr->last_avail++;
	return true;
}

u16 sdpu_chain_walk_split(struct sdpu_vring *vr, struct sdpu_chain *chain, struct sdpu_desc desc);
u16 sdpu_chain_walk_packed(struct sdpu_vring *vr, struct sdpu_chain *chain, struct sdpu_desc desc);

bool sdpu_vring_map(struct sdpu_vring *vr);

/* Whether the ring can be used at all: not broken, areas at hand. */
static inline bool sdpu_vring_ready(struct sdpu_vring *vr)
{
	return likely(vr->areas_valid) || sdpu_vring_map(vr);
}

#endif /* _SDPU_SIM_CHAIN_H */
