/* SPDX-License-Identifier: GPL-2.0-only */
/* What must hold whatever the input is: a finding like a sanitizer's if it does not. */
#ifndef _FUZZ_MUST_H
#define _FUZZ_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define MUST(cond) do { \
	if (!(cond)) { \
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
		abort(); \
	} \
} while (0)

#endif /* _FUZZ_MUST_H */
