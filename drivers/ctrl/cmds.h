/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of the control path, one function an opcode. All of them sleep,
 * unless they take a batch: these only post, sdpu_batch_wait() has the result.
 */
#ifndef _SDPU_DRV_CMDS_H
#define _SDPU_DRV_CMDS_H

#include <linux/if_ether.h>
#include <linux/types.h>
#include <softdpu/ctrl.h>

struct sdpu_batch;
struct sdpu_ctrl;

/* What a virtio device is made of; mac and mtu may be left to the card. */
struct sdpu_dev_attrs {
	u64 features;
	u16 max_vqp;
	u16 mtu;		/* 0: the card's default */
	bool mac_valid;
	u8 mac[ETH_ALEN];
};

/* Where a virtqueue is and where it goes on; see struct sdpu_ctrl_queue_create. */
struct sdpu_queue_attrs {
	u32 size;
	u64 desc;
	u64 driver;
	u64 device;
	u16 avail;
	u16 used;
	bool enabled;
};

struct sdpu_queue_state {
	u16 avail;
	u16 used;
	bool enabled;
	u16 broken;		/* SDPU_BROKEN_* */
};

/* How fast a VF may send, in bytes a second, 0: any; @group: 0: of none. */
struct sdpu_vf_rate {
	u64 tx_max;
	u64 tx_share;
	u16 group;
};

/* What is demanded of a VF; @vlan: 0: none. */
struct sdpu_vf_policy {
	u16 vlan;
	u8 qos;
	bool spoof_check;
	bool untrusted;
};

/* What a rule has taken; @idle is in milliseconds, U64_MAX if that is nothing. */
struct sdpu_rule_stats {
	u64 packets;
	u64 bytes;
	u64 idle;
};

int sdpu_cmd_dev_create(struct sdpu_ctrl *ctrl, const struct sdpu_dev_attrs *attrs);
int sdpu_cmd_dev_destroy(struct sdpu_ctrl *ctrl);
int sdpu_cmd_dev_set_mac(struct sdpu_ctrl *ctrl, const u8 *mac);
int sdpu_cmd_features_set(struct sdpu_ctrl *ctrl, u64 features);
int sdpu_cmd_status_set(struct sdpu_ctrl *ctrl, u8 status, u8 *result);
int sdpu_cmd_suspend(struct sdpu_ctrl *ctrl);
int sdpu_cmd_resume(struct sdpu_ctrl *ctrl);
void sdpu_cmd_queue_create(struct sdpu_batch *batch, u16 index,
			   const struct sdpu_queue_attrs *attrs);
void sdpu_cmd_queue_destroy(struct sdpu_batch *batch, u16 index);
void sdpu_cmd_queue_enable(struct sdpu_batch *batch, u16 index, bool enable);
int sdpu_cmd_queue_query(struct sdpu_ctrl *ctrl, u16 index, struct sdpu_queue_state *state);
int sdpu_cmd_as_set(struct sdpu_ctrl *ctrl, u16 asid, u16 mode, u64 root);
int sdpu_cmd_as_invalidate(struct sdpu_ctrl *ctrl, u16 asid, u64 iova, u64 last);
int sdpu_cmd_group_set(struct sdpu_ctrl *ctrl, u16 group, u16 asid);
int sdpu_cmd_port_set_mac(struct sdpu_ctrl *ctrl, const u8 *mac);
int sdpu_cmd_port_set_mtu(struct sdpu_ctrl *ctrl, u16 mtu);
int sdpu_cmd_port_set_flags(struct sdpu_ctrl *ctrl, u16 flags);
int sdpu_cmd_port_filter(struct sdpu_ctrl *ctrl, const u8 *mac, bool add);
int sdpu_cmd_vf_link(struct sdpu_ctrl *ctrl, unsigned int vf, u16 link);
int sdpu_cmd_vf_mac(struct sdpu_ctrl *ctrl, unsigned int vf, const u8 *mac);
int sdpu_cmd_vf_rate(struct sdpu_ctrl *ctrl, unsigned int vf, const struct sdpu_vf_rate *rate);
int sdpu_cmd_group_rate(struct sdpu_ctrl *ctrl, u16 group, u64 tx_max);
int sdpu_cmd_vf_policy(struct sdpu_ctrl *ctrl, unsigned int vf,
		       const struct sdpu_vf_policy *policy);
int sdpu_cmd_eswitch(struct sdpu_ctrl *ctrl, u16 mode);
int sdpu_cmd_rule_add(struct sdpu_ctrl *ctrl, u32 id, const struct sdpu_ctrl_rule *rule);
int sdpu_cmd_rule_del(struct sdpu_ctrl *ctrl, u32 id);
int sdpu_cmd_rule_stats(struct sdpu_ctrl *ctrl, u32 id, struct sdpu_rule_stats *stats);

/* Counters in host byte order: the array index is the field's place in the ABI struct. */
#define SDPU_NUM_QUEUE_STATS (sizeof(struct sdpu_ctrl_queue_stats) / sizeof(__le64))
#define SDPU_NUM_PORT_STATS (sizeof(struct sdpu_ctrl_port_stats) / sizeof(__le64))

int sdpu_cmd_queue_stats(struct sdpu_ctrl *ctrl, u16 index, u64 *counters);
int sdpu_cmd_port_stats(struct sdpu_ctrl *ctrl, unsigned int vf, u64 *counters);

#endif /* _SDPU_DRV_CMDS_H */
