// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which frames the PF receives: its own address always, the addresses in the
 * netdev's lists, all multicast, or everything.
 *
 * The stack tells about changes of its lists in a context that cannot sleep, so
 * a work item compares them with what the card has been told, and tells it the
 * difference. An address is added before another is removed, and flags are
 * widened before addresses are removed: at no moment does the card drop a frame
 * that was wanted before and is wanted after.
 *
 * Too many addresses, or a card without room for them, widen the filter: to all
 * multicast for multicast addresses, to everything for unicast ones.
 *
 * A command without an answer that makes sense may have been executed or not.
 * What it was about counts as unsure, and the next comparison tells it again.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "netdev.h"

/**
 * struct sdpu_filter_want - a copy of what the stack wants
 * @flags: SDPU_PORT_PROMISC, _ALLMULTI
 * @num: addresses in @mac
 * @mac: addresses that it wants, besides our own
 */
struct sdpu_filter_want {
	u16 flags;
	unsigned int num;
	u8 mac[SDPU_FILTER_MAX][ETH_ALEN];
};

static void sdpu_filter_widen(struct sdpu_filter_want *want, const u8 *mac)
{
	want->flags |= is_multicast_ether_addr(mac) ? SDPU_PORT_ALLMULTI : SDPU_PORT_PROMISC;
}

static void sdpu_filter_want_one(struct sdpu_filter_want *want, const u8 *mac)
{
	if (want->num < SDPU_FILTER_MAX)
		ether_addr_copy(want->mac[want->num++], mac);
	else
		sdpu_filter_widen(want, mac);
}

static void sdpu_filter_collect(struct net_device *dev, struct sdpu_filter_want *want)
{
	struct netdev_hw_addr *ha;

	netif_addr_lock_bh(dev);
	if (dev->flags & IFF_PROMISC)
		want->flags |= SDPU_PORT_PROMISC;
	if (dev->flags & IFF_ALLMULTI)
		want->flags |= SDPU_PORT_ALLMULTI;
	netdev_for_each_uc_addr(ha, dev)
		sdpu_filter_want_one(want, ha->addr);
	netdev_for_each_mc_addr(ha, dev)
		sdpu_filter_want_one(want, ha->addr);
	netif_addr_unlock_bh(dev);
}

static bool sdpu_filter_wanted(const struct sdpu_filter_want *want, const u8 *mac)
{
	unsigned int i;

	for (i = 0; i < want->num; i++) {
		if (ether_addr_equal(want->mac[i], mac))
			return true;
	}

	return false;
}

/* The entry of an address, a new one if it has none, or NULL if there is no room. */
static struct sdpu_filter_addr *sdpu_filter_entry_locked(struct sdpu_filter *f, const u8 *mac)
{
	unsigned int i;

	lockdep_assert_held(&f->lock);

	for (i = 0; i < f->num; i++) {
		if (ether_addr_equal(f->addr[i].mac, mac))
			return &f->addr[i];
	}
	if (i == SDPU_FILTER_MAX)
		return NULL;
	ether_addr_copy(f->addr[i].mac, mac);
	f->addr[i].sure = false;
	f->num++;

	return &f->addr[i];
}

static void sdpu_filter_drop_locked(struct sdpu_filter *f, struct sdpu_filter_addr *addr)
{
	lockdep_assert_held(&f->lock);

	*addr = f->addr[--f->num];
}

/*
 * Addresses that are new. One for which the card has no room widens the filter
 * instead. An address that is not wanted any more may leave its place to it.
 */
static void sdpu_filter_add_locked(struct sdpu_netdev *nd, struct sdpu_filter_want *want)
{
	struct sdpu_filter *f = &nd->filter;
	struct sdpu_filter_addr *addr;
	unsigned int i;
	int ret;

	lockdep_assert_held(&f->lock);

	for (i = 0; i < want->num; i++) {
		addr = sdpu_filter_entry_locked(f, want->mac[i]);
		if (addr && addr->sure)
			continue;
		ret = addr ? sdpu_cmd_port_filter(nd->ctrl, want->mac[i], true) : -ENOSPC;
		if (!ret)
			addr->sure = true;
		else if (addr && !sdpu_cmd_uncertain(ret))
			sdpu_filter_drop_locked(f, addr);
		if (ret)
			sdpu_filter_widen(want, want->mac[i]);
	}
}

static void sdpu_filter_remove_locked(struct sdpu_netdev *nd, const struct sdpu_filter_want *want)
{
	struct sdpu_filter *f = &nd->filter;
	struct sdpu_filter_addr *addr;
	unsigned int i = f->num;

	lockdep_assert_held(&f->lock);

	/* from the end: what takes the place of one that goes has been looked at */
	while (i--) {
		addr = &f->addr[i];
		if (sdpu_filter_wanted(want, addr->mac))
			continue;
		/* refused: the card did not know it, or is gone */
		if (sdpu_cmd_uncertain(sdpu_cmd_port_filter(nd->ctrl, addr->mac, false)))
			addr->sure = false;
		else
			sdpu_filter_drop_locked(f, addr);
	}
}

static int sdpu_filter_flags_locked(struct sdpu_netdev *nd, u16 flags)
{
	struct sdpu_filter *f = &nd->filter;
	int ret;

	lockdep_assert_held(&f->lock);

	if (flags == f->flags)
		return 0;
	ret = sdpu_cmd_port_set_flags(nd->ctrl, flags);
	if (!ret)
		f->flags = flags;
	else if (sdpu_cmd_uncertain(ret))
		f->flags = SDPU_FILTER_UNSURE;

	return ret;
}

static int sdpu_filter_sync_locked(struct sdpu_netdev *nd)
{
	struct sdpu_filter *f = &nd->filter;
	struct sdpu_filter_want *want;
	int ret;

	lockdep_assert_held(&f->lock);

	want = kzalloc(sizeof(*want), GFP_KERNEL);
	if (!want)
		return -ENOMEM;

	if (f->up) {
		want->flags = SDPU_PORT_UP;
		sdpu_filter_collect(nd->dev, want);
	}
	sdpu_filter_add_locked(nd, want);
	ret = sdpu_filter_flags_locked(nd, want->flags);
	sdpu_filter_remove_locked(nd, want);
	kfree(want);

	return ret;
}

static void sdpu_filter_work(struct work_struct *work)
{
	struct sdpu_netdev *nd = container_of(work, struct sdpu_netdev, filter.work);
	struct sdpu_filter *f = &nd->filter;

	mutex_lock(&f->lock);
	if (f->up)
		sdpu_filter_sync_locked(nd);
	mutex_unlock(&f->lock);
}

/**
 * sdpu_filter_set_rx_mode - ndo_set_rx_mode: lists or flags have changed
 * @dev: the netdev
 *
 * Context: address lock held, must not sleep.
 */
void sdpu_filter_set_rx_mode(struct net_device *dev)
{
	struct sdpu_netdev *nd = netdev_priv(dev);

	/* a no-op after sdpu_filter_exit() */
	schedule_work(&nd->filter.work);
}

/**
 * sdpu_filter_set_up - start or stop receiving
 * @nd: the netdev
 * @up: start
 *
 * Context: may sleep.
 * Return: 0 or a negative errno. Stopping may fail with a card that is gone.
 */
int sdpu_filter_set_up(struct sdpu_netdev *nd, bool up)
{
	struct sdpu_filter *f = &nd->filter;
	int ret;

	mutex_lock(&f->lock);
	f->up = up;
	ret = sdpu_filter_sync_locked(nd);
	if (ret)
		f->up = false;
	mutex_unlock(&f->lock);

	return ret;
}

/**
 * sdpu_filter_init - before the netdev is registered
 * @nd: the netdev
 *
 * Context: may sleep.
 */
void sdpu_filter_init(struct sdpu_netdev *nd)
{
	mutex_init(&nd->filter.lock);
	INIT_WORK(&nd->filter.work, sdpu_filter_work);
}

/**
 * sdpu_filter_exit - after the netdev was unregistered
 * @nd: the netdev
 *
 * Context: may sleep.
 */
void sdpu_filter_exit(struct sdpu_netdev *nd)
{
	disable_work_sync(&nd->filter.work);
	mutex_destroy(&nd->filter.lock);
}
