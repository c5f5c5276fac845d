/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands of the control virtqueue (virtio 1.3, 5.1.6.5): from bytes to calls.
 *
 * Pure: the bytes are a private copy, the device is reached through a table.
 * What that table is handed has been checked against the format, against the
 * features that were negotiated, and against the bounds below. It runs
 * unchanged in user space.
 */
#ifndef _SDPU_SIM_CVQCMD_H
#define _SDPU_SIM_CVQCMD_H

#include "devstats.h"
#include "hash.h"

/* Entries of an indirection table: rss_max_indirection_table_length in config space. */
#define SDPU_RSS_TABLE_MAX	128

/**
 * struct sdpu_rss_attrs - receive-side scaling as a driver wants it (5.1.6.5.7)
 * @types: hash types, out of SDPU_HASH_TYPES
 * @mask: entries of the table less one: 0, 1, 3 … SDPU_RSS_TABLE_MAX - 1
 * @unclassified: pair for packets without a hash
 * @table: the table, see sdpu_rss_attrs_entry(); part of the command. NULL: hashes
 *	are to be reported and nothing else.
 * @max_tx: transmit queues that the driver uses, 1 to the number of pairs
 * @key: part of the command
 * @key_len: bytes of it, up to SDPU_HASH_KEY_LEN
 */
struct sdpu_rss_attrs {
	u32 types;
	u16 mask;
	u16 unclassified;
	const u8 *table;
	u16 max_tx;
	const u8 *key;
	u8 key_len;
};

/* Pair of an entry, less than the number of pairs. */
static inline u16 sdpu_rss_attrs_entry(const struct sdpu_rss_attrs *attrs, unsigned int i)
{
	return attrs->table[2 * i] | attrs->table[2 * i + 1] << 8;
}

/**
 * struct sdpu_coal - how the calls of a virtqueue are held back (5.1.6.5.9)
 * @max_packets: until so many packets are there; 0 and 1: not at all
 * @max_usecs: but not longer than that, up to SDPU_COAL_USECS_MAX; 0: not at all
 */
struct sdpu_coal {
	u32 max_packets;
	u32 max_usecs;
};

/* A driver that wants to hear from its device less often than that has made a mistake. */
#define SDPU_COAL_USECS_MAX	1000000

/**
 * struct sdpu_cvqcmd_ops - what commands do
 * @rx_mode: switch a receive mode, VIRTIO_NET_CTRL_RX_*, on or off
 * @mac_table: these are the unicast and the multicast addresses to receive:
 *	arrays of addresses of 6 bytes, part of the command; any number
 * @mac_addr: the device's own address, neither zero nor multicast
 * @vlan: receive VLAN @vid, 0 to 4095, or stop that
 * @mq_pairs: use so many queue pairs, 1 to @max_vqp
 * @rss: scale like this; no pair in it is beyond @max_vqp
 * @offloads: the receive offloads that are wanted, out of @offloads
 * @announce_ack: the driver has announced itself, as it was asked to
 * @coal_all: hold back calls like this on all transmit or all receive queues
 * @coal_set: on a queue: neither the control virtqueue nor one beyond @max_vqp
 * @coal_get: how that queue does it
 * @stats: counters of a queue, the control virtqueue or one within @max_vqp
 *
 * All return VIRTIO_NET_OK or VIRTIO_NET_ERR.
 */
struct sdpu_cvqcmd_ops {
	u8 (*rx_mode)(void *priv, u8 mode, bool on);
	u8 (*mac_table)(void *priv, const u8 *uni, u32 num_uni, const u8 *multi, u32 num_multi);
	u8 (*mac_addr)(void *priv, const u8 *mac);
	u8 (*vlan)(void *priv, u16 vid, bool add);
	u8 (*mq_pairs)(void *priv, u16 pairs);
	u8 (*rss)(void *priv, const struct sdpu_rss_attrs *attrs);
	u8 (*offloads)(void *priv, u64 offloads);
	u8 (*announce_ack)(void *priv);
	u8 (*coal_all)(void *priv, bool tx, struct sdpu_coal coal);
	u8 (*coal_set)(void *priv, u16 index, struct sdpu_coal coal);
	u8 (*coal_get)(void *priv, u16 index, struct sdpu_coal *coal);
	u8 (*stats)(void *priv, u16 index, struct sdpu_ctrl_queue_stats *stats);
};

/**
 * struct sdpu_cvqcmd_dev - who executes
 * @ops: what to call
 * @priv: their first argument
 * @features: virtio features that were negotiated
 * @offloads: those among them that can be switched
 * @max_vqp: queue pairs of the device
 * @cvq: index of the control virtqueue
 */
struct sdpu_cvqcmd_dev {
	const struct sdpu_cvqcmd_ops *ops;
	void *priv;
	u64 features;
	u64 offloads;
	u16 max_vqp;
	u16 cvq;
};

/**
 * struct sdpu_cvqcmd_result - what a command answers besides its acknowledgment
 * @buf: private memory for it
 * @room: bytes that the driver has room for
 * @len: bytes of the answer
 */
struct sdpu_cvqcmd_result {
	u8 *buf;
	u32 room;
	u32 len;
};

/* The longest answer: the counters of every queue. */
#define SDPU_CVQCMD_RESULT_MAX	(SDPU_MAX_QUEUES * SDPU_DEVSTATS_REPLY_MAX)

/*
 * Execute the command in the @len bytes at @buf: class, command, body. It must
 * be complete, and nothing may follow it. @res->len is zero unless the command
 * asks for something. Return: the acknowledgment, VIRTIO_NET_OK or
 * VIRTIO_NET_ERR; after the latter nothing has changed.
 */
u8 sdpu_cvqcmd_execute(const struct sdpu_cvqcmd_dev *dev, const u8 *buf, u32 len,
		       struct sdpu_cvqcmd_result *res);

#endif /* _SDPU_SIM_CVQCMD_H */
