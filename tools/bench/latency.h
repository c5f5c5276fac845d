/* SPDX-License-Identifier: GPL-2.0-only */
/* softdpu-bench --latency: one frame on the way, to a device that sleeps. */
#ifndef _SDPU_BENCH_LATENCY_H
#define _SDPU_BENCH_LATENCY_H

#include "bench.h"

/* Measure for @seconds (0: until a signal), print it unless @number is 0. 0 or a negative errno. */
int latency_round(const struct options *o, struct flow *f, double seconds, unsigned int number);

#endif /* _SDPU_BENCH_LATENCY_H */
