// SPDX-License-Identifier: GPL-2.0-only
/* The virtual function: probe, remove, interrupts and events. */
#include <linux/dma-mapping.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include <softdpu/ids.h>

#include "features.h"
#include "vdpa.h"

static void sdpu_vf_event(void *priv, u16 type, u16 index, u64 data)
{
	struct sdpu_vf *vf = priv;
	struct sdpu_vdpa *sv;

	/* the config space has it, too, for which there is an event of its own */
	if (type == SDPU_EV_LINK)
		return;

	/*
	 * Whatever else it is, status or config space tell, and both are read
	 * from the card: the driver only has to hear that it should look.
	 */
	rcu_read_lock();
	sv = rcu_dereference(vf->dev);
	if (sv)
		sdpu_config_changed(sv);
	rcu_read_unlock();
}

static void sdpu_vf_queue_irq(void *priv, unsigned int queue)
{
	struct sdpu_vf *vf = priv;
	struct sdpu_vdpa *sv;

	rcu_read_lock();
	sv = rcu_dereference(vf->dev);
	if (sv)
		sdpu_vq_interrupt(sv, queue);
	rcu_read_unlock();
}

static const struct sdpu_ctrl_client sdpu_vf_client = {
	.event = sdpu_vf_event,
	.queue_irq = sdpu_vf_queue_irq,
};

/**
 * sdpu_vf_put - drop a reference
 * @vf: function; may be gone afterwards
 *
 * Context: any.
 */
void sdpu_vf_put(struct sdpu_vf *vf)
{
	if (refcount_dec_and_test(&vf->ref))
		complete(&vf->released);
}

/* Can we make anything of what this function says it is? */
static int sdpu_vf_check_identity(struct sdpu_vf *vf)
{
	const struct sdpu_identity *id = sdpu_ctrl_identity(vf->ctrl);
	struct device *dev = &vf->pdev->dev;

	if (id->is_pf)
		return dev_err_probe(dev, -ENODEV, "the card says it is a physical function\n");
	if (!id->max_vqp || !id->max_queue_size || !id->num_groups || !id->num_as)
		return dev_err_probe(dev, -EPROTO, "no queues, groups or address spaces\n");
	if (~id->features & SDPU_FEATURES_REQUIRED)
		return dev_err_probe(dev, -EPROTO, "the function lacks features %#llx\n",
				     ~id->features & SDPU_FEATURES_REQUIRED);

	return 0;
}

static int sdpu_vf_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct sdpu_vf *vf;
	int err;

	vf = kzalloc(sizeof(*vf), GFP_KERNEL);
	if (!vf)
		return -ENOMEM;
	vf->pdev = pdev;
	INIT_LIST_HEAD(&vf->limbo);
	refcount_set(&vf->ref, 1);
	init_completion(&vf->released);
	pci_set_drvdata(pdev, vf);

	err = pci_enable_device(pdev);
	if (err)
		goto free_vf;
	pci_set_master(pdev);
	/* virtio_vdpa maps its rings and buffers through this device */
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		goto disable_device;

	vf->ctrl = sdpu_ctrl_open(pdev, &sdpu_vf_client, vf);
	if (IS_ERR(vf->ctrl)) {
		err = PTR_ERR(vf->ctrl);
		goto disable_device;
	}
	err = sdpu_vf_check_identity(vf);
	if (err)
		goto close_ctrl;
	err = sdpu_mgmt_register(vf);
	if (err)
		goto close_ctrl;

	return 0;

close_ctrl:
	sdpu_ctrl_close(vf->ctrl);
disable_device:
	pci_disable_device(pdev);
free_vf:
	kfree(vf);

	return err;
}

static void sdpu_vf_remove(struct pci_dev *pdev)
{
	struct sdpu_vf *vf = pci_get_drvdata(pdev);
	struct sdpu_maps *maps, *next;

	sdpu_mgmt_unregister(vf);
	/* a deleted device may have an owner still, for a moment */
	sdpu_vf_put(vf);
	wait_for_completion(&vf->released);
	/* resets the function: it does not touch memory any more, whatever it did before */
	if (!sdpu_ctrl_close(vf->ctrl)) {
		list_for_each_entry_safe(maps, next, &vf->limbo, node)
			sdpu_maps_free(maps);
	}
	pci_disable_device(pdev);
	kfree(vf);
}

/*
 * QEMU with a virtual IOMMU refuses a device whose control queue it could isolate: it
 * would have to shadow that one, which it cannot do behind an IOMMU.
 */
static ssize_t single_group_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct sdpu_vf *vf = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%d\n", READ_ONCE(vf->single_group));
}

static ssize_t single_group_store(struct device *dev, struct device_attribute *attr,
				  const char *buf, size_t count)
{
	struct sdpu_vf *vf = dev_get_drvdata(dev);
	bool single;
	int err;

	err = kstrtobool(buf, &single);
	if (err)
		return err;
	WRITE_ONCE(vf->single_group, single);

	return count;
}
static DEVICE_ATTR_RW(single_group);

static struct attribute *sdpu_vf_attrs[] = {
	&dev_attr_single_group.attr,
	NULL
};
ATTRIBUTE_GROUPS(sdpu_vf);

static const struct pci_device_id sdpu_vf_ids[] = {
	{ PCI_DEVICE(SDPU_PCI_VENDOR_ID, SDPU_PCI_DEVICE_ID_VF) },
	{ }
};
MODULE_DEVICE_TABLE(pci, sdpu_vf_ids);

static struct pci_driver sdpu_vf_driver = {
	.name = "softdpu_vdpa",
	.id_table = sdpu_vf_ids,
	.probe = sdpu_vf_probe,
	.remove = sdpu_vf_remove,
	.dev_groups = sdpu_vf_groups,
};
module_pci_driver(sdpu_vf_driver);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("SoftDPU developers");
MODULE_DESCRIPTION("vDPA devices on the virtual functions of a SoftDPU card");
