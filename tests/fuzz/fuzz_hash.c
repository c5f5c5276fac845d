// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer harness of the packet hash (sim/hash.c): frames from strangers, in
 * memory of their exact size, with any key and any hash types.
 *
 * What must hold, besides what the sanitizers check: what was hashed is one of
 * the types that were asked for and what such a packet has; the hash is a bitwise
 * Toeplitz over addresses and ports that are where a header says; nothing but
 * that type matters; and neither do the Ethernet addresses nor a VLAN tag. The
 * number of a flow is the same for its answers.
 */
#include <string.h>

#include "../../sim/hash.h"
#include "must.h"
#include "program.h"

/* Bytes of input before the frame. */
#define HEAD	(3u + SDPU_HASH_KEY_LEN)

/* By VIRTIO_NET_HASH_REPORT_*, 5.1.6.4.3: what each one stands for. */
static const struct {
	u32 type;
	u8 addr;		/* bytes of an address */
	u8 proto;		/* of the ports, 0: without */
	bool extended;		/* addresses may come from extension headers */
} report[] = {
	{},
	{ 1 << 0, 4, 0, false }, { 1 << 1, 4, 6, false }, { 1 << 2, 4, 17, false },
	{ 1 << 3, 16, 0, false }, { 1 << 4, 16, 6, false }, { 1 << 5, 16, 17, false },
	{ 1 << 6, 16, 0, true }, { 1 << 7, 16, 6, true }, { 1 << 8, 16, 17, true },
};

static u8 key_bytes[SDPU_HASH_KEY_LEN];
static struct sdpu_hash_key key;

/* What bytes [@at, @at + @len) of the input contribute to the hash: it is linear. */
static u32 toeplitz(unsigned int at, const u8 *bytes, u32 len)
{
	u32 hash = 0, bit, i;

	for (bit = 8 * at; bit < 8 * (at + len); bit++) {
		if (!(bytes[bit / 8 - at] & 0x80 >> bit % 8))
			continue;
		for (i = 0; i < 32; i++)
			if (key_bytes[(bit + i) / 8] & 0x80 >> (bit + i) % 8)
				hash ^= 0x80000000u >> i;
	}
	return hash;
}

/* Where the IP header is, or @len. */
static u32 ip_offset(const u8 *frame, u32 len, u16 *type)
{
	u32 at, tags;

	for (at = 14, tags = 0; at <= len; at += 4, tags++) {
		*type = frame[at - 2] << 8 | frame[at - 1];
		if ((*type != 0x8100 && *type != 0x88a8) || tags == 2)
			return at;
	}
	*type = 0;
	return len;
}

/* Ports lie behind the IP header; without extension headers we know where. */
static bool ports_fit(const u8 *ip, u32 len, unsigned int n, u32 rest)
{
	bool v4 = report[n].addr == 4, chained = !v4 && ip[6] != report[n].proto;
	u32 at = v4 ? 4 * (ip[0] & 15) : 40;

	if (!report[n].proto)
		return !rest;
	if (v4)
		MUST(at >= 20 && ip[9] == report[n].proto && !((ip[6] << 8 | ip[7]) & 0x3fff));
	for (; at + 4 <= len; at += 8) {
		if (toeplitz(2 * report[n].addr, ip + at, 4) == rest)
			return true;
		/* headers in between are multiples of 8 bytes */
		if (!chained)
			return false;
	}
	return false;
}

/* The destination: of the header, or of any routing header of type 2 there could be. */
static bool dst_fits(const u8 *ip, u32 len, unsigned int n, u32 rest)
{
	u32 addr = report[n].addr, at;

	if (ports_fit(ip, len, n, rest ^ toeplitz(addr, ip + (addr == 4 ? 16 : 24), addr)))
		return true;
	for (at = 48; report[n].extended && at + 16 <= len; at += 8)
		if (ip[at - 7] == 2 && ip[at - 6] == 2 &&
		    ports_fit(ip, len, n, rest ^ toeplitz(addr, ip + at, addr)))
			return true;
	return false;
}

/* The source: of the header, or of any home address option there could be. */
static bool src_fits(const u8 *ip, u32 len, unsigned int n, u32 hash)
{
	u32 addr = report[n].addr, at;

	if (dst_fits(ip, len, n, hash ^ toeplitz(0, ip + (addr == 4 ? 12 : 8), addr)))
		return true;
	for (at = 44; report[n].extended && at + 16 <= len; at++)
		if (ip[at - 2] == 201 && ip[at - 1] == 16 &&
		    dst_fits(ip, len, n, hash ^ toeplitz(0, ip + at, addr)))
			return true;
	return false;
}

static void check_hash(struct sdpu_hash hash, u32 types, const u8 *frame, u32 len)
{
	struct sdpu_hash alone;
	u16 type;
	u32 at;

	MUST(hash.report < ARRAY_SIZE(report));
	if (!hash.report) {
		MUST(!hash.value);
		return;
	}
	MUST(types & report[hash.report].type);
	at = ip_offset(frame, len, &type);
	MUST(type == (report[hash.report].addr == 4 ? 0x0800 : 0x86dd));
	MUST(len - at >= (report[hash.report].addr == 4 ? 20 : 40));
	MUST(frame[at] >> 4 == (report[hash.report].addr == 4 ? 4 : 6));
	MUST(src_fits(frame + at, len - at, hash.report, hash.value));
	alone = sdpu_hash_frame(&key, report[hash.report].type, frame, len);
	MUST(alone.report == hash.report && alone.value == hash.value);
}

static void swap(u8 *a, u8 *b, u32 len)
{
	u8 byte;

	for (; len; len--, a++, b++) {
		byte = *a;
		*a = *b;
		*b = byte;
	}
}

/* IPv4: other way round, whether the ports are some or not. */
static void check_flow(const u8 *frame, u32 len)
{
	u32 flow = sdpu_flow_hash(frame, len), at, header;
	u8 back[SDPU_HASH_HEAD];
	u16 type;

	at = ip_offset(frame, len, &type);
	MUST(!flow || type == 0x0800 || type == 0x86dd);
	MUST(!flow || sdpu_flow_possible(frame));
	if (type != 0x0800 || len - at < 20)
		return;
	memcpy(back, frame, len);
	swap(back + at + 12, back + at + 16, 4);
	header = 4 * (back[at] & 15);
	if (header >= 20 && at + header + 4 <= len)
		swap(back + at + header, back + at + header + 2, 2);
	MUST(sdpu_flow_hash(back, len) == flow);
}

static bool same(struct sdpu_hash a, struct sdpu_hash b)
{
	return a.report == b.report && a.value == b.value;
}

/* Other Ethernet addresses; a VLAN tag, if there is no other and nothing is cut off. */
static void check_ethernet(struct sdpu_hash hash, u32 types, const u8 *frame, u32 len)
{
	u8 other[SDPU_HASH_HEAD];
	u16 type;

	if (len < 14)
		return;
	memset(other, 0x5a, 12);
	memcpy(other + 12, frame + 12, len - 12);
	MUST(same(hash, sdpu_hash_frame(&key, types, other, len)));
	MUST(sdpu_flow_hash(other, len) == sdpu_flow_hash(frame, len));
	if (len + 4 > SDPU_HASH_HEAD || ip_offset(frame, len, &type) != 14)
		return;
	memcpy(other + 12, "\x88\xa8\x0f\xff", 4);
	memcpy(other + 16, frame + 12, len - 12);
	MUST(same(hash, sdpu_hash_frame(&key, types, other, len + 4)));
}

/*
 * IPv4: a first fragment. IPv6: destination options with a home address, or a
 * routing header of type 2, 24 bytes each.
 */
static void make_extension(u8 how, u8 *ip)
{
	if (!(how & 4)) {
		memcpy(ip + 6, "\x20\0", 2);
		return;
	}
	ip[6] = how & 8 ? 60 : 43;
	ip[41] = 2;
	if (how & 8)
		memcpy(ip + 42, "\1\0\xc9\x10", 4);
	else
		ip[42] = 2;
}

/* Most frames are IP behind some tags: what else they are is hard enough to find. */
static void make_ip(u8 how, u8 *frame, u32 len)
{
	u32 at = 12, tags;

	if (how & 0x80)
		return;
	for (tags = how % 4; tags && at + 4 <= len; tags--, at += 4)
		memcpy(frame + at, tags & 1 ? "\x81\0" : "\x88\xa8", 2);
	if (at + 3 > len)
		return;
	memcpy(frame + at, how & 4 ? "\x86\xdd" : "\x08\0", 2);
	frame[at + 2] = (frame[at + 2] & 15) | (how & 4 ? 0x60 : 0x40);
	if ((how & 24) && at + 2 + 48 <= len)
		make_extension(how, frame + at + 2);
}

int fuzz_one(const u8 *data, size_t size)
{
	u32 types, len;
	struct sdpu_hash hash;
	u8 *frame, how;

	program_start(data, size);
	types = take(2);
	how = take(1);
	take_bytes(key_bytes, sizeof(key_bytes));
	len = size > HEAD ? min_t(u32, size - HEAD, SDPU_HASH_HEAD) : 0;
	frame = malloc(len);
	take_bytes(frame, len);
	make_ip(how, frame, len);

	sdpu_hash_key_init(&key, key_bytes);
	hash = sdpu_hash_frame(&key, types, frame, len);
	check_hash(hash, types, frame, len);
	check_ethernet(hash, types, frame, len);
	check_flow(frame, len);
	free(frame);
	return 0;
}
