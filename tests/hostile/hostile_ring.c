// SPDX-License-Identifier: GPL-2.0-only
/* Broken rings: each stops the device with NEEDS_RESET, and only that device. */
#include <string.h>

#include "hostile.h"

#define NEXT		VRING_DESC_F_NEXT
#define WRITE		VRING_DESC_F_WRITE
#define INDIRECT	VRING_DESC_F_INDIRECT

/* A good frame in the victim's send memory; a table for indirect descriptors behind it. */
#define TABLE_AT	65536

/**
 * struct spoil - the victim's ring, ready to be spoiled
 * @lab: everything else
 * @r: ring, empty
 * @frame: good frame (send ring) or room for one (receive ring)
 * @table: memory for an indirect table, zero
 * @table_at: where the device sees it
 * @flag: of all descriptors of this ring: VRING_DESC_F_WRITE on the receive ring, else 0
 */
struct spoil {
	struct lab *lab;
	struct ring *r;
	u64 frame;
	struct vring_desc *table;
	u64 table_at;
	u16 flag;
};

#define FRAME_LEN	100
#define CHAIN_LEN	(FRAME_LEN + PORT_HDR)

/*
 * Bring the victim up with empty rings, let @spoil do its work on @ring and
 * expect the worst. The receive ring is looked at when somebody sends.
 */
static void broken(struct lab *lab, unsigned int ring, void (*spoil)(struct spoil *s))
{
	struct port *p = &lab->victim;
	struct spoil s = { .lab = lab, .r = &p->ring[ring] };
	struct flow *f;

	lab->attrs.bare = true;
	if (!lab_up(lab) || !lab_alias(lab))
		return;
	s.table = (struct vring_desc *)(p->tx_mem.va + TABLE_AT);
	s.table_at = mem_iova(&p->tx_mem, s.table);
	s.frame = ring == PORT_TX ? raw_frame(lab, 0, FRAME_LEN) : PORT_IOVA_RX;
	s.flag = ring == PORT_TX ? 0 : WRITE;
	spoil(&s);
	if (lab->skip)
		return;
	port_kick(p, ring);
	if (ring == PORT_RX) {
		f = &(struct flow){ };
		if (flow_init(f, &lab->a, p, 200, 4) || flow_fill(f) < 0)
			lab_fail(lab, "cannot send to the victim");
		flow_free(f);
	}
	lab_broken(lab);
}

#define TX_TEST(func) \
	static void tx_##func(struct lab *lab) { broken(lab, PORT_TX, func); }
#define RX_TEST(func) \
	static void rx_##func(struct lab *lab) { broken(lab, PORT_RX, func); }

static void avail_jump(struct spoil *s)
{
	raw_desc(s->r->desc, 0, s->frame, CHAIN_LEN, s->flag, 0);
	store_release(&s->r->avail->idx, (u16)(s->r->num + 1));
}

static void avail_back(struct spoil *s)
{
	raw_desc(s->r->desc, 0, s->frame, CHAIN_LEN, s->flag, 0);
	store_release(&s->r->avail->idx, (u16)-1);
}

static void head_size(struct spoil *s)
{
	raw_avail(s->r, s->r->num);
}

static void head_max(struct spoil *s)
{
	raw_avail(s->r, 0xffff);
}

static void next_range(struct spoil *s)
{
	raw_desc(s->r->desc, 0, s->frame, CHAIN_LEN, s->flag | NEXT, s->r->num);
	raw_avail(s->r, 0);
}

static void loop_self(struct spoil *s)
{
	raw_desc(s->r->desc, 0, s->frame, 16, s->flag | NEXT, 0);
	raw_avail(s->r, 0);
}

static void loop_two(struct spoil *s)
{
	raw_desc(s->r->desc, 0, s->frame, 16, s->flag | NEXT, 1);
	raw_desc(s->r->desc, 1, s->frame, 16, s->flag | NEXT, 0);
	raw_avail(s->r, 0);
}

static void loop_empty(struct spoil *s)
{
	raw_desc(s->r->desc, 0, s->frame, 0, s->flag | NEXT, 1);
	raw_desc(s->r->desc, 1, s->frame, 0, s->flag | NEXT, 0);
	raw_avail(s->r, 0);
}

/* The one descriptor of the ring refers to a table of @len bytes. */
static void indirect(struct spoil *s, u32 len, u16 flags)
{
	if (!(s->lab->victim.features & F_INDIRECT) && s->lab->attrs.features & F_INDIRECT) {
		s->lab->skip = "the device does not offer indirect descriptors";
		return;
	}
	raw_desc(s->r->desc, 0, s->table_at, len, INDIRECT | flags, 1);
	raw_desc(s->r->desc, 1, s->frame, CHAIN_LEN, s->flag, 0);
	raw_avail(s->r, 0);
}

static void good_table(struct spoil *s)
{
	raw_desc(s->table, 0, s->frame, PORT_HDR, s->flag | NEXT, 1);
	raw_desc(s->table, 1, s->frame + PORT_HDR, FRAME_LEN, s->flag, 0);
}

static void indirect_nested(struct spoil *s)
{
	raw_desc(s->table, 0, s->table_at + 16, 16, INDIRECT, 0);
	raw_desc(s->table, 1, s->frame, CHAIN_LEN, s->flag, 0);
	indirect(s, 32, 0);
}

static void indirect_odd(struct spoil *s)
{
	good_table(s);
	indirect(s, 40, 0);
}

static void indirect_zero(struct spoil *s)
{
	good_table(s);
	indirect(s, 0, 0);
}

static void indirect_huge(struct spoil *s)
{
	good_table(s);
	indirect(s, 0xfffffff0, 0);
}

static void indirect_next(struct spoil *s)
{
	good_table(s);
	indirect(s, 32, NEXT);
}

static void indirect_range(struct spoil *s)
{
	good_table(s);
	s->table[0].next = 2;
	indirect(s, 32, 0);
}

static void indirect_loop(struct spoil *s)
{
	good_table(s);
	s->table[1].flags |= NEXT;
	indirect(s, 32, 0);
}

static void indirect_unmapped(struct spoil *s)
{
	good_table(s);
	s->table_at = HOLE;
	indirect(s, 32, 0);
}

static void indirect_crossing(struct spoil *s)
{
	s->table_at = PORT_IOVA_TX + s->lab->victim.tx_mem.len - 24;
	raw_desc((void *)(s->lab->victim.tx_mem.va + s->lab->victim.tx_mem.len - 24), 0, s->frame,
		 PORT_HDR, s->flag | NEXT, 1);
	indirect(s, 32, 0);
}

static void indirect_write_only(struct spoil *s)
{
	good_table(s);
	s->table_at += ALIAS_WO;
	indirect(s, 32, 0);
}

/* A good table, but nobody negotiated that. */
static void tx_indirect_without_feature(struct lab *lab)
{
	lab->attrs.features &= ~F_INDIRECT;
	broken(lab, PORT_TX, indirect_next);
}

static void no_feature(struct spoil *s)
{
	good_table(s);
	indirect(s, 32, 0);
}

static void tx_no_feature(struct lab *lab)
{
	lab->attrs.features &= ~F_INDIRECT;
	broken(lab, PORT_TX, no_feature);
}

static void write_first(struct spoil *s)
{
	raw_desc(s->r->desc, 0, PORT_IOVA_RX, 64, WRITE | NEXT, 1);
	raw_desc(s->r->desc, 1, s->frame, CHAIN_LEN, 0, 0);
	raw_avail(s->r, 0);
}

static void one(struct spoil *s, u64 addr, u32 len, u16 flags)
{
	raw_desc(s->r->desc, 0, addr, len, flags, 0);
	raw_avail(s->r, 0);
}

static void unmapped(struct spoil *s)
{
	one(s, HOLE, CHAIN_LEN, s->flag);
}

static void address_zero(struct spoil *s)
{
	one(s, 0, CHAIN_LEN, s->flag);
}

static void second_unmapped(struct spoil *s)
{
	raw_desc(s->r->desc, 0, s->frame, PORT_HDR, s->flag | NEXT, 1);
	raw_desc(s->r->desc, 1, HOLE, FRAME_LEN, s->flag, 0);
	raw_avail(s->r, 0);
}

static void crossing(struct spoil *s)
{
	const struct mem *m = s->flag ? &s->lab->victim.rx_mem : &s->lab->victim.tx_mem;

	one(s, m->iova + m->len - 64, CHAIN_LEN, s->flag);
}

static void wrapping(struct spoil *s)
{
	one(s, ~0ull - 15, CHAIN_LEN, s->flag);
}

/* Two descriptors of nearly 4 GiB: their sum does not fit 32 bits. */
static void length_overflow(struct spoil *s)
{
	raw_desc(s->r->desc, 0, s->frame, 0xfffffff8, s->flag | NEXT, 1);
	raw_desc(s->r->desc, 1, s->frame, 0x100, s->flag, 0);
	raw_avail(s->r, 0);
}

static void write_only(struct spoil *s)
{
	one(s, s->frame + ALIAS_WO, CHAIN_LEN, 0);
}

static void read_only(struct spoil *s)
{
	one(s, s->frame + ALIAS_RO, 1600, WRITE);
}

static void not_writable(struct spoil *s)
{
	one(s, s->frame, 1600, 0);
}

static void short_header(struct spoil *s)
{
	one(s, s->frame, PORT_HDR - 1, s->flag);
}

static void empty_chain(struct spoil *s)
{
	one(s, s->frame, 0, s->flag);
}

static void all_writable(struct spoil *s)
{
	one(s, PORT_IOVA_RX, CHAIN_LEN, WRITE);
}

TX_TEST(avail_jump)
RX_TEST(avail_jump)
TX_TEST(avail_back)
TX_TEST(head_size)
RX_TEST(head_size)
TX_TEST(head_max)
TX_TEST(next_range)
RX_TEST(next_range)
TX_TEST(loop_self)
TX_TEST(loop_two)
RX_TEST(loop_two)
TX_TEST(loop_empty)
TX_TEST(indirect_nested)
TX_TEST(indirect_odd)
TX_TEST(indirect_zero)
TX_TEST(indirect_huge)
TX_TEST(indirect_next)
TX_TEST(indirect_range)
TX_TEST(indirect_loop)
TX_TEST(indirect_unmapped)
TX_TEST(indirect_crossing)
TX_TEST(indirect_write_only)
TX_TEST(write_first)
TX_TEST(unmapped)
RX_TEST(unmapped)
TX_TEST(address_zero)
TX_TEST(second_unmapped)
RX_TEST(second_unmapped)
TX_TEST(crossing)
RX_TEST(crossing)
TX_TEST(wrapping)
RX_TEST(wrapping)
TX_TEST(length_overflow)
TX_TEST(write_only)
RX_TEST(read_only)
RX_TEST(not_writable)
TX_TEST(short_header)
RX_TEST(short_header)
TX_TEST(empty_chain)
TX_TEST(all_writable)

const struct test ring_tests[] = {
	{ "send ring: an available index more than a ring ahead breaks it", tx_avail_jump },
	{ "receive ring: an available index more than a ring ahead breaks it", rx_avail_jump },
	{ "send ring: an available index that goes back breaks it", tx_avail_back },
	{ "send ring: a head equal to the ring size breaks it", tx_head_size },
	{ "receive ring: a head equal to the ring size breaks it", rx_head_size },
	{ "send ring: head 65535 breaks it", tx_head_max },
	{ "send ring: a next out of range breaks it", tx_next_range },
	{ "receive ring: a next out of range breaks it", rx_next_range },
	{ "send ring: a descriptor that follows itself breaks it", tx_loop_self },
	{ "send ring: two descriptors in a loop break it", tx_loop_two },
	{ "receive ring: two descriptors in a loop break it", rx_loop_two },
	{ "send ring: empty descriptors in a loop break it", tx_loop_empty },
	{ "an indirect table inside an indirect table breaks the ring", tx_indirect_nested },
	{ "an indirect table of 40 bytes breaks the ring", tx_indirect_odd },
	{ "an indirect table of no bytes breaks the ring", tx_indirect_zero },
	{ "an indirect table of 4 GiB breaks the ring", tx_indirect_huge },
	{ "an indirect descriptor with a next one breaks the ring", tx_indirect_next },
	{ "a next outside the indirect table breaks the ring", tx_indirect_range },
	{ "a loop in an indirect table breaks the ring", tx_indirect_loop },
	{ "an indirect table that is not mapped breaks the ring", tx_indirect_unmapped },
	{ "an indirect table across the end of a mapping breaks the ring", tx_indirect_crossing },
	{ "an indirect table in write-only memory breaks the ring", tx_indirect_write_only },
	{ "an indirect descriptor that was not negotiated breaks the ring", tx_no_feature },
	{ "one with a next one, not negotiated, does too", tx_indirect_without_feature },
	{ "send ring: a writable descriptor before a readable one breaks it", tx_write_first },
	{ "send ring: a buffer that is not mapped breaks it", tx_unmapped },
	{ "receive ring: a buffer that is not mapped breaks it", rx_unmapped },
	{ "send ring: a buffer at address 0 breaks it", tx_address_zero },
	{ "send ring: a second descriptor that is not mapped breaks it", tx_second_unmapped },
	{ "receive ring: a second descriptor that is not mapped breaks it", rx_second_unmapped },
	{ "send ring: a buffer across the end of a mapping breaks it", tx_crossing },
	{ "receive ring: a buffer across the end of a mapping breaks it", rx_crossing },
	{ "send ring: a buffer across the end of the address space breaks it", tx_wrapping },
	{ "receive ring: a buffer across the end of the address space breaks it", rx_wrapping },
	{ "send ring: a chain of more than 4 GiB breaks it", tx_length_overflow },
	{ "send ring: a buffer in write-only memory breaks it", tx_write_only },
	{ "receive ring: a buffer in read-only memory breaks it", rx_read_only },
	{ "receive ring: a buffer that is not writable breaks it", rx_not_writable },
	{ "send ring: a chain too short for its header breaks it", tx_short_header },
	{ "receive ring: a buffer too short for the header breaks it", rx_short_header },
	{ "send ring: a chain of no bytes breaks it", tx_empty_chain },
	{ "send ring: a chain without anything readable breaks it", tx_all_writable },
	{ }
};
