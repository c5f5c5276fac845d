// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests: who waits, timeouts, late completions, dead cards.
 *
 * Objects
 *
 * A struct sdpu_req is one command. It is born with one reference, the
 * waiter's. sdpu_req_post() gives a second one to the queue, which keeps it as
 * owner of a tag. The queue lets go when the completion of that tag comes, or
 * when the card has been declared dead, or when the function is closed. So the
 * waiter can leave at any time and a completion, however late, always finds
 * memory to write into; nothing of a command is ever on a stack. @done of a
 * request is completed exactly once, by whoever takes its tag away, after
 * result and reply were written under the lock.
 *
 * A request that timed out keeps its tag: were the tag used again, a late
 * completion would be taken for one of the next command, and a slot that the
 * card has not looked at yet would be overwritten. A card that answers too
 * late gets its tags back one by one, a card that never answers is declared
 * dead after SDPU_REQ_MAX_TIMEOUTS commands in a row, and one that has lost so
 * many completions that no tag is left after having waited for one.
 *
 * Dead is for good: every command in flight, and every later one, fails with
 * -ENODEV. Only sdpu_ctrl_close() and a new sdpu_ctrl_open(), which resets the
 * function, get out of it. Memory that a dead card might still write to (the
 * rings, buffers for counters) is freed by the former, after the reset.
 *
 * Locks, in the order in which they are taken
 *
 *   post_lock (mutex)   taken in process context, held while waiting for room
 *     lock (spinlock)   bottom halves off
 *
 * Locks of the card may be held when the interrupt handler is called, and the
 * handler takes "lock": that makes the order (locks of the card) -> lock. So
 * "lock" is never held over a call into the transport, and the doorbell is
 * rung under post_lock instead, which the handler never takes. Registers are
 * read with post_lock or nothing held.
 *
 * Clients may hold their own mutexes, the RTNL among them, when they call in.
 * Nothing here calls out, but for sdpu_events_irq() and the client's
 * queue_irq, see ctrl.c, which are called without our locks, and the client's
 * died, which may be called under post_lock.
 *
 * Contexts
 *
 * sdpu_requests_irq() runs with bottom halves disabled, in whatever context
 * the card raises its interrupt in. All other functions sleep.
 */
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "internal.h"
#include "trace.h"

/*
 * How long a command may take. Those that wait until nobody reads a mapping or
 * serves a queue any more depend on what other CPUs do; the others just copy a
 * few bytes. Both are far above what a healthy card needs on a loaded host.
 */
#define SDPU_REQ_TIMEOUT_STATE	(10 * HZ)
#define SDPU_REQ_TIMEOUT_QUICK	(5 * HZ)

/* How often a waiter looks whether the card is still there. */
#define SDPU_REQ_POLL		(HZ / 10)

/* Timeouts in a row that a card may have before it counts as dead. */
#define SDPU_REQ_MAX_TIMEOUTS	4

static unsigned long sdpu_req_timeout(u16 opcode)
{
	switch (opcode) {
	case SDPU_OP_IDENTIFY:
	case SDPU_OP_STATS:
	case SDPU_OP_PORT_SET:
	case SDPU_OP_PORT_FILTER:
	case SDPU_OP_VF_LINK:
	case SDPU_OP_VF_MAC:
	case SDPU_OP_VF_RATE:
	case SDPU_OP_GROUP_RATE:
	case SDPU_OP_VF_POLICY:
		return SDPU_REQ_TIMEOUT_QUICK;
	default:
		return SDPU_REQ_TIMEOUT_STATE;
	}
}

static void sdpu_req_free(struct kref *ref)
{
	kfree(container_of(ref, struct sdpu_req, ref));
}

/**
 * sdpu_req_put - drop a reference
 * @req: the request, may be gone afterwards
 *
 * Context: any.
 */
void sdpu_req_put(struct sdpu_req *req)
{
	kref_put(&req->ref, sdpu_req_free);
}

/**
 * sdpu_req_alloc - make a request
 * @opcode: SDPU_OP_*
 * @in: input, copied
 * @in_len: bytes of @in
 *
 * Context: may sleep.
 * Return: a request with one reference, or an ERR_PTR().
 */
struct sdpu_req *sdpu_req_alloc(u16 opcode, const void *in, size_t in_len)
{
	struct sdpu_req *req;

	if (WARN_ON_ONCE(in_len > sizeof(req->in)))
		return ERR_PTR(-EINVAL);

	req = kzalloc(sizeof(*req), GFP_KERNEL);
	if (!req)
		return ERR_PTR(-ENOMEM);

	kref_init(&req->ref);
	INIT_LIST_HEAD(&req->node);
	init_completion(&req->done);
	req->opcode = opcode;
	req->in_len = in_len;
	if (in_len)
		memcpy(req->in, in, in_len);

	return req;
}

/* The tag of @req is free: tell the waiter, let go of the queue's reference. */
static void sdpu_req_finish_locked(struct sdpu_requests *rq, struct sdpu_req *req, int result)
{
	lockdep_assert_held(&rq->lock);

	req->queued = false;
	req->result = result;
	complete(&req->done);
	wake_up(&rq->room);
	sdpu_req_put(req);
}

/**
 * sdpu_requests_kill - the card is dead: fail what is in flight, and all to come
 * @ctrl: whose card
 * @why: for the log, or NULL
 *
 * Context: may sleep.
 */
void sdpu_requests_kill(struct sdpu_ctrl *ctrl, const char *why)
{
	struct sdpu_requests *rq = &ctrl->requests;
	struct sdpu_req *req;
	bool first;

	spin_lock_bh(&rq->lock);
	first = !rq->dead;
	WRITE_ONCE(rq->dead, true);
	while ((req = sdpu_ring_release_any(&rq->ring)))
		sdpu_req_finish_locked(rq, req, -ENODEV);
	spin_unlock_bh(&rq->lock);

	wake_up_all(&rq->room);
	if (!first || !why)
		return;
	dev_err(sdpu_ctrl_dev(ctrl), "control path is dead: %s (state register %#x)\n", why,
		sdpu_ctrl_read(ctrl, SDPU_REG_STATE));
	if (ctrl->client->died)
		ctrl->client->died(ctrl->priv);
}

/**
 * sdpu_requests_check_card - look whether the card is still there
 * @ctrl: whose card
 *
 * Context: may sleep.
 * Return: whether it is. If not, nothing is in flight any more.
 */
bool sdpu_requests_check_card(struct sdpu_ctrl *ctrl)
{
	if (READ_ONCE(ctrl->requests.dead))
		return false;

	if (sdpu_ctrl_read(ctrl, SDPU_REG_MAGIC) != SDPU_CTRL_MAGIC) {
		/* not a word in the log: somebody took the card away, as is their right */
		sdpu_requests_kill(ctrl, NULL);
		return false;
	}

	if ((sdpu_ctrl_read(ctrl, SDPU_REG_STATE) & 0xff) != SDPU_STATE_READY) {
		sdpu_requests_kill(ctrl, "the card left the ready state");
		return false;
	}

	return true;
}

static bool sdpu_requests_room(struct sdpu_requests *rq)
{
	bool room;

	spin_lock_bh(&rq->lock);
	room = rq->dead || !sdpu_ring_full(&rq->ring);
	spin_unlock_bh(&rq->lock);

	return room;
}

/*
 * With post_lock held nobody else takes what gets free: after the longest time
 * that a command may take, every one in flight has taken too long.
 */
static int sdpu_requests_wait_room(struct sdpu_ctrl *ctrl)
{
	struct sdpu_requests *rq = &ctrl->requests;
	unsigned long deadline = jiffies + SDPU_REQ_TIMEOUT_STATE;

	lockdep_assert_held(&rq->post_lock);

	while (!wait_event_timeout(rq->room, sdpu_requests_room(rq), SDPU_REQ_POLL)) {
		if (!sdpu_requests_check_card(ctrl))
			return -ENODEV;
		if (time_after(jiffies, deadline)) {
			sdpu_requests_kill(ctrl, "it answers none of many commands");
			return -ENODEV;
		}
	}

	return 0;
}

/**
 * sdpu_req_post - hand a command to the card
 * @ctrl: whose card
 * @req: not posted before
 *
 * Waits for room if as many commands as the rings hold are in flight. If it
 * fails, the caller still has its reference, and sdpu_req_wait() must not be
 * called.
 *
 * Context: may sleep.
 * Return: 0, or -ENODEV when the card is gone, or gave no room for too long.
 */
int sdpu_req_post(struct sdpu_ctrl *ctrl, struct sdpu_req *req)
{
	struct sdpu_requests *rq = &ctrl->requests;
	struct sdpu_ring_cmd cmd = {
		.opcode = req->opcode,
		.len = req->in_len,
		.in = req->in,
		.buf = req->buf,
		.owner = req,
	};
	int ret;

	mutex_lock(&rq->post_lock);
	ret = sdpu_requests_wait_room(ctrl);
	if (ret)
		goto unlock;

	spin_lock_bh(&rq->lock);
	/* nobody else posts, so there is room still, unless the card has died */
	ret = rq->dead ? -ENODEV : sdpu_ring_post(&rq->ring, &cmd);
	if (ret >= 0) {
		kref_get(&req->ref);
		req->queued = true;
		/* the card's time: how long we waited for room is not its business */
		req->deadline = jiffies + sdpu_req_timeout(req->opcode);
		req->posted = ktime_get();
		/* before the doorbell: the completion must not be traced first */
		trace_sdpu_cmd(ctrl, req, ret);
	}
	spin_unlock_bh(&rq->lock);
	if (ret < 0)
		goto unlock;

	/* post_lock keeps the tail still */
	ctrl->xp->ops->doorbell(ctrl->xp, SDPU_DB_SQ, sdpu_ring_tail(&rq->ring));
	ret = 0;
unlock:
	mutex_unlock(&rq->post_lock);

	return ret;
}

/* Nobody waits any longer, unless the completion came in this very moment. */
static int sdpu_req_abandon(struct sdpu_ctrl *ctrl, struct sdpu_req *req)
{
	struct sdpu_requests *rq = &ctrl->requests;
	bool hopeless = false;
	int ret;

	spin_lock_bh(&rq->lock);
	if (req->queued) {
		req->abandoned = true;
		rq->timeouts_total++;
		WRITE_ONCE(rq->timeouts, rq->timeouts + 1);
		hopeless = rq->timeouts >= SDPU_REQ_MAX_TIMEOUTS;
		ret = -ETIMEDOUT;
	} else {
		ret = req->result;
	}
	spin_unlock_bh(&rq->lock);

	if (ret == -ETIMEDOUT)
		dev_warn_ratelimited(sdpu_ctrl_dev(ctrl), "command %#06x timed out\n",
				     req->opcode);
	if (hopeless)
		sdpu_requests_kill(ctrl, "it does not answer");

	return ret;
}

/**
 * sdpu_req_wait - wait for the completion of a command
 * @ctrl: whose card
 * @req: posted
 *
 * Context: may sleep.
 * Return: what sdpu_status_to_errno() makes of the status, -EIO if the
 * completion was malformed, -ETIMEDOUT, or -ENODEV when the card is gone.
 */
int sdpu_req_wait(struct sdpu_ctrl *ctrl, struct sdpu_req *req)
{
	while (!wait_for_completion_timeout(&req->done, SDPU_REQ_POLL)) {
		if (!sdpu_requests_check_card(ctrl))
			continue;	/* all in flight were failed: @done comes */
		if (time_after(jiffies, req->deadline))
			return sdpu_req_abandon(ctrl, req);
	}

	return req->result;
}

/**
 * sdpu_req_in_flight - could the card still work on a command?
 * @ctrl: whose card
 * @req: posted before
 *
 * Context: may sleep.
 */
bool sdpu_req_in_flight(struct sdpu_ctrl *ctrl, struct sdpu_req *req)
{
	bool queued;

	spin_lock_bh(&ctrl->requests.lock);
	queued = req->queued;
	spin_unlock_bh(&ctrl->requests.lock);

	return queued;
}

static void sdpu_requests_complete_locked(struct sdpu_ctrl *ctrl, const struct sdpu_ctrl_cqe *cqe,
					  enum sdpu_cqe_fault fault)
{
	struct sdpu_requests *rq = &ctrl->requests;
	struct sdpu_req *req = sdpu_ring_release(&rq->ring, le16_to_cpu(cqe->tag));
	int result = -EIO;

	lockdep_assert_held(&rq->lock);

	trace_sdpu_completion(ctrl, req, cqe);
	if (fault == SDPU_CQE_OK) {
		WRITE_ONCE(rq->timeouts, 0);
		req->reply_len = le16_to_cpu(cqe->len);
		memcpy(req->reply, cqe->payload, sizeof(req->reply));
		result = sdpu_status_to_errno(le16_to_cpu(cqe->status));
	}
	if (req->abandoned)
		rq->late++;

	sdpu_req_finish_locked(rq, req, result);
}

/* Return: whether there was a completion to look at. */
static bool sdpu_requests_take_locked(struct sdpu_ctrl *ctrl)
{
	struct sdpu_requests *rq = &ctrl->requests;
	struct sdpu_ctrl_cqe cqe;
	enum sdpu_cqe_fault fault;

	lockdep_assert_held(&rq->lock);

	if (!sdpu_ring_next(&rq->ring, &cqe))
		return false;

	fault = sdpu_cqe_check(&rq->ring, &cqe);
	if (fault != SDPU_CQE_OK) {
		rq->faults[fault]++;
		dev_warn_ratelimited(sdpu_ctrl_dev(ctrl),
				     "bad completion (fault %u): opcode %#06x tag %#06x len %u\n",
				     fault, le16_to_cpu(cqe.opcode), le16_to_cpu(cqe.tag),
				     le16_to_cpu(cqe.len));
	}
	if (fault != SDPU_CQE_TAG && fault != SDPU_CQE_OPCODE)
		sdpu_requests_complete_locked(ctrl, &cqe, fault);

	return true;
}

/**
 * sdpu_requests_irq - SDPU_VEC_AQ fired
 * @ctrl: whose card
 *
 * Context: bottom halves disabled, locks of the card held.
 */
void sdpu_requests_irq(struct sdpu_ctrl *ctrl)
{
	struct sdpu_requests *rq = &ctrl->requests;
	unsigned int n;

	spin_lock(&rq->lock);
	/* a card that lies about phases must not keep us here */
	for (n = 0; n < rq->ring.size && !rq->dead; n++) {
		if (!sdpu_requests_take_locked(ctrl))
			break;
	}
	spin_unlock(&rq->lock);
}

/**
 * sdpu_requests_init - set up an empty queue
 * @ctrl: whose queue
 * @log: log2 of entries
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_requests_init(struct sdpu_ctrl *ctrl, unsigned int log)
{
	struct sdpu_requests *rq = &ctrl->requests;

	mutex_init(&rq->post_lock);
	spin_lock_init(&rq->lock);
	init_waitqueue_head(&rq->room);

	return sdpu_ring_init(&rq->ring, ctrl->xp, log);
}

/**
 * sdpu_requests_exit - let go of what a card never completed, free the rings
 * @ctrl: the function is disabled, the interrupt handler detached
 *
 * Context: may sleep.
 */
void sdpu_requests_exit(struct sdpu_ctrl *ctrl)
{
	sdpu_requests_kill(ctrl, NULL);
	sdpu_ring_exit(&ctrl->requests.ring);
	mutex_destroy(&ctrl->requests.post_lock);
}
