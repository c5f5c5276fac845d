/* SPDX-License-Identifier: GPL-2.0-only */
/* Bridges of the host that the card forwards for. See bridge.c. */
#ifndef _SDPU_DRV_BRIDGE_H
#define _SDPU_DRV_BRIDGE_H

#include <linux/idr.h>
#include <linux/if_vlan.h>
#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/workqueue.h>

struct net_device;
struct sdpu_pf;

/* The RTNL protects all of it. */

/**
 * struct sdpu_bridging - bridges of a card
 * @pf: the card
 * @bridges: struct sdpu_bridge
 * @ports: struct sdpu_bridge_port
 * @entries: struct sdpu_fdb_entry by key
 * @numbers: of bridges, those in use
 * @look: looks for addresses that age, while there are bridges
 * @lost: bit 0: there was no memory for an address that is gone: none is trusted. Set without
 *	the RTNL, cleared by @look
 */
struct sdpu_bridging {
	struct sdpu_pf *pf;
	struct list_head bridges;
	struct list_head ports;
	struct rhashtable entries;
	struct ida numbers;
	struct delayed_work look;
	unsigned long lost;
};

/**
 * struct sdpu_bridge - a bridge
 * @list: in &struct sdpu_bridging.bridges
 * @dev: the bridge
 * @number: of its chain of the card
 * @filtering: it looks at VLANs
 * @protocol: and at which tags
 * @ageing: time after which an address that sends nothing is forgotten, in jiffies
 * @num_ports: it goes with the last of them
 * @entries: struct sdpu_fdb_entry
 */
struct sdpu_bridge {
	struct list_head list;
	struct net_device *dev;
	u32 number;
	bool filtering;
	u16 protocol;
	unsigned long ageing;
	unsigned int num_ports;
	struct list_head entries;
};

/**
 * struct sdpu_bridge_port - a port of the card in a bridge
 * @list: in &struct sdpu_bridging.ports
 * @dev: the representor, or the uplink
 * @number: of the port
 * @bridge: the bridge
 * @forwarding: by the spanning tree
 * @isolated: not to others that are: the bridge sees to that
 * @pvid: VLAN of frames without a tag, 0 if they are in none
 * @vlans: VLANs that it is in
 * @untagged: of these those whose frames leave it without a tag
 */
struct sdpu_bridge_port {
	struct list_head list;
	struct net_device *dev;
	int number;
	struct sdpu_bridge *bridge;
	bool forwarding;
	bool isolated;
	u16 pvid;
	DECLARE_BITMAP(vlans, VLAN_N_VID);
	DECLARE_BITMAP(untagged, VLAN_N_VID);
};

int sdpu_bridge_init(void);
void sdpu_bridge_exit(void);
struct sdpu_bridging *sdpu_bridging_create(struct sdpu_pf *pf);
void sdpu_bridging_destroy(struct sdpu_bridging *bridging);
void sdpu_bridging_start(struct sdpu_bridging *bridging);
void sdpu_bridging_stop(struct sdpu_bridging *bridging);

/* fdb.c */
int sdpu_fdb_init(struct sdpu_bridging *bridging);
void sdpu_fdb_exit(struct sdpu_bridging *bridging);
void sdpu_fdb_add(struct sdpu_bridging *bridging, struct sdpu_bridge_port *port, const u8 *addr,
		  u16 vid, bool user);
void sdpu_fdb_del(struct sdpu_bridging *bridging, const struct sdpu_bridge_port *port,
		  const u8 *addr, u16 vid);
void sdpu_fdb_flush(struct sdpu_bridging *bridging, const struct sdpu_bridge_port *port);
void sdpu_fdb_sync(struct sdpu_bridging *bridging, struct sdpu_bridge *bridge,
		   const struct sdpu_bridge_port *port);
void sdpu_fdb_age(struct sdpu_bridging *bridging, struct sdpu_bridge *bridge);

#endif /* _SDPU_DRV_BRIDGE_H */
