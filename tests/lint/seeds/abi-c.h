/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Bad on purpose: tests/lint/abi.sh must see that this is C++, and no C. */
#include <linux/types.h>

struct seed {
	__le32 one;
};

struct seeds {
	seed two;
};
