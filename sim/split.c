// SPDX-License-Identifier: GPL-2.0-only
/*
 * Split virtqueues, device side. Section numbers are those of virtio 1.3.
 *
 * Who may write what: the driver writes descriptors, driver area and buffers
 * at any time, whether it should or not. Each value is therefore read once into
 * a local variable, and only that copy is checked and used. The device area is
 * ours: it is written and never read.
 *
 * Order of accesses:
 *  - a read barrier stands between avail->idx and the entries and descriptors that
 *    it announces. Pairs with the driver's barrier of 2.7.13, step 4.
 *  - used->idx is written with release, after the used entries and the buffers
 *    that it announces (2.7.8.2).
 *  - a full barrier stands between used->idx and the driver's used_event or
 *    flags, which say whether it wants a call (2.7.7.2). Pairs with the
 *    driver's barrier between these and its last look at used->idx (2.7.14).
 *  - a full barrier stands between our avail_event or flags and the last look
 *    at avail->idx (2.7.10.2). Pairs with 2.7.13, step 6.
 */
#include "chain.h"
#include "vring.h"

/*
 * Read the driver's index. It can never be more than a ring ahead of what the
 * driver got back (2.7.13: buffers need descriptors) and never goes back
 * (2.7.6.1). Counting from @published, not from @last_avail, also bounds what
 * we have in hand: at most a ring's worth between two publications.
 */
static noinline bool sdpu_split_refresh(struct sdpu_vring *vr)
{
	__le16 *p = sdpu_area_at(&vr->driver, SDPU_AVAIL_IDX);
	u16 idx;

	idx = le16_to_cpu(READ_ONCE(*p));
	/* The index before what it announces: see the top. */
	smp_rmb();
	if (unlikely((u16)(idx - vr->published) > vr->attrs.size ||
		     (u16)(idx - vr->avail_seen) > vr->attrs.size))
		return sdpu_vring_break(vr, SDPU_BROKEN_AVAIL_INDEX);
	vr->avail_seen = idx;
	return idx != vr->last_avail;
}

/**
 * sdpu_split_pending - is there an entry to take?
 * @vr: the ring
 *
 * Context: the lock of the virtqueue.
 * Return: false also if the ring is broken, or turns out to be.
 */
bool sdpu_split_pending(struct sdpu_vring *vr)
{
	return sdpu_vring_ready(vr) && (vr->last_avail != vr->avail_seen || sdpu_split_refresh(vr));
}

/* An entry that is more than one descriptor in one piece of memory. */
static noinline bool sdpu_split_take_any(struct sdpu_vring *vr, struct sdpu_chain *chain, u16 head,
					 struct sdpu_desc desc)
{
	u16 broken;

	chain->head = (struct sdpu_head){ .id = head, .slots = 1 };
	broken = sdpu_chain_walk_split(vr, chain, desc);
	if (unlikely(broken))
		return sdpu_vring_break(vr, broken);
	vr->last_avail++;
	return true;
}

/* Nothing is at hand: look at the next entries, and take the first of them. */
static noinline bool sdpu_split_pop_more(struct sdpu_vring *vr, struct sdpu_chain *chain)
{
	struct sdpu_desc desc;
	u16 num, head, i = 0;
	__le16 *entry;

	if (!sdpu_split_pending(vr))
		return false;
	num = min_t(u16, vr->avail_seen - vr->last_avail, SDPU_VRING_AHEAD);
	vr->ahead_from = vr->last_avail;
	vr->num_ahead = 0;
	do {
		entry = sdpu_area_at(&vr->driver, SDPU_AVAIL_RING((vr->last_avail + i) & vr->mask));
		head = le16_to_cpu(READ_ONCE(*entry));
		if (unlikely(head > vr->mask))
			break;
		desc = sdpu_vring_desc(vr, head);
		if (unlikely(!sdpu_ahead_add(vr, head, desc)))
			break;
	} while (++i < num);
	/* what is wrong with a later entry is found out when its turn comes */
	if (likely(i))
		return sdpu_ahead_take(vr, chain);
	if (head > vr->mask)
		return sdpu_vring_break(vr, SDPU_BROKEN_HEAD);
	return sdpu_split_take_any(vr, chain, head, desc);
}

/**
 * sdpu_split_pop - take the next chain
 * @vr: the ring
 * @chain: filled on success
 *
 * Context: the lock of the virtqueue.
 * Return: false if there is none or the ring is broken.
 */
bool sdpu_split_pop(struct sdpu_vring *vr, struct sdpu_chain *chain)
{
	/* Only calls in the last place: the common case saves no registers. */
	if (likely(sdpu_ahead_take(vr, chain)))
		return true;
	return sdpu_split_pop_more(vr, chain);
}

static __always_inline void sdpu_split_give(struct sdpu_vring *vr, struct sdpu_head head, u32 len)
{
	u32 at = SDPU_USED_RING(vr->next_used & vr->mask);
	__le32 *id = sdpu_area_at(&vr->device, at);
	__le32 *written = id + 1;

	/* An entry is aligned to 4, not to its size: it may straddle a page. */
	if (unlikely(!vr->device.flat))
		written = sdpu_area_at(&vr->device, at + 4);
	WRITE_ONCE(*id, cpu_to_le32(head.id));
	WRITE_ONCE(*written, cpu_to_le32(len));
	vr->next_used++;
}

static noinline void sdpu_split_push_again(struct sdpu_vring *vr, struct sdpu_head head, u32 len)
{
	if (sdpu_vring_map(vr))
		sdpu_split_give(vr, head, len);
}

/**
 * sdpu_split_push - give a chain back
 * @vr: the ring
 * @head: from the chain
 * @len: bytes written into it
 *
 * Not visible to the driver before sdpu_split_publish(). Does nothing if the
 * ring is broken.
 *
 * Context: the lock of the virtqueue.
 */
void sdpu_split_push(struct sdpu_vring *vr, struct sdpu_head head, u32 len)
{
	if (unlikely(!vr->areas_valid))
		sdpu_split_push_again(vr, head, len);
	else
		sdpu_split_give(vr, head, len);
}

/* 2.7.7.2: does the driver want a call for the entries from @old on? */
static bool sdpu_split_call_wanted(struct sdpu_vring *vr, u16 old)
{
	u16 value;

	if (!vr->attrs.event_idx) {
		value = le16_to_cpu(READ_ONCE(*(__le16 *)sdpu_area_at(&vr->driver,
								      SDPU_AVAIL_FLAGS)));
		return !(value & SDPU_AVAIL_NO_INTERRUPT);
	}
	/* used_event follows the ring: is it among the entries just shown? */
	value = le16_to_cpu(READ_ONCE(*(__le16 *)sdpu_area_at(&vr->driver,
							      SDPU_AVAIL_RING(vr->attrs.size))));
	return (u16)(value - old) < (u16)(vr->published - old);
}

/**
 * sdpu_split_publish - show the driver all that was pushed
 * @vr: the ring
 *
 * The first publication with VIRTIO_F_EVENT_IDX always calls: whoever served
 * the ring before us may have stopped between showing and calling.
 *
 * Context: the lock of the virtqueue.
 * Return: 0 if there was nothing to show, 1 if it was shown and the driver
 * wants no call, 2 if it wants one.
 */
int sdpu_split_publish(struct sdpu_vring *vr)
{
	u16 old = vr->published;
	bool wanted;
	__le16 *p;

	if (vr->next_used == old || !sdpu_vring_ready(vr))
		return 0;
	p = sdpu_area_at(&vr->device, SDPU_USED_IDX);
	/* What it announces before the index: see the top. */
	smp_store_release(p, cpu_to_le16(vr->next_used));
	vr->published = vr->next_used;

	/* The index before the look at what the driver wants: see the top. */
	smp_mb();
	wanted = sdpu_split_call_wanted(vr, old) || (vr->attrs.event_idx && !vr->called);
	vr->called = true;
	return wanted ? 2 : 1;
}

/**
 * sdpu_split_kicks_off - tell the driver not to kick
 * @vr: the ring
 *
 * A hint. With VIRTIO_F_EVENT_IDX an avail_event that is left behind says the
 * same, so there is nothing to write.
 *
 * Context: the lock of the virtqueue.
 */
void sdpu_split_kicks_off(struct sdpu_vring *vr)
{
	if (vr->kicks_valid && !vr->kicks_wanted)
		return;
	if (!sdpu_vring_ready(vr))
		return;
	if (!vr->attrs.event_idx)
		WRITE_ONCE(*(__le16 *)sdpu_area_at(&vr->device, SDPU_USED_FLAGS),
			   cpu_to_le16(SDPU_USED_NO_NOTIFY));
	vr->kicks_wanted = false;
	vr->kicks_valid = true;
}

/**
 * sdpu_split_kicks_on - tell the driver to kick for the next entry
 * @vr: the ring
 *
 * Context: the lock of the virtqueue.
 * Return: true if there are entries already, for which no kick may follow.
 */
bool sdpu_split_kicks_on(struct sdpu_vring *vr)
{
	__le16 *p;

	if (!sdpu_vring_ready(vr))
		return false;
	if (vr->attrs.event_idx) {
		p = sdpu_area_at(&vr->device, SDPU_USED_RING(vr->attrs.size));
		WRITE_ONCE(*p, cpu_to_le16(vr->last_avail));
	} else {
		p = sdpu_area_at(&vr->device, SDPU_USED_FLAGS);
		WRITE_ONCE(*p, 0);
	}
	vr->kicks_wanted = true;
	vr->kicks_valid = true;

	/* Our wish before the look at the index: see the top. */
	smp_mb();
	return sdpu_split_refresh(vr);
}
