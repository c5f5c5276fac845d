// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walking the page table of an address space (include/softdpu/ctrl.h).
 *
 * The driver may store to the table at any time, so each entry is read once
 * and judged by that copy. Entries are reached by dereferencing what the entry
 * above said, and the driver fills a table before it links it: the address
 * dependency orders the reads, no barrier is needed.
 *
 * The walk takes at most SDPU_PT_LEVELS steps whatever the table says: a table
 * that points to itself is just a strange table.
 */
#include "as.h"

#define SDPU_PT_KNOWN	(SDPU_PT_VALID | SDPU_PT_READ | SDPU_PT_WRITE | \
			 SDPU_PT_LEAF | SDPU_PT_ADDR)

/*
 * Remember the piece of memory around @iova, which is at @dma: no more than
 * the leaf of 1 << @shift bytes, and no more than can be checked in one go.
 */
static bool sdpu_tlb_fill(struct sdpu_tlb *tlb, u64 iova, u64 dma,
			  unsigned int shift, u64 perm)
{
	u64 size = (u64)1 << min_t(unsigned int, shift, SDPU_PRIM_SPAN_SHIFT);
	void *va;

	va = sdpu_prim_dma_span(dma & ~(size - 1), size);
	if (!va && size > SDPU_PRIM_PAGE) {
		size = SDPU_PRIM_PAGE;
		va = sdpu_prim_dma_span(dma & ~(size - 1), size);
	}
	if (!va)
		return false;

	tlb->first = iova & ~(size - 1);
	tlb->span = size - 1;
	tlb->va = va;
	tlb->perm = perm;
	return true;
}

static inline u64 sdpu_pt_entry(const __le64 *table, u64 iova, unsigned int shift)
{
	u64 entry = le64_to_cpu(READ_ONCE(table[(iova >> shift) & (SDPU_PT_ENTRIES - 1)]));

	return likely((entry & SDPU_PT_VALID) && !(entry & ~SDPU_PT_KNOWN)) ? entry : 0;
}

/*
 * A table of level 0 is remembered once it has led somewhere: neighbours of a
 * small page are then one step away. Remembering it is within the rules for the
 * same reason as remembering a leaf is: what the card has used stays as it is
 * until an invalidation.
 */
static bool sdpu_as_walk_table(const struct sdpu_as *as, struct sdpu_tlb *tlb, u64 iova)
{
	u64 table_first = iova & ~(((u64)1 << SDPU_PT_LEVEL_SHIFT(1)) - 1);
	unsigned int level = SDPU_PT_LEVELS - 1;
	const __le64 *table = as->root;
	unsigned int shift;
	u64 entry, within;

	if (unlikely(iova >> SDPU_PT_IOVA_BITS))
		return false;
	if (likely(tlb->table && tlb->table_first == table_first)) {
		table = tlb->table;
		level = 0;
	}

	for (;; level--) {
		if (unlikely(!table))
			return false;
		shift = SDPU_PT_LEVEL_SHIFT(level);
		entry = sdpu_pt_entry(table, iova, shift);
		if (unlikely(!entry))
			return false;
		if (entry & SDPU_PT_LEAF)
			break;
		if (unlikely(!level))
			return false;
		table = sdpu_prim_dma_virt(entry & SDPU_PT_ADDR);
	}

	/* No leaves at the top, and a leaf lies at a multiple of its size. */
	within = ((u64)1 << shift) - 1;
	if (unlikely(level == SDPU_PT_LEVELS - 1 || (entry & SDPU_PT_ADDR & within)))
		return false;
	if (!sdpu_tlb_fill(tlb, iova, (entry & SDPU_PT_ADDR) | (iova & within), shift,
			   entry & (SDPU_PT_READ | SDPU_PT_WRITE)))
		return false;

	if (!level) {
		tlb->table = table;
		tlb->table_first = table_first;
	}
	return true;
}

/**
 * sdpu_as_walk - find an address and remember the leaf around it
 * @as: the address space
 * @tlb: filled on success, untouched otherwise; may help to find the way
 * @iova: address
 *
 * Context: the lock of the virtqueue.
 * Return: false if the address is not mapped.
 */
bool sdpu_as_walk(const struct sdpu_as *as, struct sdpu_tlb *tlb, u64 iova)
{
	switch (as->mode) {
	case SDPU_AS_TABLE:
		return sdpu_as_walk_table(as, tlb, iova);
	case SDPU_AS_BYPASS:
		/*
		 * An address is a DMA address: a piece of memory is as good as
		 * a leaf, and the largest piece is the one that is checked.
		 */
		return sdpu_tlb_fill(tlb, iova, iova, SDPU_PRIM_SPAN_SHIFT,
				     SDPU_PT_READ | SDPU_PT_WRITE);
	default:
		return false;
	}
}
