// SPDX-License-Identifier: GPL-2.0-only
/*
 * The split virtqueue engine (sim/vring.c, sim/chain.c) with an honest driver:
 * random traffic in which every byte on both sides is accounted for, and
 * exhaustive windows of the notification rules.
 */
#include <linux/array_size.h>

#include "reads.h"
#include "vdrv.h"
#include "tap.h"

#define HELD_MAX	VDRV_MAX

/* Chains that the device has in hand. */
struct held {
	u16 head;
	u16 num_in;
	struct sdpu_seg seg[VDRV_ELEMS * 3];
};

static struct sdpu_vring vring;
static struct sdpu_chain chain;
static struct held held[HELD_MAX];
static unsigned int num_held;
static const char *wrong;

/* The first thing that went wrong in a run. */
#define EXPECT(cond) do { \
	if (!(cond) && !wrong) { \
		wrong = #cond; \
		printf("#   %s:%d: %s\n", __FILE__, __LINE__, #cond); \
	} \
} while (0)

static void ring_start(u32 size, bool indirect, bool event_idx, bool shuffled, u16 idx)
{
	struct sdpu_vring_attrs attrs;

	wrong = NULL;
	num_held = 0;
	reads.doubles = 0;
	gmem_new(shuffled, size + 7 * indirect + 3 * event_idx + shuffled);
	vdrv_new(size, event_idx, idx);
	attrs = vdrv_attrs(indirect);
	EXPECT(!sdpu_vring_init(&vring, &attrs, &gmem.as));
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
	const struct vdrv_chain *want = &vdrv.chain[got->head];
	const struct sdpu_seg *seg = got->seg;
	unsigned int i, left = got->num_out + got->num_in;
	u32 at = 0, k;

	EXPECT(want->busy && !want->pushed && want->head == got->head);
	EXPECT(got->out_len == want->out_len && got->in_len == want->in_len);
	for (i = 0; i < want->num && !wrong; i++) {
		for (k = 0; k < want->elem[i].len && !wrong; k++) {
			EXPECT(left);
			EXPECT(seg->va + at == gmem_at(gmem.host, want->elem[i].addr + k));
			EXPECT((seg < got->seg + got->num_out) == !want->elem[i].in);
			if (++at == seg->len) {
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
		direct = gmem_below(3) ? 0 : gmem_below(n);
	/* A direct descriptor each, and one for the table if there is one. */
	if (min_t(u32, direct + 1, n) > vdrv.num_free)
		return;
	vdrv_add(out, n - out, direct);
}

static void driver_wish(void)
{
	u16 event;

	if (vdrv.event_idx) {
		event = vring.published - 3 + gmem_below(8);
		guest_put(vdrv.driver + 4 + 2 * vdrv.size, event, 2);
	} else {
		guest_put(vdrv.driver, gmem_below(2), 2);
	}
}

/* ---- what the device does ---- */

static void device_pop(unsigned int max)
{
	unsigned int first = num_held, again;
	u16 waiting = vdrv.avail_idx - vring.last_avail;

	EXPECT(waiting == 0 || WATCHED(sdpu_vring_avail(&vring)) > 0);
	while (num_held - first < max && WATCHED(sdpu_vring_pop(&vring, &chain))) {
		check_chain(&chain);
		EXPECT(chain.num_out + chain.num_in <= VDRV_ELEMS * 3);
		held[num_held].head = chain.head;
		held[num_held].num_in = chain.num_in;
		memcpy(held[num_held].seg, chain.seg + chain.num_out,
		       chain.num_in * sizeof(struct sdpu_seg));
		num_held++;
		waiting--;
	}
	EXPECT(num_held - first == max || !waiting);
	EXPECT(!vring.broken);

	/* Undone pops come again, the same. */
	again = gmem_below(num_held - first + 1);
	if (!gmem_below(4) && again) {
		sdpu_vring_unpop(&vring, again);
		for (first = num_held - again; first < num_held; first++) {
			EXPECT(WATCHED(sdpu_vring_pop(&vring, &chain)));
			EXPECT(chain.head == held[first].head);
			check_chain(&chain);
		}
	}
}

/* Write into the chain, here through its segments and there byte by byte. */
static u32 device_fill(const struct held *h)
{
	const struct vdrv_chain *c = &vdrv.chain[h->head];
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
	expect_put(at, h->head, 4);
	expect_put(at + 4, len, 4);
	vdrv.chain[h->head].written = len;
	vdrv.chain[h->head].pushed = true;
}

/* Give back some of what is held, in any order. */
static void device_complete(unsigned int n)
{
	unsigned int i;

	for (; n && num_held; n--) {
		i = gmem_below(num_held);
		if (!gmem_below(5)) {
			device_push(&held[gmem_below(num_held)], gmem_random());
			sdpu_vring_unpush(&vring, 1);
			memset(&vdrv.chain[held[i].head].pushed, 0, 1);
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

	EXPECT(WATCHED(sdpu_vring_publish(&vring)) == want);
	expect_put(vdrv.device + 2, new, 2);
}

static void device_kicks(void)
{
	if (gmem_below(2)) {
		sdpu_vring_kicks_off(&vring);
		if (!vdrv.event_idx)
			expect_put(vdrv.device, 1, 2);
		return;
	}
	if (vdrv.event_idx)
		expect_put(vdrv.device + 4 + 8 * vdrv.size, vring.last_avail, 2);
	else
		expect_put(vdrv.device, 0, 2);
	EXPECT(WATCHED(sdpu_vring_kicks_on(&vring)) ==
	       (vring.last_avail != (u16)guest_get(vdrv.driver + 2, 2)));
}

/* Guest pages move in host memory: nothing may be remembered of the old place. */
static void host_moves_pages(void)
{
	unsigned int a = gmem_below(GMEM_PAGES), b = gmem_below(GMEM_PAGES), i;
	u8 page[4096];

	if (num_held)
		return;
	for (i = 0; i < 2; i++) {
		u8 *base = i ? gmem.shadow : gmem.host;
		u8 *pa = gmem_at(base, GMEM_IOVA + a * 4096ull);
		u8 *pb = gmem_at(base, GMEM_IOVA + b * 4096ull);

		memcpy(page, pa, 4096);
		memmove(pa, pb, 4096);
		memcpy(pb, page, 4096);
	}
	gmem_swap_frames(a, b);
	gmem_protect(GMEM_IOVA + a * 4096ull, GMEM_RW);
	gmem_protect(GMEM_IOVA + b * 4096ull, GMEM_RW);
	sdpu_vring_forget(&vring);
}

static void traffic(u32 size, bool indirect, bool event_idx, bool shuffled, unsigned int steps)
{
	u16 avail, used;
	unsigned int i;

	ring_start(size, indirect, event_idx, shuffled, 65536 - size);
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
	EXPECT(vdrv.num_free == size);
	sdpu_vring_state(&vring, &avail, &used);
	EXPECT(avail == vdrv.avail_idx && used == vdrv.avail_idx);
	ring_stop();
	tap_ok(!wrong, "%u entries%s%s, %s memory: every byte is where it belongs",
	       size, indirect ? ", indirect" : "", event_idx ? ", event index" : "",
	       shuffled ? "scattered" : "contiguous");
}

static void test_traffic(void)
{
	static const u32 sizes[] = { 1, 2, 8, 64, 256, 1024 };
	unsigned int i, f;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (f = 0; f < 8; f++)
			traffic(sizes[i], f & 1, f & 2, f & 4, 3000);
}

/* More than 65536 entries go through: both indices and all slots wrap. */
static void test_wrap(bool event_idx)
{
	unsigned int n = 0, batch;

	ring_start(32, false, event_idx, true, 40000);
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
	EXPECT(vdrv.avail_idx == (u16)(40000 + n));
	ring_stop();
	tap_ok(!wrong, "%u entries go through a ring%s: indices wrap", n,
	       event_idx ? " with event index" : "");
}

/* Every used_event around every batch, at a start that makes the index wrap. */
static void test_call_window(void)
{
	unsigned int n, tried = 0;
	int event;
	u16 base;

	for (base = 65520; base != 10; base++) {
		ring_start(8, false, true, false, base);
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

static void test_first_call(void)
{
	ring_start(8, false, true, false, 100);
	guest_put(vdrv.driver + 4 + 2 * 8, 50, 2);
	vdrv_add(0, 1, 1);
	vdrv_add(0, 1, 1);
	vdrv_show();
	device_pop(2);
	device_complete(1);
	EXPECT(sdpu_vring_publish(&vring) == 2);
	device_complete(1);
	EXPECT(sdpu_vring_publish(&vring) == 1);
	EXPECT(sdpu_vring_publish(&vring) == 0);
	expect_put(vdrv.device + 2, 102, 2);
	ring_stop();
	tap_ok(!wrong, "the first publication of a ring with event index always calls");
}

/* A driver that adds @late entries just before the device looks at the index. */
static unsigned int late;

static void late_hook(const void *from, size_t len)
{
	u16 old = vdrv.avail_idx;

	if (from != gmem_at(gmem.host, vdrv.driver + 2) || len != 2 || !late)
		return;
	for (; late; late--)
		vdrv_add(1, 0, 1);
	vdrv_show();
	/* The wish is out already: such a driver kicks, or the device sees it. */
	EXPECT(vdrv_must_kick(old));
}

/* @backlog was served, @before come before the last look, @after after it. */
static void kick_window(bool event_idx, u16 start, unsigned int backlog, unsigned int before,
			unsigned int after)
{
	bool more;
	u16 old;

	ring_start(8, false, event_idx, false, start);
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
	EXPECT(sdpu_vring_avail(&vring) == before);
	device_pop(before);
	EXPECT(!sdpu_vring_kicks_on(&vring));

	old = vdrv.avail_idx;
	for (; after; after--)
		vdrv_add(1, 0, 1);
	vdrv_show();
	EXPECT(vdrv_must_kick(old));
	if (event_idx)
		expect_put(vdrv.device + 4 + 8 * 8, start + backlog + before, 2);
	else
		expect_put(vdrv.device, 0, 2);
	ring_stop();
}

/*
 * Stopping to poll loses nothing: an entry that comes before the device's last
 * look is seen there, one that comes after it is kicked for.
 */
static void test_kick_window(bool event_idx)
{
	unsigned int i, tried = 0;
	u16 start;

	for (start = 65530; start != 6 && !wrong; start++)
		for (i = 0; i < 18 && !wrong; i++, tried++)
			kick_window(event_idx, start, i % 3, i / 3 % 3, 1 + i / 9);
	tap_ok(!wrong, "no entry is lost between the last look and the kick%s (%u cases)",
	       event_idx ? ", with event index" : "", tried);
}

static void test_kicks_off(bool event_idx)
{
	u16 old;

	ring_start(8, false, event_idx, false, 5);
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
	tap_ok(!wrong, "a driver does not kick while kicks are off%s",
	       event_idx ? ", with event index" : "");
}

static void test_kicks_after_takeover(void)
{
	ring_start(8, false, false, false, 0);
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

static void test_batch(void)
{
	unsigned int i;

	ring_start(16, false, false, true, 0);
	for (i = 0; i < 16; i++)
		vdrv_add(0, 1, 1);
	vdrv_show();
	device_pop(16);
	device_complete(16);
	EXPECT(guest_get(vdrv.device + 2, 2) == 0);
	EXPECT(vdrv_reap() == 0);
	device_publish();
	EXPECT(vdrv_reap() == 16);
	ring_stop();
	tap_ok(!wrong, "nothing that was pushed is visible before it is published, then all is");
}

static void test_init(void)
{
	static const u32 bad_sizes[] = { 0, 3, 24, 32769, 65536, 0x80000000u };
	struct sdpu_vring_attrs attrs;
	unsigned int i;
	u32 size;

	gmem_new(false, 1);
	vdrv_new(8, true, 0);
	attrs = vdrv_attrs(true);
	for (i = 0; i < ARRAY_SIZE(bad_sizes); i++) {
		attrs.size = bad_sizes[i];
		tap_is(sdpu_vring_init(&vring, &attrs, &gmem.as), -EINVAL,
		       "a ring of %u entries is refused", bad_sizes[i]);
	}
	for (size = 1, i = 0; size <= 32768; size *= 2) {
		attrs.size = size;
		i += !sdpu_vring_init(&vring, &attrs, &gmem.as);
		sdpu_vring_free(&vring);
	}
	tap_is(i, 16, "every power of two up to 32768 is accepted");
	attrs = vdrv_attrs(true);
	attrs.desc += 8;
	tap_is(sdpu_vring_init(&vring, &attrs, &gmem.as), -EINVAL,
	       "descriptors off 16 are refused");
	attrs = vdrv_attrs(true);
	attrs.driver += 1;
	tap_is(sdpu_vring_init(&vring, &attrs, &gmem.as), -EINVAL,
	       "a driver area off 2 is refused");
	attrs = vdrv_attrs(true);
	attrs.device += 2;
	tap_is(sdpu_vring_init(&vring, &attrs, &gmem.as), -EINVAL,
	       "a device area off 4 is refused");
	attrs = vdrv_attrs(true);
	attrs.packed = true;
	tap_is(sdpu_vring_init(&vring, &attrs, &gmem.as), -EOPNOTSUPP,
	       "a packed ring is not supported");
	attrs.packed = false;
	unit_alloc_budget = 0;
	tap_is(sdpu_vring_init(&vring, &attrs, &gmem.as), -ENOMEM, "no memory is an error");
	unit_alloc_budget = -1;
}

int main(void)
{
	test_init();
	test_batch();
	test_first_call();
	test_call_window();
	test_kick_window(false);
	test_kick_window(true);
	test_kicks_off(false);
	test_kicks_off(true);
	test_kicks_after_takeover();
	test_wrap(false);
	test_wrap(true);
	test_traffic();
	return tap_done();
}
