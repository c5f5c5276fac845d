// SPDX-License-Identifier: GPL-2.0-only
/* What a device may reach, while its driver changes its mind about that. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hostile.h"
#include "hostile_ctrl.h"

#define POISON	0xee
/* how long after an unmap we wait for somebody to use the memory */
#define WATCH_MS	30
#define TURNS		8

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

static bool unmap(struct lab *lab, const struct mem *m)
{
	int err = vdpa_unmap(&lab->victim.dev, lab->asid, m->iova, m->len);

	return lab_want(lab, !err, "cannot unmap: %s", strerror(-err));
}

/* What a still has to send would come to the victim's next life, and take buffers there. */
static bool all_sent(struct lab *lab)
{
	u64 until = now_ns() + WAIT_MS * 1000000ull;

	while (lab->a.tx_num_free < lab->a.attrs.ring_size) {
		if (!lab_want(lab, port_tx_reap(&lab->a) >= 0 && now_ns() < until,
			      "the sender does not get its buffers back"))
			return false;
	}
	return true;
}

static bool map(struct lab *lab, const struct mem *m)
{
	int err = vdpa_map(&lab->victim.dev, lab->asid, m->iova, m->len, m->va, VHOST_ACCESS_RW);

	return lab_want(lab, !err, "cannot map: %s", strerror(-err));
}

/*
 * Unmap @m while frames come in: from then on its contents stay what they are.
 * The device may remember a few translations; a different number of frames in
 * each turn makes sure that one of them would be used.
 */
static bool unmap_watched(struct lab *lab, struct mem *m, unsigned int turn)
{
	struct two_flows *f = flows_new(lab);
	u8 *copy = malloc(m->len);
	bool good = false;
	u64 until;
	int err;

	if (!f || !lab_want(lab, copy, "no memory"))
		goto free;
	err = flow_run(&f->in, 50 + turn, WAIT_MS);
	if (!lab_want(lab, !err, "no traffic to begin with: %s", strerror(-err)))
		goto free;
	/* some are on their way right now */
	if (flow_fill(&f->in) < 0 || !unmap(lab, m))
		goto free;
	memcpy(copy, m->va, m->len);
	until = now_ns() + WATCH_MS * 1000000ull;
	f->in.open_loop = true;
	do {
		if (flow_fill(&f->in) < 0)
			break;
		port_kick(&lab->victim, PORT_RX);
	} while (now_ns() < until);
	good = lab_want(lab, !memcmp(copy, m->va, m->len), "memory was written after the unmap") &&
	       lab_broken(lab) &&
	       lab_want(lab, !memcmp(copy, m->va, m->len), "memory was written long after") &&
	       all_sent(lab);
	map(lab, m);
free:
	free(copy);
	flows_free(f);
	return good;
}

/*
 * Unmap what frames are being sent from, and put others there: those must not
 * arrive, or the device has read them after the unmap.
 */
static bool unmap_sent(struct lab *lab, struct mem *m, unsigned int turn)
{
	struct ring *r = &lab->victim.ring[PORT_TX];
	struct two_flows *f = flows_new(lab);
	bool good = false;
	size_t at;
	u64 until;
	int ret;

	if (!f)
		return false;
	ret = flow_run(&f->out, 50 + turn, WAIT_MS);
	if (!lab_want(lab, !ret, "no traffic to begin with: %s", strerror(-ret)))
		goto free;
	/* as many as the ring holds: the device is in the middle of them when they go */
	f->out.batch = 240;
	if (flow_fill(&f->out) < 0 || !unmap(lab, m))
		goto free;
	/* good frames as such, but of no flow, at every place where a buffer may start */
	for (at = 0; at + 256 <= m->len; at += 64)
		raw_frame(lab, at, 48);
	until = now_ns() + WATCH_MS * 1000000ull;
	while (ret >= 0 && now_ns() < until)
		ret = flow_drain(&f->out);
	/* if all were sent before the unmap, then this one cannot be */
	raw_desc(r->desc, 0, PORT_IOVA_TX, 100, 0, 0);
	raw_avail(r, 0);
	port_kick(&lab->victim, PORT_TX);
	good = lab_broken(lab);
	while (flow_drain(&f->out) > 0)
		;
	good = lab_want(lab, !f->out.stats.foreign, "%llu frames were read after the unmap",
			(unsigned long long)f->out.stats.foreign) && good;
	map(lab, m);
free:
	flows_free(f);
	return good;
}

static void turns(struct lab *lab, struct mem *m,
		  bool (*turn)(struct lab *lab, struct mem *m, unsigned int turn))
{
	unsigned int i;

	if (!lab_up(lab))
		return;
	for (i = 0; i < TURNS; i++) {
		if (i && !lab_want(lab, !port_restart(&lab->victim), "no life after reset"))
			break;
		if (!turn(lab, m, i))
			break;
	}
}

static void unmap_buffers(struct lab *lab)
{
	turns(lab, &lab->victim.rx_mem, unmap_watched);
}

static void unmap_rings(struct lab *lab)
{
	turns(lab, &lab->victim.rings, unmap_watched);
}

static void unmap_frames(struct lab *lab)
{
	turns(lab, &lab->victim.tx_mem, unmap_sent);
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
		    !lab_want(lab, mem_filled(&other, POISON),
			      "round %u: the old memory was written", i))
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

/* Address spaces of a test. */
enum { BUFFERS, AREAS };

/* From where port_setup() has mapped it, BUFFERS, to AREAS. */
static int move(struct port *p, const struct mem *m)
{
	int err = vdpa_unmap(&p->dev, BUFFERS, m->iova, m->len);

	return err ?: vdpa_map(&p->dev, AREAS, m->iova, m->len, m->va, VHOST_ACCESS_RW);
}

/*
 * The victim with the areas of its rings in address space AREAS and all else in BUFFERS,
 * and its memory mapped where it is said to be. Return: it has been started.
 */
static bool two_spaces(struct lab *lab, int rings, int buffers)
{
	struct port *p = &lab->victim;
	int group, err;

	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	err = lab->up ? port_negotiate(p) : -1;
	if (!lab_want(lab, !err, "cannot set it up"))
		return false;
	group = vdpa_vq_desc_group(&p->dev, PORT_RX);
	if (!lab_want(lab, group > 0 && group != vdpa_vq_group(&p->dev, PORT_RX),
		      "areas are in group %d", group) ||
	    !lab_want(lab, vdpa_vq_desc_group(&p->dev, PORT_TX) == group,
		      "those of the transmit queue are elsewhere"))
		return false;
	err = vdpa_set_group_asid(&p->dev, group, AREAS);
	if (!err)
		err = port_setup(p);
	if (!err && rings != BUFFERS)
		err = move(p, &p->rings);
	if (!err && buffers != BUFFERS)
		err = move(p, &p->rx_mem) ?: move(p, &p->tx_mem);
	if (!err)
		err = port_start(p);
	return lab_want(lab, !err, "cannot start it: %s", strerror(-err));
}

static void areas_apart(struct lab *lab)
{
	if (!two_spaces(lab, AREAS, BUFFERS) || !lab_alive(lab, 200))
		return;
	/* a reset puts the group back: the areas are not where they are looked for */
	if (lab_want(lab, !port_reset(&lab->victim) && !port_begin(&lab->victim),
		     "it does not start again"))
		lab_broken(lab);
	/* with those maps it does nothing any more */
	lab_down(lab);
}

static void areas_unmapped(struct lab *lab)
{
	lab->asid = AREAS;
	if (two_spaces(lab, AREAS, BUFFERS))
		unmap_watched(lab, &lab->victim.rings, 0);
	lab_down(lab);
}

/* An owner that does not know of the group of areas moves group 0, and means all of it. */
static void unaware(struct lab *lab)
{
	struct port *p = &lab->victim;
	int err;

	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	err = lab->up ? port_negotiate(p) : -1;
	if (!err)
		err = vdpa_set_group_asid(&p->dev, 0, AREAS);
	if (!err)
		err = port_setup(p);
	if (!err)
		err = move(p, &p->rings) ?: move(p, &p->rx_mem) ?: move(p, &p->tx_mem);
	if (!err)
		err = port_start(p);
	if (lab_want(lab, !err, "cannot start it: %s", strerror(-err)))
		lab_alive(lab, 50);
	lab_down(lab);
}

static void areas_elsewhere(struct lab *lab)
{
	if (two_spaces(lab, BUFFERS, BUFFERS))
		lab_broken(lab);
}

static void buffers_elsewhere(struct lab *lab)
{
	struct port *p = &lab->victim;

	if (!two_spaces(lab, AREAS, AREAS))
		return;
	raw_desc(p->ring[PORT_TX].desc, 0, PORT_IOVA_TX, 100, 0, 0);
	raw_avail(&p->ring[PORT_TX], 0);
	port_kick(p, PORT_TX);
	lab_broken(lab);
	lab_down(lab);
}

/* A device that was made with one group for everything. */
static void one_group(struct lab *lab)
{
	struct port *p = &lab->victim;
	int err;

	lab->attrs.features |= F_CTRL;
	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	err = lab->up ? port_negotiate(p) : -1;
	if (!lab_want(lab, !err, "cannot set it up"))
		return;
	if (vdpa_num_groups(&p->dev) != 1) {
		lab->skip = "the device has more than one";
		return;
	}
	lab_want(lab, !vdpa_vq_group(&p->dev, p->ctrl_index) &&
		 !vdpa_vq_desc_group(&p->dev, PORT_RX), "some queue is in another group");
	err = vdpa_set_group_asid(&p->dev, 0, AREAS);
	if (!err)
		err = port_setup(p);
	if (!err)
		err = move(p, &p->rings) ?: move(p, &p->rx_mem) ?: move(p, &p->tx_mem);
	if (!err)
		err = port_start(p);
	if (lab_want(lab, !err, "cannot start it: %s", strerror(-err)) && lab_ctrl_works(lab))
		lab_alive(lab, 50);
	lab_down(lab);
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
	{ "send buffers that were unmapped under traffic are not read again", unmap_frames },
	{ "memory exchanged under a stopped queue: no frame is lost, the old is not used",
	  remap_stopped },
	{ "maps that come and go do not disturb the traffic", unrelated },
	{ "areas of rings in an address space of their own: traffic, until a reset puts them back",
	  areas_apart },
	{ "areas that were unmapped in their own space under traffic are not written again",
	  areas_unmapped },
	{ "areas of rings go with their buffers until somebody says otherwise", unaware },
	{ "areas that are only where buffers are looked for break the device", areas_elsewhere },
	{ "buffers that are only where areas are looked for do, too", buffers_elsewhere },
	{ "a device with one group moves to another address space as a whole", one_group },
	{ "IOTLB messages that make no sense are refused", nonsense },
	{ "IOTLB messages before there is an owner are refused", before_owner },
	{ }
};
