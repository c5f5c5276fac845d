// SPDX-License-Identifier: GPL-2.0-only
/* Between sk_buffs and frames, offload state kept. */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>
#include <net/gso.h>

#include "frame.h"
#include "pfleg.h"

#define F(bit)	BIT_ULL(bit)

/* Frames up to this size are linear; of larger ones so much for the headers is. */
#define SDPU_SKB_LINEAR_MAX	2048
#define SDPU_SKB_HEADERS	256

static struct sk_buff *sdpu_skb_alloc(u32 len)
{
	u32 linear = len <= SDPU_SKB_LINEAR_MAX ? len : SDPU_SKB_HEADERS;
	struct sk_buff *skb;
	int err;

	if (linear == len) {
		skb = netdev_alloc_skb_ip_align(NULL, len);
		if (skb)
			skb_put(skb, len);
		return skb;
	}
	skb = alloc_skb_with_frags(NET_SKB_PAD + NET_IP_ALIGN + linear, len - linear,
				   PAGE_ALLOC_COSTLY_ORDER, &err, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, NET_SKB_PAD + NET_IP_ALIGN);
	skb_put(skb, linear);
	skb->data_len = len - linear;
	skb->len += len - linear;
	return skb;
}

static void sdpu_skb_fill(struct sk_buff *skb, const struct sdpu_frame *frame)
{
	struct sdpu_cursor cursor;
	unsigned int i;

	sdpu_cursor_init(&cursor, frame);
	sdpu_cursor_copy(&cursor, skb->data, skb_headlen(skb));
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		sdpu_cursor_copy(&cursor, skb_frag_address(frag), skb_frag_size(frag));
	}
}

struct sk_buff *sdpu_skb_from_frame(const struct sdpu_frame *frame)
{
	struct sk_buff *skb = sdpu_skb_alloc(frame->len);

	if (!skb)
		return ERR_PTR(-ENOMEM);
	sdpu_skb_fill(skb, frame);
	skb_reset_mac_header(skb);
	skb->protocol = eth_hdr(skb)->h_proto;
	if (virtio_net_hdr_to_skb(skb, (const struct virtio_net_hdr *)&frame->hdr, true)) {
		kfree_skb(skb);
		return ERR_PTR(-EINVAL);
	}
	return skb;
}

static netdev_features_t sdpu_skb_features(u64 offloads)
{
	netdev_features_t features = NETIF_F_SG;

	if (offloads & F(VIRTIO_NET_F_GUEST_CSUM))
		features |= NETIF_F_HW_CSUM;
	if (offloads & F(VIRTIO_NET_F_GUEST_TSO4))
		features |= NETIF_F_TSO;
	if (offloads & F(VIRTIO_NET_F_GUEST_TSO6))
		features |= NETIF_F_TSO6;
	if (offloads & F(VIRTIO_NET_F_GUEST_ECN))
		features |= NETIF_F_TSO_ECN;
	return features;
}

/* Segmentation starts at the network header, behind all VLAN tags. */
void sdpu_skb_set_network(struct sk_buff *skb)
{
	int depth = 0;

	skb_reset_mac_header(skb);
	skb->mac_len = 0;
	__vlan_get_protocol(skb, eth_hdr(skb)->h_proto, &depth);
	skb_set_network_header(skb, max(depth, ETH_HLEN));
	skb_reset_mac_len(skb);
}

struct sk_buff *sdpu_skb_simplify(struct sk_buff *skb, u64 offloads)
{
	netdev_features_t features = sdpu_skb_features(offloads);
	struct sk_buff *segs;
	int err;

	sdpu_skb_set_network(skb);
	if (skb_is_gso(skb)) {
		segs = skb_gso_segment(skb, features & ~NETIF_F_GSO_MASK);
		if (segs)
			consume_skb(skb);
		if (IS_ERR(segs))
			return segs;
		if (segs)
			skb = segs;
	}
	if (offloads & F(VIRTIO_NET_F_GUEST_CSUM))
		return skb;
	for (segs = skb; segs; segs = segs->next) {
		err = segs->ip_summed == CHECKSUM_PARTIAL ? skb_checksum_help(segs) : 0;
		if (err) {
			kfree_skb_list(skb);
			return ERR_PTR(err);
		}
	}
	return skb;
}

struct sk_buff *sdpu_skb_rehead(struct sk_buff *skb, u32 old, const u8 *bytes, u32 len)
{
	skb = skb_clone(skb, GFP_ATOMIC);
	if (!skb)
		return NULL;
	if (!pskb_may_pull(skb, old) || skb_cow_head(skb, len > old ? len - old : 0)) {
		kfree_skb(skb);
		return NULL;
	}
	/* where a checksum begins is told from the start of the memory, and stays */
	__skb_pull(skb, old);
	__skb_push(skb, len);
	memcpy(skb->data, bytes, len);
	skb->protocol = ((const struct ethhdr *)bytes)->h_proto;
	/* the sum of all of it is another one */
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	return skb;
}

bool sdpu_frame_from_skb(struct sdpu_frame *frame, struct sk_buff *skb, u64 offloads)
{
	bool data_valid = offloads & F(VIRTIO_NET_F_GUEST_CSUM);

	if (skb->len < SDPU_ETH_HLEN || skb->len > SDPU_FRAME_MAX_GSO)
		return false;
	memset(frame, 0, sizeof(*frame));
	if (virtio_net_hdr_from_skb(skb, (struct virtio_net_hdr *)&frame->hdr, true, data_valid, 0))
		return false;
	frame->skb = skb;
	frame->len = skb->len;
	frame->head_len = min_t(u32, skb->len, SDPU_ETH_VLAN_HLEN);
	skb_copy_bits(skb, 0, frame->head, frame->head_len);
	return true;
}
