// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: what a case needs and a device has not got. */
#include <stdio.h>

#include <linux/virtio_config.h>

#include "conform.h"

struct name {
	unsigned int bit;
	const char *name;
};

#define NAME(bit)	{ bit, #bit }

static const struct name features[] = {
	NAME(VIRTIO_NET_F_CSUM),
	NAME(VIRTIO_NET_F_GUEST_CSUM),
	NAME(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS),
	NAME(VIRTIO_NET_F_MTU),
	NAME(VIRTIO_NET_F_MAC),
	NAME(VIRTIO_NET_F_GUEST_TSO4),
	NAME(VIRTIO_NET_F_GUEST_TSO6),
	NAME(VIRTIO_NET_F_GUEST_ECN),
	NAME(VIRTIO_NET_F_GUEST_UFO),
	NAME(VIRTIO_NET_F_HOST_TSO4),
	NAME(VIRTIO_NET_F_HOST_TSO6),
	NAME(VIRTIO_NET_F_HOST_ECN),
	NAME(VIRTIO_NET_F_HOST_UFO),
	NAME(VIRTIO_NET_F_MRG_RXBUF),
	NAME(VIRTIO_NET_F_STATUS),
	NAME(VIRTIO_NET_F_CTRL_VQ),
	NAME(VIRTIO_NET_F_CTRL_RX),
	NAME(VIRTIO_NET_F_CTRL_VLAN),
	NAME(VIRTIO_NET_F_CTRL_RX_EXTRA),
	NAME(VIRTIO_NET_F_GUEST_ANNOUNCE),
	NAME(VIRTIO_NET_F_MQ),
	NAME(VIRTIO_NET_F_CTRL_MAC_ADDR),
	NAME(VIRTIO_NET_F_DEVICE_STATS),
	NAME(VIRTIO_NET_F_VQ_NOTF_COAL),
	NAME(VIRTIO_NET_F_NOTF_COAL),
	NAME(VIRTIO_NET_F_GUEST_USO4),
	NAME(VIRTIO_NET_F_GUEST_USO6),
	NAME(VIRTIO_NET_F_HOST_USO),
	NAME(VIRTIO_NET_F_HASH_REPORT),
	NAME(VIRTIO_NET_F_GUEST_HDRLEN),
	NAME(VIRTIO_NET_F_RSS),
	NAME(VIRTIO_NET_F_RSC_EXT),
	NAME(VIRTIO_NET_F_STANDBY),
	NAME(VIRTIO_NET_F_SPEED_DUPLEX),
	NAME(VIRTIO_RING_F_INDIRECT_DESC),
	NAME(VIRTIO_RING_F_EVENT_IDX),
	NAME(VIRTIO_F_VERSION_1),
	NAME(VIRTIO_F_ACCESS_PLATFORM),
	NAME(VIRTIO_F_RING_PACKED),
	NAME(VIRTIO_F_IN_ORDER),
	{ }
};

static const struct name backend[] = {
	NAME(VHOST_BACKEND_F_IOTLB_BATCH),
	NAME(VHOST_BACKEND_F_IOTLB_ASID),
	NAME(VHOST_BACKEND_F_SUSPEND),
	NAME(VHOST_BACKEND_F_RESUME),
	NAME(VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK),
	NAME(VHOST_BACKEND_F_DESC_ASID),
	NAME(VHOST_BACKEND_F_IOTLB_PERSIST),
	{ }
};

static const char *find(const struct name *table, unsigned int bit)
{
	static char number[16];

	for (; table->name; table++)
		if (table->bit == bit)
			return table->name;
	snprintf(number, sizeof(number), "bit %u", bit);
	return number;
}

const char *conform_feature(unsigned int bit)
{
	return find(features, bit);
}

const char *conform_missing(const struct conform *c, const struct conform_case *cc)
{
	static char text[64];
	u64 missing = cc->features & ~c->offered;

	if (missing) {
		snprintf(text, sizeof(text), "no %s", find(features, __builtin_ctzll(missing)));
		return text;
	}
	missing = cc->backend & ~c->backend;
	if (missing) {
		snprintf(text, sizeof(text), "no %s", find(backend, __builtin_ctzll(missing)));
		return text;
	}
	if (cc->needs & NEEDS_PEER && !c->peer_path)
		return "no other device (--peer)";
	if (cc->needs & NEEDS_TRAFFIC && !c->peer_path && !c->loop)
		return "nobody to exchange frames with (--peer, --loop)";
	return NULL;
}
