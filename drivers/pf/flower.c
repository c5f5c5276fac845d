// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules that the card follows in switchdev mode: those of tc flower at the ingress
 * of a representor or of the uplink, and what the kernel's flow tables know of
 * connections. It follows them as the kernel would: what it cannot do is refused
 * with the reason, and the kernel does it, unless a rule says skip_sw.
 *
 *   flower.c     rules come and go, and are asked for what they took
 *   match.c      what a rule matches
 *   action.c     what it does
 *   ct.c         connections that are tracked, for rules with ct
 *   flowtable.c  connections that are routed, of nft flowtables
 *   fdb.c        addresses that bridges know, see bridge.c
 *
 * The RTNL is held for all that tc says, as it takes it for the sake of our callbacks.
 * Flow tables say it from work items, with a lock of their own held that is also taken
 * with the RTNL held: what they call takes &struct sdpu_flower.lock only.
 */
#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rhashtable.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <net/flow_offload.h>
#include <net/pkt_cls.h>
#include <softdpu/ctrl.h>

#include "../ctrl/cmds.h"
#include "../ctrl/ctrl.h"
#include "ct.h"
#include "eswitch.h"
#include "flower.h"
#include "flowtable.h"
#include "pf.h"

/**
 * struct sdpu_flower_rule - a rule that the card has
 * @node: in &struct sdpu_flower.rules
 * @key: whose it is
 * @list: in &struct sdpu_flower.list
 * @zone: whose connections it asks for, or NULL; RTNL
 * @num_ports: how often it sends frames on
 * @ports: where to: 0 the uplink, n VF n
 * @gone: the card does not have it any more: a port that it leads to is gone
 * @learnt: from frames
 * @id: what the card calls it
 * @packets: what the kernel knows that it took
 * @bytes: bytes of these
 */
struct sdpu_flower_rule {
	struct rhash_head node;
	struct sdpu_flower_key key;
	struct list_head list;
	struct sdpu_ct_zone *zone;
	unsigned int num_ports;
	u16 ports[SDPU_RULE_ACTIONS_MAX];
	bool gone;
	bool learnt;
	u32 id;
	u64 packets;
	u64 bytes;
};

/**
 * struct sdpu_flower - rules of a card
 * @pf: the PF
 * @ctrl: its control path
 * @ct: zones of connections
 * @max: rules that the card can have; with none the netdevs offer nothing
 * @chains: it knows of chains and connections
 * @on_uplink: rules of tc that it has or had for what comes along the wire; RTNL
 * @lock: for what follows. In commands, and in callbacks of flow tables
 * @num: rules that it has; read without a lock
 * @num_learnt: of these those that were learnt from frames, at most half of what it can have:
 *	who makes connections does not keep others from having rules
 * @rules: these, and those that are gone, by key
 * @list: these
 * @ports: ports that rules may lead to
 * @ids: numbers that are taken; of one that the card did not say that it is gone
 *	we make no use again
 */
struct sdpu_flower {
	struct sdpu_pf *pf;
	struct sdpu_ctrl *ctrl;
	struct sdpu_ct *ct;
	u32 max;
	bool chains;
	unsigned int on_uplink;
	struct mutex lock;
	unsigned int num;
	unsigned int num_learnt;
	struct rhashtable rules;
	struct list_head list;
	unsigned long *ports;
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
	const struct sdpu_identity *identity = sdpu_ctrl_identity(pf->ctrl);
	struct sdpu_flower *flower = kzalloc(sizeof(*flower), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!flower)
		return ERR_PTR(-ENOMEM);
	flower->pf = pf;
	flower->ctrl = pf->ctrl;
	flower->max = identity->max_rules;
	flower->chains = flower->max &&
			 (sdpu_ctrl_register(pf->ctrl, SDPU_REG_VERSION) & 0xffff) >= 8;
	mutex_init(&flower->lock);
	INIT_LIST_HEAD(&flower->list);
	xa_init_flags(&flower->ids, XA_FLAGS_ALLOC);
	flower->ports = bitmap_zalloc(1 + identity->total_vfs, GFP_KERNEL);
	flower->ct = sdpu_ct_create(flower);
	if (flower->ports && flower->ct)
		ret = rhashtable_init(&flower->rules, &sdpu_flower_params);
	if (ret) {
		sdpu_ct_destroy(flower->ct);
		bitmap_free(flower->ports);
		kfree(flower);
		return ERR_PTR(ret);
	}
	/* the uplink is always there */
	__set_bit(0, flower->ports);

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
	sdpu_ct_destroy(flower->ct);
	rhashtable_destroy(&flower->rules);
	xa_destroy(&flower->ids);
	bitmap_free(flower->ports);
	kfree(flower);
}

/**
 * sdpu_flower_ct - zones of connections that its rules ask for
 * @flower: of the card
 *
 * Context: any.
 * Return: these.
 */
struct sdpu_ct *sdpu_flower_ct(struct sdpu_flower *flower)
{
	return flower->ct;
}

/**
 * sdpu_flower_has_chains - does the card know of chains?
 * @flower: of the card
 *
 * Context: any.
 * Return: true if it does, and of all that came with them in version 1.8.
 */
bool sdpu_flower_has_chains(const struct sdpu_flower *flower)
{
	return flower->chains;
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

/* Rules of whoever has them */

static struct sdpu_flower_rule *sdpu_flower_find(struct sdpu_flower *flower,
						 const struct sdpu_flower_key *key)
{
	lockdep_assert_held(&flower->lock);

	return rhashtable_lookup_fast(&flower->rules, key, sdpu_flower_params);
}

/* The card has it when this returns 0. */
static int sdpu_flower_tell(struct sdpu_flower *flower, struct sdpu_flower_rule *entry,
			    const struct sdpu_ctrl_rule *rule, struct netlink_ext_ack *extack)
{
	int ret;

	if (entry->learnt && flower->num_learnt >= flower->max / 2)
		return -ENOSPC;
	ret = xa_alloc(&flower->ids, &entry->id, entry, XA_LIMIT(0, flower->max - 1), GFP_KERNEL);
	if (ret) {
		NL_SET_ERR_MSG(extack, "the card has as many rules as it can");
		return ret == -EBUSY ? -ENOSPC : ret;
	}

	ret = sdpu_cmd_rule_add(flower->ctrl, entry->id, rule);
	if (!ret) {
		WRITE_ONCE(flower->num, flower->num + 1);
		flower->num_learnt += entry->learnt;
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
	flower->num_learnt -= entry->learnt;
	if (!sdpu_cmd_rule_del(flower->ctrl, entry->id))
		xa_erase(&flower->ids, entry->id);
}

/* Where it leads to: false if that is where nobody is. */
static bool sdpu_flower_note_ports(struct sdpu_flower *flower, struct sdpu_flower_rule *entry,
				   const struct sdpu_ctrl_rule *rule)
{
	unsigned int i;
	u16 port;

	for (i = 0; i < le16_to_cpu(rule->num_actions); i++) {
		if (rule->actions[i].type != SDPU_RULE_OUTPUT)
			continue;
		port = le16_to_cpu(rule->actions[i].arg);
		if (!test_bit(port, flower->ports))
			return false;
		entry->ports[entry->num_ports++] = port;
	}

	return true;
}

static void sdpu_flower_unlink(struct sdpu_flower *flower, struct sdpu_flower_rule *entry)
{
	rhashtable_remove_fast(&flower->rules, &entry->node, sdpu_flower_params);
	list_del(&entry->list);
	sdpu_flower_forget(flower, entry);
}

static int sdpu_flower_link(struct sdpu_flower *flower, struct sdpu_flower_rule *entry,
			    const struct sdpu_ctrl_rule *rule, struct netlink_ext_ack *extack)
{
	struct sdpu_flower_rule *old = sdpu_flower_find(flower, &entry->key);
	int ret;

	if (!sdpu_flower_note_ports(flower, entry, rule)) {
		NL_SET_ERR_MSG(extack, "the port that it leads to is going");
		return -ENODEV;
	}
	ret = sdpu_flower_tell(flower, entry, rule, extack);
	if (ret)
		return ret;
	/* the last one of two counts: there is no moment without */
	if (old) {
		sdpu_flower_unlink(flower, old);
		kfree(old);
	}
	ret = rhashtable_insert_fast(&flower->rules, &entry->node, sdpu_flower_params);
	if (ret) {
		sdpu_flower_forget(flower, entry);
		return ret;
	}
	list_add_tail(&entry->list, &flower->list);

	return 0;
}

/**
 * sdpu_flower_put - a rule more, or another one instead
 * @flower: of the card
 * @key: whose it is
 * @rule: the rule
 * @origin: who wants it
 * @zone: whose connections it asks for, which it has a reference to then, or NULL
 * @extack: why not
 *
 * Context: may sleep, takes the lock.
 * Return: 0, or a negative errno, then nothing has changed.
 */
int sdpu_flower_put(struct sdpu_flower *flower, const struct sdpu_flower_key *key,
		    const struct sdpu_ctrl_rule *rule, enum sdpu_flower_origin origin,
		    struct sdpu_ct_zone *zone, struct netlink_ext_ack *extack)
{
	struct sdpu_flower_rule *entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	int ret;

	if (!entry)
		return -ENOMEM;
	entry->key = *key;
	entry->learnt = origin == SDPU_FLOWER_LEARNT;
	entry->zone = zone;
	mutex_lock(&flower->lock);
	ret = sdpu_flower_link(flower, entry, rule, extack);
	mutex_unlock(&flower->lock);
	if (ret)
		kfree(entry);

	return ret;
}

/**
 * sdpu_flower_remove - a rule less
 * @flower: of the card
 * @key: whose it is
 * @zone: whose connections it asked for, or NULL, to be given back by the caller; NULL if the
 *	owner's rules ask for none
 *
 * Context: may sleep, takes the lock.
 * Return: 0, or -ENOENT if there is none.
 */
int sdpu_flower_remove(struct sdpu_flower *flower, const struct sdpu_flower_key *key,
		       struct sdpu_ct_zone **zone)
{
	struct sdpu_flower_rule *entry;

	mutex_lock(&flower->lock);
	entry = sdpu_flower_find(flower, key);
	if (entry)
		sdpu_flower_unlink(flower, entry);
	mutex_unlock(&flower->lock);
	if (!entry)
		return -ENOENT;
	if (zone)
		*zone = entry->zone;
	kfree(entry);

	return 0;
}

/**
 * sdpu_flower_flush - all rules that somebody has, who asks for no connections
 * @flower: of the card
 * @owner: of their keys
 *
 * Context: may sleep, takes the lock.
 */
void sdpu_flower_flush(struct sdpu_flower *flower, const void *owner)
{
	struct sdpu_flower_rule *entry, *next;

	mutex_lock(&flower->lock);
	list_for_each_entry_safe(entry, next, &flower->list, list) {
		if (entry->key.owner != owner)
			continue;
		sdpu_flower_unlink(flower, entry);
		kfree(entry);
	}
	mutex_unlock(&flower->lock);
}

static int sdpu_flower_ask_locked(struct sdpu_flower *flower, const struct sdpu_flower_key *key,
				  struct flow_stats *stats)
{
	struct sdpu_flower_rule *entry = sdpu_flower_find(flower, key);
	struct sdpu_rule_stats now;
	u64 used;
	int ret;

	if (!entry || entry->gone)
		return -ENOENT;
	ret = sdpu_cmd_rule_stats(flower->ctrl, entry->id, &now);
	if (ret || now.idle == U64_MAX)
		return ret;
	used = jiffies - msecs_to_jiffies(min_t(u64, now.idle, INT_MAX));
	flow_stats_update(stats, now.bytes - entry->bytes, now.packets - entry->packets, 0, used,
			  FLOW_ACTION_HW_STATS_IMMEDIATE);
	entry->bytes = now.bytes;
	entry->packets = now.packets;

	return 0;
}

/**
 * sdpu_flower_ask - what a rule has taken since it was asked before
 * @flower: of the card
 * @key: whose it is
 * @stats: to add to
 *
 * Context: may sleep, takes the lock.
 * Return: 0, -ENOENT if the card does not have it, -EBUSY while the card is slow to answer,
 *	or another negative errno.
 */
int sdpu_flower_ask(struct sdpu_flower *flower, const struct sdpu_flower_key *key,
		    struct flow_stats *stats)
{
	int ret;

	/* whoever asks holds more than our lock, and asks for each rule */
	if (!sdpu_ctrl_prompt(flower->ctrl))
		return -EBUSY;
	mutex_lock(&flower->lock);
	ret = sdpu_flower_ask_locked(flower, key, stats);
	mutex_unlock(&flower->lock);

	return ret;
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
 * sdpu_flower_port_come - a representor is about to come
 * @flower: of the card
 * @port: number of the VF, from 1
 *
 * Context: may sleep, takes the lock.
 */
void sdpu_flower_port_come(struct sdpu_flower *flower, unsigned int port)
{
	mutex_lock(&flower->lock);
	__set_bit(port, flower->ports);
	mutex_unlock(&flower->lock);
}

/**
 * sdpu_flower_port_gone - a representor is gone
 * @flower: of the card
 * @port: number of the VF, from 1
 *
 * A rule that leads there leads nowhere, as mirred does without its netdev: it must not
 * lead to a VF that comes later. Whoever made it has it until somebody removes it.
 *
 * Context: may sleep, takes the lock.
 */
void sdpu_flower_port_gone(struct sdpu_flower *flower, unsigned int port)
{
	struct sdpu_flower_rule *entry;

	mutex_lock(&flower->lock);
	__clear_bit(port, flower->ports);
	list_for_each_entry(entry, &flower->list, list) {
		if (entry->gone || !sdpu_flower_leads_to(entry, port))
			continue;
		sdpu_flower_forget(flower, entry);
		entry->gone = true;
	}
	mutex_unlock(&flower->lock);
}

/* Rules of tc */

static int sdpu_flower_make(struct sdpu_flower *flower, const struct net_device *dev,
			    struct flow_cls_offload *cls, struct sdpu_ctrl_rule *rule,
			    struct sdpu_ct_zone **zone)
{
	struct netlink_ext_ack *extack = cls->common.extack;
	struct netdev_phys_item_id id;
	int ret;

	if (!sdpu_eswitch_id(flower->pf, &id)) {
		NL_SET_ERR_MSG(extack, "the card follows rules in switchdev mode only");
		return -EOPNOTSUPP;
	}
	if (!tc_can_offload_extack(dev, extack))
		return -EOPNOTSUPP;
	if (cls->common.chain_index && !flower->chains) {
		NL_SET_ERR_MSG(extack, "the card knows chain 0 only");
		return -EOPNOTSUPP;
	}

	rule->number = cpu_to_le32(cls->common.chain_index);
	rule->priority = cpu_to_le32(cls->common.prio);
	ret = sdpu_flower_match(rule, cls->rule, dev, extack);
	if (ret)
		return ret;

	return sdpu_flower_actions(rule, &cls->rule->action, flower->pf, dev, zone, extack);
}

static void sdpu_flower_put_zone(struct sdpu_ct_zone *zone)
{
	if (zone)
		sdpu_ct_put(zone);
}

static int sdpu_flower_replace(struct sdpu_flower *flower, const struct net_device *dev,
			       struct flow_cls_offload *cls)
{
	const struct sdpu_flower_key key = { .owner = dev, .cookie = cls->cookie };
	struct sdpu_ct_zone *zone = NULL;
	struct sdpu_ctrl_rule *rule;
	int ret;

	rule = kzalloc(sizeof(*rule), GFP_KERNEL);
	if (!rule)
		return -ENOMEM;
	ret = sdpu_flower_make(flower, dev, cls, rule, &zone);
	if (!ret)
		ret = sdpu_flower_put(flower, &key, rule, SDPU_FLOWER_TOLD, zone,
				      cls->common.extack);
	if (ret)
		sdpu_flower_put_zone(zone);
	else
		flower->on_uplink += dev == flower->pf->netdev;
	kfree(rule);

	return ret;
}

/* Also for rules that we have refused. */
static int sdpu_flower_del(struct sdpu_flower *flower, const struct net_device *dev,
			   const struct flow_cls_offload *cls)
{
	const struct sdpu_flower_key key = { .owner = dev, .cookie = cls->cookie };
	struct sdpu_ct_zone *zone;
	int ret;

	ret = sdpu_flower_remove(flower, &key, &zone);
	if (ret)
		return ret;
	flower->on_uplink -= dev == flower->pf->netdev;
	sdpu_flower_put_zone(zone);

	return 0;
}

static int sdpu_flower_stats(struct sdpu_flower *flower, const struct net_device *dev,
			     struct flow_cls_offload *cls)
{
	const struct sdpu_flower_key key = { .owner = dev, .cookie = cls->cookie };

	return sdpu_flower_ask(flower, &key, &cls->stats);
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
 * @type: TC_SETUP_BLOCK, for the ingress; TC_SETUP_FT, for a flow table
 * @type_data: the block
 *
 * Context: may sleep; RTNL held, for a flow table its flow_block_lock only.
 * Return: 0 or a negative errno.
 */
int sdpu_flower_setup_tc(struct sdpu_pf *pf, struct net_device *dev, enum tc_setup_type type,
			 void *type_data)
{
	if (type == TC_SETUP_FT && pf->flower->chains)
		return sdpu_flowtable_setup(pf, dev, type_data);
	if (type != TC_SETUP_BLOCK || !pf->flower->max)
		return -EOPNOTSUPP;

	return flow_block_cb_setup_simple(type_data, &sdpu_flower_blocks, sdpu_flower_block, dev,
					  dev, true);
}
