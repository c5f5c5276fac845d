// SPDX-License-Identifier: GPL-2.0-only
/* Faults on demand. */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "adminq.h"
#include "card.h"
#include "fault.h"
#include "function.h"

static const char * const sdpu_fault_names[] = {
	[SDPU_FAULT_NONE]	= "none",
	[SDPU_FAULT_DROP]	= "drop",
	[SDPU_FAULT_LATE]	= "late",
	[SDPU_FAULT_DUPLICATE]	= "duplicate",
	[SDPU_FAULT_TAG]	= "tag",
	[SDPU_FAULT_OPCODE]	= "opcode",
	[SDPU_FAULT_LENGTH]	= "length",
	[SDPU_FAULT_STATUS]	= "status",
	[SDPU_FAULT_RESERVED]	= "reserved",
	[SDPU_FAULT_GONE]	= "gone",
	[SDPU_FAULT_OLD]	= "old",
};

#define SDPU_FAULT_MS_MAX	60000

static struct dentry *sdpu_fault_root;

static void sdpu_fault_work(struct work_struct *work)
{
	struct sdpu_function *fn = container_of(to_delayed_work(work), struct sdpu_function,
						fault.work);
	bool told = false;

	mutex_lock(&fn->lock);
	if (fn->fault.holding && fn->state == SDPU_STATE_READY) {
		sdpu_aq_complete(fn, &fn->fault.held);
		told = true;
	}
	fn->fault.holding = false;
	mutex_unlock(&fn->lock);
	if (told)
		sdpu_function_irq(fn, SDPU_VEC_AQ);
}

static unsigned int sdpu_fault_hold(struct sdpu_function *fn, const struct sdpu_ctrl_cqe *cqe)
{
	struct sdpu_fault *fault = &fn->fault;

	/* one at a time: the next one is on time */
	if (fault->holding)
		return 1;
	fault->held = *cqe;
	fault->holding = true;
	queue_delayed_work(sdpu_card_wq(fn->card), &fault->work, msecs_to_jiffies(fault->ms));
	return 0;
}

unsigned int sdpu_fault_apply(struct sdpu_function *fn, struct sdpu_ctrl_cqe *cqe)
{
	struct sdpu_fault *fault = &fn->fault;
	enum sdpu_fault_kind kind = fault->kind;

	lockdep_assert_held(&fn->lock);
	if (likely(kind == SDPU_FAULT_NONE) || kind == SDPU_FAULT_OLD)
		return 1;
	if (kind != SDPU_FAULT_GONE && !--fault->count)
		WRITE_ONCE(fault->kind, SDPU_FAULT_NONE);
	switch (kind) {
	case SDPU_FAULT_LATE:
		return sdpu_fault_hold(fn, cqe);
	case SDPU_FAULT_DUPLICATE:
		return 2;
	case SDPU_FAULT_TAG:
		cqe->tag ^= cpu_to_le16(0x8000);
		return 1;
	case SDPU_FAULT_OPCODE:
		cqe->opcode ^= cpu_to_le16(0xff);
		return 1;
	case SDPU_FAULT_LENGTH:
		cqe->len = cpu_to_le16(0xffff);
		return 1;
	case SDPU_FAULT_STATUS:
		cqe->status = cpu_to_le16(0xffff);
		return 1;
	case SDPU_FAULT_RESERVED:
		cqe->reserved = cpu_to_le32(1);
		return 1;
	default:
		return 0;
	}
}

void sdpu_fault_reset(struct sdpu_function *fn)
{
	lockdep_assert_held(&fn->lock);
	fn->fault.holding = false;
}

static ssize_t sdpu_fault_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	struct sdpu_function *fn = file->private_data;
	char buf[64];
	int n;

	mutex_lock(&fn->lock);
	n = scnprintf(buf, sizeof(buf), "%s %u %u\n", sdpu_fault_names[fn->fault.kind],
		      fn->fault.count, fn->fault.ms);
	mutex_unlock(&fn->lock);
	return simple_read_from_buffer(to, len, pos, buf, n);
}

/* KIND [COUNT [MILLISECONDS]] */
static ssize_t sdpu_fault_write(struct file *file, const char __user *from, size_t len,
				loff_t *pos)
{
	struct sdpu_function *fn = file->private_data;
	unsigned int count = 1, ms = 1000;
	char buf[64], name[16];
	int kind;

	if (len >= sizeof(buf) || copy_from_user(buf, from, len))
		return -EINVAL;
	buf[len] = '\0';
	if (sscanf(buf, "%15s %u %u", name, &count, &ms) < 1)
		return -EINVAL;
	kind = match_string(sdpu_fault_names, ARRAY_SIZE(sdpu_fault_names), name);
	if (kind < 0 || !count || ms > SDPU_FAULT_MS_MAX)
		return -EINVAL;
	mutex_lock(&fn->lock);
	fn->fault.count = kind == SDPU_FAULT_NONE ? 0 : count;
	fn->fault.ms = ms;
	WRITE_ONCE(fn->fault.kind, kind);
	mutex_unlock(&fn->lock);
	return len;
}

static const struct file_operations sdpu_fault_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.read	= sdpu_fault_read,
	.write	= sdpu_fault_write,
};

void sdpu_fault_init(struct sdpu_function *fn)
{
	char name[24];

	INIT_DELAYED_WORK(&fn->fault.work, sdpu_fault_work);
	snprintf(name, sizeof(name), "%u.%u", sdpu_card_id(fn->card), fn->number);
	fn->fault.dir = debugfs_create_dir(name, sdpu_fault_root);
	debugfs_create_file("fault", 0600, fn->fault.dir, fn, &sdpu_fault_fops);
}

void sdpu_fault_exit(struct sdpu_function *fn)
{
	debugfs_remove(fn->fault.dir);
	cancel_delayed_work_sync(&fn->fault.work);
}

void sdpu_fault_module_init(void)
{
	sdpu_fault_root = debugfs_create_dir("softdpu", NULL);
}

void sdpu_fault_module_exit(void)
{
	debugfs_remove(sdpu_fault_root);
}
