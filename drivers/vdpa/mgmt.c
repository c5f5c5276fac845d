// SPDX-License-Identifier: GPL-2.0-only
/*
 * Management device: what vdpa dev add, del and set ask of a function.
 *
 * Refusals are written as extack text, but up to 7.2 the core passes no extack
 * to these ops, so there is no way to have vdpa(8) print it. Until there is,
 * the text goes to the kernel log (and, as any extack, to the tracepoint
 * netlink:netlink_extack), and each kind of mistake has an errno of its own as
 * far as there are any.
 */
#include <linux/etherdevice.h>
#include <linux/netlink.h>
#include <linux/virtio_ids.h>
#include <uapi/linux/vdpa.h>

#include "features.h"
#include "vdpa.h"

/* not const only because vdpa_mgmt_dev.id_table is not */
static struct virtio_device_id sdpu_mgmt_ids[] = {
	{ VIRTIO_ID_NET, VIRTIO_DEV_ANY_ID },
	{ }
};

static struct sdpu_vf *sdpu_mgmt_vf(struct vdpa_mgmt_dev *mgmt)
{
	return container_of(mgmt, struct sdpu_vf, mgmt);
}

static bool sdpu_mgmt_has(const struct vdpa_dev_set_config *config, unsigned int attr)
{
	return config->mask & BIT_ULL(attr);
}

/* Not rate-limited: the administrator has asked for it, and it is the only text there is. */
static void sdpu_mgmt_refused(struct sdpu_vf *vf, const char *what, int err,
			      const struct netlink_ext_ack *extack)
{
	if (extack->_msg)
		dev_warn(&vf->pdev->dev, "vdpa dev %s: %s\n", what, extack->_msg);
	else
		dev_warn(&vf->pdev->dev, "vdpa dev %s: %pe\n", what, ERR_PTR(err));
}

static int sdpu_mgmt_check_mac(const u8 *mac, struct netlink_ext_ack *extack)
{
	if (is_zero_ether_addr(mac)) {
		NL_SET_ERR_MSG_FMT(extack, "MAC address %pM is no address", mac);
		return -EADDRNOTAVAIL;
	}
	if (is_multicast_ether_addr(mac)) {
		NL_SET_ERR_MSG_FMT(extack, "MAC address %pM is a multicast address", mac);
		return -EADDRNOTAVAIL;
	}

	return 0;
}

static int sdpu_mgmt_check_features(u64 features, u64 available, struct netlink_ext_ack *extack)
{
	const struct sdpu_feature_rule *rule;
	u64 missing = SDPU_FEATURES_REQUIRED & ~features;

	if (features & ~available) {
		NL_SET_ERR_MSG_FMT(extack, "the card does not have features %#llx",
				   features & ~available);
		return -EOPNOTSUPP;
	}
	if (missing) {
		NL_SET_ERR_MSG_FMT(extack, "VERSION_1, ACCESS_PLATFORM are required: %#llx missing",
				   missing);
		return -EINVAL;
	}
	rule = sdpu_features_violation(features);
	if (rule) {
		NL_SET_ERR_MSG_FMT(extack, "feature %s (%#llx) needs %s", rule->name,
				   rule->feature, rule->needs);
		return -EINVAL;
	}

	return 0;
}

/* The features that a device gets if nobody names them: what its attributes need, too. */
static u64 sdpu_mgmt_default_features(const struct sdpu_identity *id,
				      const struct vdpa_dev_set_config *config,
				      const struct sdpu_dev_attrs *attrs)
{
	u64 features = id->default_features;

	if (attrs->mac_valid)
		features |= SDPU_F(MAC);
	if (attrs->mtu)
		features |= SDPU_F(MTU);
	if (attrs->max_vqp > 1)
		features |= SDPU_F(MQ);
	else
		features &= ~SDPU_F(MQ);

	return features;
}

/* From what the user wants to what the card is asked for. */
static int sdpu_mgmt_attrs(const struct sdpu_identity *id,
			   const struct vdpa_dev_set_config *config,
			   struct sdpu_dev_attrs *attrs, struct netlink_ext_ack *extack)
{
	int err;

	memset(attrs, 0, sizeof(*attrs));
	attrs->max_vqp = 1;

	if (sdpu_mgmt_has(config, VDPA_ATTR_DEV_NET_CFG_MACADDR)) {
		err = sdpu_mgmt_check_mac(config->net.mac, extack);
		if (err)
			return err;
		ether_addr_copy(attrs->mac, config->net.mac);
		attrs->mac_valid = true;
	}

	if (sdpu_mgmt_has(config, VDPA_ATTR_DEV_NET_CFG_MTU)) {
		attrs->mtu = config->net.mtu;
		if (attrs->mtu < id->mtu_min || attrs->mtu > id->mtu_max) {
			NL_SET_ERR_MSG_FMT(extack, "MTU %u is outside of %u to %u", attrs->mtu,
					   id->mtu_min, id->mtu_max);
			return -ERANGE;
		}
	}

	if (sdpu_mgmt_has(config, VDPA_ATTR_DEV_NET_CFG_MAX_VQP)) {
		attrs->max_vqp = config->net.max_vq_pairs;
		if (!attrs->max_vqp || attrs->max_vqp > id->max_vqp) {
			NL_SET_ERR_MSG_FMT(extack, "max_vqp %u is outside of 1 to %u",
					   attrs->max_vqp, id->max_vqp);
			return -ERANGE;
		}
	}

	if (sdpu_mgmt_has(config, VDPA_ATTR_DEV_FEATURES))
		attrs->features = config->device_features;
	else
		attrs->features = sdpu_mgmt_default_features(id, config, attrs);

	return sdpu_mgmt_check_features(attrs->features, id->features, extack);
}

static int sdpu_mgmt_dev_add(struct vdpa_mgmt_dev *mgmt, const char *name,
			     const struct vdpa_dev_set_config *config)
{
	struct sdpu_vf *vf = sdpu_mgmt_vf(mgmt);
	struct netlink_ext_ack extack = {};
	struct sdpu_dev_attrs attrs;
	struct sdpu_vdpa *sv;
	int err;

	/* vdpa_dev_lock is held, which only the core can see */
	sv = rcu_dereference_protected(vf->dev, true);
	if (sv) {
		NL_SET_ERR_MSG_FMT(&extack, "the function has a device already");
		/* the core says this of a name that is taken, but asks later */
		err = strcmp(name, dev_name(&sv->vdpa.dev)) ? -EBUSY : -EEXIST;
	} else {
		err = sdpu_mgmt_attrs(sdpu_ctrl_identity(vf->ctrl), config, &attrs, &extack);
	}
	if (!err)
		err = sdpu_vdpa_add(vf, name, &attrs, &extack);
	if (err)
		sdpu_mgmt_refused(vf, "add", err, &extack);

	return err;
}

static void sdpu_mgmt_dev_del(struct vdpa_mgmt_dev *mgmt, struct vdpa_device *vdpa)
{
	sdpu_vdpa_del(sdpu_mgmt_vf(mgmt), to_sdpu_vdpa(vdpa));
}

static int sdpu_mgmt_set_mac(struct sdpu_vdpa *sv, const u8 *mac, struct netlink_ext_ack *extack)
{
	int err = sdpu_mgmt_check_mac(mac, extack);

	if (err)
		return err;
	if (!(sv->device_features & SDPU_F(MAC))) {
		NL_SET_ERR_MSG_FMT(extack, "the device does not offer feature MAC (%#llx)",
				   SDPU_F(MAC));
		return -EOPNOTSUPP;
	}
	/* a driver that runs does not look again, and would be cut off; cf_lock keeps it so */
	if (READ_ONCE(sv->status) & VIRTIO_CONFIG_S_DRIVER_OK) {
		NL_SET_ERR_MSG_FMT(extack, "the device is in use: its driver would not notice");
		return -EBUSY;
	}

	err = sdpu_cmd_dev_set_mac(sv->ctrl, mac);
	if (err)
		NL_SET_ERR_MSG_FMT(extack, "the card refused MAC address %pM: %pe", mac,
				   ERR_PTR(err));

	return err;
}

static int sdpu_mgmt_dev_set_attr(struct vdpa_mgmt_dev *mgmt, struct vdpa_device *vdpa,
				  const struct vdpa_dev_set_config *config)
{
	struct netlink_ext_ack extack = {};
	int err;

	if (config->mask != BIT_ULL(VDPA_ATTR_DEV_NET_CFG_MACADDR)) {
		NL_SET_ERR_MSG_FMT(&extack, "only the MAC address can be set");
		err = -EOPNOTSUPP;
	} else {
		err = sdpu_mgmt_set_mac(to_sdpu_vdpa(vdpa), config->net.mac, &extack);
	}
	if (err)
		sdpu_mgmt_refused(sdpu_mgmt_vf(mgmt), "set", err, &extack);

	return err;
}

static const struct vdpa_mgmtdev_ops sdpu_mgmt_ops = {
	.dev_add = sdpu_mgmt_dev_add,
	.dev_del = sdpu_mgmt_dev_del,
	.dev_set_attr = sdpu_mgmt_dev_set_attr,
};

/**
 * sdpu_mgmt_register - offer a function to vdpa(8)
 * @vf: function
 *
 * Context: may sleep; takes vdpa_dev_lock.
 * Return: 0 or a negative errno.
 */
int sdpu_mgmt_register(struct sdpu_vf *vf)
{
	const struct sdpu_identity *id = sdpu_ctrl_identity(vf->ctrl);

	vf->mgmt.device = &vf->pdev->dev;
	vf->mgmt.ops = &sdpu_mgmt_ops;
	vf->mgmt.id_table = sdpu_mgmt_ids;
	vf->mgmt.config_attr_mask = BIT_ULL(VDPA_ATTR_DEV_NET_CFG_MACADDR) |
				    BIT_ULL(VDPA_ATTR_DEV_NET_CFG_MTU) |
				    BIT_ULL(VDPA_ATTR_DEV_NET_CFG_MAX_VQP) |
				    BIT_ULL(VDPA_ATTR_DEV_FEATURES);
	vf->mgmt.supported_features = id->features;
	vf->mgmt.max_supported_vqs = 2 * id->max_vqp + !!(id->features & SDPU_F(CTRL_VQ));

	return vdpa_mgmtdev_register(&vf->mgmt);
}

/**
 * sdpu_mgmt_unregister - nobody can use the function any more
 * @vf: function; its vDPA device is deleted
 *
 * Context: may sleep, for as long as the device is open; takes vdpa_dev_lock.
 */
void sdpu_mgmt_unregister(struct sdpu_vf *vf)
{
	vdpa_mgmtdev_unregister(&vf->mgmt);
}
