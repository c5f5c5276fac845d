// SPDX-License-Identifier: GPL-2.0-only
/* The link of a function: the wire, or what the administrator says. */
#include "card.h"
#include "function.h"
#include "link.h"
#include "vdev.h"
#include "wire.h"

static bool sdpu_link_wanted(const struct sdpu_function *fn)
{
	if (fn->link.wanted == SDPU_VF_LINK_AUTO)
		return sdpu_wire_up(sdpu_card_wire(fn->card));
	return fn->link.wanted == SDPU_VF_LINK_ENABLE;
}

static void sdpu_link_tell(struct sdpu_function *fn)
{
	struct sdpu_vdev *vdev;

	lockdep_assert_held(&fn->link.lock);
	rcu_read_lock();
	vdev = rcu_dereference(fn->vdev);
	if (vdev && !fn->link.held)
		sdpu_vdev_show_link(vdev, fn->port.link);
	rcu_read_unlock();
}

void sdpu_link_init(struct sdpu_function *fn)
{
	spin_lock_init(&fn->link.lock);
	fn->port.link = sdpu_link_wanted(fn);
}

void sdpu_link_update(struct sdpu_function *fn)
{
	bool up;

	spin_lock_bh(&fn->link.lock);
	up = sdpu_link_wanted(fn);
	if (up != fn->port.link) {
		WRITE_ONCE(fn->port.link, up);
		sdpu_link_tell(fn);
		sdpu_eq_post(fn, SDPU_EV_LINK, 0, 0);
	}
	spin_unlock_bh(&fn->link.lock);
	/* even if somebody else has taken it down, and may still be waiting */
	if (!up)
		sdpu_vdev_drain(fn);
}

void sdpu_link_set(struct sdpu_function *fn, u8 wanted)
{
	spin_lock_bh(&fn->link.lock);
	fn->link.wanted = wanted;
	spin_unlock_bh(&fn->link.lock);
	sdpu_link_update(fn);
}

void sdpu_link_show(struct sdpu_function *fn)
{
	spin_lock_bh(&fn->link.lock);
	fn->link.held = false;
	sdpu_link_tell(fn);
	spin_unlock_bh(&fn->link.lock);
}

void sdpu_link_hold(struct sdpu_function *fn)
{
	spin_lock_bh(&fn->link.lock);
	fn->link.held = true;
	spin_unlock_bh(&fn->link.lock);
}
