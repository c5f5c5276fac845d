// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening and closing the control path of a function.
 *
 * Opening: reset, rings, interrupt handler, enable, wait for READY, IDENTIFY.
 * Closing goes back in an order that matters: no event reaches the client any
 * more, while commands that its handler may wait for still complete; then the
 * function is reset, after which the card neither writes to our memory nor
 * raises interrupts of its own accord; then the handler is taken away, after
 * which nobody looks into the rings; then these are freed, unless the card did
 * not confirm the reset.
 */
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/slab.h>

#include "internal.h"

#define SDPU_EVENT_LOG		6

/* Resetting or enabling a function copies some numbers: 5 s is for loaded hosts. */
#define SDPU_READY_POLL_US	1000
#define SDPU_READY_TIMEOUT_US	(5 * USEC_PER_SEC)

static void sdpu_ctrl_irq(void *priv, unsigned int vector)
{
	struct sdpu_ctrl *ctrl = priv;

	if (vector == SDPU_VEC_AQ)
		sdpu_requests_irq(ctrl);
	else if (vector == SDPU_VEC_EQ)
		sdpu_events_irq(ctrl);
	else if (ctrl->client->queue_irq &&
		 vector - SDPU_VEC_QUEUE(0) < READ_ONCE(ctrl->num_queues))
		ctrl->client->queue_irq(ctrl->priv, vector - SDPU_VEC_QUEUE(0));
}

/* Is there a card, does it speak our language, and is it what PCI says it is? */
static int sdpu_ctrl_probe_card(struct sdpu_ctrl *ctrl)
{
	struct device *dev = sdpu_ctrl_dev(ctrl);
	u32 magic = sdpu_ctrl_read(ctrl, SDPU_REG_MAGIC);
	u32 version = sdpu_ctrl_read(ctrl, SDPU_REG_VERSION);
	u32 function = sdpu_ctrl_read(ctrl, SDPU_REG_FUNCTION);
	bool is_vf = (function & 0xff) == SDPU_FUNCTION_VF;

	if (magic != SDPU_CTRL_MAGIC)
		return dev_err_probe(dev, -ENODEV, "no SoftDPU register window (magic %#x)\n",
				     magic);
	if (version >> 16 != SDPU_CTRL_VERSION_MAJOR)
		return dev_err_probe(dev, -EPROTO,
				     "the card speaks control path %u.%u, this driver %u.%u\n",
				     version >> 16, version & 0xffff,
				     SDPU_CTRL_VERSION_MAJOR, SDPU_CTRL_VERSION_MINOR);
	if ((function & 0xff) > SDPU_FUNCTION_VF || is_vf != ctrl->pdev->is_virtfn)
		return dev_err_probe(dev, -EPROTO, "function type %u does not fit\n",
				     function & 0xff);

	ctrl->identity.number = function >> 16;

	return 0;
}

static int sdpu_ctrl_poll_state(struct sdpu_ctrl *ctrl, u32 wanted, u32 *state)
{
	unsigned int us;

	for (us = 0; us < SDPU_READY_TIMEOUT_US; us += SDPU_READY_POLL_US) {
		*state = sdpu_ctrl_read(ctrl, SDPU_REG_STATE);
		if (*state == ~0u)
			return -ENODEV;
		if ((*state & 0xff) == wanted)
			return 0;
		if ((*state & 0xff) == SDPU_STATE_FAILED && wanted == SDPU_STATE_READY)
			return -EIO;
		usleep_range(SDPU_READY_POLL_US, 2 * SDPU_READY_POLL_US);
	}

	return -ETIMEDOUT;
}

static int sdpu_ctrl_wait_state(struct sdpu_ctrl *ctrl, u32 wanted)
{
	struct device *dev = sdpu_ctrl_dev(ctrl);
	u32 state;
	int ret = sdpu_ctrl_poll_state(ctrl, wanted, &state);

	if (ret == -ENODEV)
		return dev_err_probe(dev, ret, "the card is gone\n");
	if (ret == -EIO)
		return dev_err_probe(dev, ret, "the card refuses to start, reason %u\n",
				     (state >> 8) & 0xff);
	if (ret)
		return dev_err_probe(dev, ret, "the card stays in state %u\n", state & 0xff);

	return 0;
}

/*
 * Reset the function. Return: 0 when it touches no memory any more, be it that
 * the card is gone, or -ETIMEDOUT.
 */
static int sdpu_ctrl_disable(struct sdpu_ctrl *ctrl)
{
	u32 state;
	int ret;

	sdpu_ctrl_write(ctrl, SDPU_REG_CTRL, 0);
	ret = sdpu_ctrl_poll_state(ctrl, SDPU_STATE_DISABLED, &state);
	if (ret != -ETIMEDOUT)
		return 0;
	dev_err(sdpu_ctrl_dev(ctrl), "the card does not reset the function (state %u)\n",
		state & 0xff);

	return ret;
}

static int sdpu_ctrl_alloc(struct sdpu_ctrl *ctrl, u32 limits)
{
	unsigned int aq_log = min_t(unsigned int, limits & 0xff, SDPU_RING_LOG);
	unsigned int eq_log = min_t(unsigned int, (limits >> 8) & 0xff, SDPU_EVENT_LOG);
	int ret;

	if (aq_log < SDPU_AQ_LOG_MIN || eq_log < SDPU_EQ_LOG_MIN ||
	    limits >> 16 < SDPU_VEC_QUEUE(0))
		return dev_err_probe(sdpu_ctrl_dev(ctrl), -EPROTO, "impossible limits %#x\n",
				     limits);

	ret = sdpu_requests_init(ctrl, aq_log);
	if (ret)
		return ret;

	ret = sdpu_events_init(ctrl, eq_log);
	if (ret)
		goto err_requests;

	ret = sdpu_buffers_init(ctrl);
	if (ret)
		goto err_events;

	return 0;

err_events:
	sdpu_events_exit(ctrl);
err_requests:
	sdpu_requests_exit(ctrl);

	return ret;
}

static void sdpu_ctrl_free(struct sdpu_ctrl *ctrl)
{
	sdpu_buffers_exit(ctrl);
	sdpu_events_exit(ctrl);
	sdpu_requests_exit(ctrl);
}

static int sdpu_ctrl_identify(struct sdpu_ctrl *ctrl, u32 limits)
{
	const struct sdpu_identity_regs regs = {
		.function = sdpu_ctrl_read(ctrl, SDPU_REG_FUNCTION),
		.limits = limits,
		.area_group = sdpu_ctrl_read(ctrl, SDPU_REG_AREA_GROUP),
		.as_invalidate = sdpu_ctrl_read(ctrl, SDPU_REG_AS_INVALIDATE),
	};
	struct device *dev = sdpu_ctrl_dev(ctrl);
	struct sdpu_ctrl_identify out;
	const char *why;
	int ret;

	ret = sdpu_cmd_identify(ctrl, &out);
	if (ret)
		return dev_err_probe(dev, ret, "cannot identify the function\n");

	ret = sdpu_identity_decode(&ctrl->identity, &out, &regs, &why);
	if (ret)
		return dev_err_probe(dev, ret, "impossible identity: %s\n", why);
	/* it was what PCI says before, and a card may not change its mind */
	if (ctrl->identity.is_pf == ctrl->pdev->is_virtfn)
		return dev_err_probe(dev, -EPROTO, "impossible identity: type\n");

	return 0;
}

/* Undone by sdpu_ctrl_stop(), also when it fails. */
static int sdpu_ctrl_start(struct sdpu_ctrl *ctrl, u32 limits)
{
	int ret;

	sdpu_ring_program(&ctrl->requests.ring);
	sdpu_events_program(ctrl);
	sdpu_ctrl_write(ctrl, SDPU_REG_CTRL, SDPU_CTRL_ENABLE);

	ret = sdpu_ctrl_wait_state(ctrl, SDPU_STATE_READY);
	if (ret)
		return ret;

	ret = sdpu_ctrl_identify(ctrl, limits);
	if (ret)
		return ret;

	if (!ctrl->identity.is_pf)
		WRITE_ONCE(ctrl->num_queues, 2u * ctrl->identity.max_vqp + 1);

	return 0;
}

/* Memory that the card may still write to stays allocated. */
static int sdpu_ctrl_stop(struct sdpu_ctrl *ctrl)
{
	int ret;

	sdpu_events_stop(ctrl);
	ret = sdpu_ctrl_disable(ctrl);
	ctrl->xp->ops->irq_detach(ctrl->xp);
	if (!ret)
		sdpu_ctrl_free(ctrl);

	return ret;
}

/**
 * sdpu_ctrl_open - start talking to a function
 * @pdev: the function, bound to the caller until sdpu_ctrl_close()
 * @client: whom to tell about events and interrupts, maybe before this returns
 * @priv: for the client's functions
 *
 * Says in the log why, if it fails.
 *
 * Context: may sleep.
 * Return: the control path, or an ERR_PTR().
 */
struct sdpu_ctrl *sdpu_ctrl_open(struct pci_dev *pdev, const struct sdpu_ctrl_client *client,
				 void *priv)
{
	struct sdpu_xport *xp = sdpu_xport_get(&pdev->dev);
	struct sdpu_ctrl *ctrl;
	u32 limits;
	int ret;

	if (!xp)
		return ERR_PTR(dev_err_probe(&pdev->dev, -ENODEV,
					     "no transport: not a simulated card of this build\n"));

	ctrl = kzalloc(sizeof(*ctrl), GFP_KERNEL);
	if (!ctrl)
		return ERR_PTR(-ENOMEM);
	ctrl->pdev = pdev;
	ctrl->xp = xp;
	ctrl->client = client;
	ctrl->priv = priv;

	ret = sdpu_ctrl_probe_card(ctrl);
	if (ret)
		goto err_free;

	/* whoever had the function before may have left it in any state */
	sdpu_ctrl_write(ctrl, SDPU_REG_CTRL, 0);
	ret = sdpu_ctrl_wait_state(ctrl, SDPU_STATE_DISABLED);
	if (ret)
		goto err_free;

	limits = sdpu_ctrl_read(ctrl, SDPU_REG_LIMITS);
	ret = sdpu_ctrl_alloc(ctrl, limits);
	if (ret)
		goto err_free;

	ret = xp->ops->irq_attach(xp, sdpu_ctrl_irq, ctrl);
	if (ret) {
		dev_err_probe(&pdev->dev, ret, "cannot get interrupts\n");
		goto err_rings;
	}

	ret = sdpu_ctrl_start(ctrl, limits);
	if (ret)
		goto err_stop;

	return ctrl;

err_stop:
	sdpu_ctrl_stop(ctrl);
	goto err_free;
err_rings:
	sdpu_ctrl_free(ctrl);
err_free:
	kfree(ctrl);

	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(sdpu_ctrl_open);

/**
 * sdpu_ctrl_close - stop talking to a function, reset it
 * @ctrl: nobody executes commands any more, but for the client's event handler
 *
 * No function of the client runs after this.
 *
 * Context: may sleep. Waits for the client's event handler: the caller must
 * not hold a lock that the handler takes.
 * Return: 0, or -ETIMEDOUT if the card does not confirm the reset: what it
 * could write to must stay allocated then.
 */
int sdpu_ctrl_close(struct sdpu_ctrl *ctrl)
{
	int ret = sdpu_ctrl_stop(ctrl);

	kfree(ctrl);

	return ret;
}
EXPORT_SYMBOL_GPL(sdpu_ctrl_close);

/**
 * sdpu_ctrl_abort - the last resort: reset the function, without a command
 * @ctrl: the function
 *
 * For when commands fail and memory that the card uses is about to be freed.
 * All commands, also those in flight, fail with -ENODEV from now on.
 *
 * Context: may sleep.
 * Return: 0 when the function touches no memory any more, or -ETIMEDOUT.
 */
int sdpu_ctrl_abort(struct sdpu_ctrl *ctrl)
{
	int ret = sdpu_ctrl_disable(ctrl);

	sdpu_requests_kill(ctrl, "the function was reset");

	return ret;
}
EXPORT_SYMBOL_GPL(sdpu_ctrl_abort);

/**
 * sdpu_ctrl_identity - what the function is
 * @ctrl: the function
 *
 * Context: any.
 * Return: the identity; constant, lives as long as @ctrl.
 */
const struct sdpu_identity *sdpu_ctrl_identity(const struct sdpu_ctrl *ctrl)
{
	return &ctrl->identity;
}
EXPORT_SYMBOL_GPL(sdpu_ctrl_identity);

/**
 * sdpu_ctrl_xport - the transport under the control path
 * @ctrl: the function
 *
 * For what the control path leaves to its owner: registers of the function,
 * memory, frames.
 *
 * Context: any.
 * Return: the transport.
 */
struct sdpu_xport *sdpu_ctrl_xport(const struct sdpu_ctrl *ctrl)
{
	return ctrl->xp;
}
EXPORT_SYMBOL_GPL(sdpu_ctrl_xport);

/**
 * sdpu_ctrl_register - read a register
 * @ctrl: the function
 * @offset: SDPU_REG_*, or any other multiple of 4
 *
 * Context: any.
 * Return: its value, all ones if there is none, or the card is gone.
 */
u32 sdpu_ctrl_register(const struct sdpu_ctrl *ctrl, u32 offset)
{
	return sdpu_ctrl_read(ctrl, offset);
}

/**
 * sdpu_ctrl_alive - is the card still answering?
 * @ctrl: the function
 *
 * Context: any.
 * Return: false after the card was removed, or broke for good.
 */
bool sdpu_ctrl_alive(const struct sdpu_ctrl *ctrl)
{
	return !READ_ONCE(ctrl->requests.dead) &&
	       ctrl->xp->ops->read(ctrl->xp, SDPU_REG_MAGIC) == SDPU_CTRL_MAGIC;
}
EXPORT_SYMBOL_GPL(sdpu_ctrl_alive);

/**
 * sdpu_ctrl_prompt - does the card answer in time?
 * @ctrl: the function
 *
 * For who holds a lock that others wait for, and can do without the answer.
 *
 * Context: any.
 * Return: false if the last command that ended has timed out, or the card is gone.
 */
bool sdpu_ctrl_prompt(const struct sdpu_ctrl *ctrl)
{
	return sdpu_ctrl_alive(ctrl) && !READ_ONCE(ctrl->requests.timeouts);
}

/**
 * sdpu_ctrl_kick - ring the doorbell of a virtqueue
 * @ctrl: the function
 * @queue: which one
 *
 * Context: any, also with interrupts disabled.
 */
void sdpu_ctrl_kick(struct sdpu_ctrl *ctrl, unsigned int queue)
{
	ctrl->xp->ops->doorbell(ctrl->xp, SDPU_DB_QUEUE(queue), queue);
}
EXPORT_SYMBOL_GPL(sdpu_ctrl_kick);

/**
 * sdpu_ctrl_queue_affinity - say where a virtqueue shall be worked on
 * @ctrl: the function
 * @queue: which one; the card has it
 * @cpus: on one of these processors, or on any if NULL; a hint
 *
 * Holds until the queue is destroyed.
 *
 * Context: may sleep.
 */
void sdpu_ctrl_queue_affinity(struct sdpu_ctrl *ctrl, unsigned int queue,
			      const struct cpumask *cpus)
{
	ctrl->xp->ops->irq_affinity(ctrl->xp, SDPU_VEC_QUEUE(queue), cpus);
}
EXPORT_SYMBOL_GPL(sdpu_ctrl_queue_affinity);

/**
 * sdpu_ctrl_health - what went wrong so far
 * @ctrl: the function
 * @health: to fill in
 *
 * Context: may sleep.
 */
void sdpu_ctrl_health(struct sdpu_ctrl *ctrl, struct sdpu_ctrl_health *health)
{
	struct sdpu_requests *rq = &ctrl->requests;
	unsigned int i;

	*health = (struct sdpu_ctrl_health) {
		.bad_events = READ_ONCE(ctrl->events.bad),
	};

	spin_lock_bh(&rq->lock);
	health->timeouts = rq->timeouts_total;
	health->late = rq->late;
	for (i = SDPU_CQE_OK + 1; i < SDPU_CQE_FAULTS; i++)
		health->bad_completions += rq->faults[i];
	spin_unlock_bh(&rq->lock);
}
EXPORT_SYMBOL_GPL(sdpu_ctrl_health);
