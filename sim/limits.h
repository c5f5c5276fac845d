/* SPDX-License-Identifier: GPL-2.0-only */
/* How many of what one host can have. Each number is checked where it enters. */
#ifndef _SDPU_SIM_LIMITS_H
#define _SDPU_SIM_LIMITS_H

#define SDPU_MAX_CARDS		16
#define SDPU_MAX_VFS		64	/* a card */
#define SDPU_RATE_GROUPS	64	/* likewise */

#endif /* _SDPU_SIM_LIMITS_H */
