// SPDX-License-Identifier: GPL-2.0-only
/* Bad on purpose: tests/lint/sparse.sh must see each mistake. */
#include <linux/module.h>
#include <linux/rcupdate.h>

struct seed {
	int __rcu *shared;
};

__le32 seed_byte_order(u32 x);
int seed_address_space(int __user *p);
int *seed_rcu(struct seed *seed);

__le32 seed_byte_order(u32 x)
{
	__le32 le;

	le = x;
	return le;
}

int seed_address_space(int __user *p)
{
	int *q = p;

	return *q;
}

int *seed_rcu(struct seed *seed)
{
	return seed->shared;
}

MODULE_DESCRIPTION("seed");
MODULE_LICENSE("GPL");
