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
#include "vdev.h"

/*
 * Longest command that is looked at: two address lists that overflow the
 * filter many times over. The snapshot of one lives on the heap.
 */
#define SDPU_CVQ_MAX		(2 * sizeof(__le32) + 2 * 1024 * ETH_ALEN + \
				 sizeof(struct virtio_net_ctrl_hdr))
#define SDPU_CVQ_BATCH		16

static struct sdpu_switch *sdpu_cvq_switch(struct sdpu_vdev *vdev)
{
	return sdpu_card_switch(vdev->fn->card);
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

	sdpu_port_filter_mode(sdpu_cvq_switch(vdev), &vdev->fn->port,
			      modes[array_index_nospec(mode, ARRAY_SIZE(modes))], on);
	return VIRTIO_NET_OK;
}

static u8 sdpu_cvq_mac_table(void *priv, const u8 *uni, u32 num_uni, const u8 *multi,
			     u32 num_multi)
{
	struct sdpu_vdev *vdev = priv;

	return sdpu_port_filter_set(sdpu_cvq_switch(vdev), &vdev->fn->port, uni, num_uni, multi,
				    num_multi) ? VIRTIO_NET_ERR : VIRTIO_NET_OK;
}

static u8 sdpu_cvq_mac_addr(void *priv, const u8 *mac)
{
	return sdpu_vdev_set_mac(priv, mac) == SDPU_ST_OK ? VIRTIO_NET_OK : VIRTIO_NET_ERR;
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
	return VIRTIO_NET_OK;
}

static u8 sdpu_cvq_rss(void *priv, const struct sdpu_rss_attrs *attrs)
{
	struct sdpu_rss *rss = sdpu_rss_new(attrs);

	if (!rss)
		return VIRTIO_NET_ERR;
	sdpu_vdev_set_rss(priv, rss);
	return VIRTIO_NET_OK;
}

static u8 sdpu_cvq_offloads(void *priv, u64 offloads)
{
	struct sdpu_vdev *vdev = priv;

	WRITE_ONCE(vdev->offloads, offloads);
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
};

static u8 sdpu_cvq_execute(struct sdpu_vdev *vdev, const u8 *buf, u32 len)
{
	const struct sdpu_cvqcmd_dev dev = {
		.ops = &sdpu_cvq_ops,
		.priv = vdev,
		.features = vdev->features,
		.offloads = vdev->features & SDPU_OFFLOADS,
		.max_vqp = vdev->max_vqp,
	};

	return sdpu_cvqcmd_execute(&dev, buf, len);
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

/* One command: false if there is none, or the ring broke. */
static bool sdpu_cvq_one(struct sdpu_vq *vq, u8 *buf)
{
	struct sdpu_chain *chain = vq->chain;
	u8 ack = VIRTIO_NET_ERR;

	if (!sdpu_vring_pop(&vq->ring, chain))
		return false;
	/* there is always an acknowledgment to write (5.1.6.5) */
	if (!chain->num_in)
		return sdpu_vring_break(&vq->ring, SDPU_BROKEN_HEADER);
	if (chain->out_len <= SDPU_CVQ_MAX)
		ack = sdpu_cvq_execute(vq->vdev, buf, sdpu_cvq_snapshot(chain, buf));
	*chain->seg[chain->num_out].va = ack;
	sdpu_vring_push(&vq->ring, chain->head, 1);
	vq->stats.packets++;
	vq->stats.bytes += chain->out_len;
	vq->stats.drop_bad += ack != VIRTIO_NET_OK;
	return true;
}

static bool sdpu_cvq_batch(struct sdpu_vq *vq, u8 *buf)
{
	bool more = false;
	int i;

	local_bh_disable();
	rcu_read_lock();
	spin_lock(&vq->lock);
	if (vq->live && !READ_ONCE(vq->vdev->broken)) {
		sdpu_vring_kicks_off(&vq->ring);
		for (i = 0, more = true; more && i < SDPU_CVQ_BATCH; i++)
			more = sdpu_cvq_one(vq, buf);
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
	u8 *buf = kvmalloc(SDPU_CVQ_MAX, GFP_KERNEL);

	/* nothing is lost: the command waits in the ring until memory is there */
	if (!buf) {
		queue_work(sdpu_card_wq(vq->vdev->fn->card), work);
		return;
	}
	while (sdpu_cvq_batch(vq, buf))
		cond_resched_tasks_rcu_qs();
	kvfree(buf);
}
