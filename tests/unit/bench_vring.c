// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions of the virtqueue engine, for callgrind (bench.sh): a ring served
 * over and over in batches by an ideal driver, which costs nothing because its
 * descriptors never change. Run it alone for a rough idea of the time.
 */
#include <time.h>

#include <linux/array_size.h>

#include "vdrv.h"

#define BATCH	64u

static struct sdpu_vring vring;
static struct sdpu_chain chain;

/* All that callgrind counts. */
static noinline void serve(void)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		if (!sdpu_vring_pop(&vring, &chain))
			abort();
		sdpu_vring_push(&vring, chain.head, chain.in_len);
	}
	sdpu_vring_publish(&vring);
}

/*
 * Chains of @elems elements of 128 bytes, a page apart, in a table or in the
 * ring, which is full of them; data in 2-MiB leaves or in 4-KiB pages.
 */
static void bench_start(unsigned int elems, bool indirect, bool scattered, bool large)
{
	u64 data = large ? 0x7f1240100000ull : VDRV_BUFFERS + 0x80000;
	u32 i, k, head, size = indirect || elems == 1 ? 256 : 512;
	struct sdpu_vring_attrs attrs;

	gmem_new(scattered, 1);
	for (i = 0; i < 3 && large; i++)
		gmem_put(gmem_entry(0x7f1240000000ull + i * 0x200000ull, 1),
			 (GMEM_DMA + i * 0x200000ull) | 15, 8);
	vdrv_new(size, false, true, 0);
	for (i = 0; i < 256; i++, data += 4096) {
		u64 table = VDRV_BUFFERS + i * 1024ull;

		head = indirect ? i : i * elems % size;
		if (indirect)
			vdrv_put_desc(vdrv.desc + 16 * head, table, 16 * elems, 4, 0);
		else
			table = vdrv.desc;
		for (k = 0; k < elems; k++) {
			u32 at = indirect ? k : head + k;

			vdrv_put_desc(table + 16 * at, data + 128 * k, 128, k + 1 < elems, at + 1);
		}
		for (k = i; k < size; k += 256)
			guest_put(vdrv.driver + 4 + 2 * k, head, 2);
	}
	attrs = vdrv_attrs(indirect);
	if (sdpu_vring_init(&vring, &attrs, &gmem.as))
		abort();
}

static void bench_run(const char *name, unsigned int rounds)
{
	struct timespec a, b;
	unsigned int i;
	double ns;

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < rounds; i++) {
		vdrv.avail_idx += BATCH;
		gmem_put(gmem_at(gmem.host, vdrv.driver + 2), vdrv.avail_idx, 2);
		serve();
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	ns = (b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec);
	printf("%s %u packets %.1f ns\n", name, rounds * BATCH, ns / rounds / BATCH);
	sdpu_vring_free(&vring);
}

static const struct {
	const char *name;
	unsigned int elems;
	bool indirect, scattered, large;
} shapes[] = {
	{ "one-descriptor,2M-pages", 1, false, false, true },
	{ "one-descriptor,4K-pages", 1, false, false, false },
	{ "one-descriptor,4K-pages-scattered", 1, false, true, false },
	{ "two-descriptors,2M-pages", 2, false, false, true },
	{ "table-of-2,2M-pages", 2, true, false, true },
	{ "table-of-19,2M-pages", 19, true, false, true },
	{ "table-of-2,4K-pages", 2, true, false, false },
};

/* bench_vring [SHAPE [ROUNDS]]: without a shape, list them */
int main(int argc, char **argv)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		if (argc < 2) {
			puts(shapes[i].name);
		} else if (!strcmp(argv[1], shapes[i].name)) {
			bench_start(shapes[i].elems, shapes[i].indirect, shapes[i].scattered,
				    shapes[i].large);
			bench_run(shapes[i].name, argc > 2 ? atoi(argv[2]) : 2000);
		}
	}
	return 0;
}
