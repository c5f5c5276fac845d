// SPDX-License-Identifier: GPL-2.0-only
/* Receive-side scaling of a device. */
#include <linux/slab.h>

#include "rss.h"

struct sdpu_rss *sdpu_rss_new(const struct sdpu_rss_attrs *attrs)
{
	struct sdpu_rss *rss = kmalloc(sizeof(*rss), GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
	u8 key[SDPU_HASH_KEY_LEN] = {};
	unsigned int i;

	if (!rss)
		return NULL;
	rss->types = attrs->types;
	rss->mask = attrs->mask;
	rss->unclassified = attrs->unclassified;
	for (i = 0; i <= attrs->mask; i++)
		rss->table[i] = sdpu_rss_attrs_entry(attrs, i);
	/* what a short key lacks is zero */
	memcpy(key, attrs->key, attrs->key_len);
	sdpu_hash_key_init(&rss->key, key);
	return rss;
}

unsigned int sdpu_rss_pair(const struct sdpu_rss *rss, const struct sdpu_frame *frame)
{
	u32 len = min_t(u32, frame->len, SDPU_HASH_HEAD);
	struct sdpu_cursor cursor;
	u8 head[SDPU_HASH_HEAD];
	struct sdpu_hash hash;

	/* a second look at the sender's memory: at worst its frame takes another queue */
	sdpu_cursor_init(&cursor, frame);
	sdpu_cursor_copy(&cursor, head, len);
	hash = sdpu_hash_frame(&rss->key, rss->types, head, len);
	return hash.report ? rss->table[hash.value & rss->mask] : rss->unclassified;
}
