/* SPDX-License-Identifier: GPL-2.0-only */
/* Bad on purpose: tests/lint/abi.sh must see that no other program may include this. */
