// SPDX-License-Identifier: GPL-2.0-only
/* Who sends, and how long a worker looks before it sleeps (sim/poll.h). */
#include "../../sim/poll.h"
#include "tap.h"

#define MAX	50000

/* Frames that come every @gap ns: how long it looks after many of them. */
static u64 settled(u64 gap, u64 max)
{
	u64 ns = 0;
	int i;

	for (i = 0; i < 100; i++) {
		/* found while it looked: then it did not sleep */
		if (gap > ns)
			ns = sdpu_poll_next(ns, gap - ns, max);
	}
	return ns;
}

int main(void)
{
	u64 gap, ns, max;
	bool good;

	good = true;
	for (gap = 0; gap <= MAX / 2; gap += 100)
		good &= settled(gap, MAX) >= gap;
	tap_ok(good, "frames that come soon are found by looking");

	good = true;
	for (gap = MAX + 1; gap < 20 * MAX; gap += 777)
		good &= settled(gap, MAX) == 0;
	good &= settled(~0ull, MAX) == 0;
	/* it had looked for others */
	good &= sdpu_poll_next(MAX / 2, MAX / 2 + 1, MAX) == 0;
	good &= sdpu_poll_next(MAX, ~0ull, MAX) == 0;
	tap_ok(good, "for frames that come late nobody looks");

	good = true;
	for (max = 0; max <= MAX; max += 250)
		for (ns = 0; ns <= max; ns += 500)
			for (gap = 0; gap < 2 * MAX; gap += 500)
				good &= sdpu_poll_next(ns, gap, max) <= max;
	tap_ok(good, "it never looks longer than it may");

	tap_ok(!settled(0, 0) && !settled(100, 0) && !sdpu_poll_next(MAX, 0, 0),
	       "with a limit of 0 it never looks");
	tap_ok(sdpu_poll_next(0, 10, MAX) == SDPU_POLL_NS_MIN &&
	       sdpu_poll_next(0, 10, 1000) == 1000,
	       "it looks no shorter than makes sense, if it may look so long");
	tap_ok(sdpu_poll_next(0, 10000, MAX) == 20000 && sdpu_poll_next(10000, 15000, MAX) == MAX,
	       "it looks twice as long as it would have taken");

	good = true;
	for (gap = 0; gap <= SDPU_POLL_PAUSE_NS; gap += 500)
		good &= !sdpu_poll_paused(&(struct sdpu_poll){ .idle = 1000 }, 1000 + gap);
	for (gap = SDPU_POLL_PAUSE_NS + 1; gap < 20 * SDPU_POLL_PAUSE_NS; gap += 777)
		good &= sdpu_poll_paused(&(struct sdpu_poll){ .idle = 1000 }, 1000 + gap);
	good &= sdpu_poll_paused(&(struct sdpu_poll){}, SDPU_POLL_PAUSE_NS + 1);
	tap_ok(good, "what comes after a pause is told from a stream");
	tap_ok(!sdpu_poll_paused(&(struct sdpu_poll){ .idle = SDPU_POLL_BUSY }, S64_MAX / 2),
	       "and is the worker's while it runs");
	return tap_done();
}
