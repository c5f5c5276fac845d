// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: frames and rings by hand. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "conform.h"

/* IEEE 802: for experiments on a local network */
#define ETHERTYPE	0x88b5
#define MAGIC		0x4643
#define HEAD_LEN	18
#define SLOT		2048

const u8 conform_nobody[6] = { 0x02, 0x56, 0x44, 0x50, 0x41, 0x99 };

static u8 pattern(u32 i, u16 tag)
{
	return i * 13 + tag;
}

void conform_frame(const struct port *from, u8 *va, const u8 *dst, u32 len, u16 tag)
{
	u8 *frame = va + PORT_HDR;
	u16 magic = MAGIC;
	u32 i;

	memset(va, 0, PORT_HDR);
	memcpy(frame, dst, 6);
	memcpy(frame + 6, from->mac, 6);
	frame[12] = ETHERTYPE >> 8;
	frame[13] = ETHERTYPE & 0xff;
	memcpy(frame + 14, &magic, 2);
	memcpy(frame + 16, &tag, 2);
	for (i = HEAD_LEN; i < len; i++)
		frame[i] = pattern(i, tag);
}

u8 *conform_room(struct conform *c, unsigned int slot)
{
	return c->dut.tx_mem.va + ROOM + slot * SLOT;
}

u64 conform_room_iova(struct conform *c, unsigned int slot)
{
	return mem_iova(&c->dut.tx_mem, conform_room(c, slot));
}

static void collect(struct heard *h, const struct port_frame *pf)
{
	unsigned int i;
	u32 n;

	memcpy(&h->hdr, pf->seg[0] - PORT_HDR, sizeof(h->hdr));
	h->len = 0;
	h->num = pf->num;
	for (i = 0; i < pf->num; i++) {
		n = pf->seg_len[i];
		if (n > FRAME_MAX - h->len)
			n = FRAME_MAX - h->len;
		memcpy(h->data + h->len, pf->seg[i], n);
		h->len += n;
	}
}

/* A tag is behind the type, or behind a VLAN tag and the type. */
static bool tagged(const struct heard *h, u16 tag)
{
	u32 at = h->data[12] == 0x81 && h->data[13] == 0 ? 18 : 14;
	u16 magic, got;

	if (h->len < HEAD_LEN + 4)
		return false;
	if (tag == TAG_IPV4)
		return h->data[12] == 8 && !h->data[13];
	memcpy(&magic, h->data + at, 2);
	memcpy(&got, h->data + at + 2, 2);
	return magic == MAGIC && got == tag;
}

/* 1: it came, 0: nothing now, or what the port said */
static int listen(struct port *at, u16 tag, struct heard *h)
{
	struct port_frame pf;
	int ret;

	while ((ret = port_rx(at, &pf)) > 0) {
		collect(h, &pf);
		ret = port_rx_done(at, &pf);
		port_flush(at);
		if (ret < 0 || tagged(h, tag))
			return ret < 0 ? ret : 1;
	}
	return ret;
}

bool conform_comes(struct conform *c, struct port *at, u16 tag, int ms, struct heard *h)
{
	struct wait w = { .until = now_ns() + ms * 1000000ull };
	int ret;

	do {
		ret = listen(at, tag, h);
		if (ret < 0)
			return conform_fail(c, "the receive ring says nonsense");
		if (ret)
			return true;
	} while (wait_more(&w));
	return false;
}

bool conform_hear(struct conform *c, struct port *at, u16 tag, u32 len, struct heard *h)
{
	u32 i;

	if (!conform_comes(c, at, tag, c->ms, h))
		return conform_fail(c, "frame %u of %u bytes does not arrive", tag, len);
	if (!conform_want(c, h->len == len, "frame %u: sent %u bytes, %u arrived", tag, len,
			  h->len))
		return false;
	for (i = HEAD_LEN; i < len; i++)
		if (h->data[i] != pattern(i, tag))
			return conform_fail(c, "frame %u: byte %u is %#x, was %#x", tag, i,
					    h->data[i], pattern(i, tag));
	return true;
}

#define CHAIN_TOKEN	0xc4a1u

bool conform_offer(struct conform *c, unsigned int ring, const struct ring_seg *seg,
		   unsigned int out, unsigned int in, bool indirect)
{
	int head = ring_add(&c->dut.ring[ring], seg, out, in, indirect, CHAIN_TOKEN);

	if (!conform_want(c, head >= 0, "no room in the ring for %u descriptors", out + in))
		return false;
	if (ring_publish(&c->dut.ring[ring]))
		port_kick(&c->dut, ring);
	return true;
}

bool conform_chain(struct conform *c, unsigned int ring, const struct ring_seg *seg,
		   unsigned int out, unsigned int in, bool indirect, u32 *len)
{
	struct wait w = wait_start(c);
	int64_t token;

	if (ring == PORT_TX)
		port_tx_reap(&c->dut);
	if (!conform_offer(c, ring, seg, out, in, indirect))
		return false;
	do {
		token = ring_get(&c->dut.ring[ring], len);
		if (token == CHAIN_TOKEN)
			return true;
		if (token != -EAGAIN)
			return conform_fail(c, "the ring says nonsense");
	} while (wait_more(&w));
	return conform_fail(c, "a chain of %u descriptors is not given back", out + in);
}

u8 *conform_ask(struct conform *c)
{
	struct port *p = &c->dut;
	u8 *cmd = p->command, *ack = p->command + 64;
	const struct ring_seg seg[] = {
		{ mem_iova(&p->rings, cmd), 8 },
		{ mem_iova(&p->rings, ack), 1 },
	};

	cmd[0] = VIRTIO_NET_CTRL_MAC;
	cmd[1] = VIRTIO_NET_CTRL_MAC_ADDR_SET;
	memcpy(cmd + 2, p->mac, 6);
	*ack = NO_ANSWER;
	ring_add(&p->ring[PORT_CTRL], seg, 1, 1, false, 0);
	ring_publish(&p->ring[PORT_CTRL]);
	port_kick(p, PORT_CTRL);
	return ack;
}

bool conform_one(struct conform *c, u16 tag, u32 len)
{
	struct ring_seg seg = { conform_room_iova(c, 0), PORT_HDR + len };
	struct heard h;
	u32 used;

	conform_frame(&c->dut, conform_room(c, 0), conform_peer(c)->mac, len, tag);
	return conform_chain(c, PORT_TX, &seg, 1, 0, false, &used) &&
	       conform_hear(c, conform_peer(c), tag, len, &h);
}

bool conform_send(struct conform *c, struct port *from, const u8 *dst, u32 len, u16 tag)
{
	u8 *frame;

	port_tx_reap(from);
	frame = port_tx_buf(from);
	if (!conform_want(c, frame, "no room to send"))
		return false;
	conform_frame(from, frame - PORT_HDR, dst, len, tag);
	port_tx(from, len);
	port_flush(from);
	return true;
}

bool conform_peer_sends(struct conform *c, u32 len, u16 tag)
{
	return conform_send(c, conform_peer(c), c->dut.mac, len, tag);
}

bool raw_used(struct conform *c, struct ring *r, u16 from, u16 n)
{
	struct wait w = wait_start(c);

	do {
		if ((u16)(load_acquire(&r->used->idx) - from) >= n)
			return true;
	} while (wait_more(&w));
	return conform_fail(c, "%u of %u buffers are given back", (u16)(r->used->idx - from), n);
}

bool conform_still(struct conform *c, unsigned int ring)
{
	struct port *p = &c->dut;
	struct ring *r = &p->ring[ring];
	u16 used = ring_shown(r);
	u32 base, again;
	int err = vdpa_get_base(&p->dev, port_vq(p, ring), &base);

	if (!conform_want(c, !err && base == ring_base(r, used),
			  "queue %u: its state is %#x, but buffers up to %u (%#x) are given back",
			  port_vq(p, ring), base, used, ring_base(r, used)))
		return false;
	port_kick(p, ring);
	conform_pause();
	return conform_want(c, ring_shown(r) == used, "queue %u goes on: from %u to %u",
			    port_vq(p, ring), used, ring_shown(r)) &&
	       conform_want(c, !vdpa_get_base(&p->dev, port_vq(p, ring), &again) && again == base,
			    "queue %u: its state goes on from %#x to %#x", port_vq(p, ring), base,
			    again);
}
