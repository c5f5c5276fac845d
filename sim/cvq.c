// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control virtqueue (virtio 1.3, 5.1.6.5): snapshot, execute, acknowledge.
 * What the bytes of a command mean is cvqcmd.c's business, what it does is here.
 */
#include <linux/etherdevice.h>
#include <linux/slab.h>

#include "card.h"
#include "cvqcmd.h"
#include "features.h"
#include "function.h"
#include "rss.h"
#include "stats.h"
#include "vdev.h"

/*
 * Longest command that is looked at: two address lists that overflow the
 * filter many times over.
 */
#define SDPU_CVQ_MAX		(2 * sizeof(__le32) + 2 * 1024 * ETH_ALEN + \
				 sizeof(struct virtio_net_ctrl_hdr))
#define SDPU_CVQ_BATCH		16

/**
 * struct sdpu_cvq_room - what a command needs; too much for the stack
 * @command: snapshot of it
 * @result: what it answers
 */
struct sdpu_cvq_room {
	u8 command[SDPU_CVQ_MAX];
	u8 result[SDPU_CVQCMD_RESULT_MAX];
};

static struct sdpu_switch *sdpu_cvq_switch(struct sdpu_vdev *vdev)
{
	return sdpu_card_switch(vdev->fn->card);
}

/* May its driver have addresses of its own choice, and frames of others? */
static bool sdpu_cvq_trusted(const struct sdpu_vdev *vdev)
{
	return !(READ_ONCE(vdev->fn->port.policy) & SDPU_POLICY_UNTRUSTED);
}

static u8 sdpu_cvq_rx_mode(void *priv, u8 mode, bool on)
{
	static const unsigned int modes[] = {
		[VIRTIO_NET_CTRL_RX_PROMISC]	= SDPU_RX_PROMISC,
		[VIRTIO_NET_CTRL_RX_ALLMULTI]	= SDPU_RX_ALLMULTI,
		[VIRTIO_NET_CTRL_RX_ALLUNI]	= SDPU_RX_ALLUNI,
		[VIRTIO_NET_CTRL_RX_NOMULTI]	= SDPU_RX_NOMULTI,
		[VIRTIO_NET_CTRL_RX_NOUNI]	= SDPU_RX_NOUNI,
		[VIRTIO_NET_CTRL_RX_NOBCAST]	= SDPU_RX_NOBCAST,
	};
	struct sdpu_vdev *vdev = priv;

	if (on && (mode == VIRTIO_NET_CTRL_RX_PROMISC || mode == VIRTIO_NET_CTRL_RX_ALLUNI) &&
	    !sdpu_cvq_trusted(vdev))
		return VIRTIO_NET_ERR;
	sdpu_port_filter_mode(sdpu_cvq_switch(vdev), &vdev->fn->port,
			      modes[array_index_nospec(mode, ARRAY_SIZE(modes))], on);
	return VIRTIO_NET_OK;
}

static u8 sdpu_cvq_mac_table(void *priv, const u8 *uni, u32 num_uni, const u8 *multi,
			     u32 num_multi)
{
	struct sdpu_vdev *vdev = priv;

	if (num_uni && !sdpu_cvq_trusted(vdev))
		return VIRTIO_NET_ERR;
	return sdpu_port_filter_set(sdpu_cvq_switch(vdev), &vdev->fn->port, uni, num_uni, multi,
				    num_multi) ? VIRTIO_NET_ERR : VIRTIO_NET_OK;
}

static u8 sdpu_cvq_mac_addr(void *priv, const u8 *mac)
{
	struct sdpu_vdev *vdev = priv;
	u16 status;

	/* the one that it has it may well ask for */
	if (READ_ONCE(vdev->fn->port.mac) != sdpu_mac_key(mac) && !sdpu_cvq_trusted(vdev))
		return VIRTIO_NET_ERR;
	status = sdpu_vdev_set_mac(vdev, mac, SDPU_CLAIM_ALONE);
	return status == SDPU_ST_OK ? VIRTIO_NET_OK : VIRTIO_NET_ERR;
}

static u8 sdpu_cvq_vlan(void *priv, u16 vid, bool add)
{
	struct sdpu_vdev *vdev = priv;

	sdpu_port_vlan(sdpu_cvq_switch(vdev), &vdev->fn->port, vid, add);
	return VIRTIO_NET_OK;
}

static u8 sdpu_cvq_mq_pairs(void *priv, u16 pairs)
{
	struct sdpu_vdev *vdev = priv;
	struct sdpu_rss *rss = rcu_dereference(vdev->rss), *report = NULL;

	/* 5.1.6.5.5: no scaling from now on; hashes are still reported */
	if (rss && (vdev->features & BIT_ULL(VIRTIO_NET_F_HASH_REPORT))) {
		report = sdpu_rss_new_report(rss);
		if (!report)
			return VIRTIO_NET_ERR;
	}
	sdpu_vdev_set_rss(vdev, report);
	WRITE_ONCE(vdev->curr_vqp, pairs);
	sdpu_vdev_settle(vdev);
	return VIRTIO_NET_OK;
}

static u8 sdpu_cvq_rss(void *priv, const struct sdpu_rss_attrs *attrs)
{
	struct sdpu_rss *rss = sdpu_rss_new(attrs);

	if (!rss)
		return VIRTIO_NET_ERR;
	sdpu_vdev_set_rss(priv, rss);
	sdpu_vdev_settle(priv);
	return VIRTIO_NET_OK;
}

static u8 sdpu_cvq_offloads(void *priv, u64 offloads)
{
	struct sdpu_vdev *vdev = priv;

	WRITE_ONCE(vdev->offloads, offloads);
	sdpu_vdev_settle(vdev);
	return VIRTIO_NET_OK;
}

static u8 sdpu_cvq_announce_ack(void *priv)
{
	sdpu_vdev_announce(priv, false);
	return VIRTIO_NET_OK;
}

/* A queue that the driver has made, or NULL. */
static struct sdpu_vq *sdpu_cvq_queue(struct sdpu_vdev *vdev, u16 index)
{
	struct sdpu_vq **at = &vdev->vq[array_index_nospec(index, SDPU_MAX_QUEUES)];
	/* pairs with the release in sdpu_vf_queue_create() */
	struct sdpu_vq *vq = smp_load_acquire(at);

	return vq && READ_ONCE(vq->created) ? vq : NULL;
}

static u8 sdpu_cvq_coal_set(void *priv, u16 index, struct sdpu_coal coal)
{
	struct sdpu_vq *vq = sdpu_cvq_queue(priv, index);

	if (!vq)
		return VIRTIO_NET_ERR;
	sdpu_call_set(&vq->call, coal);
	return VIRTIO_NET_OK;
}

static u8 sdpu_cvq_coal_get(void *priv, u16 index, struct sdpu_coal *coal)
{
	struct sdpu_vq *vq = sdpu_cvq_queue(priv, index);

	if (!vq)
		return VIRTIO_NET_ERR;
	*coal = vq->call.coal;
	return VIRTIO_NET_OK;
}

static u8 sdpu_cvq_coal_all(void *priv, bool tx, struct sdpu_coal coal)
{
	struct sdpu_vdev *vdev = priv;
	unsigned int i;

	/* those that the driver has not made have nothing to hold back */
	for (i = tx; i < 2u * vdev->max_vqp; i += 2)
		if (i != vdev->cvq)
			sdpu_cvq_coal_set(vdev, i, coal);
	return VIRTIO_NET_OK;
}

static u8 sdpu_cvq_stats(void *priv, u16 index, struct sdpu_ctrl_queue_stats *stats)
{
	sdpu_stats_queue(sdpu_cvq_queue(priv, index), stats);
	return VIRTIO_NET_OK;
}

static const struct sdpu_cvqcmd_ops sdpu_cvq_ops = {
	.rx_mode	= sdpu_cvq_rx_mode,
	.mac_table	= sdpu_cvq_mac_table,
	.mac_addr	= sdpu_cvq_mac_addr,
	.vlan		= sdpu_cvq_vlan,
	.mq_pairs	= sdpu_cvq_mq_pairs,
	.rss		= sdpu_cvq_rss,
	.offloads	= sdpu_cvq_offloads,
	.announce_ack	= sdpu_cvq_announce_ack,
	.coal_all	= sdpu_cvq_coal_all,
	.coal_set	= sdpu_cvq_coal_set,
	.coal_get	= sdpu_cvq_coal_get,
	.stats		= sdpu_cvq_stats,
};

static u8 sdpu_cvq_execute(struct sdpu_vdev *vdev, const u8 *buf, u32 len,
			   struct sdpu_cvqcmd_result *res)
{
	const struct sdpu_cvqcmd_dev dev = {
		.ops = &sdpu_cvq_ops,
		.priv = vdev,
		.features = vdev->features,
		.offloads = vdev->features & SDPU_OFFLOADS,
		.max_vqp = vdev->max_vqp,
		.cvq = vdev->cvq,
	};

	return sdpu_cvqcmd_execute(&dev, buf, len, res);
}

static u32 sdpu_cvq_snapshot(const struct sdpu_chain *chain, u8 *buf)
{
	u32 len = 0;
	u16 i;

	for (i = 0; i < chain->num_out; i++) {
		sdpu_prim_snapshot(buf + len, chain->seg[i].va, chain->seg[i].len);
		len += chain->seg[i].len;
	}
	return len;
}

/* The acknowledgment, and behind it what the command answers, for which there is room. */
static void sdpu_cvq_answer(const struct sdpu_chain *chain, u8 ack,
			    const struct sdpu_cvqcmd_result *res)
{
	const struct sdpu_seg *seg = chain->seg + chain->num_out;
	u32 done, n, off = 1;

	seg->va[0] = ack;
	for (done = 0; done < res->len; done += n, seg++, off = 0) {
		n = min(res->len - done, seg->len - off);
		memcpy(seg->va + off, res->buf + done, n);
	}
}

/* One command: false if there is none, or the ring broke. */
static bool sdpu_cvq_one(struct sdpu_vq *vq, struct sdpu_cvq_room *room)
{
	struct sdpu_chain *chain = vq->chain;
	struct sdpu_cvqcmd_result res = { .buf = room->result };
	u8 ack = VIRTIO_NET_ERR;

	if (!sdpu_vring_pop(&vq->ring, chain))
		return false;
	/* there is always an acknowledgment to write (5.1.6.5) */
	if (!chain->num_in)
		return sdpu_vring_break(&vq->ring, SDPU_BROKEN_HEADER);
	res.room = min_t(u32, chain->in_len - 1, sizeof(room->result));
	if (chain->out_len <= SDPU_CVQ_MAX)
		ack = sdpu_cvq_execute(vq->vdev, room->command,
				       sdpu_cvq_snapshot(chain, room->command), &res);
	sdpu_cvq_answer(chain, ack, &res);
	sdpu_vring_push(&vq->ring, chain->head, 1 + res.len);
	vq->stats.packets++;
	vq->stats.bytes += chain->out_len;
	vq->stats.drop_bad += ack != VIRTIO_NET_OK;
	return true;
}

static bool sdpu_cvq_batch(struct sdpu_vq *vq, struct sdpu_cvq_room *room)
{
	bool more = false;
	int i;

	local_bh_disable();
	rcu_read_lock();
	spin_lock(&vq->lock);
	if (vq->live && !READ_ONCE(vq->vdev->broken)) {
		sdpu_vring_kicks_off(&vq->ring);
		for (i = 0, more = true; more && i < SDPU_CVQ_BATCH; i++)
			more = sdpu_cvq_one(vq, room);
		if (!more)
			more = sdpu_vring_kicks_on(&vq->ring);
		sdpu_vq_publish(vq);
		if (vq->ring.broken) {
			sdpu_vq_broken(vq);
			more = false;
		}
	}
	spin_unlock(&vq->lock);
	rcu_read_unlock();
	local_bh_enable();
	return more;
}

void sdpu_cvq_work(struct work_struct *work)
{
	struct sdpu_vq *vq = container_of(work, struct sdpu_vq, work);
	struct sdpu_cvq_room *room = kvmalloc(sizeof(*room), GFP_KERNEL);

	/* nothing is lost: the command waits in the ring until memory is there */
	if (!room) {
		queue_work(sdpu_card_wq(vq->vdev->fn->card), work);
		return;
	}
	while (sdpu_cvq_batch(vq, room))
		cond_resched_tasks_rcu_qs();
	kvfree(room);
}
