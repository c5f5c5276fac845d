/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included first when User-Mode Linux's queued locks are compiled.
 *
 * Who holds a lock that a virtual CPU waits for may be another one that the host has put
 * aside, for as long as the waiting one spins: on as many processors as there are virtual CPUs,
 * with user space and other labs on them, that was a tenth of a checked kernel's time. So it
 * gives its processor away after a moment.
 */
#include <asm/processor.h>

#define LAB_SPINS	64

/* of the C library that the kernel is linked with */
int sched_yield(void);

static inline void lab_relax(void)
{
	/* of all waiters; how exact it is does not matter */
	static unsigned int spins;

	cpu_relax();
	if (!(++spins % LAB_SPINS))
		sched_yield();
}

#define cpu_relax() lab_relax()
