/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A frame whose headers change on its way: a copy that is described anew. The bytes behind
 * its headers stay where they are.
 */
#ifndef _SDPU_SIM_EDIT_H
#define _SDPU_SIM_EDIT_H

#include <linux/skbuff.h>

#include "frame.h"
#include "rule.h"

/**
 * struct sdpu_edit - a frame, and what becomes of it
 * @frame: as it is by now
 * @head: its headers
 * @head_len: how many bytes of it were there in the beginning
 * @changed: @head is not what @frame has
 * @skb: what @frame is in, if that was made here
 */
struct sdpu_edit {
	struct sdpu_frame frame;
	struct sdpu_rule_head head;
	u32 head_len;
	bool changed;
	struct sk_buff *skb;
};

/* Context of all of it: bottom halves disabled; the memory of @frame stays. */

/* Look at the headers of @frame for good. */
static inline void sdpu_edit_begin(struct sdpu_edit *edit, const struct sdpu_frame *frame)
{
	edit->head.len = sdpu_frame_deepen(&edit->frame, frame, edit->head.bytes, SDPU_RULE_HEAD);
	edit->head.cut = edit->head.len < frame->len;
	edit->head.hdr = frame->hdr;
	edit->head_len = edit->head.len;
	edit->changed = false;
	edit->skb = NULL;
}

/* Do @action, which is not about where the frame goes: false if that cannot be done. */
bool sdpu_edit_do(struct sdpu_edit *edit, const struct sdpu_ctrl_rule_action *action);
bool sdpu_edit_remake(struct sdpu_edit *edit);

/* Make the frame what its headers are by now: false if that is too long, or there is no memory. */
static inline bool sdpu_edit_settle(struct sdpu_edit *edit)
{
	return !edit->changed || sdpu_edit_remake(edit);
}

static inline void sdpu_edit_end(struct sdpu_edit *edit)
{
	if (edit->skb)
		kfree_skb(edit->skb);
}

#endif /* _SDPU_SIM_EDIT_H */
