// SPDX-License-Identifier: GPL-2.0-only
/* How fast a VF may send (sim/rate.c): senders that always have more, on a clock of their own. */
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "../../sim/rate.h"
#include "tap.h"

#define SENDERS		4
#define FRAME		1514
#define BATCH		(256 * 1024)
/* how long the card takes for a frame */
#define COST_NS		100

static struct sdpu_rates rates;
static struct sdpu_rate rate[SENDERS];
static u64 sent[SENDERS];
static u64 now;

static void start(void)
{
	memset(&rates, 0, sizeof(rates));
	memset(rate, 0, sizeof(rate));
	memset(sent, 0, sizeof(sent));
	now = NSEC_PER_SEC;
}

/* Like a worker: wait, wake @late ns too late, send a batch of frames of @len; those of @who. */
static void run(unsigned int who, u64 seconds, u32 len, u64 late)
{
	u64 wake[SENDERS] = {}, end = now + seconds * NSEC_PER_SEC;
	unsigned int i;
	u64 wait;
	u32 n;

	for (; now < end; now += COST_NS) {
		for (i = 0; i < SENDERS; i++) {
			if (!(who & 1 << i) || wake[i] > now)
				continue;
			wait = sdpu_rate_wait(&rates, &rate[i], now);
			if (wait) {
				wake[i] = now + wait + late;
				continue;
			}
			n = 0;
			do
				n += len;
			while (n < sdpu_rate_room(&rates, &rate[i], BATCH));
			sdpu_rate_take(&rates, &rate[i], now, n);
			sent[i] += n;
			now += n / len * COST_NS;
		}
	}
}

/* Bytes a second of a sender are @want, to a part in @part. */
static bool about(u64 bytes, u64 seconds, u64 want, u64 part)
{
	u64 got = bytes / seconds;
	bool good = got <= want + want / part && got >= want - want / part;

	if (!good)
		printf("#   %llu bytes a second, want %llu\n", (unsigned long long)got,
		       (unsigned long long)want);
	return good;
}

static void test_max(void)
{
	static const u64 speed[] = { 125000, 1250000, 12500000, 125000000, 1250000000 };
	unsigned int i;
	bool good;

	good = true;
	for (i = 0; i < sizeof(speed) / sizeof(speed[0]); i++) {
		start();
		sdpu_rate_set(&rate[0], 0, speed[i], 0);
		run(1, 3, FRAME, 0);
		good &= about(sent[0], 3, speed[i], 50);
	}
	tap_ok(good, "a VF sends as fast as it may, from 1 Mbit/s to 10 Gbit/s");

	start();
	sdpu_rate_set(&rate[0], 0, 12500000, 0);
	run(1, 3, FRAME, 5 * NSEC_PER_MSEC);
	tap_ok(about(sent[0], 3, 12500000, 50), "and so it does if it wakes 5 ms too late each time");

	start();
	sdpu_rate_set(&rate[0], 0, 1000000, 0);
	run(1, 20, 65550, 0);
	tap_ok(about(sent[0], 20, 1000000, 10), "in large frames, too");

	start();
	sdpu_rate_set(&rate[0], 0, 1000, 0);
	sdpu_rate_take(&rates, &rate[0], now, ~0u);
	tap_ok(sdpu_rate_wait(&rates, &rate[0], now) > 4000000ull * NSEC_PER_SEC,
	       "the slowest rate and the most bytes are no small number by mistake");

	start();
	tap_ok(!rate[0].limited && !sdpu_rate_wait(&rates, &rate[0], 0) &&
	       sdpu_rate_room(&rates, &rate[0], BATCH) == BATCH, "without a rate nobody waits");
	sdpu_rate_set(&rate[0], 0, 1000, 0);
	sdpu_rate_take(&rates, &rate[0], now, 1000000);
	sdpu_rate_set(&rate[0], 0, 2000, 0);
	tap_ok(rate[0].limited && !sdpu_rate_wait(&rates, &rate[0], now),
	       "who has another rate does not wait for the one before");
	sdpu_rate_take(&rates, &rate[0], now, 1000000);
	sdpu_rate_set(&rate[0], 0, 0, 0);
	tap_ok(!rate[0].limited && !sdpu_rate_wait(&rates, &rate[0], now), "nor who has none");
}

static void test_idle(void)
{
	start();
	sdpu_rate_set(&rate[0], 0, 1000000, 0);
	sdpu_rate_take(&rates, &rate[0], now, 1000);
	now += 100ull * NSEC_PER_SEC;
	/* 10 ms: 10000 bytes */
	sdpu_rate_take(&rates, &rate[0], now, 9000);
	tap_ok(!sdpu_rate_wait(&rates, &rate[0], now), "who was silent may catch up a little");
	sdpu_rate_take(&rates, &rate[0], now, 2000);
	tap_ok(sdpu_rate_wait(&rates, &rate[0], now) == NSEC_PER_MSEC, "and no more than that");
}

static void test_group(void)
{
	start();
	sdpu_rate_set_group(&rates, 3, 12500000);
	sdpu_rate_set(&rate[0], 3, 0, 0);
	sdpu_rate_set(&rate[1], 3, 0, 0);
	sdpu_rate_set(&rate[2], 4, 0, 0);
	run(3, 3, FRAME, 0);
	tap_ok(rate[0].limited && about(sent[0] + sent[1], 3, 12500000, 50),
	       "VFs of a group share its rate");
	tap_ok(!sdpu_rate_wait(&rates, &rate[2], now), "others do not wait for them");

	start();
	sdpu_rate_set_group(&rates, 1, 12500000);
	sdpu_rate_set(&rate[0], 1, 0, 0);
	sdpu_rate_set(&rate[1], 1, 0, 0);
	sdpu_rate_set(&rate[2], 1, 0, 0);
	/* the last to be asked */
	sdpu_rate_set(&rate[3], 1, 0, 10000000);
	run(15, 3, FRAME, 0);
	tap_ok(sent[3] / 3 >= 9800000 &&
	       about(sent[0] + sent[1] + sent[2] + sent[3], 3, 12500000, 50),
	       "who has a share gets it, whatever the others send");
	run(7, 3, FRAME, 0);
	tap_ok(about(sent[0] + sent[1] + sent[2] + sent[3], 6, 12500000, 50),
	       "what it does not use is for the others");
	run(8, 3, FRAME, 0);
	sent[3] = 0;
	run(15, 1, FRAME, 0);
	tap_ok(sent[3] >= 9500000, "what it has sent beyond its share it does not owe");

	start();
	sdpu_rate_set_group(&rates, 1, 12500000);
	sdpu_rate_set(&rate[0], 1, 0, 2500000);
	run(1, 3, FRAME, 0);
	tap_ok(about(sent[0], 3, 12500000, 50), "alone it has all of the group's");

	start();
	sdpu_rate_set_group(&rates, 1, 12500000);
	sdpu_rate_set(&rate[0], 1, 2500000, 2500000);
	sdpu_rate_set(&rate[1], 1, 0, 0);
	run(3, 3, FRAME, 0);
	tap_ok(about(sent[0], 3, 2500000, 50) && about(sent[0] + sent[1], 3, 12500000, 50),
	       "but no more than it may itself");

	start();
	sdpu_rate_set_group(&rates, 1, 1000000);
	sdpu_rate_set(&rate[0], 1, 0, 10000000);
	sdpu_rate_set(&rate[1], 1, 0, 0);
	run(1, 3, FRAME, 0);
	tap_ok(sdpu_rate_wait(&rates, &rate[1], now) <= 300 * NSEC_PER_MSEC,
	       "shares that are more than the group has keep it waiting for a moment, not for ever");
}

int main(void)
{
	test_max();
	test_idle();
	test_group();
	return tap_done();
}
