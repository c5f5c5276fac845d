/* SPDX-License-Identifier: GPL-2.0-only */
/* A rule byte by byte, for its tests; offsets are from Documentation/control-path.rst, "Rules". */
#ifndef _UNIT_RULEBYTES_H
#define _UNIT_RULEBYTES_H

#include "../../sim/rule.h"

enum { ST_OK, ST_RESERVED = 4, ST_INDEX = 6, ST_PARAM };
enum {
	OUTPUT = 1, HOST, PUSH, POP, SET, REWRITE, TTL_DEC, GOTO, CT, CT_CLEAR, GOTO_SHARED, ACTIONS
};

enum { ETH, IPV4, IPV6, TCP, UDP };

#define TOTAL_VFS	7

static struct sdpu_ctrl_rule rule;

static inline u8 *raw(unsigned int offset)
{
	return (u8 *)&rule + offset;
}

/* Action @i of the rule; numbers are as they lie in memory. */
static inline void action(unsigned int i, u8 type, u8 header, u16 arg, u32 mask, u32 value)
{
	u8 *a = raw(136 + 16 * i);

	memset(a, 0, 16);
	a[0] = type;
	a[1] = header;
	a[2] = arg;
	a[3] = arg >> 8;
	for (unsigned int b = 0; b < 4; b++) {
		a[8 + b] = mask >> (24 - 8 * b);
		a[12 + b] = value >> (24 - 8 * b);
	}
	if (*raw(4) <= i)
		*raw(4) = i + 1;
}

/* Tag of a push or set. */
static inline void tag(unsigned int i, u16 tpid, u16 tci)
{
	u8 *a = raw(136 + 16 * i);

	a[4] = tpid >> 8;
	a[5] = tpid;
	a[6] = tci >> 8;
	a[7] = tci;
}

static inline void rule_new(u16 port)
{
	memset(&rule, 0, sizeof(rule));
	*raw(8) = port;
	*raw(9) = port >> 8;
	memset(raw(72), 0xff, 2);
}

static inline u16 check(void)
{
	return sdpu_rule_check(&rule, TOTAL_VFS);
}

#endif /* _UNIT_RULEBYTES_H */
