// SPDX-License-Identifier: GPL-2.0-only
/*
 * The softdpu bus: cards come and go through /sys/bus/softdpu/new_device and
 * del_device, and each one is a device softdpuN there.
 *
 * Each number from 0 to SDPU_MAX_CARDS - 1 is a slot. Plugging a card in and
 * pulling it out can take long (a user of a VF may have to finish first), so
 * neither happens with the lock held: the slot is busy meanwhile, which keeps
 * everybody else away from that number and from that number only.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/printk.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/wait.h>

#include "bus.h"
#include "card.h"
#include "limits.h"
#include "poll.h"
#include "wire.h"

#define SDPU_BUS_WORDS	2	/* ID and TOTAL_VFS */

/**
 * struct sdpu_bus_dev - a card's device on the bus
 * @dev: softdpuN
 * @card: the card, valid while @dev is registered
 */
struct sdpu_bus_dev {
	struct device dev;
	struct sdpu_card *card;
};

enum sdpu_bus_state {
	SDPU_BUS_FREE,
	SDPU_BUS_BUSY,	/* someone is plugging a card in or pulling it out */
	SDPU_BUS_LIVE,
};

/**
 * struct sdpu_bus_slot - a number that a card can have
 * @state: who may touch @bdev: nobody, whoever made it busy, whoever makes it busy
 * @bdev: the card's device while live
 */
struct sdpu_bus_slot {
	enum sdpu_bus_state state;
	struct sdpu_bus_dev *bdev;
};

/* Protects sdpu_bus_open and the states. Nothing is called with it held. */
static DEFINE_MUTEX(sdpu_bus_lock);
static bool sdpu_bus_open;
static struct sdpu_bus_slot sdpu_bus_slots[SDPU_MAX_CARDS];
static DECLARE_WAIT_QUEUE_HEAD(sdpu_bus_idle);	/* a slot is no longer busy */

/* Devices that are not released yet, and the module itself: it goes last. */
static refcount_t sdpu_bus_devs;
static DECLARE_COMPLETION(sdpu_bus_released);

static struct sdpu_bus_dev *sdpu_bus_dev_of(struct device *dev)
{
	return container_of(dev, struct sdpu_bus_dev, dev);
}

static ssize_t total_vfs_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", sdpu_card_total_vfs(sdpu_bus_dev_of(dev)->card));
}
static DEVICE_ATTR_RO(total_vfs);

static ssize_t pci_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", sdpu_card_pci_name(sdpu_bus_dev_of(dev)->card));
}
static DEVICE_ATTR_RO(pci);

static ssize_t busy_poll_usecs_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", sdpu_card_poll_usecs(sdpu_bus_dev_of(dev)->card));
}

static ssize_t busy_poll_usecs_store(struct device *dev, struct device_attribute *attr,
				     const char *buf, size_t count)
{
	unsigned int usecs;
	int err;

	err = kstrtouint(buf, 10, &usecs);
	if (!err)
		err = sdpu_card_set_poll(sdpu_bus_dev_of(dev)->card, usecs);
	return err ? err : count;
}
static DEVICE_ATTR_RW(busy_poll_usecs);

static struct sdpu_wire *sdpu_bus_wire_of(struct device *dev)
{
	return sdpu_card_wire(sdpu_bus_dev_of(dev)->card);
}

static ssize_t link_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", sdpu_wire_plugged(sdpu_bus_wire_of(dev)) ? "up" : "down");
}

static ssize_t link_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	static const char * const words[] = { "down", "up" };
	int up = sysfs_match_string(words, buf);

	if (up < 0)
		return up;
	sdpu_wire_plug(sdpu_bus_wire_of(dev), up);
	return count;
}
static DEVICE_ATTR_RW(link);

static ssize_t wire_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sdpu_wire_show(sdpu_bus_wire_of(dev), buf);
}

static int sdpu_bus_wire_join(struct sdpu_wire *wire, char *what)
{
	char *to = strim(what), *kind = strsep(&to, " \t");
	unsigned int id;

	if (!to && !strcmp(kind, "none")) {
		sdpu_wire_separate(wire);
		return 0;
	}
	to = to ? skip_spaces(to) : "";
	if (!strcmp(kind, "card") && !kstrtouint(to, 10, &id))
		return sdpu_wire_join_card(wire, id);
	if (!strcmp(kind, "netdev") && dev_valid_name(to))
		return sdpu_wire_join_netdev(wire, current->nsproxy->net_ns, to);
	pr_info_ratelimited("wire takes \"none\", \"card ID\" or \"netdev NAME\"\n");
	return -EINVAL;
}

static ssize_t wire_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	char *what = kmemdup_nul(buf, count, GFP_KERNEL);
	int err;

	if (!what)
		return -ENOMEM;
	err = sdpu_bus_wire_join(sdpu_bus_wire_of(dev), what);
	kfree(what);
	return err ? err : count;
}
static DEVICE_ATTR_RW(wire);

static struct attribute *sdpu_bus_dev_attrs[] = {
	&dev_attr_total_vfs.attr,
	&dev_attr_pci.attr,
	&dev_attr_busy_poll_usecs.attr,
	&dev_attr_link.attr,
	&dev_attr_wire.attr,
	NULL
};
ATTRIBUTE_GROUPS(sdpu_bus_dev);

/**
 * struct sdpu_bus_vf - directory vfN of a card's device; all cards have the same ones
 * @poll: busy_poll_usecs
 * @name: of the directory
 * @attrs: what is in it
 * @group: the directory
 */
struct sdpu_bus_vf {
	struct device_attribute poll;
	char name[8];
	struct attribute *attrs[2];
	struct attribute_group group;
};

static struct sdpu_bus_vf sdpu_bus_vfs[SDPU_MAX_VFS];
static const struct attribute_group *sdpu_bus_vf_groups[SDPU_MAX_VFS + 1];

static unsigned int sdpu_bus_vf_of(const struct device_attribute *attr)
{
	return container_of(attr, struct sdpu_bus_vf, poll) - sdpu_bus_vfs;
}

static ssize_t sdpu_bus_vf_poll_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", sdpu_card_vf_poll_usecs(sdpu_bus_dev_of(dev)->card,
							       sdpu_bus_vf_of(attr)));
}

static ssize_t sdpu_bus_vf_poll_store(struct device *dev, struct device_attribute *attr,
				      const char *buf, size_t count)
{
	unsigned int usecs = SDPU_POLL_AS_CARD;
	int err = 0;

	if (!sysfs_streq(buf, "card")) {
		err = kstrtouint(buf, 10, &usecs);
		/* only the word says that */
		if (!err && usecs == SDPU_POLL_AS_CARD)
			err = -ERANGE;
	}
	if (!err)
		err = sdpu_card_set_vf_poll(sdpu_bus_dev_of(dev)->card, sdpu_bus_vf_of(attr),
					    usecs);
	return err ? err : count;
}

static umode_t sdpu_bus_vf_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	struct device_attribute *poll = container_of(attr, struct device_attribute, attr);
	struct sdpu_card *card = sdpu_bus_dev_of(kobj_to_dev(kobj))->card;

	return sdpu_bus_vf_of(poll) < sdpu_card_total_vfs(card) ? attr->mode :
								  SYSFS_GROUP_INVISIBLE;
}

static void sdpu_bus_vf_init(void)
{
	struct sdpu_bus_vf *vf;
	unsigned int i;

	for (i = 0; i < SDPU_MAX_VFS; i++) {
		vf = &sdpu_bus_vfs[i];
		snprintf(vf->name, sizeof(vf->name), "vf%u", i);
		vf->poll.attr.name = "busy_poll_usecs";
		vf->poll.attr.mode = 0644;
		vf->poll.show = sdpu_bus_vf_poll_show;
		vf->poll.store = sdpu_bus_vf_poll_store;
		vf->attrs[0] = &vf->poll.attr;
		vf->group.name = vf->name;
		vf->group.attrs = vf->attrs;
		vf->group.is_visible = sdpu_bus_vf_visible;
		sdpu_bus_vf_groups[i] = &vf->group;
	}
}

static void sdpu_bus_put(void)
{
	if (refcount_dec_and_test(&sdpu_bus_devs))
		complete(&sdpu_bus_released);
}

static void sdpu_bus_dev_release(struct device *dev)
{
	kfree(sdpu_bus_dev_of(dev));
	sdpu_bus_put();
}

static const struct device_type sdpu_bus_dev_type = {
	.groups		= sdpu_bus_dev_groups,
	.release	= sdpu_bus_dev_release,
};

/*
 * The words of what was written to new_device or del_device, as numbers. Strict,
 * so that a typing mistake never becomes another card than the one meant.
 */
static int sdpu_bus_parse(const char *buf, size_t count, unsigned int *num, int max)
{
	char text[32], *rest = text, *word;
	int n = 0;

	if (count >= sizeof(text) || strnlen(buf, count) != count)
		return -EINVAL;
	strscpy(text, buf, sizeof(text));
	while ((word = strsep(&rest, " \t\n"))) {
		if (!*word)
			continue;
		if (n == max || kstrtouint(word, 10, &num[n]))
			return -EINVAL;
		n++;
	}
	return n ? n : -EINVAL;
}

static ssize_t new_device_store(const struct bus_type *bus, const char *buf, size_t count)
{
	unsigned int num[SDPU_BUS_WORDS] = { 0, SDPU_MAX_VFS };
	int err;

	if (sdpu_bus_parse(buf, count, num, SDPU_BUS_WORDS) < 0 || num[0] >= SDPU_MAX_CARDS ||
	    !num[1] || num[1] > SDPU_MAX_VFS) {
		pr_info_ratelimited("new_device takes \"ID [TOTAL_VFS]\", ID 0 to %u, TOTAL_VFS 1 to %u\n",
				    SDPU_MAX_CARDS - 1, SDPU_MAX_VFS);
		return -EINVAL;
	}
	err = sdpu_bus_add(num[0], num[1], 0);
	return err ? err : count;
}

static ssize_t del_device_store(const struct bus_type *bus, const char *buf, size_t count)
{
	unsigned int id;
	int err;

	if (sdpu_bus_parse(buf, count, &id, 1) < 0 || id >= SDPU_MAX_CARDS) {
		pr_info_ratelimited("del_device takes \"ID\", 0 to %u\n", SDPU_MAX_CARDS - 1);
		return -EINVAL;
	}
	err = sdpu_bus_del(id);
	return err ? err : count;
}

static BUS_ATTR_WO(new_device);
static BUS_ATTR_WO(del_device);

static struct attribute *sdpu_bus_attrs[] = {
	&bus_attr_new_device.attr,
	&bus_attr_del_device.attr,
	NULL
};
ATTRIBUTE_GROUPS(sdpu_bus);

static const struct bus_type sdpu_bus_type = {
	.name		= "softdpu",
	.dev_name	= "softdpu",
	.bus_groups	= sdpu_bus_groups,
};

/* The device comes after its card and goes before it: whoever sees it can use both. */
static struct sdpu_bus_dev *sdpu_bus_dev_create(unsigned int id, unsigned int total_vfs,
						unsigned int initial_vfs)
{
	struct sdpu_bus_dev *bdev;
	struct sdpu_card *card;
	int err;

	bdev = kzalloc(sizeof(*bdev), GFP_KERNEL);
	if (!bdev)
		return ERR_PTR(-ENOMEM);

	card = sdpu_card_create(id, total_vfs, initial_vfs);
	if (IS_ERR(card)) {
		err = PTR_ERR(card);
		goto free_bdev;
	}

	bdev->card = card;
	bdev->dev.id = id;
	bdev->dev.bus = &sdpu_bus_type;
	bdev->dev.type = &sdpu_bus_dev_type;
	bdev->dev.groups = sdpu_bus_vf_groups;
	refcount_inc(&sdpu_bus_devs);
	err = device_register(&bdev->dev);
	if (err)
		goto destroy_card;
	return bdev;

destroy_card:
	sdpu_card_destroy(card);
	put_device(&bdev->dev);	/* frees it */
	return ERR_PTR(err);
free_bdev:
	kfree(bdev);
	return ERR_PTR(err);
}

static void sdpu_bus_dev_destroy(struct sdpu_bus_dev *bdev)
{
	struct sdpu_card *card = bdev->card;

	/* returns when no attribute is being read */
	device_unregister(&bdev->dev);
	sdpu_card_destroy(card);
}

/* Leave the busy state. */
static void sdpu_bus_slot_set(struct sdpu_bus_slot *slot, enum sdpu_bus_state state,
			      struct sdpu_bus_dev *bdev)
{
	mutex_lock(&sdpu_bus_lock);
	slot->bdev = bdev;
	WRITE_ONCE(slot->state, state);	/* sdpu_bus_exit() waits without the lock */
	mutex_unlock(&sdpu_bus_lock);
	wake_up_all(&sdpu_bus_idle);
}

/**
 * sdpu_bus_add - plug a card in
 * @id: its number, below SDPU_MAX_CARDS
 * @total_vfs: VFs that it can have, 1 to SDPU_MAX_VFS
 * @initial_vfs: VFs that the PF's driver is asked to enable when it binds
 *
 * Context: Process.
 * Return: 0, -EEXIST if there is such a card, or another negative error number
 */
int sdpu_bus_add(unsigned int id, unsigned int total_vfs, unsigned int initial_vfs)
{
	struct sdpu_bus_slot *slot = &sdpu_bus_slots[id];
	struct sdpu_bus_dev *bdev;
	int err = 0;

	mutex_lock(&sdpu_bus_lock);
	if (!sdpu_bus_open)
		err = -ENODEV;
	else if (slot->state != SDPU_BUS_FREE)
		err = -EEXIST;
	else
		slot->state = SDPU_BUS_BUSY;
	mutex_unlock(&sdpu_bus_lock);
	if (err)
		return err;

	bdev = sdpu_bus_dev_create(id, total_vfs, initial_vfs);
	if (IS_ERR(bdev)) {
		sdpu_bus_slot_set(slot, SDPU_BUS_FREE, NULL);
		return PTR_ERR(bdev);
	}
	sdpu_bus_slot_set(slot, SDPU_BUS_LIVE, bdev);
	return 0;
}

/**
 * sdpu_bus_del - pull a card out
 * @id: its number, below SDPU_MAX_CARDS
 *
 * Context: Process. Waits for users of the card's functions.
 * Return: 0, -ENOENT if there is no such card, -EBUSY if someone else is plugging
 * it in or pulling it out
 */
int sdpu_bus_del(unsigned int id)
{
	struct sdpu_bus_slot *slot = &sdpu_bus_slots[id];
	int err = 0;

	mutex_lock(&sdpu_bus_lock);
	if (slot->state == SDPU_BUS_FREE)
		err = -ENOENT;
	else if (slot->state == SDPU_BUS_BUSY)
		err = -EBUSY;
	else
		slot->state = SDPU_BUS_BUSY;
	mutex_unlock(&sdpu_bus_lock);
	if (err)
		return err;

	sdpu_bus_dev_destroy(slot->bdev);
	sdpu_bus_slot_set(slot, SDPU_BUS_FREE, NULL);
	return 0;
}

/**
 * sdpu_bus_init - register the bus
 *
 * Context: Process.
 * Return: 0 or a negative error number
 */
int sdpu_bus_init(void)
{
	int err;

	sdpu_bus_vf_init();
	refcount_set(&sdpu_bus_devs, 1);
	err = bus_register(&sdpu_bus_type);
	if (err)
		return err;
	mutex_lock(&sdpu_bus_lock);
	sdpu_bus_open = true;
	mutex_unlock(&sdpu_bus_lock);
	return 0;
}

/**
 * sdpu_bus_exit - pull all cards out and unregister the bus
 *
 * Context: Process. Waits for users of the cards, and for whoever is plugging one
 * in or pulling it out at the moment.
 */
void sdpu_bus_exit(void)
{
	unsigned int id;

	mutex_lock(&sdpu_bus_lock);
	sdpu_bus_open = false;
	mutex_unlock(&sdpu_bus_lock);

	for (id = 0; id < SDPU_MAX_CARDS; id++)
		while (sdpu_bus_del(id) == -EBUSY)
			wait_event(sdpu_bus_idle,
				   READ_ONCE(sdpu_bus_slots[id].state) != SDPU_BUS_BUSY);

	/* returns when nobody is in new_device or del_device */
	bus_unregister(&sdpu_bus_type);
	sdpu_bus_put();
	wait_for_completion(&sdpu_bus_released);
}
