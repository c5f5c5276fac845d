// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions of the virtqueue engine, for callgrind (tests/bench/instructions.sh): a ring
 * served over and over in batches by an ideal driver. What the driver does is not counted.
 * Run it alone for a rough idea of the time.
 */
#include <linux/array_size.h>

#include "bench.h"
#include "vdrv.h"

#define CHAINS	256u
#define ELEM	128u
/* where data is: in leaves of 2 MiB, or in pages */
#define LARGE	0x7f1240100000ull
#define SMALL	(VDRV_BUFFERS + 0x80000)

static struct sdpu_vring vring;
static struct sdpu_chain chain;

/**
 * struct shape - what is measured
 * @name: of it
 * @elems: descriptors of a chain, ELEM bytes each
 * @batch: chains between two publications
 * @packed: layout of the ring
 * @indirect: they are in a table
 * @scattered: pages do not follow each other in memory
 * @large: data is in leaves of 2 MiB
 */
struct shape {
	const char *name;
	unsigned int elems, batch;
	bool packed, indirect, scattered, large;
};

/* All that callgrind counts. */
static noinline void serve(unsigned int batch)
{
	unsigned int i;

	for (i = 0; i < batch; i++) {
		if (!sdpu_vring_pop(&vring, &chain))
			abort();
		sdpu_vring_push(&vring, chain.head, chain.in_len);
	}
	sdpu_vring_publish(&vring);
}

static u64 table_of(unsigned int i)
{
	return VDRV_BUFFERS + i * 1024ull;
}

static u64 data_of(const struct shape *shape, unsigned int i)
{
	return (shape->large ? LARGE : SMALL) + i * 4096ull;
}

/* Tables are written once. */
static void fill_table(const struct shape *shape, unsigned int i)
{
	u64 at = table_of(i);
	u32 k;

	for (k = 0; k < shape->elems; k++, at += 16) {
		u64 data = data_of(shape, i) + ELEM * k;

		if (shape->packed)
			vdrv_put_packed(at, data, ELEM, 0, 0);
		else
			vdrv_put_desc(at, data, ELEM, k + 1 < shape->elems, k + 1);
	}
}

/* So are descriptors of a split ring: after that only the index moves. */
static void fill_split(const struct shape *shape, unsigned int i)
{
	u32 head = shape->indirect ? i : i * shape->elems % vdrv.size, k;

	if (shape->indirect)
		vdrv_put_desc(vdrv.desc + 16 * head, table_of(i), 16 * shape->elems, 4, 0);
	for (k = 0; k < shape->elems && !shape->indirect; k++)
		vdrv_put_desc(vdrv.desc + 16 * (head + k), data_of(shape, i) + ELEM * k, ELEM,
			      k + 1 < shape->elems, head + k + 1);
	for (k = i; k < vdrv.size; k += CHAINS)
		guest_put(vdrv.driver + 4 + 2 * k, head, 2);
}

/* Those of a packed ring have been overwritten and are written anew. */
static void offer_packed(const struct shape *shape, unsigned int i)
{
	unsigned int n = shape->indirect ? 1 : shape->elems, k;

	for (k = 0; k < n; k++, vdrv.avail_idx++) {
		u8 *at = gmem_at(gmem.host, vdrv_slot(vdrv.avail_idx));
		u16 flags = vdrv_wrap(vdrv.avail_idx) ? VDRV_AVAIL : VDRV_USED;

		flags |= shape->indirect ? 4 : k + 1 < n;
		gmem_put(at, shape->indirect ? table_of(i) : data_of(shape, i) + ELEM * k, 8);
		gmem_put(at + 8, (shape->indirect ? 16 * shape->elems : ELEM) | (u64)i << 32 |
			 (u64)flags << 48, 8);
	}
}

static void offer(const struct shape *shape, unsigned int first)
{
	unsigned int i;

	for (i = 0; i < shape->batch && shape->packed; i++)
		offer_packed(shape, (first + i) % CHAINS);
	if (shape->packed)
		return;
	vdrv.avail_idx += shape->batch;
	gmem_put(gmem_at(gmem.host, vdrv.driver + 2), vdrv.avail_idx, 2);
}

static void bench_start(const struct shape *shape)
{
	u32 i, size = shape->indirect || shape->elems == 1 ? CHAINS : 2 * CHAINS;
	struct sdpu_vring_attrs attrs;

	gmem_new(shape->scattered, 1);
	for (i = 0; i < 3 && shape->large; i++)
		gmem_put(gmem_entry(0x7f1240000000ull + i * 0x200000ull, 1),
			 (GMEM_DMA + i * 0x200000ull) | 15, 8);
	vdrv_new(size, shape->packed, true, 0);
	for (i = 0; i < CHAINS; i++) {
		if (shape->indirect)
			fill_table(shape, i);
		if (!shape->packed)
			fill_split(shape, i);
	}
	attrs = vdrv_attrs(shape->indirect);
	if (sdpu_vring_init(&vring, &attrs, gmem_as()))
		abort();
}

static void bench_run(const void *arg, unsigned int packets)
{
	const struct shape *shape = arg;
	unsigned int done;
	double ns = 0, start;

	bench_start(shape);
	for (done = 0; done < packets; done += shape->batch) {
		offer(shape, done);
		start = bench_now();
		serve(shape->batch);
		ns += bench_now() - start;
	}
	printf("%s %u packets %.1f ns\n", shape->name, done, ns / done);
	sdpu_vring_free(&vring);
}

static const struct shape shapes[] = {
	{ "split", 1, 32, .large = true },
	{ "split,alone", 1, 1, .large = true },
	{ "split,4K-pages", 1, 32, .packed = false },
	{ "split,4K-pages-scattered", 1, 32, .scattered = true },
	{ "split,chain-of-2", 2, 32, .large = true },
	{ "split,table-of-2", 2, 32, .indirect = true, .large = true },
	{ "split,table-of-2,alone", 2, 1, .indirect = true, .large = true },
	{ "split,table-of-2,4K-pages", 2, 32, .indirect = true },
	{ "split,table-of-19", 19, 32, .indirect = true, .large = true },
	{ "packed", 1, 32, .packed = true, .large = true },
	{ "packed,alone", 1, 1, .packed = true, .large = true },
	{ "packed,4K-pages", 1, 32, .packed = true },
	{ "packed,chain-of-2", 2, 32, .packed = true, .large = true },
	{ "packed,table-of-2", 2, 32, .packed = true, .indirect = true, .large = true },
	{ "packed,table-of-2,alone", 2, 1, .packed = true, .indirect = true, .large = true },
	{ "packed,table-of-19", 19, 32, .packed = true, .indirect = true, .large = true },
};

int main(int argc, char **argv)
{
	return bench_main(argc, argv, shapes, sizeof(*shapes), ARRAY_SIZE(shapes), bench_run,
			  100000);
}
