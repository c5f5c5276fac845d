/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The embedded bridge of a card (legacy mode): which ports a frame goes to.
 *
 * Nothing is learnt. A unicast address belongs to the port that claimed it,
 * first come, first served; unicast to an address that nobody has goes to the
 * ports that asked for everything, other than the one it came from. Multicast
 * and broadcast go to every port whose filter takes them.
 *
 * Ports may share an address that the administrator gave to each of them: the
 * one that runs has it, the first one of several; when it stops, the next. While
 * none of them runs it is nobody's as far as frames go, but still theirs: what a
 * driver asks for must be free. So a virtual machine can move from one device to
 * another, of the same card or behind the port that takes what is nobody's.
 */
#ifndef _SDPU_SIM_SWITCH_H
#define _SDPU_SIM_SWITCH_H

#include <linux/bitmap.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "prim.h"

#define SDPU_FILTER_MAX		64	/* addresses a list; more means "all" */

/* struct sdpu_port, @policy: the VLAN tag is in the lowest 16 bits */
#define SDPU_POLICY_TAG		0x10000u
#define SDPU_POLICY_SPOOF_CHECK	0x20000u
#define SDPU_POLICY_UNTRUSTED	0x40000u

/* struct sdpu_filter, @mode */
#define SDPU_RX_PROMISC		0x01u
#define SDPU_RX_ALLMULTI	0x02u
#define SDPU_RX_ALLUNI		0x04u
#define SDPU_RX_NOMULTI		0x08u
#define SDPU_RX_NOUNI		0x10u
#define SDPU_RX_NOBCAST		0x20u
#define SDPU_RX_UNI_OVERFLOW	0x40u	/* more unicast addresses than fit */
#define SDPU_RX_MULTI_OVERFLOW	0x80u

/**
 * struct sdpu_filter - what a port wants of the frames that could go to it
 * @mode: SDPU_RX_*
 * @num_multi: used entries of @multi
 * @multi: multicast addresses
 * @num_uni: used entries of @uni
 * @uni: further unicast addresses, all of them claimed
 * @vlan_filter: only the VLANs in @vlans, and untagged frames
 * @vlans: VLAN ids
 *
 * Written under sdpu_switch.lock. Read without a lock by whoever sends: a
 * frame that races with a change sees the old or the new list, or for a
 * moment a mix; an address is compared as a whole or not at all.
 */
struct sdpu_filter {
	unsigned int mode;
	unsigned int num_multi;
	u64 multi[SDPU_FILTER_MAX];
	unsigned int num_uni;
	u64 uni[SDPU_FILTER_MAX];
	bool vlan_filter;
	DECLARE_BITMAP(vlans, VLAN_N_VID);
};

/**
 * struct sdpu_port - a function's place at the switch
 * @list: in sdpu_switch.ports, RCU
 * @number: of the function
 * @attached: takes part; written under sdpu_switch.lock
 * @shares: others that share may have the same address; likewise
 * @running: has a driver that runs, and may have more addresses; one that does
 *	not share always has; likewise
 * @link: frames come and go; written under sdpu_link.lock
 * @policy: what the administrator demands of it, SDPU_POLICY_*; a word
 * @mac: the port's own address as a number, zero if none. That frames to it
 *	come here is what sdpu_switch.fdb says.
 * @filter: what it wants
 * @drop_down: frames for it while nothing could take them
 * @drop_filter: unicast frames for it that its filter refused
 */
struct sdpu_port {
	struct list_head list;
	u16 number;
	bool attached;
	bool shares;
	bool running;
	bool link;
	u32 policy;
	u64 mac;
	struct sdpu_filter filter;
	atomic64_t drop_down;
	atomic64_t drop_filter;
};

/**
 * struct sdpu_switch - the bridge
 * @lock: protects all that changes: @fdb's content, @ports, filters and
 *	addresses of ports. Taken with bottom halves disabled, inside the lock
 *	of a control virtqueue or the mutex of a function; nothing is taken
 *	inside it.
 * @fdb: struct sdpu_fdb_entry by address, readers under RCU
 * @ports: attached ports, readers under RCU
 */
struct sdpu_switch {
	spinlock_t lock;
	struct rhashtable fdb;
	struct list_head ports;
};

/* An address as a number: bits 47:0, first byte on the wire lowest. */
static inline u64 sdpu_mac_key(const u8 *mac)
{
	u64 key = 0;

	memcpy(&key, mac, ETH_ALEN);
	return key;
}

/* Of an address that two more bytes follow, whatever these are. */
static inline u64 sdpu_mac_key_of_eight(const u8 *mac)
{
	u64 key;

	sdpu_prim_copy(&key, mac, sizeof(key));
	return key & (__force u64)cpu_to_be64(~0ull << 16);
}

static inline bool sdpu_mac_key_multicast(u64 key)
{
	return *(const u8 *)&key & 1;
}

#define SDPU_MAC_BROADCAST	0xffffffffffffull

int sdpu_switch_init(struct sdpu_switch *sw);
void sdpu_switch_destroy(struct sdpu_switch *sw);

/**
 * enum sdpu_claim - on what terms a port gets another address as its own
 * @SDPU_CLAIM_ALONE: if it is nobody's
 * @SDPU_CLAIM_SHARED: also if it is that of a port which shares
 * @SDPU_CLAIM_OWN: it is the one that the port was made with. Whoever has it
 *	keeps it, and leaves it to this port.
 */
enum sdpu_claim { SDPU_CLAIM_ALONE, SDPU_CLAIM_SHARED, SDPU_CLAIM_OWN };

/*
 * Join the switch with address @mac, and @shares it: 0; 1 if it is another port's, too;
 * -EADDRINUSE or -ENOMEM.
 */
int sdpu_port_attach(struct sdpu_switch *sw, struct sdpu_port *port, const u8 *mac, bool shares);
/* Leave it and give up all addresses; senders may use the port until a grace period is over. */
void sdpu_port_detach(struct sdpu_switch *sw, struct sdpu_port *port);
/* The port's driver runs; or has been reset, and its filter as well. */
void sdpu_port_run(struct sdpu_switch *sw, struct sdpu_port *port, bool running);
/* Another address, or the same; 0, -EADDRINUSE or -ENOMEM, then the old one stays. */
int sdpu_port_set_mac(struct sdpu_switch *sw, struct sdpu_port *port, const u8 *mac,
		      enum sdpu_claim how);

/* Back to a filter with @mode and no lists; VLANs are filtered if @vlan_filter. */
void sdpu_port_filter_reset(struct sdpu_switch *sw, struct sdpu_port *port,
			    unsigned int mode, bool vlan_filter);
void sdpu_port_filter_mode(struct sdpu_switch *sw, struct sdpu_port *port,
			   unsigned int bit, bool on);
/*
 * New lists for unicast and multicast: arrays of @num_… addresses of 6 bytes.
 * Longer than SDPU_FILTER_MAX means all. Unicast addresses that another port
 * has are left out; then the result is -EADDRINUSE, or -ENOMEM.
 */
int sdpu_port_filter_set(struct sdpu_switch *sw, struct sdpu_port *port,
			 const u8 *uni, u32 num_uni, const u8 *multi, u32 num_multi);
/* One address more: -EADDRINUSE, -ENOMEM, or -ENOSPC when a list is full. */
int sdpu_port_filter_add(struct sdpu_switch *sw, struct sdpu_port *port, const u8 *mac);
int sdpu_port_filter_del(struct sdpu_switch *sw, struct sdpu_port *port, const u8 *mac);
void sdpu_port_vlan(struct sdpu_switch *sw, struct sdpu_port *port, u16 vid, bool on);

/* Who has @mac? Context: RCU reader. */
struct sdpu_port *sdpu_switch_lookup(struct sdpu_switch *sw, u64 mac);
/* Does @port take a frame to multicast address @mac? Context: RCU reader. */
bool sdpu_port_wants_multicast(const struct sdpu_port *port, u64 mac);
/* Does @port take unicast frames that are nobody's? */
bool sdpu_port_wants_unknown(const struct sdpu_port *port);
/* Does @port take unicast frames to itself, and VLAN @vid (-1: untagged)? */
bool sdpu_port_wants_unicast(const struct sdpu_port *port);

/* Is @mac an address of @port? */
bool sdpu_port_has(const struct sdpu_port *port, u64 mac);
/* Does @port take a frame to @mac in VLAN @vid (-1: untagged), whoever has that address? */
bool sdpu_port_takes(const struct sdpu_port *port, u64 mac, int vid);

static inline bool sdpu_port_wants_vlan(const struct sdpu_port *port, int vid)
{
	u32 policy = READ_ONCE(port->policy);

	/* what its driver filters it does not see */
	if (unlikely(policy & SDPU_POLICY_TAG))
		return vid == (policy & VLAN_VID_MASK);
	return vid < 0 || !READ_ONCE(port->filter.vlan_filter) ||
	       test_bit(vid, port->filter.vlans);
}

#endif /* _SDPU_SIM_SWITCH_H */
