// SPDX-License-Identifier: GPL-2.0-only
/* Processors that stand still. */
#define _GNU_SOURCE
#include <sched.h>

#include "cpus.h"

void cpus_visit(void)
{
	cpu_set_t all, one;
	int i;

	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	for (i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		/* returns there */
		sched_setaffinity(0, sizeof(one), &one);
	}
	sched_setaffinity(0, sizeof(all), &all);
}
