// SPDX-License-Identifier: GPL-2.0-only
/* Bad on purpose: tests/lint/kerneldoc.sh must see each mistake. */

/**
 * struct seed - a member is missing
 * @first: of two
 */
struct seed {
	int first;
	int second;
};

/**
 * seed_take - a parameter is missing
 * @from: where from
 */
int seed_take(const struct seed *from, int length)
{
	return from->first + length;
}

/**
 * seed_old_name - this is the name of another function
 */
void seed_new_name(void)
{
}
