// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters: the one command with an answer that does not fit into a completion.
 * The card writes it into a buffer, which is used again for the next question.
 *
 * One whose completion never came stays with its request, as the card may still
 * write to it, and the next question gets a new one. There are no more of them
 * than tags: a card that has lost all of these is dead.
 */
#include <linux/export.h>
#include <linux/slab.h>

#include "cmds.h"
#include "internal.h"

/**
 * struct sdpu_stats_buf - where the card puts counters
 * @node: in &struct sdpu_stats.lost
 * @mem: the memory, SDPU_STATS_BUF_SIZE bytes
 * @dma: where the card finds it
 * @req: the question whose answer it may still write
 */
struct sdpu_stats_buf {
	struct list_head node;
	void *mem;
	u64 dma;
	struct sdpu_req *req;
};

static struct sdpu_stats_buf *sdpu_stats_buf_alloc(struct sdpu_ctrl *ctrl)
{
	struct sdpu_stats_buf *buf = kzalloc(sizeof(*buf), GFP_KERNEL);

	if (!buf)
		return NULL;

	buf->mem = ctrl->xp->ops->dma_alloc(ctrl->xp, SDPU_STATS_BUF_SIZE, &buf->dma);
	if (!buf->mem) {
		kfree(buf);
		return NULL;
	}

	return buf;
}

static void sdpu_stats_buf_free(struct sdpu_ctrl *ctrl, struct sdpu_stats_buf *buf)
{
	if (buf->req)
		sdpu_req_put(buf->req);
	ctrl->xp->ops->dma_free(ctrl->xp, SDPU_STATS_BUF_SIZE, buf->mem, buf->dma);
	kfree(buf);
}

/**
 * sdpu_stats_init - allocate the first buffer
 * @ctrl: whose buffer
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sdpu_stats_init(struct sdpu_ctrl *ctrl)
{
	struct sdpu_stats *stats = &ctrl->stats;

	mutex_init(&stats->lock);
	INIT_LIST_HEAD(&stats->lost);
	stats->buf = sdpu_stats_buf_alloc(ctrl);

	return stats->buf ? 0 : -ENOMEM;
}

/**
 * sdpu_stats_exit - free all buffers
 * @ctrl: whose buffers; the function is disabled, the card writes no more
 *
 * Context: may sleep.
 */
void sdpu_stats_exit(struct sdpu_ctrl *ctrl)
{
	struct sdpu_stats *stats = &ctrl->stats;
	struct sdpu_stats_buf *buf, *next;

	list_for_each_entry_safe(buf, next, &stats->lost, node)
		sdpu_stats_buf_free(ctrl, buf);
	if (stats->buf)
		sdpu_stats_buf_free(ctrl, stats->buf);
	mutex_destroy(&stats->lock);
}

/* A completion that was late has come: the card is done with its buffer. */
static void sdpu_stats_sweep_locked(struct sdpu_ctrl *ctrl)
{
	struct sdpu_stats *stats = &ctrl->stats;
	struct sdpu_stats_buf *buf, *next;

	lockdep_assert_held(&stats->lock);

	list_for_each_entry_safe(buf, next, &stats->lost, node) {
		if (sdpu_req_in_flight(ctrl, buf->req))
			continue;
		list_del(&buf->node);
		sdpu_stats_buf_free(ctrl, buf);
	}
}

static int sdpu_stats_ask_locked(struct sdpu_ctrl *ctrl, const struct sdpu_ctrl_stats_get *in)
{
	struct sdpu_stats *stats = &ctrl->stats;
	struct sdpu_stats_buf *buf;
	struct sdpu_req *req;
	int ret;

	lockdep_assert_held(&stats->lock);

	sdpu_stats_sweep_locked(ctrl);
	if (!stats->buf)
		stats->buf = sdpu_stats_buf_alloc(ctrl);
	buf = stats->buf;
	if (!buf)
		return -ENOMEM;

	req = sdpu_req_alloc(SDPU_OP_STATS, in, sizeof(*in));
	if (IS_ERR(req))
		return PTR_ERR(req);

	req->buf = buf->dma;
	memset(buf->mem, 0, SDPU_STATS_BUF_SIZE);
	ret = sdpu_req_post(ctrl, req);
	if (!ret)
		ret = sdpu_req_wait(ctrl, req);

	if (sdpu_req_in_flight(ctrl, req)) {
		buf->req = req;
		list_add_tail(&buf->node, &stats->lost);
		stats->buf = NULL;
	} else {
		sdpu_req_put(req);
	}

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
	const __le64 *mem;
	unsigned int i;
	int ret;

	mutex_lock(&ctrl->stats.lock);
	ret = sdpu_stats_ask_locked(ctrl, &in);
	if (!ret) {
		mem = ctrl->stats.buf->mem;
		for (i = 0; i < num; i++)
			counters[i] = le64_to_cpu(mem[i]);
	}
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
