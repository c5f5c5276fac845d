/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/vhost-vdpa-N, one function an ioctl. All return 0 (or a value that is
 * not negative) or a negative errno, and change nothing but the device: hostile
 * tests must be able to do things in any order.
 */
#ifndef _SDPU_CLIENT_VDPA_H
#define _SDPU_CLIENT_VDPA_H

#include <linux/vhost.h>
#include <linux/vhost_types.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

#include "mem.h"

/* younger than the headers of some build machines */
#ifndef VHOST_VDPA_SUSPEND
#define VHOST_VDPA_SUSPEND		_IO(VHOST_VIRTIO, 0x7D)
#endif
#ifndef VHOST_VDPA_RESUME
#define VHOST_VDPA_RESUME		_IO(VHOST_VIRTIO, 0x7E)
#endif
#ifndef VHOST_VDPA_GET_VRING_SIZE
#define VHOST_VDPA_GET_VRING_SIZE	_IOWR(VHOST_VIRTIO, 0x82, struct vhost_vring_state)
#endif
#ifndef VHOST_BACKEND_F_IOTLB_ASID
#define VHOST_BACKEND_F_IOTLB_ASID	0x3
#endif
#ifndef VHOST_BACKEND_F_SUSPEND
#define VHOST_BACKEND_F_SUSPEND		0x4
#endif
#ifndef VHOST_BACKEND_F_RESUME
#define VHOST_BACKEND_F_RESUME		0x5
#endif
#ifndef VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK
#define VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK 0x6
#endif
#ifndef VHOST_VDPA_GET_VRING_DESC_GROUP
#define VHOST_VDPA_GET_VRING_DESC_GROUP	_IOWR(VHOST_VIRTIO, 0x7F, struct vhost_vring_state)
#endif
#ifndef VHOST_BACKEND_F_DESC_ASID
#define VHOST_BACKEND_F_DESC_ASID	0x7
#endif
#ifndef VHOST_BACKEND_F_IOTLB_PERSIST
#define VHOST_BACKEND_F_IOTLB_PERSIST	0x8
#endif

#define BIT(n)				(1ull << (n))
#define VDPA_MAX_VQS			129

/**
 * struct vdpa - an open device
 * @fd: file
 * @backend: VHOST_BACKEND_F_* that were acknowledged
 */
struct vdpa {
	int fd;
	u64 backend;
};

int vdpa_open(struct vdpa *d, const char *path);
void vdpa_close(struct vdpa *d);

/* SET_OWNER, and acknowledge every backend feature of @want that is there. */
int vdpa_own(struct vdpa *d, u64 want);

int vdpa_get_features(struct vdpa *d, u64 *features);
int vdpa_set_features(struct vdpa *d, u64 features);
int vdpa_get_status(struct vdpa *d);
int vdpa_set_status(struct vdpa *d, u8 status);
/* OR @bits into the status. */
int vdpa_add_status(struct vdpa *d, u8 bits);
int vdpa_get_config(struct vdpa *d, u32 off, void *buf, u32 len);
int vdpa_set_config(struct vdpa *d, u32 off, const void *buf, u32 len);
int vdpa_get_config_size(struct vdpa *d);
int vdpa_num_vqs(struct vdpa *d);
int vdpa_max_vring(struct vdpa *d);

int vdpa_num_groups(struct vdpa *d);
int vdpa_num_as(struct vdpa *d);
int vdpa_vq_group(struct vdpa *d, u32 vq);
int vdpa_vq_desc_group(struct vdpa *d, u32 vq);
int vdpa_set_group_asid(struct vdpa *d, u32 group, u32 asid);

int vdpa_suspend(struct vdpa *d);
int vdpa_resume(struct vdpa *d);

int vdpa_vring_num(struct vdpa *d, u32 vq, u32 num);
int vdpa_vring_addr(struct vdpa *d, u32 vq, u64 desc, u64 driver, u64 device);
int vdpa_vring_enable(struct vdpa *d, u32 vq, u32 enable);
int vdpa_set_base(struct vdpa *d, u32 vq, u32 base);
int vdpa_get_base(struct vdpa *d, u32 vq, u32 *base);
int vdpa_vring_kick(struct vdpa *d, u32 vq, int fd);
int vdpa_vring_call(struct vdpa *d, u32 vq, int fd);
int vdpa_config_call(struct vdpa *d, int fd);

/* IOTLB messages; what the kernel refuses comes back as -EFAULT or -EINVAL. */
int vdpa_map(struct vdpa *d, u32 asid, u64 iova, u64 size, const void *va, u8 perm);
int vdpa_unmap(struct vdpa *d, u32 asid, u64 iova, u64 size);
int vdpa_batch(struct vdpa *d, u32 asid, bool begin);

#endif /* _SDPU_CLIENT_VDPA_H */
