/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The link of a function: up or down. That of the PF is the card's wire, which somebody
 * may pull out; a VF's is that one, too, unless the administrator says otherwise. Nothing
 * leaves or reaches a function without a link.
 */
#ifndef _SDPU_SIM_LINK_H
#define _SDPU_SIM_LINK_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct sdpu_function;

/**
 * struct sdpu_link - link of a function
 * @lock: of the rest, of sdpu_port.link, and of what the config space of the VF's device
 *	says of it. Taken with bottom halves disabled; inside it sdpu_config.lock and
 *	sdpu_eq.lock.
 * @wanted: VF: SDPU_VF_LINK_*
 * @held: the config space of the device must not change: it is suspended
 */
struct sdpu_link {
	spinlock_t lock;
	u8 wanted;
	bool held;
};

void sdpu_link_init(struct sdpu_function *fn);
/* The wire may have changed. Context: may sleep. */
void sdpu_link_update(struct sdpu_function *fn);
/*
 * The link of VF @fn is as @wanted says, SDPU_VF_LINK_*. When it is down on return no
 * frame comes or goes any more. Context: may sleep. Does not wait for a command of the VF.
 */
void sdpu_link_set(struct sdpu_function *fn, u8 wanted);
/* The device of the VF is new or goes on, or is suspended. Context: may sleep. */
void sdpu_link_show(struct sdpu_function *fn);
void sdpu_link_hold(struct sdpu_function *fn);

#endif /* _SDPU_SIM_LINK_H */
