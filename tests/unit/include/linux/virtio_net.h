/* SPDX-License-Identifier: GPL-2.0-only */
/* The system's header, and what an old one lacks (virtio 1.3, 5.1.3, 5.1.6). */
#ifndef _UNIT_LINUX_VIRTIO_NET_H
#define _UNIT_LINUX_VIRTIO_NET_H

#include_next <linux/virtio_net.h>

#ifndef VIRTIO_NET_F_HOST_USO
#define VIRTIO_NET_F_GUEST_USO4		54
#define VIRTIO_NET_F_GUEST_USO6		55
#define VIRTIO_NET_F_HOST_USO		56
#endif

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4	5
#endif

#endif /* _UNIT_LINUX_VIRTIO_NET_H */
