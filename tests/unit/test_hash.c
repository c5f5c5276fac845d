// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hash of a packet (sim/hash.c): the vectors that Microsoft published with
 * RSS, a bitwise Toeplitz beside ours, every set of hash types on every kind of
 * packet, and frames cut off at every byte.
 */
#include <stdlib.h>

#include <linux/array_size.h>

#include "../../sim/hash.h"
#include "expect.h"

static const u8 ms_key[SDPU_HASH_KEY_LEN] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
	0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
	0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static struct sdpu_hash_key key;

/* ---- frames, byte by byte ---- */

static u8 frame[256];
static u32 frame_len;

static void put(const void *bytes, u32 len)
{
	memcpy(frame + frame_len, bytes, len);
	frame_len += len;
}

static void put16(u16 value)
{
	put((u8[]){ value >> 8, value & 0xff }, 2);
}

static void ethernet(unsigned int tags, u16 type)
{
	frame_len = 0;
	put("\x02\0\0\0\0\1\x02\0\0\0\0\2", 12);
	for (; tags; tags--) {
		put16(tags == 2 ? 0x88a8 : 0x8100);
		put16(100 + tags);
	}
	put16(type);
}

/* @words: of the header; @frag: flags and offset */
static void ipv4(const u8 *src, const u8 *dst, u8 proto, u8 words, u16 frag)
{
	put((u8[]){ 0x40 | words, 0, 0, 0, 0, 0 }, 6);
	put16(frag);
	put((u8[]){ 64, proto, 0, 0 }, 4);
	put(src, 4);
	put(dst, 4);
	for (; words > 5; words--)
		put("\1\1\1\1", 4);
}

static void ipv6(const u8 *src, const u8 *dst, u8 next)
{
	put((u8[]){ 0x60, 0, 0, 0, 0, 0, next, 64 }, 8);
	put(src, 16);
	put(dst, 16);
}

static void ports(u16 src, u16 dst)
{
	put16(src);
	put16(dst);
	put("\0\0\0\0\0\0\0\0", 8);
}

static struct sdpu_hash hash(u32 types)
{
	return sdpu_hash_frame(&key, types, frame, frame_len);
}

static bool is(u32 types, u16 report, u32 value)
{
	struct sdpu_hash h = hash(types);

	return h.report == report && h.value == value;
}

/* ---- Toeplitz as it is defined ---- */

static u32 toeplitz(const u8 *bytes, const u8 *input, u32 len)
{
	u32 result = 0, bit, i;

	for (bit = 0; bit < 8 * len; bit++) {
		u32 window = 0;

		if (!(input[bit / 8] & 0x80 >> bit % 8))
			continue;
		for (i = bit; i < bit + 32; i++)
			window = window << 1 | !!(bytes[i / 8] & 0x80 >> i % 8);
		result ^= window;
	}
	return result;
}

static void test_vectors(void)
{
	static const struct {
		u8 dst[4], src[4];
		u16 dport, sport;
		u32 ip, tcp;
	} v4[] = {
		{ { 161, 142, 100, 80 }, { 66, 9, 149, 187 }, 1766, 2794, 0x323e8fc2, 0x51ccc178 },
		{ { 65, 69, 140, 83 }, { 199, 92, 111, 2 }, 4739, 14230, 0xd718262a, 0xc626b0ea },
		{ { 12, 22, 207, 184 }, { 24, 19, 198, 95 }, 38024, 12898, 0xd2d0a5de, 0x5c2b394a },
		{ { 209, 142, 163, 6 }, { 38, 27, 205, 30 }, 2217, 48228, 0x82989176, 0xafc7327f },
		{ { 202, 188, 127, 2 }, { 153, 39, 163, 191 }, 1303, 44251,
		  0x5d1809c5, 0x10e828a2 },
	};
	static const struct {
		u8 dst[16], src[16];
		u16 dport, sport;
		u32 ip, tcp;
	} v6[] = {
		{ { 0x3f, 0xfe, 0x25, 1, 2, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1 },
		  { 0x3f, 0xfe, 0x25, 1, 2, 0, 0x1f, 0xff, 0, 0, 0, 0, 0, 0, 0, 7 },
		  1766, 2794, 0x2cc18cd5, 0x40207d3d },
		{ { 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 },
		  { 0x3f, 0xfe, 5, 1, 0, 8, 0, 0, 2, 0x60, 0x97, 0xff, 0xfe, 0x40, 0xef, 0xab },
		  4739, 14230, 0x0f0c461c, 0xdde51bbf },
		{ { 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0xf8, 0xff, 0xfe, 0x21, 0x67, 0xcf },
		  { 0x3f, 0xfe, 0x19, 0, 0x45, 0x45, 0, 3,
		    2, 0, 0xf8, 0xff, 0xfe, 0x21, 0x67, 0xcf },
		  38024, 44251, 0x4b61e985, 0x02d1feef },
	};
	unsigned int i, tags;

	sdpu_hash_key_init(&key, ms_key);
	for (i = 0; i < ARRAY_SIZE(v4); i++) {
		for (tags = 0; tags < 3; tags++) {
			ethernet(tags, 0x0800);
			ipv4(v4[i].src, v4[i].dst, 6, 5 + tags, 0x4000);
			ports(v4[i].sport, v4[i].dport);
			EXPECT(is(SDPU_HASH_TYPES, 2, v4[i].tcp));
			EXPECT(is(SDPU_HASH_IPV4, 1, v4[i].ip));
		}
	}
	for (i = 0; i < ARRAY_SIZE(v6); i++) {
		ethernet(0, 0x86dd);
		ipv6(v6[i].src, v6[i].dst, 6);
		ports(v6[i].sport, v6[i].dport);
		EXPECT(is(SDPU_HASH_TYPES, 5, v6[i].tcp));
		EXPECT(is(SDPU_HASH_IPV6, 4, v6[i].ip));
	}
	RESULT("the published vectors, with and without VLAN tags and options");
}

static void test_toeplitz(void)
{
	u8 bytes[SDPU_HASH_KEY_LEN], input[36];
	unsigned int round, i;

	srand(1);
	for (round = 0; round < 300; round++) {
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = rand() >> 7;
		for (i = 0; i < sizeof(input); i++)
			input[i] = round >= 288 ? rand() >> 7 :
				   i == round / 8 ? 0x80 >> round % 8 : 0;
		sdpu_hash_key_init(&key, bytes);
		ethernet(0, 0x86dd);
		ipv6(input, input + 16, 17);
		put(input + 32, 4);
		EXPECT(is(SDPU_HASH_UDPV6, 6, toeplitz(bytes, input, 36)));
		EXPECT(is(SDPU_HASH_IPV6, 4, toeplitz(bytes, input, 32)));
	}
	RESULT("every bit of the input counts as Toeplitz has it");
	sdpu_hash_key_init(&key, ms_key);
}

/* ---- which fields ---- */

enum kind {
	OTHER, V4, V4_TCP, V4_UDP, V4_FIRST_FRAGMENT, V4_LAST_FRAGMENT, V6, V6_TCP, V6_UDP, V6_EX,
	V6_EX_TCP, V6_EX_UDP, V6_FRAGMENT, V6_WHOLE_FRAGMENT_TCP, KINDS,
};

static const u8 addr[4][16] = {
	{ 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 30, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },	/* home */
	{ 40, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },	/* final */
};

/* Hop-by-hop, then home address in destination options, then routing of type 2. */
static void extensions(u8 next)
{
	put((u8[]){ 60, 0, 1, 4, 0, 0, 0, 0 }, 8);
	put((u8[]){ 43, 2, 0, 1, 0, 201, 16 }, 7);
	put(addr[2], 16);
	put("\0", 1);
	put((u8[]){ next, 2, 2, 1, 0, 0, 0, 0 }, 8);
	put(addr[3], 16);
}

static void make(enum kind kind)
{
	bool tcp = kind == V4_TCP || kind == V6_TCP || kind == V6_EX_TCP ||
		   kind == V6_WHOLE_FRAGMENT_TCP || kind == V4_FIRST_FRAGMENT ||
		   kind == V4_LAST_FRAGMENT || kind == V6_FRAGMENT;
	bool udp = kind == V4_UDP || kind == V6_UDP || kind == V6_EX_UDP;
	u8 proto = tcp ? 6 : udp ? 17 : 58;

	if (kind == OTHER) {
		ethernet(0, 0x0806);
	} else if (kind < V6) {
		ethernet(0, 0x0800);
		ipv4(addr[0], addr[1], proto, 5,
		     kind == V4_FIRST_FRAGMENT ? 0x2000 : kind == V4_LAST_FRAGMENT ? 185 : 0);
	} else {
		ethernet(0, 0x86dd);
		if (kind >= V6_FRAGMENT) {
			ipv6(addr[0], addr[1], 44);
			put((u8[]){ proto, 0, 0, kind == V6_FRAGMENT, 0, 0, 0, 1 }, 8);
		} else if (kind >= V6_EX) {
			ipv6(addr[0], addr[1], 0);
			extensions(proto);
		} else {
			ipv6(addr[0], addr[1], proto);
		}
	}
	ports(1111, 2222);
}

/* What 5.1.6.4.3 says, written as it is said. */
static u16 report(enum kind kind, u32 types)
{
	bool v4 = kind >= V4 && kind < V6, v6 = kind >= V6;
	bool ex = kind >= V6_EX;
	bool tcp = kind == V4_TCP || kind == V6_TCP || kind == V6_EX_TCP ||
		   kind == V6_WHOLE_FRAGMENT_TCP;
	bool udp = kind == V4_UDP || kind == V6_UDP || kind == V6_EX_UDP;

	if (v4)
		return tcp && types & 2 ? 2 : udp && types & 4 ? 3 : types & 1 ? 1 : 0;
	if (!v6)
		return 0;
	if (ex) {
		if (tcp && types & 0x80)
			return 8;
		if (udp && types & 0x100)
			return 9;
		if (types & 0x40)
			return 7;
	}
	return tcp && types & 0x10 ? 5 : udp && types & 0x20 ? 6 : types & 8 ? 4 : 0;
}

static u32 value(enum kind kind, u16 what)
{
	bool mobile = what >= 7 && kind < V6_FRAGMENT;
	bool with_ports = what && what != 1 && what != 4 && what != 7;
	u32 len = what <= 3 ? 4 : 16;
	u8 input[36];

	memcpy(input, addr[mobile ? 2 : 0], len);
	memcpy(input + len, addr[mobile ? 3 : 1], len);
	memcpy(input + 2 * len, "\x04\x57\x08\xae", 4);
	return what ? toeplitz(ms_key, input, 2 * len + 4 * with_ports) : 0;
}

static void test_types(void)
{
	enum kind kind;
	u32 types;

	for (kind = OTHER; kind < KINDS; kind++) {
		for (types = 0; types <= SDPU_HASH_TYPES; types++) {
			make(kind);
			EXPECT(is(types, report(kind, types), value(kind, report(kind, types))));
		}
	}
	RESULT("every set of hash types does what it says to every kind of packet");
}

/* A frame that ends anywhere: at the end of memory, so that a byte too many is seen. */
static void test_cut(void)
{
	struct sdpu_hash whole, h;
	enum kind kind;
	u32 len;
	u8 *copy;

	for (kind = OTHER; kind < KINDS; kind++) {
		make(kind);
		whole = hash(SDPU_HASH_TYPES);
		for (len = 0; len <= frame_len; len++) {
			copy = malloc(len ? len : 1);
			memcpy(copy, frame, len);
			h = sdpu_hash_frame(&key, SDPU_HASH_TYPES, copy, len);
			free(copy);
			/* eight bytes of payload follow the ports */
			if (len + 8 >= frame_len)
				EXPECT(h.report == whole.report && h.value == whole.value);
		}
	}
	RESULT("frames that end anywhere are no problem");
}

/* With tags before it, an IP header is where they end, or the frame ends before that. */
static void test_cut_tags(void)
{
	struct sdpu_hash h;
	unsigned int tags;
	u32 len, ip;
	u8 *copy;

	for (tags = 0; tags < 4; tags++) {
		ethernet(tags, 0x0800);
		ip = frame_len;
		ipv4(addr[0], addr[1], 17, 5, 0);
		ports(1111, 2222);
		for (len = 0; len <= frame_len; len++) {
			copy = malloc(len ? len : 1);
			memcpy(copy, frame, len);
			h = sdpu_hash_frame(&key, SDPU_HASH_TYPES, copy, len);
			free(copy);
			/* a third tag is one too many */
			EXPECT(h.report == (tags > 2 || len < ip + 20 ? 0 : len < ip + 24 ? 1 : 3));
			EXPECT(h.report || !h.value);
		}
	}
	RESULT("so are frames that end in a VLAN tag, and what is behind three of them is not looked at");
}

static void test_random(void)
{
	static const u8 nexts[] = { 0, 6, 17, 43, 44, 58, 60, 255 };
	unsigned int round, i;
	u32 len;
	u8 *copy;

	srand(2);
	for (round = 0; round < 200000; round++) {
		make(V4 + rand() % (KINDS - V4));
		for (i = rand() % 6; i; i--)
			frame[12 + rand() % (frame_len - 12)] =
				rand() & 1 ? rand() >> 7 : nexts[rand() % ARRAY_SIZE(nexts)];
		len = rand() % (frame_len + 1);
		copy = malloc(len ? len : 1);
		memcpy(copy, frame, len);
		sdpu_hash_frame(&key, SDPU_HASH_TYPES, copy, len);
		free(copy);
	}
	RESULT("%u frames with random bytes where headers are", round);
}

/* ---- the flow of a packet ---- */

static u32 flow_of(const u8 *src, const u8 *dst, u16 sport, u16 dport, unsigned int tags, u16 frag)
{
	ethernet(tags, 0x0800);
	ipv4(src, dst, 17, 5, frag);
	put16(sport);
	put16(dport);
	return sdpu_flow_hash(frame, frame_len);
}

static u32 flow_of_6(u8 src, u8 dst, u16 sport, u16 dport)
{
	u8 ip[40] = { 0x60, [4] = 0, 8, 17, 64, [8] = 0x20, [23] = src, [24] = 0x20, [39] = dst };

	ethernet(0, 0x86dd);
	put(ip, sizeof(ip));
	put16(sport);
	put16(dport);
	return sdpu_flow_hash(frame, frame_len);
}

static void test_flow(void)
{
	static const u8 a[] = { 10, 0, 0, 1 }, b[] = { 10, 0, 0, 2 };
	unsigned int i, places = 0;
	static u8 taken[1024];
	u32 flow, len;

	flow = flow_of(a, b, 1000, 2000, 0, 0);
	EXPECT(flow && flow == flow_of(b, a, 2000, 1000, 0, 0));
	EXPECT(flow == flow_of(a, b, 1000, 2000, 2, 0));
	EXPECT(flow_of_6(1, 2, 1000, 2000) && flow_of_6(1, 2, 1000, 2000) ==
	       flow_of_6(2, 1, 2000, 1000));
	RESULT("a flow is the same in both directions, tagged or not");

	EXPECT(flow != flow_of(a, b, 1001, 2000, 0, 0) && flow != flow_of(a, b, 1000, 2001, 0, 0));
	EXPECT(flow != flow_of(a, b, 2000, 1000, 0, 0) && flow != flow_of(b, a, 1000, 2000, 0, 0));
	EXPECT(flow_of_6(1, 2, 1000, 2000) != flow_of_6(1, 3, 1000, 2000));
	for (i = 0; i < 1024; i++) {
		flow = flow_of(a, b, 32768 + i, 80, 0, 0) % 1024;
		places += !taken[flow];
		taken[flow] = 1;
	}
	EXPECT(places > 512);
	RESULT("others are others: a thousand have %u of 1024 places", places);

	flow = flow_of(a, b, 1000, 2000, 0, 0x2000);
	EXPECT(flow && flow == flow_of(a, b, 1001, 2002, 0, 0x0007));
	RESULT("fragments have their addresses only");

	ethernet(0, 0x0806);
	put((u8[46]) { }, 46);
	EXPECT(!sdpu_flow_hash(frame, frame_len));
	flow_of(a, b, 1000, 2000, 0, 0);
	for (len = 0; len < 34; len++) {
		u8 *copy = malloc(len);

		if (len)
			memcpy(copy, frame, len);
		EXPECT(!sdpu_flow_hash(copy, len));
		free(copy);
	}
	RESULT("what is no IP packet, or not a whole one, has none");

	for (i = 0; i <= 2; i++) {
		flow_of(a, b, 1000, 2000, i, 0);
		EXPECT(sdpu_flow_possible(frame));
	}
	flow_of_6(1, 2, 1000, 2000);
	EXPECT(sdpu_flow_possible(frame));
	ethernet(0, 0x0806);
	EXPECT(!sdpu_flow_possible(frame));
	RESULT("the Ethernet header says what can have one, and what cannot");
}

int main(void)
{
	test_vectors();
	test_toeplitz();
	test_types();
	test_cut();
	test_cut_tags();
	test_random();
	test_flow();
	return tap_done();
}
