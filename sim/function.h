/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A function of a card, the PF or a VF: registers, doorbells, interrupts, its
 * rings of the control path, its address spaces, its port at the switch.
 *
 * Locks, outermost first:
 *
 *   sdpu_function.lock   mutex; registers, rings, commands. One command of a
 *                        function runs at a time.
 *   sdpu_vq.lock         spinlock, bottom halves disabled; see vq.h
 *   sdpu_switch.lock     see switch.h
 *   sdpu_link.lock       see link.h
 *   sdpu_config.lock     see config.h
 *   sdpu_eq.lock         spinlock; event ring
 *
 * The interrupt handler and the virtio device are found under RCU: doorbells
 * and senders come from anywhere.
 */
#ifndef _SDPU_SIM_FUNCTION_H
#define _SDPU_SIM_FUNCTION_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <softdpu/xport.h>

#include "adminq.h"
#include "as.h"
#include "ctl.h"
#include "fault.h"
#include "link.h"
#include "rate.h"
#include "switch.h"
#include "vq.h"

struct sdpu_card;
struct sdpu_irq;
struct sdpu_net;
struct sdpu_vdev;

/* Counters of the PF's port: fields of struct sdpu_ctrl_port_stats. */
struct sdpu_pf_stats {
	atomic64_t rx_packets;
	atomic64_t rx_bytes;
	atomic64_t rx_gso_packets;
	atomic64_t rx_drop_no_buffer;
	atomic64_t tx_packets;
	atomic64_t tx_bytes;
	atomic64_t tx_gso_packets;
	atomic64_t tx_drop_bad;
	atomic64_t tx_drop_no_port;
	atomic64_t multicast;
};

/**
 * struct sdpu_function - a function
 * @xport: what the driver holds; first
 * @card: the card
 * @number: 0 for the PF
 * @lock: see above; protects @state, @reason, @regs, @ctl, @aq but its doorbell
 * @state: SDPU_STATE_*
 * @reason: SDPU_FAIL_*
 * @regs: what the driver wrote to the registers of ring addresses and sizes
 * @ctl: control processor
 * @aq: admin queue
 * @eq: event queue
 * @reset_work: function level reset
 * @irq: the driver's handler, RCU
 * @net: who takes frames at the host, RCU: PF: those for it, VF: what it sends in switchdev
 *	mode. Changed by a single exchange, without @lock
 * @vdev: VF: the virtio device, RCU; changed under @lock
 * @as: address spaces; see struct sdpu_as
 * @group_as: address space of each group of virtqueues; under @lock
 * @areas_apart: SDPU_GROUP_AREAS is where the driver said, not with SDPU_GROUP_DATA,
 *	where a driver that does not know of it believes the areas are; under @lock
 * @fault: what is made to go wrong
 * @poll_usecs: how long the workers of a VF look for frames, at most; SDPU_POLL_AS_CARD:
 *	as long as the card says; read and written a word at a time
 * @own_mac: VF: its address as a number, if it was given one, else 0; read and written a
 *	word at a time
 * @rate: VF: how fast it may send; see struct sdpu_rates
 * @link: its link, and what decides about it
 * @port: place at the switch
 * @port_up: PF: its netdev is up; written under @lock
 * @port_mtu: PF: its MTU; written under @lock
 * @pf_stats: PF: counters of its port
 * @past_rx: VF: what receive queues of devices that are gone have counted; written under
 *	@lock
 * @past_tx: VF: likewise transmit queues
 */
struct sdpu_function {
	struct sdpu_xport xport;
	struct sdpu_card *card;
	u16 number;
	struct mutex lock;
	u8 state;
	u8 reason;
	u32 regs[8];
	struct sdpu_ctl ctl;
	struct sdpu_aq aq;
	struct sdpu_eq eq;
	struct work_struct reset_work;
	struct sdpu_irq __rcu *irq;
	struct sdpu_net __rcu *net;
	struct sdpu_vdev __rcu *vdev;
	struct sdpu_as as[SDPU_NUM_AS];
	u16 group_as[SDPU_NUM_GROUPS];
	bool areas_apart;
	struct sdpu_fault fault;
	unsigned int poll_usecs;
	u64 own_mac;
	struct sdpu_rate rate;
	struct sdpu_link link;
	struct sdpu_port port;
	bool port_up;
	u16 port_mtu;
	struct sdpu_pf_stats pf_stats;
	struct sdpu_vq_stats past_rx;
	struct sdpu_vq_stats past_tx;
};

static inline struct sdpu_function *sdpu_function_of_port(struct sdpu_port *port)
{
	return container_of(port, struct sdpu_function, port);
}

struct sdpu_function *sdpu_function_create(struct sdpu_card *card, u16 number);
void sdpu_function_destroy(struct sdpu_function *fn);

/* Function level reset, from wherever it is noticed. Context: any. */
void sdpu_function_reset(struct sdpu_function *fn);
/* The driver broke the control path: stop it. Context: fn->lock. */
void sdpu_function_fail(struct sdpu_function *fn, u8 reason);
/* How long workers look for frames before they sleep, at most. Context: any. */
unsigned int sdpu_function_poll_usecs(const struct sdpu_function *fn);
/* Its permanent address: what it was given, or what the card has for it. Context: any. */
void sdpu_function_mac(const struct sdpu_function *fn, u8 *mac);
/* Fire a vector. Context: any but hard interrupt. */
void sdpu_function_irq(struct sdpu_function *fn, unsigned int vector);

/* pfleg.c, vdev.c: what the control processor does to a function */
extern const struct sdpu_ctl_hooks sdpu_pf_hooks;
extern const struct sdpu_ctl_hooks sdpu_vf_hooks;

#endif /* _SDPU_SIM_FUNCTION_H */
