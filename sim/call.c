// SPDX-License-Identifier: GPL-2.0-only
/* Calls: when a driver is interrupted for what it was shown. See call.h. */
#include <compat/hrtimer.h>

#include "function.h"
#include "vdev.h"

static void sdpu_call_raise(struct sdpu_vq *vq)
{
	sdpu_function_irq(vq->vdev->fn, SDPU_VEC_QUEUE(vq->index));
}

static void sdpu_call_there(struct work_struct *work)
{
	sdpu_call_raise(container_of(work, struct sdpu_vq, call.there));
}

/* A processor that the vector wants and this is not; nr_cpu_ids if this one will do. */
static unsigned int sdpu_call_cpu(const struct sdpu_call *call)
{
	if (likely(!call->bound) || cpumask_test_cpu(smp_processor_id(), call->cpus))
		return nr_cpu_ids;
	/* none goes offline as long as this one does not go to its stopper */
	return cpumask_any_and(call->cpus, cpu_online_mask);
}

static void sdpu_call_make(struct sdpu_vq *vq)
{
	struct sdpu_call *call = &vq->call;
	unsigned int cpu;
	bool raised = true;

	lockdep_assert_held(&vq->lock);
	call->owed = false;
	/* sdpu_call_cpu() counts on it; with PREEMPT_RT the lock does not see to that */
	preempt_disable();
	cpu = sdpu_call_cpu(call);
	if (unlikely(cpu < nr_cpu_ids))
		/* one that is on its way there is about all that was shown until now */
		raised = queue_work_on(cpu, system_bh_highpri_wq, &call->there);
	preempt_enable();
	if (likely(cpu >= nr_cpu_ids))
		sdpu_call_raise(vq);
	vq->stats.calls += raised;
}

static enum hrtimer_restart sdpu_call_timer(struct hrtimer *timer)
{
	struct sdpu_vq *vq = container_of(timer, struct sdpu_vq, call.timer);

	spin_lock(&vq->lock);
	sdpu_call_settle(vq);
	spin_unlock(&vq->lock);
	return HRTIMER_NORESTART;
}

int sdpu_call_init(struct sdpu_call *call)
{
	if (!zalloc_cpumask_var(&call->cpus, GFP_KERNEL_ACCOUNT))
		return -ENOMEM;
	INIT_WORK(&call->there, sdpu_call_there);
	/* in softirq context: whoever holds the lock of a queue has those off */
	hrtimer_setup(&call->timer, sdpu_call_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	return 0;
}

void sdpu_call_free(struct sdpu_call *call)
{
	free_cpumask_var(call->cpus);
}

void sdpu_call_set_affinity(struct sdpu_vq *vq, const struct cpumask *cpus)
{
	spin_lock_bh(&vq->lock);
	vq->call.bound = cpus;
	if (cpus)
		cpumask_copy(vq->call.cpus, cpus);
	spin_unlock_bh(&vq->lock);
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

void sdpu_call_stop(struct sdpu_call *call)
{
	hrtimer_cancel(&call->timer);
	/* not cancelled: it is about buffers that the driver has been given back */
	flush_work(&call->there);
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
