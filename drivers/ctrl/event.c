// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event ring. The card writes events and raises SDPU_VEC_EQ, the work item
 * takes them and hands them to the client, then tells the card how far it got.
 *
 * There is no lock: the ring is written by the card and read by the work item,
 * and @head belongs to the work item. An interrupt that comes while the work
 * item runs makes it run once more, so that no event stays behind.
 */
#include <linux/compiler.h>
#include <asm/barrier.h>

#include "internal.h"
#include "trace.h"

/* Return: whether @event is one that the card may send us. */
static bool sdpu_event_check(struct sdpu_ctrl *ctrl, u16 type, u16 index)
{
	switch (type) {
	case SDPU_EV_NEEDS_RESET:
		return index < READ_ONCE(ctrl->num_queues);
	case SDPU_EV_CONFIG:
	case SDPU_EV_LINK:
	case SDPU_EV_OVERFLOW:
		return !index;
	default:
		return false;
	}
}

static void sdpu_event_deliver(struct sdpu_ctrl *ctrl, const struct sdpu_ctrl_event *event)
{
	u16 type = le16_to_cpu(event->type);
	u16 index = le16_to_cpu(event->index);
	u64 data = le64_to_cpu(event->data);

	if (!sdpu_event_check(ctrl, type, index)) {
		ctrl->events.bad++;
		dev_warn_ratelimited(sdpu_ctrl_dev(ctrl), "bad event: type %u index %u\n",
				     type, index);
		return;
	}

	trace_sdpu_event(ctrl, type, index, data);
	ctrl->client->event(ctrl->priv, type, index, data);
}

static bool sdpu_event_next(struct sdpu_events *ev, struct sdpu_ctrl_event *event)
{
	const struct sdpu_ctrl_event *slot = &ev->ring[ev->head & (ev->size - 1)];

	if (le32_to_cpu(READ_ONCE(slot->phase)) != sdpu_ring_phase(ev->head, ev->size))
		return false;

	/* the phase is written last: what was written before must be read after it */
	dma_rmb();
	memcpy(event, slot, sizeof(*event));
	/* the compiler must not go back to the original for what is checked later */
	barrier();
	ev->head++;

	return true;
}

static void sdpu_events_work(struct work_struct *work)
{
	struct sdpu_ctrl *ctrl = container_of(work, struct sdpu_ctrl, events.work);
	struct sdpu_events *ev = &ctrl->events;
	struct sdpu_ctrl_event event;
	unsigned int n;

	/* one lap a run: a card that sends without pause must not keep us from stopping */
	for (n = 0; n < ev->size && sdpu_event_next(ev, &event); n++) {
		/* we have a copy: the card may use the slot again */
		ctrl->xp->ops->doorbell(ctrl->xp, SDPU_DB_EQ, ev->head);
		sdpu_event_deliver(ctrl, &event);
	}
	if (n == ev->size)
		queue_work(ev->wq, work);
}

/**
 * sdpu_events_irq - SDPU_VEC_EQ fired
 * @ctrl: whose card
 *
 * Context: bottom halves disabled, locks of the card held.
 */
void sdpu_events_irq(struct sdpu_ctrl *ctrl)
{
	/* a no-op after sdpu_events_stop() */
	queue_work(ctrl->events.wq, &ctrl->events.work);
}

/**
 * sdpu_events_init - allocate the event ring
 * @ctrl: whose ring
 * @log: log2 of entries
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sdpu_events_init(struct sdpu_ctrl *ctrl, unsigned int log)
{
	struct sdpu_events *ev = &ctrl->events;

	INIT_WORK(&ev->work, sdpu_events_work);
	ev->head = 0;
	ev->size = 1u << log;
	ev->ring = ctrl->xp->ops->dma_alloc(ctrl->xp, sizeof(*ev->ring) << log, &ev->dma);
	if (!ev->ring)
		return -ENOMEM;

	ev->wq = alloc_ordered_workqueue("sdpu_ev/%s", 0, pci_name(ctrl->pdev));
	if (!ev->wq) {
		ctrl->xp->ops->dma_free(ctrl->xp, sizeof(*ev->ring) << log, ev->ring, ev->dma);
		return -ENOMEM;
	}

	return 0;
}

/**
 * sdpu_events_program - tell the card where the event ring is
 * @ctrl: whose ring
 *
 * Context: may sleep. The function must be disabled.
 */
void sdpu_events_program(struct sdpu_ctrl *ctrl)
{
	struct sdpu_events *ev = &ctrl->events;

	sdpu_ctrl_write(ctrl, SDPU_REG_EQ_LO, (u32)ev->dma);
	sdpu_ctrl_write(ctrl, SDPU_REG_EQ_HI, (u32)(ev->dma >> 32));
	sdpu_ctrl_write(ctrl, SDPU_REG_EQ_SIZE, __builtin_ctz(ev->size));
}

/**
 * sdpu_events_stop - no event reaches the client after this
 * @ctrl: whose events. Still enabled, so that a command that the client's
 *	handler waits for can complete.
 *
 * Context: may sleep.
 */
void sdpu_events_stop(struct sdpu_ctrl *ctrl)
{
	disable_work_sync(&ctrl->events.work);
}

/**
 * sdpu_events_exit - free the event ring
 * @ctrl: stopped, the function is disabled
 *
 * Context: may sleep.
 */
void sdpu_events_exit(struct sdpu_ctrl *ctrl)
{
	struct sdpu_events *ev = &ctrl->events;

	destroy_workqueue(ev->wq);
	ctrl->xp->ops->dma_free(ctrl->xp, sizeof(*ev->ring) * ev->size, ev->ring, ev->dma);
}
