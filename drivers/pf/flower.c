// SPDX-License-Identifier: GPL-2.0-only
/*
 * tc flower: rules at the ingress of a representor or of the uplink are the
 * card's, in switchdev mode, as far as it can follow them. It follows them as the
 * kernel would: what it cannot do is refused with the reason, and the kernel does
 * it, unless the rule says skip_sw.
 *
 *   flower.c   rules come and go, and are asked for what they took
 *   match.c    what a rule matches
 *   action.c   what it does
 *
 * The RTNL is held for all of it: tc takes it for the sake of our callbacks.
 */
#include <linux/list.h>
#include <linux/rhashtable.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <net/flow_offload.h>
#include <net/pkt_cls.h>
#include <softdpu/ctrl.h>

#include "../ctrl/cmds.h"
#include "../ctrl/ctrl.h"
#include "eswitch.h"
#include "flower.h"
#include "pf.h"

/* A rule of tc; a block may be shared by several netdevs, each has it then. */
struct sdpu_flower_key {
	const struct net_device *dev;
	unsigned long cookie;
};

/**
 * struct sdpu_flower_rule - a rule that the card has
 * @node: in &struct sdpu_flower.rules
 * @key: whose it is
 * @list: in &struct sdpu_flower.list
 * @num_ports: how often it sends frames on
 * @ports: where to: 0 the uplink, n VF n
 * @gone: the card does not have it any more: a port that it leads to is gone
 * @id: what the card calls it
 * @packets: what tc knows that it took
 * @bytes: bytes of these
 */
struct sdpu_flower_rule {
	struct rhash_head node;
	struct sdpu_flower_key key;
	struct list_head list;
	unsigned int num_ports;
	u16 ports[SDPU_RULE_ACTIONS_MAX];
	bool gone;
	u32 id;
	u64 packets;
	u64 bytes;
};

/**
 * struct sdpu_flower - rules of a card
 * @pf: the PF
 * @ctrl: its control path
 * @max: rules that the card can have; with none the netdevs offer nothing
 * @num: rules that it has; read without a lock
 * @on_uplink: those, and those that are gone, for what comes along the wire
 * @rules: these, by key
 * @list: these
 * @ids: numbers that are taken; of one that the card did not say that it is gone
 *	we make no use again
 *
 * RTNL.
 */
struct sdpu_flower {
	struct sdpu_pf *pf;
	struct sdpu_ctrl *ctrl;
	u32 max;
	unsigned int num;
	unsigned int on_uplink;
	struct rhashtable rules;
	struct list_head list;
	struct xarray ids;
};

static const struct rhashtable_params sdpu_flower_params = {
	.key_len = sizeof(struct sdpu_flower_key),
	.key_offset = offsetof(struct sdpu_flower_rule, key),
	.head_offset = offsetof(struct sdpu_flower_rule, node),
	.automatic_shrinking = true,
};

/* Of all netdevs; RTNL. */
static LIST_HEAD(sdpu_flower_blocks);

/**
 * sdpu_flower_create - there may be rules
 * @pf: the PF, its control path is open
 *
 * Context: may sleep.
 * Return: it, or an ERR_PTR().
 */
struct sdpu_flower *sdpu_flower_create(struct sdpu_pf *pf)
{
	struct sdpu_flower *flower = kzalloc(sizeof(*flower), GFP_KERNEL);
	int ret;

	if (!flower)
		return ERR_PTR(-ENOMEM);
	flower->pf = pf;
	flower->ctrl = pf->ctrl;
	flower->max = sdpu_ctrl_identity(pf->ctrl)->max_rules;
	INIT_LIST_HEAD(&flower->list);
	xa_init_flags(&flower->ids, XA_FLAGS_ALLOC);
	ret = rhashtable_init(&flower->rules, &sdpu_flower_params);
	if (ret) {
		kfree(flower);
		return ERR_PTR(ret);
	}

	return flower;
}

/**
 * sdpu_flower_destroy - there are no rules any more
 * @flower: from sdpu_flower_create(); the netdevs that had rules are gone
 *
 * Context: may sleep.
 */
void sdpu_flower_destroy(struct sdpu_flower *flower)
{
	WARN_ON(!list_empty(&flower->list));
	rhashtable_destroy(&flower->rules);
	xa_destroy(&flower->ids);
	kfree(flower);
}

/**
 * sdpu_flower_num - rules that the card has
 * @flower: of the card
 *
 * Context: any.
 * Return: how many, or were a moment ago.
 */
unsigned int sdpu_flower_num(const struct sdpu_flower *flower)
{
	return READ_ONCE(flower->num);
}

/**
 * sdpu_flower_on_uplink - rules for what comes along the wire
 * @flower: of the card
 *
 * Those for VFs go with the representors.
 *
 * Context: RTNL held.
 * Return: how many the card has.
 */
unsigned int sdpu_flower_on_uplink(const struct sdpu_flower *flower)
{
	ASSERT_RTNL();

	return flower->on_uplink;
}

static int sdpu_flower_make(struct sdpu_flower *flower, const struct net_device *dev,
			    struct flow_cls_offload *cls, struct sdpu_ctrl_rule *rule)
{
	struct netlink_ext_ack *extack = cls->common.extack;
	struct netdev_phys_item_id id;
	int ret;

	if (!sdpu_eswitch_id(flower->pf, &id)) {
		NL_SET_ERR_MSG(extack, "the card follows rules in switchdev mode only");
		return -EOPNOTSUPP;
	}
	if (!tc_cls_can_offload_and_chain0(dev, &cls->common))
		return -EOPNOTSUPP;

	rule->priority = cpu_to_le32(cls->common.prio);
	ret = sdpu_flower_match(rule, cls, dev);
	if (ret)
		return ret;

	return sdpu_flower_actions(rule, cls, flower->pf, dev);
}

/* The card has it when this returns 0. */
static int sdpu_flower_tell(struct sdpu_flower *flower, struct sdpu_flower_rule *entry,
			    const struct sdpu_ctrl_rule *rule, struct netlink_ext_ack *extack)
{
	int ret;

	ret = xa_alloc(&flower->ids, &entry->id, entry, XA_LIMIT(0, flower->max - 1), GFP_KERNEL);
	if (ret) {
		NL_SET_ERR_MSG(extack, "the card has as many rules as it can");
		return ret == -EBUSY ? -ENOSPC : ret;
	}

	ret = sdpu_cmd_rule_add(flower->ctrl, entry->id, rule);
	if (!ret) {
		WRITE_ONCE(flower->num, flower->num + 1);
		return 0;
	}
	NL_SET_ERR_MSG_FMT(extack, "the card does not take the rule: %pe", ERR_PTR(ret));
	/* it was executed, maybe; a number of which that is not known stays taken */
	if ((ret != -EIO && ret != -ETIMEDOUT) || !sdpu_cmd_rule_del(flower->ctrl, entry->id))
		xa_erase(&flower->ids, entry->id);

	return ret;
}

static void sdpu_flower_forget(struct sdpu_flower *flower, const struct sdpu_flower_rule *entry)
{
	if (entry->gone)
		return;
	WRITE_ONCE(flower->num, flower->num - 1);
	if (!sdpu_cmd_rule_del(flower->ctrl, entry->id))
		xa_erase(&flower->ids, entry->id);
}

static void sdpu_flower_note_ports(struct sdpu_flower_rule *entry,
				   const struct sdpu_ctrl_rule *rule)
{
	unsigned int i;

	for (i = 0; i < le16_to_cpu(rule->num_actions); i++)
		if (rule->actions[i].type == SDPU_RULE_OUTPUT)
			entry->ports[entry->num_ports++] = le16_to_cpu(rule->actions[i].arg);
}

static int sdpu_flower_add(struct sdpu_flower *flower, struct sdpu_flower_rule *entry,
			   const struct sdpu_ctrl_rule *rule, struct netlink_ext_ack *extack)
{
	int ret;

	sdpu_flower_note_ports(entry, rule);
	ret = sdpu_flower_tell(flower, entry, rule, extack);
	if (ret)
		return ret;
	ret = rhashtable_insert_fast(&flower->rules, &entry->node, sdpu_flower_params);
	if (ret) {
		sdpu_flower_forget(flower, entry);
		return ret;
	}
	list_add_tail(&entry->list, &flower->list);
	flower->on_uplink += entry->key.dev == flower->pf->netdev;

	return 0;
}

static int sdpu_flower_replace(struct sdpu_flower *flower, const struct net_device *dev,
			       struct flow_cls_offload *cls)
{
	struct sdpu_flower_rule *entry;
	struct sdpu_ctrl_rule *rule;
	int ret = -ENOMEM;

	rule = kzalloc(sizeof(*rule), GFP_KERNEL);
	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (rule && entry) {
		entry->key.dev = dev;
		entry->key.cookie = cls->cookie;
		ret = sdpu_flower_make(flower, dev, cls, rule);
	}
	if (!ret)
		ret = sdpu_flower_add(flower, entry, rule, cls->common.extack);
	if (ret)
		kfree(entry);
	kfree(rule);

	return ret;
}

static struct sdpu_flower_rule *sdpu_flower_find(struct sdpu_flower *flower,
						 const struct net_device *dev,
						 const struct flow_cls_offload *cls)
{
	const struct sdpu_flower_key key = { .dev = dev, .cookie = cls->cookie };

	return rhashtable_lookup_fast(&flower->rules, &key, sdpu_flower_params);
}

/* Also for rules that we have refused. */
static int sdpu_flower_del(struct sdpu_flower *flower, const struct net_device *dev,
			   const struct flow_cls_offload *cls)
{
	struct sdpu_flower_rule *entry = sdpu_flower_find(flower, dev, cls);

	if (!entry)
		return -ENOENT;
	rhashtable_remove_fast(&flower->rules, &entry->node, sdpu_flower_params);
	list_del(&entry->list);
	flower->on_uplink -= dev == flower->pf->netdev;
	sdpu_flower_forget(flower, entry);
	kfree(entry);

	return 0;
}

static int sdpu_flower_stats(struct sdpu_flower *flower, const struct net_device *dev,
			     struct flow_cls_offload *cls)
{
	struct sdpu_flower_rule *entry = sdpu_flower_find(flower, dev, cls);
	struct sdpu_rule_stats now;
	u64 used;
	int ret;

	if (!entry || entry->gone)
		return -ENOENT;
	/* the RTNL is held, and tc asks for each rule */
	if (!sdpu_ctrl_prompt(flower->ctrl))
		return -EBUSY;
	ret = sdpu_cmd_rule_stats(flower->ctrl, entry->id, &now);
	if (ret || now.idle == U64_MAX)
		return ret;
	used = jiffies - msecs_to_jiffies(min_t(u64, now.idle, INT_MAX));
	flow_stats_update(&cls->stats, now.bytes - entry->bytes, now.packets - entry->packets, 0,
			  used, FLOW_ACTION_HW_STATS_IMMEDIATE);
	entry->bytes = now.bytes;
	entry->packets = now.packets;

	return 0;
}

static bool sdpu_flower_leads_to(const struct sdpu_flower_rule *entry, unsigned int port)
{
	unsigned int i;

	for (i = 0; i < entry->num_ports; i++)
		if (entry->ports[i] == port)
			return true;

	return false;
}

/**
 * sdpu_flower_port_gone - a representor is about to go
 * @flower: of the card
 * @port: number of the VF, from 1
 *
 * A rule that leads there leads nowhere, as mirred does without its netdev: it must not
 * lead to a VF that comes later. tc has it until somebody removes it.
 *
 * Context: may sleep, takes the RTNL.
 */
void sdpu_flower_port_gone(struct sdpu_flower *flower, unsigned int port)
{
	struct sdpu_flower_rule *entry;

	rtnl_lock();
	list_for_each_entry(entry, &flower->list, list) {
		if (entry->gone || !sdpu_flower_leads_to(entry, port))
			continue;
		sdpu_flower_forget(flower, entry);
		entry->gone = true;
	}
	rtnl_unlock();
}

static int sdpu_flower_cls(struct sdpu_flower *flower, const struct net_device *dev,
			   struct flow_cls_offload *cls)
{
	ASSERT_RTNL();

	switch (cls->command) {
	case FLOW_CLS_REPLACE:
		return sdpu_flower_replace(flower, dev, cls);
	case FLOW_CLS_DESTROY:
		return sdpu_flower_del(flower, dev, cls);
	case FLOW_CLS_STATS:
		return sdpu_flower_stats(flower, dev, cls);
	default:
		return -EOPNOTSUPP;
	}
}

static int sdpu_flower_block(enum tc_setup_type type, void *type_data, void *priv)
{
	struct net_device *dev = priv;

	if (type != TC_SETUP_CLSFLOWER)
		return -EOPNOTSUPP;

	return sdpu_flower_cls(sdpu_eswitch_of(dev)->flower, dev, type_data);
}

/**
 * sdpu_flower_setup_tc - .ndo_setup_tc of the uplink and of representors
 * @pf: the PF
 * @dev: the netdev
 * @type: TC_SETUP_BLOCK, for the ingress
 * @type_data: the block
 *
 * Context: may sleep, RTNL held.
 * Return: 0 or a negative errno.
 */
int sdpu_flower_setup_tc(struct sdpu_pf *pf, struct net_device *dev, enum tc_setup_type type,
			 void *type_data)
{
	if (type != TC_SETUP_BLOCK || !pf->flower->max)
		return -EOPNOTSUPP;

	return flow_block_cb_setup_simple(type_data, &sdpu_flower_blocks, sdpu_flower_block, dev,
					  dev, true);
}
