// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast VFs may send, as devlink port function rate says: a VF that has a
 * representor is a leaf, a group of them a node. In legacy mode ip link says
 * it, see vf.c.
 *
 * All of it is under the lock of the devlink instance. devlink remembers what
 * has succeeded; what has failed is not the card's either.
 */
#include <linux/idr.h>
#include <linux/slab.h>
#include <net/devlink.h>
#include <softdpu/ctrl.h>

#include "../ctrl/ctrl.h"
#include "pf.h"
#include "rate.h"

/**
 * struct sdpu_rate_node - VFs that share a rate
 * @pf: the PF
 * @group: number that the card knows them by
 */
struct sdpu_rate_node {
	struct sdpu_pf *pf;
	u16 group;
};

static int sdpu_rate_check(u64 rate, struct netlink_ext_ack *extack)
{
	if (!rate || (rate >= SDPU_RATE_MIN && rate <= SDPU_RATE_MAX))
		return 0;
	NL_SET_ERR_MSG(extack, "a rate is 0 for none, or from 8 kbit/s to 8 Tbit/s");

	return -ERANGE;
}

static int sdpu_rate_failed(int ret, struct netlink_ext_ack *extack)
{
	if (ret)
		NL_SET_ERR_MSG_FMT(extack, "the card does not take it: %pe", ERR_PTR(ret));

	return ret;
}

static int sdpu_rate_leaf_set(struct sdpu_rate_leaf *leaf, const struct sdpu_vf_rate *rate,
			      struct netlink_ext_ack *extack)
{
	int ret = sdpu_cmd_vf_rate(leaf->pf->ctrl, leaf->number, rate);

	/* it was executed, maybe, and we say that it was not: see sdpu_netdev_change_mtu() */
	if (ret == -EIO)
		sdpu_cmd_vf_rate(leaf->pf->ctrl, leaf->number, &leaf->rate);
	if (!ret)
		leaf->rate = *rate;

	return sdpu_rate_failed(ret, extack);
}

static int sdpu_rate_leaf_set_both(struct sdpu_rate_leaf *leaf, u64 tx_max, u64 tx_share,
				   struct netlink_ext_ack *extack)
{
	const struct sdpu_vf_rate rate = {
		.tx_max = tx_max,
		.tx_share = tx_share,
		.group = leaf->rate.group,
	};

	if (tx_max && tx_share > tx_max) {
		NL_SET_ERR_MSG(extack, "tx_share would be above tx_max");
		return -EINVAL;
	}

	return sdpu_rate_leaf_set(leaf, &rate, extack);
}

/**
 * sdpu_rate_leaf_tx_share_set - devlink port function rate set PORT tx_share
 * @rate: of the VF
 * @priv: struct sdpu_rate_leaf
 * @tx_share: what it may send of its group's rate for sure, in bytes a second; 0: nothing
 * @extack: why not
 *
 * Context: may sleep, lock of the devlink instance held, as for all of these.
 * Return: 0, -ERANGE, -EINVAL if it is above the VF's own rate, or another negative errno.
 */
int sdpu_rate_leaf_tx_share_set(struct devlink_rate *rate, void *priv, u64 tx_share,
				struct netlink_ext_ack *extack)
{
	struct sdpu_rate_leaf *leaf = priv;

	return sdpu_rate_check(tx_share, extack) ?:
	       sdpu_rate_leaf_set_both(leaf, leaf->rate.tx_max, tx_share, extack);
}

/**
 * sdpu_rate_leaf_tx_max_set - devlink port function rate set PORT tx_max
 * @rate: of the VF
 * @priv: struct sdpu_rate_leaf
 * @tx_max: what it may send at most, in bytes a second; 0: any
 * @extack: why not
 *
 * Return: as sdpu_rate_leaf_tx_share_set().
 */
int sdpu_rate_leaf_tx_max_set(struct devlink_rate *rate, void *priv, u64 tx_max,
			      struct netlink_ext_ack *extack)
{
	struct sdpu_rate_leaf *leaf = priv;

	return sdpu_rate_check(tx_max, extack) ?:
	       sdpu_rate_leaf_set_both(leaf, tx_max, leaf->rate.tx_share, extack);
}

/**
 * sdpu_rate_leaf_parent_set - devlink port function rate set PORT parent GROUP
 * @child: of the VF
 * @parent: of the group, or NULL
 * @priv_child: struct sdpu_rate_leaf
 * @priv_parent: struct sdpu_rate_node, or NULL
 * @extack: why not, or NULL
 *
 * Return: 0 or a negative errno.
 */
int sdpu_rate_leaf_parent_set(struct devlink_rate *child, struct devlink_rate *parent,
			      void *priv_child, void *priv_parent,
			      struct netlink_ext_ack *extack)
{
	const struct sdpu_rate_node *node = priv_parent;
	struct sdpu_rate_leaf *leaf = priv_child;
	struct sdpu_vf_rate rate = leaf->rate;

	rate.group = node ? node->group : 0;

	return sdpu_rate_leaf_set(leaf, &rate, extack);
}

/**
 * sdpu_rate_node_new - devlink port function rate add GROUP
 * @rate: of the group
 * @priv: struct sdpu_rate_node, made here
 * @extack: why not
 *
 * Return: 0, -EOPNOTSUPP in legacy mode, -ENOSPC if the card has no more, or another
 * negative errno.
 */
int sdpu_rate_node_new(struct devlink_rate *rate, void **priv, struct netlink_ext_ack *extack)
{
	struct sdpu_pf *pf = devlink_priv(rate->devlink);
	struct sdpu_rate_node *node;
	int ret;

	if (READ_ONCE(pf->eswitch.mode) != DEVLINK_ESWITCH_MODE_SWITCHDEV) {
		NL_SET_ERR_MSG(extack, "there are groups in switchdev mode only");
		return -EOPNOTSUPP;
	}
	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	ret = ida_alloc_range(&pf->rate_groups, 1,
			      max(sdpu_ctrl_identity(pf->ctrl)->rate_groups, 1), GFP_KERNEL);
	if (ret < 0) {
		NL_SET_ERR_MSG(extack, "the card has no more groups");
		goto free;
	}
	node->pf = pf;
	node->group = ret;
	/* it may have been another node's */
	ret = sdpu_cmd_group_rate(pf->ctrl, node->group, 0);
	if (ret)
		goto free_group;
	*priv = node;

	return 0;

free_group:
	sdpu_rate_failed(ret, extack);
	ida_free(&pf->rate_groups, node->group);
free:
	kfree(node);

	return ret;
}

/**
 * sdpu_rate_node_del - devlink port function rate del GROUP
 * @rate: of the group
 * @priv: struct sdpu_rate_node, freed here
 * @extack: not used
 *
 * No VF is in it: there is nothing to tell the card.
 *
 * Return: 0.
 */
int sdpu_rate_node_del(struct devlink_rate *rate, void *priv, struct netlink_ext_ack *extack)
{
	struct sdpu_rate_node *node = priv;

	ida_free(&node->pf->rate_groups, node->group);
	kfree(node);

	return 0;
}

/**
 * sdpu_rate_node_tx_share_set - devlink port function rate set GROUP tx_share
 * @rate: of the group
 * @priv: struct sdpu_rate_node
 * @tx_share: 0
 * @extack: why not
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int sdpu_rate_node_tx_share_set(struct devlink_rate *rate, void *priv, u64 tx_share,
				struct netlink_ext_ack *extack)
{
	if (!tx_share)
		return 0;
	NL_SET_ERR_MSG(extack, "a group has a tx_max only: nothing is above it to have a share of");

	return -EOPNOTSUPP;
}

/**
 * sdpu_rate_node_tx_max_set - devlink port function rate set GROUP tx_max
 * @rate: of the group
 * @priv: struct sdpu_rate_node
 * @tx_max: what its VFs may send together, in bytes a second; 0: any
 * @extack: why not
 *
 * Return: 0, -ERANGE or another negative errno.
 */
int sdpu_rate_node_tx_max_set(struct devlink_rate *rate, void *priv, u64 tx_max,
			      struct netlink_ext_ack *extack)
{
	struct sdpu_rate_node *node = priv;
	int ret;

	ret = sdpu_rate_check(tx_max, extack);
	if (ret)
		return ret;
	ret = sdpu_cmd_group_rate(node->pf->ctrl, node->group, tx_max);
	/* see sdpu_rate_leaf_set() */
	if (ret == -EIO)
		sdpu_cmd_group_rate(node->pf->ctrl, node->group, rate->tx_max);

	return sdpu_rate_failed(ret, extack);
}

/**
 * sdpu_rate_node_parent_set - devlink port function rate set GROUP parent
 * @child: of the group
 * @parent: NULL
 * @priv_child: struct sdpu_rate_node
 * @priv_parent: likewise
 * @extack: why not, or NULL
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int sdpu_rate_node_parent_set(struct devlink_rate *child, struct devlink_rate *parent,
			      void *priv_child, void *priv_parent,
			      struct netlink_ext_ack *extack)
{
	if (!parent)
		return 0;
	NL_SET_ERR_MSG(extack, "a group cannot be in a group");

	return -EOPNOTSUPP;
}

/**
 * sdpu_rate_leaf_create - a VF has a rate that devlink can set
 * @leaf: to fill in
 * @pf: the PF, up
 * @number: of the VF, from 1
 * @port: its port, registered
 *
 * It may send as fast as it can then, also if ip link has said something else.
 *
 * Context: may sleep, lock of the devlink instance held.
 * Return: 0 or a negative errno. With a card that knows of no rates there is none, and that
 * is no error.
 */
int sdpu_rate_leaf_create(struct sdpu_rate_leaf *leaf, struct sdpu_pf *pf, unsigned int number,
			  struct devlink_port *port)
{
	int ret;

	*leaf = (struct sdpu_rate_leaf) { .pf = pf, .number = number };
	if (!sdpu_ctrl_identity(pf->ctrl)->rate_groups)
		return 0;

	ret = sdpu_cmd_vf_rate(pf->ctrl, number, &leaf->rate);
	if (ret)
		return ret;

	return devl_rate_leaf_create(port, leaf, NULL);
}

/**
 * sdpu_rate_leaf_destroy - it has none any more
 * @port: port of the VF
 *
 * The card still has it, until it is told otherwise.
 *
 * Context: may sleep, lock of the devlink instance held.
 */
void sdpu_rate_leaf_destroy(struct devlink_port *port)
{
	devl_rate_leaf_destroy(port);
}
