// SPDX-License-Identifier: GPL-2.0-only
/* The control virtqueue (virtio 1.3, 5.1.6.5): snapshot, execute, acknowledge. */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/slab.h>

#include "card.h"
#include "features.h"
#include "function.h"
#include "vdev.h"

#define F(bit)	BIT_ULL(bit)

/*
 * Longest command that is looked at: two address lists that overflow the
 * filter many times over. The snapshot of one lives on the heap.
 */
#define SDPU_CVQ_MAX		(2 * sizeof(__le32) + 2 * 1024 * ETH_ALEN + \
				 sizeof(struct virtio_net_ctrl_hdr))
#define SDPU_CVQ_BATCH		16

/**
 * struct sdpu_cvq_cmd - the body of a command
 */
struct sdpu_cvq_cmd {
	const u8 *data;
	u32 len;
};

static bool sdpu_cvq_take(struct sdpu_cvq_cmd *cmd, void *to, u32 n)
{
	if (cmd->len < n)
		return false;
	memcpy(to, cmd->data, n);
	cmd->data += n;
	cmd->len -= n;
	return true;
}

static struct sdpu_switch *sdpu_cvq_switch(struct sdpu_vdev *vdev)
{
	return sdpu_card_switch(vdev->fn->card);
}

/* 5.1.6.5.1: receive modes, one on/off byte */
static bool sdpu_cvq_rx(struct sdpu_vdev *vdev, u8 command, struct sdpu_cvq_cmd *cmd)
{
	static const unsigned int modes[] = {
		[VIRTIO_NET_CTRL_RX_PROMISC]	= SDPU_RX_PROMISC,
		[VIRTIO_NET_CTRL_RX_ALLMULTI]	= SDPU_RX_ALLMULTI,
		[VIRTIO_NET_CTRL_RX_ALLUNI]	= SDPU_RX_ALLUNI,
		[VIRTIO_NET_CTRL_RX_NOMULTI]	= SDPU_RX_NOMULTI,
		[VIRTIO_NET_CTRL_RX_NOUNI]	= SDPU_RX_NOUNI,
		[VIRTIO_NET_CTRL_RX_NOBCAST]	= SDPU_RX_NOBCAST,
	};
	u64 need = command > VIRTIO_NET_CTRL_RX_ALLMULTI ?
		   F(VIRTIO_NET_F_CTRL_RX_EXTRA) : F(VIRTIO_NET_F_CTRL_RX);
	u8 on;

	if (command >= ARRAY_SIZE(modes) || !(vdev->features & need))
		return false;
	if (!sdpu_cvq_take(cmd, &on, sizeof(on)) || cmd->len || on > 1)
		return false;
	sdpu_port_filter_mode(sdpu_cvq_switch(vdev), &vdev->fn->port, modes[command], on);
	return true;
}

/* One of the two lists of MAC_TABLE_SET: a count and that many addresses. */
static bool sdpu_cvq_mac_list(struct sdpu_cvq_cmd *cmd, const u8 **list, u32 *num)
{
	__le32 entries;

	if (!sdpu_cvq_take(cmd, &entries, sizeof(entries)))
		return false;
	*num = le32_to_cpu(entries);
	if (*num > cmd->len / ETH_ALEN)
		return false;
	*list = cmd->data;
	cmd->data += *num * ETH_ALEN;
	cmd->len -= *num * ETH_ALEN;
	return true;
}

/* 5.1.6.5.2: filter tables and the default address */
static bool sdpu_cvq_mac(struct sdpu_vdev *vdev, u8 command, struct sdpu_cvq_cmd *cmd)
{
	const u8 *uni, *multi;
	u32 num_uni, num_multi;
	u8 mac[ETH_ALEN];

	switch (command) {
	case VIRTIO_NET_CTRL_MAC_TABLE_SET:
		if (!(vdev->features & F(VIRTIO_NET_F_CTRL_RX)))
			return false;
		if (!sdpu_cvq_mac_list(cmd, &uni, &num_uni) ||
		    !sdpu_cvq_mac_list(cmd, &multi, &num_multi) || cmd->len)
			return false;
		return !sdpu_port_filter_set(sdpu_cvq_switch(vdev), &vdev->fn->port,
					     uni, num_uni, multi, num_multi);
	case VIRTIO_NET_CTRL_MAC_ADDR_SET:
		if (!(vdev->features & F(VIRTIO_NET_F_CTRL_MAC_ADDR)))
			return false;
		if (!sdpu_cvq_take(cmd, mac, sizeof(mac)) || cmd->len ||
		    !is_valid_ether_addr(mac))
			return false;
		return sdpu_vdev_set_mac(vdev, mac) == SDPU_ST_OK;
	default:
		return false;
	}
}

/* 5.1.6.5.3: VLAN filter */
static bool sdpu_cvq_vlan(struct sdpu_vdev *vdev, u8 command, struct sdpu_cvq_cmd *cmd)
{
	__le16 vid;

	if (!(vdev->features & F(VIRTIO_NET_F_CTRL_VLAN)) || command > VIRTIO_NET_CTRL_VLAN_DEL)
		return false;
	if (!sdpu_cvq_take(cmd, &vid, sizeof(vid)) || cmd->len || le16_to_cpu(vid) >= VLAN_N_VID)
		return false;
	sdpu_port_vlan(sdpu_cvq_switch(vdev), &vdev->fn->port, le16_to_cpu(vid),
		       command == VIRTIO_NET_CTRL_VLAN_ADD);
	return true;
}

/* 5.1.6.5.5: number of queue pairs in use */
static bool sdpu_cvq_mq(struct sdpu_vdev *vdev, u8 command, struct sdpu_cvq_cmd *cmd)
{
	__le16 pairs;

	if (!(vdev->features & F(VIRTIO_NET_F_MQ)) || command != VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET)
		return false;
	if (!sdpu_cvq_take(cmd, &pairs, sizeof(pairs)) || cmd->len)
		return false;
	if (!le16_to_cpu(pairs) || le16_to_cpu(pairs) > vdev->max_vqp)
		return false;
	WRITE_ONCE(vdev->curr_vqp, le16_to_cpu(pairs));
	return true;
}

/* 5.1.6.5.6: which of the negotiated receive offloads are wanted now */
static bool sdpu_cvq_offloads(struct sdpu_vdev *vdev, u8 command, struct sdpu_cvq_cmd *cmd)
{
	__le64 offloads;

	if (!(vdev->features & F(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS)) ||
	    command != VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET)
		return false;
	if (!sdpu_cvq_take(cmd, &offloads, sizeof(offloads)) || cmd->len)
		return false;
	if (le64_to_cpu(offloads) & ~(vdev->features & SDPU_OFFLOADS))
		return false;
	WRITE_ONCE(vdev->offloads, le64_to_cpu(offloads));
	return true;
}

static bool sdpu_cvq_execute(struct sdpu_vdev *vdev, const u8 *buf, u32 len)
{
	struct sdpu_cvq_cmd cmd = { .data = buf, .len = len };
	struct virtio_net_ctrl_hdr hdr;

	if (!sdpu_cvq_take(&cmd, &hdr, sizeof(hdr)))
		return false;
	switch (hdr.class) {
	case VIRTIO_NET_CTRL_RX:
		return sdpu_cvq_rx(vdev, hdr.cmd, &cmd);
	case VIRTIO_NET_CTRL_MAC:
		return sdpu_cvq_mac(vdev, hdr.cmd, &cmd);
	case VIRTIO_NET_CTRL_VLAN:
		return sdpu_cvq_vlan(vdev, hdr.cmd, &cmd);
	case VIRTIO_NET_CTRL_MQ:
		return sdpu_cvq_mq(vdev, hdr.cmd, &cmd);
	case VIRTIO_NET_CTRL_GUEST_OFFLOADS:
		return sdpu_cvq_offloads(vdev, hdr.cmd, &cmd);
	default:
		return false;
	}
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
	bool ok = false;

	if (!sdpu_vring_pop(&vq->ring, chain))
		return false;
	/* there is always an acknowledgment to write (5.1.6.5) */
	if (!chain->num_in) {
		vq->ring.broken = SDPU_BROKEN_HEADER;
		return false;
	}
	if (chain->out_len <= SDPU_CVQ_MAX)
		ok = sdpu_cvq_execute(vq->vdev, buf, sdpu_cvq_snapshot(chain, buf));
	*chain->seg[chain->num_out].va = ok ? VIRTIO_NET_OK : VIRTIO_NET_ERR;
	sdpu_vring_push(&vq->ring, chain->head, 1);
	vq->stats.packets++;
	vq->stats.bytes += chain->out_len;
	vq->stats.drop_bad += !ok;
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
		cond_resched();
	kvfree(buf);
}
