// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control processor (sim/ctl.c), what all commands have in common: for each
 * opcode, each function type, each state of the device and each mistake that
 * needs no knowledge of the command. The table is that of
 * Documentation/control-path.rst, "Opcodes". And the example at its end.
 */
#include <linux/array_size.h>

#include "ctlcard.h"
#include "ctldoc.h"
#include "tap.h"

/* A field of the input of which some bits must be zero. */
struct zero {
	u8 at;
	u8 bytes;
	u64 mask;
};

/**
 * struct row - what the specification says of an opcode
 * @name: of the opcode
 * @opcode: its number
 * @in: bytes of input
 * @out: bytes of output
 * @types: function types that have it, a bit each
 * @states: of the device, in which it is allowed
 * @buf: it has an out-of-line output
 * @prepare: what must be there for it to succeed in @state
 * @fill: make the input a good one
 * @zero: reserved fields and bits of the input
 */
struct row {
	const char *name;
	u16 opcode;
	u16 in, out;
	unsigned int types;
	unsigned int states;
	bool buf;
	void (*prepare)(unsigned int state);
	void (*fill)(void);
	struct zero zero[4];
};

static void with_features(unsigned int state)
{
	if (state != SETUP)
		return;
	must(features_set(F_ALL));
	must(status_set(11));
}

static void with_queue(unsigned int state)
{
	with_features(state);
	must(queue_create(0, 256));
}

static void fill_stats(void)
{
	put(8, 8, 0x123456000ull);
	put(IN + 4, 4, 96);
}

static void fill_dev_create(void)
{
	put(IN, 8, F_ALL);
	put(IN + 16, 2, 1);
}

static void fill_dev_set(void)
{
	put_mac(IN);
	put(IN + 6, 2, 1);
}

static void fill_features(void)
{
	put(IN, 8, F_ALL);
}

static void fill_queue_create(void)
{
	put(IN, 2, 1);
	put(IN + 4, 4, 256);
}

static void fill_last(void)
{
	put(IN + 16, 8, 0xfff);
}

static void fill_mac(void)
{
	put_mac(IN);
}

static void fill_vf(void)
{
	put(IN, 2, CARD_TOTAL_VFS);
}

static void fill_group(void)
{
	put(IN, 2, CARD_RATE_GROUPS);
}

/* Only of a port: it drops what comes along the wire. */
static void fill_rule(void)
{
	memset(card.mem, 0, sizeof(card.mem));
	card.mem[72] = 0xff;
	card.mem[73] = 0xff;
	put(8, 8, CARD_MEM);
	put(IN, 4, CARD_MAX_RULES - 1);
	put(IN + 4, 4, 648);
}

static const struct row rows[] = {
	{ "IDENTIFY", 0x0001, 0, 48, 3, ANY, false, NULL, NULL, {} },
	{ "STATS", 0x0002, 8, 0, 3, ANY, true, NULL, fill_stats, {} },
	{ "DEV_CREATE", 0x0100, 24, 0, 2, NONE, false, NULL, fill_dev_create,
	  { { 18, 2, 0xfffc }, { 20, 4, ~0u } } },
	{ "DEV_DESTROY", 0x0101, 0, 0, 2, DEV, false, NULL, NULL, {} },
	{ "DEV_SET", 0x0102, 8, 0, 2, SETUP | RUN, false, NULL, fill_dev_set,
	  { { 6, 2, 0xfffe } } },
	{ "FEATURES_SET", 0x0103, 8, 0, 2, SETUP, false, NULL, fill_features, {} },
	{ "STATUS_SET", 0x0104, 8, 8, 2, DEV, false, NULL, NULL, { { 1, 7, ~0ull >> 8 } } },
	{ "SUSPEND", 0x0105, 0, 0, 2, RUN, false, NULL, NULL, {} },
	{ "RESUME", 0x0106, 0, 0, 2, SUSPENDED, false, NULL, NULL, {} },
	{ "QUEUE_CREATE", 0x0200, 48, 0, 2, DEV, false, with_features, fill_queue_create,
	  { { 2, 2, 0xfffe }, { 36, 8, ~0ull }, { 44, 4, ~0u } } },
	{ "QUEUE_DESTROY", 0x0201, 8, 8, 2, DEV, false, with_queue, NULL,
	  { { 2, 2, 0xffff }, { 4, 4, ~0u } } },
	{ "QUEUE_ENABLE", 0x0202, 8, 0, 2, DEV, false, with_queue, NULL,
	  { { 2, 2, 0xfffe }, { 4, 4, ~0u } } },
	{ "QUEUE_QUERY", 0x0203, 8, 8, 2, DEV, false, with_queue, NULL,
	  { { 2, 2, 0xffff }, { 4, 4, ~0u } } },
	{ "AS_SET", 0x0300, 16, 0, 2, ANY, false, NULL, NULL, { { 4, 4, ~0u } } },
	{ "AS_INVALIDATE", 0x0301, 24, 0, 2, ANY, false, NULL, fill_last,
	  { { 2, 6, ~0ull >> 16 } } },
	{ "GROUP_SET", 0x0302, 8, 0, 2, SETUP, false, NULL, NULL, { { 4, 4, ~0u } } },
	{ "PORT_SET", 0x0400, 16, 0, 1, NONE, false, NULL, fill_mac,
	  { { 8, 2, 0xfff8 }, { 10, 2, 0xfff8 }, { 12, 4, ~0u } } },
	{ "PORT_FILTER", 0x0401, 8, 0, 1, NONE, false, NULL, fill_mac, { { 6, 2, 0xfffe } } },
	{ "VF_LINK", 0x0402, 8, 0, 1, NONE, false, NULL, fill_vf, { { 4, 4, ~0u } } },
	{ "ESWITCH", 0x0403, 8, 0, 1, NONE, false, NULL, NULL, { { 2, 6, ~0ull >> 16 } } },
	{ "VF_MAC", 0x0404, 8, 0, 1, NONE, false, NULL, fill_vf, {} },
	{ "VF_RATE", 0x0405, 24, 0, 1, NONE, false, NULL, fill_vf, { { 4, 4, ~0u } } },
	{ "GROUP_RATE", 0x0406, 16, 0, 1, NONE, false, NULL, fill_group,
	  { { 2, 6, ~0ull >> 16 } } },
	{ "VF_POLICY", 0x0407, 8, 0, 1, NONE, false, NULL, fill_vf,
	  { { 2, 2, 0xfff8 }, { 6, 2, 0xffff } } },
	{ "RULE_ADD", 0x0500, 8, 0, 1, NONE, true, NULL, fill_rule, {} },
	{ "RULE_DEL", 0x0501, 8, 0, 1, NONE, false, NULL, NULL, { { 4, 4, ~0u } } },
	{ "RULE_STATS", 0x0502, 8, 24, 1, NONE, false, NULL, NULL, { { 4, 4, ~0u } } },
};

static const char *wrong;

/* The first thing that is wrong in a test, with what was being tried. */
#define EXPECT(cond, ...) do { \
	if (!(cond) && !wrong) { \
		wrong = #cond; \
		printf("#   %s:%d: %s; ", __FILE__, __LINE__, #cond); \
		printf(__VA_ARGS__); \
		putchar('\n'); \
	} \
} while (0)

static void result(const char *what, const char *name)
{
	tap_ok(!wrong, "%s %s", name, what);
	wrong = NULL;
}

/* A device in @state and the command, ready to be executed. */
static void good(const struct row *row, unsigned int state)
{
	enter(state);
	if (!(row->types & 2))
		card_new(PF);
	if (row->prepare && (row->states & state))
		row->prepare(state);
	begin(row->opcode, row->in);
	if (row->fill)
		row->fill();
}

/* Any state in which @row is allowed. */
static unsigned int allowed(const struct row *row)
{
	return row->states & -row->states;
}

static bool all_zero(const u8 *from, unsigned int bytes)
{
	while (bytes--)
		if (*from++)
			return false;
	return true;
}

/* What each completion must look like, its status apart. */
static bool cqe_ok(u16 len)
{
	return get(card.cqe, 4) == get(card.cmd, 4) && get(card.cqe + 6, 2) == len &&
	       all_zero(card.cqe + 12, 4) && all_zero(OUT + len, 48 - len);
}

/* Execute. Refused with @want, nothing happened, nothing is told. */
static bool refused(u16 want)
{
	struct sdpu_ctl before = card.ctl;
	u16 got = execute();

	if (got == want && !card.called[0] && !memcmp(&before, &card.ctl, sizeof(before)) &&
	    cqe_ok(0))
		return true;
	if (!wrong)
		printf("#   status %u, want %u; called: %s\n", got, want, card.called);
	return false;
}

static void test_states(const struct row *row)
{
	unsigned int state;

	for (state = NONE; state <= SUSPENDED; state <<= 1) {
		if (!(row->types & 2) && state != NONE)
			continue;
		good(row, state);
		if (row->states & state) {
			EXPECT(execute() == OK, "state %u: status %llu", state,
			       (unsigned long long)get(card.cqe + 4, 2));
			EXPECT(cqe_ok(row->out), "state %u", state);
		} else {
			EXPECT(refused(STATE), "state %u", state);
		}
	}
	result("works in the states that the specification gives, and in no other", row->name);
}

static void test_type(const struct row *row)
{
	unsigned int type;

	for (type = PF; type <= VF; type++) {
		if (row->types & 1 << type)
			continue;
		good(row, NONE);
		card_new(type);
		EXPECT(refused(OPCODE), "type %u", type);
	}
	result("is unknown to functions of the other type, if it is not for both", row->name);
}

static void test_length(const struct row *row)
{
	unsigned int len;

	good(row, allowed(row));
	for (len = 0; len <= 0xffff; len++) {
		put(6, 2, len);
		if (len != row->in)
			EXPECT(refused(LENGTH), "length %u", len);
	}
	result("wants its input to have one size", row->name);
}

static void test_version(const struct row *row)
{
	unsigned int version;

	good(row, allowed(row));
	for (version = 0; version <= 0xff; version++) {
		put(4, 1, version);
		if (version != 1)
			EXPECT(refused(VERSION), "version %u", version);
	}
	result("is of version 1", row->name);
}

/* Every bit of the command that must be zero, one at a time. */
static void test_reserved(const struct row *row)
{
	unsigned int bit, i;

	good(row, allowed(row));
	for (bit = 0; bit < 64 * 8; bit++) {
		unsigned int at = bit / 8;
		bool zero = at == 5 || at >= IN + row->in || (at >= 8 && at < 16 && !row->buf);

		for (i = 0; i < 4; i++)
			if (bit >= 8u * (IN + row->zero[i].at) &&
			    bit < 8u * (IN + row->zero[i].at + row->zero[i].bytes))
				zero |= row->zero[i].mask >> (bit - 8 * (IN + row->zero[i].at)) & 1;
		if (!zero)
			continue;
		card.cmd[at] ^= 1 << bit % 8;
		EXPECT(refused(RESERVED), "byte %u bit %u", at, bit % 8);
		card.cmd[at] ^= 1 << bit % 8;
	}
	/* it was these bits, and nothing else, that it did not like */
	EXPECT(execute() == OK, "no reserved bit");
	result("has reserved fields and bits, and looks at each", row->name);
}

/* Which mistake is told if there are several. */
static void test_precedence(const struct row *row)
{
	unsigned int state = row->states == ANY || !(row->types & 2) ? 0 : ANY & ~row->states;
	bool mistyped = row->types != 3;

	good(row, state ? state & -state : allowed(row));
	put(5, 1, 1);
	put(6, 2, row->in + 1);
	put(4, 1, 2);
	if (mistyped) {
		card.ctl.type = !card.ctl.type;
		EXPECT(refused(OPCODE), "all is wrong");
		card.ctl.type = !card.ctl.type;
	}
	EXPECT(refused(VERSION), "version, length, reserved, state");
	put(4, 1, 1);
	EXPECT(refused(LENGTH), "length, reserved, state");
	put(6, 2, row->in);
	EXPECT(refused(RESERVED), "reserved, state");
	put(5, 1, 0);
	if (state)
		EXPECT(refused(STATE), "state");
	result("has its mistakes found in the order of the specification", row->name);
}

static void test_unknown(void)
{
	unsigned int opcode, type, i, found = 0;

	for (type = PF; type <= VF; type++) {
		for (opcode = 0; opcode <= 0xffff; opcode++) {
			for (i = 0; i < ARRAY_SIZE(rows); i++)
				if (rows[i].opcode == opcode)
					break;
			if (i < ARRAY_SIZE(rows)) {
				found++;
				continue;
			}
			if (opcode == 0 || type == PF)
				card_new(type);
			begin(opcode, 0);
			EXPECT(refused(OPCODE), "opcode %#x", opcode);
		}
	}
	EXPECT(found == 54, "%u opcodes", found);
	result("opcode that the specification does not have is refused", "any");
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		test_states(&rows[i]);
		test_type(&rows[i]);
		test_length(&rows[i]);
		test_version(&rows[i]);
		test_reserved(&rows[i]);
		test_precedence(&rows[i]);
	}
	test_unknown();
	test_doc();
	return tap_done();
}
