// SPDX-License-Identifier: GPL-2.0-only
/* Counters: the card writes them to a buffer. */
#include <linux/export.h>

#include "cmds.h"
#include "internal.h"

static int sdpu_stats_get(struct sdpu_ctrl *ctrl, u16 kind, u16 index, u64 *counters,
			  unsigned int num)
{
	union {
		struct sdpu_ctrl_queue_stats queue;
		struct sdpu_ctrl_port_stats port;
	} mem;
	struct sdpu_ctrl_stats_get in = {
		.kind = cpu_to_le16(kind),
		.index = cpu_to_le16(index),
		.buf_len = cpu_to_le32(num * sizeof(__le64)),
	};
	const struct sdpu_buf_data data = { .take = &mem, .size = num * sizeof(__le64) };
	unsigned int i;
	int ret;

	ret = sdpu_ctrl_exec_buf(ctrl, SDPU_OP_STATS, &in, sizeof(in), &data);
	for (i = 0; !ret && i < num; i++)
		counters[i] = le64_to_cpu(((const __le64 *)&mem)[i]);

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
 * sdpu_cmd_port_stats - counters of a switch port
 * @ctrl: the function
 * @vf: 0: its own; PF: n for that of VF n, which cards before version 1.6 refuse
 * @counters: SDPU_NUM_PORT_STATS of them, as in struct sdpu_ctrl_port_stats
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_cmd_port_stats(struct sdpu_ctrl *ctrl, unsigned int vf, u64 *counters)
{
	return sdpu_stats_get(ctrl, SDPU_STATS_PORT, vf, counters, SDPU_NUM_PORT_STATS);
}
EXPORT_SYMBOL_GPL(sdpu_cmd_port_stats);
