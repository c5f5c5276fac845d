// SPDX-License-Identifier: GPL-2.0-only
/* Memory shared with a device. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mem.h"

#ifndef MFD_HUGETLB
#define MFD_HUGETLB 0x0004U
#endif
#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB (21U << 26)
#endif

static size_t round_up(size_t v, size_t to)
{
	return (v + to - 1) & ~(to - 1);
}

/* Address space aligned to MEM_HUGE, so that transparent huge pages fit. */
static void *reserve(size_t len)
{
	u8 *p, *va;

	p = mmap(NULL, len + MEM_HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	va = (u8 *)round_up((size_t)p, MEM_HUGE);
	if (va != p)
		munmap(p, va - p);
	munmap(va + len, p + MEM_HUGE - va);
	return va;
}

static int try_map(struct mem *m, unsigned int flags)
{
	void *va;
	int err;

	m->fd = memfd_create("sdpu-client", MFD_CLOEXEC | flags);
	if (m->fd < 0)
		return -errno;
	if (ftruncate(m->fd, m->len) < 0)
		goto fail;
	va = reserve(m->len);
	if (!va)
		goto fail;
	m->va = mmap(va, m->len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, m->fd, 0);
	if (m->va == MAP_FAILED) {
		err = -errno;
		munmap(va, m->len);
		close(m->fd);
		return err;
	}
	return 0;

fail:
	err = -errno;
	close(m->fd);
	return err;
}

int mem_alloc(struct mem *m, size_t len, u64 iova)
{
	int err;

	memset(m, 0, sizeof(*m));
	m->len = round_up(len ? len : 1, MEM_HUGE);
	m->iova = iova;
	/* a reservation that cannot be met fails in mmap, not at the first touch */
	err = try_map(m, MFD_HUGETLB | MFD_HUGE_2MB);
	m->huge = !err;
	if (err) {
		err = try_map(m, 0);
		if (err)
			return err;
		madvise(m->va, m->len, MADV_HUGEPAGE);
	}
	memset(m->va, 0, m->len);
	return 0;
}

void mem_free(struct mem *m)
{
	if (!m->va)
		return;
	munmap(m->va, m->len);
	close(m->fd);
	m->va = NULL;
}

void *mem_take(struct mem *m, size_t len, size_t align)
{
	size_t at = round_up(m->used, align);

	if (at > m->len || len > m->len - at)
		return NULL;
	m->used = at + len;
	return m->va + at;
}

bool mem_filled(const struct mem *m, u8 byte)
{
	size_t i;

	for (i = 0; i < m->len; i++)
		if (m->va[i] != byte)
			return false;
	return true;
}
