/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that are tracked, as far as rules of the card ask for them. See ct.c. */
#ifndef _SDPU_DRV_CT_H
#define _SDPU_DRV_CT_H

#include <linux/types.h>

struct netlink_ext_ack;
struct nf_flowtable;
struct sdpu_ct;
struct sdpu_ct_zone;
struct sdpu_flower;

struct sdpu_ct *sdpu_ct_create(struct sdpu_flower *flower);
void sdpu_ct_destroy(struct sdpu_ct *ct);
struct sdpu_ct_zone *sdpu_ct_get(struct sdpu_ct *ct, u16 zone, struct nf_flowtable *table,
				 struct netlink_ext_ack *extack);
void sdpu_ct_put(struct sdpu_ct_zone *zone);

#endif /* _SDPU_DRV_CT_H */
