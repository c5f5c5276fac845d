// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: memory that the device may use, and memory that it may not. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "conform_access.h"

#define MAP	"vhost-vdpa, VHOST_IOTLB_UPDATE"
#define UNMAP	"vhost-vdpa, VHOST_IOTLB_INVALIDATE"
#define BATCH	"vhost-vdpa, VHOST_IOTLB_BATCH_BEGIN"
/* page by page, a device has room for so many at least: Linux 7.2 has a limit of 2048 */
#define PAGES	200

static bool unmap(struct conform *c, u64 iova, u64 len)
{
	int err = vdpa_unmap(&c->dut.dev, 0, iova, len);

	return conform_want(c, !err, "cannot unmap: %s", strerror(-err));
}

static void refused(struct conform *c, u64 iova, u64 size, u8 perm)
{
	if (!conform_up(c))
		return;
	conform_want(c, vdpa_map(&c->dut.dev, 0, iova, size, conform_room(c, 0), perm) < 0,
		     "it is accepted");
	conform_traffic(c, 50);
}

static void overlap(struct conform *c)
{
	refused(c, PORT_IOVA_RX, MEM_PAGE, VHOST_ACCESS_RW);
}

static void wraps(struct conform *c)
{
	refused(c, ~0ull - MEM_PAGE + 1, 2 * MEM_PAGE, VHOST_ACCESS_RW);
}

static void empty(struct conform *c)
{
	refused(c, HOLE, 0, VHOST_ACCESS_RW);
}

static void outside(struct conform *c)
{
	if (c->last == ~0ull)
		conform_skip(c, "the range has no end");
	else
		refused(c, c->last + 1, MEM_PAGE, VHOST_ACCESS_RW);
}

static void mapped_late(struct conform *c)
{
	if (conform_up(c) && access_map(c, HOLE, conform_room(c, 0), MEM_PAGE, VHOST_ACCESS_RW))
		access_sends(c, HOLE, conform_room(c, 0), 1);
}

static void two_names(struct conform *c)
{
	if (conform_up(c) && access_map(c, HOLE, conform_room(c, 0), MEM_PAGE, VHOST_ACCESS_RW) &&
	    access_map(c, 2 * HOLE, conform_room(c, 0), MEM_PAGE, VHOST_ACCESS_RW) &&
	    access_sends(c, HOLE, conform_room(c, 0), 1) &&
	    access_sends(c, 2 * HOLE, conform_room(c, 0), 2) && unmap(c, HOLE, MEM_PAGE))
		access_sends(c, 2 * HOLE, conform_room(c, 0), 3);
}

/* Pages of the room, backwards. */
static void many(struct conform *c, bool batch)
{
	unsigned int i;

	if (!conform_up(c))
		return;
	if (batch)
		vdpa_batch(&c->dut.dev, 0, true);
	for (i = 0; i < PAGES; i++)
		if (!access_map(c, HOLE + (PAGES - i) * MEM_PAGE, conform_room(c, 0) + i * MEM_PAGE,
				MEM_PAGE, VHOST_ACCESS_RW))
			return;
	if (batch)
		vdpa_batch(&c->dut.dev, 0, false);
	for (i = 0; i < PAGES; i += 13)
		if (!access_sends(c, HOLE + (PAGES - i) * MEM_PAGE,
				  conform_room(c, 0) + i * MEM_PAGE, i))
			return;
	conform_traffic(c, 100);
}

static void page_by_page(struct conform *c)
{
	many(c, false);
}

static void batched(struct conform *c)
{
	many(c, true);
}

/* Two maps trade places in one batch. */
static void exchanged(struct conform *c)
{
	if (!conform_up(c) || !access_map(c, HOLE, conform_room(c, 0), MEM_PAGE, VHOST_ACCESS_RW) ||
	    !access_map(c, 2 * HOLE, conform_room(c, 8), MEM_PAGE, VHOST_ACCESS_RW) ||
	    !access_sends(c, HOLE, conform_room(c, 0), 1))
		return;
	vdpa_batch(&c->dut.dev, 0, true);
	if (!unmap(c, HOLE, MEM_PAGE) || !unmap(c, 2 * HOLE, MEM_PAGE) ||
	    !access_map(c, HOLE, conform_room(c, 8), MEM_PAGE, VHOST_ACCESS_RW) ||
	    !access_map(c, 2 * HOLE, conform_room(c, 0), MEM_PAGE, VHOST_ACCESS_RW))
		return;
	vdpa_batch(&c->dut.dev, 0, false);
	if (access_sends(c, HOLE, conform_room(c, 8), 2))
		access_sends(c, 2 * HOLE, conform_room(c, 0), 3);
}

/* Maps that have nothing to do with the traffic come and go. */
static void unrelated(struct conform *c)
{
	struct flow *f = &(struct flow) { };
	unsigned int i;

	if (!conform_up(c) || flow_init(f, &c->dut, conform_peer(c), 200, 16))
		return;
	for (i = 0; i < 100 && !conform_failed(c); i++) {
		flow_fill(f);
		if (!access_map(c, HOLE, conform_room(c, 0), ROOM_END - ROOM, VHOST_ACCESS_RW))
			break;
		flow_drain(f);
		unmap(c, HOLE, ROOM_END - ROOM);
	}
	conform_want(c, !flow_settle(f, c->ms) && !flow_errors(f), "%llu frames are missing",
		     (unsigned long long)(flow_in_flight(f) + f->stats.lost));
	flow_free(f);
}

static void not_read(struct conform *c)
{
	if (conform_up(c) && access_map(c, HOLE, conform_room(c, 0), MEM_PAGE, VHOST_ACCESS_RW) &&
	    access_sends(c, HOLE, conform_room(c, 0), 1) && unmap(c, HOLE, MEM_PAGE))
		access_sends_not(c, HOLE, conform_room(c, 0), 2);
}

/* Frames come in until a moment after their buffers were unmapped. */
static void not_written(struct conform *c)
{
	struct port *p = &c->dut;
	u64 until;
	u8 *copy;
	u16 tag;

	if (!conform_up(c) || !conform_traffic(c, 100))
		return;
	copy = malloc(p->rx_mem.len);
	for (tag = 0; tag < 30; tag++)
		if (!conform_peer_sends(c, 500, tag))
			return;
	if (!copy || !unmap(c, p->rx_mem.iova, p->rx_mem.len))
		return;
	memcpy(copy, p->rx_mem.va, p->rx_mem.len);
	until = now_ns() + WATCH_MS * 1000000ull;
	while (now_ns() < until) {
		port_tx_reap(conform_peer(c));
		if (port_tx_buf(conform_peer(c)))
			conform_peer_sends(c, 500, tag++);
		port_kick(p, PORT_RX);
	}
	conform_want(c, !memcmp(copy, p->rx_mem.va, p->rx_mem.len),
		     "memory was written after it was unmapped");
	free(copy);
}

/* A stopped queue, other memory for its buffers, and on. */
static void remapped(struct conform *c)
{
	struct port *p = &c->dut;
	struct mem other = { 0 }, was;
	unsigned int i;

	if (!conform_up(c) ||
	    !conform_want(c, !mem_alloc(&other, p->rx_mem.len, p->rx_mem.iova), "no memory"))
		return;
	for (i = 0; i < 5 && !conform_failed(c); i++) {
		if (!conform_traffic(c, 60 + i))
			return;
		vdpa_vring_enable(&p->dev, PORT_RX, 0);
		if (!unmap(c, p->rx_mem.iova, p->rx_mem.len))
			return;
		memset(p->rx_mem.va, POISON, p->rx_mem.len);
		was = p->rx_mem;
		p->rx_mem.va = other.va;
		p->rx_mem.fd = other.fd;
		other.va = was.va;
		other.fd = was.fd;
		if (!access_map(c, p->rx_mem.iova, p->rx_mem.va, p->rx_mem.len, VHOST_ACCESS_RW))
			return;
		vdpa_vring_enable(&p->dev, PORT_RX, 1);
		port_kick(p, PORT_RX);
		if (conform_traffic(c, 60 + i))
			conform_want(c, mem_filled(&other, POISON), "the old memory is written");
	}
	mem_free(&other);
}

static void persists(struct conform *c)
{
	if (conform_up(c) && access_map(c, HOLE, conform_room(c, 0), MEM_PAGE, VHOST_ACCESS_RW) &&
	    access_sends(c, HOLE, conform_room(c, 0), 1) && conform_again(c) && conform_hello(c))
		access_sends(c, HOLE, conform_room(c, 0), 2);
}

/*
 * Defects of this kind: until something is mapped, all addresses are those of memory. A ring at
 * addresses that are good in this process is used then, by a device that works with virtual
 * ones.
 */
static void nothing_mapped(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring r = { 0 };
	struct mem m = { 0 };
	u8 *frame;
	int err;

	if (!conform_negotiated(c))
		return;
	err = mem_alloc(&m, ring_bytes(16, false) + 2 * MEM_PAGE, 0);
	if (!err)
		err = ring_init(&r, &m, 16, false, false, false);
	frame = mem_take(&m, MEM_PAGE, MEM_PAGE);
	if (!conform_want(c, !err && frame, "no memory"))
		return;
	conform_frame(p, frame, conform_nobody, 100, 1);
	raw_desc(r.desc, 0, (uintptr_t)frame, PORT_HDR + 100, 0, 0);
	raw_avail(&r, 0);
	/* both, or some devices do not look at one */
	err = vdpa_vring_num(&p->dev, PORT_RX, 16) ||
	      vdpa_vring_addr(&p->dev, PORT_RX, (uintptr_t)r.desc, (uintptr_t)r.avail,
			      (uintptr_t)r.used) ||
	      vdpa_vring_num(&p->dev, PORT_TX, 16) ||
	      vdpa_vring_addr(&p->dev, PORT_TX, (uintptr_t)r.desc, (uintptr_t)r.avail,
			      (uintptr_t)r.used) ||
	      vdpa_vring_kick(&p->dev, PORT_TX, p->kick[PORT_TX]);
	/* refused somewhere on the way is right, too */
	if (!err && !vdpa_vring_enable(&p->dev, PORT_RX, 1) &&
	    !vdpa_vring_enable(&p->dev, PORT_TX, 1) && !vdpa_add_status(&p->dev, S_OK)) {
		port_kick(p, PORT_TX);
		conform_pause();
	}
	conform_want(c, !r.used->idx, "a ring in memory that was never mapped is used");
	ring_free(&r);
	mem_free(&m);
}

static void unmapped_rings(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *r = &p->ring[PORT_TX];
	struct ring_seg seg;
	u16 before;

	if (!conform_up(c) || !conform_traffic(c, 50))
		return;
	before = ring_shown(r);
	if (!unmap(c, p->rings.iova, p->rings.len))
		return;
	seg = (struct ring_seg) { conform_room_iova(c, 0), PORT_HDR + 100 };
	conform_frame(p, conform_room(c, 0), conform_nobody, 100, 1);
	if (!conform_offer(c, PORT_TX, &seg, 1, 0, false))
		return;
	port_kick(p, PORT_TX);
	conform_pause();
	conform_want(c, ring_shown(r) == before, "a ring that was unmapped is used");
}

const struct conform_case map_cases[] = {
	CASE("a map that overlaps is refused, and traffic goes on", MAP, overlap,
	     .needs = NEEDS_TRAFFIC),
	CASE("a map that wraps is refused, and traffic goes on", MAP, wraps,
	     .needs = NEEDS_TRAFFIC),
	CASE("a map of nothing is refused, and traffic goes on", MAP, empty,
	     .needs = NEEDS_TRAFFIC),
	CASE("a map outside of the range is refused, and traffic goes on",
	     "vhost-vdpa, VHOST_VDPA_GET_IOVA_RANGE", outside, .needs = NEEDS_TRAFFIC),
	CASE("memory that is mapped under way can be used", MAP, mapped_late,
	     .needs = NEEDS_TRAFFIC),
	CASE("memory may have two addresses, and keeps one when the other goes", MAP, two_names,
	     .needs = NEEDS_TRAFFIC),
	CASE("memory may be mapped page by page", MAP, page_by_page, .needs = NEEDS_TRAFFIC),
	CASE("memory may be mapped in a batch", BATCH, batched, .backend = B(IOTLB_BATCH),
	     .needs = NEEDS_TRAFFIC),
	CASE("maps may be exchanged in a batch", BATCH, exchanged, .backend = B(IOTLB_BATCH),
	     .needs = NEEDS_TRAFFIC),
	CASE("maps that come and go do not disturb traffic", MAP, unrelated,
	     .needs = NEEDS_TRAFFIC),
	CASE("packed: maps that come and go do not disturb traffic", MAP, unrelated,
	     .features = F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("memory that was unmapped is not read", UNMAP, not_read, .needs = NEEDS_TRAFFIC),
	CASE("memory that was unmapped under traffic is not written", UNMAP, not_written,
	     .needs = NEEDS_TRAFFIC),
	CASE("rings that were unmapped are not used", UNMAP, unmapped_rings,
	     .needs = NEEDS_TRAFFIC),
	CASE("buffers of a disabled queue may get other memory", UNMAP, remapped,
	     .backend = B(ENABLE_AFTER_DRIVER_OK), .needs = NEEDS_TRAFFIC),
	CASE("maps outlive a reset", "vhost-vdpa, VHOST_BACKEND_F_IOTLB_PERSIST", persists,
	     .backend = B(IOTLB_PERSIST), .needs = NEEDS_TRAFFIC),
	CASE("a device reaches nothing before something is mapped", MAP, nothing_mapped),
	{ }
};
