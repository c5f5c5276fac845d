/* SPDX-License-Identifier: GPL-2.0-only */
/* What of Ethernet and IP headers everybody needs who looks into a frame. Pure. */
#ifndef _SDPU_SIM_INET_H
#define _SDPU_SIM_INET_H

#include <linux/if_ether.h>
#include <linux/types.h>

#define SDPU_IPV4_LEN		20
#define SDPU_IPV6_LEN		40
#define SDPU_IPV6_ADDR		16
#define SDPU_PORTS_LEN		4

static inline u16 sdpu_be16(const u8 *p)
{
	return p[0] << 8 | p[1];
}

static inline bool sdpu_type_is_tag(u16 type)
{
	return type == ETH_P_8021Q || type == ETH_P_8021AD;
}

#endif /* _SDPU_SIM_INET_H */
