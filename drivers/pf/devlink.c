// SPDX-License-Identifier: GPL-2.0-only
/*
 * What devlink(8) knows of the card, and can do with it: who it is, the
 * registers of the PF, a new start.
 *
 * The instance's lock is taken after the device lock of the PF, and before the
 * RTNL. It protects &struct sdpu_pf.ctrl and &struct sdpu_pf.netdev.
 */
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/devlink.h>
#include <softdpu/ctrl.h>
#include <softdpu/xport.h>

#include "../ctrl/ctrl.h"
#include "devlink.h"
#include "eswitch.h"
#include "pf.h"
#include "rate.h"

/* of the region, at a time */
#define SDPU_DEVLINK_SNAPSHOTS	8

static int sdpu_devlink_versions(struct sdpu_pf *pf, struct devlink_info_req *req)
{
	struct pci_dev *pdev = pf->pdev;
	char text[sizeof("65535.65535")];
	u32 version;
	int ret;

	snprintf(text, sizeof(text), "%04x:%04x", pdev->subsystem_vendor, pdev->subsystem_device);
	ret = devlink_info_version_fixed_put(req, DEVLINK_INFO_VERSION_GENERIC_BOARD_ID, text);
	if (ret)
		return ret;

	snprintf(text, sizeof(text), "%u", pdev->revision);
	ret = devlink_info_version_fixed_put(req, DEVLINK_INFO_VERSION_GENERIC_BOARD_REV, text);
	if (ret)
		return ret;

	/* a card that is gone has none */
	if (!pf->ctrl || !sdpu_ctrl_alive(pf->ctrl))
		return 0;
	version = sdpu_ctrl_register(pf->ctrl, SDPU_REG_VERSION);
	snprintf(text, sizeof(text), "%u.%u", version >> 16, version & 0xffff);

	return devlink_info_version_running_put(req, DEVLINK_INFO_VERSION_GENERIC_FW_MGMT_API,
						text);
}

static int sdpu_devlink_info_get(struct devlink *devlink, struct devlink_info_req *req,
				 struct netlink_ext_ack *extack)
{
	struct sdpu_pf *pf = devlink_priv(devlink);
	u64 dsn = pci_get_dsn(pf->pdev);
	char text[sizeof("00-00-00-00-00-00-00-00")];
	u8 bytes[sizeof(dsn)];
	int ret;

	if (dsn) {
		put_unaligned_be64(dsn, bytes);
		snprintf(text, sizeof(text), "%8phD", bytes);
		ret = devlink_info_serial_number_put(req, text);
		if (ret)
			return ret;
	}

	return sdpu_devlink_versions(pf, req);
}

static int sdpu_devlink_reload_down(struct devlink *devlink, bool netns_change,
				    enum devlink_reload_action action,
				    enum devlink_reload_limit limit,
				    struct netlink_ext_ack *extack)
{
	struct sdpu_pf *pf = devlink_priv(devlink);

	if (netns_change) {
		NL_SET_ERR_MSG(extack, "a card stays in the network namespace of the host");
		return -EOPNOTSUPP;
	}
	/* they would lose their card, and who uses them, without having been asked */
	if (pci_num_vf(pf->pdev)) {
		NL_SET_ERR_MSG(extack, "there are VFs: write 0 to sriov_numvfs first");
		return -EBUSY;
	}

	sdpu_pf_down(pf);

	return 0;
}

static int sdpu_devlink_reload_up(struct devlink *devlink, enum devlink_reload_action action,
				  enum devlink_reload_limit limit, u32 *actions_performed,
				  struct netlink_ext_ack *extack)
{
	struct sdpu_pf *pf = devlink_priv(devlink);
	int ret;

	ret = sdpu_pf_up(pf);
	if (ret) {
		NL_SET_ERR_MSG(extack, "the card does not start: see the kernel's log");
		sdpu_health_died(pf->health);
		return ret;
	}

	sdpu_health_renew(pf->health);
	*actions_performed = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT);

	return 0;
}

/* Frames are not looked at on the way, nor wrapped. */

static int sdpu_devlink_inline_mode_get(struct devlink *devlink, u8 *mode)
{
	*mode = DEVLINK_ESWITCH_INLINE_MODE_NONE;

	return 0;
}

static int sdpu_devlink_inline_mode_set(struct devlink *devlink, u8 mode,
					struct netlink_ext_ack *extack)
{
	if (mode == DEVLINK_ESWITCH_INLINE_MODE_NONE)
		return 0;
	NL_SET_ERR_MSG(extack, "no headers are needed inline: the mode is none");

	return -EOPNOTSUPP;
}

static int sdpu_devlink_encap_mode_get(struct devlink *devlink,
				       enum devlink_eswitch_encap_mode *mode)
{
	*mode = DEVLINK_ESWITCH_ENCAP_MODE_NONE;

	return 0;
}

static int sdpu_devlink_encap_mode_set(struct devlink *devlink,
				       enum devlink_eswitch_encap_mode mode,
				       struct netlink_ext_ack *extack)
{
	if (mode == DEVLINK_ESWITCH_ENCAP_MODE_NONE)
		return 0;
	NL_SET_ERR_MSG(extack, "the card does not encapsulate: the mode is none");

	return -EOPNOTSUPP;
}

static const struct devlink_ops sdpu_devlink_ops = {
	.reload_actions		= BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT),
	.reload_down		= sdpu_devlink_reload_down,
	.reload_up		= sdpu_devlink_reload_up,
	.info_get		= sdpu_devlink_info_get,
	.eswitch_mode_get	= sdpu_eswitch_mode_get,
	.eswitch_mode_set	= sdpu_eswitch_mode_set,
	.eswitch_inline_mode_get	= sdpu_devlink_inline_mode_get,
	.eswitch_inline_mode_set	= sdpu_devlink_inline_mode_set,
	.eswitch_encap_mode_get	= sdpu_devlink_encap_mode_get,
	.eswitch_encap_mode_set	= sdpu_devlink_encap_mode_set,
	.rate_leaf_tx_share_set	= sdpu_rate_leaf_tx_share_set,
	.rate_leaf_tx_max_set	= sdpu_rate_leaf_tx_max_set,
	.rate_leaf_parent_set	= sdpu_rate_leaf_parent_set,
	.rate_node_new		= sdpu_rate_node_new,
	.rate_node_del		= sdpu_rate_node_del,
	.rate_node_tx_share_set	= sdpu_rate_node_tx_share_set,
	.rate_node_tx_max_set	= sdpu_rate_node_tx_max_set,
	.rate_node_parent_set	= sdpu_rate_node_parent_set,
};

/* The register window, as little-endian words: what a card says of itself, also a dead one. */

static int sdpu_devlink_registers_read(struct devlink *devlink,
				       const struct devlink_region_ops *ops,
				       struct netlink_ext_ack *extack, u64 offset, u32 size,
				       u8 *data)
{
	struct sdpu_pf *pf = devlink_priv(devlink);
	u64 at = round_down(offset, sizeof(__le32));
	u8 word[sizeof(__le32)];
	u32 i;

	if (!pf->ctrl) {
		NL_SET_ERR_MSG(extack, "the card did not start");
		return -ENODEV;
	}

	put_unaligned_le32(sdpu_ctrl_register(pf->ctrl, at), word);
	for (i = 0; i < size; i++) {
		if (offset + i == at + sizeof(word)) {
			at += sizeof(word);
			put_unaligned_le32(sdpu_ctrl_register(pf->ctrl, at), word);
		}
		data[i] = word[offset + i - at];
	}

	return 0;
}

static int sdpu_devlink_registers_snapshot(struct devlink *devlink,
					   const struct devlink_region_ops *ops,
					   struct netlink_ext_ack *extack, u8 **data)
{
	u8 *copy = kmalloc(SDPU_REG_END, GFP_KERNEL);
	int ret;

	if (!copy)
		return -ENOMEM;

	ret = sdpu_devlink_registers_read(devlink, ops, extack, 0, SDPU_REG_END, copy);
	if (ret)
		kfree(copy);
	else
		*data = copy;

	return ret;
}

static const struct devlink_region_ops sdpu_devlink_registers = {
	.name		= "registers",
	.destructor	= kfree,
	.snapshot	= sdpu_devlink_registers_snapshot,
	.read		= sdpu_devlink_registers_read,
};

static int sdpu_devlink_init(struct sdpu_pf *pf)
{
	struct devlink *devlink = priv_to_devlink(pf);
	int ret = 0;

	devl_lock(devlink);
	pf->registers = devl_region_create(devlink, &sdpu_devlink_registers,
					   SDPU_DEVLINK_SNAPSHOTS, SDPU_REG_END);
	if (IS_ERR(pf->registers)) {
		ret = PTR_ERR(pf->registers);
		goto unlock;
	}
	pf->health = sdpu_health_create(pf);
	if (IS_ERR(pf->health)) {
		ret = PTR_ERR(pf->health);
		devl_region_destroy(pf->registers);
	}
unlock:
	devl_unlock(devlink);

	return ret;
}

/**
 * sdpu_devlink_alloc - the PF and its devlink instance
 * @pdev: the PCI function
 *
 * Context: may sleep.
 * Return: the PF, all zero but for its function and what is devlink's, or an
 * ERR_PTR().
 */
struct sdpu_pf *sdpu_devlink_alloc(struct pci_dev *pdev)
{
	struct devlink *devlink = devlink_alloc(&sdpu_devlink_ops, sizeof(struct sdpu_pf),
						&pdev->dev);
	struct sdpu_pf *pf;
	int ret;

	if (!devlink)
		return ERR_PTR(-ENOMEM);
	pf = devlink_priv(devlink);
	pf->pdev = pdev;
	ida_init(&pf->rate_groups);
	pf->eswitch.mode = DEVLINK_ESWITCH_MODE_LEGACY;
	pf->eswitch.id.id_len = sizeof(u64);
	put_unaligned_be64(pci_get_dsn(pdev), pf->eswitch.id.id);
	ret = sdpu_devlink_init(pf);
	if (ret) {
		devlink_free(devlink);
		return ERR_PTR(ret);
	}

	return pf;
}

/**
 * sdpu_devlink_free - free the PF
 * @pf: from sdpu_devlink_alloc(), not registered, down
 *
 * Context: may sleep.
 */
void sdpu_devlink_free(struct sdpu_pf *pf)
{
	struct devlink *devlink = priv_to_devlink(pf);

	devl_lock(devlink);
	sdpu_health_destroy(pf->health);
	devl_region_destroy(pf->registers);
	devl_unlock(devlink);
	devlink_free(devlink);
}

/**
 * sdpu_devlink_lock - keep the card from being started anew
 * @pf: the PF
 *
 * Context: may sleep; taken after the device lock, before the RTNL.
 */
void sdpu_devlink_lock(struct sdpu_pf *pf)
{
	devl_lock(priv_to_devlink(pf));
}

/**
 * sdpu_devlink_unlock - it may be started anew
 * @pf: the PF
 *
 * Context: any that may sleep.
 */
void sdpu_devlink_unlock(struct sdpu_pf *pf)
{
	devl_unlock(priv_to_devlink(pf));
}

/**
 * sdpu_devlink_port_register - the port that the PF's netdev is
 * @pf: the PF, its netdev is not yet made
 *
 * The netdev has its name from there: udev makes enP…s0np0 of it.
 *
 * Context: may sleep, lock of the instance held.
 * Return: 0 or a negative errno.
 */
int sdpu_devlink_port_register(struct sdpu_pf *pf)
{
	struct devlink_port_attrs attrs = {
		.flavour = DEVLINK_PORT_FLAVOUR_PHYSICAL,
		.phys.port_number = 0,
	};

	/* what an earlier start has left */
	memset(&pf->port, 0, sizeof(pf->port));
	devlink_port_attrs_set(&pf->port, &attrs);

	return devl_port_register(priv_to_devlink(pf), &pf->port, 0);
}

/**
 * sdpu_devlink_port_unregister - there is no such port any more
 * @pf: the PF, its netdev is unregistered
 *
 * Context: may sleep, lock of the instance held.
 */
void sdpu_devlink_port_unregister(struct sdpu_pf *pf)
{
	devl_port_unregister(&pf->port);
}

/**
 * sdpu_devlink_register - the card can be seen
 * @pf: the PF, up
 *
 * Context: may sleep, takes the lock of the instance.
 */
void sdpu_devlink_register(struct sdpu_pf *pf)
{
	devlink_register(priv_to_devlink(pf));
	sdpu_health_start(pf->health);
}

/**
 * sdpu_devlink_unregister - it can be seen no more
 * @pf: the PF
 *
 * Context: may sleep, takes the lock of the instance.
 */
void sdpu_devlink_unregister(struct sdpu_pf *pf)
{
	sdpu_health_stop(pf->health);
	devlink_unregister(priv_to_devlink(pf));
}
