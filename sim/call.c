// SPDX-License-Identifier: GPL-2.0-only
/* Calls: when a driver is interrupted for what it was shown. See call.h. */
#include <compat/hrtimer.h>

#include "function.h"
#include "vdev.h"

static void sdpu_call_make(struct sdpu_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	vq->call.owed = false;
	vq->stats.calls++;
	sdpu_function_irq(vq->vdev->fn, SDPU_VEC_QUEUE(vq->index));
}

static enum hrtimer_restart sdpu_call_timer(struct hrtimer *timer)
{
	struct sdpu_vq *vq = container_of(timer, struct sdpu_vq, call.timer);

	spin_lock(&vq->lock);
	sdpu_call_settle(vq);
	spin_unlock(&vq->lock);
	return HRTIMER_NORESTART;
}

void sdpu_call_init(struct sdpu_call *call)
{
	/* in softirq context: whoever holds the lock of a queue has those off */
	hrtimer_setup(&call->timer, sdpu_call_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
}

/* May the call that is owed wait for more packets? */
static bool sdpu_call_waits(const struct sdpu_vq *vq)
{
	const struct sdpu_call *call = &vq->call;

	return READ_ONCE(call->coal.max_usecs) &&
	       vq->stats.packets - call->since < READ_ONCE(call->coal.max_packets);
}

/* The driver wants a call. */
static void sdpu_call_want(struct sdpu_vq *vq)
{
	struct sdpu_call *call = &vq->call;

	if (!call->owed)
		call->since = call->shown;
	if (!sdpu_call_waits(vq)) {
		if (call->owed)
			hrtimer_try_to_cancel(&call->timer);
		sdpu_call_make(vq);
		return;
	}
	vq->stats.calls_coalesced++;
	if (call->owed)
		return;
	call->owed = true;
	hrtimer_start(&call->timer, ns_to_ktime(READ_ONCE(call->coal.max_usecs) * NSEC_PER_USEC),
		      HRTIMER_MODE_REL_SOFT);
}

void sdpu_call_set(struct sdpu_call *call, struct sdpu_coal coal)
{
	/* a packet that sees one of the two old waits no longer than one before or after it */
	WRITE_ONCE(call->coal.max_packets, coal.max_packets);
	WRITE_ONCE(call->coal.max_usecs, coal.max_usecs);
	/* what is owed was put off for a time that does not count any more */
	hrtimer_start(&call->timer, 0, HRTIMER_MODE_REL_SOFT);
}

void sdpu_call_settle(struct sdpu_vq *vq)
{
	if (vq->call.owed)
		sdpu_call_make(vq);
}

void sdpu_call_reset(struct sdpu_call *call)
{
	call->owed = false;
	call->coal = (struct sdpu_coal){};
}

void sdpu_call_cancel(struct sdpu_call *call)
{
	hrtimer_cancel(&call->timer);
}

void sdpu_vq_publish(struct sdpu_vq *vq)
{
	int shown = sdpu_vring_publish(&vq->ring);

	lockdep_assert_held(&vq->lock);
	if (!shown)
		return;
	vq->stats.batches++;
	/* with one that is owed what else was shown counts, wanted or not */
	if (shown == 2 || vq->call.owed)
		sdpu_call_want(vq);
	else
		vq->stats.calls_suppressed++;
	vq->call.shown = vq->stats.packets;
}
