/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules that the card follows by itself. See flower.c. */
#ifndef _SDPU_DRV_FLOWER_H
#define _SDPU_DRV_FLOWER_H

#include <linux/netdevice.h>

struct flow_action;
struct flow_rule;
struct flow_stats;
struct netlink_ext_ack;
struct sdpu_ct;
struct sdpu_ct_zone;
struct sdpu_ctrl_rule;
struct sdpu_flower;
struct sdpu_pf;

/* Priorities of tc are less: what it says of a frame comes first, then who routes, then bridges. */
#define SDPU_FLOWTABLE_PRIORITY		0x10000
#define SDPU_BRIDGE_PRIORITY		0x20000

/**
 * struct sdpu_flower_key - whose a rule is
 * @owner: the netdev of a rule of tc, a &struct sdpu_ct_zone, a &struct sdpu_flowtable, a
 *	&struct sdpu_fdb_entry. A block of tc may be shared by several netdevs, each has
 *	its rules then.
 * @cookie: which of theirs
 */
struct sdpu_flower_key {
	const void *owner;
	unsigned long cookie;
};

/* Who wants a rule: somebody who says so, or what frames have taught the kernel. */
enum sdpu_flower_origin {
	SDPU_FLOWER_TOLD,
	SDPU_FLOWER_LEARNT,
};

struct sdpu_flower *sdpu_flower_create(struct sdpu_pf *pf);
void sdpu_flower_destroy(struct sdpu_flower *flower);
struct sdpu_ct *sdpu_flower_ct(struct sdpu_flower *flower);
bool sdpu_flower_has_chains(const struct sdpu_flower *flower);
unsigned int sdpu_flower_num(const struct sdpu_flower *flower);
unsigned int sdpu_flower_on_uplink(const struct sdpu_flower *flower);
void sdpu_flower_port_come(struct sdpu_flower *flower, unsigned int port);
void sdpu_flower_port_gone(struct sdpu_flower *flower, unsigned int port);
int sdpu_flower_setup_tc(struct sdpu_pf *pf, struct net_device *dev, enum tc_setup_type type,
			 void *type_data);

/* for ct.c, flowtable.c, fdb.c */
int sdpu_flower_put(struct sdpu_flower *flower, const struct sdpu_flower_key *key,
		    const struct sdpu_ctrl_rule *rule, enum sdpu_flower_origin origin,
		    struct sdpu_ct_zone *zone, struct netlink_ext_ack *extack);
int sdpu_flower_remove(struct sdpu_flower *flower, const struct sdpu_flower_key *key,
		       struct sdpu_ct_zone **zone);
void sdpu_flower_flush(struct sdpu_flower *flower, const void *owner);
int sdpu_flower_ask(struct sdpu_flower *flower, const struct sdpu_flower_key *key,
		    struct flow_stats *stats);

/* match.c, action.c: from the kernel's words to the card's */
int sdpu_flower_match(struct sdpu_ctrl_rule *rule, const struct flow_rule *from,
		      const struct net_device *dev, struct netlink_ext_ack *extack);
int sdpu_flower_match_headers(struct sdpu_ctrl_rule *rule, const struct flow_rule *from,
			      struct netlink_ext_ack *extack);
int sdpu_flower_actions(struct sdpu_ctrl_rule *rule, const struct flow_action *from,
			struct sdpu_pf *pf, const struct net_device *dev,
			struct sdpu_ct_zone **zone, struct netlink_ext_ack *extack);

#endif /* _SDPU_DRV_FLOWER_H */
