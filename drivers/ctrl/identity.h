/* SPDX-License-Identifier: GPL-2.0-only */
/* What a card says of itself. See identity.c. */
#ifndef _SDPU_DRV_IDENTITY_H
#define _SDPU_DRV_IDENTITY_H

#include <linux/if_ether.h>
#include <linux/types.h>
#include <softdpu/ctrl.h>

/**
 * struct sdpu_identity - struct sdpu_ctrl_identify, decoded and bounded
 * @is_pf: PF or VF
 * @number: of the function: 0 the PF, 1… the VFs
 * @features: virtio features that a device may offer (VF)
 * @default_features: a subset: what a device offers unless told otherwise (VF)
 * @mac: permanent address, all zero if the function has none
 * @max_vqp: queue pairs of a device (VF), queues of the netdev (PF); at least 1
 * @max_queue_size: largest ring, a power of two (VF)
 * @num_groups: virtqueue groups, the control virtqueue is alone in the last (VF)
 * @num_as: address spaces, at least 1 (VF)
 * @area_group: group of the areas of the data virtqueues; 0 if that of their buffers,
 *	never that of the control virtqueue (VF)
 * @as_register: address spaces are invalidated by a register, not by a command (VF)
 * @mtu_min: smallest MTU
 * @mtu_max: largest MTU
 * @total_vfs: VFs of the card (PF)
 * @initial_vfs: VFs to be enabled at once (PF)
 * @max_rules: rules that the card can have, none if that is none (PF)
 * @rate_groups: groups of VFs that share a rate; 0: VFs have no rates (PF)
 *
 * All numbers lie within the limits of include/softdpu/ctrl.h.
 */
struct sdpu_identity {
	bool is_pf;
	u16 number;
	u64 features;
	u64 default_features;
	u8 mac[ETH_ALEN];
	u16 max_vqp;
	u32 max_queue_size;
	u16 num_groups;
	u16 num_as;
	u16 area_group;
	bool as_register;
	u16 mtu_min;
	u16 mtu_max;
	u16 total_vfs;
	u16 initial_vfs;
	u32 max_rules;
	u16 rate_groups;
};

/* Registers that are about what the function is, SDPU_REG_* */
struct sdpu_identity_regs {
	u32 function;
	u32 limits;
	u32 area_group;
	u32 as_invalidate;
};

int sdpu_identity_decode(struct sdpu_identity *id, const struct sdpu_ctrl_identify *in,
			 const struct sdpu_identity_regs *regs, const char **why);

#endif /* _SDPU_DRV_IDENTITY_H */
