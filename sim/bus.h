/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SDPU_SIM_BUS_H
#define _SDPU_SIM_BUS_H

int sdpu_bus_add(unsigned int id, unsigned int total_vfs, unsigned int initial_vfs);
int sdpu_bus_del(unsigned int id);

int sdpu_bus_init(void);
void sdpu_bus_exit(void);

#endif /* _SDPU_SIM_BUS_H */
