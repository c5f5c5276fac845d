/* SPDX-License-Identifier: GPL-2.0-only */
/* What the netdevs of a card have in common: frames whole, offloads, up the stack in lists. */
#ifndef _SDPU_DRV_FRAMES_H
#define _SDPU_DRV_FRAMES_H

#include <linux/netdevice.h>

struct sdpu_identity;
struct sdpu_queue_counters;

void sdpu_frames_setup(struct net_device *dev, const struct sdpu_identity *id);
void sdpu_frames_adopt(struct net_device *dev, unsigned int queue, struct list_head *skbs,
		       struct sdpu_queue_counters *add);

#endif /* _SDPU_DRV_FRAMES_H */
