// SPDX-License-Identifier: GPL-2.0-only
/* Control processor: decode, check and execute admin commands. */
#include <linux/bitops.h>
#include <linux/bitmap.h>

#include "ctl.h"
#include "features.h"
#include "rule.h"
#include "vring.h"

#define PF	BIT(SDPU_FUNCTION_PF)
#define VF	BIT(SDPU_FUNCTION_VF)

#define NONE	BIT(SDPU_CTL_NONE)
#define SETUP	BIT(SDPU_CTL_SETUP)
#define RUN	BIT(SDPU_CTL_RUN)
#define SUSP	BIT(SDPU_CTL_SUSPENDED)
#define DEV	(SETUP | RUN | SUSP)
#define ANY	(NONE | DEV)

#define F(bit)	BIT_ULL(bit)

/**
 * struct sdpu_opcode - a row of the opcode table
 * @opcode: SDPU_OP_*
 * @in: bytes of input
 * @out: bytes of output in the completion
 * @types: function types that know it
 * @states: states of the virtio device in which it is allowed
 * @buf: the command has an out-of-line input or output
 * @run: do it: input and output are the payloads
 */
struct sdpu_opcode {
	u16 opcode;
	u8 in;
	u8 out;
	u8 types;
	u8 states;
	bool buf;
	u16 (*run)(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf);
};

static bool sdpu_mac_is_station(const u8 *mac)
{
	static const u8 zero[6];

	return !(mac[0] & 1) && memcmp(mac, zero, sizeof(zero));
}

/* Queues that a device with these features has, whatever was negotiated. */
static unsigned int sdpu_ctl_num_queues(const struct sdpu_ctl *ctl)
{
	return 2 * ctl->dev_vqp + !!(ctl->offered & F(VIRTIO_NET_F_CTRL_VQ));
}

int sdpu_ctl_cvq(const struct sdpu_ctl *ctl)
{
	if (!(ctl->features & F(VIRTIO_NET_F_CTRL_VQ)))
		return -1;
	return ctl->features & (F(VIRTIO_NET_F_MQ) | F(VIRTIO_NET_F_RSS)) ? 2 * ctl->dev_vqp : 2;
}

static u16 sdpu_op_identify(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	ctl->hooks->identify(ctl->priv, out);
	return SDPU_ST_OK;
}

static u16 sdpu_op_stats(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_stats_get *get = in;
	u16 kind = le16_to_cpu(get->kind);
	u16 index = le16_to_cpu(get->index);
	u32 len = le32_to_cpu(get->buf_len);

	if (!len || len > 4096)
		return SDPU_ST_LENGTH;
	switch (kind) {
	case SDPU_STATS_PORT:
		/* that of a VF can be asked for by the PF */
		if (index > ctl->total_vfs)
			return SDPU_ST_INDEX;
		index = array_index_nospec(index, ctl->total_vfs + 1);
		break;
	case SDPU_STATS_QUEUE:
		if (ctl->state == SDPU_CTL_NONE)
			return SDPU_ST_STATE;
		if (index >= sdpu_ctl_num_queues(ctl))
			return SDPU_ST_INDEX;
		break;
	default:
		return SDPU_ST_PARAM;
	}
	return ctl->hooks->stats(ctl->priv, kind, index, buf, len);
}

static u16 sdpu_op_dev_create(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_dev_create *c = in;
	struct sdpu_ctl_dev_attrs attrs = {
		.features = le64_to_cpu(c->features),
		.max_vqp = le16_to_cpu(c->max_vqp),
		.mtu = 1500,
	};
	u16 valid = le16_to_cpu(c->valid);
	u16 status;

	if (c->reserved || (valid & ~(SDPU_DEV_MAC | SDPU_DEV_MTU)))
		return SDPU_ST_RESERVED;
	if ((attrs.features & ~ctl->available) || !sdpu_features_valid(attrs.features))
		return SDPU_ST_FEATURES;
	if (!attrs.max_vqp || attrs.max_vqp > ctl->max_vqp)
		return SDPU_ST_PARAM;
	if (attrs.max_vqp > 1 && !(attrs.features & F(VIRTIO_NET_F_MQ)))
		return SDPU_ST_FEATURES;
	if (valid & SDPU_DEV_MTU)
		attrs.mtu = le16_to_cpu(c->mtu);
	if (attrs.mtu < SDPU_MTU_MIN || attrs.mtu > SDPU_MTU_MAX)
		return SDPU_ST_PARAM;
	if (valid & SDPU_DEV_MAC) {
		if (!sdpu_mac_is_station(c->mac))
			return SDPU_ST_PARAM;
		memcpy(attrs.mac, c->mac, sizeof(attrs.mac));
		attrs.mac_valid = true;
	}
	status = ctl->hooks->dev_create(ctl->priv, &attrs);
	if (status != SDPU_ST_OK)
		return status;
	ctl->hooks->groups_reset(ctl->priv);
	ctl->offered = attrs.features;
	ctl->features = 0;
	ctl->status = 0;
	ctl->dev_vqp = attrs.max_vqp;
	bitmap_zero(ctl->queue_exists, SDPU_MAX_QUEUES);
	ctl->state = SDPU_CTL_SETUP;
	return SDPU_ST_OK;
}

void sdpu_ctl_reset(struct sdpu_ctl *ctl)
{
	if (ctl->state != SDPU_CTL_NONE)
		ctl->hooks->dev_destroy(ctl->priv);
	ctl->state = SDPU_CTL_NONE;
	ctl->offered = 0;
	ctl->features = 0;
	ctl->status = 0;
	ctl->dev_vqp = 0;
	bitmap_zero(ctl->queue_exists, SDPU_MAX_QUEUES);
}

static u16 sdpu_op_dev_destroy(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	sdpu_ctl_reset(ctl);
	return SDPU_ST_OK;
}

static u16 sdpu_op_dev_set(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_dev_set *set = in;

	if (le16_to_cpu(set->valid) != SDPU_DEV_MAC)
		return SDPU_ST_RESERVED;
	if (!(ctl->offered & F(VIRTIO_NET_F_MAC)))
		return SDPU_ST_FEATURES;
	if (!sdpu_mac_is_station(set->mac))
		return SDPU_ST_PARAM;
	return ctl->hooks->dev_set_mac(ctl->priv, set->mac);
}

static u16 sdpu_op_features_set(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_features_set *set = in;
	u64 features = le64_to_cpu(set->features);

	/* 2.2.2: once FEATURES_OK was accepted the set is fixed until reset */
	if (ctl->status & VIRTIO_CONFIG_S_FEATURES_OK)
		return SDPU_ST_STATE;
	if (features & ~ctl->offered)
		return SDPU_ST_FEATURES;
	if (features && !sdpu_features_valid(features))
		return SDPU_ST_FEATURES;
	ctl->features = features;
	ctl->hooks->features_set(ctl->priv, features);
	return SDPU_ST_OK;
}

/*
 * Virtio reset (2.4): queues gone, groups back in address space 0. The address
 * spaces stay as they are: who owns the memory decides when it is unmapped.
 */
static void sdpu_ctl_virtio_reset(struct sdpu_ctl *ctl)
{
	ctl->hooks->reset(ctl->priv);
	ctl->hooks->groups_reset(ctl->priv);
	bitmap_zero(ctl->queue_exists, SDPU_MAX_QUEUES);
	ctl->features = 0;
	ctl->status = 0;
	ctl->state = SDPU_CTL_SETUP;
}

static u16 sdpu_op_status_set(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_status *set = in;
	struct sdpu_ctrl_status *result = out;
	u8 status = set->status;

	if (memchr_inv(set->reserved, 0, sizeof(set->reserved)))
		return SDPU_ST_RESERVED;
	if (!status) {
		sdpu_ctl_virtio_reset(ctl);
		return SDPU_ST_OK;
	}
	/* 2.1.1: the driver must not clear a bit, but by reset */
	if (ctl->status & ~status)
		return SDPU_ST_PARAM;
	if ((status & VIRTIO_CONFIG_S_FEATURES_OK) && !sdpu_features_valid(ctl->features))
		return SDPU_ST_FEATURES;
	if ((status & VIRTIO_CONFIG_S_DRIVER_OK) && !(status & VIRTIO_CONFIG_S_FEATURES_OK))
		return SDPU_ST_STATE;
	ctl->status = status;
	if ((status & VIRTIO_CONFIG_S_DRIVER_OK) && ctl->state == SDPU_CTL_SETUP) {
		ctl->state = SDPU_CTL_RUN;
		ctl->hooks->run(ctl->priv, true);
	}
	result->status = status;
	return SDPU_ST_OK;
}

static u16 sdpu_op_suspend(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	ctl->hooks->run(ctl->priv, false);
	ctl->state = SDPU_CTL_SUSPENDED;
	return SDPU_ST_OK;
}

static u16 sdpu_op_resume(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	ctl->state = SDPU_CTL_RUN;
	ctl->hooks->run(ctl->priv, true);
	return SDPU_ST_OK;
}

static u16 sdpu_op_queue_create(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_queue_create *c = in;
	struct sdpu_vring_attrs attrs = {
		.size = le32_to_cpu(c->size),
		.desc = le64_to_cpu(c->desc),
		.driver = le64_to_cpu(c->driver),
		.device = le64_to_cpu(c->device),
		.avail = le16_to_cpu(c->avail),
		.used = le16_to_cpu(c->used),
		.packed = ctl->features & F(VIRTIO_F_RING_PACKED),
		.indirect = ctl->features & F(VIRTIO_RING_F_INDIRECT_DESC),
		.event_idx = ctl->features & F(VIRTIO_RING_F_EVENT_IDX),
	};
	u16 index = le16_to_cpu(c->index);
	u16 flags = le16_to_cpu(c->flags);
	u16 status;

	/* 5.1.2: the odd ones; the control virtqueue comes after a pair */
	attrs.transmit = index & 1;
	if ((flags & ~SDPU_QUEUE_ENABLED) || memchr_inv(c->reserved, 0, sizeof(c->reserved)))
		return SDPU_ST_RESERVED;
	if (index >= sdpu_ctl_num_queues(ctl))
		return SDPU_ST_INDEX;
	if (!attrs.size || attrs.size > SDPU_MAX_QUEUE_SIZE || !is_power_of_2(attrs.size))
		return SDPU_ST_PARAM;
	if (!(ctl->status & VIRTIO_CONFIG_S_FEATURES_OK))
		return SDPU_ST_STATE;
	if (test_bit(index, ctl->queue_exists))
		return SDPU_ST_EXISTS;
	status = ctl->hooks->queue_create(ctl->priv, index, &attrs, flags & SDPU_QUEUE_ENABLED);
	if (status == SDPU_ST_OK)
		__set_bit(index, ctl->queue_exists);
	return status;
}

/* Decode what the three opcodes that name a queue have in common. */
static u16 sdpu_ctl_queue_index(struct sdpu_ctl *ctl, const void *in, u16 max_enable, u16 *index)
{
	const struct sdpu_ctrl_queue_index *q = in;

	if (q->reserved || le16_to_cpu(q->enable) > max_enable)
		return SDPU_ST_RESERVED;
	*index = le16_to_cpu(q->index);
	if (*index >= sdpu_ctl_num_queues(ctl))
		return SDPU_ST_INDEX;
	*index = array_index_nospec(*index, SDPU_MAX_QUEUES);
	if (!test_bit(*index, ctl->queue_exists))
		return SDPU_ST_STATE;
	return SDPU_ST_OK;
}

static void sdpu_ctl_encode_state(const struct sdpu_ctl_queue_state *state, void *out)
{
	struct sdpu_ctrl_queue_state *s = out;

	s->avail = cpu_to_le16(state->avail);
	s->used = cpu_to_le16(state->used);
	s->flags = cpu_to_le16(state->enabled ? SDPU_QUEUE_ENABLED : 0);
	s->broken = cpu_to_le16(state->broken);
}

static u16 sdpu_op_queue_destroy(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	struct sdpu_ctl_queue_state state = {};
	u16 index, status = sdpu_ctl_queue_index(ctl, in, 0, &index);

	if (status != SDPU_ST_OK)
		return status;
	ctl->hooks->queue_destroy(ctl->priv, index, &state);
	__clear_bit(index, ctl->queue_exists);
	sdpu_ctl_encode_state(&state, out);
	return SDPU_ST_OK;
}

static u16 sdpu_op_queue_enable(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_queue_index *q = in;
	u16 index, status = sdpu_ctl_queue_index(ctl, in, 1, &index);

	if (status == SDPU_ST_OK)
		ctl->hooks->queue_enable(ctl->priv, index, le16_to_cpu(q->enable));
	return status;
}

static u16 sdpu_op_queue_query(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	struct sdpu_ctl_queue_state state = {};
	u16 index, status = sdpu_ctl_queue_index(ctl, in, 0, &index);

	if (status != SDPU_ST_OK)
		return status;
	ctl->hooks->queue_query(ctl->priv, index, &state);
	sdpu_ctl_encode_state(&state, out);
	return SDPU_ST_OK;
}

static u16 sdpu_op_as_set(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_as_set *set = in;
	u16 asid = le16_to_cpu(set->asid);
	u16 mode = le16_to_cpu(set->mode);
	u64 root = le64_to_cpu(set->root);

	if (set->reserved)
		return SDPU_ST_RESERVED;
	if (asid >= SDPU_NUM_AS)
		return SDPU_ST_INDEX;
	if (mode > SDPU_AS_BYPASS)
		return SDPU_ST_PARAM;
	if (mode == SDPU_AS_TABLE ? (!root || (root & ~SDPU_PT_ADDR)) : root != 0)
		return SDPU_ST_ADDRESS;
	return ctl->hooks->as_set(ctl->priv, asid, mode, root);
}

static u16 sdpu_op_as_invalidate(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_as_invalidate *inv = in;
	u16 asid = le16_to_cpu(inv->asid);
	u64 iova = le64_to_cpu(inv->iova);
	u64 last = le64_to_cpu(inv->last);

	if (memchr_inv(inv->reserved, 0, sizeof(inv->reserved)))
		return SDPU_ST_RESERVED;
	if (asid >= SDPU_NUM_AS)
		return SDPU_ST_INDEX;
	if (last < iova)
		return SDPU_ST_PARAM;
	ctl->hooks->as_invalidate(ctl->priv, asid, iova, last);
	return SDPU_ST_OK;
}

static u16 sdpu_op_group_set(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_group_set *set = in;
	u16 group = le16_to_cpu(set->group);
	u16 asid = le16_to_cpu(set->asid);

	if (set->reserved)
		return SDPU_ST_RESERVED;
	if (group >= SDPU_NUM_GROUPS || asid >= SDPU_NUM_AS)
		return SDPU_ST_INDEX;
	ctl->hooks->group_set(ctl->priv, group, asid);
	return SDPU_ST_OK;
}

static u16 sdpu_op_port_set(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_port_set *set = in;
	u16 valid = le16_to_cpu(set->valid);
	u16 flags = le16_to_cpu(set->flags);
	u16 mtu = le16_to_cpu(set->mtu);

	if (set->reserved || (valid & ~(SDPU_PORT_MAC | SDPU_PORT_MTU | SDPU_PORT_FLAGS)) ||
	    (flags & ~(SDPU_PORT_UP | SDPU_PORT_PROMISC | SDPU_PORT_ALLMULTI)))
		return SDPU_ST_RESERVED;
	if ((valid & SDPU_PORT_MAC) && !sdpu_mac_is_station(set->mac))
		return SDPU_ST_PARAM;
	if ((valid & SDPU_PORT_MTU) && (mtu < SDPU_MTU_MIN || mtu > SDPU_MTU_MAX))
		return SDPU_ST_PARAM;
	return ctl->hooks->port_set(ctl->priv, set->mac, mtu, valid, flags);
}

static u16 sdpu_op_port_filter(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_port_filter *f = in;
	u16 add = le16_to_cpu(f->add);

	if (add > 1)
		return SDPU_ST_RESERVED;
	if (!memchr_inv(f->mac, 0, sizeof(f->mac)))
		return SDPU_ST_PARAM;
	return ctl->hooks->port_filter(ctl->priv, f->mac, add);
}

static u16 sdpu_op_vf_link(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_vf_link *l = in;
	u16 vf = le16_to_cpu(l->vf);
	u16 link = le16_to_cpu(l->link);

	if (l->reserved)
		return SDPU_ST_RESERVED;
	if (!vf || vf > ctl->total_vfs)
		return SDPU_ST_INDEX;
	if (link > SDPU_VF_LINK_DISABLE)
		return SDPU_ST_PARAM;
	ctl->hooks->vf_link(ctl->priv, array_index_nospec(vf, ctl->total_vfs + 1), link);
	return SDPU_ST_OK;
}

static u16 sdpu_op_vf_mac(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_vf_mac *m = in;
	u16 vf = le16_to_cpu(m->vf);

	if (!vf || vf > ctl->total_vfs)
		return SDPU_ST_INDEX;
	if (m->mac[0] & 1)
		return SDPU_ST_PARAM;
	ctl->hooks->vf_mac(ctl->priv, array_index_nospec(vf, ctl->total_vfs + 1), m->mac);
	return SDPU_ST_OK;
}

static bool sdpu_rate_valid(u64 rate)
{
	return !rate || (rate >= SDPU_RATE_MIN && rate <= SDPU_RATE_MAX);
}

static u16 sdpu_op_vf_rate(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_vf_rate *r = in;
	u64 max = le64_to_cpu(r->tx_max), share = le64_to_cpu(r->tx_share);
	u16 vf = le16_to_cpu(r->vf), group = le16_to_cpu(r->group);

	if (r->reserved)
		return SDPU_ST_RESERVED;
	if (!vf || vf > ctl->total_vfs || group > ctl->rate_groups)
		return SDPU_ST_INDEX;
	if (!sdpu_rate_valid(max) || !sdpu_rate_valid(share) || (max && share > max))
		return SDPU_ST_PARAM;
	ctl->hooks->vf_rate(ctl->priv, array_index_nospec(vf, ctl->total_vfs + 1),
			    array_index_nospec(group, ctl->rate_groups + 1), max, share);
	return SDPU_ST_OK;
}

static u16 sdpu_op_group_rate(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_group_rate *r = in;
	u16 group = le16_to_cpu(r->group);
	u64 max = le64_to_cpu(r->tx_max);

	if (memchr_inv(r->reserved, 0, sizeof(r->reserved)))
		return SDPU_ST_RESERVED;
	if (!group || group > ctl->rate_groups)
		return SDPU_ST_INDEX;
	if (!sdpu_rate_valid(max))
		return SDPU_ST_PARAM;
	ctl->hooks->group_rate(ctl->priv, array_index_nospec(group, ctl->rate_groups + 1), max);
	return SDPU_ST_OK;
}

/* A VLAN tag without what a switch has no use for. */
static bool sdpu_tci_valid(u16 tci)
{
	u16 vid = tci & 0xfff;

	return vid >= 1 && vid <= 4094 && !(tci & 0x1000);
}

static u16 sdpu_op_vf_policy(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_vf_policy *p = in;
	u16 vf = le16_to_cpu(p->vf), flags = le16_to_cpu(p->flags);
	u16 tci = le16_to_cpu(p->vlan_tci);

	if (p->reserved || (flags & ~(SDPU_VF_TAG | SDPU_VF_SPOOF_CHECK | SDPU_VF_UNTRUSTED)))
		return SDPU_ST_RESERVED;
	if (!vf || vf > ctl->total_vfs)
		return SDPU_ST_INDEX;
	if (flags & SDPU_VF_TAG ? !sdpu_tci_valid(tci) : tci)
		return SDPU_ST_PARAM;
	ctl->hooks->vf_policy(ctl->priv, array_index_nospec(vf, ctl->total_vfs + 1), flags, tci);
	return SDPU_ST_OK;
}

static u16 sdpu_op_eswitch(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_eswitch *e = in;
	u16 mode = le16_to_cpu(e->mode);

	if (memchr_inv(e->reserved, 0, sizeof(e->reserved)))
		return SDPU_ST_RESERVED;
	if (mode > SDPU_ESWITCH_SWITCHDEV)
		return SDPU_ST_PARAM;
	ctl->hooks->eswitch(ctl->priv, mode);
	return SDPU_ST_OK;
}

/* Copy a rule from the driver's memory, and look at nothing but the copy. */
static u16 sdpu_ctl_fetch_rule(u64 dma, struct sdpu_ctrl_rule *rule, u32 len)
{
	const void *from = sdpu_prim_dma_virt(dma);

	if (len != sizeof(*rule) && len != SDPU_RULE_SIZE_1_6)
		return SDPU_ST_LENGTH;
	if (!dma || !from || !sdpu_prim_dma_virt(dma + len - 1))
		return SDPU_ST_ADDRESS;
	sdpu_prim_snapshot(rule, from, len);
	memset((u8 *)rule + len, 0, sizeof(*rule) - len);
	return SDPU_ST_OK;
}

/* Decode the number of a rule. */
static u16 sdpu_ctl_rule_id(struct sdpu_ctl *ctl, const struct sdpu_ctrl_rule_id *in, u32 *id)
{
	*id = le32_to_cpu(in->id);
	return *id >= ctl->max_rules ? SDPU_ST_INDEX : SDPU_ST_OK;
}

/* Of an opcode that needs no more than that. */
static u16 sdpu_ctl_rule_only(struct sdpu_ctl *ctl, const struct sdpu_ctrl_rule_id *in, u32 *id)
{
	return in->buf_len ? SDPU_ST_RESERVED : sdpu_ctl_rule_id(ctl, in, id);
}

static u16 sdpu_op_rule_add(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	const struct sdpu_ctrl_rule_id *r = in;
	struct sdpu_ctrl_rule rule;
	u16 status;
	u32 id;

	status = sdpu_ctl_rule_id(ctl, r, &id);
	if (status == SDPU_ST_OK)
		status = sdpu_ctl_fetch_rule(buf, &rule, le32_to_cpu(r->buf_len));
	if (status == SDPU_ST_OK)
		status = sdpu_rule_check(&rule, ctl->total_vfs);
	return status == SDPU_ST_OK ? ctl->hooks->rule_add(ctl->priv, id, &rule) : status;
}

static u16 sdpu_op_rule_del(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	u32 id;
	u16 status = sdpu_ctl_rule_only(ctl, in, &id);

	return status == SDPU_ST_OK ? ctl->hooks->rule_del(ctl->priv, id) : status;
}

static u16 sdpu_op_rule_stats(struct sdpu_ctl *ctl, const void *in, void *out, u64 buf)
{
	u32 id;
	u16 status = sdpu_ctl_rule_only(ctl, in, &id);

	return status == SDPU_ST_OK ? ctl->hooks->rule_stats(ctl->priv, id, out) : status;
}

#define OP(op, in_t, out_t, types_, states_, buf_, fn) \
	{ .opcode = SDPU_OP_##op, .in = in_t, .out = out_t, .types = types_, \
	  .states = states_, .buf = buf_, .run = fn }

static const struct sdpu_opcode sdpu_opcodes[] = {
	OP(IDENTIFY, 0, sizeof(struct sdpu_ctrl_identify), PF | VF, ANY, false, sdpu_op_identify),
	OP(STATS, sizeof(struct sdpu_ctrl_stats_get), 0, PF | VF, ANY, true, sdpu_op_stats),
	OP(DEV_CREATE, sizeof(struct sdpu_ctrl_dev_create), 0, VF, NONE, false,
	   sdpu_op_dev_create),
	OP(DEV_DESTROY, 0, 0, VF, DEV, false, sdpu_op_dev_destroy),
	OP(DEV_SET, sizeof(struct sdpu_ctrl_dev_set), 0, VF, SETUP | RUN, false,
	   sdpu_op_dev_set),
	OP(FEATURES_SET, sizeof(struct sdpu_ctrl_features_set), 0, VF, SETUP, false,
	   sdpu_op_features_set),
	OP(STATUS_SET, sizeof(struct sdpu_ctrl_status), sizeof(struct sdpu_ctrl_status), VF, DEV,
	   false, sdpu_op_status_set),
	OP(SUSPEND, 0, 0, VF, RUN, false, sdpu_op_suspend),
	OP(RESUME, 0, 0, VF, SUSP, false, sdpu_op_resume),
	OP(QUEUE_CREATE, sizeof(struct sdpu_ctrl_queue_create), 0, VF, DEV, false,
	   sdpu_op_queue_create),
	OP(QUEUE_DESTROY, sizeof(struct sdpu_ctrl_queue_index),
	   sizeof(struct sdpu_ctrl_queue_state), VF, DEV, false, sdpu_op_queue_destroy),
	OP(QUEUE_ENABLE, sizeof(struct sdpu_ctrl_queue_index), 0, VF, DEV, false,
	   sdpu_op_queue_enable),
	OP(QUEUE_QUERY, sizeof(struct sdpu_ctrl_queue_index),
	   sizeof(struct sdpu_ctrl_queue_state), VF, DEV, false, sdpu_op_queue_query),
	OP(AS_SET, sizeof(struct sdpu_ctrl_as_set), 0, VF, ANY, false, sdpu_op_as_set),
	OP(AS_INVALIDATE, sizeof(struct sdpu_ctrl_as_invalidate), 0, VF, ANY, false,
	   sdpu_op_as_invalidate),
	OP(GROUP_SET, sizeof(struct sdpu_ctrl_group_set), 0, VF, SETUP, false, sdpu_op_group_set),
	OP(PORT_SET, sizeof(struct sdpu_ctrl_port_set), 0, PF, ANY, false, sdpu_op_port_set),
	OP(PORT_FILTER, sizeof(struct sdpu_ctrl_port_filter), 0, PF, ANY, false,
	   sdpu_op_port_filter),
	OP(VF_LINK, sizeof(struct sdpu_ctrl_vf_link), 0, PF, ANY, false, sdpu_op_vf_link),
	OP(ESWITCH, sizeof(struct sdpu_ctrl_eswitch), 0, PF, ANY, false, sdpu_op_eswitch),
	OP(VF_MAC, sizeof(struct sdpu_ctrl_vf_mac), 0, PF, ANY, false, sdpu_op_vf_mac),
	OP(VF_RATE, sizeof(struct sdpu_ctrl_vf_rate), 0, PF, ANY, false, sdpu_op_vf_rate),
	OP(GROUP_RATE, sizeof(struct sdpu_ctrl_group_rate), 0, PF, ANY, false,
	   sdpu_op_group_rate),
	OP(VF_POLICY, sizeof(struct sdpu_ctrl_vf_policy), 0, PF, ANY, false, sdpu_op_vf_policy),
	OP(RULE_ADD, sizeof(struct sdpu_ctrl_rule_id), 0, PF, ANY, true, sdpu_op_rule_add),
	OP(RULE_DEL, sizeof(struct sdpu_ctrl_rule_id), 0, PF, ANY, false, sdpu_op_rule_del),
	OP(RULE_STATS, sizeof(struct sdpu_ctrl_rule_id), sizeof(struct sdpu_ctrl_rule_stats), PF,
	   ANY, false, sdpu_op_rule_stats),
};

static const struct sdpu_opcode *sdpu_ctl_find(u16 opcode)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sdpu_opcodes); i++)
		if (sdpu_opcodes[i].opcode == opcode)
			return &sdpu_opcodes[i];
	return NULL;
}

static u16 sdpu_ctl_check(const struct sdpu_ctl *ctl, const struct sdpu_opcode *op,
			  const struct sdpu_ctrl_cmd *cmd)
{
	if (!op || !(op->types & BIT(ctl->type)))
		return SDPU_ST_OPCODE;
	if (cmd->version != SDPU_CTRL_VERSION_MAJOR)
		return SDPU_ST_VERSION;
	if (le16_to_cpu(cmd->len) != op->in)
		return SDPU_ST_LENGTH;
	if (cmd->flags || memchr_inv(cmd->payload + op->in, 0, sizeof(cmd->payload) - op->in))
		return SDPU_ST_RESERVED;
	if (!op->buf && cmd->buf)
		return SDPU_ST_RESERVED;
	if (!(op->states & BIT(ctl->state)))
		return SDPU_ST_STATE;
	return SDPU_ST_OK;
}

void sdpu_ctl_execute(struct sdpu_ctl *ctl, const struct sdpu_ctrl_cmd *cmd,
		      struct sdpu_ctrl_cqe *cqe)
{
	const struct sdpu_opcode *op = sdpu_ctl_find(le16_to_cpu(cmd->opcode));
	u16 status = sdpu_ctl_check(ctl, op, cmd);

	memset(cqe, 0, sizeof(*cqe));
	cqe->opcode = cmd->opcode;
	cqe->tag = cmd->tag;
	if (status == SDPU_ST_OK)
		status = op->run(ctl, cmd->payload, cqe->payload, le64_to_cpu(cmd->buf));
	cqe->status = cpu_to_le16(status);
	if (status == SDPU_ST_OK)
		cqe->len = cpu_to_le16(op->out);
	else
		memset(cqe->payload, 0, sizeof(cqe->payload));
}
