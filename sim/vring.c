// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtqueues, device side: what split and packed rings have in common. Section
 * numbers are those of virtio 1.3.
 *
 * Areas are translated when first used and then cached until
 * sdpu_vring_forget(). Areas that a driver unmaps under a running ring are
 * found missing by the next use, and break the ring.
 */
#include "chain.h"
#include "vring.h"

/* What the three areas of a ring are: bytes, alignment, permissions. */
struct sdpu_area_attrs {
	u32 bytes;
	u32 align;
	u64 perm;
};

struct sdpu_areas_attrs {
	struct sdpu_area_attrs desc;
	struct sdpu_area_attrs driver;
	struct sdpu_area_attrs device;
};

static struct sdpu_areas_attrs sdpu_vring_areas(const struct sdpu_vring_attrs *attrs)
{
	/* the event fields of a split ring exist only with VIRTIO_F_EVENT_IDX */
	u32 event = attrs->event_idx ? 2 : 0;
	u32 desc = SDPU_DESC_SIZE * attrs->size;

	/* 2.8.10.1: descriptors are given back where they were found */
	if (attrs->packed)
		return (struct sdpu_areas_attrs){
			.desc	= { desc, 16, SDPU_PT_READ | SDPU_PT_WRITE },
			.driver	= { SDPU_EVENT_SIZE, 4, SDPU_PT_READ },
			.device	= { SDPU_EVENT_SIZE, 4, SDPU_PT_WRITE },
		};
	return (struct sdpu_areas_attrs){
		.desc	= { desc, 16, SDPU_PT_READ },
		.driver	= { SDPU_AVAIL_RING(attrs->size) + event, 2, SDPU_PT_READ },
		.device	= { SDPU_USED_RING(attrs->size) + event, 4, SDPU_PT_WRITE },
	};
}

static int sdpu_vring_alloc(struct sdpu_vring *vr, const struct sdpu_areas_attrs *areas)
{
	u32 desc = SDPU_VRING_AREA_PAGES(areas->desc.bytes);
	u32 driver = SDPU_VRING_AREA_PAGES(areas->driver.bytes);
	u32 device = SDPU_VRING_AREA_PAGES(areas->device.bytes);
	u8 **page;

	page = kvcalloc(desc + driver + device, sizeof(*page), GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	vr->desc.page = page;
	vr->desc.num_pages = desc;
	vr->driver.page = page + desc;
	vr->driver.num_pages = driver;
	vr->device.page = page + desc + driver;
	vr->device.num_pages = device;
	if (!vr->attrs.packed)
		return 0;
	vr->pushed = kvcalloc(vr->attrs.size, sizeof(*vr->pushed), GFP_KERNEL);
	if (vr->pushed)
		return 0;
	sdpu_vring_free(vr);
	return -ENOMEM;
}

/*
 * Positions of a packed ring, as others write them (2.8.1): bits 14:0 are the place
 * in the ring, bit 15 is the wrap counter. Return: false if there is no such place.
 */
static bool sdpu_vring_position(const struct sdpu_vring_attrs *attrs, u16 index, u16 *pos)
{
	*pos = index;
	if (!attrs->packed)
		return true;
	*pos &= ~SDPU_EVENT_WRAP;
	if (*pos >= attrs->size)
		return false;
	*pos += index & SDPU_EVENT_WRAP ? 0 : attrs->size;
	return true;
}

static u16 sdpu_vring_index(const struct sdpu_vring *vr, u16 pos)
{
	if (!vr->attrs.packed)
		return pos;
	return (pos & vr->mask) | (sdpu_packed_wrap(vr, pos) ? SDPU_EVENT_WRAP : 0);
}

/**
 * sdpu_vring_init - make a ring
 * @vr: the ring
 * @attrs: what it is made of
 * @as: address spaces
 *
 * Memory of the guest is not touched. Sizes and alignments are those of 2.7 and
 * 2.8.10.1.
 *
 * Context: may sleep, no lock.
 * Return: 0, -EINVAL for a size or alignment that cannot be, -ERANGE for indices
 * beyond a packed ring or more than a ring apart, -ENOMEM.
 */
int sdpu_vring_init(struct sdpu_vring *vr, const struct sdpu_vring_attrs *attrs,
		    struct sdpu_vring_as as)
{
	struct sdpu_areas_attrs areas;
	u16 avail, used;

	if (!is_power_of_2(attrs->size) || attrs->size > SDPU_MAX_QUEUE_SIZE)
		return -EINVAL;
	areas = sdpu_vring_areas(attrs);
	if (attrs->desc % areas.desc.align || attrs->driver % areas.driver.align ||
	    attrs->device % areas.device.align)
		return -EINVAL;
	if (!sdpu_vring_position(attrs, attrs->avail, &avail) ||
	    !sdpu_vring_position(attrs, attrs->used, &used))
		return -ERANGE;
	if (attrs->packed) {
		/* two rounds look alike: what is in hand says which one @used is of */
		u16 in_hand = (avail - used) & (2 * attrs->size - 1);

		if (in_hand > attrs->size)
			return -ERANGE;
		used = avail - in_hand;
	}

	*vr = (struct sdpu_vring){
		.attrs = *attrs,
		.as = as,
		.mask = attrs->size - 1,
		.last_avail = avail,
		.avail_seen = avail,
		.next_used = used,
		.published = used,
	};
	sdpu_tlb_forget(&vr->tlb);
	sdpu_tlb_forget(&vr->table_tlb);
	return sdpu_vring_alloc(vr, &areas);
}

/**
 * sdpu_vring_is_fresh - has nobody used such a ring before?
 * @attrs: what it is made of
 *
 * Context: any.
 * Return: false if it goes on where another device has stopped.
 */
bool sdpu_vring_is_fresh(const struct sdpu_vring_attrs *attrs)
{
	return attrs->avail == (attrs->packed ? SDPU_EVENT_WRAP : 0);
}

/**
 * sdpu_vring_free - give back what sdpu_vring_init() allocated
 * @vr: the ring; one that is all zero is fine
 *
 * Context: may sleep; nobody uses the ring.
 */
void sdpu_vring_free(struct sdpu_vring *vr)
{
	kvfree(vr->desc.page);
	kvfree(vr->pushed);
	*vr = (struct sdpu_vring){};
}

/**
 * sdpu_vring_forget - forget every translation
 * @vr: the ring
 *
 * The next use translates again. Segments of popped chains are stale too.
 *
 * Context: the lock of the virtqueue.
 */
void sdpu_vring_forget(struct sdpu_vring *vr)
{
	vr->areas_valid = false;
	vr->kicks_valid = false;
	vr->num_ahead = 0;
	sdpu_tlb_forget(&vr->tlb);
	sdpu_tlb_forget(&vr->table_tlb);
}

/**
 * sdpu_vring_break - stop the ring for good
 * @vr: the ring
 * @broken: SDPU_BROKEN_*; the first broken rule is the one that counts
 *
 * What was pushed and not published stays so.
 *
 * Context: the lock of the virtqueue.
 * Return: false, for callers that return it.
 */
bool sdpu_vring_break(struct sdpu_vring *vr, u16 broken)
{
	if (!vr->broken)
		vr->broken = broken;
	vr->areas_valid = false;
	vr->num_ahead = 0;
	return false;
}

static bool sdpu_area_map(struct sdpu_area *area, const struct sdpu_as *as,
			  u64 addr, const struct sdpu_area_attrs *attrs)
{
	u32 offset = addr & (SDPU_PRIM_PAGE - 1);
	struct sdpu_tlb tlb;
	bool flat = true;
	u32 done, len, i;

	sdpu_tlb_forget(&tlb);
	for (i = 0, done = 0; done < offset + attrs->bytes; i++, done += len) {
		len = SDPU_PRIM_PAGE;
		area->page[i] = sdpu_as_translate(as, &tlb, addr - offset + done, &len,
						  attrs->perm);
		if (!area->page[i])
			return false;
		flat &= area->page[i] == area->page[0] + i * SDPU_PRIM_PAGE;
	}
	area->offset = offset;
	area->flat = flat ? area->page[0] + offset : NULL;
	return true;
}

/**
 * sdpu_vring_map - translate the areas
 * @vr: the ring
 *
 * Context: the lock of the virtqueue.
 * Return: false if the ring is broken, now or before.
 */
noinline bool sdpu_vring_map(struct sdpu_vring *vr)
{
	struct sdpu_areas_attrs areas = sdpu_vring_areas(&vr->attrs);

	if (vr->broken)
		return false;
	if (!sdpu_area_map(&vr->desc, vr->as.areas, vr->attrs.desc, &areas.desc) ||
	    !sdpu_area_map(&vr->driver, vr->as.areas, vr->attrs.driver, &areas.driver) ||
	    !sdpu_area_map(&vr->device, vr->as.areas, vr->attrs.device, &areas.device))
		return sdpu_vring_break(vr, SDPU_BROKEN_RING_ADDRESS);
	vr->areas_valid = true;
	return true;
}

/**
 * sdpu_vring_state - where a fresh device would go on
 * @vr: the ring
 * @avail: next entry to take, as in struct sdpu_vring_attrs
 * @used: next entry to give, likewise
 *
 * Context: the lock of the virtqueue.
 */
void sdpu_vring_state(const struct sdpu_vring *vr, u16 *avail, u16 *used)
{
	*avail = sdpu_vring_index(vr, vr->last_avail);
	*used = sdpu_vring_index(vr, vr->next_used);
}
