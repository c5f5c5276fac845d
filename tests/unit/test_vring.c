// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtqueue engine (sim/vring.c, sim/split.c, sim/packed.c, sim/chain.c) with
 * an honest driver:
 * random traffic in which every byte on both sides is accounted for, and
 * exhaustive windows of the notification rules.
 */
#include <linux/array_size.h>

#include "reads.h"
#include "vdrv.h"
#include "expect.h"

#define HELD_MAX	VDRV_MAX

/* Chains that the device has in hand. */
struct held {
	struct sdpu_head head;
	u16 num_in;
	struct sdpu_seg seg[VDRV_ELEMS * 3];
};

static struct sdpu_vring vring;
static struct sdpu_chain chain;
static struct held held[HELD_MAX];
static unsigned int num_held;

/* What it gave back to a packed ring, where nothing shows before it is published. */
struct gave {
	u16 id;
	u16 slots;
	u32 len;
};

static struct gave gave[HELD_MAX];
static unsigned int num_gave;
enum layout { SPLIT, PACKED };

static const char *const layout_name[] = { "split", "packed" };

static void ring_start(enum layout layout, u32 size, bool indirect, bool event_idx, bool shuffled,
		       u16 idx)
{
	struct sdpu_vring_attrs attrs;

	wrong = NULL;
	num_held = 0;
	num_gave = 0;
	reads.doubles = 0;
	gmem_new(shuffled, size + 7 * indirect + 3 * event_idx + shuffled);
	vdrv_new(size, layout == PACKED, event_idx, idx);
	attrs = vdrv_attrs(indirect);
	EXPECT(!sdpu_vring_init(&vring, &attrs, gmem_as()));
}

static void ring_stop(void)
{
	EXPECT(gmem_as_expected());
	EXPECT(!reads.doubles);
	EXPECT(!reads.overflow);
	sdpu_vring_free(&vring);
}

/* Every byte of every element lies where the chain says, in order. */
static void check_chain(const struct sdpu_chain *got)
{
	const struct vdrv_chain *want = &vdrv.chain[got->head.id];
	const struct sdpu_seg *seg = got->seg;
	unsigned int i, left = got->num_out + got->num_in;
	u32 at = 0, k, piece;
	u64 addr;

	EXPECT(got->head.slots == (vdrv.packed ? want->num_desc : 1));
	EXPECT(want->busy && !want->pushed && want->head == got->head.id);
	EXPECT(got->out_len == want->out_len && got->in_len == want->in_len);
	for (i = 0; i < want->num && !wrong; i++) {
		for (k = 0; k < want->elem[i].len; k += piece) {
			EXPECT(left);
			if (wrong)
				return;
			/* what lies in one page of the guest lies in one piece of memory */
			addr = want->elem[i].addr + k;
			piece = min_t(u32, want->elem[i].len - k, 4096 - addr % 4096);
			piece = min_t(u32, piece, seg->len - at);
			EXPECT(seg->va + at == gmem_at(gmem.host, addr));
			EXPECT((seg < got->seg + got->num_out) == !want->elem[i].in);
			at += piece;
			if (at == seg->len) {
				seg++;
				left--;
				at = 0;
			}
		}
	}
	EXPECT(!left && !at);
}

/* ---- what the driver does ---- */

static void driver_add(bool indirect, unsigned int max_elems)
{
	unsigned int n = 1 + gmem_below(max_elems), out = gmem_below(n + 1), direct = n;

	if (indirect && !gmem_below(2))
		direct = vdrv.packed || gmem_below(3) ? 0 : gmem_below(n);
	/* A direct descriptor each, and one for the table if there is one. */
	if (min_t(u32, direct + 1, n) > (vdrv.packed ? vdrv.slots : vdrv.num_free))
		return;
	vdrv_add(out, n - out, direct);
}

static void driver_wish(void)
{
	u16 event;

	if (vdrv.packed) {
		guest_put(vdrv.driver, vdrv_index(vring.published - 3 + gmem_below(8)), 2);
		guest_put(vdrv.driver + 2, gmem_below(4), 2);
	} else if (vdrv.event_idx) {
		event = vring.published - 3 + gmem_below(8);
		guest_put(vdrv.driver + 4 + 2 * vdrv.size, event, 2);
	} else {
		guest_put(vdrv.driver, gmem_below(2), 2);
	}
}

/* ---- what the device does ---- */

static void device_pop(unsigned int max)
{
	struct sdpu_vring_mark mark[HELD_MAX];
	unsigned int first = num_held, again;
	u16 waiting = vdrv.avail_idx - vring.last_avail;

	while (num_held - first < max) {
		mark[num_held] = sdpu_vring_mark(&vring);
		if (!WATCHED(sdpu_vring_pop(&vring, &chain)))
			break;
		check_chain(&chain);
		EXPECT(chain.num_out + chain.num_in <= VDRV_ELEMS * 3);
		held[num_held].head = chain.head;
		held[num_held].num_in = chain.num_in;
		memcpy(held[num_held].seg, chain.seg + chain.num_out,
		       chain.num_in * sizeof(struct sdpu_seg));
		num_held++;
		waiting -= chain.head.slots;
	}
	EXPECT(num_held - first == max || !waiting);
	EXPECT(!vring.broken);

	/* Undone pops come again, the same. */
	again = gmem_below(num_held - first + 1);
	if (!gmem_below(4) && again) {
		sdpu_vring_rewind(&vring, mark[num_held - again]);
		for (first = num_held - again; first < num_held; first++) {
			EXPECT(WATCHED(sdpu_vring_pop(&vring, &chain)));
			EXPECT(chain.head.id == held[first].head.id);
			check_chain(&chain);
		}
	}
}

/* Write into the chain, here through its segments and there byte by byte. */
static u32 device_fill(const struct held *h)
{
	const struct vdrv_chain *c = &vdrv.chain[h->head.id];
	u32 len = c->in_len ? gmem_below(c->in_len + 1) : 0;
	const struct sdpu_seg *seg = h->seg;
	u32 done = 0, at = 0, k;
	unsigned int i;

	for (i = 0; i < c->num; i++) {
		for (k = 0; c->elem[i].in && k < c->elem[i].len && done < len; k++, done++) {
			u8 byte = gmem_random() >> 9;

			expect_put(c->elem[i].addr + k, byte, 1);
			seg->va[at++] = byte;
			if (at == seg->len) {
				seg++;
				at = 0;
			}
		}
	}
	return len;
}

static void device_push(const struct held *h, u32 len)
{
	u64 at = vdrv.device + 4 + 8 * (vring.next_used % vdrv.size);

	sdpu_vring_push(&vring, h->head, len);
	if (vdrv.packed) {
		gave[num_gave++] = (struct gave){ h->head.id, h->head.slots, len };
	} else {
		expect_put(at, h->head.id, 4);
		expect_put(at + 4, len, 4);
	}
	vdrv.chain[h->head.id].written = len;
	vdrv.chain[h->head.id].pushed = true;
}

/* Give back some of what is held, in any order. */
static void device_complete(unsigned int n)
{
	struct sdpu_vring_mark mark;
	unsigned int i;

	for (; n && num_held; n--) {
		i = gmem_below(num_held);
		if (!gmem_below(5)) {
			mark = sdpu_vring_mark(&vring);
			device_push(&held[gmem_below(num_held)], gmem_random());
			sdpu_vring_rewind(&vring, mark);
			num_gave -= vdrv.packed;
			memset(&vdrv.chain[held[i].head.id].pushed, 0, 1);
		}
		device_push(&held[i], device_fill(&held[i]));
		held[i] = held[--num_held];
	}
}

static void device_publish(void)
{
	u16 old = vring.published, new = vring.next_used;
	bool first = vdrv.event_idx && !vring.called;
	int want = old == new ? 0 : first || vdrv_must_call(old, new) ? 2 : 1;
	unsigned int i;

	EXPECT(WATCHED(sdpu_vring_publish(&vring)) == want);
	if (!vdrv.packed) {
		expect_put(vdrv.device + 2, new, 2);
		return;
	}
	for (i = 0; i < num_gave; old += gave[i++].slots) {
		u16 flags = vdrv_wrap(old) ? VDRV_AVAIL | VDRV_USED : 0;

		expect_put(vdrv_slot(old) + 8, gave[i].len, 4);
		expect_put(vdrv_slot(old) + 12, gave[i].id, 2);
		expect_put(vdrv_slot(old) + 14, flags | (gave[i].len ? 2 : 0), 2);
	}
	EXPECT(old == new);
	num_gave = 0;
}

/* What tells the driver to kick for the entry at @pos. */
static void expect_kicks_on(u16 pos)
{
	if (vdrv.packed) {
		expect_put(vdrv.device, vdrv.event_idx ? vdrv_index(pos) : 0, 2);
		expect_put(vdrv.device + 2, vdrv.event_idx ? 2 : 0, 2);
	} else if (vdrv.event_idx) {
		expect_put(vdrv.device + 4 + 8 * vdrv.size, pos, 2);
	} else {
		expect_put(vdrv.device, 0, 2);
	}
}

static void expect_kicks_off(void)
{
	if (vdrv.packed)
		expect_put(vdrv.device, 0x10000, 4);
	else if (!vdrv.event_idx)
		expect_put(vdrv.device, 1, 2);
}

static void device_kicks(void)
{
	bool more = vring.last_avail != vdrv.shown;

	EXPECT(WATCHED(sdpu_vring_pending(&vring)) == more);
	if (gmem_below(2)) {
		sdpu_vring_kicks_off(&vring);
		expect_kicks_off();
		return;
	}
	expect_kicks_on(vring.last_avail);
	EXPECT(WATCHED(sdpu_vring_kicks_on(&vring)) == more);
}

/* Guest pages move in host memory: nothing may be remembered of the old place. */
static void host_moves_pages(void)
{
	if (num_held)
		return;
	gmem_move_pages(gmem_below(GMEM_PAGES), gmem_below(GMEM_PAGES));
	sdpu_vring_forget(&vring);
}

static void traffic(enum layout layout, u32 size, bool indirect, bool event_idx, bool shuffled,
		    unsigned int steps)
{
	u16 avail, used;
	unsigned int i;

	ring_start(layout, size, indirect, event_idx, shuffled, 65536 - size);
	for (i = 0; i < steps && !wrong; i++) {
		switch (gmem_below(8)) {
		case 0:
		case 1:
			driver_add(indirect, gmem_below(4) ? 3 : min_t(u32, size, VDRV_ELEMS));
			if (gmem_below(4))
				vdrv_show();
			break;
		case 2:
			vdrv_show();
			device_pop(1 + gmem_below(size));
			break;
		case 3:
			device_complete(1 + gmem_below(size));
			break;
		case 4:
			driver_wish();
			device_publish();
			break;
		case 5:
			EXPECT(vdrv_reap() >= 0);
			break;
		case 6:
			device_kicks();
			break;
		default:
			host_moves_pages();
		}
		if (!(i % 256))
			EXPECT(gmem_as_expected());
	}

	/* All that was offered comes back. */
	vdrv_show();
	device_pop(size);
	device_complete(size);
	device_publish();
	EXPECT(vdrv_reap() >= 0);
	EXPECT(vdrv.num_free == size && vdrv.slots == (vdrv.packed ? size : 0));
	sdpu_vring_state(&vring, &avail, &used);
	EXPECT(avail == vdrv_index(vdrv.avail_idx) && used == avail);
	ring_stop();
	tap_ok(!wrong, "%s, %u entries%s%s, %s memory: every byte is where it belongs",
	       layout_name[layout], size, indirect ? ", indirect" : "",
	       event_idx ? ", event index" : "",
	       shuffled ? "scattered" : "contiguous");
}

static void test_traffic(enum layout layout)
{
	static const u32 sizes[] = { 1, 2, 8, 64, 256, 1024 };
	unsigned int i, f;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (f = 0; f < 8; f++)
			traffic(layout, sizes[i], f & 1, f & 2, f & 4, 3000);
}

/* More than 65536 entries go through: both indices and all slots wrap. */
static void test_wrap(enum layout layout, bool event_idx)
{
	unsigned int n = 0, batch;
	u16 start;

	ring_start(layout, 32, false, event_idx, true, 40000);
	start = vdrv.avail_idx;
	vdrv.room = 64;
	while (n < 70000 && !wrong) {
		for (batch = 0; batch < 20; batch++)
			vdrv_add(0, 1, 1);
		vdrv_show();
		device_pop(20);
		device_complete(20);
		driver_wish();
		device_publish();
		EXPECT(vdrv_reap() == 20);
		n += 20;
	}
	EXPECT(vdrv.avail_idx == (u16)(start + n));
	ring_stop();
	tap_ok(!wrong, "%u entries go through a %s ring%s: indices wrap", n,
	       layout_name[layout], event_idx ? " with event index" : "");
}

/* Every used_event around every batch, at a start that makes the index wrap. */
static void test_call_window(void)
{
	unsigned int n, tried = 0;
	int event;
	u16 base;

	for (base = 65520; base != 10; base++) {
		ring_start(SPLIT, 8, false, true, false, base);
		vring.called = true;
		/* 2.7.7.2: the flag means nothing with event index */
		guest_put(vdrv.driver, base & 1, 2);
		for (n = 0; n <= 8; n++) {
			for (event = -12; event <= 12; event++) {
				u16 used_event = base + event;

				guest_put(vdrv.driver + 4 + 2 * 8, used_event, 2);
				vring.next_used = base + n;
				vring.published = base;
				EXPECT(sdpu_vring_publish(&vring) ==
				       (!n ? 0 : event >= 0 && event < (int)n ? 2 : 1));
				tried++;
			}
		}
		expect_put(vdrv.device + 2, base + 8, 2);
		ring_stop();
		if (wrong)
			break;
	}
	tap_ok(!wrong, "a call is wanted if and only if used_event is in the batch (%u cases)",
	       tried);
}

static void test_first_call(enum layout layout)
{
	ring_start(layout, 8, false, true, false, 100);
	if (layout == PACKED)
		guest_put(vdrv.driver, 0x20000 | vdrv_index(98), 4);
	else
		guest_put(vdrv.driver + 4 + 2 * 8, 50, 2);
	vdrv_add(0, 1, 1);
	vdrv_add(0, 1, 1);
	vdrv_show();
	device_pop(2);
	device_complete(1);
	device_publish();
	EXPECT(vring.called);
	device_complete(1);
	device_publish();
	EXPECT(sdpu_vring_publish(&vring) == 0);
	ring_stop();
	tap_ok(!wrong, "the first publication of a %s ring with event index always calls",
	       layout_name[layout]);
}

/* A driver that adds @late entries just before the device looks at the index. */
static unsigned int late;

static void late_hook(const void *from, size_t len)
{
	u16 old = vdrv.avail_idx;

	const void *look = vdrv.packed ? gmem_at(gmem.host, vdrv_slot(vring.last_avail) + 8) :
					 gmem_at(gmem.host, vdrv.driver + 2);

	if (from != look || !late)
		return;
	for (; late; late--)
		vdrv_add(1, 0, 1);
	vdrv_show();
	/* The wish is out already: such a driver kicks, or the device sees it. */
	EXPECT(vdrv_must_kick(old));
}

/* @backlog was served, @before come before the last look, @after after it. */
static void kick_window(enum layout layout, bool event_idx, u16 start, unsigned int backlog,
			unsigned int before, unsigned int after)
{
	bool more;
	u16 old;

	ring_start(layout, 8, false, event_idx, false, start);
	for (; num_held < backlog; device_pop(1)) {
		vdrv_add(1, 0, 1);
		vdrv_show();
	}
	sdpu_vring_kicks_off(&vring);

	late = before;
	unit_read_hook = late_hook;
	more = sdpu_vring_kicks_on(&vring);
	unit_read_hook = NULL;
	EXPECT(more == (before > 0));
	device_pop(before);
	EXPECT(num_held == backlog + before);
	EXPECT(!sdpu_vring_kicks_on(&vring));

	old = vdrv.avail_idx;
	for (; after; after--)
		vdrv_add(1, 0, 1);
	vdrv_show();
	EXPECT(vdrv_must_kick(old));
	expect_kicks_on(start + backlog + before);
	ring_stop();
}

/*
 * Stopping to poll loses nothing: an entry that comes before the device's last
 * look is seen there, one that comes after it is kicked for.
 */
static void test_kick_window(enum layout layout, bool event_idx)
{
	unsigned int i, tried = 0;
	u16 start;

	for (start = 65530; start != 6 && !wrong; start++)
		for (i = 0; i < 18 && !wrong; i++, tried++)
			kick_window(layout, event_idx, start, i % 3, i / 3 % 3, 1 + i / 9);
	tap_ok(!wrong, "%s: no entry is lost between the last look and the kick%s (%u cases)",
	       layout_name[layout], event_idx ? ", with event index" : "", tried);
}

static void test_kicks_off(enum layout layout, bool event_idx)
{
	u16 old;

	ring_start(layout, 8, false, event_idx, false, 5);
	EXPECT(!sdpu_vring_kicks_on(&vring));
	old = vdrv.avail_idx;
	vdrv_add(1, 0, 1);
	vdrv_show();
	EXPECT(vdrv_must_kick(old));
	sdpu_vring_kicks_off(&vring);
	old = vdrv.avail_idx;
	vdrv_add(1, 0, 1);
	vdrv_show();
	EXPECT(!vdrv_must_kick(old));
	sdpu_vring_free(&vring);
	tap_ok(!wrong, "%s: a driver does not kick while kicks are off%s",
	       layout_name[layout], event_idx ? ", with event index" : "");
}

static void test_kicks_after_takeover(void)
{
	ring_start(SPLIT, 8, false, false, false, 0);
	guest_put(vdrv.device, 1, 2);
	EXPECT(!sdpu_vring_kicks_on(&vring));
	expect_put(vdrv.device, 0, 2);
	EXPECT(gmem_as_expected());
	sdpu_vring_kicks_off(&vring);
	guest_put(vdrv.device, 0, 2);
	sdpu_vring_kicks_off(&vring);
	EXPECT(gmem_as_expected());
	sdpu_vring_forget(&vring);
	sdpu_vring_kicks_off(&vring);
	expect_put(vdrv.device, 1, 2);
	ring_stop();
	tap_ok(!wrong, "what the driver was told is said again after a takeover or a map change, else once");
}

static void test_batch(enum layout layout)
{
	unsigned int i;

	ring_start(layout, 16, false, false, true, 0);
	for (i = 0; i < 16; i++)
		vdrv_add(0, 1, 1);
	vdrv_show();
	device_pop(16);
	device_complete(16);
	EXPECT(gmem_as_expected() || layout == SPLIT);
	EXPECT(vdrv_reap() == 0);
	device_publish();
	EXPECT(vdrv_reap() == 16);
	ring_stop();
	tap_ok(!wrong, "%s: nothing that was pushed is visible before it is published, then all is",
	       layout_name[layout]);
}

static void test_init(void)
{
	static const u32 bad_sizes[] = { 0, 3, 24, 32769, 65536, 0x80000000u };
	struct sdpu_vring_attrs attrs;
	unsigned int i;
	u32 size;

	gmem_new(false, 1);
	vdrv_new(8, false, true, 0);
	attrs = vdrv_attrs(true);
	for (i = 0; i < ARRAY_SIZE(bad_sizes); i++) {
		attrs.size = bad_sizes[i];
		tap_is(sdpu_vring_init(&vring, &attrs, gmem_as()), -EINVAL,
		       "a ring of %u entries is refused", bad_sizes[i]);
	}
	for (size = 1, i = 0; size <= 32768; size *= 2) {
		attrs.size = size;
		i += !sdpu_vring_init(&vring, &attrs, gmem_as());
		sdpu_vring_free(&vring);
	}
	tap_is(i, 16, "every power of two up to 32768 is accepted");
	attrs = vdrv_attrs(true);
	attrs.desc += 8;
	tap_is(sdpu_vring_init(&vring, &attrs, gmem_as()), -EINVAL,
	       "descriptors off 16 are refused");
	attrs = vdrv_attrs(true);
	attrs.driver += 1;
	tap_is(sdpu_vring_init(&vring, &attrs, gmem_as()), -EINVAL,
	       "a driver area off 2 is refused");
	attrs = vdrv_attrs(true);
	attrs.device += 2;
	tap_is(sdpu_vring_init(&vring, &attrs, gmem_as()), -EINVAL,
	       "a device area off 4 is refused");
	attrs = vdrv_attrs(true);
	unit_alloc_budget = 0;
	tap_is(sdpu_vring_init(&vring, &attrs, gmem_as()), -ENOMEM, "no memory is an error");
	unit_alloc_budget = -1;
}

/* 2.7.6: an index begins at 0. 2.8.1: wrap counters begin at 1. */
static void test_fresh(void)
{
	struct sdpu_vring_attrs attrs = { .size = 8 };
	u32 avail, fresh;

	for (avail = 0, fresh = 0; avail < 65536; avail++) {
		attrs.avail = avail;
		fresh += sdpu_vring_is_fresh(&attrs);
	}
	attrs.avail = 0;
	tap_ok(fresh == 1 && sdpu_vring_is_fresh(&attrs), "a fresh ring begins at 0, and only that one");
	attrs.packed = true;
	for (avail = 0, fresh = 0; avail < 65536; avail++) {
		attrs.avail = avail;
		fresh += sdpu_vring_is_fresh(&attrs);
	}
	attrs.avail = 0x8000;
	tap_ok(fresh == 1 && sdpu_vring_is_fresh(&attrs),
	       "packed: a fresh ring begins at 0 of the first round, and only that one");
}

static void test_init_packed(void)
{
	static const u16 bad_indices[] = { 8, 0x7fff, 0x8008, 0xffff };
	struct sdpu_vring_attrs attrs;
	u16 avail, used;
	unsigned int i;
	bool good = true;
	u32 size;

	gmem_new(false, 1);
	vdrv_new(8, true, true, 0);
	for (size = 1, i = 0; size <= 32768; size *= 2) {
		attrs = vdrv_attrs(true);
		attrs.size = size;
		i += !sdpu_vring_init(&vring, &attrs, gmem_as());
		sdpu_vring_free(&vring);
	}
	tap_is(i, 16, "packed: every power of two up to 32768 is accepted");
	attrs = vdrv_attrs(true);
	attrs.driver += 2;
	tap_is(sdpu_vring_init(&vring, &attrs, gmem_as()), -EINVAL,
	       "packed: a driver area off 4 is refused");
	for (i = 0; i < ARRAY_SIZE(bad_indices); i++) {
		attrs = vdrv_attrs(true);
		attrs.avail = bad_indices[i];
		good &= sdpu_vring_init(&vring, &attrs, gmem_as()) == -ERANGE;
		attrs = vdrv_attrs(true);
		attrs.used = bad_indices[i];
		good &= sdpu_vring_init(&vring, &attrs, gmem_as()) == -ERANGE;
	}
	tap_ok(good, "packed: an index beyond the ring is refused");
	for (i = 0; i < 16; i++) {
		attrs = vdrv_attrs(true);
		attrs.avail = i % 8 | (i < 8 ? 0x8000 : 0);
		attrs.used = attrs.avail;
		good &= !sdpu_vring_init(&vring, &attrs, gmem_as());
		sdpu_vring_state(&vring, &avail, &used);
		good &= avail == attrs.avail && used == attrs.used;
		sdpu_vring_free(&vring);
	}
	tap_ok(good, "packed: every index and wrap counter comes back as it was given");
	/* every pair: how far avail is ahead of used, with two rounds that look alike */
	for (i = 0, good = true; i < 256; i++) {
		u16 pos_avail = i / 16, pos_used = i % 16;
		bool fits = (u16)(pos_avail - pos_used) % 16 <= 8;

		attrs = vdrv_attrs(true);
		attrs.avail = vdrv_index(pos_avail);
		attrs.used = vdrv_index(pos_used);
		good &= sdpu_vring_init(&vring, &attrs, gmem_as()) == (fits ? 0 : -ERANGE);
		if (!fits)
			continue;
		good &= (u16)(vring.last_avail - vring.published) <= 8;
		sdpu_vring_state(&vring, &avail, &used);
		good &= avail == attrs.avail && used == attrs.used;
		sdpu_vring_free(&vring);
	}
	tap_ok(good, "packed: used is at most a ring behind avail, across the end of a round, too");
	for (i = 0; i < 2; i++) {
		attrs = vdrv_attrs(true);
		unit_alloc_budget = i;
		tap_is(sdpu_vring_init(&vring, &attrs, gmem_as()), -ENOMEM,
		       "packed: no memory for allocation %u is an error", i);
		unit_alloc_budget = -1;
	}
}

/* Every event offset and both wrap counters around every batch, at every place of the ring. */
static void test_packed_call_window(void)
{
	unsigned int n, event, tried = 0;
	u16 base;

	for (base = 0; base < 16; base++) {
		for (n = 0; n <= 8; n++) {
			for (event = 0; event < 16; event++, tried++) {
				ring_start(PACKED, 8, false, true, false, base);
				vring.called = true;
				guest_put(vdrv.driver, 0x20000 | vdrv_index(event), 4);
				vring.pushed[0].head.slots = n;
				vring.num_pushed = !!n;
				vring.next_used = vring.published + n;
				EXPECT(sdpu_vring_publish(&vring) ==
				       (!n ? 0 : (event - base) % 16 < n ? 2 : 1));
				sdpu_vring_free(&vring);
			}
		}
	}
	tap_ok(!wrong, "packed: a call is wanted if and only if the event is in the batch (%u cases)",
	       tried);
}

static void test_packed_call_flags(void)
{
	/* by value of flags, without and with event index: 2 and 3 are not negotiated, reserved */
	static const int want[2][4] = { { 2, 1, 2, 2 }, { 2, 1, 1, 2 } };
	unsigned int flags, event_idx;

	for (event_idx = 0; event_idx < 2; event_idx++) {
		for (flags = 0; flags < 4; flags++) {
			ring_start(PACKED, 8, false, event_idx, false, 0);
			vring.called = true;
			/* no entry of this batch; the upper bits are reserved */
			guest_put(vdrv.driver, 0xfffc8005 | flags << 16, 4);
			vdrv_add(0, 1, 1);
			vdrv_show();
			device_pop(1);
			sdpu_vring_push(&vring, held[0].head, 0);
			EXPECT(sdpu_vring_publish(&vring) == want[event_idx][flags]);
			sdpu_vring_free(&vring);
		}
	}
	tap_ok(!wrong, "packed: a driver that does not say clearly that it wants no call gets one");
}

/* The areas are looked for in one address space, what descriptors point to in the other. */
static void test_spaces(enum layout layout, bool table)
{
	static const struct sdpu_as nothing = { .mode = SDPU_AS_EMPTY };

	ring_start(layout, 8, true, true, false, 0);
	vring.as.areas = &nothing;
	vdrv_add(1, 0, !table);
	vdrv_show();
	EXPECT(!sdpu_vring_pop(&vring, &chain) && vring.broken == SDPU_BROKEN_RING_ADDRESS);
	ring_stop();

	ring_start(layout, 8, true, true, false, 0);
	vring.as.buffers = &nothing;
	vdrv_add(1, 0, !table);
	EXPECT(!sdpu_vring_pop(&vring, &chain) && !vring.broken);
	vdrv_show();
	EXPECT(!sdpu_vring_pop(&vring, &chain) && vring.broken == SDPU_BROKEN_BUFFER);
	ring_stop();
	tap_ok(!wrong, "%s: areas are in one address space, %s in another", layout_name[layout],
	       table ? "tables" : "buffers");
}

int main(void)
{
	enum layout layout;

	test_init();
	test_init_packed();
	test_fresh();
	test_call_window();
	test_packed_call_window();
	test_packed_call_flags();
	test_kicks_after_takeover();
	for (layout = SPLIT; layout <= PACKED; layout++) {
		test_batch(layout);
		test_spaces(layout, false);
		test_spaces(layout, true);
		test_first_call(layout);
		test_kick_window(layout, false);
		test_kick_window(layout, true);
		test_kicks_off(layout, false);
		test_kicks_off(layout, true);
		test_wrap(layout, false);
		test_wrap(layout, true);
		test_traffic(layout);
	}
	return tap_done();
}
