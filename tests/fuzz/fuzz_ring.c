// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer harness of the driver's admin rings (drivers/ctrl/ring.c): a hostile
 * card that completes what it likes, when it likes.
 *
 * The input is a program. It posts commands, lets the card write any bytes into
 * the completion ring, or what is nearly right, and takes completions.
 *
 * What must hold, besides what the sanitizers check: a completion is believed
 * only if its command is in flight, and then it is of that opcode; each owner
 * comes back once; as many commands as the rings have entries are in flight at
 * most, each with a tag of its own; none is lost when the card is gone.
 */
#include <string.h>

#include <linux/errno.h>
#include <asm/byteorder.h>
#include <softdpu/xport.h>

#include "../../drivers/ctrl/ring.h"
#include "must.h"
#include "program.h"

/* The commands in flight, as plainly as can be. */
static struct flight {
	bool busy;
	u16 tag;
	u16 opcode;
} flight[SDPU_RING_SIZE];

/* ---- memory of the rings ---- */

static void *xp_dma_alloc(struct sdpu_xport *xp, size_t size, u64 *dma)
{
	*dma = 0x1000;
	return calloc(1, size);
}

static void xp_dma_free(struct sdpu_xport *xp, size_t size, void *mem, u64 dma)
{
	free(mem);
}

static const struct sdpu_xport_ops ops = {
	.dma_alloc = xp_dma_alloc,
	.dma_free = xp_dma_free,
};

static struct sdpu_xport xport = { .abi = SDPU_XPORT_ABI, .ops = &ops };

/* ---- what is in flight ---- */

static unsigned int in_flight(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < SDPU_RING_SIZE; i++)
		n += flight[i].busy;
	return n;
}

static struct flight *find(u16 tag)
{
	unsigned int i;

	for (i = 0; i < SDPU_RING_SIZE; i++)
		if (flight[i].busy && flight[i].tag == tag)
			return &flight[i];
	return NULL;
}

/* ---- what a program can do ---- */

static void do_post(struct sdpu_ring *ring)
{
	u8 in[SDPU_CTRL_PAYLOAD] = {};
	struct sdpu_ring_cmd cmd = { .in = in };
	unsigned int i;
	int tag;

	cmd.opcode = take(1);
	cmd.len = take(1) % (SDPU_CTRL_PAYLOAD + 2);
	for (i = 0; i < SDPU_RING_SIZE - 1 && flight[i].busy; i++)
		;
	cmd.owner = &flight[i];
	tag = sdpu_ring_post(ring, &cmd);
	if (cmd.len > SDPU_CTRL_PAYLOAD) {
		MUST(tag == -EINVAL);
		return;
	}
	if (in_flight() == ring->size) {
		MUST(tag == -EBUSY);
		return;
	}
	MUST(tag >= 0 && !find(tag));
	flight[i] = (struct flight){ .busy = true, .tag = tag, .opcode = cmd.opcode };
}

/* The card writes where it likes, most often where the driver looks next. */
static void do_complete(struct sdpu_ring *ring)
{
	u8 how = take(1);
	struct sdpu_ctrl_cqe *slot = &ring->cq[(how & 1 ? take(1) : ring->head) % ring->size];
	struct flight *of = &flight[take(1) % SDPU_RING_SIZE];

	if (how & 2) {
		take_bytes(slot, sizeof(*slot));
	} else {
		memset(slot, 0, sizeof(*slot));
		slot->opcode = cpu_to_le16(of->opcode);
		slot->tag = cpu_to_le16(of->tag);
		slot->len = cpu_to_le16(how & 4 ? take(1) % (SDPU_CTRL_PAYLOAD + 3) :
					how & 8 ? take(2) : 0);
		if (how & 32)
			((u8 *)slot)[take(1) % sizeof(*slot)] = take(1);
	}
	if (!(how & 16))
		slot->phase = cpu_to_le32(sdpu_ring_phase(ring->head, ring->size));
}

static bool zero(const u8 *bytes, const u8 *end)
{
	while (bytes < end)
		if (*bytes++)
			return false;
	return true;
}

/* What a completion that was found to be @fault must be like. */
static void check_fault(const struct sdpu_ctrl_cqe *cqe, enum sdpu_cqe_fault fault)
{
	struct flight *of = find(le16_to_cpu(cqe->tag));
	u16 len = le16_to_cpu(cqe->len);
	bool clean;

	MUST((fault == SDPU_CQE_TAG) == !of);
	if (!of)
		return;
	MUST((fault == SDPU_CQE_OPCODE) == (of->opcode != le16_to_cpu(cqe->opcode)));
	if (fault == SDPU_CQE_OPCODE)
		return;
	MUST((fault == SDPU_CQE_LENGTH) == (len > SDPU_CTRL_PAYLOAD));
	if (fault == SDPU_CQE_LENGTH)
		return;
	clean = !cqe->reserved && zero(cqe->payload + len, cqe->payload + SDPU_CTRL_PAYLOAD);
	MUST(fault == (clean ? SDPU_CQE_OK : SDPU_CQE_RESERVED));
}

static void do_next(struct sdpu_ring *ring)
{
	const struct sdpu_ctrl_cqe *slot = &ring->cq[ring->head % ring->size];
	/* ones in the first round of the ring, zeros in the next */
	u32 want = ring->head / ring->size % 2 ? 0 : 1;
	struct sdpu_ctrl_cqe cqe;
	enum sdpu_cqe_fault fault;
	struct flight *of;
	u16 head = ring->head;
	bool is = le32_to_cpu(slot->phase) == want;

	MUST(sdpu_ring_next(ring, &cqe) == is);
	MUST(ring->head == (u16)(head + is));
	if (!is)
		return;
	MUST(!memcmp(&cqe, slot, sizeof(cqe)));
	fault = sdpu_cqe_check(ring, &cqe);
	check_fault(&cqe, fault);
	if (fault == SDPU_CQE_TAG || fault == SDPU_CQE_OPCODE)
		return;
	of = find(le16_to_cpu(cqe.tag));
	MUST(sdpu_ring_release(ring, le16_to_cpu(cqe.tag)) == of);
	of->busy = false;
	/* a completion that comes again is not taken for another command's */
	MUST(sdpu_cqe_check(ring, &cqe) == SDPU_CQE_TAG);
}

/* The card is gone: everything in flight comes back. */
static void do_drain(struct sdpu_ring *ring)
{
	unsigned int left = in_flight();
	struct flight *of;

	for (; left; left--) {
		of = sdpu_ring_release_any(ring);
		MUST(of && of->busy);
		of->busy = false;
	}
	MUST(!sdpu_ring_release_any(ring));
}

int fuzz_one(const u8 *data, size_t size)
{
	struct sdpu_ring ring;

	memset(flight, 0, sizeof(flight));
	program_start(data, size);
	MUST(!sdpu_ring_init(&ring, &xport, SDPU_AQ_LOG_MIN + take(1) %
			     (SDPU_RING_LOG - SDPU_AQ_LOG_MIN + 1)));
	while (program_left) {
		switch (take(1) % 8) {
		case 0:
		case 1:
		case 2:
			do_post(&ring);
			break;
		case 3:
		case 4:
			do_complete(&ring);
			break;
		case 5:
		case 6:
			do_next(&ring);
			break;
		default:
			if (take(1) % 8 == 0)
				do_drain(&ring);
		}
		MUST(ring.busy == in_flight());
		MUST(sdpu_ring_full(&ring) == (in_flight() == ring.size));
	}
	do_drain(&ring);
	sdpu_ring_exit(&ring);
	return 0;
}
