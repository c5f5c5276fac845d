// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer harness of the control virtqueue's commands (sim/cvqcmd.c). The
 * input says what was negotiated, then comes one command, in memory of its
 * exact size.
 *
 * What must hold, besides what the sanitizers check: at most one function that
 * changes something is called, with bounded arguments, and only if its feature was
 * negotiated; a list of addresses lies inside of the command; the acknowledgment is
 * that of the function; the answer has room, and there is none without success.
 */
#include <stdlib.h>
#include <string.h>

#include "../../sim/cvqcmd.h"
#include "../../sim/features.h"
#include "must.h"

static struct sdpu_cvqcmd_dev dev;
static const u8 *command;
static size_t command_len;
static unsigned int calls;	/* of functions that change something */
static bool asked;		/* for something else */
static u8 answer;

static u8 hook(unsigned int feature)
{
	MUST(dev.features >> feature & 1);
	MUST(!calls++);
	return answer;
}

static u8 hook_rx_mode(void *priv, u8 mode, bool on)
{
	MUST(mode <= 5);
	return hook(mode > 1 ? VIRTIO_NET_F_CTRL_RX_EXTRA : VIRTIO_NET_F_CTRL_RX);
}

static void check_list(const u8 *list, u32 num)
{
	MUST(num <= command_len / 6);
	MUST(list >= command + 6 && list + 6 * num <= command + command_len);
}

static u8 hook_mac_table(void *priv, const u8 *uni, u32 num_uni, const u8 *multi, u32 num_multi)
{
	check_list(uni, num_uni);
	check_list(multi, num_multi);
	MUST(uni + 6 * num_uni + 4 == multi && multi + 6 * num_multi == command + command_len);
	return hook(VIRTIO_NET_F_CTRL_RX);
}

static u8 hook_mac_addr(void *priv, const u8 *mac)
{
	MUST(!(mac[0] & 1) && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]));
	return hook(VIRTIO_NET_F_CTRL_MAC_ADDR);
}

static u8 hook_vlan(void *priv, u16 vid, bool add)
{
	MUST(vid <= 4095);
	return hook(VIRTIO_NET_F_CTRL_VLAN);
}

static u8 hook_mq_pairs(void *priv, u16 pairs)
{
	MUST(pairs >= 1 && pairs <= dev.max_vqp);
	return hook(VIRTIO_NET_F_MQ);
}

static u8 hook_rss(void *priv, const struct sdpu_rss_attrs *attrs)
{
	unsigned int i;

	MUST(!(attrs->types & ~SDPU_HASH_TYPES));
	if (!attrs->table) {
		MUST(attrs->key_len <= SDPU_HASH_KEY_LEN);
		MUST(attrs->key == command + 15);
		MUST(attrs->key + attrs->key_len <= command + command_len);
		return hook(VIRTIO_NET_F_HASH_REPORT);
	}
	MUST(attrs->mask < SDPU_RSS_TABLE_MAX && !(attrs->mask & (attrs->mask + 1)));
	MUST(attrs->unclassified < dev.max_vqp);
	MUST(attrs->max_tx >= 1 && attrs->max_tx <= dev.max_vqp);
	MUST(attrs->key_len <= SDPU_HASH_KEY_LEN);
	MUST(attrs->table == command + 10 && attrs->key == attrs->table + 2 * attrs->mask + 5);
	MUST(attrs->key + attrs->key_len <= command + command_len);
	for (i = 0; i <= attrs->mask; i++)
		MUST(sdpu_rss_attrs_entry(attrs, i) < dev.max_vqp);
	return hook(VIRTIO_NET_F_RSS);
}

static u8 hook_offloads(void *priv, u64 offloads)
{
	MUST(!(offloads & ~dev.offloads));
	return hook(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS);
}

static u8 hook_announce_ack(void *priv)
{
	MUST(command_len == 2 && !calls++);
	return answer;
}

static u8 hook_coal_all(void *priv, bool tx, struct sdpu_coal coal)
{
	MUST(coal.max_usecs <= SDPU_COAL_USECS_MAX);
	return hook(VIRTIO_NET_F_NOTF_COAL);
}

static void check_index(u16 index)
{
	MUST(index < 2 * dev.max_vqp && index != dev.cvq);
}

static u8 hook_coal_set(void *priv, u16 index, struct sdpu_coal coal)
{
	check_index(index);
	MUST(coal.max_usecs <= SDPU_COAL_USECS_MAX);
	return hook(VIRTIO_NET_F_VQ_NOTF_COAL);
}

static u8 hook_coal_get(void *priv, u16 index, struct sdpu_coal *coal)
{
	check_index(index);
	MUST(dev.features >> VIRTIO_NET_F_VQ_NOTF_COAL & 1);
	*coal = (struct sdpu_coal){};
	asked = true;
	return answer;
}

static u8 hook_stats(void *priv, u16 index, struct sdpu_ctrl_queue_stats *stats)
{
	if (index != dev.cvq)
		check_index(index);
	MUST(dev.features >> VIRTIO_NET_F_DEVICE_STATS & 1);
	memset(stats, 0x5a, sizeof(*stats));
	asked = true;
	return answer;
}

static const struct sdpu_cvqcmd_ops ops = {
	.rx_mode = hook_rx_mode,
	.mac_table = hook_mac_table,
	.mac_addr = hook_mac_addr,
	.vlan = hook_vlan,
	.mq_pairs = hook_mq_pairs,
	.rss = hook_rss,
	.offloads = hook_offloads,
	.announce_ack = hook_announce_ack,
	.coal_all = hook_coal_all,
	.coal_set = hook_coal_set,
	.coal_get = hook_coal_get,
	.stats = hook_stats,
};

/* Bytes of input before the command. */
#define HEAD	5u

int fuzz_one(const u8 *data, size_t size)
{
	struct sdpu_cvqcmd_result res;
	u8 *copy, ack;

	if (size < HEAD)
		return 0;
	/* bits 16 to 23, 2 (offloads), 60 (RSS), 57 (HASH_REPORT), 50 to 53 (statistics, calls) */
	dev.ops = &ops;
	dev.features = (u64)data[0] << 16 | (data[1] & 4) | (u64)(data[3] >> 7) << 60 |
		       (u64)(data[4] >> 7) << 57 | (u64)(data[4] >> 1 & 0xd) << 50;
	dev.offloads = data[1] | (u64)data[2] << 56;
	dev.max_vqp = data[3] & 0x7f;
	dev.cvq = data[4] & 0x40 ? 2 * dev.max_vqp : 2;
	answer = data[4] & 1;
	calls = 0;
	command_len = size - HEAD;
	copy = malloc(command_len);
	if (command_len)
		memcpy(copy, data + HEAD, command_len);
	command = copy;
	res.room = data[4] & 0x20 ? SDPU_CVQCMD_RESULT_MAX : data[2];
	res.buf = malloc(res.room);
	asked = false;
	ack = sdpu_cvqcmd_execute(&dev, copy, command_len, &res);
	MUST(!calls || ack == answer);
	MUST(res.len <= res.room);
	MUST(ack == VIRTIO_NET_OK || !res.len);
	/* only what asks for something can succeed without a call */
	MUST(calls || asked || ack == VIRTIO_NET_ERR ||
	     (dev.features >> VIRTIO_NET_F_DEVICE_STATS & 1));
	free(res.buf);
	MUST(!command_len || !memcmp(copy, data + HEAD, command_len));
	free(copy);
	return 0;
}
