/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_BITS_H
#define _UNIT_LINUX_BITS_H

#define BIT(n)		(1ul << (n))
#define BIT_ULL(n)	(1ull << (n))

#define BITS_PER_LONG	(8 * __SIZEOF_LONG__)

#endif /* _UNIT_LINUX_BITS_H */
