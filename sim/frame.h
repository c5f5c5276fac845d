/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A frame on its way through the card: a private copy of what decisions are
 * made on, and where the rest still lies. What was looked at is what is
 * delivered: the copied bytes are never read from the sender's memory again.
 */
#ifndef _SDPU_SIM_FRAME_H
#define _SDPU_SIM_FRAME_H

#include "hdr.h"
#include "vring.h"

struct sk_buff;

/**
 * struct sdpu_frame - a frame
 * @hdr: virtio header, checked; num_buffers is zero
 * @len: bytes, from the Ethernet header on
 * @dst: destination address as a number, see sdpu_mac_key()
 * @vid: VLAN id, or -1 if the frame is untagged
 * @flow: sdpu_flow_hash(), 0 while nobody has needed it
 * @head_len: bytes that were copied: those of @head, and of @more behind them
 * @head: the first bytes of the frame
 * @more: those after SDPU_ETH_VLAN_HLEN, if @head_len says that there are any
 * @seg: where the bytes after these are; unused if there is @skb
 * @seg_off: offset in the first of them
 * @skb: the whole frame as an sk_buff, or NULL
 */
struct sdpu_frame {
	struct virtio_net_hdr_v1 hdr;
	u32 len;
	u64 dst;
	int vid;
	u32 flow;
	u32 head_len;
	u8 head[SDPU_ETH_VLAN_HLEN + 2];
	const u8 *more;
	const struct sdpu_seg *seg;
	u32 seg_off;
	struct sk_buff *skb;
};

/**
 * struct sdpu_cursor - how far a frame has been copied
 * @frame: the frame
 * @seg: segment to go on with
 * @seg_off: offset in it
 * @pos: bytes copied
 */
struct sdpu_cursor {
	const struct sdpu_frame *frame;
	const struct sdpu_seg *seg;
	u32 seg_off;
	u32 pos;
};

static inline void sdpu_cursor_init(struct sdpu_cursor *c, const struct sdpu_frame *frame)
{
	c->frame = frame;
	c->seg = frame->seg;
	c->seg_off = frame->seg_off;
	c->pos = 0;
}

/* Copy the next @n bytes of the frame; the caller knows that there are as many. */
void sdpu_cursor_copy(struct sdpu_cursor *c, u8 *to, u32 n);

/* Copy all of the frame to where there is room for it. */
void sdpu_frame_copy(const struct sdpu_frame *frame, u8 *to);

/*
 * Look at a popped transmit chain: snapshot its headers, check them.
 * 0, -EINVAL for a frame to drop, -EPROTO for a chain that breaks the ring.
 */
int sdpu_frame_from_chain(struct sdpu_frame *frame, const struct sdpu_chain *chain, u64 features);

/*
 * Copy the first bytes of the frame, @len at most, for those who look further than
 * @head: how many. It is a second look at the sender's memory, so what comes of it
 * may be wrong: good enough for which queue takes a frame, and for nothing else.
 */
u32 sdpu_frame_peek(const struct sdpu_frame *frame, u8 *to, u32 len);

/*
 * Copy the first bytes of @frame to @bytes for good, @len or all if there are less, and
 * make @to the same frame with these: how many. A frame whose first bytes were copied
 * already is not copied less: there is room for SDPU_RULE_ROOM more.
 */
u32 sdpu_frame_deepen(struct sdpu_frame *to, const struct sdpu_frame *frame, u8 *bytes, u32 len);

/* The first bytes of @frame, those that were copied, become @len at @bytes. It has no skb. */
void sdpu_frame_rehead(struct sdpu_frame *frame, const u8 *bytes, u32 len);

/* The flow that the frame belongs to: sdpu_flow_hash(). */
u32 sdpu_frame_flow(const struct sdpu_frame *frame);

/* Fill dst and vid from head. */
void sdpu_frame_parse(struct sdpu_frame *frame);

#endif /* _SDPU_SIM_FRAME_H */
