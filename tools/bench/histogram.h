/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A histogram of times that takes no more memory however many there are: buckets
 * grow with what they hold, so that a percentile is at most 1/128 too high.
 */
#ifndef _SDPU_BENCH_HISTOGRAM_H
#define _SDPU_BENCH_HISTOGRAM_H

#include <stdint.h>

/* buckets an octave, as a power of two */
#define HISTOGRAM_BITS	7
#define HISTOGRAM_NUM	((65 - HISTOGRAM_BITS) << HISTOGRAM_BITS)

/**
 * struct histogram - how often each value was seen
 * @count: values
 * @max: the largest
 * @bucket: how many, by what histogram_bucket() says
 */
struct histogram {
	uint64_t count;
	uint64_t max;
	uint64_t bucket[HISTOGRAM_NUM];
};

void histogram_clear(struct histogram *h);
void histogram_add(struct histogram *h, uint64_t value);

/*
 * What @percent of the values do not exceed, at most 1/128 too high and never above
 * the largest; 0 if there is none.
 */
uint64_t histogram_percentile(const struct histogram *h, double percent);

#endif /* _SDPU_BENCH_HISTOGRAM_H */
