/* SPDX-License-Identifier: GPL-2.0-only */
/* Packed virtqueues: what ring.c does with them, and hostile tests by hand. */
#ifndef _SDPU_CLIENT_PACKED_H
#define _SDPU_CLIENT_PACKED_H

#include "ring.h"

void packed_clear(struct ring *r);
/* The next descriptor, available at once; but the first of a batch waits for ring_publish(). */
void packed_put(struct ring *r, u64 addr, u32 len, u16 flags, u16 id);
int packed_add(struct ring *r, const struct ring_seg *seg, unsigned int out, unsigned int in,
	       bool indirect, u32 token);
bool packed_publish(struct ring *r);
bool packed_asleep(struct ring *r);
unsigned int packed_pending(struct ring *r);
int64_t packed_get(struct ring *r, u32 *len);
u16 packed_shown(struct ring *r);
u32 packed_base(const struct ring *r, u16 pos);
void packed_calls_off(struct ring *r);
bool packed_calls_on(struct ring *r);

#endif /* _SDPU_CLIENT_PACKED_H */
