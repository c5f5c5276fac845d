// SPDX-License-Identifier: GPL-2.0-only
/* The embedded bridge: addresses, filters, lookup. */
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "switch.h"

/**
 * struct sdpu_fdb_entry - a unicast address that a port claimed
 * @node: in sdpu_switch.fdb
 * @mac: the key
 * @port: who has it; written under sdpu_switch.lock
 * @refs: claims of that port on it: its own address, and its unicast list;
 *	under sdpu_switch.lock
 * @rcu: to free it when no reader has it any more
 */
struct sdpu_fdb_entry {
	struct rhash_head node;
	u64 mac;
	struct sdpu_port *port;
	unsigned int refs;
	struct rcu_head rcu;
};

static const struct rhashtable_params sdpu_fdb_params = {
	.key_len = sizeof(u64),
	.key_offset = offsetof(struct sdpu_fdb_entry, mac),
	.head_offset = offsetof(struct sdpu_fdb_entry, node),
	.automatic_shrinking = true,
};

int sdpu_switch_init(struct sdpu_switch *sw)
{
	spin_lock_init(&sw->lock);
	INIT_LIST_HEAD(&sw->ports);
	return rhashtable_init(&sw->fdb, &sdpu_fdb_params);
}

void sdpu_switch_destroy(struct sdpu_switch *sw)
{
	WARN_ON(!list_empty(&sw->ports));
	rhashtable_destroy(&sw->fdb);
}

static int sdpu_fdb_claim(struct sdpu_switch *sw, struct sdpu_port *port, u64 mac)
{
	struct sdpu_fdb_entry *entry;
	int err;

	lockdep_assert_held(&sw->lock);
	entry = rhashtable_lookup_fast(&sw->fdb, &mac, sdpu_fdb_params);
	if (entry) {
		if (entry->port != port)
			return -EADDRINUSE;
		entry->refs++;
		return 0;
	}
	entry = kzalloc(sizeof(*entry), GFP_ATOMIC);
	if (!entry)
		return -ENOMEM;
	entry->mac = mac;
	entry->port = port;
	entry->refs = 1;
	err = rhashtable_insert_fast(&sw->fdb, &entry->node, sdpu_fdb_params);
	if (err)
		kfree(entry);
	return err;
}

/* The port that gets an address when @port gives it up: one that runs, if there is any. */
static struct sdpu_port *sdpu_fdb_heir(struct sdpu_switch *sw, const struct sdpu_port *port,
				       u64 mac)
{
	struct sdpu_port *other, *heir = NULL;

	list_for_each_entry(other, &sw->ports, list) {
		if (other == port || other->mac != mac)
			continue;
		if (other->running)
			return other;
		heir = heir ?: other;
	}
	return heir;
}

/* All that a port that does not run has of an address is that it is its own. */
static void sdpu_fdb_give(struct sdpu_fdb_entry *entry, struct sdpu_port *port)
{
	entry->refs = 1;
	WRITE_ONCE(entry->port, port);
}

static void sdpu_fdb_release(struct sdpu_switch *sw, struct sdpu_port *port, u64 mac)
{
	struct sdpu_fdb_entry *entry;
	struct sdpu_port *heir;

	lockdep_assert_held(&sw->lock);
	entry = rhashtable_lookup_fast(&sw->fdb, &mac, sdpu_fdb_params);
	if (!entry || entry->port != port || --entry->refs)
		return;
	heir = sdpu_fdb_heir(sw, port, mac);
	if (heir) {
		sdpu_fdb_give(entry, heir);
		return;
	}
	rhashtable_remove_fast(&sw->fdb, &entry->node, sdpu_fdb_params);
	kfree_rcu(entry, rcu);
}

/* Does who has @mac let @port have the same as its own? */
static bool sdpu_fdb_shared(struct sdpu_switch *sw, const struct sdpu_port *port, u64 mac)
{
	const struct sdpu_fdb_entry *entry;

	lockdep_assert_held(&sw->lock);
	entry = rhashtable_lookup_fast(&sw->fdb, &mac, sdpu_fdb_params);
	return entry && port->shares && entry->port->shares && entry->port->mac == mac;
}

int sdpu_port_attach(struct sdpu_switch *sw, struct sdpu_port *port, const u8 *mac, bool shares)
{
	u64 key = sdpu_mac_key(mac);
	int err;

	spin_lock_bh(&sw->lock);
	port->shares = shares;
	WRITE_ONCE(port->running, !shares);
	err = sdpu_fdb_claim(sw, port, key);
	if (err == -EADDRINUSE && sdpu_fdb_shared(sw, port, key))
		err = 1;
	if (err >= 0) {
		WRITE_ONCE(port->mac, key);
		WRITE_ONCE(port->attached, true);
		list_add_tail_rcu(&port->list, &sw->ports);
	}
	spin_unlock_bh(&sw->lock);
	return err;
}

void sdpu_port_run(struct sdpu_switch *sw, struct sdpu_port *port, bool running)
{
	struct sdpu_fdb_entry *entry;
	struct sdpu_port *heir;

	spin_lock_bh(&sw->lock);
	WRITE_ONCE(port->running, running);
	entry = rhashtable_lookup_fast(&sw->fdb, &port->mac, sdpu_fdb_params);
	if (!entry) {
		/* there was no memory for it when it came back */
		sdpu_fdb_claim(sw, port, port->mac);
	} else if (running && entry->port->shares && !entry->port->running) {
		sdpu_fdb_give(entry, port);
	} else if (!running && entry->port == port) {
		heir = sdpu_fdb_heir(sw, port, port->mac);
		if (heir && heir->running)
			sdpu_fdb_give(entry, heir);
	}
	spin_unlock_bh(&sw->lock);
}

static void sdpu_filter_drop_uni(struct sdpu_switch *sw, struct sdpu_port *port)
{
	struct sdpu_filter *f = &port->filter;
	unsigned int i;

	for (i = 0; i < f->num_uni; i++)
		sdpu_fdb_release(sw, port, f->uni[i]);
	WRITE_ONCE(f->num_uni, 0);
}

void sdpu_port_detach(struct sdpu_switch *sw, struct sdpu_port *port)
{
	spin_lock_bh(&sw->lock);
	if (port->attached) {
		sdpu_filter_drop_uni(sw, port);
		sdpu_fdb_release(sw, port, port->mac);
		WRITE_ONCE(port->attached, false);
		list_del_rcu(&port->list);
	}
	spin_unlock_bh(&sw->lock);
}

int sdpu_port_set_mac(struct sdpu_switch *sw, struct sdpu_port *port, const u8 *mac,
		      enum sdpu_claim how)
{
	u64 key = sdpu_mac_key(mac);
	int err = 0;

	spin_lock_bh(&sw->lock);
	if (key != port->mac) {
		err = sdpu_fdb_claim(sw, port, key);
		if (how == SDPU_CLAIM_OWN ||
		    (how == SDPU_CLAIM_SHARED && sdpu_fdb_shared(sw, port, key)))
			err = 0;
		if (!err) {
			sdpu_fdb_release(sw, port, port->mac);
			WRITE_ONCE(port->mac, key);
		}
	}
	spin_unlock_bh(&sw->lock);
	return err;
}

void sdpu_port_filter_reset(struct sdpu_switch *sw, struct sdpu_port *port,
			    unsigned int mode, bool vlan_filter)
{
	struct sdpu_filter *f = &port->filter;

	spin_lock_bh(&sw->lock);
	sdpu_filter_drop_uni(sw, port);
	WRITE_ONCE(f->num_multi, 0);
	WRITE_ONCE(f->mode, mode);
	WRITE_ONCE(f->vlan_filter, vlan_filter);
	bitmap_zero(f->vlans, VLAN_N_VID);
	spin_unlock_bh(&sw->lock);
}

void sdpu_port_filter_mode(struct sdpu_switch *sw, struct sdpu_port *port,
			   unsigned int bit, bool on)
{
	spin_lock_bh(&sw->lock);
	WRITE_ONCE(port->filter.mode, on ? port->filter.mode | bit : port->filter.mode & ~bit);
	spin_unlock_bh(&sw->lock);
}

static int sdpu_filter_add_uni(struct sdpu_switch *sw, struct sdpu_port *port, u64 key)
{
	struct sdpu_filter *f = &port->filter;
	int err;

	if (f->num_uni == SDPU_FILTER_MAX)
		return -ENOSPC;
	err = sdpu_fdb_claim(sw, port, key);
	if (err)
		return err;
	WRITE_ONCE(f->uni[f->num_uni], key);
	/* pairs with the acquire in sdpu_port_has() */
	smp_store_release(&f->num_uni, f->num_uni + 1);
	return 0;
}

static int sdpu_filter_add_multi(struct sdpu_port *port, u64 key)
{
	struct sdpu_filter *f = &port->filter;

	if (f->num_multi == SDPU_FILTER_MAX)
		return -ENOSPC;
	WRITE_ONCE(f->multi[f->num_multi], key);
	/* the entry before the count that makes it visible */
	smp_store_release(&f->num_multi, f->num_multi + 1);
	return 0;
}

int sdpu_port_filter_set(struct sdpu_switch *sw, struct sdpu_port *port,
			 const u8 *uni, u32 num_uni, const u8 *multi, u32 num_multi)
{
	struct sdpu_filter *f = &port->filter;
	int err, ret = 0;
	u32 i;

	spin_lock_bh(&sw->lock);
	sdpu_filter_drop_uni(sw, port);
	WRITE_ONCE(f->num_multi, 0);
	WRITE_ONCE(f->mode, f->mode & ~(SDPU_RX_UNI_OVERFLOW | SDPU_RX_MULTI_OVERFLOW));
	/* one more than fits is enough to overflow */
	for (i = 0; i < num_uni && i <= SDPU_FILTER_MAX; i++) {
		u64 key = sdpu_mac_key(uni + i * ETH_ALEN);

		if (sdpu_mac_key_multicast(key))
			continue;
		err = sdpu_filter_add_uni(sw, port, key);
		if (err == -ENOSPC)
			WRITE_ONCE(f->mode, f->mode | SDPU_RX_UNI_OVERFLOW);
		else if (err)
			ret = err;
	}
	for (i = 0; i < num_multi && i <= SDPU_FILTER_MAX; i++)
		if (sdpu_filter_add_multi(port, sdpu_mac_key(multi + i * ETH_ALEN)))
			WRITE_ONCE(f->mode, f->mode | SDPU_RX_MULTI_OVERFLOW);
	spin_unlock_bh(&sw->lock);
	return ret;
}

static int sdpu_filter_find(const u64 *list, unsigned int num, u64 key)
{
	unsigned int i;

	for (i = 0; i < num; i++)
		if (list[i] == key)
			return i;
	return -1;
}

int sdpu_port_filter_add(struct sdpu_switch *sw, struct sdpu_port *port, const u8 *mac)
{
	struct sdpu_filter *f = &port->filter;
	u64 key = sdpu_mac_key(mac);
	int err = 0;

	spin_lock_bh(&sw->lock);
	if (sdpu_mac_key_multicast(key)) {
		if (sdpu_filter_find(f->multi, f->num_multi, key) < 0)
			err = sdpu_filter_add_multi(port, key);
	} else if (sdpu_filter_find(f->uni, f->num_uni, key) < 0) {
		err = sdpu_filter_add_uni(sw, port, key);
	}
	spin_unlock_bh(&sw->lock);
	return err;
}

int sdpu_port_filter_del(struct sdpu_switch *sw, struct sdpu_port *port, const u8 *mac)
{
	struct sdpu_filter *f = &port->filter;
	u64 key = sdpu_mac_key(mac);
	int i;

	spin_lock_bh(&sw->lock);
	if (sdpu_mac_key_multicast(key)) {
		i = sdpu_filter_find(f->multi, f->num_multi, key);
		if (i >= 0) {
			WRITE_ONCE(f->multi[i], f->multi[f->num_multi - 1]);
			WRITE_ONCE(f->num_multi, f->num_multi - 1);
		}
	} else {
		i = sdpu_filter_find(f->uni, f->num_uni, key);
		if (i >= 0) {
			WRITE_ONCE(f->uni[i], f->uni[f->num_uni - 1]);
			WRITE_ONCE(f->num_uni, f->num_uni - 1);
			sdpu_fdb_release(sw, port, key);
		}
	}
	spin_unlock_bh(&sw->lock);
	return i < 0 ? -ENOENT : 0;
}

void sdpu_port_vlan(struct sdpu_switch *sw, struct sdpu_port *port, u16 vid, bool on)
{
	spin_lock_bh(&sw->lock);
	assign_bit(vid, port->filter.vlans, on);
	spin_unlock_bh(&sw->lock);
}

struct sdpu_port *sdpu_switch_lookup(struct sdpu_switch *sw, u64 mac)
{
	struct sdpu_fdb_entry *entry;

	entry = rhashtable_lookup(&sw->fdb, &mac, sdpu_fdb_params);
	return entry ? READ_ONCE(entry->port) : NULL;
}

bool sdpu_port_wants_multicast(const struct sdpu_port *port, u64 mac)
{
	const struct sdpu_filter *f = &port->filter;
	unsigned int mode = READ_ONCE(f->mode);
	unsigned int i, num;

	if (mac == SDPU_MAC_BROADCAST)
		return !(mode & SDPU_RX_NOBCAST);
	if (mode & (SDPU_RX_PROMISC | SDPU_RX_ALLMULTI | SDPU_RX_MULTI_OVERFLOW))
		return !(mode & SDPU_RX_NOMULTI);
	if (mode & SDPU_RX_NOMULTI)
		return false;
	/* pairs with the release in sdpu_filter_add_multi() */
	num = smp_load_acquire(&f->num_multi);
	for (i = 0; i < num; i++)
		if (READ_ONCE(f->multi[i]) == mac)
			return true;
	return false;
}

bool sdpu_port_wants_unknown(const struct sdpu_port *port)
{
	unsigned int mode = READ_ONCE(port->filter.mode);

	return !(mode & SDPU_RX_NOUNI) &&
	       (mode & (SDPU_RX_PROMISC | SDPU_RX_ALLUNI | SDPU_RX_UNI_OVERFLOW));
}

bool sdpu_port_wants_unicast(const struct sdpu_port *port)
{
	return !(READ_ONCE(port->filter.mode) & SDPU_RX_NOUNI);
}

bool sdpu_port_has(const struct sdpu_port *port, u64 mac)
{
	const struct sdpu_filter *f = &port->filter;
	unsigned int i, num;

	if (READ_ONCE(port->mac) == mac)
		return true;
	/* pairs with the release in sdpu_filter_add_uni() */
	num = smp_load_acquire(&f->num_uni);
	for (i = 0; i < num; i++)
		if (READ_ONCE(f->uni[i]) == mac)
			return true;
	return false;
}

bool sdpu_port_takes(const struct sdpu_port *port, u64 mac, int vid)
{
	if (!sdpu_port_wants_vlan(port, vid))
		return false;
	if (sdpu_mac_key_multicast(mac))
		return sdpu_port_wants_multicast(port, mac);
	return sdpu_port_has(port, mac) ? sdpu_port_wants_unicast(port) :
					  sdpu_port_wants_unknown(port);
}
