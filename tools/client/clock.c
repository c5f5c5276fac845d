// SPDX-License-Identifier: GPL-2.0-only
/* What time it is. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"

static u64 kernel_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

#ifdef __x86_64__
#include <cpuid.h>
#include <x86intrin.h>

#define CLOCKSOURCE	"/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define UML_CLOCKSOURCE	"timer"

#define CPUID_POWER	0x80000007
#define INVARIANT_TSC	(1u << 8)	/* in EDX: the same rate always and everywhere */

/* How long the two clocks are compared: with an error of a microsecond, one in 20000. */
#define COMPARE_NS	20000000

struct instant {
	u64 tsc;
	u64 ns;
};

static struct {
	bool tried;
	bool good;
	struct instant start;
	double ns_per_tick;
} counter;

/*
 * What both clocks say at the same time. The kernel says it in the midst of the call: of
 * a few tries the shortest one counts.
 */
static struct instant both_clocks(void)
{
	u64 before, ns, took, shortest = ~0ull;
	struct instant best = {};
	int i;

	for (i = 0; i < 10; i++) {
		before = __rdtsc();
		ns = kernel_ns();
		took = __rdtsc() - before;
		if (took >= shortest)
			continue;
		shortest = took;
		best.tsc = before + took / 2;
		best.ns = ns;
	}
	return best;
}

/*
 * Any other kernel uses the counter itself, without a system call, or has found out that
 * the counter is not to be trusted, as that of an emulated processor is.
 */
static bool in_uml(void)
{
	FILE *file = fopen(CLOCKSOURCE, "r");
	char name[32] = "";
	bool uml;

	if (!file)
		return false;
	uml = fgets(name, sizeof(name), file) && !strcmp(name, UML_CLOCKSOURCE "\n");
	fclose(file);
	return uml;
}

static void compare_clocks(void)
{
	struct instant *start = &counter.start, end;
	unsigned int a, b, c, d;

	counter.tried = true;
	if (!in_uml() || !__get_cpuid(CPUID_POWER, &a, &b, &c, &d) || !(d & INVARIANT_TSC))
		return;
	*start = both_clocks();
	while (kernel_ns() - start->ns < COMPARE_NS)
		;
	end = both_clocks();
	counter.ns_per_tick = (double)(end.ns - start->ns) / (end.tsc - start->tsc);
	counter.good = end.tsc > start->tsc;
}

u64 now_ns(void)
{
	if (!counter.tried)
		compare_clocks();
	if (!counter.good)
		return kernel_ns();
	return counter.start.ns + (int64_t)((__rdtsc() - counter.start.tsc) * counter.ns_per_tick);
}

#else

u64 now_ns(void)
{
	return kernel_ns();
}

#endif
