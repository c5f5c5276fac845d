/* SPDX-License-Identifier: GPL-2.0-only */
/* tc flower rules that the card follows by itself. See flower.c. */
#ifndef _SDPU_DRV_FLOWER_H
#define _SDPU_DRV_FLOWER_H

#include <linux/netdevice.h>

struct netlink_ext_ack;
struct sdpu_flower;
struct sdpu_pf;

struct sdpu_flower *sdpu_flower_create(struct sdpu_pf *pf);
void sdpu_flower_destroy(struct sdpu_flower *flower);
unsigned int sdpu_flower_num(const struct sdpu_flower *flower);
unsigned int sdpu_flower_on_uplink(const struct sdpu_flower *flower);
void sdpu_flower_port_gone(struct sdpu_flower *flower, unsigned int port);
int sdpu_flower_setup_tc(struct sdpu_pf *pf, struct net_device *dev, enum tc_setup_type type,
			 void *type_data);

/* match.c, action.c: from tc's words to the card's */
struct flow_cls_offload;
struct sdpu_ctrl_rule;

int sdpu_flower_match(struct sdpu_ctrl_rule *rule, const struct flow_cls_offload *cls,
		      const struct net_device *dev);
int sdpu_flower_actions(struct sdpu_ctrl_rule *rule, const struct flow_cls_offload *cls,
			struct sdpu_pf *pf, const struct net_device *dev);

#endif /* _SDPU_DRV_FLOWER_H */
