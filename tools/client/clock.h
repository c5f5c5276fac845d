/* SPDX-License-Identifier: GPL-2.0-only */
/* What time it is. */
#ifndef _SDPU_CLIENT_CLOCK_H
#define _SDPU_CLIENT_CLOCK_H

#include "vdpa.h"

/*
 * Nanoseconds of CLOCK_MONOTONIC.
 *
 * In User-Mode Linux the processor's time stamp counter, if that is as good: there a system
 * call is the only other way, and takes as long as what is to be measured.
 */
u64 now_ns(void);

#endif /* _SDPU_CLIENT_CLOCK_H */
