// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>

#include "bus.h"
#include "fault.h"
#include "limits.h"
#include "pci.h"
#include "wire.h"

static unsigned int sdpu_cards = 1;
module_param_named(cards, sdpu_cards, uint, 0444);
MODULE_PARM_DESC(cards, "cards to plug in when the module is loaded, 0 to 16 (default 1)");

static unsigned int sdpu_vfs;
module_param_named(vfs, sdpu_vfs, uint, 0444);
MODULE_PARM_DESC(vfs, "VFs to enable at once on each of these cards, 0 to 64 (default 0)");

static int __init sdpu_sim_init(void)
{
	unsigned int id;
	int err;

	if (sdpu_cards > SDPU_MAX_CARDS || sdpu_vfs > SDPU_MAX_VFS) {
		pr_err("at most %u cards and %u VFs\n", SDPU_MAX_CARDS, SDPU_MAX_VFS);
		return -EINVAL;
	}

	sdpu_fault_module_init();
	err = sdpu_wire_module_init();
	if (err)
		goto exit_fault;
	err = sdpu_pci_init();
	if (err)
		goto exit_wire;
	err = sdpu_bus_init();
	if (err)
		goto exit_pci;
	for (id = 0; id < sdpu_cards; id++) {
		err = sdpu_bus_add(id, SDPU_MAX_VFS, sdpu_vfs);
		/* new_device works already: someone may have been faster */
		if (err && err != -EEXIST)
			goto exit_bus;
	}
	return 0;

exit_bus:
	sdpu_bus_exit();
exit_pci:
	sdpu_pci_exit();
exit_wire:
	sdpu_wire_module_exit();
exit_fault:
	sdpu_fault_module_exit();
	return err;
}

static void __exit sdpu_sim_exit(void)
{
	sdpu_bus_exit();
	sdpu_pci_exit();
	sdpu_wire_module_exit();
	sdpu_fault_module_exit();
}

module_init(sdpu_sim_init);
module_exit(sdpu_sim_exit);

MODULE_AUTHOR("SoftDPU developers");
MODULE_DESCRIPTION("SoftDPU card simulator");
MODULE_LICENSE("GPL");
