// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters: the one command with an answer that does not fit into a completion.
 * The card writes it into a buffer, of which a function has one.
 */
#include <linux/export.h>

#include "cmds.h"
#include "internal.h"

/**
 * sdpu_stats_init - allocate the buffer
 * @ctrl: whose buffer
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sdpu_stats_init(struct sdpu_ctrl *ctrl)
{
	struct sdpu_stats_buf *stats = &ctrl->stats;

	mutex_init(&stats->lock);
	stats->lost = NULL;
	stats->mem = ctrl->xp->ops->dma_alloc(ctrl->xp, SDPU_STATS_BUF_SIZE, &stats->dma);

	return stats->mem ? 0 : -ENOMEM;
}

/**
 * sdpu_stats_exit - free the buffer
 * @ctrl: whose buffer; the function is disabled, the card writes no more
 *
 * Context: may sleep.
 */
void sdpu_stats_exit(struct sdpu_ctrl *ctrl)
{
	struct sdpu_stats_buf *stats = &ctrl->stats;

	if (stats->lost)
		sdpu_req_put(stats->lost);
	ctrl->xp->ops->dma_free(ctrl->xp, SDPU_STATS_BUF_SIZE, stats->mem, stats->dma);
	mutex_destroy(&stats->lock);
}

/* Might the card still write the answer to a question that nobody waits for? */
static bool sdpu_stats_lost_locked(struct sdpu_ctrl *ctrl)
{
	struct sdpu_stats_buf *stats = &ctrl->stats;

	lockdep_assert_held(&stats->lock);

	if (!stats->lost)
		return false;
	if (sdpu_req_in_flight(ctrl, stats->lost))
		return true;

	sdpu_req_put(stats->lost);
	stats->lost = NULL;

	return false;
}

static int sdpu_stats_ask_locked(struct sdpu_ctrl *ctrl, const struct sdpu_ctrl_stats_get *in)
{
	struct sdpu_stats_buf *stats = &ctrl->stats;
	struct sdpu_req *req;
	int ret;

	lockdep_assert_held(&stats->lock);

	if (sdpu_stats_lost_locked(ctrl))
		return -EBUSY;

	req = sdpu_req_alloc(SDPU_OP_STATS, in, sizeof(*in));
	if (IS_ERR(req))
		return PTR_ERR(req);

	req->buf = stats->dma;
	memset(stats->mem, 0, SDPU_STATS_BUF_SIZE);
	ret = sdpu_req_post(ctrl, req);
	if (!ret)
		ret = sdpu_req_wait(ctrl, req);

	if (sdpu_req_in_flight(ctrl, req))
		stats->lost = req;
	else
		sdpu_req_put(req);

	return ret;
}

static int sdpu_stats_get(struct sdpu_ctrl *ctrl, u16 kind, u16 index, u64 *counters,
			  unsigned int num)
{
	struct sdpu_ctrl_stats_get in = {
		.kind = cpu_to_le16(kind),
		.index = cpu_to_le16(index),
		.buf_len = cpu_to_le32(num * sizeof(__le64)),
	};
	const __le64 *mem = ctrl->stats.mem;
	unsigned int i;
	int ret;

	mutex_lock(&ctrl->stats.lock);
	ret = sdpu_stats_ask_locked(ctrl, &in);
	for (i = 0; !ret && i < num; i++)
		counters[i] = le64_to_cpu(mem[i]);
	mutex_unlock(&ctrl->stats.lock);

	return ret;
}

/**
 * sdpu_cmd_queue_stats - counters of a virtqueue
 * @ctrl: the VF
 * @index: which one
 * @counters: SDPU_NUM_QUEUE_STATS of them, as in struct sdpu_ctrl_queue_stats
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_cmd_queue_stats(struct sdpu_ctrl *ctrl, u16 index, u64 *counters)
{
	return sdpu_stats_get(ctrl, SDPU_STATS_QUEUE, index, counters, SDPU_NUM_QUEUE_STATS);
}
EXPORT_SYMBOL_GPL(sdpu_cmd_queue_stats);

/**
 * sdpu_cmd_port_stats - counters of the function's switch port
 * @ctrl: the function
 * @counters: SDPU_NUM_PORT_STATS of them, as in struct sdpu_ctrl_port_stats
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_cmd_port_stats(struct sdpu_ctrl *ctrl, u64 *counters)
{
	return sdpu_stats_get(ctrl, SDPU_STATS_PORT, 0, counters, SDPU_NUM_PORT_STATS);
}
EXPORT_SYMBOL_GPL(sdpu_cmd_port_stats);
