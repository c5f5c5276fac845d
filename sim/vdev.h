/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtio-net device of a VF. */
#ifndef _SDPU_SIM_VDEV_H
#define _SDPU_SIM_VDEV_H

#include "config.h"
#include "ctl.h"
#include "steer.h"
#include "vq.h"

struct sdpu_frame;
struct sdpu_function;
struct sdpu_hash;
struct sdpu_rss;

/**
 * struct sdpu_vdev - a virtio-net device
 * @fn: the VF
 * @offered: features
 * @max_vqp: queue pairs
 * @mtu: MTU
 * @mac: address that the administrator gave it; its driver may choose another
 *	one, until a reset; under sdpu_function.lock
 * @features: what the driver accepted; changed while no queue is live
 * @offloads: GUEST_* bits that the driver wants now; changed by the control
 *	virtqueue, read by senders
 * @max_frame: largest frame that may be given to the driver as one packet
 * @curr_vqp: pairs that the driver uses now; likewise
 * @rss: hash of a frame, and which pair takes it; NULL: none, and that of the
 *	sender's queue; changed by the control virtqueue, or while no queue is live
 * @steer: which pair takes a frame if @rss does not say it; forgotten on reset
 * @cvq: index of the control virtqueue, -1 if there is none; changed while no
 *	queue is live
 * @running: DRIVER_OK and not suspended
 * @moved: a queue goes on where another device has stopped; until the device runs
 * @broken: a ring is; until reset
 * @config: configuration space
 * @vq: queues; each is made when the driver first creates it and stays until
 *	the device is destroyed
 */
struct sdpu_vdev {
	struct sdpu_function *fn;
	u64 offered;
	u16 max_vqp;
	u16 mtu;
	u8 mac[ETH_ALEN];
	u64 features;
	u64 offloads;
	u32 max_frame;
	u16 curr_vqp;
	struct sdpu_rss __rcu *rss;
	struct sdpu_steer steer;
	int cvq;
	bool running;
	bool moved;
	bool broken;
	struct sdpu_config config;
	struct sdpu_vq *vq[SDPU_MAX_QUEUES];
};

/* Features that a driver can switch on and off while it runs (5.1.6.5.8). */
#define SDPU_OFFLOADS \
	(BIT_ULL(VIRTIO_NET_F_GUEST_CSUM) | BIT_ULL(VIRTIO_NET_F_GUEST_TSO4) | \
	 BIT_ULL(VIRTIO_NET_F_GUEST_TSO6) | BIT_ULL(VIRTIO_NET_F_GUEST_ECN) | \
	 BIT_ULL(VIRTIO_NET_F_GUEST_USO4) | BIT_ULL(VIRTIO_NET_F_GUEST_USO6))

/* Virtio device status as the driver must see it. Context: RCU reader. */
u8 sdpu_vdev_status(const struct sdpu_vdev *vdev);
/* A queue doorbell. Context: any. */
void sdpu_vdev_kick(struct sdpu_function *fn, u32 index);
/* Nobody uses any more what address space @asid has said. Context: any but hard interrupt. */
void sdpu_vdev_invalidate(struct sdpu_function *fn, u32 asid);
/* Where a queue, if there is one, is worked on. Context: fn->lock. */
void sdpu_vdev_affinity(struct sdpu_function *fn, u32 index, const struct cpumask *cpus);

/**
 * struct sdpu_spread - by what a receive queue was chosen
 * @pairs: that the driver used
 * @rss: how it had its frames spread; only to be compared
 */
struct sdpu_spread {
	unsigned int pairs;
	const struct sdpu_rss *rss;
};

/*
 * Which receive queue takes @frame, from queue pair @hint of the sender? @hash is
 * what the driver is told of it. Context: RCU reader.
 */
struct sdpu_vq *sdpu_vdev_rx_queue(struct sdpu_vdev *vdev, const struct sdpu_frame *frame,
				   unsigned int hint, struct sdpu_hash *hash,
				   struct sdpu_spread *spread);

/* Is it still so? Context: RCU reader; the lock of the queue, or the answer is of no use. */
static inline bool sdpu_vdev_spreads(const struct sdpu_vdev *vdev,
				     const struct sdpu_spread *spread)
{
	return READ_ONCE(vdev->curr_vqp) == spread->pairs &&
	       rcu_access_pointer(vdev->rss) == spread->rss;
}

/*
 * What has been changed holds for every frame from now on: those that senders still gave
 * to a receive queue as it was before have been shown to the driver when this returns.
 * Context: the lock of the control virtqueue.
 */
void sdpu_vdev_settle(struct sdpu_vdev *vdev);
/* The driver has sent @frame on a pair of its own. Context: RCU reader. */
void sdpu_vdev_sent(struct sdpu_vdev *vdev, struct sdpu_frame *frame, unsigned int pair);
/* Hash and scale like @rss, which is the device's from now on; NULL: not. Context: see there. */
void sdpu_vdev_set_rss(struct sdpu_vdev *vdev, struct sdpu_rss *rss);
/*
 * Ask the driver to announce itself to the network, or note that it has (5.1.6.5.4).
 * Context: not hard interrupt.
 */
void sdpu_vdev_announce(struct sdpu_vdev *vdev, bool wanted);
/* The driver learns what the link is, if it does not know. Context: sdpu_link.lock. */
void sdpu_vdev_show_link(struct sdpu_vdev *vdev, bool up);
/*
 * Whoever works on a queue of the device, if there is one, is done.
 * Context: any but hard interrupt.
 */
void sdpu_vdev_drain(struct sdpu_function *fn);
/* New address: SDPU_ST_OK, _MAC_IN_USE or _NO_MEMORY. Context: not hard interrupt. */
u16 sdpu_vdev_set_mac(struct sdpu_vdev *vdev, const u8 *mac, enum sdpu_claim how);

#endif /* _SDPU_SIM_VDEV_H */
