// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands with an input or an answer that does not fit into the rings. It is in
 * a buffer, which is used again for the next one.
 *
 * A buffer whose command never completed stays with its request, as the card may
 * still write to it, and the next command gets a new one. There are no more of
 * them than tags: a card that has lost all of these is dead.
 */
#include <linux/slab.h>

#include "internal.h"

/**
 * struct sdpu_buf - what the card reads or writes
 * @node: in &struct sdpu_buffers.lost
 * @mem: the memory, SDPU_BUF_SIZE bytes
 * @dma: where the card finds it
 * @req: the command that the card may still be busy with
 */
struct sdpu_buf {
	struct list_head node;
	void *mem;
	u64 dma;
	struct sdpu_req *req;
};

static struct sdpu_buf *sdpu_buf_alloc(struct sdpu_ctrl *ctrl)
{
	struct sdpu_buf *buf = kzalloc(sizeof(*buf), GFP_KERNEL);

	if (!buf)
		return NULL;

	buf->mem = ctrl->xp->ops->dma_alloc(ctrl->xp, SDPU_BUF_SIZE, &buf->dma);
	if (!buf->mem) {
		kfree(buf);
		return NULL;
	}

	return buf;
}

static void sdpu_buf_free(struct sdpu_ctrl *ctrl, struct sdpu_buf *buf)
{
	if (buf->req)
		sdpu_req_put(buf->req);
	ctrl->xp->ops->dma_free(ctrl->xp, SDPU_BUF_SIZE, buf->mem, buf->dma);
	kfree(buf);
}

/**
 * sdpu_buffers_init - allocate the first buffer
 * @ctrl: whose buffer
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sdpu_buffers_init(struct sdpu_ctrl *ctrl)
{
	struct sdpu_buffers *buffers = &ctrl->buffers;

	mutex_init(&buffers->lock);
	INIT_LIST_HEAD(&buffers->lost);
	buffers->buf = sdpu_buf_alloc(ctrl);

	return buffers->buf ? 0 : -ENOMEM;
}

/**
 * sdpu_buffers_exit - free all buffers
 * @ctrl: whose buffers; the function is disabled, the card writes no more
 *
 * Context: may sleep.
 */
void sdpu_buffers_exit(struct sdpu_ctrl *ctrl)
{
	struct sdpu_buffers *buffers = &ctrl->buffers;
	struct sdpu_buf *buf, *next;

	list_for_each_entry_safe(buf, next, &buffers->lost, node)
		sdpu_buf_free(ctrl, buf);
	if (buffers->buf)
		sdpu_buf_free(ctrl, buffers->buf);
	mutex_destroy(&buffers->lock);
}

/* A completion that was late has come: the card is done with its buffer. */
static void sdpu_buffers_sweep_locked(struct sdpu_ctrl *ctrl)
{
	struct sdpu_buffers *buffers = &ctrl->buffers;
	struct sdpu_buf *buf, *next;

	lockdep_assert_held(&buffers->lock);

	/* who waited for a card that is dead was told so: that does not keep it from writing */
	if (READ_ONCE(ctrl->requests.dead))
		return;
	list_for_each_entry_safe(buf, next, &buffers->lost, node) {
		if (sdpu_req_in_flight(ctrl, buf->req))
			continue;
		list_del(&buf->node);
		sdpu_buf_free(ctrl, buf);
	}
}

/* The command has gone with @buf. */
static int sdpu_buf_exec_locked(struct sdpu_ctrl *ctrl, struct sdpu_buf *buf,
				struct sdpu_req *req)
{
	struct sdpu_buffers *buffers = &ctrl->buffers;
	int ret;

	lockdep_assert_held(&buffers->lock);

	req->buf = buf->dma;
	ret = sdpu_req_post(ctrl, req);
	if (!ret)
		ret = sdpu_req_wait(ctrl, req);

	if (sdpu_req_in_flight(ctrl, req)) {
		buf->req = req;
		list_add_tail(&buf->node, &buffers->lost);
		buffers->buf = NULL;
	} else {
		sdpu_req_put(req);
	}

	return ret;
}

static int sdpu_buffers_exec_locked(struct sdpu_ctrl *ctrl, u16 opcode, const void *in, u16 len,
				    const struct sdpu_buf_data *data)
{
	struct sdpu_buffers *buffers = &ctrl->buffers;
	struct sdpu_buf *buf;
	struct sdpu_req *req;
	int ret;

	lockdep_assert_held(&buffers->lock);

	sdpu_buffers_sweep_locked(ctrl);
	if (!buffers->buf)
		buffers->buf = sdpu_buf_alloc(ctrl);
	buf = buffers->buf;
	if (!buf)
		return -ENOMEM;

	req = sdpu_req_alloc(opcode, in, len);
	if (IS_ERR(req))
		return PTR_ERR(req);

	memset(buf->mem, 0, SDPU_BUF_SIZE);
	if (data->give)
		memcpy(buf->mem, data->give, data->size);
	ret = sdpu_buf_exec_locked(ctrl, buf, req);
	if (!ret && data->take)
		memcpy(data->take, buf->mem, data->size);

	return ret;
}

/**
 * sdpu_ctrl_exec_buf - execute a command that comes with a buffer
 * @ctrl: the function
 * @opcode: SDPU_OP_*
 * @in: input in the ring
 * @len: bytes of it
 * @data: what the card is to read from the buffer, or where to copy what it wrote there
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as sdpu_ctrl_exec().
 */
int sdpu_ctrl_exec_buf(struct sdpu_ctrl *ctrl, u16 opcode, const void *in, u16 len,
		       const struct sdpu_buf_data *data)
{
	int ret;

	if (WARN_ON(data->size > SDPU_BUF_SIZE))
		return -EINVAL;

	mutex_lock(&ctrl->buffers.lock);
	ret = sdpu_buffers_exec_locked(ctrl, opcode, in, len, data);
	mutex_unlock(&ctrl->buffers.lock);

	return ret;
}
