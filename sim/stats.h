/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters, as the control path hands them out. */
#ifndef _SDPU_SIM_STATS_H
#define _SDPU_SIM_STATS_H

#include <softdpu/ctrl.h>

struct sdpu_function;
struct sdpu_vdev;
struct sdpu_vq;

/* @vq may be NULL: a queue that was never created has counted nothing. */
void sdpu_stats_queue(const struct sdpu_vq *vq, struct sdpu_ctrl_queue_stats *out);
/* @vdev, which nobody uses any more, goes: what it has counted does not. Context: fn->lock. */
void sdpu_stats_keep(struct sdpu_function *fn, const struct sdpu_vdev *vdev);
/* Context: fn->lock, or RCU reader: then a device that goes may be missed for a moment. */
void sdpu_stats_vf_port(const struct sdpu_function *fn, const struct sdpu_vdev *vdev,
			struct sdpu_ctrl_port_stats *out);
/* Write @size bytes of @stats, or less if the driver's buffer is smaller: SDPU_ST_*. */
u16 sdpu_stats_copy(u64 dma, u32 len, const void *stats, size_t size);

#endif /* _SDPU_SIM_STATS_H */
