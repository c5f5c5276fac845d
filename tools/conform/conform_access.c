// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: memory that may only be read, or only be written. */
#include <errno.h>
#include <string.h>

#include "conform_access.h"

#define ACCESS	"vhost-vdpa, VHOST_ACCESS_RO, VHOST_ACCESS_WO"

bool access_map(struct conform *c, u64 iova, void *va, u64 len, u8 perm)
{
	int err = vdpa_map(&c->dut.dev, 0, iova, len, va, perm);

	return conform_want(c, !err, "cannot map: %s", strerror(-err));
}

bool access_sends(struct conform *c, u64 iova, u8 *va, u16 tag)
{
	struct ring_seg seg = { iova, PORT_HDR + 100 };
	struct heard h;
	u32 used;

	conform_frame(&c->dut, va, conform_peer(c)->mac, 100, tag);
	return conform_chain(c, PORT_TX, &seg, 1, 0, false, &used) &&
	       conform_hear(c, conform_peer(c), tag, 100, &h);
}

bool access_sends_not(struct conform *c, u64 iova, u8 *va, u16 tag)
{
	struct ring_seg seg = { iova, PORT_HDR + 100 };
	struct heard h;

	conform_frame(&c->dut, va, conform_peer(c)->mac, 100, tag);
	if (!conform_offer(c, PORT_TX, &seg, 1, 0, false))
		return false;
	port_kick(&c->dut, PORT_TX);
	return !conform_comes(c, conform_peer(c), tag, WATCH_MS, &h) ||
	       conform_fail(c, "a frame arrives from where the device may not read");
}

/* The areas of the transmit ring seen elsewhere, the device area with @perm. */
static bool areas(struct conform *c, u8 driver, u8 device)
{
	struct port *p = &c->dut;
	struct ring *r = &p->ring[PORT_TX];
	size_t len = (u8 *)r->used - (u8 *)r->desc;
	int err;

	if (!conform_set_up(c))
		return false;
	len = (u8 *)r->used - (u8 *)r->desc;
	if (!access_map(c, HOLE, r->desc, len, driver) ||
	    !access_map(c, HOLE + len, r->used, MEM_PAGE, device))
		return false;
	err = vdpa_vring_addr(&p->dev, PORT_TX, HOLE, HOLE + ((u8 *)r->avail - (u8 *)r->desc),
			      HOLE + len);
	return conform_want(c, !err, "the areas are refused: %s", strerror(-err)) &&
	       conform_want(c, !port_start(p), "it does not start") && conform_peer_up(c);
}

/* What a VMM that watches a ring gives the device. */
static void areas_as_needed(struct conform *c)
{
	if (areas(c, VHOST_ACCESS_RO, VHOST_ACCESS_RW) && conform_hello(c))
		conform_traffic(c, 300);
}

/* Defects of this kind: a device looks whether it may read, and writes. */
static void used_read_only(struct conform *c)
{
	struct ring_seg seg = { conform_room_iova(c, 0), PORT_HDR + 100 };
	struct ring *r = &c->dut.ring[PORT_TX];

	if (!areas(c, VHOST_ACCESS_RO, VHOST_ACCESS_RO))
		return;
	seg.addr = conform_room_iova(c, 0);
	conform_frame(&c->dut, conform_room(c, 0), conform_nobody, 100, 1);
	if (!conform_offer(c, PORT_TX, &seg, 1, 0, false))
		return;
	port_kick(&c->dut, PORT_TX);
	conform_pause();
	conform_want(c, !r->used->idx && !r->used->flags,
		     "the index of the used ring becomes %u, its flags %#x", r->used->idx,
		     r->used->flags);
}

static void sent_read_only(struct conform *c)
{
	if (conform_up(c) && access_map(c, HOLE, conform_room(c, 0), MEM_PAGE, VHOST_ACCESS_RO))
		access_sends(c, HOLE, conform_room(c, 0), 1);
}

static void sent_write_only(struct conform *c)
{
	if (conform_up(c) && access_map(c, HOLE, conform_room(c, 0), MEM_PAGE, VHOST_ACCESS_WO))
		access_sends_not(c, HOLE, conform_room(c, 0), 1);
}

/* One receive buffer, in memory with @perm. */
static bool receives(struct conform *c, u8 perm, u8 *first)
{
	struct ring_seg seg = { HOLE, 1600 };
	u8 *va;

	c->attrs.bare = true;
	if (!conform_up(c))
		return false;
	va = c->dut.rx_mem.va + ROOM;
	memset(va, POISON, MEM_PAGE);
	if (!access_map(c, HOLE, va, MEM_PAGE, perm) ||
	    !conform_offer(c, PORT_RX, &seg, 0, 1, false) ||
	    !conform_peer_sends(c, 100, 1))
		return false;
	conform_pause();
	conform_pause();
	*first = va[PORT_HDR];
	return true;
}

static void received_write_only(struct conform *c)
{
	u8 first;

	if (receives(c, VHOST_ACCESS_WO, &first))
		conform_want(c, first == c->dut.mac[0], "the frame is not there");
}

static void received_read_only(struct conform *c)
{
	u8 first;

	if (receives(c, VHOST_ACCESS_RO, &first))
		conform_want(c, first == POISON, "memory that may only be read is written");
}

const struct conform_case access_cases[] = {
	CASE("the areas of the driver need not be writable", ACCESS, areas_as_needed,
	     .needs = NEEDS_TRAFFIC),
	CASE("a device area that may only be read is not written", ACCESS, used_read_only),
	CASE("frames are sent from memory that may only be read", ACCESS, sent_read_only,
	     .needs = NEEDS_TRAFFIC),
	CASE("no frame is sent from memory that may only be written", ACCESS, sent_write_only,
	     .needs = NEEDS_TRAFFIC),
	CASE("frames are received in memory that may only be written", ACCESS, received_write_only,
	     .needs = NEEDS_TRAFFIC),
	CASE("no frame is received in memory that may only be read", ACCESS, received_read_only,
	     .needs = NEEDS_TRAFFIC),
	{ }
};
