/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtqueue engine, device side: split (virtio 1.3, 2.7) and packed virtqueues
 * (2.8). Plain C over prim.h: the same files run in the kernel, in unit tests
 * and in fuzzers.
 *
 * What the driver wrote is read once, bounded, then used. The first broken
 * rule stops the ring for good: @broken says why, every later call finds
 * nothing to do, and the owner tells the driver with DEVICE_NEEDS_RESET.
 *
 * Chains are taken with sdpu_vring_pop(), given back with sdpu_vring_push()
 * and become visible to the driver with sdpu_vring_publish(), once a batch.
 * Whoever gives them back in the order in which they came, as all users here
 * do, does what VIRTIO_F_IN_ORDER asks of a device.
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
 * struct sdpu_head - what a ring has to know of a chain to take it back
 * @id: how the driver calls it: split: its first descriptor; packed: buffer id
 * @slots: entries of the ring that it takes; split: always 1
 */
struct sdpu_head {
	u16 id;
	u16 slots;
};

/**
 * struct sdpu_chain - a descriptor chain that was popped
 * @head: to push it
 * @num_out: segments that the device reads, first in @seg
 * @num_in: segments that the device writes, after them
 * @out_len: bytes to read
 * @in_len: bytes to write
 * @steps: what it cost to find out, at least 1
 * @seg: the pieces; valid while the lock of the virtqueue is held
 */
struct sdpu_chain {
	struct sdpu_head head;
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
 * @desc: address of the descriptor area: descriptor table or descriptor ring
 * @driver: address of the driver area: available ring or driver event suppression
 * @device: address of the device area: used ring or device event suppression
 * @avail: next entry to take: free-running index; packed: bit 15 is the wrap counter
 * @used: next entry to give, likewise
 * @packed: VIRTIO_F_RING_PACKED
 * @indirect: VIRTIO_F_INDIRECT_DESC
 * @event_idx: VIRTIO_F_EVENT_IDX
 * @transmit: of a transmit virtqueue, whose buffers are all for us to read
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
	bool transmit;
};

/**
 * struct sdpu_vring_as - the address spaces of a ring
 * @areas: of its three areas
 * @buffers: of what descriptors point to, indirect tables too
 */
struct sdpu_vring_as {
	const struct sdpu_as *areas;
	const struct sdpu_as *buffers;
};

/**
 * struct sdpu_pushed - a chain that was given back and not shown yet
 * @head: of the chain
 * @len: bytes written
 */
struct sdpu_pushed {
	struct sdpu_head head;
	u32 len;
};

/* Entries that are looked at together: as many cache misses as a processor bears at once. */
#define SDPU_VRING_AHEAD	8

/**
 * struct sdpu_ahead - an entry that was looked at before its turn
 * @va: its buffer, on its way to this processor
 * @len: bytes of it, never zero
 * @head: of the chain
 * @write: the device writes it, else it reads it
 *
 * Only chains of one descriptor in one piece of memory: whatever is more complicated
 * waits for its turn.
 */
struct sdpu_ahead {
	u8 *va;
	u32 len;
	struct sdpu_head head;
	bool write;
};

/**
 * struct sdpu_vring - a ring
 * @attrs: as given
 * @as: address spaces
 * @mask: @attrs.size less one
 * @broken: SDPU_BROKEN_*, zero while all is well
 * @last_avail: position of the next entry to take
 * @avail_seen: split: driver's index when last read
 * @next_used: where the next push goes
 * @published: up to where the driver sees what was given back
 * @areas_valid: the areas are translated; never while @broken
 * @kicks_valid: the driver was told @kicks_wanted
 * @kicks_wanted: what the driver was told last
 * @called: a publish has decided about a call since sdpu_vring_init()
 * @ahead_from: position of the first of @ahead
 * @num_ahead: how many there are
 * @ahead: entries that were looked at; some may have been taken since
 * @tlb: for buffers
 * @table_tlb: for indirect tables, which lie elsewhere
 * @desc: descriptor area
 * @driver: driver area
 * @device: device area
 * @pushed: packed: what goes into the entries from @published to @next_used;
 *	@attrs.size elements, which is enough: what is in hand has a slot each. A
 *	descriptor is overwritten only when nobody can want to read it again.
 * @num_pushed: how many of them
 *
 * Positions are free-running in both layouts. The wrap counter of a packed ring is
 * 1 in every other round, beginning with the first.
 */
struct sdpu_vring {
	struct sdpu_vring_attrs attrs;
	struct sdpu_vring_as as;
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
	u16 ahead_from;
	u16 num_ahead;
	struct sdpu_ahead ahead[SDPU_VRING_AHEAD];
	struct sdpu_tlb tlb;
	struct sdpu_tlb table_tlb;
	struct sdpu_area desc;
	struct sdpu_area driver;
	struct sdpu_area device;
	struct sdpu_pushed *pushed;
	u32 num_pushed;
};

/**
 * struct sdpu_vring_mark - a place to go back to
 * @last_avail: of the ring
 * @next_used: of the ring
 * @num_pushed: of the ring
 */
struct sdpu_vring_mark {
	u16 last_avail;
	u16 next_used;
	u32 num_pushed;
};

/*
 * Allocate what a ring of attrs->size needs (the page arrays), check size and
 * alignment (2.7: 16, 2, 4; 2.8.10.1: 16, 4, 4). Does not touch guest memory. 0,
 * -EINVAL, -ERANGE, -ENOMEM. Context: may sleep, no lock.
 */
int sdpu_vring_init(struct sdpu_vring *vr, const struct sdpu_vring_attrs *attrs,
		    struct sdpu_vring_as as);
void sdpu_vring_free(struct sdpu_vring *vr);

/* Does a ring of @attrs begin where a driver begins that has not used it before? */
bool sdpu_vring_is_fresh(const struct sdpu_vring_attrs *attrs);

/* Stop the ring for a reason that its owner found, SDPU_BROKEN_HEADER. */
bool sdpu_vring_break(struct sdpu_vring *vr, u16 broken);

/* Forget every translation; the next use translates again. */
void sdpu_vring_forget(struct sdpu_vring *vr);

/* The two layouts, see below for what each function does. */
bool sdpu_split_pop(struct sdpu_vring *vr, struct sdpu_chain *chain);
bool sdpu_packed_pop(struct sdpu_vring *vr, struct sdpu_chain *chain);
void sdpu_split_push(struct sdpu_vring *vr, struct sdpu_head head, u32 len);
int sdpu_split_publish(struct sdpu_vring *vr);
int sdpu_packed_publish(struct sdpu_vring *vr);
void sdpu_split_kicks_off(struct sdpu_vring *vr);
void sdpu_packed_kicks_off(struct sdpu_vring *vr);
bool sdpu_split_pending(struct sdpu_vring *vr);
bool sdpu_packed_pending(struct sdpu_vring *vr);
bool sdpu_split_kicks_on(struct sdpu_vring *vr);
bool sdpu_packed_kicks_on(struct sdpu_vring *vr);

/* Take the next chain: true, or false when there is none or the ring broke. */
static inline bool sdpu_vring_pop(struct sdpu_vring *vr, struct sdpu_chain *chain)
{
	return vr->attrs.packed ? sdpu_packed_pop(vr, chain) : sdpu_split_pop(vr, chain);
}

/*
 * Give back a chain that was popped, @len bytes written. Not visible before
 * publish. Does nothing if the ring is broken.
 */
static inline void sdpu_vring_push(struct sdpu_vring *vr, struct sdpu_head head, u32 len)
{
	if (!vr->attrs.packed) {
		sdpu_split_push(vr, head, len);
		return;
	}
	if (unlikely(vr->broken))
		return;
	vr->pushed[vr->num_pushed++] = (struct sdpu_pushed){ .head = head, .len = len };
	vr->next_used += head.slots;
}

/*
 * Show the driver all that was pushed: 0 nothing to show, 1 shown and the
 * driver wants no call, 2 shown and it wants one.
 *
 * The first publication with VIRTIO_F_EVENT_IDX always calls: whoever served
 * the ring before us may have stopped between showing and calling.
 */
static inline int sdpu_vring_publish(struct sdpu_vring *vr)
{
	return vr->attrs.packed ? sdpu_packed_publish(vr) : sdpu_split_publish(vr);
}

/* Tell the driver not to kick (a hint). */
static inline void sdpu_vring_kicks_off(struct sdpu_vring *vr)
{
	if (vr->attrs.packed)
		sdpu_packed_kicks_off(vr);
	else
		sdpu_split_kicks_off(vr);
}

/*
 * Tell the driver to kick for the next entry.
 * Return: true if there are entries already, for which no kick may follow.
 */
static inline bool sdpu_vring_kicks_on(struct sdpu_vring *vr)
{
	return vr->attrs.packed ? sdpu_packed_kicks_on(vr) : sdpu_split_kicks_on(vr);
}

/* Is there an entry to take? */
static inline bool sdpu_vring_pending(struct sdpu_vring *vr)
{
	return vr->attrs.packed ? sdpu_packed_pending(vr) : sdpu_split_pending(vr);
}

/* Remember where the ring is, until the next publish. */
static inline struct sdpu_vring_mark sdpu_vring_mark(const struct sdpu_vring *vr)
{
	return (struct sdpu_vring_mark){
		.last_avail = vr->last_avail,
		.next_used = vr->next_used,
		.num_pushed = vr->num_pushed,
	};
}

/* Undo all pops and pushes since @mark was made. */
static inline void sdpu_vring_rewind(struct sdpu_vring *vr, struct sdpu_vring_mark mark)
{
	vr->last_avail = mark.last_avail;
	vr->next_used = mark.next_used;
	vr->num_pushed = mark.num_pushed;
}

/* Where a fresh device would go on: both, as in struct sdpu_vring_attrs. */
void sdpu_vring_state(const struct sdpu_vring *vr, u16 *avail, u16 *used);

#endif /* _SDPU_SIM_VRING_H */
