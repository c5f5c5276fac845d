/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_SPINLOCK_H
#define _UNIT_LINUX_SPINLOCK_H

/* There is one thread only. */
typedef struct { } spinlock_t;

#endif /* _UNIT_LINUX_SPINLOCK_H */
