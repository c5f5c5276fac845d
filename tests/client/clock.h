/* SPDX-License-Identifier: GPL-2.0-only */
/* What time it is. */
#ifndef _SDPU_CLIENT_CLOCK_H
#define _SDPU_CLIENT_CLOCK_H

#include "vdpa.h"

/*
 * Nanoseconds of CLOCK_MONOTONIC.
 *
 * The processor's time stamp counter where that is as good, without asking the kernel:
 * in User-Mode Linux there is no other way than a system call, and that takes as long as
 * what is to be measured.
 */
u64 now_ns(void);

#endif /* _SDPU_CLIENT_CLOCK_H */
