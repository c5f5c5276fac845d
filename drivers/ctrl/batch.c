// SPDX-License-Identifier: GPL-2.0-only
/* Executing commands: one and its output, or many in flight together. */
#include <linux/export.h>

#include "internal.h"

/**
 * sdpu_ctrl_exec - execute one command
 * @ctrl: the function
 * @opcode: SDPU_OP_*
 * @in: input
 * @in_len: bytes of @in
 * @out: output; may be NULL, it is thrown away then
 * @out_len: bytes of @out; the card must return as many
 *
 * Context: may sleep.
 * Return: 0, what sdpu_status_to_errno() makes of the card's answer, -EIO if
 * the output has another size, -ETIMEDOUT, or -ENODEV when the card is gone.
 */
int sdpu_ctrl_exec(struct sdpu_ctrl *ctrl, u16 opcode, const void *in, size_t in_len,
		   void *out, size_t out_len)
{
	struct sdpu_req *req;
	int ret;

	req = sdpu_req_alloc(opcode, in, in_len);
	if (IS_ERR(req))
		return PTR_ERR(req);

	ret = sdpu_req_post(ctrl, req);
	if (!ret)
		ret = sdpu_req_wait(ctrl, req);
	if (!ret && out) {
		if (req->reply_len == out_len)
			memcpy(out, req->reply, out_len);
		else
			ret = -EIO;
	}
	if (ret == -EIO)
		dev_warn_ratelimited(sdpu_ctrl_dev(ctrl), "command %#06x failed inside the card\n",
				     opcode);
	sdpu_req_put(req);

	return ret;
}
EXPORT_SYMBOL_GPL(sdpu_ctrl_exec);

/**
 * sdpu_batch_init - begin a batch
 * @batch: to initialise; may be on the stack
 * @ctrl: the function
 *
 * Every batch ends with sdpu_batch_wait(), which frees what it holds.
 */
void sdpu_batch_init(struct sdpu_batch *batch, struct sdpu_ctrl *ctrl)
{
	batch->ctrl = ctrl;
	batch->err = 0;
	INIT_LIST_HEAD(&batch->reqs);
}
EXPORT_SYMBOL_GPL(sdpu_batch_init);

/**
 * sdpu_batch_add - post a command without waiting for its completion
 * @batch: from sdpu_batch_init()
 * @opcode: SDPU_OP_*
 * @in: input
 * @in_len: bytes of @in
 *
 * Does nothing once a command of the batch could not be posted: then
 * sdpu_batch_wait() has the error.
 *
 * Context: may sleep: waits for room in the rings.
 */
void sdpu_batch_add(struct sdpu_batch *batch, u16 opcode, const void *in, size_t in_len)
{
	struct sdpu_req *req;
	int ret;

	if (batch->err)
		return;

	req = sdpu_req_alloc(opcode, in, in_len);
	if (IS_ERR(req)) {
		batch->err = PTR_ERR(req);
		return;
	}

	ret = sdpu_req_post(batch->ctrl, req);
	if (ret) {
		batch->err = ret;
		sdpu_req_put(req);
		return;
	}

	list_add_tail(&req->node, &batch->reqs);
}
EXPORT_SYMBOL_GPL(sdpu_batch_add);

/**
 * sdpu_batch_wait - wait for all commands of a batch
 * @batch: empty afterwards, and ready for the next
 *
 * Context: may sleep.
 * Return: 0, or the first error in the order in which commands were added.
 */
int sdpu_batch_wait(struct sdpu_batch *batch)
{
	struct sdpu_req *req, *tmp;
	int err = 0;
	int ret;

	list_for_each_entry_safe(req, tmp, &batch->reqs, node) {
		ret = sdpu_req_wait(batch->ctrl, req);
		if (!err)
			err = ret;
		list_del(&req->node);
		sdpu_req_put(req);
	}
	/* a command that was not posted comes after all that were */
	if (!err)
		err = batch->err;
	batch->err = 0;

	return err;
}
EXPORT_SYMBOL_GPL(sdpu_batch_wait);
