// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdpa-conform: rings that make no sense. A device may say NEEDS_RESET, or drop what it cannot
 * use and go on, or stop; but nothing wrong may arrive anywhere, no buffer may be forgotten by
 * a device that goes on, and a reset makes it work again.
 */
#include <string.h>

#include "clock.h"
#include "conform_hostile.h"

/**
 * struct spoil - a ring to be spoiled
 * @c: everything else
 * @r: the ring, empty
 * @at: where the device sees the bad frame, or room for one
 * @table: room for an indirect table
 * @table_at: where the device sees it
 * @flag: of descriptors of this ring
 * @lenient: a device that sees what was meant may send it
 */
struct spoil {
	struct conform *c;
	struct ring *r;
	u64 at;
	struct vring_desc *table;
	u64 table_at;
	u16 flag;
	bool lenient;
};

typedef void (*spoil_fn)(struct spoil *s);

bool hostile_broken(struct conform *c)
{
	int status = vdpa_get_status(&c->dut.dev);

	return status >= 0 && status & S_BROKEN;
}

void hostile_react(struct conform *c, struct ring *r, u16 from, u16 n)
{
	struct wait w = { .until = now_ns() + REACT_MS * 1000000ull };

	while (!hostile_broken(c) && (u16)(load_acquire(&r->used->idx) - from) < n && wait_more(&w))
		;
}

void hostile_unheard(struct conform *c)
{
	struct heard h;

	if ((c->loop || c->other_up) && conform_comes(c, conform_peer(c), BAD, 0, &h))
		conform_fail(c, "a frame arrives that was never sent like that");
}

/*
 * Defects of this kind: a device takes a chain that it cannot use, forgets it, and goes on
 * with the next one: the driver never gets its buffer back.
 */
static void good_one_follows(struct conform *c, struct ring *r)
{
	u16 bad = r->avail->ring[0], from = 0;
	unsigned int i;
	bool back = false;

	conform_frame(&c->dut, conform_room(c, 2), conform_nobody, FRAME, GOOD);
	raw_desc(r->desc, 9, conform_room_iova(c, 2), CHAIN, 0, 0);
	raw_avail(r, 9);
	port_kick(&c->dut, PORT_TX);
	hostile_react(c, r, from, r->avail->idx);
	if (hostile_broken(c) || !load_acquire(&r->used->idx))
		return;
	for (i = 0; i < r->used->idx; i++)
		back = back || r->used->ring[i].id == bad;
	conform_want(c, back, "a bad buffer is forgotten: the one after it is given back");
}

void hostile_after(struct conform *c)
{
	c->attrs.bare = false;
	c->dut.attrs.bare = false;
	if (!conform_failed(c) && conform_again(c) && conform_hello(c))
		conform_traffic(c, 100);
}

/* @follow: see what comes of a good buffer behind the bad one */
static void spoiled(struct conform *c, spoil_fn spoil, bool follow)
{
	struct spoil s = { .c = c };

	if (!conform_set_up(c) || !conform_start(c) || !conform_peer_up(c))
		return;
	s.r = &c->dut.ring[PORT_TX];
	s.at = conform_room_iova(c, 0);
	s.table = (struct vring_desc *)conform_room(c, 8);
	s.table_at = conform_room_iova(c, 8);
	conform_frame(&c->dut, conform_room(c, 0), conform_peer(c)->mac, FRAME, BAD);
	spoil(&s);
	port_kick(&c->dut, PORT_TX);
	hostile_react(c, s.r, 0, 1);
	if (!hostile_broken(c))
		conform_note(c, "the device does not say NEEDS_RESET");
	if (!s.lenient)
		hostile_unheard(c);
	if (follow && !hostile_broken(c))
		good_one_follows(c, s.r);
	hostile_after(c);
}

/* The bad buffer is in the receive ring; frames come in. */
static void spoiled_rx(struct conform *c, spoil_fn spoil)
{
	struct spoil s = { .c = c, .flag = WRITE };
	unsigned int i;

	c->attrs.bare = true;
	if (!conform_up(c))
		return;
	s.r = &c->dut.ring[PORT_RX];
	s.at = mem_iova(&c->dut.rx_mem, c->dut.rx_mem.va + ROOM);
	s.table = (struct vring_desc *)conform_room(c, 8);
	s.table_at = conform_room_iova(c, 8);
	spoil(&s);
	port_kick(&c->dut, PORT_RX);
	for (i = 0; i < 3; i++)
		if (!conform_peer_sends(c, FRAME, i))
			return;
	hostile_react(c, s.r, 0, 1);
	hostile_after(c);
}

#define TX(name)	static void tx_##name(struct conform *c) { spoiled(c, name, false); }
#define TX_FOLLOWED(name)	\
	static void tx_##name(struct conform *c) { spoiled(c, name, true); }
#define RX(name)	static void rx_##name(struct conform *c) { spoiled_rx(c, name); }

static void one(struct spoil *s, u64 at, u32 len, u16 flags)
{
	raw_desc(s->r->desc, 0, at, len, flags, 0);
	raw_avail(s->r, 0);
}

static void jump(struct spoil *s)
{
	raw_desc(s->r->desc, 0, HOLE, CHAIN, s->flag, 0);
	store_release(&s->r->avail->idx, (u16)(s->r->num + 1));
}

static void back(struct spoil *s)
{
	raw_desc(s->r->desc, 0, HOLE, CHAIN, s->flag, 0);
	store_release(&s->r->avail->idx, (u16)-1);
}

static void head(struct spoil *s)
{
	raw_avail(s->r, s->r->num);
}

static void far_head(struct spoil *s)
{
	raw_avail(s->r, 0xffff);
}

static void next(struct spoil *s)
{
	raw_desc(s->r->desc, 0, s->at, PORT_HDR, s->flag | NEXT, s->r->num);
	raw_avail(s->r, 0);
}

static void loop(struct spoil *s)
{
	raw_desc(s->r->desc, 0, s->at, PORT_HDR, s->flag | NEXT, 1);
	raw_desc(s->r->desc, 1, s->at + PORT_HDR, FRAME, s->flag | NEXT, 0);
	raw_avail(s->r, 0);
}

static void unmapped(struct spoil *s)
{
	one(s, HOLE, CHAIN, s->flag);
}

static void unmapped_end(struct spoil *s)
{
	raw_desc(s->r->desc, 0, s->at, PORT_HDR + 20, s->flag | NEXT, 1);
	raw_desc(s->r->desc, 1, HOLE, FRAME - 20, s->flag, 0);
	raw_avail(s->r, 0);
}

static void wraps(struct spoil *s)
{
	one(s, ~0ull - 15, CHAIN, s->flag);
}

/* Defects of this kind: what is too long for some buffer of the device is cut off and sent. */
static void four_gigabytes(struct spoil *s)
{
	raw_desc(s->r->desc, 0, s->at, 0xfffffff8, s->flag | NEXT, 1);
	raw_desc(s->r->desc, 1, s->at, 0x100, s->flag, 0);
	raw_avail(s->r, 0);
}

static void writable(struct spoil *s)
{
	one(s, s->at, CHAIN, s->flag ^ WRITE);
}

static void write_first(struct spoil *s)
{
	raw_desc(s->r->desc, 0, mem_iova(&s->c->dut.rx_mem, s->c->dut.rx_mem.va + ROOM), 64,
		 WRITE | NEXT, 1);
	raw_desc(s->r->desc, 1, s->at, CHAIN, 0, 0);
	raw_avail(s->r, 0);
	s->lenient = true;
}

static void short_header(struct spoil *s)
{
	one(s, s->at, PORT_HDR - 1, s->flag);
}

static void no_length(struct spoil *s)
{
	one(s, s->at, 0, s->flag);
}

/* The descriptor refers to a table of @len bytes. */
static void table(struct spoil *s, u32 len, u16 flags)
{
	raw_desc(s->r->desc, 0, s->table_at, len, INDIRECT | flags, 1);
	raw_desc(s->r->desc, 1, s->at, CHAIN, s->flag, 0);
	raw_avail(s->r, 0);
}

static void nested(struct spoil *s)
{
	raw_desc(s->table, 0, s->table_at + 32, 16, INDIRECT, 0);
	raw_desc(s->table, 2, s->at, CHAIN, s->flag, 0);
	table(s, 32, 0);
	s->lenient = true;
}

static void odd_table(struct spoil *s)
{
	raw_desc(s->table, 0, s->at, PORT_HDR, s->flag | NEXT, 1);
	raw_desc(s->table, 1, s->at + PORT_HDR, FRAME, s->flag, 0);
	table(s, 40, 0);
	s->lenient = true;
}

static void empty_table(struct spoil *s)
{
	raw_desc(s->table, 0, s->at, CHAIN, s->flag, 0);
	table(s, 0, 0);
}

static void table_loop(struct spoil *s)
{
	raw_desc(s->table, 0, s->at, PORT_HDR, s->flag | NEXT, 1);
	raw_desc(s->table, 1, s->at + PORT_HDR, FRAME, s->flag | NEXT, 0);
	table(s, 32, 0);
}

static void table_range(struct spoil *s)
{
	raw_desc(s->table, 0, s->at, PORT_HDR, s->flag | NEXT, 2);
	raw_desc(s->table, 2, s->at + PORT_HDR, FRAME, s->flag, 0);
	table(s, 32, 0);
}

static void table_unmapped(struct spoil *s)
{
	s->table_at = HOLE;
	table(s, 32, 0);
}

TX(jump)
TX(back)
TX(head)
TX(far_head)
TX(next)
TX_FOLLOWED(loop)
TX_FOLLOWED(unmapped)
TX_FOLLOWED(unmapped_end)
TX_FOLLOWED(wraps)
TX_FOLLOWED(four_gigabytes)
TX_FOLLOWED(writable)
TX_FOLLOWED(short_header)
TX_FOLLOWED(no_length)
TX_FOLLOWED(nested)
TX_FOLLOWED(odd_table)
TX_FOLLOWED(empty_table)
TX_FOLLOWED(table_loop)
TX_FOLLOWED(table_range)
TX_FOLLOWED(table_unmapped)
TX_FOLLOWED(write_first)
RX(jump)
RX(head)
RX(loop)
RX(unmapped)
RX(unmapped_end)
RX(writable)
RX(no_length)

#define TX_CASE(text, func)	CASE("transmit ring: " text ": no harm", BROKEN_RING, func, \
				     .needs = NEEDS_TRAFFIC)
#define TX_TABLE(text, func)	CASE("transmit ring: " text ": no harm", BROKEN_RING, func, \
				     .features = F_INDIRECT, .needs = NEEDS_TRAFFIC)
#define RX_CASE(text, func)	CASE("receive ring: " text ": no harm", BROKEN_RING, func, \
				     .needs = NEEDS_PEER)

const struct conform_case hostile_cases[] = {
	TX_CASE("an index that jumps over the ring", tx_jump),
	TX_CASE("an index that goes back", tx_back),
	TX_CASE("a head just beyond the ring", tx_head),
	TX_CASE("a head far beyond the ring", tx_far_head),
	TX_CASE("a chain that leaves the ring", tx_next),
	TX_CASE("a chain without an end", tx_loop),
	TX_CASE("a buffer that is not mapped", tx_unmapped),
	TX_CASE("a buffer whose end is not mapped", tx_unmapped_end),
	TX_CASE("a buffer across the end of all addresses", tx_wraps),
	TX_CASE("a chain of more than 4 GiB", tx_four_gigabytes),
	TX_CASE("a buffer to be written", tx_writable),
	TX_CASE("a buffer to be written before one to be read", tx_write_first),
	TX_CASE("a buffer too short for a header", tx_short_header),
	TX_CASE("a buffer of no bytes", tx_no_length),
	TX_TABLE("a table in a table", tx_nested),
	TX_TABLE("a table of two and a half entries", tx_odd_table),
	TX_TABLE("a table of no bytes", tx_empty_table),
	TX_TABLE("a table without an end", tx_table_loop),
	TX_TABLE("a chain that leaves its table", tx_table_range),
	TX_TABLE("a table that is not mapped", tx_table_unmapped),
	RX_CASE("an index that jumps over the ring", rx_jump),
	RX_CASE("a head just beyond the ring", rx_head),
	RX_CASE("a chain without an end", rx_loop),
	RX_CASE("a buffer that is not mapped", rx_unmapped),
	RX_CASE("a buffer whose end is not mapped", rx_unmapped_end),
	RX_CASE("a buffer to be read", rx_writable),
	RX_CASE("a buffer of no bytes", rx_no_length),
	{ }
};
