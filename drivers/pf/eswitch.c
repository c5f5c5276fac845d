// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who forwards between the ports of a card: the card itself, by address and
 * VLAN (legacy mode), or the host, which has a representor for each VF
 * (switchdev mode). In switchdev mode the PF's netdev is the uplink: what it
 * sends is for the card's wire.
 *
 * VFs may be in use while the mode changes: their devices stay, frames come
 * another way. A VF has the link that its representor gives it, and the rates
 * that devlink has; and again what ip link has said when there is none any more.
 *
 * All of it is under the lock of the devlink instance.
 */
#include <linux/pci.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/devlink.h>
#include <softdpu/ctrl.h>

#include "../ctrl/cmds.h"
#include "../ctrl/ctrl.h"
#include "bridge.h"
#include "eswitch.h"
#include "flower.h"
#include "netdev.h"

static bool sdpu_eswitch_is_switchdev(const struct sdpu_pf *pf)
{
	return READ_ONCE(pf->eswitch.mode) == DEVLINK_ESWITCH_MODE_SWITCHDEV;
}

/**
 * sdpu_eswitch_id - which switch the ports of a card are of
 * @pf: the PF
 * @ppid: to fill in
 *
 * Context: any.
 * Return: false in legacy mode, then they are of none.
 */
bool sdpu_eswitch_id(const struct sdpu_pf *pf, struct netdev_phys_item_id *ppid)
{
	if (!sdpu_eswitch_is_switchdev(pf))
		return false;
	*ppid = pf->eswitch.id;

	return true;
}

/**
 * sdpu_eswitch_of - whose port a netdev is
 * @dev: the netdev of a PF, or a representor, registered or about to be
 *
 * Context: any.
 * Return: the PF.
 */
struct sdpu_pf *sdpu_eswitch_of(const struct net_device *dev)
{
	const struct sdpu_netdev *nd;

	if (sdpu_rep_number(dev))
		return sdpu_rep_pf(dev);
	nd = netdev_priv(dev);

	return nd->pf;
}

/**
 * sdpu_eswitch_port - which port of a card a netdev stands for
 * @pf: the PF
 * @dev: any netdev that stays
 *
 * Context: any.
 * Return: 0 the uplink, n VF n, or -ENODEV if it is no port of that card.
 */
int sdpu_eswitch_port(const struct sdpu_pf *pf, const struct net_device *dev)
{
	if (dev == pf->netdev)
		return 0;

	return sdpu_rep_number(dev) && sdpu_rep_pf(dev) == pf ? sdpu_rep_number(dev) : -ENODEV;
}

/**
 * sdpu_eswitch_mode_get - devlink dev eswitch show
 * @devlink: the instance
 * @mode: DEVLINK_ESWITCH_MODE_*
 *
 * Context: lock of the instance held.
 * Return: 0.
 */
int sdpu_eswitch_mode_get(struct devlink *devlink, u16 *mode)
{
	struct sdpu_pf *pf = devlink_priv(devlink);

	*mode = pf->eswitch.mode;

	return 0;
}

/**
 * sdpu_eswitch_add_vfs - there will be VFs
 * @pf: the PF, up
 * @num: how many, at most those that the card can have; there are none yet
 *
 * Context: may sleep, lock of the devlink instance held; takes the RTNL.
 * Return: 0 or a negative errno, then nothing has changed.
 */
int sdpu_eswitch_add_vfs(struct sdpu_pf *pf, unsigned int num)
{
	struct sdpu_eswitch *es = &pf->eswitch;
	struct sdpu_rep *rep;

	if (!sdpu_eswitch_is_switchdev(pf) || !num)
		return 0;

	es->reps = kcalloc(num, sizeof(*es->reps), GFP_KERNEL);
	if (!es->reps)
		return -ENOMEM;
	while (es->num < num) {
		rep = sdpu_rep_create(pf, es->num);
		if (IS_ERR(rep)) {
			sdpu_eswitch_del_vfs(pf);
			return PTR_ERR(rep);
		}
		es->reps[es->num++] = rep;
	}

	return 0;
}

/**
 * sdpu_eswitch_del_vfs - VFs will be gone, or need nobody that stands for them
 * @pf: the PF
 *
 * Context: may sleep, lock of the devlink instance held; takes the RTNL.
 */
void sdpu_eswitch_del_vfs(struct sdpu_pf *pf)
{
	struct sdpu_eswitch *es = &pf->eswitch;

	while (es->num)
		sdpu_rep_destroy(es->reps[--es->num]);
	kfree(es->reps);
	es->reps = NULL;
}

/* What ip link said of the VFs counts again. */
static void sdpu_eswitch_restore_vfs(struct sdpu_pf *pf)
{
	rtnl_lock();
	sdpu_vf_restore(netdev_priv(pf->netdev));
	rtnl_unlock();
}

/* What ip link demands of VFs is for legacy mode. */
static int sdpu_eswitch_demand(struct sdpu_pf *pf, bool on)
{
	int ret;

	rtnl_lock();
	ret = sdpu_vf_demand(netdev_priv(pf->netdev), on);
	rtnl_unlock();

	return ret;
}

static int sdpu_eswitch_tell(struct sdpu_pf *pf, u16 mode, u16 old)
{
	int ret = sdpu_cmd_eswitch(pf->ctrl, mode);

	/* it was executed, maybe, and we say that it was not: see sdpu_netdev_change_mtu() */
	if (ret == -EIO)
		sdpu_cmd_eswitch(pf->ctrl, old);

	return ret;
}

static int sdpu_eswitch_to_switchdev(struct sdpu_pf *pf)
{
	int ret;

	ret = sdpu_eswitch_tell(pf, SDPU_ESWITCH_SWITCHDEV, SDPU_ESWITCH_LEGACY);
	if (ret)
		return ret;

	WRITE_ONCE(pf->eswitch.mode, DEVLINK_ESWITCH_MODE_SWITCHDEV);
	ret = sdpu_eswitch_demand(pf, false);
	if (!ret)
		ret = sdpu_eswitch_add_vfs(pf, pci_num_vf(pf->pdev));
	if (!ret) {
		sdpu_bridging_start(pf->bridging);
		return 0;
	}

	sdpu_eswitch_demand(pf, true);
	WRITE_ONCE(pf->eswitch.mode, DEVLINK_ESWITCH_MODE_LEGACY);
	sdpu_cmd_eswitch(pf->ctrl, SDPU_ESWITCH_LEGACY);
	sdpu_eswitch_restore_vfs(pf);

	return ret;
}

/* There are no rules on the uplink, and will be none. */
static bool sdpu_eswitch_close(struct sdpu_pf *pf)
{
	bool closed;

	rtnl_lock();
	closed = !sdpu_flower_on_uplink(pf->flower);
	if (closed)
		WRITE_ONCE(pf->eswitch.mode, DEVLINK_ESWITCH_MODE_LEGACY);
	rtnl_unlock();

	return closed;
}

static int sdpu_eswitch_to_legacy(struct sdpu_pf *pf, struct netlink_ext_ack *extack)
{
	int ret;

	if (!sdpu_eswitch_close(pf)) {
		NL_SET_ERR_MSG(extack, "the uplink has tc rules that the card follows");
		return -EBUSY;
	}
	ret = sdpu_eswitch_demand(pf, true);
	if (!ret)
		ret = sdpu_eswitch_tell(pf, SDPU_ESWITCH_LEGACY, SDPU_ESWITCH_SWITCHDEV);
	if (ret) {
		sdpu_eswitch_demand(pf, false);
		WRITE_ONCE(pf->eswitch.mode, DEVLINK_ESWITCH_MODE_SWITCHDEV);
		return ret;
	}

	sdpu_eswitch_del_vfs(pf);
	sdpu_bridging_stop(pf->bridging);
	sdpu_eswitch_restore_vfs(pf);

	return 0;
}

/**
 * sdpu_eswitch_mode_set - devlink dev eswitch set … mode legacy|switchdev
 * @devlink: the instance
 * @mode: DEVLINK_ESWITCH_MODE_*
 * @extack: why not
 *
 * Context: may sleep, lock of the instance held; takes the RTNL.
 * Return: 0 or a negative errno, then the mode is what it was.
 */
int sdpu_eswitch_mode_set(struct devlink *devlink, u16 mode, struct netlink_ext_ack *extack)
{
	struct sdpu_pf *pf = devlink_priv(devlink);
	int ret;

	if (mode != DEVLINK_ESWITCH_MODE_LEGACY && mode != DEVLINK_ESWITCH_MODE_SWITCHDEV) {
		NL_SET_ERR_MSG(extack, "the modes are legacy and switchdev");
		return -EOPNOTSUPP;
	}
	if (mode == pf->eswitch.mode)
		return 0;
	if (!pf->ctrl) {
		NL_SET_ERR_MSG(extack, "the card did not start");
		return -ENODEV;
	}

	ret = mode == DEVLINK_ESWITCH_MODE_SWITCHDEV ? sdpu_eswitch_to_switchdev(pf) :
						       sdpu_eswitch_to_legacy(pf, extack);
	if (ret && ret != -EBUSY)
		NL_SET_ERR_MSG_FMT(extack, "the card stays in the mode that it has: %pe",
				   ERR_PTR(ret));

	return ret;
}

/**
 * sdpu_eswitch_stop - no representors, legacy mode: the card is about to be reset
 * @pf: the PF
 *
 * Context: may sleep, lock of the devlink instance held; takes the RTNL.
 */
void sdpu_eswitch_stop(struct sdpu_pf *pf)
{
	devl_rate_nodes_destroy(priv_to_devlink(pf));
	sdpu_eswitch_del_vfs(pf);
	if (pf->bridging)
		sdpu_bridging_stop(pf->bridging);
	WRITE_ONCE(pf->eswitch.mode, DEVLINK_ESWITCH_MODE_LEGACY);
}
