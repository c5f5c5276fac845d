// SPDX-License-Identifier: GPL-2.0-only
/* What the netdevs of a card have in common. */
#include <linux/etherdevice.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <softdpu/xport.h>

#include "frames.h"
#include "netdev.h"

/* Frames that wait for others on their way to the card, at most. */
#define SDPU_PENDING_MAX	64

#define SDPU_FRAMES_FEATURES						\
	(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 |	\
	 NETIF_F_TSO_ECN | NETIF_F_GSO_UDP_L4 | NETIF_F_RXCSUM)

/**
 * struct sdpu_pending - frames on their way to the card, of all netdevs
 * @skbs: the frames, linked through skb->list, each with a struct sdpu_frame_to
 * @num: of these
 * @depth: calls of sdpu_frames_receive() that have not returned
 *
 * One a CPU. What the stack sends while it is given frames of the card, bridged or routed
 * to another port, waits here until it has seen all of them, as frames that XDP redirects
 * do: their receiver is locked and told once. With bottom halves disabled.
 */
struct sdpu_pending {
	struct list_head skbs;
	unsigned int num;
	unsigned int depth;
};

static DEFINE_PER_CPU(struct sdpu_pending, sdpu_pending);

/**
 * struct sdpu_frame_to - where a frame goes, in its skb->cb
 * @xp: the card
 * @port: of the card
 * @queue: of the netdev
 */
struct sdpu_frame_to {
	struct sdpu_xport *xp;
	unsigned int port;
	unsigned int queue;
};

static struct sdpu_frame_to *sdpu_frame_to(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct sdpu_frame_to) > sizeof(skb->cb));
	return (struct sdpu_frame_to *)skb->cb;
}

/* The first of @skbs and those after it that go the same way become @run. */
static struct sdpu_frame_to sdpu_frames_cut(struct list_head *skbs, struct list_head *run)
{
	struct sk_buff *skb = list_first_entry(skbs, struct sk_buff, list);
	const struct sdpu_frame_to to = *sdpu_frame_to(skb);

	list_for_each_entry_continue(skb, skbs, list) {
		const struct sdpu_frame_to *other = sdpu_frame_to(skb);

		if (other->xp != to.xp || other->port != to.port || other->queue != to.queue)
			break;
	}
	/* at the end this is the head of the list, and all of it is cut */
	list_cut_before(run, skbs, &skb->list);

	return to;
}

static void sdpu_frames_flush(struct sdpu_pending *pending)
{
	struct sdpu_frame_to to;
	LIST_HEAD(run);

	while (!list_empty(&pending->skbs)) {
		to = sdpu_frames_cut(&pending->skbs, &run);
		to.xp->ops->net_xmit(to.xp, &run, to.port, to.queue);
	}
	pending->num = 0;
}

/**
 * sdpu_frames_init - the module comes
 *
 * Context: any.
 */
void sdpu_frames_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		INIT_LIST_HEAD(&per_cpu(sdpu_pending, cpu).skbs);
}

/**
 * sdpu_frames_receive - frames go up the stack
 * @skbs: after sdpu_frames_adopt(); they are the stack's
 *
 * Context: bottom halves disabled, no lock of the card held.
 */
void sdpu_frames_receive(struct list_head *skbs)
{
	struct sdpu_pending *pending = this_cpu_ptr(&sdpu_pending);

	pending->depth++;
	netif_receive_skb_list(skbs);
	if (!--pending->depth)
		sdpu_frames_flush(pending);
}

/**
 * sdpu_frames_xmit - the stack sends a frame
 * @xp: the card
 * @port: of the card
 * @skb: the frame, whose it is no more
 *
 * Context: ndo_start_xmit().
 */
void sdpu_frames_xmit(struct sdpu_xport *xp, unsigned int port, struct sk_buff *skb)
{
	struct sdpu_pending *pending = this_cpu_ptr(&sdpu_pending);

	skb_tx_timestamp(skb);
	*sdpu_frame_to(skb) = (struct sdpu_frame_to) {
		.xp = xp,
		.port = port,
		.queue = skb_get_queue_mapping(skb),
	};
	list_add_tail(&skb->list, &pending->skbs);
	/*
	 * Not for more that the stack says will follow: a queue that is stopped
	 * meanwhile would leave this one here.
	 */
	if (pending->depth && ++pending->num < SDPU_PENDING_MAX && !skb_is_gso(skb))
		return;
	sdpu_frames_flush(pending);
}

/**
 * sdpu_frames_setup - what a netdev of a card can do
 * @dev: not registered
 * @id: of the PF
 *
 * Context: may sleep.
 */
void sdpu_frames_setup(struct net_device *dev, const struct sdpu_identity *id)
{
	dev->hw_features = SDPU_FRAMES_FEATURES;
	dev->features = SDPU_FRAMES_FEATURES | NETIF_F_HIGHDMA;
	dev->vlan_features = SDPU_FRAMES_FEATURES | NETIF_F_HIGHDMA;
	if (id->max_rules) {
		dev->hw_features |= NETIF_F_HW_TC;
		dev->features |= NETIF_F_HW_TC;
	}
	/* a checksum is told by start and offset: it may be inside a tunnel */
	dev->hw_enc_features = NETIF_F_SG | NETIF_F_HW_CSUM;
	/* netpoll sends with interrupts off, which the locks of a card do not allow for */
	dev->priv_flags |= IFF_DISABLE_NETPOLL;
	/* a frame is in its receiver's buffer when it has been sent: nothing ever queues up */
	dev->priv_flags |= IFF_NO_QUEUE;
	/* what the card has to lock it locks itself, a receiver at a time */
	dev->lltx = true;
	/* a frame that is sent is on a list, and carries where it goes */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->min_mtu = id->mtu_min;
	dev->max_mtu = id->mtu_max;
	dev->mtu = clamp_t(unsigned int, ETH_DATA_LEN, id->mtu_min, id->mtu_max);
	netif_set_tso_max_size(dev, GSO_LEGACY_MAX_SIZE);
}

/**
 * sdpu_frames_adopt - frames from the card are a netdev's
 * @dev: whose
 * @queue: of the netdev
 * @skbs: as struct sdpu_xport_net has them; those that are no frames are freed
 * @add: counts what was received
 *
 * Context: bottom halves disabled.
 */
void sdpu_frames_adopt(struct net_device *dev, unsigned int queue, struct list_head *skbs,
		       struct sdpu_queue_counters *add)
{
	struct sk_buff *skb, *tmp;

	list_for_each_entry_safe(skb, tmp, skbs, list) {
		if (unlikely(!pskb_may_pull(skb, ETH_HLEN))) {
			skb_list_del_init(skb);
			kfree_skb(skb);
			add->rx_dropped++;
			continue;
		}
		add->rx_packets++;
		add->rx_bytes += skb->len;
		add->rx_gso_packets += skb_is_gso(skb);
		skb->protocol = eth_type_trans(skb, dev);
		skb_record_rx_queue(skb, queue);
	}
}
