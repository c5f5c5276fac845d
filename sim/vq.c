// SPDX-License-Identifier: GPL-2.0-only
/* Virtqueues: life, wake-ups, interrupts. */
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "card.h"
#include "function.h"
#include "vdev.h"
#include "vq.h"

/* Transmit and receive queues nest: two classes, so that lockdep sees the order. */
static struct lock_class_key sdpu_vq_tx_key;
static struct lock_class_key sdpu_vq_rx_key;

static int sdpu_vq_worker(void *data)
{
	struct sdpu_vq *vq = data;

	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		if (!test_and_clear_bit(SDPU_VQ_KICKED, &vq->flags)) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		sdpu_tx_run(vq);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static void sdpu_vq_wake_worker(struct sdpu_vq *vq, s64 now)
{
	/* the bit tells the worker apart from a stray wake-up; it may be on its way already */
	if (!test_and_set_bit(SDPU_VQ_KICKED, &vq->flags)) {
		WRITE_ONCE(vq->poll.kicked, now);
		wake_up_process(vq->worker);
	}
}

static void sdpu_vq_here(struct work_struct *work)
{
	struct sdpu_vq *vq = container_of(work, struct sdpu_vq, here);

	if (sdpu_tx_here(vq))
		sdpu_vq_wake_worker(vq, ktime_get_ns());
}

struct sdpu_vq *sdpu_vq_alloc(struct sdpu_vdev *vdev, u16 index)
{
	struct sdpu_vq *vq = kzalloc(sizeof(*vq), GFP_KERNEL_ACCOUNT);

	if (!vq)
		return NULL;
	if (sdpu_call_init(&vq->call)) {
		kfree(vq);
		return NULL;
	}
	spin_lock_init(&vq->lock);
	lockdep_set_class(&vq->lock, sdpu_vq_is_tx(index) ? &sdpu_vq_tx_key : &sdpu_vq_rx_key);
	INIT_WORK(&vq->work, sdpu_cvq_work);
	INIT_WORK(&vq->here, sdpu_vq_here);
	vq->vdev = vdev;
	vq->index = index;
	return vq;
}

void sdpu_vq_free(struct sdpu_vq *vq)
{
	struct sdpu_ctl_queue_state state;

	if (!vq)
		return;
	cancel_work_sync(&vq->here);
	if (vq->worker)
		kthread_stop(vq->worker);
	/* gone: sdpu_vq_destroy() below would bind it to other processors */
	vq->worker = NULL;
	cancel_work_sync(&vq->work);
	sdpu_vq_destroy(vq, &state);
	sdpu_call_free(&vq->call);
	kfree(vq);
}

static int sdpu_vq_start_worker(struct sdpu_vq *vq)
{
	struct sdpu_function *fn = vq->vdev->fn;
	struct task_struct *worker;

	if (vq->worker)
		return 0;
	worker = kthread_create(sdpu_vq_worker, vq, "sdpu%u.%u-tx%u",
				sdpu_card_id(fn->card), fn->number, vq->index / 2);
	if (IS_ERR(worker))
		return PTR_ERR(worker);
	/* seen by sdpu_vq_wake(), which only needs it once the queue is live */
	smp_store_release(&vq->worker, worker);
	wake_up_process(worker);
	return 0;
}

static u16 sdpu_vq_errno_to_status(int err)
{
	switch (err) {
	case 0:
		return SDPU_ST_OK;
	case -EINVAL:
		return SDPU_ST_ADDRESS;
	case -ENOMEM:
		return SDPU_ST_NO_MEMORY;
	default:
		return SDPU_ST_PARAM;
	}
}

u16 sdpu_vq_create(struct sdpu_vq *vq, const struct sdpu_vring_attrs *attrs,
		   struct sdpu_vring_as as, bool enable, bool is_cvq)
{
	struct sdpu_chain *chain;
	struct sdpu_vring ring = {};
	int err;

	chain = kvmalloc(sizeof(*chain), GFP_KERNEL_ACCOUNT);
	if (!chain)
		return SDPU_ST_NO_MEMORY;
	err = sdpu_vring_init(&ring, attrs, as);
	if (err)
		goto free_chain;
	if (sdpu_vq_is_tx(vq->index) && !is_cvq) {
		err = sdpu_vq_start_worker(vq);
		if (err)
			goto free_ring;
	}
	spin_lock_bh(&vq->lock);
	vq->ring = ring;
	vq->chain = chain;
	vq->created = true;
	vq->enabled = enable;
	sdpu_call_reset(&vq->call);
	spin_unlock_bh(&vq->lock);
	sdpu_vq_update(vq);
	return SDPU_ST_OK;

free_ring:
	sdpu_vring_free(&ring);
free_chain:
	kvfree(chain);
	return sdpu_vq_errno_to_status(err);
}

static void sdpu_vq_state_locked(struct sdpu_vq *vq, struct sdpu_ctl_queue_state *state)
{
	memset(state, 0, sizeof(*state));
	if (!vq->created)
		return;
	sdpu_vring_state(&vq->ring, &state->avail, &state->used);
	state->enabled = vq->enabled;
	state->broken = vq->ring.broken;
}

void sdpu_vq_destroy(struct sdpu_vq *vq, struct sdpu_ctl_queue_state *state)
{
	struct sdpu_chain *chain = NULL;
	struct sdpu_vring ring = {};

	spin_lock_bh(&vq->lock);
	sdpu_vq_state_locked(vq, state);
	swap(chain, vq->chain);
	if (vq->created)
		ring = vq->ring;
	vq->created = false;
	vq->enabled = false;
	vq->live = false;
	/* the driver may go on with this queue: nobody else tells it of what it was shown */
	sdpu_call_settle(vq);
	spin_unlock_bh(&vq->lock);
	sdpu_call_stop(&vq->call);
	sdpu_vq_set_affinity(vq, NULL);
	if (chain)
		sdpu_vring_free(&ring);
	kvfree(chain);
}

void sdpu_vq_query(struct sdpu_vq *vq, struct sdpu_ctl_queue_state *state)
{
	spin_lock_bh(&vq->lock);
	sdpu_vq_state_locked(vq, state);
	spin_unlock_bh(&vq->lock);
}

void sdpu_vq_enable(struct sdpu_vq *vq, bool enable)
{
	spin_lock_bh(&vq->lock);
	vq->enabled = enable;
	spin_unlock_bh(&vq->lock);
	sdpu_vq_update(vq);
}

void sdpu_vq_update(struct sdpu_vq *vq)
{
	bool live;

	spin_lock_bh(&vq->lock);
	live = vq->created && vq->enabled && vq->vdev->running && !vq->vdev->broken;
	if (live && !vq->live && !sdpu_vq_is_tx(vq->index) && vq->index != vq->vdev->cvq) {
		/* nobody waits for buffers: a sender looks for them itself */
		sdpu_vring_kicks_off(&vq->ring);
	}
	vq->live = live;
	if (!live)
		sdpu_call_settle(vq);
	if (live && vq->ring.broken)
		sdpu_vq_broken(vq);
	spin_unlock_bh(&vq->lock);
	/* what came in while the queue was not running has had its kick */
	if (live)
		sdpu_vq_wake(vq);
}

void sdpu_vq_forget(struct sdpu_vq *vq, struct sdpu_vring_as as)
{
	spin_lock_bh(&vq->lock);
	if (vq->created) {
		vq->ring.as = as;
		sdpu_vring_forget(&vq->ring);
	}
	spin_unlock_bh(&vq->lock);
}

void sdpu_vq_invalidate(struct sdpu_vq *vq, const struct sdpu_as *as)
{
	spin_lock_bh(&vq->lock);
	if (vq->created && (vq->ring.as.areas == as || vq->ring.as.buffers == as))
		sdpu_vring_forget(&vq->ring);
	spin_unlock_bh(&vq->lock);
}

void sdpu_vq_set_affinity(struct sdpu_vq *vq, const struct cpumask *cpus)
{
	sdpu_call_set_affinity(vq, cpus);
	/* a receive queue is filled wherever somebody sends; processors may be gone */
	if (vq->worker)
		set_cpus_allowed_ptr(vq->worker, cpus ?: cpu_possible_mask);
}

static bool sdpu_vq_may_work_here(const struct sdpu_vq *vq)
{
	return cpumask_test_cpu(raw_smp_processor_id(), vq->worker->cpus_ptr);
}

void sdpu_vq_wake(struct sdpu_vq *vq)
{
	s64 now;

	if (vq->index == READ_ONCE(vq->vdev->cvq)) {
		queue_work(sdpu_card_wq(vq->vdev->fn->card), &vq->work);
		return;
	}
	/* pairs with the release in sdpu_vq_start_worker() */
	if (!smp_load_acquire(&vq->worker))
		return;
	now = ktime_get_ns();
	if (sdpu_poll_paused(&vq->poll, now) && sdpu_vq_may_work_here(vq))
		queue_work_on(raw_smp_processor_id(), system_highpri_wq, &vq->here);
	else
		sdpu_vq_wake_worker(vq, now);
}

void sdpu_vq_broken(struct sdpu_vq *vq)
{
	lockdep_assert_held(&vq->lock);
	vq->live = false;
	vq->stats.broken++;
	WRITE_ONCE(vq->vdev->broken, true);
	sdpu_eq_post(vq->vdev->fn, SDPU_EV_NEEDS_RESET, vq->index, vq->ring.broken);
}
