// SPDX-License-Identifier: GPL-2.0-only
/*
 * softdpu-bench: how many frames a client that polls moves in a second.
 *
 * One thread plays both drivers: it fills the transmit rings of A and drains the
 * receive rings of B. No more frames are on the way than B has buffers, so each one
 * that is missing was lost by the device.
 */
#include <stdio.h>

#include "bench.h"
#include "clock.h"

/* frames and empty turns between two looks at the clock, a system call in some labs */
#define CLOCK_EVERY	2048
#define IDLE_CLOCKS	(FLOW_IDLE_TURNS / CLOCK_EVERY)

struct rate {
	double pps;
	double seconds;
	u64 packets;
	u64 kicks;
};

/* Has a flow moved since the last look at the clock, and how many looks ago? */
struct watch {
	bool alive;
	unsigned int still;
};

static u64 received(const struct bench *b)
{
	unsigned int i;
	u64 n = 0;

	for (i = 0; i < b->num; i++)
		n += b->flow[i].stats.received;
	return n;
}

/* Send and receive what there is. Return: turns that this counts as, or a negative errno. */
static int turn(const struct options *o, struct flow *f, struct watch *w)
{
	int sent, got;

	sent = flow_fill(f);
	got = sent < 0 ? sent : flow_drain(f);
	if (got < 0)
		return got;
	w->alive |= sent || got;
	if (!sent && !got && idle(o, f))
		return CLOCK_EVERY;
	return 1 + got;
}

static void look(const struct options *o, struct flow *f, struct watch *w, u64 now)
{
	w->still = w->alive ? 0 : w->still + 1;
	if (w->alive) {
		f->moved_at = now;
	} else if (w->still > IDLE_CLOCKS && now - f->moved_at > FLOW_STALL_MS * 1000000ull) {
		if (flow_stalled(f))
			bench_stalled(o, f);
		f->moved_at = now_ns();
		w->still = 0;
	}
	w->alive = false;
}

static int measure(struct bench *b, double seconds, struct rate *r)
{
	u64 start = now_ns(), now = start, until = round_end(start, seconds);
	u64 kicked = bench_kicks(b), before = received(b);
	struct watch watch[BENCH_PAIRS_MAX];
	unsigned int turns = 0, i;
	int n;

	for (i = 0; i < b->num; i++) {
		b->flow[i].moved_at = start;
		watch[i] = (struct watch){ .alive = true };
	}
	while (!stopped() && now < until) {
		for (i = 0; i < b->num; i++) {
			n = turn(&b->o, &b->flow[i], &watch[i]);
			if (n < 0)
				return n;
			turns += n;
		}
		if (turns < CLOCK_EVERY)
			continue;
		turns = 0;
		now = now_ns();
		for (i = 0; i < b->num; i++)
			look(&b->o, &b->flow[i], &watch[i], now);
	}
	r->seconds = (now_ns() - start) / 1e9;
	r->packets = received(b) - before;
	r->kicks = bench_kicks(b) - kicked;
	r->pps = r->packets / r->seconds;
	return 0;
}

int rate_round(struct bench *b, double seconds, unsigned int number)
{
	struct rate r;
	int err = measure(b, seconds, &r);

	if (err || !number)
		return err;
	if (b->o.json) {
		print_case(b, number);
		printf("\"seconds\": %.3f, \"packets\": %llu, \"pps\": %.0f, \"kicks\": %llu, ",
		       r.seconds, (unsigned long long)r.packets, r.pps,
		       (unsigned long long)r.kicks);
		print_errors(b);
		printf("}\n");
	} else {
		printf("round %u: %s: %u-byte frames: %.0f packets/s (%llu in %.2f s, %llu kicks)\n",
		       number, b->o.label, b->o.frame_size, r.pps,
		       (unsigned long long)r.packets, r.seconds, (unsigned long long)r.kicks);
	}
	fflush(stdout);
	return 0;
}
