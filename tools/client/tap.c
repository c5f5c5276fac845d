// SPDX-License-Identifier: GPL-2.0-only
/* Test Anything Protocol. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

static unsigned int count, failed;

void tap_result(bool good, const char *name)
{
	failed += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, name);
	fflush(stdout);
}

void tap_skip(const char *name, const char *why)
{
	printf("ok %u - %s # SKIP %s\n", ++count, name, why);
	fflush(stdout);
}

void tap_diag(const char *fmt, ...)
{
	char text[1024], *line, *rest = text;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	while ((line = strsep(&rest, "\n")))
		printf("# %s\n", line);
	fflush(stdout);
}

int tap_done(void)
{
	printf("1..%u\n", count);
	return failed != 0;
}
