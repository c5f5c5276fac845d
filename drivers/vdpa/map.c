// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address spaces: mapping, unmapping, and the pages that are mapped.
 *
 * vhost-vdpa pins the owner's pages and passes physical addresses. When it
 * unmaps, it lets go of the pages first and tells us afterwards, so we hold
 * references of our own until the card has confirmed that it does not use the
 * range any more. One reference for every SDPU_TABLE_GRAIN that is mapped: any
 * part of a mapping can be removed, and the number to drop follows from the
 * leaf alone.
 *
 * Mapping needs no command: an entry that was not valid cannot have been
 * remembered. Nor does unmapping while the card has no queue, which would have
 * to remember it: the memory of an owner who leaves goes in thousands of pieces,
 * after a reset. What the table holds are the addresses that vhost-vdpa passes:
 * cards of this version see memory where the CPU does.
 */
#include <linux/cleanup.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <uapi/linux/vhost_types.h>

#include "vdpa.h"

/*
 * Somebody who maps the same large page over and over must not overflow its
 * reference count. For each of ours there is one of vhost-vdpa's: far from the
 * end is early enough to stop, and far more than anybody needs.
 */
#define SDPU_PAGE_REFS_MAX	(INT_MAX / 4)

/* The part of the folio at @pa that lies in @size bytes from there, in grains. */
static unsigned int sdpu_pages_chunk(struct folio *folio, u64 pa, u64 size)
{
	u64 left = PFN_PHYS(folio_pfn(folio)) + folio_size(folio) - pa;

	return min(left, size) / SDPU_TABLE_GRAIN;
}

static void sdpu_pages_put(u64 pa, u64 size)
{
	while (size) {
		struct folio *folio = page_folio(pfn_to_page(PHYS_PFN(pa)));
		unsigned int refs = sdpu_pages_chunk(folio, pa, size);

		folio_put_refs(folio, refs);
		pa += refs * SDPU_TABLE_GRAIN;
		size -= refs * SDPU_TABLE_GRAIN;
		cond_resched();
	}
}

static int sdpu_pages_get(u64 pa, u64 size)
{
	u64 done = 0;
	int err;

	while (done < size) {
		unsigned long pfn = PHYS_PFN(pa + done);
		struct folio *folio;
		unsigned int refs;

		err = -EFAULT;
		if (!pfn_valid(pfn))
			goto undo;
		folio = page_folio(pfn_to_page(pfn));
		err = -ENOMEM;
		if (folio_ref_count(folio) > SDPU_PAGE_REFS_MAX)
			goto undo;

		/* the caller has pinned them: the count is not zero */
		refs = sdpu_pages_chunk(folio, pa + done, size - done);
		folio_ref_add(folio, refs);
		done += refs * SDPU_TABLE_GRAIN;
		cond_resched();
	}

	return 0;

undo:
	sdpu_pages_put(pa, done);

	return err;
}

static int sdpu_space_unmap_locked(struct sdpu_vdpa *sv, struct sdpu_space *space, u64 first,
				   u64 last)
{
	struct sdpu_table_range inv;
	int err;

	lockdep_assert_held(&space->lock);
	err = sdpu_table_split(&space->table, first);
	if (!err && last < SDPU_TABLE_LAST)
		err = sdpu_table_split(&space->table, last + 1);
	if (err)
		return err;

	if (!sdpu_table_clear(&space->table, first, last, &inv))
		return 0;

	/* pairs with that of sdpu_vq_create_locked(), see sdpu_vdpa.card_vqs */
	smp_mb();
	if (atomic_read(&sv->card_vqs)) {
		/* after this neither the card nor its cache knows the pages */
		err = sdpu_cmd_as_invalidate(sv->ctrl, space->asid, inv.first, inv.last);
		if (err)
			return err;
	}

	sdpu_table_sweep(&space->table, inv.first, inv.last, sdpu_pages_put);

	return 0;
}

static int sdpu_space_map_locked(struct sdpu_vdpa *sv, struct sdpu_space *space, u64 iova,
				 u64 size, u64 pa, u64 perm)
{
	u64 last = iova + size - 1;
	int err;

	lockdep_assert_held(&space->lock);
	if (sdpu_table_busy(&space->table, iova, last))
		return -EEXIST;

	err = sdpu_pages_get(pa, size);
	if (err)
		return err;

	err = sdpu_table_map(&space->table, iova, size, pa, perm);
	if (err) {
		sdpu_pages_put(pa, size);
		/* remove table pages that were made in vain; no leaf is among them */
		sdpu_space_unmap_locked(sv, space, iova, last);
	}

	return err;
}

static struct sdpu_space *sdpu_space_of(struct sdpu_vdpa *sv, unsigned int asid)
{
	return asid < sv->maps->num ? &sv->maps->space[asid] : NULL;
}

/* Pages, not grains: where they are larger, nobody can pin a part of one. */
static bool sdpu_map_range_ok(u64 iova, u64 size)
{
	return size && PAGE_ALIGNED(iova | size) && iova <= SDPU_TABLE_LAST &&
	       size - 1 <= SDPU_TABLE_LAST - iova;
}

static u64 sdpu_map_perm(u32 perm)
{
	return (perm & VHOST_ACCESS_RO ? SDPU_PT_READ : 0) |
	       (perm & VHOST_ACCESS_WO ? SDPU_PT_WRITE : 0);
}

/**
 * sdpu_map_dma_map - let the device see memory
 * @vdpa: device
 * @asid: address space
 * @iova: where the device sees it
 * @size: bytes
 * @pa: where it is; pinned by the caller
 * @perm: VHOST_ACCESS_*
 * @opaque: not used
 *
 * Context: may sleep, mmap_lock may be held for reading.
 * Return: 0; -EINVAL or -ERANGE for bad arguments, -EEXIST if something is mapped there,
 * -EFAULT if @pa is no memory, -ENOMEM.
 */
int sdpu_map_dma_map(struct vdpa_device *vdpa, unsigned int asid, u64 iova, u64 size, u64 pa,
		     u32 perm, void *opaque)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	struct sdpu_space *space = sdpu_space_of(sv, asid);
	u64 pa_last;

	/* vhost-vdpa passes on perm as its user wrote it */
	if (!space || !perm || (perm & ~VHOST_ACCESS_RW))
		return -EINVAL;
	if (!sdpu_map_range_ok(iova, size) || !PAGE_ALIGNED(pa))
		return -EINVAL;
	if (check_add_overflow(pa, size - 1, &pa_last) ||
	    pa_last > (SDPU_PT_ADDR | (SDPU_TABLE_GRAIN - 1)))
		return -ERANGE;

	guard(mutex)(&space->lock);

	return sdpu_space_map_locked(sv, space, iova, size, pa, sdpu_map_perm(perm));
}

/**
 * sdpu_map_dma_unmap - take memory away from the device
 * @vdpa: device
 * @asid: address space
 * @iova: where the device sees it
 * @size: bytes
 *
 * Context: may sleep, mmap_lock may be held for reading.
 * Return: 0: the device does not access the memory any more; or a negative errno:
 * it may, the pages are kept, and the device needs a reset.
 */
int sdpu_map_dma_unmap(struct vdpa_device *vdpa, unsigned int asid, u64 iova, u64 size)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	struct sdpu_space *space = sdpu_space_of(sv, asid);
	int err;

	if (!space || !sdpu_map_range_ok(iova, size))
		return -EINVAL;

	guard(mutex)(&space->lock);

	err = sdpu_space_unmap_locked(sv, space, iova, iova + size - 1);
	/* vhost-vdpa does not look at the result */
	if (err)
		sdpu_vdpa_fail(sv, "unmapping failed", err);

	return err;
}

/**
 * sdpu_map_reset - an address space as it was in the beginning: empty
 * @vdpa: device
 * @asid: address space
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int sdpu_map_reset(struct vdpa_device *vdpa, unsigned int asid)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	struct sdpu_space *space = sdpu_space_of(sv, asid);

	if (!space)
		return -EINVAL;

	guard(mutex)(&space->lock);

	return sdpu_space_unmap_locked(sv, space, 0, SDPU_TABLE_LAST);
}

/**
 * sdpu_map_get_range - addresses that can be mapped
 * @vdpa: device
 *
 * Context: any.
 */
struct vdpa_iova_range sdpu_map_get_range(struct vdpa_device *vdpa)
{
	return (struct vdpa_iova_range) { .first = 0, .last = SDPU_TABLE_LAST };
}

/**
 * sdpu_maps_root - where the page table of an address space is
 * @maps: address spaces
 * @asid: which one, below their number
 *
 * Context: any.
 */
u64 sdpu_maps_root(const struct sdpu_maps *maps, unsigned int asid)
{
	return sdpu_table_root(&maps->space[asid].table);
}

/**
 * sdpu_maps_publish - give the card the page tables
 * @maps: address spaces
 * @ctrl: control path
 *
 * Context: may sleep.
 * Return: 0, or an error after which the card may have some of them.
 */
int sdpu_maps_publish(struct sdpu_maps *maps, struct sdpu_ctrl *ctrl)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < maps->num && !err; i++)
		err = sdpu_cmd_as_set(ctrl, i, SDPU_AS_TABLE, sdpu_maps_root(maps, i));

	return err;
}

/**
 * sdpu_maps_withdraw - take the page tables away from the card
 * @maps: address spaces
 * @ctrl: control path
 *
 * Context: may sleep.
 * Return: 0, or an error: then the card may still have some of them.
 */
int sdpu_maps_withdraw(struct sdpu_maps *maps, struct sdpu_ctrl *ctrl)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < maps->num && !err; i++)
		err = sdpu_cmd_as_set(ctrl, i, SDPU_AS_EMPTY, 0);

	return err;
}

/**
 * sdpu_maps_alloc - make empty address spaces
 * @xp: where page tables come from
 * @num: how many
 *
 * Context: may sleep.
 * Return: NULL if there is no memory.
 */
struct sdpu_maps *sdpu_maps_alloc(struct sdpu_xport *xp, unsigned int num)
{
	struct sdpu_maps *maps;
	unsigned int i;

	maps = kzalloc(struct_size(maps, space, num), GFP_KERNEL);
	if (!maps)
		return NULL;
	maps->num = num;
	INIT_LIST_HEAD(&maps->node);

	for (i = 0; i < num; i++) {
		maps->space[i].asid = i;
		if (sdpu_table_init(&maps->space[i].table, xp))
			goto exit_tables;
		mutex_init(&maps->space[i].lock);
	}

	return maps;

exit_tables:
	while (i--)
		sdpu_table_exit(&maps->space[i].table, sdpu_pages_put);
	kfree(maps);

	return NULL;
}

/**
 * sdpu_maps_free - free address spaces and let go of all pages in them
 * @maps: address spaces that the card does not use any more
 *
 * Context: may sleep.
 */
void sdpu_maps_free(struct sdpu_maps *maps)
{
	unsigned int i;

	for (i = 0; i < maps->num; i++) {
		sdpu_table_exit(&maps->space[i].table, sdpu_pages_put);
		mutex_destroy(&maps->space[i].lock);
	}
	kfree(maps);
}
