// SPDX-License-Identifier: GPL-2.0-only
/* A flow: numbered frames from one port to another, checked on arrival. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cpus.h"
#include "flow.h"

/* IEEE 802: for experiments on a local network */
#define ETHERTYPE	0x88b5
#define MAGIC		0x55504453u
/*
 * Receive buffers that are not counted on, of rings that have so many: frames of others
 * may take them. A netdev beside us that comes up sends ten and more to everybody.
 */
#define SLACK_MIN	8
#define SLACK_MAX	32

/* Addresses, and what kind of frame it is. */
#define ETH_LEN		14

/* What follows the head of a frame; the last eight bytes are ~@number. */
struct tag {
	u16 id;
	u32 magic;
	u64 number;
} __attribute__((packed));

static u32 head_len(const struct flow *f)
{
	return f->gso ? GSO_HEAD : ETH_LEN;
}

/* Bytes between the tag and the last eight. */
static u32 data_len(const struct flow *f)
{
	return f->frame_size - head_len(f) - sizeof(struct tag) - 8;
}

int flow_init(struct flow *f, struct port *tx, struct port *rx, u32 frame_size,
	      unsigned int batch)
{
	u32 per_frame = (frame_size + PORT_HDR + rx->attrs.buf_size - 1) / rx->attrs.buf_size;
	u32 slack = rx->attrs.ring_size / 4, i;
	static u16 ids;

	memset(f, 0, sizeof(*f));
	if (frame_size < FLOW_FRAME_MIN || frame_size > tx->attrs.frame_max ||
	    per_frame > PORT_BUFS || !batch)
		return -EINVAL;
	f->tx = tx;
	f->rx = rx;
	f->frame_size = frame_size;
	f->batch = batch;
	slack = slack < SLACK_MIN ? SLACK_MIN : slack > SLACK_MAX ? SLACK_MAX : slack;
	if (rx->attrs.ring_size <= slack + per_frame)
		return -EINVAL;
	f->limit = (rx->attrs.ring_size - slack) / per_frame;
	memcpy(f->head, rx->mac, 6);
	memcpy(f->head + 6, tx->mac, 6);
	f->head[12] = ETHERTYPE >> 8;
	f->head[13] = ETHERTYPE & 0xff;
	f->id = ++ids;
	f->moved_at = now_ns();
	f->pattern = malloc(frame_size);
	if (!f->pattern)
		return -ENOMEM;
	for (i = 0; i < frame_size; i++)
		f->pattern[i] = i * 7 + f->id;
	return 0;
}

void flow_free(struct flow *f)
{
	free(f->pattern);
	f->pattern = NULL;
}

int flow_gso(struct flow *f, u16 segment)
{
	const u64 sends = BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_HOST_TSO4);
	const u64 takes = BIT(VIRTIO_NET_F_GUEST_CSUM) | BIT(VIRTIO_NET_F_GUEST_TSO4);

	/* a frame of one segment is none to segment */
	if (f->frame_size <= GSO_HEAD + (u32)segment || f->frame_size > GSO_FRAME_MAX ||
	    segment < FLOW_FRAME_MIN)
		return -EINVAL;
	/* a tap knows that without virtio's features */
	if ((!f->tx->vhost_net && sends & ~f->tx->features) ||
	    (!f->rx->vhost_net && takes & ~f->rx->features))
		return -ENOTSUP;
	f->gso = segment;
	gso_write(f->head, &f->hdr, f->frame_size, segment);
	return 0;
}

/* Where the part of the source address is that takes turns. */
#define TURN		10

/* Of the frame of a number. */
static u16 turn(const struct flow *f, u64 number)
{
	return number % f->sources;
}

static void write_frame(const struct flow *f, u8 *frame)
{
	struct tag *tag = (struct tag *)(frame + head_len(f));
	u64 tail = ~f->next;

	/* sizes that the compiler knows */
	if (f->gso) {
		memcpy(frame - PORT_HDR, &f->hdr, PORT_HDR);
		memcpy(frame, f->head, GSO_HEAD);
	} else {
		memcpy(frame, f->head, ETH_LEN);
	}
	if (f->sources) {
		frame[TURN] = turn(f, f->next) >> 8;
		frame[TURN + 1] = turn(f, f->next);
	}
	tag->id = f->id;
	tag->magic = MAGIC;
	tag->number = f->next;
	if (f->check_data)
		memcpy(tag + 1, f->pattern, data_len(f));
	memcpy(frame + f->frame_size - 8, &tail, 8);
}

int flow_write(struct flow *f, unsigned int most)
{
	unsigned int n;
	u8 *frame;
	int err;

	err = port_tx_reap(f->tx);
	if (err < 0)
		return err;
	for (n = 0; n < most; n++) {
		if (!f->open_loop && flow_in_flight(f) >= f->limit)
			break;
		frame = port_tx_buf(f->tx);
		if (!frame)
			break;
		write_frame(f, frame);
		err = port_tx(f->tx, f->frame_size);
		if (err)
			return err;
		f->next++;
	}
	f->stats.sent += n;
	return n;
}

int flow_fill(struct flow *f)
{
	int n = flow_write(f, f->batch);

	if (n > 0) {
		f->suspected = false;
		port_flush(f->tx);
	}
	return n;
}

static bool bit_take(struct flow *f, u64 number, bool set)
{
	u64 *word = &f->seen[number / 64 % (FLOW_WINDOW / 64)], bit = BIT(number % 64);
	bool was = *word & bit;

	if (set)
		*word |= bit;
	else
		*word &= ~bit;
	return was;
}

static void account(struct flow *f, u64 number)
{
	if (number >= f->next || (number < f->expect && f->expect - number >= FLOW_WINDOW)) {
		f->stats.corrupt++;
		return;
	}
	if (number >= f->expect) {
		for (; f->expect < number; f->expect++) {
			bit_take(f, f->expect, false);
			f->stats.lost++;
		}
		bit_take(f, f->expect++, true);
	} else {
		if (bit_take(f, number, true)) {
			f->stats.duplicate++;
			return;
		}
		f->stats.lost--;
		f->stats.reordered++;
	}
	f->stats.received++;
}

/* Copy out of the pieces; frames of one piece, nearly all, are not copied. */
static const u8 *linear(const struct port_frame *pf, u8 *buf)
{
	unsigned int i;
	u32 at = 0;

	if (pf->num == 1)
		return pf->seg[0];
	for (i = 0; i < pf->num; i++) {
		memcpy(buf + at, pf->seg[i], pf->seg_len[i]);
		at += pf->seg_len[i];
	}
	return buf;
}

/* Does a frame begin as it was sent, and still say how it is to be segmented? */
static bool same_head(const struct flow *f, const struct port_frame *pf, const u8 *frame,
		      u64 number)
{
	const struct virtio_net_hdr_v1 *hdr = (const void *)(pf->seg[0] - PORT_HDR);

	if (f->gso && (hdr->gso_type != f->hdr.gso_type || hdr->gso_size != f->gso))
		return false;
	if (!f->sources)
		return !memcmp(frame, f->head, head_len(f));
	return !memcmp(frame, f->head, TURN) &&
	       (frame[TURN] << 8 | frame[TURN + 1]) == turn(f, number) &&
	       !memcmp(frame + TURN + 2, f->head + TURN + 2, head_len(f) - TURN - 2);
}

static void check(struct flow *f, const struct port_frame *pf)
{
	static u8 buf[70000];
	const struct tag *tag;
	const u8 *frame;
	u64 tail;

	if (pf->len < head_len(f) + sizeof(*tag) || pf->len > sizeof(buf)) {
		f->stats.foreign++;
		return;
	}
	frame = linear(pf, buf);
	tag = (const struct tag *)(frame + head_len(f));
	if (frame[12] != f->head[12] || frame[13] != f->head[13] || tag->magic != MAGIC ||
	    tag->id != f->id) {
		f->stats.foreign++;
		return;
	}
	/* one that was given up already is not on the way any more */
	if (f->arrived < f->next)
		f->arrived++;
	if (pf->len != f->frame_size) {
		f->stats.corrupt++;
		return;
	}
	memcpy(&tail, frame + pf->len - 8, 8);
	if (tail != ~tag->number || !same_head(f, pf, frame, tag->number) ||
	    (f->check_data && memcmp(tag + 1, f->pattern, data_len(f))))
		f->stats.corrupt++;
	else
		account(f, tag->number);
}

int flow_drain(struct flow *f)
{
	struct port_frame pf;
	unsigned int n = 0;
	int ret;

	/* bounded, so that sending goes on meanwhile */
	while (n < 2 * f->batch) {
		ret = port_rx(f->rx, &pf);
		if (ret < 0)
			return ret;
		if (!ret)
			break;
		check(f, &pf);
		ret = port_rx_done(f->rx, &pf);
		if (ret)
			return ret;
		n++;
	}
	if (n) {
		f->suspected = false;
		port_flush(f->rx);
	}
	return n;
}

void flow_give_up(struct flow *f)
{
	f->stats.stalls++;
	f->stats.lost += f->next - f->expect;
	while (f->expect < f->next)
		bit_take(f, f->expect++, false);
	f->arrived = f->next;
	f->moved_at = now_ns();
	/* perhaps a kick got lost */
	port_kick(f->tx, PORT_TX);
	port_kick(f->rx, PORT_RX);
}

bool flow_stalled(struct flow *f)
{
	if (f->suspected)
		return true;
	cpus_visit();
	f->suspected = true;
	return false;
}

int flow_settle(struct flow *f, int ms)
{
	u64 until = now_ns() + ms * 1000000ull;
	unsigned int idle = 0;
	int n;

	while (flow_in_flight(f)) {
		n = flow_drain(f);
		if (n < 0)
			return n;
		if (n) {
			until = now_ns() + ms * 1000000ull;
			idle = 0;
			continue;
		}
		if (++idle > FLOW_IDLE_LOOKS && now_ns() > until) {
			if (flow_stalled(f))
				return -ETIMEDOUT;
			until = now_ns() + ms * 1000000ull;
			idle = 0;
		}
		sched_yield();
	}
	return 0;
}

int flow_run(struct flow *f, u64 count, int ms)
{
	u64 before = flow_errors(f), last = f->stats.sent + count;
	u64 until = now_ns() + ms * 1000000ull;
	unsigned int batch = f->batch;
	int sent, got, err;

	while (f->stats.sent < last) {
		f->batch = last - f->stats.sent < batch ? last - f->stats.sent : batch;
		sent = flow_fill(f);
		f->batch = batch;
		got = sent < 0 ? sent : flow_drain(f);
		if (got < 0)
			return got;
		if (!sent && !got && now_ns() <= until)
			continue;
		if (!sent && !got && flow_stalled(f))
			break;
		until = now_ns() + ms * 1000000ull;
	}
	err = flow_settle(f, ms);
	if (err == -ETIMEDOUT || f->stats.sent < last) {
		flow_give_up(f);
		return -EIO;
	}
	return err ? err : flow_errors(f) == before ? 0 : -EIO;
}

int flow_hello(struct port *a, struct port *b, int ms)
{
	u64 until = now_ns() + ms * 1000000ull;
	struct flow *there, *back;
	int err = -ENOMEM;

	there = malloc(sizeof(*there));
	back = malloc(sizeof(*back));
	if (!there || !back)
		goto free;
	do {
		err = flow_init(back, b, a, 64, 1);
		if (!err)
			err = flow_run(back, 1, 50);
		flow_free(back);
		if (err && err != -EIO)
			break;
		err = flow_init(there, a, b, 64, 1);
		if (!err)
			err = flow_run(there, 1, 50);
		flow_free(there);
	} while (err == -EIO && now_ns() < until);
	if (err == -EIO)
		err = -ETIMEDOUT;
free:
	free(there);
	free(back);
	return err;
}

u64 flow_errors(const struct flow *f)
{
	return (f->open_loop ? 0 : f->stats.lost + f->stats.reordered) + f->stats.duplicate +
	       f->stats.corrupt;
}
