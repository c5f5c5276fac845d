/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_DEVICE_H
#define _UNIT_LINUX_DEVICE_H

struct device {
	void *platform_data;
};

static inline void *dev_get_platdata(const struct device *dev)
{
	return dev->platform_data;
}

#endif /* _UNIT_LINUX_DEVICE_H */
