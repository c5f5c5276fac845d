// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a vDPA device.
 *
 * The core counts references. The last one may be dropped after the device was
 * deleted, so all that concerns the card, and all that is mapped, is dealt with
 * when it is deleted; what is left for the release is memory. The function's
 * driver is not unbound, nor unloaded, before that.
 */
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include <compat/vdpa.h>

#include "features.h"
#include "vdpa.h"

/**
 * sdpu_vdpa_free - the last reference is gone
 * @vdpa: device
 *
 * Context: may sleep.
 */
void sdpu_vdpa_free(struct vdpa_device *vdpa)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	struct sdpu_vf *vf = sv->vf;

	sdpu_vqs_free(sv);
	mutex_destroy(&sv->lock);
	sdpu_vf_put(vf);
}

static struct sdpu_vdpa *sdpu_vdpa_alloc(struct sdpu_vf *vf, const char *name,
					 const struct sdpu_dev_attrs *attrs)
{
	const struct sdpu_identity *id = sdpu_ctrl_identity(vf->ctrl);
	u16 groups = READ_ONCE(vf->single_group) ? 1 : id->num_groups;
	struct sdpu_vdpa *sv;

	sv = vdpa_alloc_device(struct sdpu_vdpa, vdpa, &vf->pdev->dev, &sdpu_vdpa_ops, NULL,
			       groups, id->num_as, name, false);
	if (IS_ERR(sv))
		return sv;

	sv->vdpa.mdev = &vf->mgmt;
	sdpu_compat_set_dma_dev(&sv->vdpa, &vf->pdev->dev);
	refcount_inc(&vf->ref);
	sv->vf = vf;
	sv->ctrl = vf->ctrl;
	sv->xp = sdpu_ctrl_xport(vf->ctrl);
	sv->device_features = attrs->features;
	sv->max_vqp = attrs->max_vqp;
	sv->nvqs = 2 * attrs->max_vqp + !!(attrs->features & SDPU_F(CTRL_VQ));
	sv->max_queue_size = id->max_queue_size;
	mutex_init(&sv->lock);
	spin_lock_init(&sv->config_lock);
	sv->as0_mode = SDPU_AS_UNKNOWN;

	sv->maps = sdpu_maps_alloc(sv->xp, id->num_as);
	if (!sv->maps)
		goto put_device;
	if (sdpu_vqs_alloc(sv))
		goto free_maps;

	return sv;

free_maps:
	sdpu_maps_free(sv->maps);
put_device:
	put_device(&sv->vdpa.dev);

	return ERR_PTR(-ENOMEM);
}

/* Take the device off the card. The tables go when the card has let go of them. */
static void sdpu_vdpa_take_down(struct sdpu_vf *vf, struct sdpu_vdpa *sv)
{
	int err;

	err = sdpu_cmd_dev_destroy(sv->ctrl);
	if (!err)
		err = sdpu_maps_withdraw(sv->maps, sv->ctrl);

	/*
	 * Interrupts and events of the function do not find the device any more. Expedited:
	 * vdpa_dev_lock is held, and all of vdpa(8) waits for it.
	 */
	rcu_assign_pointer(vf->dev, NULL);
	synchronize_rcu_expedited();

	if (err)
		list_add(&sv->maps->node, &vf->limbo);
	else
		sdpu_maps_free(sv->maps);
	sv->maps = NULL;
}

/**
 * sdpu_vdpa_add - make a vDPA device
 * @vf: function it is on, which has none
 * @name: for the vDPA bus
 * @attrs: what it is like; checked
 * @extack: for the reason of a failure
 *
 * Context: vdpa_dev_lock held for writing.
 * Return: 0 or a negative errno.
 */
int sdpu_vdpa_add(struct sdpu_vf *vf, const char *name, const struct sdpu_dev_attrs *attrs,
		  struct netlink_ext_ack *extack)
{
	struct sdpu_vdpa *sv = sdpu_vdpa_alloc(vf, name, attrs);
	int err;

	if (IS_ERR(sv))
		return PTR_ERR(sv);

	err = sdpu_cmd_dev_create(vf->ctrl, attrs);
	if (err) {
		if (err == -EADDRINUSE)
			NL_SET_ERR_MSG_FMT(extack, "MAC address %pM is in use on this card",
					   attrs->mac);
		else
			NL_SET_ERR_MSG_FMT(extack, "the card refused the device: %pe",
					   ERR_PTR(err));
		/* it may have one all the same: answers get lost, earlier deletions fail */
		sdpu_cmd_dev_destroy(vf->ctrl);
		sdpu_maps_free(sv->maps);
		goto put_device;
	}

	err = sdpu_maps_publish(sv->maps, vf->ctrl);
	if (err) {
		NL_SET_ERR_MSG_FMT(extack, "the card refused a page table: %pe", ERR_PTR(err));
		goto take_down;
	}
	sv->as0_mode = SDPU_AS_TABLE;

	err = sdpu_config_probe(sv, extack);
	if (err)
		goto take_down;

	rcu_assign_pointer(vf->dev, sv);
	/* a bus driver may be bound, and the device in use, before this returns */
	err = _vdpa_register_device(&sv->vdpa, sv->nvqs);
	if (err) {
		NL_SET_ERR_MSG_FMT(extack, "no place on the vdpa bus for %s: %pe",
				   dev_name(&sv->vdpa.dev), ERR_PTR(err));
		goto take_down;
	}

	return 0;

take_down:
	sdpu_vdpa_take_down(vf, sv);
put_device:
	put_device(&sv->vdpa.dev);

	return err;
}

/**
 * sdpu_vdpa_del - remove a vDPA device
 * @vf: function it is on
 * @sv: device
 *
 * Waits until its bus driver has let go of it; with vhost_vdpa, until the
 * owner closes the file.
 *
 * Context: vdpa_dev_lock held for writing.
 */
void sdpu_vdpa_del(struct sdpu_vf *vf, struct sdpu_vdpa *sv)
{
	get_device(&sv->vdpa.dev);
	_vdpa_unregister_device(&sv->vdpa);
	sdpu_vdpa_take_down(vf, sv);
	put_device(&sv->vdpa.dev);
}
