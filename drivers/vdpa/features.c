// SPDX-License-Identifier: GPL-2.0-only
/* Feature bits that require others: virtio 1.3, 5.1.3.1. */
#include <linux/array_size.h>
#include <linux/stddef.h>

#include "features.h"

#define SDPU_RULE(feature_, any_of_, needs_) \
	{ .feature = SDPU_F(feature_), .any_of = any_of_, .name = #feature_, .needs = needs_ }
#define SDPU_RULE_ONE(feature_, needed_) \
	SDPU_RULE(feature_, SDPU_F(needed_), #needed_)

static const struct sdpu_feature_rule sdpu_feature_rules[] = {
	SDPU_RULE_ONE(GUEST_TSO4, GUEST_CSUM),
	SDPU_RULE_ONE(GUEST_TSO6, GUEST_CSUM),
	SDPU_RULE(GUEST_ECN, SDPU_F(GUEST_TSO4) | SDPU_F(GUEST_TSO6), "GUEST_TSO4 or GUEST_TSO6"),
	SDPU_RULE_ONE(GUEST_UFO, GUEST_CSUM),
	SDPU_RULE_ONE(GUEST_USO4, GUEST_CSUM),
	SDPU_RULE_ONE(GUEST_USO6, GUEST_CSUM),
	SDPU_RULE_ONE(HOST_TSO4, CSUM),
	SDPU_RULE_ONE(HOST_TSO6, CSUM),
	SDPU_RULE(HOST_ECN, SDPU_F(HOST_TSO4) | SDPU_F(HOST_TSO6), "HOST_TSO4 or HOST_TSO6"),
	SDPU_RULE_ONE(HOST_UFO, CSUM),
	SDPU_RULE_ONE(HOST_USO, CSUM),
	SDPU_RULE_ONE(CTRL_RX, CTRL_VQ),
	SDPU_RULE_ONE(CTRL_RX_EXTRA, CTRL_VQ),
	SDPU_RULE_ONE(CTRL_VLAN, CTRL_VQ),
	SDPU_RULE_ONE(CTRL_GUEST_OFFLOADS, CTRL_VQ),
	SDPU_RULE_ONE(CTRL_MAC_ADDR, CTRL_VQ),
	SDPU_RULE_ONE(GUEST_ANNOUNCE, CTRL_VQ),
	SDPU_RULE_ONE(MQ, CTRL_VQ),
	SDPU_RULE_ONE(NOTF_COAL, CTRL_VQ),
	SDPU_RULE_ONE(VQ_NOTF_COAL, CTRL_VQ),
	SDPU_RULE_ONE(DEVICE_STATS, CTRL_VQ),
	SDPU_RULE_ONE(RSS, CTRL_VQ),
	SDPU_RULE_ONE(HASH_REPORT, CTRL_VQ),
	SDPU_RULE(RSC_EXT, SDPU_F(HOST_TSO4) | SDPU_F(HOST_TSO6), "HOST_TSO4 or HOST_TSO6"),
};

/**
 * sdpu_features_violation - find a feature that lacks what it requires
 * @features: virtio features
 *
 * Context: any.
 * Return: the first rule that @features break, or NULL.
 */
const struct sdpu_feature_rule *sdpu_features_violation(u64 features)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sdpu_feature_rules); i++) {
		const struct sdpu_feature_rule *rule = &sdpu_feature_rules[i];

		if ((features & rule->feature) && !(features & rule->any_of))
			return rule;
	}

	return NULL;
}
