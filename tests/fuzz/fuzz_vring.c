// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer harness of the virtqueue engine (sim/as.c, sim/chain.c, sim/vring.c,
 * sim/split.c, sim/packed.c): a hostile driver, and a page table full of surprises.
 * The Makefile gives fuzz_one() the name that libFuzzer calls.
 *
 * The input is a program. It writes memory, descriptors, ring entries and page
 * table entries, calls the engine in any order, and lets memory change under
 * the engine's hands: a store can be armed to happen just before the n-th read
 * from then on, to any place or to the very one that was read last, which is
 * what a second processor would do in the worst case.
 *
 * What must hold whatever the program does, besides what the sanitizers check:
 *  - frames that the page table never gives for writing are not written, and
 *    those that it never gives for reading are not handed out for reading;
 *  - a popped chain is well-formed and all of its memory exists;
 *  - a call makes a bounded number of reads, and none at all when the address
 *    space is empty;
 *  - a broken ring stays broken, for one reason, and writes nothing.
 */
#include <sanitizer/asan_interface.h>
#include <string.h>

#include "../../sim/vring.h"
#include "must.h"
#include "program.h"

#define FRAMES		32u			/* every other page: what follows is poisoned */
#define RO_END		8u			/* frames 0 to 7 are never writable */
#define WO_END		12u			/* frames 8 to 11 are never readable */
#define FRAME_DMA	0x100000000ull
#define BIG_DMA		0x100200000ull		/* 2 MiB without a hole */
#define BIG_PAGES	16u			/* of it that programs write to */
#define TABLES		16u
#define TABLE_DMA	0x180000000ull
#define IOVA		0x7f123fff0000ull	/* 64 pages across a border of 1 GiB */
#define IOVA_PAGES	64u
#define IOVA_FLAT	48u			/* from this page on they follow each other */
#define IOVA_BIG	0x7f1280000000ull
#define READS_MAX	(16u * 1024)
#define LATE_MAX	8u

static u8 *frames, *big, *tables;
static u8 read_only[RO_END * 4096];
static unsigned int reads;
static u8 touched;
static bool bypass, empty;

/* A store that waits for a read; without a place of its own, to what was read last. */
static struct late {
	unsigned int at;
	u8 *to;
	u64 value;
} late[LATE_MAX];
static u8 *last_read;
static size_t last_len;

/* ---- the program ---- */

static u8 *frame(unsigned int i)
{
	return frames + 2 * 4096 * (i % FRAMES);
}

/* Somewhere in memory that the guest can have: @bytes in one page. */
static u8 *get_place(unsigned int bytes)
{
	u8 page = take(1);
	u16 offset = take(2) % (4096 - bytes + 1);

	if (page & 0x80)
		return big + (page % BIG_PAGES) * 4096 + offset;
	return frame(page) + offset;
}

/* An address: one that is likely to be mapped, or any at all. */
static u64 get_iova(void)
{
	u8 how = take(1);

	if (how < 0xa0)
		return IOVA + how % IOVA_PAGES * 4096ull + take(2) % 4096;
	if (how < 0xd0)
		return IOVA_BIG + take(3) % 0x201000;
	return bypass && how < 0xf0 ? BIG_DMA + take(3) : take(8);
}

static u32 get_length(void)
{
	u8 how = take(1);

	if (how < 0xa0)
		return how;
	return how < 0xe0 ? take(2) : take(4);
}

/* ---- memory ---- */

void *unit_dma_span(u64 dma, u64 len)
{
	MUST(len && !(len & (len - 1)) && !(dma & (len - 1)) && len <= 0x200000);
	if (dma >= FRAME_DMA && dma < FRAME_DMA + FRAMES * 8192ull)
		return len <= 4096 && !(dma & 4096) ? frames + (dma - FRAME_DMA) : NULL;
	if (dma >= BIG_DMA && dma <= BIG_DMA + 0x200000 - len)
		return big + (dma - BIG_DMA);
	if (dma >= TABLE_DMA && dma < TABLE_DMA + TABLES * 4096 && len <= 4096)
		return tables + (dma - TABLE_DMA);
	return NULL;
}

/*
 * Page table entries as they may be: any, but for what the checks rely on. No
 * table lies where the guest could write it, no table is given for writing, and
 * a leaf on the first frame, which could be one that has them all, gives nothing.
 */
static u64 tame(u64 entry)
{
	u64 dma = entry & 0xffffffffff000ull;

	if (dma >= TABLE_DMA && dma < TABLE_DMA + TABLES * 4096)
		return entry & ~4ull;
	if (!(entry & 8) && dma >= FRAME_DMA && dma < BIG_DMA + 0x200000)
		return entry & ~1ull;
	if (dma == FRAME_DMA)
		return entry & ~6ull;
	if (dma > FRAME_DMA && dma < FRAME_DMA + RO_END * 8192)
		return entry & ~4ull;
	if (dma > FRAME_DMA && dma < FRAME_DMA + WO_END * 8192)
		return entry & ~2ull;
	return entry;
}

static void table_put(unsigned int page, unsigned int i, u64 entry)
{
	memcpy(tables + page % TABLES * 4096 + i % 512 * 8, &entry, 8);
}

/* 64 pages of 4 KiB, on both sides of the border, and a leaf of 2 MiB. */
static void tables_init(void)
{
	unsigned int i, f;

	memset(tables, 0, TABLES * 4096);
	table_put(0, IOVA >> 39, (TABLE_DMA + 0x1000) | 1);
	table_put(1, IOVA >> 30, (TABLE_DMA + 0x2000) | 1);
	table_put(1, (IOVA >> 30) + 1, (TABLE_DMA + 0x3000) | 1);
	table_put(2, 511, (TABLE_DMA + 0x4000) | 1);
	table_put(3, 0, (TABLE_DMA + 0x5000) | 1);
	for (i = 0; i < IOVA_PAGES; i++) {
		f = i * 7 % FRAMES;
		table_put(i < 16 ? 4 : 5, (IOVA >> 12) + i,
			  i < IOVA_FLAT ? tame((FRAME_DMA + f * 8192) | 0xf) :
					  (BIG_DMA + (i - IOVA_FLAT) * 4096) | 0xf);
	}
	table_put(1, IOVA_BIG >> 30, (TABLE_DMA + 0x6000) | 1);
	table_put(6, IOVA_BIG >> 21, BIG_DMA | 0xf);
}

static void memory_init(void)
{
	unsigned int i;

	if (!frames) {
		frames = aligned_alloc(0x200000, 0x200000);
		big = aligned_alloc(0x200000, 0x200000);
		tables = aligned_alloc(4096, TABLES * 4096);
		MUST(frames && big && tables);
		memset(big, 0, 0x200000);
		__asan_poison_memory_region(frames, 0x200000);
		for (i = 0; i < FRAMES; i++)
			__asan_unpoison_memory_region(frame(i), 4096);
	}
	for (i = 0; i < FRAMES; i++)
		memset(frame(i), 0, 4096);
	memset(big, 0, BIG_PAGES * 4096);
	tables_init();
}

static void read_only_save(void)
{
	unsigned int i;

	for (i = 0; i < RO_END; i++)
		memcpy(read_only + i * 4096, frame(i), 4096);
}

static void read_only_check(void)
{
	unsigned int i;

	for (i = 0; i < RO_END && !bypass; i++)
		MUST(!memcmp(read_only + i * 4096, frame(i), 4096));
}

/* What the guest stores itself. */
static void store(u8 *to, u64 value)
{
	memcpy(to, &value, 8);
	if (to >= frames && to < frame(RO_END))
		memcpy(read_only + (to - frames) / 8192 * 4096 + (to - frames) % 8192, &value, 8);
}

static bool within(const u8 *p, const u8 *base, size_t len)
{
	return p >= base && p < base + len;
}

static void on_read(const void *from, size_t len)
{
	unsigned int i;

	MUST(++reads < READS_MAX && !empty);
	for (i = 0; i < LATE_MAX; i++) {
		if (!late[i].at || --late[i].at)
			continue;
		if (late[i].to)
			store(late[i].to, late[i].value);
		else if (last_read)
			memcpy(last_read, &late[i].value, last_len);
	}
	/* What the guest could store to, and the checks do not rely on. */
	last_read = within(from, frame(WO_END), (FRAMES - WO_END) * 8192) ||
		    within(from, big, BIG_PAGES * 4096) ? (u8 *)from : NULL;
	last_len = min_t(size_t, len, 8);
}

/* ---- what comes out ---- */

/* Memory of a segment: it exists, and may be used that way. */
static void check_seg(const struct sdpu_seg *seg, bool write)
{
	u32 step = seg->len > 65536 ? 4096 : 61, at;
	unsigned int i;

	MUST(seg->len);
	for (i = 0; i < (write ? RO_END : WO_END) && !bypass; i++)
		MUST(!(write || i >= RO_END) || !within(seg->va, frame(i), 4096));
	if (write)
		MUST(!within(seg->va, tables, TABLES * 4096));
	for (at = 0; at < seg->len; at += step) {
		touched += seg->va[at];
		if (write && !bypass)
			seg->va[at] = 0x5a;
	}
	touched += seg->va[seg->len - 1];
}

static void check_chain(const struct sdpu_vring *vr, const struct sdpu_chain *chain)
{
	u64 out = 0, got_in = 0;
	unsigned int i;

	MUST(vr->attrs.packed || chain->head.id < vr->attrs.size);
	MUST(chain->num_out + chain->num_in <= SDPU_CHAIN_SEGS);
	for (i = 0; i < (unsigned int)chain->num_out + chain->num_in; i++) {
		check_seg(&chain->seg[i], i >= chain->num_out);
		*(i < chain->num_out ? &out : &got_in) += chain->seg[i].len;
	}
	MUST(out == chain->out_len && got_in == chain->in_len);
}

/* ---- what a program can do ---- */

static struct sdpu_chain chain;

/* What was popped and not published; the first of them were pushed. */
static struct hand {
	struct sdpu_head head[1024];
	unsigned int popped, pushed;
} hand, hand_then;

/* What do_undo() goes back to, if nothing was published since. */
static struct sdpu_vring_mark mark;
static bool marked;

static unsigned int hand_slots(unsigned int first, unsigned int end)
{
	unsigned int slots = 0;

	for (; first < end; first++)
		slots += hand.head[first].slots;
	return slots;
}

static void do_write(void)
{
	unsigned int n = take(1) % 32;
	u8 *to = get_place(8);

	for (; n && program_left; n--) {
		store(to, take(8));
		to = get_place(8);
	}
}

/* Eight bytes of the guest, where the first page table has them; or NULL. */
static u8 *guest(u64 iova)
{
	u64 page = (iova - IOVA) / 4096;

	if (iova < IOVA || page >= IOVA_PAGES || iova % 4096 > 4088)
		return NULL;
	if (page >= IOVA_FLAT)
		return big + (iova - IOVA) - IOVA_FLAT * 4096;
	return frame(page * 7 % FRAMES) + iova % 4096;
}

static void guest_put64(u64 iova, u64 value)
{
	u8 *to = guest(iova);

	if (to)
		store(to, value);
}

static void guest_put16(u64 iova, u16 value)
{
	u8 *to = guest(iova);
	u64 old;

	if (!to)
		return;
	memcpy(&old, to, 8);
	store(to, (old & ~0xffffull) | value);
}

/* @next: of a split ring, or buffer id */
static void guest_put_desc(const struct sdpu_vring *vr, u64 at, u64 addr, u32 len, u16 flags,
			   u16 next)
{
	bool packed = vr->attrs.packed;

	guest_put64(at, addr);
	guest_put64(at + 8, len | (u64)(packed ? next : flags) << 32 |
		    (u64)(packed ? flags : next) << 48);
}

/* Flags of a packed descriptor that is available at @pos. */
static u16 available(const struct sdpu_vring *vr, u16 pos)
{
	if (!vr->attrs.packed)
		return 0;
	return pos & vr->attrs.size ? 0x8000 : 0x80;
}

static void do_desc(const struct sdpu_vring *vr, u64 table, u16 avail)
{
	u64 at = table + 16 * (take(1) % vr->attrs.size);
	u64 addr = get_iova();
	u32 len = get_length();
	u16 flags = take(1) % 16, next;

	if (take(1) & 1)
		flags |= available(vr, avail);
	next = take(1) & 0x80 ? take(2) : take(1) % (vr->attrs.size + 2);
	guest_put_desc(vr, at, addr, len, flags, next);
}

static void do_offer_packed(const struct sdpu_vring *vr, u16 *avail)
{
	u64 addr = get_iova();
	u32 len = get_length();
	u16 flags = take(1);

	flags = flags < 0xf0 ? (flags % 8) | available(vr, *avail) : take(2);
	guest_put_desc(vr, vr->attrs.desc + 16 * (*avail % vr->attrs.size), addr, len, flags,
		       take(1));
	++*avail;
}

static void do_offer(const struct sdpu_vring *vr, u16 *avail)
{
	u32 slot = *avail % vr->attrs.size;
	u8 head;

	if (vr->attrs.packed) {
		do_offer_packed(vr, avail);
		return;
	}
	head = take(1);
	guest_put16(vr->attrs.driver + 4 + 2 * slot,
		    head & 0x80 ? take(2) : head % vr->attrs.size);
	++*avail;
	guest_put16(vr->attrs.driver + 2, *avail + (head == 0x7f ? take(2) : 0));
}

/* A whole chain, nearly always well-formed, in a table or not; and offer it. */
static void do_chain(const struct sdpu_vring *vr, u16 *avail)
{
	unsigned int n = 1 + take(1) % 12, head = take(1) % vr->attrs.size, out = take(1), i, next;
	bool packed = vr->attrs.packed;
	u16 flags, pos = *avail;
	u64 at, table = get_iova();
	bool indirect = out & 0x80;

	if (out & 0x40)
		table &= ~15ull;
	out = out % 64 % (n + 1);
	if (packed)
		head = *avail % vr->attrs.size;
	for (i = 0; i < n; i++) {
		u64 addr = get_iova();
		u32 len = get_length();

		at = indirect ? i : (head + i) % vr->attrs.size;
		next = indirect ? i + 1 : (head + i + 1) % vr->attrs.size;
		at = (indirect ? table : vr->attrs.desc) + 16 * at;
		flags = (i + 1 < n) | (i >= out ? 2 : 0);
		if (!indirect)
			flags |= available(vr, pos++);
		if (take(1) == 0xff) {
			flags ^= take(2);
			next ^= take(2);
		}
		guest_put_desc(vr, at, addr, len, flags, next);
	}
	if (indirect)
		guest_put_desc(vr, vr->attrs.desc + 16 * head, table, 16 * n,
			       4 | available(vr, pos++), 0);
	if (packed) {
		*avail = pos;
		return;
	}
	guest_put16(vr->attrs.driver + 4 + 2 * (*avail % vr->attrs.size), head);
	++*avail;
	guest_put16(vr->attrs.driver + 2, *avail);
}

/* An entry of any table, most likely one that the ring's addresses go through. */
static void do_table(void)
{
	static const u8 shift[TABLES] = { 39, 30, 21, 21, 12, 12, 21 };
	u8 page = take(1), how = take(1);
	u16 i = take(2);
	u64 entry;

	if (how < 0x60)
		entry = (FRAME_DMA + take(1) % (FRAMES + 1) * 8192) | (how & 0xf);
	else if (how < 0x90)
		entry = (BIG_DMA + take(1) * 4096) | (how & 0xf);
	else if (how < 0xc0)
		entry = (TABLE_DMA + take(1) % (TABLES + 1) * 4096) | (how & 0xf);
	else
		entry = take(8);
	if (page < 0xc0 && shift[page % TABLES])
		i = ((page % TABLES == 6 ? IOVA_BIG : IOVA) >> shift[page % TABLES]) +
		    i % (page % TABLES < 4 ? 2 : IOVA_PAGES);
	table_put(page, i, tame(entry));
}

static void do_late(void)
{
	struct late *l = &late[take(1) % LATE_MAX];

	l->to = take(1) & 1 ? get_place(8) : NULL;
	l->value = take(8);
	l->at = 1 + take(1) % 64;
}

static void do_pop(struct sdpu_vring *vr)
{
	unsigned int n = 1 + take(1) % 8;

	while (n--) {
		u16 before = vr->last_avail;

		reads = 0;
		if (!sdpu_vring_pop(vr, &chain)) {
			MUST(vr->last_avail == before);
			return;
		}
		MUST(!vr->broken && chain.head.slots);
		MUST(vr->last_avail == (u16)(before + chain.head.slots));
		hand.head[hand.popped++] = chain.head;
		MUST(hand_slots(0, hand.popped) <= vr->attrs.size);
		check_chain(vr, &chain);
	}
}

static void do_push(struct sdpu_vring *vr)
{
	u16 before = vr->next_used;

	if (hand.pushed == hand.popped)
		return;
	sdpu_vring_push(vr, hand.head[hand.pushed], get_length());
	if (vr->next_used != before) {
		MUST(!vr->broken);
		hand.pushed++;
	} else {
		MUST(vr->broken);
	}
}

static void do_publish(struct sdpu_vring *vr)
{
	int shown = sdpu_vring_publish(vr);

	MUST(shown >= 0 && shown <= 2);
	if (!shown) {
		MUST(!hand.pushed || vr->broken);
		return;
	}
	MUST(hand.pushed && !vr->broken);
	hand.popped -= hand.pushed;
	memmove(hand.head, hand.head + hand.pushed, hand.popped * sizeof(hand.head[0]));
	hand.pushed = 0;
	marked = false;
}

static void do_mark(struct sdpu_vring *vr)
{
	mark = sdpu_vring_mark(vr);
	hand_then = hand;
	marked = true;
}

static void do_undo(struct sdpu_vring *vr)
{
	if (!marked)
		return;
	sdpu_vring_rewind(vr, mark);
	hand = hand_then;
}

static void step(struct sdpu_vring *vr, struct sdpu_as *as, u16 *avail)
{
	u16 broken = vr->broken;

	reads = 0;
	last_read = NULL;
	switch (take(1) % 22) {
	case 0:
		do_write();
		break;
	case 1:
	case 2:
		do_desc(vr, vr->attrs.desc, *avail);
		break;
	case 3:
		do_desc(vr, get_iova(), *avail);
		break;
	case 4:
	case 5:
		do_offer(vr, avail);
		break;
	case 6:
		do_table();
		break;
	case 7:
		do_late();
		break;
	case 8:
		do_push(vr);
		break;
	case 9:
		do_publish(vr);
		break;
	case 10:
		sdpu_vring_kicks_off(vr);
		break;
	case 11:
		/* the index of a split ring is remembered, a packed ring is looked at anew */
		if (sdpu_vring_kicks_on(vr))
			MUST(sdpu_vring_pending(vr) || vr->broken || vr->attrs.packed);
		break;
	case 12:
		sdpu_vring_forget(vr);
		break;
	case 13:
		do_undo(vr);
		break;
	case 14:
		/* The address space is taken away, or given back. */
		if (!bypass) {
			empty = !(take(1) % 4);
			as->mode = empty ? SDPU_AS_EMPTY : SDPU_AS_TABLE;
		}
		sdpu_vring_forget(vr);
		break;
	case 15:
	case 16:
	case 17:
		do_chain(vr, avail);
		break;
	case 18:
		do_mark(vr);
		break;
	default:
		do_pop(vr);
	}
	MUST(!broken || vr->broken == broken);
}

int fuzz_one(const u8 *data, size_t size)
{
	struct sdpu_vring_attrs attrs = {};
	struct sdpu_vring vring = {};
	struct sdpu_as as = {};
	u8 flags, where;
	u16 avail;

	program_start(data, size);
	hand.popped = 0;
	hand.pushed = 0;
	marked = false;
	empty = false;
	memory_init();
	read_only_save();
	memset(late, 0, sizeof(late));

	flags = take(1);
	bypass = (flags & 0xf8) == 0xf8;
	as.mode = bypass ? SDPU_AS_BYPASS : SDPU_AS_TABLE;
	as.root = (const __le64 *)tables;
	attrs.size = 1u << take(1) % 10;
	attrs.indirect = flags & 1;
	attrs.event_idx = flags & 2;
	attrs.avail = flags & 4 ? take(2) : 65530;
	/* Pages that are readable and writable, unless the program says otherwise. */
	where = take(1);
	attrs.packed = where & 32;
	attrs.transmit = where & 64;
	if (attrs.packed)
		attrs.avail = attrs.avail % attrs.size | (attrs.avail & 0x8000);
	attrs.used = attrs.avail;
	attrs.desc = where & 1 ? get_iova() & ~15ull : IOVA + 2 * 4096;
	attrs.driver = where & 2 ? get_iova() & (attrs.packed ? ~3ull : ~1ull) : IOVA + 5 * 4096;
	attrs.device = where & 4 ? get_iova() & ~3ull : IOVA + 6 * 4096 + 0xff0;
	/* An event field may lie on a page of its own. */
	if (where & 8)
		attrs.driver = (attrs.driver | 4095) + 1 - 4 - 2 * attrs.size;
	if (where & 16)
		attrs.device = (attrs.device | 4095) + 1 - 4 - 8 * attrs.size;
	if (sdpu_vring_init(&vring, &attrs, (struct sdpu_vring_as){ &as, &as }))
		return 0;
	avail = vring.last_avail;
	if (!attrs.packed)
		guest_put16(attrs.driver + 2, avail);

	unit_read_hook = on_read;
	while (program_left)
		step(&vring, &as, &avail);
	unit_read_hook = NULL;
	read_only_check();
	sdpu_vring_free(&vring);
	return 0;
}
