// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control processor (sim/ctl.c): virtqueues, address spaces, the PF's port.
 * Written from Documentation/control-path.rst, "Commands".
 */
#include <linux/array_size.h>

#include "ctlcard.h"
#include "tap.h"

static const char *wrong;

/* The first thing that is wrong in a test. */
#define EXPECT(cond) do { \
	if (!(cond) && !wrong) { \
		wrong = #cond; \
		printf("#   %s:%d: %s; status %llu, called %s\n", __FILE__, __LINE__, #cond, \
		       (unsigned long long)get(card.cqe + 4, 2), card.called); \
	} \
} while (0)

#define RESULT(...) do { \
	tap_ok(!wrong, __VA_ARGS__); \
	wrong = NULL; \
} while (0)

static bool did(const char *hooks_called)
{
	return !strcmp(card.called, hooks_called);
}

#define DESTROY	0x0201
#define ENABLE	0x0202
#define QUERY	0x0203

/* A device with @offer, of which the driver accepted @accept, in SETUP. */
static void device(u64 offer, u64 accept, u16 max_vqp)
{
	enter(NONE);
	must(dev_create(offer, max_vqp));
	must(features_set(accept));
	must(status_set(11));
}

static u16 queue_create_full(u16 flags)
{
	begin(0x0200, 48);
	put(IN, 2, 3);
	put(IN + 2, 2, flags);
	put(IN + 4, 4, 512);
	put(IN + 8, 8, 0x1122334455667780ull);
	put(IN + 16, 8, 0x99aabbccddeeff02ull);
	put(IN + 24, 8, 0x0123456789abcdecull);
	put(IN + 32, 2, 0x8765);
	put(IN + 34, 2, 0x4321);
	return execute();
}

static void test_create(void)
{
	unsigned int i;
	u32 size;

	enter(RUN);
	EXPECT(queue_create_full(0) == OK);
	EXPECT(did("queue_create(3,512,0x1122334455667780,0x99aabbccddeeff02,0x123456789abcdec,"
		   "34661,17185,off+indirect+event_idx+transmit) "));
	device(F_BASE, F_BASE, 1);
	EXPECT(queue_create_full(1) == INDEX);
	device(F_BASE | F_CTRL_VQ | F_MQ, F_BASE, 4);
	EXPECT(queue_create_full(1) == OK);
	EXPECT(did("queue_create(3,512,0x1122334455667780,0x99aabbccddeeff02,0x123456789abcdec,"
		   "34661,17185,on+transmit) "));
	RESULT("QUEUE_CREATE: the card gets what the command says, and what was negotiated");

	for (i = 0; i <= 16; i++) {
		enter(RUN);
		size = i <= 15 ? 1u << i : 65536;
		EXPECT(queue_create(0, size) == (i <= 15 ? OK : PARAM));
		enter(RUN);
		EXPECT(queue_create(0, size + 1) == (i == 0 ? OK : PARAM));
	}
	EXPECT(queue_create(0, 0) == PARAM && did(""));
	EXPECT(queue_create(0, 1u << 31) == PARAM && did(""));
	EXPECT(queue_create(0, 0x10000) == PARAM && did(""));
	EXPECT(queue_create(0, 0x10100) == PARAM && did(""));
	RESULT("QUEUE_CREATE: a ring has a power of two of entries, 32768 at most");

	enter(SETUP);
	must(features_set(F_ALL));
	EXPECT(queue_create(0, 256) == STATE && did(""));
	must(status_set(3));
	EXPECT(queue_create(0, 256) == STATE && did(""));
	must(status_set(11));
	EXPECT(queue_create(0, 256) == OK);
	RESULT("QUEUE_CREATE: not before FEATURES_OK");
}

/* How many queues can be created? */
static unsigned int num_queues(void)
{
	unsigned int i, n = 0;

	for (i = 0; i <= 0xffff; i++) {
		u16 status = queue_create(i, 2);

		EXPECT(status == OK || (status == INDEX && did("")));
		EXPECT(queue_op(QUERY, i, 0) == (status == OK ? OK : INDEX));
		EXPECT(queue_op(ENABLE, i, 1) == (status == OK ? OK : INDEX));
		if (status == OK) {
			EXPECT(i == n);
			n++;
		}
	}
	return n;
}

static void test_index(void)
{
	device(F_BASE, F_BASE, 1);
	EXPECT(num_queues() == 2 && sdpu_ctl_cvq(&card.ctl) == -1);
	device(F_BASE | F_CTRL_VQ, F_BASE | F_CTRL_VQ, 1);
	EXPECT(num_queues() == 3 && sdpu_ctl_cvq(&card.ctl) == 2);
	device(F_BASE | F_CTRL_VQ, F_BASE, 1);
	EXPECT(num_queues() == 3 && sdpu_ctl_cvq(&card.ctl) == -1);
	device(F_ALL, F_ALL, 4);
	EXPECT(num_queues() == 9 && sdpu_ctl_cvq(&card.ctl) == 8);
	device(F_ALL, F_ALL & ~F_MQ, 4);
	EXPECT(num_queues() == 9 && sdpu_ctl_cvq(&card.ctl) == 2);
	device(F_ALL, F_ALL, 1);
	EXPECT(num_queues() == 3 && sdpu_ctl_cvq(&card.ctl) == 2);
	RESULT("a device has two queues a pair, and one more if it offers CTRL_VQ");

	enter(NONE);
	card.ctl.max_vqp = 64;
	must(dev_create(F_ALL, 64));
	must(features_set(F_ALL));
	must(status_set(11));
	EXPECT(num_queues() == 129 && sdpu_ctl_cvq(&card.ctl) == 128);
	RESULT("a device can have 64 pairs");
}

static bool state_is(u16 avail, u16 used, u16 flags, u16 broken)
{
	return get(OUT, 2) == avail && get(OUT + 2, 2) == used && get(OUT + 4, 2) == flags &&
	       get(OUT + 6, 2) == broken;
}

static void test_life(void)
{
	enter(RUN);
	EXPECT(queue_op(DESTROY, 1, 0) == STATE && did(""));
	EXPECT(queue_op(ENABLE, 1, 1) == STATE && did(""));
	EXPECT(queue_op(QUERY, 1, 0) == STATE && did(""));
	RESULT("a queue that was not created cannot be used");

	EXPECT(queue_create(1, 64) == OK);
	EXPECT(queue_create(1, 64) == EXISTS && did(""));
	EXPECT(queue_create(0, 64) == OK);
	EXPECT(queue_op(DESTROY, 1, 0) == OK && did("queue_destroy(1) "));
	EXPECT(queue_op(DESTROY, 1, 0) == STATE && did(""));
	EXPECT(queue_op(QUERY, 0, 0) == OK && did("queue_query(0) "));
	EXPECT(queue_create(1, 64) == OK);
	RESULT("a queue exists from QUEUE_CREATE to QUEUE_DESTROY");

	EXPECT(queue_op(ENABLE, 1, 1) == OK && did("queue_enable(1,1) "));
	EXPECT(queue_op(ENABLE, 1, 0) == OK && did("queue_enable(1,0) "));
	RESULT("QUEUE_ENABLE starts and stops");

	card.avail = 0xfedc;
	card.used = 0x1234;
	card.enabled = true;
	EXPECT(queue_op(QUERY, 1, 0) == OK && state_is(0xfedc, 0x1234, 1, 0));
	card.enabled = false;
	card.broken = 5;
	EXPECT(queue_op(DESTROY, 1, 0) == OK && state_is(0xfedc, 0x1234, 0, 5));
	RESULT("QUEUE_QUERY and QUEUE_DESTROY tell where the queue is");

	enter(RUN);
	card.answer = ADDRESS;
	EXPECT(queue_create(1, 64) == ADDRESS && queue_op(QUERY, 1, 0) == STATE);
	card.answer = NO_MEMORY;
	EXPECT(queue_create(1, 64) == NO_MEMORY && queue_op(DESTROY, 1, 0) == STATE);
	card.answer = OK;
	EXPECT(queue_create(1, 64) == OK);
	RESULT("a queue that the card could not create does not exist");
}

static u16 as_set(u16 asid, u16 mode, u64 root)
{
	begin(0x0300, 16);
	put(IN, 2, asid);
	put(IN + 2, 2, mode);
	put(IN + 8, 8, root);
	return execute();
}

static u16 as_invalidate(u16 asid, u64 iova, u64 last)
{
	begin(0x0301, 24);
	put(IN, 2, asid);
	put(IN + 8, 8, iova);
	put(IN + 16, 8, last);
	return execute();
}

static void test_as(void)
{
	unsigned int i;

	enter(RUN);
	EXPECT(as_set(0, 0, 0) == OK && did("as_set(0,0,0) "));
	EXPECT(as_set(2, 1, 0xfffffffff000ull) == OK && did("as_set(2,1,0xfffffffff000) "));
	EXPECT(as_set(1, 2, 0) == OK && did("as_set(1,2,0) "));
	for (i = 3; i <= 0xffff; i++)
		EXPECT(as_set(i, 0, 0) == INDEX && did(""));
	for (i = 3; i <= 0xffff; i++)
		EXPECT(as_set(0, i, 0) == PARAM && did(""));
	RESULT("AS_SET: three address spaces, three modes");

	EXPECT(as_set(0, 1, 0) == ADDRESS && did(""));
	for (i = 0; i < 64; i++)
		EXPECT(as_set(0, 1, 0x1000 | 1ull << i) ==
		       (i >= 12 && i < 52 ? OK : ADDRESS));
	EXPECT(as_set(0, 0, 0x1000) == ADDRESS && did(""));
	EXPECT(as_set(0, 2, 0x1000) == ADDRESS && did(""));
	card.answer = ADDRESS;
	EXPECT(as_set(0, 1, 0x1000) == ADDRESS);
	RESULT("AS_SET: the root is a page with a 52-bit address for a table, else zero");

	EXPECT(as_invalidate(2, 0x1000, 0x1fff) == OK && did("as_invalidate(2,0x1000,0x1fff) "));
	EXPECT(as_invalidate(1, 0x7fff00001000, 0x7fff00001fff) == OK &&
	       did("as_invalidate(1,0x7fff00001000,0x7fff00001fff) "));
	EXPECT(as_invalidate(0, 0, ~0ull) == OK && did("as_invalidate(0,0,0xffffffffffffffff) "));
	EXPECT(as_invalidate(0, 5, 5) == OK && did("as_invalidate(0,0x5,0x5) "));
	EXPECT(as_invalidate(0, 5, 4) == PARAM && did(""));
	EXPECT(as_invalidate(0, ~0ull, 0) == PARAM && did(""));
	for (i = 3; i <= 0xffff; i++)
		EXPECT(as_invalidate(i, 0, 0) == INDEX && did(""));
	RESULT("AS_INVALIDATE: the last address is inclusive, and not before the first");
}

static u16 group_set(u16 group, u16 asid)
{
	begin(0x0302, 8);
	put(IN, 2, group);
	put(IN + 2, 2, asid);
	return execute();
}

static void test_group(void)
{
	unsigned int i;

	enter(SETUP);
	EXPECT(group_set(1, 2) == OK && did("group_set(1,2) "));
	EXPECT(group_set(0, 1) == OK && did("group_set(0,1) "));
	EXPECT(group_set(2, 1) == OK && did("group_set(2,1) "));
	for (i = 3; i <= 0xffff; i++)
		EXPECT(group_set(i, 0) == INDEX && did(""));
	for (i = 3; i <= 0xffff; i++)
		EXPECT(group_set(0, i) == INDEX && did(""));
	RESULT("GROUP_SET: three groups, three address spaces");
}

static u16 port_set(const u8 *mac, u16 mtu, u16 valid, u16 flags)
{
	begin(0x0400, 16);
	memcpy(card.cmd + IN, mac, 6);
	put(IN + 6, 2, mtu);
	put(IN + 8, 2, valid);
	put(IN + 10, 2, flags);
	return execute();
}

static u16 port_filter(const u8 *mac, u16 add)
{
	begin(0x0401, 8);
	memcpy(card.cmd + IN, mac, 6);
	put(IN + 6, 2, add);
	return execute();
}

static u16 vf_link(u16 vf, u16 link)
{
	begin(0x0402, 8);
	put(IN, 2, vf);
	put(IN + 2, 2, link);
	return execute();
}

static void test_link(void)
{
	unsigned int i;

	card_new(PF);
	EXPECT(vf_link(1, 0) == OK && did("vf_link(1,0) "));
	EXPECT(vf_link(CARD_TOTAL_VFS, 1) == OK && did("vf_link(7,1) "));
	EXPECT(vf_link(3, 2) == OK && did("vf_link(3,2) "));
	for (i = 3; i <= 0xffff; i++)
		EXPECT(vf_link(1, i) == PARAM && did(""));
	EXPECT(vf_link(0, 1) == INDEX && did(""));
	for (i = CARD_TOTAL_VFS + 1; i <= 0xffff; i++)
		EXPECT(vf_link(i, 1) == INDEX && did(""));
	begin(0x0402, 8);
	put(IN, 2, 1);
	put(IN + 4, 4, 1);
	EXPECT(execute() == RESERVED && did(""));
	RESULT("VF_LINK: the card's VFs, and three ways");
}

static u16 eswitch(u16 mode)
{
	begin(0x0403, 8);
	put(IN, 2, mode);
	return execute();
}

static void test_eswitch(void)
{
	unsigned int i;

	card_new(PF);
	EXPECT(eswitch(0) == OK && did("eswitch(0) "));
	EXPECT(eswitch(1) == OK && did("eswitch(1) "));
	for (i = 2; i <= 0xffff; i++)
		EXPECT(eswitch(i) == PARAM && did(""));
	RESULT("ESWITCH: two modes");
}

static u16 vf_mac(u16 vf, u64 mac)
{
	begin(0x0404, 8);
	put(IN, 2, vf);
	put(IN + 2, 6, mac);
	return execute();
}

static void test_vf_mac(void)
{
	unsigned int i;

	card_new(PF);
	EXPECT(vf_mac(1, 0x060504030200) == OK && did("vf_mac(1,00:02:03:04:05:06) "));
	EXPECT(vf_mac(CARD_TOTAL_VFS, 0) == OK && did("vf_mac(7,00:00:00:00:00:00) "));
	EXPECT(vf_mac(1, 0x060504030201) == PARAM && did(""));
	EXPECT(vf_mac(1, 0xffffffffffff) == PARAM && did(""));
	EXPECT(vf_mac(0, 0) == INDEX && did(""));
	for (i = CARD_TOTAL_VFS + 1; i <= 0xffff; i++)
		EXPECT(vf_mac(i, 0) == INDEX && did(""));
	RESULT("VF_MAC: the card's VFs, an address of a station, or none");
}

static u16 vf_rate(u16 vf, u16 group, u64 max, u64 share)
{
	begin(0x0405, 24);
	put(IN, 2, vf);
	put(IN + 2, 2, group);
	put(IN + 8, 8, max);
	put(IN + 16, 8, share);
	return execute();
}

static u16 group_rate(u16 group, u64 max)
{
	begin(0x0406, 16);
	put(IN, 2, group);
	put(IN + 8, 8, max);
	return execute();
}

#define RATE_MAX	1000000000000

static void test_rates(void)
{
	unsigned int i;

	card_new(PF);
	EXPECT(vf_rate(1, 0, 0, 0) == OK && did("vf_rate(1,0,0,0) "));
	EXPECT(vf_rate(CARD_TOTAL_VFS, CARD_RATE_GROUPS, RATE_MAX, 1000) == OK &&
	       did("vf_rate(7,5,1000000000000,1000) "));
	EXPECT(vf_rate(1, 2, 0, RATE_MAX) == OK && did("vf_rate(1,2,0,1000000000000) "));
	EXPECT(vf_rate(1, 0, 999, 0) == PARAM && did(""));
	EXPECT(vf_rate(1, 0, RATE_MAX + 1, 0) == PARAM && did(""));
	EXPECT(vf_rate(1, 0, 0, 999) == PARAM && did(""));
	EXPECT(vf_rate(1, 0, 0, ~0ull) == PARAM && did(""));
	EXPECT(vf_rate(1, 0, 5000, 5001) == PARAM && did(""));
	EXPECT(vf_rate(1, 0, 5000, 5000) == OK && did("vf_rate(1,0,5000,5000) "));
	EXPECT(vf_rate(0, 0, 0, 0) == INDEX && did(""));
	for (i = CARD_TOTAL_VFS + 1; i <= 0xffff; i++)
		EXPECT(vf_rate(i, 0, 0, 0) == INDEX && did(""));
	for (i = CARD_RATE_GROUPS + 1; i <= 0xffff; i++)
		EXPECT(vf_rate(1, i, 0, 0) == INDEX && did(""));
	RESULT("VF_RATE: the card's VFs and groups, rates that can be, a share that fits");

	EXPECT(group_rate(1, 1000) == OK && did("group_rate(1,1000) "));
	EXPECT(group_rate(CARD_RATE_GROUPS, 0) == OK && did("group_rate(5,0) "));
	EXPECT(group_rate(1, 999) == PARAM && did(""));
	EXPECT(group_rate(1, RATE_MAX + 1) == PARAM && did(""));
	EXPECT(group_rate(0, 0) == INDEX && did(""));
	for (i = CARD_RATE_GROUPS + 1; i <= 0xffff; i++)
		EXPECT(group_rate(i, 0) == INDEX && did(""));
	RESULT("GROUP_RATE: the card's groups, rates that can be");
}

static u16 vf_policy(u16 vf, u16 flags, u16 tci)
{
	begin(0x0407, 8);
	put(IN, 2, vf);
	put(IN + 2, 2, flags);
	put(IN + 4, 2, tci);
	return execute();
}

static void test_vf_policy(void)
{
	unsigned int i;

	card_new(PF);
	EXPECT(vf_policy(1, 7, 0xe001) == OK && did("vf_policy(1,7,57345) "));
	EXPECT(vf_policy(CARD_TOTAL_VFS, 0, 0) == OK && did("vf_policy(7,0,0) "));
	for (i = 1; i <= 0xffff; i++) {
		EXPECT(vf_policy(1, 6, i) == PARAM && did(""));
		if ((i & 0xfff) && (i & 0xfff) != 0xfff && !(i & 0x1000))
			continue;
		EXPECT(vf_policy(1, 1, i) == PARAM && did(""));
	}
	EXPECT(vf_policy(1, 1, 0) == PARAM && did(""));
	EXPECT(vf_policy(1, 1, 4094) == OK && did("vf_policy(1,1,4094) "));
	EXPECT(vf_policy(0, 0, 0) == INDEX && did(""));
	for (i = CARD_TOTAL_VFS + 1; i <= 0xffff; i++)
		EXPECT(vf_policy(i, 0, 0) == INDEX && did(""));
	RESULT("VF_POLICY: the card's VFs, VLANs that can be");
}

static void test_port(void)
{
	static const u8 zero[6], multicast[] = { 0x33, 0x33, 0, 0, 0, 1 };

	card_new(PF);
	EXPECT(port_set(card_mac, 1500, 7, 7) == OK);
	EXPECT(did("port_set(52:44:50:55:03:07,1500,7,7) "));
	EXPECT(port_set(zero, 0, 4, 1) == OK && did("port_set(-,0,4,1) "));
	EXPECT(port_set(zero, 0, 0, 0) == OK && did("port_set(-,0,0,0) "));
	EXPECT(port_set(zero, 0, 1, 0) == PARAM && did(""));
	EXPECT(port_set(multicast, 0, 1, 0) == PARAM && did(""));
	EXPECT(port_set(multicast, 0, 4, 0) == OK);
	RESULT("PORT_SET: what counts is said, and an address is a station's");

	EXPECT(port_set(card_mac, 67, 2, 0) == PARAM && did(""));
	EXPECT(port_set(card_mac, 68, 2, 0) == OK);
	EXPECT(port_set(card_mac, 9216, 2, 0) == OK);
	EXPECT(port_set(card_mac, 9217, 2, 0) == PARAM && did(""));
	EXPECT(port_set(card_mac, 9217, 1, 0) == OK);
	card.answer = MAC_IN_USE;
	EXPECT(port_set(card_mac, 0, 1, 0) == MAC_IN_USE);
	RESULT("PORT_SET: the MTU is 68 to 9216");

	card_new(PF);
	EXPECT(port_filter(multicast, 1) == OK && did("port_filter(33:33:00:00:00:01,1) "));
	EXPECT(port_filter(card_mac, 0) == OK && did("port_filter(52:44:50:55:03:07,0) "));
	EXPECT(port_filter(zero, 1) == PARAM && did(""));
	EXPECT(port_filter(zero, 0) == PARAM && did(""));
	card.answer = NO_MEMORY;
	EXPECT(port_filter(card_mac, 1) == NO_MEMORY);
	RESULT("PORT_FILTER adds and removes");
}

static u16 rule_add(u32 id, u32 len, u64 dma)
{
	begin(0x0500, 8);
	put(8, 8, dma);
	put(IN, 4, id);
	put(IN + 4, 4, len);
	return execute();
}

static u16 rule(u16 opcode, u32 id)
{
	begin(opcode, 8);
	put(IN, 4, id);
	return execute();
}

static void test_rule(void)
{
	card_new(PF);
	memset(card.mem, 0, sizeof(card.mem));
	memset(card.mem + 72, 0xff, 2);
	/* one action more: redirect to the fifth VF */
	card.mem[4] = 1;
	card.mem[136] = 1;
	card.mem[138] = 5;
	EXPECT(rule_add(0, 648, CARD_MEM) == OK && did("rule_add(0,1) "));
	EXPECT(rule_add(999, 648, CARD_MEM + 376) != OK && did(""));
	EXPECT(rule_add(1000, 648, CARD_MEM) == INDEX && did(""));
	EXPECT(rule_add(~0u, 648, CARD_MEM) == INDEX && did(""));
	EXPECT(rule_add(0, 647, CARD_MEM) == LENGTH && did(""));
	EXPECT(rule_add(0, 649, CARD_MEM) == LENGTH && did(""));
	EXPECT(rule_add(0, 703, CARD_MEM) == LENGTH && did(""));
	EXPECT(rule_add(0, 704, CARD_MEM) == OK && did("rule_add(0,1) "));
	EXPECT(rule_add(0, 705, CARD_MEM) == LENGTH && did(""));
	RESULT("RULE_ADD: numbers below the identity's, a rule of its size");

	EXPECT(rule_add(0, 648, 0) == ADDRESS && did(""));
	EXPECT(rule_add(0, 648, CARD_MEM - 1) == ADDRESS && did(""));
	EXPECT(rule_add(0, 648, CARD_MEM + 377) == ADDRESS && did(""));
	EXPECT(rule_add(0, 648, ~0ull) == ADDRESS && did(""));
	EXPECT(rule_add(0, 704, CARD_MEM + 320) == PARAM && did(""));
	EXPECT(rule_add(0, 704, CARD_MEM + 321) == ADDRESS && did(""));
	RESULT("RULE_ADD: where there is no memory there is no rule");

	card.mem[138] = CARD_TOTAL_VFS + 1;
	EXPECT(rule_add(0, 648, CARD_MEM) == INDEX && did(""));
	card.mem[138] = CARD_TOTAL_VFS;
	EXPECT(rule_add(0, 648, CARD_MEM) == OK);
	card.mem[6] = 1;
	EXPECT(rule_add(0, 648, CARD_MEM) == RESERVED && did(""));
	card.mem[6] = 0;
	card.answer = NO_MEMORY;
	EXPECT(rule_add(0, 648, CARD_MEM) == NO_MEMORY && did("rule_add(0,1) "));
	RESULT("RULE_ADD: a rule that cannot be is refused");

	card_new(PF);
	EXPECT(rule(0x0501, 999) == OK && did("rule_del(999) "));
	EXPECT(rule(0x0501, 1000) == INDEX && did(""));
	EXPECT(rule(0x0502, 999) == OK && did("rule_stats(999) ") && card.cqe[16] == 0x5a);
	EXPECT(rule(0x0502, 1000) == INDEX && did(""));
	card.answer = PARAM;
	EXPECT(rule(0x0501, 5) == PARAM && rule(0x0502, 5) == PARAM && !card.cqe[16]);
	RESULT("RULE_DEL, RULE_STATS: of rules that there are");
}

int main(void)
{
	test_create();
	test_index();
	test_life();
	test_as();
	test_group();
	test_port();
	test_link();
	test_eswitch();
	test_vf_mac();
	test_rates();
	test_vf_policy();
	test_rule();
	return tap_done();
}
