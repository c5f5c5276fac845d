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

static bool sdpu_filter_contains(const u8 (*list)[ETH_ALEN], unsigned int num, const u8 *mac)
{
	while (num--) {
		if (ether_addr_equal(list[num], mac))
			return true;
	}

	return false;
}

/*
 * Addresses that are new. One for which the card has no room widens the filter
 * instead. An address that is not wanted any more may leave its place to it.
 */
static void sdpu_filter_add_locked(struct sdpu_netdev *nd, struct sdpu_filter_want *want)
{
	struct sdpu_filter *f = &nd->filter;
	unsigned int i;

	lockdep_assert_held(&f->lock);

	for (i = 0; i < want->num; i++) {
		const u8 *mac = want->mac[i];

		if (sdpu_filter_contains(f->mac, f->num, mac))
			continue;
		if (f->num == SDPU_FILTER_MAX || sdpu_cmd_port_filter(nd->ctrl, mac, true))
			sdpu_filter_widen(want, mac);
		else
			ether_addr_copy(f->mac[f->num++], mac);
	}
}

static void sdpu_filter_remove_locked(struct sdpu_netdev *nd, const struct sdpu_filter_want *want)
{
	struct sdpu_filter *f = &nd->filter;
	unsigned int i = 0;

	lockdep_assert_held(&f->lock);

	while (i < f->num) {
		if (sdpu_filter_contains(want->mac, want->num, f->mac[i])) {
			i++;
			continue;
		}
		/* the card did not know it, or is gone: nothing to be done about it */
		sdpu_cmd_port_filter(nd->ctrl, f->mac[i], false);
		ether_addr_copy(f->mac[i], f->mac[--f->num]);
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
