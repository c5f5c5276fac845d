// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: what a driver leaves to the device: checksums, segments. */
#include <string.h>

#include "conform.h"

#define IP_AT		14
#define TCP_AT		34
#define CSUM_LEN	600
#define SEGMENT		1000
#define SEGMENTS	8
#define GSO_LEN		(GSO_HEAD + SEGMENT * SEGMENTS)
#define TRANSMIT	"virtio 1.3, 5.1.6.2.2"
#define RECEIVE		"virtio 1.3, 5.1.6.4.1"

static u32 get16(const u8 *at)
{
	return at[0] << 8 | at[1];
}

static u32 get32(const u8 *at)
{
	return get16(at) << 16 | get16(at + 2);
}

/* The Internet checksum of @len bytes, @start added: 0xffff if it is right. */
static u32 sum(const u8 *data, u32 len, u32 start)
{
	u32 i;

	for (i = 0; i + 1 < len; i += 2)
		start += get16(data + i);
	if (len & 1)
		start += data[len - 1] << 8;
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return start;
}

static u8 payload(u32 i)
{
	return i * 17 + (i >> 8);
}

/* A frame of TCP to the peer in the room: the place of its header. */
static struct virtio_net_hdr_v1 *tcp(struct conform *c, u32 len, u16 segment)
{
	struct virtio_net_hdr_v1 *hdr = (void *)conform_room(c, 0);
	u8 *frame = conform_room(c, 0) + PORT_HDR;
	u32 i;

	memcpy(frame, conform_peer(c)->mac, 6);
	memcpy(frame + 6, c->dut.mac, 6);
	gso_write(frame, hdr, len, segment);
	for (i = 0; i < len - GSO_HEAD; i++)
		frame[GSO_HEAD + i] = payload(i);
	if (!segment) {
		hdr->gso_type = VIRTIO_NET_HDR_GSO_NONE;
		hdr->hdr_len = 0;
	}
	return hdr;
}

static bool send(struct conform *c, u32 len)
{
	struct ring_seg seg = { conform_room_iova(c, 0), PORT_HDR + len };
	u32 used;

	return conform_chain(c, PORT_TX, &seg, 1, 0, false, &used);
}

/* The next frame of IPv4 at the peer is @len bytes of the payload from @from on, and complete. */
static bool arrives(struct conform *c, u32 from, u32 len)
{
	struct heard h;
	u32 i, ip_len = len + GSO_HEAD - IP_AT, tcp_len = len + GSO_HEAD - TCP_AT;
	const u8 *ip = h.data + IP_AT, *segment = h.data + TCP_AT;

	if (!conform_comes(c, conform_peer(c), TAG_IPV4, c->ms, &h))
		return conform_fail(c, "what begins at byte %u does not arrive", from);
	if (!conform_want(c, h.len == len + GSO_HEAD && get16(ip + 2) == ip_len,
			  "%u bytes arrive, IP says %u, want %u", h.len, get16(ip + 2), ip_len) ||
	    !conform_want(c, !h.hdr.flags && h.hdr.gso_type == VIRTIO_NET_HDR_GSO_NONE,
			  "flags are %#x, gso_type is %#x, for somebody who accepted neither",
			  h.hdr.flags, h.hdr.gso_type) ||
	    !conform_want(c, sum(ip, 20, 0) == 0xffff, "the checksum of IP is wrong") ||
	    !conform_want(c, sum(segment, tcp_len, 6 + tcp_len + sum(ip + 12, 8, 0)) == 0xffff,
			  "the checksum of TCP is wrong") ||
	    !conform_want(c, get32(segment + 4) == from, "the sequence number is %u, want %u",
			  get32(segment + 4), from))
		return false;
	for (i = 0; i < len; i++)
		if (h.data[GSO_HEAD + i] != payload(from + i))
			return conform_fail(c, "byte %u of the payload is wrong", from + i);
	return true;
}

static void checksum(struct conform *c)
{
	u32 len;

	if (!conform_up(c))
		return;
	/* of even and of odd lengths */
	for (len = CSUM_LEN; len < CSUM_LEN + 4; len++) {
		tcp(c, len, 0);
		if (!send(c, len) || !arrives(c, 0, len - GSO_HEAD))
			break;
	}
}

static void segments(struct conform *c, u16 hdr_len)
{
	unsigned int i;

	if (!conform_up(c))
		return;
	tcp(c, GSO_LEN, SEGMENT)->hdr_len = hdr_len;
	if (!send(c, GSO_LEN))
		return;
	for (i = 0; i < SEGMENTS; i++)
		if (!arrives(c, i * SEGMENT, SEGMENT))
			return;
	conform_traffic(c, 50);
}

static void segmented(struct conform *c)
{
	segments(c, GSO_HEAD);
}

static void header_length_none(struct conform *c)
{
	segments(c, 0);
}

static void header_length_short(struct conform *c)
{
	segments(c, TCP_AT);
}

static void header_length_long(struct conform *c)
{
	segments(c, GSO_HEAD + 500);
}

static void header_length_beyond(struct conform *c)
{
	segments(c, 0xffff);
}

/* A plain frame behind that header arrives as if it were zeros. */
static void arrives_with(struct conform *c, struct virtio_net_hdr_v1 hdr)
{
	struct heard h;

	if (!conform_up(c))
		return;
	conform_frame(&c->dut, conform_room(c, 0), conform_peer(c)->mac, 100, 1);
	memcpy(conform_room(c, 0), &hdr, sizeof(hdr));
	if (send(c, 100) && conform_hear(c, conform_peer(c), 1, 100, &h))
		conform_want(c, !h.hdr.flags, "the receiver sees flags %#x", h.hdr.flags);
}

static void unknown_flag(struct conform *c)
{
	arrives_with(c, (struct virtio_net_hdr_v1) { .flags = 0x80 });
}

static void no_checksum(struct conform *c)
{
	arrives_with(c, (struct virtio_net_hdr_v1) { .csum_start = 0xffff, .csum_offset = 0xffff });
}

/* Whatever becomes of such a frame, the device works after a reset at the latest. */
static void harmless(struct conform *c, u8 type, u16 segment, u16 start, u32 len)
{
	struct ring_seg seg = { 0, PORT_HDR + len };
	struct virtio_net_hdr_v1 *hdr;

	if (!conform_up(c))
		return;
	seg.addr = conform_room_iova(c, 0);
	hdr = tcp(c, GSO_LEN, SEGMENT);
	hdr->gso_type = type;
	hdr->gso_size = segment;
	hdr->csum_start = start;
	if (!conform_offer(c, PORT_TX, &seg, 1, 0, false))
		return;
	conform_pause();
	if (conform_again(c) && conform_hello(c))
		conform_traffic(c, 50);
}

static void checksum_outside(struct conform *c)
{
	harmless(c, VIRTIO_NET_HDR_GSO_NONE, 0, 0xfff0, 600);
}

static void segments_of_nothing(struct conform *c)
{
	harmless(c, VIRTIO_NET_HDR_GSO_TCPV4, 0, TCP_AT, GSO_LEN);
}

static void half_a_header(struct conform *c)
{
	harmless(c, VIRTIO_NET_HDR_GSO_TCPV4, SEGMENT, TCP_AT, TCP_AT + 3);
}

static void unknown_gso(struct conform *c)
{
	harmless(c, 0x7f, SEGMENT, TCP_AT, GSO_LEN);
}

#define TSO	(F(CSUM) | F(HOST_TSO4))

const struct conform_case offload_cases[] = {
	CASE("a flag of the header that has no meaning is ignored", TRANSMIT, unknown_flag,
	     .needs = NEEDS_TRAFFIC),
	CASE("a place for a checksum that is not asked for is ignored", TRANSMIT, no_checksum,
	     .features = F(CSUM), .needs = NEEDS_TRAFFIC),
	CASE("a checksum that is left to the device is right when the frame arrives", RECEIVE,
	     checksum, .features = F(CSUM), .needs = NEEDS_TRAFFIC),
	CASE("a checksum outside of the frame does no harm", TRANSMIT, checksum_outside,
	     .features = F(CSUM), .needs = NEEDS_TRAFFIC),
	CASE("a large frame arrives in segments where nobody takes it whole", RECEIVE, segmented,
	     .features = TSO, .needs = NEEDS_TRAFFIC),
	CASE("packed: a large frame arrives in segments where nobody takes it whole", RECEIVE,
	     segmented, .features = TSO | F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("segments are right without a length of the headers", TRANSMIT, header_length_none,
	     .features = TSO, .needs = NEEDS_TRAFFIC),
	CASE("segments are right with too short a length of the headers", TRANSMIT,
	     header_length_short, .features = TSO, .needs = NEEDS_TRAFFIC),
	CASE("segments are right with too long a length of the headers", TRANSMIT,
	     header_length_long, .features = TSO, .needs = NEEDS_TRAFFIC),
	CASE("segments are right with headers that would be longer than the frame", TRANSMIT,
	     header_length_beyond, .features = TSO, .needs = NEEDS_TRAFFIC),
	CASE("segments of no bytes do no harm", TRANSMIT, segments_of_nothing, .features = TSO,
	     .needs = NEEDS_TRAFFIC),
	CASE("half a header to be segmented does no harm", TRANSMIT, half_a_header,
	     .features = TSO, .needs = NEEDS_TRAFFIC),
	CASE("a kind of segments that has no meaning does no harm", TRANSMIT, unknown_gso,
	     .needs = NEEDS_TRAFFIC),
	{ }
};
