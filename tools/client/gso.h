/* SPDX-License-Identifier: GPL-2.0-only */
/* What makes a frame one of TCP that somebody further on has to segment. */
#ifndef _SDPU_CLIENT_GSO_H
#define _SDPU_CLIENT_GSO_H

#include <linux/virtio_net.h>

#include "mem.h"

/* Ethernet, IPv4, TCP, no options */
#define GSO_HEAD	54
/* what the length field of IP can say */
#define GSO_FRAME_MAX	(14 + 65535)

/*
 * Write the headers of IPv4 and TCP behind the Ethernet addresses in @head, which has GSO_HEAD
 * bytes, and the virtio header @hdr, for a frame of @len bytes in segments of @segment.
 */
void gso_write(u8 *head, struct virtio_net_hdr_v1 *hdr, u32 len, u16 segment);

#endif /* _SDPU_CLIENT_GSO_H */
