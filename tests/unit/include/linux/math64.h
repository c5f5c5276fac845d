/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_MATH64_H
#define _UNIT_LINUX_MATH64_H

#include <linux/types.h>

#define div_u64(a, b)	((u64)(a) / (u32)(b))
#define div64_u64(a, b)	((u64)(a) / (u64)(b))

#endif /* _UNIT_LINUX_MATH64_H */
