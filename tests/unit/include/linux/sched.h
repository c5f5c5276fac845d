/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_SCHED_H
#define _UNIT_LINUX_SCHED_H

/* Nobody to make room for. */
#define cond_resched()	((void)0)

#endif /* _UNIT_LINUX_SCHED_H */
