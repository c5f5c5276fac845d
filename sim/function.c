// SPDX-License-Identifier: GPL-2.0-only
/* A function's registers, doorbells and interrupts: the software transport. */
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "card.h"
#include "features.h"
#include "function.h"
#include "limits.h"
#include "pfleg.h"
#include "poll.h"
#include "rules.h"
#include "vdev.h"

/* Who takes the interrupts of a function. */
struct sdpu_irq {
	sdpu_xport_irq_t handler;
	void *priv;
};

static struct sdpu_function *sdpu_function_of(struct sdpu_xport *xp)
{
	return container_of(xp, struct sdpu_function, xport);
}

unsigned int sdpu_function_poll_usecs(const struct sdpu_function *fn)
{
	unsigned int usecs = READ_ONCE(fn->poll_usecs);

	return usecs == SDPU_POLL_AS_CARD ? sdpu_card_poll_usecs(fn->card) : usecs;
}

void sdpu_function_mac(const struct sdpu_function *fn, u8 *mac)
{
	u64 own = READ_ONCE(fn->own_mac);

	if (own)
		memcpy(mac, &own, ETH_ALEN);
	else
		sdpu_card_mac(fn->card, fn->number, mac);
}

void sdpu_function_irq(struct sdpu_function *fn, unsigned int vector)
{
	struct sdpu_irq *irq;

	local_bh_disable();
	rcu_read_lock();
	irq = rcu_dereference(fn->irq);
	if (irq)
		irq->handler(irq->priv, vector);
	rcu_read_unlock();
	local_bh_enable();
}

static int sdpu_xp_irq_attach(struct sdpu_xport *xp, sdpu_xport_irq_t handler, void *priv)
{
	struct sdpu_function *fn = sdpu_function_of(xp);
	struct sdpu_irq *irq;
	int err = 0;

	irq = kzalloc(sizeof(*irq), GFP_KERNEL);
	if (!irq)
		return -ENOMEM;
	irq->handler = handler;
	irq->priv = priv;
	mutex_lock(&fn->lock);
	if (rcu_access_pointer(fn->irq))
		err = -EBUSY;
	else
		rcu_assign_pointer(fn->irq, irq);
	mutex_unlock(&fn->lock);
	if (err)
		kfree(irq);
	return err;
}

static void sdpu_xp_irq_detach(struct sdpu_xport *xp)
{
	struct sdpu_function *fn = sdpu_function_of(xp);
	struct sdpu_irq *irq;

	mutex_lock(&fn->lock);
	irq = rcu_replace_pointer(fn->irq, NULL, lockdep_is_held(&fn->lock));
	mutex_unlock(&fn->lock);
	/* the handler's driver goes away when this returns */
	synchronize_rcu();
	kfree(irq);
}

static void sdpu_xp_irq_affinity(struct sdpu_xport *xp, unsigned int vector,
				 const struct cpumask *cpus)
{
	struct sdpu_function *fn = container_of(xp, struct sdpu_function, xport);

	if (vector < SDPU_VEC_QUEUE(0))
		return;
	mutex_lock(&fn->lock);
	sdpu_vdev_affinity(fn, vector - SDPU_VEC_QUEUE(0), cpus);
	mutex_unlock(&fn->lock);
}

static u32 sdpu_function_vectors(const struct sdpu_function *fn)
{
	return fn->number ? SDPU_VEC_QUEUE(SDPU_MAX_QUEUES) : SDPU_VEC_QUEUE(0);
}

/* Registers that mirror the virtio device; all zero while there is none. */
static u32 sdpu_vdev_read(struct sdpu_function *fn, u32 offset)
{
	struct sdpu_vdev *vdev;
	u32 value = 0;

	rcu_read_lock();
	vdev = rcu_dereference(fn->vdev);
	if (offset == SDPU_REG_LINK)
		value = READ_ONCE(fn->port.link);
	else if (!vdev)
		value = 0;
	else if (offset == SDPU_REG_DEV_STATUS)
		value = sdpu_vdev_status(vdev);
	else if (offset == SDPU_REG_CFG_GENERATION)
		value = sdpu_config_generation(&vdev->config);
	else if (offset == SDPU_REG_CFG_SIZE)
		value = sizeof(struct virtio_net_config);
	else
		value = sdpu_config_read(&vdev->config, offset - SDPU_REG_CFG);
	rcu_read_unlock();
	return value;
}

static u32 sdpu_xp_read(struct sdpu_xport *xp, u32 offset)
{
	struct sdpu_function *fn = sdpu_function_of(xp);

	if ((offset & 3) || sdpu_fault_gone(&fn->fault))
		return ~0u;
	switch (offset) {
	case SDPU_REG_MAGIC:
		return SDPU_CTRL_MAGIC;
	case SDPU_REG_VERSION:
		return SDPU_CTRL_VERSION;
	case SDPU_REG_FUNCTION:
		return (fn->number ? SDPU_FUNCTION_VF : SDPU_FUNCTION_PF) | fn->number << 16;
	case SDPU_REG_LIMITS:
		return SDPU_AQ_LOG_MAX | SDPU_EQ_LOG_MAX << 8 | sdpu_function_vectors(fn) << 16;
	case SDPU_REG_CTRL:
		return READ_ONCE(fn->state) == SDPU_STATE_READY ? SDPU_CTRL_ENABLE : 0;
	case SDPU_REG_STATE:
		return READ_ONCE(fn->state) | READ_ONCE(fn->reason) << 8;
	case SDPU_REG_SQ_LO ... SDPU_REG_EQ_SIZE:
		return READ_ONCE(fn->regs[(offset - SDPU_REG_SQ_LO) / 4]);
	case SDPU_REG_AREA_GROUP:
		return fn->number && !sdpu_fault_old(&fn->fault) ? SDPU_GROUP_AREAS :
								   SDPU_NO_AREA_GROUP;
	case SDPU_REG_AS_INVALIDATE:
		return fn->number && !sdpu_fault_old(&fn->fault) ? 0 : ~0u;
	case SDPU_REG_DEV_STATUS ... SDPU_REG_LINK:
	case SDPU_REG_CFG ... SDPU_REG_END - 4:
		return sdpu_vdev_read(fn, offset);
	default:
		return ~0u;
	}
}

/* Back to how the function was made: no device, no maps, rings let go. */
static void sdpu_function_reset_locked(struct sdpu_function *fn)
{
	unsigned int asid;

	lockdep_assert_held(&fn->lock);
	sdpu_aq_stop(fn);
	sdpu_fault_reset(fn);
	sdpu_ctl_reset(&fn->ctl);
	for (asid = 0; asid < SDPU_NUM_AS; asid++)
		fn->as[asid] = (struct sdpu_as) { .mode = SDPU_AS_EMPTY };
	memset(fn->group_as, 0, sizeof(fn->group_as));
	fn->areas_apart = false;
	memset(fn->regs, 0, sizeof(fn->regs));
	if (!fn->number)
		sdpu_pf_reset(fn);
	WRITE_ONCE(fn->reason, SDPU_FAIL_NONE);
	WRITE_ONCE(fn->state, SDPU_STATE_DISABLED);
}

void sdpu_function_fail(struct sdpu_function *fn, u8 reason)
{
	lockdep_assert_held(&fn->lock);
	sdpu_aq_stop(fn);
	WRITE_ONCE(fn->reason, reason);
	WRITE_ONCE(fn->state, SDPU_STATE_FAILED);
}

static void sdpu_function_enable_locked(struct sdpu_function *fn)
{
	u8 reason;

	lockdep_assert_held(&fn->lock);
	if (fn->state != SDPU_STATE_DISABLED)
		return;
	reason = sdpu_aq_start(fn);
	if (reason) {
		sdpu_function_fail(fn, reason);
		return;
	}
	if (!fn->number)
		sdpu_pf_start(fn);
	WRITE_ONCE(fn->state, SDPU_STATE_READY);
}

static void sdpu_xp_write(struct sdpu_xport *xp, u32 offset, u32 value)
{
	struct sdpu_function *fn = sdpu_function_of(xp);

	/* no lock: whoever unmaps pages waits for this, and there may be many */
	if (offset == SDPU_REG_AS_INVALIDATE) {
		sdpu_vdev_invalidate(fn, value);
		return;
	}
	/* a function level reset that is still under way must not hit what follows */
	flush_work(&fn->reset_work);
	mutex_lock(&fn->lock);
	if (offset == SDPU_REG_CTRL && value == SDPU_CTRL_ENABLE)
		sdpu_function_enable_locked(fn);
	else if (offset == SDPU_REG_CTRL && !value)
		sdpu_function_reset_locked(fn);
	else if (offset >= SDPU_REG_SQ_LO && offset <= SDPU_REG_EQ_SIZE && !(offset & 3) &&
		 fn->state == SDPU_STATE_DISABLED)
		fn->regs[(offset - SDPU_REG_SQ_LO) / 4] = value;
	mutex_unlock(&fn->lock);
}

static void sdpu_xp_doorbell(struct sdpu_xport *xp, u32 doorbell, u32 value)
{
	struct sdpu_function *fn = sdpu_function_of(xp);

	if (doorbell == SDPU_DB_SQ)
		sdpu_aq_doorbell(fn, value);
	else if (doorbell == SDPU_DB_EQ)
		sdpu_eq_doorbell(fn, value);
	else
		sdpu_vdev_kick(fn, doorbell - SDPU_DB_QUEUE(0));
}

static void *sdpu_xp_dma_alloc(struct sdpu_xport *xp, size_t size, u64 *dma)
{
	void *mem = alloc_pages_exact(size, GFP_KERNEL_ACCOUNT | __GFP_ZERO);

	/* to this card a DMA address is a physical address */
	if (mem)
		*dma = virt_to_phys(mem);
	return mem;
}

static void sdpu_xp_dma_free(struct sdpu_xport *xp, size_t size, void *mem, u64 dma)
{
	if (mem)
		free_pages_exact(mem, size);
}

static const struct sdpu_xport_ops sdpu_xport_ops = {
	.read		= sdpu_xp_read,
	.write		= sdpu_xp_write,
	.doorbell	= sdpu_xp_doorbell,
	.dma_alloc	= sdpu_xp_dma_alloc,
	.dma_free	= sdpu_xp_dma_free,
	.irq_attach	= sdpu_xp_irq_attach,
	.irq_detach	= sdpu_xp_irq_detach,
	.irq_affinity	= sdpu_xp_irq_affinity,
	.net_attach	= sdpu_pf_net_attach,
	.net_detach	= sdpu_pf_net_detach,
	.net_xmit	= sdpu_pf_net_xmit,
};

static void sdpu_function_reset_work(struct work_struct *work)
{
	struct sdpu_function *fn = container_of(work, struct sdpu_function, reset_work);

	mutex_lock(&fn->lock);
	sdpu_function_reset_locked(fn);
	mutex_unlock(&fn->lock);
}

void sdpu_function_reset(struct sdpu_function *fn)
{
	queue_work(sdpu_card_wq(fn->card), &fn->reset_work);
}

struct sdpu_function *sdpu_function_create(struct sdpu_card *card, u16 number)
{
	struct sdpu_function *fn;

	fn = kvzalloc(sizeof(*fn), GFP_KERNEL);
	if (!fn)
		return NULL;
	fn->xport.abi = SDPU_XPORT_ABI;
	fn->xport.ops = &sdpu_xport_ops;
	fn->card = card;
	fn->number = number;
	fn->poll_usecs = SDPU_POLL_AS_CARD;
	mutex_init(&fn->lock);
	INIT_WORK(&fn->reset_work, sdpu_function_reset_work);
	sdpu_aq_init(fn);
	sdpu_fault_init(fn);
	fn->port.number = number;
	sdpu_link_init(fn);
	fn->ctl.hooks = number ? &sdpu_vf_hooks : &sdpu_pf_hooks;
	fn->ctl.priv = fn;
	fn->ctl.type = number ? SDPU_FUNCTION_VF : SDPU_FUNCTION_PF;
	fn->ctl.available = number ? SDPU_FEATURES_AVAILABLE : 0;
	fn->ctl.max_vqp = SDPU_MAX_VQP;
	fn->ctl.max_rules = number ? 0 : SDPU_RULES_MAX;
	fn->ctl.rate_groups = number ? 0 : SDPU_RATE_GROUPS;
	fn->ctl.total_vfs = number ? 0 : sdpu_card_total_vfs(card);
	return fn;
}

void sdpu_function_destroy(struct sdpu_function *fn)
{
	if (!fn)
		return;
	sdpu_fault_exit(fn);
	cancel_work_sync(&fn->reset_work);
	cancel_work_sync(&fn->aq.work);
	mutex_lock(&fn->lock);
	sdpu_function_reset_locked(fn);
	mutex_unlock(&fn->lock);
	WARN_ON(rcu_access_pointer(fn->irq) || rcu_access_pointer(fn->net));
	mutex_destroy(&fn->lock);
	kvfree(fn);
}
