// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad frames in good rings: they are counted and dropped, the ring goes on.
 * And odd chains that are allowed: what is in them arrives.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hostile.h"

#define NEXT	VRING_DESC_F_NEXT

#define FRAME	200

/* What the victim has in its send memory, as the next frame. */
struct bad {
	struct virtio_net_hdr_v1 hdr;
	u32 len;
};

/* Send one chain of @n descriptors and wait until it is used. */
static bool send_chain(struct lab *lab, const struct vring_desc *desc, unsigned int n)
{
	struct port *p = &lab->victim;
	struct ring *r = &p->ring[PORT_TX];
	u16 from = r->used->idx;

	memcpy(r->desc, desc, n * sizeof(*desc));
	raw_avail(r, 0);
	port_kick(p, PORT_TX);
	return raw_used(lab, r, from, 1);
}

/* The frame is dropped, counted, and the victim goes on. */
static void dropped(struct lab *lab, struct bad bad)
{
	struct vring_desc desc;
	long long before;

	if (!lab_up(lab))
		return;
	before = lab_counter(lab, PORT_TX, "drop_bad");
	raw_frame(lab, 0, bad.len);
	memcpy(lab->victim.tx_mem.va, &bad.hdr, sizeof(bad.hdr));
	desc = (struct vring_desc){ .addr = PORT_IOVA_TX, .len = PORT_HDR + bad.len };
	if (!send_chain(lab, &desc, 1))
		return;
	if (!lab_want(lab, !(vdpa_get_status(&lab->victim.dev) & NEEDS_RESET), "the ring broke"))
		return;
	if (before >= 0)
		lab_want(lab, lab_counter(lab, PORT_TX, "drop_bad") == before + 1,
			 "drop_bad went from %lld to %lld", before,
			 lab_counter(lab, PORT_TX, "drop_bad"));
	/* the ring was used by hand: carry on from there, without a reset */
	memset(lab->victim.tx_mem.va, 0, PORT_HDR);
	ring_sync(&lab->victim.ring[PORT_TX]);
	lab_alive(lab, 50);
}

#define NEEDS_CSUM	VIRTIO_NET_HDR_F_NEEDS_CSUM
#define TSO4		VIRTIO_NET_HDR_GSO_TCPV4

#define BAD(name, frame_len, ...) \
	static void name(struct lab *lab) \
	{ \
		dropped(lab, (struct bad){ .len = (frame_len), .hdr = { __VA_ARGS__ } }); \
	}

#define CSUM_AT(start, offset)	.flags = NEEDS_CSUM, .csum_start = (start), .csum_offset = (offset)
#define TCP			CSUM_AT(34, 16)

BAD(gso_unknown, FRAME, TCP, .gso_type = 0x7f, .gso_size = 100)
BAD(gso_udp, FRAME, CSUM_AT(34, 6), .gso_type = VIRTIO_NET_HDR_GSO_UDP, .gso_size = 100)
BAD(gso_no_size, FRAME, TCP, .gso_type = TSO4)
BAD(gso_no_csum, FRAME, .gso_type = TSO4, .gso_size = 100)
BAD(gso_ecn, FRAME, TCP, .gso_type = TSO4 | VIRTIO_NET_HDR_GSO_ECN, .gso_size = 100)
BAD(csum_start, FRAME, CSUM_AT(FRAME, 0))
BAD(csum_last, FRAME, CSUM_AT(34, FRAME - 34 - 1))
BAD(csum_overflow, FRAME, CSUM_AT(0xffff, 0xffff))
BAD(csum_in_header, FRAME, CSUM_AT(0, 0))
BAD(no_frame, 0)
BAD(runt, 13)
BAD(too_long, 20000)
BAD(gso_too_long, 128 * 1024, TCP, .gso_type = TSO4, .gso_size = 1400, .hdr_len = 54)

/* Have a, the receiver, accept @features from now on. */
static bool receiver_takes(struct lab *lab, u64 features)
{
	int err = flow_settle(&lab->bystander, WAIT_MS);

	lab->a.attrs.features = features;
	if (!err)
		err = port_restart(&lab->a);
	return lab_want(lab, !err, "the receiver does not start again: %s", strerror(-err));
}

/* The receiver cannot take the frame whole: cutting it finds out that it is none to be cut. */
static void cut(struct lab *lab, struct bad bad)
{
	u64 features = lab->a.attrs.features;

	if (!receiver_takes(lab, features & ~F_OFFLOADS))
		return;
	dropped(lab, bad);
	receiver_takes(lab, features);
}

static void gso_no_ip(struct lab *lab)
{
	cut(lab, (struct bad){ .len = FRAME, .hdr = {
		TCP, .gso_type = TSO4, .gso_size = 100, .hdr_len = 54 } });
}

static void gso_csum_elsewhere(struct lab *lab)
{
	cut(lab, (struct bad){ .len = FRAME, .hdr = {
		CSUM_AT(34, 6), .gso_type = TSO4, .gso_size = 100, .hdr_len = 54 } });
}

static void gso_many(struct lab *lab)
{
	cut(lab, (struct bad){ .len = 1000, .hdr = {
		TCP, .gso_type = TSO4, .gso_size = 1, .hdr_len = 54 } });
}

static void not_negotiated(struct lab *lab)
{
	lab->attrs.features &= ~F_OFFLOADS;
	dropped(lab, (struct bad){ .len = FRAME, .hdr = { TCP } });
}

static void gso_not_negotiated(struct lab *lab)
{
	lab->attrs.features &= ~(F(HOST_TSO4) | F(HOST_TSO6));
	dropped(lab, (struct bad){
		.len = FRAME, .hdr = { TCP, .gso_type = TSO4, .gso_size = 100, .hdr_len = 54 },
	});
}

/* Wait for a frame that is not a flow's in a's receive ring: its length, 0 if none comes. */
static u32 arrived(struct lab *lab, struct virtio_net_hdr_v1 *hdr, u8 *first, u8 *last)
{
	u64 until = now_ns() + WAIT_MS * 1000000ull;
	struct port_frame pf;
	u32 len = 0;
	int ret;

	do {
		ret = port_rx(&lab->a, &pf);
		if (ret < 0)
			lab_fail(lab, "the receiver's ring is broken");
		if (ret <= 0)
			continue;
		if (pf.seg_len[0] > 14 && !memcmp(pf.seg[0] + 6, lab->victim.mac, 6)) {
			memcpy(hdr, pf.seg[0] - PORT_HDR, sizeof(*hdr));
			*first = pf.seg[0][14];
			*last = pf.seg[pf.num - 1][pf.seg_len[pf.num - 1] - 1];
			len = pf.len;
		}
		port_rx_done(&lab->a, &pf);
		port_flush(&lab->a);
	} while (!len && ret >= 0 && now_ns() < until);
	return len;
}

/* A frame with a first and a last byte that nobody else's has. */
static void marked_frame(struct lab *lab, size_t at, u32 len)
{
	u8 *frame = lab->victim.tx_mem.va + at + PORT_HDR;

	raw_frame(lab, at, len);
	frame[14] = 0xa5;
	frame[len - 1] = 0x5a;
}

/* The chain is sent and the marked frame in it, @len bytes, arrives. */
static void arrives(struct lab *lab, const struct vring_desc *desc, unsigned int n, u32 len)
{
	struct virtio_net_hdr_v1 hdr = { 0 };
	u8 first = 0, last = 0;
	u32 got;

	if (!send_chain(lab, desc, n))
		return;
	got = arrived(lab, &hdr, &first, &last);
	if (!lab_want(lab, got == len, "%u bytes arrived, want %u", got, len))
		return;
	lab_want(lab, first == 0xa5 && last == 0x5a, "the content is wrong");
	ring_sync(&lab->victim.ring[PORT_TX]);
	lab_alive(lab, 50);
}

static void byte_descriptors(struct lab *lab)
{
	struct vring_desc desc[60];
	unsigned int i;

	if (!lab_up(lab))
		return;
	marked_frame(lab, 0, 60 - PORT_HDR);
	for (i = 0; i < 60; i++)
		raw_desc(desc, i, PORT_IOVA_TX + i, 1, i < 59 ? NEXT : 0, i + 1);
	arrives(lab, desc, 60, 60 - PORT_HDR);
}

static void empty_descriptors(struct lab *lab)
{
	struct vring_desc desc[5];

	if (!lab_up(lab))
		return;
	marked_frame(lab, 0, FRAME);
	raw_desc(desc, 0, PORT_IOVA_TX, 0, NEXT, 1);
	raw_desc(desc, 1, PORT_IOVA_TX, PORT_HDR, NEXT, 2);
	raw_desc(desc, 2, HOLE, 0, NEXT, 3);
	raw_desc(desc, 3, PORT_IOVA_TX + PORT_HDR, FRAME, NEXT, 4);
	raw_desc(desc, 4, PORT_IOVA_TX, 0, 0, 0);
	arrives(lab, desc, 5, FRAME);
}

static void writable_tail(struct lab *lab)
{
	struct vring_desc desc[2];

	if (!lab_up(lab))
		return;
	marked_frame(lab, 0, FRAME);
	raw_desc(desc, 0, PORT_IOVA_TX, PORT_HDR + FRAME, NEXT, 1);
	raw_desc(desc, 1, PORT_IOVA_TX + 65536, 64, VRING_DESC_F_WRITE, 0);
	arrives(lab, desc, 2, FRAME);
}

static void page_crossing(struct lab *lab)
{
	struct vring_desc desc;
	u64 at = MEM_PAGE - 6;

	if (!lab_up(lab))
		return;
	marked_frame(lab, at, FRAME);
	desc = (struct vring_desc){ .addr = PORT_IOVA_TX + at, .len = PORT_HDR + FRAME };
	arrives(lab, &desc, 1, FRAME);
}

/* Two mappings side by side, of memory that is not: a buffer may span them. */
static void mapping_crossing(struct lab *lab)
{
	struct port *p = &lab->victim;
	u64 at = HOLE + MEM_PAGE - 50;
	struct vring_desc desc;
	int err;

	if (!lab_up(lab))
		return;
	err = vdpa_map(&p->dev, 0, HOLE, MEM_PAGE, p->tx_mem.va + 8 * MEM_PAGE, VHOST_ACCESS_RO);
	if (!err)
		err = vdpa_map(&p->dev, 0, HOLE + MEM_PAGE, MEM_PAGE, p->tx_mem.va,
			       VHOST_ACCESS_RO);
	if (!lab_want(lab, !err, "cannot map: %s", strerror(-err)))
		return;
	marked_frame(lab, 0, FRAME);
	/* the first 50 bytes are at the end of one page, the rest at the start of the other */
	memcpy(p->tx_mem.va + 9 * MEM_PAGE - 50, p->tx_mem.va, 50);
	memmove(p->tx_mem.va, p->tx_mem.va + 50, PORT_HDR + FRAME - 50);
	desc = (struct vring_desc){ .addr = at, .len = PORT_HDR + FRAME };
	arrives(lab, &desc, 1, FRAME);
}

/* A TCP segment of 60000 bytes to be cut by whoever needs that: nobody here. */
static void large(struct lab *lab, u16 hdr_len)
{
	const u64 need = F(CSUM) | F(HOST_TSO4);
	struct virtio_net_hdr_v1 hdr = {
		TCP, .gso_type = TSO4, .gso_size = 1400, .hdr_len = hdr_len,
	};
	struct vring_desc desc = { .addr = PORT_IOVA_TX, .len = PORT_HDR + 60000 };
	struct virtio_net_hdr_v1 got;
	u8 first, last;
	u32 len;

	if (!lab_up(lab))
		return;
	if ((lab->victim.features & need) != need || !(lab->a.features & F(GUEST_TSO4)) ||
	    !(lab->a.features & F(MRG_RXBUF))) {
		lab->skip = "the device has no TSO";
		return;
	}
	raw_frame(lab, 0, 60000);
	memcpy(lab->victim.tx_mem.va, &hdr, sizeof(hdr));
	/* IPv4, TCP, so that the frame is what the header says */
	memcpy(lab->victim.tx_mem.va + PORT_HDR + 12,
	       "\x08\x00\x45\x00\xea\x52\x00\x00\x40\x00\x40\x06", 12);
	lab->victim.tx_mem.va[PORT_HDR + 46] = 0x50;
	if (!send_chain(lab, &desc, 1))
		return;
	len = arrived(lab, &got, &first, &last);
	if (lab_want(lab, len == 60000, "%u bytes arrived, want 60000", len))
		lab_want(lab, got.gso_type == TSO4 && got.gso_size == 1400 &&
			 got.flags & NEEDS_CSUM && got.csum_start == 34 && got.csum_offset == 16 &&
			 got.hdr_len <= len, "gso %u of %u, flags %#x, checksum at %u + %u, "
			 "headers of %u", got.gso_type, got.gso_size, got.flags, got.csum_start,
			 got.csum_offset, got.hdr_len);
}

static void large_frame(struct lab *lab)
{
	large(lab, 54);
}

static void more_headers(struct lab *lab)
{
	large(lab, 0xffff);
}

const struct test frame_tests[] = {
	{ "a frame of an unknown GSO type is dropped and counted", gso_unknown },
	{ "a frame of a GSO type that was not offered is dropped and counted", gso_udp },
	{ "a GSO frame without a segment size is dropped and counted", gso_no_size },
	{ "a GSO frame without a checksum to fill in is dropped and counted", gso_no_csum },
	{ "a GSO frame with ECN that was not negotiated is dropped and counted", gso_ecn },
	{ "a GSO frame is dropped and counted if TSO was not negotiated", gso_not_negotiated },
	{ "a checksum that starts behind the frame: dropped and counted", csum_start },
	{ "a checksum field across the end of the frame: dropped and counted", csum_last },
	{ "checksum offsets that overflow: dropped and counted", csum_overflow },
	{ "a checksum over the Ethernet header: dropped and counted", csum_in_header },
	{ "a checksum to fill in that was not negotiated: dropped and counted", not_negotiated },
	{ "a header without a frame is dropped and counted", no_frame },
	{ "a frame shorter than an Ethernet header is dropped and counted", runt },
	{ "a frame of 20000 bytes without GSO is dropped and counted", too_long },
	{ "a GSO frame of 128 KiB is dropped and counted", gso_too_long },
	{ "a GSO frame that is no IP and has to be cut is counted at its sender", gso_no_ip },
	{ "so is one with its checksum where TCP has none", gso_csum_elsewhere },
	{ "so is one of a thousand segments", gso_many },
	{ "a frame in descriptors of a byte each arrives", byte_descriptors },
	{ "descriptors of no bytes are no obstacle", empty_descriptors },
	{ "a writable descriptor behind a frame is no obstacle", writable_tail },
	{ "a frame across a page boundary arrives, header torn apart", page_crossing },
	{ "a frame across two mappings arrives", mapping_crossing },
	{ "a TCP frame of 60000 bytes arrives whole, with its header", large_frame },
	{ "so does one with more headers than bytes, and says so no more", more_headers },
	{ }
};
