/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test Anything Protocol for the unit tests: one line a test, named after the
 * behaviour; what was seen and expected follows a failure as a comment.
 */
#ifndef _UNIT_TAP_H
#define _UNIT_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static unsigned int tap_count, tap_failed;

/* The next test: it passes if @good, and is called like printf() says. */
__attribute__((format(printf, 2, 3)))
static inline bool tap_ok(bool good, const char *fmt, ...)
{
	va_list args;

	tap_failed += !good;
	printf("%sok %u - ", good ? "" : "not ", ++tap_count);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	return good;
}

/* The next test: it passes if @got is @want. */
#define tap_is(got, want, ...) do { \
	unsigned long long tap_got = (got), tap_want = (want); \
	if (!tap_ok(tap_got == tap_want, __VA_ARGS__)) \
		printf("#   %s:%d: got 0x%llx, want 0x%llx\n", __FILE__, __LINE__, \
		       tap_got, tap_want); \
} while (0)

/* Last thing in main(): return tap_done(); */
static inline int tap_done(void)
{
	printf("1..%u\n", tap_count);
	/* a sanitizer that finds a leak after this does not */
	fflush(stdout);
	return tap_failed != 0;
}

#endif /* _UNIT_TAP_H */
