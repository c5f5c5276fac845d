// SPDX-License-Identifier: GPL-2.0-only
/*
 * The identity of a function: the one place where the numbers that a card says
 * about itself are bounded. All other code takes struct sdpu_identity for granted.
 *
 * Plain C: tests/unit/test_identity.c runs this file in user space.
 */
#include <linux/errno.h>
#include <linux/etherdevice.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include <asm/byteorder.h>

#include "identity.h"

/* More than any use of them. */
#define SDPU_MAX_GROUPS		SDPU_MAX_QUEUES
#define SDPU_MAX_AS		SDPU_MAX_QUEUES

static const char *sdpu_identity_check_vf(const struct sdpu_identity *id, unsigned int vectors)
{
	if (id->max_queue_size < 2 || id->max_queue_size > SDPU_MAX_QUEUE_SIZE ||
	    !is_power_of_2(id->max_queue_size))
		return "ring size";
	if (!id->num_groups || id->num_groups > SDPU_MAX_GROUPS)
		return "number of groups";
	if (!id->num_as || id->num_as > SDPU_MAX_AS)
		return "number of address spaces";
	if (id->area_group && id->area_group >= id->num_groups - 1)
		return "group of areas";
	if (id->default_features & ~id->features)
		return "default features";
	if (vectors < SDPU_VEC_QUEUE(2u * id->max_vqp + 1))
		return "number of vectors";
	if (id->total_vfs || id->initial_vfs)
		return "VFs of a VF";
	if (id->max_rules)
		return "rules of a VF";
	if (id->rate_groups)
		return "rates of a VF";

	return NULL;
}

static const char *sdpu_identity_check(const struct sdpu_identity *id, unsigned int vectors)
{
	if (!id->max_vqp || id->max_vqp > SDPU_MAX_VQP)
		return "number of queue pairs";
	if (id->mtu_min < SDPU_MTU_MIN || id->mtu_max > SDPU_MTU_MAX || id->mtu_min > id->mtu_max)
		return "range of MTUs";
	if (!is_zero_ether_addr(id->mac) && !is_valid_ether_addr(id->mac))
		return "address";
	if (!id->is_pf)
		return sdpu_identity_check_vf(id, vectors);
	if (id->initial_vfs > id->total_vfs)
		return "number of initial VFs";
	if (id->max_rules > SDPU_MAX_RULES)
		return "number of rules";

	return NULL;
}

/**
 * sdpu_identity_decode - output of SDPU_OP_IDENTIFY, and registers, to numbers
 * @id: to fill in
 * @in: what the card said
 * @regs: what its registers say
 * @why: if it fails: which of the numbers is out of bounds
 *
 * Return: 0, or -EPROTO if the card cannot mean it.
 */
int sdpu_identity_decode(struct sdpu_identity *id, const struct sdpu_ctrl_identify *in,
			 const struct sdpu_identity_regs *regs, const char **why)
{
	/* no group has that number if it is not the one that means none */
	u16 area_group = min_t(u32, regs->area_group, U16_MAX);

	*id = (struct sdpu_identity) {
		.is_pf = (regs->function & 0xff) == SDPU_FUNCTION_PF,
		.number = regs->function >> 16,
		.features = le64_to_cpu(in->features),
		.default_features = le64_to_cpu(in->default_features),
		.max_vqp = le16_to_cpu(in->max_vqp),
		.max_queue_size = le32_to_cpu(in->max_queue_size),
		.num_groups = le16_to_cpu(in->num_groups),
		.num_as = le16_to_cpu(in->num_as),
		.as_register = !regs->as_invalidate,
		.area_group = regs->area_group == SDPU_NO_AREA_GROUP ? 0 : area_group,
		.mtu_min = le16_to_cpu(in->mtu_min),
		.mtu_max = le16_to_cpu(in->mtu_max),
		.total_vfs = le16_to_cpu(in->total_vfs),
		.initial_vfs = le16_to_cpu(in->initial_vfs),
		.max_rules = le32_to_cpu(in->max_rules),
		.rate_groups = le16_to_cpu(in->rate_groups),
	};
	ether_addr_copy(id->mac, in->mac);

	*why = memchr_inv(in->reserved, 0, sizeof(in->reserved)) ? "reserved field" :
	       sdpu_identity_check(id, regs->limits >> 16);

	return *why ? -EPROTO : 0;
}
