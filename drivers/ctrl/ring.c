// SPDX-License-Identifier: GPL-2.0-only
/*
 * Admin rings. See ring.h.
 *
 * A tag is the number of a slot in the tag table in its lower byte and a lap
 * count in the upper one. The table has as many slots as the rings have
 * entries, and a slot stays taken until the completion came, however late. So
 * the card never has more commands than a ring holds, nor more completions to
 * write than the other ring holds: no further flow control is needed.
 */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>
#include <softdpu/xport.h>

#include "ring.h"

#define SDPU_TAG_LAP_SHIFT	8

/**
 * sdpu_ring_init - allocate the rings
 * @ring: to fill in
 * @xp: the card
 * @log: log2 of entries, at most SDPU_RING_LOG
 *
 * Context: may sleep.
 * Return: 0, -EINVAL, or -ENOMEM.
 */
int sdpu_ring_init(struct sdpu_ring *ring, struct sdpu_xport *xp, unsigned int log)
{
	static_assert(SDPU_RING_SIZE == 1 << SDPU_RING_LOG);
	/* the index of a slot fits into the lower byte of a tag, laps into 16 bits */
	static_assert(SDPU_RING_LOG <= SDPU_TAG_LAP_SHIFT);

	if (log < SDPU_AQ_LOG_MIN || log > SDPU_RING_LOG)
		return -EINVAL;

	memset(ring, 0, sizeof(*ring));
	ring->xp = xp;
	ring->size = 1u << log;
	ring->sq = xp->ops->dma_alloc(xp, sizeof(*ring->sq) << log, &ring->sq_dma);
	if (!ring->sq)
		return -ENOMEM;

	ring->cq = xp->ops->dma_alloc(xp, sizeof(*ring->cq) << log, &ring->cq_dma);
	if (!ring->cq) {
		xp->ops->dma_free(xp, sizeof(*ring->sq) << log, ring->sq, ring->sq_dma);
		ring->sq = NULL;
		return -ENOMEM;
	}

	return 0;
}

/**
 * sdpu_ring_exit - free the rings
 * @ring: the card must be disabled, it writes to them otherwise
 *
 * Context: may sleep.
 */
void sdpu_ring_exit(struct sdpu_ring *ring)
{
	struct sdpu_xport *xp = ring->xp;

	xp->ops->dma_free(xp, sizeof(*ring->cq) * ring->size, ring->cq, ring->cq_dma);
	xp->ops->dma_free(xp, sizeof(*ring->sq) * ring->size, ring->sq, ring->sq_dma);
}

/**
 * sdpu_ring_program - tell the card where the rings are
 * @ring: fresh from sdpu_ring_init()
 *
 * Context: may sleep. The function must be disabled.
 */
void sdpu_ring_program(struct sdpu_ring *ring)
{
	struct sdpu_xport *xp = ring->xp;

	xp->ops->write(xp, SDPU_REG_SQ_LO, (u32)ring->sq_dma);
	xp->ops->write(xp, SDPU_REG_SQ_HI, (u32)(ring->sq_dma >> 32));
	xp->ops->write(xp, SDPU_REG_CQ_LO, (u32)ring->cq_dma);
	xp->ops->write(xp, SDPU_REG_CQ_HI, (u32)(ring->cq_dma >> 32));
	xp->ops->write(xp, SDPU_REG_AQ_SIZE, __builtin_ctz(ring->size));
}

static u16 sdpu_ring_take_tag(struct sdpu_ring *ring, u16 opcode, void *owner)
{
	struct sdpu_ring_tag *slot;
	u16 i = ring->hint;

	/* ends: the caller has seen that there is a free one */
	while (ring->tag[i & (ring->size - 1)].owner)
		i++;
	i &= ring->size - 1;

	slot = &ring->tag[i];
	slot->owner = owner;
	slot->opcode = opcode;
	slot->lap++;
	ring->busy++;
	ring->hint = i + 1;

	return i | (slot->lap << SDPU_TAG_LAP_SHIFT);
}

/**
 * sdpu_ring_post - write a command into the submission ring
 * @ring: the rings
 * @cmd: what to write
 *
 * The caller rings SDPU_DB_SQ with sdpu_ring_tail() afterwards.
 *
 * Return: the tag, or -EBUSY if as many commands as fit are in flight, or
 * -EINVAL if the input is too long.
 */
int sdpu_ring_post(struct sdpu_ring *ring, const struct sdpu_ring_cmd *cmd)
{
	struct sdpu_ctrl_cmd *slot;
	u16 tag;

	if (cmd->len > SDPU_CTRL_PAYLOAD)
		return -EINVAL;
	if (sdpu_ring_full(ring))
		return -EBUSY;

	tag = sdpu_ring_take_tag(ring, cmd->opcode, cmd->owner);
	slot = &ring->sq[ring->tail & (ring->size - 1)];
	memset(slot, 0, sizeof(*slot));
	slot->opcode = cpu_to_le16(cmd->opcode);
	slot->tag = cpu_to_le16(tag);
	slot->version = SDPU_CTRL_VERSION_MAJOR;
	slot->len = cpu_to_le16(cmd->len);
	slot->buf = cpu_to_le64(cmd->buf);
	if (cmd->len)
		memcpy(slot->payload, cmd->in, cmd->len);

	/* the card, told of the new tail, must find the whole command */
	dma_wmb();
	ring->tail++;

	return tag;
}

/**
 * sdpu_ring_next - take the next completion, if there is one
 * @ring: the rings
 * @cqe: gets a copy: the card can change the original at any time
 *
 * Return: whether there was one. Nothing in @cqe has been checked.
 */
bool sdpu_ring_next(struct sdpu_ring *ring, struct sdpu_ctrl_cqe *cqe)
{
	const struct sdpu_ctrl_cqe *slot = &ring->cq[ring->head & (ring->size - 1)];

	if (le32_to_cpu(READ_ONCE(slot->phase)) != sdpu_ring_phase(ring->head, ring->size))
		return false;

	/* the phase is written last: what was written before must be read after it */
	dma_rmb();
	memcpy(cqe, slot, sizeof(*cqe));
	/* the compiler must not go back to the original for what is checked later */
	barrier();
	ring->head++;

	return true;
}

static bool sdpu_cqe_padding_ok(const struct sdpu_ctrl_cqe *cqe, u16 len)
{
	while (len < SDPU_CTRL_PAYLOAD) {
		if (cqe->payload[len++])
			return false;
	}

	return !cqe->reserved;
}

/**
 * sdpu_cqe_check - judge a completion
 * @ring: the rings
 * @cqe: a copy that the card cannot change, from sdpu_ring_next()
 *
 * Reads nothing but its arguments. Whether the output has the length that the
 * opcode demands is for the one to say who knows the opcode: cmds.c.
 *
 * Return: the first fault, or SDPU_CQE_OK.
 */
enum sdpu_cqe_fault sdpu_cqe_check(const struct sdpu_ring *ring,
				   const struct sdpu_ctrl_cqe *cqe)
{
	u16 tag = le16_to_cpu(cqe->tag);
	u16 len = le16_to_cpu(cqe->len);
	u16 index = tag & ((1u << SDPU_TAG_LAP_SHIFT) - 1);
	const struct sdpu_ring_tag *slot;

	if (index >= ring->size)
		return SDPU_CQE_TAG;

	slot = &ring->tag[index];
	if (!slot->owner || slot->lap != tag >> SDPU_TAG_LAP_SHIFT)
		return SDPU_CQE_TAG;
	if (slot->opcode != le16_to_cpu(cqe->opcode))
		return SDPU_CQE_OPCODE;
	if (len > SDPU_CTRL_PAYLOAD)
		return SDPU_CQE_LENGTH;
	if (!sdpu_cqe_padding_ok(cqe, len))
		return SDPU_CQE_RESERVED;

	return SDPU_CQE_OK;
}

/**
 * sdpu_ring_release - a tag is free again
 * @ring: the rings
 * @tag: as returned by sdpu_ring_post()
 *
 * Return: its owner.
 */
void *sdpu_ring_release(struct sdpu_ring *ring, u16 tag)
{
	struct sdpu_ring_tag *slot = &ring->tag[tag & (ring->size - 1)];
	void *owner = slot->owner;

	slot->owner = NULL;
	ring->busy--;

	return owner;
}

/**
 * sdpu_ring_release_any - free some tag, for when the card is gone
 * @ring: the rings
 *
 * Return: its owner, or NULL if no command is in flight.
 */
void *sdpu_ring_release_any(struct sdpu_ring *ring)
{
	u16 i;

	for (i = 0; i < ring->size; i++) {
		if (ring->tag[i].owner)
			return sdpu_ring_release(ring, i);
	}

	return NULL;
}
