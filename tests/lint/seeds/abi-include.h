/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Bad on purpose: tests/lint/abi.sh must see that user space does not have that header. */
#include <asm/barrier.h>
