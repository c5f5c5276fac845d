/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults on demand: completions that a broken card would give, or not give.
 * In debugfs, softdpu/CARD.FUNCTION/fault; see Documentation/testing.rst.
 */
#ifndef _SDPU_SIM_FAULT_H
#define _SDPU_SIM_FAULT_H

#include <linux/workqueue.h>

#include <softdpu/ctrl.h>

struct dentry;
struct sdpu_function;

enum sdpu_fault_kind {
	SDPU_FAULT_NONE,
	SDPU_FAULT_DROP,	/* no completion */
	SDPU_FAULT_LATE,	/* completion after some milliseconds */
	SDPU_FAULT_DUPLICATE,	/* twice */
	SDPU_FAULT_TAG,		/* of a command that was never given */
	SDPU_FAULT_OPCODE,	/* of another opcode */
	SDPU_FAULT_LENGTH,	/* more payload than there is */
	SDPU_FAULT_STATUS,	/* a status that does not exist */
	SDPU_FAULT_RESERVED,	/* reserved fields not zero */
	SDPU_FAULT_GONE,	/* registers read all ones, nothing is served */
	SDPU_FAULT_OLD,		/* the registers of version 1.2 are not there */
};

/**
 * struct sdpu_fault - what goes wrong on a function
 * @kind: what
 * @count: for how many commands more
 * @ms: SDPU_FAULT_LATE: how late
 * @held: completion that is late
 * @holding: there is one
 * @work: gives it
 * @dir: debugfs
 *
 * Under sdpu_function.lock; @kind is also read without it.
 */
struct sdpu_fault {
	enum sdpu_fault_kind kind;
	unsigned int count;
	unsigned int ms;
	struct sdpu_ctrl_cqe held;
	bool holding;
	struct delayed_work work;
	struct dentry *dir;
};

void sdpu_fault_init(struct sdpu_function *fn);
void sdpu_fault_exit(struct sdpu_function *fn);
/* The function was reset: what is held back belongs to another life. */
void sdpu_fault_reset(struct sdpu_function *fn);
/*
 * Spoil @cqe if a fault is due: how often to give it, 0 to 2.
 * Context: fn->lock.
 */
unsigned int sdpu_fault_apply(struct sdpu_function *fn, struct sdpu_ctrl_cqe *cqe);

static inline bool sdpu_fault_gone(const struct sdpu_fault *fault)
{
	return READ_ONCE(fault->kind) == SDPU_FAULT_GONE;
}

static inline bool sdpu_fault_old(const struct sdpu_fault *fault)
{
	return READ_ONCE(fault->kind) == SDPU_FAULT_OLD;
}

/* The directory of all cards; made and removed with the module. */
void sdpu_fault_module_init(void);
void sdpu_fault_module_exit(void);

#endif /* _SDPU_SIM_FAULT_H */
