// SPDX-License-Identifier: GPL-2.0-only
/*
 * softdpu-bench: packet rate through vDPA network devices, and latency (latency.c).
 *
 * One thread plays both drivers: it fills the transmit ring of A and drains
 * the receive ring of B, polling. No more frames are on the way than B has
 * buffers, so each one that is missing was lost by the device.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "latency.h"

#define BRIDGE		"br0"
#define HELLO_MS	10000
/* frames and empty turns between two looks at the clock, a system call in some labs */
#define CLOCK_EVERY	2048
#define IDLE_CLOCKS	(FLOW_IDLE_TURNS / CLOCK_EVERY)

struct result {
	double pps;
	double seconds;
	u64 packets;
	u64 kicks;
	u64 foreign;
};

static bool stop;

static void on_signal(int sig)
{
	(void)sig;
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
}

bool stopped(void)
{
	return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static int failed(const char *what, int err)
{
	fprintf(stderr, "softdpu-bench: %s: %s\n", what, strerror(-err));
	return err;
}

static int open_vhost_net(struct port *p, const char *tap, const struct port_attrs *attrs)
{
	int err = port_open_vhost_net(p, BRIDGE, tap, attrs);

	if (!err)
		err = port_negotiate(p);
	if (!err)
		err = port_setup(p);
	if (!err)
		err = port_start(p);
	return err ? failed("vhost-net", err) : 0;
}

/* Return: ports opened, or a negative errno. */
static int open_ports(const struct options *o, struct port *port)
{
	int err, i, num = o->peer == PEER_LOOP ? 1 : 2;

	if (o->peer == PEER_VHOST_NET) {
		err = vhostnet_namespace(BRIDGE);
		if (err)
			return failed("cannot make a namespace with a bridge", err);
		err = open_vhost_net(&port[0], "tap0", &o->attrs);
		if (!err)
			err = open_vhost_net(&port[1], "tap1", &o->attrs);
		return err ? err : num;
	}
	for (i = 0; i < num; i++) {
		err = port_up(&port[i], o->dev[i], &o->attrs);
		if (err)
			return failed(o->dev[i], err);
		if (o->required & ~port[i].features)
			return failed(o->dev[i], -ENOTSUP);
	}
	return num;
}

u64 flow_kicks(const struct flow *f)
{
	u64 n = f->tx->kicks[PORT_TX] + f->tx->kicks[PORT_RX];

	return f->tx == f->rx ? n : n + f->rx->kicks[PORT_TX] + f->rx->kicks[PORT_RX];
}

/* Where a ring that does not move stands. */
static void say_ring(const char *name, struct port *p, unsigned int ring)
{
	struct ring *r = &p->ring[ring];

	fprintf(stderr, " %s: shown %u, given back %u, got %u, %llu kicks", name, r->published,
		ring_shown(r), r->last_used, (unsigned long long)p->kicks[ring]);
	if (!r->packed && r->event_idx)
		fprintf(stderr, ", kick wanted at %u", *ring_avail_event(r));
	fputc(';', stderr);
}

void say_stalled(const struct options *o, struct flow *f)
{
	fprintf(stderr, "softdpu-bench: %s: nothing moves:", o->label);
	say_ring("send ring", f->tx, PORT_TX);
	say_ring("receive ring", f->rx, PORT_RX);
	fputc('\n', stderr);
}

void print_errors(const struct flow *f)
{
	const struct flow_stats *s = &f->stats;

	printf("\"lost\": %llu, \"duplicate\": %llu, \"reordered\": %llu, \"corrupt\": %llu, "
	       "\"foreign\": %llu, \"stalls\": %llu", (unsigned long long)s->lost,
	       (unsigned long long)s->duplicate, (unsigned long long)s->reordered,
	       (unsigned long long)s->corrupt, (unsigned long long)s->foreign,
	       (unsigned long long)s->stalls);
}

/* Move frames for @seconds. 0 or a negative errno. */
static int measure(const struct options *o, struct flow *f, double seconds, struct result *res)
{
	u64 start = now_ns(), now = start, until = seconds > 0 ? start + seconds * 1e9 : ~0ull;
	struct flow_stats before = f->stats;
	unsigned int turns = 0, still = 0;
	u64 kicked = flow_kicks(f);
	bool alive = true;
	int sent, got;

	f->moved_at = start;
	while (!stopped() && now < until) {
		sent = flow_fill(f);
		got = sent < 0 ? sent : flow_drain(f);
		if (got < 0)
			return got;
		alive |= sent || got;
		turns += 1 + got;
		if (!sent && !got && idle(o, f))
			turns = CLOCK_EVERY;
		if (turns < CLOCK_EVERY)
			continue;
		turns = 0;
		now = now_ns();
		still = alive ? 0 : still + 1;
		if (alive) {
			f->moved_at = now;
		} else if (still > IDLE_CLOCKS && now - f->moved_at > FLOW_STALL_MS * 1000000ull) {
			if (flow_stalled(f)) {
				say_stalled(o, f);
				flow_give_up(f);
			}
			f->moved_at = now_ns();
			still = 0;
		}
		alive = false;
	}
	now = now_ns();
	res->seconds = (now - start) / 1e9;
	res->packets = f->stats.received - before.received;
	res->foreign = f->stats.foreign - before.foreign;
	res->kicks = flow_kicks(f) - kicked;
	res->pps = res->packets / res->seconds;
	return 0;
}

static void print_round(const struct options *o, const struct flow *f, unsigned int round,
			const struct result *r)
{
	if (o->json) {
		printf("{\"label\": \"%s\", \"peer\": \"%s\", \"round\": %u, \"frame_size\": %u, "
		       "\"gso\": %u, \"ring_size\": %u, \"batch\": %u, \"features\": \"%#llx\", "
		       "\"seconds\": %.3f, \"packets\": %llu, \"pps\": %.0f, \"kicks\": %llu, ",
		       o->label, peer_name[o->peer], round, o->frame_size, o->gso,
		       f->rx->attrs.ring_size, o->batch, (unsigned long long)f->tx->features,
		       r->seconds, (unsigned long long)r->packets, r->pps,
		       (unsigned long long)r->kicks);
		print_errors(f);
		printf("}\n");
	} else {
		printf("round %u: %s: %u-byte frames: %.0f packets/s (%llu in %.2f s, %llu kicks)\n",
		       round, o->label, o->frame_size, r->pps, (unsigned long long)r->packets,
		       r->seconds, (unsigned long long)r->kicks);
	}
	fflush(stdout);
}

static int report(const struct options *o, const struct flow *f)
{
	const struct flow_stats *s = &f->stats;

	if (o->open_loop && s->lost + s->reordered)
		fprintf(stderr, "softdpu-bench: %llu frames overran the receiver, %llu came late\n",
			(unsigned long long)s->lost, (unsigned long long)s->reordered);
	if (!flow_errors(f) && (o->open_loop || !s->stalls))
		return 0;
	fprintf(stderr, "softdpu-bench: %s: %llu lost, %llu doubled, %llu reordered, "
		"%llu corrupt frames, %llu stalls\n", o->label, (unsigned long long)s->lost,
		(unsigned long long)s->duplicate, (unsigned long long)s->reordered,
		(unsigned long long)s->corrupt, (unsigned long long)s->stalls);
	return -EIO;
}

/* One round, printed unless @number is 0. */
static int round_of(const struct options *o, struct flow *f, double seconds, unsigned int number)
{
	struct result res;
	int err;

	if (o->latency)
		return latency_round(o, f, seconds, number);
	err = measure(o, f, seconds, &res);
	if (!err && number)
		print_round(o, f, number, &res);
	return err;
}

static int run(const struct options *o, struct flow *f)
{
	unsigned int i;
	int err;

	/* caches, and the device's own buffers, are warm after this */
	err = round_of(o, f, o->seconds > 1 || !(o->seconds > 0) ? 0.2 : o->seconds / 5, 0);
	for (i = 1; i <= o->rounds && !err && !stopped(); i++)
		err = round_of(o, f, o->seconds, i);
	if (err)
		return failed("the device answers nonsense", err);
	/* what is still on the way must come too */
	if (flow_settle(f, FLOW_STALL_MS)) {
		say_stalled(o, f);
		flow_give_up(f);
	}
	return report(o, f);
}

int main(int argc, char **argv)
{
	static struct options o;
	static struct port port[2];
	static struct flow f;
	int num, err;

	options_parse(&o, argc, argv);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);

	num = open_ports(&o, port);
	if (num < 0)
		return 1;
	err = flow_hello(&port[0], &port[num - 1], HELLO_MS);
	if (err) {
		failed("no frame comes through", err);
		return 1;
	}
	err = flow_init(&f, &port[0], &port[num - 1], o.frame_size, o.latency ? 1 : o.batch);
	if (err) {
		failed("frames of that size do not fit these rings", err);
		return 1;
	}
	err = o.gso ? flow_gso(&f, o.gso) : 0;
	if (err) {
		failed("frames of that size cannot be segmented like that here", err);
		return 1;
	}
	f.check_data = o.check_data;
	f.open_loop = o.open_loop;
	return run(&o, &f) ? 1 : 0;
}
