// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packed rings, broken in every way that split ones do not have, and odd ones that
 * are allowed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hostile.h"
#include "packed.h"

#define NEXT		VRING_DESC_F_NEXT
#define WRITE		VRING_DESC_F_WRITE
#define INDIRECT	VRING_DESC_F_INDIRECT

#define FRAME		200

static bool packed_up(struct lab *lab)
{
	return lab_up(lab) && lab_want(lab, lab->victim.features & F_PACKED, "the ring is not packed");
}

static struct ring *tx(struct lab *lab)
{
	return &lab->victim.ring[PORT_TX];
}

static void put(struct lab *lab, u64 addr, u32 len, u16 flags, u16 id)
{
	packed_put(tx(lab), addr, len, flags, id);
}

static void show(struct lab *lab)
{
	ring_publish(tx(lab));
	port_kick(&lab->victim, PORT_TX);
}

static void endless(struct lab *lab)
{
	unsigned int i;
	u64 addr;

	if (!packed_up(lab))
		return;
	addr = raw_frame(lab, 0, FRAME);
	for (i = 0; i < tx(lab)->num; i++)
		put(lab, addr, 1, NEXT, i);
	show(lab);
	lab_broken(lab);
}

static void into_nothing(struct lab *lab)
{
	if (!packed_up(lab))
		return;
	put(lab, raw_frame(lab, 0, FRAME), PORT_HDR, NEXT, 0);
	show(lab);
	lab_broken(lab);
}

static void table_and_more(struct lab *lab)
{
	struct vring_packed_desc *table;

	if (!packed_up(lab))
		return;
	table = (struct vring_packed_desc *)(lab->victim.tx_mem.va + MEM_PAGE);
	table->addr = raw_frame(lab, 0, FRAME);
	table->len = PORT_HDR + FRAME;
	put(lab, PORT_IOVA_TX + MEM_PAGE, sizeof(*table), INDIRECT | NEXT, 0);
	put(lab, PORT_IOVA_TX, 16, 0, 0);
	show(lab);
	lab_broken(lab);
}

static void table_in_chain(struct lab *lab)
{
	struct vring_packed_desc *table;

	if (!packed_up(lab))
		return;
	table = (struct vring_packed_desc *)(lab->victim.tx_mem.va + MEM_PAGE);
	table->addr = raw_frame(lab, 0, FRAME) + PORT_HDR;
	table->len = FRAME;
	put(lab, PORT_IOVA_TX, PORT_HDR, NEXT, 0);
	put(lab, PORT_IOVA_TX + MEM_PAGE, sizeof(*table), INDIRECT, 0);
	show(lab);
	lab_broken(lab);
}

static void table_odd_length(struct lab *lab)
{
	if (!packed_up(lab))
		return;
	put(lab, raw_frame(lab, 0, FRAME), 24, INDIRECT, 0);
	show(lab);
	lab_broken(lab);
}

static void not_mapped(struct lab *lab)
{
	if (!packed_up(lab))
		return;
	put(lab, HOLE, 100, 0, 0);
	show(lab);
	lab_broken(lab);
}

static void no_header(struct lab *lab)
{
	if (!packed_up(lab))
		return;
	put(lab, raw_frame(lab, 0, FRAME), PORT_HDR - 1, 0, 0);
	show(lab);
	lab_broken(lab);
}

static void write_in_send_ring(struct lab *lab)
{
	if (!packed_up(lab))
		return;
	put(lab, raw_frame(lab, 0, FRAME), PORT_HDR + FRAME, WRITE, 0);
	show(lab);
	lab_broken(lab);
}

/* Descriptors are given back where they were: a ring that one may only read is none. */
static void read_only(struct lab *lab)
{
	struct port *p = &lab->victim;
	struct ring *r = tx(lab);
	int err;

	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	if (!lab_want(lab, lab->up && !port_negotiate(p) && !port_setup(p), "cannot set it up") ||
	    !lab_alias(lab))
		return;
	err = vdpa_vring_addr(&p->dev, PORT_TX, mem_iova(&p->rings, r->desc) + ALIAS_RO,
			      mem_iova(&p->rings, r->avail), mem_iova(&p->rings, r->used));
	if (!err)
		err = port_start(p);
	if (!lab_want(lab, !err, "cannot start: %s", strerror(-err)))
		return;
	put(lab, raw_frame(lab, 0, FRAME), PORT_HDR + FRAME, 0, 0);
	show(lab);
	lab_broken(lab);
}

/* 2.8.1: wrap counters of a ring that starts anew, and places that do not exist. */
static void bases(struct lab *lab)
{
	static const u32 bad[] = { 0x80008100, 0x81008000, 0xffffffff, 0x7fff7fff };
	struct port *p = &lab->victim;
	unsigned int i;
	int err;

	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	for (i = 0; lab->up && i < sizeof(bad) / sizeof(bad[0]); i++) {
		err = port_negotiate(p);
		if (!err)
			err = port_setup(p);
		if (!err)
			err = vdpa_set_base(&p->dev, PORT_TX, bad[i]);
		if (lab_want(lab, !err, "cannot set it up: %s", strerror(-err)) && !port_start(p))
			lab_want(lab, vdpa_get_status(&p->dev) & NEEDS_RESET,
				 "a ring of 256 starts at %#x", bad[i]);
		port_reset(p);
	}
	lab_want(lab, lab->up, "the victim does not open");
}

/* What DPDK sets: one of the two wrap counters of a fresh ring only. */
static void half_a_base(struct lab *lab)
{
	struct port *p = &lab->victim;
	unsigned int i;
	int err;

	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	err = lab->up ? port_negotiate(p) : -ENODEV;
	if (!err)
		err = port_setup(p);
	for (i = 0; i < 2 && !err; i++)
		err = vdpa_set_base(&p->dev, i, 0x8000);
	if (!err)
		err = port_start(p);
	if (lab_want(lab, !err, "cannot start: %s", strerror(-err)))
		lab_alive(lab, 300);
}

/* As many frames as it takes to be in every round, one descriptor for each few bytes. */
static void pieces(struct lab *lab)
{
	unsigned int i, n;
	long long before;
	u32 at, len;
	u64 addr;

	if (!packed_up(lab))
		return;
	before = lab_counter(lab, PORT_TX, "packets");
	addr = raw_frame(lab, 0, FRAME);
	for (i = 0; i < 100; i++) {
		u16 from = tx(lab)->avail_idx, shown;
		u64 until = now_ns() + WAIT_MS * 1000000ull;

		for (n = 0, at = 0; at < PORT_HDR + FRAME; at += len, n++) {
			len = 1 + (i + n) % 29;
			if (len > PORT_HDR + FRAME - at)
				len = PORT_HDR + FRAME - at;
			put(lab, addr + at, len, at + len < PORT_HDR + FRAME ? NEXT : 0, 7);
		}
		tx(lab)->chain[7] = n;
		show(lab);
		do {
			lab_pump(lab, 0);
			lab_sink(lab);
			shown = ring_shown(tx(lab));
		} while (shown == from && now_ns() < until);
		if (!lab_want(lab, shown == (u16)(from + n), "chain %u of %u descriptors: the ring stands at %u after %u",
			      i, n, shown, from))
			return;
		tx(lab)->last_used = shown;
		tx(lab)->slots_free += n;
		tx(lab)->chain[7] = 0;
	}
	lab_want(lab, !(vdpa_get_status(&lab->victim.dev) & NEEDS_RESET), "the ring broke");
	lab_want(lab, lab_counter(lab, PORT_TX, "packets") == before + 100,
		 "%lld frames were sent", lab_counter(lab, PORT_TX, "packets") - before);
	lab_alive(lab, 100);
}

/* A driver that asks for a call at one place of the ring gets one there, not before. */
static void call_at(struct lab *lab)
{
	struct port *p = &lab->victim;
	struct ring *r;
	unsigned int i;

	if (!packed_up(lab))
		return;
	r = tx(lab);
	/* the first publication calls in any case */
	put(lab, raw_frame(lab, 0, FRAME), PORT_HDR + FRAME, 0, 0);
	show(lab);
	lab_pump(lab, 20);
	port_called(p->call[PORT_TX], WAIT_MS);
	/* five more: for the third of them */
	store_release((u32 *)r->driver_event, 3 | 1 << 15 | VRING_PACKED_EVENT_FLAG_DESC << 16);
	for (i = 1; i <= 5; i++) {
		put(lab, raw_frame(lab, 0, FRAME), PORT_HDR + FRAME, 0, 0);
		show(lab);
		lab_pump(lab, 20);
		lab_want(lab, port_called(p->call[PORT_TX], i == 3 ? WAIT_MS : 0) == (i == 3),
			 "entry %u: a call %s", i, i == 3 ? "is missing" : "that was not asked for");
	}
	lab_sink(lab);
}

const struct test packed_tests[] = {
	{ "a chain without an end stops the ring", endless },
	{ "a chain that goes on where nothing is available stops the ring", into_nothing },
	{ "a descriptor after a table stops the ring", table_and_more },
	{ "a table after a descriptor stops the ring", table_in_chain },
	{ "a table of one and a half descriptors stops the ring", table_odd_length },
	{ "a buffer that nobody mapped stops the ring", not_mapped },
	{ "a frame without a whole header stops the ring", no_header },
	{ "nothing to read in a send ring stops it", write_in_send_ring },
	{ "a ring that one may only read stops", read_only },
	{ "a base beyond the ring is refused", bases },
	{ "a base with one wrap counter is that of a fresh ring", half_a_base },
	{ "chains of many small pieces, all around the ring", pieces },
	{ "a call comes for the descriptor that it is asked for, and only then", call_at },
	{ }
};
