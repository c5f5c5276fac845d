/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Driver side of the vendor control path: one struct sdpu_ctrl a function.
 *
 *   ctrl.c      open, close, interrupts
 *   identity.c  what the card says about itself, bounded
 *   cmds.c      one function an opcode: encode, execute, decode
 *   buffer.c    opcodes with an input or an answer that is not in the rings
 *   stats.c     counters
 *   batch.c     executing one command, or many in flight together
 *   request.c   requests: who waits, timeouts, late completions
 *   event.c     the event ring
 *   ring.c      the admin rings in DMA memory, judging completions
 *
 * Each layer calls only those below it.
 */
#ifndef _SDPU_DRV_CTRL_H
#define _SDPU_DRV_CTRL_H

#include <linux/errno.h>
#include <linux/types.h>

#include "identity.h"

struct pci_dev;
struct sdpu_ctrl;
struct cpumask;
struct sdpu_xport;

/**
 * struct sdpu_ctrl_client - what the owner of a function wants to hear
 * @event: an event came (SDPU_EV_*). Context: a work item, may sleep; never
 *	runs concurrently with itself.
 * @queue_irq: vector of a virtqueue fired. Context: bottom halves disabled,
 *	locks of the card held, see sdpu_xport_irq_t. May be NULL.
 * @died: the card does not answer any more, or is in a state from which only a
 *	reset helps. Context: may sleep, in the middle of a command, with the
 *	locks of who gave it; not concurrently with itself. May be NULL.
 */
struct sdpu_ctrl_client {
	void (*event)(void *priv, u16 type, u16 index, u64 data);
	void (*queue_irq)(void *priv, unsigned int queue);
	void (*died)(void *priv);
};

struct sdpu_ctrl *sdpu_ctrl_open(struct pci_dev *pdev,
				 const struct sdpu_ctrl_client *client,
				 void *priv);
int sdpu_ctrl_close(struct sdpu_ctrl *ctrl);
int sdpu_ctrl_abort(struct sdpu_ctrl *ctrl);
const struct sdpu_identity *sdpu_ctrl_identity(const struct sdpu_ctrl *ctrl);
struct sdpu_xport *sdpu_ctrl_xport(const struct sdpu_ctrl *ctrl);

/* A register, SDPU_REG_*; all ones if the card is gone. Context: any. */
u32 sdpu_ctrl_register(const struct sdpu_ctrl *ctrl, u32 offset);

/* Is the card still answering? False after removal or a fatal error. */
bool sdpu_ctrl_alive(const struct sdpu_ctrl *ctrl);
bool sdpu_ctrl_prompt(const struct sdpu_ctrl *ctrl);

/* Ring the doorbell of a virtqueue. Context: any. */
void sdpu_ctrl_kick(struct sdpu_ctrl *ctrl, unsigned int queue);

/* Where a virtqueue is worked on, until it is destroyed: a hint. Context: may sleep. */
void sdpu_ctrl_queue_affinity(struct sdpu_ctrl *ctrl, unsigned int queue,
			      const struct cpumask *cpus);

/**
 * struct sdpu_ctrl_health - what went wrong on the control path since it was opened
 * @timeouts: commands that the card did not answer in time
 * @late: answers to commands that had timed out
 * @bad_completions: completions that made no sense
 * @bad_events: events that made no sense
 */
struct sdpu_ctrl_health {
	u64 timeouts;
	u64 late;
	u64 bad_completions;
	u64 bad_events;
};

void sdpu_ctrl_health(struct sdpu_ctrl *ctrl, struct sdpu_ctrl_health *health);

/*
 * Execute one command and wait for it: 0, or the errno that
 * sdpu_status_to_errno() gives, or -ETIMEDOUT, or -ENODEV when the card is
 * gone. Context: may sleep.
 */
int sdpu_ctrl_exec(struct sdpu_ctrl *ctrl, u16 opcode,
		   const void *in, size_t in_len, void *out, size_t out_len);

/*
 * Does @err leave open whether the card has executed the command? There was no
 * answer in time, or none that makes sense. All other errors are refusals, or
 * the card is gone.
 */
static inline bool sdpu_cmd_uncertain(int err)
{
	return err == -ETIMEDOUT || err == -EIO;
}

/*
 * Several commands in flight together: add them, then wait for all. The first
 * error is the batch's. If the rings are full sdpu_batch_add() waits for room.
 * A batch lives on the caller's stack; the requests do not, so a timeout
 * leaves nothing that the card could write to.
 */
struct sdpu_batch {
	struct sdpu_ctrl *ctrl;
	struct list_head reqs;
	int err;
};

void sdpu_batch_init(struct sdpu_batch *batch, struct sdpu_ctrl *ctrl);
void sdpu_batch_add(struct sdpu_batch *batch, u16 opcode, const void *in, size_t in_len);
int sdpu_batch_wait(struct sdpu_batch *batch);

#endif /* _SDPU_DRV_CTRL_H */
