/* SPDX-License-Identifier: GPL-2.0-only */
/* Receive-side scaling of a device (virtio 1.3, 5.1.6.5.7): which pair takes a frame. */
#ifndef _SDPU_SIM_RSS_H
#define _SDPU_SIM_RSS_H

#include <linux/rcupdate.h>

#include "cvqcmd.h"
#include "frame.h"

/**
 * struct sdpu_rss - a configuration; never changed, but replaced
 * @rcu: senders use it as RCU readers
 * @steer: the hash says which pair takes a frame; else it is only reported
 * @types: SDPU_HASH_*
 * @mask: entries of @table less one
 * @unclassified: pair for what has no hash
 * @table: pair by hash
 * @key: of the hash
 */
struct sdpu_rss {
	struct rcu_head rcu;
	bool steer;
	u32 types;
	u16 mask;
	u16 unclassified;
	u16 table[SDPU_RSS_TABLE_MAX];
	struct sdpu_hash_key key;
};

/* Make one of what a driver asked for, which has been checked. NULL: no memory. Context: any. */
struct sdpu_rss *sdpu_rss_new(const struct sdpu_rss_attrs *attrs);
/* The same, but without a say in who takes a frame. NULL: no memory. Context: any. */
struct sdpu_rss *sdpu_rss_new_report(const struct sdpu_rss *rss);
/* Context: RCU reader. */
struct sdpu_hash sdpu_rss_hash(const struct sdpu_rss *rss, const struct sdpu_frame *frame);

/* The pair that takes a frame with @hash; only if @rss->steer. */
static inline unsigned int sdpu_rss_pair(const struct sdpu_rss *rss, struct sdpu_hash hash)
{
	return hash.report ? rss->table[hash.value & rss->mask] : rss->unclassified;
}

#endif /* _SDPU_SIM_RSS_H */
