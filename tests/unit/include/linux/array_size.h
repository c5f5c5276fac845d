/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_ARRAY_SIZE_H
#define _UNIT_LINUX_ARRAY_SIZE_H

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#endif /* _UNIT_LINUX_ARRAY_SIZE_H */
