// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer harness of the control processor (sim/ctl.c): a hostile driver that
 * sends any commands in any order.
 *
 * The input is a program: commands, some built with the right size and version
 * so that they get far, some as raw as they come, and function resets. Hooks
 * that can fail do so when the program says so.
 *
 * What must hold, besides what the sanitizers check: hooks are called with
 * bounded arguments, and only when what they are about exists; the card's own
 * idea of what exists, kept here by the hooks, is the processor's; a completion
 * is well-formed and says nothing after a failure; the command stays as it is.
 */
#include <string.h>

#include "../../sim/ctl.h"
#include "../../sim/features.h"
#include "../../sim/rule.h"
#include "../../sim/vring.h"
#include "must.h"
#include "program.h"

#define MAX_VQP		4u
#define TOTAL_VFS	3u
#define RATE_GROUPS	5
#define MAX_QUEUES	(2 * MAX_VQP + 1)

/* What the card has been told. */
static struct {
	bool pf;
	bool exists, running, suspended;
	u64 offered, accepted;
	u16 vqp;
	bool queue[MAX_QUEUES];
	u16 group[SDPU_NUM_GROUPS];
	unsigned int calls;
} card;

/* A group of a new or reset device whose address space was not set yet. */
#define STALE	0xffff

/* Most hooks succeed; if one fails it may say anything. */
static u16 answer(void)
{
	u8 what = take(1);

	return what < 0xe0 ? SDPU_ST_OK : what < 0xff ? what - 0xe0 : take(2);
}

/* ---- what hooks may count on ---- */

static void hook(bool pf)
{
	MUST(card.pf == pf);
	card.calls++;
}

static bool station(const u8 *mac)
{
	static const u8 zero[6];

	return !(mac[0] & 1) && memcmp(mac, zero, 6);
}

static void hook_identify(void *priv, struct sdpu_ctrl_identify *out)
{
	card.calls++;
	memset(out, take(1), sizeof(*out));
}

static u16 hook_stats(void *priv, u16 kind, u16 index, u64 dma, u32 len)
{
	card.calls++;
	MUST(len >= 1 && len <= 4096);
	if (kind == SDPU_STATS_PORT) {
		MUST(index <= (card.pf ? TOTAL_VFS : 0));
	} else {
		MUST(kind == SDPU_STATS_QUEUE && card.exists);
		MUST(index < 2u * card.vqp + !!(card.offered & BIT_ULL(VIRTIO_NET_F_CTRL_VQ)));
	}
	return answer();
}

static void forget_queues(void)
{
	memset(card.queue, 0, sizeof(card.queue));
	memset(card.group, 0xff, sizeof(card.group));
	card.running = false;
	card.suspended = false;
	card.accepted = 0;
}

static u16 hook_dev_create(void *priv, const struct sdpu_ctl_dev_attrs *attrs)
{
	u16 status = answer();

	hook(false);
	MUST(!card.exists);
	MUST(!(attrs->features & ~SDPU_FEATURES_AVAILABLE) && sdpu_features_valid(attrs->features));
	MUST(attrs->max_vqp >= 1 && attrs->max_vqp <= MAX_VQP);
	MUST(attrs->max_vqp == 1 || (attrs->features & BIT_ULL(VIRTIO_NET_F_MQ)));
	MUST(attrs->mtu >= 68 && attrs->mtu <= 9216);
	MUST(!attrs->mac_valid || station(attrs->mac));
	if (status == SDPU_ST_OK) {
		forget_queues();
		card.exists = true;
		card.offered = attrs->features;
		card.vqp = attrs->max_vqp;
	}
	return status;
}

static void hook_dev_destroy(void *priv)
{
	hook(false);
	MUST(card.exists);
	card.exists = false;
	forget_queues();
}

static u16 hook_dev_set_mac(void *priv, const u8 *mac)
{
	hook(false);
	MUST(card.exists && station(mac) && (card.offered & BIT_ULL(VIRTIO_NET_F_MAC)));
	return answer();
}

static void hook_features_set(void *priv, u64 features)
{
	hook(false);
	MUST(card.exists && !card.running && !card.suspended);
	MUST(!(features & ~card.offered) && (!features || sdpu_features_valid(features)));
	card.accepted = features;
}

static void hook_reset(void *priv)
{
	hook(false);
	MUST(card.exists);
	forget_queues();
}

static void hook_run(void *priv, bool run)
{
	hook(false);
	MUST(card.exists && card.running != run && sdpu_features_valid(card.accepted));
	card.running = run;
	card.suspended = !run;
}

static u16 hook_queue_create(void *priv, u16 index, const struct sdpu_vring_attrs *attrs,
			     bool enable)
{
	u16 status = answer();

	hook(false);
	MUST(card.exists && index < MAX_QUEUES && index <= 2 * card.vqp && !card.queue[index]);
	MUST(sdpu_features_valid(card.accepted));
	MUST(attrs->size && attrs->size <= 32768 && !(attrs->size & (attrs->size - 1)));
	MUST(attrs->indirect == !!(card.accepted & BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC)));
	MUST(attrs->event_idx == !!(card.accepted & BIT_ULL(VIRTIO_RING_F_EVENT_IDX)));
	MUST(attrs->packed == !!(card.accepted & BIT_ULL(VIRTIO_F_RING_PACKED)));
	card.queue[index] = status == SDPU_ST_OK;
	return status;
}

static void hook_state(struct sdpu_ctl_queue_state *state)
{
	state->avail = take(2);
	state->used = take(2);
	state->enabled = take(1) & 1;
	state->broken = take(1);
}

static void hook_queue_destroy(void *priv, u16 index, struct sdpu_ctl_queue_state *state)
{
	hook(false);
	MUST(index < MAX_QUEUES && card.queue[index]);
	card.queue[index] = false;
	hook_state(state);
}

static void hook_queue_enable(void *priv, u16 index, bool enable)
{
	hook(false);
	MUST(index < MAX_QUEUES && card.queue[index]);
}

static void hook_queue_query(void *priv, u16 index, struct sdpu_ctl_queue_state *state)
{
	hook(false);
	MUST(index < MAX_QUEUES && card.queue[index]);
	hook_state(state);
}

static u16 hook_as_set(void *priv, u16 asid, u16 mode, u64 root)
{
	hook(false);
	MUST(asid < SDPU_NUM_AS && mode <= SDPU_AS_BYPASS);
	MUST(mode == SDPU_AS_TABLE ? root && !(root & ~0xffffffffff000ull) : !root);
	return answer();
}

static void hook_as_invalidate(void *priv, u16 asid, u64 iova, u64 last)
{
	hook(false);
	MUST(asid < SDPU_NUM_AS && iova <= last);
}

static void hook_group_set(void *priv, u16 group, u16 asid)
{
	hook(false);
	MUST(card.exists && !card.running && group < SDPU_NUM_GROUPS && asid < SDPU_NUM_AS);
	MUST(card.group[group] != STALE);
	card.group[group] = asid;
}

static void hook_groups_reset(void *priv)
{
	hook(false);
	MUST(card.exists && !card.running);
	memset(card.group, 0, sizeof(card.group));
}

static u16 hook_port_set(void *priv, const u8 *mac, u16 mtu, u16 valid, u16 flags)
{
	hook(true);
	MUST(!(valid & ~7) && !(flags & ~7));
	MUST(!(valid & SDPU_PORT_MAC) || station(mac));
	MUST(!(valid & SDPU_PORT_MTU) || (mtu >= 68 && mtu <= 9216));
	return answer();
}

static u16 hook_port_filter(void *priv, const u8 *mac, bool add)
{
	static const u8 zero[6];

	hook(true);
	MUST(memcmp(mac, zero, 6));
	return answer();
}

static void hook_eswitch(void *priv, u16 mode)
{
	hook(true);
	MUST(mode <= 1);
}

static void hook_vf_mac(void *priv, u16 vf, const u8 *mac)
{
	hook(true);
	MUST(vf >= 1 && vf <= TOTAL_VFS);
	MUST(!(mac[0] & 1));
}

static bool rate_possible(u64 rate)
{
	return !rate || (rate >= 1000 && rate <= 1000000000000);
}

static void hook_vf_rate(void *priv, u16 vf, u16 group, u64 max, u64 share)
{
	hook(true);
	MUST(vf >= 1 && vf <= TOTAL_VFS && group <= RATE_GROUPS);
	MUST(rate_possible(max) && rate_possible(share) && (!max || share <= max));
}

static void hook_group_rate(void *priv, u16 group, u64 max)
{
	hook(true);
	MUST(group >= 1 && group <= RATE_GROUPS && rate_possible(max));
}

static void hook_vf_policy(void *priv, u16 vf, u16 flags, u16 tci)
{
	hook(true);
	MUST(vf >= 1 && vf <= TOTAL_VFS && !(flags & ~7));
	MUST(flags & 1 ? (tci & 0xfff) >= 1 && (tci & 0xfff) <= 4094 && !(tci & 0x1000) : !tci);
}

static void hook_vf_link(void *priv, u16 vf, u16 link)
{
	hook(true);
	MUST(vf >= 1 && vf <= TOTAL_VFS);
	MUST(link <= 2);
}

/* The driver's memory: what may be a rule. */
static u8 memory[sizeof(struct sdpu_ctrl_rule)];

#define MEMORY		0x1000ull
#define MAX_RULES	16u

void *unit_dma_span(u64 dma, u64 len)
{
	return dma >= MEMORY && dma - MEMORY + len <= sizeof(memory) ? memory + (dma - MEMORY) :
								       NULL;
}

/* An action, as the card does it: false if it cannot be done. */
static bool rule_action(const struct sdpu_ctrl_rule *rule, const struct sdpu_ctrl_rule_action *a,
			struct sdpu_rule_head *head)
{
	MUST(rule->table != SDPU_RULE_CONNECTION || a->type == SDPU_RULE_REWRITE);
	switch (a->type) {
	case SDPU_RULE_OUTPUT:
		MUST(le16_to_cpu(a->arg) <= TOTAL_VFS);
		MUST(rule->table == SDPU_RULE_SHARED || a->arg != rule->key.port);
		return true;
	case SDPU_RULE_GOTO_SHARED:
		return true;
	case SDPU_RULE_GOTO:
		MUST(a->value);
		return true;
	case SDPU_RULE_HOST:
	case SDPU_RULE_CT:
	case SDPU_RULE_CT_CLEAR:
		return true;
	case SDPU_RULE_TTL_DEC:
		return sdpu_rule_ttl_dec(head);
	default:
		return sdpu_rule_edit(head, a);
	}
}

/* What the rule does to a frame: any one. */
static u16 hook_rule_add(void *priv, u32 id, const struct sdpu_ctrl_rule *rule)
{
	struct sdpu_rule_head head = {};
	union sdpu_rule_key key;
	unsigned int i, tags = 0;

	hook(true);
	MUST(id < MAX_RULES && le16_to_cpu(rule->num_actions) <= SDPU_RULE_ACTIONS_MAX);
	MUST(le16_to_cpu(rule->key.port) <= TOTAL_VFS);
	MUST(rule->table <= SDPU_RULE_SHARED);
	head.len = 14 + take(1) % (SDPU_RULE_HEAD - 13);
	for (i = 0; i < head.len; i++)
		head.bytes[i] = take(1);
	head.hdr.flags = take(1) & 1;
	head.hdr.csum_start = take(1);
	head.hdr.csum_offset = take(1);
	for (i = 0; i < le16_to_cpu(rule->num_actions); i++) {
		const struct sdpu_ctrl_rule_action *a = &rule->actions[i];

		sdpu_rule_key_of(&key.key, &head, 1);
		if (!rule_action(rule, a, &head))
			break;
		tags += a->type == SDPU_RULE_VLAN_PUSH;
		MUST(head.len >= 14 && head.len <= SDPU_RULE_HEAD + 4 * tags);
	}
	MUST(tags <= SDPU_RULE_TAGS_MAX);
	return answer();
}

static u16 hook_rule_del(void *priv, u32 id)
{
	hook(true);
	MUST(id < MAX_RULES);
	return answer();
}

static u16 hook_rule_stats(void *priv, u32 id, struct sdpu_ctrl_rule_stats *out)
{
	hook(true);
	MUST(id < MAX_RULES);
	memset(out, take(1), sizeof(*out));
	return answer();
}

static const struct sdpu_ctl_hooks hooks = {
	.identify = hook_identify,
	.stats = hook_stats,
	.dev_create = hook_dev_create,
	.dev_destroy = hook_dev_destroy,
	.dev_set_mac = hook_dev_set_mac,
	.features_set = hook_features_set,
	.reset = hook_reset,
	.run = hook_run,
	.queue_create = hook_queue_create,
	.queue_destroy = hook_queue_destroy,
	.queue_enable = hook_queue_enable,
	.queue_query = hook_queue_query,
	.as_set = hook_as_set,
	.as_invalidate = hook_as_invalidate,
	.group_set = hook_group_set,
	.groups_reset = hook_groups_reset,
	.port_set = hook_port_set,
	.port_filter = hook_port_filter,
	.vf_link = hook_vf_link,
	.eswitch = hook_eswitch,
	.vf_mac = hook_vf_mac,
	.vf_rate = hook_vf_rate,
	.group_rate = hook_group_rate,
	.vf_policy = hook_vf_policy,
	.rule_add = hook_rule_add,
	.rule_del = hook_rule_del,
	.rule_stats = hook_rule_stats,
};

/* ---- commands ---- */

/* Commands with the size that their input has; some more often than others. */
static const struct { u16 opcode; u16 len; } known[] = {
	{ SDPU_OP_IDENTIFY, 0 }, { SDPU_OP_STATS, 8 }, { SDPU_OP_DEV_CREATE, 24 },
	{ SDPU_OP_DEV_DESTROY, 0 }, { SDPU_OP_DEV_SET, 8 }, { SDPU_OP_FEATURES_SET, 8 },
	{ SDPU_OP_STATUS_SET, 8 }, { SDPU_OP_SUSPEND, 0 }, { SDPU_OP_RESUME, 0 },
	{ SDPU_OP_QUEUE_CREATE, 48 }, { SDPU_OP_QUEUE_DESTROY, 8 }, { SDPU_OP_QUEUE_ENABLE, 8 },
	{ SDPU_OP_QUEUE_QUERY, 8 }, { SDPU_OP_AS_SET, 16 }, { SDPU_OP_AS_INVALIDATE, 24 },
	{ SDPU_OP_GROUP_SET, 8 }, { SDPU_OP_PORT_SET, 16 }, { SDPU_OP_PORT_FILTER, 8 },
	{ SDPU_OP_VF_LINK, 8 }, { SDPU_OP_ESWITCH, 8 }, { SDPU_OP_VF_MAC, 8 },
	{ SDPU_OP_VF_RATE, 24 }, { SDPU_OP_GROUP_RATE, 16 }, { SDPU_OP_VF_POLICY, 8 },
	{ SDPU_OP_RULE_ADD, 8 }, { SDPU_OP_RULE_DEL, 8 }, { SDPU_OP_RULE_STATS, 8 },
	{ SDPU_OP_QUEUE_CREATE, 48 }, { SDPU_OP_STATUS_SET, 8 }, { SDPU_OP_FEATURES_SET, 8 },
};

/* A rule that may well be one, but for a byte. */
static void likely_rule(struct sdpu_ctrl_cmd *cmd)
{
	struct sdpu_ctrl_rule *rule = (void *)memory;
	unsigned int i, at;
	u32 len = take(1) & 1 ? sizeof(*rule) : SDPU_RULE_SIZE_1_6;

	memset(memory, 0, sizeof(memory));
	rule->num_actions = cpu_to_le16(take(1) % 6);
	rule->key.port = cpu_to_le16(take(1) % (TOTAL_VFS + 2));
	memset(&rule->mask.port, 0xff, 2);
	if (!(take(1) & 3)) {
		rule->table = 1 + take(1) % 2;
		rule->key.port = 0;
		rule->mask.port = 0;
		rule->ct.state = take(1) % 16;
	}
	for (i = 0; i < le16_to_cpu(rule->num_actions); i++) {
		struct sdpu_ctrl_rule_action *a = &rule->actions[i];

		a->type = rule->table == SDPU_RULE_CONNECTION ? SDPU_RULE_REWRITE : take(1) % 13;
		if (a->type == SDPU_RULE_OUTPUT)
			a->arg = cpu_to_le16(take(1) % (TOTAL_VFS + 2));
		if (a->type == SDPU_RULE_VLAN_PUSH)
			a->tpid = cpu_to_be16(0x8100);
		if (a->type == SDPU_RULE_VLAN_PUSH || a->type == SDPU_RULE_VLAN_SET)
			a->tci = cpu_to_be16(take(2));
		if (a->type == SDPU_RULE_GOTO)
			a->value = cpu_to_be32(take(1));
		if (a->type != SDPU_RULE_REWRITE)
			continue;
		a->header = take(1) % 6;
		a->arg = cpu_to_le16(take(1) % 11 * 4);
		a->mask = cpu_to_be32(take(4));
		a->value = cpu_to_be32(take(4));
	}
	at = take(2);
	if (at < sizeof(memory))
		memory[at] = take(1);
	cmd->payload[0] = take(1) % (MAX_RULES + 1);
	cmd->payload[4] = len;
	cmd->payload[5] = len >> 8;
	cmd->buf = cpu_to_le64(MEMORY + (take(1) == 0xff));
}

/* Features and status that a driver could set: else it would hardly get to run. */
static void likely_input(struct sdpu_ctrl_cmd *cmd)
{
	struct sdpu_ctrl_dev_create *create = (void *)cmd->payload;
	struct sdpu_ctrl_queue_create *queue = (void *)cmd->payload;
	u64 features = SDPU_FEATURES_AVAILABLE;

	switch (le16_to_cpu(cmd->opcode)) {
	case SDPU_OP_DEV_CREATE:
		create->features = cpu_to_le64(features);
		create->max_vqp = cpu_to_le16(take(1) % (MAX_VQP + 2));
		break;
	case SDPU_OP_FEATURES_SET:
		memcpy(cmd->payload, &features, 8);
		break;
	case SDPU_OP_STATUS_SET:
		cmd->payload[0] = take(1) & 1 ? 15 : 11;
		break;
	case SDPU_OP_QUEUE_CREATE:
		queue->index = cpu_to_le16(take(1) % (MAX_QUEUES + 1));
		queue->flags = cpu_to_le16(take(1) & 1);
		queue->size = cpu_to_le32(1u << take(1) % 17);
		break;
	case SDPU_OP_RULE_ADD:
		likely_rule(cmd);
		break;
	case SDPU_OP_STATS:
		cmd->payload[4] = 96;
		break;
	default:
		cmd->payload[0] = take(1) % (MAX_QUEUES + 1);
	}
}

static void build(struct sdpu_ctrl_cmd *cmd)
{
	unsigned int i, n = take(1);

	memset(cmd, 0, sizeof(*cmd));
	cmd->tag = cpu_to_le16(take(1));
	if (n >= 0xf0) {
		for (i = 0; i < sizeof(*cmd); i++)
			((u8 *)cmd)[i] = take(1);
		return;
	}
	cmd->opcode = cpu_to_le16(known[n % ARRAY_SIZE(known)].opcode);
	cmd->len = cpu_to_le16(known[n % ARRAY_SIZE(known)].len);
	cmd->version = 1;
	if (n < 0x80) {
		likely_input(cmd);
		/* one byte may still be anything */
		i = take(1);
		if (i < le16_to_cpu(cmd->len))
			cmd->payload[i] = take(1);
		return;
	}
	for (i = 0; i < le16_to_cpu(cmd->len); i++)
		cmd->payload[i] = take(1);
	if (n & 1)
		((u8 *)cmd)[take(1) % sizeof(*cmd)] = take(1);
}

static void check_cqe(const struct sdpu_ctrl_cmd *cmd, const struct sdpu_ctrl_cqe *cqe)
{
	u16 len = le16_to_cpu(cqe->len);

	MUST(cqe->opcode == cmd->opcode && cqe->tag == cmd->tag);
	MUST(len <= sizeof(cqe->payload) && !cqe->reserved);
	MUST(!memchr_inv(cqe->payload + len, 0, sizeof(cqe->payload) - len));
	MUST(!cqe->status || !len);
}

/* The processor and the card agree on what there is. */
static void check_state(const struct sdpu_ctl *ctl)
{
	unsigned int i;

	MUST((ctl->state != SDPU_CTL_NONE) == card.exists);
	MUST((ctl->state == SDPU_CTL_RUN) == card.running);
	MUST((ctl->state == SDPU_CTL_SUSPENDED) == card.suspended);
	MUST(ctl->features == card.accepted);
	MUST(card.exists || (!ctl->offered && !ctl->status && !ctl->dev_vqp));
	MUST(!card.exists || (ctl->offered == card.offered && ctl->dev_vqp == card.vqp));
	for (i = 0; i < SDPU_MAX_QUEUES; i++)
		MUST(test_bit(i, ctl->queue_exists) == (i < MAX_QUEUES && card.queue[i]));
	for (i = 0; i < SDPU_NUM_GROUPS; i++)
		MUST(!card.exists || card.group[i] != STALE);
	MUST(sdpu_ctl_cvq(ctl) < (int)MAX_QUEUES);
}

int fuzz_one(const u8 *data, size_t size)
{
	struct sdpu_ctl ctl = { .hooks = &hooks, .max_vqp = MAX_VQP };
	struct sdpu_ctrl_cmd cmd, before;
	struct sdpu_ctrl_cqe cqe;

	program_start(data, size);
	memset(&card, 0, sizeof(card));
	card.pf = take(1) & 1;
	ctl.type = card.pf ? SDPU_FUNCTION_PF : SDPU_FUNCTION_VF;
	ctl.total_vfs = card.pf ? TOTAL_VFS : 0;
	ctl.max_rules = card.pf ? MAX_RULES : 0;
	ctl.rate_groups = card.pf ? RATE_GROUPS : 0;
	ctl.available = card.pf ? 0 : SDPU_FEATURES_AVAILABLE;
	while (program_left) {
		build(&cmd);
		before = cmd;
		card.calls = 0;
		memset(&cqe, 0xee, sizeof(cqe));
		sdpu_ctl_execute(&ctl, &cmd, &cqe);
		MUST(!memcmp(&before, &cmd, sizeof(cmd)));
		check_cqe(&cmd, &cqe);
		check_state(&ctl);
		if (take(1) == 0xff) {
			sdpu_ctl_reset(&ctl);
			check_state(&ctl);
			MUST(ctl.state == SDPU_CTL_NONE);
		}
	}
	return 0;
}
