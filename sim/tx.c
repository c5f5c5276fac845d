// SPDX-License-Identifier: GPL-2.0-only
/* Transmit queues: take frames in batches and forward them. */
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/stat.h>

#include "card.h"
#include "forward.h"
#include "function.h"
#include "guard.h"
#include "rate.h"
#include "vdev.h"

/*
 * What one batch may do before it lets go of the lock and lets others run: the
 * locks that it holds keep bottom halves off and an invalidation waiting.
 */
#define SDPU_TX_BATCH_FRAMES	64
#define SDPU_TX_BATCH_BYTES	(256 * 1024)

/* What is sent where it was kicked at most, ahead of everybody else: then the worker goes on. */
#define SDPU_TX_HERE_FRAMES	4

/* As how many bytes a step through a chain counts, the sender's or a receiver's. */
#define SDPU_TX_STEP_BYTES	128

/* Who waits for a rate looks so often whether it is still the same, and may wake so late. */
#define SDPU_TX_NAP_NS		(100 * NSEC_PER_MSEC)
#define SDPU_TX_SLACK_NS	(50 * NSEC_PER_USEC)

/* As sdpu_tx_frame(), if the administrator wants something of the VF. */
static noinline u32 sdpu_tx_guarded(struct sdpu_vq *vq, struct sdpu_fwd *fwd, u32 policy,
				    const struct sdpu_frame *frame)
{
	struct sdpu_edit edit;
	u32 copies;

	fwd->rx.bad = false;
	if (!sdpu_guard_sent(fwd->from, policy, &edit, frame)) {
		vq->stats.drop_filter++;
		return 1;
	}
	copies = sdpu_fwd_frame(fwd, &edit.frame);
	sdpu_edit_end(&edit);
	return copies;
}

/* Send @frame: how often it was copied. */
static u32 sdpu_tx_frame(struct sdpu_vq *vq, struct sdpu_fwd *fwd, const struct sdpu_frame *frame)
{
	u32 policy = READ_ONCE(fwd->from->policy), copies;

	if (unlikely(policy & SDPU_POLICY_SENT))
		copies = sdpu_tx_guarded(vq, fwd, policy, frame);
	else
		copies = sdpu_fwd_frame(fwd, frame);
	vq->stats.packets++;
	vq->stats.bytes += frame->len;
	vq->stats.gso_packets += sdpu_hdr_is_gso(&frame->hdr);
	if (!copies)
		vq->stats.drop_no_port++;
	if (unlikely(fwd->rx.bad))
		vq->stats.drop_bad++;
	return copies;
}

/*
 * Take one chain and send what is in it: bytes copied, at least 1, or 0 if there was none.
 * @frame is for its use: on the stack here it would be cleared each time.
 */
static u32 sdpu_tx_one(struct sdpu_vq *vq, struct sdpu_fwd *fwd, struct sdpu_frame *frame)
{
	struct sdpu_chain *chain = vq->chain;
	u32 copies = 0;
	int err;

	if (!sdpu_vring_pop(&vq->ring, chain))
		return 0;
	fwd->rx.steps += chain->steps;
	err = sdpu_frame_from_chain(frame, chain, vq->vdev->features);
	if (err == -EPROTO) {
		sdpu_vring_break(&vq->ring, SDPU_BROKEN_HEADER);
		return 0;
	}
	if (err) {
		vq->stats.drop_bad++;
	} else {
		sdpu_vdev_sent(vq->vdev, frame, vq->index / 2);
		copies = sdpu_tx_frame(vq, fwd, frame);
	}
	sdpu_vring_push(&vq->ring, chain->head, 0);
	return copies ? copies * frame->len : 1;
}

static bool sdpu_tx_limited(const struct sdpu_function *fn)
{
	return unlikely(READ_ONCE(fn->rate.limited));
}

/* Nanoseconds until the VF may send. */
static u64 sdpu_tx_wait(struct sdpu_function *fn)
{
	struct sdpu_rates *rates = sdpu_card_rates(fn->card);
	u64 ns;

	if (!sdpu_tx_limited(fn))
		return 0;
	spin_lock_bh(&rates->lock);
	ns = sdpu_rate_wait(rates, &fn->rate, ktime_get_ns());
	spin_unlock_bh(&rates->lock);
	return ns;
}

/* Bytes that one batch may copy. Context: bottom halves disabled. */
static u32 sdpu_tx_room(struct sdpu_function *fn)
{
	struct sdpu_rates *rates = sdpu_card_rates(fn->card);
	u32 room;

	if (!sdpu_tx_limited(fn))
		return SDPU_TX_BATCH_BYTES;
	spin_lock(&rates->lock);
	room = sdpu_rate_room(rates, &fn->rate, SDPU_TX_BATCH_BYTES);
	spin_unlock(&rates->lock);
	return room;
}

/* The VF has sent so much. Context: bottom halves disabled. */
static void sdpu_tx_take(struct sdpu_function *fn, u32 bytes)
{
	struct sdpu_rates *rates = sdpu_card_rates(fn->card);

	if (!sdpu_tx_limited(fn))
		return;
	spin_lock(&rates->lock);
	sdpu_rate_take(rates, &fn->rate, ktime_get_ns(), bytes);
	spin_unlock(&rates->lock);
}

/*
 * Send until the ring is empty or the budget is used up, @most frames: true if there is
 * more. That is @room bytes, copied. With @sleepy the driver is asked for a kick when the
 * ring is empty.
 */
static bool sdpu_tx_fill_batch(struct sdpu_vq *vq, struct sdpu_fwd *fwd, u32 most, u32 room,
			       bool sleepy)
{
	u32 frames = 0, bytes = 0, n;
	struct sdpu_frame frame;

	sdpu_vring_kicks_off(&vq->ring);
	while (frames < most &&
	       bytes + fwd->rx.steps * SDPU_TX_STEP_BYTES < room) {
		n = sdpu_tx_one(vq, fwd, &frame);
		if (n) {
			frames++;
			bytes += n;
			continue;
		}
		/* empty, or broken: then kicks_on finds nothing either */
		return sleepy && sdpu_vring_kicks_on(&vq->ring);
	}
	return true;
}

static bool sdpu_tx_batch(struct sdpu_vq *vq, u32 most, bool sleepy)
{
	struct sdpu_function *fn = vq->vdev->fn;
	struct sdpu_fwd fwd;
	bool more = false;
	u64 sent;
	u32 room;

	local_bh_disable();
	rcu_read_lock();
	sdpu_fwd_begin(&fwd, fn->card, &fn->port, vq->index / 2);
	room = sdpu_tx_room(fn);
	spin_lock(&vq->lock);
	sent = vq->stats.bytes;
	if (vq->live && !READ_ONCE(vq->vdev->broken)) {
		more = sdpu_tx_fill_batch(vq, &fwd, most, room, sleepy);
		/* receivers first: what they see must not be older than its sender's view */
		sdpu_fwd_flush(&fwd);
		sdpu_vq_publish(vq);
		if (vq->ring.broken) {
			sdpu_vq_broken(vq);
			more = false;
		}
	}
	sent = vq->stats.bytes - sent;
	spin_unlock(&vq->lock);
	sdpu_tx_take(fn, sent);
	sdpu_fwd_end(&fwd);
	rcu_read_unlock();
	local_bh_enable();
	return more;
}

/* Is there something in the ring, if only something wrong? */
static bool sdpu_tx_pending(struct sdpu_vq *vq)
{
	bool pending;

	spin_lock_bh(&vq->lock);
	pending = vq->live && (sdpu_vring_pending(&vq->ring) || vq->ring.broken);
	vq->stats.polls += pending;
	spin_unlock_bh(&vq->lock);
	return pending;
}

/*
 * The ring is empty and the driver was not asked for a kick. Look for more, as long as
 * nobody else wants the processor: true if there is some.
 */
static bool sdpu_tx_look(struct sdpu_vq *vq, u64 ns)
{
	u64 until = ktime_get_ns() + ns;

	do {
		if (sdpu_tx_pending(vq))
			return true;
		cpu_relax();
	} while (!need_resched() && single_task_running() && ktime_get_ns() < until);
	return false;
}

/* Nanoseconds that the worker may look: it can be told otherwise at any time. */
static u64 sdpu_tx_look_limit(const struct sdpu_vq *vq)
{
	return (u64)sdpu_function_poll_usecs(vq->vdev->fn) * NSEC_PER_USEC;
}

/* Sleep until the VF may send: false if the worker is to stop. */
static bool sdpu_tx_wait_turn(struct sdpu_vq *vq)
{
	bool waited = false;
	ktime_t nap;
	u64 ns;

	while ((ns = sdpu_tx_wait(vq->vdev->fn))) {
		nap = min_t(u64, ns, SDPU_TX_NAP_NS);
		waited = true;
		set_current_state(TASK_IDLE);
		if (kthread_should_stop()) {
			__set_current_state(TASK_RUNNING);
			return false;
		}
		schedule_hrtimeout_range(&nap, SDPU_TX_SLACK_NS, HRTIMER_MODE_REL);
	}
	/* nobody else counts this */
	if (waited)
		WRITE_ONCE(vq->stats.throttled, vq->stats.throttled + 1);
	return true;
}

/* A driver can keep this busy for as long as it likes: nobody may have to wait for its end. */
void sdpu_tx_run(struct sdpu_vq *vq)
{
	struct sdpu_poll *poll = &vq->poll;
	/* a kick from before it slept, or one that has not said yet when it came: not at all */
	s64 slept = READ_ONCE(poll->kicked) - READ_ONCE(poll->idle);

	WRITE_ONCE(poll->idle, SDPU_POLL_BUSY);
	poll->ns = sdpu_poll_next(poll->ns, max(slept, 0), sdpu_tx_look_limit(vq));
	do {
		do
			cond_resched_tasks_rcu_qs();
		while (sdpu_tx_wait_turn(vq) && sdpu_tx_batch(vq, SDPU_TX_BATCH_FRAMES, !poll->ns));
		if (!poll->ns)
			break;
		poll->ns = min(poll->ns, sdpu_tx_look_limit(vq));
	} while (sdpu_tx_look(vq, poll->ns) || sdpu_tx_batch(vq, SDPU_TX_BATCH_FRAMES, true));
	WRITE_ONCE(poll->idle, ktime_get_ns());
}

bool sdpu_tx_here(struct sdpu_vq *vq)
{
	bool more = true;

	/* the worker can wait */
	if (!sdpu_tx_wait(vq->vdev->fn))
		more = sdpu_tx_batch(vq, SDPU_TX_HERE_FRAMES, true);
	WRITE_ONCE(vq->poll.idle, ktime_get_ns());
	return more;
}
