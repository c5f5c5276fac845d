// SPDX-License-Identifier: GPL-2.0-only
/* A frame whose headers change on its way. */
#include "edit.h"
#include "pfleg.h"

bool sdpu_edit_do(struct sdpu_edit *edit, const struct sdpu_ctrl_rule_action *action)
{
	edit->changed = true;
	return sdpu_rule_edit(&edit->head, action);
}

bool sdpu_edit_remake(struct sdpu_edit *edit)
{
	struct sk_buff *skb;

	if (!edit->frame.skb) {
		sdpu_frame_rehead(&edit->frame, edit->head.bytes, edit->head.len);
		edit->frame.hdr = edit->head.hdr;
	} else {
		skb = sdpu_skb_rehead(edit->frame.skb, edit->head_len, edit->head.bytes,
				      edit->head.len);
		kfree_skb(edit->skb);
		edit->skb = skb;
		if (!skb || !sdpu_frame_from_skb(&edit->frame, skb, SDPU_HOST_OFFLOADS))
			return false;
	}
	edit->head_len = edit->head.len;
	edit->changed = false;
	sdpu_frame_parse(&edit->frame);
	return edit->frame.len <= SDPU_FRAME_MAX_GSO;
}
