/* SPDX-License-Identifier: GPL-2.0-only */
/* devlink as of 7.2, for older kernels: see vdpa.h. */
#ifndef _SOFTDPU_COMPAT_DEVLINK_H
#define _SOFTDPU_COMPAT_DEVLINK_H

#include <linux/version.h>
#include <net/devlink.h>

/* 6.18 moved the time between two recoveries to the reporter's ops. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define sdpu_devl_health_reporter_create(devlink, ops, priv) \
	devl_health_reporter_create(devlink, ops, 0, priv)
#else
#define sdpu_devl_health_reporter_create(devlink, ops, priv) \
	devl_health_reporter_create(devlink, ops, priv)
#endif

#endif /* _SOFTDPU_COMPAT_DEVLINK_H */
