// SPDX-License-Identifier: GPL-2.0-only
/* Rules of a card: found, counted, applied. */
#include <linux/jiffies.h>
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "card.h"
#include "edit.h"
#include "forward.h"
#include "function.h"
#include "rep.h"
#include "rules.h"
#include "wire.h"

/* What looking into a group costs, in steps: see struct sdpu_chain. */
#define SDPU_RULE_GROUP_STEPS	4

/**
 * struct sdpu_rule_group - rules that are looked for together
 * @list: in sdpu_rules.groups
 * @number: unique among groups of a card
 * @priority: the lowest is the first
 * @mask: bits of the key that count
 * @num_rules: it goes with the last of them
 * @rcu: to free it when no reader has it any more
 */
struct sdpu_rule_group {
	struct list_head list;
	u32 number;
	u32 priority;
	union sdpu_rule_key mask;
	unsigned int num_rules;
	struct rcu_head rcu;
};

/* What rules are found by. */
struct sdpu_rule_at {
	u64 word[SDPU_RULE_WORDS];
	u32 group;
	u32 zero;
};

/**
 * struct sdpu_rule - a rule
 * @node: in sdpu_rules.table; of equal ones the last that was added is found
 * @at: the key
 * @num_actions: what to do
 * @used: when the last one came, in jiffies; counts if there was one
 * @packets: frames that it took
 * @bytes: bytes of these
 * @group: the group
 * @rcu: to free it when no reader has it any more
 * @actions: what to do
 *
 * What a frame needs of it lies in the first two cache lines, and in the one after.
 */
struct sdpu_rule {
	struct rhlist_head node;
	struct sdpu_rule_at at;
	unsigned int num_actions;
	unsigned long used;
	atomic64_t packets;
	atomic64_t bytes;
	struct sdpu_rule_group *group;
	struct rcu_head rcu;
	struct sdpu_ctrl_rule_action actions[] __counted_by(num_actions);
};

static const struct rhashtable_params sdpu_rule_params = {
	.key_len = sizeof(struct sdpu_rule_at),
	.key_offset = offsetof(struct sdpu_rule, at),
	.head_offset = offsetof(struct sdpu_rule, node),
	.automatic_shrinking = true,
};

int sdpu_rules_init(struct sdpu_rules *rules)
{
	unsigned int i;

	xa_init(&rules->by_id);
	for (i = 0; i < ARRAY_SIZE(rules->groups); i++)
		INIT_LIST_HEAD(&rules->groups[i]);
	return rhltable_init(&rules->table, &sdpu_rule_params);
}

void sdpu_rules_destroy(struct sdpu_rules *rules)
{
	sdpu_rules_flush(rules);
	xa_destroy(&rules->by_id);
	rhltable_destroy(&rules->table);
}

/* Add, remove */

static struct sdpu_rule_group *sdpu_rule_group_find(struct list_head *groups, u32 priority,
						    const struct sdpu_ctrl_rule_key *mask,
						    unsigned int *num)
{
	struct sdpu_rule_group *group, *found = NULL;

	*num = 0;
	list_for_each_entry(group, groups, list) {
		++*num;
		if (group->priority == priority &&
		    !memcmp(&group->mask.key, mask, sizeof(*mask)))
			found = group;
	}
	return found;
}

/* Behind those of the same priority. */
static void sdpu_rule_group_insert(struct list_head *groups, struct sdpu_rule_group *new)
{
	struct sdpu_rule_group *group;

	list_for_each_entry(group, groups, list)
		if (group->priority > new->priority)
			break;
	list_add_tail_rcu(&new->list, &group->list);
}

static struct sdpu_rule_group *sdpu_rule_group_get(struct sdpu_rules *rules,
						   const struct sdpu_ctrl_rule *rule)
{
	struct list_head *groups = &rules->groups[le16_to_cpu(rule->key.port)];
	u32 priority = le32_to_cpu(rule->priority);
	struct sdpu_rule_group *group;
	unsigned int num;

	group = sdpu_rule_group_find(groups, priority, &rule->mask, &num);
	if (group) {
		group->num_rules++;
		return group;
	}
	if (num >= SDPU_RULE_GROUPS_MAX)
		return NULL;
	group = kzalloc(sizeof(*group), GFP_KERNEL);
	if (!group)
		return NULL;
	group->number = rules->next_group++;
	group->priority = priority;
	group->mask.key = rule->mask;
	group->num_rules = 1;
	sdpu_rule_group_insert(groups, group);
	return group;
}

static void sdpu_rule_group_put(struct sdpu_rule_group *group)
{
	if (--group->num_rules)
		return;
	list_del_rcu(&group->list);
	kfree_rcu(group, rcu);
}

static struct sdpu_rule *sdpu_rule_alloc(const struct sdpu_ctrl_rule *in)
{
	unsigned int num = le16_to_cpu(in->num_actions);
	struct sdpu_rule *rule;

	rule = kzalloc(struct_size(rule, actions, num), GFP_KERNEL);
	if (!rule)
		return NULL;
	rule->num_actions = num;
	memcpy(rule->actions, in->actions, num * sizeof(in->actions[0]));
	memcpy(rule->at.word, &in->key, sizeof(rule->at.word));
	return rule;
}

u16 sdpu_rules_add(struct sdpu_rules *rules, u32 id, const struct sdpu_ctrl_rule *in)
{
	struct sdpu_rule *rule;

	if (xa_load(&rules->by_id, id))
		return SDPU_ST_EXISTS;
	rule = sdpu_rule_alloc(in);
	if (!rule)
		return SDPU_ST_NO_MEMORY;
	rule->group = sdpu_rule_group_get(rules, in);
	if (!rule->group)
		goto free;
	rule->at.group = rule->group->number;
	if (xa_err(xa_store(&rules->by_id, id, rule, GFP_KERNEL)))
		goto put;
	if (rhltable_insert(&rules->table, &rule->node, sdpu_rule_params))
		goto erase;
	return SDPU_ST_OK;

erase:
	xa_erase(&rules->by_id, id);
put:
	sdpu_rule_group_put(rule->group);
free:
	kfree(rule);
	return SDPU_ST_NO_MEMORY;
}

u16 sdpu_rules_del(struct sdpu_rules *rules, u32 id)
{
	struct sdpu_rule *rule = xa_erase(&rules->by_id, id);

	if (!rule)
		return SDPU_ST_PARAM;
	rhltable_remove(&rules->table, &rule->node, sdpu_rule_params);
	sdpu_rule_group_put(rule->group);
	kfree_rcu(rule, rcu);
	return SDPU_ST_OK;
}

void sdpu_rules_flush(struct sdpu_rules *rules)
{
	struct sdpu_rule *rule;
	unsigned long id;

	xa_for_each(&rules->by_id, id, rule)
		sdpu_rules_del(rules, id);
}

u16 sdpu_rules_stats(struct sdpu_rules *rules, u32 id, struct sdpu_ctrl_rule_stats *out)
{
	struct sdpu_rule *rule = xa_load(&rules->by_id, id);
	u64 packets, idle = U64_MAX;

	if (!rule)
		return SDPU_ST_PARAM;
	packets = atomic64_read(&rule->packets);
	/* pairs with the barrier in sdpu_rules_count() */
	smp_rmb();
	if (packets)
		idle = jiffies64_to_msecs(jiffies - READ_ONCE(rule->used));
	out->packets = cpu_to_le64(packets);
	out->bytes = cpu_to_le64(atomic64_read(&rule->bytes));
	out->idle = cpu_to_le64(idle);
	return SDPU_ST_OK;
}

const struct list_head *sdpu_rules_of(const struct sdpu_rules *rules, unsigned int port)
{
	const struct list_head *groups = &rules->groups[port];

	return list_empty(groups) ? NULL : groups;
}

/* Frames */

static struct sdpu_rule *sdpu_rules_find(struct sdpu_fwd *fwd, const union sdpu_rule_key *key)
{
	struct sdpu_rules *rules = sdpu_card_rules(fwd->card);
	const struct sdpu_rule_group *group;
	struct rhlist_head *found;
	struct sdpu_rule_at at = {};

	list_for_each_entry_rcu(group, fwd->groups, list) {
		/* who sends a new flow with each frame gets as much of a processor as others */
		fwd->rx.steps += SDPU_RULE_GROUP_STEPS;
		sdpu_rule_key_mask(at.word, key, &group->mask);
		at.group = group->number;
		found = rhltable_lookup(&rules->table, &at, sdpu_rule_params);
		if (found)
			return container_of(found, struct sdpu_rule, node);
	}
	return NULL;
}

void sdpu_rules_count(struct sdpu_fwd *fwd)
{
	struct sdpu_rule *rule = fwd->rule;

	if (!rule || !fwd->rule_packets)
		return;
	WRITE_ONCE(rule->used, jiffies);
	atomic64_add(fwd->rule_bytes, &rule->bytes);
	/* who sees the first one sees when it was: see sdpu_rules_stats() */
	smp_mb__before_atomic();
	atomic64_add(fwd->rule_packets, &rule->packets);
	fwd->rule_packets = 0;
	fwd->rule_bytes = 0;
}

/* The rule that takes a frame; those of one flow come one after the other. */
static struct sdpu_rule *sdpu_rules_take(struct sdpu_fwd *fwd, const struct sdpu_rule_head *head)
{
	union sdpu_rule_key key;

	/* its headers are longer than what was looked at */
	if (!sdpu_rule_key_of(&key, head, fwd->from->number)) {
		sdpu_rules_count(fwd);
		fwd->rule_known = false;
		fwd->rule = NULL;
		return NULL;
	}
	if (fwd->rule_known && !memcmp(&key, &fwd->rule_key, sizeof(key)))
		return fwd->rule;
	sdpu_rules_count(fwd);
	fwd->rule_known = true;
	fwd->rule_key = key;
	fwd->rule = sdpu_rules_find(fwd, &key);
	return fwd->rule;
}

static unsigned int sdpu_rules_output(struct sdpu_fwd *fwd, unsigned int number,
				      const struct sdpu_frame *frame)
{
	struct sdpu_port *port;

	if (!number && !READ_ONCE(sdpu_card_function(fwd->card, 0)->port_up)) {
		/* the uplink is down */
		atomic64_inc(&sdpu_card_wire(fwd->card)->stats.tx_drop_down);
		return 1;
	}
	if (!number)
		return sdpu_wire_send(fwd, frame);
	port = &sdpu_card_function(fwd->card, number)->port;
	if (!sdpu_port_takes(port, frame->dst, frame->vid))
		atomic64_inc(&port->drop_filter);
	else
		sdpu_rx_deliver(&fwd->rx, port, frame, fwd->hint);
	return 1;
}

/* As sdpu_rules_forward(). */
static unsigned int sdpu_rule_apply(struct sdpu_fwd *fwd, const struct sdpu_rule *rule,
				    struct sdpu_edit *edit)
{
	const struct sdpu_ctrl_rule_action *action;
	unsigned int i, num = 0;

	for (i = 0; i < rule->num_actions; i++) {
		action = &rule->actions[i];
		if (action->type != SDPU_RULE_OUTPUT && action->type != SDPU_RULE_HOST) {
			if (sdpu_edit_do(edit, action))
				continue;
		} else if (sdpu_edit_settle(edit)) {
			num += action->type == SDPU_RULE_HOST ?
				       sdpu_rep_to_host(fwd, &edit->frame) :
				       sdpu_rules_output(fwd, le16_to_cpu(action->arg),
							 &edit->frame);
			continue;
		}
		fwd->rx.bad = true;
		return num + 1;
	}
	/* dropped is what the rule says, and that is counted there */
	return rule->num_actions ? num : 1;
}

unsigned int sdpu_rules_forward(struct sdpu_fwd *fwd, const struct sdpu_frame *frame)
{
	struct sdpu_edit edit;
	struct sdpu_rule *rule;
	unsigned int num;

	sdpu_edit_begin(&edit, frame);
	rule = sdpu_rules_take(fwd, &edit.head);
	/* what was looked at is what the host gets: it might be a frame that a rule takes by now */
	if (!rule)
		return sdpu_rep_to_host(fwd, &edit.frame);
	fwd->rule_packets++;
	fwd->rule_bytes += frame->len;
	num = sdpu_rule_apply(fwd, rule, &edit);
	sdpu_edit_end(&edit);
	return num;
}
