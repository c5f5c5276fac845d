// SPDX-License-Identifier: GPL-2.0-only
/* What ethtool asks about the PF's netdev. */
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <softdpu/ctrl.h>
#include <softdpu/xport.h>

#include "netdev.h"

/*
 * There is no wire that would limit it. A number is needed nevertheless, bonding
 * and monitoring ask for one: the same that tun and veth say.
 */
#define SDPU_NOMINAL_SPEED	SPEED_10000

/* In the order of struct sdpu_queue_counters; "rx0_packets", "tx0_packets" and so on. */
static const char sdpu_queue_names[SDPU_NUM_QUEUE_COUNTERS][ETH_GSTRING_LEN] = {
	"rx%u_packets",
	"rx%u_bytes",
	"rx%u_gso_packets",
	"rx%u_dropped",
	"tx%u_packets",
	"tx%u_bytes",
	"tx%u_gso_packets",
};

/* In the order of struct sdpu_ctrl_port_stats. */
static const char sdpu_port_names[SDPU_NUM_PORT_STATS][ETH_GSTRING_LEN] = {
	"port_rx_packets",
	"port_rx_bytes",
	"port_rx_gso_packets",
	"port_rx_drop_no_buffer",
	"port_rx_drop_filter",
	"port_rx_drop_down",
	"port_tx_packets",
	"port_tx_bytes",
	"port_tx_gso_packets",
	"port_tx_drop_bad",
	"port_tx_drop_no_port",
	"port_multicast",
	"wire_rx_packets",
	"wire_rx_bytes",
	"wire_rx_drop_bad",
	"wire_rx_drop_no_port",
	"wire_rx_drop_down",
	"wire_tx_packets",
	"wire_tx_bytes",
	"wire_tx_drop_no_buffer",
	"wire_tx_drop_down",
};

/* In the order of struct sdpu_ctrl_health. */
static const char sdpu_health_names[][ETH_GSTRING_LEN] = {
	"ctrl_timeouts",
	"ctrl_late_completions",
	"ctrl_bad_completions",
	"ctrl_bad_events",
};

static_assert(sizeof(struct sdpu_ctrl_health) == ARRAY_SIZE(sdpu_health_names) * sizeof(u64));

static void sdpu_ethtool_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	u32 version = nd->xp->ops->read(nd->xp, SDPU_REG_VERSION);

	strscpy(info->driver, "softdpu", sizeof(info->driver));
	snprintf(info->fw_version, sizeof(info->fw_version), "control path %u.%u",
		 version >> 16, version & 0xffff);
}

static int sdpu_ethtool_get_sset_count(struct net_device *dev, int sset)
{
	struct sdpu_netdev *nd = netdev_priv(dev);

	if (sset != ETH_SS_STATS)
		return -EOPNOTSUPP;

	return nd->num_queues * SDPU_NUM_QUEUE_COUNTERS + SDPU_NUM_PORT_STATS +
	       ARRAY_SIZE(sdpu_health_names);
}

/**
 * sdpu_ethtool_port_strings - names of counters of a switch port
 * @data: where the next name goes; moves on
 * @num: how many, up to SDPU_NUM_PORT_STATS
 *
 * Context: any.
 */
void sdpu_ethtool_port_strings(u8 **data, unsigned int num)
{
	unsigned int i;

	for (i = 0; i < num; i++)
		ethtool_puts(data, sdpu_port_names[i]);
}

static void sdpu_ethtool_get_strings(struct net_device *dev, u32 sset, u8 *data)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	unsigned int queue, i;

	if (sset != ETH_SS_STATS)
		return;

	for (queue = 0; queue < nd->num_queues; queue++) {
		for (i = 0; i < SDPU_NUM_QUEUE_COUNTERS; i++)
			ethtool_sprintf(&data, sdpu_queue_names[i], queue);
	}
	sdpu_ethtool_port_strings(&data, SDPU_NUM_PORT_STATS);
	for (i = 0; i < ARRAY_SIZE(sdpu_health_names); i++)
		ethtool_puts(&data, sdpu_health_names[i]);
}

static void sdpu_ethtool_get_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct sdpu_netdev *nd = netdev_priv(dev);
	struct sdpu_queue_counters sum;
	struct sdpu_ctrl_health health;
	unsigned int queue;

	for (queue = 0; queue < nd->num_queues; queue++) {
		sdpu_stats_queue(nd, queue, &sum);
		memcpy(data, &sum, sizeof(sum));
		data += SDPU_NUM_QUEUE_COUNTERS;
	}

	/* there is no way to return an error: old numbers are better than none */
	if (sdpu_stats_port(nd, data))
		memcpy(data, nd->port.counters, sizeof(nd->port.counters));
	data += SDPU_NUM_PORT_STATS;

	sdpu_ctrl_health(nd->ctrl, &health);
	memcpy(data, &health, sizeof(health));
}

static int sdpu_ethtool_get_link_ksettings(struct net_device *dev,
					   struct ethtool_link_ksettings *cmd)
{
	ethtool_link_ksettings_zero_link_mode(cmd, supported);
	ethtool_link_ksettings_zero_link_mode(cmd, advertising);
	cmd->base.speed = netif_carrier_ok(dev) ? SDPU_NOMINAL_SPEED : SPEED_UNKNOWN;
	cmd->base.duplex = netif_carrier_ok(dev) ? DUPLEX_FULL : DUPLEX_UNKNOWN;
	cmd->base.port = PORT_OTHER;
	cmd->base.autoneg = AUTONEG_DISABLE;

	return 0;
}

static void sdpu_ethtool_get_channels(struct net_device *dev, struct ethtool_channels *ch)
{
	struct sdpu_netdev *nd = netdev_priv(dev);

	ch->max_combined = nd->num_queues;
	ch->combined_count = nd->num_queues;
}

const struct ethtool_ops sdpu_ethtool_ops = {
	.get_drvinfo		= sdpu_ethtool_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_sset_count		= sdpu_ethtool_get_sset_count,
	.get_strings		= sdpu_ethtool_get_strings,
	.get_ethtool_stats	= sdpu_ethtool_get_stats,
	.get_link_ksettings	= sdpu_ethtool_get_link_ksettings,
	.get_channels		= sdpu_ethtool_get_channels,
	.get_ts_info		= ethtool_op_get_ts_info,
};
