// SPDX-License-Identifier: GPL-2.0-only
/* The PF: frames to and from the host, its place at the switch, and what its driver sets. */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "card.h"
#include "forward.h"
#include "function.h"
#include "link.h"
#include "pfleg.h"
#include "rep.h"
#include "rules.h"
#include "stats.h"
#include "wire.h"

/**
 * struct sdpu_net - who takes the frames of a port at the host
 * @ops: of the driver
 * @priv: their argument
 */
struct sdpu_net {
	const struct sdpu_xport_net *ops;
	void *priv;
};

static struct sdpu_function *sdpu_pf_of(struct sdpu_xport *xp)
{
	return container_of(xp, struct sdpu_function, xport);
}

int sdpu_pf_net_attach(struct sdpu_xport *xp, unsigned int port, const struct sdpu_xport_net *ops,
		       void *priv)
{
	struct sdpu_function *pf = sdpu_pf_of(xp);
	struct sdpu_net *net;

	if (pf->number || port > sdpu_card_total_vfs(pf->card))
		return -EOPNOTSUPP;
	net = kzalloc(sizeof(*net), GFP_KERNEL);
	if (!net)
		return -ENOMEM;
	net->ops = ops;
	net->priv = priv;
	/* not under the lock of the VF, whose commands may take long */
	if (!cmpxchg(&sdpu_card_function(pf->card, port)->net, NULL, RCU_INITIALIZER(net)))
		return 0;
	kfree(net);
	return -EBUSY;
}

void sdpu_pf_net_detach(struct sdpu_xport *xp, unsigned int port)
{
	struct sdpu_function *fn = sdpu_card_function(sdpu_pf_of(xp)->card, port);
	struct sdpu_net *net = unrcu_pointer(xchg(&fn->net, NULL));

	synchronize_rcu();
	kfree(net);
}

void sdpu_pf_start(struct sdpu_function *fn)
{
	u8 mac[ETH_ALEN];

	WRITE_ONCE(fn->port_mtu, ETH_DATA_LEN);
	sdpu_card_mac(fn->card, fn->number, mac);
	/* if a VF took the address meanwhile the driver must choose another one */
	sdpu_port_attach(sdpu_card_switch(fn->card), &fn->port, mac, false);
}

void sdpu_pf_reset(struct sdpu_function *fn)
{
	struct sdpu_switch *sw = sdpu_card_switch(fn->card);

	sdpu_port_detach(sw, &fn->port);
	sdpu_port_filter_reset(sw, &fn->port, 0, false);
	WRITE_ONCE(fn->port_up, false);
	WRITE_ONCE(fn->port_mtu, ETH_DATA_LEN);
	sdpu_card_set_switchdev(fn->card, false);
	sdpu_rules_flush(sdpu_card_rules(fn->card));
	sdpu_card_forget_vfs(fn->card);
}

struct sk_buff *sdpu_fwd_skb(struct sdpu_fwd *fwd, const struct sdpu_frame *frame,
			     atomic64_t *no_buffer)
{
	struct sk_buff *skb = sdpu_skb_from_frame(frame);

	if (!IS_ERR(skb))
		return skb;
	if (PTR_ERR(skb) == -ENOMEM)
		atomic64_inc(no_buffer);
	else
		fwd->rx.bad = true;
	return NULL;
}

void sdpu_pf_deliver(struct sdpu_fwd *fwd, struct sdpu_port *port, const struct sdpu_frame *frame)
{
	struct sdpu_function *fn = sdpu_function_of_port(port);
	bool large = frame->len > READ_ONCE(fn->port_mtu) + SDPU_ETH_VLAN_HLEN;
	struct sk_buff *skb;

	if (!READ_ONCE(fn->port_up) || !READ_ONCE(port->link)) {
		atomic64_inc(&port->drop_down);
		return;
	}
	if (large && !sdpu_hdr_is_gso(&frame->hdr)) {
		atomic64_inc(&port->drop_filter);
		return;
	}
	skb = sdpu_fwd_skb(fwd, frame, &fn->pf_stats.rx_drop_no_buffer);
	if (!skb)
		return;
	/* the header says so, but a single segment is nothing to be cut */
	if (large && !skb_is_gso(skb)) {
		kfree_skb(skb);
		atomic64_inc(&port->drop_filter);
		return;
	}
	atomic64_inc(&fn->pf_stats.rx_packets);
	atomic64_add(frame->len, &fn->pf_stats.rx_bytes);
	if (skb_is_gso(skb))
		atomic64_inc(&fn->pf_stats.rx_gso_packets);
	if (sdpu_mac_key_multicast(frame->dst))
		atomic64_inc(&fn->pf_stats.multicast);
	list_add_tail(&skb->list, &fwd->to_host);
}

void sdpu_pf_flush(struct sdpu_function *fn, unsigned int hint, struct list_head *skbs)
{
	struct sdpu_net *net = rcu_dereference(fn->net);
	struct sk_buff *skb, *next;

	if (net) {
		net->ops->rx(net->priv, hint, skbs);
		return;
	}
	list_for_each_entry_safe(skb, next, skbs, list) {
		skb_list_del_init(skb);
		kfree_skb(skb);
		atomic64_inc(&sdpu_card_function(fn->card, 0)->port.drop_down);
	}
}

struct sk_buff *sdpu_pf_next(struct sdpu_function *pf, struct list_head *skbs,
			     struct sdpu_frame *frame)
{
	struct sk_buff *skb = list_first_entry(skbs, struct sk_buff, list);

	skb_list_del_init(skb);
	if (skb_vlan_tag_present(skb))
		skb = __vlan_hwaccel_push_inside(skb);
	if (skb && sdpu_frame_from_skb(frame, skb, SDPU_HOST_OFFLOADS)) {
		sdpu_frame_parse(frame);
		return skb;
	}
	kfree_skb(skb);
	atomic64_inc(&pf->pf_stats.tx_drop_bad);
	return NULL;
}

static void sdpu_pf_xmit(struct sdpu_function *fn, struct list_head *skbs, unsigned int queue)
{
	struct sdpu_frame frame;
	struct sk_buff *skb;
	struct sdpu_fwd fwd;

	sdpu_fwd_begin(&fwd, fn->card, &fn->port, queue);
	while (!list_empty(skbs)) {
		skb = sdpu_pf_next(fn, skbs, &frame);
		if (!skb)
			continue;
		atomic64_inc(&fn->pf_stats.tx_packets);
		atomic64_add(frame.len, &fn->pf_stats.tx_bytes);
		if (sdpu_hdr_is_gso(&frame.hdr))
			atomic64_inc(&fn->pf_stats.tx_gso_packets);
		if (!sdpu_fwd_frame(&fwd, &frame))
			atomic64_inc(&fn->pf_stats.tx_drop_no_port);
		if (fwd.rx.bad)
			atomic64_inc(&fn->pf_stats.tx_drop_bad);
		napi_consume_skb(skb, 1);
	}
	sdpu_fwd_flush(&fwd);
	/* the PF never gets its own frames, and the wire's wait: nothing to hand over */
}

void sdpu_pf_net_xmit(struct sdpu_xport *xp, struct list_head *skbs, unsigned int port,
		      unsigned int queue)
{
	struct sdpu_function *fn = sdpu_pf_of(xp);

	rcu_read_lock();
	if (port)
		sdpu_rep_xmit(fn, skbs, port, queue);
	else
		sdpu_pf_xmit(fn, skbs, queue);
	rcu_read_unlock();
}

static void sdpu_pf_identify(void *priv, struct sdpu_ctrl_identify *out)
{
	struct sdpu_function *fn = priv;

	sdpu_card_mac(fn->card, 0, out->mac);
	out->max_vqp = cpu_to_le16(SDPU_MAX_VQP);
	out->mtu_min = cpu_to_le16(SDPU_MTU_MIN);
	out->mtu_max = cpu_to_le16(SDPU_MTU_MAX);
	out->total_vfs = cpu_to_le16(sdpu_card_total_vfs(fn->card));
	out->initial_vfs = cpu_to_le16(sdpu_card_initial_vfs(fn->card));
	out->max_rules = cpu_to_le32(SDPU_RULES_MAX);
	out->rate_groups = cpu_to_le16(SDPU_RATE_GROUPS);
}

/* Its own lock may be held for long: not without need by who waits with the RTNL. */
static u16 sdpu_pf_vf_stats(struct sdpu_function *pf, u16 number, u64 dma, u32 len)
{
	const struct sdpu_function *vf = sdpu_card_function(pf->card, number);
	struct sdpu_ctrl_port_stats out;

	rcu_read_lock();
	sdpu_stats_vf_port(vf, rcu_dereference(vf->vdev), &out);
	rcu_read_unlock();
	return sdpu_stats_copy(dma, len, &out, sizeof(out));
}

static u16 sdpu_pf_stats(void *priv, u16 kind, u16 index, u64 dma, u32 len)
{
	struct sdpu_function *fn = priv;
	struct sdpu_pf_stats *s = &fn->pf_stats;
	struct sdpu_wire_stats *wire = &sdpu_card_wire(fn->card)->stats;
	struct sdpu_ctrl_port_stats out = {
		.rx_packets = cpu_to_le64(atomic64_read(&s->rx_packets)),
		.rx_bytes = cpu_to_le64(atomic64_read(&s->rx_bytes)),
		.rx_gso_packets = cpu_to_le64(atomic64_read(&s->rx_gso_packets)),
		.rx_drop_no_buffer = cpu_to_le64(atomic64_read(&s->rx_drop_no_buffer)),
		.rx_drop_filter = cpu_to_le64(atomic64_read(&fn->port.drop_filter)),
		.rx_drop_down = cpu_to_le64(atomic64_read(&fn->port.drop_down)),
		.tx_packets = cpu_to_le64(atomic64_read(&s->tx_packets)),
		.tx_bytes = cpu_to_le64(atomic64_read(&s->tx_bytes)),
		.tx_gso_packets = cpu_to_le64(atomic64_read(&s->tx_gso_packets)),
		.tx_drop_bad = cpu_to_le64(atomic64_read(&s->tx_drop_bad)),
		.tx_drop_no_port = cpu_to_le64(atomic64_read(&s->tx_drop_no_port)),
		.multicast = cpu_to_le64(atomic64_read(&s->multicast)),
		.wire_rx_packets = cpu_to_le64(atomic64_read(&wire->rx_packets)),
		.wire_rx_bytes = cpu_to_le64(atomic64_read(&wire->rx_bytes)),
		.wire_rx_drop_bad = cpu_to_le64(atomic64_read(&wire->rx_drop_bad)),
		.wire_rx_drop_no_port = cpu_to_le64(atomic64_read(&wire->rx_drop_no_port)),
		.wire_rx_drop_down = cpu_to_le64(atomic64_read(&wire->rx_drop_down)),
		.wire_tx_packets = cpu_to_le64(atomic64_read(&wire->tx_packets)),
		.wire_tx_bytes = cpu_to_le64(atomic64_read(&wire->tx_bytes)),
		.wire_tx_drop_no_buffer = cpu_to_le64(atomic64_read(&wire->tx_drop_no_buffer)),
		.wire_tx_drop_down = cpu_to_le64(atomic64_read(&wire->tx_drop_down)),
	};

	if (kind != SDPU_STATS_PORT)
		return SDPU_ST_PARAM;
	if (index)
		return sdpu_pf_vf_stats(fn, index, dma, len);
	return sdpu_stats_copy(dma, len, &out, sizeof(out));
}

static u16 sdpu_pf_port_errno(int err)
{
	if (!err)
		return SDPU_ST_OK;
	return err == -EADDRINUSE ? SDPU_ST_MAC_IN_USE : SDPU_ST_NO_MEMORY;
}

static u16 sdpu_pf_port_set(void *priv, const u8 *mac, u16 mtu, u16 valid, u16 flags)
{
	struct sdpu_function *fn = priv;
	struct sdpu_switch *sw = sdpu_card_switch(fn->card);
	int err = 0;

	if (valid & SDPU_PORT_MAC)
		err = fn->port.attached ?
			sdpu_port_set_mac(sw, &fn->port, mac, SDPU_CLAIM_ALONE) :
			sdpu_port_attach(sw, &fn->port, mac, false);
	if (!err && (valid & SDPU_PORT_MTU))
		WRITE_ONCE(fn->port_mtu, mtu);
	if (err || !(valid & SDPU_PORT_FLAGS))
		return sdpu_pf_port_errno(err);
	sdpu_port_filter_mode(sw, &fn->port, SDPU_RX_PROMISC, flags & SDPU_PORT_PROMISC);
	sdpu_port_filter_mode(sw, &fn->port, SDPU_RX_ALLMULTI, flags & SDPU_PORT_ALLMULTI);
	WRITE_ONCE(fn->port_up, flags & SDPU_PORT_UP);
	return SDPU_ST_OK;
}

static u16 sdpu_pf_port_filter(void *priv, const u8 *mac, bool add)
{
	struct sdpu_function *fn = priv;
	struct sdpu_switch *sw = sdpu_card_switch(fn->card);
	int err;

	if (add)
		return sdpu_pf_port_errno(sdpu_port_filter_add(sw, &fn->port, mac));
	err = sdpu_port_filter_del(sw, &fn->port, mac);
	return err ? SDPU_ST_PARAM : SDPU_ST_OK;
}

static void sdpu_pf_vf_link(void *priv, u16 vf, u16 link)
{
	struct sdpu_function *fn = priv;

	sdpu_link_set(sdpu_card_function(fn->card, vf), link);
}

static void sdpu_pf_vf_mac(void *priv, u16 vf, const u8 *mac)
{
	struct sdpu_function *fn = priv;

	WRITE_ONCE(sdpu_card_function(fn->card, vf)->own_mac, sdpu_mac_key(mac));
}

static void sdpu_pf_eswitch(void *priv, u16 mode)
{
	struct sdpu_function *fn = priv;

	sdpu_card_set_switchdev(fn->card, mode == SDPU_ESWITCH_SWITCHDEV);
}

static void sdpu_pf_vf_rate(void *priv, u16 vf, u16 group, u64 max, u64 share)
{
	struct sdpu_function *fn = priv;
	struct sdpu_rates *rates = sdpu_card_rates(fn->card);

	spin_lock_bh(&rates->lock);
	sdpu_rate_set(&sdpu_card_function(fn->card, vf)->rate, group, max, share);
	spin_unlock_bh(&rates->lock);
}

static void sdpu_pf_group_rate(void *priv, u16 group, u64 max)
{
	struct sdpu_function *fn = priv;
	struct sdpu_rates *rates = sdpu_card_rates(fn->card);

	spin_lock_bh(&rates->lock);
	sdpu_rate_set_group(rates, group, max);
	spin_unlock_bh(&rates->lock);
}

static void sdpu_pf_vf_policy(void *priv, u16 vf, u16 flags, u16 tci)
{
	struct sdpu_function *fn = priv;
	u32 policy = tci;

	if (flags & SDPU_VF_TAG)
		policy |= SDPU_POLICY_TAG;
	if (flags & SDPU_VF_SPOOF_CHECK)
		policy |= SDPU_POLICY_SPOOF_CHECK;
	if (flags & SDPU_VF_UNTRUSTED)
		policy |= SDPU_POLICY_UNTRUSTED;
	WRITE_ONCE(sdpu_card_function(fn->card, vf)->port.policy, policy);
}

static u16 sdpu_pf_rule_add(void *priv, u32 id, const struct sdpu_ctrl_rule *rule)
{
	struct sdpu_function *fn = priv;

	return sdpu_rules_add(sdpu_card_rules(fn->card), id, rule);
}

static u16 sdpu_pf_rule_del(void *priv, u32 id)
{
	struct sdpu_function *fn = priv;

	return sdpu_rules_del(sdpu_card_rules(fn->card), id);
}

static u16 sdpu_pf_rule_stats(void *priv, u32 id, struct sdpu_ctrl_rule_stats *out)
{
	struct sdpu_function *fn = priv;

	return sdpu_rules_stats(sdpu_card_rules(fn->card), id, out);
}

const struct sdpu_ctl_hooks sdpu_pf_hooks = {
	.identify	= sdpu_pf_identify,
	.stats		= sdpu_pf_stats,
	.port_set	= sdpu_pf_port_set,
	.port_filter	= sdpu_pf_port_filter,
	.vf_link	= sdpu_pf_vf_link,
	.eswitch	= sdpu_pf_eswitch,
	.vf_mac		= sdpu_pf_vf_mac,
	.vf_rate	= sdpu_pf_vf_rate,
	.group_rate	= sdpu_pf_group_rate,
	.vf_policy	= sdpu_pf_vf_policy,
	.rule_add	= sdpu_pf_rule_add,
	.rule_del	= sdpu_pf_rule_del,
	.rule_stats	= sdpu_pf_rule_stats,
};
