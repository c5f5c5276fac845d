/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces: what a function of the card can reach, and where it is.
 *
 * The driver writes a page table (include/softdpu/ctrl.h) and changes it under
 * our feet; the card walks it without a lock. What keeps a translation valid
 * is the lock of the virtqueue on whose behalf it was made: the card completes
 * an invalidation only after it has taken, and given back, the lock of every
 * virtqueue that may use the address space, and has dropped what these
 * remembered. A pointer from sdpu_as_translate() must not outlive the critical
 * section it was made in, unless it is cached in a place that
 * sdpu_vring_forget() clears.
 *
 * "last" is inclusive everywhere.
 */
#ifndef _SDPU_SIM_AS_H
#define _SDPU_SIM_AS_H

#include "prim.h"

/**
 * struct sdpu_as - an address space
 * @mode: SDPU_AS_*
 * @root: top-level table, in the card's view of host memory; NULL unless
 *	SDPU_AS_TABLE
 *
 * Written with the locks of all virtqueues of the function held, one after
 * the other being enough, see sdpu_function_as_set().
 */
struct sdpu_as {
	u16 mode;
	const __le64 *root;
};

/**
 * struct sdpu_tlb - the last leaf that somebody hit
 * @first: first address of the leaf
 * @last: last address of the leaf, inclusive; @last < @first: nothing cached
 * @va: where @first is
 * @perm: SDPU_PT_READ and SDPU_PT_WRITE
 */
struct sdpu_tlb {
	u64 first;
	u64 last;
	u8 *va;
	u64 perm;
};

static inline void sdpu_tlb_forget(struct sdpu_tlb *tlb)
{
	tlb->first = 1;
	tlb->last = 0;
}

/* Miss path of sdpu_as_translate(): walk the table, fill @tlb. */
bool sdpu_as_walk(const struct sdpu_as *as, struct sdpu_tlb *tlb, u64 iova);

/**
 * sdpu_as_translate - from an address of the guest to memory
 * @as: the address space
 * @tlb: the caller's cache
 * @iova: address
 * @len: wanted bytes, not zero; on return how many of them are contiguous,
 *	at least one
 * @perm: SDPU_PT_READ or SDPU_PT_WRITE or both
 *
 * Return: NULL if the first byte is not mapped with that permission.
 * Context: the lock of the virtqueue.
 */
static inline void *sdpu_as_translate(const struct sdpu_as *as, struct sdpu_tlb *tlb,
				      u64 iova, u32 *len, u64 perm)
{
	u64 left;

	if (unlikely(iova < tlb->first || iova > tlb->last) &&
	    !sdpu_as_walk(as, tlb, iova))
		return NULL;
	if (unlikely((tlb->perm & perm) != perm))
		return NULL;
	left = tlb->last - iova;
	if (unlikely(*len - 1 > left))
		*len = left + 1;
	return tlb->va + (iova - tlb->first);
}

#endif /* _SDPU_SIM_AS_H */
