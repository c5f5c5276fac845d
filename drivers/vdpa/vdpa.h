/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Driver of a virtual function: one virtio-net device, offered over vDPA.
 *
 *   main.c      the PCI function (struct sdpu_vf)
 *   mgmt.c      what vdpa(8) asks for: add, delete, set
 *   features.c  feature bits and what they require
 *   device.c    a vDPA device (struct sdpu_vdpa): features, status, reset
 *   instance.c  its life
 *   queue.c     its virtqueues (struct sdpu_vq)
 *   map.c       its address spaces (struct sdpu_space) and the pages in them
 *   table.c     the page table of one of them
 *   config.c    its config space
 *   stats.c     its counters
 *
 * Who calls us, and what the callers hold
 *
 *   vdpa(8) netlink	vdpa_dev_lock: for writing around add, delete and set,
 *			for reading else. get_config, vstats and, before
 *			features are negotiated, set_driver_features(0) come with
 *			cf_lock held for reading only, so they run concurrently
 *			with themselves and with everything below.
 *   vhost-vdpa		the vhost_dev's mutex around every ioctl and around every
 *			IOTLB message: these never run concurrently with each
 *			other. Mapping and unmapping may come with the mmap_lock
 *			of the owner held for reading.
 *   virtio-vdpa	what the virtio core and driver hold: nothing to rely on.
 *   kick_vq		anybody, also with interrupts off inside an eventfd
 *			wakeup. Takes no lock.
 *   the card		queue interrupts and events, any time, see
 *			struct sdpu_ctrl_client.
 *
 * Locks, in the order in which they are taken
 *
 *   vdpa_dev_lock, cf_lock, vhost's mutex, mmap_lock	(the kernel's)
 *     sdpu_vdpa.lock	  the shadow of the device and its queues
 *     sdpu_space.lock	  page table of one address space
 *       (the control path's locks: commands run under both)
 *       sdpu_vq.cb_lock, sdpu_vdpa.config_lock	  innermost, callbacks run under
 *						  them
 *
 * The first two of ours are never nested in each other.
 */
#ifndef _SDPU_VDPA_H
#define _SDPU_VDPA_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/vdpa.h>

#include "../ctrl/cmds.h"
#include "../ctrl/ctrl.h"
#include "table.h"

struct netlink_ext_ack;

/**
 * struct sdpu_vf - a virtual function
 * @pdev: its PCI device
 * @ctrl: its control path; open as long as the driver is bound
 * @mgmt: makes it a management device
 * @dev: the vDPA device on it, or NULL. Written under vdpa_dev_lock, by
 *	dev_add and dev_del; read under RCU in interrupts and events.
 * @ref: one of the driver, one of every vDPA device that exists
 * @released: completed when @ref drops to zero
 * @single_group: devices made from now on have one virtqueue group; a word, no lock
 * @limbo: page tables (struct sdpu_maps) of deleted devices that the card did
 *	not let go of; freed after @ctrl was closed, which resets the function.
 *	Protected by vdpa_dev_lock.
 */
struct sdpu_vf {
	struct pci_dev *pdev;
	struct sdpu_ctrl *ctrl;
	struct vdpa_mgmt_dev mgmt;
	struct sdpu_vdpa __rcu *dev;
	refcount_t ref;
	struct completion released;
	bool single_group;
	struct list_head limbo;
};

/**
 * struct sdpu_vq - shadow of a virtqueue
 * @cb_lock: protects @cb, and is held while the callback runs: who changes @cb
 *	knows that the old one has returned
 * @cb: whom to tell about used buffers
 * @size: entries
 * @desc: descriptor area
 * @driver: driver area
 * @device: device area
 * @avail: next entry to take; packed: bit 15 is the wrap counter
 * @used: next entry to give; packed: bit 15 is the wrap counter
 * @has_state: @avail and @used were set, or read back from the card
 * @ready: the driver enabled the queue
 * @created: the card has it, and knows @avail and @used better than we
 * @bound: @cpus is where the driver wants it worked on
 * @cpus: memory from the first time that it said so
 *
 * All but the first two are protected by sdpu_vdpa.lock; @ready is also read
 * without.
 */
struct sdpu_vq {
	spinlock_t cb_lock;
	struct vdpa_callback cb;
	u32 size;
	u64 desc;
	u64 driver;
	u64 device;
	u16 avail;
	u16 used;
	bool has_state;
	bool ready;
	bool created;
	bool bound;
	cpumask_var_t cpus;
};

/**
 * struct sdpu_space - an address space
 * @lock: protects @table
 * @asid: its number
 * @table: what is mapped
 *
 * For every leaf of the table, dying ones included, we hold a reference on the
 * pages that it leads to.
 */
struct sdpu_space {
	struct mutex lock;
	u16 asid;
	struct sdpu_table table;
};

/**
 * struct sdpu_maps - all address spaces of a device
 * @node: in sdpu_vf.limbo
 * @num: how many
 * @space: they
 */
struct sdpu_maps {
	struct list_head node;
	unsigned int num;
	struct sdpu_space space[] __counted_by(num);
};

/**
 * struct sdpu_vdpa - a vDPA device
 * @vdpa: the core's part, first
 * @vf: function it is on, holds a reference
 * @ctrl: control path of the function
 * @xp: its registers
 * @maps: address spaces
 * @device_features: what is offered
 * @max_vqp: queue pairs
 * @nvqs: virtqueues
 * @max_queue_size: largest ring
 * @config_size: bytes of config space
 * @vqs: virtqueues
 * @lock: protects the fields below up to @config_lock, and those of @vqs that
 *	say so. Some are read without it: then they are written with
 *	WRITE_ONCE().
 * @driver_features: what the driver accepted; read without the lock
 * @features_good: the card has accepted @driver_features
 * @status: virtio device status, without NEEDS_RESET; read without the lock
 * @suspended: by the suspend op
 * @running: the driver said DRIVER_OK: interrupts may pass; read without the lock
 * @as0_mode: mode of address space 0 on the card, or SDPU_AS_UNKNOWN
 * @broken: we failed the device; set at any time, cleared under the lock
 * @card_vqs: queues that the card may have, and remember addresses for; written
 *	under the lock, before a queue is created and after it has gone. Read
 *	without by whoever unmaps, between two full barriers: either that sees
 *	the queue to come, or the card the entry without VALID
 * @config_lock: protects @config_cb, and is held while the callback runs
 * @config_cb: whom to tell about config changes
 *
 * The fields above @lock do not change after registration.
 */
struct sdpu_vdpa {
	struct vdpa_device vdpa;
	struct sdpu_vf *vf;
	struct sdpu_ctrl *ctrl;
	struct sdpu_xport *xp;
	struct sdpu_maps *maps;
	u64 device_features;
	u16 max_vqp;
	u16 nvqs;
	u16 max_queue_size;
	u16 config_size;
	struct sdpu_vq *vqs;

	struct mutex lock;
	u64 driver_features;
	bool features_good;
	u8 status;
	bool suspended;
	bool running;
	u16 as0_mode;
	bool broken;
	atomic_t card_vqs;

	spinlock_t config_lock;
	struct vdpa_callback config_cb;
};

/* sdpu_vdpa.as0_mode: a command to change it failed */
#define SDPU_AS_UNKNOWN		0xffff

static inline struct sdpu_vdpa *to_sdpu_vdpa(struct vdpa_device *vdpa)
{
	return container_of(vdpa, struct sdpu_vdpa, vdpa);
}

/* mgmt.c */
int sdpu_mgmt_register(struct sdpu_vf *vf);
void sdpu_mgmt_unregister(struct sdpu_vf *vf);

/* main.c */
void sdpu_vf_put(struct sdpu_vf *vf);

/* instance.c */
int sdpu_vdpa_add(struct sdpu_vf *vf, const char *name, const struct sdpu_dev_attrs *attrs,
		  struct netlink_ext_ack *extack);
void sdpu_vdpa_del(struct sdpu_vf *vf, struct sdpu_vdpa *sv);
void sdpu_vdpa_free(struct vdpa_device *vdpa);

/* device.c */
extern const struct vdpa_config_ops sdpu_vdpa_ops;
void sdpu_vdpa_fail(struct sdpu_vdpa *sv, const char *what, int err);
int sdpu_vdpa_check_owner_locked(struct sdpu_vdpa *sv);

/* queue.c */
int sdpu_vqs_alloc(struct sdpu_vdpa *sv);
void sdpu_vqs_free(struct sdpu_vdpa *sv);
void sdpu_vqs_reset_locked(struct sdpu_vdpa *sv);
int sdpu_vqs_start_locked(struct sdpu_vdpa *sv);
void sdpu_vq_interrupt(struct sdpu_vdpa *sv, unsigned int idx);
int sdpu_vq_set_address(struct vdpa_device *vdpa, u16 idx, u64 desc, u64 driver, u64 device);
void sdpu_vq_set_num(struct vdpa_device *vdpa, u16 idx, u32 num);
void sdpu_vq_kick(struct vdpa_device *vdpa, u16 idx);
int sdpu_vq_set_affinity(struct vdpa_device *vdpa, u16 idx, const struct cpumask *cpus);
void sdpu_vq_set_cb(struct vdpa_device *vdpa, u16 idx, struct vdpa_callback *cb);
void sdpu_vq_set_ready(struct vdpa_device *vdpa, u16 idx, bool ready);
bool sdpu_vq_get_ready(struct vdpa_device *vdpa, u16 idx);
int sdpu_vq_set_state(struct vdpa_device *vdpa, u16 idx, const struct vdpa_vq_state *state);
int sdpu_vq_get_state(struct vdpa_device *vdpa, u16 idx, struct vdpa_vq_state *state);
u32 sdpu_vq_get_align(struct vdpa_device *vdpa);
u32 sdpu_vq_get_group(struct vdpa_device *vdpa, u16 idx);
u32 sdpu_vq_get_desc_group(struct vdpa_device *vdpa, u16 idx);
u16 sdpu_vq_get_size(struct vdpa_device *vdpa, u16 idx);
u16 sdpu_vq_get_num_max(struct vdpa_device *vdpa);

/* map.c */
struct sdpu_maps *sdpu_maps_alloc(struct sdpu_xport *xp, unsigned int num);
void sdpu_maps_free(struct sdpu_maps *maps);
int sdpu_maps_publish(struct sdpu_maps *maps, struct sdpu_ctrl *ctrl);
int sdpu_maps_withdraw(struct sdpu_maps *maps, struct sdpu_ctrl *ctrl);
u64 sdpu_maps_root(const struct sdpu_maps *maps, unsigned int asid);
struct vdpa_iova_range sdpu_map_get_range(struct vdpa_device *vdpa);
int sdpu_map_dma_map(struct vdpa_device *vdpa, unsigned int asid, u64 iova, u64 size, u64 pa,
		     u32 perm, void *opaque);
int sdpu_map_dma_unmap(struct vdpa_device *vdpa, unsigned int asid, u64 iova, u64 size);
int sdpu_map_reset(struct vdpa_device *vdpa, unsigned int asid);

/* config.c */
int sdpu_config_probe(struct sdpu_vdpa *sv, struct netlink_ext_ack *extack);
size_t sdpu_config_get_size(struct vdpa_device *vdpa);
void sdpu_config_get(struct vdpa_device *vdpa, unsigned int offset, void *buf, unsigned int len);
void sdpu_config_set(struct vdpa_device *vdpa, unsigned int offset, const void *buf,
		     unsigned int len);
u32 sdpu_config_get_generation(struct vdpa_device *vdpa);
void sdpu_config_set_cb(struct vdpa_device *vdpa, struct vdpa_callback *cb);
void sdpu_config_reset_cb(struct sdpu_vdpa *sv);
void sdpu_config_changed(struct sdpu_vdpa *sv);

/* stats.c */
int sdpu_stats_get_vq(struct vdpa_device *vdpa, u16 idx, struct sk_buff *msg,
		      struct netlink_ext_ack *extack);

#endif /* _SDPU_VDPA_H */
