// SPDX-License-Identifier: GPL-2.0-only
/* What a device may reach, while its driver changes its mind about that. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostile.h"

#define POISON	0xee
/* how long after an unmap we wait for somebody to use the memory */
#define WATCH_MS	300

struct two_flows {
	struct flow in;
	struct flow out;
};

static struct two_flows *flows_new(struct lab *lab)
{
	struct two_flows *f = calloc(1, sizeof(*f));

	if (f && !flow_init(&f->in, &lab->a, &lab->victim, 200, 16) &&
	    !flow_init(&f->out, &lab->victim, &lab->a, 200, 16))
		return f;
	lab_fail(lab, "no memory");
	free(f);
	return NULL;
}

static void flows_free(struct two_flows *f)
{
	if (!f)
		return;
	flow_free(&f->in);
	flow_free(&f->out);
	free(f);
}

static bool intact(const struct mem *m)
{
	size_t i;

	for (i = 0; i < m->len; i++)
		if (m->va[i] != POISON)
			return false;
	return true;
}

static bool unmap(struct lab *lab, const struct mem *m)
{
	int err = vdpa_unmap(&lab->victim.dev, 0, m->iova, m->len);

	return lab_want(lab, !err, "cannot unmap: %s", strerror(-err));
}

static bool map(struct lab *lab, const struct mem *m)
{
	int err = vdpa_map(&lab->victim.dev, 0, m->iova, m->len, m->va, VHOST_ACCESS_RW);

	return lab_want(lab, !err, "cannot map: %s", strerror(-err));
}

/* Unmap @m while frames come in; what lies there then is nobody's business. */
static void unmap_watched(struct lab *lab, struct mem *m)
{
	struct two_flows *f;
	u64 until;
	int err;

	if (!lab_up(lab))
		return;
	f = flows_new(lab);
	if (!f)
		return;
	err = flow_run(&f->in, 500, WAIT_MS);
	if (!lab_want(lab, !err, "no traffic to begin with: %s", strerror(-err)))
		goto free;
	/* some are on their way right now */
	if (flow_fill(&f->in) < 0 || !unmap(lab, m))
		goto free;
	memset(m->va, POISON, m->len);
	until = now_ns() + WATCH_MS * 1000000ull;
	f->in.open_loop = true;
	do {
		if (flow_fill(&f->in) < 0)
			break;
		port_kick(&lab->victim, PORT_RX);
	} while (now_ns() < until);
	if (lab_want(lab, intact(m), "memory was written after it had been unmapped"))
		lab_broken(lab);
	lab_want(lab, intact(m), "memory was written long after it had been unmapped");
	map(lab, m);
free:
	flows_free(f);
}

static void unmap_buffers(struct lab *lab) { unmap_watched(lab, &lab->victim.rx_mem); }
static void unmap_rings(struct lab *lab) { unmap_watched(lab, &lab->victim.rings); }

/*
 * Unmap what frames are being sent from, and put others there: those must not
 * arrive, or the device has read them after the unmap.
 */
static void unmap_sent(struct lab *lab)
{
	struct port *p = &lab->victim;
	struct two_flows *f;
	size_t at;
	u64 until;
	int ret = 0;

	if (!lab_up(lab))
		return;
	f = flows_new(lab);
	if (!f)
		return;
	ret = flow_run(&f->out, 500, WAIT_MS);
	if (!lab_want(lab, !ret, "no traffic to begin with: %s", strerror(-ret)))
		goto free;
	/* as many as the ring holds: the device is in the middle of them when they go */
	f->out.batch = 240;
	if (flow_fill(&f->out) < 0 || !unmap(lab, &p->tx_mem))
		goto free;
	/* good frames as such, but of no flow, at every place where a buffer may start */
	for (at = 0; at + 256 <= p->tx_mem.len; at += 64)
		raw_frame(lab, at, 48);
	until = now_ns() + WATCH_MS * 1000000ull;
	while (ret >= 0 && now_ns() < until)
		ret = flow_drain(&f->out);
	lab_want(lab, !f->out.stats.foreign, "%llu frames were read after the unmap",
		 (unsigned long long)f->out.stats.foreign);
	/* whatever was left in the ring cannot be sent; if nothing was, add something */
	ring_clear(&p->ring[PORT_TX], p->ring[PORT_TX].used->idx);
	raw_desc(p->ring[PORT_TX].desc, 0, PORT_IOVA_TX, 100, 0, 0);
	raw_avail(&p->ring[PORT_TX], 0);
	port_kick(p, PORT_TX);
	lab_broken(lab);
	map(lab, &p->tx_mem);
free:
	flows_free(f);
}

static void swap_memory(struct mem *a, struct mem *b)
{
	struct mem was = *a;

	a->va = b->va;
	a->fd = b->fd;
	b->va = was.va;
	b->fd = was.fd;
}

/* What DPDK does when memory comes in: stop the queue, map anew, go on. */
static void remap_stopped(struct lab *lab)
{
	struct port *p = &lab->victim;
	struct mem other = { 0 };
	struct two_flows *f;
	unsigned int i;
	int err;

	if (!lab_up(lab))
		return;
	f = flows_new(lab);
	if (!f || !lab_want(lab, !mem_alloc(&other, p->rx_mem.len, PORT_IOVA_RX), "no memory"))
		goto free;
	for (i = 0; i < 20; i++) {
		err = flow_run(&f->in, 100 + i, WAIT_MS);
		if (!lab_want(lab, !err, "round %u: frames are missing", i))
			break;
		err = vdpa_vring_enable(&p->dev, PORT_RX, 0);
		if (!lab_want(lab, !err, "cannot stop the queue") || !unmap(lab, &p->rx_mem))
			break;
		memset(p->rx_mem.va, POISON, p->rx_mem.len);
		swap_memory(&p->rx_mem, &other);
		if (!map(lab, &p->rx_mem))
			break;
		err = vdpa_vring_enable(&p->dev, PORT_RX, 1);
		if (!lab_want(lab, !err, "cannot start the queue"))
			break;
		err = flow_run(&f->in, 100 + i, WAIT_MS);
		if (!lab_want(lab, !err, "round %u: frames are missing after the change", i) ||
		    !lab_want(lab, intact(&other), "round %u: the old memory was written", i))
			break;
	}
free:
	flows_free(f);
	mem_free(&other);
}

/* Maps that have nothing to do with the traffic come and go. */
static void unrelated(struct lab *lab)
{
	struct port *p = &lab->victim;
	struct mem extra = { 0 };
	struct two_flows *f;
	unsigned int i;
	int err = 0;

	if (!lab_up(lab))
		return;
	f = flows_new(lab);
	if (!f || !lab_want(lab, !mem_alloc(&extra, MEM_HUGE, HOLE), "no memory"))
		goto free;
	for (i = 0; i < 100 && !err; i++) {
		if (flow_fill(&f->in) < 0 || flow_fill(&f->out) < 0)
			break;
		err = vdpa_map(&p->dev, 0, HOLE, extra.len, extra.va, VHOST_ACCESS_RW);
		if (!err && (flow_drain(&f->in) < 0 || flow_drain(&f->out) < 0))
			break;
		if (!err)
			err = vdpa_unmap(&p->dev, 0, HOLE, extra.len);
	}
	lab_want(lab, !err, "cannot map or unmap: %s", strerror(-err));
	err = flow_settle(&f->in, WAIT_MS);
	if (!err)
		err = flow_settle(&f->out, WAIT_MS);
	lab_want(lab, !err && !flow_errors(&f->in) && !flow_errors(&f->out),
		 "frames got lost: %llu in, %llu out", (unsigned long long)flow_in_flight(&f->in),
		 (unsigned long long)flow_in_flight(&f->out));
free:
	flows_free(f);
	mem_free(&extra);
}

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

static void no_map_physical(struct lab *lab) { reachable(lab, true); }
static void no_map_virtual(struct lab *lab) { reachable(lab, false); }

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

static void tx_desc(struct lab *lab) { areas(lab, PORT_TX, HOLE, 0, 0); }
static void tx_driver(struct lab *lab) { areas(lab, PORT_TX, 0, HOLE, 0); }
static void tx_device(struct lab *lab) { areas(lab, PORT_TX, 0, 0, HOLE); }
static void rx_desc(struct lab *lab) { areas(lab, PORT_RX, HOLE, 0, 0); }
static void rx_driver(struct lab *lab) { areas(lab, PORT_RX, 0, HOLE, 0); }
static void rx_device(struct lab *lab) { areas(lab, PORT_RX, 0, 0, HOLE); }
static void tx_used_ro(struct lab *lab) { areas(lab, PORT_TX, 0, 0, ALIAS_RO); }
static void rx_used_ro(struct lab *lab) { areas(lab, PORT_RX, 0, 0, ALIAS_RO); }
static void tx_avail_wo(struct lab *lab) { areas(lab, PORT_TX, 0, ALIAS_WO, 0); }
static void tx_desc_wo(struct lab *lab) { areas(lab, PORT_TX, ALIAS_WO, 0, 0); }

/* Messages that make no sense are refused; none of them is fatal. */
static void nonsense(struct lab *lab)
{
	struct port *p = &lab->victim;
	struct vdpa *d = &p->dev;
	u8 *va = lab->a.rx_mem.va;

	if (!lab_up(lab))
		return;
	lab_want(lab, vdpa_map(d, 0, HOLE, 0, va, 3) < 0, "mapping nothing is accepted");
	lab_want(lab, vdpa_map(d, 0, HOLE, MEM_PAGE, va, 0) < 0, "no permission is accepted");
	lab_want(lab, vdpa_map(d, 0, HOLE, MEM_PAGE, va, 4) < 0, "permission 4 is accepted");
	lab_want(lab, vdpa_map(d, 0, PORT_IOVA_RX, MEM_PAGE, va, 3) < 0, "overlap is accepted");
	lab_want(lab, vdpa_map(d, 0, ~0ull - MEM_PAGE + 1, 2 * MEM_PAGE, va, 3) < 0,
		 "a range that wraps is accepted");
	lab_want(lab, vdpa_map(d, 0, 1ull << 60, MEM_PAGE, va, 3) < 0,
		 "an address that the card cannot have is accepted");
	lab_want(lab, vdpa_map(d, 99, HOLE, MEM_PAGE, va, 3) < 0, "address space 99 is accepted");
	lab_want(lab, vdpa_map(d, 0, HOLE, MEM_PAGE, (void *)16, 3) < 0,
		 "memory that does not exist is accepted");
	lab_want(lab, vdpa_unmap(d, 99, HOLE, MEM_PAGE) < 0, "unmapping in space 99 is accepted");
	vdpa_unmap(d, 0, HOLE, MEM_PAGE);
	vdpa_batch(d, 0, false);
	lab_alive(lab, 50);
}

static void before_owner(struct lab *lab)
{
	struct vdpa d;
	int err = vdpa_open(&d, lab->path[0]);

	if (!lab_want(lab, !err, "cannot open: %s", strerror(-err)))
		return;
	lab_want(lab, vdpa_map(&d, 0, HOLE, MEM_PAGE, lab->a.rx_mem.va, 3) < 0,
		 "a stranger may map memory");
	vdpa_close(&d);
}

const struct test map_tests[] = {
	{ "receive buffers that were unmapped under traffic are not written again", unmap_buffers },
	{ "rings that were unmapped under traffic are not written again", unmap_rings },
	{ "send buffers that were unmapped under traffic are not read again", unmap_sent },
	{ "memory exchanged under a stopped queue: no frame is lost, the old is not used",
	  remap_stopped },
	{ "maps that come and go do not disturb the traffic", unrelated },
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
	{ "IOTLB messages that make no sense are refused", nonsense },
	{ "IOTLB messages before there is an owner are refused", before_owner },
	{ }
};
