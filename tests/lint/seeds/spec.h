/* SPDX-License-Identifier: GPL-2.0-only */
/* Bad on purpose: tests/lint/spec.sh must see that these numbers are not those of the specification. */
#define SDPU_OP_IDENTIFY	0x0010
#define SDPU_ST_STATE		6
#define SDPU_REG_MAGIC		0x004	/* RO */
#define SDPU_EV_SEED		5
#define SDPU_BROKEN_HEAD	4
