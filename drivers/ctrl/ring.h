/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The admin rings: submission and completion ring in memory that the card
 * reaches, and the tags of the commands in flight. Whoever embeds a
 * struct sdpu_ring serialises the calls. No locks, no allocations but those of
 * init: the same file runs in a unit test in user space.
 */
#ifndef _SDPU_DRV_RING_H
#define _SDPU_DRV_RING_H

#include <linux/types.h>
#include <softdpu/ctrl.h>

struct sdpu_xport;

/* Commands in flight that we ask for; the card may have room for fewer. */
#define SDPU_RING_LOG		6
#define SDPU_RING_SIZE		64

/**
 * enum sdpu_cqe_fault - what can be wrong with a completion
 * @SDPU_CQE_OK: nothing
 * @SDPU_CQE_TAG: no such tag, or of a command that completed before
 * @SDPU_CQE_OPCODE: the tag belongs to another opcode
 * @SDPU_CQE_LENGTH: more output than a completion can hold
 * @SDPU_CQE_RESERVED: reserved field, or payload past the length, not zero
 * @SDPU_CQE_FAULTS: number of values
 *
 * The first two do not tell which command the card means, so nothing can be
 * completed with them. The others say that the command is done, but not how.
 */
enum sdpu_cqe_fault {
	SDPU_CQE_OK,
	SDPU_CQE_TAG,
	SDPU_CQE_OPCODE,
	SDPU_CQE_LENGTH,
	SDPU_CQE_RESERVED,
	SDPU_CQE_FAULTS,
};

/**
 * struct sdpu_ring_tag - what a tag stands for
 * @owner: as given to sdpu_ring_post(); NULL when the tag is free
 * @opcode: of the command
 * @lap: upper byte of the tag, another one with every use, so that a completion
 *	that comes twice is not taken for one of the tag's next user
 */
struct sdpu_ring_tag {
	void *owner;
	u16 opcode;
	u8 lap;
};

/**
 * struct sdpu_ring - submission ring, completion ring and tags
 * @xp: the card
 * @sq: submission ring
 * @cq: completion ring
 * @sq_dma: where the card finds @sq
 * @cq_dma: where the card finds @cq
 * @tail: commands posted, free-running
 * @head: completions taken, free-running
 * @size: entries of each ring, a power of two
 * @busy: tags in use. A slot of @sq is free again, and @cq has room for
 *	another completion, as long as this is less than @size.
 * @hint: where to look for a free tag
 * @tag: one a command in flight
 */
struct sdpu_ring {
	struct sdpu_xport *xp;
	struct sdpu_ctrl_cmd *sq;
	struct sdpu_ctrl_cqe *cq;
	u64 sq_dma;
	u64 cq_dma;
	u16 tail;
	u16 head;
	u16 size;
	u16 busy;
	u16 hint;
	struct sdpu_ring_tag tag[SDPU_RING_SIZE];
};

/**
 * struct sdpu_ring_cmd - a command to post
 * @opcode: SDPU_OP_*
 * @len: bytes of @in, at most SDPU_CTRL_PAYLOAD
 * @in: input of the opcode
 * @buf: DMA address for out-of-line output, or zero
 * @owner: what sdpu_ring_release() shall return for the tag, not NULL
 */
struct sdpu_ring_cmd {
	u16 opcode;
	u16 len;
	const void *in;
	u64 buf;
	void *owner;
};

int sdpu_ring_init(struct sdpu_ring *ring, struct sdpu_xport *xp, unsigned int log);
void sdpu_ring_exit(struct sdpu_ring *ring);
void sdpu_ring_program(struct sdpu_ring *ring);

int sdpu_ring_post(struct sdpu_ring *ring, const struct sdpu_ring_cmd *cmd);
bool sdpu_ring_next(struct sdpu_ring *ring, struct sdpu_ctrl_cqe *cqe);
enum sdpu_cqe_fault sdpu_cqe_check(const struct sdpu_ring *ring,
				   const struct sdpu_ctrl_cqe *cqe);
void *sdpu_ring_release(struct sdpu_ring *ring, u16 tag);
void *sdpu_ring_release_any(struct sdpu_ring *ring);

static inline bool sdpu_ring_full(const struct sdpu_ring *ring)
{
	return ring->busy >= ring->size;
}

/* The value that belongs into SDPU_DB_SQ once sdpu_ring_post() has returned. */
static inline u16 sdpu_ring_tail(const struct sdpu_ring *ring)
{
	return ring->tail;
}

/* The phase that the entry at free-running @index has on its lap of a ring. */
static inline u32 sdpu_ring_phase(u16 index, u16 size)
{
	return index & size ? 0 : 1;
}

#endif /* _SDPU_DRV_RING_H */
