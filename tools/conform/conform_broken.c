// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: packed rings that make no sense, and what a broken device does to others. */
#include <string.h>

#include "clock.h"
#include "conform_hostile.h"
#include "packed.h"

/*
 * Defects of this kind: a frame for a bad receive buffer takes the sender's buffer with it.
 * Who sends and who receives are the same device here, or neighbours.
 */
static void sender_not_hurt(struct conform *c)
{
	struct port *p = &c->dut, *peer = conform_peer(c);
	struct ring *tx, *rx;
	struct wait w;
	u16 before;

	c->attrs.bare = true;
	if (!conform_up(c))
		return;
	rx = &p->ring[PORT_RX];
	raw_desc(rx->desc, 0, HOLE, 2048, WRITE, 0);
	raw_desc(rx->desc, 5, mem_iova(&p->rx_mem, p->rx_mem.va + ROOM), 2048, WRITE, 0);
	raw_avail(rx, 0);
	raw_avail(rx, 5);
	tx = &peer->ring[PORT_TX];
	before = ring_shown(tx);
	if (!conform_peer_sends(c, FRAME, 1) || !conform_peer_sends(c, FRAME, 2))
		return;
	port_kick(peer, PORT_TX);
	for (w = wait_start(c); (u16)(ring_shown(tx) - before) < 2 && wait_more(&w);)
		;
	if (!hostile_broken(c))
		conform_want(c, (u16)(ring_shown(tx) - before) == 2,
			     "of two buffers that were sent, %u are given back",
			     (u16)(ring_shown(tx) - before));
	hostile_after(c);
}

/* The rings themselves are not there. */
static void no_rings(struct conform *c)
{
	struct port *p = &c->dut;
	unsigned int i;

	if (!conform_set_up(c))
		return;
	for (i = 0; i < 2; i++)
		if (vdpa_vring_addr(&p->dev, i, HOLE, HOLE + MEM_PAGE, HOLE + 2 * MEM_PAGE))
			conform_note(c, "the areas are refused");
	if (port_start(p))
		conform_note(c, "the device does not start");
	port_kick(p, PORT_TX);
	conform_pause();
	if (conform_peer_up(c))
		hostile_after(c);
}

static void no_room_for_answer(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *r = &p->ring[PORT_CTRL];

	if (!conform_up(c))
		return;
	memcpy(conform_room(c, 0), (u8[]) { VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET }, 2);
	memcpy(conform_room(c, 0) + 2, p->mac, 6);
	raw_desc(r->desc, 0, conform_room_iova(c, 0), 8, 0, 0);
	raw_avail(r, 0);
	port_kick(p, PORT_CTRL);
	hostile_react(c, r, 0, 1);
	hostile_after(c);
}

/* In packed rings: put the descriptors, kick, and see. */
static void packed_spoiled(struct conform *c, const struct vring_packed_desc *d, unsigned int num)
{
	struct ring *r = &c->dut.ring[PORT_TX];
	struct wait w = { .until = now_ns() + REACT_MS * 1000000ull };
	unsigned int i;

	if (!conform_set_up(c) || !conform_start(c) || !conform_peer_up(c))
		return;
	conform_frame(&c->dut, conform_room(c, 0), conform_peer(c)->mac, FRAME, BAD);
	for (i = 0; i < num; i++)
		packed_put(r, d[i].addr == HOLE ? HOLE : conform_room_iova(c, 0) + d[i].addr,
			   d[i].len, d[i].flags, d[i].id);
	packed_publish(r);
	port_kick(&c->dut, PORT_TX);
	while (!hostile_broken(c) && wait_more(&w))
		;
	hostile_unheard(c);
	hostile_after(c);
}

#define DESCS(...)	((const struct vring_packed_desc[]) { __VA_ARGS__ })

static void packed_endless(struct conform *c)
{
	struct vring_packed_desc d[256];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(d); i++)
		d[i] = (struct vring_packed_desc) { 0, 1, 0, NEXT };
	packed_spoiled(c, d, ARRAY_SIZE(d));
}

static void packed_unfinished(struct conform *c)
{
	packed_spoiled(c, DESCS({ 0, PORT_HDR, 0, NEXT }), 1);
}

static void packed_unmapped(struct conform *c)
{
	packed_spoiled(c, DESCS({ HOLE, CHAIN, 0, 0 }), 1);
}

static void packed_short_header(struct conform *c)
{
	packed_spoiled(c, DESCS({ 0, PORT_HDR - 1, 0, 0 }), 1);
}

static void packed_writable(struct conform *c)
{
	packed_spoiled(c, DESCS({ 0, CHAIN, 0, WRITE }), 1);
}

static void packed_odd_table(struct conform *c)
{
	packed_spoiled(c, DESCS({ 0, 24, 0, INDIRECT }), 1);
}

static void packed_table_unmapped(struct conform *c)
{
	packed_spoiled(c, DESCS({ HOLE, 32, 0, INDIRECT }), 1);
}

/* While one device breaks, its peer and its next driver do not notice. */
static void neighbour(struct conform *c)
{
	struct port *p = &c->dut;
	struct flow *f = &(struct flow) { };

	if (!conform_up(c))
		return;
	port_tx_reap(p);
	ring_sync(&p->ring[PORT_TX]);
	raw_avail(&p->ring[PORT_TX], 0xffff);
	port_kick(p, PORT_TX);
	conform_pause();
	conform_want(c, !(vdpa_get_status(&c->other.dev) & S_BROKEN), "the peer broke, too");
	conform_close(c);
	if (conform_up(c) && !flow_init(f, &c->other, p, 200, 16))
		conform_traffic(c, 300);
	flow_free(f);
}

#define PK_CASE(text, func, f)	CASE("packed transmit ring: " text ": no harm", BROKEN_RING, func, \
				     .features = F_PACKED | (f), .needs = NEEDS_TRAFFIC)

const struct conform_case broken_cases[] = {
	CASE("a bad receive buffer does not keep those of the sender", BROKEN_RING, sender_not_hurt,
	     .needs = NEEDS_TRAFFIC),
	CASE("rings that are nowhere do no harm", BROKEN_RING, no_rings, .needs = NEEDS_TRAFFIC),
	CASE("a command without room for an answer does no harm", BROKEN_RING, no_room_for_answer,
	     .features = F(CTRL_VQ) | F(CTRL_MAC_ADDR), .needs = NEEDS_TRAFFIC),
	PK_CASE("a chain without an end", packed_endless, 0),
	PK_CASE("a chain that is not finished", packed_unfinished, 0),
	PK_CASE("a buffer that is not mapped", packed_unmapped, 0),
	PK_CASE("a buffer too short for a header", packed_short_header, 0),
	PK_CASE("a buffer to be written", packed_writable, 0),
	PK_CASE("a table of one and a half entries", packed_odd_table, F_INDIRECT),
	PK_CASE("a table that is not mapped", packed_table_unmapped, F_INDIRECT),
	CASE("a device that broke leaves its peer and its next driver alone", BROKEN_RING,
	     neighbour, .needs = NEEDS_PEER),
	{ }
};
