/* SPDX-License-Identifier: GPL-2.0-only */
/* The virtio_net header in front of a frame (virtio 1.3, 5.1.6). */
#ifndef _SDPU_SIM_HDR_H
#define _SDPU_SIM_HDR_H

#include "prim.h"
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/virtio_net.h>

/* VERSION_1: the 12-byte header with num_buffers. */
#define SDPU_HDR_LEN		sizeof(struct virtio_net_hdr_v1)

/**
 * struct sdpu_hdr - what a driver that accepted HASH_REPORT puts and gets before a frame
 * @v1: what everybody does
 * @hash_value: of a received frame
 * @hash_report: what was hashed, VIRTIO_NET_HASH_REPORT_*
 * @padding: zero
 */
struct sdpu_hdr {
	struct virtio_net_hdr_v1 v1;
	__le32 hash_value;
	__le16 hash_report;
	__le16 padding;
};

static_assert(sizeof(struct sdpu_hdr) == 20);

/* Bytes before a frame, in both directions, with these features. */
static inline u32 sdpu_hdr_len(u64 features)
{
	return features & BIT_ULL(VIRTIO_NET_F_HASH_REPORT) ? sizeof(struct sdpu_hdr) :
							      SDPU_HDR_LEN;
}

#define SDPU_ETH_HLEN		14
#define SDPU_ETH_VLAN_HLEN	18

/* Largest frame: what an IP packet can be, or the MTU, plus Ethernet and VLAN. */
#define SDPU_FRAME_MAX_GSO	(65535 + SDPU_ETH_VLAN_HLEN)
#define SDPU_FRAME_MAX		(SDPU_MTU_MAX + SDPU_ETH_VLAN_HLEN)

/*
 * Is the header that a driver put before a frame of @len bytes one that it may
 * use with @features (5.1.6.2.1)? On success the fields that do not count are
 * cleared in @hdr, so that it can be handed on.
 */
bool sdpu_hdr_check(struct virtio_net_hdr_v1 *hdr, u32 len, u64 features);

/*
 * Can a driver that wants @offloads (GUEST_* feature bits) take a frame with
 * @hdr as it is? If not the frame must be segmented or summed first.
 */
bool sdpu_hdr_fits(const struct virtio_net_hdr_v1 *hdr, u64 offloads);

static inline bool sdpu_hdr_is_gso(const struct virtio_net_hdr_v1 *hdr)
{
	return hdr->gso_type != VIRTIO_NET_HDR_GSO_NONE;
}

#endif /* _SDPU_SIM_HDR_H */
