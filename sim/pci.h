/* SPDX-License-Identifier: GPL-2.0-only */
/* The card as the PCI core sees it: a host bridge, a bus, a PF and its VFs. */
#ifndef _SDPU_SIM_PCI_H
#define _SDPU_SIM_PCI_H

struct sdpu_card;
struct sdpu_pci;

struct sdpu_pci *sdpu_pci_create(struct sdpu_card *card, unsigned int id,
				 unsigned int total_vfs);
int sdpu_pci_publish(struct sdpu_pci *p);
void sdpu_pci_destroy(struct sdpu_pci *p);
const char *sdpu_pci_name(const struct sdpu_pci *p);

int sdpu_pci_init(void);
void sdpu_pci_exit(void);

#endif /* _SDPU_SIM_PCI_H */
