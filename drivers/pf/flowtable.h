/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that an nft flowtable routes. See flowtable.c. */
#ifndef _SDPU_DRV_FLOWTABLE_H
#define _SDPU_DRV_FLOWTABLE_H

struct flow_block_offload;
struct net_device;
struct sdpu_pf;

int sdpu_flowtable_setup(struct sdpu_pf *pf, struct net_device *dev,
			 struct flow_block_offload *block);

#endif /* _SDPU_DRV_FLOWTABLE_H */
