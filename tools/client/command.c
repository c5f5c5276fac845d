// SPDX-License-Identifier: GPL-2.0-only
/* A network port seen from its driver: commands on the control queue (virtio 1.3, 5.1.6.5). */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "clock.h"
#include "port.h"

#define PATIENCE_MS	2000

/* An answer that no device gives. */
#define NO_ANSWER	0x77

int port_command(struct port *p, u8 class, u8 cmd, const void *data, u32 len)
{
	struct virtio_net_ctrl_hdr hdr = { .class = class, .cmd = cmd };
	u64 until = now_ns() + PATIENCE_MS * 1000000ull;
	struct ring *r = &p->ring[PORT_CTRL];
	u8 *ack = p->command + MEM_PAGE - 1;
	struct ring_seg seg[2] = {
		{ mem_iova(&p->rings, p->command), sizeof(hdr) + len },
		{ mem_iova(&p->rings, ack), 1 },
	};
	int64_t token;
	int head;

	if (len >= MEM_PAGE - sizeof(hdr))
		return -E2BIG;
	memcpy(p->command, &hdr, sizeof(hdr));
	memcpy(p->command + sizeof(hdr), data, len);
	*ack = NO_ANSWER;
	head = ring_add(r, seg, 1, 1, false, 0);
	if (head < 0)
		return head;
	if (ring_publish(r))
		port_kick(p, PORT_CTRL);
	while ((token = ring_get(r, &len)) == -EAGAIN) {
		if (now_ns() > until)
			return -ETIMEDOUT;
		sched_yield();
	}
	return token < 0 ? token : *ack;
}

int port_use_pairs(struct port *p, u16 num)
{
	const struct virtio_net_ctrl_mq mq = { .virtqueue_pairs = num };
	int ack = port_command(p, VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, &mq,
			       sizeof(mq));

	return ack < 0 ? ack : ack == VIRTIO_NET_OK ? 0 : -EINVAL;
}
