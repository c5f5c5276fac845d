// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vDPA device: features, status, suspend and reset.
 *
 * Before DRIVER_OK everything that the bus drivers tell us about queues goes
 * into a shadow; DRIVER_OK hands it to the card. Most ops cannot fail in their
 * callers' eyes: when the card refuses, the device gets NEEDS_RESET and the
 * driver a config interrupt, and only a reset that works gets it out of that.
 *
 * Who may reach which memory. Address space 0 is a page table with what
 * vhost-vdpa has mapped, so nothing to begin with. Only while a driver of this
 * kernel runs the device through virtio_vdpa, which passes DMA addresses, it is
 * the identity. That is granted at DRIVER_OK, when the device is bound to
 * virtio_vdpa, and taken back by every reset. Binding to another bus driver
 * cannot carry it over: virtio_vdpa does not let go of a device without a
 * reset, and vhost_vdpa does not open one without; should one of these fail,
 * no queue is started, because address space 0 is not known to be what the
 * owner may have.
 */
#include <linux/cleanup.h>
#include <linux/string.h>
#include <linux/virtio_ids.h>
#include <uapi/linux/vhost_types.h>

#include <softdpu/ids.h>
#include <softdpu/xport.h>

#include "features.h"
#include "vdpa.h"

/**
 * sdpu_vdpa_fail - something that cannot be reported went wrong
 * @sv: device, which needs a reset from now on
 * @what: what it was
 * @err: negative errno
 *
 * Context: may sleep; any of our locks may be held.
 */
void sdpu_vdpa_fail(struct sdpu_vdpa *sv, const char *what, int err)
{
	WRITE_ONCE(sv->broken, true);
	/* that the card is gone has been said, or was wanted */
	if (err != -ENODEV)
		dev_warn_ratelimited(&sv->vdpa.dev, "%s: %pe, the device needs a reset\n",
				     what, ERR_PTR(err));
	sdpu_config_changed(sv);
}

/* What the owner of the device may have as address space 0. */
static u16 sdpu_vdpa_as0_wanted(struct sdpu_vdpa *sv)
{
	/* called from an op of whoever is bound, so it does not change meanwhile */
	const struct device_driver *drv = READ_ONCE(sv->vdpa.dev.driver);

	return drv && !strcmp(drv->name, "virtio_vdpa") ? SDPU_AS_BYPASS : SDPU_AS_TABLE;
}

static int sdpu_vdpa_set_as0_locked(struct sdpu_vdpa *sv, u16 mode)
{
	int err;

	lockdep_assert_held(&sv->lock);
	if (sv->as0_mode == mode)
		return 0;

	sv->as0_mode = SDPU_AS_UNKNOWN;
	err = sdpu_cmd_as_set(sv->ctrl, 0, mode,
			      mode == SDPU_AS_TABLE ? sdpu_maps_root(sv->maps, 0) : 0);
	if (!err)
		sv->as0_mode = mode;

	return err;
}

/**
 * sdpu_vdpa_check_owner_locked - may a queue be started for whoever owns us?
 * @sv: device
 *
 * Context: sdpu_vdpa.lock.
 * Return: 0, or -EPERM when address space 0 is not what the owner may have, or
 * -EIO when the device needs a reset first.
 */
int sdpu_vdpa_check_owner_locked(struct sdpu_vdpa *sv)
{
	lockdep_assert_held(&sv->lock);
	if (READ_ONCE(sv->broken))
		return -EIO;

	return sv->as0_mode == sdpu_vdpa_as0_wanted(sv) ? 0 : -EPERM;
}

static u32 sdpu_vdpa_get_device_id(struct vdpa_device *vdpa)
{
	return VIRTIO_ID_NET;
}

static u32 sdpu_vdpa_get_vendor_id(struct vdpa_device *vdpa)
{
	return SDPU_PCI_VENDOR_ID;
}

static u64 sdpu_vdpa_get_device_features(struct vdpa_device *vdpa)
{
	return to_sdpu_vdpa(vdpa)->device_features;
}

static u64 sdpu_vdpa_get_backend_features(const struct vdpa_device *vdpa)
{
	return BIT_ULL(VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK);
}

static u64 sdpu_vdpa_get_driver_features(struct vdpa_device *vdpa)
{
	return READ_ONCE(to_sdpu_vdpa(vdpa)->driver_features);
}

static int sdpu_vdpa_check_features(const struct sdpu_vdpa *sv, u64 features)
{
	if (features & ~sv->device_features)
		return -EINVAL;
	if (~features & SDPU_FEATURES_REQUIRED)
		return -EINVAL;
	if (sdpu_features_violation(features))
		return -EINVAL;

	return 0;
}

static int sdpu_vdpa_set_driver_features(struct vdpa_device *vdpa, u64 features)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	int err = 0;

	guard(mutex)(&sv->lock);

	if (sv->status & VIRTIO_CONFIG_S_FEATURES_OK)
		return -EBUSY;

	/*
	 * Until the card has said yes, FEATURES_OK will not stick. That goes
	 * for 0 as well, which is what the core sets when config space is read
	 * before any features are: there is nothing to say to the card, but it
	 * is no error.
	 */
	sv->features_good = false;
	WRITE_ONCE(sv->driver_features, 0);
	if (!features)
		return 0;

	err = sdpu_vdpa_check_features(sv, features);
	if (!err)
		err = sdpu_cmd_features_set(sv->ctrl, features);
	if (err)
		return err;

	sv->features_good = true;
	WRITE_ONCE(sv->driver_features, features);

	return 0;
}

static u8 sdpu_vdpa_get_status(struct vdpa_device *vdpa)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	u8 status = READ_ONCE(sv->status);

	/* after a reset it is 0, even if it failed: the virtio core warns otherwise */
	if (!status)
		return 0;
	/* the card knows best if a queue broke; without a card this reads all ones */
	status |= sv->xp->ops->read(sv->xp, SDPU_REG_DEV_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET;
	if (READ_ONCE(sv->broken))
		status |= VIRTIO_CONFIG_S_NEEDS_RESET;

	return status;
}

/* Everything that the card needs before it is told DRIVER_OK. */
static int sdpu_vdpa_prepare_locked(struct sdpu_vdpa *sv)
{
	int err;

	lockdep_assert_held(&sv->lock);
	if (READ_ONCE(sv->broken))
		return -EIO;

	err = sdpu_vdpa_set_as0_locked(sv, sdpu_vdpa_as0_wanted(sv));
	if (err)
		return err;

	return sdpu_vqs_start_locked(sv);
}

static int sdpu_vdpa_write_status_locked(struct sdpu_vdpa *sv, u8 status)
{
	u8 added = status & ~sv->status;
	u8 result;
	int err;

	lockdep_assert_held(&sv->lock);
	if ((added & VIRTIO_CONFIG_S_FEATURES_OK) && !sv->features_good)
		status &= ~VIRTIO_CONFIG_S_FEATURES_OK;

	if (added & VIRTIO_CONFIG_S_DRIVER_OK) {
		/*
		 * The first interrupt may come before the completion. And if it
		 * comes to nothing, the driver shall hear of it.
		 */
		WRITE_ONCE(sv->running, true);
		if (!(status & VIRTIO_CONFIG_S_FEATURES_OK))
			return -EPROTO;
		err = sdpu_vdpa_prepare_locked(sv);
		if (err)
			return err;
	}

	err = sdpu_cmd_status_set(sv->ctrl, status, &result);
	if (err)
		return err;

	/* a bit that the card did not take is not set */
	WRITE_ONCE(sv->status, status & result);

	return 0;
}

static int sdpu_vdpa_reset_locked(struct sdpu_vdpa *sv)
{
	u8 result;
	int err;

	lockdep_assert_held(&sv->lock);
	WRITE_ONCE(sv->running, false);

	/* queues gone, groups in address space 0, maps stay */
	err = sdpu_cmd_status_set(sv->ctrl, 0, &result);
	if (!err) {
		/* commands take effect in order: also one that timed out has by now */
		atomic_set(&sv->card_vqs, 0);
		err = sdpu_vdpa_set_as0_locked(sv, SDPU_AS_TABLE);
	}
	/*
	 * virtio_vdpa does not listen: its driver frees rings and buffers all the
	 * same, and no page reference of ours keeps them. vhost-vdpa's stay.
	 */
	if (err && sv->as0_mode != SDPU_AS_TABLE && !sdpu_ctrl_abort(sv->ctrl))
		atomic_set(&sv->card_vqs, 0);

	sdpu_vqs_reset_locked(sv);
	sdpu_config_reset_cb(sv);
	WRITE_ONCE(sv->driver_features, 0);
	sv->features_good = false;
	sv->suspended = false;
	WRITE_ONCE(sv->broken, err);
	/* last: whoever sees 0 sees a device that was reset */
	WRITE_ONCE(sv->status, 0);

	return err;
}

static void sdpu_vdpa_set_status(struct vdpa_device *vdpa, u8 status)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	int err;

	/* ours to set; drivers write back what they have read */
	status &= ~VIRTIO_CONFIG_S_NEEDS_RESET;

	guard(mutex)(&sv->lock);

	if (status)
		err = sdpu_vdpa_write_status_locked(sv, status);
	else
		err = sdpu_vdpa_reset_locked(sv);
	if (err)
		sdpu_vdpa_fail(sv, "status not accepted", err);
}

static int sdpu_vdpa_reset(struct vdpa_device *vdpa)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);

	guard(mutex)(&sv->lock);

	return sdpu_vdpa_reset_locked(sv);
}

static int sdpu_vdpa_suspend(struct vdpa_device *vdpa)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	int err;

	guard(mutex)(&sv->lock);

	if (sv->suspended)
		return 0;

	err = sdpu_cmd_suspend(sv->ctrl);
	if (!err)
		sv->suspended = true;
	else if (sdpu_cmd_uncertain(err))
		sdpu_vdpa_fail(sv, "suspended, or not", err);

	return err;
}

static int sdpu_vdpa_resume(struct vdpa_device *vdpa)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	int err;

	guard(mutex)(&sv->lock);

	if (!sv->suspended)
		return 0;

	err = sdpu_cmd_resume(sv->ctrl);
	if (sdpu_cmd_uncertain(err))
		sdpu_vdpa_fail(sv, "resumed, or not", err);
	if (err)
		return err;
	sv->suspended = false;

	/* those that were enabled, or changed, meanwhile */
	err = sdpu_vqs_start_locked(sv);
	if (err)
		sdpu_vdpa_fail(sv, "queue not started by resume", err);

	return err;
}

static int sdpu_vdpa_set_group_asid(struct vdpa_device *vdpa, unsigned int group,
				    unsigned int asid)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	unsigned int last = group;
	int err;

	if (group >= vdpa->ngroups || asid >= vdpa->nas)
		return -EINVAL;

	guard(mutex)(&sv->lock);

	/* 6.12's vhost-vdpa does not look; the rings are translated by now */
	if (sv->status & VIRTIO_CONFIG_S_DRIVER_OK)
		return -EBUSY;

	/* what the owner sees as one group are all that the card has */
	if (vdpa->ngroups == 1)
		last = sdpu_ctrl_identity(sv->ctrl)->num_groups - 1;
	do
		err = sdpu_cmd_group_set(sv->ctrl, group, asid);
	while (!err && group++ < last);
	if (sdpu_cmd_uncertain(err) || (err && vdpa->ngroups == 1))
		sdpu_vdpa_fail(sv, "one address space, or two", err);

	return err;
}

/*
 * Not here, on purpose: compat_reset (a reset keeps the maps), set_map (maps
 * are incremental), get_vq_notification (nobody polls a doorbell page),
 * get_vq_irq (there is none), get_vq_map and bind_mm (physical addresses only).
 */
const struct vdpa_config_ops sdpu_vdpa_ops = {
	.set_vq_address		= sdpu_vq_set_address,
	.set_vq_num		= sdpu_vq_set_num,
	.kick_vq		= sdpu_vq_kick,
	.set_vq_cb		= sdpu_vq_set_cb,
	.set_vq_ready		= sdpu_vq_set_ready,
	.get_vq_ready		= sdpu_vq_get_ready,
	.set_vq_state		= sdpu_vq_set_state,
	.get_vq_state		= sdpu_vq_get_state,
	.get_vendor_vq_stats	= sdpu_stats_get_vq,
	.get_vq_size		= sdpu_vq_get_size,
	.get_vq_align		= sdpu_vq_get_align,
	.get_vq_group		= sdpu_vq_get_group,
	.get_vq_desc_group	= sdpu_vq_get_desc_group,
	.get_vq_num_max		= sdpu_vq_get_num_max,
	.get_device_features	= sdpu_vdpa_get_device_features,
	.get_backend_features	= sdpu_vdpa_get_backend_features,
	.set_driver_features	= sdpu_vdpa_set_driver_features,
	.get_driver_features	= sdpu_vdpa_get_driver_features,
	.set_config_cb		= sdpu_config_set_cb,
	.get_device_id		= sdpu_vdpa_get_device_id,
	.get_vendor_id		= sdpu_vdpa_get_vendor_id,
	.get_status		= sdpu_vdpa_get_status,
	.set_status		= sdpu_vdpa_set_status,
	.reset			= sdpu_vdpa_reset,
	.suspend		= sdpu_vdpa_suspend,
	.resume			= sdpu_vdpa_resume,
	.get_config_size	= sdpu_config_get_size,
	.get_config		= sdpu_config_get,
	.set_config		= sdpu_config_set,
	.get_generation		= sdpu_config_get_generation,
	.get_iova_range		= sdpu_map_get_range,
	.dma_map		= sdpu_map_dma_map,
	.dma_unmap		= sdpu_map_dma_unmap,
	.reset_map		= sdpu_map_reset,
	.set_group_asid		= sdpu_vdpa_set_group_asid,
	.set_vq_affinity	= sdpu_vq_set_affinity,
	.free			= sdpu_vdpa_free,
};
