/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SDPU_SIM_UNPLUG_H
#define _SDPU_SIM_UNPLUG_H

struct pci_bus;

void sdpu_unplug(struct pci_bus *bus, unsigned int total_vfs);

#endif /* _SDPU_SIM_UNPLUG_H */
