/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the ring (vring.c) and descriptor chains (chain.c); of no concern to
 * others.
 */
#ifndef _SDPU_SIM_CHAIN_H
#define _SDPU_SIM_CHAIN_H

#include "vring.h"

/* struct virtq_desc: flags (2.7.5) */
#define SDPU_DESC_NEXT		0x1
#define SDPU_DESC_WRITE		0x2
#define SDPU_DESC_INDIRECT	0x4
#define SDPU_DESC_SIZE		16

/**
 * struct sdpu_desc - private copy of a descriptor, as two numbers
 * @addr: address of the buffer
 * @rest: len 31:0, flags 47:32, next 63:48
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

/* Whether that is the whole chain. */
static inline bool sdpu_desc_is_single(struct sdpu_desc desc)
{
	return !(sdpu_desc_flags(desc) & (SDPU_DESC_NEXT | SDPU_DESC_INDIRECT));
}

/*
 * The common case: a single descriptor, in the leaf that was hit last.
 * Return: false if it is not there; @chain is undefined then.
 */
static inline bool sdpu_chain_single(struct sdpu_vring *vr, struct sdpu_chain *chain,
				     struct sdpu_desc desc)
{
	u32 len = sdpu_desc_len(desc);
	struct sdpu_seg *seg = chain->seg;

	seg->len = len;
	chain->steps = 1;
	if (sdpu_desc_flags(desc) & SDPU_DESC_WRITE) {
		chain->num_out = 0;
		chain->num_in = 1;
		chain->out_len = 0;
		chain->in_len = len;
		return sdpu_as_hit(&vr->tlb, desc.addr, len, SDPU_PT_WRITE, &seg->va);
	}
	chain->num_out = 1;
	chain->num_in = 0;
	chain->out_len = len;
	chain->in_len = 0;
	return sdpu_as_hit(&vr->tlb, desc.addr, len, SDPU_PT_READ, &seg->va);
}

u16 sdpu_chain_walk(struct sdpu_vring *vr, struct sdpu_chain *chain, struct sdpu_desc desc);

#endif /* _SDPU_SIM_CHAIN_H */
