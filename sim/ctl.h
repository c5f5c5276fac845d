/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control processor: what the card does with a command of the admin queue.
 * A pure state machine: bytes in, bytes out, and calls to hooks, which are
 * handed numbers that have been bounded. It runs unchanged in user space.
 *
 * One command at a time a function: the caller serialises.
 */
#ifndef _SDPU_SIM_CTL_H
#define _SDPU_SIM_CTL_H

#include "prim.h"
#include <linux/bitmap.h>
#include <softdpu/ctrl.h>

struct sdpu_vring_attrs;

/* Virtqueue groups: buffers and areas of the data virtqueues, all of the control virtqueue. */
#define SDPU_GROUP_DATA		0
#define SDPU_GROUP_AREAS	1
#define SDPU_GROUP_CVQ		2
#define SDPU_NUM_GROUPS		3
#define SDPU_NUM_AS		3

/**
 * enum sdpu_ctl_state - where the virtio device of a function is
 * @SDPU_CTL_NONE: there is none
 * @SDPU_CTL_SETUP: exists, DRIVER_OK is not set
 * @SDPU_CTL_RUN: DRIVER_OK
 * @SDPU_CTL_SUSPENDED: DRIVER_OK, but nothing moves
 */
enum sdpu_ctl_state {
	SDPU_CTL_NONE,
	SDPU_CTL_SETUP,
	SDPU_CTL_RUN,
	SDPU_CTL_SUSPENDED,
};

struct sdpu_ctl_dev_attrs {
	u64 features;
	u8 mac[6];
	bool mac_valid;
	u16 mtu;
	u16 max_vqp;
};

struct sdpu_ctl_queue_state {
	u16 avail;
	u16 used;
	bool enabled;
	u16 broken;
};

/**
 * struct sdpu_ctl_hooks - what the processor tells the card to do
 * @identify: fill in the identity
 * @stats: write counters of the port, of a VF's (PF), or of a queue to @dma, @len bytes at
 *	most
 * @dev_create: make the virtio device
 * @dev_destroy: remove it
 * @dev_set_mac: give it another address
 * @features_set: the driver accepted these features
 * @reset: virtio reset: queues gone, nothing negotiated
 * @run: queues that are enabled may run, or stop: then nothing is in flight
 * @queue_create: make a queue
 * @queue_destroy: remove it, and say where it stopped
 * @queue_enable: let it run, or stop it
 * @queue_query: say where it is
 * @as_set: change the mode or root of an address space
 * @as_invalidate: forget a range; nobody uses it when this returns
 * @group_set: put a group of queues into an address space
 * @groups_reset: all of them into address space 0, and the areas with their buffers
 * @port_set: PF: address, MTU, flags
 * @port_filter: PF: one address more or less
 * @vf_link: PF: SDPU_VF_LINK_* of a VF, from 1
 * @eswitch: PF: SDPU_ESWITCH_*
 * @vf_mac: PF: the address of a VF, from 1; zero: none but the card's
 * @vf_rate: PF: rates of a VF, from 1, and its group, in bytes a second, 0: none
 * @group_rate: PF: the rate of a group, from 1; likewise
 * @vf_policy: PF: what is demanded of a VF, from 1: SDPU_VF_*, and its VLAN tag
 * @rule_add: PF: a rule more, which sdpu_rule_check() has passed
 * @rule_del: PF: a rule less
 * @rule_stats: PF: what a rule took
 *
 * All return a completion status, SDPU_ST_*, where they return anything. The
 * processor calls them only in the states and with the ranges that
 * Documentation/control-path.rst allows.
 */
struct sdpu_ctl_hooks {
	void (*identify)(void *priv, struct sdpu_ctrl_identify *out);
	u16 (*stats)(void *priv, u16 kind, u16 index, u64 dma, u32 len);
	u16 (*dev_create)(void *priv, const struct sdpu_ctl_dev_attrs *attrs);
	void (*dev_destroy)(void *priv);
	u16 (*dev_set_mac)(void *priv, const u8 *mac);
	void (*features_set)(void *priv, u64 features);
	void (*reset)(void *priv);
	void (*run)(void *priv, bool run);
	u16 (*queue_create)(void *priv, u16 index, const struct sdpu_vring_attrs *attrs,
			    bool enable);
	void (*queue_destroy)(void *priv, u16 index, struct sdpu_ctl_queue_state *state);
	void (*queue_enable)(void *priv, u16 index, bool enable);
	void (*queue_query)(void *priv, u16 index, struct sdpu_ctl_queue_state *state);
	u16 (*as_set)(void *priv, u16 asid, u16 mode, u64 root);
	void (*as_invalidate)(void *priv, u16 asid, u64 iova, u64 last);
	void (*group_set)(void *priv, u16 group, u16 asid);
	void (*groups_reset)(void *priv);
	u16 (*port_set)(void *priv, const u8 *mac, u16 mtu, u16 valid, u16 flags);
	u16 (*port_filter)(void *priv, const u8 *mac, bool add);
	void (*vf_link)(void *priv, u16 vf, u16 link);
	void (*eswitch)(void *priv, u16 mode);
	void (*vf_mac)(void *priv, u16 vf, const u8 *mac);
	void (*vf_rate)(void *priv, u16 vf, u16 group, u64 max, u64 share);
	void (*group_rate)(void *priv, u16 group, u64 max);
	void (*vf_policy)(void *priv, u16 vf, u16 flags, u16 tci);
	u16 (*rule_add)(void *priv, u32 id, const struct sdpu_ctrl_rule *rule);
	u16 (*rule_del)(void *priv, u32 id);
	u16 (*rule_stats)(void *priv, u32 id, struct sdpu_ctrl_rule_stats *out);
};

/**
 * struct sdpu_ctl - control processor of one function
 * @hooks: what to call
 * @priv: their argument
 * @type: SDPU_FUNCTION_PF or _VF
 * @available: virtio features that a device may offer
 * @max_vqp: queue pairs that a device may have
 * @total_vfs: VFs of the card (PF)
 * @max_rules: rules of the card (PF)
 * @rate_groups: groups of VFs that share a rate (PF)
 * @state: of the virtio device
 * @offered: virtio features that the device offers
 * @features: virtio features that the driver accepted
 * @status: virtio device status as the driver wrote it
 * @dev_vqp: queue pairs of the device
 * @queue_exists: which queues were created
 */
struct sdpu_ctl {
	const struct sdpu_ctl_hooks *hooks;
	void *priv;
	u8 type;
	u64 available;
	u16 max_vqp;
	u16 total_vfs;
	u32 max_rules;
	u16 rate_groups;
	enum sdpu_ctl_state state;
	u64 offered;
	u64 features;
	u8 status;
	u16 dev_vqp;
	DECLARE_BITMAP(queue_exists, SDPU_MAX_QUEUES);
};

/*
 * Execute @cmd, which the caller has copied out of shared memory. Fills every
 * field of @cqe but its phase.
 */
void sdpu_ctl_execute(struct sdpu_ctl *ctl, const struct sdpu_ctrl_cmd *cmd,
		      struct sdpu_ctrl_cqe *cqe);

/* The function is reset: no virtio device any more. */
void sdpu_ctl_reset(struct sdpu_ctl *ctl);

/* Index of the control virtqueue (virtio 1.3, 5.1.2), or -1. */
int sdpu_ctl_cvq(const struct sdpu_ctl *ctl);

/* Are @features a set that the virtio specification allows (5.1.3.1)? */
bool sdpu_features_valid(u64 features);

#endif /* _SDPU_SIM_CTL_H */
