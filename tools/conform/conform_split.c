// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: split virtqueues. */
#include <string.h>

#include "conform_ring.h"

#define FRAME	200

static struct ring *tx(struct conform *c)
{
	return &c->dut.ring[PORT_TX];
}

/* All heads once, in an order that is none; each comes back once. */
static void heads_shuffled(struct conform *c)
{
	struct port *p = &c->dut;
	u8 seen[256] = { };
	struct ring *r = tx(c);
	unsigned int i, id;

	if (!conform_set_up(c) || !conform_start(c))
		return;
	conform_frame(p, conform_room(c, 0), conform_nobody, FRAME, 1);
	for (i = 0; i < r->num; i++)
		raw_desc(r->desc, i, conform_room_iova(c, 0), PORT_HDR + FRAME, 0, 0);
	for (i = 0; i < r->num; i++)
		r->avail->ring[i] = (i * 77 + 5) & (r->num - 1);
	store_release(&r->avail->idx, r->num);
	port_kick(p, PORT_TX);
	if (!raw_used(c, r, 0, r->num))
		return;
	for (i = 0; i < r->num; i++) {
		id = r->used->ring[i].id;
		if (!conform_want(c, id < r->num && !seen[id], "entry %u gives back head %u %s", i,
				  id, id < r->num ? "again" : "which does not exist"))
			return;
		seen[id] = 1;
	}
}

/* The device runs, and a frame is in its room 0: a table for it, in room 8. */
static struct vring_desc *begin_table(struct conform *c)
{
	if (!conform_up(c))
		return NULL;
	port_tx_reap(&c->dut);
	ring_sync(tx(c));
	conform_frame(&c->dut, conform_room(c, 0), conform_peer(c)->mac, FRAME, 1);
	return (struct vring_desc *)conform_room(c, 8);
}

/* Make that frame available, and hear it. */
static void sent(struct conform *c, u16 head)
{
	struct ring *r = tx(c);
	struct heard h;

	raw_avail(r, head);
	port_kick(&c->dut, PORT_TX);
	if (raw_used(c, r, r->last_used, 1))
		conform_hear(c, conform_peer(c), 1, FRAME, &h);
}

static void table_after_chain(struct conform *c)
{
	struct vring_desc *table = begin_table(c);
	struct ring *r = tx(c);

	if (!table)
		return;
	raw_desc(r->desc, 0, conform_room_iova(c, 0), PORT_HDR, NEXT, 1);
	raw_desc(r->desc, 1, conform_room_iova(c, 8), 2 * sizeof(*table), INDIRECT, 0);
	raw_desc(table, 0, conform_room_iova(c, 0) + PORT_HDR, 50, NEXT, 1);
	raw_desc(table, 1, conform_room_iova(c, 0) + PORT_HDR + 50, FRAME - 50, 0, 0);
	sent(c, 0);
}

static void table_write_flag(struct conform *c)
{
	struct vring_desc *table = begin_table(c);
	struct ring *r = tx(c);

	if (!table)
		return;
	raw_desc(r->desc, 0, conform_room_iova(c, 8), sizeof(*table), INDIRECT | WRITE, 0);
	raw_desc(table, 0, conform_room_iova(c, 0), PORT_HDR + FRAME, 0, 0);
	sent(c, 0);
}

/* A table whose entries are linked backwards, with gaps. */
static void table_any_order(struct conform *c)
{
	struct vring_desc *table = begin_table(c);
	struct ring *r = tx(c);

	if (!table)
		return;
	raw_desc(r->desc, 3, conform_room_iova(c, 8), 8 * sizeof(*table), INDIRECT, 0);
	raw_desc(table, 0, conform_room_iova(c, 0), PORT_HDR, NEXT, 6);
	raw_desc(table, 6, conform_room_iova(c, 0) + PORT_HDR, 30, NEXT, 2);
	raw_desc(table, 2, conform_room_iova(c, 0) + PORT_HDR + 30, FRAME - 30, 0, 0);
	sent(c, 3);
}

/* What belongs to the driver stays as it was written. */
static void driver_areas(struct conform *c)
{
	struct vring_desc desc[256];
	struct ring *r = &c->dut.ring[PORT_RX];
	u16 avail[256 + 2], before;
	struct wait w;
	unsigned int i;

	if (!conform_up(c))
		return;
	memcpy(desc, r->desc, r->num * sizeof(*desc));
	memcpy(avail, r->avail, (r->num + 2) * sizeof(*avail));
	before = ring_shown(r);
	for (i = 0; i < 20; i++)
		conform_peer_sends(c, FRAME, i);
	for (w = wait_start(c); (u16)(ring_shown(r) - before) < 20 && wait_more(&w);)
		;
	conform_want(c, (u16)(ring_shown(r) - before) >= 20, "frames do not arrive");
	conform_want(c, !memcmp(desc, r->desc, r->num * sizeof(*desc)), "descriptors change");
	conform_want(c, !memcmp(avail, r->avail, (r->num + 2) * sizeof(*avail)),
		     "the available ring changes");
}

static void used_flags(struct conform *c)
{
	unsigned int i, ring;

	if (!conform_up(c))
		return;
	for (i = 0; i < 50; i++) {
		conform_traffic(c, 5);
		for (ring = 0; ring < 2; ring++)
			conform_want(c, c->dut.ring[ring].used->flags <=
				     (c->attrs.features & F_EVENT_IDX ? 0 : 1),
				     "queue %u: they are %#x", ring, c->dut.ring[ring].used->flags);
	}
}

/* Two buffers, the second one of which is shown while the first one is under way. */
static void shown_one_by_one(struct conform *c)
{
	struct ring *r = tx(c);
	unsigned int i;

	if (!conform_set_up(c) || !conform_start(c))
		return;
	conform_frame(&c->dut, conform_room(c, 0), conform_nobody, FRAME, 1);
	for (i = 0; i < r->num; i++)
		raw_desc(r->desc, i, conform_room_iova(c, 0), PORT_HDR + FRAME, 0, 0);
	for (i = 0; i < 3u * r->num; i++) {
		raw_avail(r, i & (r->num - 1));
		port_kick(&c->dut, PORT_TX);
		if (i % 16 == 15 && !raw_used(c, r, i - 15, 16))
			break;
	}
}

#define FRAMING	"virtio 1.3, 2.7.4.1"
#define TABLES	"virtio 1.3, 2.7.5.3"

const struct conform_case split_cases[] = {
	CASE("a header and its frame may be one descriptor", FRAMING, tx_one,
	     .needs = NEEDS_TRAFFIC),
	CASE("a header may be a descriptor of its own", FRAMING, tx_header_apart,
	     .needs = NEEDS_TRAFFIC),
	CASE("a header may be split over descriptors", FRAMING, tx_header_split,
	     .needs = NEEDS_TRAFFIC),
	CASE("a frame may be in pieces of one byte", FRAMING, tx_bytes, .needs = NEEDS_TRAFFIC),
	CASE("a frame may be in an indirect table", TABLES, tx_table, .features = F_INDIRECT,
	     .needs = NEEDS_TRAFFIC),
	CASE("an indirect table may have one entry", TABLES, tx_table_of_one,
	     .features = F_INDIRECT, .needs = NEEDS_TRAFFIC),
	CASE("a header may be split over the entries of an indirect table", TABLES,
	     tx_table_of_eight, .features = F_INDIRECT, .needs = NEEDS_TRAFFIC),
	CASE("an indirect table may come at the end of a chain", "virtio 1.3, 2.7.5.3.2",
	     table_after_chain, .features = F_INDIRECT, .needs = NEEDS_TRAFFIC),
	CASE("the write flag of an indirect descriptor is ignored", "virtio 1.3, 2.7.5.3.2",
	     table_write_flag, .features = F_INDIRECT, .needs = NEEDS_TRAFFIC),
	CASE("the entries of an indirect table may be linked in any order", TABLES, table_any_order,
	     .features = F_INDIRECT, .needs = NEEDS_TRAFFIC),
	CASE("a frame of any size arrives with its size", "virtio 1.3, 5.1.6.2", tx_sizes,
	     .needs = NEEDS_TRAFFIC),
	CASE("a frame of mtu bytes and a header arrives whole", "virtio 1.3, 5.1.4.1",
	     largest_frame, .features = F(MTU), .needs = NEEDS_TRAFFIC),
	CASE("a buffer that is sent is not written", "virtio 1.3, 2.7.5.1", tx_not_written,
	     .needs = NEEDS_TRAFFIC),
	CASE("the areas of the driver are not written", "virtio 1.3, 2.7.5.1, 2.7.6", driver_areas,
	     .needs = NEEDS_TRAFFIC),
	CASE("all buffers come back when the ring is full", "virtio 1.3, 2.7.13", tx_full,
	     .needs = NEEDS_TRAFFIC),
	CASE("heads in any order come back once each", "virtio 1.3, 2.7.8", heads_shuffled),
	CASE("buffers that are shown one by one come back", "virtio 1.3, 2.7.13.3",
	     shown_one_by_one),
	CASE("buffers come back although nobody has room for the frames", "virtio 1.3, 5.1.6.2",
	     tx_drains),
	CASE("a received header may be a descriptor of its own", FRAMING, rx_header_apart,
	     .needs = NEEDS_TRAFFIC),
	CASE("a receive buffer may be in small pieces", FRAMING, rx_bytes, .needs = NEEDS_TRAFFIC),
	CASE("a receive buffer may be in an indirect table", TABLES, rx_table,
	     .features = F_INDIRECT, .needs = NEEDS_PEER),
	CASE("num_buffers is 1 without mergeable buffers", "virtio 1.3, 5.1.6.4.1", rx_num_buffers,
	     .needs = NEEDS_TRAFFIC),
	CASE("a received header says nothing that was not negotiated", "virtio 1.3, 5.1.6.4.1",
	     rx_header_plain, .needs = NEEDS_TRAFFIC),
	CASE("a frame takes as many small buffers as it needs, all but the last one full",
	     "virtio 1.3, 5.1.6.4.1", rx_merged, .features = F(MRG_RXBUF), .needs = NEEDS_TRAFFIC),
	CASE("a frame that fits takes one mergeable buffer", "virtio 1.3, 5.1.6.4.1", rx_merged_one,
	     .features = F(MRG_RXBUF), .needs = NEEDS_TRAFFIC),
	CASE("a receive ring that ran dry works again", "virtio 1.3, 2.7.13", rx_dry,
	     .needs = NEEDS_TRAFFIC),
	CASE("flags of the used ring are 0 or 1", "virtio 1.3, 2.7.10.2", used_flags,
	     .needs = NEEDS_TRAFFIC),
	CASE("flags of the used ring are 0 with EVENT_IDX", "virtio 1.3, 2.7.10.2", used_flags,
	     .features = F_EVENT_IDX, .needs = NEEDS_TRAFFIC),
	CASE("frames go around the ring", "virtio 1.3, 2.7", rounds, .needs = NEEDS_TRAFFIC),
	CASE("frames in indirect tables go around the ring", TABLES, rounds_indirect,
	     .features = F_INDIRECT, .needs = NEEDS_TRAFFIC),
	CASE("buffers come back in order with IN_ORDER", "virtio 1.3, 2.7.9", rounds_in_order,
	     .features = F_IN_ORDER, .needs = NEEDS_TRAFFIC),
	{ }
};
