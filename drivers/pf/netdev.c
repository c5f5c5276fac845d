// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PF's network device: the host's own leg on the card.
 *
 * Frames. A frame that the stack sends is given to the card in the context that
 * sends it, whole, be it a GSO frame of 64 KiB in pages: the card copies it into
 * the receivers' buffers itself, there is no ring in between, so a queue never
 * stops, and there is no qdisc unless somebody wants one. Frames from the card
 * come in batches, in the context of the queue of a VF that sent them, with
 * bottom halves disabled. They go up the stack right there with
 * netif_receive_skb_list(), as tun does it: a NAPI instance would put a softirq
 * between, for the sake of GRO, and a guest that cares for throughput sends GSO
 * frames, which need no GRO. What the stack sends to other ports on that
 * occasion goes to the card in lists, see frames.c.
 *
 * Order of leaving. sdpu_netdev_unregister() closes the netdev: the stack sends
 * no more, net_detach() waits for the card's last call of sdpu_netdev_rx(). Then
 * work items are stopped, the control path is closed by the caller, and only
 * then is memory freed.
 */
#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/pci.h>
#include <linux/skbuff.h>
#include <softdpu/ctrl.h>
#include <softdpu/xport.h>

#include "eswitch.h"
#include "flower.h"
#include "frames.h"
#include "netdev.h"

/* A counter of struct sdpu_queue_counters as an index. */
#define SDPU_COUNTER(name) \
	(offsetof(struct sdpu_queue_counters, name) / sizeof(u64))

static void sdpu_netdev_count(struct sdpu_netdev *nd, unsigned int queue,
			      const struct sdpu_queue_counters *add)
{
	struct sdpu_cpu_queue *q = this_cpu_ptr(nd->cpu_queues) + queue;

	u64_stats_update_begin(&q->sync);
	u64_stats_add(&q->counters[SDPU_COUNTER(rx_packets)], add->rx_packets);
	u64_stats_add(&q->counters[SDPU_COUNTER(rx_bytes)], add->rx_bytes);
	u64_stats_add(&q->counters[SDPU_COUNTER(rx_gso_packets)], add->rx_gso_packets);
	u64_stats_add(&q->counters[SDPU_COUNTER(rx_dropped)], add->rx_dropped);
	u64_stats_update_end(&q->sync);
}

static netdev_tx_t sdpu_netdev_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	unsigned int queue = skb_get_queue_mapping(skb);
	struct sdpu_cpu_queue *q = this_cpu_ptr(nd->cpu_queues) + queue;

	u64_stats_update_begin(&q->sync);
	u64_stats_inc(&q->counters[SDPU_COUNTER(tx_packets)]);
	u64_stats_add(&q->counters[SDPU_COUNTER(tx_bytes)], skb->len);
	if (skb_is_gso(skb))
		u64_stats_inc(&q->counters[SDPU_COUNTER(tx_gso_packets)]);
	u64_stats_update_end(&q->sync);

	sdpu_frames_xmit(nd->xp, 0, skb);

	return NETDEV_TX_OK;
}

static void sdpu_netdev_rx(void *priv, unsigned int queue, struct list_head *skbs)
{
	struct sdpu_netdev *nd = priv;
	struct sdpu_queue_counters add = {};

	/* the card has as many queues as its identity says, we may have fewer */
	if (queue >= nd->num_queues)
		queue %= nd->num_queues;

	sdpu_frames_adopt(nd->dev, queue, skbs, &add);
	sdpu_netdev_count(nd, queue, &add);

	sdpu_frames_receive(skbs);
}

static const struct sdpu_xport_net sdpu_netdev_net = {
	.rx = sdpu_netdev_rx,
};

static void sdpu_netdev_update_link(struct sdpu_netdev *nd)
{
	u32 link = nd->xp->ops->read(nd->xp, SDPU_REG_LINK);

	/* all ones: the card is gone, and the link with it */
	if (link != ~0u && (link & 1))
		netif_carrier_on(nd->dev);
	else
		netif_carrier_off(nd->dev);
}

/**
 * sdpu_netdev_link_changed - the card says that the link may have changed
 * @dev: the netdev, registered or not
 *
 * Context: may sleep, takes the RTNL.
 */
void sdpu_netdev_link_changed(struct net_device *dev)
{
	/* a netdev that is being unregistered must not have its carrier touched */
	rtnl_lock();
	if (dev->reg_state == NETREG_REGISTERED && netif_running(dev))
		sdpu_netdev_update_link(netdev_priv(dev));
	rtnl_unlock();
}

static int sdpu_netdev_open(struct net_device *dev)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	int ret;

	ret = nd->xp->ops->net_attach(nd->xp, 0, &sdpu_netdev_net, nd);
	if (ret)
		return ret;

	ret = sdpu_filter_set_up(nd, true);
	if (ret) {
		nd->xp->ops->net_detach(nd->xp, 0);
		return ret;
	}

	netif_tx_start_all_queues(dev);
	sdpu_netdev_update_link(nd);

	return 0;
}

static int sdpu_netdev_stop(struct net_device *dev)
{
	struct sdpu_netdev *nd = netdev_priv(dev);

	netif_tx_disable(dev);
	netif_carrier_off(dev);
	/* if the card does not answer it has no frames for us either */
	sdpu_filter_set_up(nd, false);
	nd->xp->ops->net_detach(nd->xp, 0);

	return 0;
}

static int sdpu_netdev_change_mtu(struct net_device *dev, int mtu)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	int ret;

	ret = sdpu_cmd_port_set_mtu(nd->ctrl, mtu);
	/*
	 * It was executed, maybe, and we say that it was not. After a timeout
	 * another command would most likely only take as long again.
	 */
	if (ret == -EIO)
		sdpu_cmd_port_set_mtu(nd->ctrl, dev->mtu);
	if (ret) {
		netdev_err(dev, "the card refuses an MTU of %d: %pe\n", mtu, ERR_PTR(ret));
		return ret;
	}
	WRITE_ONCE(dev->mtu, mtu);

	return 0;
}

static int sdpu_netdev_set_mac_address(struct net_device *dev, void *addr)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	const struct sockaddr *sa = addr;
	int ret;

	ret = eth_prepare_mac_addr_change(dev, addr);
	if (ret)
		return ret;

	ret = sdpu_cmd_port_set_mac(nd->ctrl, sa->sa_data);
	/* as for the MTU */
	if (ret == -EIO)
		sdpu_cmd_port_set_mac(nd->ctrl, dev->dev_addr);
	if (ret) {
		netdev_err(dev, "the card refuses address %pM: %pe\n", sa->sa_data, ERR_PTR(ret));
		return ret;
	}
	eth_commit_mac_addr_change(dev, addr);

	return 0;
}

/* In legacy mode it is no port of a switch that somebody could see. */
static int sdpu_netdev_get_port_parent_id(struct net_device *dev,
					  struct netdev_phys_item_id *ppid)
{
	struct sdpu_netdev *nd = netdev_priv(dev);

	return sdpu_eswitch_id(nd->pf, ppid) ? 0 : -EOPNOTSUPP;
}

static int sdpu_netdev_setup_tc(struct net_device *dev, enum tc_setup_type type, void *type_data)
{
	struct sdpu_netdev *nd = netdev_priv(dev);

	return sdpu_flower_setup_tc(nd->pf, dev, type, type_data);
}

static const struct net_device_ops sdpu_netdev_ops = {
	.ndo_open		= sdpu_netdev_open,
	.ndo_stop		= sdpu_netdev_stop,
	.ndo_start_xmit		= sdpu_netdev_xmit,
	.ndo_set_rx_mode	= sdpu_filter_set_rx_mode,
	.ndo_change_mtu		= sdpu_netdev_change_mtu,
	.ndo_set_mac_address	= sdpu_netdev_set_mac_address,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_get_stats64	= sdpu_stats_get64,
	.ndo_get_port_parent_id	= sdpu_netdev_get_port_parent_id,
	.ndo_set_vf_mac		= sdpu_vf_set_mac,
	.ndo_set_vf_link_state	= sdpu_vf_set_link_state,
	.ndo_set_vf_rate	= sdpu_vf_set_rate,
	.ndo_set_vf_vlan	= sdpu_vf_set_vlan,
	.ndo_set_vf_spoofchk	= sdpu_vf_set_spoof_check,
	.ndo_set_vf_trust	= sdpu_vf_set_trust,
	.ndo_get_vf_config	= sdpu_vf_get_config,
	.ndo_get_vf_stats	= sdpu_vf_get_stats,
	.ndo_setup_tc		= sdpu_netdev_setup_tc,
};

/**
 * sdpu_netdev_is - is it the netdev of a PF?
 * @dev: any netdev
 *
 * Context: any.
 * Return: true if it is.
 */
bool sdpu_netdev_is(const struct net_device *dev)
{
	return dev->netdev_ops == &sdpu_netdev_ops;
}

static void sdpu_netdev_setup(struct net_device *dev, const struct sdpu_identity *id)
{
	dev->netdev_ops = &sdpu_netdev_ops;
	dev->ethtool_ops = &sdpu_ethtool_ops;
	dev->priv_flags |= IFF_UNICAST_FLT | IFF_LIVE_ADDR_CHANGE;
	dev->dev_port = 0;
	sdpu_frames_setup(dev, id);
}

/* What the card forgot when the function was reset, and what it may not know. */
static int sdpu_netdev_program(struct sdpu_netdev *nd, const struct sdpu_identity *id)
{
	struct net_device *dev = nd->dev;
	int ret;

	if (is_zero_ether_addr(id->mac))
		eth_hw_addr_random(dev);
	else
		eth_hw_addr_set(dev, id->mac);

	ret = sdpu_cmd_port_set_mac(nd->ctrl, dev->dev_addr);
	if (ret)
		return ret;

	return sdpu_cmd_port_set_mtu(nd->ctrl, dev->mtu);
}

/**
 * sdpu_netdev_create - make and register the netdev
 * @pf: the PF, its control path is open, its port registered
 *
 * Context: may sleep, takes the RTNL.
 * Return: the netdev, or an ERR_PTR().
 */
struct net_device *sdpu_netdev_create(struct sdpu_pf *pf)
{
	const struct sdpu_identity *id = sdpu_ctrl_identity(pf->ctrl);
	struct sdpu_netdev *nd;
	struct net_device *dev;
	unsigned int num;
	int ret;

	num = min_t(unsigned int, num_online_cpus(), id->max_vqp);
	dev = alloc_etherdev_mqs(sizeof(*nd), num, num);
	if (!dev)
		return ERR_PTR(-ENOMEM);

	SET_NETDEV_DEV(dev, &pf->pdev->dev);
	SET_NETDEV_DEVLINK_PORT(dev, &pf->port);
	nd = netdev_priv(dev);
	nd->dev = dev;
	nd->pf = pf;
	nd->ctrl = pf->ctrl;
	nd->xp = sdpu_ctrl_xport(pf->ctrl);
	nd->num_queues = num;
	sdpu_filter_init(nd);
	ret = sdpu_vf_init(nd, id->total_vfs);
	if (ret)
		goto err_filter;
	ret = sdpu_stats_create(nd);
	if (ret)
		goto err_vf;

	sdpu_netdev_setup(dev, id);
	ret = sdpu_netdev_program(nd, id);
	if (ret)
		goto err_stats;

	netif_carrier_off(dev);
	ret = register_netdev(dev);
	if (ret)
		goto err_stats;

	return dev;

err_stats:
	sdpu_stats_stop(nd);
	sdpu_stats_free(nd);
err_vf:
	sdpu_vf_exit(nd);
err_filter:
	sdpu_filter_exit(nd);
	free_netdev(dev);

	return ERR_PTR(ret);
}

/**
 * sdpu_netdev_unregister - take the netdev away from the stack
 * @dev: from sdpu_netdev_create()
 *
 * No command is executed on behalf of the netdev after this.
 *
 * Context: may sleep, takes the RTNL.
 */
void sdpu_netdev_unregister(struct net_device *dev)
{
	struct sdpu_netdev *nd = netdev_priv(dev);

	unregister_netdev(dev);
	sdpu_filter_exit(nd);
	sdpu_stats_stop(nd);
}

/**
 * sdpu_netdev_free - free the netdev
 * @dev: unregistered, and no event about it can come any more
 *
 * Context: may sleep.
 */
void sdpu_netdev_free(struct net_device *dev)
{
	sdpu_stats_free(netdev_priv(dev));
	sdpu_vf_exit(netdev_priv(dev));
	free_netdev(dev);
}
