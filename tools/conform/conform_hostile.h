/* SPDX-License-Identifier: GPL-2.0-only */
/* What cases with rings that make no sense share. */
#ifndef _SDPU_CONFORM_HOSTILE_H
#define _SDPU_CONFORM_HOSTILE_H

#include "conform.h"

#define FRAME		100
#define CHAIN		(PORT_HDR + FRAME)
/* a frame that must not arrive, and one that may */
#define BAD		66
#define GOOD		67
#define REACT_MS	100
#define BROKEN_RING	"virtio 1.3, 2.1.2"

/* The device says NEEDS_RESET. */
bool hostile_broken(struct conform *c);
/* Time for the device to say that, or to use @n buffers of a split ring since @from. */
void hostile_react(struct conform *c, struct ring *r, u16 from, u16 n);
/* Frame BAD must not have arrived. */
void hostile_unheard(struct conform *c);
/* If nothing is wrong yet: after a reset the device works. */
void hostile_after(struct conform *c);

#endif /* _SDPU_CONFORM_HOSTILE_H */
