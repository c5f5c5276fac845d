// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFs come and go.
 *
 * Two locks guard that: the device lock of the PF and the rescan lock of the
 * PCI core. The core calls sriov_configure with both, the device lock taken
 * first. When it removes the PF it takes the rescan lock first and the device
 * lock then, so no order is right, and waiting for one with the other held can
 * deadlock. Three rules keep us out of it.
 *
 * - VFs that a card wishes to have from the start are enabled by a work item,
 *   which takes the rescan lock and only tries the device lock. Nobody waits
 *   for the work item with a lock held: it has references of its own and finds
 *   out that the PF has no driver any more. The module waits for it when its
 *   last device is unbound.
 * - Unbinding the PF, in sdpu_sriov_destroy(), happens under the device lock,
 *   and VFs must go then: the core does not take them from a PF without a
 *   driver, and dies of a PF that is removed with VFs. But a driver cannot know
 *   whether its caller holds the rescan lock: it does if the PF is being
 *   removed, it does not if somebody wrote to "unbind" or removes the module.
 *   So another work item takes the lock and the VFs, while we watch. If the
 *   PF's "remove" attribute is gone, then somebody removes the PF: they hold
 *   the lock already, or will as soon as we are done, and wait for us in both
 *   cases: the VFs are ours to take.
 * - A VF's driver may wait for user space: a vDPA device goes when the process
 *   that has it open lets go. That must not happen with the rescan lock held,
 *   or PCI hotplug stands still on this host. Writing 0 to sriov_numvfs is
 *   refused in that case; unbinding cannot be refused, it waits for VFs'
 *   drivers first, with the device lock only.
 *
 * The lock of the devlink instance is taken inside both: while VFs are enabled
 * or disabled the card is not started anew, and its mode does not change.
 */
#include <linux/delay.h>
#include <linux/kref.h>
#include <linux/lockdep.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>
#include <softdpu/ctrl.h>
#include <softdpu/xport.h>

#include "../ctrl/ctrl.h"
#include "devlink.h"
#include "eswitch.h"
#include "pf.h"

#define SDPU_SRIOV_RETRY_MS	20

/*
 * Somebody holds the rescan lock for as long and does not remove the PF by way
 * of sysfs: then it is some hotplug driver that removes it, and waits for us.
 */
#define SDPU_SRIOV_PATIENCE_MS	(10 * MSEC_PER_SEC)

/**
 * enum sdpu_sriov_taker - who takes the VFs away when the PF is unbound
 * @SDPU_SRIOV_OPEN: whoever comes first
 * @SDPU_SRIOV_WORK: the work item, it has the rescan lock
 * @SDPU_SRIOV_REMOVE: the driver's remove function
 */
enum sdpu_sriov_taker {
	SDPU_SRIOV_OPEN,
	SDPU_SRIOV_WORK,
	SDPU_SRIOV_REMOVE,
};

/**
 * struct sdpu_sriov - the VFs of a PF
 * @ref: one of the PF's driver, one of each work item that is queued
 * @pdev: the PF, with a reference
 * @pf: NULL when the PF has no driver any more; protected by the device lock
 * @initial: VFs that the card wishes to have; constant once @enable was queued
 * @gone: @pf is about to be NULL, to be read without the lock
 * @taker: enum sdpu_sriov_taker
 * @taken: when @taker is the work item: the VFs are gone
 * @enable: enables the initial VFs
 * @disable: disables all VFs, on behalf of sdpu_sriov_destroy()
 */
struct sdpu_sriov {
	struct kref ref;
	struct pci_dev *pdev;
	struct sdpu_pf *pf;
	u16 initial;
	bool gone;
	atomic_t taker;
	struct completion taken;
	struct work_struct enable;
	struct work_struct disable;
};

static struct workqueue_struct *sdpu_sriov_wq;

static void sdpu_sriov_release(struct kref *ref)
{
	struct sdpu_sriov *sriov = container_of(ref, struct sdpu_sriov, ref);

	pci_dev_put(sriov->pdev);
	kfree(sriov);
}

/* Work items start with their own reference: queueing must not fail. */
static void sdpu_sriov_queue(struct sdpu_sriov *sriov, struct work_struct *work)
{
	kref_get(&sriov->ref);
	if (!queue_work(sdpu_sriov_wq, work))
		kref_put(&sriov->ref, sdpu_sriov_release);
}

/* Under the lock of the devlink instance: there is no new start in between. */
static int sdpu_sriov_enable_locked(struct sdpu_pf *pf, int num_vfs)
{
	struct pci_dev *pdev = pf->pdev;
	u16 total;
	int ret;

	if (!pf->ctrl || !sdpu_ctrl_alive(pf->ctrl)) {
		pci_err(pdev, "cannot enable VFs: the card does not answer\n");
		return -ENODEV;
	}
	total = sdpu_ctrl_identity(pf->ctrl)->total_vfs;
	if (num_vfs > total) {
		pci_err(pdev, "cannot enable %d VFs: the card has %u\n", num_vfs, total);
		return -ERANGE;
	}

	ret = sdpu_eswitch_add_vfs(pf, num_vfs);
	if (ret) {
		pci_err(pdev, "cannot make representors of %d VFs: %pe\n", num_vfs, ERR_PTR(ret));
		return ret;
	}
	ret = pci_enable_sriov(pdev, num_vfs);
	if (ret) {
		pci_err(pdev, "cannot enable %d VFs: %pe\n", num_vfs, ERR_PTR(ret));
		sdpu_eswitch_del_vfs(pf);
		return ret;
	}

	return num_vfs;
}

/* Under device lock and rescan lock. */
static int sdpu_sriov_enable(struct sdpu_pf *pf, int num_vfs)
{
	int ret;

	sdpu_devlink_lock(pf);
	ret = sdpu_sriov_enable_locked(pf, num_vfs);
	sdpu_devlink_unlock(pf);

	return ret;
}

static int sdpu_sriov_is_held_vdpa(struct device *dev, void *data)
{
	bool held;

	if (!dev->bus || strcmp(dev->bus->name, "vdpa"))
		return false;
	/* somebody else may be unbinding it, and wait for user space right now */
	if (!device_trylock(dev))
		return true;
	held = dev->driver && !strcmp(dev->driver->name, "vhost_vdpa");
	device_unlock(dev);

	return held;
}

/*
 * Would the VF's driver have to wait for user space? It does if the VF's vDPA
 * device is with vhost-vdpa and somebody has begun to use it.
 */
static bool sdpu_sriov_vf_held(struct pci_dev *vf)
{
	struct sdpu_xport *xp = sdpu_xport_get(&vf->dev);
	u32 status;

	if (!xp)
		return false;
	status = xp->ops->read(xp, SDPU_REG_DEV_STATUS);

	return status != ~0u && status &&
	       device_for_each_child(&vf->dev, NULL, sdpu_sriov_is_held_vdpa);
}

/* The next VF of @pdev after @vf, whose reference is dropped; NULL starts and ends. */
static struct pci_dev *sdpu_sriov_next_vf(struct pci_dev *pdev, struct pci_dev *vf)
{
	do {
		vf = pci_get_device(pdev->vendor, PCI_ANY_ID, vf);
	} while (vf && !(vf->is_virtfn && pci_physfn(vf) == pdev));

	return vf;
}

/* Under device lock and rescan lock. */
static int sdpu_sriov_disable(struct sdpu_pf *pf)
{
	struct pci_dev *pdev = pf->pdev;
	struct pci_dev *vf = NULL;

	while ((vf = sdpu_sriov_next_vf(pdev, vf))) {
		if (sdpu_sriov_vf_held(vf)) {
			pci_err(pdev, "cannot disable VFs: a process uses the vDPA device of %s\n",
				pci_name(vf));
			pci_dev_put(vf);
			return -EBUSY;
		}
	}

	/* who sets the mode meanwhile must not make representors of them */
	sdpu_devlink_lock(pf);
	sdpu_eswitch_del_vfs(pf);
	pci_disable_sriov(pdev);
	sdpu_devlink_unlock(pf);

	return 0;
}

/**
 * sdpu_sriov_configure - somebody wrote to sriov_numvfs
 * @pdev: the PF
 * @num_vfs: 0, or how many while there are none
 *
 * Context: may sleep, device lock of the PF and rescan lock held.
 * Return: how many VFs there are, -EBUSY if they are in use, or another
 * negative errno.
 */
int sdpu_sriov_configure(struct pci_dev *pdev, int num_vfs)
{
	struct sdpu_pf *pf = pci_get_drvdata(pdev);

	return num_vfs ? sdpu_sriov_enable(pf, num_vfs) : sdpu_sriov_disable(pf);
}

static void sdpu_sriov_enable_work(struct work_struct *work)
{
	struct sdpu_sriov *sriov = container_of(work, struct sdpu_sriov, enable);
	struct device *dev = &sriov->pdev->dev;

	/* ends when the device lock is free for a moment, or the PF loses its driver */
	while (!READ_ONCE(sriov->gone)) {
		pci_lock_rescan_remove();
		if (device_trylock(dev)) {
			/* VFs that somebody enabled before us are as good */
			if (sriov->pf && !pci_num_vf(sriov->pdev))
				sdpu_sriov_enable(sriov->pf, sriov->initial);
			device_unlock(dev);
			pci_unlock_rescan_remove();
			break;
		}
		pci_unlock_rescan_remove();
		msleep(SDPU_SRIOV_RETRY_MS);
	}

	kref_put(&sriov->ref, sdpu_sriov_release);
}

static void sdpu_sriov_disable_work(struct work_struct *work)
{
	struct sdpu_sriov *sriov = container_of(work, struct sdpu_sriov, disable);

	pci_lock_rescan_remove();
	if (atomic_cmpxchg(&sriov->taker, SDPU_SRIOV_OPEN, SDPU_SRIOV_WORK) == SDPU_SRIOV_OPEN) {
		/* the device lock is held by sdpu_sriov_destroy(), which waits for us */
		pci_disable_sriov(sriov->pdev);
		complete(&sriov->taken);
	}
	pci_unlock_rescan_remove();

	kref_put(&sriov->ref, sdpu_sriov_release);
}

/* Does somebody remove the PF by way of sysfs? The attribute goes first. */
static bool sdpu_sriov_removing(struct pci_dev *pdev)
{
	struct kernfs_node *kn = sysfs_get_dirent(pdev->dev.kobj.sd, "remove");

	sysfs_put(kn);

	return !kn;
}

/* Drivers that wait for user space do it here, without the rescan lock. */
static void sdpu_sriov_unbind_vfs(struct pci_dev *pdev)
{
	struct pci_dev *vf = NULL;

	while ((vf = sdpu_sriov_next_vf(pdev, vf)))
		device_release_driver(&vf->dev);
}

static void sdpu_sriov_take_vfs(struct sdpu_sriov *sriov)
{
	struct pci_dev *pdev = sriov->pdev;
	unsigned int ms;

	sdpu_sriov_unbind_vfs(pdev);

	if (!sdpu_sriov_removing(pdev))
		sdpu_sriov_queue(sriov, &sriov->disable);
	for (ms = 0; ms < SDPU_SRIOV_PATIENCE_MS; ms += SDPU_SRIOV_RETRY_MS) {
		if (sdpu_sriov_removing(pdev))
			break;
		if (wait_for_completion_timeout(&sriov->taken,
						msecs_to_jiffies(SDPU_SRIOV_RETRY_MS)))
			return;
	}

	if (atomic_cmpxchg(&sriov->taker, SDPU_SRIOV_OPEN, SDPU_SRIOV_REMOVE) != SDPU_SRIOV_OPEN) {
		wait_for_completion(&sriov->taken);
		return;
	}
	/* whoever removes the PF holds the rescan lock for us: not known to lockdep */
	lockdep_off();
	pci_disable_sriov(pdev);
	lockdep_on();
}

/**
 * sdpu_sriov_create - before VFs can come
 * @pf: the PF
 *
 * Context: may sleep.
 * Return: what sdpu_sriov_destroy() needs, or NULL if there is no memory.
 */
struct sdpu_sriov *sdpu_sriov_create(struct sdpu_pf *pf)
{
	struct sdpu_sriov *sriov;

	sriov = kzalloc(sizeof(*sriov), GFP_KERNEL);
	if (!sriov)
		return NULL;

	kref_init(&sriov->ref);
	sriov->pdev = pci_dev_get(pf->pdev);
	sriov->pf = pf;
	atomic_set(&sriov->taker, SDPU_SRIOV_OPEN);
	init_completion(&sriov->taken);
	INIT_WORK(&sriov->enable, sdpu_sriov_enable_work);
	INIT_WORK(&sriov->disable, sdpu_sriov_disable_work);

	return sriov;
}

/**
 * sdpu_sriov_enable_initial - enable the VFs that the card wishes to have
 * @sriov: from sdpu_sriov_create()
 *
 * They come some time later: probing happens under the device lock and often
 * under the rescan lock, without a way to know.
 *
 * Context: may sleep, device lock of the PF held.
 */
void sdpu_sriov_enable_initial(struct sdpu_sriov *sriov)
{
	sdpu_devlink_lock(sriov->pf);
	/* there may have been a new start already, and it may have failed */
	if (sriov->pf->ctrl)
		sriov->initial = sdpu_ctrl_identity(sriov->pf->ctrl)->initial_vfs;
	sdpu_devlink_unlock(sriov->pf);
	if (sriov->initial && !pci_num_vf(sriov->pdev))
		sdpu_sriov_queue(sriov, &sriov->enable);
}

/**
 * sdpu_sriov_destroy - no VFs any more
 * @sriov: from sdpu_sriov_create()
 *
 * Context: may sleep, device lock of the PF held, rescan lock perhaps. Waits
 * for user space to let go of VFs.
 */
void sdpu_sriov_destroy(struct sdpu_sriov *sriov)
{
	WRITE_ONCE(sriov->gone, true);
	sriov->pf = NULL;
	if (pci_num_vf(sriov->pdev))
		sdpu_sriov_take_vfs(sriov);
	kref_put(&sriov->ref, sdpu_sriov_release);
}

/**
 * sdpu_sriov_init - before the first PF
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sdpu_sriov_init(void)
{
	/* work items wait for locks, those of one card must not hold up another's */
	sdpu_sriov_wq = alloc_workqueue("softdpu_sriov", WQ_UNBOUND, 0);

	return sdpu_sriov_wq ? 0 : -ENOMEM;
}

/**
 * sdpu_sriov_exit - after the last PF
 *
 * Context: may sleep, no device lock and no rescan lock held.
 */
void sdpu_sriov_exit(void)
{
	destroy_workqueue(sdpu_sriov_wq);
}
