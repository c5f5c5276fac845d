// SPDX-License-Identifier: GPL-2.0-only
/* The virtio-net device of a VF, and what admin commands do to it. */
#include <linux/etherdevice.h>
#include <linux/nospec.h>
#include <linux/slab.h>

#include "card.h"
#include "features.h"
#include "function.h"
#include "hdr.h"
#include "rss.h"
#include "stats.h"
#include "vdev.h"

#define F(bit)	BIT_ULL(bit)

/* No wire limits it. A number is needed nevertheless: the one that tun and veth say, in Mb/s. */
#define SDPU_NOMINAL_SPEED	10000
#define SDPU_FULL_DUPLEX	1

static struct sdpu_vdev *sdpu_vdev_locked(struct sdpu_function *fn)
{
	return rcu_dereference_protected(fn->vdev, lockdep_is_held(&fn->lock));
}

u8 sdpu_vdev_status(const struct sdpu_vdev *vdev)
{
	u8 status = READ_ONCE(vdev->fn->ctl.status);

	if (READ_ONCE(vdev->broken))
		status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	return status;
}

void sdpu_vdev_kick(struct sdpu_function *fn, u32 index)
{
	struct sdpu_vdev *vdev;
	struct sdpu_vq *vq;

	if (index >= SDPU_MAX_QUEUES)
		return;
	index = array_index_nospec(index, SDPU_MAX_QUEUES);
	rcu_read_lock();
	vdev = rcu_dereference(fn->vdev);
	/* pairs with the release in sdpu_vf_queue_create() */
	vq = vdev ? smp_load_acquire(&vdev->vq[index]) : NULL;
	if (vq) {
		atomic64_inc(&vq->kicks);
		sdpu_vq_wake(vq);
	}
	rcu_read_unlock();
}

void sdpu_vdev_affinity(struct sdpu_function *fn, u32 index, const struct cpumask *cpus)
{
	struct sdpu_vdev *vdev = sdpu_vdev_locked(fn);

	if (vdev && index < SDPU_MAX_QUEUES && vdev->vq[index])
		sdpu_vq_set_affinity(vdev->vq[index], cpus);
}

struct sdpu_vq *sdpu_vdev_rx_queue(struct sdpu_vdev *vdev, const struct sdpu_frame *frame,
				   unsigned int hint, struct sdpu_hash *hash,
				   struct sdpu_spread *spread)
{
	unsigned int pairs = READ_ONCE(vdev->curr_vqp);
	struct sdpu_rss *rss = rcu_dereference(vdev->rss);

	spread->pairs = pairs;
	spread->rss = rss;
	/* almost always the sender has no more pairs than the receiver */
	if (hint >= pairs)
		hint %= pairs;
	*hash = (struct sdpu_hash){};
	if (unlikely(rss))
		*hash = sdpu_rss_hash(rss, frame);
	if (unlikely(rss && rss->steer))
		hint = sdpu_rss_pair(rss, *hash);
	else if (pairs > 1)
		hint = sdpu_steer_pair(&vdev->steer, sdpu_frame_flow(frame), pairs, hint);
	/* what is read through it is not older: pairs with the release in sdpu_vf_queue_create() */
	return READ_ONCE(vdev->vq[2 * hint]);
}

void sdpu_vdev_settle(struct sdpu_vdev *vdev)
{
	struct sdpu_vq *vq;
	unsigned int i;

	for (i = 0; i < SDPU_MAX_QUEUES; i += 2) {
		vq = READ_ONCE(vdev->vq[i]);
		if (!vq || i == READ_ONCE(vdev->cvq))
			continue;
		spin_lock_nested(&vq->lock, SINGLE_DEPTH_NESTING);
		spin_unlock(&vq->lock);
	}
}

void sdpu_vdev_sent(struct sdpu_vdev *vdev, struct sdpu_frame *frame, unsigned int pair)
{
	struct sdpu_rss *rss = rcu_dereference(vdev->rss);

	if (READ_ONCE(vdev->curr_vqp) < 2 || (rss && rss->steer))
		return;
	frame->flow = sdpu_frame_flow(frame);
	sdpu_steer_learn(&vdev->steer, frame->flow, pair);
}

void sdpu_vdev_set_rss(struct sdpu_vdev *vdev, struct sdpu_rss *rss)
{
	rss = unrcu_pointer(xchg(&vdev->rss, RCU_INITIALIZER(rss)));
	if (rss)
		kfree_rcu(rss, rcu);
}

u16 sdpu_vdev_set_mac(struct sdpu_vdev *vdev, const u8 *mac, enum sdpu_claim how)
{
	int err;

	/* both in one: the driver and the administrator may set it at the same time */
	sdpu_config_begin(&vdev->config);
	err = sdpu_port_set_mac(sdpu_card_switch(vdev->fn->card), &vdev->fn->port, mac, how);
	if (!err)
		ether_addr_copy(vdev->config.space.net.mac, mac);
	sdpu_config_end(&vdev->config);
	if (err)
		return err == -ENOMEM ? SDPU_ST_NO_MEMORY : SDPU_ST_MAC_IN_USE;
	sdpu_eq_post(vdev->fn, SDPU_EV_CONFIG, 0, 0);
	return SDPU_ST_OK;
}

/* A bit of the status in the configuration space (5.1.4). */
static void sdpu_vdev_config_status(struct sdpu_vdev *vdev, u16 flag, bool on)
{
	__le16 *status = (__force __le16 *)&vdev->config.space.net.status;
	const __le16 bit = cpu_to_le16(flag);

	sdpu_config_begin(&vdev->config);
	*status = on ? *status | bit : *status & ~bit;
	sdpu_config_end(&vdev->config);
}

void sdpu_vdev_announce(struct sdpu_vdev *vdev, bool wanted)
{
	sdpu_vdev_config_status(vdev, VIRTIO_NET_S_ANNOUNCE, wanted);
	if (wanted)
		sdpu_eq_post(vdev->fn, SDPU_EV_CONFIG, 0, 0);
}

void sdpu_vdev_show_link(struct sdpu_vdev *vdev, bool up)
{
	const __le16 *status = (__force __le16 *)&vdev->config.space.net.status;

	if (!(READ_ONCE(*status) & cpu_to_le16(VIRTIO_NET_S_LINK_UP)) == !up)
		return;
	sdpu_vdev_config_status(vdev, VIRTIO_NET_S_LINK_UP, up);
	sdpu_eq_post(vdev->fn, SDPU_EV_CONFIG, 0, 0);
}

/* What a device is before its driver has said anything (5.1.5, 5.1.6.5). */
static void sdpu_vdev_defaults(struct sdpu_vdev *vdev)
{
	u64 features = vdev->features;
	/* a driver that cannot ask for multicast must not miss any */
	unsigned int mode = features & F(VIRTIO_NET_F_CTRL_RX) ? 0 : SDPU_RX_ALLMULTI;

	sdpu_vdev_set_rss(vdev, NULL);
	WRITE_ONCE(vdev->curr_vqp, 1);
	/* 5.1.4.2: with MTU nothing larger is passed on, unless the driver is to segment it */
	WRITE_ONCE(vdev->max_frame, features & F(VIRTIO_NET_F_MTU) ?
		   vdev->mtu + SDPU_ETH_VLAN_HLEN : SDPU_FRAME_MAX_GSO);
	WRITE_ONCE(vdev->offloads, features & SDPU_OFFLOADS);
	vdev->moved = false;
	memset(&vdev->steer, 0, sizeof(vdev->steer));
	sdpu_vdev_announce(vdev, false);
	sdpu_port_filter_reset(sdpu_card_switch(vdev->fn->card), &vdev->fn->port, mode,
			       features & F(VIRTIO_NET_F_CTRL_VLAN));
}

static void sdpu_vdev_config_init(struct sdpu_vdev *vdev)
{
	struct virtio_net_config *net = &vdev->config.space.net;

	seqlock_init(&vdev->config.lock);
	ether_addr_copy(net->mac, vdev->mac);
	net->max_virtqueue_pairs = (__force __virtio16)cpu_to_le16(vdev->max_vqp);
	net->mtu = (__force __virtio16)cpu_to_le16(vdev->mtu);
	net->speed = cpu_to_le32(SDPU_NOMINAL_SPEED);
	net->duplex = SDPU_FULL_DUPLEX;
	/* 5.1.4: with either of the two */
	if (!(vdev->offered & (F(VIRTIO_NET_F_RSS) | F(VIRTIO_NET_F_HASH_REPORT))))
		return;
	net->rss_max_key_size = SDPU_HASH_KEY_LEN;
	net->rss_max_indirection_table_length = cpu_to_le16(SDPU_RSS_TABLE_MAX);
	net->supported_hash_types = cpu_to_le32(SDPU_HASH_TYPES);
}

/* Make every queue look again whether it may run. */
static void sdpu_vdev_update(struct sdpu_vdev *vdev)
{
	unsigned int i;

	for (i = 0; i < SDPU_MAX_QUEUES; i++)
		if (vdev->vq[i])
			sdpu_vq_update(vdev->vq[i]);
}

static u16 sdpu_vf_dev_create(void *priv, const struct sdpu_ctl_dev_attrs *attrs)
{
	struct sdpu_function *fn = priv;
	struct sdpu_vdev *vdev;
	int err;

	vdev = kvzalloc(sizeof(*vdev), GFP_KERNEL_ACCOUNT);
	if (!vdev)
		return SDPU_ST_NO_MEMORY;
	vdev->fn = fn;
	vdev->offered = attrs->features;
	vdev->max_vqp = attrs->max_vqp;
	vdev->cvq = -1;
	if (attrs->mac_valid)
		ether_addr_copy(vdev->mac, attrs->mac);
	else
		sdpu_function_mac(fn, vdev->mac);
	vdev->mtu = attrs->mtu;
	sdpu_vdev_config_init(vdev);
	sdpu_vdev_defaults(vdev);
	err = sdpu_port_attach(sdpu_card_switch(fn->card), &fn->port, vdev->mac, true);
	if (err > 0)
		pr_info("softdpu%u: VF %u has the address of another one, %pM: whoever runs first has it\n",
			sdpu_card_id(fn->card), fn->number, vdev->mac);
	if (err < 0) {
		kvfree(vdev);
		return err == -EADDRINUSE ? SDPU_ST_MAC_IN_USE : SDPU_ST_NO_MEMORY;
	}
	rcu_assign_pointer(fn->vdev, vdev);
	/* not before: what changes it from now on finds the device */
	sdpu_link_show(fn);
	return SDPU_ST_OK;
}

static void sdpu_vf_dev_destroy(void *priv)
{
	struct sdpu_function *fn = priv;
	struct sdpu_vdev *vdev = sdpu_vdev_locked(fn);
	unsigned int i;

	/* a guest that keeps its rings full must not keep a worker from ending */
	vdev->running = false;
	sdpu_vdev_update(vdev);
	sdpu_port_detach(sdpu_card_switch(fn->card), &fn->port);
	rcu_assign_pointer(fn->vdev, NULL);
	/*
	 * Senders and doorbells that found it are done after this. Expedited: vdpa(8) waits,
	 * with a lock held that is everybody's.
	 */
	synchronize_rcu_expedited();
	sdpu_stats_keep(fn, vdev);
	for (i = 0; i < SDPU_MAX_QUEUES; i++)
		sdpu_vq_free(vdev->vq[i]);
	sdpu_vdev_set_rss(vdev, NULL);
	kvfree(vdev);
}

static u16 sdpu_vf_dev_set_mac(void *priv, const u8 *mac)
{
	struct sdpu_vdev *vdev = sdpu_vdev_locked(priv);
	u16 status = sdpu_vdev_set_mac(vdev, mac, SDPU_CLAIM_SHARED);

	if (status == SDPU_ST_OK)
		ether_addr_copy(vdev->mac, mac);
	return status;
}

static void sdpu_vf_features_set(void *priv, u64 features)
{
	struct sdpu_function *fn = priv;
	struct sdpu_vdev *vdev = sdpu_vdev_locked(fn);

	vdev->features = features;
	WRITE_ONCE(vdev->cvq, sdpu_ctl_cvq(&fn->ctl));
	sdpu_vdev_defaults(vdev);
}

/* The driver has been elsewhere. */
static void sdpu_vdev_arrive(struct sdpu_vdev *vdev)
{
	/* the network may still look for it there */
	if (vdev->features & F(VIRTIO_NET_F_GUEST_ANNOUNCE))
		sdpu_vdev_announce(vdev, true);
	else
		/* what it knows of the configuration is of there, too */
		sdpu_eq_post(vdev->fn, SDPU_EV_CONFIG, 0, 0);
}

static void sdpu_vf_run(void *priv, bool run)
{
	struct sdpu_function *fn = priv;
	struct sdpu_vdev *vdev = sdpu_vdev_locked(fn);

	vdev->running = run;
	if (run) {
		sdpu_link_show(fn);
		/* a device that is suspended still has its address */
		sdpu_port_run(sdpu_card_switch(fn->card), &fn->port, true);
		if (vdev->moved)
			sdpu_vdev_arrive(vdev);
	} else {
		sdpu_link_hold(fn);
	}
	vdev->moved = false;
	sdpu_vdev_update(vdev);
}

static void sdpu_vf_reset(void *priv)
{
	struct sdpu_function *fn = priv;
	struct sdpu_vdev *vdev = sdpu_vdev_locked(fn);
	struct sdpu_ctl_queue_state state;
	unsigned int i;

	vdev->running = false;
	for (i = 0; i < SDPU_MAX_QUEUES; i++) {
		if (!vdev->vq[i])
			continue;
		sdpu_vq_destroy(vdev->vq[i], &state);
		/* of the life before: the next one may number the queues otherwise */
		cancel_work_sync(&vdev->vq[i]->work);
	}
	WRITE_ONCE(vdev->broken, false);
	vdev->features = 0;
	WRITE_ONCE(vdev->cvq, -1);
	sdpu_vdev_defaults(vdev);
	if (!ether_addr_equal(vdev->config.space.net.mac, vdev->mac))
		sdpu_vdev_set_mac(vdev, vdev->mac, SDPU_CLAIM_OWN);
	sdpu_link_show(fn);
	sdpu_port_run(sdpu_card_switch(fn->card), &fn->port, false);
}

static struct sdpu_vring_as sdpu_vdev_as(struct sdpu_vdev *vdev, u16 index)
{
	struct sdpu_function *fn = vdev->fn;
	u16 buffers = index == vdev->cvq ? SDPU_GROUP_CVQ : SDPU_GROUP_DATA, areas = buffers;

	if (buffers == SDPU_GROUP_DATA && fn->areas_apart)
		areas = SDPU_GROUP_AREAS;
	return (struct sdpu_vring_as){
		.areas = &fn->as[fn->group_as[areas]],
		.buffers = &fn->as[fn->group_as[buffers]],
	};
}

static u16 sdpu_vf_queue_create(void *priv, u16 index, const struct sdpu_vring_attrs *attrs,
				bool enable)
{
	struct sdpu_vdev *vdev = sdpu_vdev_locked(priv);
	struct sdpu_vq *vq = vdev->vq[index];

	if (!vq) {
		vq = sdpu_vq_alloc(vdev, index);
		if (!vq)
			return SDPU_ST_NO_MEMORY;
		/* senders and doorbells find it from now on: whole */
		smp_store_release(&vdev->vq[index], vq);
	}
	if (!sdpu_vring_is_fresh(attrs))
		vdev->moved = true;
	return sdpu_vq_create(vq, attrs, sdpu_vdev_as(vdev, index), enable, index == vdev->cvq);
}

static void sdpu_vf_queue_destroy(void *priv, u16 index, struct sdpu_ctl_queue_state *state)
{
	sdpu_vq_destroy(sdpu_vdev_locked(priv)->vq[index], state);
}

static void sdpu_vf_queue_enable(void *priv, u16 index, bool enable)
{
	sdpu_vq_enable(sdpu_vdev_locked(priv)->vq[index], enable);
}

static void sdpu_vf_queue_query(void *priv, u16 index, struct sdpu_ctl_queue_state *state)
{
	sdpu_vq_query(sdpu_vdev_locked(priv)->vq[index], state);
}

/* After this nobody uses what @as said before. */
static void sdpu_vdev_forget(struct sdpu_function *fn, const struct sdpu_as *as)
{
	struct sdpu_vdev *vdev;
	struct sdpu_vq *vq;
	unsigned int i;

	rcu_read_lock();
	vdev = rcu_dereference(fn->vdev);
	for (i = 0; vdev && i <= 2u * vdev->max_vqp; i++) {
		/* pairs with the release in sdpu_vf_queue_create() */
		vq = READ_ONCE(vdev->vq[i]);
		if (vq)
			sdpu_vq_invalidate(vq, as);
	}
	rcu_read_unlock();
}

void sdpu_vdev_drain(struct sdpu_function *fn)
{
	/* that waits for the lock of each queue, and there is nothing to forget */
	sdpu_vdev_forget(fn, NULL);
}

void sdpu_vdev_invalidate(struct sdpu_function *fn, u32 asid)
{
	if (asid < SDPU_NUM_AS)
		sdpu_vdev_forget(fn, &fn->as[array_index_nospec(asid, SDPU_NUM_AS)]);
}

static u16 sdpu_vf_as_set(void *priv, u16 asid, u16 mode, u64 root)
{
	struct sdpu_function *fn = priv;
	struct sdpu_as *as = &fn->as[asid];
	const __le64 *table = NULL;

	if (mode == SDPU_AS_TABLE) {
		table = sdpu_prim_dma_virt(root);
		if (!table)
			return SDPU_ST_ADDRESS;
	}
	/* out of the old one first, so that no walk mixes the two */
	WRITE_ONCE(as->mode, SDPU_AS_EMPTY);
	sdpu_vdev_forget(fn, as);
	WRITE_ONCE(as->root, table);
	/* the mode makes the root count */
	smp_store_release(&as->mode, mode);
	return SDPU_ST_OK;
}

static void sdpu_vf_as_invalidate(void *priv, u16 asid, u64 iova, u64 last)
{
	struct sdpu_function *fn = priv;

	/* a queue remembers few translations: all of them go, whatever the range */
	sdpu_vdev_forget(fn, &fn->as[asid]);
}

/* Every queue uses what its groups are in now. */
static void sdpu_vdev_regroup(struct sdpu_vdev *vdev)
{
	unsigned int i;

	for (i = 0; i < SDPU_MAX_QUEUES; i++)
		if (vdev->vq[i])
			sdpu_vq_forget(vdev->vq[i], sdpu_vdev_as(vdev, i));
}

static void sdpu_vf_group_set(void *priv, u16 group, u16 asid)
{
	struct sdpu_function *fn = priv;

	fn->group_as[group] = asid;
	fn->areas_apart |= group == SDPU_GROUP_AREAS;
	sdpu_vdev_regroup(sdpu_vdev_locked(fn));
}

static void sdpu_vf_groups_reset(void *priv)
{
	struct sdpu_function *fn = priv;

	memset(fn->group_as, 0, sizeof(fn->group_as));
	fn->areas_apart = false;
	sdpu_vdev_regroup(sdpu_vdev_locked(fn));
}

static void sdpu_vf_identify(void *priv, struct sdpu_ctrl_identify *out)
{
	struct sdpu_function *fn = priv;

	out->features = cpu_to_le64(SDPU_FEATURES_AVAILABLE);
	out->default_features = cpu_to_le64(SDPU_FEATURES_DEFAULT);
	sdpu_function_mac(fn, out->mac);
	out->max_vqp = cpu_to_le16(fn->ctl.max_vqp);
	out->max_queue_size = cpu_to_le32(SDPU_MAX_QUEUE_SIZE);
	out->num_groups = cpu_to_le16(SDPU_NUM_GROUPS);
	out->num_as = cpu_to_le16(SDPU_NUM_AS);
	out->mtu_min = cpu_to_le16(SDPU_MTU_MIN);
	out->mtu_max = cpu_to_le16(SDPU_MTU_MAX);
}

static u16 sdpu_vf_stats(void *priv, u16 kind, u16 index, u64 dma, u32 len)
{
	struct sdpu_function *fn = priv;
	struct sdpu_vdev *vdev = sdpu_vdev_locked(fn);
	struct sdpu_ctrl_queue_stats queue;
	struct sdpu_ctrl_port_stats port;

	if (kind == SDPU_STATS_QUEUE) {
		sdpu_stats_queue(vdev->vq[index], &queue);
		return sdpu_stats_copy(dma, len, &queue, sizeof(queue));
	}
	sdpu_stats_vf_port(fn, vdev, &port);
	return sdpu_stats_copy(dma, len, &port, sizeof(port));
}

const struct sdpu_ctl_hooks sdpu_vf_hooks = {
	.identify	= sdpu_vf_identify,
	.stats		= sdpu_vf_stats,
	.dev_create	= sdpu_vf_dev_create,
	.dev_destroy	= sdpu_vf_dev_destroy,
	.dev_set_mac	= sdpu_vf_dev_set_mac,
	.features_set	= sdpu_vf_features_set,
	.reset		= sdpu_vf_reset,
	.run		= sdpu_vf_run,
	.queue_create	= sdpu_vf_queue_create,
	.queue_destroy	= sdpu_vf_queue_destroy,
	.queue_enable	= sdpu_vf_queue_enable,
	.queue_query	= sdpu_vf_queue_query,
	.as_set		= sdpu_vf_as_set,
	.as_invalidate	= sdpu_vf_as_invalidate,
	.group_set	= sdpu_vf_group_set,
	.groups_reset	= sdpu_vf_groups_reset,
};
