// SPDX-License-Identifier: GPL-2.0-only
/* /dev/vhost-vdpa-N, one function an ioctl. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "vdpa.h"

static int call(struct vdpa *d, unsigned long cmd, void *arg)
{
	int ret = ioctl(d->fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

static int call_vring(struct vdpa *d, unsigned long cmd, u32 index, u32 num)
{
	struct vhost_vring_state s = { .index = index, .num = num };

	return call(d, cmd, &s);
}

static int call_file(struct vdpa *d, unsigned long cmd, u32 index, int fd)
{
	struct vhost_vring_file f = { .index = index, .fd = fd };

	return call(d, cmd, &f);
}

int vdpa_open(struct vdpa *d, const char *path)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	/* parents in PA mode pin what is mapped */
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	memset(d, 0, sizeof(*d));
	d->fd = open(path, O_RDWR | O_CLOEXEC);
	return d->fd < 0 ? -errno : 0;
}

void vdpa_close(struct vdpa *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

int vdpa_own(struct vdpa *d, u64 want)
{
	u64 backend;
	int err;

	err = call(d, VHOST_SET_OWNER, NULL);
	if (!err)
		err = call(d, VHOST_GET_BACKEND_FEATURES, &backend);
	if (err)
		return err;
	backend &= want;
	err = call(d, VHOST_SET_BACKEND_FEATURES, &backend);
	if (!err)
		d->backend = backend;
	return err;
}

int vdpa_get_features(struct vdpa *d, u64 *features)
{
	return call(d, VHOST_GET_FEATURES, features);
}

int vdpa_set_features(struct vdpa *d, u64 features)
{
	return call(d, VHOST_SET_FEATURES, &features);
}

int vdpa_get_status(struct vdpa *d)
{
	u8 status = 0;
	int err = call(d, VHOST_VDPA_GET_STATUS, &status);

	return err ? err : status;
}

int vdpa_set_status(struct vdpa *d, u8 status)
{
	return call(d, VHOST_VDPA_SET_STATUS, &status);
}

int vdpa_add_status(struct vdpa *d, u8 bits)
{
	int status = vdpa_get_status(d);

	return status < 0 ? status : vdpa_set_status(d, status | bits);
}

int vdpa_get_config(struct vdpa *d, u32 off, void *buf, u32 len)
{
	struct vhost_vdpa_config *c = calloc(1, sizeof(*c) + len);
	int err;

	if (!c)
		return -ENOMEM;
	c->off = off;
	c->len = len;
	err = call(d, VHOST_VDPA_GET_CONFIG, c);
	if (!err)
		memcpy(buf, c->buf, len);
	free(c);
	return err;
}

int vdpa_set_config(struct vdpa *d, u32 off, const void *buf, u32 len)
{
	struct vhost_vdpa_config *c = calloc(1, sizeof(*c) + len);
	int err;

	if (!c)
		return -ENOMEM;
	c->off = off;
	c->len = len;
	memcpy(c->buf, buf, len);
	err = call(d, VHOST_VDPA_SET_CONFIG, c);
	free(c);
	return err;
}

static int get_number(struct vdpa *d, unsigned long request)
{
	u32 num = 0;
	int err = call(d, request, &num);

	return err ? err : (int)num;
}

int vdpa_get_config_size(struct vdpa *d)
{
	return get_number(d, VHOST_VDPA_GET_CONFIG_SIZE);
}

int vdpa_num_vqs(struct vdpa *d)
{
	return get_number(d, VHOST_VDPA_GET_VQS_COUNT);
}

int vdpa_max_vring(struct vdpa *d)
{
	u16 num = 0;
	int err = call(d, VHOST_VDPA_GET_VRING_NUM, &num);

	return err ? err : num;
}

int vdpa_num_groups(struct vdpa *d)
{
	return get_number(d, VHOST_VDPA_GET_GROUP_NUM);
}

int vdpa_num_as(struct vdpa *d)
{
	return get_number(d, VHOST_VDPA_GET_AS_NUM);
}

int vdpa_vq_group(struct vdpa *d, u32 vq)
{
	struct vhost_vring_state s = { .index = vq };
	int err = call(d, VHOST_VDPA_GET_VRING_GROUP, &s);

	return err ? err : (int)s.num;
}

int vdpa_vq_desc_group(struct vdpa *d, u32 vq)
{
	struct vhost_vring_state s = { .index = vq };
	int err = call(d, VHOST_VDPA_GET_VRING_DESC_GROUP, &s);

	return err ? err : (int)s.num;
}

int vdpa_set_group_asid(struct vdpa *d, u32 group, u32 asid)
{
	return call_vring(d, VHOST_VDPA_SET_GROUP_ASID, group, asid);
}

int vdpa_suspend(struct vdpa *d)
{
	return call(d, VHOST_VDPA_SUSPEND, NULL);
}

int vdpa_resume(struct vdpa *d)
{
	return call(d, VHOST_VDPA_RESUME, NULL);
}

int vdpa_vring_num(struct vdpa *d, u32 vq, u32 num)
{
	return call_vring(d, VHOST_SET_VRING_NUM, vq, num);
}

int vdpa_vring_addr(struct vdpa *d, u32 vq, u64 desc, u64 driver, u64 device)
{
	struct vhost_vring_addr a = {
		.index = vq,
		.desc_user_addr = desc,
		.avail_user_addr = driver,
		.used_user_addr = device,
	};

	return call(d, VHOST_SET_VRING_ADDR, &a);
}

int vdpa_vring_enable(struct vdpa *d, u32 vq, u32 enable)
{
	return call_vring(d, VHOST_VDPA_SET_VRING_ENABLE, vq, enable);
}

int vdpa_set_base(struct vdpa *d, u32 vq, u32 base)
{
	return call_vring(d, VHOST_SET_VRING_BASE, vq, base);
}

int vdpa_get_base(struct vdpa *d, u32 vq, u32 *base)
{
	struct vhost_vring_state s = { .index = vq };
	int err = call(d, VHOST_GET_VRING_BASE, &s);

	*base = s.num;
	return err;
}

int vdpa_vring_kick(struct vdpa *d, u32 vq, int fd)
{
	return call_file(d, VHOST_SET_VRING_KICK, vq, fd);
}

int vdpa_vring_call(struct vdpa *d, u32 vq, int fd)
{
	return call_file(d, VHOST_SET_VRING_CALL, vq, fd);
}

int vdpa_config_call(struct vdpa *d, int fd)
{
	return call(d, VHOST_VDPA_SET_CONFIG_CALL, &fd);
}

static int iotlb(struct vdpa *d, u32 asid, struct vhost_iotlb_msg msg)
{
	struct vhost_msg_v2 m = { .type = VHOST_IOTLB_MSG_V2, .asid = asid, .iotlb = msg };
	ssize_t ret = write(d->fd, &m, sizeof(m));

	if (ret < 0)
		return -errno;
	return ret == sizeof(m) ? 0 : -EIO;
}

int vdpa_map(struct vdpa *d, u32 asid, u64 iova, u64 size, const void *va, u8 perm)
{
	return iotlb(d, asid, (struct vhost_iotlb_msg) {
		.type = VHOST_IOTLB_UPDATE,
		.iova = iova, .size = size, .uaddr = (uintptr_t)va, .perm = perm,
	});
}

int vdpa_unmap(struct vdpa *d, u32 asid, u64 iova, u64 size)
{
	return iotlb(d, asid, (struct vhost_iotlb_msg) {
		.type = VHOST_IOTLB_INVALIDATE, .iova = iova, .size = size,
	});
}

int vdpa_batch(struct vdpa *d, u32 asid, bool begin)
{
	return iotlb(d, asid, (struct vhost_iotlb_msg) {
		.type = begin ? VHOST_IOTLB_BATCH_BEGIN : VHOST_IOTLB_BATCH_END,
	});
}
