/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls: the interrupts that tell a driver of used buffers (virtio 1.3, 2.7.10 and
 * 2.8.7), and how they are held back (5.1.6.5.9, "Notifications Coalescing").
 *
 * A call that the driver wants is owed from then on. It is made at once, or with
 * coalescing when so many packets have been shown or so much time has passed since,
 * whichever comes first. It is made where whoever finds it due is, unless the vector has
 * processors of its own: then by a work item on one of them.
 */
#ifndef _SDPU_SIM_CALL_H
#define _SDPU_SIM_CALL_H

#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "cvqcmd.h"

struct sdpu_vq;

/**
 * struct sdpu_call - calls of a virtqueue; under its lock, but for @coal, @timer and @there
 * @coal: how they are held back; written by the control virtqueue only, while both
 *	queues are there, and when the queue is created; read a word at a time
 * @owed: the driver wants one that has not been made
 * @since: packets of the queue when the call that is owed was put off
 * @shown: packets of the queue that its driver has been shown
 * @timer: makes the call that is owed; in softirq context, takes the queue's lock
 * @bound: calls are made on @cpus only
 * @cpus: the processors of the vector
 * @there: makes a call on one of @cpus as long as that is online; in softirq context, no lock
 */
struct sdpu_call {
	struct sdpu_coal coal;
	bool owed;
	u64 since;
	u64 shown;
	struct hrtimer timer;
	bool bound;
	cpumask_var_t cpus;
	struct work_struct there;
};

/* 0 or -ENOMEM. Context: may sleep. */
int sdpu_call_init(struct sdpu_call *call);
void sdpu_call_free(struct sdpu_call *call);
/* Make calls on one of these processors, with NULL on any. Context: may sleep, no lock. */
void sdpu_call_set_affinity(struct sdpu_vq *vq, const struct cpumask *cpus);
/* Hold calls back like that from now on; one that is owed is made soon. Context: cvq work. */
void sdpu_call_set(struct sdpu_call *call, struct sdpu_coal coal);
/* Make a call that is owed now: the queue stops. Context: vq->lock. */
void sdpu_call_settle(struct sdpu_vq *vq);
/* A queue is created: nothing is owed or held back. Context: vq->lock. */
void sdpu_call_reset(struct sdpu_call *call);
/* Nobody publishes any more: no call is made afterwards. Context: may sleep, no lock. */
void sdpu_call_stop(struct sdpu_call *call);

#endif /* _SDPU_SIM_CALL_H */
