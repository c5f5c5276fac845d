// SPDX-License-Identifier: GPL-2.0-only
/* Rings where a device must not find them, or may not use them as it has to. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostile.h"

/* A send ring of 16 entries in one page, with a frame to send. */
struct tiny {
	struct vring_desc desc[16];
	struct {
		u16 flags, idx, ring[16], event;
	} avail;
	u8 pad[256 - 38];
	struct {
		u16 flags, idx;
		struct vring_used_elem ring[16];
		u16 event;
	} used;
	u8 frame[256];
};

/* The physical address of memory of ours, or 0. */
static u64 physical(const void *va)
{
	u64 entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (pread(fd, &entry, sizeof(entry), (uintptr_t)va / MEM_PAGE * 8) != sizeof(entry))
		entry = 0;
	close(fd);
	return entry >> 63 ? (entry & (BIT(55) - 1)) * MEM_PAGE : 0;
}

/* A good ring at @at, where only a device that sees all memory finds it. */
static void reachable(struct lab *lab, bool by_physical)
{
	struct port *p = &lab->victim;
	struct mem m = { 0 };
	struct tiny *t;
	u64 at;
	int err;

	lab->attrs.bare = true;
	lab->attrs.features &= ~(F_EVENT_IDX | F_INDIRECT);
	err = port_open(p, lab->path[0], &lab->attrs);
	lab->up = !err;
	if (!err)
		err = port_negotiate(p);
	if (!err)
		err = vdpa_config_call(&p->dev, p->config_call);
	if (!err)
		err = mem_alloc(&m, MEM_HUGE, 0);
	if (!lab_want(lab, !err, "cannot set it up: %s", strerror(-err)))
		return;
	t = (struct tiny *)m.va;
	at = by_physical ? physical(t) : (uintptr_t)t;
	if (!at) {
		lab->skip = "physical addresses are not shown here";
		goto free;
	}
	raw_desc(t->desc, 0, at + offsetof(struct tiny, frame), 100, 0, 0);
	t->avail.idx = 1;
	err = vdpa_vring_num(&p->dev, PORT_TX, 16);
	if (!err)
		err = vdpa_vring_addr(&p->dev, PORT_TX, at, at + offsetof(struct tiny, avail),
				      at + offsetof(struct tiny, used));
	if (!err)
		err = vdpa_vring_kick(&p->dev, PORT_TX, p->kick[PORT_TX]);
	if (!err)
		err = vdpa_vring_enable(&p->dev, PORT_TX, 1);
	if (!err)
		err = vdpa_add_status(&p->dev, VIRTIO_CONFIG_S_DRIVER_OK);
	if (lab_want(lab, !err, "cannot start: %s", strerror(-err))) {
		port_kick(p, PORT_TX);
		lab_broken(lab);
	}
	lab_want(lab, !t->used.idx, "the device found a ring that was never mapped");
free:
	mem_free(&m);
	/* the next life needs everything */
	lab_down(lab);
}

static void no_map_physical(struct lab *lab)
{
	reachable(lab, true);
}

static void no_map_virtual(struct lab *lab)
{
	reachable(lab, false);
}

/* One of the areas of a ring somewhere else. */
static void areas(struct lab *lab, unsigned int ring, u64 desc, u64 driver, u64 device)
{
	struct port *p = &lab->victim;
	struct ring *r = &p->ring[ring];
	struct flow *f = calloc(1, sizeof(*f));
	int err;

	lab->up = f && !port_open(p, lab->path[0], &lab->attrs);
	if (!lab_want(lab, lab->up && !port_negotiate(p) && !port_setup(p), "cannot set it up") ||
	    !lab_alias(lab))
		goto free;
	err = vdpa_vring_addr(&p->dev, ring, desc + mem_iova(&p->rings, r->desc),
			      driver + mem_iova(&p->rings, r->avail),
			      device + mem_iova(&p->rings, r->used));
	if (!err)
		err = port_start(p);
	if (!lab_want(lab, !err, "cannot start: %s", strerror(-err)))
		goto free;
	raw_desc(p->ring[PORT_TX].desc, 0, raw_frame(lab, 0, 100), PORT_HDR + 100, 0, 0);
	if (ring == PORT_TX)
		raw_avail(r, 0);
	port_kick(p, ring);
	if (ring == PORT_RX && (flow_init(f, &lab->a, p, 200, 4) || flow_fill(f) < 0))
		lab_fail(lab, "cannot send to the victim");
	lab_broken(lab);
	lab_want(lab, !r->used->idx, "the device wrote to the ring");
free:
	if (f)
		flow_free(f);
	free(f);
}

static void tx_desc(struct lab *lab)
{
	areas(lab, PORT_TX, HOLE, 0, 0);
}

static void tx_driver(struct lab *lab)
{
	areas(lab, PORT_TX, 0, HOLE, 0);
}

static void tx_device(struct lab *lab)
{
	areas(lab, PORT_TX, 0, 0, HOLE);
}

static void rx_desc(struct lab *lab)
{
	areas(lab, PORT_RX, HOLE, 0, 0);
}

static void rx_driver(struct lab *lab)
{
	areas(lab, PORT_RX, 0, HOLE, 0);
}

static void rx_device(struct lab *lab)
{
	areas(lab, PORT_RX, 0, 0, HOLE);
}

static void tx_used_ro(struct lab *lab)
{
	areas(lab, PORT_TX, 0, 0, ALIAS_RO);
}

static void rx_used_ro(struct lab *lab)
{
	areas(lab, PORT_RX, 0, 0, ALIAS_RO);
}

static void tx_avail_wo(struct lab *lab)
{
	areas(lab, PORT_TX, 0, ALIAS_WO, 0);
}

static void tx_desc_wo(struct lab *lab)
{
	areas(lab, PORT_TX, ALIAS_WO, 0, 0);
}

const struct test reach_tests[] = {
	{ "without a map no physical address is reachable", no_map_physical },
	{ "without a map no virtual address is reachable", no_map_virtual },
	{ "send ring: a descriptor area that is not mapped breaks it", tx_desc },
	{ "send ring: a driver area that is not mapped breaks it", tx_driver },
	{ "send ring: a device area that is not mapped breaks it", tx_device },
	{ "receive ring: a descriptor area that is not mapped breaks it", rx_desc },
	{ "receive ring: a driver area that is not mapped breaks it", rx_driver },
	{ "receive ring: a device area that is not mapped breaks it", rx_device },
	{ "send ring: a device area in read-only memory breaks it, unwritten", tx_used_ro },
	{ "receive ring: a device area in read-only memory breaks it, unwritten", rx_used_ro },
	{ "send ring: a driver area in write-only memory breaks it", tx_avail_wo },
	{ "send ring: a descriptor area in write-only memory breaks it", tx_desc_wo },
	{ }
};
