/* SPDX-License-Identifier: GPL-2.0-only */
/* Delivery into the receive queues of virtio-net devices, by whoever sends. */
#ifndef _SDPU_SIM_RX_H
#define _SDPU_SIM_RX_H

#include "frame.h"
#include "hash.h"

struct sdpu_port;
struct sdpu_vq;

/**
 * struct sdpu_rx - receiving end of a batch
 * @vq: receive queue that the batch has locked, or NULL; what was pushed to it
 *	is not shown to its driver yet
 * @steps: what receivers have cost so far, see struct sdpu_chain
 * @bad: a frame turned out not to be what its header says; its sender counts it, who
 *	clears this before each frame
 * @hash: of the frame that is being delivered, if its receiver wants one
 *
 * Consecutive frames to one queue take its lock once and are shown together.
 * Context of all of it: bottom halves disabled, RCU reader.
 */
struct sdpu_rx {
	struct sdpu_vq *vq;
	u32 steps;
	bool bad;
	struct sdpu_hash hash;
};

/*
 * Give @frame, or a copy that the receiver can understand, to the VF behind
 * @port. @hint: queue pair of the sender. Drops are counted where they occur.
 */
void sdpu_rx_deliver(struct sdpu_rx *rx, struct sdpu_port *port, const struct sdpu_frame *frame,
		     unsigned int hint);
/* Show what is pending and let go of the queue. */
void sdpu_rx_flush(struct sdpu_rx *rx);

#endif /* _SDPU_SIM_RX_H */
