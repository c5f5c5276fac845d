/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocations, from malloc(), so that the sanitizers see each one's bounds and
 * leaks. A test makes the n-th allocation from now on fail.
 */
#ifndef _UNIT_LINUX_SLAB_H
#define _UNIT_LINUX_SLAB_H

#include <linux/types.h>
#include <stdlib.h>

#define GFP_KERNEL	0
#define GFP_ATOMIC	1

typedef int gfp_t;

/* Allocations that still succeed; negative: all of them. */
__attribute__((weak)) int unit_alloc_budget = -1;

/* Bytes that were ever allocated. */
__attribute__((weak)) size_t unit_alloc_bytes;

static inline void *unit_calloc(size_t n, size_t size)
{
	if (!unit_alloc_budget)
		return NULL;
	if (unit_alloc_budget > 0)
		unit_alloc_budget--;
	unit_alloc_bytes += n * size;
	return calloc(n, size);
}

#define kvcalloc(n, size, gfp)		((void)(gfp), unit_calloc(n, size))
#define kvmalloc_array(n, size, gfp)	((void)(gfp), unit_calloc(n, size))
#define kvmalloc(size, gfp)		((void)(gfp), unit_calloc(1, size))
#define kvzalloc(size, gfp)		((void)(gfp), unit_calloc(1, size))
#define kvfree(p)			free(p)
#define kcalloc(n, size, gfp)		((void)(gfp), unit_calloc(n, size))
#define kmalloc(size, gfp)		((void)(gfp), unit_calloc(1, size))
#define kzalloc(size, gfp)		((void)(gfp), unit_calloc(1, size))
#define kfree(p)			free(p)

#endif /* _UNIT_LINUX_SLAB_H */
