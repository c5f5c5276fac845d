/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_MINMAX_H
#define _UNIT_LINUX_MINMAX_H

#include <linux/limits.h>

#define min_t(type, a, b) ({ \
	type min_a = (a), min_b = (b); \
	min_a < min_b ? min_a : min_b; \
})
#define max_t(type, a, b) ({ \
	type max_a = (a), max_b = (b); \
	max_a > max_b ? max_a : max_b; \
})
#define clamp_t(type, v, lo, hi)	min_t(type, max_t(type, v, lo), hi)
/* Both sides must have one type, as the kernel demands of unlike signs. */
#define min(a, b)	({ (void)(&(__typeof__(a)){0} == &(__typeof__(b)){0}); \
			   min_t(__typeof__(a), a, b); })
#define max(a, b)	({ (void)(&(__typeof__(a)){0} == &(__typeof__(b)){0}); \
			   max_t(__typeof__(a), a, b); })

#endif /* _UNIT_LINUX_MINMAX_H */
