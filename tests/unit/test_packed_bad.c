// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packed virtqueues (sim/packed.c, sim/chain.c) with a driver that breaks the
 * rules, one rule a test, as tests/unit/test_vring_bad.c does for split ones. What
 * both layouts have in common, such as addresses of buffers, is tested there.
 */
#include <linux/array_size.h>

#include "bad.h"

static void bad_start_with(u32 size, bool indirect, bool event_idx, u16 pos)
{
	bad_ring(size, true, indirect, event_idx, pos);
}

/* Three entries before the end of the ring, in a round with wrap counter 0. */
static void bad_start(void)
{
	bad_start_with(SIZE, true, false, 2 * SIZE - 3);
}

/* Flags of a descriptor that is available at @pos. */
static u16 available(u16 pos, u16 flags)
{
	return flags | (vdrv_wrap(pos) ? VDRV_AVAIL : VDRV_USED);
}

/* Write the next descriptor of the ring, available at once. */
static void put(u64 addr, u32 len, u16 flags, u16 id)
{
	vdrv_put_packed(vdrv_slot(vdrv.avail_idx), addr, len, id, available(vdrv.avail_idx, flags));
	vdrv.avail_idx++;
}

static void test_double_fetch(void)
{
	u64 table = PAGE(0) + 4096 - 24;
	bool good = true;
	unsigned int i;

	bad_start_with(SIZE, true, true, SIZE - 2);
	reads.doubles = 0;
	vdrv_put_packed(table, PAGE(2), 64, 0, 0);
	vdrv_put_packed(table + 16, PAGE(4), 128, 0, WRITE);
	put(PAGE(2), 64, NEXT, 0);
	put(PAGE(4), 64, NEXT | WRITE, 0);
	put(PAGE(6), 64, WRITE, 77);
	put(table, 32, INDIRECT, 0xffff);
	good &= pops() && chain.head.id == 77 && chain.head.slots == 3;
	good &= chain.num_out == 1 && chain.num_in == 2;
	sdpu_vring_push(&vring, chain.head, 9);
	good &= pops() && chain.head.id == 0xffff && chain.head.slots == 1;
	good &= chain.out_len == 64 && chain.in_len == 128;
	sdpu_vring_push(&vring, chain.head, 0);
	guest_put(vdrv.driver, 0x20000 | vdrv_index(SIZE - 2), 4);
	vring.called = true;
	good &= WATCHED(sdpu_vring_publish(&vring)) == 2 && reads.count == 1;
	for (i = 0; i < 2; i++)
		good &= !WATCHED(sdpu_vring_kicks_on(&vring)) && reads.count == 1;
	done(good && !reads.doubles,
	     "nothing is read twice, and what changes after it was read does not matter");
}

/* Neither of the two flags alone makes a descriptor available, nor do both (2.8.1). */
static void test_flags(void)
{
	unsigned int pos, flags;
	bool good = true;

	for (pos = 0; pos < 2 * SIZE; pos++) {
		for (flags = 0; flags < 4; flags++) {
			bool avail = flags & 1, used = flags & 2;
			bool want = avail == vdrv_wrap(pos) && used != vdrv_wrap(pos);

			bad_start_with(SIZE, true, false, pos);
			vdrv_put_packed(vdrv_slot(pos), PAGE(0), 16, 3,
					(avail ? VDRV_AVAIL : 0) | (used ? VDRV_USED : 0));
			good &= sdpu_vring_kicks_on(&vring) == want;
			good &= sdpu_vring_pop(&vring, &chain) == want && !vring.broken;
			sdpu_vring_free(&vring);
		}
	}
	tap_ok(good, "packed: a descriptor is available if its flags say so for this round, else not");
}

/* Only what was published can be available again: no endless batch. */
static void test_in_hand(void)
{
	struct sdpu_vring_mark mark;
	unsigned int i;
	bool good = true;

	bad_start();
	for (i = 0; i < SIZE; i++)
		put(PAGE(0), 16, WRITE, i);
	for (i = 0; i < SIZE; i++) {
		good &= pops() && chain.head.id == i;
		sdpu_vring_push(&vring, chain.head, 16);
	}
	good &= !sdpu_vring_pop(&vring, &chain) && !vring.broken && gmem_as_expected();
	put(PAGE(0), 16, WRITE, 0);
	done(good && stops_at_pop(SDPU_BROKEN_AVAIL_INDEX),
	     "a driver cannot have more than a ring in hand");

	bad_start();
	for (i = 0; i < SIZE - 1; i++)
		put(PAGE(0), 16, 0, i);
	for (i = 0; i < SIZE - 1; i++)
		good &= pops();
	/* the last one goes on in what was taken already */
	put(PAGE(0), 16, NEXT, 0);
	put(PAGE(0), 16, 0, 0);
	done(good && stops_at_pop(SDPU_BROKEN_CHAIN),
	     "a chain that goes on in what is in hand stops the ring");

	bad_start();
	for (i = 0; i < SIZE; i++)
		put(PAGE(0), 16, 0, i);
	mark = sdpu_vring_mark(&vring);
	for (i = 0; i < SIZE; i++) {
		good &= pops();
		sdpu_vring_push(&vring, chain.head, 0);
	}
	sdpu_vring_rewind(&vring, mark);
	for (i = 0; i < SIZE; i++)
		good &= pops() && chain.head.id == i;
	done(good && !sdpu_vring_publish(&vring) && gmem_as_expected(),
	     "what was taken and given back can be taken again until it is shown");
}

static void test_chains(void)
{
	unsigned int i;
	bool good;

	bad_start();
	for (i = 0; i < SIZE; i++)
		put(PAGE(i), 16, i < SIZE - 1 ? NEXT : 0, i);
	done(pops() && chain.head.slots == SIZE && chain.head.id == SIZE - 1 &&
	     chain.out_len == 16 * SIZE, "a chain as long as the ring is fine");

	bad_start();
	for (i = 0; i < SIZE; i++)
		put(PAGE(i), 16, NEXT, i);
	done(stops_at_pop(SDPU_BROKEN_CHAIN) && reads.count <= 2 * SIZE,
	     "a chain without an end stops the ring, after one round");

	bad_start();
	put(PAGE(0), 16, NEXT, 0);
	put(PAGE(0), 16, NEXT, 0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN),
	     "a chain that goes on in what is not available stops the ring");

	bad_start();
	put(PAGE(0), 16, NEXT, 0);
	vdrv_put_packed(vdrv_slot(vdrv.avail_idx), PAGE(1), 16, 0, VDRV_AVAIL | VDRV_USED);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "the same if there is something that could end it");

	bad_start_with(1024, false, false, 1000);
	for (i = 0; i < 1024; i++)
		put(PAGE(0), 1, NEXT, 0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN),
	     "a large ring that is one chain without an end is stopped");

	bad_start();
	put(PAGE(0), 16, NEXT | WRITE, 0);
	put(PAGE(1), 16, 0, 0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "readable after writable stops the ring");

	bad_start();
	put(0, 0, NEXT, 0);
	put(0, 0, WRITE, 5);
	done(pops() && chain.head.id == 5 && !chain.num_out && !chain.num_in,
	     "empty descriptors are fine and give nothing");

	bad_start();
	put(PAGE(0), 16, 0, 5);
	good = pops();
	put(PAGE(0) & 0xfff000000000ull, 16, 0, 6);
	done(good && stops_at_pop(SDPU_BROKEN_BUFFER), "a buffer that nobody mapped stops the ring");
}

static void test_tables(void)
{
	static const u32 lengths[] = { 0, 1, 8, 15, 17, 24, 16 * 65537, 0xfffffff0 };
	u64 table = PAGE(20);
	bool good = true;
	unsigned int i;
	char name[80];

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		bad_start();
		vdrv_put_packed(table, PAGE(0), 16, 0, 0);
		put(table, lengths[i], INDIRECT, 0);
		snprintf(name, sizeof(name), "a table of %u bytes stops the ring", lengths[i]);
		done(stops_at_pop(SDPU_BROKEN_CHAIN), name);
	}

	bad_start();
	vdrv_put_packed(table, PAGE(0), 16, 0, 0);
	put(table, 16, INDIRECT | NEXT, 0);
	put(PAGE(1), 16, 0, 0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "a descriptor after a table stops the ring");

	bad_start();
	vdrv_put_packed(table, PAGE(0), 16, 0, 0);
	put(PAGE(1), 16, NEXT, 0);
	put(table, 16, INDIRECT, 0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "a table after a descriptor stops the ring");

	bad_start_with(SIZE, false, false, 0);
	vdrv_put_packed(table, PAGE(0), 16, 0, 0);
	put(table, 16, INDIRECT, 0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "a table without the feature stops the ring");

	/* 2.8.19: no flag but write; whatever else is there means nothing */
	bad_start();
	vdrv_put_packed(table, PAGE(0), 16, 9, NEXT | INDIRECT | VDRV_AVAIL | VDRV_USED);
	vdrv_put_packed(table + 16, PAGE(1), 32, 9, NEXT | WRITE);
	put(table, 32, INDIRECT | WRITE, 4);
	done(pops() && chain.head.id == 4 && chain.out_len == 16 && chain.in_len == 32,
	     "entries of a table follow each other, whatever their flags");

	bad_start();
	vdrv_put_packed(table, PAGE(0), 16, 0, WRITE);
	vdrv_put_packed(table + 16, PAGE(1), 16, 0, 0);
	put(table, 32, INDIRECT, 0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "readable after writable in a table stops the ring");

	/* as DPDK leaves them there */
	for (i = 0; i < 4; i++) {
		bad_start();
		vring.attrs.transmit = true;
		vdrv_put_packed(table, PAGE(0), 12, 0, i & 1 ? WRITE : 0);
		vdrv_put_packed(table + 16, PAGE(1), 32, 0, i & 2 ? WRITE : 0);
		put(table, 32, INDIRECT, 4);
		good &= pops() && chain.num_out == 2 && !chain.num_in && chain.out_len == 44;
		sdpu_vring_free(&vring);
	}
	tap_ok(good, "packed: in a table of what is sent write flags count for nothing");
	bad_start();
	vring.attrs.transmit = true;
	gmem_protect(PAGE(1), GMEM_W);
	vdrv_put_packed(table, PAGE(0), 16, 0, WRITE);
	vdrv_put_packed(table + 16, PAGE(1), 16, 0, WRITE);
	put(table, 32, INDIRECT, 0);
	done(stops_at_pop(SDPU_BROKEN_BUFFER), "but what may not be read is not read");
	bad_start();
	vring.attrs.transmit = true;
	put(PAGE(0), 16, NEXT | WRITE, 0);
	put(PAGE(1), 16, 0, 0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "and readable after writable in the ring stops it");

	bad_start();
	gmem_unmap(PAGE(1));
	vdrv_put_packed(table, PAGE(0), 16, 0, 0);
	vdrv_put_packed(table + 16, PAGE(1), 16, 0, 0);
	put(table, 32, INDIRECT, 0);
	done(stops_at_pop(SDPU_BROKEN_BUFFER),
	     "a table with a buffer that nobody mapped stops the ring");

	bad_start();
	for (i = 0; i < 1024; i++)
		vdrv_put_packed(table + 16 * i, PAGE(i % 16), 1, 0, 0);
	put(table, 16 * 1024, INDIRECT, 0);
	done(pops() && chain.num_out == 1024, "1024 descriptors in a table are fine");

	bad_start();
	for (i = 0; i < 1025; i++)
		vdrv_put_packed(table + 16 * i, PAGE(i % 16), 0, 0, 0);
	put(table, 16 * 1025, INDIRECT, 0);
	done(stops_at_pop(SDPU_BROKEN_CHAIN), "1025 descriptors stop the ring");

	bad_start();
	gmem_unmap(table + 4096);
	put(table + 4096 - 8, 16, INDIRECT, 0);
	done(stops_at_pop(SDPU_BROKEN_BUFFER), "an entry with half of it not mapped stops the ring");
}

/* Each page of each area missing, or with less than its permissions. */
static void test_areas(void)
{
	static const char *const names[] = { "descriptor", "driver", "device" };
	static const u32 bytes[] = { 16 * 1024, 4, 4 };
	/* the descriptors are read and written */
	static const u64 wrong[3][2] = {
		{ GMEM_W, GMEM_R }, { GMEM_W, GMEM_W }, { GMEM_R, GMEM_R },
	};
	unsigned int area, how;
	char name[120];
	u64 page, at;
	bool good;

	for (area = 0; area < 3; area++) {
		good = true;
		for (page = 0; page < bytes[area]; page += 4096) {
			for (how = 0; how < 3; how++) {
				bad_start_with(1024, true, true, 0);
				put(PAGE(0), 16, 0, 0);
				at = area == 0 ? vdrv.desc : area == 1 ? vdrv.driver : vdrv.device;
				at = (at & ~4095ull) + page;
				if (how)
					gmem_protect(at, wrong[area][how - 1]);
				else
					gmem_unmap(at);
				good &= stops_at_pop(SDPU_BROKEN_RING_ADDRESS) && !reads.count;
				sdpu_vring_free(&vring);
			}
		}
		snprintf(name, sizeof(name),
			 "packed: any page of the %s area missing, or with less permission, stops the ring",
			 names[area]);
		tap_ok(good, "%s", name);
	}
}

static void test_unmap(void)
{
	bool good;

	bad_start();
	put(PAGE(0), 16, 0, 0);
	good = pops();
	sdpu_vring_push(&vring, chain.head, 0);
	gmem_unmap(vdrv.desc & ~4095ull);
	sdpu_vring_forget(&vring);
	done(good && stopped(SDPU_BROKEN_RING_ADDRESS),
	     "a ring that was unmapped is not written any more");

	bad_start();
	put(PAGE(0), 16, 0, 0);
	put(PAGE(0), 16, 0, 0);
	good = pops();
	gmem_unmap(PAGE(0));
	sdpu_vring_forget(&vring);
	done(good && stops_at_pop(SDPU_BROKEN_BUFFER),
	     "nothing of a buffer is remembered after an invalidation");
}

int main(void)
{
	test_double_fetch();
	test_flags();
	test_in_hand();
	test_chains();
	test_tables();
	test_areas();
	test_unmap();
	return tap_done();
}
