// SPDX-License-Identifier: GPL-2.0-only
/*
 * The split virtqueue engine (sim/vring.c, sim/chain.c) with a driver that
 * breaks the rules, one rule a test: the ring stops for the right reason, has
 * written nothing, has not read much, and stays stopped.
 */
#include <linux/array_size.h>

#include "bad.h"

static void bad_start_with(u32 size, bool indirect, bool event_idx)
{
	bad_ring(size, false, indirect, event_idx, 65533);
}

static void bad_start(void)
{
	bad_start_with(SIZE, true, false);
}

static void put_desc(unsigned int i, u64 addr, u32 len, u16 flags, u16 next)
{
	vdrv_put_desc(vdrv.desc + 16 * i, addr, len, flags, next);
}

static void put_entry(u64 table, unsigned int i, u64 addr, u32 len, u16 flags, u16 next)
{
	vdrv_put_desc(table + 16 * i, addr, len, flags, next);
}

static void offer(u16 head)
{
	vdrv_offer(head);
	vdrv_show();
}

/* ---- 1: double fetch ---- */

static void test_double_fetch(void)
{
	u64 table = PAGE(0) + 4096 - 24;
	bool good = true;
	u32 i;

	bad_start_with(SIZE, true, true);
	reads.doubles = 0;
	put_desc(0, PAGE(2), 64, NEXT, 1);
	put_desc(1, PAGE(4), 64, NEXT | WRITE, 2);
	put_desc(2, PAGE(6), 64, WRITE, 0);
	put_desc(3, table, 48, INDIRECT, 0);
	put_entry(table, 0, PAGE(2), 64, NEXT, 2);
	put_entry(table, 2, PAGE(4), 128, WRITE, 0);
	put_desc(4, table + 7, 32, INDIRECT, 0);
	vdrv_offer(0);
	vdrv_offer(3);
	vdrv_show();
	good &= pops() && chain.head.id == 0 && chain.num_out == 1 && chain.num_in == 2;
	good &= chain.out_len == 64 && chain.in_len == 128;
	good &= pops() && chain.head.id == 3 && chain.num_out == 1 && chain.num_in == 1;
	good &= chain.out_len == 64 && chain.in_len == 128;
	put_entry(table + 7, 0, PAGE(2), 64, NEXT, 1);
	put_entry(table + 7, 1, PAGE(4), 32, WRITE, 0);
	offer(4);
	good &= pops() && chain.num_out == 1 && chain.num_in == 1 && chain.in_len == 32;
	for (i = 0; i < 3; i++) {
		sdpu_vring_push(&vring, HEAD0, 0);
		vring.called = true;
		guest_put(vdrv.driver + 4 + 2 * SIZE, vring.published, 2);
		good &= WATCHED(sdpu_vring_publish(&vring)) == 2;
	}
	good &= !WATCHED(sdpu_vring_kicks_on(&vring)) && reads.count == 1;
	done(good && !reads.doubles,
	     "nothing is read twice, and what changes after it was read does not matter");
}

/* ---- 2: index and head ---- */

static void test_index(void)
{
	static const int jumps[] = { 9, 10, 100, 32767, 32768, 65535 - 8, -1, -2, -8 };
	unsigned int i;
	bool good = true;
	char name[80];

	for (i = 0; i < ARRAY_SIZE(jumps); i++) {
		bad_start();
		guest_put(vdrv.driver + 2, vdrv.avail_idx + jumps[i], 2);
		good = stops_at_pop(SDPU_BROKEN_AVAIL_INDEX);
		snprintf(name, sizeof(name),
			 "an index that jumps by %d in a ring of 8 stops the ring", jumps[i]);
		done(good, name);
	}

	bad_start();
	guest_put(vdrv.driver + 2, vdrv.avail_idx + 9, 2);
	good = !sdpu_vring_kicks_on(&vring);
	expect_put(vdrv.device, 0, 2);
	done(good && stopped(SDPU_BROKEN_AVAIL_INDEX),
	     "a jump is noticed when kicks are turned on, too");

	bad_start();
	guest_put(vdrv.driver + 2, vdrv.avail_idx + 9, 2);
	good = !sdpu_vring_pending(&vring);
	done(good && stopped(SDPU_BROKEN_AVAIL_INDEX),
	     "and when the ring is only looked at");
}

/* What is in hand counts: only what was published can be available again. */
static void test_index_in_hand(void)
{
	bool good = true;
	unsigned int i;

	bad_start();
	for (i = 0; i < SIZE; i++) {
		put_desc(i, PAGE(0), 16, 0, 0);
		vdrv_offer(i);
	}
	vdrv_show();
	for (i = 0; i < SIZE; i++) {
		good &= pops();
		sdpu_vring_push(&vring, chain.head, 0);
		expect_put(vdrv.device + 4 + 8 * ((65533 + i) % SIZE), chain.head.id, 4);
		expect_put(vdrv.device + 4 + 8 * ((65533 + i) % SIZE) + 4, 0, 4);
	}
	good &= !sdpu_vring_pop(&vring, &chain) && !vring.broken;
	offer(0);
	done(good && stops_at_pop(SDPU_BROKEN_AVAIL_INDEX),
	     "a driver cannot have more than a ring in hand: no endless batch");
}

/* The index goes back, but not behind what was taken. */
static void test_index_back(void)
{
	bool good;
	u16 i;

	bad_start();
	for (i = 0; i < 4; i++) {
		put_desc(i, PAGE(0), 16, 0, 0);
		vdrv_offer(i);
	}
	vdrv_show();
	good = pops() && pops();
	guest_put(vdrv.driver + 2, vdrv.avail_idx - 1, 2);
	good &= !sdpu_vring_kicks_on(&vring);
	expect_put(vdrv.device, 0, 2);
	done(good && stopped(SDPU_BROKEN_AVAIL_INDEX), "an index that goes back stops the ring");
}

static void test_head(void)
{
	static const u16 heads[] = { SIZE, SIZE + 1, 0x7fff, 0x8000, 0xffff };
	char name[80];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(heads); i++) {
		bad_start();
		put_desc(heads[i] % SIZE, PAGE(0), 16, 0, 0);
		offer(heads[i]);
		snprintf(name, sizeof(name), "head %u in a ring of 8 stops the ring", heads[i]);
		done(stops_at_pop(SDPU_BROKEN_HEAD), name);
	}
	for (i = 0; i < ARRAY_SIZE(heads); i++) {
		bad_start();
		put_desc(heads[i] % SIZE, PAGE(0), 16, 0, 0);
		put_desc(2, PAGE(0), 16, NEXT, heads[i]);
		offer(2);
		snprintf(name, sizeof(name), "next %u in a ring of 8 stops the ring", heads[i]);
		done(stops_at_pop(SDPU_BROKEN_HEAD), name);
	}
}

/* ---- 3: chains ---- */

static void test_loops(void)
{
	unsigned int i;
	u64 table = PAGE(20);

	bad_start();
	put_desc(3, PAGE(0), 16, NEXT, 3);
	offer(3);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "a descriptor that follows itself stops the ring");

	bad_start();
	put_desc(3, PAGE(0), 16, NEXT, 5);
	put_desc(5, PAGE(1), 16, NEXT, 0);
	put_desc(0, PAGE(1), 16, NEXT, 5);
	offer(3);
	done(stops_at_pop(SDPU_BROKEN_CHAIN) && reads.count <= 2 + 2 * (SIZE + 1),
	     "a loop of two descriptors stops the ring");

	bad_start();
	put_desc(3, PAGE(0), 0, NEXT, 3);
	offer(3);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "a loop without a byte stops the ring");

	bad_start_with(1024, false, false);
	for (i = 0; i < 1024; i++)
		put_desc(i, PAGE(0), 1, NEXT, (i + 1) % 1024);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "a loop through all of a large ring stops the ring");

	bad_start();
	put_desc(0, table, 16 * 4, INDIRECT, 0);
	put_entry(table, 0, PAGE(0), 16, NEXT, 2);
	put_entry(table, 2, PAGE(0), 16, NEXT, 0);
	offer(0);
	/* index, head, reference, and two reads for each of 4 entries */
	done(stops_at_pop(SDPU_BROKEN_CHAIN) && reads.count <= 2 + 2 + 2 * 4,
	     "a loop in an indirect table stops the ring, after one round");

	bad_start();
	put_desc(0, table, 16 * 65536, INDIRECT, 0);
	put_entry(table, 0, PAGE(0), 16, NEXT, 1);
	put_entry(table, 1, PAGE(0), 16, NEXT, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "a loop in a huge indirect table is cut off early");
}

static void test_longest(void)
{
	u64 table = PAGE(20);
	unsigned int i;

	bad_start();
	for (i = 0; i < SIZE; i++)
		put_desc(i, PAGE(i), 16, i < SIZE - 1 ? NEXT : 0, i + 1);
	offer(0);
	done(pops() && chain.num_out == SIZE && chain.out_len == 16 * SIZE,
	     "a chain as long as the ring is fine");

	bad_start();
	put_desc(0, table, 16 * 1024, INDIRECT, 0);
	for (i = 0; i < 1024; i++)
		put_entry(table, i, PAGE(i % 16), 1, i < 1023 ? NEXT : 0, i + 1);
	offer(0);
	done(pops() && chain.num_out == 1024 && chain.out_len == 1024,
	     "1024 descriptors in a table are fine, whatever the size of the ring");

	bad_start();
	put_desc(0, table, 16 * 1025, INDIRECT, 0);
	for (i = 0; i < 1025; i++)
		put_entry(table, i, PAGE(i % 16), 0, i < 1024 ? NEXT : 0, i + 1);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "1025 descriptors stop the ring");

	bad_start();
	put_desc(0, PAGE(0), 1, NEXT, 1);
	put_desc(1, table, 16 * 1024, INDIRECT, 0);
	for (i = 0; i < 1024; i++)
		put_entry(table, i, PAGE(i % 16), 1, i < 1023 ? NEXT : 0, i + 1);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN),
	     "1 direct and 1024 indirect descriptors stop the ring");
}

/* Descriptors and pieces are counted apart: 1024 of the one can be more of the other. */
static void test_most_pieces(void)
{
	u64 table = PAGE(20);
	unsigned int i;

	bad_start();
	put_desc(0, table, 16 * 1024, INDIRECT, 0);
	for (i = 0; i < 1024; i++)
		put_entry(table, i, PAGE(0), 1, i < 1023 ? NEXT : 0, i + 1);
	put_entry(table, 0, PAGE(0) + 4095, 2, NEXT, 1);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "1025 pieces in 1024 descriptors stop the ring");
}

static void test_tables(void)
{
	static const u32 lengths[] = { 0, 1, 8, 15, 17, 24, 16 * 65537, 0xfffffff0 };
	static const u16 nexts[] = { 2, 3, 0xffff };
	u64 table = PAGE(20), nested = PAGE(22);
	unsigned int i;
	char name[80];

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		bad_start();
		put_desc(0, table, lengths[i], INDIRECT, 0);
		put_entry(table, 0, PAGE(0), 16, 0, 0);
		offer(0);
		snprintf(name, sizeof(name), "a table of %u bytes stops the ring", lengths[i]);
		done(stops_at_pop(SDPU_BROKEN_CHAIN), name);
	}
	for (i = 0; i < ARRAY_SIZE(nexts); i++) {
		bad_start();
		put_desc(0, table, 32, INDIRECT, 0);
		put_entry(table, 0, PAGE(0), 16, NEXT, nexts[i]);
		put_entry(table, 2, PAGE(0), 16, 0, 0);
		put_entry(table, 3, PAGE(0), 16, 0, 0);
		offer(0);
		snprintf(name, sizeof(name), "next %u in a table of 2 stops the ring", nexts[i]);
		done(stops_at_pop(SDPU_BROKEN_HEAD), name);
	}

	bad_start();
	put_desc(0, table, 32, INDIRECT, 0);
	put_entry(table, 0, nested, 16, INDIRECT, 0);
	put_entry(nested, 0, PAGE(0), 16, 0, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "a table in a table stops the ring");

	bad_start();
	put_desc(0, table, 16, INDIRECT | NEXT, 1);
	put_entry(table, 0, PAGE(0), 16, 0, 0);
	put_desc(1, PAGE(1), 16, 0, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "a descriptor after a table stops the ring");

	bad_start_with(SIZE, false, false);
	put_desc(0, table, 16, INDIRECT, 0);
	put_entry(table, 0, PAGE(0), 16, 0, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "a table without the feature stops the ring");

	bad_start();
	put_desc(0, table, 16, INDIRECT | WRITE, 0);
	put_entry(table, 0, PAGE(0), 16, 0, 0);
	offer(0);
	done(pops() && chain.num_out == 1 && !chain.num_in,
	     "the write flag of a table means nothing");
}

static void test_order(void)
{
	u64 table = PAGE(20);

	bad_start();
	put_desc(0, PAGE(0), 16, NEXT | WRITE, 1);
	put_desc(1, PAGE(1), 16, 0, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "readable after writable stops the ring");

	bad_start();
	put_desc(0, PAGE(0), 0, NEXT | WRITE, 1);
	put_desc(1, PAGE(1), 16, 0, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "readable after an empty writable stops the ring");

	bad_start();
	put_desc(0, PAGE(0), 16, NEXT | WRITE, 1);
	put_desc(1, table, 16, INDIRECT, 0);
	put_entry(table, 0, PAGE(1), 16, 0, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "readable in a table after writable stops the ring");
}

/* ---- 4: lengths ---- */

/* Address space for half of 2^32 bytes, over and over the same 8 MiB. */
static u64 map_2g(void)
{
	u64 iova = 0x100000000000ull;
	unsigned int i;

	for (i = 0; i < 1024; i++)
		gmem_put(gmem_entry(iova + i * 0x200000ull, 1),
			 (GMEM_DMA + i % 4 * 0x200000ull) | 9 | GMEM_RW, 8);
	return iova;
}

/* @pages of 4 KiB one after another in the host, from the first again after the last. */
static u64 map_small(unsigned int pages)
{
	u64 iova = 0x180000000000ull;
	unsigned int i;

	for (i = 0; i < pages; i++)
		gmem_map(iova + i * 4096ull, GMEM_DMA + i % GMEM_PAGES * 4096ull, GMEM_RW);
	return iova;
}

static void test_lengths(void)
{
	u64 huge;

	bad_start();
	huge = map_2g();
	put_desc(0, huge, 0x80000000u, 0, 0);
	offer(0);
	done(pops() && chain.num_out == 256 && chain.out_len == 0x80000000u &&
	     chain.seg[255].len == 0x800000 && chain.seg[255].va == gmem.host,
	     "2 GiB are fine, in pieces as large as the memory is contiguous");

	bad_start();
	huge = map_2g();
	put_desc(0, huge, 0x80000000u, NEXT, 1);
	put_desc(1, huge, 0x80000000u, WRITE, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "a sum of 2^32 bytes stops the ring");

	bad_start();
	huge = map_2g();
	put_desc(0, huge, 0x80000000u, NEXT, 1);
	put_desc(1, huge, 0x7fffffffu, WRITE, 0);
	offer(0);
	done(pops() && chain.out_len == 0x80000000u && chain.in_len == 0x7fffffffu,
	     "a sum of 2^32 - 1 bytes is fine");

	bad_start();
	huge = map_small(4095);
	put_desc(0, huge, 4095 * 4096, 0, 0);
	offer(0);
	done(pops() && chain.num_out == 2 && chain.steps == 4096,
	     "a buffer of 4095 small pages is fine, and said to be expensive");

	bad_start();
	huge = map_small(4096);
	put_desc(0, huge, 4096 * 4096, 0, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN),
	     "one page more stops the ring, contiguous as they are");

	bad_start();
	put_desc(0, PAGE(0), 1025 * 4096, 0, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "a buffer in more than 1024 pieces stops the ring");

	bad_start();
	put_desc(0, PAGE(0), 1024 * 4096, 0, 0);
	offer(0);
	done(pops() && chain.num_out <= 1024 && chain.out_len == 1024 * 4096,
	     "a buffer in 1024 pieces is fine");

	bad_start();
	put_desc(0, 0, 0, NEXT, 1);
	put_desc(1, 0, 0, WRITE, 0);
	offer(0);
	done(pops() && !chain.num_out && !chain.num_in && !chain.out_len && !chain.in_len,
	     "empty descriptors are fine and give nothing");
}

/* ---- 5: addresses and permissions ---- */

struct bad_buffer {
	u64 addr;
	u32 len;
	const char *name;
};

static void test_addresses(void)
{
	static const struct bad_buffer cases[] = {
		{ 0, 1, "a buffer at 0" },
		{ PAGE(0) & 0xfff000000000ull, 1, "a buffer that nobody mapped" },
		{ 0xfffffffffffffff8ull, 16, "a buffer that wraps around 2^64" },
		{ 0xfffffffffff8ull, 16, "a buffer that crosses 2^48" },
		{ 0x1000000000000ull | PAGE(0), 16, "a buffer at a mapped address plus 2^48" },
		{ GMEM_IOVA + GMEM_PAGES * 4096ull - 8, 16, "a buffer whose end is not mapped" },
		{ GMEM_IOVA - 8, 16, "a buffer whose start is not mapped" },
		{ PAGE(0), 0xffffffff, "a buffer of 4 GiB" },
	};
	u16 broken, flags;
	unsigned int i;
	char name[120];

	for (i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		const struct bad_buffer *c = &cases[i / 2];

		/* 4 GiB of scattered pages are too many pieces, long before their end. */
		broken = c->len == 0xffffffff ? SDPU_BROKEN_CHAIN : SDPU_BROKEN_BUFFER;
		flags = i % 2 ? WRITE : 0;
		bad_start();
		put_desc(0, c->addr, c->len, flags, 0);
		offer(0);
		snprintf(name, sizeof(name), "%s to be %s stops the ring", c->name,
			 flags ? "written" : "read");
		done(stops_at_pop(broken), name);
	}
}

static void test_permissions(void)
{
	u64 table = PAGE(20);

	bad_start();
	gmem_protect(PAGE(1), GMEM_W);
	put_desc(0, PAGE(0) + 4000, 200, 0, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_BUFFER), "reading where one may only write stops the ring");

	bad_start();
	gmem_protect(PAGE(1), GMEM_R);
	put_desc(0, PAGE(0) + 4000, 200, WRITE, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_BUFFER), "writing where one may only read stops the ring");

	bad_start();
	gmem_protect(PAGE(1), GMEM_R);
	put_desc(0, PAGE(1), 200, NEXT, 1);
	put_desc(1, PAGE(1), 200, WRITE, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_BUFFER),
	     "a remembered leaf has its permission checked each time");

	bad_start();
	gmem_protect(PAGE(1), GMEM_R);
	put_desc(0, PAGE(1), 200, 0, 0);
	put_desc(1, PAGE(1), 200, WRITE, 0);
	offer(0);
	offer(1);
	done(pops() && stops_at_pop(SDPU_BROKEN_BUFFER),
	     "writing where the last chain was read stops the ring, if one may only read there");

	bad_start();
	gmem_protect(PAGE(1), GMEM_W);
	put_desc(0, PAGE(1), 200, WRITE, 0);
	put_desc(1, PAGE(1), 200, 0, 0);
	offer(0);
	offer(1);
	done(pops() && stops_at_pop(SDPU_BROKEN_BUFFER),
	     "reading where the last chain was written stops the ring, if one may only write there");

	bad_start();
	gmem_protect(table, GMEM_W);
	put_desc(0, table, 16, INDIRECT, 0);
	put_entry(table, 0, PAGE(0), 16, 0, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_BUFFER), "a table that one may not read stops the ring");

	bad_start();
	gmem_unmap(table + 4096);
	put_desc(0, table + 4096 - 8, 16, INDIRECT, 0);
	put_entry(table + 4096 - 8, 0, PAGE(0), 16, 0, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_BUFFER),
	     "an entry with half of it not mapped stops the ring");

	bad_start();
	put_desc(0, 0xfffffffffffffff8ull, 32, INDIRECT, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_BUFFER), "a table that wraps around 2^64 stops the ring");
}

/* Each page of each area missing, or with the wrong permission. */
static void test_areas(bool event_idx)
{
	static const char *const names[] = { "descriptor", "driver", "device" };
	u32 bytes[] = { 16 * 1024, 4 + 2 * 1024 + 2 * event_idx, 4 + 8 * 1024 + 2 * event_idx };
	u64 wrong[] = { GMEM_W, GMEM_W, GMEM_R };
	unsigned int area, pages;
	char name[120];
	bool good;
	u64 page;

	for (area = 0; area < 3; area++) {
		good = true;
		pages = 0;
		for (page = 0;; page += 4096, pages++) {
			u64 addr[3], perm;

			for (perm = 0; perm < 2; perm++) {
				bad_start_with(1024, true, event_idx);
				addr[0] = vdrv.desc;
				addr[1] = vdrv.driver;
				addr[2] = vdrv.device;
				put_desc(0, PAGE(0), 16, 0, 0);
				offer(0);
				if (perm)
					gmem_protect((addr[area] & ~4095ull) + page, wrong[area]);
				else
					gmem_unmap((addr[area] & ~4095ull) + page);
				good &= stops_at_pop(SDPU_BROKEN_RING_ADDRESS) && !reads.count;
				sdpu_vring_free(&vring);
			}
			if ((addr[area] & 4095) + bytes[area] <= page + 4096)
				break;
		}
		snprintf(name, sizeof(name),
			 "any of the %u pages of the %s area missing, or with the other permission, stops the ring%s",
			 pages + 1, names[area], event_idx ? ", with event index" : "");
		tap_ok(good, "%s", name);
	}
}

/* The event fields need memory only if they exist. */
static void test_event_fields(void)
{
	struct sdpu_vring_attrs attrs;
	unsigned int i;
	bool good;

	for (i = 0; i < 4; i++) {
		bad_start_with(SIZE, false, i & 1);
		attrs = vdrv_attrs(false);
		sdpu_vring_free(&vring);
		/* Move the area so that the field is the first of the next page, not mapped. */
		if (i & 2) {
			attrs.driver = PAGE(30) + 4096 - 4 - 2 * SIZE;
			guest_put(attrs.driver + 2, attrs.avail, 2);
		} else {
			attrs.device = PAGE(30) + 4096 - 4 - 8 * SIZE;
		}
		gmem_unmap(PAGE(31));
		if (sdpu_vring_init(&vring, &attrs, gmem_as()))
			abort();
		sdpu_vring_pop(&vring, &chain);
		good = vring.broken == (i & 1 ? SDPU_BROKEN_RING_ADDRESS : 0) && gmem_as_expected();
		done(good, i & 1 ? "an event field that is not mapped stops the ring" :
				   "an event field that does not exist need not be mapped");
	}
}

static void test_area_overflow(void)
{
	struct sdpu_vring_attrs attrs;
	unsigned int i;
	bool good = true;

	for (i = 0; i < 3; i++) {
		bad_start();
		attrs = vdrv_attrs(false);
		sdpu_vring_free(&vring);
		*(i == 0 ? &attrs.desc : i == 1 ? &attrs.driver : &attrs.device) = -16ull;
		if (sdpu_vring_init(&vring, &attrs, gmem_as()))
			abort();
		good &= stops_at_pop(SDPU_BROKEN_RING_ADDRESS);
		sdpu_vring_free(&vring);
	}
	tap_ok(good, "an area that wraps around 2^64 stops the ring");
}

/* ---- 6: use after unmap ---- */

static void test_unmap(void)
{
	bool good;

	bad_start();
	put_desc(0, PAGE(0), 16, 0, 0);
	put_desc(1, PAGE(0), 16, 0, 0);
	offer(0);
	offer(1);
	good = pops();
	gmem_unmap(PAGE(0));
	sdpu_vring_forget(&vring);
	done(good && stops_at_pop(SDPU_BROKEN_BUFFER),
	     "nothing of a buffer is remembered after an invalidation");

	bad_start();
	put_desc(0, PAGE(0), 16, 0, 0);
	offer(0);
	good = pops();
	gmem_unmap(vdrv.device & ~4095ull);
	sdpu_vring_forget(&vring);
	sdpu_vring_push(&vring, HEAD0, 0);
	done(good && stopped(SDPU_BROKEN_RING_ADDRESS),
	     "an area that was unmapped is not written any more");

	bad_start();
	gmem.as.mode = 0;
	put_desc(0, PAGE(0), 16, 0, 0);
	offer(0);
	done(stops_at_pop(SDPU_BROKEN_RING_ADDRESS), "an empty address space stops the ring");

	bad_start();
	put_desc(0, PAGE(20), 16, INDIRECT, 0);
	put_entry(PAGE(20), 0, PAGE(0), 16, 0, 0);
	put_desc(1, PAGE(20), 16, INDIRECT, 0);
	offer(0);
	offer(1);
	good = pops();
	gmem_unmap(PAGE(20));
	sdpu_vring_forget(&vring);
	done(good && stops_at_pop(SDPU_BROKEN_BUFFER),
	     "nothing of a table is remembered after an invalidation");
}

static void test_owner(void)
{
	bool good;

	bad_start();
	put_desc(0, PAGE(0), 4, 0, 0);
	offer(0);
	offer(0);
	good = pops();
	sdpu_vring_push(&vring, HEAD0, 0);
	expect_put(vdrv.device + 4 + 8 * (65533 % SIZE), 0, 8);
	good &= !sdpu_vring_break(&vring, SDPU_BROKEN_HEADER);
	sdpu_vring_break(&vring, SDPU_BROKEN_CHAIN);
	done(good && stopped(SDPU_BROKEN_HEADER), "the owner of a ring can stop it, once");
}

int main(void)
{
	test_double_fetch();
	test_index();
	test_index_in_hand();
	test_index_back();
	test_head();
	test_loops();
	test_longest();
	test_most_pieces();
	test_tables();
	test_order();
	test_lengths();
	test_addresses();
	test_permissions();
	test_areas(false);
	test_areas(true);
	test_event_fields();
	test_area_overflow();
	test_unmap();
	test_owner();
	return tap_done();
}
