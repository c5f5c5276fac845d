// SPDX-License-Identifier: GPL-2.0-only
/* Addresses that bridges know, and the rules that the card has of them. See bridge.c. */
#include <linux/etherdevice.h>
#include <linux/jiffies.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/flow_offload.h>
#include <net/switchdev.h>
#include <softdpu/ctrl.h>

#include "bridge.h"
#include "flower.h"
#include "pf.h"

struct sdpu_fdb_key {
	u32 bridge;
	u16 vid;
	u8 addr[ETH_ALEN];
};

/* Rules of an entry, by cookie. */
enum sdpu_fdb_rule {
	SDPU_FDB_OUT,
	SDPU_FDB_IN,
	SDPU_FDB_IN_UNTAGGED,
	SDPU_FDB_RULES,
};

/**
 * struct sdpu_fdb_entry - an address that a bridge knows
 * @node: in &struct sdpu_bridging.entries
 * @key: the address, and its VLAN, 0 without filtering
 * @list: in &struct sdpu_bridge.entries
 * @port: where it is
 * @user: somebody said so: it does not age
 * @offloaded: the card has its rules
 * @ours: the bridge has learned it, and leaves it to us to let it age
 * @used: when it was seen last, in jiffies
 */
struct sdpu_fdb_entry {
	struct rhash_head node;
	struct sdpu_fdb_key key;
	struct list_head list;
	struct sdpu_bridge_port *port;
	bool user;
	bool offloaded;
	bool ours;
	unsigned long used;
};

static const struct rhashtable_params sdpu_fdb_params = {
	.key_len = sizeof(struct sdpu_fdb_key),
	.key_offset = offsetof(struct sdpu_fdb_entry, key),
	.head_offset = offsetof(struct sdpu_fdb_entry, node),
	.automatic_shrinking = true,
};

/**
 * sdpu_fdb_init - there may be addresses
 * @bridging: bridges of the card
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_fdb_init(struct sdpu_bridging *bridging)
{
	return rhashtable_init(&bridging->entries, &sdpu_fdb_params);
}

/**
 * sdpu_fdb_exit - there are none any more
 * @bridging: bridges of the card, in which it has no ports
 *
 * Context: may sleep.
 */
void sdpu_fdb_exit(struct sdpu_bridging *bridging)
{
	rhashtable_destroy(&bridging->entries);
}

/* Entries, and their rules */

static void sdpu_fdb_tell(const struct sdpu_fdb_entry *entry, unsigned long event,
			  bool offloaded)
{
	struct switchdev_notifier_fdb_info info = {
		.addr = entry->key.addr,
		.vid = entry->key.vid,
		.offloaded = offloaded,
	};

	call_switchdev_notifiers(event, entry->port->dev, &info.info, NULL);
}

/* Are frames from there, and to there, what the card may forward? */
static bool sdpu_fdb_wants(const struct sdpu_fdb_entry *entry)
{
	const struct sdpu_bridge_port *port = entry->port;
	const struct sdpu_bridge *bridge = port->bridge;

	if (!port->forwarding || port->isolated)
		return false;
	if (!bridge->filtering)
		return !entry->key.vid;

	return entry->key.vid && bridge->protocol == ETH_P_8021Q &&
	       test_bit(entry->key.vid, port->vlans);
}

static struct sdpu_ctrl_rule_action *sdpu_fdb_action(struct sdpu_ctrl_rule *rule, u8 type)
{
	unsigned int num = le16_to_cpu(rule->num_actions);

	rule->num_actions = cpu_to_le16(num + 1);
	rule->actions[num].type = type;

	return &rule->actions[num];
}

static void sdpu_fdb_match_vlan(struct sdpu_ctrl_rule *rule, u16 vid)
{
	rule->mask.vlan_tpid = cpu_to_be16(0xffff);
	if (!vid)
		return;
	rule->key.vlan_tpid = cpu_to_be16(ETH_P_8021Q);
	rule->mask.vlan_tci = cpu_to_be16(VLAN_VID_MASK);
	rule->key.vlan_tci = cpu_to_be16(vid);
}

static void sdpu_fdb_make_out(struct sdpu_ctrl_rule *rule,
			      const struct sdpu_fdb_entry *entry)
{
	const struct sdpu_bridge_port *port = entry->port;

	rule->table = SDPU_RULE_SHARED;
	rule->number = cpu_to_le32(port->bridge->number);
	ether_addr_copy(rule->key.eth_dst, entry->key.addr);
	eth_broadcast_addr(rule->mask.eth_dst);
	if (port->bridge->filtering) {
		sdpu_fdb_match_vlan(rule, entry->key.vid);
		if (test_bit(entry->key.vid, port->untagged))
			sdpu_fdb_action(rule, SDPU_RULE_VLAN_POP);
	}
	sdpu_fdb_action(rule, SDPU_RULE_OUTPUT)->arg = cpu_to_le16(port->number);
}

static void sdpu_fdb_make_in(struct sdpu_ctrl_rule *rule,
			     const struct sdpu_fdb_entry *entry, bool untagged)
{
	const struct sdpu_bridge_port *port = entry->port;
	struct sdpu_ctrl_rule_action *push;

	rule->priority = cpu_to_le32(SDPU_BRIDGE_PRIORITY);
	rule->key.port = cpu_to_le16(port->number);
	rule->mask.port = cpu_to_le16(0xffff);
	ether_addr_copy(rule->key.eth_src, entry->key.addr);
	eth_broadcast_addr(rule->mask.eth_src);
	if (port->bridge->filtering)
		sdpu_fdb_match_vlan(rule, untagged ? 0 : entry->key.vid);
	if (untagged) {
		push = sdpu_fdb_action(rule, SDPU_RULE_VLAN_PUSH);
		push->tpid = cpu_to_be16(ETH_P_8021Q);
		push->tci = cpu_to_be16(entry->key.vid);
	}
	sdpu_fdb_action(rule, SDPU_RULE_GOTO_SHARED)->value =
		cpu_to_be32(port->bridge->number);
}

static void sdpu_fdb_forget_rules(struct sdpu_bridging *bridging,
				  struct sdpu_fdb_entry *entry)
{
	struct sdpu_flower_key key = { .owner = entry };

	for (key.cookie = 0; key.cookie < SDPU_FDB_RULES; key.cookie++)
		sdpu_flower_remove(bridging->pf->flower, &key, NULL);
	entry->offloaded = false;
}

static int sdpu_fdb_put_rule(struct sdpu_bridging *bridging,
			     const struct sdpu_fdb_entry *entry, enum sdpu_fdb_rule which)
{
	const struct sdpu_flower_key key = { .owner = entry, .cookie = which };
	struct sdpu_ctrl_rule *rule = kzalloc(sizeof(*rule), GFP_KERNEL);
	int ret;

	if (!rule)
		return -ENOMEM;
	if (which == SDPU_FDB_OUT)
		sdpu_fdb_make_out(rule, entry);
	else
		sdpu_fdb_make_in(rule, entry, which == SDPU_FDB_IN_UNTAGGED);
	ret = sdpu_flower_put(bridging->pf->flower, &key, rule, SDPU_FLOWER_LEARNT, NULL, NULL);
	kfree(rule);

	return ret;
}

static void sdpu_fdb_forget(struct sdpu_bridging *bridging, struct sdpu_fdb_entry *entry)
{
	sdpu_fdb_forget_rules(bridging, entry);
	rhashtable_remove_fast(&bridging->entries, &entry->node, sdpu_fdb_params);
	list_del(&entry->list);
	kfree(entry);
}

/* The card does not know it any more: what is ours the bridge learns anew. */
static void sdpu_fdb_drop(struct sdpu_bridging *bridging,
			  struct sdpu_fdb_entry *entry)
{
	if (entry->ours)
		sdpu_fdb_tell(entry, SWITCHDEV_FDB_DEL_TO_BRIDGE, false);
	else if (entry->offloaded)
		sdpu_fdb_tell(entry, SWITCHDEV_FDB_OFFLOADED, false);
	sdpu_fdb_forget(bridging, entry);
}

/* Let the card have the rules that it should, and the bridge know. It may be gone then. */
static void sdpu_fdb_sync_one(struct sdpu_bridging *bridging, struct sdpu_fdb_entry *entry)
{
	const struct sdpu_bridge_port *port = entry->port;
	bool untagged = port->bridge->filtering && port->pvid == entry->key.vid;
	int ret = -EOPNOTSUPP;

	sdpu_fdb_forget_rules(bridging, entry);
	if (sdpu_fdb_wants(entry)) {
		ret = sdpu_fdb_put_rule(bridging, entry, SDPU_FDB_OUT);
		if (!ret)
			ret = sdpu_fdb_put_rule(bridging, entry, SDPU_FDB_IN);
		if (!ret && untagged)
			ret = sdpu_fdb_put_rule(bridging, entry, SDPU_FDB_IN_UNTAGGED);
		/* as many as it can, perhaps: then it is the host's */
		if (ret)
			sdpu_fdb_forget_rules(bridging, entry);
	}
	if (ret && entry->ours) {
		sdpu_fdb_drop(bridging, entry);
		return;
	}
	entry->offloaded = !ret;
	entry->ours = !ret && !entry->user;
	sdpu_fdb_tell(entry, entry->ours ? SWITCHDEV_FDB_ADD_TO_BRIDGE :
		      SWITCHDEV_FDB_OFFLOADED, entry->offloaded);
}

static struct sdpu_fdb_key sdpu_fdb_key_of(const struct sdpu_bridge_port *port,
					   const u8 *addr, u16 vid)
{
	struct sdpu_fdb_key key = { .bridge = port->bridge->number, .vid = vid };

	ether_addr_copy(key.addr, addr);

	return key;
}

/**
 * sdpu_fdb_add - a bridge knows an address, or knows it elsewhere
 * @bridging: bridges of the card
 * @port: where it is
 * @addr: the address
 * @vid: its VLAN, 0 without filtering
 * @user: somebody has said so: it does not age
 *
 * Without memory the host forwards.
 *
 * Context: may sleep, RTNL held.
 */
void sdpu_fdb_add(struct sdpu_bridging *bridging, struct sdpu_bridge_port *port, const u8 *addr,
		  u16 vid, bool user)
{
	const struct sdpu_fdb_key key = sdpu_fdb_key_of(port, addr, vid);
	struct sdpu_fdb_entry *entry;

	/* what the bridge has learned we may have told it ourselves */
	entry = rhashtable_lookup_fast(&bridging->entries, &key, sdpu_fdb_params);
	if (entry && entry->port == port && entry->user == user) {
		entry->used = jiffies;
		return;
	}
	if (entry)
		sdpu_fdb_forget(bridging, entry);
	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return;
	entry->key = key;
	entry->port = port;
	entry->user = user;
	entry->used = jiffies;
	if (rhashtable_insert_fast(&bridging->entries, &entry->node, sdpu_fdb_params)) {
		kfree(entry);
		return;
	}
	list_add_tail(&entry->list, &port->bridge->entries);
	sdpu_fdb_sync_one(bridging, entry);
}

/**
 * sdpu_fdb_del - a bridge does not know an address any more
 * @bridging: bridges of the card
 * @port: where it was
 * @addr: the address
 * @vid: its VLAN, 0 without filtering
 *
 * Context: may sleep, RTNL held.
 */
void sdpu_fdb_del(struct sdpu_bridging *bridging, const struct sdpu_bridge_port *port,
		  const u8 *addr, u16 vid)
{
	const struct sdpu_fdb_key key = sdpu_fdb_key_of(port, addr, vid);
	struct sdpu_fdb_entry *entry;

	entry = rhashtable_lookup_fast(&bridging->entries, &key, sdpu_fdb_params);
	if (entry && entry->port == port)
		sdpu_fdb_forget(bridging, entry);
}

/**
 * sdpu_fdb_flush - a port leaves its bridge
 * @bridging: bridges of the card
 * @port: the port
 *
 * The bridge keeps what it knows of the port, if that stays with it.
 *
 * Context: may sleep, RTNL held.
 */
void sdpu_fdb_flush(struct sdpu_bridging *bridging, const struct sdpu_bridge_port *port)
{
	struct sdpu_fdb_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &port->bridge->entries, list)
		if (entry->port == port)
			sdpu_fdb_drop(bridging, entry);
}

/**
 * sdpu_fdb_sync - what the card may forward has changed
 * @bridging: bridges of the card
 * @bridge: the bridge
 * @port: for addresses at that port, or NULL for all of them
 *
 * Context: may sleep, RTNL held.
 */
void sdpu_fdb_sync(struct sdpu_bridging *bridging, struct sdpu_bridge *bridge,
		   const struct sdpu_bridge_port *port)
{
	struct sdpu_fdb_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &bridge->entries, list)
		if (!port || entry->port == port)
			sdpu_fdb_sync_one(bridging, entry);
}

/* Ageing */

/* Has it sent anything? Not known is yes. */
static bool sdpu_fdb_is_used(struct sdpu_bridging *bridging,
			     const struct sdpu_fdb_entry *entry)
{
	struct sdpu_flower_key key = { .owner = entry };
	struct flow_stats stats = {};
	int ret;

	for (key.cookie = SDPU_FDB_IN; key.cookie < SDPU_FDB_RULES; key.cookie++) {
		ret = sdpu_flower_ask(bridging->pf->flower, &key, &stats);
		if (ret && ret != -ENOENT)
			return true;
	}

	return stats.pkts;
}

/**
 * sdpu_fdb_age - look which addresses are in use, and forget those that have aged
 * @bridging: bridges of the card
 * @bridge: the bridge
 *
 * Context: may sleep, RTNL held.
 */
void sdpu_fdb_age(struct sdpu_bridging *bridging, struct sdpu_bridge *bridge)
{
	struct sdpu_fdb_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &bridge->entries, list) {
		if (!entry->ours)
			continue;
		if (sdpu_fdb_is_used(bridging, entry)) {
			entry->used = jiffies;
			sdpu_fdb_tell(entry, SWITCHDEV_FDB_ADD_TO_BRIDGE, true);
		} else if (bridge->ageing && time_after(jiffies, entry->used + bridge->ageing)) {
			sdpu_fdb_drop(bridging, entry);
		}
	}
}
