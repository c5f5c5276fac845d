// SPDX-License-Identifier: GPL-2.0-only
/* Receive queues: fill them from a frame, in the sender's context. */
#include <linux/skbuff.h>

#include "function.h"
#include "guard.h"
#include "pfleg.h"
#include "rx.h"
#include "vdev.h"

/*
 * Buffers that one frame may take. A driver that posts buffers so small that
 * a frame of 64 KiB does not fit in so many gets no such frame: walking its
 * whole ring for every frame would be the sender's time. Nor may the steps to
 * find the buffers be many, or the segments that a frame has to be cut into.
 */
#define SDPU_RX_BUFFERS_MAX	256
#define SDPU_RX_STEPS_MAX	2048
#define SDPU_RX_SEGMENTS_MAX	256

#define SDPU_NUM_BUFFERS_AT	offsetof(struct virtio_net_hdr_v1, num_buffers)

/* What making a segment costs, in steps. */
#define SDPU_RX_SEGMENT_STEPS	16

/**
 * struct sdpu_rx_fill - a frame being written to buffers
 * @cursor: rest of the frame
 * @pos: bytes written, virtio header included
 * @total: bytes to write
 * @hdr: virtio header to write
 * @hdr_len: bytes of it
 * @num_buffers: where the two bytes of that field went: it is known last
 */
struct sdpu_rx_fill {
	struct sdpu_cursor cursor;
	u32 pos;
	u32 total;
	struct sdpu_hdr hdr;
	u32 hdr_len;
	u8 *num_buffers[2];
};

/* The part of the header that falls into [to, to + n). */
static u32 sdpu_rx_fill_hdr(struct sdpu_rx_fill *fill, u8 *to, u32 n)
{
	u32 i;

	n = min_t(u32, n, fill->hdr_len - fill->pos);
	memcpy(to, (const u8 *)&fill->hdr + fill->pos, n);
	for (i = 0; i < 2; i++) {
		u32 at = SDPU_NUM_BUFFERS_AT + i;

		if (at >= fill->pos && at < fill->pos + n)
			fill->num_buffers[i] = to + (at - fill->pos);
	}
	return n;
}

/* Write as much as fits in @chain: bytes written. */
static u32 sdpu_rx_fill_chain(struct sdpu_rx_fill *fill, const struct sdpu_chain *chain)
{
	const struct sdpu_seg *seg = chain->seg + chain->num_out;
	const struct sdpu_seg *end = seg + chain->num_in;
	u32 start = fill->pos;

	for (; seg < end && fill->pos < fill->total; seg++) {
		u32 room = min(seg->len, fill->total - fill->pos);
		u8 *to = seg->va;

		if (fill->pos < fill->hdr_len) {
			u32 n = sdpu_rx_fill_hdr(fill, to, room);

			fill->pos += n;
			to += n;
			room -= n;
		}
		if (room) {
			sdpu_cursor_copy(&fill->cursor, to, room);
			fill->pos += room;
		}
	}
	return fill->pos - start;
}

static struct sdpu_hdr sdpu_rx_hdr(const struct sdpu_rx *rx, const struct sdpu_frame *frame)
{
	struct sdpu_hdr hdr = {
		.v1 = frame->hdr,
		.hash_value = cpu_to_le32(rx->hash.value),
		.hash_report = cpu_to_le16(rx->hash.report),
	};

	/* 5.1.6.4.1: only a driver that asked for it may be told that a checksum is good */
	if (hdr.v1.flags & VIRTIO_NET_HDR_F_DATA_VALID &&
	    !(READ_ONCE(rx->vq->vdev->offloads) & BIT_ULL(VIRTIO_NET_F_GUEST_CSUM)))
		hdr.v1.flags &= ~VIRTIO_NET_HDR_F_DATA_VALID;
	return hdr;
}

/* Write all of @frame, and its header, to one piece of memory. */
static void sdpu_rx_fill_piece(const struct sdpu_rx *rx, const struct sdpu_frame *frame,
			       u32 hdr_len, u8 *to)
{
	const struct sdpu_hdr hdr = sdpu_rx_hdr(rx, frame);
	const __le16 one = cpu_to_le16(1);

	sdpu_prim_copy(to, &hdr, SDPU_HDR_LEN);
	/* 5.1.6.4.1: set even where buffers are not merged */
	sdpu_prim_copy(to + SDPU_NUM_BUFFERS_AT, &one, sizeof(one));
	if (unlikely(hdr_len > SDPU_HDR_LEN))
		sdpu_prim_copy(to + SDPU_HDR_LEN, &hdr.hash_value, sizeof(hdr) - SDPU_HDR_LEN);
	sdpu_frame_copy(frame, to + hdr_len);
}

/* Write @frame to as many pieces as it takes, from the chain that was popped last on. */
static noinline bool sdpu_rx_fill_pieces(struct sdpu_rx *rx, const struct sdpu_frame *frame,
					 u32 hdr_len)
{
	struct sdpu_vq *vq = rx->vq;
	bool mergeable = vq->vdev->features & BIT_ULL(VIRTIO_NET_F_MRG_RXBUF);
	struct sdpu_rx_fill fill = {
		.total = hdr_len + frame->len,
		.hdr = sdpu_rx_hdr(rx, frame),
		.hdr_len = hdr_len,
	};
	unsigned int buffers = 0, most = mergeable ? SDPU_RX_BUFFERS_MAX : 1;
	struct sdpu_chain *chain = vq->chain;
	u32 steps = 0;

	sdpu_cursor_init(&fill.cursor, frame);
	for (;;) {
		u32 n;

		buffers++;
		steps += chain->steps;
		/* 5.1.6.3.1: the first buffer holds at least the header */
		if (chain->in_len < hdr_len) {
			sdpu_vring_break(&vq->ring, SDPU_BROKEN_HEADER);
			break;
		}
		n = sdpu_rx_fill_chain(&fill, chain);
		sdpu_vring_push(&vq->ring, chain->head, n);
		if (fill.pos == fill.total) {
			*fill.num_buffers[0] = buffers & 0xff;
			*fill.num_buffers[1] = buffers >> 8;
			break;
		}
		if (buffers == most || steps > SDPU_RX_STEPS_MAX ||
		    !sdpu_vring_pop(&vq->ring, chain))
			break;
	}
	rx->steps += steps;
	return fill.pos == fill.total;
}

/*
 * Write @frame to the ring: true, or false and nothing was taken from the ring.
 * The driver sees it after the next publish.
 */
static bool sdpu_rx_fill(struct sdpu_rx *rx, const struct sdpu_frame *frame)
{
	struct sdpu_vq *vq = rx->vq;
	u32 hdr_len = sdpu_hdr_len(vq->vdev->features);
	struct sdpu_vring_mark mark = sdpu_vring_mark(&vq->ring);
	struct sdpu_chain *chain = vq->chain;

	if (!sdpu_vring_pop(&vq->ring, chain))
		return false;
	if (likely(chain->num_in == 1 && chain->in_len >= hdr_len + frame->len)) {
		sdpu_rx_fill_piece(rx, frame, hdr_len, chain->seg[chain->num_out].va);
		sdpu_vring_push(&vq->ring, chain->head, hdr_len + frame->len);
		rx->steps += chain->steps;
		return true;
	}
	if (sdpu_rx_fill_pieces(rx, frame, hdr_len))
		return true;
	sdpu_vring_rewind(&vq->ring, mark);
	return false;
}

void sdpu_rx_flush(struct sdpu_rx *rx)
{
	struct sdpu_vq *vq = rx->vq;

	if (!vq)
		return;
	if (vq->live) {
		sdpu_vq_publish(vq);
		if (vq->ring.broken)
			sdpu_vq_broken(vq);
	}
	spin_unlock(&vq->lock);
	rx->vq = NULL;
}

/* Lock the receive queue that takes the frame; NULL if there is none. */
static struct sdpu_vq *sdpu_rx_lock(struct sdpu_rx *rx, struct sdpu_vdev *vdev,
				    const struct sdpu_frame *frame, unsigned int hint)
{
	struct sdpu_spread spread;
	struct sdpu_vq *vq;

	for (;;) {
		vq = sdpu_vdev_rx_queue(vdev, frame, hint, &rx->hash, &spread);
		if (vq == rx->vq)
			return vq;
		sdpu_rx_flush(rx);
		if (!vq)
			return NULL;
		spin_lock(&vq->lock);
		rx->vq = vq;
		/* who changed that meanwhile may have told the driver: see sdpu_vdev_settle() */
		if (likely(sdpu_vdev_spreads(vdev, &spread)))
			return vq;
	}
}

static void sdpu_rx_one(struct sdpu_rx *rx, const struct sdpu_frame *frame)
{
	struct sdpu_vq *vq = rx->vq;

	/* after a reset another kind of queue may be where the sender found this one */
	if (!vq->live || READ_ONCE(vq->vdev->broken) || vq->index == vq->vdev->cvq) {
		vq->stats.drop_down++;
		return;
	}
	if (frame->len > READ_ONCE(vq->vdev->max_frame) && !sdpu_hdr_is_gso(&frame->hdr)) {
		vq->stats.drop_filter++;
		return;
	}
	if (sdpu_rx_fill(rx, frame)) {
		vq->stats.packets++;
		vq->stats.bytes += frame->len;
		vq->stats.gso_packets += sdpu_hdr_is_gso(&frame->hdr);
		return;
	}
	vq->stats.drop_no_buffer++;
	if (vq->ring.broken)
		sdpu_vq_broken(vq);
}

/* The receiver cannot take the frame as it is: cut and sum in software. */
static void sdpu_rx_convert(struct sdpu_rx *rx, const struct sdpu_frame *frame, u64 offloads)
{
	struct sdpu_vq *vq = rx->vq;
	struct sk_buff *skb, *next;
	struct sdpu_frame piece;

	if (sdpu_hdr_is_gso(&frame->hdr) &&
	    frame->len / le16_to_cpu((__force __le16)frame->hdr.gso_size) > SDPU_RX_SEGMENTS_MAX) {
		rx->bad = true;
		return;
	}
	skb = frame->skb ? skb_clone(frame->skb, GFP_ATOMIC) : sdpu_skb_from_frame(frame);
	if (!IS_ERR_OR_NULL(skb))
		skb = sdpu_skb_simplify(skb, offloads);
	if (IS_ERR_OR_NULL(skb)) {
		if (skb && PTR_ERR(skb) != -ENOMEM)
			rx->bad = true;
		else
			vq->stats.drop_no_buffer++;
		return;
	}
	skb_list_walk_safe(skb, skb, next) {
		skb_mark_not_on_list(skb);
		if (sdpu_frame_from_skb(&piece, skb, offloads))
			sdpu_rx_one(rx, &piece);
		else
			rx->bad = true;
		rx->steps += SDPU_RX_SEGMENT_STEPS;
		consume_skb(skb);
	}
}

static void sdpu_rx_give(struct sdpu_rx *rx, struct sdpu_port *port,
			 const struct sdpu_frame *frame, unsigned int hint)
{
	struct sdpu_vdev *vdev = rcu_dereference(sdpu_function_of_port(port)->vdev);
	struct sdpu_vq *vq;
	u64 offloads;

	vq = vdev ? sdpu_rx_lock(rx, vdev, frame, hint) : NULL;
	if (!vq) {
		atomic64_inc(&port->drop_down);
		return;
	}
	if (unlikely(!READ_ONCE(port->link))) {
		vq->stats.drop_down++;
		return;
	}
	offloads = READ_ONCE(vdev->offloads);
	if (likely(sdpu_hdr_fits(&frame->hdr, offloads)))
		sdpu_rx_one(rx, frame);
	else
		sdpu_rx_convert(rx, frame, offloads);
}

/* Its driver does not see the VLAN that the VF is in. */
static noinline void sdpu_rx_untag(struct sdpu_rx *rx, struct sdpu_port *port, u32 policy,
				   const struct sdpu_frame *frame, unsigned int hint)
{
	struct sdpu_edit edit;

	if (!sdpu_guard_received(policy, &edit, frame)) {
		atomic64_inc(&port->drop_filter);
		return;
	}
	sdpu_rx_give(rx, port, &edit.frame, hint);
	sdpu_edit_end(&edit);
}

void sdpu_rx_deliver(struct sdpu_rx *rx, struct sdpu_port *port, const struct sdpu_frame *frame,
		     unsigned int hint)
{
	u32 policy = READ_ONCE(port->policy);

	if (unlikely(policy & SDPU_POLICY_TAG))
		sdpu_rx_untag(rx, port, policy, frame, hint);
	else
		sdpu_rx_give(rx, port, frame, hint);
}
