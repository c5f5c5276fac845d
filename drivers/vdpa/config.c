// SPDX-License-Identifier: GPL-2.0-only
/*
 * Config space: read through the register window, and what happens when it
 * changes. The card changes it at any time and says so by its generation.
 */
#include <linux/minmax.h>
#include <linux/netlink.h>

#include <softdpu/xport.h>

#include "vdpa.h"

/* How often to try for a consistent copy; config space changes a few times a second at most. */
#define SDPU_CONFIG_TRIES	16

static u32 sdpu_config_read(struct sdpu_vdpa *sv, u32 offset)
{
	return sv->xp->ops->read(sv->xp, offset);
}

/**
 * sdpu_config_get_size - bytes of config space
 * @vdpa: device
 *
 * Context: any.
 */
size_t sdpu_config_get_size(struct vdpa_device *vdpa)
{
	return to_sdpu_vdpa(vdpa)->config_size;
}

/**
 * sdpu_config_get_generation - has config space changed?
 * @vdpa: device
 *
 * Context: any.
 */
u32 sdpu_config_get_generation(struct vdpa_device *vdpa)
{
	return sdpu_config_read(to_sdpu_vdpa(vdpa), SDPU_REG_CFG_GENERATION);
}

/* Copy config space out of the window; the same generation before and after is one state. */
static void sdpu_config_snapshot(struct sdpu_vdpa *sv, __le32 *words)
{
	unsigned int tries = 0;
	unsigned int i;
	u32 generation;

	do {
		generation = sdpu_config_read(sv, SDPU_REG_CFG_GENERATION);
		for (i = 0; i < DIV_ROUND_UP(sv->config_size, 4); i++)
			words[i] = cpu_to_le32(sdpu_config_read(sv, SDPU_REG_CFG + 4 * i));
	} while (generation != sdpu_config_read(sv, SDPU_REG_CFG_GENERATION) &&
		 ++tries < SDPU_CONFIG_TRIES);
}

/**
 * sdpu_config_get - read config space
 * @vdpa: device
 * @offset: first byte
 * @buf: copy; zero where the card has nothing: the core asks for the struct of
 *	its own headers, which may be longer. Without a card all of it is zero,
 *	in particular the link is down.
 * @len: bytes
 *
 * Context: any, also concurrently with itself.
 */
void sdpu_config_get(struct vdpa_device *vdpa, unsigned int offset, void *buf, unsigned int len)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	__le32 words[SDPU_CFG_MAX / 4] = {};

	memset(buf, 0, len);
	if (offset >= sv->config_size)
		return;

	sdpu_config_snapshot(sv, words);
	if (sdpu_config_read(sv, SDPU_REG_MAGIC) != SDPU_CTRL_MAGIC)
		return;

	memcpy(buf, (u8 *)words + offset, min(len, sv->config_size - offset));
}

/**
 * sdpu_config_set - write config space, to no effect
 * @vdpa: device
 * @offset: first byte
 * @buf: what to write
 * @len: bytes
 *
 * With VERSION_1, which we insist on, the whole config space of a network device
 * is read-only for the driver (virtio 1.3, 5.1.4.2). Still it gets written: QEMU
 * passes on every write of a guest, and its own MAC address. None of it goes to
 * the card, so there are no bounds to check either.
 *
 * Context: any.
 */
void sdpu_config_set(struct vdpa_device *vdpa, unsigned int offset, const void *buf,
		     unsigned int len)
{
}

/**
 * sdpu_config_set_cb - whom to tell about config changes
 * @vdpa: device
 * @cb: callback; when this returns, the old one does not run any more
 *
 * Context: task.
 */
void sdpu_config_set_cb(struct vdpa_device *vdpa, struct vdpa_callback *cb)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);

	spin_lock_bh(&sv->config_lock);
	sv->config_cb = *cb;
	spin_unlock_bh(&sv->config_lock);
}

/**
 * sdpu_config_reset_cb - nobody wants to hear about changes any more
 * @sv: device
 *
 * Context: may sleep. When it returns, no callback runs.
 */
void sdpu_config_reset_cb(struct sdpu_vdpa *sv)
{
	spin_lock_bh(&sv->config_lock);
	memset(&sv->config_cb, 0, sizeof(sv->config_cb));
	spin_unlock_bh(&sv->config_lock);
}

/**
 * sdpu_config_changed - config interrupt
 * @sv: device
 *
 * Before DRIVER_OK the driver has not asked for any, and looks for itself.
 *
 * Context: task or softirq.
 */
void sdpu_config_changed(struct sdpu_vdpa *sv)
{
	if (!READ_ONCE(sv->running))
		return;

	spin_lock_bh(&sv->config_lock);
	if (sv->config_cb.callback)
		sv->config_cb.callback(sv->config_cb.private);
	spin_unlock_bh(&sv->config_lock);
}

/**
 * sdpu_config_probe - ask how large config space is
 * @sv: device; the card has created it
 * @extack: for the reason of a failure
 *
 * Context: may sleep.
 * Return: 0, or -EPROTO if the card talks nonsense, or is gone.
 */
int sdpu_config_probe(struct sdpu_vdpa *sv, struct netlink_ext_ack *extack)
{
	u32 size = sdpu_config_read(sv, SDPU_REG_CFG_SIZE);

	if (!size || size > SDPU_CFG_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "%u bytes of config space, 1 to %u are possible", size,
				   SDPU_CFG_MAX);
		return -EPROTO;
	}
	sv->config_size = size;

	return 0;
}
