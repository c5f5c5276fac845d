// SPDX-License-Identifier: GPL-2.0-only
/* Bad on purpose: tests/lint/checkpatch.sh must see each mistake. Here is one: recieve. */
#include <linux/fs.h>

static struct file_operations seed_ops;

int seed(int a,
	int b)
{
	int c;
	if ((c = a))
		return b;
	return seed_ops.open ? c : 0;
}
