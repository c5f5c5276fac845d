// SPDX-License-Identifier: GPL-2.0-only
/* The driver of the card's physical function. */
#include <linux/module.h>
#include <linux/pci.h>
#include <softdpu/ctrl.h>
#include <softdpu/ids.h>

#include "../ctrl/ctrl.h"
#include "bridge.h"
#include "devlink.h"
#include "eswitch.h"
#include "flower.h"
#include "frames.h"
#include "pf.h"

static void sdpu_pf_event(void *priv, u16 type, u16 index, u64 data)
{
	struct sdpu_pf *pf = priv;
	/* pairs with the release in sdpu_pf_probe() */
	struct net_device *netdev = smp_load_acquire(&pf->netdev);

	/* without a netdev nobody is interested: it looks at the link when it is opened */
	if (netdev && (type == SDPU_EV_LINK || type == SDPU_EV_OVERFLOW))
		sdpu_netdev_link_changed(netdev);
}

static void sdpu_pf_died(void *priv)
{
	struct sdpu_pf *pf = priv;

	sdpu_health_died(pf->health);
}

static const struct sdpu_ctrl_client sdpu_pf_client = {
	.event = sdpu_pf_event,
	.died = sdpu_pf_died,
};

/**
 * sdpu_pf_up - start the card, make the netdev
 * @pf: the PF, down
 *
 * Says in the log why, if it fails; the PF is down then.
 *
 * Context: may sleep, lock of the devlink instance held; takes the RTNL.
 * Return: 0 or a negative errno.
 */
int sdpu_pf_up(struct sdpu_pf *pf)
{
	struct sdpu_bridging *bridging;
	struct sdpu_flower *flower;
	struct net_device *netdev;
	struct sdpu_ctrl *ctrl;
	int ret;

	ctrl = sdpu_ctrl_open(pf->pdev, &sdpu_pf_client, pf);
	if (IS_ERR(ctrl))
		return PTR_ERR(ctrl);
	pf->ctrl = ctrl;

	ret = sdpu_devlink_port_register(pf);
	if (ret) {
		dev_err_probe(&pf->pdev->dev, ret, "cannot make the port\n");
		goto err_close;
	}

	flower = sdpu_flower_create(pf);
	if (IS_ERR(flower)) {
		ret = PTR_ERR(flower);
		goto err_port;
	}
	pf->flower = flower;

	bridging = sdpu_bridging_create(pf);
	if (IS_ERR(bridging)) {
		ret = PTR_ERR(bridging);
		goto err_flower;
	}
	pf->bridging = bridging;

	ret = sdpu_devlink_resources_register(pf);
	if (ret)
		goto err_bridging;

	netdev = sdpu_netdev_create(pf);
	if (IS_ERR(netdev)) {
		ret = dev_err_probe(&pf->pdev->dev, PTR_ERR(netdev), "cannot make the netdev\n");
		goto err_resources;
	}
	/* the event handler may look at it from now on */
	smp_store_release(&pf->netdev, netdev);
	/* what happened since it was registered, and maybe opened */
	sdpu_netdev_link_changed(netdev);

	return 0;

err_resources:
	sdpu_devlink_resources_unregister(pf);
err_bridging:
	pf->bridging = NULL;
	sdpu_bridging_destroy(bridging);
err_flower:
	sdpu_flower_destroy(flower);
err_port:
	sdpu_devlink_port_unregister(pf);
err_close:
	pf->ctrl = NULL;
	sdpu_ctrl_close(ctrl);

	return ret;
}

/**
 * sdpu_pf_down - take the netdev away, reset the card
 * @pf: the PF, up or down
 *
 * Context: may sleep, lock of the devlink instance held; takes the RTNL.
 */
void sdpu_pf_down(struct sdpu_pf *pf)
{
	struct net_device *netdev = pf->netdev;

	if (!pf->ctrl)
		return;

	sdpu_eswitch_stop(pf);
	/*
	 * The control path works while the netdev goes: that takes commands.
	 * It stops before the netdev is freed: events touch that.
	 */
	sdpu_netdev_unregister(netdev);
	sdpu_devlink_resources_unregister(pf);
	sdpu_devlink_port_unregister(pf);
	sdpu_ctrl_close(pf->ctrl);
	pf->ctrl = NULL;
	pf->netdev = NULL;
	sdpu_bridging_destroy(pf->bridging);
	pf->bridging = NULL;
	sdpu_flower_destroy(pf->flower);
	sdpu_netdev_free(netdev);
}

static int sdpu_pf_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct sdpu_pf *pf;
	int ret;

	pf = sdpu_devlink_alloc(pdev);
	if (IS_ERR(pf))
		return PTR_ERR(pf);
	pci_set_drvdata(pdev, pf);

	ret = pci_enable_device(pdev);
	if (ret)
		goto err_free;
	pci_set_master(pdev);

	pf->sriov = sdpu_sriov_create(pf);
	if (!pf->sriov) {
		ret = -ENOMEM;
		goto err_disable;
	}

	sdpu_devlink_lock(pf);
	ret = sdpu_pf_up(pf);
	sdpu_devlink_unlock(pf);
	if (ret)
		goto err_sriov;

	sdpu_devlink_register(pf);
	sdpu_sriov_enable_initial(pf->sriov);

	return 0;

err_sriov:
	sdpu_sriov_destroy(pf->sriov);
err_disable:
	pci_disable_device(pdev);
err_free:
	sdpu_devlink_free(pf);

	return ret;
}

static void sdpu_pf_remove(struct pci_dev *pdev)
{
	struct sdpu_pf *pf = pci_get_drvdata(pdev);

	/* nobody asks for a new start any more */
	sdpu_devlink_unregister(pf);
	sdpu_devlink_lock(pf);
	sdpu_eswitch_stop(pf);
	sdpu_devlink_unlock(pf);
	/* VFs are the PF's: they do not stay when it has no driver */
	sdpu_sriov_destroy(pf->sriov);

	sdpu_devlink_lock(pf);
	sdpu_pf_down(pf);
	sdpu_devlink_unlock(pf);
	pci_disable_device(pdev);
	sdpu_devlink_free(pf);
}

static const struct pci_device_id sdpu_pf_ids[] = {
	{ PCI_DEVICE(SDPU_PCI_VENDOR_ID, SDPU_PCI_DEVICE_ID_PF) },
	{ }
};
MODULE_DEVICE_TABLE(pci, sdpu_pf_ids);

static struct pci_driver sdpu_pf_driver = {
	.name			= "softdpu",
	.id_table		= sdpu_pf_ids,
	.probe			= sdpu_pf_probe,
	.remove			= sdpu_pf_remove,
	.sriov_configure	= sdpu_sriov_configure,
};

static int __init sdpu_pf_init(void)
{
	int ret;

	sdpu_frames_init();
	ret = sdpu_sriov_init();
	if (ret)
		return ret;
	ret = sdpu_bridge_init();
	if (ret)
		goto err_sriov;
	ret = pci_register_driver(&sdpu_pf_driver);
	if (ret)
		goto err_bridge;

	return 0;

err_bridge:
	sdpu_bridge_exit();
err_sriov:
	sdpu_sriov_exit();

	return ret;
}

static void __exit sdpu_pf_exit(void)
{
	pci_unregister_driver(&sdpu_pf_driver);
	sdpu_bridge_exit();
	/* after the last device lock is gone: see sriov.c */
	sdpu_sriov_exit();
}

module_init(sdpu_pf_init);
module_exit(sdpu_pf_exit);

MODULE_DESCRIPTION("SoftDPU physical function and control path");
MODULE_LICENSE("GPL");
