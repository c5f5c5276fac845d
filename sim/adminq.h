/* SPDX-License-Identifier: GPL-2.0-only */
/* The card's end of the admin queue and the event queue. */
#ifndef _SDPU_SIM_ADMINQ_H
#define _SDPU_SIM_ADMINQ_H

#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <softdpu/ctrl.h>

struct sdpu_function;

/**
 * struct sdpu_aq - admin queue
 * @work: serves the ring
 * @sq: submission ring, NULL while the function is disabled
 * @cq: completion ring
 * @log: log2 of their entries
 * @head: commands taken, free-running
 * @cq_tail: completions given, free-running
 * @doorbell: tail that the driver rang last, free-running; no lock
 *
 * All but @doorbell under sdpu_function.lock.
 */
struct sdpu_aq {
	struct work_struct work;
	const struct sdpu_ctrl_cmd *sq;
	struct sdpu_ctrl_cqe *cq;
	u8 log;
	u16 head;
	u16 cq_tail;
	u16 doorbell;
};

/**
 * struct sdpu_eq - event queue
 * @lock: protects what follows but @head; innermost
 * @ring: NULL while the function is disabled
 * @log: log2 of its entries
 * @tail: events given, free-running
 * @overflow: one was lost and the driver does not know yet
 * @head: events that the driver has taken, free-running; no lock
 */
struct sdpu_eq {
	spinlock_t lock;
	struct sdpu_ctrl_event *ring;
	u8 log;
	u16 tail;
	bool overflow;
	u16 head;
};

void sdpu_aq_init(struct sdpu_function *fn);
/* Check the ring registers and start: SDPU_FAIL_*. Context: fn->lock. */
u8 sdpu_aq_start(struct sdpu_function *fn);
/* Give a completion. Context: fn->lock, the function is ready. */
void sdpu_aq_complete(struct sdpu_function *fn, const struct sdpu_ctrl_cqe *result);
/* Neither ring is touched afterwards. Context: fn->lock. */
void sdpu_aq_stop(struct sdpu_function *fn);
/* The driver rang SDPU_DB_SQ or SDPU_DB_EQ. Context: any. */
void sdpu_aq_doorbell(struct sdpu_function *fn, u16 tail);
void sdpu_eq_doorbell(struct sdpu_function *fn, u16 head);
/* Tell the driver. Context: any but hard interrupt. */
void sdpu_eq_post(struct sdpu_function *fn, u16 type, u16 index, u64 data);

#endif /* _SDPU_SIM_ADMINQ_H */
