/* SPDX-License-Identifier: GPL-2.0-only */
/* The event ring. See event.c. */
#ifndef _SDPU_DRV_EVENT_H
#define _SDPU_DRV_EVENT_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct sdpu_ctrl;
struct sdpu_ctrl_event;

/**
 * struct sdpu_events - event ring of a function
 * @ring: the ring, written by the card
 * @dma: where the card finds it
 * @head: events taken, free-running; only the work item touches it
 * @size: entries, a power of two
 * @bad: events thrown away; written by the work item only
 * @wq: runs @work, and nothing else, so that a client may sleep for long
 * @work: takes events out of the ring; never runs concurrently with itself
 */
struct sdpu_events {
	struct sdpu_ctrl_event *ring;
	u64 dma;
	u16 head;
	u16 size;
	u64 bad;
	struct workqueue_struct *wq;
	struct work_struct work;
};

int sdpu_events_init(struct sdpu_ctrl *ctrl, unsigned int log);
void sdpu_events_exit(struct sdpu_ctrl *ctrl);
void sdpu_events_program(struct sdpu_ctrl *ctrl);
void sdpu_events_stop(struct sdpu_ctrl *ctrl);
void sdpu_events_irq(struct sdpu_ctrl *ctrl);

#endif /* _SDPU_DRV_EVENT_H */
