// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: buffers in rings of either kind. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conform_ring.h"

#define FRAME	300
#define TAG	9

/* Room for one frame in the receive memory, which port.c does not use. */
static u8 *rx_room(struct conform *c)
{
	return c->dut.rx_mem.va + ROOM;
}

static u64 rx_room_iova(struct conform *c)
{
	return mem_iova(&c->dut.rx_mem, rx_room(c));
}

/* Cut @len bytes at @iova in pieces: @first ones, then @rest at a time. Return: how many. */
static unsigned int cut(struct ring_seg *seg, u64 iova, u32 len, u32 first, u32 rest)
{
	u32 at = 0, n = first;
	unsigned int i;

	for (i = 0; at < len; i++) {
		if (n > len - at)
			n = len - at;
		seg[i] = (struct ring_seg) { iova + at, n };
		at += n;
		n = rest;
	}
	return i;
}

/* Frames in such pieces arrive; enough of them to come around the ring. */
static void send_cut(struct conform *c, u32 len, u32 first, u32 rest, bool indirect)
{
	struct ring_seg seg[FRAME + PORT_HDR];
	unsigned int n, i, turns;
	struct heard h;
	u32 used = 0;

	if (!conform_up(c))
		return;
	n = cut(seg, conform_room_iova(c, 0), PORT_HDR + len, first, rest);
	turns = 2 + (indirect ? 300 : 300 / n);
	for (i = 0; i < turns; i++) {
		conform_frame(&c->dut, conform_room(c, 0), conform_peer(c)->mac, len, TAG + i);
		if (!conform_chain(c, PORT_TX, seg, n, 0, indirect, &used) ||
		    !conform_want(c, c->dut.ring[PORT_TX].packed || !used,
				  "a buffer that cannot be written is given back with %u bytes",
				  used) ||
		    !conform_hear(c, conform_peer(c), TAG + i, len, &h))
			break;
	}
}

void tx_one(struct conform *c)
{
	send_cut(c, FRAME, FRAME + PORT_HDR, 1, false);
}

void tx_header_apart(struct conform *c)
{
	send_cut(c, FRAME, PORT_HDR, FRAME, false);
}

void tx_header_split(struct conform *c)
{
	send_cut(c, FRAME, 5, 61, false);
}

void tx_bytes(struct conform *c)
{
	send_cut(c, FRAME_MIN, 1, 1, false);
}

void tx_table(struct conform *c)
{
	c->attrs.layout = PORT_INDIRECT;
	send_cut(c, FRAME, PORT_HDR, FRAME, true);
}

void tx_table_of_one(struct conform *c)
{
	c->attrs.layout = PORT_INDIRECT;
	send_cut(c, FRAME, FRAME + PORT_HDR, 1, true);
}

void tx_table_of_eight(struct conform *c)
{
	c->attrs.layout = PORT_INDIRECT;
	send_cut(c, FRAME, 3, 45, true);
}

void tx_sizes(struct conform *c)
{
	u32 len;

	if (!conform_up(c))
		return;
	for (len = FRAME_MIN; len <= 1514; len += 7)
		if (!conform_one(c, len, len))
			break;
	if (!conform_failed(c))
		conform_one(c, 1, 1514);
}

void tx_not_written(struct conform *c)
{
	u8 before[PORT_HDR + FRAME];
	struct ring_seg seg = { 0, sizeof(before) };
	struct heard h;
	u32 used;

	if (!conform_up(c))
		return;
	seg.addr = conform_room_iova(c, 0);
	conform_frame(&c->dut, conform_room(c, 0), conform_peer(c)->mac, FRAME, TAG);
	memcpy(before, conform_room(c, 0), sizeof(before));
	if (conform_chain(c, PORT_TX, &seg, 1, 0, false, &used) &&
	    conform_hear(c, conform_peer(c), TAG, FRAME, &h))
		conform_want(c, !memcmp(before, conform_room(c, 0), sizeof(before)),
			     "the buffer was changed");
}

/* All descriptors that there are, shown at once. */
void tx_full(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *r = &p->ring[PORT_TX];
	unsigned int i, n, back = 0;
	struct wait w;
	int64_t token;
	u32 len;

	if (!conform_up(c))
		return;
	n = r->num;
	port_tx_reap(p);
	for (i = 0; i < n; i++) {
		struct ring_seg seg = { conform_room_iova(c, i & 63), PORT_HDR + FRAME };

		conform_frame(p, conform_room(c, i & 63), conform_nobody, FRAME, i & 63);
		ring_add(r, &seg, 1, 0, false, i);
	}
	ring_publish(r);
	port_kick(p, PORT_TX);
	w = wait_start(c);
	while (back < n) {
		token = ring_get(r, &len);
		if (token < 0 && token != -EAGAIN) {
			conform_fail(c, "the ring says nonsense");
			return;
		}
		back += token >= 0;
		if (token < 0 && !wait_more(&w))
			break;
	}
	conform_want(c, back == n, "%u of %u buffers are given back", back, n);
}

/*
 * The peer has no receive buffers. Either all frames are dropped, or they wait for it;
 * defects of this kind: a device drops one, and forgets the others.
 */
void tx_drains(struct conform *c)
{
	const unsigned int num = 20;
	struct ring *r;
	unsigned int i;
	struct wait w;
	u16 before;

	c->attrs.bare = true;
	if (!conform_set_up(c) || !conform_start(c))
		return;
	r = &c->dut.ring[PORT_TX];
	before = ring_shown(r);
	for (i = 0; i < num; i++) {
		struct ring_seg seg = { conform_room_iova(c, i), PORT_HDR + FRAME };

		conform_frame(&c->dut, conform_room(c, i), c->dut.mac, FRAME, i);
		ring_add(r, &seg, 1, 0, false, i);
	}
	ring_publish(r);
	port_kick(&c->dut, PORT_TX);
	for (w = wait_start(c); (u16)(ring_shown(r) - before) < num && wait_more(&w);)
		;
	if (ring_shown(r) == before)
		conform_skip(c, "frames wait until somebody has room for them");
	else
		conform_want(c, (u16)(ring_shown(r) - before) == num,
			     "of %u buffers that were shown at once, %u are given back", num,
			     (u16)(ring_shown(r) - before));
}

/* The device, which has no receive buffers yet, receives into one that is cut like that. */
static void receive_cut(struct conform *c, u32 first, u32 rest, bool indirect)
{
	struct ring_seg seg[1514 + PORT_HDR];
	struct port *p = &c->dut;
	unsigned int n, i;
	struct heard h = { };
	u32 used = 0;

	n = cut(seg, rx_room_iova(c), indirect ? 8 * rest : 1514 + PORT_HDR, first, rest);
	for (i = 0; i < 20 && !conform_failed(c); i++) {
		memset(rx_room(c), 0xee, 1514 + PORT_HDR);
		if (!conform_offer(c, PORT_RX, seg, 0, n, indirect) ||
		    !conform_peer_sends(c, FRAME, TAG + i))
			return;
		for (struct wait w = wait_start(c); !ring_pending(&p->ring[PORT_RX]);)
			if (!wait_more(&w)) {
				conform_fail(c, "nothing arrives");
				return;
			}
		ring_get(&p->ring[PORT_RX], &used);
		memcpy(h.data, rx_room(c) + PORT_HDR, FRAME);
		conform_want(c, used == PORT_HDR + FRAME, "%u bytes are said to be written, want %u",
			     used, PORT_HDR + FRAME);
		conform_frame(conform_peer(c), rx_room(c), p->mac, FRAME, TAG + i);
		conform_want(c, !memcmp(h.data, rx_room(c) + PORT_HDR, FRAME),
			     "the frame is not what was sent");
	}
}

void rx_header_apart(struct conform *c)
{
	c->attrs.bare = true;
	if (conform_up(c))
		receive_cut(c, PORT_HDR, 1514, false);
}

void rx_bytes(struct conform *c)
{
	c->attrs.bare = true;
	if (conform_up(c))
		receive_cut(c, 1, 13, false);
}

void rx_table(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *rx = &p->ring[PORT_RX], *tx = &p->ring[PORT_TX];

	c->attrs.layout = PORT_INDIRECT;
	c->attrs.bare = true;
	if (!conform_set_up(c))
		return;
	/* the library gives a table to the transmit ring; chains there need none here */
	rx->table = tx->table;
	rx->table_iova = tx->table_iova;
	if (conform_start(c) && conform_peer_up(c))
		receive_cut(c, 190, 190, true);
}

/*
 * Defects of this kind: the header of the sender becomes that of the receiver. A sender
 * leaves num_buffers 0.
 */
void rx_num_buffers(struct conform *c)
{
	struct heard h;

	if (conform_up(c) && conform_peer_sends(c, FRAME, TAG) &&
	    conform_hear(c, &c->dut, TAG, FRAME, &h))
		conform_want(c, h.hdr.num_buffers == 1, "num_buffers is %u, want 1",
			     h.hdr.num_buffers);
}

void rx_header_plain(struct conform *c)
{
	struct heard h;

	if (conform_up(c) && conform_peer_sends(c, FRAME, TAG) &&
	    conform_hear(c, &c->dut, TAG, FRAME, &h))
		conform_want(c, !h.hdr.flags && h.hdr.gso_type == VIRTIO_NET_HDR_GSO_NONE,
			     "flags are %#x, gso_type is %#x", h.hdr.flags, h.hdr.gso_type);
}

void rx_merged(struct conform *c)
{
	u32 bytes, want, len;
	struct heard h;

	c->attrs.buf_size = 200;
	if (!conform_up(c))
		return;
	for (len = 100; len <= 1500; len += 100) {
		if (!conform_peer_sends(c, len, len) ||
		    !conform_hear(c, &c->dut, len, len, &h))
			break;
		bytes = PORT_HDR + len;
		want = (bytes + c->attrs.buf_size - 1) / c->attrs.buf_size;
		if (!conform_want(c, h.num == want, "%u bytes in buffers of 200: %u, want %u",
				  bytes, h.num, want))
			break;
	}
	conform_traffic(c, 300);
}

void rx_merged_one(struct conform *c)
{
	struct heard h;

	if (conform_up(c) && conform_peer_sends(c, 1514, TAG) &&
	    conform_hear(c, &c->dut, TAG, 1514, &h))
		conform_want(c, h.num == 1, "a frame that fits in one buffer takes %u", h.num);
}

/* Frames come while there are no buffers; then there are some. */
void rx_dry(struct conform *c)
{
	struct heard h;
	unsigned int i;

	c->attrs.bare = true;
	if (!conform_up(c))
		return;
	for (i = 0; i < 8; i++)
		if (!conform_peer_sends(c, FRAME, i))
			return;
	conform_pause();
	conform_want(c, !ring_shown(&c->dut.ring[PORT_RX]), "buffers are used that are not there");
	port_post(&c->dut);
	port_flush(&c->dut);
	port_kick(&c->dut, PORT_RX);
	if (!conform_peer_sends(c, FRAME, 100) ||
	    !conform_hear(c, &c->dut, 100, FRAME, &h))
		return;
	conform_traffic(c, 300);
}

void rounds(struct conform *c)
{
	if (conform_up(c))
		conform_traffic(c, 5 * c->attrs.ring_size + 3);
}

void rounds_indirect(struct conform *c)
{
	c->attrs.layout = PORT_INDIRECT;
	rounds(c);
}

/*
 * In order a device may give back many buffers with one entry, which the library does
 * not know: one at a time, there is no difference, except for the order.
 */
void rounds_in_order(struct conform *c)
{
	unsigned int i;

	if (!conform_up(c))
		return;
	for (i = 0; i < 600; i++)
		if (!conform_one(c, i, 100))
			break;
}

/* Defects of this kind: frames are cut off at the size of some buffer of the device. */
void largest_frame(struct conform *c)
{
	struct virtio_net_config config = { };
	struct port *peer = conform_peer(c);
	struct heard h;
	unsigned int i;
	u32 len;

	if (!conform_open(c))
		return;
	vdpa_get_config(&c->dut.dev, 0, &config, 12);
	len = config.mtu + 14;
	conform_close(c);
	if (len > FRAME_MAX) {
		conform_note(c, "mtu is %u, frames of %u bytes are tried", config.mtu, FRAME_MAX);
		len = FRAME_MAX;
	}
	c->attrs.frame_max = len;
	c->attrs.ring_size = 64;
	if (!conform_up(c))
		return;
	for (i = 0; i < 5; i++) {
		if (!conform_peer_sends(c, len, i) || !conform_hear(c, &c->dut, i, len, &h) ||
		    !conform_send(c, &c->dut, peer->mac, len, 10 + i) ||
		    !conform_hear(c, peer, 10 + i, len, &h))
			break;
	}
}
