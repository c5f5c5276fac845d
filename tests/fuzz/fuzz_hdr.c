// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer harness of the virtio_net header (sim/hdr.c): any header before a
 * frame of any length, from a driver with any features, for one with any.
 *
 * What must hold: a header that is accepted is one that 5.1.6.2.1 allows with
 * these features, and says nothing that does not count; to accept it again
 * changes nothing; a driver with more features may do no less, and takes no
 * less; whoever takes everything takes every header that is accepted.
 */
#include <string.h>

#include "../../sim/hdr.h"
#include "must.h"
#include "program.h"

/* Numbers of the specification: what the file under test uses is not asked. */
#define F_CSUM		(1ull << 0)
#define F_HOST_TSO4	(1ull << 11)
#define F_HOST_TSO6	(1ull << 12)
#define F_HOST_ECN	(1ull << 13)
#define F_HOST_USO	(1ull << 56)
#define TCPV4		1
#define UDP_L4		5
#define TCPV6		4
#define ECN		0x80

static u16 field(const struct virtio_net_hdr_v1 *hdr, unsigned int at)
{
	const u8 *bytes = (const u8 *)hdr;

	return bytes[at] | bytes[at + 1] << 8;
}

#define HDR_LEN(hdr)		field(hdr, 2)
#define GSO_SIZE(hdr)		field(hdr, 4)
#define CSUM_START(hdr)		field(hdr, 6)
#define CSUM_OFFSET(hdr)	field(hdr, 8)
#define NUM_BUFFERS(hdr)	field(hdr, 10)

static u64 gso_feature(u8 type)
{
	switch (type) {
	case TCPV4:
		return F_HOST_TSO4;
	case TCPV6:
		return F_HOST_TSO6;
	case UDP_L4:
		return F_HOST_USO;
	default:
		return 0;
	}
}

static void check_accepted(const struct virtio_net_hdr_v1 *hdr, u32 len, u64 features)
{
	u8 type = hdr->gso_type & ~ECN;

	MUST(!NUM_BUFFERS(hdr) && !(hdr->flags & ~1));
	if (hdr->flags) {
		MUST(features & F_CSUM);
		MUST(CSUM_START(hdr) >= 14 && CSUM_START(hdr) + CSUM_OFFSET(hdr) + 2u <= len);
	} else {
		MUST(!CSUM_START(hdr) && !CSUM_OFFSET(hdr));
	}
	if (!hdr->gso_type) {
		MUST(!GSO_SIZE(hdr) && !HDR_LEN(hdr) && len <= SDPU_FRAME_MAX);
		return;
	}
	MUST(hdr->flags && GSO_SIZE(hdr) && HDR_LEN(hdr) <= len && len <= SDPU_FRAME_MAX_GSO);
	MUST(features & gso_feature(type));
	MUST(!(hdr->gso_type & ECN) || ((features & F_HOST_ECN) && type != UDP_L4));
}

int fuzz_one(const u8 *data, size_t size)
{
	struct virtio_net_hdr_v1 hdr, before, again;
	u64 features, offloads, more;
	bool accepted;
	u32 len;

	program_start(data, size);
	take_bytes(&before, sizeof(before));
	/* often a frame that could be one; the offsets of a checksum are of that size */
	len = take(1) & 1 ? take(3) : take(2) % 2048;
	/* bits 0 to 15 and 48 to 63: all that is about frames */
	features = take(2) | take(2) << 48;
	offloads = take(2) | take(2) << 48;
	more = take(2) | take(2) << 48;

	hdr = before;
	accepted = sdpu_hdr_check(&hdr, len, features);
	if (accepted) {
		check_accepted(&hdr, len, features);
		again = hdr;
		MUST(sdpu_hdr_check(&again, len, features) && !memcmp(&again, &hdr, sizeof(hdr)));
		again = before;
		MUST(sdpu_hdr_check(&again, len, features | more));
		MUST(!memcmp(&again, &hdr, sizeof(hdr)));
		MUST(sdpu_hdr_fits(&hdr, ~0ull));
		MUST(hdr.flags || hdr.gso_type || sdpu_hdr_fits(&hdr, 0));
	}
	/* one that was not checked is no reason for anything either */
	MUST(!sdpu_hdr_fits(&before, offloads) || sdpu_hdr_fits(&before, offloads | more));
	return 0;
}
