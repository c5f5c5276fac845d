/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PF's driver.
 *
 *   main.c     bound and unbound
 *   sriov.c    VFs come and go
 *   netdev.c   the host's own leg on the card: open, frames, link
 *   filter.c   which frames it receives
 *   stats.c    counters
 *   ethtool.c  what ethtool asks
 */
#ifndef _SDPU_DRV_PF_H
#define _SDPU_DRV_PF_H

#include <linux/types.h>

struct net_device;
struct pci_dev;
struct sdpu_ctrl;
struct sdpu_sriov;

/**
 * struct sdpu_pf - the card's physical function
 * @pdev: the PCI function
 * @ctrl: its control path
 * @netdev: its network device. NULL until it exists, and events may come
 *	before: written once, with release semantics.
 * @sriov: its VFs
 */
struct sdpu_pf {
	struct pci_dev *pdev;
	struct sdpu_ctrl *ctrl;
	struct net_device *netdev;
	struct sdpu_sriov *sriov;
};

/* sriov.c */
int sdpu_sriov_init(void);
void sdpu_sriov_exit(void);
struct sdpu_sriov *sdpu_sriov_create(struct sdpu_pf *pf);
void sdpu_sriov_destroy(struct sdpu_sriov *sriov);
void sdpu_sriov_enable_initial(struct sdpu_sriov *sriov);
int sdpu_sriov_configure(struct pci_dev *pdev, int num_vfs);

/* netdev.c */
struct net_device *sdpu_netdev_create(struct sdpu_pf *pf);
void sdpu_netdev_unregister(struct net_device *dev);
void sdpu_netdev_free(struct net_device *dev);
void sdpu_netdev_link_changed(struct net_device *dev);

#endif /* _SDPU_DRV_PF_H */
