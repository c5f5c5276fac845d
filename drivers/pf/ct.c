// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections for rules with tc's action ct. The kernel tracks them: it sees how
 * they begin and end. What is in between, once both sides have spoken, its flow
 * table of the zone tells us, and the card follows that: one rule each way among the
 * connections of the zone, which says what state, mark and label frames have, and
 * what NAT makes of them. Frames that none of these takes are the host's, with FIN
 * and RST among them.
 */
#include <linux/list.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/flow_offload.h>
#include <net/netfilter/nf_flow_table.h>
#include <net/pkt_cls.h>
#include <softdpu/ctrl.h>

#include "ct.h"
#include "flower.h"

#define K(name)	BIT_ULL(FLOW_DISSECTOR_KEY_##name)

/* Where the frame came in is of no account: it is in the zone. */
#define SDPU_CT_KEYS \
	(K(META) | K(CONTROL) | K(BASIC) | K(IPV4_ADDRS) | K(IPV6_ADDRS) | K(PORTS) | K(TCP))

/**
 * struct sdpu_ct - zones of a card
 * @flower: its rules
 * @zones: struct sdpu_ct_zone
 *
 * RTNL.
 */
struct sdpu_ct {
	struct sdpu_flower *flower;
	struct list_head zones;
};

/**
 * struct sdpu_ct_zone - a zone that rules ask for
 * @list: in &struct sdpu_ct.zones
 * @flower: rules of the card
 * @number: of the zone
 * @table: what knows its connections; there as long as a rule of tc asks for it
 * @users: rules that do
 *
 * Changes under the RTNL; all but @users is constant.
 */
struct sdpu_ct_zone {
	struct list_head list;
	struct sdpu_flower *flower;
	u16 number;
	struct nf_flowtable *table;
	unsigned int users;
};

/**
 * sdpu_ct_create - there may be zones
 * @flower: rules of the card
 *
 * Context: may sleep.
 * Return: it, or NULL.
 */
struct sdpu_ct *sdpu_ct_create(struct sdpu_flower *flower)
{
	struct sdpu_ct *ct = kzalloc(sizeof(*ct), GFP_KERNEL);

	if (!ct)
		return NULL;
	ct->flower = flower;
	INIT_LIST_HEAD(&ct->zones);

	return ct;
}

/**
 * sdpu_ct_destroy - there are no zones any more
 * @ct: from sdpu_ct_create(), or NULL; no rule asks for one
 *
 * Context: may sleep.
 */
void sdpu_ct_destroy(struct sdpu_ct *ct)
{
	WARN_ON(ct && !list_empty(&ct->zones));
	kfree(ct);
}

/* A word or two of a header, which act_ct gives as numbers, ports as they were one word. */
static int sdpu_ct_mangle(struct sdpu_ctrl_rule_action *action,
			  const struct flow_action_entry *entry)
{
	u32 at = entry->mangle.offset, value = entry->mangle.val, mask = ~0u;

	switch (entry->mangle.htype) {
	case FLOW_ACT_MANGLE_HDR_TYPE_IP4:
		action->header = SDPU_RULE_IPV4;
		break;
	case FLOW_ACT_MANGLE_HDR_TYPE_IP6:
		action->header = SDPU_RULE_IPV6;
		break;
	case FLOW_ACT_MANGLE_HDR_TYPE_TCP:
	case FLOW_ACT_MANGLE_HDR_TYPE_UDP:
		action->header = entry->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_TCP ?
				 SDPU_RULE_TCP : SDPU_RULE_UDP;
		mask = at ? 0x0000ffff : 0xffff0000;
		value = at ? value & 0xffff : value << 16;
		at = 0;
		break;
	default:
		return -EOPNOTSUPP;
	}
	action->type = SDPU_RULE_REWRITE;
	action->arg = cpu_to_le16(at);
	action->mask = cpu_to_be32(mask);
	action->value = cpu_to_be32(value);

	return 0;
}

static void sdpu_ct_state(struct sdpu_ctrl_rule_ct *ct, const struct flow_action_entry *entry)
{
	unsigned long info = entry->ct_metadata.cookie & NFCT_INFOMASK;

	ct->state = SDPU_CT_TRACKED;
	ct->state |= info == IP_CT_NEW ? SDPU_CT_NEW : SDPU_CT_ESTABLISHED;
	if (!entry->ct_metadata.orig_dir)
		ct->state |= SDPU_CT_REPLY;
	ct->mark = cpu_to_le32(entry->ct_metadata.mark);
	memcpy(ct->label, entry->ct_metadata.labels, sizeof(ct->label));
}

static int sdpu_ct_actions(struct sdpu_ctrl_rule *rule, const struct flow_action *from)
{
	const struct flow_action_entry *entry;
	unsigned int i, num = 0;
	int ret;

	flow_action_for_each(i, entry, from) {
		if (entry->id == FLOW_ACTION_CT_METADATA) {
			sdpu_ct_state(&rule->ct, entry);
			continue;
		}
		if (entry->id != FLOW_ACTION_MANGLE || num == SDPU_RULE_ACTIONS_MAX)
			return -EOPNOTSUPP;
		ret = sdpu_ct_mangle(&rule->actions[num++], entry);
		if (ret)
			return ret;
	}
	rule->num_actions = cpu_to_le16(num);

	return rule->ct.state ? 0 : -EOPNOTSUPP;
}

static int sdpu_ct_make(struct sdpu_ctrl_rule *rule, const struct sdpu_ct_zone *zone,
			const struct flow_rule *from)
{
	int ret;

	if (from->match.dissector->used_keys & ~SDPU_CT_KEYS)
		return -EOPNOTSUPP;
	ret = sdpu_flower_match_headers(rule, from, NULL);
	if (ret)
		return ret;
	/* with whatever tag */
	rule->key.vlan_tpid = 0;
	rule->mask.vlan_tpid = 0;
	rule->table = SDPU_RULE_CONNECTION;
	rule->number = cpu_to_le32(zone->number);
	rule->ct.zone = cpu_to_le16(zone->number);

	return sdpu_ct_actions(rule, &from->action);
}

static int sdpu_ct_replace(struct sdpu_ct_zone *zone, const struct sdpu_flower_key *key,
			   const struct flow_cls_offload *cls)
{
	struct sdpu_ctrl_rule *rule = kzalloc(sizeof(*rule), GFP_KERNEL);
	int ret;

	if (!rule)
		return -ENOMEM;
	ret = sdpu_ct_make(rule, zone, cls->rule);
	if (!ret)
		ret = sdpu_flower_put(zone->flower, key, rule, SDPU_FLOWER_LEARNT, NULL, NULL);
	kfree(rule);

	return ret;
}

/* From a work item of the flow table, under its flow_block_lock. */
static int sdpu_ct_block(enum tc_setup_type type, void *type_data, void *priv)
{
	struct flow_cls_offload *cls = type_data;
	struct sdpu_ct_zone *zone = priv;
	const struct sdpu_flower_key key = { .owner = zone, .cookie = cls->cookie };

	if (type != TC_SETUP_CLSFLOWER)
		return -EOPNOTSUPP;

	switch (cls->command) {
	case FLOW_CLS_REPLACE:
		return sdpu_ct_replace(zone, &key, cls);
	case FLOW_CLS_DESTROY:
		return sdpu_flower_remove(zone->flower, &key, NULL);
	case FLOW_CLS_STATS:
		return sdpu_flower_ask(zone->flower, &key, &cls->stats);
	default:
		return -EOPNOTSUPP;
	}
}

static struct sdpu_ct_zone *sdpu_ct_zone_create(struct sdpu_ct *ct, u16 number,
						struct nf_flowtable *table)
{
	struct sdpu_ct_zone *zone = kzalloc(sizeof(*zone), GFP_KERNEL);
	int ret;

	if (!zone)
		return ERR_PTR(-ENOMEM);
	zone->flower = ct->flower;
	zone->number = number;
	zone->table = table;
	ret = nf_flow_table_offload_add_cb(table, sdpu_ct_block, zone);
	if (ret) {
		kfree(zone);
		return ERR_PTR(ret);
	}
	list_add(&zone->list, &ct->zones);

	return zone;
}

/**
 * sdpu_ct_get - a rule asks for the connections of a zone
 * @ct: of the card
 * @number: of the zone
 * @table: what knows them
 * @extack: why not
 *
 * Context: may sleep, RTNL held; takes the flow_block_lock of @table.
 * Return: the zone, or an ERR_PTR().
 */
struct sdpu_ct_zone *sdpu_ct_get(struct sdpu_ct *ct, u16 number, struct nf_flowtable *table,
				 struct netlink_ext_ack *extack)
{
	struct sdpu_ct_zone *zone;

	ASSERT_RTNL();
	list_for_each_entry(zone, &ct->zones, list) {
		if (zone->number != number)
			continue;
		if (zone->table != table) {
			NL_SET_ERR_MSG(extack, "the zone is one of another network namespace");
			return ERR_PTR(-EOPNOTSUPP);
		}
		zone->users++;
		return zone;
	}
	zone = sdpu_ct_zone_create(ct, number, table);
	if (IS_ERR(zone))
		NL_SET_ERR_MSG_FMT(extack, "cannot hear of connections: %pe", zone);
	else
		zone->users = 1;

	return zone;
}

/**
 * sdpu_ct_put - a rule does not any more
 * @zone: from sdpu_ct_get()
 *
 * Context: may sleep, RTNL held; takes the flow_block_lock of its table.
 */
void sdpu_ct_put(struct sdpu_ct_zone *zone)
{
	ASSERT_RTNL();
	if (--zone->users)
		return;
	list_del(&zone->list);
	/* nobody is in sdpu_ct_block() any more when this returns */
	nf_flow_table_offload_del_cb(zone->table, sdpu_ct_block, zone);
	sdpu_flower_flush(zone->flower, zone);
	kfree(zone);
}
