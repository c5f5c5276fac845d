// SPDX-License-Identifier: GPL-2.0-only
/* Representors: from a VF to the host and back, past the embedded bridge. */
#include <linux/skbuff.h>

#include "card.h"
#include "forward.h"
#include "function.h"
#include "pfleg.h"
#include "rep.h"
#include "rules.h"
#include "wire.h"

unsigned int sdpu_rep_to_host(struct sdpu_fwd *fwd, const struct sdpu_frame *frame)
{
	struct sk_buff *skb;

	if (fwd->from == &sdpu_card_wire(fwd->card)->port) {
		sdpu_pf_deliver(fwd, &fwd->host->port, frame);
		return 1;
	}
	/* a VF may have no representor */
	if (!rcu_access_pointer(fwd->host->net))
		return 0;
	skb = sdpu_fwd_skb(fwd, frame,
			   &sdpu_card_function(fwd->card, 0)->pf_stats.rx_drop_no_buffer);
	if (skb)
		list_add_tail(&skb->list, &fwd->to_host);
	return 1;
}

unsigned int sdpu_rep_deliver(struct sdpu_fwd *fwd, const struct sdpu_frame *frame)
{
	if (fwd->groups)
		return sdpu_rules_forward(fwd, frame);
	if (fwd->from == &sdpu_card_function(fwd->card, 0)->port)
		return sdpu_wire_send(fwd, frame);
	return sdpu_rep_to_host(fwd, frame);
}

static void sdpu_rep_send(struct sdpu_function *pf, struct sdpu_rx *rx, struct sdpu_port *port,
			  const struct sdpu_frame *frame, unsigned int queue)
{
	rx->bad = false;
	if (!sdpu_port_takes(port, frame->dst, frame->vid)) {
		atomic64_inc(&port->drop_filter);
		return;
	}
	sdpu_rx_deliver(rx, port, frame, queue);
	if (rx->bad)
		atomic64_inc(&pf->pf_stats.tx_drop_bad);
}

void sdpu_rep_xmit(struct sdpu_function *pf, struct list_head *skbs, unsigned int vf,
		   unsigned int queue)
{
	struct sdpu_port *port = NULL;
	struct sdpu_frame frame;
	struct sdpu_rx rx = {};
	struct sk_buff *skb;

	if (vf <= sdpu_card_total_vfs(pf->card) && sdpu_card_switchdev(pf->card))
		port = &sdpu_card_function(pf->card, vf)->port;
	while (!list_empty(skbs)) {
		skb = sdpu_pf_next(pf, skbs, &frame);
		if (!skb)
			continue;
		if (port)
			sdpu_rep_send(pf, &rx, port, &frame, queue);
		else
			atomic64_inc(&pf->pf_stats.tx_drop_no_port);
		napi_consume_skb(skb, 1);
	}
	sdpu_rx_flush(&rx);
}
