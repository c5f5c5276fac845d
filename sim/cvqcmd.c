// SPDX-License-Identifier: GPL-2.0-only
/* Commands of the control virtqueue: decode, check, call. See cvqcmd.h. */
#include "cvqcmd.h"
#include "features.h"

#define SDPU_CVQCMD_MAC		6
#define SDPU_CVQCMD_VIDS	4096

/**
 * struct sdpu_cvqcmd - a command
 * @dev: who executes it
 * @command: of its class
 * @data: what was not taken yet of its body
 * @len: bytes of @data
 * @res: for what it answers
 */
struct sdpu_cvqcmd {
	const struct sdpu_cvqcmd_dev *dev;
	u8 command;
	const u8 *data;
	u32 len;
	struct sdpu_cvqcmd_result *res;
};

static bool sdpu_cvqcmd_has(const struct sdpu_cvqcmd *cmd, unsigned int feature)
{
	return cmd->dev->features >> feature & 1;
}

/* Is @n bytes all that the body has? Then they are in @to. */
static bool sdpu_cvqcmd_body(const struct sdpu_cvqcmd *cmd, void *to, u32 n)
{
	if (cmd->len != n)
		return false;
	memcpy(to, cmd->data, n);
	return true;
}

/* 5.1.6.5.1: receive modes, one on/off byte */
static u8 sdpu_cvqcmd_rx(struct sdpu_cvqcmd *cmd)
{
	unsigned int need = cmd->command > VIRTIO_NET_CTRL_RX_ALLMULTI ?
			    VIRTIO_NET_F_CTRL_RX_EXTRA : VIRTIO_NET_F_CTRL_RX;
	u8 on;

	if (cmd->command > VIRTIO_NET_CTRL_RX_NOBCAST || !sdpu_cvqcmd_has(cmd, need))
		return VIRTIO_NET_ERR;
	if (!sdpu_cvqcmd_body(cmd, &on, sizeof(on)) || on > 1)
		return VIRTIO_NET_ERR;
	return cmd->dev->ops->rx_mode(cmd->dev->priv, cmd->command, on);
}

/* One of the two lists of MAC_TABLE_SET: a count and that many addresses. */
static bool sdpu_cvqcmd_mac_list(struct sdpu_cvqcmd *cmd, const u8 **list, u32 *num)
{
	__le32 entries;

	if (cmd->len < sizeof(entries))
		return false;
	memcpy(&entries, cmd->data, sizeof(entries));
	cmd->data += sizeof(entries);
	cmd->len -= sizeof(entries);
	*num = le32_to_cpu(entries);
	if (*num > cmd->len / SDPU_CVQCMD_MAC)
		return false;
	*list = cmd->data;
	cmd->data += *num * SDPU_CVQCMD_MAC;
	cmd->len -= *num * SDPU_CVQCMD_MAC;
	return true;
}

/* 5.1.6.5.2: filter tables */
static u8 sdpu_cvqcmd_mac_table(struct sdpu_cvqcmd *cmd)
{
	const u8 *uni, *multi;
	u32 num_uni, num_multi;

	if (!sdpu_cvqcmd_has(cmd, VIRTIO_NET_F_CTRL_RX))
		return VIRTIO_NET_ERR;
	if (!sdpu_cvqcmd_mac_list(cmd, &uni, &num_uni) ||
	    !sdpu_cvqcmd_mac_list(cmd, &multi, &num_multi) || cmd->len)
		return VIRTIO_NET_ERR;
	return cmd->dev->ops->mac_table(cmd->dev->priv, uni, num_uni, multi, num_multi);
}

/* 5.1.6.5.2: the default address */
static u8 sdpu_cvqcmd_mac_addr(struct sdpu_cvqcmd *cmd)
{
	u8 mac[SDPU_CVQCMD_MAC];

	if (!sdpu_cvqcmd_has(cmd, VIRTIO_NET_F_CTRL_MAC_ADDR))
		return VIRTIO_NET_ERR;
	if (!sdpu_cvqcmd_body(cmd, mac, sizeof(mac)))
		return VIRTIO_NET_ERR;
	if ((mac[0] & 1) || !memchr_inv(mac, 0, sizeof(mac)))
		return VIRTIO_NET_ERR;
	return cmd->dev->ops->mac_addr(cmd->dev->priv, mac);
}

static u8 sdpu_cvqcmd_mac(struct sdpu_cvqcmd *cmd)
{
	switch (cmd->command) {
	case VIRTIO_NET_CTRL_MAC_TABLE_SET:
		return sdpu_cvqcmd_mac_table(cmd);
	case VIRTIO_NET_CTRL_MAC_ADDR_SET:
		return sdpu_cvqcmd_mac_addr(cmd);
	default:
		return VIRTIO_NET_ERR;
	}
}

/* 5.1.6.5.3: VLAN filter */
static u8 sdpu_cvqcmd_vlan(struct sdpu_cvqcmd *cmd)
{
	__le16 vid;

	if (!sdpu_cvqcmd_has(cmd, VIRTIO_NET_F_CTRL_VLAN) ||
	    cmd->command > VIRTIO_NET_CTRL_VLAN_DEL)
		return VIRTIO_NET_ERR;
	if (!sdpu_cvqcmd_body(cmd, &vid, sizeof(vid)) || le16_to_cpu(vid) >= SDPU_CVQCMD_VIDS)
		return VIRTIO_NET_ERR;
	return cmd->dev->ops->vlan(cmd->dev->priv, le16_to_cpu(vid),
				   cmd->command == VIRTIO_NET_CTRL_VLAN_ADD);
}

/* Take the first @n bytes of what is left, or NULL. */
static const u8 *sdpu_cvqcmd_take(struct sdpu_cvqcmd *cmd, u32 n)
{
	const u8 *data = cmd->data;

	if (cmd->len < n)
		return NULL;
	cmd->data += n;
	cmd->len -= n;
	return data;
}

static u16 sdpu_cvqcmd_le16(const u8 *p)
{
	return p[0] | p[1] << 8;
}

static u32 sdpu_cvqcmd_le32(const u8 *p)
{
	return sdpu_cvqcmd_le16(p) | (u32)sdpu_cvqcmd_le16(p + 2) << 16;
}

/* Room for @n more bytes of the answer, or NULL. */
static u8 *sdpu_cvqcmd_give(struct sdpu_cvqcmd *cmd, u32 n)
{
	struct sdpu_cvqcmd_result *res = cmd->res;
	u8 *to = res->buf + res->len;

	if (res->room - res->len < n)
		return NULL;
	res->len += n;
	return to;
}

/*
 * 5.1.6.5.7: what struct virtio_net_rss_config says; false if it is not whole. What
 * follows it means nothing: Linux 7.2 sends the padding of a struct of its own.
 */
static bool sdpu_cvqcmd_rss_parse(struct sdpu_cvqcmd *cmd, struct sdpu_rss_attrs *attrs)
{
	const u8 *p = sdpu_cvqcmd_take(cmd, 8);

	if (!p)
		return false;
	attrs->types = sdpu_cvqcmd_le32(p);
	attrs->mask = sdpu_cvqcmd_le16(p + 4);
	attrs->unclassified = sdpu_cvqcmd_le16(p + 6);
	if (attrs->mask >= SDPU_RSS_TABLE_MAX)
		return false;
	attrs->table = sdpu_cvqcmd_take(cmd, 2 * (attrs->mask + 1));
	p = sdpu_cvqcmd_take(cmd, 3);
	if (!attrs->table || !p)
		return false;
	attrs->max_tx = sdpu_cvqcmd_le16(p);
	attrs->key_len = p[2];
	attrs->key = sdpu_cvqcmd_take(cmd, attrs->key_len);
	return attrs->key;
}

/* 5.1.6.5.6.4: struct virtio_net_hash_config, the same without a table. */
static u8 sdpu_cvqcmd_hash(struct sdpu_cvqcmd *cmd)
{
	const u8 *p = sdpu_cvqcmd_take(cmd, 13);
	struct sdpu_rss_attrs attrs = {};

	if (!sdpu_cvqcmd_has(cmd, VIRTIO_NET_F_HASH_REPORT) || !p)
		return VIRTIO_NET_ERR;
	attrs.types = sdpu_cvqcmd_le32(p);
	attrs.key_len = p[12];
	attrs.key = sdpu_cvqcmd_take(cmd, attrs.key_len);
	if (!attrs.key || (attrs.types & ~SDPU_HASH_TYPES) || attrs.key_len > SDPU_HASH_KEY_LEN)
		return VIRTIO_NET_ERR;
	return cmd->dev->ops->rss(cmd->dev->priv, &attrs);
}

static u8 sdpu_cvqcmd_rss(struct sdpu_cvqcmd *cmd)
{
	u16 pairs = cmd->dev->max_vqp;
	struct sdpu_rss_attrs attrs;
	unsigned int i;

	if (!sdpu_cvqcmd_has(cmd, VIRTIO_NET_F_RSS) || !sdpu_cvqcmd_rss_parse(cmd, &attrs))
		return VIRTIO_NET_ERR;
	if ((attrs.types & ~SDPU_HASH_TYPES) || (attrs.mask & (attrs.mask + 1)) ||
	    attrs.unclassified >= pairs || !attrs.max_tx || attrs.max_tx > pairs ||
	    attrs.key_len > SDPU_HASH_KEY_LEN)
		return VIRTIO_NET_ERR;
	for (i = 0; i <= attrs.mask; i++)
		if (sdpu_rss_attrs_entry(&attrs, i) >= pairs)
			return VIRTIO_NET_ERR;
	return cmd->dev->ops->rss(cmd->dev->priv, &attrs);
}

/* 5.1.6.5.5: number of queue pairs in use, which switches scaling off */
static u8 sdpu_cvqcmd_mq(struct sdpu_cvqcmd *cmd)
{
	__le16 body;
	u16 pairs;

	if (cmd->command == VIRTIO_NET_CTRL_MQ_RSS_CONFIG)
		return sdpu_cvqcmd_rss(cmd);
	if (cmd->command == VIRTIO_NET_CTRL_MQ_HASH_CONFIG)
		return sdpu_cvqcmd_hash(cmd);
	if (!sdpu_cvqcmd_has(cmd, VIRTIO_NET_F_MQ) ||
	    cmd->command != VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET)
		return VIRTIO_NET_ERR;
	if (!sdpu_cvqcmd_body(cmd, &body, sizeof(body)))
		return VIRTIO_NET_ERR;
	pairs = le16_to_cpu(body);
	if (!pairs || pairs > cmd->dev->max_vqp)
		return VIRTIO_NET_ERR;
	return cmd->dev->ops->mq_pairs(cmd->dev->priv, pairs);
}

/* 5.1.6.5.8: which of the negotiated receive offloads are wanted now */
static u8 sdpu_cvqcmd_offloads(struct sdpu_cvqcmd *cmd)
{
	__le64 offloads;

	if (!sdpu_cvqcmd_has(cmd, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) ||
	    cmd->command != VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET)
		return VIRTIO_NET_ERR;
	if (!sdpu_cvqcmd_body(cmd, &offloads, sizeof(offloads)))
		return VIRTIO_NET_ERR;
	if (le64_to_cpu(offloads) & ~cmd->dev->offloads)
		return VIRTIO_NET_ERR;
	return cmd->dev->ops->offloads(cmd->dev->priv, le64_to_cpu(offloads));
}

/*
 * 5.1.6.5.4: also from a driver that has not accepted GUEST_ANNOUNCE. A VMM may have
 * asked it on its own account, and lets the answer pass.
 */
static u8 sdpu_cvqcmd_announce(struct sdpu_cvqcmd *cmd)
{
	if (cmd->command != VIRTIO_NET_CTRL_ANNOUNCE_ACK || cmd->len)
		return VIRTIO_NET_ERR;
	return cmd->dev->ops->announce_ack(cmd->dev->priv);
}

/* A queue with packets, which the control virtqueue has none of. */
static bool sdpu_cvqcmd_is_data(const struct sdpu_cvqcmd *cmd, u16 index)
{
	return index < 2 * cmd->dev->max_vqp && index != cmd->dev->cvq;
}

/* struct virtio_net_ctrl_coal; false if it is not whole, or nothing one can want. */
static bool sdpu_cvqcmd_coal_parse(struct sdpu_cvqcmd *cmd, struct sdpu_coal *coal)
{
	const u8 *p = sdpu_cvqcmd_take(cmd, 8);

	if (!p || cmd->len)
		return false;
	coal->max_packets = sdpu_cvqcmd_le32(p);
	coal->max_usecs = sdpu_cvqcmd_le32(p + 4);
	return coal->max_usecs <= SDPU_COAL_USECS_MAX;
}

/* VQ_SET and VQ_GET: struct virtio_net_ctrl_coal_vq. */
static u8 sdpu_cvqcmd_coal_queue(struct sdpu_cvqcmd *cmd)
{
	bool get = cmd->command == VIRTIO_NET_CTRL_NOTF_COAL_VQ_GET;
	const struct sdpu_cvqcmd_dev *dev = cmd->dev;
	const u8 *p = sdpu_cvqcmd_take(cmd, 4);
	struct sdpu_coal coal;
	__le32 answer[2];
	u16 index;
	u8 ack;

	if (!sdpu_cvqcmd_has(cmd, VIRTIO_NET_F_VQ_NOTF_COAL) || !p)
		return VIRTIO_NET_ERR;
	index = sdpu_cvqcmd_le16(p);
	if (!sdpu_cvqcmd_is_data(cmd, index))
		return VIRTIO_NET_ERR;
	if (!get)
		return sdpu_cvqcmd_coal_parse(cmd, &coal) ?
		       dev->ops->coal_set(dev->priv, index, coal) : VIRTIO_NET_ERR;
	/* what is set need not be there, and says nothing */
	if ((cmd->len && cmd->len != sizeof(answer)) || cmd->res->room < sizeof(answer))
		return VIRTIO_NET_ERR;
	ack = dev->ops->coal_get(dev->priv, index, &coal);
	if (ack != VIRTIO_NET_OK)
		return ack;
	answer[0] = cpu_to_le32(coal.max_packets);
	answer[1] = cpu_to_le32(coal.max_usecs);
	memcpy(sdpu_cvqcmd_give(cmd, sizeof(answer)), answer, sizeof(answer));
	return VIRTIO_NET_OK;
}

/* 5.1.6.5.9: how long calls are held back */
static u8 sdpu_cvqcmd_coal(struct sdpu_cvqcmd *cmd)
{
	struct sdpu_coal coal;

	switch (cmd->command) {
	case VIRTIO_NET_CTRL_NOTF_COAL_TX_SET:
	case VIRTIO_NET_CTRL_NOTF_COAL_RX_SET:
		if (!sdpu_cvqcmd_has(cmd, VIRTIO_NET_F_NOTF_COAL) ||
		    !sdpu_cvqcmd_coal_parse(cmd, &coal))
			return VIRTIO_NET_ERR;
		return cmd->dev->ops->coal_all(cmd->dev->priv, cmd->command ==
					       VIRTIO_NET_CTRL_NOTF_COAL_TX_SET, coal);
	case VIRTIO_NET_CTRL_NOTF_COAL_VQ_SET:
	case VIRTIO_NET_CTRL_NOTF_COAL_VQ_GET:
		return sdpu_cvqcmd_coal_queue(cmd);
	default:
		return VIRTIO_NET_ERR;
	}
}

/* An element of struct virtio_net_ctrl_queue_stats: a queue, and which kinds of counters. */
static u8 sdpu_cvqcmd_stats_queue(struct sdpu_cvqcmd *cmd)
{
	const u8 *p = sdpu_cvqcmd_take(cmd, 16);
	const struct sdpu_cvqcmd_dev *dev = cmd->dev;
	struct sdpu_ctrl_queue_stats stats;
	u64 types;
	u16 index;
	u8 kind, *to;

	if (!p)
		return VIRTIO_NET_ERR;
	index = sdpu_cvqcmd_le16(p);
	types = sdpu_cvqcmd_le32(p + 8) | (u64)sdpu_cvqcmd_le32(p + 12) << 32;
	if (index != dev->cvq && !sdpu_cvqcmd_is_data(cmd, index))
		return VIRTIO_NET_ERR;
	kind = sdpu_devstats_kind(index, dev->cvq);
	if (types & ~BIT_ULL(kind))
		return VIRTIO_NET_ERR;
	if (!types)
		return VIRTIO_NET_OK;
	to = sdpu_cvqcmd_give(cmd, sdpu_devstats_size(kind));
	if (!to || dev->ops->stats(dev->priv, index, &stats) != VIRTIO_NET_OK)
		return VIRTIO_NET_ERR;
	sdpu_devstats_reply(to, kind, index, &stats);
	return VIRTIO_NET_OK;
}

/* virtio 1.4, 5.1.6.5.10: device statistics */
static u8 sdpu_cvqcmd_stats(struct sdpu_cvqcmd *cmd)
{
	const __le64 types = cpu_to_le64(SDPU_DEVSTATS_TYPES);
	u8 *to;

	if (!sdpu_cvqcmd_has(cmd, VIRTIO_NET_F_DEVICE_STATS))
		return VIRTIO_NET_ERR;
	if (cmd->command == VIRTIO_NET_CTRL_STATS_QUERY) {
		to = cmd->len ? NULL : sdpu_cvqcmd_give(cmd, sizeof(types));
		if (!to)
			return VIRTIO_NET_ERR;
		memcpy(to, &types, sizeof(types));
		return VIRTIO_NET_OK;
	}
	if (cmd->command != VIRTIO_NET_CTRL_STATS_GET || !cmd->len)
		return VIRTIO_NET_ERR;
	while (cmd->len)
		if (sdpu_cvqcmd_stats_queue(cmd) != VIRTIO_NET_OK)
			return VIRTIO_NET_ERR;
	return VIRTIO_NET_OK;
}

static u8 sdpu_cvqcmd_class(struct sdpu_cvqcmd *cmd, u8 class)
{
	switch (class) {
	case VIRTIO_NET_CTRL_RX:
		return sdpu_cvqcmd_rx(cmd);
	case VIRTIO_NET_CTRL_MAC:
		return sdpu_cvqcmd_mac(cmd);
	case VIRTIO_NET_CTRL_VLAN:
		return sdpu_cvqcmd_vlan(cmd);
	case VIRTIO_NET_CTRL_ANNOUNCE:
		return sdpu_cvqcmd_announce(cmd);
	case VIRTIO_NET_CTRL_MQ:
		return sdpu_cvqcmd_mq(cmd);
	case VIRTIO_NET_CTRL_GUEST_OFFLOADS:
		return sdpu_cvqcmd_offloads(cmd);
	case VIRTIO_NET_CTRL_NOTF_COAL:
		return sdpu_cvqcmd_coal(cmd);
	case VIRTIO_NET_CTRL_STATS:
		return sdpu_cvqcmd_stats(cmd);
	default:
		return VIRTIO_NET_ERR;
	}
}

u8 sdpu_cvqcmd_execute(const struct sdpu_cvqcmd_dev *dev, const u8 *buf, u32 len,
		       struct sdpu_cvqcmd_result *res)
{
	struct sdpu_cvqcmd cmd = { .dev = dev, .res = res };
	struct virtio_net_ctrl_hdr hdr;
	u8 ack;

	res->len = 0;
	if (len < sizeof(hdr))
		return VIRTIO_NET_ERR;
	memcpy(&hdr, buf, sizeof(hdr));
	cmd.command = hdr.cmd;
	cmd.data = buf + sizeof(hdr);
	cmd.len = len - sizeof(hdr);
	ack = sdpu_cvqcmd_class(&cmd, hdr.class);
	/* half an answer is none */
	if (ack != VIRTIO_NET_OK)
		res->len = 0;
	return ack;
}
