// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writer of the page table that include/softdpu/ctrl.h defines.
 *
 * The card walks the table whenever it likes, without a lock, and may remember
 * what it saw until it has completed SDPU_OP_AS_INVALIDATE. So nothing that it
 * could have seen is given away before that, neither the memory that a leaf
 * pointed to nor a table page. Removing a range takes three steps:
 *
 *   clear   make leaves invalid, cut off table pages that have no valid entry
 *           left. The card finds nothing any more, but we still know what was
 *           there: an invalid leaf keeps its address, a cut-off page its place
 *           in the tree. Says which range has to be invalidated.
 *   (the caller invalidates that range)
 *   sweep   release the memory of the invalid leaves, free the cut-off pages
 *
 * If the invalidation fails, the range is swept after a later one that
 * succeeds, or when the table is taken down; until then it counts as busy.
 *
 * Words: a slot is one entry of a table page. It is empty; or a leaf; or dying
 * (an invalid leaf); or linked (points to a table page); or cut off (points to
 * one that the card cannot reach any more). Leaf and linked are "valid". "last"
 * is inclusive everywhere.
 *
 * Plain C: tests/unit/test_table.c runs this file in user space.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/types.h>

#include <asm/barrier.h>
#include <asm/byteorder.h>

#include <softdpu/xport.h>

#include "table.h"

/**
 * struct sdpu_table_node - a table page and what the driver knows of it
 * @slots: the page that the card reads
 * @dma: where the card finds it
 * @level: 0 for the page with the smallest leaves
 * @valid: number of valid slots
 * @dying: number of slots that are dying or cut off
 * @lowest: none of those is before this slot
 * @child: by slot, the page that a linked or cut-off slot points to, else
 *	NULL; NULL for level 0
 */
struct sdpu_table_node {
	__le64 *slots;
	u64 dma;
	unsigned int level;
	unsigned int valid;
	unsigned int dying;
	unsigned int lowest;
	struct sdpu_table_node **child;
};

static u64 sdpu_table_span(unsigned int level)
{
	return 1ULL << SDPU_PT_LEVEL_SHIFT(level);
}

static unsigned int sdpu_table_index(unsigned int level, u64 iova)
{
	return (iova >> SDPU_PT_LEVEL_SHIFT(level)) & (SDPU_PT_ENTRIES - 1);
}

static u64 sdpu_table_get(const struct sdpu_table_node *node, unsigned int i)
{
	return le64_to_cpu(node->slots[i]);
}

static bool sdpu_table_is_valid(const struct sdpu_table_node *node, unsigned int i)
{
	return sdpu_table_get(node, i) & SDPU_PT_VALID;
}

static struct sdpu_table_node *sdpu_table_child(const struct sdpu_table_node *node,
						unsigned int i)
{
	return node->child ? node->child[i] : NULL;
}

/* One store: the card sees the old entry or the new one. */
static void sdpu_table_put(struct sdpu_table_node *node, unsigned int i, u64 entry)
{
	WRITE_ONCE(node->slots[i], cpu_to_le64(entry));
}

static void sdpu_table_node_free(struct sdpu_table *table, struct sdpu_table_node *node)
{
	table->xp->ops->dma_free(table->xp, SDPU_TABLE_GRAIN, node->slots, node->dma);
	kfree(node->child);
	kfree(node);
}

static struct sdpu_table_node *sdpu_table_node_alloc(struct sdpu_table *table,
						     unsigned int level)
{
	struct sdpu_table_node *node;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return NULL;

	node->level = level;
	if (level) {
		node->child = kcalloc(SDPU_PT_ENTRIES, sizeof(*node->child), GFP_KERNEL);
		if (!node->child)
			goto free_node;
	}

	node->slots = table->xp->ops->dma_alloc(table->xp, SDPU_TABLE_GRAIN, &node->dma);
	if (!node->slots)
		goto free_child;

	return node;

free_child:
	kfree(node->child);
free_node:
	kfree(node);

	return NULL;
}

/* Let an empty slot, or a leaf that @child translates alike, point to @child. */
static void sdpu_table_link(struct sdpu_table_node *node, unsigned int i,
			    struct sdpu_table_node *child)
{
	node->child[i] = child;
	/* the card must not see the link before what is in the page */
	dma_wmb();
	sdpu_table_put(node, i, child->dma | SDPU_PT_VALID);
}

/*
 * Find the page and, in it, the slot for a leaf at @iova: as high as alignment
 * and @size allow. Pages on the way are made, so that a second call for the
 * same leaf cannot fail.
 */
static struct sdpu_table_node *sdpu_table_place(struct sdpu_table *table, u64 iova, u64 size,
						u64 pa)
{
	struct sdpu_table_node *node = table->root;

	for (;;) {
		unsigned int i = sdpu_table_index(node->level, iova);
		struct sdpu_table_node *child = sdpu_table_child(node, i);
		u64 span = sdpu_table_span(node->level);

		if (!node->level)
			return node;
		if (node->level < SDPU_PT_LEVELS - 1 && !child &&
		    size >= span && !((iova | pa) & (span - 1)))
			return node;

		if (!child) {
			child = sdpu_table_node_alloc(table, node->level - 1);
			if (!child)
				return NULL;
			sdpu_table_link(node, i, child);
			node->valid++;
		}
		node = child;
	}
}

/**
 * sdpu_table_map - put a mapping into the table
 * @table: table
 * @iova: first address, aligned to SDPU_TABLE_GRAIN
 * @size: bytes, not zero, a multiple of SDPU_TABLE_GRAIN; the end is at most
 *	SDPU_TABLE_LAST, and sdpu_table_busy() is false for the range
 * @pa: where @iova leads, aligned to SDPU_TABLE_GRAIN, within SDPU_PT_ADDR
 * @perm: SDPU_PT_READ, SDPU_PT_WRITE or both
 *
 * Context: may sleep.
 * Return: 0, or -ENOMEM. Then no leaf was written, but table pages without an
 * entry may be left, which clearing and sweeping the range removes.
 */
int sdpu_table_map(struct sdpu_table *table, u64 iova, u64 size, u64 pa, u64 perm)
{
	struct sdpu_table_node *node;
	unsigned int i;
	u64 done, span;

	/* all that can fail comes first */
	for (done = 0; done < size; done += span) {
		node = sdpu_table_place(table, iova + done, size - done, pa + done);
		if (!node)
			return -ENOMEM;
		span = sdpu_table_span(node->level);
		cond_resched();
	}

	for (done = 0; done < size; done += span) {
		node = sdpu_table_place(table, iova + done, size - done, pa + done);
		span = sdpu_table_span(node->level);
		i = sdpu_table_index(node->level, iova + done);
		sdpu_table_put(node, i, (pa + done) | perm | SDPU_PT_LEAF | SDPU_PT_VALID);
		node->valid++;
		cond_resched();
	}

	return 0;
}

static bool sdpu_table_node_busy(const struct sdpu_table_node *node, u64 first, u64 last)
{
	u64 end;

	for (;; first = end + 1) {
		unsigned int i = sdpu_table_index(node->level, first);
		const struct sdpu_table_node *child = sdpu_table_child(node, i);

		end = min(last, first | (sdpu_table_span(node->level) - 1));
		if (child && sdpu_table_is_valid(node, i)) {
			if (sdpu_table_node_busy(child, first, end))
				return true;
		} else if (child || sdpu_table_get(node, i)) {
			return true;
		}
		if (end == last)
			return false;
	}
}

/**
 * sdpu_table_busy - is anything mapped in a range, or not quite unmapped yet?
 * @table: table
 * @first: first address
 * @last: last address, at most SDPU_TABLE_LAST
 *
 * Context: any, serialised with writers.
 */
bool sdpu_table_busy(const struct sdpu_table *table, u64 first, u64 last)
{
	return sdpu_table_node_busy(table->root, first, last);
}

/* Replace a leaf by a page of smaller leaves that lead to the same memory. */
static struct sdpu_table_node *sdpu_table_expand(struct sdpu_table *table,
						 struct sdpu_table_node *node, unsigned int i)
{
	u64 leaf = sdpu_table_get(node, i);
	struct sdpu_table_node *child;
	unsigned int j;

	child = sdpu_table_node_alloc(table, node->level - 1);
	if (!child)
		return NULL;

	for (j = 0; j < SDPU_PT_ENTRIES; j++)
		sdpu_table_put(child, j, leaf + j * sdpu_table_span(child->level));
	child->valid = SDPU_PT_ENTRIES;
	/* the slot was valid, and stays so */
	sdpu_table_link(node, i, child);

	return child;
}

/**
 * sdpu_table_split - make sure that no leaf reaches across an address
 * @table: table
 * @addr: aligned to SDPU_TABLE_GRAIN, at most SDPU_TABLE_LAST
 *
 * What is mapped where does not change. To be called for both ends of a range
 * that is going to be cleared.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sdpu_table_split(struct sdpu_table *table, u64 addr)
{
	struct sdpu_table_node *node = table->root;

	while (addr & (sdpu_table_span(node->level) - 1)) {
		unsigned int i = sdpu_table_index(node->level, addr);
		struct sdpu_table_node *child = sdpu_table_child(node, i);

		if (!sdpu_table_is_valid(node, i))
			return 0;
		if (!child)
			child = sdpu_table_expand(table, node, i);
		if (!child)
			return -ENOMEM;
		node = child;
	}

	return 0;
}

static void sdpu_table_widen(struct sdpu_table_range *inv, u64 first, u64 last)
{
	if (inv->last < inv->first) {
		inv->first = first;
		inv->last = last;
	} else {
		inv->first = min(inv->first, first);
		inv->last = max(inv->last, last);
	}
}

/* A leaf dies, a linked page is cut off: @entry is what is left of the slot. */
static void sdpu_table_hide(struct sdpu_table_node *node, unsigned int i, u64 entry)
{
	sdpu_table_put(node, i, entry);
	node->valid--;
	node->lowest = node->dying ? min(node->lowest, i) : i;
	node->dying++;
}

static void sdpu_table_node_clear(struct sdpu_table_node *node, u64 first, u64 last,
				  struct sdpu_table_range *inv)
{
	u64 mask = sdpu_table_span(node->level) - 1;
	u64 end;

	for (;; first = end + 1) {
		unsigned int i = sdpu_table_index(node->level, first);
		struct sdpu_table_node *child = sdpu_table_child(node, i);
		bool valid = sdpu_table_is_valid(node, i);

		end = min(last, first | mask);
		if (child && valid)
			sdpu_table_node_clear(child, first, end, inv);

		if (child && valid && !child->valid) {
			sdpu_table_hide(node, i, 0);
			/* somebody may be in that page, on the way to any of its addresses */
			sdpu_table_widen(inv, first & ~mask, first | mask);
		} else if (!child && valid) {
			sdpu_table_hide(node, i, sdpu_table_get(node, i) & ~SDPU_PT_VALID);
			sdpu_table_widen(inv, first & ~mask, first | mask);
		} else if (!valid && (child || sdpu_table_get(node, i))) {
			/* left over from an invalidation that failed */
			sdpu_table_widen(inv, first & ~mask, first | mask);
		}
		if (node->level == 1)
			cond_resched();
		if (end == last)
			return;
	}
}

/**
 * sdpu_table_clear - first step of unmapping: hide a range from the card
 * @table: table
 * @first: first address; sdpu_table_split() was called for it
 * @last: last address, at most SDPU_TABLE_LAST; and for the one after it
 * @inv: what to invalidate. It contains nothing outside @first to @last that
 *	is mapped, but may be larger.
 *
 * Context: may sleep.
 * Return: whether there is anything to invalidate and sweep.
 */
bool sdpu_table_clear(struct sdpu_table *table, u64 first, u64 last,
		      struct sdpu_table_range *inv)
{
	*inv = (struct sdpu_table_range) { .first = 1, .last = 0 };
	sdpu_table_node_clear(table->root, first, last, inv);

	return inv->first <= inv->last;
}

/*
 * Where to look for the first slot to sweep. A page that comes and goes alone takes the three
 * table pages above it along: all that is in them is not worth a look.
 */
static u64 sdpu_table_skip(const struct sdpu_table_node *node, u64 first)
{
	unsigned int i = sdpu_table_index(node->level, first);
	u64 span = sdpu_table_span(node->level);

	/* in linked pages there may be something anywhere */
	if (node->valid || !node->dying || node->lowest <= i)
		return first;

	return (first & ~(span - 1)) + (node->lowest - i) * span;
}

static void sdpu_table_node_sweep(struct sdpu_table *table, struct sdpu_table_node *node,
				  u64 first, u64 last, sdpu_table_release_t release)
{
	u64 mask = sdpu_table_span(node->level) - 1;
	u64 end;

	first = sdpu_table_skip(node, first);
	for (; first <= last && (node->valid || node->dying); first = end + 1) {
		unsigned int i = sdpu_table_index(node->level, first);
		struct sdpu_table_node *child = sdpu_table_child(node, i);
		bool valid = sdpu_table_is_valid(node, i);

		end = min(last, first | mask);
		if (child && valid) {
			sdpu_table_node_sweep(table, child, first, end, release);
		} else if (child) {
			sdpu_table_node_sweep(table, child, first & ~mask, first | mask, release);
			sdpu_table_node_free(table, child);
			node->child[i] = NULL;
			node->dying--;
		} else if (!valid && sdpu_table_get(node, i)) {
			release(sdpu_table_get(node, i) & SDPU_PT_ADDR, mask + 1);
			sdpu_table_put(node, i, 0);
			node->dying--;
		}
		if (node->level == 1)
			cond_resched();
	}
}

/**
 * sdpu_table_sweep - last step of unmapping: let go of what was cleared
 * @table: table
 * @first: first address that was invalidated
 * @last: last address that was invalidated
 * @release: called for every leaf
 *
 * Context: may sleep. The card has completed the invalidation that
 * sdpu_table_clear() asked for.
 */
void sdpu_table_sweep(struct sdpu_table *table, u64 first, u64 last,
		      sdpu_table_release_t release)
{
	sdpu_table_node_sweep(table, table->root, first, last, release);
}

/**
 * sdpu_table_root - DMA address of the top level, for SDPU_OP_AS_SET
 * @table: table
 *
 * Context: any. The value does not change in the table's life.
 */
u64 sdpu_table_root(const struct sdpu_table *table)
{
	return table->root->dma;
}

/**
 * sdpu_table_init - make an empty table
 * @table: table
 * @xp: where its pages come from
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sdpu_table_init(struct sdpu_table *table, struct sdpu_xport *xp)
{
	table->xp = xp;
	table->root = sdpu_table_node_alloc(table, SDPU_PT_LEVELS - 1);

	return table->root ? 0 : -ENOMEM;
}

/**
 * sdpu_table_exit - release and free everything
 * @table: table that the card does not use any more
 * @release: called for every leaf
 *
 * Context: may sleep.
 */
void sdpu_table_exit(struct sdpu_table *table, sdpu_table_release_t release)
{
	struct sdpu_table_range inv;

	if (sdpu_table_clear(table, 0, SDPU_TABLE_LAST, &inv))
		sdpu_table_sweep(table, inv.first, inv.last, release);
	sdpu_table_node_free(table, table->root);
	table->root = NULL;
}
