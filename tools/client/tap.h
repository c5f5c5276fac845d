/* SPDX-License-Identifier: GPL-2.0-only */
/* Test Anything Protocol: one line a test, named after the behaviour. */
#ifndef _SDPU_CLIENT_TAP_H
#define _SDPU_CLIENT_TAP_H

#include <stdbool.h>

/* The result of the next test. */
void tap_result(bool good, const char *name);
void tap_skip(const char *name, const char *why);
/* A comment; each line of it. */
__attribute__((format(printf, 1, 2))) void tap_diag(const char *fmt, ...);
/* The plan. Return: what main() returns. */
int tap_done(void);

#endif /* _SDPU_CLIENT_TAP_H */
