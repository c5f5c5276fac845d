/* SPDX-License-Identifier: GPL-2.0-only */
/* The devlink instance of a PF, and what it reports. See devlink.c, health.c. */
#ifndef _SDPU_DRV_DEVLINK_H
#define _SDPU_DRV_DEVLINK_H

struct pci_dev;
struct sdpu_health;
struct sdpu_pf;

/* devlink.c */
struct sdpu_pf *sdpu_devlink_alloc(struct pci_dev *pdev);
void sdpu_devlink_free(struct sdpu_pf *pf);
void sdpu_devlink_lock(struct sdpu_pf *pf);
void sdpu_devlink_unlock(struct sdpu_pf *pf);
int sdpu_devlink_port_register(struct sdpu_pf *pf);
void sdpu_devlink_port_unregister(struct sdpu_pf *pf);
void sdpu_devlink_register(struct sdpu_pf *pf);
void sdpu_devlink_unregister(struct sdpu_pf *pf);

/* resource.c */
int sdpu_devlink_resources_register(struct sdpu_pf *pf);
void sdpu_devlink_resources_unregister(struct sdpu_pf *pf);

/* health.c */
struct sdpu_health *sdpu_health_create(struct sdpu_pf *pf);
void sdpu_health_destroy(struct sdpu_health *health);
void sdpu_health_start(struct sdpu_health *health);
void sdpu_health_stop(struct sdpu_health *health);
void sdpu_health_renew(struct sdpu_health *health);
void sdpu_health_died(struct sdpu_health *health);

#endif /* _SDPU_DRV_DEVLINK_H */
