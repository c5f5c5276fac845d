/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses to memory that somebody else changes. Each read is announced to a
 * test that asks for it: that is how tests count reads, find a value that is
 * read twice, and change memory at the worst moment.
 */
#ifndef _UNIT_LINUX_COMPILER_H
#define _UNIT_LINUX_COMPILER_H

#include <stddef.h>

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define barrier()	__asm__ __volatile__("" : : : "memory")

#ifndef __always_inline
#define __always_inline	inline __attribute__((always_inline))
#endif
#ifndef noinline
#define noinline	__attribute__((noinline))
#endif
#ifndef __packed
#define __packed	__attribute__((packed))
#endif
#ifndef __maybe_unused
#define __maybe_unused	__attribute__((unused))
#endif
#ifndef fallthrough
#define fallthrough	__attribute__((fallthrough))
#endif
#define __force

#define sizeof_field(type, member)	sizeof(((type *)0)->member)
#ifndef offsetofend
#define offsetofend(type, member)	(offsetof(type, member) + sizeof_field(type, member))
#endif

/* Set by a test that wants to know; called before the read takes place. */
__attribute__((weak)) void (*unit_read_hook)(const void *from, size_t len);

static inline void unit_read(const void *from, size_t len)
{
#ifndef UNIT_BENCH
	if (unlikely(unit_read_hook))
		unit_read_hook(from, len);
#else
	(void)from;
	(void)len;
#endif
}

#define READ_ONCE(x) ({ \
	unit_read((const void *)&(x), sizeof(x)); \
	*(const volatile __typeof__(x) *)&(x); \
})

#define WRITE_ONCE(x, value) do { \
	*(volatile __typeof__(x) *)&(x) = (value); \
} while (0)

#endif /* _UNIT_LINUX_COMPILER_H */
