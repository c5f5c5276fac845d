// SPDX-License-Identifier: GPL-2.0-only
/* What a completion status means to the rest of the kernel. */
#include <linux/errno.h>

#include "internal.h"

/**
 * sdpu_status_to_errno - errno of a completion status
 * @status: SDPU_ST_*, or anything else that a card may say
 *
 * Return: 0 or a negative errno, -EIO for what we do not know.
 */
int sdpu_status_to_errno(u16 status)
{
	switch (status) {
	case SDPU_ST_OK:
		return 0;
	case SDPU_ST_OPCODE:
		return -EOPNOTSUPP;
	case SDPU_ST_VERSION:
		return -EPROTO;
	case SDPU_ST_LENGTH:
	case SDPU_ST_RESERVED:
	case SDPU_ST_INDEX:
	case SDPU_ST_PARAM:
	case SDPU_ST_FEATURES:
		return -EINVAL;
	case SDPU_ST_STATE:
	case SDPU_ST_BUSY:
		return -EBUSY;
	case SDPU_ST_EXISTS:
		return -EEXIST;
	case SDPU_ST_NO_MEMORY:
		return -ENOMEM;
	case SDPU_ST_ADDRESS:
		return -EFAULT;
	case SDPU_ST_MAC_IN_USE:
		return -EADDRINUSE;
	default:
		return -EIO;
	}
}
