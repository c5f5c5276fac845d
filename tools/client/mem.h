/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory shared with a device: a memfd, so that it works for parents that pin
 * pages (PA mode) and for those that map shared files (VA mode) alike.
 */
#ifndef _SDPU_CLIENT_MEM_H
#define _SDPU_CLIENT_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define MEM_PAGE	4096ul
#define MEM_HUGE	(2ul << 20)

/**
 * struct mem - a piece of memory, populated and zeroed
 * @va: where it is here, aligned to MEM_HUGE
 * @len: bytes, a multiple of MEM_HUGE
 * @used: bytes that mem_take() gave away
 * @iova: where a device sees it
 * @fd: the memfd
 * @huge: made of 2-MiB pages of hugetlbfs
 */
struct mem {
	u8 *va;
	size_t len;
	size_t used;
	u64 iova;
	int fd;
	bool huge;
};

/* At least @len bytes that devices see at @iova. 0 or a negative errno. */
int mem_alloc(struct mem *m, size_t len, u64 iova);
void mem_free(struct mem *m);

/* The next @len bytes, aligned to @align (a power of two); NULL when it is full. */
void *mem_take(struct mem *m, size_t len, size_t align);

/* Where a device sees @p, which lies in @m. */
static inline u64 mem_iova(const struct mem *m, const void *p)
{
	return m->iova + (u64)((const u8 *)p - m->va);
}

/* Is all of it @byte? */
bool mem_filled(const struct mem *m, u8 byte);

#endif /* _SDPU_CLIENT_MEM_H */
