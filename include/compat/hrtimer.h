/* SPDX-License-Identifier: GPL-2.0-only */
/* hrtimers as of 7.2, for older kernels: see vdpa.h. */
#ifndef _SOFTDPU_COMPAT_HRTIMER_H
#define _SOFTDPU_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)

/* 6.13 made setting the function a part of the initialization. */
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}

#endif

#endif /* _SOFTDPU_COMPAT_HRTIMER_H */
