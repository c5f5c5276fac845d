/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam between a SoftDPU driver and a card: a handful of things that
 * hardware can do. The simulator implements them in software; a transport over
 * a PCI BAR and MSI-X vectors would fit the same table.
 *
 * A card that has no BAR leaves a struct sdpu_xport in the platform data of
 * its PCI functions before a driver can bind. It lives until the PCI function
 * is removed, that is, longer than any driver that is bound to it.
 *
 * After the card has been taken away every register reads all ones and
 * doorbells do nothing, but the functions of the table can still be called.
 */
#ifndef _SOFTDPU_XPORT_H
#define _SOFTDPU_XPORT_H

#include <linux/types.h>
#include <linux/device.h>

struct cpumask;
struct list_head;
struct sk_buff;
struct sdpu_xport;

/* Changes whenever struct sdpu_xport_ops does: both modules carry it. */
#define SDPU_XPORT_ABI		0x53580004u

/**
 * typedef sdpu_xport_irq_t - interrupt handler of a function
 * @priv: as given to irq_attach
 * @vector: SDPU_VEC_*
 *
 * Context: any task or softirq, bottom halves disabled, maybe locks of the card
 * held. Must not sleep and must not call back into the transport, except for
 * read and doorbell.
 */
typedef void (*sdpu_xport_irq_t)(void *priv, unsigned int vector);

/**
 * struct sdpu_xport_net - what the PF driver gives for the frames of a port
 * @rx: takes a batch of frames from the card: sk_buffs linked through
 *	skb->list, data at the Ethernet header, GSO and checksum state set,
 *	owned by the callee, who still has to call eth_type_trans(). @queue is
 *	below the number of queues in the PF's identity. Bottom halves are
 *	disabled and no lock of the card is held.
 */
struct sdpu_xport_net {
	void (*rx)(void *priv, unsigned int queue, struct list_head *skbs);
};

/**
 * struct sdpu_xport_ops - what a card can do
 * @read: read a register; any context
 * @write: write a register; may sleep. What it leads to is done when it returns, or a
 *	register says when
 * @doorbell: ring SDPU_DB_*; any context, also with interrupts disabled
 *	inside an eventfd wakeup: it never sleeps, never calls a handler.
 * @dma_alloc: zeroed memory that the card reaches, rounded up to whole pages,
 *	page aligned; its DMA address goes to @dma; may sleep
 * @dma_free: give it back; may sleep
 * @irq_attach: install the one handler of the function; -EBUSY if there is one.
 *	May sleep.
 * @irq_detach: remove it; when it returns the handler does not run and will
 *	not run again; may sleep
 * @irq_affinity: have the interrupts of @vector come on one of these processors,
 *	or on any with NULL; a hint. A card in software also does there what leads
 *	to those of a transmit virtqueue. Until the virtqueue that the vector belongs
 *	to is destroyed. May sleep.
 * @net_attach: PF only: take frames of @port from the card: 0 those for the PF
 *	itself, n in switchdev mode those that VF n sends; -EBUSY if somebody does.
 *	May sleep
 * @net_detach: PF only: no call of struct sdpu_xport_net for @port runs after it.
 *	May sleep.
 * @net_xmit: PF only: give a batch of frames to the card: sk_buffs linked through
 *	skb->list, which the card owns afterwards and counts if it must drop them.
 *	Of port 0 it is what the PF sends, of port n in switchdev mode what VF n is to
 *	receive. The queue is one of the netdev, a hint. Receivers are told when all
 *	are there, bottom halves are disabled that long: no more than a few dozen
 *	frames of one segment, or a single large one, should come at a time.
 */
struct sdpu_xport_ops {
	u32 (*read)(struct sdpu_xport *xp, u32 offset);
	void (*write)(struct sdpu_xport *xp, u32 offset, u32 value);
	void (*doorbell)(struct sdpu_xport *xp, u32 doorbell, u32 value);
	void *(*dma_alloc)(struct sdpu_xport *xp, size_t size, u64 *dma);
	void (*dma_free)(struct sdpu_xport *xp, size_t size, void *mem, u64 dma);
	int (*irq_attach)(struct sdpu_xport *xp, sdpu_xport_irq_t handler, void *priv);
	void (*irq_detach)(struct sdpu_xport *xp);
	void (*irq_affinity)(struct sdpu_xport *xp, unsigned int vector,
			     const struct cpumask *cpus);
	int (*net_attach)(struct sdpu_xport *xp, unsigned int port,
			  const struct sdpu_xport_net *net, void *priv);
	void (*net_detach)(struct sdpu_xport *xp, unsigned int port);
	void (*net_xmit)(struct sdpu_xport *xp, struct list_head *skbs, unsigned int port,
			 unsigned int queue);
};

/**
 * struct sdpu_xport - the card's end of one PCI function
 * @abi: SDPU_XPORT_ABI
 * @ops: what the card can do
 */
struct sdpu_xport {
	u32 abi;
	const struct sdpu_xport_ops *ops;
};

/**
 * sdpu_xport_get - the software transport of a PCI function
 * @dev: the function's device
 *
 * Return: NULL if @dev has none, or one that this build does not understand.
 */
static inline struct sdpu_xport *sdpu_xport_get(struct device *dev)
{
	struct sdpu_xport *xp = dev_get_platdata(dev);

	return xp && xp->abi == SDPU_XPORT_ABI ? xp : NULL;
}

#endif /* _SOFTDPU_XPORT_H */
