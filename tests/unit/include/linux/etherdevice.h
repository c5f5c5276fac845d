/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_ETHERDEVICE_H
#define _UNIT_LINUX_ETHERDEVICE_H

#include <linux/types.h>
#include <string.h>

static inline bool is_zero_ether_addr(const u8 *addr)
{
	static const u8 zero[6];

	return !memcmp(addr, zero, sizeof(zero));
}

/* One that a station may have. */
static inline bool is_valid_ether_addr(const u8 *addr)
{
	return !(addr[0] & 1) && !is_zero_ether_addr(addr);
}

static inline void ether_addr_copy(u8 *to, const u8 *from)
{
	memcpy(to, from, 6);
}

#endif /* _UNIT_LINUX_ETHERDEVICE_H */
