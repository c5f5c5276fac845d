// SPDX-License-Identifier: GPL-2.0-only
/* What a flower rule matches, in the card's words. */
#include <linux/if_vlan.h>
#include <net/flow_offload.h>
#include <net/pkt_cls.h>
#include <softdpu/ctrl.h>

#include "eswitch.h"
#include "flower.h"

#define K(name)	BIT_ULL(FLOW_DISSECTOR_KEY_##name)

#define SDPU_MATCH_KEYS							\
	(K(CONTROL) | K(BASIC) | K(META) | K(ETH_ADDRS) | K(VLAN) |	\
	 K(IPV4_ADDRS) | K(IPV6_ADDRS) | K(PORTS) | K(TCP) | K(IP) | K(CT))

/* What is known of frames of a connection that the card has; all else they are not. */
static const struct {
	u16 flag;
	u8 state;
} sdpu_match_states[] = {
	{ TCA_FLOWER_KEY_CT_FLAGS_TRACKED, SDPU_CT_TRACKED },
	{ TCA_FLOWER_KEY_CT_FLAGS_NEW, SDPU_CT_NEW },
	{ TCA_FLOWER_KEY_CT_FLAGS_ESTABLISHED, SDPU_CT_ESTABLISHED },
	{ TCA_FLOWER_KEY_CT_FLAGS_REPLY, SDPU_CT_REPLY },
};

/* A field, and which of its bits count. */
static void sdpu_match_be16(__be16 *key, __be16 *mask, __be16 value, __be16 bits)
{
	*mask = bits;
	*key = value & bits;
}

static void sdpu_match_u8(u8 *key, u8 *mask, u8 value, u8 bits)
{
	*mask = bits;
	*key = value & bits;
}

static void sdpu_match_bytes(u8 *key, u8 *mask, const void *value, const void *bits,
			     unsigned int len)
{
	const u8 *v = value, *b = bits;
	unsigned int i;

	for (i = 0; i < len; i++) {
		mask[i] = b[i];
		key[i] = v[i] & b[i];
	}
}

static int sdpu_match_frag(struct sdpu_ctrl_rule *rule, const struct flow_rule *from,
			   struct netlink_ext_ack *extack)
{
	struct sdpu_ctrl_rule_key *key = &rule->key, *mask = &rule->mask;
	struct flow_match_control match;
	u8 bits = 0, value = 0;

	if (!flow_rule_match_key(from, FLOW_DISSECTOR_KEY_CONTROL))
		return 0;
	flow_rule_match_control(from, &match);
	if (!flow_rule_is_supp_control_flags(FLOW_DIS_IS_FRAGMENT | FLOW_DIS_FIRST_FRAG,
					     match.mask->flags, extack))
		return -EOPNOTSUPP;
	if (match.mask->flags & FLOW_DIS_IS_FRAGMENT) {
		bits |= SDPU_RULE_FRAGMENT;
		value |= match.key->flags & FLOW_DIS_IS_FRAGMENT ? SDPU_RULE_FRAGMENT : 0;
	}
	if (match.mask->flags & FLOW_DIS_FIRST_FRAG) {
		bits |= SDPU_RULE_FIRST_FRAGMENT;
		value |= match.key->flags & FLOW_DIS_FIRST_FRAG ? SDPU_RULE_FIRST_FRAGMENT : 0;
	}
	sdpu_match_u8(&key->ip_frag, &mask->ip_frag, value, bits);

	return 0;
}

static void sdpu_match_vlan(struct sdpu_ctrl_rule *rule, const struct flow_rule *from)
{
	struct sdpu_ctrl_rule_key *key = &rule->key, *mask = &rule->mask;
	struct flow_match_vlan match;
	u16 bits, value;

	flow_rule_match_vlan(from, &match);
	bits = match.mask->vlan_priority << VLAN_PRIO_SHIFT | match.mask->vlan_id;
	value = match.key->vlan_priority << VLAN_PRIO_SHIFT | match.key->vlan_id;
	sdpu_match_be16(&key->vlan_tci, &mask->vlan_tci, cpu_to_be16(value), cpu_to_be16(bits));
	sdpu_match_be16(&key->vlan_tpid, &mask->vlan_tpid, match.key->vlan_tpid,
			match.mask->vlan_tpid);
}

/* Addresses and types. */
static void sdpu_match_l2(struct sdpu_ctrl_rule *rule, const struct flow_rule *from)
{
	struct sdpu_ctrl_rule_key *key = &rule->key, *mask = &rule->mask;
	bool vlan = flow_rule_match_key(from, FLOW_DISSECTOR_KEY_VLAN);
	struct flow_match_eth_addrs eth;
	struct flow_match_basic basic;

	if (flow_rule_match_key(from, FLOW_DISSECTOR_KEY_ETH_ADDRS)) {
		flow_rule_match_eth_addrs(from, &eth);
		sdpu_match_bytes(key->eth_dst, mask->eth_dst, eth.key->dst,
				 eth.mask->dst, ETH_ALEN);
		sdpu_match_bytes(key->eth_src, mask->eth_src, eth.key->src,
				 eth.mask->src, ETH_ALEN);
	}
	if (vlan)
		sdpu_match_vlan(rule, from);
	if (!flow_rule_match_key(from, FLOW_DISSECTOR_KEY_BASIC))
		return;
	flow_rule_match_basic(from, &basic);
	sdpu_match_be16(&key->eth_type, &mask->eth_type, basic.key->n_proto, basic.mask->n_proto);
	sdpu_match_u8(&key->ip_proto, &mask->ip_proto, basic.key->ip_proto, basic.mask->ip_proto);
	/* a type is that of an untagged frame, if there is no word of a tag */
	if (basic.mask->n_proto && !vlan)
		sdpu_match_be16(&key->vlan_tpid, &mask->vlan_tpid, 0, cpu_to_be16(0xffff));
}

static void sdpu_match_l3(struct sdpu_ctrl_rule *rule, const struct flow_rule *from)
{
	struct sdpu_ctrl_rule_key *key = &rule->key, *mask = &rule->mask;
	struct flow_match_ipv4_addrs v4;
	struct flow_match_ipv6_addrs v6;
	struct flow_match_control control;
	struct flow_match_ip ip;
	u16 type = 0;

	if (flow_rule_match_key(from, FLOW_DISSECTOR_KEY_CONTROL)) {
		flow_rule_match_control(from, &control);
		type = control.key->addr_type;
	}
	if (type == FLOW_DISSECTOR_KEY_IPV4_ADDRS &&
	    flow_rule_match_key(from, FLOW_DISSECTOR_KEY_IPV4_ADDRS)) {
		flow_rule_match_ipv4_addrs(from, &v4);
		sdpu_match_bytes(key->ip_src, mask->ip_src, &v4.key->src, &v4.mask->src,
				 sizeof(v4.key->src));
		sdpu_match_bytes(key->ip_dst, mask->ip_dst, &v4.key->dst, &v4.mask->dst,
				 sizeof(v4.key->dst));
	}
	if (type == FLOW_DISSECTOR_KEY_IPV6_ADDRS &&
	    flow_rule_match_key(from, FLOW_DISSECTOR_KEY_IPV6_ADDRS)) {
		flow_rule_match_ipv6_addrs(from, &v6);
		sdpu_match_bytes(key->ip_src, mask->ip_src, &v6.key->src, &v6.mask->src,
				 sizeof(v6.key->src));
		sdpu_match_bytes(key->ip_dst, mask->ip_dst, &v6.key->dst, &v6.mask->dst,
				 sizeof(v6.key->dst));
	}
	if (flow_rule_match_key(from, FLOW_DISSECTOR_KEY_IP)) {
		flow_rule_match_ip(from, &ip);
		sdpu_match_u8(&key->ip_tos, &mask->ip_tos, ip.key->tos, ip.mask->tos);
		sdpu_match_u8(&key->ip_ttl, &mask->ip_ttl, ip.key->ttl, ip.mask->ttl);
	}
}

static void sdpu_match_l4(struct sdpu_ctrl_rule *rule, const struct flow_rule *from)
{
	struct sdpu_ctrl_rule_key *key = &rule->key, *mask = &rule->mask;
	struct flow_match_ports ports;
	struct flow_match_tcp tcp;

	if (flow_rule_match_key(from, FLOW_DISSECTOR_KEY_PORTS)) {
		flow_rule_match_ports(from, &ports);
		sdpu_match_be16(&key->l4_src, &mask->l4_src, ports.key->src, ports.mask->src);
		sdpu_match_be16(&key->l4_dst, &mask->l4_dst, ports.key->dst, ports.mask->dst);
	}
	if (flow_rule_match_key(from, FLOW_DISSECTOR_KEY_TCP)) {
		flow_rule_match_tcp(from, &tcp);
		sdpu_match_be16(&key->tcp_flags, &mask->tcp_flags, tcp.key->flags, tcp.mask->flags);
	}
}

static int sdpu_match_ct_state(struct sdpu_ctrl_rule *rule, u16 value, u16 bits,
			       struct netlink_ext_ack *extack)
{
	unsigned int i;
	u16 rest = value & bits;

	for (i = 0; i < ARRAY_SIZE(sdpu_match_states); i++) {
		if (bits & sdpu_match_states[i].flag)
			rule->ct_mask.state |= sdpu_match_states[i].state;
		if (value & bits & sdpu_match_states[i].flag)
			rule->ct.state |= sdpu_match_states[i].state;
		rest &= ~sdpu_match_states[i].flag;
	}
	if (!rest)
		return 0;
	NL_SET_ERR_MSG(extack, "the card knows of ct_state +trk, +new, +est and +rpl only");

	return -EOPNOTSUPP;
}

static int sdpu_match_ct(struct sdpu_ctrl_rule *rule, const struct flow_rule *from,
			 struct netlink_ext_ack *extack)
{
	struct flow_match_ct ct;

	if (!flow_rule_match_key(from, FLOW_DISSECTOR_KEY_CT))
		return 0;
	flow_rule_match_ct(from, &ct);
	rule->ct_mask.zone = cpu_to_le16(ct.mask->ct_zone);
	rule->ct.zone = cpu_to_le16(ct.key->ct_zone & ct.mask->ct_zone);
	rule->ct_mask.mark = cpu_to_le32(ct.mask->ct_mark);
	rule->ct.mark = cpu_to_le32(ct.key->ct_mark & ct.mask->ct_mark);
	sdpu_match_bytes(rule->ct.label, rule->ct_mask.label, ct.key->ct_labels,
			 ct.mask->ct_labels, sizeof(rule->ct.label));

	return sdpu_match_ct_state(rule, ct.key->ct_state, ct.mask->ct_state, extack);
}

static bool sdpu_match_indev(const struct flow_rule *from, const struct net_device *dev)
{
	struct flow_match_meta meta;

	if (!flow_rule_match_key(from, FLOW_DISSECTOR_KEY_META))
		return true;
	flow_rule_match_meta(from, &meta);
	if (meta.mask->l2_miss)
		return false;

	return !meta.mask->ingress_ifindex || meta.key->ingress_ifindex == dev->ifindex;
}

/**
 * sdpu_flower_match_headers - what a rule matches in headers
 * @rule: all zero, its key and mask are filled in, but for the port
 * @from: the rule of the kernel
 * @extack: why not
 *
 * Context: may sleep.
 * Return: 0, or -EOPNOTSUPP and an extack text.
 */
int sdpu_flower_match_headers(struct sdpu_ctrl_rule *rule, const struct flow_rule *from,
			      struct netlink_ext_ack *extack)
{
	if (from->match.dissector->used_keys & ~SDPU_MATCH_KEYS) {
		NL_SET_ERR_MSG(extack,
			       "the card looks at Ethernet, one VLAN tag, IP, ports and connections only");
		return -EOPNOTSUPP;
	}
	sdpu_match_l2(rule, from);
	sdpu_match_l3(rule, from);
	sdpu_match_l4(rule, from);

	return sdpu_match_frag(rule, from, extack);
}

/**
 * sdpu_flower_match - what a rule matches
 * @rule: all zero, its key and mask are filled in
 * @from: the rule of the kernel
 * @dev: where it is, the uplink or a representor
 * @extack: why not
 *
 * Context: may sleep.
 * Return: 0, or -EOPNOTSUPP and an extack text.
 */
int sdpu_flower_match(struct sdpu_ctrl_rule *rule, const struct flow_rule *from,
		      const struct net_device *dev, struct netlink_ext_ack *extack)
{
	int ret;

	if (!sdpu_match_indev(from, dev)) {
		NL_SET_ERR_MSG(extack, "the card does not look at where else a frame has been");
		return -EOPNOTSUPP;
	}
	rule->key.port = cpu_to_le16(sdpu_eswitch_port(sdpu_eswitch_of(dev), dev));
	rule->mask.port = cpu_to_le16(0xffff);
	ret = sdpu_flower_match_headers(rule, from, extack);
	if (ret)
		return ret;

	return sdpu_match_ct(rule, from, extack);
}
