/* SPDX-License-Identifier: GPL-2.0-only */
/* Who forwards between the ports of a card, and the representors. See eswitch.c, rep.c. */
#ifndef _SDPU_DRV_ESWITCH_H
#define _SDPU_DRV_ESWITCH_H

#include <linux/types.h>

struct devlink;
struct net_device;
struct netdev_phys_item_id;
struct netlink_ext_ack;
struct sdpu_pf;
struct sdpu_rep;

/* eswitch.c */
int sdpu_eswitch_mode_get(struct devlink *devlink, u16 *mode);
int sdpu_eswitch_mode_set(struct devlink *devlink, u16 mode, struct netlink_ext_ack *extack);
bool sdpu_eswitch_id(const struct sdpu_pf *pf, struct netdev_phys_item_id *ppid);
int sdpu_eswitch_add_vfs(struct sdpu_pf *pf, unsigned int num);
void sdpu_eswitch_del_vfs(struct sdpu_pf *pf);
void sdpu_eswitch_stop(struct sdpu_pf *pf);

struct sdpu_pf *sdpu_eswitch_of(const struct net_device *dev);
int sdpu_eswitch_port(const struct sdpu_pf *pf, const struct net_device *dev);

/* rep.c */
int sdpu_rep_number(const struct net_device *dev);
struct sdpu_pf *sdpu_rep_pf(const struct net_device *dev);
struct sdpu_rep *sdpu_rep_create(struct sdpu_pf *pf, unsigned int vf);
void sdpu_rep_destroy(struct sdpu_rep *rep);

#endif /* _SDPU_DRV_ESWITCH_H */
