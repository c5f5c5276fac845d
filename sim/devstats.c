// SPDX-License-Identifier: GPL-2.0-only
/* Device statistics: what a queue's counters look like to its driver. See devstats.h. */
#include "devstats.h"

/* struct virtio_net_stats_reply_hdr */
#define SDPU_DEVSTATS_HDR	8

static u64 sdpu_devstats_drops(const struct sdpu_ctrl_queue_stats *stats)
{
	return le64_to_cpu(stats->drop_no_buffer) + le64_to_cpu(stats->drop_filter) +
	       le64_to_cpu(stats->drop_down) + le64_to_cpu(stats->drop_bad) +
	       le64_to_cpu(stats->drop_no_port);
}

u32 sdpu_devstats_size(u8 kind)
{
	return SDPU_DEVSTATS_HDR +
	       (kind == VIRTIO_NET_STATS_TYPE_REPLY_CVQ ? 2 : 6) * sizeof(__le64);
}

void sdpu_devstats_reply(u8 *to, u8 kind, u16 index, const struct sdpu_ctrl_queue_stats *stats)
{
	u32 size = sdpu_devstats_size(kind);
	__le64 counters[6] = {
		/* of struct virtio_net_stats_rx_basic, and tx_basic */
		stats->kicks,
		stats->packets,
		stats->bytes,
		stats->calls,
		cpu_to_le64(sdpu_devstats_drops(stats)),
		kind == VIRTIO_NET_STATS_TYPE_REPLY_RX_BASIC ? stats->drop_no_buffer :
							       stats->drop_bad,
	};

	if (kind == VIRTIO_NET_STATS_TYPE_REPLY_CVQ) {
		counters[0] = stats->packets;
		counters[1] = cpu_to_le64(le64_to_cpu(stats->packets) -
					  le64_to_cpu(stats->drop_bad));
	}
	memset(to, 0, SDPU_DEVSTATS_HDR);
	to[0] = kind;
	to[2] = index & 0xff;
	to[3] = index >> 8;
	to[6] = size & 0xff;
	to[7] = size >> 8;
	memcpy(to + SDPU_DEVSTATS_HDR, counters, size - SDPU_DEVSTATS_HDR);
}
