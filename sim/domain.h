/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in the PCI address space a card goes: its own domain where the
 * architecture has domains, else a bus number that is free.
 */
#ifndef _SDPU_SIM_DOMAIN_H
#define _SDPU_SIM_DOMAIN_H

#include <linux/pci.h>

/**
 * struct sdpu_sysdata - what the architecture finds behind bus->sysdata
 * @arch: x86 keeps domain and NUMA node of a bus there
 */
struct sdpu_sysdata {
#ifdef CONFIG_X86
	struct pci_sysdata arch;
#endif
};

int sdpu_domain_pick(unsigned int id, struct sdpu_sysdata *sd, unsigned int *busnr);

#endif /* _SDPU_SIM_DOMAIN_H */
