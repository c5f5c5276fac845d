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
 * struct sdpu_desc - private copy of a descriptor
 * @addr: address of the buffer
 * @len: its length
 * @flags: SDPU_DESC_*
 * @next: descriptor after this one, if SDPU_DESC_NEXT
 */
struct sdpu_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

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

/* Two loads, whatever the fields: nothing of a descriptor is read twice. */
static inline void sdpu_desc_read(struct sdpu_desc *desc, const __le64 *from)
{
	u64 addr = le64_to_cpu(READ_ONCE(from[0]));
	u64 rest = le64_to_cpu(READ_ONCE(from[1]));

	desc->addr = addr;
	desc->len = rest;
	desc->flags = rest >> 32;
	desc->next = rest >> 48;
}

/* @i was checked; the mask keeps speculation inside the table, too. */
static inline void sdpu_vring_desc(struct sdpu_vring *vr, u16 i, struct sdpu_desc *desc)
{
	sdpu_desc_read(desc, sdpu_area_at(&vr->desc, SDPU_DESC_SIZE *
						     (i & (vr->attrs.size - 1))));
}

/*
 * The common case, one descriptor in one piece of memory, without loops.
 * Return: false if it is not that case; @chain is undefined then.
 */
static inline bool sdpu_chain_single(struct sdpu_vring *vr, struct sdpu_chain *chain,
				     const struct sdpu_desc *desc)
{
	bool in = desc->flags & SDPU_DESC_WRITE;
	u32 len = desc->len;
	u8 *va;

	if (desc->flags & (SDPU_DESC_NEXT | SDPU_DESC_INDIRECT) || !len)
		return false;
	va = sdpu_as_translate(vr->as, &vr->tlb, desc->addr, &len,
			       in ? SDPU_PT_WRITE : SDPU_PT_READ);
	if (!va || len != desc->len)
		return false;
	chain->seg[0].va = va;
	chain->seg[0].len = len;
	chain->num_out = !in;
	chain->num_in = in;
	chain->out_len = in ? 0 : len;
	chain->in_len = in ? len : 0;
	return true;
}

u16 sdpu_chain_walk(struct sdpu_vring *vr, struct sdpu_chain *chain, struct sdpu_desc *desc);

#endif /* _SDPU_SIM_CHAIN_H */
