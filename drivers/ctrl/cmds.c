// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands, one function an opcode: values in, little-endian bytes out,
 * and back. Output is taken only if it has the size that the opcode demands.
 */
#include <linux/etherdevice.h>
#include <linux/export.h>
#include <linux/if_vlan.h>
#include <linux/iopoll.h>

#include "cmds.h"
#include "internal.h"

/* Between two looks at SDPU_REG_AS_INVALIDATE, and for how long. */
#define SDPU_AS_POLL_US		10
#define SDPU_AS_TIMEOUT_US	(10 * USEC_PER_SEC)

/* sdpu_cmd_identify - SDPU_OP_IDENTIFY, undigested: see identity.c */
int sdpu_cmd_identify(struct sdpu_ctrl *ctrl, struct sdpu_ctrl_identify *out)
{
	return sdpu_ctrl_exec(ctrl, SDPU_OP_IDENTIFY, NULL, 0, out, sizeof(*out));
}

/**
 * sdpu_cmd_dev_create - make the virtio device of a VF
 * @ctrl: the VF
 * @attrs: what it shall be
 *
 * Context: may sleep.
 * Return: 0; -EEXIST if there is one, -EADDRINUSE if the MAC is taken, or
 * another negative errno.
 */
int sdpu_cmd_dev_create(struct sdpu_ctrl *ctrl, const struct sdpu_dev_attrs *attrs)
{
	struct sdpu_ctrl_dev_create in = {
		.features = cpu_to_le64(attrs->features),
		.mtu = cpu_to_le16(attrs->mtu),
		.max_vqp = cpu_to_le16(attrs->max_vqp),
		.valid = cpu_to_le16((attrs->mac_valid ? SDPU_DEV_MAC : 0) |
				     (attrs->mtu ? SDPU_DEV_MTU : 0)),
	};

	if (attrs->mac_valid)
		ether_addr_copy(in.mac, attrs->mac);

	return sdpu_ctrl_exec(ctrl, SDPU_OP_DEV_CREATE, &in, sizeof(in), NULL, 0);
}
EXPORT_SYMBOL_GPL(sdpu_cmd_dev_create);

/**
 * sdpu_cmd_dev_destroy - unmake the virtio device of a VF
 * @ctrl: the VF
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_cmd_dev_destroy(struct sdpu_ctrl *ctrl)
{
	return sdpu_ctrl_exec(ctrl, SDPU_OP_DEV_DESTROY, NULL, 0, NULL, 0);
}
EXPORT_SYMBOL_GPL(sdpu_cmd_dev_destroy);

/**
 * sdpu_cmd_dev_set_mac - give the virtio device another address
 * @ctrl: the VF
 * @mac: the address
 *
 * Context: may sleep.
 * Return: 0, -EADDRINUSE, or another negative errno.
 */
int sdpu_cmd_dev_set_mac(struct sdpu_ctrl *ctrl, const u8 *mac)
{
	struct sdpu_ctrl_dev_set in = {
		.valid = cpu_to_le16(SDPU_DEV_MAC),
	};

	ether_addr_copy(in.mac, mac);

	return sdpu_ctrl_exec(ctrl, SDPU_OP_DEV_SET, &in, sizeof(in), NULL, 0);
}
EXPORT_SYMBOL_GPL(sdpu_cmd_dev_set_mac);

/**
 * sdpu_cmd_features_set - tell the features that the virtio driver accepted
 * @ctrl: the VF
 * @features: a subset of those offered
 *
 * Context: may sleep.
 * Return: 0, -EINVAL if the card does not like them, or another negative errno.
 */
int sdpu_cmd_features_set(struct sdpu_ctrl *ctrl, u64 features)
{
	struct sdpu_ctrl_features_set in = {
		.features = cpu_to_le64(features),
	};

	return sdpu_ctrl_exec(ctrl, SDPU_OP_FEATURES_SET, &in, sizeof(in), NULL, 0);
}
EXPORT_SYMBOL_GPL(sdpu_cmd_features_set);

/**
 * sdpu_cmd_status_set - write the virtio device status
 * @ctrl: the VF
 * @status: VIRTIO_CONFIG_S_*; 0 resets
 * @result: the status afterwards, FEATURES_OK may be missing; may be NULL
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_cmd_status_set(struct sdpu_ctrl *ctrl, u8 status, u8 *result)
{
	struct sdpu_ctrl_status in = {
		.status = status,
	};
	struct sdpu_ctrl_status out;
	int ret;

	ret = sdpu_ctrl_exec(ctrl, SDPU_OP_STATUS_SET, &in, sizeof(in), &out, sizeof(out));
	if (!ret && result)
		*result = out.status;

	return ret;
}
EXPORT_SYMBOL_GPL(sdpu_cmd_status_set);

/**
 * sdpu_cmd_suspend - stop all queues with nothing in flight
 * @ctrl: the VF
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_cmd_suspend(struct sdpu_ctrl *ctrl)
{
	return sdpu_ctrl_exec(ctrl, SDPU_OP_SUSPEND, NULL, 0, NULL, 0);
}
EXPORT_SYMBOL_GPL(sdpu_cmd_suspend);

/**
 * sdpu_cmd_resume - go on after sdpu_cmd_suspend()
 * @ctrl: the VF
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_cmd_resume(struct sdpu_ctrl *ctrl)
{
	return sdpu_ctrl_exec(ctrl, SDPU_OP_RESUME, NULL, 0, NULL, 0);
}
EXPORT_SYMBOL_GPL(sdpu_cmd_resume);

/**
 * sdpu_cmd_queue_create - make a virtqueue
 * @batch: batch that the command joins
 * @index: which one
 * @attrs: where its rings are and where it goes on
 *
 * Context: may sleep.
 */
void sdpu_cmd_queue_create(struct sdpu_batch *batch, u16 index,
			   const struct sdpu_queue_attrs *attrs)
{
	struct sdpu_ctrl_queue_create in = {
		.index = cpu_to_le16(index),
		.flags = cpu_to_le16(attrs->enabled ? SDPU_QUEUE_ENABLED : 0),
		.size = cpu_to_le32(attrs->size),
		.desc = cpu_to_le64(attrs->desc),
		.driver = cpu_to_le64(attrs->driver),
		.device = cpu_to_le64(attrs->device),
		.avail = cpu_to_le16(attrs->avail),
		.used = cpu_to_le16(attrs->used),
	};

	sdpu_batch_add(batch, SDPU_OP_QUEUE_CREATE, &in, sizeof(in));
}
EXPORT_SYMBOL_GPL(sdpu_cmd_queue_create);

/**
 * sdpu_cmd_queue_destroy - unmake a virtqueue
 * @batch: batch that the command joins
 * @index: which one
 *
 * Context: may sleep.
 */
void sdpu_cmd_queue_destroy(struct sdpu_batch *batch, u16 index)
{
	struct sdpu_ctrl_queue_index in = {
		.index = cpu_to_le16(index),
	};

	sdpu_batch_add(batch, SDPU_OP_QUEUE_DESTROY, &in, sizeof(in));
}
EXPORT_SYMBOL_GPL(sdpu_cmd_queue_destroy);

/**
 * sdpu_cmd_queue_enable - start or stop a virtqueue
 * @batch: batch that the command joins
 * @index: which one
 * @enable: start it
 *
 * Context: may sleep.
 */
void sdpu_cmd_queue_enable(struct sdpu_batch *batch, u16 index, bool enable)
{
	struct sdpu_ctrl_queue_index in = {
		.index = cpu_to_le16(index),
		.enable = cpu_to_le16(enable),
	};

	sdpu_batch_add(batch, SDPU_OP_QUEUE_ENABLE, &in, sizeof(in));
}
EXPORT_SYMBOL_GPL(sdpu_cmd_queue_enable);

/**
 * sdpu_cmd_queue_query - how far is a virtqueue?
 * @ctrl: the VF
 * @index: which one
 * @state: the answer
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_cmd_queue_query(struct sdpu_ctrl *ctrl, u16 index, struct sdpu_queue_state *state)
{
	struct sdpu_ctrl_queue_index in = {
		.index = cpu_to_le16(index),
	};
	struct sdpu_ctrl_queue_state out;
	int ret;

	ret = sdpu_ctrl_exec(ctrl, SDPU_OP_QUEUE_QUERY, &in, sizeof(in), &out, sizeof(out));
	if (ret)
		return ret;

	state->avail = le16_to_cpu(out.avail);
	state->used = le16_to_cpu(out.used);
	state->enabled = le16_to_cpu(out.flags) & SDPU_QUEUE_ENABLED;
	state->broken = le16_to_cpu(out.broken);

	return 0;
}
EXPORT_SYMBOL_GPL(sdpu_cmd_queue_query);

/**
 * sdpu_cmd_as_set - what an address space maps
 * @ctrl: the VF
 * @asid: which one
 * @mode: SDPU_AS_*
 * @root: DMA address of the top-level table, zero unless SDPU_AS_TABLE
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_cmd_as_set(struct sdpu_ctrl *ctrl, u16 asid, u16 mode, u64 root)
{
	struct sdpu_ctrl_as_set in = {
		.asid = cpu_to_le16(asid),
		.mode = cpu_to_le16(mode),
		.root = cpu_to_le64(root),
	};

	return sdpu_ctrl_exec(ctrl, SDPU_OP_AS_SET, &in, sizeof(in), NULL, 0);
}
EXPORT_SYMBOL_GPL(sdpu_cmd_as_set);

static int sdpu_as_register_write(struct sdpu_ctrl *ctrl, u16 asid)
{
	u32 left;
	int ret;

	sdpu_ctrl_write(ctrl, SDPU_REG_AS_INVALIDATE, asid);
	/* a card has as long for this as for a command; ours is done by now */
	ret = read_poll_timeout(sdpu_ctrl_read, left, !left || left == ~0u, SDPU_AS_POLL_US,
				SDPU_AS_TIMEOUT_US, false, ctrl, SDPU_REG_AS_INVALIDATE);

	return left == ~0u ? -ENODEV : ret;
}

/**
 * sdpu_cmd_as_invalidate - wait until the card has forgotten a range
 * @ctrl: the VF
 * @asid: address space
 * @iova: first address
 * @last: last address, inclusive
 *
 * Where there is a register for it that takes all addresses of the space, and no time.
 *
 * Context: may sleep.
 * Return: 0 or a negative errno. After -ETIMEDOUT the card may still access
 * the range.
 */
int sdpu_cmd_as_invalidate(struct sdpu_ctrl *ctrl, u16 asid, u64 iova, u64 last)
{
	struct sdpu_ctrl_as_invalidate in = {
		.asid = cpu_to_le16(asid),
		.iova = cpu_to_le64(iova),
		.last = cpu_to_le64(last),
	};

	if (ctrl->identity.as_register)
		return sdpu_as_register_write(ctrl, asid);

	return sdpu_ctrl_exec(ctrl, SDPU_OP_AS_INVALIDATE, &in, sizeof(in), NULL, 0);
}
EXPORT_SYMBOL_GPL(sdpu_cmd_as_invalidate);

/**
 * sdpu_cmd_group_set - which address space a virtqueue group uses
 * @ctrl: the VF
 * @group: the group
 * @asid: the address space
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_cmd_group_set(struct sdpu_ctrl *ctrl, u16 group, u16 asid)
{
	struct sdpu_ctrl_group_set in = {
		.group = cpu_to_le16(group),
		.asid = cpu_to_le16(asid),
	};

	return sdpu_ctrl_exec(ctrl, SDPU_OP_GROUP_SET, &in, sizeof(in), NULL, 0);
}
EXPORT_SYMBOL_GPL(sdpu_cmd_group_set);

/**
 * sdpu_cmd_port_set_mac - give the PF another address
 * @ctrl: the PF
 * @mac: the address
 *
 * Context: may sleep.
 * Return: 0, -EADDRINUSE, or another negative errno.
 */
int sdpu_cmd_port_set_mac(struct sdpu_ctrl *ctrl, const u8 *mac)
{
	struct sdpu_ctrl_port_set in = {
		.valid = cpu_to_le16(SDPU_PORT_MAC),
	};

	ether_addr_copy(in.mac, mac);

	return sdpu_ctrl_exec(ctrl, SDPU_OP_PORT_SET, &in, sizeof(in), NULL, 0);
}

/**
 * sdpu_cmd_port_set_mtu - give the PF another MTU
 * @ctrl: the PF
 * @mtu: the MTU
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_cmd_port_set_mtu(struct sdpu_ctrl *ctrl, u16 mtu)
{
	struct sdpu_ctrl_port_set in = {
		.mtu = cpu_to_le16(mtu),
		.valid = cpu_to_le16(SDPU_PORT_MTU),
	};

	return sdpu_ctrl_exec(ctrl, SDPU_OP_PORT_SET, &in, sizeof(in), NULL, 0);
}

/**
 * sdpu_cmd_port_set_flags - what the PF receives
 * @ctrl: the PF
 * @flags: SDPU_PORT_UP, _PROMISC, _ALLMULTI
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_cmd_port_set_flags(struct sdpu_ctrl *ctrl, u16 flags)
{
	struct sdpu_ctrl_port_set in = {
		.valid = cpu_to_le16(SDPU_PORT_FLAGS),
		.flags = cpu_to_le16(flags),
	};

	return sdpu_ctrl_exec(ctrl, SDPU_OP_PORT_SET, &in, sizeof(in), NULL, 0);
}

/**
 * sdpu_cmd_port_filter - add or remove an address that the PF receives
 * @ctrl: the PF
 * @mac: the address
 * @add: add it
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM if the card has no room for another, or another negative
 * errno.
 */
int sdpu_cmd_port_filter(struct sdpu_ctrl *ctrl, const u8 *mac, bool add)
{
	struct sdpu_ctrl_port_filter in = {
		.add = cpu_to_le16(add),
	};

	ether_addr_copy(in.mac, mac);

	return sdpu_ctrl_exec(ctrl, SDPU_OP_PORT_FILTER, &in, sizeof(in), NULL, 0);
}

/**
 * sdpu_cmd_vf_link - what the link of a VF is to be
 * @ctrl: the PF
 * @vf: number of the VF, from 1
 * @link: SDPU_VF_LINK_*
 *
 * Context: may sleep.
 * Return: 0, -EOPNOTSUPP from cards before version 1.3, or another negative errno.
 */
int sdpu_cmd_vf_link(struct sdpu_ctrl *ctrl, unsigned int vf, u16 link)
{
	struct sdpu_ctrl_vf_link in = {
		.vf = cpu_to_le16(vf),
		.link = cpu_to_le16(link),
	};

	return sdpu_ctrl_exec(ctrl, SDPU_OP_VF_LINK, &in, sizeof(in), NULL, 0);
}

/**
 * sdpu_cmd_vf_mac - the address that a VF's devices are made with
 * @ctrl: the PF
 * @vf: number of the VF, from 1
 * @mac: the address; zero: the one that the card has for it
 *
 * Context: may sleep.
 * Return: 0, -EOPNOTSUPP from cards before version 1.5, or another negative errno.
 */
int sdpu_cmd_vf_mac(struct sdpu_ctrl *ctrl, unsigned int vf, const u8 *mac)
{
	struct sdpu_ctrl_vf_mac in = { .vf = cpu_to_le16(vf) };

	ether_addr_copy(in.mac, mac);

	return sdpu_ctrl_exec(ctrl, SDPU_OP_VF_MAC, &in, sizeof(in), NULL, 0);
}

/**
 * sdpu_cmd_vf_rate - how fast a VF may send
 * @ctrl: the PF
 * @vf: number of the VF, from 1
 * @rate: its rates, and its group
 *
 * Context: may sleep.
 * Return: 0, -EOPNOTSUPP from cards before version 1.7, or another negative errno.
 */
int sdpu_cmd_vf_rate(struct sdpu_ctrl *ctrl, unsigned int vf, const struct sdpu_vf_rate *rate)
{
	struct sdpu_ctrl_vf_rate in = {
		.vf = cpu_to_le16(vf),
		.group = cpu_to_le16(rate->group),
		.tx_max = cpu_to_le64(rate->tx_max),
		.tx_share = cpu_to_le64(rate->tx_share),
	};

	return sdpu_ctrl_exec(ctrl, SDPU_OP_VF_RATE, &in, sizeof(in), NULL, 0);
}

/**
 * sdpu_cmd_group_rate - how fast the VFs of a group may send together
 * @ctrl: the PF
 * @group: its number, from 1
 * @tx_max: in bytes a second, 0: any
 *
 * Context: may sleep.
 * Return: 0, -EOPNOTSUPP from cards before version 1.7, or another negative errno.
 */
int sdpu_cmd_group_rate(struct sdpu_ctrl *ctrl, u16 group, u64 tx_max)
{
	struct sdpu_ctrl_group_rate in = {
		.group = cpu_to_le16(group),
		.tx_max = cpu_to_le64(tx_max),
	};

	return sdpu_ctrl_exec(ctrl, SDPU_OP_GROUP_RATE, &in, sizeof(in), NULL, 0);
}

/**
 * sdpu_cmd_vf_policy - what is demanded of a VF
 * @ctrl: the PF
 * @vf: number of the VF, from 1
 * @policy: that
 *
 * Frames that the VF sends may be treated as before until it has succeeded.
 *
 * Context: may sleep.
 * Return: 0, -EOPNOTSUPP from cards before version 1.7, or another negative errno.
 */
int sdpu_cmd_vf_policy(struct sdpu_ctrl *ctrl, unsigned int vf,
		       const struct sdpu_vf_policy *policy)
{
	struct sdpu_ctrl_vf_policy in = { .vf = cpu_to_le16(vf) };
	u16 flags = 0;

	if (policy->vlan) {
		flags |= SDPU_VF_TAG;
		in.vlan_tci = cpu_to_le16(policy->qos << VLAN_PRIO_SHIFT | policy->vlan);
	}
	if (policy->spoof_check)
		flags |= SDPU_VF_SPOOF_CHECK;
	if (policy->untrusted)
		flags |= SDPU_VF_UNTRUSTED;
	in.flags = cpu_to_le16(flags);

	return sdpu_ctrl_exec(ctrl, SDPU_OP_VF_POLICY, &in, sizeof(in), NULL, 0);
}

/**
 * sdpu_cmd_eswitch - who forwards
 * @ctrl: the PF
 * @mode: SDPU_ESWITCH_*
 *
 * Nothing is forwarded as before once it has succeeded.
 *
 * Context: may sleep.
 * Return: 0, -EOPNOTSUPP from cards before version 1.4, or another negative errno.
 */
int sdpu_cmd_eswitch(struct sdpu_ctrl *ctrl, u16 mode)
{
	struct sdpu_ctrl_eswitch in = { .mode = cpu_to_le16(mode) };

	return sdpu_ctrl_exec(ctrl, SDPU_OP_ESWITCH, &in, sizeof(in), NULL, 0);
}

/**
 * sdpu_cmd_rule_add - a rule more
 * @ctrl: the PF
 * @id: its number, below the identity's max_rules
 * @rule: the rule
 *
 * Of rules that take the same frames with the same priority the last one counts. Cards before
 * version 1.8 take those of chain 0 without connections.
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM if the card has no room for another, or another negative errno.
 */
int sdpu_cmd_rule_add(struct sdpu_ctrl *ctrl, u32 id, const struct sdpu_ctrl_rule *rule)
{
	struct sdpu_ctrl_rule_id in = { .id = cpu_to_le32(id) };
	struct sdpu_buf_data data = { .give = rule, .size = sizeof(*rule) };

	/* what every card takes */
	if (!memchr_inv((const u8 *)rule + SDPU_RULE_SIZE_1_6, 0,
			sizeof(*rule) - SDPU_RULE_SIZE_1_6))
		data.size = SDPU_RULE_SIZE_1_6;
	in.buf_len = cpu_to_le32(data.size);

	return sdpu_ctrl_exec_buf(ctrl, SDPU_OP_RULE_ADD, &in, sizeof(in), &data);
}

/**
 * sdpu_cmd_rule_del - a rule less
 * @ctrl: the PF
 * @id: its number
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_cmd_rule_del(struct sdpu_ctrl *ctrl, u32 id)
{
	struct sdpu_ctrl_rule_id in = { .id = cpu_to_le32(id) };

	return sdpu_ctrl_exec(ctrl, SDPU_OP_RULE_DEL, &in, sizeof(in), NULL, 0);
}

/**
 * sdpu_cmd_rule_stats - what a rule has taken
 * @ctrl: the PF
 * @id: its number
 * @stats: to fill in
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_cmd_rule_stats(struct sdpu_ctrl *ctrl, u32 id, struct sdpu_rule_stats *stats)
{
	struct sdpu_ctrl_rule_id in = { .id = cpu_to_le32(id) };
	struct sdpu_ctrl_rule_stats out;
	int ret;

	ret = sdpu_ctrl_exec(ctrl, SDPU_OP_RULE_STATS, &in, sizeof(in), &out, sizeof(out));
	if (ret)
		return ret;
	stats->packets = le64_to_cpu(out.packets);
	stats->bytes = le64_to_cpu(out.bytes);
	stats->idle = le64_to_cpu(out.idle);

	return 0;
}
