// SPDX-License-Identifier: GPL-2.0-only
/*
 * softdpu-bench: packet rate through virtio network devices (rate.c), latency
 * (latency.c), and the rate of the device alone (burst.c).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

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

u64 round_end(u64 start, double seconds)
{
	if (!(seconds > 0) || seconds > 1e9)
		return ~0ull;
	return start + (u64)(seconds * 1e9);
}

static u64 flow_kicks(const struct flow *f)
{
	u64 n = f->tx->kicks[PORT_TX] + f->tx->kicks[PORT_RX];

	return f->tx == f->rx ? n : n + f->rx->kicks[PORT_TX] + f->rx->kicks[PORT_RX];
}

u64 bench_kicks(const struct bench *b)
{
	unsigned int i;
	u64 n = 0;

	for (i = 0; i < b->num; i++)
		n += flow_kicks(&b->flow[i]);
	return n;
}

/* Where a ring that does not move stands. */
static void say_ring(const char *name, struct port *p, unsigned int ring)
{
	struct ring *r = &p->ring[ring];

	fprintf(stderr, " %s %u: shown %u, given back %u, got %u, %llu kicks", name,
		port_vq(p, ring), r->published, ring_shown(r), r->last_used,
		(unsigned long long)p->kicks[ring]);
	if (!r->packed && r->event_idx)
		fprintf(stderr, ", kick wanted at %u", *ring_avail_event(r));
	fputc(';', stderr);
}

void bench_stalled(const struct options *o, struct flow *f)
{
	fprintf(stderr, "softdpu-bench: %s: nothing moves:", o->label);
	say_ring("send ring", f->tx, PORT_TX);
	say_ring("receive ring", f->rx, PORT_RX);
	fputc('\n', stderr);
	flow_give_up(f);
}

/* Of all flows together. */
static struct flow_stats all_stats(const struct bench *b)
{
	struct flow_stats sum = { .sent = 0 };
	unsigned int i;

	for (i = 0; i < b->num; i++) {
		const struct flow_stats *s = &b->flow[i].stats;

		sum.lost += s->lost;
		sum.duplicate += s->duplicate;
		sum.reordered += s->reordered;
		sum.corrupt += s->corrupt;
		sum.foreign += s->foreign;
		sum.stalls += s->stalls;
	}
	return sum;
}

void print_case(const struct bench *b, unsigned int round)
{
	const struct options *o = &b->o;

	printf("{\"label\": \"%s\", \"peer\": \"%s\", \"round\": %u, \"frame_size\": %u, "
	       "\"gso\": %u, \"ring_size\": %u, \"batch\": %u, \"pairs\": %u, \"idle_pairs\": %u, "
	       "\"features\": \"%#llx\", ", o->label, peer_name[o->peer], round, o->frame_size,
	       o->gso, b->flow[0].rx->attrs.ring_size, b->flow[0].batch, o->pairs, o->idle_pairs,
	       (unsigned long long)b->flow[0].tx->features);
}

void print_errors(const struct bench *b)
{
	const struct flow_stats s = all_stats(b);

	printf("\"lost\": %llu, \"duplicate\": %llu, \"reordered\": %llu, \"corrupt\": %llu, "
	       "\"foreign\": %llu, \"stalls\": %llu", (unsigned long long)s.lost,
	       (unsigned long long)s.duplicate, (unsigned long long)s.reordered,
	       (unsigned long long)s.corrupt, (unsigned long long)s.foreign,
	       (unsigned long long)s.stalls);
}

/* True: all is well. */
static bool report(const struct bench *b)
{
	const struct flow_stats s = all_stats(b);
	const struct options *o = &b->o;
	u64 errors = 0;
	unsigned int i;

	for (i = 0; i < b->num; i++)
		errors += flow_errors(&b->flow[i]);
	if (o->open_loop && s.lost + s.reordered)
		fprintf(stderr, "softdpu-bench: %llu frames overran the receiver, %llu came late\n",
			(unsigned long long)s.lost, (unsigned long long)s.reordered);
	if (!errors && (o->open_loop || !s.stalls))
		return true;
	fprintf(stderr, "softdpu-bench: %s: %llu lost, %llu doubled, %llu reordered, "
		"%llu corrupt frames, %llu stalls\n", o->label, (unsigned long long)s.lost,
		(unsigned long long)s.duplicate, (unsigned long long)s.reordered,
		(unsigned long long)s.corrupt, (unsigned long long)s.stalls);
	return false;
}

static int round_of(struct bench *b, double seconds, unsigned int number)
{
	if (b->o.peer == PEER_CONTROL)
		return control_round(b, number);
	if (b->o.latency)
		return latency_round(b, seconds, number);
	return b->o.burst ? burst_round(b, seconds, number) : rate_round(b, seconds, number);
}

static bool run(struct bench *b)
{
	const struct options *o = &b->o;
	unsigned int i;
	int err;

	/* caches, and the device's own buffers, are warm after this */
	err = round_of(b, o->seconds > 1 || !(o->seconds > 0) ? 0.2 : o->seconds / 5, 0);
	for (i = 1; i <= o->rounds && !err && !stopped(); i++)
		err = round_of(b, o->seconds, i);
	if (err == -ERANGE) {
		fprintf(stderr, "softdpu-bench: %s: the device is done before anybody can look: "
			"larger rings (--ring-size) would tell\n", o->label);
		return false;
	}
	if (err) {
		fprintf(stderr, "softdpu-bench: %s: the device answers nonsense: %s\n", o->label,
			strerror(-err));
		return false;
	}
	/* what is still on the way must come too */
	for (i = 0; i < b->num; i++)
		if (flow_settle(&b->flow[i], FLOW_STALL_MS))
			bench_stalled(o, &b->flow[i]);
	return report(b);
}

int main(int argc, char **argv)
{
	static struct bench b;

	options_parse(&b.o, argc, argv);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	return bench_open(&b) || !run(&b);
}
