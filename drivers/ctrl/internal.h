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

/* Larger than anything that is in a buffer. */
#define SDPU_BUF_SIZE		4096

struct sdpu_buf;

/**
 * struct sdpu_buffers - what commands have beside the rings, see buffer.c
 * @lock: one such command at a time
 * @buf: for the next one; NULL when the last one did not complete
 * @lost: buffers that the card may still write to
 */
struct sdpu_buffers {
	struct mutex lock;	/* of buf and lost */
	struct sdpu_buf *buf;
	struct list_head lost;
};

/**
 * struct sdpu_buf_data - what is in the buffer of a command
 * @give: for the card to read, or NULL
 * @take: where to copy what the card wrote, or NULL
 * @size: bytes of it, SDPU_BUF_SIZE at most
 */
struct sdpu_buf_data {
	const void *give;
	void *take;
	size_t size;
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
 * @buffers: of commands that need one
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
	struct sdpu_buffers buffers;
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

/* buffer.c */
int sdpu_buffers_init(struct sdpu_ctrl *ctrl);
void sdpu_buffers_exit(struct sdpu_ctrl *ctrl);
int sdpu_ctrl_exec_buf(struct sdpu_ctrl *ctrl, u16 opcode, const void *in, u16 len,
		       const struct sdpu_buf_data *data);

#endif /* _SDPU_DRV_INTERNAL_H */
