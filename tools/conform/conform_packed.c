// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: packed virtqueues. */
#include <errno.h>
#include <string.h>

#include "conform_ring.h"
#include "packed.h"

#define FRAME	200

/* The descriptor where the next buffer will be, and what it was used for. */
static struct vring_packed_desc *next_desc(struct ring *r)
{
	return &r->packed_desc[r->last_used & (r->num - 1)];
}

static bool wait_used(struct conform *c, struct ring *r)
{
	struct wait w = wait_start(c);

	do {
		if (packed_pending(r))
			return true;
	} while (wait_more(&w));
	return conform_fail(c, "the buffer is not given back");
}

/* Buffer IDs are the driver's: any number. */
static void any_id(struct conform *c)
{
	static const u16 id[] = { 7, 255, 0, 100, 254 };
	struct vring_packed_desc *d;
	struct ring *r = &c->dut.ring[PORT_TX];
	unsigned int i;

	if (!conform_set_up(c) || !conform_start(c))
		return;
	conform_frame(&c->dut, conform_room(c, 0), conform_nobody, FRAME, 1);
	for (i = 0; i < 600 && !conform_failed(c); i++) {
		d = next_desc(r);
		packed_put(r, conform_room_iova(c, 0), PORT_HDR + FRAME, 0, id[i % 5]);
		packed_publish(r);
		port_kick(&c->dut, PORT_TX);
		if (wait_used(c, r))
			conform_want(c, d->id == id[i % 5], "buffer %u comes back as %u", id[i % 5],
				     d->id);
		r->last_used++;
		r->slots_free++;
	}
}

/* A chain has the ID of its last descriptor, and its used descriptor is where it began. */
static void chain_id(struct conform *c)
{
	struct vring_packed_desc *d;
	struct ring *r = &c->dut.ring[PORT_TX];
	unsigned int i;

	if (!conform_set_up(c) || !conform_start(c))
		return;
	conform_frame(&c->dut, conform_room(c, 0), conform_nobody, FRAME, 1);
	for (i = 0; i < 200 && !conform_failed(c); i++) {
		d = next_desc(r);
		packed_put(r, conform_room_iova(c, 0), PORT_HDR, NEXT, 1);
		packed_put(r, conform_room_iova(c, 0) + PORT_HDR, 50, NEXT, 2);
		packed_put(r, conform_room_iova(c, 0) + PORT_HDR + 50, FRAME - 50, 0, 200);
		packed_publish(r);
		port_kick(&c->dut, PORT_TX);
		if (wait_used(c, r))
			conform_want(c, d->id == 200, "chain %u comes back as %u", i, d->id);
		r->last_used += 3;
		r->slots_free += 3;
	}
}

static void written_flag(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *rx;
	u16 flags;

	if (!conform_up(c))
		return;
	rx = &p->ring[PORT_RX];
	if (!conform_peer_sends(c, FRAME, 1) || !wait_used(c, rx))
		return;
	flags = next_desc(rx)->flags;
	conform_want(c, flags & WRITE, "a buffer with a frame in it comes back with flags %#x",
		     flags);
}

/* Only the second buffer is complete: nothing may happen before the first one is. */
static void first_comes_last(struct conform *c)
{
	struct ring *r = &c->dut.ring[PORT_TX];

	if (!conform_set_up(c) || !conform_start(c))
		return;
	conform_frame(&c->dut, conform_room(c, 0), conform_nobody, FRAME, 1);
	packed_put(r, conform_room_iova(c, 0), PORT_HDR + FRAME, 0, 0);
	packed_put(r, conform_room_iova(c, 0), PORT_HDR + FRAME, 0, 1);
	port_kick(&c->dut, PORT_TX);
	conform_pause();
	conform_want(c, r->packed_desc[0].flags == 0, "a descriptor is used that is not available");
	conform_want(c, r->packed_desc[1].id == 1, "descriptors are used out of order");
	packed_publish(r);
	port_kick(&c->dut, PORT_TX);
	wait_used(c, r);
}

/* After it was used once, a descriptor that nobody made available again is left alone. */
static void used_once(struct conform *c)
{
	struct ring *r = &c->dut.ring[PORT_TX];
	struct vring_packed_desc was[8];

	if (!conform_up(c) || !conform_traffic(c, 100))
		return;
	port_tx_reap(&c->dut);
	memcpy(was, r->packed_desc, sizeof(was));
	port_kick(&c->dut, PORT_TX);
	conform_pause();
	conform_want(c, !memcmp(was, r->packed_desc, sizeof(was)), "it is changed");
}

static void event_flags(struct conform *c)
{
	struct vring_packed_desc_event *e;
	unsigned int i, ring;

	if (!conform_up(c))
		return;
	for (i = 0; i < 50; i++) {
		conform_traffic(c, 5);
		for (ring = 0; ring < 2; ring++) {
			e = c->dut.ring[ring].device_event;
			conform_want(c, e->flags <= (c->attrs.features & F_EVENT_IDX ? 2 : 1),
				     "queue %u: they are %#x", ring, e->flags);
		}
	}
}

static void table_write_flag(struct conform *c)
{
	struct vring_packed_desc *table;
	struct heard h;
	struct ring *r;

	if (!conform_up(c))
		return;
	r = &c->dut.ring[PORT_TX];
	port_tx_reap(&c->dut);
	table = (struct vring_packed_desc *)conform_room(c, 8);
	conform_frame(&c->dut, conform_room(c, 0), conform_peer(c)->mac, FRAME, 1);
	memset(table, 0, 2 * sizeof(*table));
	table[0] = (struct vring_packed_desc) { .addr = conform_room_iova(c, 0), .len = 7 };
	table[1] = (struct vring_packed_desc) { .addr = conform_room_iova(c, 0) + 7,
						.len = PORT_HDR + FRAME - 7 };
	packed_put(r, conform_room_iova(c, 8), 2 * sizeof(*table), INDIRECT | WRITE, 3);
	packed_publish(r);
	port_kick(&c->dut, PORT_TX);
	if (wait_used(c, r))
		conform_hear(c, conform_peer(c), 1, FRAME, &h);
}

#define CHAINS	"virtio 1.3, 2.8.6"
#define TABLES	"virtio 1.3, 2.8.7"
#define PACKED(text, from, func, more, who)	\
	CASE("packed: " text, from, func, .features = F_PACKED | (more), .needs = (who))

const struct conform_case packed_cases[] = {
	PACKED("a header and its frame may be one descriptor", "virtio 1.3, 2.8.5", tx_one, 0,
	       NEEDS_TRAFFIC),
	PACKED("a header may be a descriptor of its own", CHAINS, tx_header_apart, 0,
	       NEEDS_TRAFFIC),
	PACKED("a header may be split over descriptors", CHAINS, tx_header_split, 0,
	       NEEDS_TRAFFIC),
	PACKED("a frame may be in pieces of one byte", CHAINS, tx_bytes, 0, NEEDS_TRAFFIC),
	PACKED("a frame may be in an indirect table", TABLES, tx_table, F_INDIRECT,
	       NEEDS_TRAFFIC),
	PACKED("an indirect table may have one entry", TABLES, tx_table_of_one, F_INDIRECT,
	       NEEDS_TRAFFIC),
	PACKED("a header may be split over the entries of an indirect table", TABLES,
	       tx_table_of_eight, F_INDIRECT, NEEDS_TRAFFIC),
	PACKED("the write flag of an indirect descriptor does no harm", TABLES, table_write_flag,
	       F_INDIRECT, NEEDS_TRAFFIC),
	PACKED("a frame of any size arrives with its size", "virtio 1.3, 5.1.6.2", tx_sizes, 0,
	       NEEDS_TRAFFIC),
	PACKED("a frame of mtu bytes and a header arrives whole", "virtio 1.3, 5.1.4.1",
	       largest_frame, F(MTU), NEEDS_TRAFFIC),
	PACKED("a buffer that is sent is not written", "virtio 1.3, 2.8.15", tx_not_written, 0,
	       NEEDS_TRAFFIC),
	PACKED("all buffers come back when the ring is full", "virtio 1.3, 2.8.21", tx_full, 0,
	       NEEDS_TRAFFIC),
	PACKED("a buffer may have any ID", "virtio 1.3, 2.8.13", any_id, 0, 0),
	PACKED("a chain comes back with the ID of its last descriptor", "virtio 1.3, 2.8.6",
	       chain_id, 0, 0),
	PACKED("a buffer that was written comes back with the write flag", "virtio 1.3, 2.8.3",
	       written_flag, 0, NEEDS_TRAFFIC),
	PACKED("no descriptor is used before the one ahead of it is available",
	       "virtio 1.3, 2.8.12", first_comes_last, 0, 0),
	PACKED("a used descriptor is left alone until it is available again",
	       "virtio 1.3, 2.8.15", used_once, 0, NEEDS_TRAFFIC),
	PACKED("buffers come back although nobody has room for the frames",
	       "virtio 1.3, 5.1.6.2", tx_drains, 0, 0),
	PACKED("a received header may be a descriptor of its own", CHAINS, rx_header_apart, 0,
	       NEEDS_TRAFFIC),
	PACKED("a receive buffer may be in small pieces", CHAINS, rx_bytes, 0,
	       NEEDS_TRAFFIC),
	PACKED("num_buffers is 1 without mergeable buffers", "virtio 1.3, 5.1.6.4.1",
	       rx_num_buffers, 0, NEEDS_TRAFFIC),
	PACKED("a frame takes as many small buffers as it needs, all but the last one full",
	       "virtio 1.3, 5.1.6.4.1", rx_merged, F(MRG_RXBUF), NEEDS_TRAFFIC),
	PACKED("a receive ring that ran dry works again", "virtio 1.3, 2.8.21", rx_dry, 0,
	       NEEDS_TRAFFIC),
	PACKED("flags of the device's event suppression are 0 or 1", "virtio 1.3, 2.8.10",
	       event_flags, 0, NEEDS_TRAFFIC),
	PACKED("flags of the device's event suppression are 0 to 2 with EVENT_IDX",
	       "virtio 1.3, 2.8.10", event_flags, F_EVENT_IDX, NEEDS_TRAFFIC),
	PACKED("frames go around the ring", "virtio 1.3, 2.8.1", rounds, 0, NEEDS_TRAFFIC),
	PACKED("frames in indirect tables go around the ring", TABLES, rounds_indirect,
	       F_INDIRECT, NEEDS_TRAFFIC),
	PACKED("buffers come back in order with IN_ORDER", "virtio 1.3, 2.8.8", rounds_in_order,
	       F_IN_ORDER, NEEDS_TRAFFIC),
	{ }
};
