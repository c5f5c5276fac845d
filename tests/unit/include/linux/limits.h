/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_LIMITS_H
#define _UNIT_LINUX_LIMITS_H

#include_next <linux/limits.h>

#define U8_MAX		0xff
#define U16_MAX		0xffff
#define U32_MAX		0xffffffffu
#define U64_MAX		0xffffffffffffffffull
#define S64_MAX		0x7fffffffffffffffll

#endif /* _UNIT_LINUX_LIMITS_H */
