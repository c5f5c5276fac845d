/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of a guest, made to be checked. Guest pages lie in host frames, in
 * order or shuffled. The page table is written here with the numbers of
 * Documentation/control-path.rst, not with the macros under test, and guest
 * memory is reached through a plain array, never through the page table.
 *
 * @shadow is what @host should look like: the model writes both, the device
 * under test only @host. What differs was written by mistake, or was not
 * written.
 */
#ifndef _UNIT_GMEM_H
#define _UNIT_GMEM_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sim/as.h"
#include "../../sim/vring.h"

#define GMEM_PAGES	2048u			/* of the guest, and frames of the host */
#define GMEM_TABLES	64u			/* pages for page tables */
#define GMEM_IOVA	0x00007f123ff00000ull	/* first address, crosses 1 GiB and 2 MiB */
#define GMEM_DMA	0x0000000140000000ull	/* first frame */
#define GMEM_TABLE_DMA	0x0000000080000000ull	/* first table */
#define GMEM_R		2ull
#define GMEM_W		4ull
#define GMEM_RW		6ull

struct gmem {
	u8 *host, *shadow;
	u8 *tables;
	unsigned int num_tables;
	unsigned int frame[GMEM_PAGES];
	u64 rng;
	struct sdpu_as as;
};

static struct gmem gmem;

/* All of it in one address space. */
static inline struct sdpu_vring_as gmem_as(void)
{
	return (struct sdpu_vring_as){ .areas = &gmem.as, .buffers = &gmem.as };
}

static inline u64 gmem_random(void)
{
	gmem.rng ^= gmem.rng << 13;
	gmem.rng ^= gmem.rng >> 7;
	gmem.rng ^= gmem.rng << 17;
	return gmem.rng;
}

static inline u32 gmem_below(u32 n)
{
	return (gmem_random() >> 20) % n;
}

/* The card's view of host memory (sim/prim.h): frames and tables, no more. */
void *unit_dma_span(u64 dma, u64 len)
{
	/* What sim/prim.h promises to ask for. */
	if (!len || len > 0x200000 || (len & (len - 1)) || (dma & (len - 1)))
		abort();
	if (dma >= GMEM_DMA && dma <= GMEM_DMA + GMEM_PAGES * 4096ull - len)
		return gmem.host + (dma - GMEM_DMA);
	if (dma >= GMEM_TABLE_DMA && dma <= GMEM_TABLE_DMA + GMEM_TABLES * 4096ull - len)
		return gmem.tables + (dma - GMEM_TABLE_DMA);
	return NULL;
}

static inline u64 gmem_get(const u8 *p, unsigned int bytes)
{
	u64 value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

static inline void gmem_put(u8 *p, u64 value, unsigned int bytes)
{
	for (; bytes--; value >>= 8)
		*p++ = value;
}

/* The entry of @level (3 at the top) for @iova, tables above it made if missing. */
static u8 *gmem_entry(u64 iova, unsigned int level)
{
	u8 *table = gmem.tables;
	unsigned int l;
	u8 *entry;

	for (l = 3;; l--) {
		entry = table + 8 * (iova >> (12 + 9 * l) & 511);
		if (l == level)
			return entry;
		if (!(gmem_get(entry, 8) & 1)) {
			if (++gmem.num_tables >= GMEM_TABLES)
				abort();
			gmem_put(entry, (GMEM_TABLE_DMA + gmem.num_tables * 4096ull) | 1, 8);
		}
		table = gmem.tables + (gmem_get(entry, 8) & 0xffffffffff000ull) - GMEM_TABLE_DMA;
	}
}

static inline void gmem_map(u64 iova, u64 dma, u64 perm)
{
	gmem_put(gmem_entry(iova, 0), dma | 9 | perm, 8);
}

static inline void gmem_unmap(u64 iova)
{
	gmem_put(gmem_entry(iova, 0), 0, 8);
}

/* Other permissions, or none, for the guest page at @iova. */
static inline void gmem_protect(u64 iova, u64 perm)
{
	u64 page = (iova - GMEM_IOVA) / 4096;

	gmem_map(iova, GMEM_DMA + gmem.frame[page] * 4096ull, perm);
}

/* Where a byte of the guest is, in @host or in @shadow. */
static inline u8 *gmem_at(u8 *base, u64 iova)
{
	u64 page = (iova - GMEM_IOVA) / 4096;

	if (iova < GMEM_IOVA || page >= GMEM_PAGES)
		abort();
	return base + gmem.frame[page] * 4096ull + iova % 4096;
}

/* What the guest stores is expected to be there: host and shadow. */
static inline void guest_put(u64 iova, u64 value, unsigned int bytes)
{
	for (; bytes--; value >>= 8, iova++) {
		*gmem_at(gmem.host, iova) = value;
		*gmem_at(gmem.shadow, iova) = value;
	}
}

/* The guest stores @len bytes of no meaning. */
static inline void guest_fill(u64 iova, u32 len)
{
	u64 value = 0;
	u8 *to[2];
	u32 k, piece;

	for (; len; len -= piece, iova += piece) {
		piece = min_t(u32, len, 4096 - iova % 4096);
		to[0] = gmem_at(gmem.host, iova);
		to[1] = gmem_at(gmem.shadow, iova);
		for (k = 0; k < piece; k++, value >>= 8) {
			if (!(k % 8))
				value = gmem_random();
			to[0][k] = value;
			to[1][k] = value;
		}
	}
}

/* What the device should have stored: shadow only. */
static inline void expect_put(u64 iova, u64 value, unsigned int bytes)
{
	for (; bytes--; value >>= 8, iova++)
		*gmem_at(gmem.shadow, iova) = value;
}

static inline u64 guest_get(u64 iova, unsigned int bytes)
{
	u64 value = 0;

	while (bytes--)
		value = value << 8 | *gmem_at(gmem.host, iova + bytes);
	return value;
}

/* Whether everything that was written was to be written, and the other way round. */
static inline bool gmem_as_expected(void)
{
	return !memcmp(gmem.host, gmem.shadow, GMEM_PAGES * 4096ull);
}

static inline void gmem_swap_frames(unsigned int a, unsigned int b)
{
	unsigned int frame = gmem.frame[a];

	gmem.frame[a] = gmem.frame[b];
	gmem.frame[b] = frame;
}

/* Anything may be in memory that nobody wrote: what the last test left will do. */
static void gmem_alloc(void)
{
	u32 i;

	gmem.host = aligned_alloc(1 << 21, GMEM_PAGES * 4096ull);
	gmem.shadow = malloc(GMEM_PAGES * 4096ull);
	gmem.tables = aligned_alloc(4096, GMEM_TABLES * 4096ull);
	if (!gmem.host || !gmem.shadow || !gmem.tables)
		abort();
	for (i = 0; i < GMEM_PAGES * 4096u; i += 8)
		*(u64 *)(gmem.host + i) = gmem_random();
	memcpy(gmem.shadow, gmem.host, GMEM_PAGES * 4096ull);
}

/* A new guest, all of whose pages are mapped, in order or shuffled. */
static void gmem_new(bool shuffled, u64 seed)
{
	unsigned int i;

	gmem.rng = seed * 0x9e3779b97f4a7c15ull + 1;
	if (!gmem.host)
		gmem_alloc();
	if (!gmem_as_expected())
		memcpy(gmem.shadow, gmem.host, GMEM_PAGES * 4096ull);
	memset(gmem.tables, 0, GMEM_TABLES * 4096ull);
	gmem.num_tables = 0;

	for (i = 0; i < GMEM_PAGES; i++)
		gmem.frame[i] = i;
	for (i = GMEM_PAGES - 1; shuffled && i; i--)
		gmem_swap_frames(i, gmem_below(i + 1));
	for (i = 0; i < GMEM_PAGES; i++)
		gmem_protect(GMEM_IOVA + i * 4096ull, GMEM_RW);

	gmem.as.mode = 1;
	gmem.as.root = (const __le64 *)gmem.tables;
}

/* Two guest pages change places in host memory; both can be read and written then. */
static inline void gmem_move_pages(u32 a, u32 b)
{
	u8 page[4096];
	u32 i;

	for (i = 0; i < 2; i++) {
		u8 *base = i ? gmem.shadow : gmem.host;
		u8 *pa = gmem_at(base, GMEM_IOVA + a * 4096ull);
		u8 *pb = gmem_at(base, GMEM_IOVA + b * 4096ull);

		memcpy(page, pa, 4096);
		memmove(pa, pb, 4096);
		memcpy(pb, page, 4096);
	}
	gmem_swap_frames(a, b);
	gmem_protect(GMEM_IOVA + a * 4096ull, GMEM_RW);
	gmem_protect(GMEM_IOVA + b * 4096ull, GMEM_RW);
}

#endif /* _UNIT_GMEM_H */
