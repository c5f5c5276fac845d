/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of a card, and frames that they take.
 *
 * A rule is of a chain, of a port or of all, or of the connections of a zone: of a table. It
 * is found by what of a frame its mask lets through: rules of one table, one priority and one
 * mask are a group, and a frame is looked up once a group, in order of priority, however many
 * rules there are. Frames of one flow that come together are looked up once.
 */
#ifndef _SDPU_SIM_RULES_H
#define _SDPU_SIM_RULES_H

#include <linux/rhashtable-types.h>
#include <linux/xarray.h>

#include "limits.h"
#include "rule.h"

struct sdpu_card;
struct sdpu_frame;
struct sdpu_fwd;

/* Rules of a card. */
#define SDPU_RULES_MAX		131072
/* Groups of a table: what a frame costs that no rule takes. */
#define SDPU_RULE_GROUPS_MAX	128

/**
 * struct sdpu_rules - rules of a card
 * @hash: struct sdpu_rule by group and masked key, readers under RCU
 * @by_id: the same by number
 * @first: struct sdpu_rule_group of a port's chain 0, 0 the wire, best priority first; readers
 *	under RCU
 * @chains: struct sdpu_rule_table by number, other chains of a port; readers under RCU
 * @zones: the same, connections of zones
 * @shared: the same, chains of all ports
 * @next_group: number of the next one
 *
 * Changed under the lock of the PF's function.
 */
struct sdpu_rules {
	struct rhltable hash;
	struct xarray by_id;
	struct list_head first[1 + SDPU_MAX_VFS];
	struct xarray chains[1 + SDPU_MAX_VFS];
	struct xarray zones;
	struct xarray shared;
	u32 next_group;
};

int sdpu_rules_init(struct sdpu_rules *rules);
/* No frame is under way. */
void sdpu_rules_destroy(struct sdpu_rules *rules);

/*
 * A rule more, one less, none. The rule is one that sdpu_rule_check() has passed, the number
 * below SDPU_RULES_MAX: SDPU_ST_*. Frames that are under way may be treated as before.
 * Context: may sleep, lock of the PF's function.
 */
u16 sdpu_rules_add(struct sdpu_rules *rules, u32 id, const struct sdpu_ctrl_rule *rule);
u16 sdpu_rules_del(struct sdpu_rules *rules, u32 id);
void sdpu_rules_flush(struct sdpu_rules *rules);
u16 sdpu_rules_stats(struct sdpu_rules *rules, u32 id, struct sdpu_ctrl_rule_stats *out);

/* The groups of a port's chain 0, NULL if it has none. Context: RCU reader. */
const struct list_head *sdpu_rules_of(const struct sdpu_rules *rules, unsigned int port);

/*
 * Do with @frame what rules say; if none takes it, or one leads to where none does, it is the
 * host's, as it came: for how many ports it was, 1 if it was to be dropped. See @fwd.rx.bad.
 * Context: of a batch that has @fwd.groups.
 */
unsigned int sdpu_rules_forward(struct sdpu_fwd *fwd, const struct sdpu_frame *frame);
/* The batch is over: count what the rules before took. */
void sdpu_rules_count(struct sdpu_fwd *fwd);

#endif /* _SDPU_SIM_RULES_H */
