/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_NOSPEC_H
#define _UNIT_LINUX_NOSPEC_H

/* The value is the same; what the processor guesses is no unit test's business. */
#define array_index_nospec(index, size)	((index) < (size) ? (index) : 0)

#endif /* _UNIT_LINUX_NOSPEC_H */
