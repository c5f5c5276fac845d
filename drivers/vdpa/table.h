/* SPDX-License-Identifier: GPL-2.0-only */
/* Writer of an address space's page table. See table.c. */
#ifndef _SDPU_VDPA_TABLE_H
#define _SDPU_VDPA_TABLE_H

#include <linux/bits.h>
#include <linux/types.h>
#include <softdpu/ctrl.h>

struct sdpu_table_node;
struct sdpu_xport;

/* The last address that a table can map. */
#define SDPU_TABLE_LAST		(BIT_ULL(SDPU_PT_IOVA_BITS) - 1)

/* The finest grain of a mapping. */
#define SDPU_TABLE_GRAIN	BIT_ULL(SDPU_PT_PAGE_SHIFT)

/**
 * struct sdpu_table - page table of one address space
 * @xp: where table pages come from
 * @root: top level, always there
 *
 * Callers serialise: one writer at a time. The card reads at any time.
 */
struct sdpu_table {
	struct sdpu_xport *xp;
	struct sdpu_table_node *root;
};

/**
 * struct sdpu_table_range - addresses
 * @first: first address
 * @last: last address, inclusive; @last < @first: none
 */
struct sdpu_table_range {
	u64 first;
	u64 last;
};

/* Called for every leaf that has left the table for good. */
typedef void (*sdpu_table_release_t)(u64 pa, u64 size);

int sdpu_table_init(struct sdpu_table *table, struct sdpu_xport *xp);
void sdpu_table_exit(struct sdpu_table *table, sdpu_table_release_t release);
u64 sdpu_table_root(const struct sdpu_table *table);
bool sdpu_table_busy(const struct sdpu_table *table, u64 first, u64 last);
int sdpu_table_map(struct sdpu_table *table, u64 iova, u64 size, u64 pa, u64 perm);
int sdpu_table_split(struct sdpu_table *table, u64 addr);
bool sdpu_table_clear(struct sdpu_table *table, u64 first, u64 last,
		      struct sdpu_table_range *inv);
void sdpu_table_sweep(struct sdpu_table *table, u64 first, u64 last,
		      sdpu_table_release_t release);

#endif /* _SDPU_VDPA_TABLE_H */
