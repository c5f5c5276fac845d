// SPDX-License-Identifier: GPL-2.0-only
/* A network port seen from its driver: frames in and out. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "port.h"

/*
 * Small buffers start at one of eight cache lines, else every header of every
 * frame would fall into the same few sets of the cache.
 */
static u8 *buffer(const struct port *p, const struct mem *m, u32 i)
{
	return m->va + (size_t)i * p->slot + (p->slot == 2048 ? (i / 2 & 7) * 64 : 0);
}

void port_kick(struct port *p, unsigned int ring)
{
	const u64 one = 1;

	/* EAGAIN: the counter is full, so it was kicked */
	if (write(p->kick[ring], &one, sizeof(one)) < 0 && errno != EAGAIN)
		return;
	p->kicks[ring]++;
}

void port_flush(struct port *p)
{
	if (ring_publish(&p->ring[PORT_RX]))
		port_kick(p, PORT_RX);
	if (ring_publish(&p->ring[PORT_TX]))
		port_kick(p, PORT_TX);
}

static int post_buffer(struct port *p, u32 i)
{
	struct ring_seg seg = {
		.addr = mem_iova(&p->rx_mem, buffer(p, &p->rx_mem, i)),
		.len = p->attrs.buf_size,
	};

	return ring_add(&p->ring[PORT_RX], &seg, 0, 1, false, i) < 0 ? -ENOSPC : 0;
}

int port_post(struct port *p)
{
	unsigned int i;
	int err = 0;

	/* one short of full: see ring_pending() */
	for (i = 0; i < p->attrs.ring_size - 1 && !err; i++)
		err = post_buffer(p, i);
	return err;
}

int port_rx(struct port *p, struct port_frame *f)
{
	struct ring *r = &p->ring[PORT_RX];
	const struct virtio_net_hdr_v1 *hdr;
	unsigned int num = 1, i;
	int64_t id;
	u32 len;

	f->num = 0;
	f->len = 0;
	for (i = 0; i < num; i++) {
		id = ring_get(r, &len);
		/* all buffers of a frame become visible together */
		if (id < 0)
			return id == -EAGAIN && !i ? 0 : -EPROTO;
		if (len > p->attrs.buf_size)
			return -EPROTO;
		f->buf[i] = id;
		f->seg[i] = buffer(p, &p->rx_mem, id);
		f->seg_len[i] = len;
		f->num++;
		if (!i) {
			hdr = (const struct virtio_net_hdr_v1 *)f->seg[0];
			if (len < PORT_HDR)
				return -EPROTO;
			f->seg[0] += PORT_HDR;
			f->seg_len[0] -= PORT_HDR;
			if (p->features & BIT(VIRTIO_NET_F_MRG_RXBUF)) {
				num = hdr->num_buffers;
				if (!num || num > PORT_BUFS)
					return -EPROTO;
			}
		}
		f->len += f->seg_len[i];
	}
	return 1;
}

int port_rx_done(struct port *p, const struct port_frame *f)
{
	struct ring *r = &p->ring[PORT_RX];
	unsigned int i;
	int err = 0;

	for (i = 0; i < f->num && !err; i++)
		err = post_buffer(p, f->buf[i]);
	if ((u16)(r->last_used - r->event_at) > 0x2000)
		ring_calls_off(r);
	return err;
}

u8 *port_tx_buf(struct port *p)
{
	if (!p->tx_num_free || ring_room(&p->ring[PORT_TX]) < 2)
		return NULL;
	return buffer(p, &p->tx_mem, p->tx_free[p->tx_num_free - 1]) + PORT_HDR;
}

int port_tx(struct port *p, u32 len)
{
	u16 i = p->tx_free[--p->tx_num_free];
	u64 at = mem_iova(&p->tx_mem, buffer(p, &p->tx_mem, i));
	struct ring_seg seg[2] = { { at, PORT_HDR }, { at + PORT_HDR, len } };
	int head;

	if (p->attrs.layout == PORT_ONE) {
		seg[0].len += len;
		head = ring_add(&p->ring[PORT_TX], seg, 1, 0, false, i);
	} else {
		head = ring_add(&p->ring[PORT_TX], seg, 2, 0, p->attrs.layout == PORT_INDIRECT, i);
	}
	if (head < 0)
		p->tx_num_free++;
	return head < 0 ? head : 0;
}

int port_tx_reap(struct port *p)
{
	struct ring *r = &p->ring[PORT_TX];
	int64_t id;
	int n = 0;
	u32 len;

	while ((id = ring_get(r, &len)) >= 0) {
		p->tx_free[p->tx_num_free++] = id;
		n++;
	}
	if ((u16)(r->last_used - r->event_at) > 0x2000)
		ring_calls_off(r);
	return id == -EAGAIN ? n : (int)id;
}
