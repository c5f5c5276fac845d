/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watching the device read guest memory: within one call of the engine no byte
 * may be read twice, and whatever was read may change at once. From the second
 * read on, each read turns what was read before it into garbage, until the call
 * is over: a value that is fetched again, announced or not, comes out wrong.
 * Where rereading is the point, as with loops, reads are only COUNTED().
 */
#ifndef _UNIT_READS_H
#define _UNIT_READS_H

#include "gmem.h"

#define READS_MAX	8192u

static struct {
	unsigned int count;		/* reads of guest memory in this call */
	unsigned int doubles;		/* bytes read twice in one call, ever */
	bool overflow;
	bool spoil;			/* what was read */
	struct { u8 *at; size_t len; } log[READS_MAX];
	u32 epoch;
	u32 stamp[GMEM_PAGES * 4096u];
} reads;

static void reads_invert(unsigned int i)
{
	size_t k;

	for (k = 0; k < reads.log[i].len; k++)
		reads.log[i].at[k] ^= 0xff;
}

static void reads_hook(const void *from, size_t len)
{
	size_t at = (const u8 *)from - gmem.host, k;

	if ((const u8 *)from < gmem.host || at >= GMEM_PAGES * 4096u)
		return;
	for (k = 0; k < len; k++) {
		reads.doubles += reads.stamp[at + k] == reads.epoch;
		reads.stamp[at + k] = reads.epoch;
	}
	if (reads.count == READS_MAX) {
		reads.overflow = true;
		return;
	}
	if (reads.count && reads.spoil)
		reads_invert(reads.count - 1);
	reads.log[reads.count].at = gmem.host + at;
	reads.log[reads.count].len = len;
	reads.count++;
}

static void reads_begin(bool spoil)
{
	reads.spoil = spoil;
	reads.count = 0;
	reads.epoch++;
	unit_read_hook = reads_hook;
}

/* Put everything back. Return: how many reads there were. */
static unsigned int reads_end(void)
{
	unsigned int i;

	unit_read_hook = NULL;
	for (i = reads.count; i > 1 && reads.spoil; i--)
		reads_invert(i - 2);
	return reads.count;
}

/* Make a call of the engine and watch it. */
#define READS_OF(spoil, call) ({ \
	reads_begin(spoil); \
	__typeof__(call) result = (call); \
	reads_end(); \
	result; \
})
#define WATCHED(call)	READS_OF(true, call)
#define COUNTED(call)	READS_OF(false, call)

#endif /* _UNIT_READS_H */
