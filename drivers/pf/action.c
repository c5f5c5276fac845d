// SPDX-License-Identifier: GPL-2.0-only
/* What a flower rule does, in the card's words. */
#include <linux/if_vlan.h>
#include <linux/in.h>
#include <linux/tc_act/tc_csum.h>
#include <linux/tc_act/tc_ct.h>
#include <net/flow_offload.h>
#include <net/pkt_cls.h>
#include <softdpu/ctrl.h>

#include "ct.h"
#include "eswitch.h"
#include "flower.h"
#include "pf.h"

/* What the card keeps right where headers change. */
#define SDPU_CSUM_FLAGS						\
	(TCA_CSUM_UPDATE_FLAG_IPV4HDR | TCA_CSUM_UPDATE_FLAG_ICMP |	\
	 TCA_CSUM_UPDATE_FLAG_TCP | TCA_CSUM_UPDATE_FLAG_UDP)

/**
 * struct sdpu_actions - a rule in the making
 * @rule: what the card gets
 * @pf: the card
 * @from: number of the port that the frames come from
 * @pushed: VLAN tags that are pushed
 * @tags: VLAN tags that the frame has by now, as far as the rule knows
 * @tpid: type of the first of them, if that is known, else zero
 * @outputs: how often the frame goes somewhere
 * @zone: whose connections it asks for, to be filled in; NULL if it may not ask
 * @extack: why not
 */
struct sdpu_actions {
	struct sdpu_ctrl_rule *rule;
	struct sdpu_pf *pf;
	int from;
	unsigned int pushed;
	unsigned int tags;
	__be16 tpid;
	unsigned int outputs;
	struct sdpu_ct_zone **zone;
	struct netlink_ext_ack *extack;
};

static struct sdpu_ctrl_rule_action *sdpu_action_next(struct sdpu_actions *a, u8 type)
{
	unsigned int num = le16_to_cpu(a->rule->num_actions);
	struct sdpu_ctrl_rule_action *action;

	if (num == SDPU_RULE_ACTIONS_MAX) {
		NL_SET_ERR_MSG(a->extack, "the card does not do so much in a rule");
		return NULL;
	}
	a->rule->num_actions = cpu_to_le16(num + 1);
	action = &a->rule->actions[num];
	action->type = type;

	return action;
}

static int sdpu_action_output(struct sdpu_actions *a, const struct flow_action_entry *entry)
{
	int port = entry->dev ? sdpu_eswitch_port(a->pf, entry->dev) : -ENODEV;
	struct sdpu_ctrl_rule_action *action;

	if (port < 0) {
		NL_SET_ERR_MSG(a->extack, "frames go to ports of the same card only");
		return -EOPNOTSUPP;
	}
	if (port == a->from) {
		NL_SET_ERR_MSG(a->extack, "the card sends nothing back to where it came from");
		return -EOPNOTSUPP;
	}
	action = sdpu_action_next(a, SDPU_RULE_OUTPUT);
	if (!action)
		return -EOPNOTSUPP;
	action->arg = cpu_to_le16(port);
	a->outputs++;

	return 0;
}

static int sdpu_action_push(struct sdpu_actions *a, const struct flow_action_entry *entry)
{
	struct sdpu_ctrl_rule_action *action;

	if (++a->pushed > SDPU_RULE_TAGS_MAX) {
		NL_SET_ERR_MSG(a->extack, "the card pushes two VLAN tags at most");
		return -EOPNOTSUPP;
	}
	action = sdpu_action_next(a, SDPU_RULE_VLAN_PUSH);
	if (!action)
		return -EOPNOTSUPP;
	action->tpid = entry->vlan.proto;
	action->tci = cpu_to_be16(entry->vlan.prio << VLAN_PRIO_SHIFT | entry->vlan.vid);
	a->tpid = entry->vlan.proto;
	a->tags++;

	return 0;
}

static int sdpu_action_pop(struct sdpu_actions *a)
{
	a->tpid = 0;
	if (a->tags)
		a->tags--;

	return sdpu_action_next(a, SDPU_RULE_VLAN_POP) ? 0 : -EOPNOTSUPP;
}

static int sdpu_action_vlan(struct sdpu_actions *a, const struct flow_action_entry *entry)
{
	struct sdpu_ctrl_rule_action *action;

	if (entry->vlan.proto != htons(ETH_P_8021Q) || a->tpid != entry->vlan.proto) {
		NL_SET_ERR_MSG(a->extack,
			       "the card changes a tag of 802.1Q that the rule matches or has pushed");
		return -EOPNOTSUPP;
	}
	/* whether a priority of 0 was given or none at all we are not told */
	if (entry->vlan.prio) {
		NL_SET_ERR_MSG(a->extack, "the card changes the id of a VLAN tag only");
		return -EOPNOTSUPP;
	}
	action = sdpu_action_next(a, SDPU_RULE_VLAN_SET);
	if (!action)
		return -EOPNOTSUPP;
	action->tci = cpu_to_be16(entry->vlan.vid);
	action->mask = cpu_to_be32(VLAN_VID_MASK);

	return 0;
}

/**
 * struct sdpu_rewrite - words of a header that can be rewritten
 * @htype: FLOW_ACT_MANGLE_HDR_TYPE_*
 * @header: SDPU_RULE_*
 * @first: the first of them
 * @last: the last
 * @mask: which of their bits
 * @type: what eth_type the rule has to match, or 0
 * @proto: what protocol the rule has to match, or 0
 * @inner: bits are covered by the checksum of what is behind IP
 */
struct sdpu_rewrite {
	enum flow_action_mangle_base htype;
	u8 header;
	u8 first;
	u8 last;
	u32 mask;
	u16 type;
	u8 proto;
	bool inner;
};

static const struct sdpu_rewrite sdpu_rewrites[] = {
	{ FLOW_ACT_MANGLE_HDR_TYPE_ETH, SDPU_RULE_ETH, 0, 8, ~0u },
	{ FLOW_ACT_MANGLE_HDR_TYPE_IP4, SDPU_RULE_IPV4, 0, 0, 0x00ff0000, ETH_P_IP },
	{ FLOW_ACT_MANGLE_HDR_TYPE_IP4, SDPU_RULE_IPV4, 8, 8, 0xff000000, ETH_P_IP },
	{ FLOW_ACT_MANGLE_HDR_TYPE_IP4, SDPU_RULE_IPV4, 12, 16, ~0u, ETH_P_IP, 0, true },
	{ FLOW_ACT_MANGLE_HDR_TYPE_IP6, SDPU_RULE_IPV6, 0, 0, 0x0fffffff, ETH_P_IPV6 },
	{ FLOW_ACT_MANGLE_HDR_TYPE_IP6, SDPU_RULE_IPV6, 4, 4, 0x000000ff, ETH_P_IPV6 },
	{ FLOW_ACT_MANGLE_HDR_TYPE_IP6, SDPU_RULE_IPV6, 8, 36, ~0u, ETH_P_IPV6, 0, true },
	{ FLOW_ACT_MANGLE_HDR_TYPE_TCP, SDPU_RULE_TCP, 0, 0, ~0u, 0, IPPROTO_TCP },
	{ FLOW_ACT_MANGLE_HDR_TYPE_UDP, SDPU_RULE_UDP, 0, 0, ~0u, 0, IPPROTO_UDP },
};

static const struct sdpu_rewrite *sdpu_rewrite_find(enum flow_action_mangle_base htype, u32 at,
						    u32 mask)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sdpu_rewrites); i++) {
		const struct sdpu_rewrite *r = &sdpu_rewrites[i];

		if (r->htype == htype && at >= r->first && at <= r->last && !(at & 3) &&
		    !(mask & ~r->mask))
			return r;
	}

	return NULL;
}

static bool sdpu_rule_has_type(const struct sdpu_ctrl_rule *rule, u16 type)
{
	return rule->mask.eth_type == cpu_to_be16(0xffff) &&
	       be16_to_cpu(rule->key.eth_type) == type;
}

static bool sdpu_rule_has_proto(const struct sdpu_ctrl_rule *rule, u8 proto)
{
	return rule->mask.ip_proto == 0xff && rule->key.ip_proto == proto;
}

/* Is the header there in each frame that matches, with a checksum that the card knows? */
static bool sdpu_rewrite_sure(const struct sdpu_rewrite *r, const struct sdpu_ctrl_rule *rule)
{
	if (r->type && !sdpu_rule_has_type(rule, r->type))
		return false;
	if (r->proto && !sdpu_rule_has_proto(rule, r->proto))
		return false;

	return !r->inner || sdpu_rule_has_proto(rule, IPPROTO_TCP) ||
	       sdpu_rule_has_proto(rule, IPPROTO_UDP) ||
	       sdpu_rule_has_proto(rule, r->type == ETH_P_IP ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static int sdpu_action_mangle(struct sdpu_actions *a, const struct flow_action_entry *entry)
{
	/* tc says which bits to keep; both are as they lie in the frame */
	__be32 mask = (__force __be32)~entry->mangle.mask;
	struct sdpu_ctrl_rule_action *action;
	const struct sdpu_rewrite *r;

	/* with bits that are kept and changed it inverts them */
	if (!mask || (entry->mangle.val & entry->mangle.mask)) {
		NL_SET_ERR_MSG(a->extack, "the card sets bits of a header only");
		return -EOPNOTSUPP;
	}
	r = sdpu_rewrite_find(entry->mangle.htype, entry->mangle.offset, be32_to_cpu(mask));
	if (!r) {
		NL_SET_ERR_MSG(a->extack,
			       "the card rewrites addresses, ports, TOS and TTL, by name of the header");
		return -EOPNOTSUPP;
	}
	if (!sdpu_rewrite_sure(r, a->rule)) {
		NL_SET_ERR_MSG(a->extack,
			       "a rule that rewrites a header has to match its type, and ip_proto tcp, udp or icmp");
		return -EOPNOTSUPP;
	}
	if (r->header != SDPU_RULE_ETH && a->tags > 1) {
		NL_SET_ERR_MSG(a->extack, "the card does not look behind two VLAN tags");
		return -EOPNOTSUPP;
	}
	action = sdpu_action_next(a, SDPU_RULE_REWRITE);
	if (!action)
		return -EOPNOTSUPP;
	action->header = r->header;
	action->arg = cpu_to_le16(entry->mangle.offset);
	action->mask = mask;
	action->value = (__force __be32)entry->mangle.val & mask;

	return 0;
}

static int sdpu_action_csum(struct sdpu_actions *a, const struct flow_action_entry *entry)
{
	if (!(entry->csum_flags & ~SDPU_CSUM_FLAGS))
		return 0;
	NL_SET_ERR_MSG(a->extack, "the card knows checksums of IPv4, ICMP, TCP and UDP only");

	return -EOPNOTSUPP;
}

/* Nothing else may be done: the host would do it once more. */
static int sdpu_action_host(struct sdpu_actions *a, unsigned int num)
{
	if (num != 1) {
		NL_SET_ERR_MSG(a->extack, "what is left to the host, the card does nothing else with");
		return -EOPNOTSUPP;
	}

	return sdpu_action_next(a, SDPU_RULE_HOST) ? 0 : -EOPNOTSUPP;
}

/* From where a frame goes on it may turn out to be the host's, which starts over. */
static int sdpu_action_on(struct sdpu_actions *a, const char *what)
{
	if (!a->outputs)
		return 0;
	NL_SET_ERR_MSG_FMT(a->extack, "a frame that was sent somewhere is not sent on by %s", what);

	return -EOPNOTSUPP;
}

static int sdpu_action_goto(struct sdpu_actions *a, const struct flow_action_entry *entry)
{
	struct sdpu_ctrl_rule_action *action;
	int ret;

	if (!entry->chain_index) {
		NL_SET_ERR_MSG(a->extack, "the card does not go back to chain 0");
		return -EOPNOTSUPP;
	}
	ret = sdpu_action_on(a, "goto");
	if (ret)
		return ret;
	action = sdpu_action_next(a, SDPU_RULE_GOTO);
	if (!action)
		return -EOPNOTSUPP;
	action->value = cpu_to_be32(entry->chain_index);

	return 0;
}

static int sdpu_action_ct(struct sdpu_actions *a, const struct flow_action_entry *entry)
{
	struct sdpu_ctrl_rule_action *action;
	struct sdpu_ct_zone *zone;
	int ret;

	if (entry->ct.action & TCA_CT_ACT_CLEAR)
		return sdpu_action_next(a, SDPU_RULE_CT_CLEAR) ? 0 : -EOPNOTSUPP;
	if (entry->ct.action & ~TCA_CT_ACT_NAT) {
		NL_SET_ERR_MSG(a->extack, "the card makes no connections: commit is the host's");
		return -EOPNOTSUPP;
	}
	if (!a->zone || *a->zone) {
		NL_SET_ERR_MSG(a->extack, "the card asks for the connections of one zone in a rule");
		return -EOPNOTSUPP;
	}
	ret = sdpu_action_on(a, "ct");
	if (ret)
		return ret;
	action = sdpu_action_next(a, SDPU_RULE_CT);
	if (!action)
		return -EOPNOTSUPP;
	action->arg = cpu_to_le16(entry->ct.zone);
	zone = sdpu_ct_get(sdpu_flower_ct(a->pf->flower), entry->ct.zone, entry->ct.flow_table,
			   a->extack);
	if (IS_ERR(zone))
		return PTR_ERR(zone);
	*a->zone = zone;

	return 0;
}

static int sdpu_action_one(struct sdpu_actions *a, const struct flow_action_entry *entry,
			   unsigned int num)
{
	switch (entry->id) {
	case FLOW_ACTION_DROP:
		return 0;
	case FLOW_ACTION_ACCEPT:
	case FLOW_ACTION_TRAP:
		return sdpu_action_host(a, num);
	case FLOW_ACTION_REDIRECT:
	case FLOW_ACTION_MIRRED:
		return sdpu_action_output(a, entry);
	case FLOW_ACTION_VLAN_PUSH:
		return sdpu_action_push(a, entry);
	case FLOW_ACTION_VLAN_POP:
		return sdpu_action_pop(a);
	case FLOW_ACTION_VLAN_MANGLE:
		return sdpu_action_vlan(a, entry);
	case FLOW_ACTION_MANGLE:
		return sdpu_action_mangle(a, entry);
	case FLOW_ACTION_CSUM:
		return sdpu_action_csum(a, entry);
	case FLOW_ACTION_GOTO:
		return sdpu_action_goto(a, entry);
	case FLOW_ACTION_CT:
		return sdpu_action_ct(a, entry);
	default:
		NL_SET_ERR_MSG(a->extack,
			       "the card redirects, mirrors, drops, goes on in a chain, asks for connections, changes VLAN tags and rewrites headers only");
		return -EOPNOTSUPP;
	}
}

/* A rule that only mirrors leaves the frame to what comes after it. */
static bool sdpu_action_is_last(const struct flow_action_entry *entry)
{
	return entry->id == FLOW_ACTION_DROP || entry->id == FLOW_ACTION_REDIRECT ||
	       entry->id == FLOW_ACTION_ACCEPT || entry->id == FLOW_ACTION_TRAP ||
	       entry->id == FLOW_ACTION_GOTO;
}

static int sdpu_actions_all(struct sdpu_actions *a, const struct flow_action *from)
{
	const struct flow_action_entry *entry;
	unsigned int i;
	int ret;

	flow_action_for_each(i, entry, from) {
		ret = sdpu_action_one(a, entry, from->num_entries);
		if (ret)
			return ret;
		if (sdpu_action_is_last(entry))
			break;
	}
	/* dropped, whatever it would have become */
	if (entry->id == FLOW_ACTION_DROP && !a->outputs) {
		memset(a->rule->actions, 0, sizeof(a->rule->actions));
		a->rule->num_actions = 0;
	}

	return 0;
}

/**
 * sdpu_flower_actions - what a rule does
 * @rule: its key and mask are there, its actions are filled in, behind those that it has
 * @from: what the kernel does
 * @pf: the PF
 * @dev: where it is, the uplink or a representor
 * @zone: NULL, filled in if it asks for connections: the caller has a reference then, also if
 *	this fails; NULL if it may not, as without the RTNL
 * @extack: why not
 *
 * Context: may sleep; RTNL held, if @zone.
 * Return: 0, or a negative errno and an extack text.
 */
int sdpu_flower_actions(struct sdpu_ctrl_rule *rule, const struct flow_action *from,
			struct sdpu_pf *pf, const struct net_device *dev,
			struct sdpu_ct_zone **zone, struct netlink_ext_ack *extack)
{
	struct sdpu_actions a = {
		.rule = rule,
		.pf = pf,
		.from = sdpu_eswitch_port(pf, dev),
		.tpid = rule->mask.vlan_tpid == cpu_to_be16(0xffff) ? rule->key.vlan_tpid : 0,
		.zone = zone,
		.extack = extack,
	};

	a.tags = !!a.tpid;
	if (!flow_action_has_entries(from) ||
	    !sdpu_action_is_last(&from->entries[from->num_entries - 1])) {
		NL_SET_ERR_MSG(extack, "a rule ends with redirect, drop, pass, trap or goto");
		return -EOPNOTSUPP;
	}
	if (!flow_action_hw_stats_check(from, extack, FLOW_ACTION_HW_STATS_IMMEDIATE_BIT))
		return -EOPNOTSUPP;

	return sdpu_actions_all(&a, from);
}
