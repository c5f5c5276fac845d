// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptor chains: from what the driver wrote to pieces of memory. Section
 * numbers are those of virtio 1.3.
 *
 * A descriptor is copied once and judged by the copy. Every walk is bounded by
 * the descriptors that there can be, by SDPU_CHAIN_SEGS and by SDPU_CHAIN_STEPS,
 * so that neither a loop nor an absurd chain holds up the others.
 */
#include "chain.h"

/* next is 16 bits wide: entries of an indirect table beyond that are unreachable */
#define SDPU_TABLE_MAX		65536

/**
 * struct sdpu_walk - a chain on its way into a struct sdpu_chain
 * @vr: the ring
 * @chain: filled on the way
 * @count: descriptors so far
 * @total: bytes so far
 * @in: a device-writable descriptor was seen
 */
struct sdpu_walk {
	struct sdpu_vring *vr;
	struct sdpu_chain *chain;
	u32 count;
	u64 total;
	bool in;
};

/* One entry of an indirect table, which may lie anywhere (2.7.5.3). */
static __always_inline bool sdpu_table_desc(struct sdpu_vring *vr, u64 addr, struct sdpu_desc *desc)
{
	__le64 raw[2];
	u32 done, len;
	u8 *va;

	if (likely(sdpu_as_hit(&vr->table_tlb, addr, SDPU_DESC_SIZE, SDPU_PT_READ, &va) &&
		   !((unsigned long)va % sizeof(u64)))) {
		*desc = sdpu_desc_read((__le64 *)va);
		return true;
	}

	for (done = 0; done < SDPU_DESC_SIZE; done += len) {
		len = SDPU_DESC_SIZE - done;
		va = sdpu_as_translate(vr->as.buffers, &vr->table_tlb, addr + done, &len,
				       SDPU_PT_READ);
		if (!va)
			return false;
		sdpu_prim_snapshot((u8 *)raw + done, va, len);
	}
	desc->addr = le64_to_cpu(raw[0]);
	desc->rest = le64_to_cpu(raw[1]);
	return true;
}

/*
 * Add a buffer to the segments, cut where the memory under it is not contiguous.
 * Return: 0 or SDPU_BROKEN_*.
 */
static noinline u16 sdpu_walk_cut(struct sdpu_walk *w, u32 *num, u64 addr, u32 want, u64 perm)
{
	struct sdpu_seg *seg = w->chain->seg;
	u32 done, len, n = *num;
	u8 *va;

	for (done = 0; done < want; done += len) {
		if (w->chain->steps++ == SDPU_CHAIN_STEPS)
			return SDPU_BROKEN_CHAIN;
		len = want - done;
		va = sdpu_as_translate(w->vr->as.buffers, &w->vr->tlb, addr + done, &len, perm);
		if (!va)
			return SDPU_BROKEN_BUFFER;
		if (done && seg[n - 1].va + seg[n - 1].len == va) {
			seg[n - 1].len += len;
			continue;
		}
		if (n == SDPU_CHAIN_SEGS)
			return SDPU_BROKEN_CHAIN;
		seg[n++] = (struct sdpu_seg){ .va = va, .len = len };
	}
	*num = n;
	return 0;
}

/*
 * Add a descriptor to the chain.
 *
 * One of length zero adds nothing and is accepted: the specification does not
 * forbid it, 2.7.4.1 says not to make assumptions about framing, and DPDK sends
 * them for empty mbufs. It counts as a descriptor.
 *
 * Return: 0 or SDPU_BROKEN_*.
 */
static __always_inline u16 sdpu_walk_add(struct sdpu_walk *w, struct sdpu_desc desc)
{
	bool in = sdpu_desc_flags(desc) & SDPU_DESC_WRITE;
	u64 perm = in ? SDPU_PT_WRITE : SDPU_PT_READ;
	struct sdpu_chain *chain = w->chain;
	u32 n = chain->num_out + chain->num_in;
	u32 len = sdpu_desc_len(desc);
	u16 broken;

	/* 2.7.4.2: writable after readable. 2.7.5.2: no more than 2^32 bytes. */
	if (w->in && !in)
		return SDPU_BROKEN_CHAIN;
	w->in = in;
	chain->steps++;
	w->total += len;
	if (w->total > U32_MAX)
		return SDPU_BROKEN_CHAIN;

	if (likely(n < SDPU_CHAIN_SEGS &&
		   sdpu_as_hit(&w->vr->tlb, desc.addr, len, perm, &chain->seg[n].va))) {
		chain->seg[n++].len = len;
	} else {
		broken = sdpu_walk_cut(w, &n, desc.addr, len, perm);
		if (broken)
			return broken;
	}

	if (in) {
		chain->num_in = n - chain->num_out;
		chain->in_len += len;
	} else {
		chain->num_out = n;
		chain->out_len += len;
	}
	return 0;
}

/*
 * The rest of a chain, in the indirect table that @ref refers to (2.7.5.3,
 * 2.8.7). 2.7.5.3.1 and 2.8.19 restrict what a driver may do there, and 2.7.5.3.2
 * has us ignore the write flag of @ref and accept direct descriptors before it.
 *
 * 2.7.5.3.1 also forbids chains longer than the ring. That one is not enforced,
 * as no device does: Linux puts more into one table than a small ring has
 * entries. What bounds the walk is the size of the table, since a longer chain
 * has a loop, and our own limit on descriptors, allowed by 2.7.4.1.
 *
 * Return: entries of the table, 0 if it cannot be one.
 */
static u32 sdpu_walk_entries(const struct sdpu_walk *w, struct sdpu_desc ref)
{
	u32 entries = sdpu_desc_len(ref) / SDPU_DESC_SIZE;

	if (!w->vr->attrs.indirect || sdpu_desc_flags(ref) & SDPU_DESC_NEXT ||
	    sdpu_desc_len(ref) % SDPU_DESC_SIZE || entries > SDPU_TABLE_MAX)
		return 0;
	return entries;
}

/* The table of a split ring is a list. Return: 0 or SDPU_BROKEN_*. */
static u16 sdpu_walk_list(struct sdpu_walk *w, struct sdpu_desc ref)
{
	u32 entries = sdpu_walk_entries(w, ref);
	u32 limit = min_t(u32, w->count + entries, SDPU_CHAIN_SEGS);
	struct sdpu_desc desc;
	u16 broken;
	u32 i = 0;

	for (;;) {
		if (!entries || w->count++ == limit)
			return SDPU_BROKEN_CHAIN;
		if (!sdpu_table_desc(w->vr, ref.addr + (u64)i * SDPU_DESC_SIZE, &desc))
			return SDPU_BROKEN_BUFFER;
		if (sdpu_desc_flags(desc) & SDPU_DESC_INDIRECT)
			return SDPU_BROKEN_CHAIN;
		broken = sdpu_walk_add(w, desc);
		if (broken || !(sdpu_desc_flags(desc) & SDPU_DESC_NEXT))
			return broken;
		i = sdpu_desc_next(desc);
		if (i >= entries)
			return SDPU_BROKEN_HEAD;
		i = array_index_nospec(i, entries);
	}
}

/*
 * That of a packed ring is an array, in which no flag but write counts. In what is to
 * be transmitted that one does not count, either: DPDK (seen in 24.11 and 25.11) leaves
 * it on the header of a packet in many buffers. 2.7.5.1 says SHOULD NOT read, and what
 * is not readable is not read.
 */
static u16 sdpu_walk_array(struct sdpu_walk *w, struct sdpu_desc ref)
{
	u32 entries = sdpu_walk_entries(w, ref), i;
	struct sdpu_desc desc;
	u16 broken;

	if (!entries || entries > SDPU_CHAIN_SEGS)
		return SDPU_BROKEN_CHAIN;
	for (i = 0; i < entries; i++) {
		if (!sdpu_table_desc(w->vr, ref.addr + (u64)i * SDPU_DESC_SIZE, &desc))
			return SDPU_BROKEN_BUFFER;
		desc.rest = sdpu_packed_rest(desc.rest);
		if (w->vr->attrs.transmit)
			desc.rest &= ~((u64)SDPU_DESC_WRITE << 32);
		broken = sdpu_walk_add(w, desc);
		if (broken)
			return broken;
	}
	return 0;
}

static struct sdpu_walk sdpu_walk_begin(struct sdpu_vring *vr, struct sdpu_chain *chain)
{
	chain->num_out = 0;
	chain->num_in = 0;
	chain->out_len = 0;
	chain->in_len = 0;
	chain->steps = 0;
	return (struct sdpu_walk){ .vr = vr, .chain = chain };
}

/**
 * sdpu_chain_walk_split - collect any chain of a split ring
 * @vr: the ring
 * @chain: filled, but for the head
 * @desc: the first descriptor
 *
 * Context: the lock of the virtqueue.
 * Return: 0 or SDPU_BROKEN_*.
 */
u16 sdpu_chain_walk_split(struct sdpu_vring *vr, struct sdpu_chain *chain, struct sdpu_desc desc)
{
	u32 limit = min_t(u32, vr->attrs.size, SDPU_CHAIN_SEGS);
	struct sdpu_walk w = sdpu_walk_begin(vr, chain);
	u16 broken;

	for (;;) {
		if (sdpu_desc_flags(desc) & SDPU_DESC_INDIRECT)
			return sdpu_walk_list(&w, desc);
		/* More than the ring has: a loop (2.7.5.2). */
		if (w.count++ == limit)
			return SDPU_BROKEN_CHAIN;
		broken = sdpu_walk_add(&w, desc);
		if (broken || !(sdpu_desc_flags(desc) & SDPU_DESC_NEXT))
			return broken;
		if (sdpu_desc_next(desc) > vr->mask)
			return SDPU_BROKEN_HEAD;
		desc = sdpu_vring_desc(vr, sdpu_desc_next(desc));
	}
}

/**
 * sdpu_chain_walk_packed - collect any chain of a packed ring
 * @vr: the ring
 * @chain: filled, the head too
 * @desc: the first descriptor, at @vr->last_avail
 *
 * A chain ends where the descriptors that the driver has not got back begin, and
 * all of it becomes available with its first descriptor (2.8.21.1).
 *
 * Context: the lock of the virtqueue.
 * Return: 0 or SDPU_BROKEN_*.
 */
u16 sdpu_chain_walk_packed(struct sdpu_vring *vr, struct sdpu_chain *chain, struct sdpu_desc desc)
{
	u16 in_hand = vr->last_avail - vr->published;
	u32 limit = min_t(u32, vr->attrs.size - in_hand, SDPU_CHAIN_SEGS);
	struct sdpu_walk w = sdpu_walk_begin(vr, chain);
	u16 broken, slots = 1;

	if (sdpu_desc_flags(desc) & SDPU_DESC_INDIRECT) {
		broken = sdpu_walk_array(&w, desc);
		goto out;
	}
	for (;;) {
		w.count++;
		broken = sdpu_walk_add(&w, desc);
		if (broken || !(sdpu_desc_flags(desc) & SDPU_DESC_NEXT))
			break;
		if (w.count == limit || !sdpu_packed_desc(vr, vr->last_avail + w.count, &desc) ||
		    /* 2.8.19: a table stands alone */
		    sdpu_desc_flags(desc) & SDPU_DESC_INDIRECT)
			return SDPU_BROKEN_CHAIN;
	}
	slots = w.count;
out:
	chain->head = (struct sdpu_head){ .id = sdpu_desc_id(desc), .slots = slots };
	return broken;
}
