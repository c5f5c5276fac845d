// SPDX-License-Identifier: GPL-2.0-only
/* Admin queue and event queue: fetch, execute, complete, tell. */
#include "adminq.h"
#include "card.h"
#include "function.h"

void sdpu_aq_complete(struct sdpu_function *fn, const struct sdpu_ctrl_cqe *result)
{
	struct sdpu_aq *aq = &fn->aq;
	u16 mask = (1u << aq->log) - 1;
	struct sdpu_ctrl_cqe *slot = &aq->cq[aq->cq_tail & mask];
	u32 phase = !((aq->cq_tail >> aq->log) & 1);

	slot->opcode = result->opcode;
	slot->tag = result->tag;
	slot->status = result->status;
	slot->len = result->len;
	slot->reserved = result->reserved;
	memcpy(slot->payload, result->payload, sizeof(slot->payload));
	/* the slot is complete when its phase says so */
	smp_store_release(&slot->phase, cpu_to_le32(phase));
	aq->cq_tail++;
}

/* Take and execute one command: false if there is none. */
static bool sdpu_aq_serve_one(struct sdpu_function *fn)
{
	struct sdpu_aq *aq = &fn->aq;
	u16 mask = (1u << aq->log) - 1;
	struct sdpu_ctrl_cqe cqe;
	struct sdpu_ctrl_cmd cmd;
	unsigned int times;
	u16 tail;

	if (fn->state != SDPU_STATE_READY)
		return false;
	/* pairs with the release in sdpu_aq_doorbell(): commands before the tail */
	tail = smp_load_acquire(&aq->doorbell);
	if (tail == aq->head)
		return false;
	if ((u16)(tail - aq->head) > mask + 1) {
		sdpu_function_fail(fn, SDPU_FAIL_DOORBELL);
		return false;
	}
	/* a private copy: the driver can still write to the slot */
	sdpu_prim_snapshot(&cmd, &aq->sq[aq->head & mask], sizeof(cmd));
	aq->head++;
	if (sdpu_fault_gone(&fn->fault))
		return true;
	sdpu_ctl_execute(&fn->ctl, &cmd, &cqe);
	for (times = sdpu_fault_apply(fn, &cqe); times; times--)
		sdpu_aq_complete(fn, &cqe);
	return true;
}

static void sdpu_aq_work(struct work_struct *work)
{
	struct sdpu_function *fn = container_of(work, struct sdpu_function, aq.work);
	bool any = false;

	mutex_lock(&fn->lock);
	while (sdpu_aq_serve_one(fn))
		any = true;
	mutex_unlock(&fn->lock);
	if (any)
		sdpu_function_irq(fn, SDPU_VEC_AQ);
}

void sdpu_aq_init(struct sdpu_function *fn)
{
	INIT_WORK(&fn->aq.work, sdpu_aq_work);
	spin_lock_init(&fn->eq.lock);
}

void sdpu_aq_doorbell(struct sdpu_function *fn, u16 tail)
{
	/* pairs with the acquire in sdpu_aq_serve_one() */
	smp_store_release(&fn->aq.doorbell, tail);
	queue_work(sdpu_card_wq(fn->card), &fn->aq.work);
}

/* A ring of @bytes at the address in registers @reg and @reg + 1, or NULL. */
static void *sdpu_aq_ring(struct sdpu_function *fn, unsigned int reg, size_t bytes)
{
	u64 dma = fn->regs[reg] | (u64)fn->regs[reg + 1] << 32;
	size_t off;

	if (!dma || !IS_ALIGNED(dma, 64) || dma + bytes < dma)
		return NULL;
	for (off = 0; off < bytes; off += PAGE_SIZE)
		if (!sdpu_prim_dma_virt(dma + off))
			return NULL;
	if (!sdpu_prim_dma_virt(dma + bytes - 1))
		return NULL;
	return sdpu_prim_dma_virt(dma);
}

#define REG(name)	((SDPU_REG_##name - SDPU_REG_SQ_LO) / 4)

u8 sdpu_aq_start(struct sdpu_function *fn)
{
	u32 aq_log = fn->regs[REG(AQ_SIZE)];
	u32 eq_log = fn->regs[REG(EQ_SIZE)];
	struct sdpu_ctrl_event *ring;
	struct sdpu_aq *aq = &fn->aq;
	struct sdpu_eq *eq = &fn->eq;

	lockdep_assert_held(&fn->lock);
	if (aq_log < SDPU_AQ_LOG_MIN || aq_log > SDPU_AQ_LOG_MAX ||
	    eq_log < SDPU_EQ_LOG_MIN || eq_log > SDPU_EQ_LOG_MAX)
		return SDPU_FAIL_RING_SIZE;
	aq->sq = sdpu_aq_ring(fn, REG(SQ_LO), sizeof(*aq->sq) << aq_log);
	aq->cq = sdpu_aq_ring(fn, REG(CQ_LO), sizeof(*aq->cq) << aq_log);
	ring = sdpu_aq_ring(fn, REG(EQ_LO), sizeof(*ring) << eq_log);
	if (!aq->sq || !aq->cq || !ring)
		return SDPU_FAIL_RING_ADDRESS;
	aq->log = aq_log;
	aq->head = 0;
	aq->cq_tail = 0;
	WRITE_ONCE(aq->doorbell, 0);

	spin_lock_bh(&eq->lock);
	eq->ring = ring;
	eq->log = eq_log;
	eq->tail = 0;
	eq->overflow = false;
	WRITE_ONCE(eq->head, 0);
	spin_unlock_bh(&eq->lock);
	return SDPU_FAIL_NONE;
}

void sdpu_aq_stop(struct sdpu_function *fn)
{
	lockdep_assert_held(&fn->lock);
	fn->aq.sq = NULL;
	fn->aq.cq = NULL;
	spin_lock_bh(&fn->eq.lock);
	fn->eq.ring = NULL;
	spin_unlock_bh(&fn->eq.lock);
}

static void sdpu_eq_put(struct sdpu_eq *eq, u16 type, u16 index, u64 data)
{
	struct sdpu_ctrl_event *slot = &eq->ring[eq->tail & ((1u << eq->log) - 1)];
	u32 phase = !((eq->tail >> eq->log) & 1);

	lockdep_assert_held(&eq->lock);
	slot->type = cpu_to_le16(type);
	slot->index = cpu_to_le16(index);
	slot->data = cpu_to_le64(data);
	/* the slot is complete when its phase says so */
	smp_store_release(&slot->phase, cpu_to_le32(phase));
	eq->tail++;
}

static u16 sdpu_eq_room(const struct sdpu_eq *eq)
{
	u16 used = eq->tail - READ_ONCE(eq->head);

	/* a head that is ahead of the tail is a lie and gives no room */
	return used > (1u << eq->log) ? 0 : (1u << eq->log) - used;
}

void sdpu_eq_post(struct sdpu_function *fn, u16 type, u16 index, u64 data)
{
	struct sdpu_eq *eq = &fn->eq;
	bool told = false;

	spin_lock_bh(&eq->lock);
	/*
	 * A driver that has taken everything has the overflow word, too. What
	 * was lost before it rang is covered by its look at everything, which
	 * comes after that.
	 */
	if (eq->overflow && READ_ONCE(eq->head) == eq->tail)
		eq->overflow = false;
	if (eq->ring) {
		/* the last slot is for the word that others were lost */
		if (!eq->overflow && sdpu_eq_room(eq) > 1) {
			sdpu_eq_put(eq, type, index, data);
			told = true;
		} else if (!eq->overflow && sdpu_eq_room(eq) == 1) {
			sdpu_eq_put(eq, SDPU_EV_OVERFLOW, 0, 0);
			eq->overflow = true;
			told = true;
		}
	}
	spin_unlock_bh(&eq->lock);
	if (told)
		sdpu_function_irq(fn, SDPU_VEC_EQ);
}

void sdpu_eq_doorbell(struct sdpu_function *fn, u16 head)
{
	struct sdpu_eq *eq = &fn->eq;

	/* no lock: a doorbell comes from anywhere */
	WRITE_ONCE(eq->head, head);
}
