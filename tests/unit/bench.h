/* SPDX-License-Identifier: GPL-2.0-only */
/* What the benches have in common. */
#ifndef _UNIT_BENCH_H
#define _UNIT_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Nanoseconds. */
static inline double bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/*
 * BENCH [SHAPE [TIMES]]: run one of @shapes, structures that begin with their names and
 * have @size bytes, or, without a shape, list them. @times unless told otherwise.
 */
static inline int bench_main(int argc, char **argv, const void *shapes, size_t size, size_t num,
			     void (*run)(const void *shape, unsigned int times),
			     unsigned int times)
{
	const char *shape = shapes;

	for (; num; num--, shape += size) {
		const char *name = *(const char *const *)shape;

		if (argc < 2)
			puts(name);
		else if (!strcmp(argv[1], name))
			run(shape, argc > 2 ? (unsigned int)atoi(argv[2]) : times);
	}
	return 0;
}

#endif /* _UNIT_BENCH_H */
