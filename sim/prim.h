/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pure parts of the card (address spaces, virtqueues, parsers) need
 * from their surroundings. In user space the headers are the small stand-ins
 * of tests/unit/include, and the test supplies the memory.
 *
 * Nothing here but sdpu_prim_dma_virt() knows where it runs.
 */
#ifndef _SDPU_SIM_PRIM_H
#define _SDPU_SIM_PRIM_H

#include <linux/types.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>

#include <softdpu/ctrl.h>

/* The page of the ABI's page tables, whatever the kernel's own page is. */
#define SDPU_PRIM_PAGE		((u64)1 << SDPU_PT_PAGE_SHIFT)

/*
 * Copy a few bytes, of a number that the compiler knows. It makes loads and stores of
 * that, for which memcpy() is a call where a kernel is built with -fno-builtin, as
 * User-Mode Linux is.
 */
static __always_inline void sdpu_prim_copy(void *to, const void *from, size_t len)
{
	__builtin_memcpy(to, from, len);
}

/* The largest piece that sdpu_prim_dma_span() is asked for. */
#define SDPU_PRIM_SPAN_SHIFT	21
#define SDPU_PRIM_SPAN		((u64)1 << SDPU_PRIM_SPAN_SHIFT)

#ifdef __KERNEL__

/**
 * sdpu_prim_dma_virt - memory behind a DMA address of the host
 * @dma: DMA address
 *
 * The card sits behind no IOMMU, so a DMA address is a physical address. As
 * on a bus, what is no memory does not answer.
 *
 * The owner of the memory (the driver, in the end whoever pinned it) vouches
 * that it is ordinary memory with a direct map: pages that are pinned for long
 * or come from the DMA API always are. pfn_valid() alone would also let a hole
 * inside a memory section pass.
 *
 * Return: NULL if there is none.
 */
static inline void *sdpu_prim_dma_virt(u64 dma)
{
	if (!pfn_valid(dma >> PAGE_SHIFT))
		return NULL;
	return phys_to_virt(dma);
}

/**
 * sdpu_prim_dma_span - memory behind a naturally aligned range
 * @dma: DMA address, a multiple of @len
 * @len: power of two, from SDPU_PRIM_PAGE to SDPU_PRIM_SPAN
 *
 * Two looks are enough: memory comes and goes in subsections (2 MiB) with
 * SPARSEMEM, and is a single range with FLATMEM. The direct map is linear.
 *
 * Return: NULL unless all of it is memory.
 */
static inline void *sdpu_prim_dma_span(u64 dma, u64 len)
{
	if (len > PAGE_SIZE && !pfn_valid((dma + len - 1) >> PAGE_SHIFT))
		return NULL;
	return sdpu_prim_dma_virt(dma);
}

/**
 * sdpu_prim_snapshot - copy what the other side may be changing
 * @to: private memory
 * @from: shared memory
 * @len: bytes
 *
 * Whatever the other side writes meanwhile, @to is read from memory once: the
 * barrier keeps the compiler from going back to @from for the value.
 */
static __always_inline void sdpu_prim_snapshot(void *to, const void *from, size_t len)
{
	sdpu_prim_copy(to, from, len);
	barrier();
}

#else

/* Supplied by each test: NULL unless all of the range is memory. */
void *unit_dma_span(u64 dma, u64 len);

static inline void *sdpu_prim_dma_span(u64 dma, u64 len)
{
	return unit_dma_span(dma, len);
}

static inline void *sdpu_prim_dma_virt(u64 dma)
{
	return unit_dma_span(dma, 1);
}

static inline void sdpu_prim_snapshot(void *to, const void *from, size_t len)
{
	unit_read(from, len);
	memcpy(to, from, len);
	barrier();
}

#endif /* __KERNEL__ */
#endif /* _SDPU_SIM_PRIM_H */
