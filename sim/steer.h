/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Automatic receive steering (virtio 1.3, 5.1.6.5.6): a driver with several queue
 * pairs that does not scale by hash gets the packets of a flow on the pair on which
 * it has sent others of that flow.
 */
#ifndef _SDPU_SIM_STEER_H
#define _SDPU_SIM_STEER_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "hash.h"

/* Flows that are told apart. Those that share a place share a pair: that costs only speed. */
#define SDPU_STEER_FLOWS	1024

/**
 * struct sdpu_steer - where the flows of a device go
 * @pair: by sdpu_flow_hash(): one more than the pair on which the flow was sent last, 0:
 *	none yet. Written by the device's transmit queues, read by whoever sends to it,
 *	without a lock.
 */
struct sdpu_steer {
	u8 pair[SDPU_STEER_FLOWS];
};

static inline void sdpu_steer_learn(struct sdpu_steer *steer, u32 flow, unsigned int pair)
{
	u8 *at = &steer->pair[flow % SDPU_STEER_FLOWS];

	/* almost always it is so already: the line stays with its readers */
	if (flow && READ_ONCE(*at) != pair + 1)
		WRITE_ONCE(*at, pair + 1);
}

/* The pair for a flow: less than @pairs, @hint if the driver has not said anything. */
static inline unsigned int sdpu_steer_pair(const struct sdpu_steer *steer, u32 flow,
					   unsigned int pairs, unsigned int hint)
{
	unsigned int pair = READ_ONCE(steer->pair[flow % SDPU_STEER_FLOWS]);

	return flow && pair && pair <= pairs ? pair - 1 : hint;
}

#endif /* _SDPU_SIM_STEER_H */
