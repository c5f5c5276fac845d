// SPDX-License-Identifier: GPL-2.0-only
/*
 * A card: what hangs together from one PF to its last VF.
 */
#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "card.h"
#include "function.h"
#include "link.h"
#include "pci.h"
#include "poll.h"
#include "rate.h"
#include "rules.h"
#include "switch.h"
#include "wire.h"

/**
 * struct sdpu_card - a card
 * @id: its number, unique among the cards that exist
 * @total_vfs: VFs that it can have
 * @initial_vfs: VFs that the PF's driver is asked to enable when it binds
 * @poll_usecs: how long workers look for frames before they sleep, at most, but for VFs
 *	that were told otherwise; read and written a word at a time
 * @wire: what its uplink leads to
 * @switchdev: the host forwards, not the bridge; a word, read under RCU by who has frames
 * @pci: its PCI face
 * @wq: serves admin queues and control virtqueues
 * @sw: the embedded bridge
 * @rates: how fast VFs may send
 * @rules: what it does by itself in switchdev mode
 * @functions: 0 is the PF, n the n-th VF
 *
 * Nothing here but the bridge, rules, the wire, @poll_usecs and @switchdev changes between
 * sdpu_card_create() and sdpu_card_destroy().
 */
struct sdpu_card {
	unsigned int id;
	unsigned int total_vfs;
	unsigned int initial_vfs;
	unsigned int poll_usecs;
	struct sdpu_wire wire;
	bool switchdev;
	struct sdpu_pci *pci;
	struct workqueue_struct *wq;
	struct sdpu_switch sw;
	struct sdpu_rules rules;
	struct sdpu_rates rates;
	struct sdpu_function *functions[];
};

static void sdpu_card_free(struct sdpu_card *card)
{
	unsigned int i;

	for (i = 0; i <= card->total_vfs; i++)
		sdpu_function_destroy(card->functions[i]);
	if (card->wq)
		destroy_workqueue(card->wq);
	sdpu_rules_destroy(&card->rules);
	sdpu_switch_destroy(&card->sw);
	kfree(card);
}

static struct sdpu_card *sdpu_card_alloc(unsigned int id, unsigned int total_vfs)
{
	struct sdpu_card *card;
	unsigned int i;
	int err;

	card = kzalloc(struct_size(card, functions, total_vfs + 1), GFP_KERNEL);
	if (!card)
		return ERR_PTR(-ENOMEM);
	card->id = id;
	card->total_vfs = total_vfs;
	card->poll_usecs = SDPU_POLL_USECS;
	spin_lock_init(&card->rates.lock);
	sdpu_wire_init(&card->wire, card);
	err = sdpu_switch_init(&card->sw);
	if (err)
		goto free_only;
	err = sdpu_rules_init(&card->rules);
	if (err) {
		sdpu_switch_destroy(&card->sw);
		goto free_only;
	}
	card->wq = alloc_workqueue("softdpu%u", WQ_UNBOUND, 0, id);
	if (!card->wq)
		goto free;
	for (i = 0; i <= total_vfs; i++) {
		card->functions[i] = sdpu_function_create(card, i);
		if (!card->functions[i])
			goto free;
	}
	return card;

free:
	sdpu_card_free(card);
	return ERR_PTR(-ENOMEM);

free_only:
	kfree(card);
	return ERR_PTR(err);
}

/**
 * sdpu_card_create - make a card and plug it in
 * @id: its number
 * @total_vfs: VFs that it can have
 * @initial_vfs: VFs that the PF's driver is asked to enable when it binds
 *
 * Context: Process.
 * Return: the card, which drivers can use already, or an error pointer
 */
struct sdpu_card *sdpu_card_create(unsigned int id, unsigned int total_vfs,
				   unsigned int initial_vfs)
{
	struct sdpu_card *card;
	int err;

	card = sdpu_card_alloc(id, total_vfs);
	if (IS_ERR(card))
		return card;
	card->initial_vfs = initial_vfs;

	card->pci = sdpu_pci_create(card, id, total_vfs);
	if (IS_ERR(card->pci)) {
		err = PTR_ERR(card->pci);
		goto free_card;
	}
	err = sdpu_pci_publish(card->pci);
	if (err)
		goto destroy_pci;
	sdpu_wire_open(&card->wire);
	return card;

destroy_pci:
	sdpu_pci_destroy(card->pci);
free_card:
	sdpu_card_free(card);
	return ERR_PTR(err);
}

/**
 * sdpu_card_destroy - unplug a card
 * @card: the card
 *
 * Context: Process. Waits for users of the card's functions.
 */
void sdpu_card_destroy(struct sdpu_card *card)
{
	sdpu_wire_close(&card->wire);
	sdpu_pci_destroy(card->pci);
	sdpu_card_free(card);
}

/**
 * sdpu_card_id - number of a card
 * @card: the card
 *
 * Context: Any.
 * Return: unique among the cards that exist
 */
unsigned int sdpu_card_id(const struct sdpu_card *card)
{
	return card->id;
}

/**
 * sdpu_card_initial_vfs - VFs that the PF's driver is asked to enable
 * @card: the card
 *
 * Context: Any.
 * Return: 0 to sdpu_card_total_vfs()
 */
unsigned int sdpu_card_initial_vfs(const struct sdpu_card *card)
{
	return card->initial_vfs;
}

/**
 * sdpu_card_poll_usecs - how long workers look for frames before they sleep, at most
 * @card: the card; a VF of it may have been told otherwise
 *
 * Context: Any.
 * Return: microseconds, 0 to SDPU_POLL_USECS_MAX
 */
unsigned int sdpu_card_poll_usecs(const struct sdpu_card *card)
{
	return READ_ONCE(card->poll_usecs);
}

/**
 * sdpu_card_set_poll - let workers look longer, or less long
 * @card: the card
 * @usecs: microseconds at most; each finds out for itself whether it is worth it
 *
 * Context: Any.
 * Return: 0, or -ERANGE above SDPU_POLL_USECS_MAX
 */
int sdpu_card_set_poll(struct sdpu_card *card, unsigned int usecs)
{
	if (usecs > SDPU_POLL_USECS_MAX)
		return -ERANGE;
	WRITE_ONCE(card->poll_usecs, usecs);
	return 0;
}

/**
 * sdpu_card_vf_poll_usecs - how long the workers of a VF look for frames, at most
 * @card: the card
 * @vf: number of the VF, from 0
 *
 * Context: Any.
 * Return: microseconds, 0 to SDPU_POLL_USECS_MAX
 */
unsigned int sdpu_card_vf_poll_usecs(const struct sdpu_card *card, unsigned int vf)
{
	return sdpu_function_poll_usecs(card->functions[vf + 1]);
}

/**
 * sdpu_card_set_vf_poll - let the workers of one VF look longer, or less long
 * @card: the card
 * @vf: number of the VF, from 0
 * @usecs: microseconds at most, or SDPU_POLL_AS_CARD
 *
 * Context: Any.
 * Return: 0, or -ERANGE above SDPU_POLL_USECS_MAX
 */
int sdpu_card_set_vf_poll(struct sdpu_card *card, unsigned int vf, unsigned int usecs)
{
	if (usecs > SDPU_POLL_USECS_MAX && usecs != SDPU_POLL_AS_CARD)
		return -ERANGE;
	WRITE_ONCE(card->functions[vf + 1]->poll_usecs, usecs);
	return 0;
}

/**
 * sdpu_card_wire - the wire of a card
 * @card: the card
 *
 * Context: Any.
 * Return: the wire
 */
struct sdpu_wire *sdpu_card_wire(struct sdpu_card *card)
{
	return &card->wire;
}

/**
 * sdpu_card_rules - what a card does by itself in switchdev mode
 * @card: the card
 *
 * Context: Any.
 * Return: the rules
 */
struct sdpu_rules *sdpu_card_rules(struct sdpu_card *card)
{
	return &card->rules;
}

/**
 * sdpu_card_rates - how fast the VFs of a card may send
 * @card: the card
 *
 * Context: Any.
 * Return: the rates
 */
struct sdpu_rates *sdpu_card_rates(struct sdpu_card *card)
{
	return &card->rates;
}

/**
 * sdpu_card_forget_vfs - what the administrator has said of the VFs counts no more
 * @card: the card, complete or not
 *
 * Their links are the wire's, their addresses those that the card has for them, and they may
 * send as fast as they can and what they want.
 *
 * Context: Process.
 */
void sdpu_card_forget_vfs(struct sdpu_card *card)
{
	unsigned int i;

	spin_lock_bh(&card->rates.lock);
	for (i = 1; i <= SDPU_RATE_GROUPS; i++)
		sdpu_rate_set_group(&card->rates, i, 0);
	for (i = 1; i <= card->total_vfs && card->functions[i]; i++)
		sdpu_rate_set(&card->functions[i]->rate, 0, 0, 0);
	spin_unlock_bh(&card->rates.lock);
	for (i = 1; i <= card->total_vfs && card->functions[i]; i++) {
		WRITE_ONCE(card->functions[i]->own_mac, 0);
		WRITE_ONCE(card->functions[i]->port.policy, 0);
		sdpu_link_set(card->functions[i], SDPU_VF_LINK_AUTO);
	}
}

/**
 * sdpu_card_switchdev - does the host forward, and not the embedded bridge?
 * @card: the card
 *
 * Context: Any. Who has frames to forward looks once, as a reader of RCU.
 */
bool sdpu_card_switchdev(const struct sdpu_card *card)
{
	return READ_ONCE(card->switchdev);
}

/**
 * sdpu_card_set_switchdev - who forwards
 * @card: the card
 * @on: the host
 *
 * Nobody forwards as before when this returns.
 *
 * Context: Process.
 */
void sdpu_card_set_switchdev(struct sdpu_card *card, bool on)
{
	if (sdpu_card_switchdev(card) == on)
		return;
	WRITE_ONCE(card->switchdev, on);
	synchronize_rcu();
}

/**
 * sdpu_card_function - a function of a card
 * @card: the card
 * @fn: 0 for the PF, n for the n-th VF, from 1
 *
 * Context: Any.
 * Return: the function
 */
struct sdpu_function *sdpu_card_function(const struct sdpu_card *card, unsigned int fn)
{
	return card->functions[fn];
}

/**
 * sdpu_card_switch - the embedded bridge of a card
 * @card: the card
 *
 * Context: Any.
 * Return: the bridge
 */
struct sdpu_switch *sdpu_card_switch(struct sdpu_card *card)
{
	return &card->sw;
}

/**
 * sdpu_card_wq - where a card works on admin queues and control virtqueues
 * @card: the card
 *
 * Context: Any.
 * Return: the workqueue
 */
struct workqueue_struct *sdpu_card_wq(const struct sdpu_card *card)
{
	return card->wq;
}

/**
 * sdpu_card_mac - permanent address of a function
 * @card: the card
 * @fn: 0 for the PF, n for the n-th VF, from 1
 * @mac: where to put it
 *
 * Locally administered, the same every time: "SDPU", card, function would be
 * readable, but the first byte must have its bit 1 set and its bit 0 clear.
 *
 * Context: Any.
 */
void sdpu_card_mac(const struct sdpu_card *card, unsigned int fn, u8 *mac)
{
	static const u8 prefix[] = { 0x52, 0x44, 0x50, 0x55 };

	memcpy(mac, prefix, sizeof(prefix));
	mac[4] = card->id;
	mac[5] = fn;
}

/**
 * sdpu_card_total_vfs - how many VFs a card can have
 * @card: the card
 *
 * Context: Any.
 * Return: 1 to SDPU_MAX_VFS
 */
unsigned int sdpu_card_total_vfs(const struct sdpu_card *card)
{
	return card->total_vfs;
}

/**
 * sdpu_card_pci_name - where a card is
 * @card: the card
 *
 * Context: Any.
 * Return: PCI address of the PF
 */
const char *sdpu_card_pci_name(const struct sdpu_card *card)
{
	return sdpu_pci_name(card->pci);
}

/**
 * sdpu_card_xport - the transport of a function, for its driver
 * @card: the card
 * @fn: 0 for the PF, n for the n-th VF, from 1
 *
 * Context: Process. Called when the function is added to the PCI bus.
 * Return: the transport, valid until the card is destroyed
 */
struct sdpu_xport *sdpu_card_xport(struct sdpu_card *card, unsigned int fn)
{
	return &card->functions[fn]->xport;
}

/**
 * sdpu_card_function_reset - a function was reset through its config space
 * @card: the card
 * @fn: 0 for the PF, n for the n-th VF, from 1
 *
 * By a function level reset, or because VFs were disabled. A reset of the PF is
 * announced after those of the VFs that go with it.
 *
 * Context: Any; a raw spinlock is held and interrupts are off.
 */
void sdpu_card_function_reset(struct sdpu_card *card, unsigned int fn)
{
	sdpu_function_reset(card->functions[fn]);
}
