// SPDX-License-Identifier: GPL-2.0-only
/* Frames: from a descriptor chain, and byte by byte out of wherever they lie. */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>

#include "frame.h"
#include "hash.h"
#include "switch.h"

static void sdpu_cursor_copy_segs(struct sdpu_cursor *c, u8 *to, u32 n)
{
	while (n) {
		u32 piece = min(n, c->seg->len - c->seg_off);

		memcpy(to, c->seg->va + c->seg_off, piece);
		to += piece;
		n -= piece;
		c->seg_off += piece;
		if (c->seg_off == c->seg->len) {
			c->seg++;
			c->seg_off = 0;
		}
	}
}

/* Of what was copied from the sender. */
static void sdpu_cursor_copy_head(struct sdpu_cursor *c, u8 *to, u32 n)
{
	const struct sdpu_frame *frame = c->frame;

	if (c->pos < SDPU_ETH_VLAN_HLEN) {
		u32 piece = min(n, SDPU_ETH_VLAN_HLEN - c->pos);

		memcpy(to, frame->head + c->pos, piece);
		c->pos += piece;
		to += piece;
		n -= piece;
	}
	if (n)
		memcpy(to, frame->more + (c->pos - SDPU_ETH_VLAN_HLEN), n);
	c->pos += n;
}

void sdpu_cursor_copy(struct sdpu_cursor *c, u8 *to, u32 n)
{
	const struct sdpu_frame *frame = c->frame;

	if (frame->skb) {
		/* the length was bounded by skb->len: it cannot fail */
		skb_copy_bits(frame->skb, c->pos, to, n);
		c->pos += n;
		return;
	}
	if (c->pos < frame->head_len) {
		u32 piece = min(n, frame->head_len - c->pos);

		sdpu_cursor_copy_head(c, to, piece);
		to += piece;
		n -= piece;
	}
	c->pos += n;
	sdpu_cursor_copy_segs(c, to, n);
}

void sdpu_frame_copy(const struct sdpu_frame *frame, u8 *to)
{
	struct sdpu_cursor cursor;
	u32 rest = frame->len - SDPU_ETH_VLAN_HLEN;

	/* a frame in one piece; its head is what was looked at */
	if (likely(!frame->skb && frame->head_len == SDPU_ETH_VLAN_HLEN &&
		   rest <= frame->seg->len - frame->seg_off)) {
		sdpu_prim_copy(to, frame->head, SDPU_ETH_VLAN_HLEN);
		memcpy(to + SDPU_ETH_VLAN_HLEN, frame->seg->va + frame->seg_off, rest);
		return;
	}
	sdpu_cursor_init(&cursor, frame);
	sdpu_cursor_copy(&cursor, to, frame->len);
}

/* Snapshot the next @n bytes of @seg, from *@off on; moves both on. */
static void sdpu_frame_take(struct sdpu_frame *frame, u8 *to, u32 n)
{
	while (n) {
		u32 piece = min(n, frame->seg->len - frame->seg_off);

		sdpu_prim_snapshot(to, frame->seg->va + frame->seg_off, piece);
		to += piece;
		n -= piece;
		frame->seg_off += piece;
		if (frame->seg_off == frame->seg->len) {
			frame->seg++;
			frame->seg_off = 0;
		}
	}
}

/* Pass over the next @n bytes of @seg. */
static void sdpu_frame_skip(struct sdpu_frame *frame, u32 n)
{
	for (; n >= frame->seg->len - frame->seg_off; frame->seg++, frame->seg_off = 0)
		n -= frame->seg->len - frame->seg_off;
	frame->seg_off += n;
}

u32 sdpu_frame_peek(const struct sdpu_frame *frame, u8 *to, u32 len)
{
	struct sdpu_cursor cursor;

	len = min(len, frame->len);
	sdpu_cursor_init(&cursor, frame);
	sdpu_cursor_copy(&cursor, to, len);
	return len;
}

u32 sdpu_frame_deepen(struct sdpu_frame *to, const struct sdpu_frame *frame, u8 *bytes, u32 len)
{
	struct sdpu_cursor cursor;

	len = min(frame->len, max(len, frame->head_len));
	sdpu_cursor_init(&cursor, frame);
	sdpu_cursor_copy(&cursor, bytes, len);
	barrier();
	*to = *frame;
	to->seg = cursor.seg;
	to->seg_off = cursor.seg_off;
	/* nobody changes what an sk_buff has */
	if (!frame->skb) {
		to->head_len = len;
		sdpu_frame_rehead(to, bytes, len);
	}
	return len;
}

void sdpu_frame_rehead(struct sdpu_frame *frame, const u8 *bytes, u32 len)
{
	frame->len += len - frame->head_len;
	frame->head_len = len;
	memcpy(frame->head, bytes, min_t(u32, len, SDPU_ETH_VLAN_HLEN));
	frame->more = bytes + SDPU_ETH_VLAN_HLEN;
	frame->flow = 0;
}

u32 sdpu_frame_flow(const struct sdpu_frame *frame)
{
	u8 head[SDPU_HASH_HEAD];

	/* the second look is dear: not where it would find nothing */
	if (frame->flow || !sdpu_flow_possible(frame->head))
		return frame->flow;
	return sdpu_flow_hash(head, sdpu_frame_peek(frame, head, sizeof(head)));
}

void sdpu_frame_parse(struct sdpu_frame *frame)
{
	const struct vlan_ethhdr *veth = (const void *)frame->head;

	frame->dst = sdpu_mac_key_of_eight(veth->h_dest);
	frame->vid = -1;
	if (frame->head_len >= SDPU_ETH_VLAN_HLEN && veth->h_vlan_proto == htons(ETH_P_8021Q)) {
		frame->vid = ntohs(veth->h_vlan_TCI) & VLAN_VID_MASK;
		/* 802.1Q: a priority tag names no VLAN */
		if (!frame->vid)
			frame->vid = -1;
	}
}

/*
 * Nearly always one segment has both headers, and more. What follows the first
 * SDPU_HDR_LEN bytes of @hdr_len is of a hash report, which means nothing here
 * (5.1.6.2.1).
 */
static __always_inline bool sdpu_frame_take_headers(struct sdpu_frame *frame, u32 hdr_len)
{
	const struct sdpu_seg *seg = frame->seg;

	if (unlikely(seg->len <= hdr_len + SDPU_ETH_VLAN_HLEN))
		return false;
	sdpu_prim_snapshot(&frame->hdr, seg->va, SDPU_HDR_LEN);
	sdpu_prim_snapshot(frame->head, seg->va + hdr_len, SDPU_ETH_VLAN_HLEN);
	frame->seg_off = hdr_len + SDPU_ETH_VLAN_HLEN;
	frame->head_len = SDPU_ETH_VLAN_HLEN;
	return true;
}

/* Wherever they are, and however little there is. */
static noinline void sdpu_frame_take_pieces(struct sdpu_frame *frame, u32 hdr_len)
{
	sdpu_frame_take(frame, (u8 *)&frame->hdr, SDPU_HDR_LEN);
	sdpu_frame_skip(frame, hdr_len - SDPU_HDR_LEN);
	frame->head_len = min_t(u32, frame->len, SDPU_ETH_VLAN_HLEN);
	sdpu_frame_take(frame, frame->head, frame->head_len);
}

int sdpu_frame_from_chain(struct sdpu_frame *frame, const struct sdpu_chain *chain, u64 features)
{
	u32 hdr_len = sdpu_hdr_len(features);

	if (chain->out_len < hdr_len)
		return -EPROTO;
	frame->skb = NULL;
	frame->flow = 0;
	frame->seg = chain->seg;
	frame->seg_off = 0;
	frame->len = chain->out_len - hdr_len;
	if (frame->len < SDPU_ETH_HLEN)
		return -EINVAL;
	if (!sdpu_frame_take_headers(frame, hdr_len))
		sdpu_frame_take_pieces(frame, hdr_len);
	if (!sdpu_hdr_check(&frame->hdr, frame->len, features))
		return -EINVAL;
	sdpu_frame_parse(frame);
	return 0;
}
