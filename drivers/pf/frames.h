/* SPDX-License-Identifier: GPL-2.0-only */
/* What the netdevs of a card have in common: frames whole, offloads, in lists up and down. */
#ifndef _SDPU_DRV_FRAMES_H
#define _SDPU_DRV_FRAMES_H

#include <linux/netdevice.h>

struct sdpu_identity;
struct sdpu_queue_counters;
struct sdpu_xport;

void sdpu_frames_init(void);
void sdpu_frames_setup(struct net_device *dev, const struct sdpu_identity *id);
void sdpu_frames_adopt(struct net_device *dev, unsigned int queue, struct list_head *skbs,
		       struct sdpu_queue_counters *add);
void sdpu_frames_receive(struct list_head *skbs);
void sdpu_frames_xmit(struct sdpu_xport *xp, unsigned int port, struct sk_buff *skb);

#endif /* _SDPU_DRV_FRAMES_H */
