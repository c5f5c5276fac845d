// SPDX-License-Identifier: GPL-2.0-only
/* Rules of a card: found, counted, applied. */
#include <linux/jhash.h>
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
 * struct sdpu_rule_table - rules of a chain other than 0, or of a zone
 * @groups: struct sdpu_rule_group, best priority first; it goes with the last of them
 * @in: struct sdpu_rules.chains of its port, .zones, or .shared
 * @number: where in there
 * @rcu: to free it when no reader has it any more
 */
struct sdpu_rule_table {
	struct list_head groups;
	struct xarray *in;
	u32 number;
	struct rcu_head rcu;
};

/**
 * struct sdpu_rule_group - rules that are looked for together
 * @list: in groups of its table
 * @table: the table, NULL for chain 0
 * @number: unique among groups of a card
 * @priority: the lowest is the first
 * @mask: bits of the key that count
 * @num_words: words of the key that have any
 * @words: which they are
 * @num_rules: it goes with the last of them
 * @rcu: to free it when no reader has it any more
 */
struct sdpu_rule_group {
	struct list_head list;
	struct sdpu_rule_table *table;
	u32 number;
	u32 priority;
	union sdpu_rule_key mask;
	unsigned int num_words;
	u8 words[SDPU_RULE_WORDS];
	unsigned int num_rules;
	struct rcu_head rcu;
};

/* What rules are found by: words of the key that count, one behind the other. */
struct sdpu_rule_at {
	u32 group;
	u32 num_words;
	u64 word[SDPU_RULE_WORDS];
};

/**
 * struct sdpu_rule - a rule
 * @node: in sdpu_rules.hash; of equal ones the last that was added is found
 * @at: the key
 * @num_actions: what to do
 * @used: when the last one came, in jiffies; counts if there was one
 * @packets: frames that it took
 * @bytes: bytes of these
 * @group: the group
 * @ct: of a connection: what its frames are from then on
 * @rcu: to free it when no reader has it any more
 * @actions: what to do
 */
struct sdpu_rule {
	struct rhlist_head node;
	struct sdpu_rule_at at;
	unsigned int num_actions;
	unsigned long used;
	atomic64_t packets;
	atomic64_t bytes;
	struct sdpu_rule_group *group;
	struct sdpu_ctrl_rule_ct ct;
	struct rcu_head rcu;
	struct sdpu_ctrl_rule_action actions[] __counted_by(num_actions);
};

static u32 sdpu_rule_at_hash(const void *data, u32 len, u32 seed)
{
	const struct sdpu_rule_at *at = data;

	return jhash2((const u32 *)at, offsetof(struct sdpu_rule_at, word) / sizeof(u32) +
				       2 * at->num_words, seed);
}

static int sdpu_rule_at_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct sdpu_rule *rule = obj;
	const struct sdpu_rule_at *at = arg->key;

	return memcmp(at, &rule->at, offsetof(struct sdpu_rule_at, word[at->num_words]));
}

static const struct rhashtable_params sdpu_rule_params = {
	.key_len = sizeof(struct sdpu_rule_at),
	.key_offset = offsetof(struct sdpu_rule, at),
	.head_offset = offsetof(struct sdpu_rule, node),
	.hashfn = sdpu_rule_at_hash,
	.obj_cmpfn = sdpu_rule_at_cmp,
	.automatic_shrinking = true,
};

int sdpu_rules_init(struct sdpu_rules *rules)
{
	unsigned int i;

	xa_init(&rules->by_id);
	xa_init(&rules->zones);
	xa_init(&rules->shared);
	for (i = 0; i < ARRAY_SIZE(rules->first); i++) {
		INIT_LIST_HEAD(&rules->first[i]);
		xa_init(&rules->chains[i]);
	}
	return rhltable_init(&rules->hash, &sdpu_rule_params);
}

void sdpu_rules_destroy(struct sdpu_rules *rules)
{
	unsigned int i;

	sdpu_rules_flush(rules);
	for (i = 0; i < ARRAY_SIZE(rules->chains); i++)
		xa_destroy(&rules->chains[i]);
	xa_destroy(&rules->zones);
	xa_destroy(&rules->shared);
	xa_destroy(&rules->by_id);
	rhltable_destroy(&rules->hash);
}

/* Tables */

static struct sdpu_rule_table *sdpu_rule_table_get(struct xarray *in, u32 number)
{
	struct sdpu_rule_table *table = xa_load(in, number);

	if (table)
		return table;
	table = kzalloc(sizeof(*table), GFP_KERNEL);
	if (!table)
		return NULL;
	INIT_LIST_HEAD(&table->groups);
	table->in = in;
	table->number = number;
	if (xa_err(xa_store(in, number, table, GFP_KERNEL))) {
		kfree(table);
		return NULL;
	}
	return table;
}

/* It goes if nothing is in it. */
static void sdpu_rule_table_put(struct sdpu_rule_table *table)
{
	if (!table || !list_empty(&table->groups))
		return;
	xa_erase(table->in, table->number);
	kfree_rcu(table, rcu);
}

/* Groups */

static struct sdpu_rule_group *sdpu_rule_group_find(struct list_head *groups,
						    const struct sdpu_rule_group *like,
						    unsigned int *num)
{
	struct sdpu_rule_group *group, *found = NULL;

	*num = 0;
	list_for_each_entry(group, groups, list) {
		++*num;
		if (group->priority == like->priority &&
		    !memcmp(&group->mask, &like->mask, sizeof(like->mask)))
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

/* The group of rules like @in in @groups, those of @table; @group will do if there is none. */
static struct sdpu_rule_group *sdpu_rule_group_join(struct list_head *groups,
						    struct sdpu_rule_group *group)
{
	struct sdpu_rule_group *there;
	unsigned int num, i;

	there = sdpu_rule_group_find(groups, group, &num);
	if (there || num >= SDPU_RULE_GROUPS_MAX) {
		kfree(group);
		return there;
	}
	for (i = 0; i < SDPU_RULE_WORDS; i++)
		if (group->mask.word[i])
			group->words[group->num_words++] = i;
	sdpu_rule_group_insert(groups, group);
	return group;
}

static struct sdpu_rule_group *sdpu_rule_group_get(struct sdpu_rules *rules,
						   const struct sdpu_ctrl_rule *rule)
{
	u16 port = le16_to_cpu(rule->key.port);
	struct list_head *groups = &rules->first[port];
	struct xarray *in = &rules->chains[port];
	struct sdpu_rule_table *table = NULL;
	struct sdpu_rule_group *group;

	group = kzalloc(sizeof(*group), GFP_KERNEL);
	if (!group)
		return NULL;
	group->priority = le32_to_cpu(rule->priority);
	group->mask.key = rule->mask;
	group->mask.ct = rule->ct_mask;
	group->number = rules->next_group++;
	if (rule->table == SDPU_RULE_CONNECTION)
		in = &rules->zones;
	else if (rule->table == SDPU_RULE_SHARED)
		in = &rules->shared;
	if (rule->table != SDPU_RULE_CHAIN || rule->number) {
		table = sdpu_rule_table_get(in, le32_to_cpu(rule->number));
		if (!table) {
			kfree(group);
			return NULL;
		}
		groups = &table->groups;
	}
	group->table = table;
	group = sdpu_rule_group_join(groups, group);
	if (group)
		group->num_rules++;
	return group;
}

static void sdpu_rule_group_put(struct sdpu_rule_group *group)
{
	if (--group->num_rules)
		return;
	list_del_rcu(&group->list);
	sdpu_rule_table_put(group->table);
	kfree_rcu(group, rcu);
}

/* What of @key counts there. */
static void sdpu_rule_at_of(struct sdpu_rule_at *at, const struct sdpu_rule_group *group,
			    const union sdpu_rule_key *key)
{
	unsigned int i, word;

	at->group = group->number;
	at->num_words = group->num_words;
	for (i = 0; i < group->num_words; i++) {
		word = group->words[i];
		at->word[i] = key->word[word] & group->mask.word[word];
	}
}

/* Add, remove */

static struct sdpu_rule *sdpu_rule_alloc(const struct sdpu_ctrl_rule *in)
{
	unsigned int num = le16_to_cpu(in->num_actions);
	struct sdpu_rule *rule;

	rule = kzalloc(struct_size(rule, actions, num), GFP_KERNEL);
	if (!rule)
		return NULL;
	rule->num_actions = num;
	memcpy(rule->actions, in->actions, num * sizeof(in->actions[0]));
	rule->ct = in->ct;
	return rule;
}

u16 sdpu_rules_add(struct sdpu_rules *rules, u32 id, const struct sdpu_ctrl_rule *in)
{
	const union sdpu_rule_key key = { .key = in->key, .ct = in->ct };
	struct sdpu_rule *rule;

	if (xa_load(&rules->by_id, id))
		return SDPU_ST_EXISTS;
	rule = sdpu_rule_alloc(in);
	if (!rule)
		return SDPU_ST_NO_MEMORY;
	rule->group = sdpu_rule_group_get(rules, in);
	if (!rule->group)
		goto free;
	sdpu_rule_at_of(&rule->at, rule->group, &key);
	if (xa_err(xa_store(&rules->by_id, id, rule, GFP_KERNEL)))
		goto put;
	if (rhltable_insert(&rules->hash, &rule->node, sdpu_rule_params))
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
	rhltable_remove(&rules->hash, &rule->node, sdpu_rule_params);
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
	const struct list_head *groups = &rules->first[port];

	return list_empty(groups) ? NULL : groups;
}

/* Frames */

/**
 * struct sdpu_walk - one frame on its way from rule to rule
 * @fwd: its batch
 * @frame: the frame as it came
 * @edit: what becomes of it
 * @changed: its headers have changed, @fwd.came is as they came
 * @led: a rule has led on to another one
 * @key: what rules see of it
 * @same: it goes the way of the frame before
 * @num: rules that it has come to
 * @lasting: one like it would go the same way
 */
struct sdpu_walk {
	struct sdpu_fwd *fwd;
	const struct sdpu_frame *frame;
	struct sdpu_edit edit;
	bool changed;
	bool led;
	union sdpu_rule_key key;
	bool same;
	unsigned int num;
	bool lasting;
};

/* What becomes of a frame: it is where it should be, or the host's, or cannot be done with. */
enum sdpu_verdict {
	SDPU_DONE,
	SDPU_MISS,
	SDPU_BAD,
};

static struct sdpu_rule *sdpu_rules_find(struct sdpu_fwd *fwd, const struct list_head *groups,
					 const union sdpu_rule_key *key)
{
	struct sdpu_rules *rules = sdpu_card_rules(fwd->card);
	const struct sdpu_rule_group *group;
	struct rhlist_head *found;
	struct sdpu_rule_at at;

	list_for_each_entry_rcu(group, groups, list) {
		/* who sends a new flow with each frame gets as much of a processor as others */
		fwd->rx.steps += SDPU_RULE_GROUP_STEPS;
		sdpu_rule_at_of(&at, group, key);
		found = rhltable_lookup(&rules->hash, &at, sdpu_rule_params);
		if (found)
			return container_of(found, struct sdpu_rule, node);
	}
	return NULL;
}

static void sdpu_rule_count(struct sdpu_rule *rule, u64 packets, u64 bytes)
{
	WRITE_ONCE(rule->used, jiffies);
	atomic64_add(bytes, &rule->bytes);
	/* who sees the first one sees when it was: see sdpu_rules_stats() */
	smp_mb__before_atomic();
	atomic64_add(packets, &rule->packets);
}

void sdpu_rules_count(struct sdpu_fwd *fwd)
{
	unsigned int i;

	if (!fwd->rule_packets)
		return;
	for (i = 0; i < fwd->num_rules; i++)
		sdpu_rule_count(fwd->rule[i], fwd->rule_packets, fwd->rule_bytes);
	fwd->rule_packets = 0;
	fwd->rule_bytes = 0;
}

/* Look at the frame, for the first time: false if there is more than was looked at. */
static bool sdpu_walk_begin(struct sdpu_walk *walk)
{
	struct sdpu_fwd *fwd = walk->fwd;
	bool whole;

	whole = sdpu_rule_key_of(&walk->key.key, &walk->edit.head, fwd->from->number);
	if (whole && fwd->rule_known &&
	    !memcmp(&walk->key.key, &fwd->rule_key, sizeof(fwd->rule_key))) {
		walk->same = true;
		return true;
	}
	sdpu_rules_count(fwd);
	fwd->num_rules = 0;
	fwd->rule_known = false;
	fwd->rule_key = walk->key.key;
	return whole;
}

/* The next rule, one of @groups; NULL if none of them takes the frame. */
static struct sdpu_rule *sdpu_walk_next(struct sdpu_walk *walk, const struct list_head *groups)
{
	struct sdpu_fwd *fwd = walk->fwd;
	struct sdpu_rule *rule;

	if (walk->same)
		return walk->num < fwd->num_rules ? fwd->rule[walk->num++] : NULL;
	if (walk->num == SDPU_FWD_RULES)
		return NULL;
	rule = sdpu_rules_find(fwd, groups, &walk->key);
	if (!rule)
		return NULL;
	walk->num++;
	fwd->rule[fwd->num_rules++] = rule;
	return rule;
}

/* Likewise, of a table; the headers may have changed. */
static struct sdpu_rule *sdpu_walk_table(struct sdpu_walk *walk, struct xarray *in, u32 number)
{
	const struct sdpu_rule_table *table;

	if (walk->same)
		return sdpu_walk_next(walk, NULL);
	table = xa_load(in, number);
	if (!table || !sdpu_rule_key_of(&walk->key.key, &walk->edit.head,
					walk->fwd->from->number))
		return NULL;
	return sdpu_walk_next(walk, &table->groups);
}

/* It may turn out to be the host's. */
static void sdpu_walk_keep(struct sdpu_walk *walk)
{
	if (walk->changed)
		return;
	walk->changed = true;
	walk->fwd->came = walk->edit.head;
}

/* As it came: what was looked at, since it might be a frame that a rule takes by now. */
static unsigned int sdpu_walk_to_host(struct sdpu_walk *walk)
{
	struct sdpu_edit *edit = &walk->edit;

	/* nobody changes what an sk_buff has */
	if (walk->frame->skb)
		return sdpu_rep_to_host(walk->fwd, walk->frame);
	if (walk->changed) {
		edit->head = walk->fwd->came;
		edit->frame.hdr = edit->head.hdr;
		sdpu_frame_rehead(&edit->frame, edit->head.bytes, edit->head.len);
		sdpu_frame_parse(&edit->frame);
	}
	return sdpu_rep_to_host(walk->fwd, &edit->frame);
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

static enum sdpu_verdict sdpu_walk_edit(struct sdpu_walk *walk,
					const struct sdpu_ctrl_rule_action *action)
{
	sdpu_walk_keep(walk);
	/* what was behind a tag is news */
	if (action->type == SDPU_RULE_VLAN_POP)
		walk->lasting = false;
	return sdpu_edit_do(&walk->edit, action) ? SDPU_DONE : SDPU_BAD;
}

/* What a connection's rule says, whose actions are about headers. */
static enum sdpu_verdict sdpu_walk_ct(struct sdpu_walk *walk, u16 zone)
{
	enum sdpu_verdict verdict = SDPU_DONE;
	const struct sdpu_rule *rule;
	unsigned int i;

	walk->led = true;
	rule = sdpu_walk_table(walk, &sdpu_card_rules(walk->fwd->card)->zones, zone);
	if (!rule)
		return SDPU_MISS;
	for (i = 0; i < rule->num_actions && verdict == SDPU_DONE; i++)
		verdict = sdpu_walk_edit(walk, &rule->actions[i]);
	walk->key.ct = rule->ct;
	return verdict;
}

static enum sdpu_verdict sdpu_walk_ttl_dec(struct sdpu_walk *walk)
{
	sdpu_walk_keep(walk);
	walk->edit.changed = true;
	return sdpu_rule_ttl_dec(&walk->edit.head) ? SDPU_DONE : SDPU_MISS;
}

/* An action that does not end a rule. @num: ports that the frame was for. */
static enum sdpu_verdict sdpu_walk_do(struct sdpu_walk *walk,
				      const struct sdpu_ctrl_rule_action *action,
				      unsigned int *num)
{
	switch (action->type) {
	case SDPU_RULE_CT:
		return sdpu_walk_ct(walk, le16_to_cpu(action->arg));
	case SDPU_RULE_CT_CLEAR:
		memset(&walk->key.ct, 0, sizeof(walk->key.ct));
		return SDPU_DONE;
	case SDPU_RULE_TTL_DEC:
		return sdpu_walk_ttl_dec(walk);
	case SDPU_RULE_HOST:
		/* rules that led here are the host's to follow, too */
		if (walk->led)
			return SDPU_MISS;
		break;
	case SDPU_RULE_OUTPUT:
		/* whether that is to be the host knows */
		if (le16_to_cpu(action->arg) == walk->fwd->from->number)
			return SDPU_MISS;
		break;
	default:
		return sdpu_walk_edit(walk, action);
	}
	if (!sdpu_edit_settle(&walk->edit))
		return SDPU_BAD;
	*num += action->type == SDPU_RULE_HOST ?
			sdpu_rep_to_host(walk->fwd, &walk->edit.frame) :
			sdpu_rules_output(walk->fwd, le16_to_cpu(action->arg), &walk->edit.frame);
	return SDPU_DONE;
}

/* Do what @rule says, and those that it leads to. */
static enum sdpu_verdict sdpu_walk_rules(struct sdpu_walk *walk, const struct sdpu_rule *rule,
					 unsigned int *num)
{
	struct sdpu_rules *rules = sdpu_card_rules(walk->fwd->card);
	enum sdpu_verdict verdict = SDPU_DONE;
	u16 port = walk->fwd->from->number;
	unsigned int i = 0;

	/* dropped is what the rule says, and that is counted there */
	*num = !rule->num_actions;
	while (i < rule->num_actions && verdict == SDPU_DONE) {
		const struct sdpu_ctrl_rule_action *action = &rule->actions[i++];
		bool shared = action->type == SDPU_RULE_GOTO_SHARED;

		if (action->type != SDPU_RULE_GOTO && !shared) {
			verdict = sdpu_walk_do(walk, action, num);
			continue;
		}
		walk->led = true;
		rule = sdpu_walk_table(walk, shared ? &rules->shared : &rules->chains[port],
				       be32_to_cpu(action->value));
		if (!rule)
			return SDPU_MISS;
		*num = !rule->num_actions;
		i = 0;
	}
	return verdict;
}

unsigned int sdpu_rules_forward(struct sdpu_fwd *fwd, const struct sdpu_frame *frame)
{
	struct sdpu_walk walk;
	enum sdpu_verdict verdict = SDPU_MISS;
	struct sdpu_rule *rule = NULL;
	unsigned int num = 0;

	walk.fwd = fwd;
	walk.frame = frame;
	walk.changed = false;
	walk.led = false;
	walk.same = false;
	walk.num = 0;
	walk.lasting = true;
	memset(&walk.key.ct, 0, sizeof(walk.key.ct));
	sdpu_edit_begin(&walk.edit, frame);
	if (sdpu_walk_begin(&walk)) {
		rule = sdpu_walk_next(&walk, fwd->groups);
		fwd->rule_known = true;
	}
	if (rule)
		verdict = sdpu_walk_rules(&walk, rule, &num);
	if (!walk.lasting && walk.num > 1)
		fwd->rule_known = false;
	if (verdict == SDPU_MISS) {
		num += sdpu_walk_to_host(&walk);
	} else {
		fwd->rule_packets++;
		fwd->rule_bytes += frame->len;
	}
	if (verdict == SDPU_BAD) {
		fwd->rx.bad = true;
		num++;
	}
	sdpu_edit_end(&walk.edit);
	return num;
}
