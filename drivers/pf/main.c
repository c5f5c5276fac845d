// SPDX-License-Identifier: GPL-2.0-only
/* The driver of the card's physical function. */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <softdpu/ctrl.h>
#include <softdpu/ids.h>

#include "../ctrl/ctrl.h"
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

static const struct sdpu_ctrl_client sdpu_pf_client = {
	.event = sdpu_pf_event,
};

static int sdpu_pf_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct net_device *netdev;
	struct sdpu_pf *pf;
	int ret;

	pf = kzalloc(sizeof(*pf), GFP_KERNEL);
	if (!pf)
		return -ENOMEM;
	pf->pdev = pdev;

	ret = pci_enable_device(pdev);
	if (ret)
		goto err_free;
	pci_set_master(pdev);

	pf->ctrl = sdpu_ctrl_open(pdev, &sdpu_pf_client, pf);
	if (IS_ERR(pf->ctrl)) {
		ret = PTR_ERR(pf->ctrl);
		goto err_disable;
	}

	pf->sriov = sdpu_sriov_create(pf);
	if (!pf->sriov) {
		ret = -ENOMEM;
		goto err_close;
	}

	pci_set_drvdata(pdev, pf);
	netdev = sdpu_netdev_create(pf);
	if (IS_ERR(netdev)) {
		ret = dev_err_probe(&pdev->dev, PTR_ERR(netdev), "cannot make the netdev\n");
		goto err_sriov;
	}
	/* the event handler may look at it from now on */
	smp_store_release(&pf->netdev, netdev);
	/* what happened since it was registered, and maybe opened */
	sdpu_netdev_link_changed(netdev);

	sdpu_sriov_enable_initial(pf->sriov);

	return 0;

err_sriov:
	sdpu_sriov_destroy(pf->sriov);
err_close:
	sdpu_ctrl_close(pf->ctrl);
err_disable:
	pci_disable_device(pdev);
err_free:
	kfree(pf);

	return ret;
}

static void sdpu_pf_remove(struct pci_dev *pdev)
{
	struct sdpu_pf *pf = pci_get_drvdata(pdev);

	/* VFs are the PF's: they do not stay when it has no driver */
	sdpu_sriov_destroy(pf->sriov);

	/*
	 * The control path works while the netdev goes: that takes commands.
	 * It stops before the netdev is freed: events touch that.
	 */
	sdpu_netdev_unregister(pf->netdev);
	sdpu_ctrl_close(pf->ctrl);
	sdpu_netdev_free(pf->netdev);
	pci_disable_device(pdev);
	kfree(pf);
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

	ret = sdpu_sriov_init();
	if (ret)
		return ret;

	ret = pci_register_driver(&sdpu_pf_driver);
	if (ret)
		sdpu_sriov_exit();

	return ret;
}

static void __exit sdpu_pf_exit(void)
{
	pci_unregister_driver(&sdpu_pf_driver);
	/* after the last device lock is gone: see sriov.c */
	sdpu_sriov_exit();
}

module_init(sdpu_pf_init);
module_exit(sdpu_pf_exit);

MODULE_DESCRIPTION("SoftDPU physical function and control path");
MODULE_LICENSE("GPL");
