// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packed virtqueues, device side. Section numbers are those of virtio 1.3.
 *
 * One ring of descriptors is written by both sides. The driver may write it at any
 * time, whether it should or not: each descriptor is read once, flags first, and
 * only the copy is checked and used. What we give back is collected in
 * struct sdpu_vring.pushed and written by publish, so that whatever was taken can
 * be taken again until then.
 *
 * Order of accesses:
 *  - a read barrier stands between the word of a descriptor that has its flags and the
 *    other word, its buffer, and the descriptors that follow it in its chain. Pairs
 *    with the driver's barrier of 2.8.21, step 4. No acquire: that is a full barrier
 *    in User-Mode Linux, where each descriptor would wait for all stores before it.
 *  - the flags of the first used descriptor of a batch are written with release,
 *    after all others and after the buffers. A driver looks at the others only
 *    after that one (2.8.22).
 *  - a full barrier stands between used descriptors and the driver event
 *    suppression structure, which says whether the driver wants a call. Pairs with
 *    the driver's barrier between that and its last look at the ring.
 *  - a full barrier stands between our device event suppression structure and the
 *    last look at the ring. Pairs with 2.8.21, step 5.
 */
#include "chain.h"
#include "vring.h"

/* A chain that is more than one descriptor in one piece of memory. */
static noinline bool sdpu_packed_take_any(struct sdpu_vring *vr, struct sdpu_chain *chain,
					  struct sdpu_desc desc)
{
	u16 broken;

	chain->head = (struct sdpu_head){ .id = sdpu_desc_id(desc), .slots = 1 };
	broken = sdpu_chain_walk_packed(vr, chain, desc);
	if (unlikely(broken))
		return sdpu_vring_break(vr, broken);
	vr->last_avail += chain->head.slots;
	return true;
}

/* Nothing is at hand: look at the next descriptors, and take the first of them. */
static noinline bool sdpu_packed_pop_more(struct sdpu_vring *vr, struct sdpu_chain *chain)
{
	bool there = false, overrun = false;
	struct sdpu_desc desc;
	u16 pos, i;

	if (!sdpu_vring_ready(vr))
		return false;
	vr->ahead_from = vr->last_avail;
	vr->num_ahead = 0;
	for (i = 0; i < SDPU_VRING_AHEAD; i++) {
		pos = vr->last_avail + i;
		/* the driver has not got back what was there before */
		overrun = (u16)(pos - vr->published) >= vr->attrs.size;
		if (unlikely(overrun && i))
			break;
		there = sdpu_packed_desc(vr, pos, &desc);
		if (!there || unlikely(overrun || !sdpu_ahead_add(vr, sdpu_desc_id(desc), desc)))
			break;
	}
	/* what is wrong with a later one is found out when its turn comes */
	if (likely(i))
		return sdpu_ahead_take(vr, chain);
	if (!there)
		return false;
	if (overrun)
		return sdpu_vring_break(vr, SDPU_BROKEN_AVAIL_INDEX);
	return sdpu_packed_take_any(vr, chain, desc);
}

/**
 * sdpu_packed_pop - take the next chain
 * @vr: the ring
 * @chain: filled on success
 *
 * Context: the lock of the virtqueue.
 * Return: false if there is none or the ring is broken.
 */
bool sdpu_packed_pop(struct sdpu_vring *vr, struct sdpu_chain *chain)
{
	if (likely(sdpu_ahead_take(vr, chain)))
		return true;
	return sdpu_packed_pop_more(vr, chain);
}

/* len, buffer id and flags of a used descriptor (2.8.13), as one number. */
static __le64 sdpu_packed_used(const struct sdpu_vring *vr, u16 pos,
			       const struct sdpu_pushed *pushed)
{
	u64 flags = sdpu_packed_wrap(vr, pos) ? SDPU_DESC_AVAIL | SDPU_DESC_USED : 0;

	/* 2.8.3: whether anything was written */
	if (pushed->len)
		flags |= SDPU_DESC_WRITE;
	return cpu_to_le64(flags << 48 | (u64)pushed->head.id << 32 | pushed->len);
}

/* Where that number goes: aligned to 8, so that it is written in one go. */
static __le64 *sdpu_packed_used_at(const struct sdpu_vring *vr, u16 pos)
{
	return (__le64 *)sdpu_area_at(&vr->desc, SDPU_DESC_SIZE * (pos & vr->mask)) + 1;
}

/* 2.8.10: does the driver want a call for the entries from @old on? */
static bool sdpu_packed_call_wanted(struct sdpu_vring *vr, u16 old)
{
	u32 raw = le32_to_cpu(READ_ONCE(*(__le32 *)sdpu_area_at(&vr->driver, 0)));
	u32 size = vr->attrs.size;
	u16 event;

	if (SDPU_EVENT_FLAGS(raw) == SDPU_EVENT_DISABLE)
		return false;
	/* a reserved value, or one that was not negotiated, must not lose a call */
	if (SDPU_EVENT_FLAGS(raw) != SDPU_EVENT_DESC || !vr->attrs.event_idx)
		return true;
	event = (raw & vr->mask) + (raw & SDPU_EVENT_WRAP ? 0 : size);
	return ((event - old) & (2 * size - 1)) < (u16)(vr->published - old);
}

/**
 * sdpu_packed_publish - show the driver all that was pushed
 * @vr: the ring
 *
 * Context: the lock of the virtqueue.
 * Return: as sdpu_vring_publish().
 */
int sdpu_packed_publish(struct sdpu_vring *vr)
{
	u16 old = vr->published, pos = old;
	bool wanted;
	u32 i;

	if (!vr->num_pushed || !sdpu_vring_ready(vr))
		return 0;
	for (i = 1; i < vr->num_pushed; i++) {
		pos += vr->pushed[i - 1].head.slots;
		WRITE_ONCE(*sdpu_packed_used_at(vr, pos),
			   sdpu_packed_used(vr, pos, &vr->pushed[i]));
	}
	/* The first one after all others: see the top. */
	smp_store_release(sdpu_packed_used_at(vr, old), sdpu_packed_used(vr, old, &vr->pushed[0]));
	vr->published = vr->next_used;
	vr->num_pushed = 0;

	/* The ring before the look at what the driver wants: see the top. */
	smp_mb();
	wanted = sdpu_packed_call_wanted(vr, old) || (vr->attrs.event_idx && !vr->called);
	vr->called = true;
	return wanted ? 2 : 1;
}

/* Device event suppression (2.8.14), written in one go. */
static void sdpu_packed_tell(struct sdpu_vring *vr, u32 flags, u16 off_wrap)
{
	WRITE_ONCE(*(__le32 *)sdpu_area_at(&vr->device, 0), cpu_to_le32(flags << 16 | off_wrap));
	vr->kicks_wanted = flags != SDPU_EVENT_DISABLE;
	vr->kicks_valid = true;
}

/**
 * sdpu_packed_kicks_off - tell the driver not to kick
 * @vr: the ring
 *
 * A hint.
 *
 * Context: the lock of the virtqueue.
 */
void sdpu_packed_kicks_off(struct sdpu_vring *vr)
{
	if (vr->kicks_valid && !vr->kicks_wanted)
		return;
	if (sdpu_vring_ready(vr))
		sdpu_packed_tell(vr, SDPU_EVENT_DISABLE, 0);
}

/**
 * sdpu_packed_kicks_on - tell the driver to kick for the next entry
 * @vr: the ring
 *
 * Context: the lock of the virtqueue.
 * Return: true if there are entries already, for which no kick may follow.
 */
bool sdpu_packed_kicks_on(struct sdpu_vring *vr)
{
	struct sdpu_desc desc;
	u16 off_wrap;

	if (!sdpu_vring_ready(vr))
		return false;
	off_wrap = vr->last_avail & vr->mask;
	if (sdpu_packed_wrap(vr, vr->last_avail))
		off_wrap |= SDPU_EVENT_WRAP;
	if (vr->attrs.event_idx)
		sdpu_packed_tell(vr, SDPU_EVENT_DESC, off_wrap);
	else
		sdpu_packed_tell(vr, SDPU_EVENT_ENABLE, 0);

	/* Our wish before the look at the ring: see the top. */
	smp_mb();
	return sdpu_packed_desc(vr, vr->last_avail, &desc);
}

/**
 * sdpu_packed_pending - is there an entry to take?
 * @vr: the ring
 *
 * Context: the lock of the virtqueue.
 * Return: false also if the ring is broken.
 */
bool sdpu_packed_pending(struct sdpu_vring *vr)
{
	struct sdpu_desc desc;

	return sdpu_vring_ready(vr) && sdpu_packed_desc(vr, vr->last_avail, &desc);
}
