/* SPDX-License-Identifier: GPL-2.0-only */
/* Processors that stand still. */
#ifndef _SDPU_CLIENT_CPUS_H
#define _SDPU_CLIENT_CPUS_H

/*
 * Run for a moment on every processor that we may use.
 *
 * A virtual processor can stand still for half a second and more while the others go
 * on: whoever runs it has given it no time, or it is busy with something that nobody
 * may interrupt. A device whose thread is there does nothing meanwhile, and is not to
 * blame. After this it had its chance.
 */
void cpus_visit(void);

#endif /* _SDPU_CLIENT_CPUS_H */
