/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtqueue of a device, and who works on it.
 *
 * A transmit queue has a worker, a kernel thread that the doorbell wakes; what
 * comes after a pause is sent by a work item on the processor where the doorbell
 * was rung (poll.h). A receive queue has none: whoever sends fills it, in its own
 * context. The control virtqueue is served by a work item.
 *
 * The lock of a virtqueue is what makes everything else simple. Whoever holds
 * it may use the guest's memory through the ring; whoever takes and drops it
 * after having changed something (@live, an address space) knows that nobody
 * uses the old state any more. It is held for a batch, which is bounded in
 * frames and bytes, with bottom halves disabled.
 *
 * Order: transmit or control before receive, one of each at most. The index
 * tells them apart: receive queues are even (virtio 1.3, 5.1.2), as the control
 * virtqueue is, which takes those of its device.
 */
#ifndef _SDPU_SIM_VQ_H
#define _SDPU_SIM_VQ_H

#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "call.h"
#include "ctl.h"
#include "poll.h"
#include "vring.h"

struct sdpu_vdev;

/* Counters of a virtqueue: the fields of struct sdpu_ctrl_queue_stats. */
struct sdpu_vq_stats {
	u64 packets;
	u64 bytes;
	u64 gso_packets;
	u64 calls;
	u64 calls_suppressed;
	u64 calls_coalesced;
	u64 polls;
	u64 throttled;
	u64 batches;
	u64 drop_no_buffer;
	u64 drop_filter;
	u64 drop_down;
	u64 drop_bad;
	u64 drop_no_port;
	u64 broken;
};

#define SDPU_VQ_KICKED	0	/* struct sdpu_vq, @flags */

/**
 * struct sdpu_vq - a virtqueue
 * @lock: see above; protects what follows up to @flags
 * @vdev: the device
 * @index: of the queue
 * @created: the driver created it: @ring is valid
 * @enabled: the driver enabled it
 * @live: created, enabled, and the device runs: may be worked on
 * @ring: the ring
 * @chain: room for the chain that is being worked on; while @created
 * @stats: counters
 * @call: what the driver is told, and when
 * @flags: SDPU_VQ_KICKED; atomic bit operations, no lock
 * @kicks: doorbells
 * @worker: transmit queue: the thread; set before @live for the first time,
 *	there until the device is destroyed
 * @here: transmit queue: sends a batch on the processor where it was queued
 * @poll: transmit queue: how the worker waits for more
 * @work: control virtqueue
 */
struct sdpu_vq {
	spinlock_t lock;
	struct sdpu_vdev *vdev;
	u16 index;
	bool created;
	bool enabled;
	bool live;
	struct sdpu_vring ring;
	struct sdpu_chain *chain;
	struct sdpu_vq_stats stats;
	struct sdpu_call call;
	unsigned long flags;
	atomic64_t kicks;
	struct task_struct *worker;
	struct work_struct here;
	struct sdpu_poll poll;
	struct work_struct work;
};

static inline bool sdpu_vq_is_tx(u16 index)
{
	return index & 1;
}

struct sdpu_vq *sdpu_vq_alloc(struct sdpu_vdev *vdev, u16 index);
/* Stops the worker first. Nobody can find @vq any more. Context: may sleep. */
void sdpu_vq_free(struct sdpu_vq *vq);

/* SDPU_ST_*; starts a worker if the queue wants one. Context: fn->lock. */
u16 sdpu_vq_create(struct sdpu_vq *vq, const struct sdpu_vring_attrs *attrs,
		   struct sdpu_vring_as as, bool enable, bool is_cvq);
/* Lets go of the ring. Context: fn->lock. */
void sdpu_vq_destroy(struct sdpu_vq *vq, struct sdpu_ctl_queue_state *state);
void sdpu_vq_query(struct sdpu_vq *vq, struct sdpu_ctl_queue_state *state);
void sdpu_vq_enable(struct sdpu_vq *vq, bool enable);
/* Look again whether the queue may run, and if so work on what waits. */
void sdpu_vq_update(struct sdpu_vq *vq);
/* Forget translations, and use @as from now on. */
void sdpu_vq_forget(struct sdpu_vq *vq, struct sdpu_vring_as as);
/* Forget translations of @as, if it has any. Context: any but hard interrupt. */
void sdpu_vq_invalidate(struct sdpu_vq *vq, const struct sdpu_as *as);

/*
 * Work on the queue, and call its driver, on one of these processors, or with NULL on
 * any, until it is destroyed. A hint. Context: fn->lock.
 */
void sdpu_vq_set_affinity(struct sdpu_vq *vq, const struct cpumask *cpus);

/* There may be something to do. Context: any, interrupts may be off. */
void sdpu_vq_wake(struct sdpu_vq *vq);

/*
 * call.c: show the driver what was pushed, and interrupt it if it wants that. The
 * interrupt may be raised with vq->lock held. Context: vq->lock.
 */
void sdpu_vq_publish(struct sdpu_vq *vq);
/* The ring is broken: stop the device and say so. Context: vq->lock. */
void sdpu_vq_broken(struct sdpu_vq *vq);

/* tx.c: work on a transmit queue until it stays empty or @vq stops. Context: its worker. */
void sdpu_tx_run(struct sdpu_vq *vq);
/* Send a few frames: true if there is more. Context: process, beside the worker or not. */
bool sdpu_tx_here(struct sdpu_vq *vq);
/* cvq.c */
void sdpu_cvq_work(struct work_struct *work);

#endif /* _SDPU_SIM_VQ_H */
