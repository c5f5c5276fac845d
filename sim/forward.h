/* SPDX-License-Identifier: GPL-2.0-only */
/* From one port of the card to the others. */
#ifndef _SDPU_SIM_FORWARD_H
#define _SDPU_SIM_FORWARD_H

#include "rule.h"
#include "rx.h"

struct sdpu_card;
struct sdpu_function;
struct sdpu_port;
struct sdpu_rule;
struct sdpu_wire_end;

/* Rules that a frame goes through: what leads further is the host's. */
#define SDPU_FWD_RULES		8

/**
 * struct sdpu_fwd - frames that one port sends in one go
 * @card: the card
 * @from: the port
 * @switchdev: the host forwards: all of it is for @host, or for the wire
 * @host: the function whose netdev, or representor, takes what is for the host
 * @end: what the card's wire is joined with, or NULL
 * @hint: queue pair they come from
 * @rx: VF that is being written to
 * @last_dst: destination of the frame before, and
 * @last_port: who has that address
 * @to_host: frames for @host, to be handed over when no lock is held
 * @to_wire: frames for @end, likewise
 * @groups: of rules for what the port sends, or NULL; what follows counts if there are
 * @rule_known: a frame was looked up, and one like it goes the same way
 * @rule_key: what of it was looked at
 * @num_rules: used ones of
 * @rule: the rules that took it, one after the other
 * @came: headers of the frame that is under way, see struct sdpu_walk
 * @rule_packets: frames that @rule took and does not know of yet
 * @rule_bytes: bytes of these
 *
 * Context of all of it: bottom halves disabled, RCU reader.
 */
struct sdpu_fwd {
	struct sdpu_card *card;
	struct sdpu_port *from;
	bool switchdev;
	struct sdpu_function *host;
	const struct sdpu_wire_end *end;
	unsigned int hint;
	struct sdpu_rx rx;
	u64 last_dst;
	struct sdpu_port *last_port;
	struct list_head to_host;
	struct list_head to_wire;
	const struct list_head *groups;
	bool rule_known;
	struct sdpu_ctrl_rule_key rule_key;
	unsigned int num_rules;
	struct sdpu_rule *rule[SDPU_FWD_RULES];
	struct sdpu_rule_head came;
	u64 rule_packets;
	u64 rule_bytes;
};

void sdpu_fwd_begin(struct sdpu_fwd *fwd, struct sdpu_card *card, struct sdpu_port *from,
		    unsigned int hint);
/* Send @frame: the number of ports that it was meant for. See @rx.bad. */
unsigned int sdpu_fwd_frame(struct sdpu_fwd *fwd, const struct sdpu_frame *frame);
/* Show receivers what came. */
void sdpu_fwd_flush(struct sdpu_fwd *fwd);
/* Hand over to the host. Context: as above, and no lock held. */
void sdpu_fwd_end(struct sdpu_fwd *fwd);

#endif /* _SDPU_SIM_FORWARD_H */
