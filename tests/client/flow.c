// SPDX-License-Identifier: GPL-2.0-only
/* A flow: numbered frames from one port to another, checked on arrival. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"

/* IEEE 802: for experiments on a local network */
#define ETHERTYPE	0x88b5
#define MAGIC		0x55504453u
/* receive buffers that are not counted on: frames of others may take them */
#define SLACK		8

/* What a frame starts with; the last eight bytes are ~@number. */
struct head {
	u8 dst[6];
	u8 src[6];
	u8 type[2];
	u16 id;
	u32 magic;
	u64 number;
} __attribute__((packed));

int flow_init(struct flow *f, struct port *tx, struct port *rx, u32 frame_size,
	      unsigned int batch)
{
	u32 per_frame = (frame_size + PORT_HDR + rx->attrs.buf_size - 1) / rx->attrs.buf_size;
	static u16 ids;
	u32 i;

	memset(f, 0, sizeof(*f));
	if (frame_size < FLOW_FRAME_MIN || frame_size > tx->attrs.frame_max ||
	    per_frame > PORT_BUFS || !batch)
		return -EINVAL;
	f->tx = tx;
	f->rx = rx;
	f->frame_size = frame_size;
	f->batch = batch;
	if (rx->attrs.ring_size <= SLACK + per_frame)
		return -EINVAL;
	f->limit = (rx->attrs.ring_size - SLACK) / per_frame;
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

static void write_frame(const struct flow *f, u8 *frame)
{
	struct head *h = (struct head *)frame;
	u64 tail = ~f->next;

	memcpy(h->dst, f->rx->mac, 6);
	memcpy(h->src, f->tx->mac, 6);
	h->type[0] = ETHERTYPE >> 8;
	h->type[1] = ETHERTYPE & 0xff;
	h->id = f->id;
	h->magic = MAGIC;
	h->number = f->next;
	if (f->check_data)
		memcpy(frame + sizeof(*h), f->pattern, f->frame_size - sizeof(*h) - 8);
	memcpy(frame + f->frame_size - 8, &tail, 8);
}

int flow_fill(struct flow *f)
{
	unsigned int n;
	u8 *frame;
	int err;

	err = port_tx_reap(f->tx);
	if (err < 0)
		return err;
	for (n = 0; n < f->batch; n++) {
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
	if (n) {
		f->stats.sent += n;
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

static void check(struct flow *f, const struct port_frame *pf)
{
	static u8 buf[70000];
	const struct head *h;
	const u8 *frame;
	u64 tail;

	if (pf->len < sizeof(*h) || pf->len > sizeof(buf)) {
		f->stats.foreign++;
		return;
	}
	frame = linear(pf, buf);
	h = (const struct head *)frame;
	if (h->type[0] != ETHERTYPE >> 8 || h->type[1] != (ETHERTYPE & 0xff) ||
	    h->magic != MAGIC || h->id != f->id) {
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
	if (tail != ~h->number || memcmp(h->dst, f->rx->mac, 6) || memcmp(h->src, f->tx->mac, 6) ||
	    (f->check_data && memcmp(frame + sizeof(*h), f->pattern, pf->len - sizeof(*h) - 8)))
		f->stats.corrupt++;
	else
		account(f, h->number);
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
	if (n)
		port_flush(f->rx);
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
		if (++idle > FLOW_IDLE_LOOKS && now_ns() > until)
			return -ETIMEDOUT;
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
		if (sent || got)
			until = now_ns() + ms * 1000000ull;
		else if (now_ns() > until)
			break;
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
