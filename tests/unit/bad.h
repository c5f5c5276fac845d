/* SPDX-License-Identifier: GPL-2.0-only */
/* A ring whose driver breaks the rules: what the tests of both layouts have in common. */
#ifndef _UNIT_BAD_H
#define _UNIT_BAD_H

#include "reads.h"
#include "vdrv.h"
#include "tap.h"

#define SIZE		8u
#define READS_BOUND	(3 * 1024u + 16)	/* 3 a descriptor, 1024 of them */

/* To write descriptors by hand. */
#define PAGE(n)		(VDRV_BUFFERS - 0xe80 + (n) * 4096ull)
#define HEAD0		((struct sdpu_head){ .slots = 1 })
#define NEXT		1
#define WRITE		2
#define INDIRECT	4

static struct sdpu_vring vring;
static struct sdpu_chain chain;

static inline void bad_ring(u32 size, bool packed, bool indirect, bool event_idx, u16 index)
{
	struct sdpu_vring_attrs attrs;

	gmem_new(true, 42);
	vdrv_new(size, packed, event_idx, index);
	attrs = vdrv_attrs(indirect);
	if (sdpu_vring_init(&vring, &attrs, gmem_as()))
		abort();
}

/* The ring has stopped because of @broken, and does nothing any more. */
static inline bool stopped(u16 broken)
{
	u16 avail = vring.last_avail, used = vring.next_used;

	sdpu_vring_kicks_off(&vring);
	sdpu_vring_push(&vring, HEAD0, 1);
	return vring.broken == broken &&
	       !sdpu_vring_pop(&vring, &chain) &&
	       !sdpu_vring_kicks_on(&vring) && !sdpu_vring_pending(&vring) &&
	       !sdpu_vring_publish(&vring) &&
	       vring.last_avail == avail && vring.next_used == used &&
	       vring.broken == broken && gmem_as_expected();
}

static inline bool stops_at_pop(u16 broken)
{
	bool popped = COUNTED(sdpu_vring_pop(&vring, &chain));

	return !popped && reads.count <= READS_BOUND && !reads.overflow && stopped(broken);
}

static inline bool pops(void)
{
	return WATCHED(sdpu_vring_pop(&vring, &chain)) && !vring.broken &&
	       reads.count <= READS_BOUND;
}

static inline void done(bool good, const char *name)
{
	if (!tap_ok(good, "%s%s", vdrv.packed ? "packed: " : "", name))
		printf("#   broken %u, %u reads, memory %s\n", vring.broken, reads.count,
		       gmem_as_expected() ? "as expected" : "differs");
	sdpu_vring_free(&vring);
}

#endif /* _UNIT_BAD_H */
