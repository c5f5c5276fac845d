// SPDX-License-Identifier: GPL-2.0-only
/* Counters: from the queues to the control path. */
#include "function.h"
#include "stats.h"
#include "vdev.h"

void sdpu_stats_queue(const struct sdpu_vq *vq, struct sdpu_ctrl_queue_stats *out)
{
	const struct sdpu_vq_stats *s;

	memset(out, 0, sizeof(*out));
	if (!vq)
		return;
	/* words of a queue that may be running: each is exact, their sum need not be */
	s = &vq->stats;
	out->packets = cpu_to_le64(READ_ONCE(s->packets));
	out->bytes = cpu_to_le64(READ_ONCE(s->bytes));
	out->gso_packets = cpu_to_le64(READ_ONCE(s->gso_packets));
	out->kicks = cpu_to_le64(atomic64_read(&vq->kicks));
	out->calls = cpu_to_le64(READ_ONCE(s->calls));
	out->calls_suppressed = cpu_to_le64(READ_ONCE(s->calls_suppressed));
	out->calls_coalesced = cpu_to_le64(READ_ONCE(s->calls_coalesced));
	out->batches = cpu_to_le64(READ_ONCE(s->batches));
	out->drop_no_buffer = cpu_to_le64(READ_ONCE(s->drop_no_buffer));
	out->drop_filter = cpu_to_le64(READ_ONCE(s->drop_filter));
	out->drop_down = cpu_to_le64(READ_ONCE(s->drop_down));
	out->drop_bad = cpu_to_le64(READ_ONCE(s->drop_bad));
	out->drop_no_port = cpu_to_le64(READ_ONCE(s->drop_no_port));
	out->polls = cpu_to_le64(READ_ONCE(s->polls));
	out->throttled = cpu_to_le64(READ_ONCE(s->throttled));
	out->broken = cpu_to_le64(READ_ONCE(s->broken));
}

/* Add what all queues of a device have counted, to @rx and @tx. */
static void sdpu_stats_vdev(const struct sdpu_vdev *vdev, struct sdpu_vq_stats *rx,
			    struct sdpu_vq_stats *tx)
{
	struct sdpu_vq_stats *sum;
	unsigned int i;

	for (i = 0; i < 2u * vdev->max_vqp; i++) {
		const struct sdpu_vq *vq = READ_ONCE(vdev->vq[i]);

		if (!vq || (int)i == READ_ONCE(vdev->cvq))
			continue;
		sum = sdpu_vq_is_tx(i) ? tx : rx;
		sum->packets += READ_ONCE(vq->stats.packets);
		sum->bytes += READ_ONCE(vq->stats.bytes);
		sum->gso_packets += READ_ONCE(vq->stats.gso_packets);
		sum->drop_no_buffer += READ_ONCE(vq->stats.drop_no_buffer);
		sum->drop_filter += READ_ONCE(vq->stats.drop_filter);
		sum->drop_down += READ_ONCE(vq->stats.drop_down);
		sum->drop_bad += READ_ONCE(vq->stats.drop_bad);
		sum->drop_no_port += READ_ONCE(vq->stats.drop_no_port);
	}
}

void sdpu_stats_keep(struct sdpu_function *fn, const struct sdpu_vdev *vdev)
{
	sdpu_stats_vdev(vdev, &fn->past_rx, &fn->past_tx);
}

void sdpu_stats_vf_port(const struct sdpu_function *fn, const struct sdpu_vdev *vdev,
			struct sdpu_ctrl_port_stats *out)
{
	struct sdpu_vq_stats rx = fn->past_rx, tx = fn->past_tx;

	if (vdev)
		sdpu_stats_vdev(vdev, &rx, &tx);
	memset(out, 0, sizeof(*out));
	out->rx_packets = cpu_to_le64(rx.packets);
	out->rx_bytes = cpu_to_le64(rx.bytes);
	out->rx_gso_packets = cpu_to_le64(rx.gso_packets);
	out->rx_drop_no_buffer = cpu_to_le64(rx.drop_no_buffer);
	out->rx_drop_filter = cpu_to_le64(rx.drop_filter + atomic64_read(&fn->port.drop_filter));
	out->rx_drop_down = cpu_to_le64(rx.drop_down + atomic64_read(&fn->port.drop_down));
	out->tx_packets = cpu_to_le64(tx.packets);
	out->tx_bytes = cpu_to_le64(tx.bytes);
	out->tx_gso_packets = cpu_to_le64(tx.gso_packets);
	out->tx_drop_bad = cpu_to_le64(tx.drop_bad + tx.drop_filter);
	out->tx_drop_no_port = cpu_to_le64(tx.drop_no_port);
}

u16 sdpu_stats_copy(u64 dma, u32 len, const void *stats, size_t size)
{
	void *to = sdpu_prim_dma_virt(dma);

	size = min_t(size_t, size, len);
	if (!dma || !to || !sdpu_prim_dma_virt(dma + size - 1))
		return SDPU_ST_ADDRESS;
	memcpy(to, stats, size);
	return SDPU_ST_OK;
}
