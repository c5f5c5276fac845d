// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: what every case needs: reports, the steps of a driver, traffic, time. */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "conform.h"
#include "cpus.h"

#define PAUSE_MS	20
#define FLOW_FRAME	200
#define FLOW_BATCH	16

/* The first thing counts: what follows comes from it. */
static void say(char *text, size_t len, const char *fmt, va_list args)
{
	if (!*text)
		vsnprintf(text, len, fmt, args);
}

bool conform_fail(struct conform *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(c->result->why, sizeof(c->result->why), fmt, args);
	va_end(args);
	return false;
}

bool conform_want(struct conform *c, bool cond, const char *fmt, ...)
{
	va_list args;

	if (cond)
		return true;
	va_start(args, fmt);
	say(c->result->why, sizeof(c->result->why), fmt, args);
	va_end(args);
	return false;
}

bool conform_skip(struct conform *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(c->result->skip, sizeof(c->result->skip), fmt, args);
	va_end(args);
	return false;
}

void conform_note(struct conform *c, const char *fmt, ...)
{
	char *notes = c->result->notes;
	size_t used = strlen(notes), len = sizeof(c->result->notes);
	va_list args;

	if (used && used + 1 < len) {
		notes[used++] = '\n';
		notes[used] = '\0';
	}
	va_start(args, fmt);
	vsnprintf(notes + used, len - used, fmt, args);
	va_end(args);
}

struct wait wait_start(struct conform *c)
{
	return (struct wait) { .until = now_ns() + c->ms * 1000000ull };
}

bool wait_more(struct wait *w)
{
	sched_yield();
	if (now_ns() < w->until)
		return true;
	if (w->visited)
		return false;
	/* see cpus.h: perhaps it was not the device that stood still */
	cpus_visit();
	w->visited = true;
	return true;
}

void conform_pause(void)
{
	const struct timespec ts = { .tv_nsec = PAUSE_MS * 1000000l };

	cpus_visit();
	nanosleep(&ts, NULL);
}

bool conform_open(struct conform *c)
{
	int err = port_open(&c->dut, c->path, &c->attrs);

	c->up = !err;
	return conform_want(c, !err, "the device does not open: %s", strerror(-err));
}

bool conform_negotiated(struct conform *c)
{
	u64 missing;
	int err;

	if (!c->up && !conform_open(c))
		return false;
	err = vdpa_get_status(&c->dut.dev);
	if (err > 0 && err & S_FEATURES)
		return true;
	err = port_negotiate(&c->dut);
	missing = c->attrs.features & c->offered & ~c->dut.features;
	return conform_want(c, !err && !missing, "features %#llx are refused: %s",
			    (unsigned long long)c->attrs.features, strerror(-err));
}

bool conform_set_up(struct conform *c)
{
	int err;

	if (!conform_negotiated(c))
		return false;
	err = port_setup(&c->dut);
	return conform_want(c, !err, "rings cannot be set up: %s", strerror(-err));
}

bool conform_start(struct conform *c)
{
	int err = port_start(&c->dut);

	return conform_want(c, !err, "the device does not start: %s", strerror(-err)) &&
	       conform_status(c, S_OK, S_BROKEN);
}

bool conform_peer_up(struct conform *c)
{
	const struct port_attrs attrs = {
		.features = F_BASE,
		.ring_size = 256,
		.frame_max = c->attrs.frame_max,
	};
	int err;

	if (!c->peer_path)
		return true;
	err = port_up(&c->other, c->peer_path, &attrs);
	c->other_up = !err;
	return conform_want(c, !err, "the peer does not come up: %s", strerror(-err));
}

bool conform_hello(struct conform *c)
{
	int err;

	/* without receive buffers there is nothing to hear */
	if ((!c->loop && !c->peer_path) || c->attrs.bare)
		return true;
	err = flow_hello(&c->dut, conform_peer(c), c->ms);
	return conform_want(c, !err, "no frame comes through: %s", strerror(-err));
}

bool conform_up(struct conform *c)
{
	return conform_set_up(c) && conform_start(c) && conform_peer_up(c) && conform_hello(c);
}

/* A device that does not promise to keep maps over a reset may have lost them. */
static int map_again(struct port *p)
{
	const struct mem *mem[] = { &p->rings, &p->rx_mem, &p->tx_mem };
	unsigned int i;

	if (p->dev.backend & B(IOTLB_PERSIST) || !p->rings.va)
		return 0;
	for (i = 0; i < ARRAY_SIZE(mem); i++)
		vdpa_unmap(&p->dev, 0, mem[i]->iova, mem[i]->len);
	return port_map(p);
}

bool conform_again(struct conform *c)
{
	int err = port_reset(&c->dut);

	if (!conform_want(c, !err, "reset fails: %s", strerror(-err)) ||
	    !conform_status(c, 0, 0xff))
		return false;
	err = map_again(&c->dut);
	return conform_want(c, !err, "memory cannot be mapped again: %s", strerror(-err)) &&
	       conform_set_up(c) && conform_start(c);
}

void conform_close(struct conform *c)
{
	if (c->up)
		port_close(&c->dut);
	if (c->other_up)
		port_close(&c->other);
	c->up = false;
	c->other_up = false;
}

bool conform_status(struct conform *c, u8 set, u8 clear)
{
	int status = vdpa_get_status(&c->dut.dev);

	return conform_want(c, status >= 0 && (status & set) == set && !(status & clear),
			    "status: want bits %#x and not %#x, saw %#x", set, clear, status);
}

bool conform_flow(struct conform *c, struct port *from, struct port *to, unsigned int count)
{
	u32 size = from->attrs.frame_max < FLOW_FRAME ? from->attrs.frame_max : FLOW_FRAME;
	struct flow *f = malloc(sizeof(*f));
	int err;

	if (!f)
		return conform_fail(c, "no memory");
	err = flow_init(f, from, to, size, FLOW_BATCH);
	if (!err) {
		f->check_data = true;
		err = flow_run(f, count, c->ms);
	}
	conform_want(c, !err, "frames %s the device: %s; %llu sent, %llu received, %llu lost, %llu doubled, %llu late, %llu wrong",
		     from == &c->dut ? "from" : "to", strerror(-err),
		     (unsigned long long)f->stats.sent, (unsigned long long)f->stats.received,
		     (unsigned long long)f->stats.lost, (unsigned long long)f->stats.duplicate,
		     (unsigned long long)f->stats.reordered, (unsigned long long)f->stats.corrupt);
	flow_free(f);
	free(f);
	return !err;
}

bool conform_traffic(struct conform *c, unsigned int count)
{
	struct port *peer = conform_peer(c);

	if (!c->loop && !c->peer_path)
		return conform_status(c, S_OK, S_BROKEN);
	return conform_flow(c, &c->dut, peer, count) &&
	       (c->loop || conform_flow(c, peer, &c->dut, count)) &&
	       conform_status(c, S_OK, S_BROKEN);
}
