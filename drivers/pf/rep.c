// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VF's representor: a netdev of the host that receives what the VF sends,
 * and sends what the VF is to receive. It is up when the VF's link is up.
 *
 * Frames go as those of the PF's netdev do, see netdev.c.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <net/devlink.h>
#include <softdpu/ctrl.h>
#include <softdpu/xport.h>

#include "eswitch.h"
#include "flower.h"
#include "frames.h"
#include "netdev.h"
#include "rate.h"

/**
 * struct sdpu_rep - private part of the representor's struct net_device
 * @dev: the netdev
 * @pf: the PF
 * @xp: the card
 * @number: of the VF, from 1
 * @counters: of the VF's port, as the card said when it was asked last; RTNL
 * @port: of the card
 * @rate: how fast the VF may send
 */
struct sdpu_rep {
	struct net_device *dev;
	struct sdpu_pf *pf;
	struct sdpu_xport *xp;
	unsigned int number;
	u64 counters[SDPU_NUM_PORT_STATS];
	struct devlink_port port;
	struct sdpu_rate_leaf rate;
};

static netdev_tx_t sdpu_rep_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct sdpu_rep *rep = netdev_priv(dev);

	dev_sw_netstats_tx_add(dev, 1, skb->len);
	sdpu_frames_xmit(rep->xp, rep->number, skb);

	return NETDEV_TX_OK;
}

static void sdpu_rep_rx(void *priv, unsigned int queue, struct list_head *skbs)
{
	struct sdpu_rep *rep = priv;
	struct sdpu_queue_counters add = {};
	struct pcpu_sw_netstats *stats = this_cpu_ptr(rep->dev->tstats);

	/* the VF has as many queues as it likes, we may have fewer */
	sdpu_frames_adopt(rep->dev, queue % rep->dev->real_num_rx_queues, skbs, &add);
	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->rx_packets, add.rx_packets);
	u64_stats_add(&stats->rx_bytes, add.rx_bytes);
	u64_stats_update_end(&stats->syncp);

	sdpu_frames_receive(skbs);
}

static const struct sdpu_xport_net sdpu_rep_net = {
	.rx = sdpu_rep_rx,
};

static int sdpu_rep_open(struct net_device *dev)
{
	struct sdpu_rep *rep = netdev_priv(dev);
	int ret;

	ret = rep->xp->ops->net_attach(rep->xp, rep->number, &sdpu_rep_net, rep);
	if (ret)
		return ret;

	netif_tx_start_all_queues(dev);
	netif_carrier_on(dev);
	ret = sdpu_cmd_vf_link(rep->pf->ctrl, rep->number, SDPU_VF_LINK_ENABLE);
	if (ret) {
		netdev_err(dev, "cannot give VF %u its link: %pe\n", rep->number - 1, ERR_PTR(ret));
		netif_tx_disable(dev);
		netif_carrier_off(dev);
		rep->xp->ops->net_detach(rep->xp, rep->number);
	}

	return ret;
}

static int sdpu_rep_stop(struct net_device *dev)
{
	struct sdpu_rep *rep = netdev_priv(dev);

	netif_tx_disable(dev);
	netif_carrier_off(dev);
	/* if the card does not answer the VF has nobody to send to all the same */
	sdpu_cmd_vf_link(rep->pf->ctrl, rep->number, SDPU_VF_LINK_DISABLE);
	rep->xp->ops->net_detach(rep->xp, rep->number);

	return 0;
}

static int sdpu_rep_setup_tc(struct net_device *dev, enum tc_setup_type type, void *type_data)
{
	struct sdpu_rep *rep = netdev_priv(dev);

	return sdpu_flower_setup_tc(rep->pf, dev, type, type_data);
}

static const struct net_device_ops sdpu_rep_ops = {
	.ndo_open		= sdpu_rep_open,
	.ndo_stop		= sdpu_rep_stop,
	.ndo_start_xmit		= sdpu_rep_xmit,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_get_stats64	= dev_get_tstats64,
	.ndo_setup_tc		= sdpu_rep_setup_tc,
};

/**
 * sdpu_rep_number - which VF a netdev stands for
 * @dev: any netdev
 *
 * Context: any.
 * Return: its number, from 1, or 0 if it is no representor.
 */
int sdpu_rep_number(const struct net_device *dev)
{
	const struct sdpu_rep *rep = netdev_priv(dev);

	return dev->netdev_ops == &sdpu_rep_ops ? rep->number : 0;
}

/**
 * sdpu_rep_pf - the PF of the card that a representor belongs to
 * @dev: a representor
 *
 * Context: any.
 * Return: the PF.
 */
struct sdpu_pf *sdpu_rep_pf(const struct net_device *dev)
{
	const struct sdpu_rep *rep = netdev_priv(dev);

	return rep->pf;
}

static void sdpu_rep_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct sdpu_rep *rep = netdev_priv(dev);

	strscpy(info->driver, "softdpu_rep", sizeof(info->driver));
	strscpy(info->bus_info, pci_name(rep->pf->pdev), sizeof(info->bus_info));
}

static int sdpu_rep_get_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? SDPU_NUM_VF_STATS : -EOPNOTSUPP;
}

static void sdpu_rep_get_strings(struct net_device *dev, u32 sset, u8 *data)
{
	if (sset == ETH_SS_STATS)
		sdpu_ethtool_port_strings(&data, SDPU_NUM_VF_STATS);
}

/* What the VF has received and sent, past the representor as well. */
static void sdpu_rep_get_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct sdpu_rep *rep = netdev_priv(dev);
	u64 counters[SDPU_NUM_PORT_STATS];

	/* there is no way to return an error: old numbers are better than none */
	if (!sdpu_cmd_port_stats(rep->pf->ctrl, rep->number, counters))
		memcpy(rep->counters, counters, sizeof(counters));
	memcpy(data, rep->counters, SDPU_NUM_VF_STATS * sizeof(*data));
}

static const struct ethtool_ops sdpu_rep_ethtool_ops = {
	.get_drvinfo	= sdpu_rep_get_drvinfo,
	.get_link	= ethtool_op_get_link,
	.get_ts_info	= ethtool_op_get_ts_info,
	.get_sset_count	= sdpu_rep_get_sset_count,
	.get_strings	= sdpu_rep_get_strings,
	.get_ethtool_stats = sdpu_rep_get_stats,
};

static int sdpu_rep_hw_addr_get(struct devlink_port *port, u8 *hw_addr, int *len,
				struct netlink_ext_ack *extack)
{
	struct sdpu_rep *rep = container_of(port, struct sdpu_rep, port);
	struct sdpu_netdev *nd = netdev_priv(rep->pf->netdev);

	rtnl_lock();
	ether_addr_copy(hw_addr, nd->vfs[rep->number - 1].mac);
	rtnl_unlock();
	*len = ETH_ALEN;

	return 0;
}

static int sdpu_rep_hw_addr_set(struct devlink_port *port, const u8 *hw_addr, int len,
				struct netlink_ext_ack *extack)
{
	struct sdpu_rep *rep = container_of(port, struct sdpu_rep, port);
	u8 mac[ETH_ALEN];
	int ret;

	/* devlink has seen to it that it is one of a station */
	ether_addr_copy(mac, hw_addr);
	rtnl_lock();
	ret = sdpu_vf_set_mac(rep->pf->netdev, rep->number - 1, mac);
	rtnl_unlock();
	if (ret)
		NL_SET_ERR_MSG_FMT(extack, "the card does not take it: %pe", ERR_PTR(ret));

	return ret;
}

static const struct devlink_port_ops sdpu_rep_port_ops = {
	.port_fn_hw_addr_get	= sdpu_rep_hw_addr_get,
	.port_fn_hw_addr_set	= sdpu_rep_hw_addr_set,
};

static int sdpu_rep_register(struct sdpu_rep *rep)
{
	struct devlink *devlink = priv_to_devlink(rep->pf);
	int ret;

	sdpu_eswitch_id(rep->pf, &rep->port.attrs.switch_id);
	devlink_port_attrs_pci_vf_set(&rep->port, 0, 0, rep->number - 1, false);
	ret = devl_port_register_with_ops(devlink, &rep->port, rep->number,
					  &sdpu_rep_port_ops);
	if (ret)
		return ret;

	ret = sdpu_rate_leaf_create(&rep->rate, rep->pf, rep->number, &rep->port);
	if (ret)
		goto err_port;

	SET_NETDEV_DEVLINK_PORT(rep->dev, &rep->port);
	/* nobody is there who would receive what the VF sends */
	ret = sdpu_cmd_vf_link(rep->pf->ctrl, rep->number, SDPU_VF_LINK_DISABLE);
	if (ret)
		goto err_rate;
	sdpu_flower_port_come(rep->pf->flower, rep->number);
	ret = register_netdev(rep->dev);
	if (ret)
		goto err_flower;

	return 0;

err_flower:
	sdpu_flower_port_gone(rep->pf->flower, rep->number);
err_rate:
	sdpu_rate_leaf_destroy(&rep->port);
err_port:
	devl_port_unregister(&rep->port);

	return ret;
}

/**
 * sdpu_rep_create - make and register a representor
 * @pf: the PF, up, in switchdev mode
 * @vf: number of the VF, from 0
 *
 * The link of the VF is down then.
 *
 * Context: may sleep, lock of the devlink instance held; takes the RTNL.
 * Return: the representor, or an ERR_PTR().
 */
struct sdpu_rep *sdpu_rep_create(struct sdpu_pf *pf, unsigned int vf)
{
	const struct sdpu_identity *id = sdpu_ctrl_identity(pf->ctrl);
	unsigned int num = min_t(unsigned int, num_online_cpus(), id->max_vqp);
	struct net_device *dev;
	struct sdpu_rep *rep;
	int ret;

	dev = alloc_etherdev_mqs(sizeof(*rep), num, num);
	if (!dev)
		return ERR_PTR(-ENOMEM);

	SET_NETDEV_DEV(dev, &pf->pdev->dev);
	rep = netdev_priv(dev);
	rep->dev = dev;
	rep->pf = pf;
	rep->xp = sdpu_ctrl_xport(pf->ctrl);
	rep->number = vf + 1;
	dev->netdev_ops = &sdpu_rep_ops;
	dev->ethtool_ops = &sdpu_rep_ethtool_ops;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	sdpu_frames_setup(dev, id);
	eth_hw_addr_random(dev);
	netif_carrier_off(dev);

	ret = sdpu_rep_register(rep);
	if (ret) {
		free_netdev(dev);
		return ERR_PTR(ret);
	}

	return rep;
}

/**
 * sdpu_rep_destroy - a representor goes
 * @rep: from sdpu_rep_create()
 *
 * Context: may sleep, lock of the devlink instance held; takes the RTNL.
 */
void sdpu_rep_destroy(struct sdpu_rep *rep)
{
	/* no frame of the card comes any more: it was closed, if it was open */
	unregister_netdev(rep->dev);
	/* nor can a rule name it */
	sdpu_flower_port_gone(rep->pf->flower, rep->number);
	sdpu_rate_leaf_destroy(&rep->port);
	devl_port_unregister(&rep->port);
	free_netdev(rep->dev);
}
