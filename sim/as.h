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
 * the other being enough, see sdpu_vf_as_set().
 */
struct sdpu_as {
	u16 mode;
	const __le64 *root;
};

/**
 * struct sdpu_tlb - the last leaf that somebody hit, and the table it was in
 * @first: first address of the leaf
 * @span: its size less one
 * @va: where @first is
 * @perm: SDPU_PT_READ and SDPU_PT_WRITE
 * @table: last table of level 0 that led somewhere; NULL: none
 * @table_first: first address that @table maps
 *
 * No address is nowhere: a leaf at the very last address of all, without any
 * permission, is what we remember when we remember nothing.
 */
struct sdpu_tlb {
	u64 first;
	u64 span;
	u8 *va;
	u64 perm;
	const __le64 *table;
	u64 table_first;
};

static inline void sdpu_tlb_forget(struct sdpu_tlb *tlb)
{
	*tlb = (struct sdpu_tlb){ .first = U64_MAX };
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
	u64 at = iova - tlb->first;

	if (unlikely(at > tlb->span)) {
		if (!sdpu_as_walk(as, tlb, iova))
			return NULL;
		at = iova - tlb->first;
	}
	if (unlikely((tlb->perm & perm) != perm))
		return NULL;
	if (unlikely(*len - 1 > tlb->span - at))
		*len = tlb->span - at + 1;
	return tlb->va + at;
}

/**
 * sdpu_as_hit - like sdpu_as_translate(), if all is in the leaf hit last
 * @tlb: the caller's cache
 * @iova: address
 * @len: wanted bytes
 * @perm: SDPU_PT_READ or SDPU_PT_WRITE
 * @va: where they are
 *
 * Return: false if it is not that easy (which @len = 0 never is).
 * Context: the lock of the virtqueue.
 */
static inline bool sdpu_as_hit(const struct sdpu_tlb *tlb, u64 iova, u32 len, u64 perm, u8 **va)
{
	u64 at = iova - tlb->first;

	if (unlikely(at > tlb->span || len - 1 > tlb->span - at || !(tlb->perm & perm)))
		return false;
	*va = tlb->va + at;
	return true;
}

#endif /* _SDPU_SIM_AS_H */
