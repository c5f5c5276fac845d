/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PF's driver.
 *
 *   main.c       bound and unbound, started and stopped
 *   devlink.c    what devlink(8) knows of the card, and can do with it
 *   resource.c   how much of what it has is in use
 *   health.c     how its control path is
 *   eswitch.c    who forwards between its ports
 *   rep.c        a VF's representor
 *   rate.c       how fast a VF may send
 *   flower.c     rules that the card follows
 *   match.c      what they match
 *   action.c     what they do
 *   ct.c         connections that rules ask for
 *   flowtable.c  those that nft flowtables route
 *   bridge.c     bridges that the card forwards for
 *   fdb.c        addresses that they know
 *   sriov.c      VFs come and go
 *   netdev.c     the host's own leg on the card: open, frames, link
 *   frames.c     what netdevs of a card have in common
 *   filter.c     which frames it receives
 *   stats.c      counters
 *   ethtool.c    what ethtool asks
 *   vf.c         what ip link says of a VF
 */
#ifndef _SDPU_DRV_PF_H
#define _SDPU_DRV_PF_H

#include <linux/idr.h>
#include <linux/netdevice.h>
#include <linux/types.h>
#include <net/devlink.h>

struct pci_dev;
struct sdpu_bridging;
struct sdpu_ctrl;
struct sdpu_flower;
struct sdpu_health;
struct sdpu_rep;
struct sdpu_sriov;

/**
 * struct sdpu_eswitch - who forwards between the ports of a card
 * @mode: DEVLINK_ESWITCH_MODE_*; a word, may be read without the lock
 * @id: of the switch; constant
 * @num: representors
 * @reps: these, that of the first VF first
 *
 * Protected by the lock of the devlink instance.
 */
struct sdpu_eswitch {
	u16 mode;
	struct netdev_phys_item_id id;
	unsigned int num;
	struct sdpu_rep **reps;
};

/**
 * struct sdpu_pf - the card's physical function
 * @pdev: the PCI function
 * @ctrl: its control path, NULL if the card does not start. Protected by the
 *	lock of the devlink instance.
 * @netdev: its network device. NULL until it exists, and events may come
 *	before: written with release semantics.
 * @sriov: its VFs
 * @eswitch: who forwards
 * @rate_groups: numbers of groups of VFs that share a rate, those in use. Protected by the
 *	lock of the devlink instance.
 * @flower: rules that the card follows; there while the netdev is
 * @bridging: bridges that it forwards for, likewise
 * @port: of the card, where the netdev is; registered while there is one
 * @registers: its registers, for devlink
 * @health: how its control path is, for devlink
 *
 * It is the private part of a devlink instance.
 */
struct sdpu_pf {
	struct pci_dev *pdev;
	struct sdpu_ctrl *ctrl;
	struct net_device *netdev;
	struct sdpu_sriov *sriov;
	struct sdpu_eswitch eswitch;
	struct ida rate_groups;
	struct sdpu_flower *flower;
	struct sdpu_bridging *bridging;
	struct devlink_port port;
	struct devlink_region *registers;
	struct sdpu_health *health;
};

/* main.c */
int sdpu_pf_up(struct sdpu_pf *pf);
void sdpu_pf_down(struct sdpu_pf *pf);

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
