/* SPDX-License-Identifier: GPL-2.0-only */
/* One function's control path, as the files of drivers/ctrl/ see it. */
#ifndef _SDPU_DRV_INTERNAL_H
#define _SDPU_DRV_INTERNAL_H

#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <softdpu/xport.h>

#include "ctrl.h"
#include "event.h"
#include "request.h"

/* The largest answer of SDPU_OP_STATS. */
#define SDPU_STATS_BUF_SIZE \
	max(sizeof(struct sdpu_ctrl_queue_stats), sizeof(struct sdpu_ctrl_port_stats))

struct sdpu_stats_buf;

/**
 * struct sdpu_stats - questions for counters, see stats.c
 * @lock: one SDPU_OP_STATS at a time
 * @buf: for the next answer; NULL when the last one did not come
 * @lost: buffers that the card may still write to
 */
struct sdpu_stats {
	struct mutex lock;	/* of buf and lost */
	struct sdpu_stats_buf *buf;
	struct list_head lost;
};

/**
 * struct sdpu_ctrl - driver's end of the control path of one function
 * @pdev: the function; it outlives us, we are closed before it is unbound
 * @xp: the card
 * @client: whom to tell about events and interrupts
 * @priv: first argument of the client's functions
 * @num_queues: virtqueues that an interrupt can be about; 0 until the identity
 *	is known, then constant
 * @identity: constant once sdpu_ctrl_open() has returned
 * @requests: commands in flight
 * @events: event ring
 * @stats: of SDPU_OP_STATS
 */
struct sdpu_ctrl {
	struct pci_dev *pdev;
	struct sdpu_xport *xp;
	const struct sdpu_ctrl_client *client;
	void *priv;
	unsigned int num_queues;
	struct sdpu_identity identity;
	struct sdpu_requests requests;
	struct sdpu_events events;
	struct sdpu_stats stats;
};

static inline struct device *sdpu_ctrl_dev(struct sdpu_ctrl *ctrl)
{
	return &ctrl->pdev->dev;
}

static inline u32 sdpu_ctrl_read(const struct sdpu_ctrl *ctrl, u32 offset)
{
	return ctrl->xp->ops->read(ctrl->xp, offset);
}

static inline void sdpu_ctrl_write(struct sdpu_ctrl *ctrl, u32 offset, u32 value)
{
	ctrl->xp->ops->write(ctrl->xp, offset, value);
}

/* status.c */
int sdpu_status_to_errno(u16 status);

/* cmds.c */
int sdpu_cmd_identify(struct sdpu_ctrl *ctrl, struct sdpu_ctrl_identify *out);
int sdpu_stats_init(struct sdpu_ctrl *ctrl);
void sdpu_stats_exit(struct sdpu_ctrl *ctrl);

#endif /* _SDPU_DRV_INTERNAL_H */
