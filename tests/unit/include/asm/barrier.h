/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_ASM_BARRIER_H
#define _UNIT_ASM_BARRIER_H

#include <linux/compiler.h>

#define smp_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb()	__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)
#define dma_rmb()	smp_rmb()
#define dma_wmb()	smp_wmb()

#define smp_load_acquire(p) ({ \
	unit_read((const void *)(p), sizeof(*(p))); \
	__atomic_load_n((p), __ATOMIC_ACQUIRE); \
})
#define smp_store_release(p, value)	__atomic_store_n((p), (value), __ATOMIC_RELEASE)

#endif /* _UNIT_ASM_BARRIER_H */
