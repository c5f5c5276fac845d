/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The wire of a card: what is at its other end. That may be nothing, the wire of another
 * card, or a netdev of the host, which is the card's from then on, as a bridge's port is
 * the bridge's.
 *
 * Legacy mode: what the embedded bridge has no port for goes along the wire, multicast and
 * broadcast do, too, and what comes is forwarded as if a port had sent it. Switchdev mode:
 * the PF's netdev is the uplink; what it sends goes along the wire, and what comes is for
 * it.
 *
 * From card to card frames are forwarded by whoever sends them, from the sender's buffers
 * to the receiver's. Only what the PF's netdev sends is taken over by a work item: the
 * stack sends it with locks held, and another netdev's stack must not be entered with these.
 *
 * The RTNL protects what is joined with what. Frames are under RCU.
 */
#ifndef _SDPU_SIM_WIRE_H
#define _SDPU_SIM_WIRE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

#include "switch.h"

struct net;
struct net_device;
struct sdpu_card;
struct sdpu_frame;
struct sdpu_fwd;

/* Fields of struct sdpu_ctrl_port_stats without their prefix. */
struct sdpu_wire_stats {
	atomic64_t rx_packets;
	atomic64_t rx_bytes;
	atomic64_t rx_drop_bad;
	atomic64_t rx_drop_no_port;
	atomic64_t rx_drop_down;
	atomic64_t tx_packets;
	atomic64_t tx_bytes;
	atomic64_t tx_drop_no_buffer;
	atomic64_t tx_drop_down;
};

struct sdpu_wire_end;

/**
 * struct sdpu_wire - the wire of a card
 * @card: the card
 * @list: in the list of all wires; RTNL
 * @plugged: nobody has pulled it out; written under the RTNL
 * @port: what frames come from; takes none, no frame is for it. It has a link if @plugged,
 *	and so is what the wire is joined with, if anything; written under the RTNL
 * @end: what it is joined with, RCU; written under the RTNL
 * @queue: what the PF's netdev has sent, for @work
 * @work: sends it
 * @stats: counters
 */
struct sdpu_wire {
	struct sdpu_card *card;
	struct list_head list;
	bool plugged;
	struct sdpu_port port;
	struct sdpu_wire_end __rcu *end;
	struct sk_buff_head queue;
	struct work_struct work;
	struct sdpu_wire_stats stats;
};

/* Once a module. */
int sdpu_wire_module_init(void);
void sdpu_wire_module_exit(void);

void sdpu_wire_init(struct sdpu_wire *wire, struct sdpu_card *card);
/* The card is complete: others can be joined with it. Context: may sleep. */
void sdpu_wire_open(struct sdpu_wire *wire);
/* Joined with nothing from now on, and no frame is under way. Context: may sleep. */
void sdpu_wire_close(struct sdpu_wire *wire);

/* Plug it in, or pull it out. Context: may sleep, takes the RTNL. */
void sdpu_wire_plug(struct sdpu_wire *wire, bool in);
/* Is it? Context: any. */
bool sdpu_wire_plugged(const struct sdpu_wire *wire);
/* Has the PF a link? Context: any. */
bool sdpu_wire_up(const struct sdpu_wire *wire);

/*
 * Join with the card of number @id; with the netdev of that name in @net; with nothing.
 * -EBUSY if either end is joined already, or somebody else has the netdev; -ENODEV if there
 * is no such card or netdev; -EINVAL for the card itself, and for a netdev that is no
 * Ethernet, or is a card's. Context: may sleep, takes the RTNL.
 */
int sdpu_wire_join_card(struct sdpu_wire *wire, unsigned int id);
int sdpu_wire_join_netdev(struct sdpu_wire *wire, struct net *net, const char *name);
void sdpu_wire_separate(struct sdpu_wire *wire);
/* What it is joined with, in words for sysfs. Context: may sleep, takes the RTNL. */
int sdpu_wire_show(struct sdpu_wire *wire, char *buf);

/* Send @frame along the wire: 1, or 0 if that leads nowhere. Context: of a batch. */
unsigned int sdpu_wire_send(struct sdpu_fwd *fwd, const struct sdpu_frame *frame);
/* Hand over what is in @fwd.to_wire. Context: of a batch, no lock held. */
void sdpu_wire_flush(struct sdpu_fwd *fwd);

#endif /* _SDPU_SIM_WIRE_H */
