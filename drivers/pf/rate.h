/* SPDX-License-Identifier: GPL-2.0-only */
/* How fast VFs may send: devlink port function rate. See rate.c. */
#ifndef _SDPU_DRV_RATE_H
#define _SDPU_DRV_RATE_H

#include "../ctrl/cmds.h"

struct devlink_port;
struct devlink_rate;
struct netlink_ext_ack;
struct sdpu_pf;

/**
 * struct sdpu_rate_leaf - how fast a VF that has a representor may send
 * @pf: the PF
 * @number: of the VF, from 1
 * @rate: what the card has been told
 *
 * Protected by the lock of the devlink instance.
 */
struct sdpu_rate_leaf {
	struct sdpu_pf *pf;
	unsigned int number;
	struct sdpu_vf_rate rate;
};

int sdpu_rate_leaf_create(struct sdpu_rate_leaf *leaf, struct sdpu_pf *pf, unsigned int number,
			  struct devlink_port *port);
void sdpu_rate_leaf_destroy(struct devlink_port *port);

/* of struct devlink_ops */
int sdpu_rate_leaf_tx_share_set(struct devlink_rate *rate, void *priv, u64 tx_share,
				struct netlink_ext_ack *extack);
int sdpu_rate_leaf_tx_max_set(struct devlink_rate *rate, void *priv, u64 tx_max,
			      struct netlink_ext_ack *extack);
int sdpu_rate_leaf_parent_set(struct devlink_rate *child, struct devlink_rate *parent,
			      void *priv_child, void *priv_parent,
			      struct netlink_ext_ack *extack);
int sdpu_rate_node_new(struct devlink_rate *rate, void **priv, struct netlink_ext_ack *extack);
int sdpu_rate_node_del(struct devlink_rate *rate, void *priv, struct netlink_ext_ack *extack);
int sdpu_rate_node_tx_share_set(struct devlink_rate *rate, void *priv, u64 tx_share,
				struct netlink_ext_ack *extack);
int sdpu_rate_node_tx_max_set(struct devlink_rate *rate, void *priv, u64 tx_max,
			      struct netlink_ext_ack *extack);
int sdpu_rate_node_parent_set(struct devlink_rate *child, struct devlink_rate *parent,
			      void *priv_child, void *priv_parent,
			      struct netlink_ext_ack *extack);

#endif /* _SDPU_DRV_RATE_H */
