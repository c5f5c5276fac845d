// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the driver believes a card about itself (drivers/ctrl/identity.c): each number up
 * to its bounds, and none beyond. Numbers stand here as Documentation/control-path.rst
 * has them, at their offsets.
 */
#include <string.h>

#include <linux/array_size.h>
#include <linux/errno.h>
#include <linux/types.h>

#include "../../drivers/ctrl/identity.h"

static const char *tried;
#define EXPECT_CONTEXT	(tried ?: "")
#include "expect.h"

#define PF	0
#define VF	1

/* The answer of IDENTIFY as bytes, and the registers. */
static u8 said[48];
static struct sdpu_identity_regs regs;
static struct sdpu_identity id;
static const char *why;

static void put(unsigned int at, unsigned int bytes, u64 value)
{
	for (; bytes--; value >>= 8)
		said[at++] = value;
}

/* A card as good as any. */
static void good(unsigned int type)
{
	memset(said, 0, sizeof(said));
	regs = (struct sdpu_identity_regs){
		.function = type == VF ? 5 << 16 | VF : PF,
		.limits = 131 << 16 | 0x0808,
		.area_group = type == VF ? 1 : ~0u,
		.as_invalidate = type == VF ? 0 : ~0u,
	};
	put(8, 6, 0x010055504452);
	put(14, 2, 64);
	put(24, 2, 68);
	put(26, 2, 9216);
	if (type == PF) {
		put(28, 2, 64);
		put(30, 2, 4);
		return;
	}
	put(0, 8, 0xff);
	put(16, 4, 32768);
	put(20, 2, 3);
	put(22, 2, 3);
	put(32, 8, 0x0f);
}

static int decode(void)
{
	struct sdpu_ctrl_identify in;

	memcpy(&in, said, sizeof(in));
	why = NULL;
	memset(&id, 0xee, sizeof(id));
	return sdpu_identity_decode(&id, &in, &regs, &why);
}

static void test_good(void)
{
	good(VF);
	EXPECT(!decode() && !why);
	EXPECT(!id.is_pf && id.number == 5 && id.max_vqp == 64 && id.max_queue_size == 32768);
	EXPECT(id.num_groups == 3 && id.num_as == 3 && id.area_group == 1 && id.as_register);
	EXPECT(id.features == 0xff && id.default_features == 0x0f);
	EXPECT(id.mtu_min == 68 && id.mtu_max == 9216 && !id.total_vfs && !id.initial_vfs);
	EXPECT(id.mac[0] == 0x52 && id.mac[5] == 0x01);
	RESULT("a VF is what it says");

	good(PF);
	EXPECT(!decode() && !why);
	EXPECT(id.is_pf && !id.number && id.total_vfs == 64 && id.initial_vfs == 4);
	RESULT("so is a PF");

	good(VF);
	regs.area_group = ~0u;
	regs.as_invalidate = ~0u;
	EXPECT(!decode() && !id.area_group && !id.as_register);
	RESULT("a card before 1.2 has no group of areas, and no register to invalidate");
}

/**
 * struct number - one that has bounds
 * @name: of it, for who reads the log: what the driver says of one that is not within
 * @type: of the function
 * @at: its offset in the answer
 * @bytes: its size
 * @in: values that are believed
 * @out: values that are not; both end with the first zero that is not the first
 */
struct number {
	const char *name;
	unsigned int type, at, bytes;
	u64 in[4], out[6];
};

static const struct number numbers[] = {
	{ "number of queue pairs", VF, 14, 2, { 1, 64 }, { 0, 65, 0xffff } },
	{ "number of queue pairs", PF, 14, 2, { 1, 64 }, { 0, 65, 0xffff } },
	{ "ring size", VF, 16, 4, { 2, 256, 32768 }, { 0, 1, 3, 65536, 0xffffffff } },
	{ "number of groups", VF, 20, 2, { 1, 129 }, { 0, 130, 0xffff } },
	{ "number of address spaces", VF, 22, 2, { 1, 129 }, { 0, 130, 0xffff } },
	{ "range of MTUs", VF, 24, 2, { 68, 9216 }, { 0, 67, 9217, 0xffff } },
	{ "range of MTUs", PF, 26, 2, { 68, 9216 }, { 0, 67, 9217, 0xffff } },
	{ "address", VF, 8, 6, { 0, 0xfffffffffffe }, { 1, 0x010055504453, 0xffffffffffff } },
	{ "default features", VF, 32, 8, { 0, 0xff }, { 0x100, 0x10f, ~0ull } },
	{ "VFs of a VF", VF, 28, 2, { 0 }, { 1, 0xffff } },
	{ "VFs of a VF", VF, 30, 2, { 0 }, { 1, 0xffff } },
	{ "number of initial VFs", PF, 30, 2, { 0, 64 }, { 65, 0xffff } },
	{ "rules of a VF", VF, 40, 4, { 0 }, { 1, ~0u } },
	{ "number of rules", PF, 40, 4, { 0, 131072, 1 << 24 }, { (1 << 24) + 1, ~0u } },
	{ "rates of a VF", VF, 44, 2, { 0 }, { 1, 0xffff } },
	{ "reserved field", VF, 46, 1, { 0 }, { 1, 0xff } },
	{ "reserved field", VF, 47, 1, { 0 }, { 1, 0xff } },
};

static void test_number(const struct number *n)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(n->in) && (!i || n->in[i]); i++) {
		good(n->type);
		regs.area_group = ~0u;
		put(n->at, n->bytes, n->in[i]);
		EXPECT(!decode() && !why);
	}
	for (i = 0; i < ARRAY_SIZE(n->out) && (!i || n->out[i]); i++) {
		good(n->type);
		put(n->at, n->bytes, n->out[i]);
		EXPECT(decode() == -EPROTO && why && !strcmp(why, n->name));
	}
}

static void test_together(void)
{
	good(PF);
	put(24, 2, 1500);
	put(26, 2, 1499);
	EXPECT(decode() == -EPROTO && !strcmp(why, "range of MTUs"));
	put(26, 2, 1500);
	EXPECT(!decode());
	RESULT("the smallest MTU is no larger than the largest");

	good(VF);
	regs.limits = 130 << 16 | 0x0808;
	EXPECT(decode() == -EPROTO && !strcmp(why, "number of vectors"));
	put(14, 2, 63);
	EXPECT(!decode());
	RESULT("a VF has a vector for each queue, and two");

	good(VF);
	regs.area_group = 0;
	EXPECT(!decode() && !id.area_group);
	regs.area_group = 1;
	put(20, 2, 2);
	EXPECT(decode() == -EPROTO && !strcmp(why, "group of areas"));
	put(20, 2, 3);
	EXPECT(!decode() && id.area_group == 1);
	for (regs.area_group = 2; regs.area_group < 0x20000; regs.area_group++)
		EXPECT(decode() == -EPROTO && !strcmp(why, "group of areas"));
	regs.area_group = ~0u - 1;
	EXPECT(decode() == -EPROTO);
	RESULT("areas are in no group that is not there, nor in that of the control queue");
}

int main(void)
{
	unsigned int i;

	test_good();
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		tried = numbers[i].name;
		test_number(&numbers[i]);
		RESULT("%cF, offset %u: %s as far as it goes, and not beyond",
		       numbers[i].type == VF ? 'V' : 'P', numbers[i].at, numbers[i].name);
	}
	tried = NULL;
	test_together();
	return tap_done();
}
