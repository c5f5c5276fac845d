// SPDX-License-Identifier: GPL-2.0-only
/* What is at the other end of a card's wire, and frames to and from there. */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include <softdpu/ids.h>

#include "card.h"
#include "forward.h"
#include "function.h"
#include "link.h"
#include "pfleg.h"
#include "rules.h"
#include "wire.h"

/* Frames of the PF's netdev that may wait: as many as a netdev's own queue takes by default. */
#define SDPU_WIRE_QUEUE		1000

/* Of them in one go, with bottom halves disabled. */
#define SDPU_WIRE_BATCH		64

/**
 * struct sdpu_wire_end - what a wire is joined with, one of the two
 * @peer: the wire of another card
 * @dev: a netdev
 * @tracker: of the reference to it
 */
struct sdpu_wire_end {
	struct sdpu_wire *peer;
	struct net_device *dev;
	netdevice_tracker tracker;
};

/* All wires that can be joined; RTNL. */
static LIST_HEAD(sdpu_wires);

static struct sdpu_wire_end *sdpu_wire_end(const struct sdpu_wire *wire)
{
	return rtnl_dereference(wire->end);
}

/* Links */

static bool sdpu_wire_end_up(const struct sdpu_wire_end *end)
{
	if (!end)
		return true;
	if (end->peer)
		return end->peer->plugged;
	return netif_running(end->dev) && netif_carrier_ok(end->dev);
}

/* One of the ends has changed. */
static void sdpu_wire_update(struct sdpu_wire *wire)
{
	bool up = wire->plugged && sdpu_wire_end_up(sdpu_wire_end(wire));
	unsigned int i;

	if (up == wire->port.link)
		return;
	WRITE_ONCE(wire->port.link, up);
	for (i = 0; i <= sdpu_card_total_vfs(wire->card); i++)
		sdpu_link_update(sdpu_card_function(wire->card, i));
}

void sdpu_wire_plug(struct sdpu_wire *wire, bool in)
{
	struct sdpu_wire_end *end;

	rtnl_lock();
	WRITE_ONCE(wire->plugged, in);
	sdpu_wire_update(wire);
	end = sdpu_wire_end(wire);
	if (end && end->peer)
		sdpu_wire_update(end->peer);
	rtnl_unlock();
}

bool sdpu_wire_plugged(const struct sdpu_wire *wire)
{
	return READ_ONCE(wire->plugged);
}

bool sdpu_wire_up(const struct sdpu_wire *wire)
{
	return READ_ONCE(wire->port.link);
}

/* Frames from there */

static void sdpu_wire_count_rx(struct sdpu_wire *wire, const struct sdpu_frame *frame)
{
	atomic64_inc(&wire->stats.rx_packets);
	atomic64_add(frame->len, &wire->stats.rx_bytes);
}

static void sdpu_wire_in(struct sdpu_wire *wire, struct sk_buff *skb)
{
	unsigned int hint = skb_rx_queue_recorded(skb) ? skb_get_rx_queue(skb) : 0;
	struct sdpu_frame frame;
	struct sdpu_fwd fwd;

	if (!READ_ONCE(wire->port.link)) {
		atomic64_inc(&wire->stats.rx_drop_down);
		return;
	}
	if (!sdpu_frame_from_skb(&frame, skb, SDPU_HOST_OFFLOADS)) {
		atomic64_inc(&wire->stats.rx_drop_bad);
		return;
	}
	sdpu_frame_parse(&frame);
	sdpu_wire_count_rx(wire, &frame);
	sdpu_fwd_begin(&fwd, wire->card, &wire->port, hint);
	if (!sdpu_fwd_frame(&fwd, &frame))
		atomic64_inc(&wire->stats.rx_drop_no_port);
	if (fwd.rx.bad)
		atomic64_inc(&wire->stats.rx_drop_bad);
	sdpu_fwd_flush(&fwd);
	sdpu_fwd_end(&fwd);
}

static rx_handler_result_t sdpu_wire_handle(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct sdpu_wire *wire;

	if (skb->pkt_type == PACKET_LOOPBACK)
		return RX_HANDLER_PASS;
	wire = rcu_dereference(skb->dev->rx_handler_data);
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (skb) {
		skb_push_rcsum(skb, skb->data - skb_mac_header(skb));
		if (skb_vlan_tag_present(skb))
			skb = __vlan_hwaccel_push_inside(skb);
	}
	if (!skb) {
		atomic64_inc(&wire->stats.rx_drop_bad);
		return RX_HANDLER_CONSUMED;
	}
	sdpu_wire_in(wire, skb);
	consume_skb(skb);
	return RX_HANDLER_CONSUMED;
}

/* Frames to there */

static void sdpu_wire_count_tx(struct sdpu_wire *wire, u32 len)
{
	atomic64_inc(&wire->stats.tx_packets);
	atomic64_add(len, &wire->stats.tx_bytes);
}

/* The other card forwards it, here and now. */
static void sdpu_wire_cross(struct sdpu_fwd *fwd, struct sdpu_wire *wire, struct sdpu_wire *peer,
			    const struct sdpu_frame *frame)
{
	struct sdpu_fwd there;
	bool bad = fwd->rx.bad;

	sdpu_wire_count_tx(wire, frame->len);
	if (!READ_ONCE(peer->port.link)) {
		atomic64_inc(&peer->stats.rx_drop_down);
		return;
	}
	sdpu_wire_count_rx(peer, frame);
	sdpu_fwd_begin(&there, peer->card, &peer->port, fwd->hint);
	/* the lock of one receiver at a time, whichever card it is of */
	there.rx = fwd->rx;
	if (!sdpu_fwd_frame(&there, frame))
		atomic64_inc(&peer->stats.rx_drop_no_port);
	if (there.rx.bad)
		atomic64_inc(&peer->stats.rx_drop_bad);
	fwd->rx = there.rx;
	fwd->rx.bad = bad;
	if (there.groups)
		sdpu_rules_count(&there);
	list_splice_tail_init(&there.to_host, &fwd->to_wire);
}

static void sdpu_wire_out(struct sdpu_fwd *fwd, struct sdpu_wire *wire,
			  const struct sdpu_frame *frame)
{
	struct sk_buff *skb = sdpu_fwd_skb(fwd, frame, &wire->stats.tx_drop_no_buffer);

	if (skb)
		list_add_tail(&skb->list, &fwd->to_wire);
}

/* The PF's netdev has sent it: see wire.h. */
static void sdpu_wire_defer(struct sdpu_wire *wire, struct sk_buff *skb)
{
	skb = skb_queue_len_lockless(&wire->queue) < SDPU_WIRE_QUEUE ?
		      skb_clone(skb, GFP_ATOMIC) : NULL;
	if (!skb) {
		atomic64_inc(&wire->stats.tx_drop_no_buffer);
		return;
	}
	skb_queue_tail(&wire->queue, skb);
	queue_work(sdpu_card_wq(wire->card), &wire->work);
}

unsigned int sdpu_wire_send(struct sdpu_fwd *fwd, const struct sdpu_frame *frame)
{
	struct sdpu_wire *wire = sdpu_card_wire(fwd->card);
	const struct sdpu_wire_end *end = fwd->end;

	/* nothing goes back to where it came from */
	if (!end || fwd->from == &wire->port || !READ_ONCE(wire->port.link))
		return 0;
	if (!fwd->from->number)
		sdpu_wire_defer(wire, frame->skb);
	else if (end->peer)
		sdpu_wire_cross(fwd, wire, end->peer, frame);
	else
		sdpu_wire_out(fwd, wire, frame);
	return 1;
}

/* Give @skb, which lies at its Ethernet header, to a netdev. */
static void sdpu_wire_xmit(struct sdpu_wire *wire, struct net_device *dev, struct sk_buff *skb)
{
	u32 len = skb->len;
	int ret;

	sdpu_skb_set_network(skb);
	skb->dev = dev;
	if (!is_skb_forwardable(dev, skb)) {
		atomic64_inc(&wire->stats.tx_drop_down);
		kfree_skb(skb);
		return;
	}
	ret = dev_queue_xmit(skb);
	if (net_xmit_eval(ret))
		atomic64_inc(&wire->stats.tx_drop_down);
	else
		sdpu_wire_count_tx(wire, len);
}

void sdpu_wire_flush(struct sdpu_fwd *fwd)
{
	const struct sdpu_wire_end *end = fwd->end;
	struct sk_buff *skb, *next;

	if (end->peer) {
		sdpu_pf_flush(sdpu_card_function(end->peer->card, 0), fwd->hint, &fwd->to_wire);
		return;
	}
	list_for_each_entry_safe(skb, next, &fwd->to_wire, list) {
		skb_list_del_init(skb);
		sdpu_wire_xmit(sdpu_card_wire(fwd->card), end->dev, skb);
	}
}

static void sdpu_wire_push(struct sdpu_wire *wire, struct sk_buff *skb)
{
	const struct sdpu_wire_end *end = rcu_dereference(wire->end);

	if (!end || !READ_ONCE(wire->port.link)) {
		atomic64_inc(&wire->stats.tx_drop_down);
		kfree_skb(skb);
		return;
	}
	/* for who is there it is new: no socket waits for it, no route of here leads it on */
	skb_scrub_packet(skb, true);
	if (end->dev) {
		sdpu_wire_xmit(wire, end->dev, skb);
		return;
	}
	sdpu_wire_count_tx(wire, skb->len);
	sdpu_wire_in(end->peer, skb);
	consume_skb(skb);
}

static void sdpu_wire_work(struct work_struct *work)
{
	struct sdpu_wire *wire = container_of(work, struct sdpu_wire, work);
	struct sk_buff *skb = NULL;
	unsigned int i;

	local_bh_disable();
	rcu_read_lock();
	for (i = 0; i < SDPU_WIRE_BATCH; i++) {
		skb = skb_dequeue(&wire->queue);
		if (!skb)
			break;
		sdpu_wire_push(wire, skb);
	}
	rcu_read_unlock();
	local_bh_enable();
	if (skb)
		queue_work(sdpu_card_wq(wire->card), &wire->work);
}

/* Joining */

/* Neither end uses the other any more when this returns. */
static void sdpu_wire_separate_locked(struct sdpu_wire *wire)
{
	struct sdpu_wire_end *end = sdpu_wire_end(wire);
	struct sdpu_wire *peer = end ? end->peer : NULL;
	struct sdpu_wire_end *back = peer ? sdpu_wire_end(peer) : NULL;

	ASSERT_RTNL();
	if (!end)
		return;
	RCU_INIT_POINTER(wire->end, NULL);
	if (peer)
		RCU_INIT_POINTER(peer->end, NULL);
	if (end->dev) {
		netdev_rx_handler_unregister(end->dev);
		dev_set_promiscuity(end->dev, -1);
	}
	synchronize_rcu();
	if (end->dev)
		netdev_put(end->dev, &end->tracker);
	kfree(end);
	kfree(back);
	sdpu_wire_update(wire);
	if (peer)
		sdpu_wire_update(peer);
}

void sdpu_wire_separate(struct sdpu_wire *wire)
{
	rtnl_lock();
	sdpu_wire_separate_locked(wire);
	rtnl_unlock();
}

static struct sdpu_wire *sdpu_wire_of_card(unsigned int id)
{
	struct sdpu_wire *wire;

	list_for_each_entry(wire, &sdpu_wires, list)
		if (sdpu_card_id(wire->card) == id)
			return wire;
	return NULL;
}

static int sdpu_wire_join_card_locked(struct sdpu_wire *wire, unsigned int id)
{
	struct sdpu_wire *peer = sdpu_wire_of_card(id);
	struct sdpu_wire_end *end, *back;

	if (!peer)
		return -ENODEV;
	if (peer == wire)
		return -EINVAL;
	if (sdpu_wire_end(wire) || sdpu_wire_end(peer))
		return -EBUSY;
	end = kzalloc(sizeof(*end), GFP_KERNEL);
	back = kzalloc(sizeof(*back), GFP_KERNEL);
	if (!end || !back) {
		kfree(end);
		kfree(back);
		return -ENOMEM;
	}
	end->peer = peer;
	back->peer = wire;
	rcu_assign_pointer(wire->end, end);
	rcu_assign_pointer(peer->end, back);
	sdpu_wire_update(wire);
	sdpu_wire_update(peer);
	return 0;
}

int sdpu_wire_join_card(struct sdpu_wire *wire, unsigned int id)
{
	int err;

	rtnl_lock();
	err = sdpu_wire_join_card_locked(wire, id);
	rtnl_unlock();
	return err;
}

/* Does it belong to a card? Then a frame along the wire could come back for ever. */
static bool sdpu_wire_is_ours(struct net_device *dev)
{
	struct device *parent;

	for (parent = dev->dev.parent; parent; parent = parent->parent)
		if (dev_is_pci(parent) && to_pci_dev(parent)->vendor == SDPU_PCI_VENDOR_ID)
			return true;
	return false;
}

static int sdpu_wire_join_netdev_locked(struct sdpu_wire *wire, struct net_device *dev)
{
	struct sdpu_wire_end *end;
	int err;

	if (!dev)
		return -ENODEV;
	if (dev->type != ARPHRD_ETHER || dev->flags & IFF_LOOPBACK || sdpu_wire_is_ours(dev))
		return -EINVAL;
	if (sdpu_wire_end(wire))
		return -EBUSY;
	end = kzalloc(sizeof(*end), GFP_KERNEL);
	if (!end)
		return -ENOMEM;
	end->dev = dev;
	err = dev_set_promiscuity(dev, 1);
	if (err)
		goto free;
	err = netdev_rx_handler_register(dev, sdpu_wire_handle, wire);
	if (err)
		goto promiscuity;
	netdev_hold(dev, &end->tracker, GFP_KERNEL);
	dev_disable_lro(dev);
	rcu_assign_pointer(wire->end, end);
	sdpu_wire_update(wire);
	return 0;

promiscuity:
	dev_set_promiscuity(dev, -1);
free:
	kfree(end);
	return err;
}

int sdpu_wire_join_netdev(struct sdpu_wire *wire, struct net *net, const char *name)
{
	int err;

	rtnl_lock();
	err = sdpu_wire_join_netdev_locked(wire, __dev_get_by_name(net, name));
	rtnl_unlock();
	return err;
}

int sdpu_wire_show(struct sdpu_wire *wire, char *buf)
{
	struct sdpu_wire_end *end;
	int len;

	rtnl_lock();
	end = sdpu_wire_end(wire);
	if (!end)
		len = sysfs_emit(buf, "none\n");
	else if (end->peer)
		len = sysfs_emit(buf, "card %u\n", sdpu_card_id(end->peer->card));
	else
		len = sysfs_emit(buf, "netdev %s\n", end->dev->name);
	rtnl_unlock();
	return len;
}

static struct sdpu_wire *sdpu_wire_of_netdev(const struct net_device *dev)
{
	struct sdpu_wire_end *end;
	struct sdpu_wire *wire;

	list_for_each_entry(wire, &sdpu_wires, list) {
		end = sdpu_wire_end(wire);
		if (end && end->dev == dev)
			return wire;
	}
	return NULL;
}

static int sdpu_wire_netdev_event(struct notifier_block *nb, unsigned long event, void *info)
{
	struct sdpu_wire *wire = sdpu_wire_of_netdev(netdev_notifier_info_to_dev(info));

	if (!wire)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		sdpu_wire_update(wire);
		break;
	case NETDEV_UNREGISTER:
		/* it leaves for another namespace, or for good */
		sdpu_wire_separate_locked(wire);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block sdpu_wire_notifier = {
	.notifier_call = sdpu_wire_netdev_event,
};

/* Life */

void sdpu_wire_init(struct sdpu_wire *wire, struct sdpu_card *card)
{
	wire->card = card;
	wire->plugged = true;
	wire->port.link = true;
	INIT_LIST_HEAD(&wire->list);
	skb_queue_head_init(&wire->queue);
	INIT_WORK(&wire->work, sdpu_wire_work);
}

void sdpu_wire_open(struct sdpu_wire *wire)
{
	rtnl_lock();
	list_add_tail(&wire->list, &sdpu_wires);
	rtnl_unlock();
}

void sdpu_wire_close(struct sdpu_wire *wire)
{
	rtnl_lock();
	sdpu_wire_separate_locked(wire);
	list_del_init(&wire->list);
	rtnl_unlock();
	cancel_work_sync(&wire->work);
	skb_queue_purge(&wire->queue);
}

int sdpu_wire_module_init(void)
{
	return register_netdevice_notifier(&sdpu_wire_notifier);
}

void sdpu_wire_module_exit(void)
{
	unregister_netdevice_notifier(&sdpu_wire_notifier);
}
