/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who sends what comes next, and how long the worker of a transmit queue looks at its
 * empty ring before it sleeps.
 *
 * To be woken costs the driver a kick and the next frame some time. Where that frame
 * comes soon, looking for it costs less; where it comes late, looking is in vain. How
 * long the last one was to be waited for tells which, so a device that is used now and
 * then does not look, and one that is idle costs nothing.
 *
 * What comes after a pause may be a single frame that somebody waits for the answer of:
 * it is sent where it was kicked, because that takes less time than to wake a worker on
 * another processor. A stream is the worker's, then the two are used at once.
 */
#ifndef _SDPU_SIM_POLL_H
#define _SDPU_SIM_POLL_H

#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/types.h>

/* Microseconds that a worker looks at most, unless told otherwise, and what it can be told. */
#define SDPU_POLL_USECS		50
#define SDPU_POLL_USECS_MAX	1000

/* Likewise, of a VF: what its card was told. */
#define SDPU_POLL_AS_CARD	UINT_MAX

/* Nanoseconds that it looks at least, if at all. */
#define SDPU_POLL_NS_MIN	4000

/* Nanoseconds without a frame that are a pause. */
#define SDPU_POLL_PAUSE_NS	50000

/**
 * struct sdpu_poll - when there was nothing to do, and how long a worker looks
 * @ns: how long it looks; the worker's own
 * @idle: since when there is nothing to do, SDPU_POLL_BUSY while the worker runs;
 *	CLOCK_MONOTONIC, as @kicked. A word
 * @kicked: when there was something to do again; by whoever kicks, a word
 */
struct sdpu_poll {
	u64 ns;
	s64 idle;
	s64 kicked;
};

#define SDPU_POLL_BUSY		S64_MAX

/* Was there a pause before this kick? */
static inline bool sdpu_poll_paused(const struct sdpu_poll *poll, s64 now)
{
	return now - READ_ONCE(poll->idle) > SDPU_POLL_PAUSE_NS;
}

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
