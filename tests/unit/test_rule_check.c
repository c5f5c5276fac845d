// SPDX-License-Identifier: GPL-2.0-only
/* Rules of switchdev mode (sim/rule.c): which of them a card takes. */
#include "expect.h"
#include "rulebytes.h"

static void test_check(void)
{
	unsigned int i, bit;

	rule_new(TOTAL_VFS);
	EXPECT(check() == ST_OK);
	rule_new(TOTAL_VFS + 1);
	EXPECT(check() == ST_INDEX);
	rule_new(0);
	*raw(72) = 0xfe;
	EXPECT(check() == ST_PARAM);
	RESULT("a rule is for one port, which there is");

	for (i = 2; i < 64; i++) {
		rule_new(1);
		*raw(8 + i) = 0x10;
		EXPECT(check() == ST_PARAM);
		*raw(72 + i) = 0x30;
		EXPECT(check() == (i < 62 ? ST_OK : ST_RESERVED));
	}
	RESULT("the key has no bits that its mask has not");

	rule_new(1);
	for (i = 0; i < 32; i++)
		action(i, HOST, 0, 0, 0, 0);
	EXPECT(check() == ST_OK);
	*raw(4) = 33;
	EXPECT(check() == ST_PARAM);
	*raw(4) = 31;
	EXPECT(check() == ST_RESERVED);
	*raw(4) = 32;
	*raw(6) = 1;
	EXPECT(check() == ST_RESERVED);
	RESULT("up to 32 actions, and nothing behind");

	for (i = 0; i < 256; i++) {
		rule_new(1);
		action(0, i, 0, i == OUTPUT ? 2 : 0, 0, i == GOTO);
		EXPECT(check() == (i >= OUTPUT && i < ACTIONS && i != PUSH ? ST_OK : ST_PARAM));
	}
	rule_new(1);
	action(0, OUTPUT, 0, 1, 0, 0);
	EXPECT(check() == ST_INDEX);
	action(0, OUTPUT, 0, TOTAL_VFS + 1, 0, 0);
	EXPECT(check() == ST_INDEX);
	action(0, OUTPUT, 0, 0, 0, 0);
	EXPECT(check() == ST_OK);
	RESULT("an action is known, and sends frames to a port that they do not come from");

	for (i = HOST; i < ACTIONS; i++) {
		for (bit = 8; bit < 128; bit++) {
			bool used = (i == PUSH && bit >= 32 && bit < 64) ||
				    (i == SET && bit >= 48 && bit < 96) ||
				    (i == REWRITE && (bit < 32 || bit >= 64)) ||
				    ((i == GOTO || i == GOTO_SHARED) && bit >= 96) ||
				    (i == CT && bit >= 16 && bit < 32);

			rule_new(1);
			action(0, i, 0, 0, 0, 0);
			if (i == PUSH)
				tag(0, 0x8100, 0);
			*raw(136 + bit / 8) ^= 1 << bit % 8;
			EXPECT(used || check() == ST_RESERVED);
		}
	}
	RESULT("an action says nothing that it has no use for");

	rule_new(1);
	for (i = 0; i < 3; i++) {
		EXPECT(check() == ST_OK);
		action(i, PUSH, 0, 0, 0, 0);
		tag(i, i ? 0x8100 : 0x88a8, 0x0fff);
	}
	EXPECT(check() == ST_PARAM);
	rule_new(1);
	action(0, PUSH, 0, 0, 0, 0);
	tag(0, 0x0800, 1);
	EXPECT(check() == ST_PARAM);
	action(0, SET, 0, 0, 0x10000, 0);
	EXPECT(check() == ST_PARAM);
	RESULT("two tags at most, of the two types");
}

/* A rule of the connections of zone 0x0102. */
static void connection_new(void)
{
	memset(&rule, 0, sizeof(rule));
	*raw(648) = *raw(658) = 2;
	*raw(649) = *raw(659) = 1;
	*raw(652) = 1;
	*raw(656) = 1;
}

static void test_check_tables(void)
{
	static const u8 leads[] = { TTL_DEC, CT, GOTO, GOTO_SHARED }, sends[] = { OUTPUT, HOST };
	unsigned int i, j;

	for (i = 1; i < 256; i++) {
		rule_new(1);
		*raw(652) = i;
		EXPECT(check() == ST_PARAM);
	}
	for (i = 653; i < 656; i++) {
		rule_new(1);
		*raw(i) = 0x80;
		EXPECT(check() == ST_RESERVED);
	}
	rule_new(1);
	memset(raw(648), 0xff, 4);
	EXPECT(check() == ST_OK);
	connection_new();
	memset(raw(648), 0, 56);
	*raw(652) = 2;
	action(0, OUTPUT, 0, 0, 0, 0);
	EXPECT(check() == ST_OK);
	action(0, OUTPUT, 0, TOTAL_VFS + 1, 0, 0);
	EXPECT(check() == ST_INDEX);
	for (i = 3; i < 256; i++) {
		*raw(652) = i;
		EXPECT(check() == ST_PARAM);
	}
	RESULT("any number is one of a chain, of a port or shared, and there are three kinds of tables");

	for (i = 656; i < 680; i++) {
		rule_new(1);
		*raw(i) = 0x08;
		EXPECT(check() == (i == 657 ? ST_RESERVED : ST_PARAM));
		*raw(i) = 0;
		*raw(i + 24) = 0x18;
		EXPECT(check() == (i == 657 ? ST_RESERVED : ST_OK));
		*raw(i) = 0x08;
		EXPECT(check() == (i == 657 ? ST_RESERVED : ST_OK));
	}
	RESULT("what a connection must be like has no bits that its mask has not");

	rule_new(1);
	action(0, GOTO, 0, 0, 0, 0);
	EXPECT(check() == ST_PARAM);
	action(0, GOTO, 0, 0, 0, 7);
	EXPECT(check() == ST_OK);
	action(1, POP, 0, 0, 0, 0);
	EXPECT(check() == ST_PARAM);
	RESULT("nothing comes behind going on, and nobody goes on to where frames come in");

	for (i = 0; i < 4; i++) {
		for (j = 0; j < 2; j++) {
			rule_new(1);
			action(0, sends[j], 0, 0, 0, 0);
			action(1, leads[i], 0, 0, 0, leads[i] == GOTO);
			EXPECT(check() == ST_PARAM);
			if (leads[i] == GOTO || leads[i] == GOTO_SHARED)
				continue;
			rule_new(1);
			action(0, leads[i], 0, 0, 0, 0);
			action(1, sends[j], 0, 0, 0, 0);
			EXPECT(check() == ST_OK);
		}
	}
	RESULT("what was sent somewhere does not go back to where it came in");

	connection_new();
	EXPECT(check() == ST_OK);
	*raw(650) = 1;
	EXPECT(check() == ST_PARAM);
	connection_new();
	*raw(658) = 3;
	EXPECT(check() == ST_PARAM);
	for (i = 0; i < 256; i++) {
		connection_new();
		*raw(656) = i;
		EXPECT(check() == (i & 1 && i < 16 ? ST_OK : ST_PARAM));
	}
	for (i = 680; i < 704; i++) {
		connection_new();
		*raw(i) = 1;
		EXPECT(check() == ST_RESERVED);
	}
	connection_new();
	*raw(72) = 1;
	EXPECT(check() == ST_PARAM);
	RESULT("a connection is of its zone, in a state, and of all ports");

	for (i = 0; i < ACTIONS; i++) {
		connection_new();
		action(0, i, i == REWRITE ? IPV4 : 0, i == REWRITE ? 12 : i == OUTPUT, 0,
		       i == GOTO);
		EXPECT(check() == (i == REWRITE ? ST_OK : ST_PARAM));
	}
	RESULT("it changes headers, and does nothing else");
}

static void test_check_rewrite(void)
{
	/* bits that may change, word by word */
	static const u32 may[][11] = {
		[ETH] = { ~0u, ~0u, ~0u },
		[IPV4] = { 0x00ff0000, 0, 0xff000000, ~0u, ~0u },
		[IPV6] = { 0x0fffffff, 0xff, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u },
		[TCP] = { ~0u },
		[UDP] = { ~0u },
	};
	unsigned int header, word, bit, arg;

	for (header = ETH; header <= UDP; header++) {
		for (word = 0; word < 11; word++) {
			for (bit = 0; bit < 32; bit++) {
				rule_new(1);
				action(0, REWRITE, header, 4 * word, 1u << bit, 0);
				EXPECT(check() ==
				       (may[header][word] >> bit & 1 ? ST_OK : ST_PARAM));
			}
		}
		for (arg = 0; arg <= 0xffff; arg++) {
			rule_new(1);
			action(0, REWRITE, header, arg, 1, 0);
			EXPECT((arg < 44 && !(arg & 3)) || check() == ST_PARAM);
		}
	}
	for (header = UDP + 1; header < 256; header++) {
		rule_new(1);
		action(0, REWRITE, header, 0, 1, 0);
		EXPECT(check() == ST_PARAM);
	}
	RESULT("what must not change in a header cannot be rewritten");
}

int main(void)
{
	test_check();
	test_check_tables();
	test_check_rewrite();
	return tap_done();
}
