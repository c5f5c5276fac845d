// SPDX-License-Identifier: GPL-2.0
/*
 * One deliberate mistake of each kind that a lab must notice. A detector that has
 * gone silent looks just like clean code: tests/lab/detectors.sh loads this module
 * to tell the two apart.
 */
#include <linux/bug.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static char *what = "none";
module_param(what, charp, 0444);
MODULE_PARM_DESC(what, "mistake to make: none, warn, leak, uaf, oob, lockdep, atomic or shift");

static DEFINE_MUTEX(seed_a);
static DEFINE_MUTEX(seed_b);
static DEFINE_SPINLOCK(seed_lock);

static int seed_warn(void)
{
	WARN(1, "seed: deliberate warning\n");
	return 0;
}

/*
 * Forgets several slabs full of them, of a size that nobody else allocates. What was
 * allocated last survives by stale copies of its address.
 */
static int seed_leak(void)
{
	int i;

	for (i = 0; i < 64; i++) {
		char *p = kmalloc(1234, GFP_KERNEL);

		if (!p)
			return -ENOMEM;
		strscpy(p, "seed: deliberate leak", 1234);
		OPTIMIZER_HIDE_VAR(p);
	}
	return 0;
}

static int seed_uaf(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(p);
	kfree(p);
	return READ_ONCE(*p) == 1 ? -EINVAL : 0;
}

static int seed_oob(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(p[64], 1);
	kfree(p);
	return 0;
}

static int seed_lockdep(void)
{
	mutex_lock(&seed_a);
	mutex_lock(&seed_b);
	mutex_unlock(&seed_b);
	mutex_unlock(&seed_a);

	mutex_lock(&seed_b);
	mutex_lock(&seed_a);
	mutex_unlock(&seed_a);
	mutex_unlock(&seed_b);
	return 0;
}

static int seed_atomic(void)
{
	spin_lock(&seed_lock);
	mutex_lock(&seed_a);
	mutex_unlock(&seed_a);
	spin_unlock(&seed_lock);
	return 0;
}

static int seed_shift(void)
{
	unsigned int by = 40;
	u32 one = 1;

	OPTIMIZER_HIDE_VAR(by);
	one <<= by;
	return one == 12345 ? -EINVAL : 0;
}

static int seed_none(void)
{
	return 0;
}

static const struct {
	const char *name;
	int (*make)(void);
} seeds[] = {
	{ "none", seed_none },
	{ "warn", seed_warn },
	{ "leak", seed_leak },
	{ "uaf", seed_uaf },
	{ "oob", seed_oob },
	{ "lockdep", seed_lockdep },
	{ "atomic", seed_atomic },
	{ "shift", seed_shift },
};

static int __init seed_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(seeds); i++)
		if (!strcmp(what, seeds[i].name))
			return seeds[i].make();
	pr_err("no such mistake: %s\n", what);
	return -EINVAL;
}
module_init(seed_init);

static void __exit seed_exit(void)
{
}
module_exit(seed_exit);

MODULE_DESCRIPTION("SoftDPU lab: deliberate mistakes");
MODULE_LICENSE("GPL");
