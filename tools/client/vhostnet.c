// SPDX-License-Identifier: GPL-2.0-only
/* /dev/vhost-net with a tap. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhostnet.h"

static int xioctl(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int link_up(int sock, const char *name)
{
	struct ifreq ifr = { 0 };
	int err;

	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	err = xioctl(sock, SIOCGIFFLAGS, &ifr);
	if (err)
		return err;
	ifr.ifr_flags |= IFF_UP;
	return xioctl(sock, SIOCSIFFLAGS, &ifr);
}

int vhostnet_namespace(const char *bridge)
{
	char name[IFNAMSIZ] = "";
	int sock, err;

	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	/* router solicitations would be frames that nobody sent */
	write_text("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	strncpy(name, bridge, IFNAMSIZ - 1);
	err = xioctl(sock, SIOCBRADDBR, name);
	if (!err)
		err = link_up(sock, bridge);
	close(sock);
	return err;
}

static int bridge_add(const char *bridge, const char *tap)
{
	struct ifreq ifr = { 0 };
	int sock, err;

	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	strncpy(ifr.ifr_name, bridge, IFNAMSIZ - 1);
	ifr.ifr_ifindex = if_nametoindex(tap);
	err = xioctl(sock, SIOCBRADDIF, &ifr);
	if (!err)
		err = link_up(sock, tap);
	if (!err) {
		/* room for 9000-byte frames; the bridge takes the smallest of its ports */
		strncpy(ifr.ifr_name, tap, IFNAMSIZ - 1);
		ifr.ifr_mtu = 9216;
		err = xioctl(sock, SIOCSIFMTU, &ifr);
	}
	close(sock);
	return err;
}

static int tap_open(const char *name, bool gso)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int hdr = sizeof(struct virtio_net_hdr_v1), fd, err;

	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	err = xioctl(fd, TUNSETIFF, &ifr);
	if (!err)
		err = xioctl(fd, TUNSETVNETHDRSZ, &hdr);
	if (!err)
		err = xioctl(fd, TUNSETOFFLOAD, (void *)(gso ? TUN_F_CSUM | TUN_F_TSO4 : 0ul));
	if (!err)
		return fd;
	close(fd);
	return err;
}

int vhostnet_open(struct vhostnet *v, const char *bridge, const char *tap, bool gso)
{
	int err;

	v->tap = tap_open(tap, gso);
	if (v->tap < 0)
		return v->tap;
	err = bridge_add(bridge, tap);
	if (err)
		goto close_tap;
	v->fd = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);
	if (v->fd < 0) {
		err = -errno;
		goto close_tap;
	}
	err = xioctl(v->fd, VHOST_SET_OWNER, NULL);
	if (!err)
		return 0;
	close(v->fd);
close_tap:
	close(v->tap);
	return err;
}

void vhostnet_close(struct vhostnet *v)
{
	close(v->fd);
	close(v->tap);
}

int vhostnet_features(struct vhostnet *v, u64 *features)
{
	return xioctl(v->fd, VHOST_GET_FEATURES, features);
}

int vhostnet_set_features(struct vhostnet *v, u64 features)
{
	return xioctl(v->fd, VHOST_SET_FEATURES, &features);
}

int vhostnet_map(struct vhostnet *v, struct mem *const *mem, unsigned int num)
{
	struct vhost_memory *table;
	unsigned int i;
	int err;

	table = calloc(1, sizeof(*table) + num * sizeof(table->regions[0]));
	if (!table)
		return -ENOMEM;
	for (i = 0; i < num; i++) {
		table->regions[i].guest_phys_addr = mem[i]->iova;
		table->regions[i].memory_size = mem[i]->len;
		table->regions[i].userspace_addr = (uintptr_t)mem[i]->va;
	}
	table->nregions = num;
	err = xioctl(v->fd, VHOST_SET_MEM_TABLE, table);
	free(table);
	return err;
}

int vhostnet_vring(struct vhostnet *v, u32 vq, const struct ring *r, int kick, int call)
{
	struct vhost_vring_state s = { .index = vq, .num = r->num };
	/* here, and only here, ring addresses are the process's own */
	struct vhost_vring_addr a = {
		.index = vq,
		.desc_user_addr = (uintptr_t)r->desc,
		.avail_user_addr = (uintptr_t)r->avail,
		.used_user_addr = (uintptr_t)r->used,
	};
	struct vhost_vring_file f = { .index = vq };
	int err;

	err = xioctl(v->fd, VHOST_SET_VRING_NUM, &s);
	s.num = r->published;
	if (!err)
		err = xioctl(v->fd, VHOST_SET_VRING_BASE, &s);
	if (!err)
		err = xioctl(v->fd, VHOST_SET_VRING_ADDR, &a);
	f.fd = kick;
	if (!err)
		err = xioctl(v->fd, VHOST_SET_VRING_KICK, &f);
	f.fd = call;
	if (!err)
		err = xioctl(v->fd, VHOST_SET_VRING_CALL, &f);
	return err;
}

int vhostnet_start(struct vhostnet *v, u32 vq)
{
	struct vhost_vring_file f = { .index = vq, .fd = v->tap };

	return xioctl(v->fd, VHOST_NET_SET_BACKEND, &f);
}
