// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control processor (sim/ctl.c), command by command: values and their
 * ranges, what the card is told to do, and what is true afterwards. Written
 * from Documentation/control-path.rst, "Commands".
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

/* Were exactly these hooks called, with these arguments? */
static bool did(const char *hooks_called)
{
	return !strcmp(card.called, hooks_called);
}

static void test_identify(void)
{
	unsigned int i;

	enter(NONE);
	EXPECT(plain(0x0001) == OK && did("identify "));
	for (i = 0; i < 48; i++)
		EXPECT(OUT[i] == 0x5a);
	RESULT("IDENTIFY returns what the card says of itself");
}

static u16 stats(u64 buf, u16 kind, u16 index, u32 len)
{
	begin(0x0002, 8);
	put(8, 8, buf);
	put(IN, 2, kind);
	put(IN + 2, 2, index);
	put(IN + 4, 4, len);
	return execute();
}

static void test_stats(void)
{
	enter(NONE);
	EXPECT(stats(0x7654321abc001, 0, 0, 96) == OK && did("stats(0,0,0x7654321abc001,96) "));
	EXPECT(stats(0xabc000, 0, 1, 96) == INDEX && did(""));
	EXPECT(stats(0xabc000, 1, 0, 96) == STATE && did(""));
	RESULT("STATS: without a device there are counters of the port only");

	card_new(PF);
	EXPECT(stats(0xabc000, 0, 0, 96) == OK && did("stats(0,0,0xabc000,96) "));
	EXPECT(stats(0xabc000, 0, CARD_TOTAL_VFS, 96) == OK && did("stats(0,7,0xabc000,96) "));
	EXPECT(stats(0xabc000, 0, CARD_TOTAL_VFS + 1, 96) == INDEX && did(""));
	EXPECT(stats(0xabc000, 0, 0xffff, 96) == INDEX && did(""));
	EXPECT(stats(0xabc000, 1, 0, 96) == STATE && did(""));
	RESULT("STATS: the PF has those of its VFs' ports, too");

	enter(NONE);

	EXPECT(stats(0xabc000, 0, 0, 0) == LENGTH && did(""));
	EXPECT(stats(0xabc000, 0, 0, 1) == OK);
	EXPECT(stats(0xabc000, 0, 0, 4096) == OK);
	EXPECT(stats(0xabc000, 0, 0, 4097) == LENGTH && did(""));
	EXPECT(stats(0xabc000, 0, 0, ~0u) == LENGTH && did(""));
	RESULT("STATS: a buffer has 1 to 4096 bytes");

	EXPECT(stats(0xabc000, 2, 0, 96) == PARAM && did(""));
	EXPECT(stats(0xabc000, 0xffff, 0, 96) == PARAM && did(""));
	card.answer = ADDRESS;
	EXPECT(stats(0, 0, 0, 96) == ADDRESS);
	RESULT("STATS: unknown kinds and unusable buffers are refused");

	enter(SETUP);
	EXPECT(stats(0xabc000, 1, 8, 104) == OK && did("stats(1,8,0xabc000,104) "));
	EXPECT(stats(0xabc000, 1, 9, 104) == INDEX && did(""));
	card_new(PF);
	EXPECT(stats(0xabc000, 1, 0, 104) == STATE && did(""));
	RESULT("STATS: a queue that the device does not have has no counters");
}

static u16 dev_create_full(const u8 *mac, u16 mtu, u16 max_vqp, u16 valid)
{
	begin(0x0100, 24);
	put(IN, 8, F_ALL);
	memcpy(card.cmd + IN + 8, mac, 6);
	put(IN + 14, 2, mtu);
	put(IN + 16, 2, max_vqp);
	put(IN + 18, 2, valid);
	return execute();
}

/* Refused; there is no device, as before. */
static bool no_device(u16 want, u16 got)
{
	return got == want && did("") && status_set(0) == STATE;
}

static void test_dev_create(void)
{
	static const u8 zero[6], multicast[] = { 0x01, 0x00, 0x5e, 0, 0, 1 };
	static const u8 broadcast[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	enter(NONE);
	EXPECT(dev_create_full(card_mac, 9000, 4, 3) == OK);
	EXPECT(did("dev_create(0x330de3baf,52:44:50:55:03:07,9000,4) "
		   "groups_reset "));
	enter(NONE);
	EXPECT(dev_create_full(multicast, 1, 1, 0) == OK);
	EXPECT(did("dev_create(0x330de3baf,any,1500,1) "
		   "groups_reset "));
	RESULT("DEV_CREATE: address and MTU count if the command says so");

	enter(NONE);
	EXPECT(no_device(PARAM, dev_create_full(card_mac, 0, 0, 0)));
	EXPECT(no_device(PARAM, dev_create_full(card_mac, 0, 5, 0)));
	EXPECT(no_device(PARAM, dev_create_full(card_mac, 0, 0xffff, 0)));
	RESULT("DEV_CREATE: a device has 1 to as many pairs as the card says");

	EXPECT(no_device(PARAM, dev_create_full(card_mac, 67, 1, 2)));
	EXPECT(no_device(PARAM, dev_create_full(card_mac, 9217, 1, 2)));
	EXPECT(dev_create_full(card_mac, 68, 1, 2) == OK);
	enter(NONE);
	EXPECT(dev_create_full(card_mac, 9216, 1, 2) == OK);
	RESULT("DEV_CREATE: the MTU is 68 to 9216");

	enter(NONE);
	EXPECT(no_device(PARAM, dev_create_full(zero, 0, 1, 1)));
	EXPECT(no_device(PARAM, dev_create_full(multicast, 0, 1, 1)));
	EXPECT(no_device(PARAM, dev_create_full(broadcast, 0, 1, 1)));
	RESULT("DEV_CREATE: an address is neither zero nor a multicast address");

	card.answer = MAC_IN_USE;
	EXPECT(dev_create(F_BASE, 1) == MAC_IN_USE && status_set(0) == STATE);
	card.answer = NO_MEMORY;
	EXPECT(dev_create(F_BASE, 1) == NO_MEMORY && status_set(0) == STATE);
	RESULT("DEV_CREATE: if the card cannot make it, there is no device");
}

/* A feature, and what it is nothing without: one of these. */
static const struct { u64 feature, needs; } dependencies[] = {
	{ F_GUEST_TSO4, F_GUEST_CSUM },
	{ F_GUEST_TSO6, F_GUEST_CSUM },
	{ F_GUEST_ECN, F_GUEST_TSO4 | F_GUEST_TSO6 },
	{ F_HOST_TSO4, F_CSUM },
	{ F_HOST_TSO6, F_CSUM },
	{ F_HOST_ECN, F_HOST_TSO4 | F_HOST_TSO6 },
	{ F_OFFLOADS, F_CTRL_VQ },
	{ F_CTRL_RX, F_CTRL_VQ },
	{ F_CTRL_VLAN, F_CTRL_VQ },
	{ F_RX_EXTRA, F_CTRL_VQ },
	{ F_MQ, F_CTRL_VQ },
	{ F_MAC_ADDR, F_CTRL_VQ },
};

static bool features_good(u64 features)
{
	unsigned int i;

	if (~features & F_BASE)
		return false;
	for (i = 0; i < ARRAY_SIZE(dependencies); i++)
		if ((features & dependencies[i].feature) && !(features & dependencies[i].needs))
			return false;
	return true;
}

/* Offer @offer, then accept @accept. Return: the status of the one that failed, or OK. */
static u16 negotiate(u64 offer, u64 accept)
{
	u16 status;

	enter(NONE);
	status = dev_create(offer, 1);
	return status == OK ? features_set(accept) : status;
}

static void test_features(void)
{
	unsigned int i;
	u64 bit, set;

	for (i = 0; i < 64; i++) {
		bit = 1ull << i;
		set = F_ALL & ~bit;
		EXPECT(negotiate(F_ALL | bit, F_BASE) == (bit & F_ALL ? OK : FEATURES));
		/* accepted though not offered; or not even to be offered without this one */
		EXPECT(negotiate(set, F_ALL) == (bit & F_ALL ? FEATURES : OK));
	}
	RESULT("features that the card does not have, or does not offer, are refused");

	for (i = 0; i < ARRAY_SIZE(dependencies); i++) {
		set = dependencies[i].feature | F_BASE;
		EXPECT(negotiate(set, F_BASE) == FEATURES);
		EXPECT(negotiate(F_ALL, set) == FEATURES);
		/* each of those that will do, will do (with what it needs itself) */
		for (bit = 1; bit; bit <<= 1) {
			u64 more = set | bit | F_CSUM | F_GUEST_CSUM;

			if (dependencies[i].needs & bit)
				EXPECT(negotiate(more, more) == OK);
		}
	}
	RESULT("features without one that they need are refused");

	for (set = 0; set < 1 << 18; set++) {
		/* bits 0 to 13 and 17 to 20 in all combinations */
		u64 features = ((set & 0x3fff) | (set & 0x3c000) << 3 | F_BASE) & F_ALL;
		u16 want = features_good(features) ? OK : FEATURES;

		EXPECT(negotiate(features, features) == want);
	}
	RESULT("all combinations of offloads and control features are judged right");

	EXPECT(negotiate(F_ALL & ~F_VERSION_1, 0) == FEATURES);
	EXPECT(negotiate(F_ALL & ~F_PLATFORM, 0) == FEATURES);
	EXPECT(negotiate(F_ALL, F_ALL & ~F_VERSION_1) == FEATURES);
	EXPECT(negotiate(F_ALL, F_ALL & ~F_PLATFORM) == FEATURES);
	RESULT("VERSION_1 and ACCESS_PLATFORM are required");

	enter(NONE);
	EXPECT(dev_create(F_BASE | F_CTRL_VQ, 2) == FEATURES && did(""));
	EXPECT(dev_create(F_BASE | F_CTRL_VQ | F_MQ, 2) == OK);
	RESULT("more than one pair needs MQ");
}

static void test_features_set(void)
{
	enter(SETUP);
	EXPECT(features_set(F_ALL) == OK && did("features_set(0x330de3baf) "));
	EXPECT(features_set(F_BASE) == OK && did("features_set(0x300000000) "));
	EXPECT(features_set(F_PACKED | F_BASE) == FEATURES && did(""));
	EXPECT(card.ctl.features == F_BASE);
	RESULT("FEATURES_SET: the last set that was accepted counts");

	EXPECT(features_set(0) == OK && did("features_set(0) "));
	EXPECT(status_set(11) == FEATURES);
	RESULT("FEATURES_SET: the empty set can be set, but FEATURES_OK cannot");

	EXPECT(features_set(F_BASE) == OK && status_set(11) == OK);
	EXPECT(features_set(F_BASE) == STATE && did("") && card.ctl.features == F_BASE);
	EXPECT(status_set(0) == OK && features_set(F_ALL) == OK);
	RESULT("FEATURES_SET: after FEATURES_OK the set is fixed, until reset");
}

static bool status_is(u8 want)
{
	return get(OUT, 8) == want && card.ctl.status == want;
}

static void test_status(void)
{
	unsigned int old, new;

	for (new = 1; new <= 0xff; new++) {
		enter(SETUP);
		EXPECT(status_set(new) == (new & 8 ? FEATURES : new & 4 ? STATE : OK));
		EXPECT(new & 12 ? did("") && !card.ctl.status : status_is(new));
	}
	RESULT("STATUS_SET: without good features there is no FEATURES_OK, without that no DRIVER_OK");

	for (old = 0; old <= 0xff; old++) {
		for (new = 1; new <= 0xff; new++) {
			u16 want = old & ~new ? PARAM : (new & 12) == 4 ? STATE : OK;

			if ((old & 12) == 4)
				continue;
			enter(SETUP);
			must(features_set(F_ALL));
			if (old)
				must(status_set(old));
			EXPECT(status_set(new) == want);
			EXPECT(want == OK ? status_is(new) : card.ctl.status == old);
			EXPECT(did(want == OK && new & 4 && !(old & 4) ? "run(1) " : ""));
		}
	}
	RESULT("STATUS_SET: bits come, and do not go; DRIVER_OK starts the device, once");

	enter(SUSPENDED);
	EXPECT(status_set(15) == OK && did("") && card.ctl.state == SDPU_CTL_SUSPENDED);
	EXPECT(status_set(15 + 128) == OK && did("") && card.ctl.state == SDPU_CTL_SUSPENDED);
	RESULT("STATUS_SET: no status but 0 ends a suspend");
}

static void test_reset(void)
{
	unsigned int state;

	for (state = SETUP; state <= SUSPENDED; state <<= 1) {
		enter(state);
		if (state != SETUP)
			must(queue_create(0, 256));
		EXPECT(status_set(0) == OK);
		/* the groups go back; no as_set, no as_invalidate: maps stay */
		EXPECT(did("reset groups_reset "));
		EXPECT(get(OUT, 8) == 0);
		EXPECT(card.ctl.state == SDPU_CTL_SETUP && !card.ctl.status);
		EXPECT(!card.ctl.features && card.ctl.offered == F_ALL);
		EXPECT(queue_op(0x0203, 0, 0) == STATE);
		EXPECT(queue_create(0, 256) == STATE);
		EXPECT(features_set(F_ALL) == OK && status_set(11) == OK && status_set(15) == OK);
		EXPECT(did("run(1) "));
		EXPECT(queue_create(0, 256) == OK);
	}
	RESULT("reset takes queues, features and status, puts groups into address space 0, keeps maps");

	enter(RUN);
	must(queue_create(0, 256));
	EXPECT(plain(0x0101) == OK && did("dev_destroy "));
	EXPECT(!card.ctl.offered && !card.ctl.features && !card.ctl.status && !card.ctl.dev_vqp);
	EXPECT(!test_bit(0, card.ctl.queue_exists) && sdpu_ctl_cvq(&card.ctl) == -1);
	EXPECT(status_set(0) == STATE && did(""));
	EXPECT(dev_create(F_BASE, 1) == OK);
	EXPECT(card.ctl.state == SDPU_CTL_SETUP && !card.ctl.status && !card.ctl.features);
	must(features_set(F_BASE));
	must(status_set(11));
	EXPECT(queue_op(0x0203, 0, 0) == STATE);
	EXPECT(queue_create(0, 256) == OK);
	EXPECT(queue_create(2, 256) == INDEX);
	RESULT("DEV_DESTROY: nothing of the device is left to the next one");

	enter(RUN);
	card.called[0] = 0;
	sdpu_ctl_reset(&card.ctl);
	EXPECT(did("dev_destroy ") && card.ctl.state == SDPU_CTL_NONE);
	card.called[0] = 0;
	sdpu_ctl_reset(&card.ctl);
	EXPECT(did(""));
	EXPECT(dev_create(F_ALL, 4) == OK);
	RESULT("a function reset takes the device, if there is one");
}

static void test_suspend(void)
{
	enter(RUN);
	EXPECT(plain(0x0105) == OK && did("run(0) "));
	EXPECT(plain(0x0105) == STATE && did(""));
	EXPECT(queue_create(0, 64) == OK);
	EXPECT(queue_op(0x0202, 0, 1) == OK);
	EXPECT(queue_op(0x0203, 0, 0) == OK);
	EXPECT(queue_op(0x0201, 0, 0) == OK);
	EXPECT(plain(0x0106) == OK && did("run(1) "));
	EXPECT(plain(0x0106) == STATE && did(""));
	RESULT("SUSPEND stops, RESUME goes on; queues can be changed in between");
}

static u16 dev_set(const u8 *mac, u16 valid)
{
	begin(0x0102, 8);
	memcpy(card.cmd + IN, mac, 6);
	put(IN + 6, 2, valid);
	return execute();
}

static void test_dev_set(void)
{
	static const u8 zero[6], multicast[] = { 0x33, 0x33, 0, 0, 0, 1 };

	enter(RUN);
	EXPECT(dev_set(card_mac, 1) == OK && did("dev_set_mac(52:44:50:55:03:07) "));
	EXPECT(dev_set(card_mac, 0) == RESERVED && did(""));
	EXPECT(dev_set(card_mac, 2) == RESERVED && did(""));
	EXPECT(dev_set(zero, 1) == PARAM && did(""));
	EXPECT(dev_set(multicast, 1) == PARAM && did(""));
	card.answer = MAC_IN_USE;
	EXPECT(dev_set(card_mac, 1) == MAC_IN_USE);
	RESULT("DEV_SET sets the address, and nothing but an address");

	enter(NONE);
	must(dev_create(F_BASE, 1));
	EXPECT(dev_set(card_mac, 1) == FEATURES && did(""));
	RESULT("DEV_SET wants the device to offer MAC");
}

int main(void)
{
	test_identify();
	test_stats();
	test_dev_create();
	test_features();
	test_features_set();
	test_status();
	test_reset();
	test_suspend();
	test_dev_set();
	return tap_done();
}
