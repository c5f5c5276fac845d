/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the administrator demands of a VF: that it sends from its own addresses only, and that
 * it is in one VLAN, which its driver does not see. What its driver may ask for is up to the
 * control virtqueue, see cvq.c.
 */
#ifndef _SDPU_SIM_GUARD_H
#define _SDPU_SIM_GUARD_H

#include "edit.h"
#include "switch.h"

/* What of a policy is about frames that the VF sends */
#define SDPU_POLICY_SENT	(SDPU_POLICY_TAG | SDPU_POLICY_SPOOF_CHECK)

/*
 * A frame that @port sends, as @policy wants it in @edit.frame; the caller ends @edit, if this
 * says so. False if it may not be sent.
 */
bool sdpu_guard_sent(const struct sdpu_port *port, u32 policy, struct sdpu_edit *edit,
		     const struct sdpu_frame *frame);
/* A frame that a VF is to receive, likewise: false if it is none of its VLAN. */
bool sdpu_guard_received(u32 policy, struct sdpu_edit *edit, const struct sdpu_frame *frame);

#endif /* _SDPU_SIM_GUARD_H */
