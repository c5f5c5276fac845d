// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtio_net header (sim/hdr.c): what a driver may write before a frame
 * (virtio 1.3, 5.1.6.2.1), and who can be given a frame as it is. Every
 * combination of flags, GSO type and features is held against the rules as
 * written here, and each number against its bounds.
 */
#include <linux/array_size.h>

#include "../../sim/hdr.h"
#include "expect.h"

/* By the numbers of the virtio specification. */
#define F_CSUM		(1ull << 0)
#define F_GUEST_CSUM	(1ull << 1)
#define F_GUEST_TSO4	(1ull << 7)
#define F_GUEST_TSO6	(1ull << 8)
#define F_GUEST_ECN	(1ull << 9)
#define F_HOST_TSO4	(1ull << 11)
#define F_HOST_TSO6	(1ull << 12)
#define F_HOST_ECN	(1ull << 13)
#define F_GUEST_USO4	(1ull << 54)
#define F_GUEST_USO6	(1ull << 55)
#define F_HOST_USO	(1ull << 56)

#define NEEDS_CSUM	1u
#define TCPV4		1u
#define TCPV6		4u
#define UDP_L4		5u
#define ECN		0x80u

static const u64 host_bits[] = { F_CSUM, F_HOST_TSO4, F_HOST_TSO6, F_HOST_ECN,
				  F_HOST_USO };
static const u64 guest_bits[] = { F_GUEST_CSUM, F_GUEST_TSO4, F_GUEST_TSO6, F_GUEST_ECN,
				   F_GUEST_USO4, F_GUEST_USO6 };

/* A header as it lies in memory: little-endian, byte by byte. */
static struct virtio_net_hdr_v1 header(u8 flags, u8 type, u16 hdr_len, u16 gso_size, u16 start,
				       u16 offset)
{
	const u8 bytes[] = {
		flags, type, hdr_len & 0xff, hdr_len >> 8, gso_size & 0xff, gso_size >> 8,
		start & 0xff, start >> 8, offset & 0xff, offset >> 8, 0xcd, 0xab,
	};
	struct virtio_net_hdr_v1 hdr;

	memcpy(&hdr, bytes, sizeof(hdr));
	return hdr;
}

static bool is(const struct virtio_net_hdr_v1 *hdr, u8 flags, u8 type, u16 hdr_len, u16 gso_size,
	       u16 start, u16 offset)
{
	struct virtio_net_hdr_v1 want = header(flags, type, hdr_len, gso_size, start, offset);

	want.num_buffers = 0;
	return !memcmp(hdr, &want, sizeof(want));
}

/* The @n-th subset of the features at @bit. */
static u64 subset(const u64 *bit, unsigned int n)
{
	u64 features = 0;

	for (; n; n >>= 1, bit++)
		if (n & 1)
			features |= *bit;
	return features;
}

/* May a driver with @features write this before a frame that is long enough? */
static bool may_write(u8 flags, u8 type, u64 features)
{
	if ((flags & NEEDS_CSUM) && !(features & F_CSUM))
		return false;
	if (!type)
		return true;
	if (!(flags & NEEDS_CSUM))
		return false;
	if ((type & ECN) && !(features & F_HOST_ECN))
		return false;
	if ((type & ~ECN) == TCPV4)
		return features & F_HOST_TSO4;
	if ((type & ~ECN) == TCPV6)
		return features & F_HOST_TSO6;
	return type == UDP_L4 && (features & F_HOST_USO);
}

static bool may_be_given(u8 flags, u8 type, u64 features)
{
	if ((flags & NEEDS_CSUM) && !(features & F_GUEST_CSUM))
		return false;
	if ((type & ECN) && !(features & F_GUEST_ECN))
		return false;
	if ((type & ~ECN) == TCPV4)
		return features & F_GUEST_TSO4;
	if ((type & ~ECN) == TCPV6)
		return features & F_GUEST_TSO6;
	/* the header does not say which IP it is */
	if ((type & ~ECN) == UDP_L4)
		return (features & F_GUEST_USO4) && (features & F_GUEST_USO6);
	return !(type & ~ECN);
}

/* Segment into 1448 bytes, with the checksum of TCP in IPv4. */
static struct virtio_net_hdr_v1 tcp(u8 flags, u8 type)
{
	return header(flags, type, 54, 1448, 34, 16);
}

static void test_all(void)
{
	unsigned int flags, type, n;

	for (flags = 0; flags <= 0xff; flags++) {
		for (type = 0; type <= 0xff; type++) {
			for (n = 0; n < 1u << ARRAY_SIZE(host_bits); n++) {
				struct virtio_net_hdr_v1 hdr = tcp(flags, type);
				u64 features = subset(host_bits, n);

				EXPECT(sdpu_hdr_check(&hdr, 9000, features) ==
				       may_write(flags, type, features));
			}
		}
	}
	RESULT("a driver may use the offloads that it negotiated, and no other");

	for (flags = 0; flags <= 0xff; flags++) {
		for (type = 0; type <= 0xff; type++) {
			for (n = 0; n < 1u << ARRAY_SIZE(guest_bits); n++) {
				struct virtio_net_hdr_v1 hdr = tcp(flags, type);
				u64 features = subset(guest_bits, n);

				EXPECT(sdpu_hdr_fits(&hdr, features) ==
				       may_be_given(flags, type, features));
			}
		}
	}
	RESULT("a driver is given frames with the offloads that it wants, and no other");
}

static void test_checksum(void)
{
	struct virtio_net_hdr_v1 hdr;
	unsigned int start, offset, len;

	for (start = 0; start < 200; start++) {
		for (offset = 0; offset < 200; offset++) {
			for (len = 14; len < 300; len += 1 + len / 8) {
				hdr = header(NEEDS_CSUM, 0, 0, 0, start, offset);
				EXPECT(sdpu_hdr_check(&hdr, len, F_CSUM) ==
				       (start >= 14 && start + offset + 2 <= len));
			}
		}
	}
	for (len = 60; len <= 9234; len++) {
		hdr = header(NEEDS_CSUM, 0, 0, 0, 34, len - 36);
		EXPECT(sdpu_hdr_check(&hdr, len, F_CSUM));
		hdr = header(NEEDS_CSUM, 0, 0, 0, 34, len - 35);
		EXPECT(!sdpu_hdr_check(&hdr, len, F_CSUM));
	}
	hdr = header(NEEDS_CSUM, 0, 0, 0, 0xffff, 0xffff);
	EXPECT(!sdpu_hdr_check(&hdr, 0xfffe, ~0ull));
	hdr = header(NEEDS_CSUM, 0, 0, 0, 14, 0xfff0);
	EXPECT(!sdpu_hdr_check(&hdr, 9000, ~0ull));
	RESULT("the checksum lies behind the Ethernet header and inside the frame");
}

static void test_lengths(void)
{
	struct virtio_net_hdr_v1 hdr;
	unsigned int i;

	/* MTU 9216 + 14 + 4, and 65535 + 14 + 4 */
	hdr = header(0, 0, 0, 0, 0, 0);
	EXPECT(sdpu_hdr_check(&hdr, 9234, ~0ull));
	EXPECT(!sdpu_hdr_check(&hdr, 9235, ~0ull));
	EXPECT(!sdpu_hdr_check(&hdr, ~0u, ~0ull));
	hdr = tcp(NEEDS_CSUM, TCPV4);
	EXPECT(sdpu_hdr_check(&hdr, 65553, ~0ull));
	EXPECT(!sdpu_hdr_check(&hdr, 65554, ~0ull));
	RESULT("a frame is as long as the MTU allows, or as an IP packet can be if it is segmented");

	for (i = 0; i <= 0xffff; i++) {
		hdr = header(NEEDS_CSUM, TCPV4, i, 1448, 34, 16);
		EXPECT(sdpu_hdr_check(&hdr, 3000, ~0ull));
		EXPECT(is(&hdr, NEEDS_CSUM, TCPV4, i <= 3000 ? i : 3000, 1448, 34, 16));
		hdr = header(NEEDS_CSUM, TCPV6, 54, i, 34, 16);
		EXPECT(sdpu_hdr_check(&hdr, 3000, ~0ull) == (i > 0));
	}
	RESULT("a frame to be segmented says into what, and its headers are made to end inside of it");
}

static void test_clean(void)
{
	struct virtio_net_hdr_v1 hdr;

	/* bits that are the device's to set, or unknown; numbers that nobody asked for */
	hdr = header(0xfe, 0, 0x1111, 0x2222, 0x3333, 0x4444);
	EXPECT(sdpu_hdr_check(&hdr, 60, 0) && is(&hdr, 0, 0, 0, 0, 0, 0));
	hdr = header(0xff, 0, 0x1111, 0x2222, 34, 16);
	EXPECT(sdpu_hdr_check(&hdr, 60, F_CSUM) && is(&hdr, NEEDS_CSUM, 0, 0, 0, 34, 16));
	hdr = header(0xff, TCPV6 | ECN, 86, 1428, 54, 16);
	EXPECT(sdpu_hdr_check(&hdr, 3000, ~0ull));
	EXPECT(is(&hdr, NEEDS_CSUM, TCPV6 | ECN, 86, 1428, 54, 16));
	RESULT("what does not count is cleared, what counts is kept");
}

int main(void)
{
	struct virtio_net_hdr_v1 hdr = header(0, 0, 0, 0, 0, 0);

	tap_ok(SDPU_HDR_LEN == 12 && sizeof(hdr) == 12, "a header has 12 bytes");
	test_all();
	test_checksum();
	test_lengths();
	test_clean();
	hdr.gso_type = TCPV4;
	tap_ok(sdpu_hdr_is_gso(&hdr), "a frame to be segmented is known as such");
	hdr.gso_type = 0;
	tap_ok(!sdpu_hdr_is_gso(&hdr), "and one that is not, too");
	return tap_done();
}
