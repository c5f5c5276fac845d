// SPDX-License-Identifier: GPL-2.0-only
/* How fast a VF may send. */
#include <linux/compiler.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>

#include "rate.h"

/* Who has slept for too long may send more for so long as it takes to make up for it. */
#define SDPU_RATE_BURST_NS	(10 * NSEC_PER_MSEC)

/* A group owes so much time at most: shares may be more than it has. */
#define SDPU_RATE_DEBT_NS	(200 * NSEC_PER_MSEC)

/* What is sent at a time takes so long. */
#define SDPU_RATE_BATCHES	1000	/* a second */

static u64 sdpu_bucket_wait(const struct sdpu_bucket *bucket, u64 now)
{
	return bucket->rate && bucket->next > now ? bucket->next - now : 0;
}

static u64 sdpu_bucket_time(const struct sdpu_bucket *bucket, u32 bytes)
{
	return div64_u64(bytes * (u64)NSEC_PER_SEC, bucket->rate);
}

static void sdpu_bucket_take(struct sdpu_bucket *bucket, u64 now, u32 bytes)
{
	if (!bucket->rate)
		return;
	bucket->next = max(bucket->next, now - min_t(u64, now, SDPU_RATE_BURST_NS)) +
		       sdpu_bucket_time(bucket, bytes);
}

/* What it owes at the rate that it had, it does not owe at another one. */
static void sdpu_bucket_set(struct sdpu_bucket *bucket, u64 rate)
{
	if (bucket->rate != rate)
		bucket->next = 0;
	bucket->rate = rate;
}

void sdpu_rate_set(struct sdpu_rate *rate, u16 group, u64 max, u64 share)
{
	sdpu_bucket_set(&rate->max, max);
	sdpu_bucket_set(&rate->share, share);
	rate->group = group;
	WRITE_ONCE(rate->limited, max || group);
}

void sdpu_rate_set_group(struct sdpu_rates *rates, u16 group, u64 max)
{
	sdpu_bucket_set(&rates->group[group], max);
}

u64 sdpu_rate_wait(const struct sdpu_rates *rates, const struct sdpu_rate *rate, u64 now)
{
	u64 wait = sdpu_bucket_wait(&rates->group[rate->group], now);

	if (rate->share.rate)
		wait = min(wait, sdpu_bucket_wait(&rate->share, now));
	return max(wait, sdpu_bucket_wait(&rate->max, now));
}

u32 sdpu_rate_room(const struct sdpu_rates *rates, const struct sdpu_rate *rate, u32 most)
{
	u64 slowest = rate->max.rate ?: rates->group[rate->group].rate;

	return slowest ? clamp_t(u64, div_u64(slowest, SDPU_RATE_BATCHES), 1, most) : most;
}

void sdpu_rate_take(struct sdpu_rates *rates, struct sdpu_rate *rate, u64 now, u32 bytes)
{
	struct sdpu_bucket *group = &rates->group[rate->group];

	sdpu_bucket_take(&rate->max, now, bytes);
	/* what goes beyond the share is none of it */
	if (!sdpu_bucket_wait(&rate->share, now))
		sdpu_bucket_take(&rate->share, now, bytes);
	sdpu_bucket_take(group, now, bytes);
	if (group->rate)
		group->next = min(group->next, now + SDPU_RATE_DEBT_NS +
					       sdpu_bucket_time(group, bytes));
}
