/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/vhost-net with a tap: the peer that softdpu-bench measures against.
 */
#ifndef _SDPU_CLIENT_VHOSTNET_H
#define _SDPU_CLIENT_VHOSTNET_H

#include <linux/vhost.h>

#include "mem.h"
#include "ring.h"

/**
 * struct vhostnet - an open device and its tap
 * @fd: /dev/vhost-net
 * @tap: its backend
 */
struct vhostnet {
	int fd;
	int tap;
};

/*
 * A network namespace of our own with a bridge, no IPv6 and no learning to
 * wait for. Taps are made and put into it by vhostnet_open().
 */
int vhostnet_namespace(const char *bridge);

/* @gso: the tap takes TCP frames that are to be segmented, and gives them */
int vhostnet_open(struct vhostnet *v, const char *bridge, const char *tap, bool gso);
void vhostnet_close(struct vhostnet *v);

int vhostnet_features(struct vhostnet *v, u64 *features);
int vhostnet_set_features(struct vhostnet *v, u64 features);
int vhostnet_map(struct vhostnet *v, struct mem *const *mem, unsigned int num);
int vhostnet_vring(struct vhostnet *v, u32 vq, const struct ring *r, int kick, int call);
int vhostnet_start(struct vhostnet *v, u32 vq);

#endif /* _SDPU_CLIENT_VHOSTNET_H */
