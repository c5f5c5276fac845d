// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands of the control virtqueue (sim/cvqcmd.c), from virtio 1.3, 5.1.6.5,
 * with its numbers. Every command lies in a buffer of its exact size, so that
 * the sanitizer sees a byte too many being read.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/array_size.h>

#include "../../sim/cvqcmd.h"

#define F(bit)		(1ull << (bit))
#define F_OFFLOADS	F(2)
#define F_CTRL_RX	F(18)
#define F_CTRL_VLAN	F(19)
#define F_RX_EXTRA	F(20)
#define F_MQ		F(22)
#define F_MAC_ADDR	F(23)
#define F_RSS		F(60)
#define F_HASH_REPORT	F(57)
#define F_STATS		F(50)
#define F_VQ_COAL	F(52)
#define F_COAL		F(53)
#define F_ALL		(F_OFFLOADS | F_CTRL_RX | F_CTRL_VLAN | F_RX_EXTRA | F_MQ | F_MAC_ADDR | \
			 F_RSS | F_HASH_REPORT | F_STATS | F_VQ_COAL | F_COAL)

#define SWITCHABLE	(F(1) | F(7) | F(8) | F(54))	/* offloads of the device */
#define PAIRS		64u
#define CVQ		(2 * PAIRS)

enum { ACK_OK, ACK_ERR };

/* What was called, with which arguments, and what it says. */
static char called[4096];
static u8 answer;

__attribute__((format(printf, 1, 2)))
static void call(const char *fmt, ...)
{
	size_t at = strlen(called);
	va_list args;

	va_start(args, fmt);
	vsnprintf(called + at, sizeof(called) - at, fmt, args);
	va_end(args);
}

static void call_mac(const u8 *mac)
{
	call(" %02x%02x%02x%02x%02x%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static u8 rx_mode(void *priv, u8 mode, bool on)
{
	call("rx_mode %u %u;", mode, on);
	return answer;
}

static u8 mac_table(void *priv, const u8 *uni, u32 num_uni, const u8 *multi, u32 num_multi)
{
	u32 i;

	call("mac_table %u", num_uni);
	for (i = 0; i < num_uni; i++)
		call_mac(uni + 6 * i);
	call(" %u", num_multi);
	for (i = 0; i < num_multi; i++)
		call_mac(multi + 6 * i);
	call(";");
	return answer;
}

static u8 mac_addr(void *priv, const u8 *mac)
{
	call("mac_addr");
	call_mac(mac);
	call(";");
	return answer;
}

static u8 vlan(void *priv, u16 vid, bool add)
{
	call("vlan %u %u;", vid, add);
	return answer;
}

static u8 mq_pairs(void *priv, u16 pairs)
{
	call("mq_pairs %u;", pairs);
	return answer;
}

static u8 rss(void *priv, const struct sdpu_rss_attrs *attrs)
{
	unsigned int i;

	call("%s %#x %u [", attrs->table ? "rss" : "hash", attrs->types, attrs->unclassified);
	for (i = 0; attrs->table && i <= attrs->mask; i++)
		call(" %u", sdpu_rss_attrs_entry(attrs, i));
	call(" ] %u ", attrs->max_tx);
	for (i = 0; i < attrs->key_len; i++)
		call("%02x", attrs->key[i]);
	call(";");
	return answer;
}

static u8 offloads(void *priv, u64 wanted)
{
	call("offloads %#llx;", (unsigned long long)wanted);
	return answer;
}

static u8 announce_ack(void *priv)
{
	call("announce_ack;");
	return answer;
}

static u8 coal_all(void *priv, bool tx, struct sdpu_coal coal)
{
	call("coal %s %u %u;", tx ? "tx" : "rx", coal.max_packets, coal.max_usecs);
	return answer;
}

static u8 coal_set(void *priv, u16 index, struct sdpu_coal coal)
{
	call("coal %u %u %u;", index, coal.max_packets, coal.max_usecs);
	return answer;
}

static u8 coal_get(void *priv, u16 index, struct sdpu_coal *coal)
{
	call("coal? %u;", index);
	*coal = (struct sdpu_coal){ .max_packets = 0x01020304, .max_usecs = 0x05060708 };
	return answer;
}

static u8 stats(void *priv, u16 index, struct sdpu_ctrl_queue_stats *to)
{
	__le64 *word = (__le64 *)to;
	unsigned int i;

	call("stats %u;", index);
	for (i = 0; i < sizeof(*to) / sizeof(*word); i++)
		word[i] = htole64(1000ull << i);
	return answer;
}

static const struct sdpu_cvqcmd_ops ops = {
	.rx_mode = rx_mode,
	.mac_table = mac_table,
	.mac_addr = mac_addr,
	.vlan = vlan,
	.mq_pairs = mq_pairs,
	.rss = rss,
	.offloads = offloads,
	.announce_ack = announce_ack,
	.coal_all = coal_all,
	.coal_set = coal_set,
	.coal_get = coal_get,
	.stats = stats,
};

static struct sdpu_cvqcmd_dev dev = {
	.ops = &ops,
	.features = F_ALL,
	.offloads = SWITCHABLE,
	.max_vqp = PAIRS,
	.cvq = CVQ,
};

#define EXPECT_CONTEXT	called
#include "expect.h"

/* What the command has answered. */
static u8 result[8192];
static u32 result_len;

static u8 execute_in(const void *bytes, u32 len, u32 room)
{
	struct sdpu_cvqcmd_result res = { .buf = malloc(room), .room = room, .len = ~0u };
	u8 *copy = malloc(len);
	u8 ack;

	if (len)
		memcpy(copy, bytes, len);
	called[0] = 0;
	ack = sdpu_cvqcmd_execute(&dev, copy, len, &res);
	result_len = res.len;
	EXPECT(res.len <= room);
	if (res.len <= room)
		memcpy(result, res.buf, res.len);
	free(copy);
	free(res.buf);
	return ack;
}

static u8 execute(const void *bytes, u32 len)
{
	return execute_in(bytes, len, sizeof(result));
}

static bool did(const char *calls)
{
	return !strcmp(called, calls);
}

static bool refused(const void *bytes, u32 len)
{
	return execute(bytes, len) == ACK_ERR && did("") && !result_len;
}

/**
 * struct row - a command
 * @name: in the specification
 * @feature: that it needs
 * @len: of @bytes
 * @bytes: class, command, body
 * @calls: what it calls
 */
static const struct row {
	const char *name;
	u64 feature;
	u32 len;
	u8 bytes[32];
	const char *calls;
} rows[] = {
	{ "RX_PROMISC", F_CTRL_RX, 3, { 0, 0, 1 }, "rx_mode 0 1;" },
	{ "RX_ALLMULTI", F_CTRL_RX, 3, { 0, 1, 0 }, "rx_mode 1 0;" },
	{ "RX_ALLUNI", F_RX_EXTRA, 3, { 0, 2, 1 }, "rx_mode 2 1;" },
	{ "RX_NOMULTI", F_RX_EXTRA, 3, { 0, 3, 0 }, "rx_mode 3 0;" },
	{ "RX_NOUNI", F_RX_EXTRA, 3, { 0, 4, 1 }, "rx_mode 4 1;" },
	{ "RX_NOBCAST", F_RX_EXTRA, 3, { 0, 5, 0 }, "rx_mode 5 0;" },
	{ "MAC_TABLE_SET", F_CTRL_RX, 28,
	  { 1, 0, 1, 0, 0, 0, 2, 3, 4, 5, 6, 7,
	    2, 0, 0, 0, 0x33, 0x33, 1, 2, 3, 4, 1, 0, 0x5e, 7, 8, 9 },
	  "mac_table 1 020304050607 2 333301020304 01005e070809;" },
	{ "MAC_ADDR_SET", F_MAC_ADDR, 8, { 1, 1, 2, 3, 4, 5, 6, 7 }, "mac_addr 020304050607;" },
	{ "VLAN_ADD", F_CTRL_VLAN, 4, { 2, 0, 0x34, 0x02 }, "vlan 564 1;" },
	{ "VLAN_DEL", F_CTRL_VLAN, 4, { 2, 1, 0xff, 0x0f }, "vlan 4095 0;" },
	{ "MQ_VQ_PAIRS_SET", F_MQ, 4, { 4, 0, 3, 0 }, "mq_pairs 3;" },
	{ "MQ_RSS_CONFIG", F_RSS, 21,
	  { 4, 1, 0x3f, 0, 0, 0, 1, 0, 5, 0, 2, 0, 63, 0, 4, 0, 4, 0xde, 0xad, 0xbe, 0xef },
	  "rss 0x3f 5 [ 2 63 ] 4 deadbeef;" },
	{ "MQ_HASH_CONFIG", F_HASH_REPORT, 19,
	  { 4, 2, 0x3f, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 4,
	    0xde, 0xad, 0xbe, 0xef }, "hash 0x13f 0 [ ] 0 deadbeef;" },
	{ "GUEST_OFFLOADS_SET", F_OFFLOADS, 10, { 5, 0, 0x82, 1 }, "offloads 0x182;" },
	{ "NOTF_COAL_TX_SET", F_COAL, 10, { 6, 0, 1, 2, 0, 0, 3, 4 }, "coal tx 513 1027;" },
	{ "NOTF_COAL_RX_SET", F_COAL, 10, { 6, 1, 0xff, 0xff, 0xff, 0xff, 0x40, 0x42, 0xf },
	  "coal rx 4294967295 1000000;" },
	{ "NOTF_COAL_VQ_SET", F_VQ_COAL, 14, { 6, 2, 127, 0, 9, 9, 4, 0, 0, 0, 5 },
	  "coal 127 4 5;" },
};

static void test_row(const struct row *row)
{
	/* Linux 7.2 adds a byte: nothing after the key matters */
	bool open_end = row->feature & (F_RSS | F_HASH_REPORT);
	u8 longer[64];
	u32 len;

	EXPECT(execute(row->bytes, row->len) == ACK_OK && did(row->calls));
	dev.features = row->feature;
	EXPECT(execute(row->bytes, row->len) == ACK_OK && did(row->calls));
	dev.features = ~row->feature;
	EXPECT(refused(row->bytes, row->len));
	dev.features = F_ALL;
	RESULT("%s is executed if its feature was negotiated", row->name);

	for (len = 0; len < row->len; len++)
		EXPECT(refused(row->bytes, len));
	memset(longer, 0, sizeof(longer));
	memcpy(longer, row->bytes, row->len);
	for (len = row->len + 1; len <= sizeof(longer); len++)
		EXPECT(open_end ? !execute(longer, len) && did(row->calls) :
				      refused(longer, len));
	RESULT("%s has %s length", row->name, open_end ? "a least" : "one");

	answer = ACK_ERR;
	EXPECT(execute(row->bytes, row->len) == ACK_ERR && did(row->calls));
	answer = ACK_OK;
	RESULT("%s fails if the device cannot do it", row->name);
}

static bool has_own_test(u8 class, u8 command)
{
	return (class == 3 && command == 0) || (class == 6 && command == 3) ||
	       (class == 8 && command <= 1);
}

static void test_unknown(void)
{
	unsigned int class, command, i;
	u8 bytes[32] = { 0 };
	u32 len;

	for (class = 0; class <= 0xff; class++) {
		for (command = 0; command <= 0xff; command++) {
			for (i = 0; i < ARRAY_SIZE(rows); i++)
				if (rows[i].bytes[0] == class && rows[i].bytes[1] == command)
					break;
			if (i < ARRAY_SIZE(rows) || has_own_test(class, command))
				continue;
			bytes[0] = class;
			bytes[1] = command;
			bytes[2] = 1;
			for (len = 2; len < 16; len++)
				EXPECT(refused(bytes, len));
		}
	}
	RESULT("every other class and command is refused");
}

/* A command whose body is a number of @bytes bytes. */
static u8 number(u8 class, u8 command, u64 value, unsigned int bytes)
{
	u8 cmd[10] = { class, command };
	unsigned int i;

	for (i = 0; i < bytes; i++)
		cmd[2 + i] = value >> 8 * i;
	return execute(cmd, 2 + bytes);
}

static void test_bounds(void)
{
	static const u8 zero[] = { 1, 1, 0, 0, 0, 0, 0, 0 };
	static const u8 small[] = { 1, 1, 0, 0, 0, 0, 0, 1 };
	static const u8 multicast[] = { 1, 1, 3, 4, 5, 6, 7, 8 };
	unsigned int i;

	for (i = 0; i <= 0xff; i++)
		EXPECT(number(0, 0, i, 1) == (i > 1) && did(i > 1 ? "" : i ? "rx_mode 0 1;" :
							    "rx_mode 0 0;"));
	RESULT("a receive mode is on or off");

	for (i = 0; i <= 0xffff; i++)
		EXPECT(number(2, 0, i, 2) == (i > 4095) && !called[0] == (i > 4095));
	RESULT("a VLAN id has 12 bits");

	for (i = 0; i <= 0xffff; i++)
		EXPECT(number(4, 0, i, 2) == (i < 1 || i > PAIRS) &&
		       !called[0] == (i < 1 || i > PAIRS));
	RESULT("queue pairs in use are 1 to as many as there are");

	for (i = 0; i < 64; i++)
		EXPECT(number(5, 0, F(i), 8) == !(SWITCHABLE & F(i)) &&
		       !called[0] == !(SWITCHABLE & F(i)));
	EXPECT(number(5, 0, 0, 8) == ACK_OK && did("offloads 0;"));
	EXPECT(number(5, 0, SWITCHABLE, 8) == ACK_OK && did("offloads 0x40000000000182;"));
	EXPECT(number(5, 0, SWITCHABLE | F(63), 8) == ACK_ERR && did(""));
	RESULT("offloads that the device cannot switch are refused");

	EXPECT(refused(zero, sizeof(zero)));
	EXPECT(refused(multicast, sizeof(multicast)));
	EXPECT(execute(small, sizeof(small)) == ACK_OK && did("mac_addr 000000000001;"));
	RESULT("the device's address is neither zero nor a multicast address");
}

static void put32(u8 *to, u32 value)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		to[i] = value >> 8 * i;
}

/* MAC_TABLE_SET with room for @uni and @multi addresses, which says @says_*. */
static u8 table(u32 uni, u32 says_uni, u32 multi, u32 says_multi)
{
	static u8 cmd[16 * 1024];
	u32 len = 2, i;

	cmd[0] = 1;
	cmd[1] = 0;
	put32(cmd + len, says_uni);
	for (len += 4, i = 0; i < 6 * uni; i++)
		cmd[len++] = 0xff;
	put32(cmd + len, says_multi);
	for (len += 4, i = 0; i < 6 * multi; i++)
		cmd[len++] = 0xff;
	return execute(cmd, len);
}

static void test_table(void)
{
	/* times 6 these are 2, 0 or little more, in 32 bits */
	static const u32 large[] = {
		0x2aaaaaab, 0x55555556, 0x80000000, 0xaaaaaaab, 0xffffffff, 0x10000,
	};
	unsigned int i, uni, multi, says;
	char want[32];

	EXPECT(table(0, 0, 0, 0) == ACK_OK && did("mac_table 0 0;"));
	EXPECT(table(1, 1, 0, 0) == ACK_OK && did("mac_table 1 ffffffffffff 0;"));
	EXPECT(table(0, 0, 1, 1) == ACK_OK && did("mac_table 0 1 ffffffffffff;"));
	for (uni = 0; uni <= 1024; uni += 128) {
		snprintf(want, sizeof(want), "mac_table %u", uni);
		EXPECT(table(uni, uni, 1024 - uni, 1024 - uni) == ACK_OK &&
		       !strncmp(called, want, strlen(want)));
	}
	RESULT("MAC_TABLE_SET takes lists of any length");

	for (uni = 0; uni < 8; uni++)
		for (multi = 0; multi < 8; multi++)
			for (says = 0; says < 16; says++) {
				EXPECT(table(uni, uni, multi, says) == (says != multi));
				EXPECT(!called[0] == (says != multi));
			}
	/* 0xff…ff is the next count, and that is too large */
	for (uni = 0; uni < 8; uni++)
		for (says = 0; says < 16; says++)
			EXPECT(table(uni, says, 0, 0) == (says != uni));
	RESULT("MAC_TABLE_SET has as many addresses as it says");

	for (i = 0; i < ARRAY_SIZE(large); i++) {
		EXPECT(table(4, large[i], 4, 4) == ACK_ERR && did(""));
		EXPECT(table(4, 4, 4, large[i]) == ACK_ERR && did(""));
	}
	RESULT("MAC_TABLE_SET cannot say more than there is, whatever that overflows");
}

/* RSS_CONFIG with a table of @mask + 1 entries, all of them @entry. */
static u8 scale(u32 types, u32 mask, u16 unclassified, u16 entry, u16 max_tx, u8 key_len)
{
	static u8 cmd[512 * 1024];
	u32 len = 10, i;

	cmd[0] = 4;
	cmd[1] = 1;
	put32(cmd + 2, types);
	put32(cmd + 6, mask | (u32)unclassified << 16);
	for (i = 0; i <= mask; i++) {
		cmd[len++] = entry;
		cmd[len++] = entry >> 8;
	}
	cmd[len++] = max_tx;
	cmd[len++] = max_tx >> 8;
	cmd[len++] = key_len;
	memset(cmd + len, 0x5a, key_len);
	return execute(cmd, len + key_len);
}

static u8 report(u32 types, u8 key_len)
{
	u8 cmd[15 + 255] = { 4, 2, [14] = key_len };

	put32(cmd + 2, types);
	return execute(cmd, 15 + key_len);
}

static void test_rss(void)
{
	u32 i;

	for (i = 0; i <= 0xffff; i++) {
		bool good = i == 0 || i == 1 || i == 3 || i == 7 || i == 15 || i == 31 || i == 63 ||
			    i == 127;

		EXPECT(scale(1, i, 0, 0, 1, 0) == !good && !called[0] == !good);
	}
	RESULT("an indirection table has 1, 2, 4 … 128 entries");

	for (i = 0; i <= 0xffff; i++) {
		EXPECT(scale(1, 3, i, 0, 1, 0) == (i >= PAIRS));
		EXPECT(scale(1, 3, 0, i, 1, 0) == (i >= PAIRS));
		EXPECT(scale(1, 3, 0, 0, i, 0) == (i < 1 || i > PAIRS));
	}
	RESULT("no queue of it is beyond those that there are");

	for (i = 0; i < 32; i++) {
		EXPECT(scale(1u << i, 0, 0, 0, 1, 0) == (i > 8));
		EXPECT(report(1u << i, 0) == (i > 8));
	}
	RESULT("hash types that nobody knows are refused");

	for (i = 0; i <= 0xff; i++) {
		EXPECT(scale(1, 0, 0, 0, 1, i) == (i > 40));
		EXPECT(report(1, i) == (i > 40));
	}
	RESULT("a hash key has up to 40 bytes");
}

static void test_announce(void)
{
	EXPECT(execute("\3\0", 2) == ACK_OK && did("announce_ack;") && !result_len);
	EXPECT(refused("\3\0\0", 3));
	dev.features = 0;
	EXPECT(execute("\3\0", 2) == ACK_OK && did("announce_ack;"));
	dev.features = F_ALL;
	RESULT("ANNOUNCE_ACK is taken from whoever sends it");
}

/* NOTF_COAL_VQ_SET or VQ_GET. */
static u8 coal_queue(u8 command, u16 index, u32 usecs, u32 len)
{
	u8 cmd[14] = { 6, command, index, index >> 8 };

	put32(cmd + 10, usecs);
	return execute(cmd, len);
}

static void test_coal(void)
{
	static const u8 answered[] = { 4, 3, 2, 1, 8, 7, 6, 5 };
	u32 i;

	for (i = 0; i <= 0xffff; i++) {
		EXPECT(coal_queue(2, i, 1, 14) == (i >= CVQ) && !called[0] == (i >= CVQ));
		EXPECT(coal_queue(3, i, 0, 6) == (i >= CVQ) && !called[0] == (i >= CVQ));
	}
	dev.cvq = 2;
	EXPECT(coal_queue(2, 2, 1, 14) == ACK_ERR && did(""));
	EXPECT(coal_queue(3, 2, 1, 6) == ACK_ERR && did(""));
	dev.cvq = CVQ;
	RESULT("calls are held back on queues with packets, not on others");

	EXPECT(coal_queue(2, 0, 1000000, 14) == ACK_OK);
	EXPECT(coal_queue(2, 0, 1000001, 14) == ACK_ERR && did(""));
	EXPECT(coal_queue(2, 0, 0xffffffff, 14) == ACK_ERR && did(""));
	RESULT("no longer than a second");

	for (i = 2; i <= 14; i++) {
		bool good = i == 6 || i == 14;

		EXPECT(coal_queue(3, 5, 0, i) == !good && !called[0] == !good);
		EXPECT(result_len == (good ? sizeof(answered) : 0));
	}
	EXPECT(coal_queue(3, 5, 0, 6) == ACK_OK && did("coal? 5;") &&
	       !memcmp(result, answered, sizeof(answered)));
	for (i = 0; i < 16; i++)
		EXPECT(execute_in("\6\3\5\0\0", 6, i) == (i < 8) && result_len == (i < 8 ? 0 : 8));
	dev.features = ~F_VQ_COAL;
	EXPECT(coal_queue(3, 5, 0, 6) == ACK_ERR && did(""));
	dev.features = F_ALL;
	answer = ACK_ERR;
	EXPECT(coal_queue(3, 5, 0, 6) == ACK_ERR && !result_len);
	answer = ACK_OK;
	RESULT("and NOTF_COAL_VQ_GET tells how long, if there is room");
}

/* STATS_GET for a queue, behind @at bytes of command. */
static u32 want(u8 *cmd, u32 at, u16 index, u64 types)
{
	memset(cmd + at, 0xee, 16);
	cmd[at] = index;
	cmd[at + 1] = index >> 8;
	put32(cmd + at + 8, types);
	put32(cmd + at + 12, types >> 32);
	return at + 16;
}

static u64 counter(u32 at)
{
	u64 value;

	memcpy(&value, result + at, sizeof(value));
	return le64toh(value);
}

/* A reply is that of @kind for queue @index. */
static bool reply(u32 at, u8 kind, u16 index, u16 size)
{
	const u8 hdr[8] = { kind, 0, index, index >> 8, 0, 0, size, size >> 8 };

	return at + size <= result_len && !memcmp(result + at, hdr, sizeof(hdr));
}

/* The counters of struct sdpu_ctrl_queue_stats that stats() has handed out, by their place. */
#define NTH(i)	(1000ull << (i))

static void test_stats(void)
{
	u8 cmd[2 + 3 * 16] = { 8, 1 };
	u32 i, bit;

	EXPECT(execute("\10\0", 2) == ACK_OK && result_len == 8 && counter(0) ==
	       (F(32) | F(0) | F(16)));
	EXPECT(refused("\10\0\0", 3));
	for (i = 0; i < 8; i++)
		EXPECT(execute_in("\10\0", 2, i) == ACK_ERR && !result_len);
	RESULT("STATS_QUERY says which counters there are");

	for (i = 0; i <= 0xffff; i++)
		for (bit = 0; bit <= 64; bit += 8) {
			u64 own = i == CVQ ? F(32) : i & 1 ? F(16) : F(0);
			u64 types = bit == 64 ? 0 : F(bit);
			bool good = i <= CVQ && !(types & ~own);

			EXPECT(execute(cmd, want(cmd, 2, i, types)) == !good);
			EXPECT(!!called[0] == (good && types));
			EXPECT(!!result_len == (good && types));
		}
	RESULT("a queue has counters of its kind, and no others");

	want(cmd, want(cmd, want(cmd, 2, 4, F(0)), 7, F(16)), CVQ, F(32));
	EXPECT(execute(cmd, sizeof(cmd)) == ACK_OK && did("stats 4;stats 7;stats 128;"));
	EXPECT(result_len == 56 + 56 + 24);
	EXPECT(reply(0, 0, 4, 56) && reply(56, 16, 7, 56) && reply(112, 32, CVQ, 24));
	/* kicks, packets, bytes, calls, all drops, drop_no_buffer */
	EXPECT(counter(8) == NTH(3) && counter(16) == NTH(0) && counter(24) == NTH(1));
	EXPECT(counter(32) == NTH(4) && counter(48) == NTH(7));
	EXPECT(counter(40) == NTH(7) + NTH(8) + NTH(9) + NTH(10) + NTH(11));
	/* the same, and drop_bad */
	EXPECT(counter(56 + 8) == NTH(3) && counter(56 + 32) == NTH(4) &&
	       counter(56 + 48) == NTH(10));
	/* commands, and those that were executed */
	EXPECT(counter(112 + 8) == NTH(0) && counter(112 + 16) == NTH(0) - NTH(10));
	RESULT("STATS_GET answers with the counters that everybody else sees");

	for (i = 2; i < sizeof(cmd); i++)
		EXPECT(execute(cmd, i) == !(i > 2 && i % 16 == 2) &&
		       !result_len == !(i > 2 && i % 16 == 2));
	for (i = 0; i < 136; i++)
		EXPECT(execute_in(cmd, sizeof(cmd), i) == ACK_ERR && !result_len);
	EXPECT(execute_in(cmd, sizeof(cmd), 136) == ACK_OK);
	dev.features = ~F_STATS;
	EXPECT(refused(cmd, sizeof(cmd)));
	EXPECT(refused("\10\0", 2));
	dev.features = F_ALL;
	answer = ACK_ERR;
	EXPECT(execute(cmd, sizeof(cmd)) == ACK_ERR && did("stats 4;") && !result_len);
	answer = ACK_OK;
	RESULT("whole or not at all, and only with room for all of it");
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		test_row(&rows[i]);
	test_unknown();
	test_bounds();
	test_table();
	test_rss();
	test_announce();
	test_coal();
	test_stats();
	return tap_done();
}
