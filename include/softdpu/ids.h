/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI ids of a SoftDPU card. They are synthetic: nobody registered them with
 * the PCI-SIG, and pci.ids does not know the vendor. No hardware answers to
 * them, and no driver but ours claims them.
 */
#ifndef _SOFTDPU_IDS_H
#define _SOFTDPU_IDS_H

#define SDPU_PCI_VENDOR_ID		0x5d9a
#define SDPU_PCI_DEVICE_ID_PF		0x1000
#define SDPU_PCI_DEVICE_ID_VF		0x1001
#define SDPU_PCI_REVISION		0x01

/* Subsystem ids of both kinds of function: the card is a simulated one. */
#define SDPU_PCI_SUBVENDOR_ID		SDPU_PCI_VENDOR_ID
#define SDPU_PCI_SUBDEVICE_ID_SIM	0x0001

#endif /* _SOFTDPU_IDS_H */
