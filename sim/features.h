/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtio features of the card's network devices: which, and what needs what. */
#ifndef _SDPU_SIM_FEATURES_H
#define _SDPU_SIM_FEATURES_H

#include "prim.h"
#include <linux/bits.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <linux/virtio_net.h>

/*
 * What a device offers unless told otherwise. A VMM looks at the offered bits,
 * not at the negotiated ones, when it decides whether it can shadow the
 * control virtqueue and migrate: QEMU 10 refuses both if it sees a bit that
 * its own shadow virtqueue does not know. Such bits stay out of the default.
 */
#define SDPU_FEATURES_DEFAULT \
	(BIT_ULL(VIRTIO_NET_F_CSUM) | BIT_ULL(VIRTIO_NET_F_GUEST_CSUM) | \
	 BIT_ULL(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) | \
	 BIT_ULL(VIRTIO_NET_F_MTU) | BIT_ULL(VIRTIO_NET_F_MAC) | \
	 BIT_ULL(VIRTIO_NET_F_GUEST_TSO4) | BIT_ULL(VIRTIO_NET_F_GUEST_TSO6) | \
	 BIT_ULL(VIRTIO_NET_F_GUEST_ECN) | \
	 BIT_ULL(VIRTIO_NET_F_HOST_TSO4) | BIT_ULL(VIRTIO_NET_F_HOST_TSO6) | \
	 BIT_ULL(VIRTIO_NET_F_HOST_ECN) | \
	 BIT_ULL(VIRTIO_NET_F_MRG_RXBUF) | BIT_ULL(VIRTIO_NET_F_STATUS) | \
	 BIT_ULL(VIRTIO_NET_F_CTRL_VQ) | BIT_ULL(VIRTIO_NET_F_CTRL_RX) | \
	 BIT_ULL(VIRTIO_NET_F_CTRL_VLAN) | BIT_ULL(VIRTIO_NET_F_CTRL_RX_EXTRA) | \
	 BIT_ULL(VIRTIO_NET_F_MQ) | BIT_ULL(VIRTIO_NET_F_CTRL_MAC_ADDR) | \
	 BIT_ULL(VIRTIO_NET_F_SPEED_DUPLEX) | \
	 BIT_ULL(VIRTIO_RING_F_EVENT_IDX) | \
	 BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_F_ACCESS_PLATFORM))

/* What a device can be made to offer. */
#define SDPU_FEATURES_AVAILABLE \
	(SDPU_FEATURES_DEFAULT | BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) | \
	 BIT_ULL(VIRTIO_F_RING_PACKED) | BIT_ULL(VIRTIO_F_IN_ORDER) | \
	 BIT_ULL(VIRTIO_NET_F_GUEST_USO4) | BIT_ULL(VIRTIO_NET_F_GUEST_USO6) | \
	 BIT_ULL(VIRTIO_NET_F_HOST_USO) | BIT_ULL(VIRTIO_NET_F_RSS) | \
	 BIT_ULL(VIRTIO_NET_F_HASH_REPORT) | BIT_ULL(VIRTIO_NET_F_GUEST_ANNOUNCE) | \
	 BIT_ULL(VIRTIO_NET_F_GUEST_HDRLEN) | BIT_ULL(VIRTIO_NET_F_NOTF_COAL) | \
	 BIT_ULL(VIRTIO_NET_F_VQ_NOTF_COAL) | BIT_ULL(VIRTIO_NET_F_DEVICE_STATS))

#endif /* _SDPU_SIM_FEATURES_H */
