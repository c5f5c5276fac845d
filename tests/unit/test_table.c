// SPDX-License-Identifier: GPL-2.0-only
/*
 * The writer of page tables (drivers/vdpa/table.c) against a naive model: an
 * array with one entry a page. What the table says is read the way a card
 * does, from the root's DMA address down, with the numbers of
 * Documentation/control-path.rst instead of the macros under test.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/errno.h>
#include <linux/slab.h>
#include <asm/byteorder.h>
#include <softdpu/xport.h>

#include "../../drivers/vdpa/table.h"
#include "tap.h"

#define PAGE		4096ull
#define MEG2		(2ull << 20)
#define GIG		(1ull << 30)
#define TOP		((1ull << 48) - 1)

/* Window of the model: across a 512-GiB border, so that all levels have one inside. */
#define WIN_FIRST	(512 * GIG - GIG - 5 * MEG2)
#define WIN_PAGES	(3 * GIG / PAGE)
#define BLOCK		512			/* pages that the model skips if nothing is there */
#define PA_FIRST	(7 * GIG)
#define PA_PAGES	(6 * GIG / PAGE)
#define DMA_FIRST	0x0000770000000000ull
#define POOL_MAX	65536u

/* Table pages, as the card finds them by DMA address. NULL: not there. */
static u8 *pool[POOL_MAX];
static unsigned int pool_next, pool_live;
static int pool_budget = -1;
static unsigned int frees;

static struct sdpu_table table;

/* The model. */
static struct page {
	u64 pa;
	u8 perm;
	bool mapped;
	bool dying;		/* unmapped, but the invalidation failed */
} win[WIN_PAGES];
static unsigned int busy[WIN_PAGES / BLOCK];	/* pages of a block that are either */
static u64 num_dying;
static int refs[PA_PAGES];	/* pages mapped minus pages released */
static u64 released;
static const char *wrong;

#define EXPECT(cond) do { \
	if (!(cond) && !wrong) { \
		wrong = #cond; \
		printf("#   %s:%d: %s\n", __FILE__, __LINE__, wrong); \
	} \
} while (0)

static void *fake_alloc(struct sdpu_xport *unused, size_t size, u64 *dma)
{
	(void)unused;
	EXPECT(size == PAGE);
	if (!pool_budget || pool_next == POOL_MAX)
		return NULL;
	if (pool_budget > 0)
		pool_budget--;
	pool[pool_next] = calloc(1, size);
	*dma = DMA_FIRST + pool_next * PAGE;
	pool_live++;
	return pool[pool_next++];
}

static void fake_free(struct sdpu_xport *unused, size_t size, void *mem, u64 dma)
{
	u64 i = (dma - DMA_FIRST) / PAGE;

	(void)unused;
	EXPECT(size == PAGE && i < pool_next && pool[i] == mem);
	pool[i] = NULL;
	pool_live--;
	frees++;
	/* what the driver still writes there, the sanitizer sees */
	free(mem);
}

static const struct sdpu_xport_ops fake_ops = {
	.dma_alloc = fake_alloc,
	.dma_free = fake_free,
};

static struct sdpu_xport xp = { .abi = SDPU_XPORT_ABI, .ops = &fake_ops };

static void release(u64 pa, u64 size)
{
	u64 at = pa > PA_FIRST ? pa : PA_FIRST;

	released += size;
	for (; at < pa + size && at < PA_FIRST + PA_PAGES * PAGE; at += PAGE)
		refs[(at - PA_FIRST) / PAGE]--;
}

/* Walk like a card. Return: size of the leaf, 0 if there is none. */
static u64 walk(u64 iova, u64 *pa, u8 *perm)
{
	u64 dma = sdpu_table_root(&table);
	int level;

	for (level = 3; level >= 0; level--) {
		unsigned int shift = 12 + 9 * level;
		u64 i = (dma - DMA_FIRST) / PAGE;
		u64 entry, span = 1ull << shift;

		EXPECT(!(dma & (PAGE - 1)) && i < pool_next && pool[i]);
		if (wrong)
			return 0;
		memcpy(&entry, pool[i] + (iova >> shift & 511) * 8, 8);
		entry = le64_to_cpu(entry);
		if (!(entry & 1))
			return 0;
		dma = entry & 0x000ffffffffff000ull;
		if (entry & 8) {
			EXPECT(level < 3 && !(dma & (span - 1)));
			EXPECT(!(entry & 0xfff0000000000ff0ull));
			*pa = dma + (iova & (span - 1));
			*perm = entry & 6;
			return span;
		}
		EXPECT(level && !(entry & ~(0x000ffffffffff000ull | 1)));
	}
	return 0;
}

static bool page_agrees(u64 p)
{
	u64 pa = 0;
	u8 perm = 0;
	bool there = walk(WIN_FIRST + p * PAGE, &pa, &perm);

	return there == win[p].mapped &&
	       (!there || (pa == win[p].pa && perm == win[p].perm));
}

/* All of the window, or a part of it. */
static void check_pages(u64 first, u64 n)
{
	u64 p;

	for (p = first; p < first + n && !wrong; p++)
		EXPECT(page_agrees(p));
}

/* A few pages from, around and between the ends of a range. */
static void check_some(u64 first, u64 n)
{
	int i;

	for (i = 0; i < 24 && !wrong; i++) {
		u64 p = first + (i < 4 ? (u64)i : i < 8 ? n - 4 + i : (u64)rand() % n);

		EXPECT(p >= WIN_PAGES || page_agrees(p));
		p = (u64)rand() % WIN_PAGES;
		EXPECT(page_agrees(p));
	}
	EXPECT(!first || page_agrees(first - 1));
	EXPECT(first + n >= WIN_PAGES || page_agrees(first + n));
}

static void start(void)
{
	memset(win, 0, sizeof(win));
	memset(busy, 0, sizeof(busy));
	memset(refs, 0, sizeof(refs));
	memset(pool, 0, sizeof(pool));
	pool_next = 0;
	pool_live = 0;
	pool_budget = -1;
	unit_alloc_budget = -1;
	num_dying = 0;
	released = 0;
	wrong = NULL;
	EXPECT(!sdpu_table_init(&table, &xp));
}

static void stop(void)
{
	sdpu_table_exit(&table, release);
	EXPECT(!pool_live);
}

/* The page after @p that may be mapped or dying. */
static u64 next_page(u64 p)
{
	for (p++; p < WIN_PAGES && !(p % BLOCK) && !busy[p / BLOCK];)
		p += BLOCK;
	return p;
}

static bool model_any(u64 first, u64 n, bool dying)
{
	u64 p;

	for (p = first; p < first + n; p = next_page(p))
		if (dying ? win[p].dying : win[p].mapped)
			return true;
	return false;
}

static void model_map(u64 first, u64 n, u64 pa, u8 perm)
{
	u64 p;

	for (p = 0; p < n; p++) {
		win[first + p] = (struct page) { pa + p * PAGE, perm, true, false };
		refs[(pa - PA_FIRST) / PAGE + p]++;
		busy[(first + p) / BLOCK]++;
	}
}

static void do_map(u64 first, u64 n, u64 pa, u8 perm, int budget)
{
	u64 iova = WIN_FIRST + first * PAGE;
	unsigned int live = pool_live;
	struct sdpu_table_range inv;
	bool mapped = model_any(first, n, false);
	int err;

	if (mapped || model_any(first, n, true)) {
		EXPECT(sdpu_table_busy(&table, iova, iova + n * PAGE - 1));
		return;
	}
	if (sdpu_table_busy(&table, iova, iova + n * PAGE - 1)) {
		/* only beside something that could not be invalidated */
		EXPECT(num_dying);
		return;
	}
	pool_budget = budget;
	err = sdpu_table_map(&table, iova, n * PAGE, pa, perm);
	pool_budget = -1;
	if (err) {
		EXPECT(err == -ENOMEM && budget >= 0);
		check_some(first, n);
		if (sdpu_table_clear(&table, iova, iova + n * PAGE - 1, &inv))
			sdpu_table_sweep(&table, inv.first, inv.last, release);
		EXPECT(pool_live == live);
	} else {
		model_map(first, n, pa, perm);
	}
	check_some(first, n);
}

/* The page of the window that is next to an address. */
static u64 page_of(u64 iova)
{
	if (iova < WIN_FIRST)
		return 0;
	iova = (iova - WIN_FIRST) / PAGE;
	return iova < WIN_PAGES ? iova : WIN_PAGES - 1;
}

/* Nothing that is mapped, outside of what was asked for, may be invalidated. */
static void check_inv(const struct sdpu_table_range *inv, u64 first, u64 n)
{
	u64 p, from = page_of(inv->first), to = page_of(inv->last);

	for (p = from; p <= to; p = next_page(p))
		EXPECT((p >= first && p < first + n) || !win[p].mapped);
	for (p = first; p < first + n; p = next_page(p))
		EXPECT(!(win[p].mapped || win[p].dying) || (p >= from && p <= to));
}

static void do_unmap(u64 first, u64 n, bool inv_fails, int budget)
{
	u64 iova = WIN_FIRST + first * PAGE, last = iova + n * PAGE - 1;
	struct sdpu_table_range inv;
	u64 p, before;
	int err;

	pool_budget = budget;
	err = sdpu_table_split(&table, iova);
	if (!err)
		err = sdpu_table_split(&table, last + 1);
	pool_budget = -1;
	if (err) {
		EXPECT(err == -ENOMEM && budget >= 0);
		check_some(first, n);
		return;
	}

	frees = 0;
	before = released;
	if (!sdpu_table_clear(&table, iova, last, &inv)) {
		EXPECT(!model_any(first, n, false) && !model_any(first, n, true));
		return;
	}
	EXPECT(!frees && released == before);
	check_inv(&inv, first, n);
	for (p = first; p < first + n; p = next_page(p)) {
		if (!win[p].mapped)
			continue;
		win[p].mapped = false;
		win[p].dying = true;
		num_dying++;
	}
	check_some(first, n);
	if (inv_fails)
		return;

	sdpu_table_sweep(&table, inv.first, inv.last, release);
	for (p = page_of(inv.first); p <= page_of(inv.last); p = next_page(p)) {
		if (!win[p].dying)
			continue;
		win[p].dying = false;
		busy[p / BLOCK]--;
		num_dying--;
		before += PAGE;
	}
	EXPECT(released == before);
	check_some(first, n);
}

/* A random range: small, or around 2 MiB or 1 GiB, aligned or off by something. */
static void random_range(u64 *first, u64 *n)
{
	u64 g = rand() % 32 ? rand() % 2 ? PAGE : MEG2 : GIG;
	u64 base = (512 * GIG - WIN_FIRST) / PAGE % (g / PAGE);

	*first = base + rand() % (WIN_PAGES * PAGE / g) * (g / PAGE);
	*n = (1 + rand() % (g == PAGE ? 40 : g == MEG2 ? 9 : 1)) * (g / PAGE);
	if (!(rand() % 3))
		*first += rand() % 7;
	if (!(rand() % 3))
		*n += rand() % 5;
	if (*first >= WIN_PAGES)
		*first = WIN_PAGES - 1;
	if (*n > WIN_PAGES - *first)
		*n = WIN_PAGES - *first;
}

static u64 random_pa(u64 first, u64 n)
{
	/* with the alignment of the address as often as not */
	u64 pa = PA_FIRST + (WIN_FIRST + first * PAGE) % GIG;

	switch (rand() % 4) {
	case 0:
		pa += rand() % 512 * PAGE;
		break;
	case 1:
		pa += rand() % 512 * MEG2;
		break;
	}
	if (pa + n * PAGE > PA_FIRST + PA_PAGES * PAGE)
		pa = PA_FIRST;
	return pa;
}

static void test_random(unsigned int seed, unsigned int rounds, bool faults)
{
	unsigned int i;
	u64 p, first, n;

	srand(seed);
	start();
	for (i = 0; i < rounds && !wrong; i++) {
		random_range(&first, &n);
		if (rand() % 5 < 3)
			do_map(first, n, random_pa(first, n), (1 + rand() % 3) * 2,
			       faults && !(rand() % 4) ? rand() % 4 : -1);
		else
			do_unmap(first, n, faults && !(rand() % 5),
				 faults && !(rand() % 4) ? rand() % 3 : -1);
	}
	check_pages(0, WIN_PAGES);
	do_unmap(0, WIN_PAGES, false, -1);
	EXPECT(!num_dying && pool_live == 1);
	for (p = 0; p < PA_PAGES; p++)
		EXPECT(!refs[p]);
	stop();
	tap_ok(!wrong, "%u random operations%s agree with the model (seed %u)", rounds,
	       faults ? " with failures" : "", seed);
}

/* One mapping, on its own: which leaves, which pages, and gone without a trace. */
static void test_leaves(const char *what, u64 iova, u64 size, u64 pa, u64 leaf,
			unsigned int pages)
{
	struct sdpu_table_range inv;
	u64 at, got_pa = 0, got;
	u8 perm = 0;

	start();
	EXPECT(!sdpu_table_busy(&table, iova, iova + size - 1));
	EXPECT(!sdpu_table_map(&table, iova, size, pa, SDPU_PT_READ));
	EXPECT(sdpu_table_busy(&table, iova, iova + size - 1));
	EXPECT(pool_live == pages);
	for (at = iova; at < iova + size && !wrong; at += got) {
		got = walk(at, &got_pa, &perm);
		EXPECT(got == leaf && got_pa == pa + at - iova && perm == 2);
	}
	EXPECT(!iova || !walk(iova - 1, &got_pa, &perm));
	EXPECT(iova + size > TOP || !walk(iova + size, &got_pa, &perm));
	EXPECT(sdpu_table_clear(&table, iova, iova + size - 1, &inv));
	EXPECT(inv.first <= iova && inv.last >= iova + size - 1);
	sdpu_table_sweep(&table, inv.first, inv.last, release);
	EXPECT(released == size && pool_live == 1);
	stop();
	tap_ok(!wrong, "%s", what);
}

static void test_split(void)
{
	struct sdpu_table_range inv;
	u64 pa = 0, at = 5 * GIG + 7 * MEG2 + 3 * PAGE;
	u8 perm = 0;

	start();
	EXPECT(!sdpu_table_map(&table, 5 * GIG, GIG, 9 * GIG, SDPU_PT_WRITE));
	EXPECT(!sdpu_table_split(&table, at) && !sdpu_table_split(&table, at + PAGE));
	EXPECT(walk(at, &pa, &perm) == PAGE && pa == 4 * GIG + at && perm == 4);
	EXPECT(walk(at + MEG2, &pa, &perm) == MEG2 && pa == 4 * GIG + at + MEG2 && perm == 4);
	EXPECT(pool_live == 4);
	EXPECT(sdpu_table_clear(&table, at, at + PAGE - 1, &inv));
	EXPECT(inv.first == at && inv.last == at + PAGE - 1);
	sdpu_table_sweep(&table, inv.first, inv.last, release);
	EXPECT(released == PAGE && pool_live == 4);
	EXPECT(!walk(at, &pa, &perm) && walk(at - 1, &pa, &perm) == PAGE);
	stop();
	EXPECT(released == GIG);
	tap_ok(!wrong, "a page out of a 1-GiB leaf leaves the rest of it mapped");
}

static void test_cut_off(void)
{
	struct sdpu_table_range inv;
	u64 pa;
	u8 perm;

	start();
	EXPECT(!sdpu_table_map(&table, MEG2 + PAGE, PAGE, 9 * GIG, SDPU_PT_READ));
	frees = 0;
	EXPECT(sdpu_table_clear(&table, MEG2 + PAGE, MEG2 + 2 * PAGE - 1, &inv));
	EXPECT(!inv.first && inv.last == 512 * GIG - 1);
	EXPECT(!walk(MEG2 + PAGE, &pa, &perm));
	EXPECT(!frees && !released && pool_live == 4);
	tap_ok(!wrong, "an emptied table page is cut off, all its reach invalidated, nothing freed");

	EXPECT(sdpu_table_busy(&table, MEG2, MEG2 + PAGE - 1));
	EXPECT(sdpu_table_busy(&table, GIG, GIG + PAGE - 1));
	EXPECT(!sdpu_table_busy(&table, 512 * GIG, TOP));
	tap_ok(!wrong, "until the invalidation is done its reach cannot be mapped");

	EXPECT(sdpu_table_clear(&table, MEG2 + PAGE, MEG2 + 2 * PAGE - 1, &inv));
	sdpu_table_sweep(&table, inv.first, inv.last, release);
	EXPECT(released == PAGE && pool_live == 1);
	EXPECT(!sdpu_table_clear(&table, 0, TOP, &inv));
	tap_ok(!wrong, "a second invalidation of the range completes what the first one missed");
	stop();
}

/* Leaves that have died in any order are all found when their page is swept, once. */
static void test_died_before(void)
{
	static const u64 order[] = { 300, 7, 511, 0, 40 };
	struct sdpu_table_range inv;
	unsigned int i;

	start();
	for (i = 0; i < 5; i++)
		EXPECT(!sdpu_table_map(&table, MEG2 + order[i] * PAGE, PAGE, 9 * GIG,
				       SDPU_PT_READ));
	/* only the last of these invalidations succeeds */
	for (i = 0; i < 5; i++)
		EXPECT(sdpu_table_clear(&table, MEG2 + order[i] * PAGE,
					MEG2 + (order[i] + 1) * PAGE - 1, &inv));
	EXPECT(!released);
	sdpu_table_sweep(&table, inv.first, inv.last, release);
	EXPECT(released == 5 * PAGE && pool_live == 1);
	stop();
	EXPECT(released == 5 * PAGE);
	tap_ok(!wrong, "leaves that died earlier, in any order, go with their page");
}

static void test_init_fails(void)
{
	int n;

	wrong = NULL;
	for (n = 0; n < 3; n++) {
		pool_next = 0;
		pool_live = 0;
		pool_budget = n == 2 ? 0 : -1;
		unit_alloc_budget = n == 2 ? -1 : n;
		EXPECT(sdpu_table_init(&table, &xp) == -ENOMEM && !pool_live);
	}
	tap_ok(!wrong, "a table for which there is no memory is refused");
}

/* Besides the references to the pages, which are the caller's. */
static void test_memory(void)
{
	const u64 pages = 4 * GIG / PAGE;
	u64 bytes;

	start();
	bytes = unit_alloc_bytes + pool_live * PAGE;
	EXPECT(!sdpu_table_map(&table, 512 * GIG, pages * PAGE, PAGE, SDPU_PT_READ));
	bytes = unit_alloc_bytes + pool_live * PAGE - bytes;
	tap_ok(!wrong && bytes <= 16 * pages,
	       "a million 4-KiB leaves take at most 16 bytes each");
	printf("#   %.2f bytes\n", (double)bytes / pages);
	stop();
}

int main(void)
{
	unsigned int seed;

	test_leaves("one page takes a 4-KiB leaf", 3 * PAGE, PAGE, 9 * GIG, PAGE, 4);
	test_leaves("511 pages from 2 MiB on take 4-KiB leaves",
		    MEG2, MEG2 - PAGE, 2 * GIG, PAGE, 4);
	test_leaves("2 MiB, aligned, take one leaf", 6 * MEG2, MEG2, 10 * MEG2, MEG2, 3);
	test_leaves("2 MiB at an odd physical address take 4-KiB leaves",
		    MEG2, MEG2, PAGE, PAGE, 4);
	test_leaves("2 MiB at an odd address take 4-KiB leaves in two pages",
		    PAGE, MEG2, MEG2, PAGE, 5);
	test_leaves("1 GiB, aligned, takes one leaf", 7 * GIG, GIG, 3 * GIG, GIG, 2);
	test_leaves("1 GiB, physically aligned to 2 MiB, takes 2-MiB leaves",
		    GIG, GIG, MEG2, MEG2, 3);
	test_leaves("512 GiB take 1-GiB leaves, for the top level has none",
		    512 * GIG, 512 * GIG, 0, GIG, 2);
	test_leaves("the whole address space can be mapped", 0, TOP + 1, 0, GIG, 513);
	test_leaves("the last page can be mapped",
		    TOP + 1 - PAGE, PAGE, 0x000ffffffffff000ull, PAGE, 4);
	test_leaves("a mapping across a 512-GiB border has leaves on both sides",
		    512 * GIG - MEG2, 2 * MEG2, 4 * GIG, MEG2, 5);
	test_split();
	test_cut_off();
	test_died_before();
	test_memory();
	test_init_fails();
	for (seed = 1; seed <= 4; seed++)
		test_random(seed, 3000, false);
	for (seed = 11; seed <= 14; seed++)
		test_random(seed, 3000, true);
	return tap_done();
}
