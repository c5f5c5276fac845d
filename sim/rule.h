/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule of switchdev mode: whether it can be one, what of a frame it looks at, and what
 * it does to headers. Pure: bytes in, bytes out.
 */
#ifndef _SDPU_SIM_RULE_H
#define _SDPU_SIM_RULE_H

#include "hdr.h"
#include <softdpu/ctrl.h>

/* So much of a frame is looked at; no rule takes one whose headers are longer. */
#define SDPU_RULE_HEAD		128
/*
 * Tags that a frame may get on its way: its VF's, and two each from rules of two cards, joined by
 * wires. If chains push more the frame is malformed.
 */
#define SDPU_RULE_ROOM		((1 + 2 * SDPU_RULE_TAGS_MAX) * 4)

#define SDPU_RULE_WORDS \
	((sizeof(struct sdpu_ctrl_rule_key) + sizeof(struct sdpu_ctrl_rule_ct)) / sizeof(u64))

/**
 * union sdpu_rule_key - all that a rule can look at, for who compares it
 * @key: what the frame has
 * @ct: what is known of its connection
 * @word: all of it
 */
union sdpu_rule_key {
	struct {
		struct sdpu_ctrl_rule_key key;
		struct sdpu_ctrl_rule_ct ct;
	};
	u64 word[SDPU_RULE_WORDS];
};

/**
 * struct sdpu_rule_head - the beginning of a frame, private
 * @hdr: its virtio header
 * @len: valid bytes of @bytes
 * @cut: the frame is longer
 * @bytes: from the Ethernet header on
 */
struct sdpu_rule_head {
	struct virtio_net_hdr_v1 hdr;
	u32 len;
	bool cut;
	u8 bytes[SDPU_RULE_HEAD + SDPU_RULE_ROOM];
};

/*
 * Can the card have such a rule? Ports are up to @total_vfs. SDPU_ST_*, and the rule is as
 * it was.
 */
u16 sdpu_rule_check(const struct sdpu_ctrl_rule *rule, unsigned int total_vfs);

/*
 * What a rule sees of a frame that comes from @port, but for its connection: true, or false
 * if there is more to be seen behind what was looked at.
 */
bool sdpu_rule_key_of(struct sdpu_ctrl_rule_key *key, const struct sdpu_rule_head *head, u16 port);

/* A hop less: true, or false if it is no IP, or there is none left. */
bool sdpu_rule_ttl_dec(struct sdpu_rule_head *head);

/*
 * Do @action, which was checked and changes headers, but is not TTL_DEC: true, or false if
 * the frame is not such that this could be done.
 */
bool sdpu_rule_edit(struct sdpu_rule_head *head, const struct sdpu_ctrl_rule_action *action);

#endif /* _SDPU_SIM_RULE_H */
