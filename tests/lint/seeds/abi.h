/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Bad on purpose: tests/lint/abi.sh must see that user space has no u32, and that there is a hole. */
#include <linux/types.h>

struct seed {
	__u8 one;
	__le32 four;
	u32 kernel_only;
};
