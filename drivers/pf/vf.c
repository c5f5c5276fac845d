// SPDX-License-Identifier: GPL-2.0-only
/* What ip link says of a VF, and shows. The RTNL is held for all of it. */
#include <linux/etherdevice.h>
#include <linux/if_link.h>
#include <linux/if_vlan.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <softdpu/ctrl.h>

#include "eswitch.h"
#include "netdev.h"

/* A Mbit/s, in bytes a second */
#define SDPU_VF_MBIT		125000
#define SDPU_VF_MBIT_MAX	(SDPU_RATE_MAX / SDPU_VF_MBIT)

static bool sdpu_vf_exists(const struct sdpu_netdev *nd, int vf)
{
	/* some that we have not enabled may be more than the card says it has */
	return vf >= 0 && vf < pci_num_vf(to_pci_dev(nd->dev->dev.parent)) &&
	       vf < sdpu_ctrl_identity(nd->ctrl)->total_vfs;
}

static const u16 sdpu_vf_links[] = {
	[IFLA_VF_LINK_STATE_AUTO]	= SDPU_VF_LINK_AUTO,
	[IFLA_VF_LINK_STATE_ENABLE]	= SDPU_VF_LINK_ENABLE,
	[IFLA_VF_LINK_STATE_DISABLE]	= SDPU_VF_LINK_DISABLE,
};

static int sdpu_vf_tell_rate(struct sdpu_netdev *nd, int vf, u32 tx_max)
{
	const struct sdpu_vf_rate rate = { .tx_max = (u64)tx_max * SDPU_VF_MBIT };

	return sdpu_cmd_vf_rate(nd->ctrl, vf + 1, &rate);
}

/**
 * sdpu_vf_restore - links and rates of VFs are what ip link has said
 * @nd: the netdev
 *
 * Context: may sleep, RTNL held.
 */
void sdpu_vf_restore(struct sdpu_netdev *nd)
{
	const struct sdpu_identity *id = sdpu_ctrl_identity(nd->ctrl);
	unsigned int vf;

	ASSERT_RTNL();
	for (vf = 0; vf < id->total_vfs; vf++) {
		sdpu_cmd_vf_link(nd->ctrl, vf + 1, sdpu_vf_links[nd->vfs[vf].link]);
		if (id->rate_groups)
			sdpu_vf_tell_rate(nd, vf, nd->vfs[vf].tx_max);
	}
}

/**
 * sdpu_vf_demand - what ip link demands of VFs counts, or does not
 * @nd: the netdev
 * @on: it does: before the card forwards by itself, or VFs would get out of their VLANs
 *
 * Context: may sleep, RTNL held.
 * Return: 0, or a negative errno if a VF would not be kept to it. Cards that know of no such
 * thing demand nothing.
 */
int sdpu_vf_demand(struct sdpu_netdev *nd, bool on)
{
	static const struct sdpu_vf_policy none;
	const struct sdpu_identity *id = sdpu_ctrl_identity(nd->ctrl);
	unsigned int vf;
	int ret;

	ASSERT_RTNL();
	for (vf = 0; id->rate_groups && vf < id->total_vfs; vf++) {
		ret = sdpu_cmd_vf_policy(nd->ctrl, vf + 1, on ? &nd->vfs[vf].policy : &none);
		if (ret)
			return ret;
	}

	return 0;
}

/**
 * sdpu_vf_set_link_state - ip link set DEV vf N state auto|enable|disable
 * @dev: netdev of the PF
 * @vf: number of the VF, from 0
 * @state: IFLA_VF_LINK_STATE_*
 *
 * It lasts until the PF's driver goes, whoever has the VF meanwhile.
 *
 * Context: may sleep, RTNL held.
 * Return: 0, -EINVAL if there is no such VF or state, -EOPNOTSUPP in switchdev
 * mode, or another negative errno.
 */
int sdpu_vf_set_link_state(struct net_device *dev, int vf, int state)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	struct netdev_phys_item_id id;
	int ret;

	ASSERT_RTNL();
	if (!sdpu_vf_exists(nd, vf) || state < 0 || state >= ARRAY_SIZE(sdpu_vf_links))
		return -EINVAL;
	if (sdpu_eswitch_id(nd->pf, &id)) {
		netdev_err(dev, "in switchdev mode VF %d has the link of its representor\n", vf);
		return -EOPNOTSUPP;
	}

	ret = sdpu_cmd_vf_link(nd->ctrl, vf + 1, sdpu_vf_links[state]);
	/* it was executed, maybe, and we say that it was not: see sdpu_netdev_change_mtu() */
	if (ret == -EIO)
		sdpu_cmd_vf_link(nd->ctrl, vf + 1, sdpu_vf_links[nd->vfs[vf].link]);
	/* it will be, some time */
	if (!ret || ret == -ETIMEDOUT)
		nd->vfs[vf].link = state;
	if (ret)
		netdev_err(dev, "cannot set the link of VF %d: %pe\n", vf, ERR_PTR(ret));

	return ret;
}

/**
 * sdpu_vf_set_mac - ip link set DEV vf N mac, devlink port function set … hw_addr
 * @dev: netdev of the PF
 * @vf: number of the VF, from 0
 * @mac: the address that its vDPA devices have if vdpa dev add names none; zero: the one
 *	that the card has for it
 *
 * A device that is there keeps the address that it has. It lasts until the PF's driver
 * goes.
 *
 * Context: may sleep, RTNL held.
 * Return: 0, -EINVAL if there is no such VF or it is no address of a station, or another
 * negative errno.
 */
int sdpu_vf_set_mac(struct net_device *dev, int vf, u8 *mac)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	int ret;

	ASSERT_RTNL();
	if (!sdpu_vf_exists(nd, vf) || is_multicast_ether_addr(mac))
		return -EINVAL;

	ret = sdpu_cmd_vf_mac(nd->ctrl, vf + 1, mac);
	/* it was executed, maybe, and we say that it was not: see sdpu_netdev_change_mtu() */
	if (ret == -EIO)
		sdpu_cmd_vf_mac(nd->ctrl, vf + 1, nd->vfs[vf].mac);
	/* it will be, some time */
	if (!ret || ret == -ETIMEDOUT)
		ether_addr_copy(nd->vfs[vf].mac, mac);
	if (ret)
		netdev_err(dev, "cannot set the address of VF %d: %pe\n", vf, ERR_PTR(ret));

	return ret;
}

/**
 * sdpu_vf_set_rate - ip link set DEV vf N max_tx_rate
 * @dev: netdev of the PF
 * @vf: number of the VF, from 0
 * @tx_min: in Mbit/s; 0: there is nothing that it could be a share of
 * @tx_max: what the VF may send at most, in Mbit/s; 0: any
 *
 * It lasts until the PF's driver goes, whoever has the VF meanwhile.
 *
 * Context: may sleep, RTNL held.
 * Return: 0, -EINVAL if there is no such VF or rate, -EOPNOTSUPP for @tx_min and in
 * switchdev mode, or another negative errno.
 */
int sdpu_vf_set_rate(struct net_device *dev, int vf, int tx_min, int tx_max)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	struct netdev_phys_item_id id;
	int ret;

	ASSERT_RTNL();
	if (!sdpu_vf_exists(nd, vf) || tx_max < 0 || tx_max > SDPU_VF_MBIT_MAX)
		return -EINVAL;
	if (tx_min || sdpu_eswitch_id(nd->pf, &id)) {
		netdev_err(dev, "%s: see devlink port function rate\n",
			   tx_min ? "only VFs of a group have a share" :
				    "in switchdev mode devlink has the rates of VFs");
		return -EOPNOTSUPP;
	}

	ret = sdpu_vf_tell_rate(nd, vf, tx_max);
	/* it was executed, maybe, and we say that it was not: see sdpu_netdev_change_mtu() */
	if (ret == -EIO)
		sdpu_vf_tell_rate(nd, vf, nd->vfs[vf].tx_max);
	/* it will be, some time */
	if (!ret || ret == -ETIMEDOUT)
		nd->vfs[vf].tx_max = tx_max;
	if (ret)
		netdev_err(dev, "cannot set the rate of VF %d: %pe\n", vf, ERR_PTR(ret));

	return ret;
}

/* Demand @policy of a VF in legacy mode. */
static int sdpu_vf_set_policy(struct sdpu_netdev *nd, int vf, const struct sdpu_vf_policy *policy)
{
	struct netdev_phys_item_id id;
	int ret;

	ASSERT_RTNL();
	if (sdpu_eswitch_id(nd->pf, &id)) {
		netdev_err(nd->dev, "in switchdev mode what VF %d sends is up to the host\n",
			   vf);
		return -EOPNOTSUPP;
	}

	ret = sdpu_cmd_vf_policy(nd->ctrl, vf + 1, policy);
	/* it was executed, maybe, and we say that it was not: see sdpu_netdev_change_mtu() */
	if (ret == -EIO)
		sdpu_cmd_vf_policy(nd->ctrl, vf + 1, &nd->vfs[vf].policy);
	/* it will be, some time */
	if (!ret || ret == -ETIMEDOUT)
		nd->vfs[vf].policy = *policy;
	if (ret)
		netdev_err(nd->dev, "the card does not take it for VF %d: %pe\n", vf, ERR_PTR(ret));

	return ret;
}

/**
 * sdpu_vf_set_vlan - ip link set DEV vf N vlan
 * @dev: netdev of the PF
 * @vf: number of the VF, from 0
 * @vlan: the VLAN that it is in, and knows nothing of; 0: none
 * @qos: priority of what it sends there
 * @proto: ETH_P_8021Q
 *
 * It sends and receives frames without a tag. It lasts until the PF's driver goes, whoever
 * has the VF meanwhile.
 *
 * Context: may sleep, RTNL held.
 * Return: 0, -EINVAL if there is no such VF, VLAN or priority, -EPROTONOSUPPORT for other
 * tags, -EOPNOTSUPP in switchdev mode, or another negative errno.
 */
int sdpu_vf_set_vlan(struct net_device *dev, int vf, u16 vlan, u8 qos, __be16 proto)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	struct sdpu_vf_policy policy;

	/* there is no priority without a VLAN */
	if (!sdpu_vf_exists(nd, vf) || vlan >= VLAN_N_VID - 1 || qos > 7 || (qos && !vlan))
		return -EINVAL;
	if (proto != htons(ETH_P_8021Q))
		return -EPROTONOSUPPORT;

	policy = nd->vfs[vf].policy;
	policy.vlan = vlan;
	policy.qos = qos;

	return sdpu_vf_set_policy(nd, vf, &policy);
}

/**
 * sdpu_vf_set_spoof_check - ip link set DEV vf N spoofchk on|off
 * @dev: netdev of the PF
 * @vf: number of the VF, from 0
 * @on: what it sends is from its own addresses, or dropped
 *
 * Context: may sleep, RTNL held.
 * Return: as sdpu_vf_set_vlan().
 */
int sdpu_vf_set_spoof_check(struct net_device *dev, int vf, bool on)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	struct sdpu_vf_policy policy;

	if (!sdpu_vf_exists(nd, vf))
		return -EINVAL;
	policy = nd->vfs[vf].policy;
	policy.spoof_check = on;

	return sdpu_vf_set_policy(nd, vf, &policy);
}

/**
 * sdpu_vf_set_trust - ip link set DEV vf N trust on|off
 * @dev: netdev of the PF
 * @vf: number of the VF, from 0
 * @on: its driver may have other addresses, and become promiscuous. What it has by now it
 *	keeps.
 *
 * Context: may sleep, RTNL held.
 * Return: as sdpu_vf_set_vlan().
 */
int sdpu_vf_set_trust(struct net_device *dev, int vf, bool on)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	struct sdpu_vf_policy policy;

	if (!sdpu_vf_exists(nd, vf))
		return -EINVAL;
	policy = nd->vfs[vf].policy;
	policy.untrusted = !on;

	return sdpu_vf_set_policy(nd, vf, &policy);
}

/**
 * sdpu_vf_get_config - what ip link shows of a VF
 * @dev: netdev of the PF
 * @vf: number of the VF, from 0
 * @info: filled in: the state of its link, what is demanded of it in legacy mode, and the
 *	address that it was given. Those of vDPA devices vdpa dev config show knows.
 *
 * Context: RTNL held.
 * Return: 0, -EINVAL if there is no such VF, or -ENODEV if the card does not answer.
 */
int sdpu_vf_get_config(struct net_device *dev, int vf, struct ifla_vf_info *info)
{
	struct sdpu_netdev *nd = netdev_priv(dev);

	ASSERT_RTNL();
	if (!sdpu_vf_exists(nd, vf))
		return -EINVAL;
	/* what it was told may be forgotten, by a reset for one thing */
	if (!sdpu_ctrl_alive(nd->ctrl))
		return -ENODEV;

	info->vf = vf;
	ether_addr_copy(info->mac, nd->vfs[vf].mac);
	info->linkstate = nd->vfs[vf].link;
	info->vlan = nd->vfs[vf].policy.vlan;
	info->qos = nd->vfs[vf].policy.qos;
	info->vlan_proto = htons(ETH_P_8021Q);
	info->spoofchk = nd->vfs[vf].policy.spoof_check;
	info->trusted = !nd->vfs[vf].policy.untrusted;
	info->min_tx_rate = 0;
	info->max_tx_rate = nd->vfs[vf].tx_max;

	return 0;
}

static int sdpu_vf_ask_stats(struct sdpu_netdev *nd, int vf)
{
	u64 counters[SDPU_NUM_PORT_STATS];
	int ret;

	/* whoever lists netdevs comes here, with the RTNL: for each VF of each card */
	if (!sdpu_ctrl_prompt(nd->ctrl))
		return -EBUSY;

	ret = sdpu_cmd_port_stats(nd->ctrl, vf + 1, counters);
	if (ret)
		return ret;
	nd->vfs[vf].stats = (struct ifla_vf_stats) {
		.rx_packets = counters[SDPU_PORT_COUNTER(rx_packets)],
		.rx_bytes = counters[SDPU_PORT_COUNTER(rx_bytes)],
		.rx_dropped = counters[SDPU_PORT_COUNTER(rx_drop_no_buffer)] +
			      counters[SDPU_PORT_COUNTER(rx_drop_filter)] +
			      counters[SDPU_PORT_COUNTER(rx_drop_down)],
		.tx_packets = counters[SDPU_PORT_COUNTER(tx_packets)],
		.tx_bytes = counters[SDPU_PORT_COUNTER(tx_bytes)],
		.tx_dropped = counters[SDPU_PORT_COUNTER(tx_drop_bad)] +
			      counters[SDPU_PORT_COUNTER(tx_drop_no_port)],
	};

	return 0;
}

/**
 * sdpu_vf_get_stats - ip -s link show DEV
 * @dev: netdev of the PF
 * @vf: number of the VF, from 0
 * @stats: filled in: what the VF has received and sent, as its own driver sees it; what
 *	was so the last time, if the card does not say it now
 *
 * Context: may sleep, RTNL held.
 * Return: 0, -EINVAL if there is no such VF, or another negative errno if these are old.
 */
int sdpu_vf_get_stats(struct net_device *dev, int vf, struct ifla_vf_stats *stats)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	int ret;

	ASSERT_RTNL();
	if (!sdpu_vf_exists(nd, vf))
		return -EINVAL;

	ret = sdpu_vf_ask_stats(nd, vf);
	*stats = nd->vfs[vf].stats;

	return ret;
}

/**
 * sdpu_vf_init - before the netdev is registered
 * @nd: the netdev
 * @total: VFs that there can be
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sdpu_vf_init(struct sdpu_netdev *nd, unsigned int total)
{
	nd->vfs = kcalloc(total, sizeof(*nd->vfs), GFP_KERNEL);

	return nd->vfs || !total ? 0 : -ENOMEM;
}

/**
 * sdpu_vf_exit - after the netdev was unregistered
 * @nd: the netdev
 *
 * Context: may sleep.
 */
void sdpu_vf_exit(struct sdpu_netdev *nd)
{
	kfree(nd->vfs);
}
