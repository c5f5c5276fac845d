// SPDX-License-Identifier: GPL-2.0-only
/*
 * nft flowtables with the flag offload, over representors and the uplink. The host
 * routes, perhaps with NAT, how a connection begins and ends; a rule of the card does
 * so with the frames in between, one rule each way: other Ethernet addresses, other IP
 * addresses and ports, a hop less, and out at another port.
 */
#include <linux/slab.h>
#include <net/flow_offload.h>
#include <net/pkt_cls.h>
#include <softdpu/ctrl.h>

#include "eswitch.h"
#include "flower.h"
#include "flowtable.h"
#include "pf.h"

/**
 * struct sdpu_flowtable - a netdev of a flow table
 * @pf: the card
 * @dev: a representor, or the uplink
 *
 * Constant; it goes when the netdev is taken out of the flow table.
 */
struct sdpu_flowtable {
	struct sdpu_pf *pf;
	struct net_device *dev;
};

static bool sdpu_flowtable_is_from(const struct flow_rule *from, const struct net_device *dev)
{
	struct flow_match_meta meta;

	if (!flow_rule_match_key(from, FLOW_DISSECTOR_KEY_META))
		return false;
	flow_rule_match_meta(from, &meta);

	return meta.key->ingress_ifindex == dev->ifindex;
}

static int sdpu_flowtable_make(struct sdpu_ctrl_rule *rule, const struct sdpu_flowtable *ft,
			       const struct flow_rule *from)
{
	struct netdev_phys_item_id id;
	int ret;

	/* each netdev of the flow table is told of each connection */
	if (!sdpu_flowtable_is_from(from, ft->dev))
		return -EOPNOTSUPP;
	if (!sdpu_eswitch_id(ft->pf, &id) || !tc_can_offload(ft->dev))
		return -EOPNOTSUPP;
	rule->priority = cpu_to_le32(SDPU_FLOWTABLE_PRIORITY);
	ret = sdpu_flower_match(rule, from, ft->dev, NULL);
	if (ret)
		return ret;
	/* the last hop is the host's: it says so to the sender */
	rule->actions[0].type = SDPU_RULE_TTL_DEC;
	rule->num_actions = cpu_to_le16(1);

	return sdpu_flower_actions(rule, &from->action, ft->pf, ft->dev, NULL, NULL);
}

static int sdpu_flowtable_replace(const struct sdpu_flowtable *ft,
				  const struct sdpu_flower_key *key,
				  const struct flow_cls_offload *cls)
{
	struct sdpu_ctrl_rule *rule = kzalloc(sizeof(*rule), GFP_KERNEL);
	int ret;

	if (!rule)
		return -ENOMEM;
	ret = sdpu_flowtable_make(rule, ft, cls->rule);
	if (!ret)
		ret = sdpu_flower_put(ft->pf->flower, key, rule, SDPU_FLOWER_LEARNT, NULL, NULL);
	kfree(rule);

	return ret;
}

/* From a work item of the flow table, under its flow_block_lock. */
static int sdpu_flowtable_block(enum tc_setup_type type, void *type_data, void *priv)
{
	struct flow_cls_offload *cls = type_data;
	const struct sdpu_flowtable *ft = priv;
	const struct sdpu_flower_key key = { .owner = ft, .cookie = cls->cookie };

	if (type != TC_SETUP_CLSFLOWER)
		return -EOPNOTSUPP;

	switch (cls->command) {
	case FLOW_CLS_REPLACE:
		return sdpu_flowtable_replace(ft, &key, cls);
	case FLOW_CLS_DESTROY:
		return sdpu_flower_remove(ft->pf->flower, &key, NULL);
	case FLOW_CLS_STATS:
		return sdpu_flower_ask(ft->pf->flower, &key, &cls->stats);
	default:
		return -EOPNOTSUPP;
	}
}

static void sdpu_flowtable_release(void *priv)
{
	struct sdpu_flowtable *ft = priv;

	/* the flow table may still have connections, and says nothing of them any more */
	sdpu_flower_flush(ft->pf->flower, ft);
	kfree(ft);
}

static int sdpu_flowtable_bind(struct sdpu_pf *pf, struct net_device *dev,
			       struct flow_block_offload *block)
{
	struct flow_block_cb *cb;
	struct sdpu_flowtable *ft;

	if (flow_block_cb_lookup(block->block, sdpu_flowtable_block, dev))
		return -EBUSY;
	ft = kzalloc(sizeof(*ft), GFP_KERNEL);
	if (!ft)
		return -ENOMEM;
	ft->pf = pf;
	ft->dev = dev;
	cb = flow_block_cb_alloc(sdpu_flowtable_block, dev, ft, sdpu_flowtable_release);
	if (IS_ERR(cb)) {
		kfree(ft);
		return PTR_ERR(cb);
	}
	flow_block_cb_add(cb, block);

	return 0;
}

/**
 * sdpu_flowtable_setup - a netdev comes into a flow table, or goes
 * @pf: the card
 * @dev: a representor, or the uplink
 * @block: of the flow table
 *
 * Context: may sleep, flow_block_lock of the flow table held.
 * Return: 0 or a negative errno.
 */
int sdpu_flowtable_setup(struct sdpu_pf *pf, struct net_device *dev,
			 struct flow_block_offload *block)
{
	struct flow_block_cb *cb;

	if (block->binder_type != FLOW_BLOCK_BINDER_TYPE_CLSACT_INGRESS)
		return -EOPNOTSUPP;

	switch (block->command) {
	case FLOW_BLOCK_BIND:
		return sdpu_flowtable_bind(pf, dev, block);
	case FLOW_BLOCK_UNBIND:
		cb = flow_block_cb_lookup(block->block, sdpu_flowtable_block, dev);
		if (!cb)
			return -ENOENT;
		flow_block_cb_remove(cb, block);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}
