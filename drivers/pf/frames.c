// SPDX-License-Identifier: GPL-2.0-only
/* What the netdevs of a card have in common. */
#include <linux/etherdevice.h>
#include <linux/skbuff.h>

#include "frames.h"
#include "netdev.h"

#define SDPU_FRAMES_FEATURES						\
	(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 |	\
	 NETIF_F_TSO_ECN | NETIF_F_GSO_UDP_L4 | NETIF_F_RXCSUM)

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
