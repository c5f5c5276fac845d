/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Bad on purpose: tests/lint/abi.sh must see that this is another ABI in another kernel. */
#ifdef CONFIG_SOFTDPU
#define SEED	1
#endif
