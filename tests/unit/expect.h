/* SPDX-License-Identifier: GPL-2.0-only */
/* Many conditions, one test: the first that does not hold is printed. */
#ifndef _UNIT_EXPECT_H
#define _UNIT_EXPECT_H

#include "tap.h"

/* What to say besides the condition: a test that knows more defines it before. */
#ifndef EXPECT_CONTEXT
#define EXPECT_CONTEXT	""
#endif

/* The first thing that went wrong since the last RESULT(). */
static const char *wrong;

#define EXPECT(cond) do { \
	if (!(cond) && !wrong) { \
		wrong = #cond; \
		printf("#   %s:%d: %s %s\n", __FILE__, __LINE__, #cond, EXPECT_CONTEXT); \
	} \
} while (0)

#define RESULT(...) do { \
	tap_ok(!wrong, __VA_ARGS__); \
	wrong = NULL; \
} while (0)

#endif /* _UNIT_EXPECT_H */
