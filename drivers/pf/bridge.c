// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bridges of the host with representors and the uplink among their ports. The bridge
 * learns, ages and floods, as it does for any port; where it knows an address, the card
 * forwards to it by itself, by rules of its own:
 *
 *   in   frames of that source, at the port of the address: on in the bridge's chain,
 *        with the tag of the VLAN that they are in
 *   out  frames of that destination, in the bridge's chain, which all ports share: out at
 *        the port of the address, without the tag if that is how its VLAN is there
 *
 * So a frame whose source the bridge does not know where it is, or whose destination it
 * does not know, is the host's. The card counts what rules take: that is how an address
 * in use does not age, although the bridge sees nothing of it.
 *
 * The RTNL protects all of it. What a bridge says of addresses comes from soft interrupts,
 * and is done by a work item that takes it.
 */
#include <linux/bitmap.h>
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/list.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/switchdev.h>

#include "bridge.h"
#include "eswitch.h"
#include "flower.h"
#include "netdev.h"
#include "pf.h"

/* How often is looked for addresses that age: a quarter of what they may, within these. */
#define SDPU_BRIDGE_LOOK_MIN	HZ
#define SDPU_BRIDGE_LOOK_MAX	(30 * HZ)

/* What a bridge has said of an address, to be done with the RTNL held. */
struct sdpu_bridge_news {
	struct work_struct work;
	struct net_device *dev;
	netdevice_tracker tracker;
	u8 addr[ETH_ALEN];
	u16 vid;
	bool add;
	bool user;
};

/* One after the other. */
static struct workqueue_struct *sdpu_bridge_wq;

static int sdpu_bridge_event(struct notifier_block *nb, unsigned long event, void *ptr);
static int sdpu_bridge_event_blocking(struct notifier_block *nb, unsigned long event, void *ptr);

static struct notifier_block sdpu_bridge_nb = {
	.notifier_call = sdpu_bridge_event,
};

static struct notifier_block sdpu_bridge_nb_blocking = {
	.notifier_call = sdpu_bridge_event_blocking,
};

/* May be a port of ours, in a card in whatever mode. */
static bool sdpu_bridge_may(const struct net_device *dev)
{
	return sdpu_rep_number(dev) || sdpu_netdev_is(dev);
}

static struct sdpu_bridge_port *sdpu_bridge_port_find(struct sdpu_bridging *bridging,
						      const struct net_device *dev)
{
	struct sdpu_bridge_port *port;

	list_for_each_entry(port, &bridging->ports, list)
		if (port->dev == dev)
			return port;

	return NULL;
}

static struct sdpu_bridging *sdpu_bridging_of(const struct net_device *dev)
{
	return sdpu_eswitch_of(dev)->bridging;
}

static void sdpu_bridge_look_later(struct sdpu_bridging *bridging)
{
	unsigned long delay = SDPU_BRIDGE_LOOK_MAX;
	const struct sdpu_bridge *bridge;

	if (list_empty(&bridging->bridges))
		return;
	list_for_each_entry(bridge, &bridging->bridges, list)
		if (bridge->ageing)
			delay = min(delay, bridge->ageing / 4);
	mod_delayed_work(system_long_wq, &bridging->look,
			 max_t(unsigned long, delay, SDPU_BRIDGE_LOOK_MIN));
}

static void sdpu_bridge_look_work(struct work_struct *work)
{
	struct sdpu_bridging *bridging = container_of(to_delayed_work(work), struct sdpu_bridging,
						      look);
	const struct sdpu_bridge_port *port;
	struct sdpu_bridge *bridge;

	rtnl_lock();
	/* the bridge learns them anew */
	if (test_and_clear_bit(0, &bridging->lost))
		list_for_each_entry(port, &bridging->ports, list)
			sdpu_fdb_flush(bridging, port);
	list_for_each_entry(bridge, &bridging->bridges, list)
		sdpu_fdb_age(bridging, bridge);
	sdpu_bridge_look_later(bridging);
	rtnl_unlock();
}

/* Bridges, and ports in them */

static struct sdpu_bridge *sdpu_bridge_get(struct sdpu_bridging *bridging, struct net_device *dev)
{
	struct sdpu_bridge *bridge;
	int number;

	list_for_each_entry(bridge, &bridging->bridges, list)
		if (bridge->dev == dev)
			goto found;

	bridge = kzalloc(sizeof(*bridge), GFP_KERNEL);
	if (!bridge)
		return NULL;
	number = ida_alloc(&bridging->numbers, GFP_KERNEL);
	if (number < 0) {
		kfree(bridge);
		return NULL;
	}
	bridge->dev = dev;
	bridge->number = number;
	bridge->filtering = br_vlan_enabled(dev);
	br_vlan_get_proto(dev, &bridge->protocol);
	bridge->ageing = BR_DEFAULT_AGEING_TIME;
	INIT_LIST_HEAD(&bridge->entries);
	list_add_tail(&bridge->list, &bridging->bridges);
	sdpu_bridge_look_later(bridging);
found:
	bridge->num_ports++;

	return bridge;
}

static void sdpu_bridge_put(struct sdpu_bridging *bridging, struct sdpu_bridge *bridge)
{
	if (--bridge->num_ports)
		return;
	list_del(&bridge->list);
	ida_free(&bridging->numbers, bridge->number);
	kfree(bridge);
}

static void sdpu_bridge_leave(struct sdpu_bridging *bridging, struct sdpu_bridge_port *port)
{
	sdpu_fdb_flush(bridging, port);
	switchdev_bridge_port_unoffload(port->dev, port, &sdpu_bridge_nb,
					&sdpu_bridge_nb_blocking);
	list_del(&port->list);
	sdpu_bridge_put(bridging, port->bridge);
	kfree(port);
}

static int sdpu_bridge_join(struct sdpu_bridging *bridging, struct net_device *dev,
			    struct net_device *bridge_dev, struct netlink_ext_ack *extack)
{
	struct sdpu_bridge_port *port;
	int ret;

	port = kzalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return -ENOMEM;
	port->dev = dev;
	port->number = sdpu_eswitch_port(bridging->pf, dev);
	port->forwarding = br_port_get_stp_state(dev) == BR_STATE_FORWARDING;
	port->isolated = br_port_flag_is_set(dev, BR_ISOLATED);
	port->bridge = sdpu_bridge_get(bridging, bridge_dev);
	if (!port->bridge) {
		kfree(port);
		return -ENOMEM;
	}
	/* it is told what there is already, and finds it */
	list_add_tail(&port->list, &bridging->ports);
	ret = switchdev_bridge_port_offload(dev, dev, port, &sdpu_bridge_nb,
					    &sdpu_bridge_nb_blocking, false, extack);
	if (ret) {
		list_del(&port->list);
		sdpu_bridge_put(bridging, port->bridge);
		kfree(port);
	}

	return ret;
}

/* Only what a card that knows of chains can have, in switchdev mode. */
static bool sdpu_bridging_is_on(const struct sdpu_bridging *bridging)
{
	struct netdev_phys_item_id id;

	return sdpu_eswitch_id(bridging->pf, &id) && sdpu_flower_has_chains(bridging->pf->flower);
}

static int sdpu_bridge_netdev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct netdev_notifier_changeupper_info *info = ptr;
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct sdpu_bridging *bridging;
	struct sdpu_bridge_port *port;
	int ret = 0;

	if ((event != NETDEV_PRECHANGEUPPER && event != NETDEV_CHANGEUPPER) ||
	    !sdpu_bridge_may(dev) || !netif_is_bridge_master(info->upper_dev))
		return NOTIFY_DONE;

	bridging = sdpu_bridging_of(dev);
	port = sdpu_bridge_port_find(bridging, dev);
	if (event == NETDEV_PRECHANGEUPPER && !info->linking && port)
		sdpu_bridge_leave(bridging, port);
	else if (event == NETDEV_CHANGEUPPER && info->linking && !port &&
		 sdpu_bridging_is_on(bridging))
		ret = sdpu_bridge_join(bridging, dev, info->upper_dev,
				       netdev_notifier_info_to_extack(ptr));

	return notifier_from_errno(ret);
}

static struct notifier_block sdpu_bridge_netdev_nb = {
	.notifier_call = sdpu_bridge_netdev_event,
};

/* What a bridge says of addresses */

static void sdpu_bridge_news_work(struct work_struct *work)
{
	struct sdpu_bridge_news *news = container_of(work, struct sdpu_bridge_news, work);
	struct sdpu_bridging *bridging;
	struct sdpu_bridge_port *port;

	rtnl_lock();
	bridging = sdpu_bridging_of(news->dev);
	port = sdpu_bridge_port_find(bridging, news->dev);
	if (port && news->add)
		sdpu_fdb_add(bridging, port, news->addr, news->vid, news->user);
	else if (port)
		sdpu_fdb_del(bridging, port, news->addr, news->vid);
	rtnl_unlock();
	netdev_put(news->dev, &news->tracker);
	kfree(news);
}

/* Context: soft interrupt, or not; RTNL or RCU. */
static int sdpu_bridge_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct switchdev_notifier_fdb_info *info = ptr;
	struct net_device *dev = switchdev_notifier_info_to_dev(ptr);
	struct sdpu_bridging *bridging;
	struct sdpu_bridge_news *news;

	if ((event != SWITCHDEV_FDB_ADD_TO_DEVICE && event != SWITCHDEV_FDB_DEL_TO_DEVICE) ||
	    !sdpu_bridge_may(dev) || info->is_local)
		return NOTIFY_DONE;

	news = kzalloc(sizeof(*news), GFP_ATOMIC);
	if (!news) {
		/* the host forwards to what we do not know; but not to where nobody is any more */
		bridging = sdpu_bridging_of(dev);
		if (event == SWITCHDEV_FDB_DEL_TO_DEVICE && !test_and_set_bit(0, &bridging->lost))
			mod_delayed_work(system_long_wq, &bridging->look, 0);
		return NOTIFY_DONE;
	}
	INIT_WORK(&news->work, sdpu_bridge_news_work);
	ether_addr_copy(news->addr, info->addr);
	news->vid = info->vid;
	news->add = event == SWITCHDEV_FDB_ADD_TO_DEVICE;
	news->user = info->added_by_user;
	news->dev = dev;
	netdev_hold(dev, &news->tracker, GFP_ATOMIC);
	queue_work(sdpu_bridge_wq, &news->work);

	return NOTIFY_DONE;
}

/* What it says of itself and its ports */

static int sdpu_bridge_attr(struct net_device *dev, const void *ctx,
			    const struct switchdev_attr *attr, struct netlink_ext_ack *extack)
{
	struct sdpu_bridging *bridging = sdpu_bridging_of(dev);
	struct sdpu_bridge_port *port = sdpu_bridge_port_find(bridging, dev), *all = NULL;

	if (!port || (ctx && ctx != port))
		return -EOPNOTSUPP;

	switch (attr->id) {
	case SWITCHDEV_ATTR_ID_PORT_STP_STATE:
		port->forwarding = attr->u.stp_state == BR_STATE_FORWARDING;
		all = port;
		break;
	case SWITCHDEV_ATTR_ID_PORT_PRE_BRIDGE_FLAGS:
		/* what floods, hairpins or is locked is the host's */
		return 0;
	case SWITCHDEV_ATTR_ID_PORT_BRIDGE_FLAGS:
		if (!(attr->u.brport_flags.mask & BR_ISOLATED))
			return 0;
		port->isolated = attr->u.brport_flags.val & BR_ISOLATED;
		all = port;
		break;
	case SWITCHDEV_ATTR_ID_BRIDGE_AGEING_TIME:
		port->bridge->ageing = clock_t_to_jiffies(attr->u.ageing_time);
		sdpu_bridge_look_later(bridging);
		return 0;
	case SWITCHDEV_ATTR_ID_BRIDGE_VLAN_FILTERING:
		port->bridge->filtering = attr->u.vlan_filtering;
		break;
	case SWITCHDEV_ATTR_ID_BRIDGE_VLAN_PROTOCOL:
		port->bridge->protocol = attr->u.vlan_protocol;
		break;
	default:
		return -EOPNOTSUPP;
	}
	sdpu_fdb_sync(bridging, port->bridge, all);

	return 0;
}

static void sdpu_bridge_vlan_set(struct sdpu_bridge_port *port, u16 vid, bool member, u16 flags)
{
	bool pvid = member && flags & BRIDGE_VLAN_INFO_PVID;

	__assign_bit(vid, port->vlans, member);
	__assign_bit(vid, port->untagged, member && flags & BRIDGE_VLAN_INFO_UNTAGGED);
	if (pvid)
		port->pvid = vid;
	else if (port->pvid == vid)
		port->pvid = 0;
}

static int sdpu_bridge_vlan(struct net_device *dev, const void *ctx,
			    const struct switchdev_obj *obj, bool member)
{
	struct sdpu_bridging *bridging = sdpu_bridging_of(dev);
	struct sdpu_bridge_port *port = sdpu_bridge_port_find(bridging, dev);
	const struct switchdev_obj_port_vlan *vlan;

	/* VLANs of the bridge's own are no business of its ports */
	if (!port || (ctx && ctx != port) || obj->id != SWITCHDEV_OBJ_ID_PORT_VLAN ||
	    obj->orig_dev != dev)
		return -EOPNOTSUPP;
	vlan = SWITCHDEV_OBJ_PORT_VLAN(obj);
	if (!vlan->vid || vlan->vid >= VLAN_N_VID)
		return -EINVAL;
	sdpu_bridge_vlan_set(port, vlan->vid, member, vlan->flags);
	sdpu_fdb_sync(bridging, port->bridge, port);

	return 0;
}

static int sdpu_bridge_obj_add(struct net_device *dev, const void *ctx,
			       const struct switchdev_obj *obj, struct netlink_ext_ack *extack)
{
	return sdpu_bridge_vlan(dev, ctx, obj, true);
}

static int sdpu_bridge_obj_del(struct net_device *dev, const void *ctx,
			       const struct switchdev_obj *obj)
{
	return sdpu_bridge_vlan(dev, ctx, obj, false);
}

/* Context: RTNL held. */
static int sdpu_bridge_event_blocking(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = switchdev_notifier_info_to_dev(ptr);
	int ret;

	switch (event) {
	case SWITCHDEV_PORT_OBJ_ADD:
		ret = switchdev_handle_port_obj_add(dev, ptr, sdpu_bridge_may,
						    sdpu_bridge_obj_add);
		break;
	case SWITCHDEV_PORT_OBJ_DEL:
		ret = switchdev_handle_port_obj_del(dev, ptr, sdpu_bridge_may,
						    sdpu_bridge_obj_del);
		break;
	case SWITCHDEV_PORT_ATTR_SET:
		ret = switchdev_handle_port_attr_set(dev, ptr, sdpu_bridge_may, sdpu_bridge_attr);
		break;
	default:
		return NOTIFY_DONE;
	}

	return notifier_from_errno(ret);
}

/**
 * sdpu_bridging_create - there may be bridges
 * @pf: the card
 *
 * Context: may sleep.
 * Return: it, or an ERR_PTR().
 */
struct sdpu_bridging *sdpu_bridging_create(struct sdpu_pf *pf)
{
	struct sdpu_bridging *bridging = kzalloc(sizeof(*bridging), GFP_KERNEL);
	int ret;

	if (!bridging)
		return ERR_PTR(-ENOMEM);
	bridging->pf = pf;
	INIT_LIST_HEAD(&bridging->bridges);
	INIT_LIST_HEAD(&bridging->ports);
	ida_init(&bridging->numbers);
	INIT_DELAYED_WORK(&bridging->look, sdpu_bridge_look_work);
	ret = sdpu_fdb_init(bridging);
	if (ret) {
		kfree(bridging);
		return ERR_PTR(ret);
	}

	return bridging;
}

/**
 * sdpu_bridging_destroy - there are none any more
 * @bridging: from sdpu_bridging_create(); the netdevs of the card are gone
 *
 * Context: may sleep, RTNL not held.
 */
void sdpu_bridging_destroy(struct sdpu_bridging *bridging)
{
	WARN_ON(!list_empty(&bridging->ports));
	cancel_delayed_work_sync(&bridging->look);
	sdpu_fdb_exit(bridging);
	ida_destroy(&bridging->numbers);
	kfree(bridging);
}

/**
 * sdpu_bridging_start - the card is in switchdev mode: the uplink may be in a bridge already
 * @bridging: of the card
 *
 * Context: may sleep, takes the RTNL.
 */
void sdpu_bridging_start(struct sdpu_bridging *bridging)
{
	struct net_device *dev = bridging->pf->netdev, *master;

	rtnl_lock();
	master = netdev_master_upper_dev_get(dev);
	/* if not, the host forwards */
	if (master && netif_is_bridge_master(master) && sdpu_bridging_is_on(bridging))
		sdpu_bridge_join(bridging, dev, master, NULL);
	rtnl_unlock();
}

/**
 * sdpu_bridging_stop - it is not any more
 * @bridging: of the card; there are no representors any more
 *
 * Context: may sleep, takes the RTNL.
 */
void sdpu_bridging_stop(struct sdpu_bridging *bridging)
{
	struct sdpu_bridge_port *port, *next;

	rtnl_lock();
	list_for_each_entry_safe(port, next, &bridging->ports, list)
		sdpu_bridge_leave(bridging, port);
	rtnl_unlock();
}

/**
 * sdpu_bridge_init - hear what bridges say
 *
 * Context: may sleep; no card has a driver yet.
 * Return: 0 or a negative errno.
 */
int sdpu_bridge_init(void)
{
	int ret;

	sdpu_bridge_wq = alloc_ordered_workqueue("softdpu-bridge", 0);
	if (!sdpu_bridge_wq)
		return -ENOMEM;
	ret = register_netdevice_notifier(&sdpu_bridge_netdev_nb);
	if (ret)
		goto err_wq;
	ret = register_switchdev_notifier(&sdpu_bridge_nb);
	if (ret)
		goto err_netdev;
	ret = register_switchdev_blocking_notifier(&sdpu_bridge_nb_blocking);
	if (ret)
		goto err_switchdev;

	return 0;

err_switchdev:
	unregister_switchdev_notifier(&sdpu_bridge_nb);
err_netdev:
	unregister_netdevice_notifier(&sdpu_bridge_netdev_nb);
err_wq:
	destroy_workqueue(sdpu_bridge_wq);

	return ret;
}

/**
 * sdpu_bridge_exit - and not any more
 *
 * Context: may sleep; no card has a driver any more.
 */
void sdpu_bridge_exit(void)
{
	unregister_switchdev_blocking_notifier(&sdpu_bridge_nb_blocking);
	unregister_switchdev_notifier(&sdpu_bridge_nb);
	unregister_netdevice_notifier(&sdpu_bridge_netdev_nb);
	destroy_workqueue(sdpu_bridge_wq);
}
