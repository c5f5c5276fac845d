// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: setting up rings of any size, anywhere. */
#include <errno.h>
#include <string.h>

#include "conform.h"

/* Rings by hand are in memory of their own, mapped there. */
#define OWN_RINGS	0x400000000ull
#define TX_FRAME	100

static void limits(struct conform *c)
{
	conform_want(c, c->max_vring >= 1 && c->max_vring <= RING_MAX, "it is %d", c->max_vring);
	conform_want(c, c->num_vqs >= 2 + !!(c->offered & F(CTRL_VQ)), "there are %d virtqueues",
		     c->num_vqs);
}

static void every_size(struct conform *c)
{
	unsigned int num;
	int vq;

	if (!conform_negotiated(c))
		return;
	for (num = 1; num <= (unsigned int)c->max_vring; num *= 2)
		for (vq = 0; vq < c->num_vqs; vq++)
			conform_want(c, !vdpa_vring_num(&c->dut.dev, vq, num),
				     "queue %d: %u entries are refused", vq, num);
}

static void bad_sizes(struct conform *c)
{
	const u32 bad[] = { 0, 3, (u32)c->max_vring * 2, (u32)c->max_vring + 1, 65536, 0x80000000 };
	unsigned int i;

	if (!conform_negotiated(c))
		return;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		conform_want(c, vdpa_vring_num(&c->dut.dev, 0, bad[i]) < 0,
			     "%u entries are accepted", bad[i]);
}

static void no_such_queue(struct conform *c)
{
	u32 base;

	if (!conform_negotiated(c))
		return;
	conform_want(c, !vdpa_vring_num(&c->dut.dev, c->num_vqs - 1, 2) &&
		     !vdpa_get_base(&c->dut.dev, c->num_vqs - 1, &base), "the last one is not there");
	conform_want(c, vdpa_vring_num(&c->dut.dev, c->num_vqs, 2) < 0 &&
		     vdpa_get_base(&c->dut.dev, c->num_vqs, &base) < 0,
		     "one more than there are can be set up");
	if (conform_set_up(c))
		conform_start(c);
}

/* A transmit ring of @num entries of its own, which sends @count frames in bursts of @burst. */
static void own_ring(struct conform *c, unsigned int num, unsigned int count, unsigned int burst)
{
	struct port *p = &c->dut;
	struct ring r = { 0 };
	struct mem m = { 0 };
	unsigned int i, at = 0;
	int err;

	if (!conform_set_up(c))
		return;
	err = mem_alloc(&m, ring_bytes(num, false), OWN_RINGS);
	if (!err)
		err = ring_init(&r, &m, num, false, false, false);
	if (!err)
		err = vdpa_map(&p->dev, 0, m.iova, m.len, m.va, VHOST_ACCESS_RW);
	if (!err)
		err = vdpa_vring_num(&p->dev, PORT_TX, num);
	if (!err)
		err = vdpa_vring_addr(&p->dev, PORT_TX, mem_iova(&m, r.desc), mem_iova(&m, r.avail),
				      mem_iova(&m, r.used));
	if (!conform_want(c, !err, "a ring of %u entries is refused: %s", num, strerror(-err)) ||
	    !conform_start(c))
		return;
	conform_frame(p, conform_room(c, 0), conform_nobody, TX_FRAME, 1);
	for (i = 0; i < num; i++)
		raw_desc(r.desc, i, conform_room_iova(c, 0), PORT_HDR + TX_FRAME, 0, 0);
	while (at < count) {
		for (i = 0; i < burst; i++)
			raw_avail(&r, (at + i) & (num - 1));
		port_kick(p, PORT_TX);
		if (!raw_used(c, &r, at, burst))
			break;
		at += burst;
	}
	conform_status(c, S_OK, S_BROKEN);
	ring_free(&r);
}

static void ring_of_one(struct conform *c)
{
	own_ring(c, 1, 100, 1);
}

static void ring_of_two(struct conform *c)
{
	own_ring(c, 2, 200, 2);
}

static void largest_ring(struct conform *c)
{
	unsigned int burst = c->max_vring < 128 ? c->max_vring : 128;

	own_ring(c, c->max_vring, 2 * c->max_vring + burst, burst);
}

/* Two rings need not be alike. */
static void sizes_differ(struct conform *c)
{
	struct port *p = &c->dut;

	if (!conform_set_up(c))
		return;
	p->ring[PORT_TX].num = 32;
	ring_clear(&p->ring[PORT_TX], 0);
	ring_calls_off(&p->ring[PORT_TX]);
	p->tx_num_free = 16;
	if (conform_want(c, !port_vring(p, PORT_TX, ring_base(&p->ring[PORT_TX], 0)),
			 "it is refused") &&
	    conform_start(c) && conform_peer_up(c) && conform_hello(c))
		conform_traffic(c, 300);
	p->ring[PORT_TX].num = p->attrs.ring_size;
}

/* Defects of this kind: a device goes on with the size of the driver before. */
static void size_of_before(struct conform *c)
{
	if (!conform_up(c) || !conform_traffic(c, 300))
		return;
	conform_close(c);
	c->attrs.ring_size = 64;
	if (!conform_up(c) || !conform_traffic(c, 300))
		return;
	conform_close(c);
	c->attrs.ring_size = 256;
	if (conform_up(c))
		conform_traffic(c, 600);
}

/* The areas as near to each other as virtio allows: 16, 2 and 4 bytes of alignment. */
static void alignment(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *r = &p->ring[PORT_TX];
	u8 *at;

	if (!conform_set_up(c))
		return;
	at = (u8 *)r->desc + 16;
	r->num = 32;
	r->desc = (void *)at;
	r->avail = (void *)(at + 32 * 16 + 2);
	r->used = (void *)(at + 32 * 16 + 2 + 6 + 2 * 32 + 4);
	ring_clear(r, 0);
	ring_calls_off(r);
	p->tx_num_free = 16;
	if (conform_want(c, !port_vring(p, PORT_TX, 0), "it is refused") && conform_start(c) &&
	    conform_peer_up(c) && conform_hello(c))
		conform_traffic(c, 200);
	r->num = p->attrs.ring_size;
}

/* @len bytes at the start of room @slot, to be seen at @iova. */
static bool map_room(struct conform *c, unsigned int slot, u64 iova, u64 len)
{
	int err = vdpa_map(&c->dut.dev, 0, iova, len, conform_room(c, slot), VHOST_ACCESS_RW);

	return conform_want(c, !err, "%#llx cannot be mapped: %s", (unsigned long long)iova,
			    strerror(-err));
}

static void send_from(struct conform *c, u64 iova, u8 *va, u16 tag)
{
	struct ring_seg seg = { iova, PORT_HDR + 400 };
	struct heard h;
	u32 used;

	conform_frame(&c->dut, va, conform_peer(c)->mac, 400, tag);
	if (conform_chain(c, PORT_TX, &seg, 1, 0, false, &used))
		conform_hear(c, conform_peer(c), tag, 400, &h);
}

static void lowest_address(struct conform *c)
{
	u64 first = (c->first + MEM_PAGE - 1) & ~(u64)(MEM_PAGE - 1);

	if (conform_up(c) && map_room(c, 0, first, MEM_PAGE))
		send_from(c, first, conform_room(c, 0), 1);
}

static void highest_address(struct conform *c)
{
	/* a range ends with its last byte */
	u64 page = (c->last & ~(u64)(MEM_PAGE - 1)) - MEM_PAGE;

	if (conform_up(c) && map_room(c, 0, page, MEM_PAGE))
		send_from(c, page + MEM_PAGE - PORT_HDR - 400,
			  conform_room(c, 0) + MEM_PAGE - PORT_HDR - 400, 1);
}

/* Adjacent for the device, and apart here. */
static void buffer_in_two_maps(struct conform *c)
{
	const u32 first = 150;
	u8 frame[PORT_HDR + 400];
	struct ring_seg seg = { HOLE + MEM_PAGE - first, sizeof(frame) };
	struct heard h;
	u32 used;

	if (!conform_up(c) || !map_room(c, 0, HOLE, MEM_PAGE) ||
	    !map_room(c, 8, HOLE + MEM_PAGE, MEM_PAGE))
		return;
	conform_frame(&c->dut, frame, conform_peer(c)->mac, 400, 7);
	memcpy(conform_room(c, 0) + MEM_PAGE - first, frame, first);
	memcpy(conform_room(c, 8), frame + first, sizeof(frame) - first);
	if (conform_chain(c, PORT_TX, &seg, 1, 0, false, &used))
		conform_hear(c, conform_peer(c), 7, 400, &h);
}

/* The same of a ring: one page of its descriptors is elsewhere. */
static void ring_in_two_maps(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *r = &p->ring[PORT_TX];
	u8 *split;
	int err;

	c->attrs.ring_size = 512;
	if (c->max_vring < 512) {
		conform_skip(c, "rings have %d entries at most", c->max_vring);
		return;
	}
	if (!conform_set_up(c))
		return;
	/* 512 descriptors are two pages; page 0 here, page 1 there */
	split = (u8 *)r->desc;
	err = vdpa_map(&p->dev, 0, HOLE, MEM_PAGE, split, VHOST_ACCESS_RW);
	if (!err)
		err = vdpa_map(&p->dev, 0, HOLE + MEM_PAGE, MEM_PAGE, split + MEM_PAGE,
			       VHOST_ACCESS_RW);
	if (!err)
		err = vdpa_vring_addr(&p->dev, PORT_TX, HOLE, mem_iova(&p->rings, r->avail),
				      mem_iova(&p->rings, r->used));
	if (conform_want(c, !err, "it is refused: %s", strerror(-err)) && conform_start(c) &&
	    conform_peer_up(c) && conform_hello(c))
		conform_traffic(c, 1200);
}

static void elsewhere_after_reset(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *tx = &p->ring[PORT_TX], *spare = &p->ring[PORT_CTRL];
	struct ring was;

	if (!conform_up(c) || !conform_traffic(c, 100))
		return;
	/* its areas are not used without a control queue */
	was = *tx;
	tx->desc = spare->desc;
	tx->avail = spare->avail;
	tx->used = spare->used;
	spare->desc = was.desc;
	spare->avail = was.avail;
	spare->used = was.used;
	if (conform_again(c) && conform_hello(c))
		conform_traffic(c, 100);
}

#define NUM	"vhost-vdpa, VHOST_SET_VRING_NUM"
#define MAP	"vhost-vdpa, VHOST_VDPA_GET_IOVA_RANGE"

const struct conform_case setup_cases[] = {
	CASE("rings have 1 to 32768 entries at most, and there are queues enough",
	     "virtio 1.3, 2.7, 5.1.2", limits),
	CASE("every power of two up to the largest ring is accepted", NUM, every_size),
	CASE("a ring size that is none is refused", NUM, bad_sizes),
	CASE("there are as many queues as the device says", "vhost-vdpa, VHOST_VDPA_GET_VQS_COUNT",
	     no_such_queue),
	CASE("a ring of one entry works", "virtio 1.3, 2.7", ring_of_one),
	CASE("a ring of two entries works", "virtio 1.3, 2.7", ring_of_two),
	CASE("a ring of as many entries as there can be works", "virtio 1.3, 2.7", largest_ring),
	CASE("the rings of a device may have different sizes", "virtio 1.3, 2.7", sizes_differ,
	     .needs = NEEDS_TRAFFIC),
	CASE("a ring has the size of this driver, not of the one before", "virtio 1.3, 2.4.1",
	     size_of_before, .needs = NEEDS_TRAFFIC),
	CASE("areas of rings need no more alignment than virtio asks for", "virtio 1.3, 2.7",
	     alignment, .needs = NEEDS_TRAFFIC),
	CASE("a buffer may be at the lowest address of the range", MAP, lowest_address,
	     .needs = NEEDS_TRAFFIC),
	CASE("a buffer may be at the highest addresses of the range", MAP, highest_address,
	     .needs = NEEDS_TRAFFIC),
	CASE("a buffer may lie in two mappings", "vhost-vdpa, VHOST_IOTLB_UPDATE",
	     buffer_in_two_maps, .needs = NEEDS_TRAFFIC),
	CASE("a ring may lie in two mappings", "vhost-vdpa, VHOST_IOTLB_UPDATE", ring_in_two_maps,
	     .needs = NEEDS_TRAFFIC),
	CASE("rings may be elsewhere after a reset", "virtio 1.3, 2.4.1", elsewhere_after_reset,
	     .needs = NEEDS_TRAFFIC),
	{ }
};
