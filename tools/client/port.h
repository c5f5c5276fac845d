/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A network port seen from its driver: one queue pair, and the control queue
 * if it is asked for, over a vDPA device or over vhost-net. Further pairs of a
 * vDPA device are ports that share the device with its first one (port_more()).
 *
 * port_up() does all that a driver does until frames flow. Tests that want to
 * do something wrong on the way take the steps one by one; their order is
 * port_open, port_negotiate, port_setup, port_start.
 */
#ifndef _SDPU_CLIENT_PORT_H
#define _SDPU_CLIENT_PORT_H

#include "ring.h"
#include "vdpa.h"
#include "vhostnet.h"

#define PORT_HDR	((u32)sizeof(struct virtio_net_hdr_v1))
/* buffers that one received frame may span */
#define PORT_BUFS	64

enum { PORT_RX, PORT_TX, PORT_CTRL, PORT_RINGS };

/* How a frame that is sent lies in descriptors. */
enum port_layout {
	PORT_ONE,		/* header and frame in one */
	PORT_TWO,		/* header, frame */
	PORT_INDIRECT,		/* the same through a table */
};

/* Where a port's memory is in the address space of its device. */
#define PORT_IOVA_RINGS	0x100000000ull
#define PORT_IOVA_RX	0x200000000ull
#define PORT_IOVA_TX	0x300000000ull
/* and that of a further pair so much above that of the one before */
#define PORT_IOVA_PAIR	0x10000000000ull

/**
 * struct port_attrs - what a port shall be
 * @features: those to accept when offered; VERSION_1 and ACCESS_PLATFORM always
 * @ring_size: entries, bounded by the device
 * @frame_max: bytes of the largest frame
 * @buf_size: bytes of a receive buffer, 0: what @frame_max needs
 * @layout: of sent frames
 * @calls: have eventfds for calls and config changes
 * @bare: port_start() posts no receive buffers
 */
struct port_attrs {
	u64 features;
	unsigned int ring_size;
	u32 frame_max;
	u32 buf_size;
	enum port_layout layout;
	bool calls;
	bool bare;
};

/**
 * struct port - a network port
 * @attrs: as given
 * @vhost_net: over @vn, else over @dev
 * @dev: vDPA device
 * @vn: vhost-net and its tap
 * @features: negotiated
 * @mac: its address
 * @num_vqs: virtqueues of the device
 * @pair: which queue pair of the device this is; those after 0 have the device of the first one
 * @ctrl_index: of the control queue, with the features as negotiated
 * @rings: shared memory, mapped as PORT_IOVA_RINGS
 * @command: a page of it for a control command and its answer
 * @rx_mem: receive buffers, PORT_IOVA_RX
 * @tx_mem: send buffers, PORT_IOVA_TX
 * @ring: PORT_RX, PORT_TX, PORT_CTRL (@ctrl_index of the device)
 * @kick: eventfds
 * @call: eventfds, -1 without @attrs.calls
 * @config_call: eventfd
 * @slot: bytes between buffers
 * @tx_free: free send buffers
 * @tx_num_free: how many
 * @kicks: kicks that the device asked for, by ring
 */
struct port {
	struct port_attrs attrs;
	bool vhost_net;
	struct vdpa dev;
	struct vhostnet vn;
	u64 features;
	u8 mac[6];
	int num_vqs;
	u32 pair;
	u32 ctrl_index;
	struct mem rings;
	u8 *command;
	struct mem rx_mem;
	struct mem tx_mem;
	struct ring ring[PORT_RINGS];
	int kick[PORT_RINGS];
	int call[PORT_RINGS];
	int config_call;
	u32 slot;
	u16 *tx_free;
	unsigned int tx_num_free;
	u64 kicks[PORT_RINGS];
};

/**
 * struct port_frame - a received frame
 * @len: bytes, without the header
 * @num: pieces
 * @seg: where they are
 * @seg_len: their bytes
 * @buf: the buffers they lie in
 */
struct port_frame {
	u32 len;
	unsigned int num;
	const u8 *seg[PORT_BUFS];
	u32 seg_len[PORT_BUFS];
	u32 buf[PORT_BUFS];
};

/* All functions: 0 or more, or a negative errno. */
int port_open(struct port *p, const char *path, const struct port_attrs *attrs);
int port_open_vhost_net(struct port *p, const char *bridge, const char *tap,
			const struct port_attrs *attrs);
/* To FEATURES_OK, accepting attrs.features. */
int port_negotiate(struct port *p);
/* Map the memory, make the rings (once), tell the device where they are. */
int port_setup(struct port *p);
int port_map(struct port *p);
int port_vring(struct port *p, unsigned int ring, u32 base);
/* Enable the queues, DRIVER_OK, post receive buffers. */
int port_start(struct port *p);
/* The three together, of a port that is open. */
int port_begin(struct port *p);
int port_up(struct port *p, const char *path, const struct port_attrs *attrs);
/*
 * @p becomes pair number @pair, from 1 on, of the device of @first, which has been
 * negotiated and not been started, and is closed last. Then port_setup(), port_start().
 * The driver says how many it uses with port_use_pairs().
 */
int port_more(struct port *p, const struct port *first, u32 pair);
/* Status 0: the rings are empty again, the maps stay. Then port_negotiate(). */
int port_reset(struct port *p);
/* port_reset() and everything up to port_start() again. */
int port_restart(struct port *p);
void port_close(struct port *p);

/* Device index of a ring. */
static inline u32 port_vq(const struct port *p, unsigned int ring)
{
	return ring == PORT_CTRL ? p->ctrl_index : 2 * p->pair + ring;
}

/*
 * A command of @len bytes on the control queue (virtio 1.3, 5.1.6.5), and the device's
 * answer: VIRTIO_NET_OK or VIRTIO_NET_ERR. -ETIMEDOUT: none; -E2BIG.
 */
int port_command(struct port *p, u8 class, u8 cmd, const void *data, u32 len);
/* Use the first @num pairs of the device. -EINVAL: it refuses. */
int port_use_pairs(struct port *p, u16 num);

/* Fill the receive ring with free buffers. */
int port_post(struct port *p);
/* The next frame: 1, none: 0. The buffers stay the caller's until port_rx_done(). */
int port_rx(struct port *p, struct port_frame *f);
int port_rx_done(struct port *p, const struct port_frame *f);

/* Room for a frame of attrs.frame_max bytes, or NULL: the ring is full. */
u8 *port_tx_buf(struct port *p);
/* Send what was written to the last port_tx_buf(). */
int port_tx(struct port *p, u32 len);
/* Take back what was sent. Return: how many. */
int port_tx_reap(struct port *p);

/* Show both rings to the device, kick if it wants that. */
void port_flush(struct port *p);
void port_kick(struct port *p, unsigned int ring);

/* Has the eventfd been signalled since the last time? Waits up to @ms. */
bool port_called(int fd, int ms);

#endif /* _SDPU_CLIENT_PORT_H */
