/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device statistics (virtio 1.4, 5.1.6.5.10): which kinds of counters a queue has,
 * and how the driver is told. Pure, runs unchanged in user space.
 *
 * The numbers are those of struct sdpu_ctrl_queue_stats: whatever way somebody asks
 * for the counters of a queue, the answers agree.
 */
#ifndef _SDPU_SIM_DEVSTATS_H
#define _SDPU_SIM_DEVSTATS_H

#include "prim.h"
#include <linux/bits.h>
#include <linux/virtio_net.h>

/* What STATS_QUERY answers. */
#define SDPU_DEVSTATS_TYPES \
	(VIRTIO_NET_STATS_TYPE_CVQ | VIRTIO_NET_STATS_TYPE_RX_BASIC | \
	 VIRTIO_NET_STATS_TYPE_TX_BASIC)

/* The longest reply of a queue. */
#define SDPU_DEVSTATS_REPLY_MAX		56

/* The kind of counters of queue @index, VIRTIO_NET_STATS_TYPE_REPLY_*: there is one. */
static inline u8 sdpu_devstats_kind(u16 index, u16 cvq)
{
	if (index == cvq)
		return VIRTIO_NET_STATS_TYPE_REPLY_CVQ;
	return index & 1 ? VIRTIO_NET_STATS_TYPE_REPLY_TX_BASIC :
			   VIRTIO_NET_STATS_TYPE_REPLY_RX_BASIC;
}

/* Bytes of the reply of that kind, up to SDPU_DEVSTATS_REPLY_MAX. */
u32 sdpu_devstats_size(u8 kind);
/* Write the reply of @kind for queue @index to @to. */
void sdpu_devstats_reply(u8 *to, u8 kind, u16 index, const struct sdpu_ctrl_queue_stats *stats);

#endif /* _SDPU_SIM_DEVSTATS_H */
