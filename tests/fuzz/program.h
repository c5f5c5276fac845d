/* SPDX-License-Identifier: GPL-2.0-only */
/* The input of a fuzzer, read as a program: an endless one, which ends with zeros. */
#ifndef _FUZZ_PROGRAM_H
#define _FUZZ_PROGRAM_H

#include <linux/types.h>

static const u8 *program;
static size_t program_left;

static inline void program_start(const u8 *data, size_t size)
{
	program = data;
	program_left = size;
}

/* The next @bytes of it as a big-endian number, up to 8. */
static inline u64 take(unsigned int bytes)
{
	u64 value = 0;

	while (bytes--) {
		value = value << 8 | (program_left ? *program : 0);
		program += !!program_left;
		program_left -= !!program_left;
	}
	return value;
}

static inline void take_bytes(void *to, size_t bytes)
{
	u8 *p = to;

	while (bytes--)
		*p++ = take(1);
}

#endif /* _FUZZ_PROGRAM_H */
