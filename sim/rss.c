// SPDX-License-Identifier: GPL-2.0-only
/* Receive-side scaling of a device. */
#include <linux/slab.h>

#include "rss.h"

static struct sdpu_rss *sdpu_rss_alloc(void)
{
	return kmalloc(sizeof(struct sdpu_rss), GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
}

struct sdpu_rss *sdpu_rss_new(const struct sdpu_rss_attrs *attrs)
{
	struct sdpu_rss *rss = sdpu_rss_alloc();
	u8 key[SDPU_HASH_KEY_LEN] = {};
	unsigned int i;

	if (!rss)
		return NULL;
	rss->steer = attrs->table;
	rss->types = attrs->types;
	rss->mask = attrs->mask;
	rss->unclassified = attrs->unclassified;
	for (i = 0; rss->steer && i <= attrs->mask; i++)
		rss->table[i] = sdpu_rss_attrs_entry(attrs, i);
	/* what a short key lacks is zero */
	memcpy(key, attrs->key, attrs->key_len);
	sdpu_hash_key_init(&rss->key, key);
	return rss;
}

struct sdpu_rss *sdpu_rss_new_report(const struct sdpu_rss *rss)
{
	struct sdpu_rss *report = sdpu_rss_alloc();

	if (!report)
		return NULL;
	*report = *rss;
	report->steer = false;
	return report;
}

struct sdpu_hash sdpu_rss_hash(const struct sdpu_rss *rss, const struct sdpu_frame *frame)
{
	u8 head[SDPU_HASH_HEAD];

	return sdpu_hash_frame(&rss->key, rss->types, head,
			       sdpu_frame_peek(frame, head, sizeof(head)));
}
