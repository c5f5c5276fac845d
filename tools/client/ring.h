/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Driver side of a virtqueue, split (virtio 1.3, 2.7) or packed (2.8).
 *
 * Entries are added with ring_add(), shown to the device with ring_publish()
 * and come back with ring_get(). Everything is in the open for hostile tests,
 * which write descriptors and indices by hand and do not mix that with
 * ring_add() on the same ring.
 *
 * Indices are free-running: they count entries of the driver and the device area
 * of a split ring, descriptors of a packed one.
 */
#ifndef _SDPU_CLIENT_RING_H
#define _SDPU_CLIENT_RING_H

#include <linux/virtio_ring.h>

#include "mem.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "virtio is little-endian and so is this client"
#endif

#define RING_MAX	32768
/* descriptors of an indirect table */
#define RING_TABLE	8

/* looks at an impossible index of the device before it counts as wrong */
#define RING_PATIENCE	1000000

#define load_acquire(p)		__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define store_release(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define full_barrier()		__atomic_thread_fence(__ATOMIC_SEQ_CST)

/**
 * struct ring_seg - contiguous piece of a buffer
 * @addr: as the device sees it
 * @len: bytes
 */
struct ring_seg {
	u64 addr;
	u32 len;
};

/**
 * struct ring - a virtqueue
 * @num: entries
 * @packed: VIRTIO_F_RING_PACKED was negotiated
 * @event_idx: VIRTIO_F_EVENT_IDX was negotiated
 * @desc: descriptor area
 * @avail: driver area
 * @used: device area
 * @packed_desc: the same three areas of a packed ring
 * @driver_event: likewise
 * @device_event: likewise
 * @table: RING_TABLE descriptors for each entry, or NULL: no indirect ones
 * @table_iova: where the device sees @table
 * @avail_idx: next entry of the driver area to fill
 * @published: driver's index that the device sees
 * @last_used: next entry of the device area to look at
 * @used_seen: device's index when last read
 * @odd: times in a row that the device's index was impossible
 * @event_at: @last_used when calls were last put off
 * @first_flags: packed: of the descriptor at @published, not shown yet
 * @slots_free: packed: free descriptors
 * @free_head: first free descriptor; packed: buffer id
 * @num_free: free descriptors; packed: buffer ids
 * @next: free list and chains
 * @chain: descriptors of the chain that starts there, or has that id; 0: none
 * @token: the caller's, one a chain
 */
struct ring {
	u16 num;
	bool packed;
	bool event_idx;
	union {
		struct vring_desc *desc;
		struct vring_packed_desc *packed_desc;
	};
	union {
		struct vring_avail *avail;
		struct vring_packed_desc_event *driver_event;
	};
	union {
		struct vring_used *used;
		struct vring_packed_desc_event *device_event;
	};
	struct vring_desc *table;
	u64 table_iova;
	u16 avail_idx;
	u16 published;
	u16 last_used;
	u16 used_seen;
	u16 event_at;
	u32 odd;
	u16 first_flags;
	u16 slots_free;
	u16 free_head;
	u16 num_free;
	u16 *next;
	u16 *chain;
	u32 *token;
};

/* Bytes of shared memory that ring_init() takes. */
size_t ring_bytes(unsigned int num, bool indirect);

/* Make the areas in @m. 0, -ENOSPC or -ENOMEM. */
int ring_init(struct ring *r, struct mem *m, unsigned int num, bool packed, bool event_idx,
	      bool indirect);
void ring_free(struct ring *r);
/* As after ring_init(), with indices starting at @base; packed: 0. */
void ring_clear(struct ring *r, u16 base);

/* Up to where the device has given entries back, whether they were got or not. */
u16 ring_shown(struct ring *r);
/* That index as vhost knows it, if nothing is in flight. */
u32 ring_base(const struct ring *r, u16 index);

/* Split, by hand: a descriptor, and making a head available. */
void raw_desc(struct vring_desc *table, u16 i, u64 addr, u32 len, u16 flags, u16 next);
void raw_avail(struct ring *r, u16 head);
/* After that: take the indices as they are; nothing is outstanding. */
void ring_sync(struct ring *r);

/*
 * Add a chain of @out readable, then @in writable pieces; @indirect: through a
 * table. Return: its head or id, or -ENOSPC.
 */
int ring_add(struct ring *r, const struct ring_seg *seg, unsigned int out, unsigned int in,
	     bool indirect, u32 token);

/* Show what was added. Return: the device wants a kick. */
bool ring_publish(struct ring *r);
/* The device sleeps: it will want a kick for the next entry. */
bool ring_asleep(struct ring *r);

/* The next chain that came back: its token; -EAGAIN: none; -EPROTO: nonsense. */
int64_t ring_get(struct ring *r, u32 *len);

/* How many can be got, without getting them; packed: at least. */
unsigned int ring_pending(struct ring *r);

/* No calls from here on (a hint); call it again after some thousand entries. */
void ring_calls_off(struct ring *r);
/* A call at the next used entry. Return: there are some now. */
bool ring_calls_on(struct ring *r);

/* Descriptors that can be added. */
static inline unsigned int ring_room(const struct ring *r)
{
	return r->packed ? r->slots_free : r->num_free;
}

static inline u16 *ring_used_event(struct ring *r)
{
	return &r->avail->ring[r->num];
}

static inline u16 *ring_avail_event(struct ring *r)
{
	return (u16 *)&r->used->ring[r->num];
}

#endif /* _SDPU_CLIENT_RING_H */
