/* SPDX-License-Identifier: GPL-2.0-only */
/* The PF's network device, as the files of drivers/pf/ see it. */
#ifndef _SDPU_DRV_NETDEV_H
#define _SDPU_DRV_NETDEV_H

#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>

#include "../ctrl/ctrl.h"
#include "../ctrl/cmds.h"
#include "pf.h"

/* Addresses that we ask the card to filter for, before we take everything. */
#define SDPU_FILTER_MAX		128

/**
 * struct sdpu_queue_counters - what passed through a queue
 * @rx_packets: frames received
 * @rx_bytes: bytes of these
 * @rx_gso_packets: frames among them that are larger than a segment
 * @rx_dropped: frames from the card that were too short for an Ethernet header
 * @tx_packets: frames sent
 * @tx_bytes: bytes of these
 * @tx_gso_packets: frames among them that are larger than a segment
 */
struct sdpu_queue_counters {
	u64 rx_packets;
	u64 rx_bytes;
	u64 rx_gso_packets;
	u64 rx_dropped;
	u64 tx_packets;
	u64 tx_bytes;
	u64 tx_gso_packets;
};

#define SDPU_NUM_QUEUE_COUNTERS	(sizeof(struct sdpu_queue_counters) / sizeof(u64))

/**
 * struct sdpu_cpu_queue - counters of one queue on one CPU
 * @sync: makes reading them consistent where it takes more than a load
 * @counters: struct sdpu_queue_counters, field by field
 *
 * Counted per CPU because the card may deliver frames of one queue from more
 * than one CPU at once. Written with bottom halves disabled.
 */
struct sdpu_cpu_queue {
	struct u64_stats_sync sync;
	u64_stats_t counters[SDPU_NUM_QUEUE_COUNTERS];
};

/**
 * struct sdpu_filter_addr - an address that the card may filter for
 * @mac: the address
 * @sure: the card has said so. If not, it may be there or not: nobody knows
 *	whether the last command about it was executed.
 */
struct sdpu_filter_addr {
	u8 mac[ETH_ALEN];
	bool sure;
};

/* sdpu_filter.flags: nobody knows, the next command tells the card anew */
#define SDPU_FILTER_UNSURE	0xffff

/**
 * struct sdpu_filter - which frames we want
 * @lock: protects the rest, and the order of commands about it
 * @up: the netdev is open
 * @flags: SDPU_PORT_* that the card has been told, or SDPU_FILTER_UNSURE
 * @num: addresses in @addr
 * @addr: addresses that the card filters for, besides our own
 * @work: brings the card up to date after the lists of the netdev changed
 */
struct sdpu_filter {
	struct mutex lock;	/* of the fields below, but work */
	bool up;
	u16 flags;
	unsigned int num;
	struct sdpu_filter_addr addr[SDPU_FILTER_MAX];
	struct work_struct work;
};

/**
 * struct sdpu_port_stats - the card's counters, for those who cannot wait
 * @counters: as in struct sdpu_ctrl_port_stats; written by @work, read without
 *	a lock: each is a word of its own
 * @asked: when @work was last queued, in jiffies
 * @work: asks the card
 */
struct sdpu_port_stats {
	u64 counters[SDPU_NUM_PORT_STATS];
	unsigned long asked;
	struct work_struct work;
};

/**
 * struct sdpu_vf - what the administrator has said of a VF
 * @link: IFLA_VF_LINK_STATE_*
 * @mac: its address; zero: none
 * @policy: what is demanded of it in legacy mode
 * @tx_max: what it may send at most in legacy mode, in Mbit/s; 0: any
 * @stats: its counters, as the card said when it was asked last
 */
struct sdpu_vf {
	u8 link;
	u8 mac[ETH_ALEN];
	struct sdpu_vf_policy policy;
	u32 tx_max;
	struct ifla_vf_stats stats;
};

/**
 * struct sdpu_netdev - private part of the PF's struct net_device
 * @dev: the netdev
 * @pf: the PF
 * @ctrl: the control path; works as long as the netdev is registered
 * @xp: the card
 * @num_queues: transmit queues, and receive queues
 * @cpu_queues: @num_queues a CPU
 * @filter: receive filter
 * @port: cached counters of the port
 * @vfs: VFs that there can be; under the RTNL
 */
struct sdpu_netdev {
	struct net_device *dev;
	struct sdpu_pf *pf;
	struct sdpu_ctrl *ctrl;
	struct sdpu_xport *xp;
	unsigned int num_queues;
	struct sdpu_cpu_queue __percpu *cpu_queues;
	struct sdpu_filter filter;
	struct sdpu_port_stats port;
	struct sdpu_vf *vfs;
};

/* filter.c */
void sdpu_filter_init(struct sdpu_netdev *nd);
void sdpu_filter_exit(struct sdpu_netdev *nd);
int sdpu_filter_set_up(struct sdpu_netdev *nd, bool up);
void sdpu_filter_set_rx_mode(struct net_device *dev);

/* A counter of struct sdpu_ctrl_port_stats as an index. */
#define SDPU_PORT_COUNTER(name) \
	(offsetof(struct sdpu_ctrl_port_stats, name) / sizeof(__le64))
/* Those that the port of a VF has: all before those of the wire, and multicast. */
#define SDPU_NUM_VF_STATS	SDPU_PORT_COUNTER(multicast)

/* netdev.c */
bool sdpu_netdev_is(const struct net_device *dev);

/* stats.c */
int sdpu_stats_create(struct sdpu_netdev *nd);
void sdpu_stats_stop(struct sdpu_netdev *nd);
void sdpu_stats_free(struct sdpu_netdev *nd);
void sdpu_stats_queue(struct sdpu_netdev *nd, unsigned int queue,
		      struct sdpu_queue_counters *sum);
int sdpu_stats_port(struct sdpu_netdev *nd, u64 *counters);
void sdpu_stats_get64(struct net_device *dev, struct rtnl_link_stats64 *stats);

/* vf.c */
void sdpu_vf_restore(struct sdpu_netdev *nd);
int sdpu_vf_demand(struct sdpu_netdev *nd, bool on);
int sdpu_vf_init(struct sdpu_netdev *nd, unsigned int total);
void sdpu_vf_exit(struct sdpu_netdev *nd);
int sdpu_vf_set_link_state(struct net_device *dev, int vf, int state);
int sdpu_vf_set_mac(struct net_device *dev, int vf, u8 *mac);
int sdpu_vf_set_rate(struct net_device *dev, int vf, int tx_min, int tx_max);
int sdpu_vf_set_vlan(struct net_device *dev, int vf, u16 vlan, u8 qos, __be16 proto);
int sdpu_vf_set_spoof_check(struct net_device *dev, int vf, bool on);
int sdpu_vf_set_trust(struct net_device *dev, int vf, bool on);
int sdpu_vf_get_config(struct net_device *dev, int vf, struct ifla_vf_info *info);
int sdpu_vf_get_stats(struct net_device *dev, int vf, struct ifla_vf_stats *stats);

/* ethtool.c */
extern const struct ethtool_ops sdpu_ethtool_ops;
void sdpu_ethtool_port_strings(u8 **data, unsigned int num);

#endif /* _SDPU_DRV_NETDEV_H */
