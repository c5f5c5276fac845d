// SPDX-License-Identifier: GPL-2.0-only
/*
 * softdpu-bench --burst: the rate of the device alone, and how it serves its queues.
 *
 * All transmit rings are filled before the device sees any of it, and while it works the
 * client sleeps: it only looks now and then how far the device has come. What counts is
 * what happened between the first of these looks at which every queue has begun, and the
 * last one at which every queue still has something to send: all of them were busy, and
 * nobody else was.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

#include "bench.h"
#include "clock.h"

/* between two looks */
#define LOOK_NS		200000

/**
 * struct burst - what the bursts of a round have shown
 * @packets: frames that were delivered between the first look and the last, by queue pair
 * @ns: between the first look and the last
 * @looked: bursts that were long enough for that
 */
struct burst {
	u64 packets[BENCH_PAIRS_MAX];
	u64 ns;
	unsigned int looked;
};

/**
 * struct look - how far the device has come
 * @at: when
 * @came: frames of each flow that have been delivered
 * @begun: some of each
 * @done: all of one
 */
struct look {
	u64 at;
	u16 came[BENCH_PAIRS_MAX];
	bool begun;
	bool done;
};

static int fill(struct bench *b)
{
	unsigned int i;
	int n;

	for (i = 0; i < b->num; i++) {
		n = flow_write(&b->flow[i], b->o.attrs.ring_size);
		if (n < 0)
			return n;
	}
	for (i = 0; i < b->num; i++)
		port_flush(b->flow[i].tx);
	return 0;
}

static void look(struct bench *b, struct look *l)
{
	unsigned int i;

	l->at = now_ns();
	l->begun = true;
	l->done = false;
	for (i = 0; i < b->num; i++) {
		struct ring *r = &b->flow[i].rx->ring[PORT_RX];
		u16 came = ring_shown(r) - r->last_used;

		l->came[i] = came;
		l->begun &= came > 0;
		l->done |= came >= flow_in_flight(&b->flow[i]);
	}
}

static void watch(struct bench *b, struct burst *burst)
{
	const struct timespec pause = { .tv_nsec = LOOK_NS };
	u64 until = now_ns() + FLOW_STALL_MS * 1000000ull;
	struct look first, last, now;
	unsigned int looks = 0, i;

	do {
		nanosleep(&pause, NULL);
		look(b, &now);
		if (now.done)
			break;
		if (!now.begun)
			continue;
		if (!looks++)
			first = now;
		last = now;
		/* a stall is for those who take the frames */
	} while (!stopped() && now.at < until);
	if (looks < 2)
		return;
	burst->looked++;
	burst->ns += last.at - first.at;
	for (i = 0; i < b->num; i++)
		burst->packets[i] += last.came[i] - first.came[i];
}

/* With all processors busy the next look would come when one of them has had enough. */
static void hurry(bool on)
{
	const struct sched_param param = { .sched_priority = on ? 1 : 0 };

	/* who may not has fewer looks, and they are as good */
	sched_setscheduler(0, on ? SCHED_FIFO : SCHED_OTHER, &param);
}

/* Take all that was sent. */
static int drain(struct bench *b)
{
	unsigned int i;
	int err;

	for (i = 0; i < b->num; i++) {
		err = flow_settle(&b->flow[i], FLOW_STALL_MS);
		if (err == -ETIMEDOUT)
			bench_stalled(&b->o, &b->flow[i]);
		else if (err)
			return err;
	}
	return 0;
}

static u64 sum(const struct bench *b, const struct burst *burst)
{
	unsigned int i;
	u64 n = 0;

	for (i = 0; i < b->num; i++)
		n += burst->packets[i];
	return n;
}

/* Frames of the queue pair that had the fewest. */
static u64 least(const struct bench *b, const struct burst *burst)
{
	u64 n = burst->packets[0];
	unsigned int i;

	for (i = 1; i < b->num; i++)
		if (burst->packets[i] < n)
			n = burst->packets[i];
	return n;
}

static void print(const struct bench *b, const struct burst *burst, unsigned int number)
{
	double seconds = burst->ns / 1e9, pps = sum(b, burst) / seconds;
	double share = pps / b->num, slowest = least(b, burst) / seconds;

	if (b->o.json) {
		print_case(b, number);
		printf("\"bursts\": %u, \"seconds\": %.6f, \"packets\": %llu, \"pps\": %.0f, "
		       "\"share_pps\": %.0f, \"least_pps\": %.0f, ", burst->looked, seconds,
		       (unsigned long long)sum(b, burst), pps, share, slowest);
		print_errors(b);
		printf("}\n");
	} else {
		printf("round %u: %s: %u-byte frames: %.0f packets/s by the device alone "
		       "(%u bursts, %.0f the slowest of %u queue pairs)\n", number, b->o.label,
		       b->o.frame_size, pps, burst->looked, slowest, b->num);
	}
	fflush(stdout);
}

int burst_round(struct bench *b, double seconds, unsigned int number)
{
	u64 until = round_end(now_ns(), seconds);
	struct burst burst = { .ns = 0 };
	int err;

	while (!stopped() && now_ns() < until) {
		err = fill(b);
		if (err)
			return err;
		hurry(true);
		watch(b, &burst);
		hurry(false);
		err = drain(b);
		if (err)
			return err;
	}
	if (!burst.looked && !stopped())
		return -ERANGE;
	if (number)
		print(b, &burst, number);
	return 0;
}
