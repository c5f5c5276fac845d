// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions of the DMA map, for callgrind (tests/bench/instructions.sh): what the card
 * spends on finding an address, and the driver on adding and removing one, with few and
 * with a million mappings. The figures of many must not be far from those of few.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/array_size.h>
#include <softdpu/xport.h>

#include "../../drivers/vdpa/table.h"
#include "../../sim/as.h"
#include "bench.h"

#define PAGE		4096ull
#define GIG		(1ull << 30)
#define MANY		(4 * GIG)		/* of them in pages: a million */
#define IOVA		0x7f0000000000ull
#define ONE		(IOVA + 16 * GIG)	/* the one that comes and goes */
#define BATCH		64u

/* DMA addresses: tables, and data, which nobody looks at. */
#define TABLES		(1ull << 40)
#define DATA		(1ull << 41)
#define POOL		4096u

/* Tables, in large pages, as in a kernel's map of all memory: the last one back goes first. */
static u8 *pool;
static unsigned int pool_next, pool_back[POOL], pool_backs;

static struct sdpu_table table;
static struct sdpu_as as = { .mode = SDPU_AS_TABLE };
static struct sdpu_tlb tlb;

void *unit_dma_span(u64 dma, u64 len)
{
	return dma < DATA ? pool + (dma - TABLES) : (void *)dma;
}

static void *pool_alloc(struct sdpu_xport *xp, size_t size, u64 *dma)
{
	unsigned int i = pool_backs ? pool_back[--pool_backs] : pool_next++;

	if (i == POOL)
		abort();
	*dma = TABLES + i * PAGE;
	return memset(pool + i * PAGE, 0, PAGE);
}

static void pool_free(struct sdpu_xport *xp, size_t size, void *mem, u64 dma)
{
	pool_back[pool_backs++] = (dma - TABLES) / PAGE;
}

static void pool_init(void)
{
	const size_t size = POOL * PAGE;

	if (posix_memalign((void **)&pool, 2 << 20, size))
		abort();
	madvise(pool, size, MADV_HUGEPAGE);
	memset(pool, 0, size);
}

static const struct sdpu_xport_ops ops = { .dma_alloc = pool_alloc, .dma_free = pool_free };
static struct sdpu_xport xp = { .abi = SDPU_XPORT_ABI, .ops = &ops };

static void nothing(u64 pa, u64 size)
{
}

/**
 * struct shape - what is measured
 * @name: of it
 * @mapped: bytes that are mapped beforehand
 * @grain: the size that no leaf of them is larger than
 * @step: bytes from one address that is looked up to the next; 0: anywhere
 * @change: no lookup: a page is mapped and unmapped
 * @alone: the tables below its GiB come and go with it
 */
struct shape {
	const char *name;
	u64 mapped, grain, step;
	bool change, alone;
};

static u64 where[BATCH];

/* All that callgrind counts. */
static noinline void serve(const struct shape *shape)
{
	struct sdpu_table_range inv;
	unsigned int i;
	u32 len;

	for (i = 0; i < BATCH && !shape->change; i++) {
		len = 64;
		if (!sdpu_as_translate(&as, &tlb, where[i], &len, SDPU_PT_READ))
			abort();
	}
	for (i = 0; i < BATCH && shape->change; i++) {
		if (sdpu_table_map(&table, ONE, PAGE, DATA, SDPU_PT_READ) ||
		    sdpu_table_split(&table, ONE) || sdpu_table_split(&table, ONE + PAGE) ||
		    !sdpu_table_clear(&table, ONE, ONE + PAGE - 1, &inv))
			abort();
		sdpu_table_sweep(&table, inv.first, inv.last, nothing);
	}
}

/* Where the next batch looks, from the @done-th address on. */
static void next(const struct shape *shape, unsigned int done)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++, done++)
		where[i] = IOVA + (shape->step ? done * shape->step :
				   done * 0x9e3779b97f4a7c15ull >> 20) % shape->mapped;
}

static void bench_run(const void *arg, unsigned int times)
{
	const struct shape *shape = arg;
	unsigned int done;
	double ns = 0, start;

	pool_init();
	/* memory that is off the mapping's grain by a page has leaves of a page */
	if (sdpu_table_init(&table, &xp) ||
	    sdpu_table_map(&table, IOVA, shape->mapped, shape->grain == PAGE ? DATA + PAGE : DATA,
			   SDPU_PT_READ | SDPU_PT_WRITE) ||
	    (!shape->alone && sdpu_table_map(&table, ONE + PAGE, PAGE, DATA, SDPU_PT_READ)))
		abort();
	as.root = sdpu_prim_dma_virt(sdpu_table_root(&table));
	sdpu_tlb_forget(&tlb);
	for (done = 0; done < times; done += BATCH) {
		next(shape, done);
		start = bench_now();
		serve(shape);
		ns += bench_now() - start;
	}
	printf("%s %u times %.1f ns\n", shape->name, done, ns / done);
}

static const struct shape shapes[] = {
	{ "map,lookup,1-of-1GiB", GIG, GIG, .step = 0 },
	{ "map,lookup,1M-of-4K", MANY, PAGE, .step = 0 },
	{ "map,lookup,1-of-1GiB,in-order", GIG, GIG, .step = PAGE },
	{ "map,lookup,1M-of-4K,in-order", MANY, PAGE, .step = PAGE },
	{ "map,change,beside-1-of-1GiB", GIG, GIG, .change = true },
	{ "map,change,beside-1M-of-4K", MANY, PAGE, .change = true },
	{ "map,change,alone", PAGE, PAGE, .change = true, .alone = true },
};

int main(int argc, char **argv)
{
	return bench_main(argc, argv, shapes, sizeof(*shapes), ARRAY_SIZE(shapes), bench_run,
			  1000000);
}
