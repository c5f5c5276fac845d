// SPDX-License-Identifier: GPL-2.0-only
/* What a virtio_net header may say, and who may be given it. */
#include "hdr.h"
#include "ctl.h"

#define F(bit)	BIT_ULL(bit)

#define SDPU_HDR_USO	(F(VIRTIO_NET_F_GUEST_USO4) | F(VIRTIO_NET_F_GUEST_USO6))

static bool sdpu_hdr_gso_ok(const struct virtio_net_hdr_v1 *hdr, u64 features)
{
	u8 type = hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN;

	if ((hdr->gso_type & VIRTIO_NET_HDR_GSO_ECN) && !(features & F(VIRTIO_NET_F_HOST_ECN)))
		return false;
	if (!le16_to_cpu((__force __le16)hdr->gso_size))
		return false;
	if (type == VIRTIO_NET_HDR_GSO_TCPV4)
		return features & F(VIRTIO_NET_F_HOST_TSO4);
	if (type == VIRTIO_NET_HDR_GSO_TCPV6)
		return features & F(VIRTIO_NET_F_HOST_TSO6);
	/* congestion marks are TCP's */
	if (hdr->gso_type == VIRTIO_NET_HDR_GSO_UDP_L4)
		return features & F(VIRTIO_NET_F_HOST_USO);
	return false;
}

bool sdpu_hdr_check(struct virtio_net_hdr_v1 *hdr, u32 len, u64 features)
{
	u32 start, offset;

	if (!(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)) {
		/* 5.1.6.2.1: a frame to segment must ask for its checksum, too */
		if (sdpu_hdr_is_gso(hdr))
			return false;
		*hdr = (struct virtio_net_hdr_v1){};
		return len <= SDPU_FRAME_MAX;
	}

	/*
	 * Nothing is written that is so already, as it nearly always is: the header is read
	 * as a whole soon, and a wide load waits for narrow stores just before it.
	 */
	if (unlikely(hdr->flags != VIRTIO_NET_HDR_F_NEEDS_CSUM))
		hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	if (unlikely(hdr->num_buffers))
		hdr->num_buffers = 0;
	start = le16_to_cpu((__force __le16)hdr->csum_start);
	offset = le16_to_cpu((__force __le16)hdr->csum_offset);
	if (!(features & F(VIRTIO_NET_F_CSUM)))
		return false;
	if (start < SDPU_ETH_HLEN || start + offset + sizeof(__le16) > len)
		return false;
	if (!sdpu_hdr_is_gso(hdr)) {
		if (unlikely(hdr->gso_size))
			hdr->gso_size = 0;
		if (unlikely(hdr->hdr_len))
			hdr->hdr_len = 0;
		return len <= SDPU_FRAME_MAX;
	}
	if (len > SDPU_FRAME_MAX_GSO)
		return false;
	/* 5.1.6.2.2: not to be relied on. Nobody shall be told of headers that are not there. */
	if (unlikely(le16_to_cpu((__force __le16)hdr->hdr_len) > len))
		hdr->hdr_len = (__force __virtio16)cpu_to_le16(len);
	return sdpu_hdr_gso_ok(hdr, features);
}

bool sdpu_hdr_fits(const struct virtio_net_hdr_v1 *hdr, u64 offloads)
{
	if ((hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) && !(offloads & F(VIRTIO_NET_F_GUEST_CSUM)))
		return false;
	if ((hdr->gso_type & VIRTIO_NET_HDR_GSO_ECN) && !(offloads & F(VIRTIO_NET_F_GUEST_ECN)))
		return false;
	switch (hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_NONE:
		return true;
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return offloads & F(VIRTIO_NET_F_GUEST_TSO4);
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return offloads & F(VIRTIO_NET_F_GUEST_TSO6);
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		/* the type does not tell which IP it is: who takes only one gets segments */
		return (offloads & SDPU_HDR_USO) == SDPU_HDR_USO;
	default:
		return false;
	}
}
