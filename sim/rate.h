/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How fast a VF may send. Pure arithmetic, but for the lock.
 *
 * A bucket is a rate and the time from which on more may be sent: what is sent moves that
 * time on, and while it lies in the future whoever sends has to wait. Nothing is dropped:
 * frames stay in the ring of the VF, and its driver sees a slow device.
 *
 * A VF has a bucket for the most it may send. VFs of a group have one in common; of what
 * that lets through each has its share for sure, by a bucket for that share: what fits in
 * there need not wait for the group. The shares of a group should be no more than its rate.
 */
#ifndef _SDPU_SIM_RATE_H
#define _SDPU_SIM_RATE_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "limits.h"

/**
 * struct sdpu_bucket - a rate
 * @rate: bytes a second; 0: none, nobody waits for it
 * @next: when more may be sent, in nanoseconds
 */
struct sdpu_bucket {
	u64 rate;
	u64 next;
};

/**
 * struct sdpu_rate - rates of a VF
 * @limited: there is one; written under sdpu_rates.lock, read without
 * @group: 0: none
 * @max: what it may send at most
 * @share: what it may send whatever others of the group do
 */
struct sdpu_rate {
	bool limited;
	u16 group;
	struct sdpu_bucket max;
	struct sdpu_bucket share;
};

/**
 * struct sdpu_rates - rates of a card
 * @lock: of the rest, and of struct sdpu_rate of its VFs. Taken with bottom halves
 *	disabled, nothing inside it.
 * @group: what VFs of a group send together, from 1
 */
struct sdpu_rates {
	spinlock_t lock;
	struct sdpu_bucket group[1 + SDPU_RATE_GROUPS];
};

/* All of these: @rates.lock held, if the card has others. @now: in nanoseconds. */

/* Rates in bytes a second, 0: none. What was sent by now counts as sent. */
void sdpu_rate_set(struct sdpu_rate *rate, u16 group, u64 max, u64 share);
void sdpu_rate_set_group(struct sdpu_rates *rates, u16 group, u64 max);
/* Nanoseconds until the VF may send, 0: at once. */
u64 sdpu_rate_wait(const struct sdpu_rates *rates, const struct sdpu_rate *rate, u64 now);
/* Bytes that it should send at a time, at most @most. */
u32 sdpu_rate_room(const struct sdpu_rates *rates, const struct sdpu_rate *rate, u32 most);
/* It has sent so much, less than 4 GiB. */
void sdpu_rate_take(struct sdpu_rates *rates, struct sdpu_rate *rate, u64 now, u32 bytes);

#endif /* _SDPU_SIM_RATE_H */
