/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests: one command, from posting to its completion. See request.c. */
#ifndef _SDPU_DRV_REQUEST_H
#define _SDPU_DRV_REQUEST_H

#include <linux/completion.h>
#include <linux/ktime.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "ring.h"

struct sdpu_ctrl;

/**
 * struct sdpu_req - a command and its reply
 * @ref: one reference of the waiter, one of the queue while the command is in
 *	flight
 * @node: belongs to the waiter, who may keep requests in a list
 * @done: completed exactly once, after the fields below have been written
 * @opcode: SDPU_OP_*
 * @in_len: bytes of @in
 * @buf: DMA address for out-of-line output, or zero
 * @in: input, copied
 * @posted: when the card was told
 * @deadline: in jiffies, when the waiter gives up
 * @queued: holds a tag; protected by the queue's lock
 * @abandoned: the waiter gave up; protected by the queue's lock
 * @result: 0 or a negative errno; valid after @done
 * @reply_len: bytes of @reply; valid after @done
 * @reply: output, copied; valid after @done
 */
struct sdpu_req {
	struct kref ref;
	struct list_head node;
	struct completion done;
	u16 opcode;
	u16 in_len;
	u64 buf;
	u8 in[SDPU_CTRL_PAYLOAD];
	ktime_t posted;
	unsigned long deadline;
	bool queued;
	bool abandoned;
	int result;
	u16 reply_len;
	u8 reply[SDPU_CTRL_PAYLOAD];
};

/**
 * struct sdpu_requests - the queue: requests in flight of one function
 * @post_lock: taken by whoever posts, over slot, tail and doorbell, so that
 *	the card sees the tail move forward only
 * @lock: protects everything below but @room; taken in the interrupt handler
 * @ring: rings and tags; an owner of a tag is a struct sdpu_req
 * @dead: the card is gone or beyond help; set once. Read without the lock
 *	where a late answer does no harm.
 * @timeouts: commands that timed out since the last good completion
 * @timeouts_total: commands that timed out
 * @late: completions of commands whose waiter had gone
 * @faults: completions thrown away or failed, by kind
 * @room: woken when a tag becomes free or @dead is set
 */
struct sdpu_requests {
	struct mutex post_lock;	/* order of tail and doorbell */
	spinlock_t lock;	/* of the fields below */
	struct sdpu_ring ring;
	bool dead;
	unsigned int timeouts;
	u64 timeouts_total;
	u64 late;
	u64 faults[SDPU_CQE_FAULTS];
	wait_queue_head_t room;
};

int sdpu_requests_init(struct sdpu_ctrl *ctrl, unsigned int log);
void sdpu_requests_exit(struct sdpu_ctrl *ctrl);
void sdpu_requests_irq(struct sdpu_ctrl *ctrl);
void sdpu_requests_kill(struct sdpu_ctrl *ctrl, const char *why);
bool sdpu_requests_check_card(struct sdpu_ctrl *ctrl);

struct sdpu_req *sdpu_req_alloc(u16 opcode, const void *in, size_t in_len);
void sdpu_req_put(struct sdpu_req *req);
int sdpu_req_post(struct sdpu_ctrl *ctrl, struct sdpu_req *req);
int sdpu_req_wait(struct sdpu_ctrl *ctrl, struct sdpu_req *req);
bool sdpu_req_in_flight(struct sdpu_ctrl *ctrl, struct sdpu_req *req);

#endif /* _SDPU_DRV_REQUEST_H */
