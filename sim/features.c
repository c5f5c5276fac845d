// SPDX-License-Identifier: GPL-2.0-only
/* Feature bits and what they require (virtio 1.3, 5.1.3.1 and 6). */
#include "features.h"
#include "ctl.h"

#define F(bit)	BIT_ULL(bit)

/**
 * struct sdpu_feature_dep - a feature and what it needs
 * @feature: if any of these bits is there,
 * @any_of: one of these must be, too
 */
struct sdpu_feature_dep {
	u64 feature;
	u64 any_of;
};

static const struct sdpu_feature_dep sdpu_feature_deps[] = {
	{ F(VIRTIO_NET_F_GUEST_TSO4) | F(VIRTIO_NET_F_GUEST_TSO6) |
	  F(VIRTIO_NET_F_GUEST_USO4) | F(VIRTIO_NET_F_GUEST_USO6),
	  F(VIRTIO_NET_F_GUEST_CSUM) },
	{ F(VIRTIO_NET_F_GUEST_ECN),
	  F(VIRTIO_NET_F_GUEST_TSO4) | F(VIRTIO_NET_F_GUEST_TSO6) },
	{ F(VIRTIO_NET_F_HOST_TSO4) | F(VIRTIO_NET_F_HOST_TSO6) | F(VIRTIO_NET_F_HOST_USO),
	  F(VIRTIO_NET_F_CSUM) },
	{ F(VIRTIO_NET_F_HOST_ECN),
	  F(VIRTIO_NET_F_HOST_TSO4) | F(VIRTIO_NET_F_HOST_TSO6) },
	{ F(VIRTIO_NET_F_CTRL_RX) | F(VIRTIO_NET_F_CTRL_RX_EXTRA) |
	  F(VIRTIO_NET_F_CTRL_VLAN) | F(VIRTIO_NET_F_MQ) |
	  F(VIRTIO_NET_F_CTRL_MAC_ADDR) | F(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) |
	  F(VIRTIO_NET_F_RSS) | F(VIRTIO_NET_F_HASH_REPORT) |
	  F(VIRTIO_NET_F_GUEST_ANNOUNCE) | F(VIRTIO_NET_F_DEVICE_STATS) |
	  F(VIRTIO_NET_F_NOTF_COAL) | F(VIRTIO_NET_F_VQ_NOTF_COAL),
	  F(VIRTIO_NET_F_CTRL_VQ) },
};

bool sdpu_features_valid(u64 features)
{
	unsigned int i;

	/* A device of this card is neither legacy nor free of address spaces. */
	if (!(features & F(VIRTIO_F_VERSION_1)) || !(features & F(VIRTIO_F_ACCESS_PLATFORM)))
		return false;
	for (i = 0; i < ARRAY_SIZE(sdpu_feature_deps); i++)
		if ((features & sdpu_feature_deps[i].feature) &&
		    !(features & sdpu_feature_deps[i].any_of))
			return false;
	return true;
}
