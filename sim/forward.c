// SPDX-License-Identifier: GPL-2.0-only
/* Forwarding: look up who gets a frame, and give it to them. */
#include "card.h"
#include "forward.h"
#include "function.h"
#include "pfleg.h"
#include "rep.h"
#include "rules.h"
#include "wire.h"

/* What the PF sends is the host's decision. */
static void sdpu_fwd_begin_rules(struct sdpu_fwd *fwd)
{
	const struct sdpu_function *pf = sdpu_card_function(fwd->card, 0);

	/* nor is anything to come from an uplink that is down */
	if (fwd->from == &pf->port || (!fwd->from->number && !READ_ONCE(pf->port_up)))
		return;
	fwd->groups = sdpu_rules_of(sdpu_card_rules(fwd->card), fwd->from->number);
	fwd->rule_known = false;
	fwd->num_rules = 0;
	fwd->rule_packets = 0;
	fwd->rule_bytes = 0;
}

void sdpu_fwd_begin(struct sdpu_fwd *fwd, struct sdpu_card *card, struct sdpu_port *from,
		    unsigned int hint)
{
	fwd->card = card;
	fwd->from = from;
	fwd->switchdev = sdpu_card_switchdev(card);
	/* neither the PF nor the wire has a representor but the PF's netdev */
	fwd->host = sdpu_card_function(card, fwd->switchdev ? from->number : 0);
	fwd->end = rcu_dereference(sdpu_card_wire(card)->end);
	fwd->hint = hint;
	fwd->rx.vq = NULL;
	fwd->rx.steps = 0;
	fwd->last_dst = 0;
	fwd->last_port = NULL;
	INIT_LIST_HEAD(&fwd->to_host);
	INIT_LIST_HEAD(&fwd->to_wire);
	fwd->groups = NULL;
	if (unlikely(fwd->switchdev))
		sdpu_fwd_begin_rules(fwd);
}

static void sdpu_fwd_deliver(struct sdpu_fwd *fwd, struct sdpu_port *port,
			     const struct sdpu_frame *frame)
{
	if (port->number)
		sdpu_rx_deliver(&fwd->rx, port, frame, fwd->hint);
	else
		sdpu_pf_deliver(fwd, port, frame);
}

static unsigned int sdpu_fwd_multicast(struct sdpu_fwd *fwd, const struct sdpu_frame *frame)
{
	struct sdpu_switch *sw = sdpu_card_switch(fwd->card);
	struct sdpu_port *port;
	unsigned int num = 0;

	list_for_each_entry_rcu(port, &sw->ports, list) {
		if (port == fwd->from || !sdpu_port_wants_multicast(port, frame->dst) ||
		    !sdpu_port_wants_vlan(port, frame->vid))
			continue;
		sdpu_fwd_deliver(fwd, port, frame);
		num++;
	}
	return num + sdpu_wire_send(fwd, frame);
}

static unsigned int sdpu_fwd_unknown(struct sdpu_fwd *fwd, const struct sdpu_frame *frame)
{
	struct sdpu_switch *sw = sdpu_card_switch(fwd->card);
	struct sdpu_port *port;
	unsigned int num = 0;

	list_for_each_entry_rcu(port, &sw->ports, list) {
		if (port == fwd->from || !sdpu_port_wants_unknown(port) ||
		    !sdpu_port_wants_vlan(port, frame->vid))
			continue;
		sdpu_fwd_deliver(fwd, port, frame);
		num++;
	}
	return num + sdpu_wire_send(fwd, frame);
}

unsigned int sdpu_fwd_frame(struct sdpu_fwd *fwd, const struct sdpu_frame *frame)
{
	struct sdpu_port *port = fwd->last_port;

	fwd->rx.bad = false;
	/* each time: who takes the link away waits for the lock of the queue it comes from */
	if (unlikely(!READ_ONCE(fwd->from->link)))
		return 0;
	if (unlikely(fwd->switchdev))
		return sdpu_rep_deliver(fwd, frame);
	if (unlikely(sdpu_mac_key_multicast(frame->dst)))
		return sdpu_fwd_multicast(fwd, frame);
	if (frame->dst != fwd->last_dst) {
		port = sdpu_switch_lookup(sdpu_card_switch(fwd->card), frame->dst);
		fwd->last_dst = frame->dst;
		fwd->last_port = port;
	}
	if (!port)
		return sdpu_fwd_unknown(fwd, frame);
	/* nothing goes back to where it came from */
	if (port == fwd->from)
		return 0;
	/* its driver may be elsewhere by now; if not, whoever it was for counts it */
	if (unlikely(!READ_ONCE(port->running)) && sdpu_fwd_unknown(fwd, frame))
		return 1;
	if (!sdpu_port_wants_unicast(port) || !sdpu_port_wants_vlan(port, frame->vid)) {
		atomic64_inc(&port->drop_filter);
		return 1;
	}
	sdpu_fwd_deliver(fwd, port, frame);
	return 1;
}

void sdpu_fwd_flush(struct sdpu_fwd *fwd)
{
	sdpu_rx_flush(&fwd->rx);
}

void sdpu_fwd_end(struct sdpu_fwd *fwd)
{
	if (unlikely(fwd->groups))
		sdpu_rules_count(fwd);
	if (!list_empty(&fwd->to_host))
		sdpu_pf_flush(fwd->host, fwd->hint, &fwd->to_host);
	if (unlikely(!list_empty(&fwd->to_wire)))
		sdpu_wire_flush(fwd);
}
