/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long the worker of a transmit queue looks at its empty ring before it sleeps.
 *
 * To be woken costs the driver a kick and the next frame some time. Where that frame
 * comes soon, looking for it costs less; where it comes late, looking is in vain. How
 * long the last one was to be waited for tells which, so a device that is used now and
 * then does not look, and one that is idle costs nothing.
 */
#ifndef _SDPU_SIM_POLL_H
#define _SDPU_SIM_POLL_H

#include <linux/minmax.h>
#include <linux/types.h>

/* Microseconds that a worker looks at most, unless told otherwise, and what it can be told. */
#define SDPU_POLL_USECS		50
#define SDPU_POLL_USECS_MAX	1000

/* Nanoseconds that it looks at least, if at all. */
#define SDPU_POLL_NS_MIN	4000

/**
 * struct sdpu_poll - when a worker slept, and how long it looks; its own but for @woken
 * @ns: how long it looks
 * @asleep: when it had nothing to do; CLOCK_MONOTONIC, as @woken
 * @woken: when it was kicked; by whoever kicks, a word
 */
struct sdpu_poll {
	u64 ns;
	u64 asleep;
	u64 woken;
};

/*
 * It looked for @ns in vain and slept for @slept until it was kicked: how long to look
 * from now on, @limit at most. Twice what it would have taken, or not at all.
 */
static inline u64 sdpu_poll_next(u64 ns, u64 slept, u64 limit)
{
	if (slept > limit || ns + slept > limit)
		return 0;
	return min(limit, max_t(u64, 2 * (ns + slept), SDPU_POLL_NS_MIN));
}

#endif /* _SDPU_SIM_POLL_H */
