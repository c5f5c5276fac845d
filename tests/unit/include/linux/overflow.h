/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_OVERFLOW_H
#define _UNIT_LINUX_OVERFLOW_H

#define check_add_overflow(a, b, sum)		__builtin_add_overflow(a, b, sum)
#define check_sub_overflow(a, b, difference)	__builtin_sub_overflow(a, b, difference)
#define check_mul_overflow(a, b, product)	__builtin_mul_overflow(a, b, product)

#endif /* _UNIT_LINUX_OVERFLOW_H */
