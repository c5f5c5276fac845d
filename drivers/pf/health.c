// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the control path of the PF is, for devlink health.
 *
 * It dies in the middle of a command, with any lock held: a work item tells
 * devlink. There is nothing that would bring it back by itself: a new start
 * takes the netdev away from whoever has set it up. devlink dev reload does it.
 */
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <compat/devlink.h>
#include <softdpu/ctrl.h>

#include "../ctrl/ctrl.h"
#include "devlink.h"
#include "pf.h"

/**
 * struct sdpu_health - what devlink is told
 * @pf: of whom
 * @control: the reporter of its control path
 * @died: tells devlink that it died
 * @lock: orders @started and the queueing of @died
 * @started: @died may be queued; protected by @lock
 */
struct sdpu_health {
	struct sdpu_pf *pf;
	struct devlink_health_reporter *control;
	struct work_struct died;
	spinlock_t lock;	/* of started */
	bool started;
};

/* The lock of the instance is held. */
static int sdpu_health_diagnose(struct devlink_health_reporter *reporter,
				struct devlink_fmsg *fmsg, struct netlink_ext_ack *extack)
{
	struct sdpu_health *health = devlink_health_reporter_priv(reporter);
	struct sdpu_ctrl *ctrl = health->pf->ctrl;
	struct sdpu_ctrl_health seen;

	if (!ctrl) {
		NL_SET_ERR_MSG(extack, "the card did not start");
		return -ENODEV;
	}

	sdpu_ctrl_health(ctrl, &seen);
	devlink_fmsg_bool_pair_put(fmsg, "alive", sdpu_ctrl_alive(ctrl));
	devlink_fmsg_u32_pair_put(fmsg, "state register",
				  sdpu_ctrl_register(ctrl, SDPU_REG_STATE));
	devlink_fmsg_u64_pair_put(fmsg, "timeouts", seen.timeouts);
	devlink_fmsg_u64_pair_put(fmsg, "late completions", seen.late);
	devlink_fmsg_u64_pair_put(fmsg, "bad completions", seen.bad_completions);
	devlink_fmsg_u64_pair_put(fmsg, "bad events", seen.bad_events);

	return 0;
}

static const struct devlink_health_reporter_ops sdpu_health_control = {
	.name		= "control",
	.diagnose	= sdpu_health_diagnose,
};

static void sdpu_health_work(struct work_struct *work)
{
	struct sdpu_health *health = container_of(work, struct sdpu_health, died);

	devlink_health_report(health->control, "the control path is dead", NULL);
}

/**
 * sdpu_health_create - before the instance is registered
 * @pf: the PF
 *
 * Context: may sleep, lock of the instance held.
 * Return: what the others need, or an ERR_PTR().
 */
struct sdpu_health *sdpu_health_create(struct sdpu_pf *pf)
{
	struct sdpu_health *health = kzalloc(sizeof(*health), GFP_KERNEL);
	int ret;

	if (!health)
		return ERR_PTR(-ENOMEM);
	health->pf = pf;
	INIT_WORK(&health->died, sdpu_health_work);
	spin_lock_init(&health->lock);
	health->control = sdpu_devl_health_reporter_create(priv_to_devlink(pf),
							   &sdpu_health_control, health);
	if (IS_ERR(health->control)) {
		ret = PTR_ERR(health->control);
		kfree(health);
		return ERR_PTR(ret);
	}

	return health;
}

/**
 * sdpu_health_destroy - after the instance was unregistered
 * @health: stopped
 *
 * Context: may sleep, lock of the instance held.
 */
void sdpu_health_destroy(struct sdpu_health *health)
{
	devl_health_reporter_destroy(health->control);
	kfree(health);
}

/**
 * sdpu_health_died - the control path has died
 * @health: of whom
 *
 * Context: may sleep.
 */
void sdpu_health_died(struct sdpu_health *health)
{
	spin_lock(&health->lock);
	if (health->started)
		schedule_work(&health->died);
	spin_unlock(&health->lock);
}

/* The lock of the instance is held. */
static void sdpu_health_check(struct sdpu_health *health)
{
	if (!health->pf->ctrl || !sdpu_ctrl_alive(health->pf->ctrl))
		sdpu_health_died(health);
}

/**
 * sdpu_health_start - devlink may be told
 * @health: the instance is registered
 *
 * Context: may sleep, takes the lock of the instance.
 */
void sdpu_health_start(struct sdpu_health *health)
{
	spin_lock(&health->lock);
	health->started = true;
	spin_unlock(&health->lock);

	/* what died before nobody has told */
	sdpu_devlink_lock(health->pf);
	sdpu_health_check(health);
	sdpu_devlink_unlock(health->pf);
}

/**
 * sdpu_health_stop - devlink is told no more
 * @health: the instance is registered still
 *
 * Context: may sleep.
 */
void sdpu_health_stop(struct sdpu_health *health)
{
	spin_lock(&health->lock);
	health->started = false;
	spin_unlock(&health->lock);
	cancel_work_sync(&health->died);
}

/**
 * sdpu_health_renew - the card was started anew
 * @health: of whom
 *
 * Context: may sleep, lock of the instance held.
 */
void sdpu_health_renew(struct sdpu_health *health)
{
	/*
	 * It may be about to tell of the last time. It does not wait for the lock
	 * of the instance: without recover and dump a report does not take it.
	 */
	cancel_work_sync(&health->died);
	devlink_health_reporter_state_update(health->control,
					     DEVLINK_HEALTH_REPORTER_STATE_HEALTHY);
	/* and may have died again meanwhile */
	sdpu_health_check(health);
}
