/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtqueue engine, device side (virtio 1.3, 2.7 split virtqueues). Plain C
 * over prim.h: the same file runs in the kernel, in unit tests and in fuzzers.
 *
 * What the driver wrote is read once, bounded, then used. The first broken
 * rule stops the ring for good: @broken says why, every later call finds
 * nothing to do, and the owner tells the driver with DEVICE_NEEDS_RESET.
 *
 * Entries are taken with sdpu_vring_pop(), given back with sdpu_vring_push()
 * and become visible to the driver with sdpu_vring_publish(), once a batch.
 *
 * Everything here runs under the lock of the virtqueue that embeds the ring.
 */
#ifndef _SDPU_SIM_VRING_H
#define _SDPU_SIM_VRING_H

#include "as.h"

/* A ring of 32768 entries has 512 KiB of descriptors. */
#define SDPU_VRING_AREA_PAGES(bytes)	(((bytes) + 4095) / 4096 + 1)

/**
 * struct sdpu_area - one of the three areas of a ring
 * @flat: where the area is, if its pages follow each other in memory, else NULL
 * @page: where each page of it is
 * @offset: of the area in its first page
 * @num_pages: room in @page
 */
struct sdpu_area {
	u8 *flat;
	u8 **page;
	u32 offset;
	u32 num_pages;
};

/**
 * struct sdpu_seg - contiguous piece of a buffer, in memory
 * @va: first byte
 * @len: bytes, never zero
 */
struct sdpu_seg {
	u8 *va;
	u32 len;
};

#define SDPU_CHAIN_SEGS		1024

/*
 * Descriptors read and addresses looked up for a chain. Pieces that turn out to be
 * contiguous are one segment, but each has been a step.
 */
#define SDPU_CHAIN_STEPS	(4 * SDPU_CHAIN_SEGS)

/**
 * struct sdpu_chain - a descriptor chain that was popped
 * @head: id to push
 * @num_out: segments that the device reads, first in @seg
 * @num_in: segments that the device writes, after them
 * @out_len: bytes to read
 * @in_len: bytes to write
 * @steps: what it cost to find out, at least 1
 * @seg: the pieces; valid while the lock of the virtqueue is held
 */
struct sdpu_chain {
	u16 head;
	u16 num_out;
	u16 num_in;
	u32 out_len;
	u32 in_len;
	u32 steps;
	struct sdpu_seg seg[SDPU_CHAIN_SEGS];
};

/**
 * struct sdpu_vring_attrs - what a ring is made of
 * @size: entries, a power of two, up to SDPU_MAX_QUEUE_SIZE
 * @desc: address of the descriptor area (descriptor table)
 * @driver: address of the driver area (available ring)
 * @device: address of the device area (used ring)
 * @avail: next entry to take, free-running index
 * @used: next entry to give, free-running index
 * @packed: VIRTIO_F_RING_PACKED: -EOPNOTSUPP in this version
 * @indirect: VIRTIO_F_INDIRECT_DESC
 * @event_idx: VIRTIO_F_EVENT_IDX
 */
struct sdpu_vring_attrs {
	u32 size;
	u64 desc;
	u64 driver;
	u64 device;
	u16 avail;
	u16 used;
	bool packed;
	bool indirect;
	bool event_idx;
};

/**
 * struct sdpu_vring - a ring
 * @attrs: as given
 * @as: address space of areas and buffers
 * @mask: @attrs.size less one
 * @broken: SDPU_BROKEN_*, zero while all is well
 * @last_avail: next entry of the driver area to take
 * @avail_seen: driver's index when last read
 * @next_used: where the next push goes
 * @published: used index that the driver sees
 * @areas_valid: the areas are translated; never while @broken
 * @kicks_valid: the driver was told @kicks_wanted
 * @kicks_wanted: what the driver was told last
 * @called: a publish has decided about a call since sdpu_vring_init()
 * @tlb: for buffers
 * @table_tlb: for indirect tables, which lie elsewhere
 * @desc: descriptor area
 * @driver: driver area
 * @device: device area
 */
struct sdpu_vring {
	struct sdpu_vring_attrs attrs;
	const struct sdpu_as *as;
	u32 mask;
	u16 broken;
	u16 last_avail;
	u16 avail_seen;
	u16 next_used;
	u16 published;
	bool areas_valid;
	bool kicks_valid;
	bool kicks_wanted;
	bool called;
	struct sdpu_tlb tlb;
	struct sdpu_tlb table_tlb;
	struct sdpu_area desc;
	struct sdpu_area driver;
	struct sdpu_area device;
};

/*
 * Allocate what a ring of attrs->size needs (the page arrays), check size and
 * alignment (2.7: 16, 2, 4). Does not touch guest memory. 0, -EINVAL, -ENOMEM,
 * -EOPNOTSUPP. Context: may sleep, no lock.
 */
int sdpu_vring_init(struct sdpu_vring *vr, const struct sdpu_vring_attrs *attrs,
		    const struct sdpu_as *as);
void sdpu_vring_free(struct sdpu_vring *vr);

/* Stop the ring for a reason that its owner found, SDPU_BROKEN_HEADER. */
bool sdpu_vring_break(struct sdpu_vring *vr, u16 broken);

/* Forget every translation; the next use translates again. */
void sdpu_vring_forget(struct sdpu_vring *vr);

/* Entries that can be popped now; reads the driver's index when it runs out. */
unsigned int sdpu_vring_avail(struct sdpu_vring *vr);

/* Take the next chain: true, or false when there is none or the ring broke. */
bool sdpu_vring_pop(struct sdpu_vring *vr, struct sdpu_chain *chain);

/* Undo the last @n pops that were not pushed. */
void sdpu_vring_unpop(struct sdpu_vring *vr, unsigned int n);

/* Give a chain back, @len bytes written. Not visible before publish. */
void sdpu_vring_push(struct sdpu_vring *vr, u16 head, u32 len);

/* Take back the last @n pushes that were not published. */
void sdpu_vring_unpush(struct sdpu_vring *vr, unsigned int n);

/*
 * Show the driver all that was pushed: 0 nothing to show, 1 shown and the
 * driver wants no call, 2 shown and it wants one.
 */
int sdpu_vring_publish(struct sdpu_vring *vr);

/* Tell the driver not to kick (a hint), or to kick again. */
void sdpu_vring_kicks_off(struct sdpu_vring *vr);
/* Return: true if entries came in meanwhile and no kick may follow. */
bool sdpu_vring_kicks_on(struct sdpu_vring *vr);

/* Where a fresh device would go on: both indices, free-running. */
static inline void sdpu_vring_state(const struct sdpu_vring *vr, u16 *avail, u16 *used)
{
	*avail = vr->last_avail;
	*used = vr->next_used;
}

#endif /* _SDPU_SIM_VRING_H */
