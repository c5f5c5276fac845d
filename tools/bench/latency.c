// SPDX-License-Identifier: GPL-2.0-only
/*
 * softdpu-bench --latency: one frame on the way, to a device that sleeps.
 *
 * The time of a frame begins when it is written into its buffer, before the kick, and
 * ends when the receive ring shows it to the driver, which polls that ring, or has
 * slept until the call (--sleep). Before the next one the device is left alone until
 * it says that it wants a kick again, and for a while more, so that its thread is off
 * the processor.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "clock.h"
#include "histogram.h"

/* how long a device may take to go to sleep before it counts as one that polls */
#define ASLEEP_NS	10000000ull
/* looks at the ring between two at the clock, which may be a system call */
#define CLOCK_EVERY	256
/* and looks at the clock before a frame counts as lost, of a client that polls or sleeps */
#define IDLE_CLOCKS	(FLOW_IDLE_TURNS / CLOCK_EVERY)
#define IDLE_SLEEPS	50

/**
 * struct latency - what a round has seen
 * @times: of frames, in nanoseconds
 * @sum: of all of them
 * @awake: frames that were sent to a device that had not gone to sleep
 * @kicks: as many as frames, if all is well
 * @seconds: that it took
 */
struct latency {
	struct histogram times;
	u64 sum;
	u64 awake;
	u64 kicks;
	double seconds;
};

/* Let the device go to sleep. False: it stays awake. */
static bool wait_asleep(const struct options *o, struct flow *f)
{
	struct ring *r = &f->tx->ring[PORT_TX];
	u64 now = now_ns(), until = now + ASLEEP_NS;

	while (!ring_asleep(r)) {
		if (now_ns() > until || stopped())
			return false;
		sched_yield();
	}
	if (o->sleep) {
		const struct timespec gap = {
			.tv_sec = o->gap_ns / 1000000000,
			.tv_nsec = o->gap_ns % 1000000000,
		};

		nanosleep(&gap, NULL);
		return true;
	}
	/* a processor that has slept would be slower for what comes next */
	for (until = now_ns() + o->gap_ns; now_ns() < until;)
		;
	return true;
}

/* Wait for the frame on the way. Return: when it came, 0: it did not, or a negative errno. */
static int64_t wait_frame(const struct options *o, struct flow *f, u64 sent)
{
	struct ring *r = &f->rx->ring[PORT_RX];
	unsigned int patience = o->sleep ? IDLE_SLEEPS : IDLE_CLOCKS;
	unsigned int turns = 0, clocks = patience;
	u64 now = sent, since = sent;
	int got;

	while (flow_in_flight(f)) {
		if (ring_pending(r)) {
			now = now_ns();
		} else {
			if (idle(o, f))
				turns = CLOCK_EVERY;
			if (++turns < CLOCK_EVERY)
				continue;
			turns = 0;
			clocks -= !!clocks;
			now = now_ns();
			if (stopped())
				return 0;
			if (!clocks && now - since > FLOW_STALL_MS * 1000000ull) {
				if (flow_stalled(f))
					return 0;
				clocks = patience;
				since = now_ns();
			}
		}
		/* also finds out about a ring that is nonsense */
		got = flow_drain(f);
		if (got < 0)
			return got;
	}
	return now;
}

/* Return: 1, 0: the frame is lost, or a negative errno. */
static int one_frame(const struct options *o, struct flow *f, struct latency *l)
{
	int64_t arrived;
	int sent;
	u64 start;

	/* not in the time of the next frame */
	sent = port_tx_reap(f->tx);
	if (sent < 0)
		return sent;
	if (!wait_asleep(o, f))
		l->awake++;
	start = now_ns();
	sent = flow_fill(f);
	if (sent < 0)
		return sent;
	arrived = sent ? wait_frame(o, f, start) : 0;
	if (arrived <= 0)
		return arrived;
	histogram_add(&l->times, arrived - start);
	l->sum += arrived - start;
	return 1;
}

static int measure(struct bench *b, double seconds, struct latency *l)
{
	u64 start = now_ns(), until = round_end(start, seconds);
	const struct options *o = &b->o;
	struct flow *f = &b->flow[0];
	u64 kicked = bench_kicks(b);
	int ret;

	memset(l, 0, sizeof(*l));
	while (!stopped() && now_ns() < until) {
		ret = one_frame(o, f, l);
		if (ret < 0)
			return ret;
		if (!ret && !stopped())
			bench_stalled(o, f);
	}
	l->seconds = (now_ns() - start) / 1e9;
	l->kicks = bench_kicks(b) - kicked;
	return 0;
}

static double us(const struct latency *l, double percent)
{
	return histogram_percentile(&l->times, percent) / 1e3;
}

static double mean(const struct latency *l)
{
	return l->times.count ? l->sum / 1e3 / l->times.count : 0;
}

static void print_json(const struct bench *b, unsigned int round, const struct latency *l)
{
	print_case(b, round);
	printf("\"waits\": \"%s\", \"gap_us\": %llu, \"seconds\": %.3f, \"samples\": %llu, "
	       "\"kicks\": %llu, \"awake\": %llu, \"mean_us\": %.3f, \"p50_us\": %.3f, "
	       "\"p90_us\": %.3f, \"p99_us\": %.3f, \"p99.9_us\": %.3f, \"max_us\": %.3f, ",
	       b->o.sleep ? "sleep" : "poll", (unsigned long long)b->o.gap_ns / 1000, l->seconds,
	       (unsigned long long)l->times.count, (unsigned long long)l->kicks,
	       (unsigned long long)l->awake, mean(l), us(l, 50), us(l, 90), us(l, 99), us(l, 99.9),
	       l->times.max / 1e3);
	print_errors(b);
	printf("}\n");
}

static void print_text(const struct options *o, unsigned int round, const struct latency *l)
{
	printf("round %u: %s: %u-byte frames, microseconds: p50 %.1f p90 %.1f p99 %.1f p99.9 %.1f "
	       "max %.1f (%llu in %.2f s, %llu kicks)\n",
	       round, o->label, o->frame_size, us(l, 50), us(l, 90), us(l, 99), us(l, 99.9),
	       l->times.max / 1e3, (unsigned long long)l->times.count, l->seconds,
	       (unsigned long long)l->kicks);
	if (l->awake)
		printf("round %u: %s: %llu frames found the device awake\n", round, o->label,
		       (unsigned long long)l->awake);
}

int latency_round(struct bench *b, double seconds, unsigned int number)
{
	static struct latency l;
	int err = measure(b, seconds, &l);

	if (err || !number)
		return err;
	if (b->o.json)
		print_json(b, number, &l);
	else
		print_text(&b->o, number, &l);
	fflush(stdout);
	return 0;
}
