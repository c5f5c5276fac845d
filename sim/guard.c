// SPDX-License-Identifier: GPL-2.0-only
/* What the administrator demands of a VF. */
#include <linux/if_vlan.h>

#include "guard.h"

static bool sdpu_guard_tagged(const struct sdpu_frame *frame)
{
	const struct vlan_ethhdr *veth = (const void *)frame->head;

	return frame->head_len >= SDPU_ETH_VLAN_HLEN && eth_type_vlan(veth->h_vlan_proto);
}

bool sdpu_guard_sent(const struct sdpu_port *port, u32 policy, struct sdpu_edit *edit,
		     const struct sdpu_frame *frame)
{
	const struct sdpu_ctrl_rule_action push = {
		.type = SDPU_RULE_VLAN_PUSH,
		.tpid = htons(ETH_P_8021Q),
		.tci = htons((u16)policy),
	};

	if ((policy & SDPU_POLICY_SPOOF_CHECK) &&
	    !sdpu_port_has(port, sdpu_mac_key(frame->head + ETH_ALEN)))
		return false;
	/* it is in one VLAN: it cannot be in others by what it says itself */
	if ((policy & SDPU_POLICY_TAG) && sdpu_guard_tagged(frame))
		return false;
	sdpu_edit_begin(edit, frame);
	if (!(policy & SDPU_POLICY_TAG) ||
	    (sdpu_edit_do(edit, &push) && sdpu_edit_settle(edit)))
		return true;
	sdpu_edit_end(edit);
	return false;
}

bool sdpu_guard_received(u32 policy, struct sdpu_edit *edit, const struct sdpu_frame *frame)
{
	const struct sdpu_ctrl_rule_action pop = { .type = SDPU_RULE_VLAN_POP };

	/* who let it through may have seen another policy */
	if (frame->vid != (policy & VLAN_VID_MASK))
		return false;
	sdpu_edit_begin(edit, frame);
	if (sdpu_edit_do(edit, &pop) && sdpu_edit_settle(edit))
		return true;
	sdpu_edit_end(edit);
	return false;
}
