// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking a card away from the PCI core, with VFs and drivers on it, while anybody
 * may write to sriov_numvfs, remove, bind or unbind.
 *
 * Two locks guard VFs: the device lock of their PF and the rescan lock of the PCI
 * core. The core is not consistent about their order: writing to sriov_numvfs
 * takes the device lock first, removing the PF takes the rescan lock first and
 * the device lock to unbind the driver. Moreover it waits for writers of the PF's
 * attributes with the rescan lock held, and a writer of sriov_numvfs may be
 * waiting for that lock. So everything that can wait is done here, step by step,
 * without the rescan lock wherever it is not needed, until nothing is left but
 * functions without drivers and without anybody who wants the lock.
 *
 * - sriov_numvfs goes: its writers are waited for with no lock held, and there
 *   will be no more of them.
 * - Drivers leave the VFs, without the rescan lock: a vDPA device waits for
 *   whoever has it open, which may take long, and the rest of the host should be
 *   able to use PCI meanwhile.
 * - VFs go, with the two locks that the core holds for sriov_numvfs = 0. A PF
 *   driver's remove function could not do that in a way that is right: it does not
 *   know whether the rescan lock is held, and from 7.2 on the core warns, with
 *   lockdep, if it is not.
 * - The PF's driver leaves, without the rescan lock.
 */
#include <linux/delay.h>
#include <linux/pci.h>
#include <linux/sysfs.h>

#include "cfgspace.h"
#include "unplug.h"

#define SDPU_UNPLUG_RETRY_MS	10

/* The PF, with a reference, or NULL if someone removed it. */
static struct pci_dev *sdpu_unplug_pf(struct pci_bus *bus)
{
	return pci_get_slot(bus, sdpu_cfg_devfn(0));
}

static void sdpu_unplug_numvfs(struct pci_bus *bus)
{
	/* sysfs goes by the name only; removing it again later does no harm */
	static const struct attribute numvfs = { .name = "sriov_numvfs" };
	struct pci_dev *pf = sdpu_unplug_pf(bus);

	if (!pf)
		return;
	if (device_is_registered(&pf->dev))
		sysfs_remove_file(&pf->dev.kobj, &numvfs);
	pci_dev_put(pf);
}

static void sdpu_unplug_vf_drivers(struct pci_bus *bus, unsigned int total_vfs)
{
	unsigned int fn;

	for (fn = 1; fn <= total_vfs; fn++) {
		struct pci_dev *vf = pci_get_slot(bus, sdpu_cfg_devfn(fn));

		if (!vf)
			continue;
		device_release_driver(&vf->dev);
		pci_dev_put(vf);
	}
}

/*
 * Take the rescan lock, and the device lock of the PF if there is one. No order is
 * right, so never wait for one of them with the other one held.
 */
static struct pci_dev *sdpu_unplug_lock(struct pci_bus *bus)
{
	for (;;) {
		struct pci_dev *pf;

		pci_lock_rescan_remove();
		pf = sdpu_unplug_pf(bus);
		if (!pf || device_trylock(&pf->dev))
			return pf;
		pci_unlock_rescan_remove();
		pci_dev_put(pf);
		msleep(SDPU_UNPLUG_RETRY_MS);
	}
}

/**
 * sdpu_unplug - take drivers and VFs from a card that is about to be removed
 * @bus: the card's bus
 * @total_vfs: VFs that the card can have
 *
 * The caller has seen to it that no driver binds to a function any more and that
 * no VF can be enabled.
 *
 * Context: Process, without the rescan lock. Takes it, and device locks. Waits for
 * users of devices on the VFs, and a second if VFs are enabled.
 */
void sdpu_unplug(struct pci_bus *bus, unsigned int total_vfs)
{
	struct pci_dev *pf;

	sdpu_unplug_numvfs(bus);
	sdpu_unplug_vf_drivers(bus, total_vfs);

	pf = sdpu_unplug_lock(bus);
	if (pf) {
		pci_disable_sriov(pf);
		device_unlock(&pf->dev);
	}
	pci_unlock_rescan_remove();
	if (!pf)
		return;

	device_release_driver(&pf->dev);
	pci_dev_put(pf);
}
