// SPDX-License-Identifier: GPL-2.0-only
#include <linux/numa.h>
#include <linux/pci.h>

#include "domain.h"

#if defined(CONFIG_X86) && defined(CONFIG_PCI_DOMAINS)

/*
 * ACPI hands out domains from 0 up, VMD from 0x10000 up, Hyper-V anything below:
 * start well above the first and look before we take one. Never domain 0: there
 * an AMD IOMMU looks for its own tables of a bus that it has never heard of.
 */
#define SDPU_DOMAIN_MIN		0x1000
#define SDPU_DOMAIN_MAX		0xffff

static bool sdpu_domain_used(int domain)
{
	struct pci_bus *bus = NULL;

	while ((bus = pci_find_next_bus(bus)))
		if (pci_domain_nr(bus) == domain)
			return true;
	return false;
}

/**
 * sdpu_domain_pick - find a place for a card
 * @id: number of the card; the same number gets the same place if it is free
 * @sd: filled in
 * @busnr: number of the card's bus
 *
 * Context: Process. The caller holds the PCI rescan lock until the bus is
 * registered, so that nobody else takes the place.
 * Return: 0, or -ENOSPC
 */
int sdpu_domain_pick(unsigned int id, struct sdpu_sysdata *sd, unsigned int *busnr)
{
	int domain;

	for (domain = SDPU_DOMAIN_MIN + id; domain <= SDPU_DOMAIN_MAX; domain++) {
		if (sdpu_domain_used(domain))
			continue;
		sd->arch.domain = domain;
		sd->arch.node = NUMA_NO_NODE;
		*busnr = 0;
		return 0;
	}
	return -ENOSPC;
}

#elif !defined(CONFIG_PCI_DOMAINS)

#define SDPU_DOMAIN_BUS_MIN	0x10
#define SDPU_DOMAIN_BUS_MAX	0xff

int sdpu_domain_pick(unsigned int id, struct sdpu_sysdata *sd, unsigned int *busnr)
{
	unsigned int bus;

	for (bus = SDPU_DOMAIN_BUS_MIN + id; bus <= SDPU_DOMAIN_BUS_MAX; bus++) {
		if (pci_find_bus(0, bus))
			continue;
		*busnr = bus;
		return 0;
	}
	return -ENOSPC;
}

#else
#error "PCI domains of this architecture are not supported yet"
#endif
