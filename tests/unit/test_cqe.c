// SPDX-License-Identifier: GPL-2.0-only
/*
 * The admin rings of the driver (drivers/ctrl/ring.c) against a card that is
 * late, forgets, repeats itself and lies.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/errno.h>
#include <linux/types.h>
#include <asm/byteorder.h>

#include <softdpu/ctrl.h>
#include <softdpu/xport.h>

#include "../../drivers/ctrl/ring.c"
#include "tap.h"

#define LOG	3
#define SIZE	8u

/* A transport that counts its memory, and has no more of it when told so. */
static int allocations, allocation_budget = -1;
static u32 regs[SDPU_REG_END / 4];

static void *xp_dma_alloc(struct sdpu_xport *xp, size_t size, u64 *dma)
{
	void *mem;

	(void)xp;
	if (!allocation_budget)
		return NULL;
	if (allocation_budget > 0)
		allocation_budget--;
	allocations++;
	mem = calloc(1, size);
	*dma = 0x100000000ull * allocations + 0x1000;
	return mem;
}

static void xp_dma_free(struct sdpu_xport *xp, size_t size, void *mem, u64 dma)
{
	(void)xp;
	(void)dma;
	/* the sanitizer tells if it was not that long */
	memset(mem, 0xa5, size);
	free(mem);
	allocations--;
}

static void xp_write(struct sdpu_xport *xp, u32 offset, u32 value)
{
	(void)xp;
	regs[offset / 4] = value;
}

static const struct sdpu_xport_ops ops = {
	.write = xp_write,
	.dma_alloc = xp_dma_alloc,
	.dma_free = xp_dma_free,
};

static struct sdpu_xport xport = { .abi = SDPU_XPORT_ABI, .ops = &ops };

/* The card's side: where it writes next. */
static u16 card_tail;

static struct sdpu_ctrl_cqe answer(u16 opcode, u16 tag)
{
	return (struct sdpu_ctrl_cqe) {
		.opcode = cpu_to_le16(opcode),
		.tag = cpu_to_le16(tag),
	};
}

/* As the spec says: the phase is 1 on the first lap, then 0, then 1… */
static void complete(struct sdpu_ring *ring, struct sdpu_ctrl_cqe cqe)
{
	cqe.phase = cpu_to_le32(!((card_tail / ring->size) % 2));
	ring->cq[card_tail++ % ring->size] = cqe;
}

static struct sdpu_ring *make(void)
{
	struct sdpu_ring *ring = malloc(sizeof(*ring));

	/* the builder must not count on zeroed memory */
	memset(ring, 0xa5, sizeof(*ring));
	card_tail = 0;
	sdpu_ring_init(ring, &xport, LOG);
	return ring;
}

static void unmake(struct sdpu_ring *ring)
{
	sdpu_ring_exit(ring);
	free(ring);
}

static int owners[65536];

static int post(struct sdpu_ring *ring, u16 opcode, int *owner)
{
	struct sdpu_ring_cmd cmd = { .opcode = opcode, .owner = owner };

	return sdpu_ring_post(ring, &cmd);
}

static void test_init(void)
{
	struct sdpu_ring ring;

	tap_is(-sdpu_ring_init(&ring, &xport, SDPU_AQ_LOG_MIN - 1), EINVAL,
	       "a ring that is too small is refused");
	tap_is(-sdpu_ring_init(&ring, &xport, SDPU_RING_LOG + 1), EINVAL,
	       "a ring that is too large is refused");
	allocation_budget = 0;
	tap_is(-sdpu_ring_init(&ring, &xport, LOG), ENOMEM, "without memory there is no ring");
	allocation_budget = 1;
	tap_is(-sdpu_ring_init(&ring, &xport, LOG), ENOMEM, "nor with memory for one of two");
	tap_is(allocations, 0, "and nothing leaks");
	allocation_budget = -1;
	tap_is(-sdpu_ring_init(&ring, &xport, LOG), 0, "with memory there is one");
	sdpu_ring_program(&ring);
	tap_ok(regs[SDPU_REG_SQ_LO / 4] == (u32)ring.sq_dma &&
	       regs[SDPU_REG_SQ_HI / 4] == ring.sq_dma >> 32 &&
	       regs[SDPU_REG_CQ_LO / 4] == (u32)ring.cq_dma &&
	       regs[SDPU_REG_CQ_HI / 4] == ring.cq_dma >> 32 &&
	       regs[SDPU_REG_AQ_SIZE / 4] == LOG, "the card learns where it is");
	sdpu_ring_exit(&ring);
	tap_is(allocations, 0, "it is freed as it was made");
}

static void test_bytes(void)
{
	static const u8 in[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static const u8 want[16 + sizeof(in)] = {
		0x01, 0x03,		/* opcode */
		0x00, 0x01,		/* tag: slot 0, its first lap */
		0x01, 0x00,		/* version, flags */
		0x08, 0x00,		/* length */
		0xf0, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12,
		1, 2, 3, 4, 5, 6, 7, 8,
	};
	static const u8 zero[64 - sizeof(want)];
	struct sdpu_ring *ring = make();
	struct sdpu_ring_cmd cmd = {
		.opcode = SDPU_OP_AS_INVALIDATE,
		.in = in,
		.len = sizeof(in),
		.buf = 0x123456789abcdef0ull,
		.owner = owners,
	};

	memset(ring->sq, 0xff, sizeof(*ring->sq) * SIZE);
	tap_is(sdpu_ring_post(ring, &cmd), 0x0100, "a command is posted");
	tap_ok(!memcmp(ring->sq, want, sizeof(want)), "its bytes are those of the spec");
	tap_ok(!memcmp((u8 *)ring->sq + sizeof(want), zero, sizeof(zero)),
	       "what is behind the input is zero, whatever was there before");
	tap_is(sdpu_ring_tail(ring), 1, "the tail has moved by one");
	cmd.len = SDPU_CTRL_PAYLOAD + 1;
	tap_is(-sdpu_ring_post(ring, &cmd), EINVAL, "too much input is refused");
	tap_is(sdpu_ring_tail(ring), 1, "and the tail stays");
	unmake(ring);
}

static void test_check(void)
{
	struct sdpu_ring *ring = make();
	u16 tag = post(ring, SDPU_OP_RESUME, &owners[0]);
	enum sdpu_cqe_fault fault;
	struct sdpu_ctrl_cqe cqe;
	unsigned int i;

	cqe = answer(SDPU_OP_RESUME, tag);
	tap_is(sdpu_cqe_check(ring, &cqe), SDPU_CQE_OK, "an answer is an answer");
	cqe.len = cpu_to_le16(SDPU_CTRL_PAYLOAD);
	memset(cqe.payload, 0xff, sizeof(cqe.payload));
	tap_is(sdpu_cqe_check(ring, &cqe), SDPU_CQE_OK, "a full one, too");
	cqe.status = cpu_to_le16(0xffff);
	tap_is(sdpu_cqe_check(ring, &cqe), SDPU_CQE_OK, "so is an unknown status");

	cqe.len = cpu_to_le16(SDPU_CTRL_PAYLOAD - 1);
	tap_is(sdpu_cqe_check(ring, &cqe), SDPU_CQE_RESERVED, "a byte behind the length is not");
	cqe.len = cpu_to_le16(SDPU_CTRL_PAYLOAD + 1);
	tap_is(sdpu_cqe_check(ring, &cqe), SDPU_CQE_LENGTH, "more than fits is not");
	cqe.len = cpu_to_le16(0xffff);
	tap_is(sdpu_cqe_check(ring, &cqe), SDPU_CQE_LENGTH, "much more is not");

	cqe = answer(SDPU_OP_RESUME, tag);
	cqe.reserved = cpu_to_le32(0x80000000u);
	tap_is(sdpu_cqe_check(ring, &cqe), SDPU_CQE_RESERVED, "a reserved bit is not");

	cqe = answer(SDPU_OP_SUSPEND, tag);
	tap_is(sdpu_cqe_check(ring, &cqe), SDPU_CQE_OPCODE, "another opcode is not");
	cqe = answer(SDPU_OP_RESUME, tag + 1);
	tap_is(sdpu_cqe_check(ring, &cqe), SDPU_CQE_TAG, "a tag that nobody has is not");
	cqe = answer(SDPU_OP_RESUME, tag + 0x100);
	tap_is(sdpu_cqe_check(ring, &cqe), SDPU_CQE_TAG, "the tag's next lap is not");
	cqe = answer(SDPU_OP_RESUME, tag + SIZE);
	tap_is(sdpu_cqe_check(ring, &cqe), SDPU_CQE_TAG, "a tag past the rings is not");

	for (i = 0; i < 65536; i++) {
		cqe = answer(SDPU_OP_RESUME, i);
		fault = sdpu_cqe_check(ring, &cqe);
		if (fault != (i == tag ? SDPU_CQE_OK : SDPU_CQE_TAG))
			break;
	}
	tap_is(i, 65536, "of all tags it is exactly one");
	unmake(ring);
}

static void test_duplicate(void)
{
	struct sdpu_ring *ring = make();
	u16 tag = post(ring, SDPU_OP_RESUME, &owners[0]);
	struct sdpu_ctrl_cqe cqe = answer(SDPU_OP_RESUME, tag);
	unsigned int i, taken = 0;
	int next;

	tap_ok(sdpu_ring_release(ring, tag) == &owners[0], "a tag leads to its owner");
	tap_is(sdpu_cqe_check(ring, &cqe), SDPU_CQE_TAG, "a second answer is thrown away");

	/* until the slot has been used again, by the same opcode */
	for (i = 0; i < 2 * SIZE; i++) {
		next = post(ring, SDPU_OP_RESUME, &owners[1]);
		taken += sdpu_cqe_check(ring, &cqe) != SDPU_CQE_TAG;
		sdpu_ring_release(ring, next);
	}
	tap_is(taken, 0, "also when its slot belongs to another command");
	unmake(ring);
}

static void test_phase(void)
{
	struct sdpu_ring *ring = make();
	struct sdpu_ctrl_cqe cqe, got;
	unsigned int i, wrong = 0;
	int tag;

	tap_ok(!sdpu_ring_next(ring, &got), "nothing completes in a new ring");
	ring->cq[0].phase = cpu_to_le32(2);
	tap_ok(!sdpu_ring_next(ring, &got), "a phase is 0 or 1, not 2");
	ring->cq[0].phase = cpu_to_le32(0x01000000);
	tap_ok(!sdpu_ring_next(ring, &got), "nor big-endian");
	ring->cq[0].phase = 0;

	/* over the end of the ring many times, over the end of the 16-bit indices once */
	for (i = 0; i < 70000; i++) {
		tag = post(ring, SDPU_OP_RESUME, &owners[i & 0xffff]);
		wrong += tag < 0 || sdpu_ring_next(ring, &got);
		complete(ring, answer(SDPU_OP_RESUME, tag));
		wrong += !sdpu_ring_next(ring, &got) || le16_to_cpu(got.tag) != tag;
		wrong += sdpu_cqe_check(ring, &got) != SDPU_CQE_OK;
		wrong += sdpu_ring_release(ring, tag) != &owners[i & 0xffff];
	}
	tap_is(wrong, 0, "70000 commands complete one after the other");
	tap_is(sdpu_ring_tail(ring), 70000 & 0xffff, "the tail is free-running");

	cqe = answer(SDPU_OP_RESUME, 0);
	complete(ring, cqe);
	sdpu_ring_next(ring, &got);
	ring->cq[(card_tail - 1) % SIZE].len = cpu_to_le16(0xffff);
	tap_is(got.len, 0, "what the card changes later is not seen");
	unmake(ring);
}

static void test_late(void)
{
	struct sdpu_ring *ring = make();
	u16 lost = post(ring, SDPU_OP_SUSPEND, &owners[0]);
	struct sdpu_ctrl_cqe got, cqe = answer(SDPU_OP_SUSPEND, lost);
	unsigned int i, wrong = 0, room = 0;
	int tag[SIZE];

	/* its tag stays taken however many others come and go */
	for (i = 0; i < 1000; i++) {
		int other = post(ring, SDPU_OP_SUSPEND, &owners[1]);

		wrong += (other & 0xff) == (lost & 0xff);
		complete(ring, answer(SDPU_OP_SUSPEND, other));
		wrong += !sdpu_ring_next(ring, &got) || sdpu_cqe_check(ring, &got) != SDPU_CQE_OK;
		sdpu_ring_release(ring, other);
	}
	tap_is(wrong, 0, "the tag of a lost command is not used again");
	while ((tag[room] = post(ring, SDPU_OP_RESUME, &owners[2])) >= 0)
		room++;
	tap_is(room, SIZE - 1, "it takes room");
	tap_is(-tag[room], EBUSY, "a full ring says so");
	tap_is(sdpu_cqe_check(ring, &cqe), SDPU_CQE_OK, "its answer is welcome");
	tap_ok(sdpu_ring_release(ring, lost) == &owners[0], "and finds its owner");
	tap_ok(post(ring, SDPU_OP_RESUME, &owners[3]) >= 0, "then there is room again");

	for (i = 0; sdpu_ring_release_any(ring); i++)
		;
	tap_is(i, SIZE, "a dead card gives every tag back, once");
	tap_ok(!ring->busy && !sdpu_ring_full(ring), "and the ring is empty");
	unmake(ring);
}

/* The rule book once more, as naive as can be: what is in flight is a list. */
struct model {
	unsigned int num;
	struct { u16 tag, opcode; } flight[SIZE];
};

static enum sdpu_cqe_fault model_check(const struct model *m, const struct sdpu_ctrl_cqe *cqe)
{
	unsigned int i, j;

	for (i = 0; i < m->num && m->flight[i].tag != le16_to_cpu(cqe->tag); i++)
		;
	if (i == m->num)
		return SDPU_CQE_TAG;
	if (m->flight[i].opcode != le16_to_cpu(cqe->opcode))
		return SDPU_CQE_OPCODE;
	if (le16_to_cpu(cqe->len) > SDPU_CTRL_PAYLOAD)
		return SDPU_CQE_LENGTH;
	for (j = le16_to_cpu(cqe->len); j < SDPU_CTRL_PAYLOAD; j++)
		if (cqe->payload[j])
			return SDPU_CQE_RESERVED;
	return cqe->reserved ? SDPU_CQE_RESERVED : SDPU_CQE_OK;
}

/* Mostly right, so that it comes far, with a lie here and there. */
static struct sdpu_ctrl_cqe model_lie(const struct model *m)
{
	unsigned int i = rand() % (m->num ? m->num : 1);
	struct sdpu_ctrl_cqe cqe = answer(m->flight[i].opcode, m->flight[i].tag);

	switch (rand() % 8) {
	case 0:
		cqe.tag = cpu_to_le16(rand());
		break;
	case 1:
		cqe.tag = cpu_to_le16(m->flight[i].tag ^ 1 << rand() % 16);
		break;
	case 2:
		cqe.opcode = cpu_to_le16(rand() % 0x500);
		break;
	case 3:
		cqe.len = cpu_to_le16(rand() % 64);
		break;
	case 4:
		cqe.payload[rand() % SDPU_CTRL_PAYLOAD] = 1;
		cqe.len = cpu_to_le16(rand() % 64);
		break;
	case 5:
		cqe.reserved = cpu_to_le32(rand() % 2);
		break;
	}
	return cqe;
}

static void test_model(void)
{
	struct sdpu_ring *ring = make();
	unsigned int round, i, wrong = 0, seen[SDPU_CQE_FAULTS] = {};
	struct model m = {};
	struct sdpu_ctrl_cqe cqe, got;
	enum sdpu_cqe_fault fault;

	srand(1);
	for (round = 0; round < 1000000; round++) {
		while (m.num < SIZE && rand() % 3) {
			m.flight[m.num].opcode = SDPU_OP_DEV_CREATE + rand() % 4;
			i = post(ring, m.flight[m.num].opcode, &owners[m.num]);
			m.flight[m.num++].tag = i;
		}
		cqe = model_lie(&m);
		complete(ring, cqe);
		wrong += !sdpu_ring_next(ring, &got);
		fault = sdpu_cqe_check(ring, &got);
		wrong += fault != model_check(&m, &cqe);
		seen[fault]++;
		if (fault == SDPU_CQE_TAG || fault == SDPU_CQE_OPCODE)
			continue;
		sdpu_ring_release(ring, le16_to_cpu(got.tag));
		for (i = 0; m.flight[i].tag != le16_to_cpu(got.tag); i++)
			;
		m.flight[i] = m.flight[--m.num];
	}
	tap_is(wrong, 0, "a million answers are judged as the rule book says");
	for (i = 0; i < SDPU_CQE_FAULTS && seen[i]; i++)
		;
	tap_is(i, SDPU_CQE_FAULTS, "among them all kinds");
	unmake(ring);
}

int main(void)
{
	test_init();
	test_bytes();
	test_check();
	test_duplicate();
	test_phase();
	test_late();
	test_model();
	tap_is(allocations, 0, "nothing leaks");
	return tap_done();
}
