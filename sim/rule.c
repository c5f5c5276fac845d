// SPDX-License-Identifier: GPL-2.0-only
/* Rules: checked, and applied to headers. Section numbers are those of virtio 1.3. */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>

#include "inet.h"
#include "rule.h"

#define SDPU_VLAN_LEN		4
#define SDPU_TCI_MASK		0xefff

#define SDPU_IPV4_CHECK		10
#define SDPU_IPV4_SRC		12
#define SDPU_IPV6_SRC		8
#define SDPU_IPV6_DST		24
/* More extension headers than this are somebody's joke. */
#define SDPU_EXTENSIONS_MAX	15

#define SDPU_TCP_FLAGS		12
#define SDPU_TCP_CHECK		16
#define SDPU_UDP_CHECK		6
#define SDPU_ICMPV6_CHECK	2

static u32 sdpu_be32(const u8 *p)
{
	return (u32)sdpu_be16(p) << 16 | sdpu_be16(p + 2);
}

static void sdpu_put_be16(u8 *p, u16 value)
{
	p[0] = value >> 8;
	p[1] = value;
}

static void sdpu_put_be32(u8 *p, u32 value)
{
	sdpu_put_be16(p, value >> 16);
	sdpu_put_be16(p + 2, value);
}

/* Check */

/* Words of a header that may be rewritten, and which of their bits. */
struct sdpu_rewritable {
	u8 header;
	u8 first;
	u8 last;
	u32 mask;
};

static const struct sdpu_rewritable sdpu_rewritable[] = {
	{ SDPU_RULE_ETH, 0, 8, ~0u },
	{ SDPU_RULE_IPV4, 0, 0, 0x00ff0000 },
	{ SDPU_RULE_IPV4, 8, 8, 0xff000000 },
	{ SDPU_RULE_IPV4, 12, 16, ~0u },
	{ SDPU_RULE_IPV6, 0, 0, 0x0fffffff },
	{ SDPU_RULE_IPV6, 4, 4, 0x000000ff },
	{ SDPU_RULE_IPV6, 8, 36, ~0u },
	{ SDPU_RULE_TCP, 0, 0, ~0u },
	{ SDPU_RULE_UDP, 0, 0, ~0u },
};

static bool sdpu_rule_may_rewrite(const struct sdpu_ctrl_rule_action *a)
{
	u16 at = le16_to_cpu(a->arg);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sdpu_rewritable); i++) {
		const struct sdpu_rewritable *r = &sdpu_rewritable[i];

		if (a->header == r->header && at >= r->first && at <= r->last && !(at & 3))
			return !(be32_to_cpu(a->mask) & ~r->mask);
	}
	return false;
}

/* Fields that the type of an action has no use for are zero. */
static bool sdpu_rule_action_clean(const struct sdpu_ctrl_rule_action *a)
{
	bool tag = a->type == SDPU_RULE_VLAN_PUSH || a->type == SDPU_RULE_VLAN_SET;
	bool bits = a->type == SDPU_RULE_REWRITE || a->type == SDPU_RULE_VLAN_SET;

	if (a->type != SDPU_RULE_OUTPUT && a->type != SDPU_RULE_REWRITE &&
	    a->type != SDPU_RULE_CT && a->arg)
		return false;
	if (a->type != SDPU_RULE_REWRITE && a->header)
		return false;
	if (a->type != SDPU_RULE_REWRITE && a->type != SDPU_RULE_GOTO &&
	    a->type != SDPU_RULE_GOTO_SHARED && a->value)
		return false;
	if (a->type != SDPU_RULE_VLAN_PUSH && a->tpid)
		return false;
	return (tag || !a->tci) && (bits || !a->mask);
}

/* @from: the port that its frames come from, or -1 */
static u16 sdpu_rule_check_action(const struct sdpu_ctrl_rule_action *a, int from,
				  unsigned int total_vfs)
{
	if (!sdpu_rule_action_clean(a))
		return SDPU_ST_RESERVED;
	switch (a->type) {
	case SDPU_RULE_OUTPUT:
		/* nothing goes back to where it came from */
		if (le16_to_cpu(a->arg) > total_vfs || le16_to_cpu(a->arg) == from)
			return SDPU_ST_INDEX;
		return SDPU_ST_OK;
	case SDPU_RULE_HOST:
	case SDPU_RULE_VLAN_POP:
	case SDPU_RULE_TTL_DEC:
	case SDPU_RULE_CT:
	case SDPU_RULE_CT_CLEAR:
	case SDPU_RULE_GOTO_SHARED:
		return SDPU_ST_OK;
	case SDPU_RULE_GOTO:
		/* nobody comes in a second time */
		return a->value ? SDPU_ST_OK : SDPU_ST_PARAM;
	case SDPU_RULE_VLAN_PUSH:
		return sdpu_type_is_tag(be16_to_cpu(a->tpid)) ? SDPU_ST_OK : SDPU_ST_PARAM;
	case SDPU_RULE_VLAN_SET:
		return be32_to_cpu(a->mask) & ~0xffffu ? SDPU_ST_PARAM : SDPU_ST_OK;
	case SDPU_RULE_REWRITE:
		return sdpu_rule_may_rewrite(a) ? SDPU_ST_OK : SDPU_ST_PARAM;
	default:
		return SDPU_ST_PARAM;
	}
}

/* Are there no bits but those of the mask? */
static bool sdpu_rule_masked(const void *key, const void *mask, size_t len)
{
	const u8 *k = key, *m = mask;
	size_t i;

	for (i = 0; i < len; i++)
		if (k[i] & ~m[i])
			return false;
	return true;
}

/* What a connection's rule says of its frames. */
static u16 sdpu_rule_check_connection(const struct sdpu_ctrl_rule *rule)
{
	if (memchr_inv(&rule->ct_mask, 0, sizeof(rule->ct_mask)))
		return SDPU_ST_RESERVED;
	if (le16_to_cpu(rule->ct.zone) != le32_to_cpu(rule->number))
		return SDPU_ST_PARAM;
	if (!(rule->ct.state & SDPU_CT_TRACKED) || rule->ct.state & ~SDPU_CT_STATES)
		return SDPU_ST_PARAM;
	return SDPU_ST_OK;
}

static u16 sdpu_rule_check_chain(const struct sdpu_ctrl_rule *rule)
{
	if (rule->ct_mask.reserved)
		return SDPU_ST_RESERVED;
	return sdpu_rule_masked(&rule->ct, &rule->ct_mask, sizeof(rule->ct)) ? SDPU_ST_OK :
									       SDPU_ST_PARAM;
}

static u16 sdpu_rule_check_key(const struct sdpu_ctrl_rule *rule, unsigned int total_vfs)
{
	u16 ports = rule->table == SDPU_RULE_CHAIN ? 0xffff : 0, status;

	if (memchr_inv(rule->mask.reserved, 0, sizeof(rule->mask.reserved)) ||
	    rule->ct.reserved)
		return SDPU_ST_RESERVED;
	if (rule->table > SDPU_RULE_SHARED || le16_to_cpu(rule->mask.port) != ports)
		return SDPU_ST_PARAM;
	status = rule->table == SDPU_RULE_CONNECTION ? sdpu_rule_check_connection(rule) :
						       sdpu_rule_check_chain(rule);
	if (status != SDPU_ST_OK)
		return status;
	if (!sdpu_rule_masked(&rule->key, &rule->mask, sizeof(rule->key)))
		return SDPU_ST_PARAM;
	return le16_to_cpu(rule->key.port) > total_vfs ? SDPU_ST_INDEX : SDPU_ST_OK;
}

/*
 * May actions follow each other like that? What may send the frame back to where it came in
 * does not come behind what has sent it somewhere.
 */
static bool sdpu_rule_check_order(const struct sdpu_ctrl_rule *rule)
{
	u16 num = le16_to_cpu(rule->num_actions);
	unsigned int i, tags = 0;
	bool sent = false;

	for (i = 0; i < num; i++) {
		switch (rule->actions[i].type) {
		case SDPU_RULE_OUTPUT:
		case SDPU_RULE_HOST:
			sent = true;
			break;
		case SDPU_RULE_VLAN_PUSH:
			tags++;
			break;
		case SDPU_RULE_GOTO:
		case SDPU_RULE_GOTO_SHARED:
			if (i + 1 < num)
				return false;
			fallthrough;
		case SDPU_RULE_TTL_DEC:
		case SDPU_RULE_CT:
			if (sent)
				return false;
			break;
		}
		if (rule->table == SDPU_RULE_CONNECTION &&
		    rule->actions[i].type != SDPU_RULE_REWRITE)
			return false;
	}
	return tags <= SDPU_RULE_TAGS_MAX;
}

u16 sdpu_rule_check(const struct sdpu_ctrl_rule *rule, unsigned int total_vfs)
{
	int from = rule->table == SDPU_RULE_CHAIN ? le16_to_cpu(rule->key.port) : -1;
	u16 num = le16_to_cpu(rule->num_actions), status;
	unsigned int i;

	if (rule->reserved || memchr_inv(rule->reserved2, 0, sizeof(rule->reserved2)))
		return SDPU_ST_RESERVED;
	if (num > SDPU_RULE_ACTIONS_MAX)
		return SDPU_ST_PARAM;
	if (memchr_inv(rule->actions + num, 0,
		       (SDPU_RULE_ACTIONS_MAX - num) * sizeof(rule->actions[0])))
		return SDPU_ST_RESERVED;
	status = sdpu_rule_check_key(rule, total_vfs);
	for (i = 0; i < num && status == SDPU_ST_OK; i++)
		status = sdpu_rule_check_action(&rule->actions[i], from, total_vfs);
	return status == SDPU_ST_OK && !sdpu_rule_check_order(rule) ? SDPU_ST_PARAM : status;
}

/* Parse */

/**
 * struct sdpu_layout - where the headers of a frame are
 * @type: behind the tag, if there is one
 * @tagged: there is one
 * @ip: the IPv4 or IPv6 header, 0 if there is none, or not all of it
 * @v6: it is that
 * @proto: what is behind it and its extensions
 * @frag: SDPU_RULE_*FRAGMENT
 * @l4: that, 0 if it is of an earlier fragment, or too far away
 */
struct sdpu_layout {
	u16 type;
	bool tagged;
	u32 ip;
	bool v6;
	u8 proto;
	u8 frag;
	u32 l4;
};

static u8 sdpu_layout_fragment(u16 field, u16 offset)
{
	return field & offset ? SDPU_RULE_FRAGMENT :
				SDPU_RULE_FRAGMENT | SDPU_RULE_FIRST_FRAGMENT;
}

static bool sdpu_proto_is_extension(u8 proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING || proto == IPPROTO_DSTOPTS ||
	       proto == IPPROTO_FRAGMENT;
}

static void sdpu_layout_ipv4(struct sdpu_layout *at, const u8 *ip, u32 left)
{
	u32 header;

	if (left < SDPU_IPV4_LEN || ip[0] >> 4 != 4)
		return;
	header = 4 * (ip[0] & 15);
	if (header < SDPU_IPV4_LEN)
		return;
	at->l4 = at->ip + header;
	at->proto = ip[9];
	if (sdpu_be16(ip + 6) & 0x3fff)
		at->frag = sdpu_layout_fragment(sdpu_be16(ip + 6), 0x1fff);
}

static void sdpu_layout_ipv6(struct sdpu_layout *at, const u8 *ip, u32 left)
{
	u32 pos = SDPU_IPV6_LEN;
	unsigned int i;

	if (left < SDPU_IPV6_LEN || ip[0] >> 4 != 6)
		return;
	at->v6 = true;
	at->proto = ip[6];
	for (i = 0; i < SDPU_EXTENSIONS_MAX && pos + 8 <= left; i++) {
		const u8 *ext = ip + pos;

		if (!sdpu_proto_is_extension(at->proto))
			break;
		if (at->proto == IPPROTO_FRAGMENT) {
			/* also if it is the only one */
			at->frag = sdpu_layout_fragment(sdpu_be16(ext + 2), 0xfff8);
			pos += 8;
		} else {
			pos += 8 * (1 + ext[1]);
		}
		at->proto = ext[0];
		/* what is behind is in another frame */
		if (at->frag == SDPU_RULE_FRAGMENT)
			break;
	}
	at->l4 = at->ip + pos;
}

static struct sdpu_layout sdpu_layout_of(const struct sdpu_rule_head *head)
{
	struct sdpu_layout at = { .type = sdpu_be16(head->bytes + 12) };
	u32 ip = SDPU_ETH_HLEN;

	if (sdpu_type_is_tag(at.type) && head->len >= SDPU_ETH_VLAN_HLEN) {
		at.tagged = true;
		at.type = sdpu_be16(head->bytes + 16);
		ip += SDPU_VLAN_LEN;
	}
	at.ip = ip;
	if (at.type == ETH_P_IP)
		sdpu_layout_ipv4(&at, head->bytes + ip, head->len - ip);
	else if (at.type == ETH_P_IPV6)
		sdpu_layout_ipv6(&at, head->bytes + ip, head->len - ip);
	if (!at.l4)
		at.ip = 0;
	if (at.frag == SDPU_RULE_FRAGMENT || at.l4 >= head->len)
		at.l4 = 0;
	return at;
}

static void sdpu_rule_key_ip(struct sdpu_ctrl_rule_key *key, const struct sdpu_layout *at,
			     const u8 *ip)
{
	key->ip_proto = at->proto;
	key->ip_frag = at->frag;
	if (at->v6) {
		key->ip_tos = sdpu_be16(ip) >> 4;
		key->ip_ttl = ip[7];
		memcpy(key->ip_src, ip + SDPU_IPV6_SRC, SDPU_IPV6_ADDR);
		memcpy(key->ip_dst, ip + SDPU_IPV6_DST, SDPU_IPV6_ADDR);
	} else {
		key->ip_tos = ip[1];
		key->ip_ttl = ip[8];
		memcpy(key->ip_src, ip + SDPU_IPV4_SRC, 4);
		memcpy(key->ip_dst, ip + SDPU_IPV4_SRC + 4, 4);
	}
}

static void sdpu_rule_key_l4(struct sdpu_ctrl_rule_key *key, const u8 *l4, u32 left)
{
	bool ports = key->ip_proto == IPPROTO_TCP || key->ip_proto == IPPROTO_UDP ||
		     key->ip_proto == IPPROTO_SCTP;

	if (ports && left >= SDPU_PORTS_LEN) {
		memcpy(&key->l4_src, l4, 2);
		memcpy(&key->l4_dst, l4 + 2, 2);
	}
	if (key->ip_proto == IPPROTO_TCP && left >= SDPU_TCP_FLAGS + 2)
		key->tcp_flags = cpu_to_be16(sdpu_be16(l4 + SDPU_TCP_FLAGS) & 0x0fff);
}

/* Bytes behind the IP header that a key, or a checksum that follows, is about. */
static u32 sdpu_proto_needs(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return SDPU_TCP_CHECK + 2;
	case IPPROTO_UDP:
		return SDPU_UDP_CHECK + 2;
	case IPPROTO_SCTP:
	case IPPROTO_ICMPV6:
		return SDPU_PORTS_LEN;
	default:
		return 0;
	}
}

/* Does all that counts lie in what was looked at, or is there no more? */
static bool sdpu_layout_whole(const struct sdpu_layout *at, const struct sdpu_rule_head *head)
{
	if (!head->cut || !at->ip || at->frag == SDPU_RULE_FRAGMENT)
		return true;
	if (!at->l4 || (at->v6 && sdpu_proto_is_extension(at->proto)))
		return false;
	return at->l4 + sdpu_proto_needs(at->proto) <= head->len;
}

bool sdpu_rule_key_of(struct sdpu_ctrl_rule_key *key, const struct sdpu_rule_head *head, u16 port)
{
	const struct sdpu_layout at = sdpu_layout_of(head);

	memset(key, 0, sizeof(*key));
	key->port = cpu_to_le16(port);
	memcpy(key->eth_dst, head->bytes, ETH_ALEN);
	memcpy(key->eth_src, head->bytes + ETH_ALEN, ETH_ALEN);
	key->eth_type = cpu_to_be16(at.type);
	if (at.tagged) {
		memcpy(&key->vlan_tpid, head->bytes + 12, 2);
		key->vlan_tci = cpu_to_be16(sdpu_be16(head->bytes + 14) & SDPU_TCI_MASK);
	}
	if (!at.ip)
		return true;
	sdpu_rule_key_ip(key, &at, head->bytes + at.ip);
	/* fragments are treated alike, whatever the first of them says */
	if (at.l4 && !at.frag)
		sdpu_rule_key_l4(key, head->bytes + at.l4, head->len - at.l4);
	return sdpu_layout_whole(&at, head);
}

/* Edit */

/*
 * Move what the virtio header says of places in the frame, 5.1.6.2: true, or false if
 * these are not behind the tag.
 */
static bool sdpu_rule_shift(struct virtio_net_hdr_v1 *hdr, int by)
{
	u16 start = le16_to_cpu((__force __le16)hdr->csum_start);
	u16 len = le16_to_cpu((__force __le16)hdr->hdr_len);

	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		if (start < SDPU_ETH_HLEN || start + by < SDPU_ETH_HLEN || start + by > U16_MAX)
			return false;
		hdr->csum_start = (__force __virtio16)cpu_to_le16(start + by);
	}
	/* a hint, 5.1.6.2.2 */
	len = len >= SDPU_ETH_VLAN_HLEN ? len + by : 0;
	hdr->hdr_len = (__force __virtio16)cpu_to_le16(len);
	return true;
}

static bool sdpu_rule_push(struct sdpu_rule_head *head, const struct sdpu_ctrl_rule_action *a)
{
	if (head->len + SDPU_VLAN_LEN > sizeof(head->bytes))
		return false;
	memmove(head->bytes + 12 + SDPU_VLAN_LEN, head->bytes + 12, head->len - 12);
	memcpy(head->bytes + 12, &a->tpid, 2);
	memcpy(head->bytes + 14, &a->tci, 2);
	head->len += SDPU_VLAN_LEN;
	return sdpu_rule_shift(&head->hdr, SDPU_VLAN_LEN);
}

static bool sdpu_rule_pop(struct sdpu_rule_head *head)
{
	head->len -= SDPU_VLAN_LEN;
	memmove(head->bytes + 12, head->bytes + 12 + SDPU_VLAN_LEN, head->len - 12);
	return sdpu_rule_shift(&head->hdr, -SDPU_VLAN_LEN);
}

/* Add @by to a checksum in the way of RFC 1624. */
static u16 sdpu_fold(u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return sum + (sum >> 16);
}

/* A full checksum, after a word of what it covers has changed. */
static void sdpu_check_update(u8 *check, u32 old, u32 new)
{
	u32 sum = (u16)~sdpu_be16(check);

	sum += (u16)~(old >> 16) + (u16)~old + (new >> 16) + (new & 0xffff);
	sdpu_put_be16(check, ~sdpu_fold(sum));
}

/* The sum of a pseudo header, which the receiver goes on with. */
static void sdpu_sum_update(u8 *check, u32 old, u32 new)
{
	u32 sum = sdpu_be16(check);

	sum += (u16)~(old >> 16) + (u16)~old + (new >> 16) + (new & 0xffff);
	sdpu_put_be16(check, sdpu_fold(sum));
}

/* Where the checksum of what is behind the IP header is, that covers its addresses; or 0. */
static u32 sdpu_layout_check(const struct sdpu_layout *at)
{
	if (!at->l4)
		return 0;
	switch (at->proto) {
	case IPPROTO_TCP:
		return at->l4 + SDPU_TCP_CHECK;
	case IPPROTO_UDP:
		return at->l4 + SDPU_UDP_CHECK;
	case IPPROTO_ICMPV6:
		return at->v6 ? at->l4 + SDPU_ICMPV6_CHECK : 0;
	default:
		return 0;
	}
}

/* Let the checksum at @check follow a change, of the pseudo header or of a port. */
static bool sdpu_rule_follow(struct sdpu_rule_head *head, const struct sdpu_layout *at, u32 check,
			     u32 old, u32 new, bool pseudo)
{
	const struct virtio_net_hdr_v1 *hdr = &head->hdr;
	u32 partial = le16_to_cpu((__force __le16)hdr->csum_start) +
		      le16_to_cpu((__force __le16)hdr->csum_offset);
	u8 *p;

	if (check + 2 > head->len)
		return false;
	p = head->bytes + check;
	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM && partial == check) {
		if (pseudo)
			sdpu_sum_update(p, old, new);
		return true;
	}
	if (at->proto != IPPROTO_UDP) {
		sdpu_check_update(p, old, new);
		return true;
	}
	/* RFC 768: zero means that there is none */
	if (!sdpu_be16(p))
		return true;
	sdpu_check_update(p, old, new);
	if (!sdpu_be16(p))
		sdpu_put_be16(p, 0xffff);
	return true;
}

/* Does a word of the IP header belong to the pseudo header? */
static bool sdpu_rule_is_address(const struct sdpu_layout *at, u16 word)
{
	return word >= (at->v6 ? SDPU_IPV6_SRC : SDPU_IPV4_SRC);
}

static bool sdpu_rule_rewrite_ip(struct sdpu_rule_head *head, const struct sdpu_layout *at,
				 u16 word, u32 old, u32 new)
{
	u32 check = sdpu_layout_check(at);

	if (!at->v6)
		sdpu_check_update(head->bytes + at->ip + SDPU_IPV4_CHECK, old, new);
	if (!check || !sdpu_rule_is_address(at, word))
		return true;
	return sdpu_rule_follow(head, at, check, old, new, true);
}

/* Where the header is that an action is about; -1 if the frame has none. */
static int sdpu_rule_header(const struct sdpu_layout *at, u8 header)
{
	switch (header) {
	case SDPU_RULE_ETH:
		return 0;
	case SDPU_RULE_IPV4:
		return at->ip && !at->v6 ? (int)at->ip : -1;
	case SDPU_RULE_IPV6:
		return at->ip && at->v6 ? (int)at->ip : -1;
	case SDPU_RULE_TCP:
		return at->l4 && at->proto == IPPROTO_TCP ? (int)at->l4 : -1;
	default:
		return at->l4 && at->proto == IPPROTO_UDP ? (int)at->l4 : -1;
	}
}

static bool sdpu_rule_rewrite(struct sdpu_rule_head *head, const struct sdpu_ctrl_rule_action *a)
{
	const struct sdpu_layout at = sdpu_layout_of(head);
	u32 mask = be32_to_cpu(a->mask), old, new;
	int header = sdpu_rule_header(&at, a->header);
	u16 word = le16_to_cpu(a->arg);
	u8 *p;

	/* of a later fragment it is in another frame */
	if (a->header >= SDPU_RULE_TCP && at.ip && at.frag == SDPU_RULE_FRAGMENT)
		return true;
	if (header < 0 || header + word + sizeof(u32) > head->len)
		return false;
	p = head->bytes + header + word;
	old = sdpu_be32(p);
	new = (old & ~mask) | (be32_to_cpu(a->value) & mask);
	sdpu_put_be32(p, new);
	switch (a->header) {
	case SDPU_RULE_ETH:
		return true;
	case SDPU_RULE_IPV4:
	case SDPU_RULE_IPV6:
		return sdpu_rule_rewrite_ip(head, &at, word, old, new);
	default:
		return sdpu_rule_follow(head, &at, sdpu_layout_check(&at), old, new, false);
	}
}

bool sdpu_rule_ttl_dec(struct sdpu_rule_head *head)
{
	const struct sdpu_layout at = sdpu_layout_of(head);
	u8 *ttl = head->bytes + at.ip + (at.v6 ? 7 : 8);
	u32 old;

	if (!at.ip || *ttl <= 1)
		return false;
	old = sdpu_be32(head->bytes + at.ip + 8);
	--*ttl;
	if (!at.v6)
		sdpu_check_update(head->bytes + at.ip + SDPU_IPV4_CHECK, old,
				  sdpu_be32(head->bytes + at.ip + 8));
	return true;
}

bool sdpu_rule_edit(struct sdpu_rule_head *head, const struct sdpu_ctrl_rule_action *action)
{
	bool tagged = head->len >= SDPU_ETH_VLAN_HLEN &&
		      sdpu_type_is_tag(sdpu_be16(head->bytes + 12));
	u16 mask = be32_to_cpu(action->mask), tci;

	switch (action->type) {
	case SDPU_RULE_VLAN_PUSH:
		return sdpu_rule_push(head, action);
	case SDPU_RULE_VLAN_POP:
		return !tagged || sdpu_rule_pop(head);
	case SDPU_RULE_VLAN_SET:
		tci = sdpu_be16(head->bytes + 14);
		if (tagged)
			sdpu_put_be16(head->bytes + 14,
				      (tci & ~mask) | (be16_to_cpu(action->tci) & mask));
		return true;
	default:
		return sdpu_rule_rewrite(head, action);
	}
}
