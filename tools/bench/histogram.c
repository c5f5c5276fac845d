// SPDX-License-Identifier: GPL-2.0-only
/* A log-linear histogram. */
#include <string.h>

#include "histogram.h"

#define SUB	(1u << HISTOGRAM_BITS)

/* Values below 2 * SUB have a bucket each; from there on every octave has SUB. */
static unsigned int bucket_of(uint64_t value)
{
	unsigned int shift = 0;

	if (value >= 2 * SUB)
		shift = 63 - __builtin_clzll(value) - HISTOGRAM_BITS;
	return (shift << HISTOGRAM_BITS) + (value >> shift);
}

/* The largest value that falls into it. */
static uint64_t bucket_end(unsigned int bucket)
{
	unsigned int shift = bucket < 2 * SUB ? 0 : (bucket >> HISTOGRAM_BITS) - 1;
	uint64_t value = bucket - (shift << HISTOGRAM_BITS);

	return (value << shift) + ((1ull << shift) - 1);
}

void histogram_clear(struct histogram *h)
{
	memset(h, 0, sizeof(*h));
}

void histogram_add(struct histogram *h, uint64_t value)
{
	h->bucket[bucket_of(value)]++;
	h->count++;
	if (value > h->max)
		h->max = value;
}

uint64_t histogram_percentile(const struct histogram *h, double percent)
{
	double want = h->count * percent / 100;
	uint64_t seen = 0, end;
	unsigned int i;

	for (i = 0; i < HISTOGRAM_NUM; i++) {
		seen += h->bucket[i];
		if (!seen || seen < want)
			continue;
		end = bucket_end(i);
		return end < h->max ? end : h->max;
	}
	return h->max;
}
