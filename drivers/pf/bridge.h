/* SPDX-License-Identifier: GPL-2.0-only */
/* Bridges of the host that the card forwards for. See bridge.c. */
#ifndef _SDPU_DRV_BRIDGE_H
#define _SDPU_DRV_BRIDGE_H

struct sdpu_bridging;
struct sdpu_pf;

int sdpu_bridge_init(void);
void sdpu_bridge_exit(void);
struct sdpu_bridging *sdpu_bridging_create(struct sdpu_pf *pf);
void sdpu_bridging_destroy(struct sdpu_bridging *bridging);
void sdpu_bridging_start(struct sdpu_bridging *bridging);
void sdpu_bridging_stop(struct sdpu_bridging *bridging);

#endif /* _SDPU_DRV_BRIDGE_H */
