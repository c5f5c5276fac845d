/* SPDX-License-Identifier: GPL-2.0-only */
/* What cases about mapped memory share. */
#ifndef _SDPU_CONFORM_ACCESS_H
#define _SDPU_CONFORM_ACCESS_H

#include "conform.h"

#define POISON		0xee
#define WATCH_MS	30

/* Map @len bytes at @va, in address space 0. */
bool access_map(struct conform *c, u64 iova, void *va, u64 len, u8 perm);
/* A frame that lies at @va, and for the device at @iova, is sent and arrives. */
bool access_sends(struct conform *c, u64 iova, u8 *va, u16 tag);
/* The same of a frame that must not arrive. */
bool access_sends_not(struct conform *c, u64 iova, u8 *va, u16 tag);

#endif /* _SDPU_CONFORM_ACCESS_H */
