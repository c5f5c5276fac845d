// SPDX-License-Identifier: GPL-2.0-only
/* The histogram of softdpu-bench, beside sorting all values. */
#include <stdlib.h>

#include "../../tools/bench/histogram.h"
#include "tap.h"

#define NUM	20000

static struct histogram h;
static uint64_t values[NUM];

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* What the percentile is by definition: the smallest value that so many do not exceed. */
static uint64_t naive(unsigned int num, double percent)
{
	unsigned int i;

	for (i = 0; i + 1 < num && i + 1 < num * percent / 100; i++)
		;
	return values[i];
}

static bool near_enough(unsigned int num)
{
	static const double percents[] = { 0, 1, 50, 90, 99, 99.9, 100 };
	uint64_t got, want;
	unsigned int i;

	qsort(values, num, sizeof(values[0]), compare);
	for (i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		got = histogram_percentile(&h, percents[i]);
		want = naive(num, percents[i]);
		if (got >= want && got - want <= want / 128 && got <= h.max)
			continue;
		printf("# p%g of %u: got %llu, want %llu\n", percents[i], num,
		       (unsigned long long)got, (unsigned long long)want);
		return false;
	}
	return true;
}

static void fill(unsigned int num, uint64_t (*value)(unsigned int i))
{
	unsigned int i;

	histogram_clear(&h);
	for (i = 0; i < num; i++) {
		values[i] = value(i);
		histogram_add(&h, values[i]);
	}
}

static uint64_t small(unsigned int i)
{
	return i * 7919 % 256;
}

static uint64_t tail(unsigned int i)
{
	return 20000 + i * 7919 % 3000 + (i % 500 ? 0 : i * 1000ull);
}

/* every order of magnitude that there is */
static uint64_t wide(unsigned int i)
{
	return ((uint64_t)i * 0x9e3779b97f4a7c15ull) >> (i % 64);
}

static uint64_t edge(unsigned int i)
{
	return (1ull << (i / 3 % 64)) + i % 3 - 1;
}

int main(void)
{
	histogram_clear(&h);
	tap_ok(!histogram_percentile(&h, 50), "no values have no percentile");
	histogram_add(&h, 12345);
	tap_ok(histogram_percentile(&h, 1) == 12345 && histogram_percentile(&h, 100) == 12345,
	       "one value is every percentile");
	fill(2, small);
	tap_ok(near_enough(2), "of two values the lower one is the median");
	fill(NUM, small);
	tap_ok(near_enough(NUM), "small values are exact");
	fill(NUM, tail);
	tap_ok(near_enough(NUM), "a distribution with a tail");
	fill(NUM, wide);
	tap_ok(near_enough(NUM), "values of all magnitudes");
	fill(192, edge);
	tap_ok(near_enough(192), "powers of two and their neighbours");
	histogram_add(&h, UINT64_MAX);
	tap_ok(histogram_percentile(&h, 100) == UINT64_MAX, "the largest value that there can be");
	return tap_done();
}
