// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address spaces (sim/as.c) against a naive model: a list of what is mapped,
 * searched from end to end. Tables are written here with plain numbers. Leaves
 * lead to memory that does not exist: a translation is compared, not followed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/array_size.h>

#include "../../sim/as.h"
#include "tap.h"

#define TABLES		256u
#define TABLE_DMA	0x0000000700000000ull
#define RAM		0x0000000040000000ull	/* 3 GiB of memory */
#define RAM_END		0x0000000100000000ull
#define HOLE		0x00000000a0201000ull	/* with a hole of one page */
#define BIAS		0x0000100000000000ull	/* where that memory would be */
#define MAPS		200u

#define VALID		1ull
#define R		2ull
#define W		4ull
#define LEAF		8ull

static u8 *tables;
static unsigned int num_tables;
static unsigned int reads;
static const void *read_at[16];

static struct map {
	u64 first, last, dma, perm;
} maps[MAPS];
static unsigned int num_maps;

static u64 rng;

static u64 rnd(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

void *unit_dma_span(u64 dma, u64 len)
{
	/* What sim/prim.h promises to ask for. */
	if (!len || len > 0x200000 || (len & (len - 1)) || (dma & (len - 1)))
		abort();
	if (dma >= TABLE_DMA && dma <= TABLE_DMA + TABLES * 4096ull - len)
		return tables + (dma - TABLE_DMA);
	if (dma < RAM || dma > RAM_END - len || (dma < HOLE + 4096 && dma + len > HOLE))
		return NULL;
	return (void *)(dma + BIAS);
}

static void count_reads(const void *from, size_t len)
{
	if (reads < ARRAY_SIZE(read_at) && len == 8)
		read_at[reads] = from;
	reads++;
}

static __le64 *entry_at(u64 iova, unsigned int level)
{
	__le64 *table = (__le64 *)tables, *entry;
	unsigned int l;

	for (l = 3;; l--) {
		entry = table + (iova >> (12 + 9 * l) & 511);
		if (l == level)
			return entry;
		if (!*entry)
			*entry = TABLE_DMA + ++num_tables * 4096ull + VALID;
		if (num_tables >= TABLES || (*entry & LEAF))
			abort();
		table = (__le64 *)(tables + (*entry & ~0xfffull) - TABLE_DMA);
	}
}

static void start(struct sdpu_as *as, struct sdpu_tlb *tlb)
{
	if (!tables)
		tables = aligned_alloc(4096, TABLES * 4096);
	memset(tables, 0, TABLES * 4096);
	num_tables = 0;
	num_maps = 0;
	as->mode = SDPU_AS_TABLE;
	as->root = (const __le64 *)tables;
	sdpu_tlb_forget(tlb);
	rng = 88172645463325252ull;
}

static const struct map *model_find(u64 iova)
{
	unsigned int i;

	for (i = 0; i < num_maps; i++)
		if (iova >= maps[i].first && iova <= maps[i].last)
			return &maps[i];
	return NULL;
}

/* Whether all of [first, last] may be mapped at @level: no other map in its way. */
static bool model_free(u64 first, u64 last)
{
	unsigned int i;

	for (i = 0; i < num_maps; i++)
		if (first <= maps[i].last && last >= maps[i].first)
			return false;
	return true;
}

static void map(u64 iova, unsigned int level, u64 dma, u64 perm)
{
	u64 size = 4096ull << (9 * level);

	*entry_at(iova, level) = dma | perm | LEAF | VALID;
	maps[num_maps++] = (struct map){ iova, iova + size - 1, dma, perm };
}

/* What the card should say of [iova, iova + len): compare all of it. */
static bool same(const struct sdpu_as *as, struct sdpu_tlb *tlb, u64 iova, u32 len, u64 perm)
{
	const struct map *want = model_find(iova);
	u32 got_len = len;
	u64 dma = 0;
	bool good;
	u8 *got;

	reads = 0;
	unit_read_hook = count_reads;
	got = sdpu_as_translate(as, tlb, iova, &got_len, perm);
	unit_read_hook = NULL;

	if (want)
		dma = want->dma + (iova - want->first);
	if (!want || (want->perm & perm) != perm || (dma & ~0xfffull) == HOLE ||
	    dma < RAM || dma >= RAM_END)
		good = !got;
	else
		good = (u64)got == dma + BIAS && got_len >= 1 && got_len <= len &&
		       iova + got_len - 1 <= want->last &&
		       /* Never less than what is left of the page, or of what was asked. */
		       got_len >= min_t(u32, len, 4096 - iova % 4096) &&
		       !(dma < HOLE && dma + got_len > HOLE);
	good &= reads <= 4;
	if (!good)
		printf("#   iova 0x%llx len %u perm %llu: %p, %u\n", (unsigned long long)iova, len,
		       (unsigned long long)perm, (void *)got, got_len);
	return good;
}

/* Addresses that are likely to be wrong: the ends of maps, and around them. */
static u64 interesting(void)
{
	const struct map *m = &maps[rnd() % num_maps];
	u64 iova;

	switch (rnd() % 5) {
	case 0:
		iova = m->first;
		break;
	case 1:
		iova = m->last;
		break;
	case 2:
		return rnd() >> (rnd() % 64);
	default:
		iova = m->first + rnd() % (m->last - m->first + 1);
	}
	return iova + rnd() % 3 - 1;
}

static void test_random(void)
{
	static const u64 bases[] = {
		0, 0x40000000ull, 0x7fffffe00000ull, 0x7fc000000000ull, 0xffffc0000000ull,
		0x123456780000ull,
	};
	struct sdpu_tlb tlb;
	unsigned int i, round, probes = 0;
	struct sdpu_as as;
	bool good = true;

	for (round = 0; round < 20 && good; round++) {
		start(&as, &tlb);
		rng += round * 7919;
		for (i = 0; i < MAPS && num_tables < TABLES - 4; i++) {
			unsigned int level = rnd() % 3;
			u64 size = 4096ull << (9 * level);
			u64 iova = bases[rnd() % ARRAY_SIZE(bases)] & ~(size - 1);
			u64 dma = rnd() % 4 ? RAM + rnd() % (RAM_END - RAM) : HOLE;

			dma &= ~(size - 1);
			iova += size * (rnd() % 3);
			if (iova >> 48 || !model_free(iova, iova + size - 1) ||
			    (level && *entry_at(iova, level)))
				continue;
			map(iova, level, dma, rnd() % 4 * R);
		}
		for (i = 0; i < 20000 && good; i++, probes++) {
			u32 len = 1 + rnd() % (rnd() % 2 ? 5000 : 0xffffffff);

			good = same(&as, &tlb, interesting(), len, rnd() % 4 * R);
		}
	}
	tap_ok(good, "%u translations agree with the model, 4 reads at most each", probes);
}

static void test_broken_entries(void)
{
	u64 iova = 0x7f0123456000ull, size;
	unsigned int level, bit;
	struct sdpu_tlb tlb;
	struct sdpu_as as;
	bool good;
	char name[100];

	for (level = 0; level < 4; level++) {
		start(&as, &tlb);
		map(iova, 0, RAM, R | W);
		*entry_at(iova, level) &= ~VALID;
		num_maps = 0;
		snprintf(name, sizeof(name),
			 "an entry of level %u that is not valid maps nothing", level);
		tap_ok(same(&as, &tlb, iova, 1, R), "%s", name);
	}
	for (level = 0; level < 4; level++) {
		good = true;
		for (bit = 4; bit < 64; bit++) {
			if (bit >= 12 && bit < 52)
				continue;
			start(&as, &tlb);
			map(iova, 0, RAM, R | W);
			good &= same(&as, &tlb, iova, 1, R);
			sdpu_tlb_forget(&tlb);
			*entry_at(iova, level) |= 1ull << bit;
			num_maps = 0;
			good &= same(&as, &tlb, iova, 1, R);
		}
		tap_ok(good, "an entry of level %u with an unknown bit maps nothing", level);
	}

	start(&as, &tlb);
	*entry_at(iova, 0) = RAM | VALID | R | W;
	tap_ok(same(&as, &tlb, iova, 1, R), "an entry of level 0 that is no leaf maps nothing");

	/* A leaf of 512 GiB that would be good otherwise. */
	start(&as, &tlb);
	*entry_at(0x7f0000000000ull, 3) = VALID | R | W | LEAF;
	tap_ok(same(&as, &tlb, 0x7f0000000000ull + RAM, 1, R), "a leaf of level 3 maps nothing");

	for (level = 1; level < 3; level++) {
		good = true;
		size = 4096ull << (9 * level);
		for (bit = 12; bit < 12 + 9 * level; bit++) {
			start(&as, &tlb);
			*entry_at(iova & ~(size - 1), level) =
				(RAM + size) | 1ull << bit | VALID | R | W | LEAF;
			good &= same(&as, &tlb, iova, 1, R);
		}
		tap_ok(good, "a leaf of level %u at an odd address maps nothing", level);
	}

	for (level = 1; level < 4; level++) {
		start(&as, &tlb);
		map(iova, 0, RAM, R | W);
		*entry_at(iova, level) = 0x300000000000ull | VALID;
		num_maps = 0;
		tap_ok(same(&as, &tlb, iova, 1, R),
		       "a table of level %u that is not in memory maps nothing", level - 1);
	}

	start(&as, &tlb);
	map(iova, 0, 0x300000000000ull, R | W);
	tap_ok(same(&as, &tlb, iova, 1, R), "a leaf that is not in memory maps nothing");

	start(&as, &tlb);
	*(__le64 *)tables = TABLE_DMA | VALID;
	tap_ok(same(&as, &tlb, 0, 1, R), "a table that leads to itself maps nothing, in 4 reads");
}

static void test_limits(void)
{
	struct sdpu_tlb tlb;
	struct sdpu_as as;
	unsigned int bit;
	bool good = true;

	start(&as, &tlb);
	map(0, 0, RAM, R | W);
	for (bit = 48; bit < 64; bit++)
		good &= same(&as, &tlb, 1ull << bit, 1, R);
	tap_ok(good, "an address of more than 48 bits is not that address without them");

	start(&as, &tlb);
	map(0xfffffffff000ull, 0, RAM, R | W);
	tap_ok(same(&as, &tlb, 0xfffffffffff8ull, 100, R) &&
	       same(&as, &tlb, 0xffffffffffffull, 1, W), "a range ends at 2^48, and not before");

	start(&as, &tlb);
	map(0x5000, 0, RAM, R);
	map(0x6000, 0, RAM + 0x1000, R);
	good = same(&as, &tlb, 0x5000, 1, R) && same(&as, &tlb, 0x5000, 1, W) &&
	       same(&as, &tlb, 0x5fff, 1, R | W) && same(&as, &tlb, 0x5800, 0xffffffff, R) &&
	       same(&as, &tlb, 0x6fff, 2, R) && same(&as, &tlb, 0x4fff, 2, R);
	tap_ok(good, "permission and length count with a remembered leaf, too");

	good = same(&as, &tlb, 0x5000, 1, R) && reads && same(&as, &tlb, 0x5fff, 1, R) && !reads;
	tap_ok(good, "a remembered leaf needs no read");
	*entry_at(0x5000, 0) = 0;
	sdpu_tlb_forget(&tlb);
	maps[0] = maps[--num_maps];
	tap_ok(same(&as, &tlb, 0x5000, 1, R), "nothing is remembered after it was forgotten");

	as.root = NULL;
	num_maps = 0;
	sdpu_tlb_forget(&tlb);
	tap_ok(same(&as, &tlb, 0x6000, 1, R), "no table maps nothing");
}

/* The table of the last small page is remembered, for its own 2 MiB only. */
static void test_remembered_table(void)
{
	u64 iova = 0x7f0123400000ull;
	struct sdpu_tlb tlb;
	struct sdpu_as as;
	unsigned int i;
	bool good;

	start(&as, &tlb);
	for (i = 0; i < 8; i++)
		map(iova + i * 0x1000, 0, RAM + (7 - i) * 0x5000, R);
	map(iova + 0x1ff000, 0, RAM + 0x100000, R);
	map(iova + 0x200000, 0, RAM + 0x200000, R);
	map(iova - 0x1000, 0, RAM + 0x300000, R);
	map(iova + 0x40000000, 0, RAM + 0x400000, R);
	good = same(&as, &tlb, iova, 1, R) && reads == 4;
	for (i = 1; i < 8; i++)
		good &= same(&as, &tlb, iova + i * 0x1000, 1, R) && reads == 1;
	good &= same(&as, &tlb, iova + 0x1ff000, 1, R) && reads == 1;
	good &= same(&as, &tlb, iova + 0x100000, 1, R) && reads == 1;
	tap_ok(good, "a small page next to the last one is found in 1 read");

	good = same(&as, &tlb, iova + 0x200000, 1, R) && reads == 4 &&
	       same(&as, &tlb, iova - 0x1000, 1, R) && reads == 4 &&
	       same(&as, &tlb, iova, 1, R) && reads == 4 &&
	       same(&as, &tlb, iova + 0x40000000, 1, R) && reads == 4;
	tap_ok(good, "a table is remembered for its own addresses only");

	good = same(&as, &tlb, iova, 1, R);
	*entry_at(iova, 1) = 0;
	num_maps = 0;
	sdpu_tlb_forget(&tlb);
	good &= same(&as, &tlb, iova, 1, R) && same(&as, &tlb, iova + 0x1000, 1, R);
	tap_ok(good, "a table that was cut off is not remembered after it was forgotten");
}

static void test_last_address(void)
{
	struct sdpu_tlb tlb;
	struct sdpu_as as;
	unsigned int perm;
	bool good = true;

	start(&as, &tlb);
	map(0x5000, 0, RAM, R | W);
	for (perm = 0; perm < 8; perm += 2) {
		good &= same(&as, &tlb, 0x5000, 1, R | W);
		sdpu_tlb_forget(&tlb);
		good &= same(&as, &tlb, U64_MAX, 1, perm | R);
	}
	as.mode = SDPU_AS_BYPASS;
	good &= same(&as, &tlb, U64_MAX, 1, R | W);
	tap_ok(good, "nothing at the last address of all, where a forgotten leaf is");
}

/* Between two reads the driver changes the table: each entry counts as it was read. */
static __le64 *late_entry;
static unsigned int late_read;
static __le64 late_value;

static void late_hook(const void *from, size_t len)
{
	count_reads(from, len);
	if (reads == late_read)
		*late_entry = late_value;
}

static void test_change(void)
{
	u64 iova = 0x7f0123456000ull;
	struct sdpu_tlb tlb;
	struct sdpu_as as;
	unsigned int i, level;
	bool good = true;
	u32 len;
	u8 *va;

	for (level = 0; level < 4; level++) {
		for (i = 1; i <= 5; i++) {
			start(&as, &tlb);
			map(iova, 0, RAM, R | W);
			late_entry = entry_at(iova, level);
			late_value = 0x300000000000ull | VALID | R | W | (level ? 0 : LEAF);
			late_read = i;
			reads = 0;
			len = 1;
			unit_read_hook = late_hook;
			va = sdpu_as_translate(&as, &tlb, iova, &len, R);
			unit_read_hook = NULL;
			/* Read 1 is of level 3: a change comes too late for what was read. */
			good &= (u64)va == (i > 4 - level ? RAM + BIAS : 0);
		}
	}
	tap_ok(good, "each entry is read once, and what was read counts");
}

static void test_modes(void)
{
	struct sdpu_tlb tlb;
	struct sdpu_as as;
	bool good = true;
	u64 dma;
	u32 len;

	start(&as, &tlb);
	map(0x5000, 0, RAM, R | W);
	as.mode = SDPU_AS_EMPTY;
	num_maps = 0;
	tap_ok(same(&as, &tlb, 0x5000, 1, R), "an empty address space maps nothing");
	as.mode = 3;
	tap_ok(same(&as, &tlb, 0x5000, 1, R), "an unknown mode maps nothing");

	as.mode = SDPU_AS_BYPASS;
	maps[num_maps++] = (struct map){ RAM, RAM_END - 1, RAM, R | W };
	good = same(&as, &tlb, RAM, 4096, R | W) && same(&as, &tlb, RAM_END - 1, 2, W) &&
	       same(&as, &tlb, RAM - 1, 1, R) && same(&as, &tlb, RAM_END, 1, R);
	tap_ok(good, "bypass reaches all of memory and nothing else");
	for (good = true, dma = HOLE - 0x3000; dma < HOLE + 0x3000; dma += 0x1000)
		good &= same(&as, &tlb, dma, 4096, R | W) &&
			same(&as, &tlb, dma + 4095, 1, R | W) &&
			same(&as, &tlb, dma, 0x10000, R);
	tap_ok(good, "bypass does not reach a hole of one page, but both its neighbours");
	for (good = true, dma = 0; dma < 64; dma++)
		good &= same(&as, &tlb, (1ull << dma) - 1, 100, R) &&
			same(&as, &tlb, 1ull << dma, 100, W) &&
			same(&as, &tlb, -(1ull << dma), 1, R);
	tap_ok(good, "bypass at all powers of two");
	sdpu_tlb_forget(&tlb);
	len = 0xffffffff;
	good = sdpu_as_translate(&as, &tlb, RAM + 5, &len, R | W) && len == 0x200000 - 5;
	tap_ok(good, "bypass gives pieces of 2 MiB");
}

int main(void)
{
	test_random();
	test_broken_entries();
	test_limits();
	test_remembered_table();
	test_last_address();
	test_change();
	test_modes();
	return tap_done();
}
