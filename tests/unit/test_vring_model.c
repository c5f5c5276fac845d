// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtqueue engine (sim/vring.c, sim/split.c, sim/packed.c, sim/chain.c) beside
 * a deliberately naive model of it (vmodel.h): both do the same random steps with
 * the same honest driver, and are compared after each one: what they return, where
 * they are, every byte of the ring. Both layouts, all features, rings that start at
 * every index and wrap counter.
 *
 * Everything about a run follows from its number, which a failure prints. This
 * repeats it, and says what it does:
 *
 *   build/unit/test_vring_model NUMBER
 */
#include <linux/array_size.h>

#include "vdrv.h"
#include "vmodel.h"
#include "expect.h"

#define MARKS	4u

/* Kinds of runs, in the upper bits of their number. */
#define TRAFFIC		0x00000000u
#define SPLIT_START	0x10000000u
#define PACKED_START	0x20000000u

static const u32 sizes[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 1024 };

/* A run. */
struct run {
	u32 size;
	bool packed;
	bool event_idx;
	bool indirect;
	bool in_order;
	bool shuffled;
	bool moves;
	u16 start;
	unsigned int steps;
};

static struct run run;
static bool trace;

static struct sdpu_vring vring;
static struct sdpu_chain chain;
static struct vmodel model;

/* Places to go back to: all of them of the time since the last publication. */
static struct mark {
	struct sdpu_vring_mark vring;
	struct vmodel model;
} mark[MARKS];
static unsigned int num_marks;

/* ---- comparing ---- */

/* The bytes of @c that are to be read, or written, are those of the segments from @seg on. */
static unsigned int check_segs(const struct vmodel_chain *c, const struct sdpu_seg *seg, bool write,
			       u32 *total)
{
	const struct sdpu_seg *first = seg;
	u32 at = 0, len, piece;
	unsigned int i;
	u64 addr;

	*total = 0;
	for (i = 0; i < c->num; i++) {
		if (c->elem[i].write != write)
			continue;
		*total += c->elem[i].len;
		addr = c->elem[i].addr;
		for (len = c->elem[i].len; len && !wrong; len -= piece, addr += piece) {
			piece = min_t(u32, len, 4096 - addr % 4096);
			piece = min_t(u32, piece, seg->len - at);
			EXPECT(seg->va + at == gmem_at(gmem.host, addr));
			at += piece;
			if (at == seg->len) {
				seg++;
				at = 0;
			}
		}
	}
	EXPECT(!at);
	return seg - first;
}

static void check_chain(const struct vmodel_chain *want, u32 *in_len)
{
	u32 out_len;

	EXPECT(chain.head.id == want->id && chain.head.slots == want->slots);
	EXPECT(check_segs(want, chain.seg, false, &out_len) == chain.num_out);
	EXPECT(check_segs(want, chain.seg + chain.num_out, true, in_len) == chain.num_in);
	EXPECT(chain.out_len == out_len && chain.in_len == *in_len);
}

static void check_ring(void)
{
	u16 avail, used;

	sdpu_vring_state(&vring, &avail, &used);
	EXPECT(!vring.broken);
	EXPECT(avail == vmodel_index(&model, model.avail));
	EXPECT(used == vmodel_index(&model, model.used));
	EXPECT(vmodel_as_expected(&model));
}

/* ---- what the driver does ---- */

static void driver_add(void)
{
	u32 most = gmem_below(4) ? 3 : 12;
	unsigned int n = 1 + gmem_below(min_t(u32, most, run.size));
	unsigned int out = gmem_below(n + 1), direct = n;

	if (run.indirect && gmem_below(2)) {
		n = 1 + gmem_below(most);
		out = gmem_below(n + 1);
		direct = run.packed || gmem_below(3) ? 0 : gmem_below(min_t(u32, n, run.size));
	}
	/* a descriptor each, and one that refers to the table if there is one */
	if (min_t(u32, direct + 1, n) > (run.packed ? vdrv.slots : vdrv.num_free) || !vdrv.num_free)
		return;
	vdrv_add(out, n - out, direct);
}

static void driver_show(void)
{
	vdrv_show();
}

/* When it wants to be called: near where the device is, or anywhere. */
static void driver_wish(void)
{
	u32 near = model.shown.at + 65536 - 3 + gmem_below(8);

	if (run.packed) {
		near = gmem_below(4) ? near % run.size : gmem_below(run.size);
		guest_put(vdrv.driver, near + 0x8000 * gmem_below(2), 2);
		guest_put(vdrv.driver + 2, gmem_below(4), 2);
		return;
	}
	/* each of these means nothing when the other one counts */
	guest_put(vdrv.driver, gmem_below(2), 2);
	if (run.event_idx)
		guest_put(vdrv.driver + 4 + 2 * run.size,
			  gmem_below(4) ? near % 65536 : gmem_random() % 65536, 2);
}

static void driver_reap(void)
{
	EXPECT(vdrv_reap() >= 0);
}

/* ---- what the device does ---- */

/* Write @len bytes: where the engine says, and where the guest will look for them. */
static void fill(const struct vmodel_chain *c, u32 len)
{
	const struct sdpu_seg *seg = chain.seg + chain.num_out;
	u32 at = 0, k, done = 0;
	unsigned int i;
	u8 byte;

	for (i = 0; i < c->num; i++) {
		for (k = 0; c->elem[i].write && k < c->elem[i].len && done < len; k++, done++) {
			byte = gmem_random() >> 9;
			expect_put(c->elem[i].addr + k, byte, 1);
			seg->va[at++] = byte;
			if (at == seg->len) {
				seg++;
				at = 0;
			}
		}
	}
}

static void device_pop(void)
{
	static struct vmodel_chain want;
	unsigned int n = 1 + gmem_below(gmem_below(3) ? 3 : run.size);
	u32 in_len, len;
	bool is;

	for (; n && !wrong; n--) {
		is = vmodel_pop(&model, &want);
		EXPECT(sdpu_vring_pop(&vring, &chain) == is);
		if (!is || wrong)
			return;
		check_chain(&want, &in_len);
		if (wrong)
			return;
		len = gmem_below(4) ? gmem_below(in_len + 1) : gmem_below(2) * in_len;
		fill(&want, len);
		vmodel_hand(&model, &want, len);
		check_ring();
	}
}

static void device_push(void)
{
	unsigned int n = 1 + gmem_below(gmem_below(3) ? 3 : run.size), i;

	for (; n && model.num_hand && !wrong; n--) {
		struct vmodel_hand *hand;

		i = run.in_order ? 0 : gmem_below(model.num_hand);
		hand = &model.hand[i];
		sdpu_vring_push(&vring, (struct sdpu_head){ hand->id, hand->slots }, hand->len);
		vmodel_push(&model, i);
		check_ring();
	}
}

static void device_publish(void)
{
	unsigned int i;

	/* what the driver checks when it takes them */
	for (i = 0; i < model.num_back; i++) {
		vdrv.chain[model.back[i].id].pushed = true;
		vdrv.chain[model.back[i].id].written = model.back[i].len;
	}
	EXPECT(sdpu_vring_publish(&vring) == vmodel_publish(&model));
	num_marks = 0;
}

static void device_mark(void)
{
	if (num_marks == MARKS)
		return;
	mark[num_marks].vring = sdpu_vring_mark(&vring);
	mark[num_marks].model = model;
	num_marks++;
}

static void device_rewind(void)
{
	if (!num_marks)
		return;
	num_marks = gmem_below(num_marks);
	sdpu_vring_rewind(&vring, mark[num_marks].vring);
	model = mark[num_marks].model;
}

static void device_kicks_on(void)
{
	EXPECT(sdpu_vring_kicks_on(&vring) == vmodel_kicks_on(&model));
}

static void device_pending(void)
{
	EXPECT(sdpu_vring_pending(&vring) == vmodel_available(&model));
}

static void device_kicks_off(void)
{
	sdpu_vring_kicks_off(&vring);
	vmodel_kicks_off(&model);
}

/* A page of the guest: one of the areas, of tables and buffers, or any. */
static u32 some_page(void)
{
	u32 buffers = (VDRV_BUFFERS - GMEM_IOVA) / 4096;

	switch (gmem_below(3)) {
	case 0:
		return gmem_below(buffers);
	case 1:
		return buffers + gmem_below(run.size * vdrv_region() / 4096 + 1);
	default:
		return gmem_below(GMEM_PAGES);
	}
}

/* Nothing of the places where pages have been may be remembered. */
static void device_forget(void)
{
	if (run.moves)
		gmem_move_pages(some_page(), some_page());
	sdpu_vring_forget(&vring);
}

static void ring_init(u16 avail, u16 used)
{
	struct sdpu_vring_attrs attrs = vdrv_attrs(run.indirect);

	attrs.avail = avail;
	attrs.used = used;
	EXPECT(!sdpu_vring_init(&vring, &attrs, gmem_as()));
	model.called = false;
	num_marks = 0;
}

/*
 * Another device takes over where this one stopped, with the chains that are in
 * hand. What was given back and not shown is in hand again.
 */
static void device_takeover(void)
{
	u16 avail, used;

	if (num_marks) {
		num_marks = 1;
		device_rewind();
	}
	if (model.num_back)
		return;
	sdpu_vring_state(&vring, &avail, &used);
	sdpu_vring_free(&vring);
	ring_init(avail, used);
}

/* ---- runs ---- */

static const struct step {
	const char *name;
	void (*run)(void);
	unsigned int weight;
} steps[] = {
	{ "add", driver_add, 6 },
	{ "show", driver_show, 3 },
	{ "wish", driver_wish, 2 },
	{ "reap", driver_reap, 3 },
	{ "pop", device_pop, 4 },
	{ "push", device_push, 4 },
	{ "publish", device_publish, 4 },
	{ "mark", device_mark, 2 },
	{ "rewind", device_rewind, 1 },
	{ "kicks_on", device_kicks_on, 2 },
	{ "kicks_off", device_kicks_off, 1 },
	{ "pending", device_pending, 1 },
	{ "forget", device_forget, 1 },
	{ "takeover", device_takeover, 1 },
};

static void random_step(unsigned int n)
{
	unsigned int sum = 0, i;

	for (i = 0; i < ARRAY_SIZE(steps); i++)
		sum += steps[i].weight;
	sum = gmem_below(sum);
	for (i = 0; sum >= steps[i].weight; i++)
		sum -= steps[i].weight;
	if (trace)
		printf("# %4u %s: avail %u, used %u, shown %u, %u in hand, %u given back\n", n,
		       steps[i].name, model.avail.at, model.used.at, model.shown.at, model.num_hand,
		       model.num_back);
	steps[i].run();
	check_ring();
}

/* All that was made available comes back, and the driver knows each of it. */
static void finish(void)
{
	unsigned int n;

	vdrv_show();
	for (n = 0; n < 4 * run.size && !wrong && vdrv.num_free < run.size; n++) {
		device_pop();
		device_push();
		device_publish();
		check_ring();
		driver_reap();
	}
	EXPECT(vdrv.num_free == run.size && vdrv.slots == (run.packed ? run.size : 0));
}

/* What a run is like, by its number. */
static struct run run_of(u32 number)
{
	u32 kind = number & 0xf0000000, n = number & 0x0fffffff, start;
	struct run r = { .shuffled = true, .steps = 24 };

	if (kind == TRAFFIC) {
		r.packed = n & 1;
		r.event_idx = n & 2;
		r.indirect = n & 4;
		r.in_order = n & 8;
		r.shuffled = n & 16;
		r.moves = true;
		r.size = sizes[(n >> 8) % ARRAY_SIZE(sizes)];
		/* the end of a round, or of all indices, is never far */
		r.start = 65536 - n % (r.size + 3);
		r.steps = 500;
		return r;
	}
	r.packed = kind == PACKED_START;
	start = r.packed ? n / 16 : n;
	r.event_idx = (n ^ n >> 5) & 1;
	r.indirect = (n ^ n >> 6) & 2;
	r.in_order = (n ^ n >> 7) & 4;
	/* packed: counts the places of all rings of up to 256 entries, with both wrap counters */
	for (r.size = 1; r.packed && start >= 2 * r.size; r.size *= 2)
		start -= 2 * r.size;
	if (!r.packed)
		r.size = sizes[(start ^ start >> 8) % 7];
	r.start = start;
	return r;
}

static void run_steps(u32 number)
{
	unsigned int n;
	u16 index;

	run = run_of(number);
	gmem.rng = (number + 1) * 0x9e3779b97f4a7c15ull;
	vdrv_new(run.size, run.packed, run.event_idx, run.start);
	vdrv.room = gmem_below(4) ? 200 : min_t(u32, vdrv.room, 6000);
	memset(vmodel_unseen, 0, sizeof(vmodel_unseen));
	model.size = run.size;
	model.packed = run.packed;
	model.event_idx = run.event_idx;
	model.desc = vdrv.desc;
	model.driver = vdrv.driver;
	model.device = vdrv.device;
	model.num_hand = 0;
	model.num_back = 0;
	/* packed: the first round is the one with wrap counter 1 */
	index = run.packed ? run.start % run.size + 32768 * !(run.start / run.size % 2) : run.start;
	model.avail = vmodel_place(&model, index);
	model.used = model.avail;
	model.shown = model.avail;
	ring_init(index, index);
	for (n = 0; n < run.steps && !wrong; n++)
		random_step(n);
	finish();
	sdpu_vring_free(&vring);
	if (wrong)
		printf("#   in run 0x%08x: %s, %u entries, start %u%s%s%s%s, step %u\n", number,
		       run.packed ? "packed" : "split", run.size, run.start,
		       run.event_idx ? ", event index" : "", run.indirect ? ", indirect" : "",
		       run.in_order ? ", in order" : "", run.shuffled ? ", scattered" : "", n);
}

/* Runs @first to @end - 1, in the memory of one guest. */
static void run_all(u32 first, u32 end)
{
	u32 number;

	gmem_new(run_of(first).shuffled, 1);
	for (number = first; number < end && !wrong; number++)
		run_steps(number);
	EXPECT(gmem_as_expected());
}

static void test_traffic(bool packed)
{
	unsigned int size, n;

	for (size = 0; size < ARRAY_SIZE(sizes); size++) {
		for (n = 0; n < 64; n++)
			if ((n & 1) == packed)
				run_all(TRAFFIC | size << 8 | n, (TRAFFIC | size << 8 | n) + 1);
		RESULT("%s, %u entries: 32 random runs as the model says",
		       packed ? "packed" : "split", sizes[size]);
	}
}

static void test_split_starts(void)
{
	run_all(SPLIT_START, SPLIT_START + 65536);
	RESULT("split: a run as the model says from each of 65536 indices");
}

static void test_packed_starts(void)
{
	unsigned int places = 2 * (2 * 256 - 1);

	run_all(PACKED_START, PACKED_START + 16 * places);
	RESULT("packed: 16 runs as the model says from each place of rings up to 256, both rounds");
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		u32 number = strtoul(argv[1], NULL, 0);

		trace = true;
		run_all(number, number + 1);
		RESULT("run 0x%08x is as the model says", number);
		return tap_done();
	}
	test_traffic(false);
	test_traffic(true);
	test_split_starts();
	test_packed_starts();
	return tap_done();
}
