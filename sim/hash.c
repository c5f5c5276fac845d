// SPDX-License-Identifier: GPL-2.0-only
/* Hash of a packet for receive-side scaling. Section numbers are those of virtio 1.3. */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>

#include "hash.h"
#include "hdr.h"
#include "inet.h"

#define SDPU_VLAN_TAGS_MAX	2

/* More extension headers than this are somebody's joke. */
#define SDPU_EXTENSIONS_MAX	8

#define SDPU_ROUTING_TYPE_2	2
#define SDPU_OPTION_PAD1	0
#define SDPU_OPTION_HOME	201

/**
 * struct sdpu_flow - what of a packet can be hashed
 * @src: source address, NULL if it is no IP packet
 * @dst: destination address
 * @addr_len: bytes of each
 * @ports: source and destination port, or NULL
 * @proto: IPPROTO_TCP or _UDP, if there are @ports
 * @extended: IPv6 with extension headers
 * @home: home address in a destination options header, or @src
 * @final: address in a routing header of type 2, or @dst
 */
struct sdpu_flow {
	const u8 *src;
	const u8 *dst;
	u32 addr_len;
	const u8 *ports;
	u8 proto;
	bool extended;
	const u8 *home;
	const u8 *final;
};

void sdpu_hash_key_init(struct sdpu_hash_key *key, const u8 *bytes)
{
	unsigned int i, value, bit;

	for (i = 0; i < 2 * SDPU_HASH_INPUT; i++) {
		const u8 *b = bytes + i / 2;
		/* the 35 bits of the key that the four windows of this half byte lie in */
		u64 window = (u64)b[0] << 32 | (u64)b[1] << 24 | b[2] << 16 | b[3] << 8 | b[4];

		window <<= i % 2 ? 4 : 0;
		for (value = 0; value < 16; value++) {
			key->part[i][value] = 0;
			for (bit = 0; bit < 4; bit++)
				if (value & 8 >> bit)
					key->part[i][value] ^= (u32)(window << bit >> 8);
		}
	}
}

/* Go on with @len more bytes of input, the first of which is byte @at of it. */
static u32 sdpu_hash_add(const struct sdpu_hash_key *key, u32 hash, unsigned int at,
			 const u8 *bytes, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++) {
		const u32 (*part)[16] = &key->part[2 * (at + i)];

		hash ^= part[0][bytes[i] >> 4] ^ part[1][bytes[i] & 15];
	}
	return hash;
}

static void sdpu_flow_ports(struct sdpu_flow *flow, u8 proto, const u8 *l4, u32 len)
{
	if ((proto != IPPROTO_TCP && proto != IPPROTO_UDP) || len < SDPU_PORTS_LEN)
		return;
	flow->proto = proto;
	flow->ports = l4;
}

static void sdpu_flow_ipv4(struct sdpu_flow *flow, const u8 *ip, u32 len)
{
	u32 header;

	if (len < SDPU_IPV4_LEN || ip[0] >> 4 != 4)
		return;
	header = 4 * (ip[0] & 15);
	flow->src = ip + 12;
	flow->dst = ip + 16;
	flow->addr_len = 4;
	/* of a fragment only the first one has ports: none of them is hashed by them */
	if (header < SDPU_IPV4_LEN || header > len || sdpu_be16(ip + 6) & 0x3fff)
		return;
	sdpu_flow_ports(flow, ip[9], ip + header, len - header);
}

/* The home address option of a destination options header of @len bytes. */
static void sdpu_flow_home(struct sdpu_flow *flow, const u8 *ext, u32 len)
{
	u32 at = 2, size;

	for (; at + 2 <= len; at += size) {
		if (ext[at] == SDPU_OPTION_PAD1) {
			size = 1;
			continue;
		}
		size = 2 + ext[at + 1];
		if (ext[at] == SDPU_OPTION_HOME && size == 2 + SDPU_IPV6_ADDR &&
		    at + size <= len)
			flow->home = ext + at + 2;
	}
}

/*
 * One extension header at @ext: its length, or 0 if it is none, not whole, or if
 * nothing behind it counts.
 */
static u32 sdpu_flow_extension(struct sdpu_flow *flow, u8 proto, const u8 *ext, u32 len)
{
	u32 size;

	if (len < 8)
		return 0;
	size = 8 * (1 + ext[1]);
	switch (proto) {
	case IPPROTO_FRAGMENT:
		flow->extended = true;
		/* offset and more-fragments: as with IPv4 */
		return sdpu_be16(ext + 2) & 0xfff9 ? 0 : 8;
	case IPPROTO_HOPOPTS:
		break;
	case IPPROTO_ROUTING:
		if (ext[2] == SDPU_ROUTING_TYPE_2 && size == 8 + SDPU_IPV6_ADDR && size <= len)
			flow->final = ext + 8;
		break;
	case IPPROTO_DSTOPTS:
		sdpu_flow_home(flow, ext, min(size, len));
		break;
	default:
		return 0;
	}
	flow->extended = true;
	return size < len ? size : 0;
}

static void sdpu_flow_ipv6(struct sdpu_flow *flow, const u8 *ip, u32 len)
{
	u32 at = SDPU_IPV6_LEN, size, i;
	u8 proto;

	if (len < SDPU_IPV6_LEN || ip[0] >> 4 != 6)
		return;
	flow->src = ip + 8;
	flow->dst = ip + 24;
	flow->addr_len = SDPU_IPV6_ADDR;
	flow->home = flow->src;
	flow->final = flow->dst;
	proto = ip[6];
	for (i = 0; i < SDPU_EXTENSIONS_MAX; i++) {
		size = sdpu_flow_extension(flow, proto, ip + at, len - at);
		if (!size)
			break;
		proto = ip[at];
		at += size;
	}
	/* a header that is not whole, or a fragment, is no TCP or UDP: @proto says so */
	sdpu_flow_ports(flow, proto, ip + at, len - at);
}

static bool sdpu_type_is_ip(u16 type)
{
	return type == ETH_P_IP || type == ETH_P_IPV6;
}

bool sdpu_flow_possible(const u8 *head)
{
	u16 type = sdpu_be16(head + SDPU_ETH_HLEN - 2);

	return sdpu_type_is_ip(type) || sdpu_type_is_tag(type);
}

static void sdpu_flow_parse(struct sdpu_flow *flow, const u8 *frame, u32 len)
{
	u32 at = SDPU_ETH_HLEN, tags;
	u16 type;

	*flow = (struct sdpu_flow){};
	if (len < at)
		return;
	type = sdpu_be16(frame + at - 2);
	for (tags = 0; tags < SDPU_VLAN_TAGS_MAX && sdpu_type_is_tag(type); tags++) {
		at += 4;
		if (len < at)
			return;
		type = sdpu_be16(frame + at - 2);
	}
	if (!sdpu_type_is_ip(type))
		return;
	if (type == ETH_P_IP)
		sdpu_flow_ipv4(flow, frame + at, len - at);
	else
		sdpu_flow_ipv6(flow, frame + at, len - at);
}

/**
 * struct sdpu_hash_rule - a hash type
 * @type: SDPU_HASH_*
 * @addr_len: of packets with addresses of so many bytes
 * @proto: and with ports of this protocol, 0: any packet, without its ports
 * @extended: only with extension headers, and by the addresses in these
 * @report: VIRTIO_NET_HASH_REPORT_*
 *
 * Their order is that of 5.1.6.4.3.2 to 5.1.6.4.3.4.
 */
struct sdpu_hash_rule {
	u32 type;
	u8 addr_len;
	u8 proto;
	bool extended;
	u8 report;
};

static const struct sdpu_hash_rule sdpu_hash_rules[] = {
	{ SDPU_HASH_TCPV4, 4, IPPROTO_TCP, false, 2 },
	{ SDPU_HASH_UDPV4, 4, IPPROTO_UDP, false, 3 },
	{ SDPU_HASH_IPV4, 4, 0, false, 1 },
	{ SDPU_HASH_TCP_EX, SDPU_IPV6_ADDR, IPPROTO_TCP, true, 8 },
	{ SDPU_HASH_UDP_EX, SDPU_IPV6_ADDR, IPPROTO_UDP, true, 9 },
	{ SDPU_HASH_IP_EX, SDPU_IPV6_ADDR, 0, true, 7 },
	{ SDPU_HASH_TCPV6, SDPU_IPV6_ADDR, IPPROTO_TCP, false, 5 },
	{ SDPU_HASH_UDPV6, SDPU_IPV6_ADDR, IPPROTO_UDP, false, 6 },
	{ SDPU_HASH_IPV6, SDPU_IPV6_ADDR, 0, false, 4 },
};

static bool sdpu_hash_rule_fits(const struct sdpu_hash_rule *rule, const struct sdpu_flow *flow)
{
	return rule->addr_len == flow->addr_len && (!rule->extended || flow->extended) &&
	       (!rule->proto || (flow->ports && rule->proto == flow->proto));
}

static struct sdpu_hash sdpu_hash_by(const struct sdpu_hash_key *key,
				     const struct sdpu_hash_rule *rule,
				     const struct sdpu_flow *flow)
{
	const u8 *src = rule->extended ? flow->home : flow->src;
	const u8 *dst = rule->extended ? flow->final : flow->dst;
	struct sdpu_hash hash = { .report = rule->report };

	hash.value = sdpu_hash_add(key, hash.value, 0, src, flow->addr_len);
	hash.value = sdpu_hash_add(key, hash.value, flow->addr_len, dst, flow->addr_len);
	if (rule->proto)
		hash.value = sdpu_hash_add(key, hash.value, 2 * flow->addr_len, flow->ports,
					   SDPU_PORTS_LEN);
	return hash;
}

struct sdpu_hash sdpu_hash_frame(const struct sdpu_hash_key *key, u32 types, const u8 *frame,
				 u32 len)
{
	struct sdpu_flow flow;
	unsigned int i;

	sdpu_flow_parse(&flow, frame, len);
	for (i = 0; flow.src && i < ARRAY_SIZE(sdpu_hash_rules); i++)
		if ((types & sdpu_hash_rules[i].type) &&
		    sdpu_hash_rule_fits(&sdpu_hash_rules[i], &flow))
			return sdpu_hash_by(key, &sdpu_hash_rules[i], &flow);
	return (struct sdpu_hash){};
}

/* FNV-1a of one end of a flow. */
static u32 sdpu_flow_end(const u8 *addr, u32 addr_len, const u8 *port)
{
	u32 hash = 0x811c9dc5, i;

	for (i = 0; i < addr_len; i++)
		hash = (hash ^ addr[i]) * 0x01000193;
	for (i = 0; port && i < 2; i++)
		hash = (hash ^ port[i]) * 0x01000193;
	return hash;
}

u32 sdpu_flow_hash(const u8 *frame, u32 len)
{
	struct sdpu_flow flow;
	u32 hash;

	sdpu_flow_parse(&flow, frame, len);
	if (!flow.src)
		return 0;
	/* a sum: the two ends change places in the other direction */
	hash = sdpu_flow_end(flow.src, flow.addr_len, flow.ports) +
	       sdpu_flow_end(flow.dst, flow.addr_len, flow.ports ? flow.ports + 2 : NULL);
	return hash ^ hash >> 16 ?: 1;
}
