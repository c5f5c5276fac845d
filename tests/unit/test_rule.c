// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules of switchdev mode (sim/rule.c): what they see of a frame, and what they make of its
 * headers; which of them a card takes is in test_rule_check.c. Checksums are held against sums
 * over the whole frame. Written from Documentation/control-path.rst, "Rules".
 */
#include <linux/array_size.h>

#include "expect.h"
#include "rulebytes.h"

#define NEEDS_CSUM	1

static struct sdpu_rule_head head;
static union sdpu_rule_key key;

/* Frames */

static void put16(unsigned int at, u16 value)
{
	head.bytes[at] = value >> 8;
	head.bytes[at + 1] = value;
}

static u16 get16(unsigned int at)
{
	return head.bytes[at] << 8 | head.bytes[at + 1];
}

static u32 sum(const u8 *p, unsigned int len)
{
	u32 s = 0;
	unsigned int i;

	for (i = 0; i < len; i++)
		s += i & 1 ? p[i] : p[i] << 8;
	return s;
}

static u16 fold(u32 s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

/**
 * struct built - a frame as it was built
 * @ip: where its IP header is
 * @l4: what is behind
 * @check: the checksum there
 * @v6: IPv6
 * @proto: of what is there
 */
static struct built {
	unsigned int ip;
	unsigned int l4;
	unsigned int check;
	bool v6;
	u8 proto;
} at;

/* The pseudo header's sum, and with @all that of what is behind the IP header. */
static u16 l4_sum(bool all)
{
	u32 s = at.v6 ? sum(head.bytes + at.ip + 8, 32) : sum(head.bytes + at.ip + 12, 8);

	s += at.proto + (head.len - at.l4);
	return fold(s + (all ? sum(head.bytes + at.l4, head.len - at.l4) : 0));
}

static u16 ip_sum(void)
{
	return fold(sum(head.bytes + at.ip, 20));
}

static void start(bool tag, u16 type)
{
	unsigned int i;

	memset(&head, 0, sizeof(head));
	memset(&at, 0, sizeof(at));
	for (i = 0; i < 12; i++)
		head.bytes[i] = 0x02 + 0x10 * i;
	at.ip = 14;
	if (tag) {
		put16(12, 0x8100);
		put16(14, 0xb123);
		at.ip = 18;
	}
	put16(at.ip - 2, type);
}

static void ipv4(bool tag, u8 proto, u16 frag)
{
	u8 *ip = head.bytes + 14 + 4 * tag;
	static const u8 fixed[] = { 0x45, 0x28, 0, 0, 0x11, 0x22, 0, 0, 63, 0, 0, 0,
				    10, 1, 2, 3, 192, 168, 200, 201 };

	start(tag, 0x0800);
	memcpy(ip, fixed, sizeof(fixed));
	put16(at.ip + 6, frag);
	ip[9] = proto;
	at.l4 = at.ip + 20;
	at.proto = proto;
}

static void ipv6(bool tag, u8 proto)
{
	unsigned int i;
	u8 *ip;

	start(tag, 0x86dd);
	ip = head.bytes + at.ip;
	ip[0] = 0x6a;
	ip[1] = 0xbc;
	ip[2] = 0xde;
	ip[3] = 0xf0;
	ip[6] = proto;
	ip[7] = 61;
	for (i = 8; i < 40; i++)
		ip[i] = 0x20 + 3 * i;
	at.l4 = at.ip + 40;
	at.proto = proto;
	at.v6 = true;
}

/* Put @bytes behind, with checksums: of all of it, or as the driver leaves it to the device. */
static void finish(unsigned int bytes, bool partial)
{
	unsigned int i, off = at.proto == 6 ? 16 : at.proto == 17 ? 6 : 2;

	for (i = 0; i < bytes; i++)
		head.bytes[at.l4 + i] = 0x31 + 7 * i;
	head.len = at.l4 + bytes;
	if (at.v6) {
		put16(at.ip + 4, bytes);
	} else {
		put16(at.ip + 2, 20 + bytes);
		put16(at.ip + 10, ~ip_sum());
	}
	if (at.proto == 6)
		put16(at.l4 + 12, 0x5a12);
	at.check = at.l4 + off;
	put16(at.check, 0);
	put16(at.check, partial ? l4_sum(false) : (u16)~l4_sum(true));
	if (partial) {
		head.hdr.flags = NEEDS_CSUM;
		head.hdr.csum_start = at.l4;
		head.hdr.csum_offset = off;
		head.hdr.hdr_len = at.l4 + 20;
	}
}

/* As finish() would have left it? */
static bool sums_right(bool partial)
{
	if (!at.v6 && ip_sum() != 0xffff)
		return false;
	if (partial)
		return get16(at.check) % 0xffff == l4_sum(false) % 0xffff;
	return l4_sum(true) == 0xffff;
}

/* Keys */

static bool look(u16 port)
{
	memset(&key, 0xee, sizeof(key));
	return sdpu_rule_key_of(&key.key, &head, port);
}

static u16 be(const void *p)
{
	const u8 *b = p;

	return b[0] << 8 | b[1];
}

static void test_keys(void)
{
	static const u8 none[16];
	const struct sdpu_ctrl_rule_key *k = &key.key;
	const u8 *bytes = (const u8 *)&key;

	ipv4(false, 6, 0x4000);
	finish(40, false);
	look(0x0201);
	EXPECT(bytes[0] == 1 && bytes[1] == 2);
	EXPECT(!memcmp(bytes + 4, head.bytes, 12));
	EXPECT(be(&k->eth_type) == 0x0800 && !k->vlan_tpid && !k->vlan_tci);
	EXPECT(k->ip_proto == 6 && k->ip_tos == 0x28 && k->ip_ttl == 63 && !k->ip_frag);
	EXPECT(!memcmp(k->ip_src, head.bytes + 26, 4) && !memcmp(k->ip_src + 4, none, 12));
	EXPECT(!memcmp(k->ip_dst, head.bytes + 30, 4) && !memcmp(k->ip_dst + 4, none, 12));
	EXPECT(be(&k->l4_src) == 0x3138 && be(&k->l4_dst) == 0x3f46);
	EXPECT(be(&k->tcp_flags) == 0x0a12 && !k->reserved[0] && !k->reserved[1]);
	RESULT("IPv4 and TCP: all fields are seen, the rest is zero");

	ipv6(true, 17);
	finish(30, false);
	look(0);
	EXPECT(be(&k->vlan_tpid) == 0x8100 && be(&k->vlan_tci) == 0xa123);
	EXPECT(be(&k->eth_type) == 0x86dd && k->ip_proto == 17 && k->ip_tos == 0xab);
	EXPECT(k->ip_ttl == 61 && !memcmp(k->ip_src, head.bytes + 26, 32));
	EXPECT(be(&k->l4_dst) == 0x3f46 && !k->tcp_flags);
	RESULT("IPv6 and UDP behind a tag: likewise, without the tag's drop bit");

	ipv4(false, 17, 0x2000);
	finish(30, false);
	look(1);
	EXPECT(k->ip_frag == 3 && k->ip_proto == 17 && !k->l4_src && !k->l4_dst);
	put16(at.ip + 6, 0x2010);
	look(1);
	EXPECT(k->ip_frag == 1 && k->ip_proto == 17 && !k->l4_src && !k->l4_dst);
	put16(at.ip + 6, 0x0010);
	look(1);
	EXPECT(k->ip_frag == 1);
	RESULT("fragments are known as such, and have no ports");

	/* destination options of 16 bytes, a fragment header, then UDP */
	ipv6(false, 60);
	finish(60, false);
	head.bytes[at.l4] = 44;
	head.bytes[at.l4 + 1] = 1;
	head.bytes[at.l4 + 16] = 17;
	put16(at.l4 + 18, 0);
	look(1);
	EXPECT(k->ip_proto == 17 && k->ip_frag == 3 && !k->l4_src);
	put16(at.l4 + 18, 0x0001);
	look(1);
	EXPECT(k->ip_proto == 17 && k->ip_frag == 3 && !k->l4_src);
	put16(at.l4 + 18, 0x0108);
	look(1);
	EXPECT(k->ip_proto == 17 && k->ip_frag == 1 && !k->l4_src);
	head.bytes[at.l4] = 17;
	look(1);
	EXPECT(k->ip_proto == 17 && !k->ip_frag);
	EXPECT(be(&k->l4_src) == get16(at.l4 + 16) && k->l4_src);
	RESULT("IPv6: extension headers are passed over, one for fragments makes a fragment");

	/* options of 8 bytes each, then TCP: a frame of which not all is looked at */
	for (unsigned int n = 1; n <= 11; n++) {
		unsigned int need = 54 + 8 * n + 18, i;

		ipv6(false, 60);
		finish(72, false);
		memset(head.bytes + at.l4, 0, sizeof(head.bytes) - at.l4);
		for (i = 0; i < n; i++)
			head.bytes[at.l4 + 8 * i] = i + 1 < n ? 60 : 6;
		head.len = 128;
		head.cut = true;
		EXPECT(look(1) == (need <= 128));
		EXPECT(need > 128 || k->ip_proto == 6);
		head.cut = false;
		EXPECT(look(1));
	}
	RESULT("a frame whose headers are longer than what is looked at is told");

	ipv4(false, 6, 0);
	finish(40, false);
	head.bytes[at.ip] = 0x44;
	look(1);
	EXPECT(be(&k->eth_type) == 0x0800 && !k->ip_proto && !k->ip_ttl);
	head.bytes[at.ip] = 0x65;
	look(1);
	EXPECT(!k->ip_proto);
	head.bytes[at.ip] = 0x45;
	head.len = at.ip + 19;
	look(1);
	EXPECT(!k->ip_proto && !k->ip_src[0]);
	head.len = at.ip + 20;
	look(1);
	EXPECT(k->ip_proto == 6 && !k->l4_src);
	head.len = at.ip + 23;
	look(1);
	EXPECT(!k->l4_src);
	head.len = at.ip + 24;
	look(1);
	EXPECT(k->l4_src && !k->tcp_flags);
	ipv6(false, 6);
	finish(40, false);
	head.len = at.ip + 39;
	look(1);
	EXPECT(be(&k->eth_type) == 0x86dd && !k->ip_proto && !k->ip_ttl);
	head.len = at.ip + 40;
	look(1);
	EXPECT(k->ip_proto == 6 && k->ip_ttl == 61);
	RESULT("what is not whole is not there");
}

/* Edits */

/* A frame of @v6 with @ttl: what is left of it. */
static int hops(bool v6, u8 ttl)
{
	if (v6)
		ipv6(true, 6);
	else
		ipv4(true, 6, 0);
	head.bytes[at.ip + (v6 ? 7 : 8)] = ttl;
	finish(40, false);
	if (!sdpu_rule_ttl_dec(&head))
		return -1;
	EXPECT(sums_right(false));
	return head.bytes[at.ip + (v6 ? 7 : 8)];
}

static void test_ttl(void)
{
	unsigned int ttl;

	for (ttl = 0; ttl < 256; ttl++)
		EXPECT(hops(false, ttl) == (ttl > 1 ? (int)ttl - 1 : -1) &&
		       hops(true, ttl) == (ttl > 1 ? (int)ttl - 1 : -1));
	start(true, 0x0806);
	head.len = 46;
	EXPECT(!sdpu_rule_ttl_dec(&head));
	RESULT("a hop less, and no frame goes on without one");
}

/* Do action 0 of the rule, which the card takes. */
static bool edit(void)
{
	EXPECT(check() == ST_OK);
	return sdpu_rule_edit(&head, &rule.actions[0]);
}

static void test_tags(void)
{
	struct sdpu_rule_head was;

	ipv4(false, 6, 0);
	finish(40, true);
	was = head;
	rule_new(1);
	action(0, PUSH, 0, 0, 0, 0);
	tag(0, 0x88a8, 0x6007);
	EXPECT(edit());
	EXPECT(head.len == was.len + 4 && !memcmp(head.bytes, was.bytes, 12));
	EXPECT(get16(12) == 0x88a8 && get16(14) == 0x6007);
	EXPECT(!memcmp(head.bytes + 16, was.bytes + 12, was.len - 12));
	EXPECT(head.hdr.csum_start == was.hdr.csum_start + 4);
	EXPECT(head.hdr.hdr_len == was.hdr.hdr_len + 4);
	EXPECT(head.hdr.csum_offset == was.hdr.csum_offset);
	RESULT("a tag is pushed, and what the header says of places moves with it");

	rule_new(1);
	action(0, SET, 0, 0, 0x0fff, 0);
	tag(0, 0, 0x0123);
	EXPECT(edit() && get16(14) == 0x6123 && get16(12) == 0x88a8);
	RESULT("bits of a tag are set, others stay");

	rule_new(1);
	action(0, POP, 0, 0, 0, 0);
	EXPECT(edit() && !memcmp(&head, &was, offsetof(struct sdpu_rule_head, bytes)));
	EXPECT(!memcmp(head.bytes, was.bytes, was.len));
	EXPECT(edit() && head.len == was.len && !memcmp(head.bytes, was.bytes, was.len));
	rule_new(1);
	action(0, SET, 0, 0, 0x0fff, 0);
	tag(0, 0, 0x0123);
	EXPECT(edit() && !memcmp(head.bytes, was.bytes, was.len));
	RESULT("a tag is popped; where there is none nothing happens");

	rule_new(1);
	action(0, PUSH, 0, 0, 0, 0);
	tag(0, 0x8100, 1);
	head.len = sizeof(head.bytes) - 4;
	EXPECT(edit() && head.len == sizeof(head.bytes));
	EXPECT(!edit() && head.len == sizeof(head.bytes));
	RESULT("where there is no room no tag is pushed");

	ipv4(true, 6, 0);
	finish(40, true);
	head.hdr.csum_start = 14;
	rule_new(1);
	action(0, POP, 0, 0, 0, 0);
	EXPECT(!edit());
	RESULT("a checksum that begins in the tag is nobody's");
}

/* Rewrite each word of a header that may be, in all kinds of frames, and look at the sums. */
static void rewrites(bool v6, u8 proto, bool partial, bool tagged)
{
	static const u32 values[] = { 0, ~0u, 0x12345678, 0x80018001, 0x0000ffff, 0xffff0000 };
	unsigned int header, word, i, num = 0;

	for (header = IPV4; header <= UDP; header++) {
		for (word = 0; word < 40; word += 4) {
			for (i = 0; i < ARRAY_SIZE(values); i++) {
				struct sdpu_rule_head was;
				u32 mask = i & 1 ? ~0u : 0x00ffff00;
				bool there = header <= IPV6 ? v6 == (header == IPV6) :
					     proto == (header == TCP ? 6 : 17);

				if (header == IPV4 && word == 0)
					mask = 0x00ff0000;
				if (header == IPV4 && word == 8)
					mask = 0xff000000;
				if (header == IPV6 && word == 0)
					mask = 0x0fffffff;
				if (header == IPV6 && word == 4)
					mask = 0xff;
				rule_new(1);
				action(0, REWRITE, header, word, mask, values[i]);
				if (check() != ST_OK)
					continue;
				if (v6)
					ipv6(tagged, proto);
				else
					ipv4(tagged, proto, 0);
				finish(40, partial);
				EXPECT(sums_right(partial));
				was = head;
				EXPECT(edit() == there);
				if (!there) {
					EXPECT(!memcmp(&was, &head, sizeof(was)));
					continue;
				}
				EXPECT(sums_right(partial));
				num++;
			}
		}
	}
	EXPECT(num >= 6 * (v6 ? 10 : 4) + (proto == 6 || proto == 17 ? 6u : 0u));
	RESULT("IPv%u, %s%s, %s: checksums follow what is rewritten", v6 ? 6 : 4,
	       proto == 6 ? "TCP" : proto == 17 ? "UDP" : "ICMP", tagged ? " behind a tag" : "",
	       partial ? "left to the device" : "complete");
}

static void test_rewrite(void)
{
	static const u8 protos[] = { 6, 17, 58 };
	unsigned int i, how;

	for (i = 0; i < ARRAY_SIZE(protos); i++)
		for (how = 0; how < 8; how++)
			if (protos[i] != 58 || (how & 1 && !(how & 2)))
				rewrites(how & 1, protos[i], how & 2, how & 4);

	ipv4(false, 17, 0);
	finish(40, false);
	put16(at.check, 0);
	rule_new(1);
	action(0, REWRITE, IPV4, 12, ~0u, 0x01020304);
	EXPECT(edit() && get16(at.check) == 0);
	action(0, REWRITE, UDP, 0, ~0u, 0x01020304);
	EXPECT(edit() && get16(at.check) == 0 && get16(at.l4) == 0x0102);
	RESULT("UDP without a checksum stays so");

	ipv4(false, 17, 0x2000);
	finish(40, false);
	rule_new(1);
	action(0, REWRITE, IPV4, 12, ~0u, 0x01020304);
	EXPECT(edit() && sums_right(false));
	ipv4(false, 17, 0x0010);
	finish(40, false);
	head.bytes[at.check] = 0x77;
	EXPECT(edit() && head.bytes[at.check] == 0x77 && ip_sum() == 0xffff);
	action(0, REWRITE, UDP, 0, ~0u, 0x01020304);
	{
		struct sdpu_rule_head was = head;

		EXPECT(edit() && !memcmp(&was, &head, sizeof(was)));
	}
	RESULT("of fragments the first one has the checksum, and the ports");

	ipv4(false, 17, 0);
	finish(40, false);
	head.hdr.flags = NEEDS_CSUM;
	head.hdr.csum_start = at.l4 + 8;
	head.hdr.csum_offset = 16;
	rule_new(1);
	action(0, REWRITE, IPV4, 12, ~0u, 0x01020304);
	EXPECT(edit() && sums_right(false));
	RESULT("a checksum that is left to the device may be another one");

	ipv4(false, 6, 0);
	finish(40, false);
	rule_new(1);
	action(0, REWRITE, TCP, 0, ~0u, 0x01020304);
	head.len = at.l4 + 3;
	head.bytes[at.l4 + 3] = 0x99;
	EXPECT(!edit() && head.bytes[at.l4 + 3] == 0x99);
	head.len = at.l4 + 17;
	EXPECT(!edit());
	head.len = at.l4 + 18;
	EXPECT(edit());
	RESULT("a header that is not whole is not rewritten");

	ipv4(false, 6, 0);
	finish(40, false);
	rule_new(1);
	action(0, REWRITE, ETH, 4, 0xffff0000, 0x0badf00d);
	EXPECT(edit() && get16(4) == 0x0bad && get16(6) == 0x6272 && sums_right(false));
	RESULT("addresses of Ethernet are under no checksum");
}

/* Anything */

static u32 seed = 12345;

static u32 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static void test_random(void)
{
	unsigned int i, j, done = 0;

	for (i = 0; i < 300000; i++) {
		if (i & 1)
			ipv4(rnd() & 1, rnd() & 1 ? 6 : 17, 0);
		else
			ipv6(rnd() & 1, rnd() & 1 ? 6 : rnd());
		for (j = at.l4; j < 128; j++)
			head.bytes[j] = rnd();
		head.len = 14 + rnd() % 115;
		for (j = 0; j < rnd() % 4; j++)
			head.bytes[rnd() % 128] = rnd();
		head.hdr.flags = rnd() & 1;
		head.hdr.csum_start = rnd() % (head.len + 1);
		head.hdr.csum_offset = rnd() % 20;
		/* behind what is valid there is nothing to be read */
		memset(head.bytes + head.len, 0x99, sizeof(head.bytes) - head.len);
		look(rnd());
		rule_new(1);
		action(0, 3 + rnd() % 4, rnd() % 5, rnd() % 12 * 4, rnd(), rnd());
		tag(0, 0x8100, rnd());
		if (check() != ST_OK) {
			action(0, REWRITE, rnd() % 5, rnd() % 12 * 4, 0xff, rnd());
			if (check() != ST_OK)
				continue;
		}
		if (sdpu_rule_edit(&head, &rule.actions[0])) {
			done++;
			EXPECT(head.len >= 14 && head.len <= 132);
			for (j = head.len; j < sizeof(head.bytes); j++)
				EXPECT(head.bytes[j] == 0x99 || j < head.len + 4);
		}
	}
	EXPECT(done > 10000);
	RESULT("whatever a frame is like, what is behind it stays");
}

int main(void)
{
	test_keys();
	test_ttl();
	test_tags();
	test_rewrite();
	test_random();
	return tap_done();
}
