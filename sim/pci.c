// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PCI face of a card: a host bridge made of software, one bus, a PF and its
 * VFs, and the pointer that tells a driver where its card is.
 *
 * Lifetime. struct sdpu_pci is the private part of the struct pci_host_bridge, so
 * it lives until the last reference to the bridge is gone: ours, and that of each
 * PCI device that someone still holds after it was removed. Such a device can
 * still read its config space through our pci_ops, therefore the module waits in
 * sdpu_pci_exit() until the last bridge is released.
 *
 * Transport. A notifier puts the card's transport into the platform data of each
 * of our functions when it is added, before a driver can see it, and takes it out
 * when the function was removed. While a card is being removed, a driver that
 * tries to bind finds none.
 *
 * Locks. Adding and removing devices happens under the rescan lock of the PCI
 * core, which does not go well with other locks: see unplug.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/notifier.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "card.h"
#include "cfgspace.h"
#include "domain.h"
#include "pci.h"
#include "unplug.h"

#define SDPU_PCI_COMPLAIN	(10 * HZ)

/* An EUI-64 of the locally administered kind, with the number of the card below. */
#define SDPU_PCI_SERIAL		0x025d9afffe000000ULL

/**
 * struct sdpu_pci - the PCI face of a card
 * @sysdata: what bus->sysdata points to
 * @bridge: that this structure is part of
 * @bus: registered, or NULL
 * @busn: the bus numbers of the bridge: one
 * @id: number of the card
 * @name: of the PF
 * @closing: the card is being removed: drivers that bind from now on get no
 *	transport. Set once; read without a lock, because whoever sets it takes the
 *	device lock of each function afterwards, under which drivers bind.
 * @lock: protects @card and @cfg. Raw, because the PCI core may call us with a
 *	raw spinlock of its own held, and with interrupts off, because it may be
 *	called like that.
 * @card: to tell about resets; NULL when the card is gone
 * @cfg: config spaces
 */
struct sdpu_pci {
	struct sdpu_sysdata sysdata;
	struct pci_host_bridge *bridge;
	struct pci_bus *bus;
	struct resource busn;
	unsigned int id;
	char name[sizeof("0000:00:00.0")];
	bool closing;
	raw_spinlock_t lock;
	struct sdpu_card *card;
	struct sdpu_cfg *cfg;
};

/* Bridges that are not released yet: the module cannot go before they have. */
static atomic_t sdpu_pci_live = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(sdpu_pci_gone);

static struct sdpu_pci *sdpu_pci_of(struct pci_bus *bus)
{
	return container_of(bus->sysdata, struct sdpu_pci, sysdata);
}

static int sdpu_pci_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *val)
{
	struct sdpu_pci *p = sdpu_pci_of(bus);
	int fn = sdpu_cfg_function(p->cfg, devfn);
	unsigned long flags;
	bool ok;

	*val = ~0;
	if (fn < 0)
		return PCIBIOS_DEVICE_NOT_FOUND;
	raw_spin_lock_irqsave(&p->lock, flags);
	ok = sdpu_cfg_read(p->cfg, fn, where, size, val);
	raw_spin_unlock_irqrestore(&p->lock, flags);
	return ok ? PCIBIOS_SUCCESSFUL : PCIBIOS_DEVICE_NOT_FOUND;
}

static int sdpu_pci_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 val)
{
	struct sdpu_pci *p = sdpu_pci_of(bus);
	int fn = sdpu_cfg_function(p->cfg, devfn);
	unsigned long flags;
	bool ok;

	if (fn < 0)
		return PCIBIOS_DEVICE_NOT_FOUND;
	raw_spin_lock_irqsave(&p->lock, flags);
	ok = sdpu_cfg_write(p->cfg, fn, where, size, val);
	raw_spin_unlock_irqrestore(&p->lock, flags);
	return ok ? PCIBIOS_SUCCESSFUL : PCIBIOS_DEVICE_NOT_FOUND;
}

static struct pci_ops sdpu_pci_ops = {
	.read	= sdpu_pci_read,
	.write	= sdpu_pci_write,
};

/* From sdpu_cfg_write(), under p->lock. */
static void sdpu_pci_function_reset(void *ctx, unsigned int fn)
{
	struct sdpu_pci *p = ctx;

	if (p->card)
		sdpu_card_function_reset(p->card, fn);
}

static int sdpu_pci_notify(struct notifier_block *nb, unsigned long event, void *data)
{
	struct device *dev = data;
	struct pci_dev *pdev = to_pci_dev(dev);
	struct sdpu_pci *p;
	int fn;

	if (pdev->bus->ops != &sdpu_pci_ops)
		return NOTIFY_DONE;
	p = sdpu_pci_of(pdev->bus);
	fn = sdpu_cfg_function(p->cfg, pdev->devfn);
	if (fn < 0)
		return NOTIFY_DONE;

	switch (event) {
	case BUS_NOTIFY_ADD_DEVICE:
		if (!READ_ONCE(p->closing))
			dev->platform_data = sdpu_card_xport(p->card, fn);
		break;
	case BUS_NOTIFY_BIND_DRIVER:
		/* under the device lock, before the driver's probe */
		if (READ_ONCE(p->closing))
			dev->platform_data = NULL;
		break;
	case BUS_NOTIFY_REMOVED_DEVICE:
		/* someone may hold the device for longer than the card exists */
		dev->platform_data = NULL;
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block sdpu_pci_notifier = {
	.notifier_call = sdpu_pci_notify,
};

/* The last reference to the bridge is gone; p is freed with it. */
static void sdpu_pci_release(struct pci_host_bridge *bridge)
{
	struct sdpu_pci *p = pci_host_bridge_priv(bridge);

	kvfree(p->cfg);
	if (atomic_dec_and_test(&sdpu_pci_live))
		wake_up(&sdpu_pci_gone);
}

/**
 * sdpu_pci_create - make the PCI face of a card
 * @card: the card, told about resets and asked for its transports
 * @id: number of the card
 * @total_vfs: VFs that it can have
 *
 * Context: Process.
 * Return: the PCI face, not yet visible, or an error pointer
 */
struct sdpu_pci *sdpu_pci_create(struct sdpu_card *card, unsigned int id,
				 unsigned int total_vfs)
{
	struct pci_host_bridge *bridge;
	struct sdpu_cfg *cfg;
	struct sdpu_pci *p;
	int err;

	if (!total_vfs || total_vfs > SDPU_CFG_MAX_VFS)
		return ERR_PTR(-EINVAL);

	cfg = kvzalloc(struct_size(cfg, vf, total_vfs), GFP_KERNEL);
	if (!cfg)
		return ERR_PTR(-ENOMEM);

	bridge = pci_alloc_host_bridge(sizeof(*p));
	if (!bridge) {
		err = -ENOMEM;
		goto free_cfg;
	}

	p = pci_host_bridge_priv(bridge);
	raw_spin_lock_init(&p->lock);
	p->bridge = bridge;
	p->card = card;
	p->cfg = cfg;
	p->id = id;
	sdpu_cfg_init(cfg, total_vfs, SDPU_PCI_SERIAL | id, sdpu_pci_function_reset, p);
	atomic_inc(&sdpu_pci_live);
	pci_set_host_bridge_release(bridge, sdpu_pci_release, NULL);
	return p;

free_cfg:
	kvfree(cfg);
	return ERR_PTR(err);
}

/**
 * sdpu_pci_publish - let the PCI core find the card
 * @p: the PCI face
 *
 * The card must be ready: drivers bind to it before this returns.
 *
 * Context: Process. Takes the PCI rescan lock and device locks.
 * Return: 0 or a negative error number; nothing is visible then
 */
int sdpu_pci_publish(struct sdpu_pci *p)
{
	struct pci_host_bridge *bridge = p->bridge;
	struct pci_dev *pf;
	unsigned int busnr;
	int err;

	pci_lock_rescan_remove();
	err = sdpu_domain_pick(p->id, &p->sysdata, &busnr);
	if (err)
		goto unlock;

	/* All routing ids of the card fit one bus: see SDPU_CFG_VF_OFFSET. */
	p->busn.name = "SoftDPU";
	p->busn.start = busnr;
	p->busn.end = busnr;
	p->busn.flags = IORESOURCE_BUS;
	pci_add_resource(&bridge->windows, &p->busn);
	bridge->ops = &sdpu_pci_ops;
	bridge->sysdata = &p->sysdata;
	bridge->busnr = busnr;
	err = pci_scan_root_bus_bridge(bridge);
	if (err)
		goto unlock;

	p->bus = bridge->bus;
	pf = pci_get_slot(p->bus, sdpu_cfg_devfn(0));
	if (!pf) {
		/* the core ran out of memory: it does not say so */
		err = -ENOMEM;
		goto remove_bus;
	}
	strscpy(p->name, pci_name(pf), sizeof(p->name));
	pci_dev_put(pf);
	pci_bus_add_devices(p->bus);
	pci_unlock_rescan_remove();
	return 0;

remove_bus:
	pci_remove_root_bus(p->bus);
	p->bus = NULL;
unlock:
	pci_unlock_rescan_remove();
	return err;
}

/*
 * From now on no driver binds, because it finds no transport, and no VF comes,
 * because the config space offers none. See unplug.c for what follows.
 */
static void sdpu_pci_unpublish(struct sdpu_pci *p)
{
	WRITE_ONCE(p->closing, true);
	raw_spin_lock_irq(&p->lock);
	sdpu_cfg_close(p->cfg);
	raw_spin_unlock_irq(&p->lock);

	sdpu_unplug(p->bus, p->cfg->total_vfs);

	pci_lock_rescan_remove();
	pci_stop_root_bus(p->bus);
	pci_remove_root_bus(p->bus);
	p->bus = NULL;
	pci_unlock_rescan_remove();
}

/**
 * sdpu_pci_destroy - remove the card from the PCI core
 * @p: the PCI face; gone when this returns
 *
 * Drivers are unbound. The card must work until this returns, because they talk
 * to it when they leave; afterwards it is neither called nor pointed to.
 *
 * Context: Process. Takes the PCI rescan lock and device locks. Takes a second if
 * VFs are enabled, and waits for users of devices on the VFs.
 */
void sdpu_pci_destroy(struct sdpu_pci *p)
{
	if (p->bus)
		sdpu_pci_unpublish(p);

	/* A device that someone still holds can be written to. */
	raw_spin_lock_irq(&p->lock);
	p->card = NULL;
	raw_spin_unlock_irq(&p->lock);
	pci_free_host_bridge(p->bridge);
}

/**
 * sdpu_pci_name - name of the card's PF
 * @p: the PCI face
 *
 * Context: Any.
 * Return: DDDD:BB:DD.F, empty before sdpu_pci_publish()
 */
const char *sdpu_pci_name(const struct sdpu_pci *p)
{
	return p->name;
}

/**
 * sdpu_pci_init - before the first card
 *
 * Context: Process.
 * Return: 0 or a negative error number
 */
int sdpu_pci_init(void)
{
	return bus_register_notifier(&pci_bus_type, &sdpu_pci_notifier);
}

/**
 * sdpu_pci_exit - after the last card
 *
 * Waits until nobody holds one of our PCI devices any more: their config space is
 * read through functions of this module.
 *
 * Context: Process.
 */
void sdpu_pci_exit(void)
{
	bus_unregister_notifier(&pci_bus_type, &sdpu_pci_notifier);
	while (!wait_event_timeout(sdpu_pci_gone, !atomic_read(&sdpu_pci_live),
				   SDPU_PCI_COMPLAIN))
		pr_warn("waiting for the last user of %d removed card(s)\n",
			atomic_read(&sdpu_pci_live));
}
