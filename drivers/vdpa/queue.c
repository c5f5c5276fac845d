// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtqueues: what the bus drivers set, and when the card learns of it.
 *
 * A queue is "ready" when the driver says so and "created" when the card has
 * it. Both are the same while the device runs. They differ before DRIVER_OK
 * and while the device is suspended: then nothing may start, so a queue that
 * becomes ready waits for DRIVER_OK or resume. Whatever takes a queue off the
 * card brings back where it stopped, and what puts it there again goes on from
 * that: disabling and enabling a queue neither loses nor repeats a buffer.
 */
#include <linux/cache.h>
#include <linux/cleanup.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "features.h"
#include "vdpa.h"

/* Rings that virtio_vdpa gets; who sets a size itself may go up to the card's limit. */
#define SDPU_VQ_SIZE_DATA	1024
#define SDPU_VQ_SIZE_CTRL	64

/* Packed ring: the wrap counter, which starts as 1. */
#define SDPU_VQ_WRAP		0x8000

static struct sdpu_vq *sdpu_vq(struct sdpu_vdpa *sv, u16 idx)
{
	return &sv->vqs[idx];
}

static bool sdpu_vqs_packed(const struct sdpu_vdpa *sv)
{
	return READ_ONCE(sv->driver_features) & BIT_ULL(VIRTIO_F_RING_PACKED);
}

/* virtio 1.3, 5.1.2: without MQ or RSS there is one pair, whatever the device has. */
static bool sdpu_vq_is_ctrl(const struct sdpu_vdpa *sv, u16 idx)
{
	bool mq = READ_ONCE(sv->driver_features) & (SDPU_F(MQ) | SDPU_F(RSS));

	return (sv->device_features & SDPU_F(CTRL_VQ)) && idx == (mq ? 2 * sv->max_vqp : 2);
}

static bool sdpu_vqs_may_run_locked(const struct sdpu_vdpa *sv)
{
	lockdep_assert_held(&sv->lock);

	return (sv->status & VIRTIO_CONFIG_S_DRIVER_OK) && !sv->suspended;
}

static void sdpu_vq_create_locked(struct sdpu_vdpa *sv, u16 idx, struct sdpu_batch *batch)
{
	struct sdpu_vq *vq = sdpu_vq(sv, idx);
	struct sdpu_queue_attrs attrs = {
		.size = vq->size,
		.desc = vq->desc,
		.driver = vq->driver,
		.device = vq->device,
		.avail = vq->avail,
		.used = vq->used,
		.enabled = true,
	};

	lockdep_assert_held(&sv->lock);
	if (sdpu_vqs_packed(sv) && !vq->has_state) {
		attrs.avail = SDPU_VQ_WRAP;
		attrs.used = SDPU_VQ_WRAP;
	}

	atomic_inc(&sv->card_vqs);
	/* pairs with that of sdpu_space_unmap_locked(), see sdpu_vdpa.card_vqs */
	smp_mb__after_atomic();
	sdpu_cmd_queue_create(batch, idx, &attrs);
}

/* The card forgets it with the queue. */
static void sdpu_vq_bind_locked(struct sdpu_vdpa *sv, u16 idx)
{
	struct sdpu_vq *vq = sdpu_vq(sv, idx);

	lockdep_assert_held(&sv->lock);
	if (vq->created && vq->bound)
		sdpu_ctrl_queue_affinity(sv->ctrl, idx, vq->cpus);
}

/**
 * sdpu_vqs_start_locked - give the card every ready queue that it has not got
 * @sv: device
 *
 * Context: sdpu_vdpa.lock. May sleep.
 * Return: 0, or the first error. Then the device has to be reset: which of the
 * queues the card has is not known.
 */
int sdpu_vqs_start_locked(struct sdpu_vdpa *sv)
{
	struct sdpu_batch batch;
	unsigned int i;
	int err;

	lockdep_assert_held(&sv->lock);
	err = sdpu_vdpa_check_owner_locked(sv);
	if (err)
		return err;

	sdpu_batch_init(&batch, sv->ctrl);
	for (i = 0; i < sv->nvqs; i++)
		if (sv->vqs[i].ready && !sv->vqs[i].created)
			sdpu_vq_create_locked(sv, i, &batch);
	err = sdpu_batch_wait(&batch);
	if (err)
		return err;

	for (i = 0; i < sv->nvqs; i++) {
		sv->vqs[i].created = sv->vqs[i].ready;
		sdpu_vq_bind_locked(sv, i);
	}

	return 0;
}

static void sdpu_vq_take_state_locked(struct sdpu_vq *vq, const struct sdpu_queue_state *state)
{
	vq->avail = state->avail;
	vq->used = state->used;
	vq->has_state = true;
}

/* Take a queue off the card. */
static int sdpu_vq_stop_locked(struct sdpu_vdpa *sv, u16 idx)
{
	struct sdpu_ctrl_queue_index in = { .index = cpu_to_le16(idx) };
	struct sdpu_vq *vq = sdpu_vq(sv, idx);
	struct sdpu_ctrl_queue_state out;
	struct sdpu_queue_state state;
	int err;

	lockdep_assert_held(&sv->lock);
	if (!vq->created)
		return 0;

	err = sdpu_ctrl_exec(sv->ctrl, SDPU_OP_QUEUE_DESTROY, &in, sizeof(in), &out, sizeof(out));
	if (err)
		return err;
	vq->created = false;
	atomic_dec(&sv->card_vqs);
	state.avail = le16_to_cpu(out.avail);
	state.used = le16_to_cpu(out.used);
	sdpu_vq_take_state_locked(vq, &state);

	return 0;
}

/*
 * Somebody wants to change a queue: not while it runs; if it is suspended on
 * the card, resume will create it anew.
 */
static int sdpu_vq_open_locked(struct sdpu_vdpa *sv, u16 idx)
{
	lockdep_assert_held(&sv->lock);
	if (!sdpu_vq(sv, idx)->created)
		return 0;
	if (!sv->suspended)
		return -EBUSY;

	return sdpu_vq_stop_locked(sv, idx);
}

/**
 * sdpu_vq_set_address - where the rings are
 * @vdpa: device
 * @idx: queue
 * @desc: descriptor area
 * @driver: driver area
 * @device: device area
 *
 * Context: may sleep.
 * Return: 0, -EINVAL for a bad alignment, -EBUSY while the queue runs.
 */
int sdpu_vq_set_address(struct vdpa_device *vdpa, u16 idx, u64 desc, u64 driver, u64 device)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	struct sdpu_vq *vq = sdpu_vq(sv, idx);
	int err;

	/* virtio 1.3, 2.7 and 2.8.10.1: what split and packed rings have in common */
	if ((desc & 15) || (driver & 1) || (device & 3))
		return -EINVAL;

	guard(mutex)(&sv->lock);

	err = sdpu_vq_open_locked(sv, idx);
	if (err)
		return err;
	vq->desc = desc;
	vq->driver = driver;
	vq->device = device;

	return 0;
}

/**
 * sdpu_vq_set_num - how many entries the rings have
 * @vdpa: device
 * @idx: queue
 * @num: entries
 *
 * Context: may sleep.
 */
void sdpu_vq_set_num(struct vdpa_device *vdpa, u16 idx, u32 num)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	int err;

	guard(mutex)(&sv->lock);

	/* whether the number is a good one is for the card to say when it starts */
	err = sdpu_vq_open_locked(sv, idx);
	if (err)
		sdpu_vdpa_fail(sv, "ring resized while in use", err);
	else
		sdpu_vq(sv, idx)->size = num;
}

/**
 * sdpu_vq_kick - the driver has made buffers available
 * @vdpa: device
 * @idx: queue
 *
 * Context: any, also inside an eventfd wakeup with interrupts off.
 */
void sdpu_vq_kick(struct vdpa_device *vdpa, u16 idx)
{
	sdpu_ctrl_kick(to_sdpu_vdpa(vdpa)->ctrl, idx);
}

/**
 * sdpu_vq_set_affinity - where the driver wants a queue worked on
 * @vdpa: device
 * @idx: queue
 * @cpus: on one of these processors; NULL: on any
 *
 * A hint: with processors that are all gone by now the queue stays where it is.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sdpu_vq_set_affinity(struct vdpa_device *vdpa, u16 idx, const struct cpumask *cpus)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	struct sdpu_vq *vq = sdpu_vq(sv, idx);

	guard(mutex)(&sv->lock);
	if (cpus && !cpumask_available(vq->cpus) && !zalloc_cpumask_var(&vq->cpus, GFP_KERNEL))
		return -ENOMEM;
	vq->bound = cpus;
	if (cpus)
		cpumask_copy(vq->cpus, cpus);
	if (vq->created)
		sdpu_ctrl_queue_affinity(sv->ctrl, idx, cpus);

	return 0;
}

/**
 * sdpu_vq_set_cb - whom to tell about used buffers
 * @vdpa: device
 * @idx: queue
 * @cb: callback; when this returns, the old one does not run any more
 *
 * Context: task.
 */
void sdpu_vq_set_cb(struct vdpa_device *vdpa, u16 idx, struct vdpa_callback *cb)
{
	struct sdpu_vq *vq = sdpu_vq(to_sdpu_vdpa(vdpa), idx);

	spin_lock_bh(&vq->cb_lock);
	vq->cb = *cb;
	spin_unlock_bh(&vq->cb_lock);
}

/**
 * sdpu_vq_interrupt - the card has used buffers
 * @sv: device
 * @idx: queue, as the card says
 *
 * We do not signal cb.trigger ourselves: vhost-vdpa may drop that eventfd
 * before it tells us so. Its callback looks for the current one.
 *
 * Context: bottom halves disabled, maybe locks of the card held.
 */
void sdpu_vq_interrupt(struct sdpu_vdpa *sv, unsigned int idx)
{
	struct sdpu_vq *vq;

	if (idx >= sv->nvqs || !READ_ONCE(sv->running))
		return;

	vq = sdpu_vq(sv, idx);
	spin_lock(&vq->cb_lock);
	if (vq->cb.callback)
		vq->cb.callback(vq->cb.private);
	spin_unlock(&vq->cb_lock);
}

/**
 * sdpu_vq_set_ready - enable or disable a queue
 * @vdpa: device
 * @idx: queue
 * @ready: enable it
 *
 * Context: may sleep. The queue's state survives, so it goes on where it stopped.
 */
void sdpu_vq_set_ready(struct vdpa_device *vdpa, u16 idx, bool ready)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	int err = 0;

	guard(mutex)(&sv->lock);

	WRITE_ONCE(sdpu_vq(sv, idx)->ready, ready);
	if (!ready)
		err = sdpu_vq_stop_locked(sv, idx);
	else if (sdpu_vqs_may_run_locked(sv))
		err = sdpu_vqs_start_locked(sv);
	if (err)
		sdpu_vdpa_fail(sv, ready ? "queue not started" : "queue not stopped", err);
}

/**
 * sdpu_vq_get_ready - has the driver enabled a queue?
 * @vdpa: device
 * @idx: queue
 *
 * Context: any.
 */
bool sdpu_vq_get_ready(struct vdpa_device *vdpa, u16 idx)
{
	return READ_ONCE(sdpu_vq(to_sdpu_vdpa(vdpa), idx)->ready);
}

/**
 * sdpu_vq_set_state - where a queue shall go on
 * @vdpa: device
 * @idx: queue
 * @state: indices
 *
 * Context: may sleep.
 * Return: 0, or -EBUSY while the queue runs.
 */
int sdpu_vq_set_state(struct vdpa_device *vdpa, u16 idx, const struct vdpa_vq_state *state)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	struct sdpu_vq *vq = sdpu_vq(sv, idx);
	int err;

	guard(mutex)(&sv->lock);

	err = sdpu_vq_open_locked(sv, idx);
	if (err)
		return err;

	vq->has_state = true;
	if (!sdpu_vqs_packed(sv)) {
		/* nobody leaves a buffer in flight, so both indices are the same */
		vq->avail = state->split.avail_index;
		vq->used = state->split.avail_index;
		return 0;
	}

	vq->avail = state->packed.last_avail_idx |
		    (state->packed.last_avail_counter ? SDPU_VQ_WRAP : 0);
	vq->used = state->packed.last_used_idx |
		   (state->packed.last_used_counter ? SDPU_VQ_WRAP : 0);
	/* DPDK sets one of the two wrap counters of a fresh ring only */
	if (vq->avail == SDPU_VQ_WRAP && !vq->used)
		vq->used = SDPU_VQ_WRAP;

	return 0;
}

/**
 * sdpu_vq_get_state - how far a queue is
 * @vdpa: device
 * @idx: queue
 * @state: indices: exact if the queue is disabled or the device suspended
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_vq_get_state(struct vdpa_device *vdpa, u16 idx, struct vdpa_vq_state *state)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	struct sdpu_vq *vq = sdpu_vq(sv, idx);
	struct sdpu_queue_state now;
	int err;

	guard(mutex)(&sv->lock);

	if (vq->created) {
		err = sdpu_cmd_queue_query(sv->ctrl, idx, &now);
		if (err)
			return err;
		sdpu_vq_take_state_locked(vq, &now);
	}

	if (sdpu_vqs_packed(sv)) {
		u16 avail = vq->has_state ? vq->avail : SDPU_VQ_WRAP;
		u16 used = vq->has_state ? vq->used : SDPU_VQ_WRAP;

		state->packed.last_avail_idx = avail & ~SDPU_VQ_WRAP;
		state->packed.last_avail_counter = !!(avail & SDPU_VQ_WRAP);
		state->packed.last_used_idx = used & ~SDPU_VQ_WRAP;
		state->packed.last_used_counter = !!(used & SDPU_VQ_WRAP);
	} else {
		state->split.avail_index = vq->avail;
	}

	return 0;
}

/**
 * sdpu_vq_get_align - alignment of the rings that virtio_vdpa makes
 * @vdpa: device
 *
 * Context: any.
 * Return: a value that keeps the device area off the driver's cache lines.
 */
u32 sdpu_vq_get_align(struct vdpa_device *vdpa)
{
	return SMP_CACHE_BYTES;
}

/**
 * sdpu_vq_get_group - which address space a queue moves with
 * @vdpa: device
 * @idx: queue
 *
 * Context: any.
 * Return: 0, or the last group for the control queue, which is the same if there is one.
 */
u32 sdpu_vq_get_group(struct vdpa_device *vdpa, u16 idx)
{
	return sdpu_vq_is_ctrl(to_sdpu_vdpa(vdpa), idx) ? vdpa->ngroups - 1 : 0;
}

/**
 * sdpu_vq_get_desc_group - which address space the areas of a queue's ring move with
 * @vdpa: device
 * @idx: queue
 *
 * What descriptors point to, indirect tables too, moves with sdpu_vq_get_group(): a VMM
 * that shadows rings keeps them where the guest cannot have anything.
 *
 * Context: any.
 * Return: another group if the card has one for that; all of the control queue is in one.
 */
u32 sdpu_vq_get_desc_group(struct vdpa_device *vdpa, u16 idx)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);

	if (sdpu_vq_is_ctrl(sv, idx) || vdpa->ngroups == 1)
		return sdpu_vq_get_group(vdpa, idx);

	return sdpu_ctrl_identity(sv->ctrl)->area_group;
}

/**
 * sdpu_vq_get_size - entries of the rings that virtio_vdpa makes
 * @vdpa: device
 * @idx: queue
 *
 * Context: any.
 */
u16 sdpu_vq_get_size(struct vdpa_device *vdpa, u16 idx)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	u16 size = sdpu_vq_is_ctrl(sv, idx) ? SDPU_VQ_SIZE_CTRL : SDPU_VQ_SIZE_DATA;

	return min(size, sv->max_queue_size);
}

/**
 * sdpu_vq_get_num_max - entries of the largest ring
 * @vdpa: device
 *
 * Context: any.
 */
u16 sdpu_vq_get_num_max(struct vdpa_device *vdpa)
{
	return to_sdpu_vdpa(vdpa)->max_queue_size;
}

/**
 * sdpu_vqs_reset_locked - forget all that was set
 * @sv: device; the card was reset, or does not answer
 *
 * When it returns, no callback runs, and none will.
 *
 * Context: sdpu_vdpa.lock, with sdpu_vdpa.running false. May sleep.
 */
void sdpu_vqs_reset_locked(struct sdpu_vdpa *sv)
{
	unsigned int i;

	lockdep_assert_held(&sv->lock);
	for (i = 0; i < sv->nvqs; i++) {
		struct sdpu_vq *vq = &sv->vqs[i];

		spin_lock_bh(&vq->cb_lock);
		memset(&vq->cb, 0, sizeof(vq->cb));
		spin_unlock_bh(&vq->cb_lock);

		vq->size = 0;
		vq->desc = 0;
		vq->driver = 0;
		vq->device = 0;
		vq->avail = 0;
		vq->used = 0;
		vq->has_state = false;
		vq->created = false;
		vq->bound = false;
		WRITE_ONCE(vq->ready, false);
	}
}

/**
 * sdpu_vqs_alloc - make the queues of a device
 * @sv: device; nvqs is set
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sdpu_vqs_alloc(struct sdpu_vdpa *sv)
{
	unsigned int i;

	sv->vqs = kcalloc(sv->nvqs, sizeof(*sv->vqs), GFP_KERNEL);
	if (!sv->vqs)
		return -ENOMEM;
	for (i = 0; i < sv->nvqs; i++)
		spin_lock_init(&sv->vqs[i].cb_lock);

	return 0;
}

/**
 * sdpu_vqs_free - the opposite; queues that were not made are none
 * @sv: device
 *
 * Context: may sleep.
 */
void sdpu_vqs_free(struct sdpu_vdpa *sv)
{
	unsigned int i;

	for (i = 0; sv->vqs && i < sv->nvqs; i++)
		free_cpumask_var(sv->vqs[i].cpus);
	kfree(sv->vqs);
}
