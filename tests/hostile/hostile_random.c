// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random rings, and somebody who changes them while the device reads: whatever
 * it makes of that, it reads each value once, believes none, and recovers.
 *
 * Frames that come out of this must not disturb the bystanders, whose rings
 * have no room for floods: multicast would reach them. So headers are at
 * multiples of 16, and behind them is the start of a unicast address that
 * nobody has.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "hostile.h"

#define LIVES		100
#define FILLER		0x02

static u64 seed;

/* xorshift64* */
static u64 rnd(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 0x2545f4914f6cdd1dull;
}

static u64 pick(u64 n)
{
	return (rnd() >> 16) % n;
}

/* Mostly sensible, so that something happens before it goes wrong. */
static u64 address(bool write)
{
	u64 base = write ? PORT_IOVA_RX : PORT_IOVA_TX;

	switch (pick(24)) {
	case 0:
		return HOLE;
	case 1:
		return rnd();
	case 2:
		return base + MEM_HUGE - pick(64);
	default:
		return base + (pick(256 * 1024) & ~15ull);
	}
}

static u32 length(void)
{
	switch (pick(16)) {
	case 0:
		return 0;
	case 1:
		return rnd();
	case 2:
		return pick(70000);
	case 3:
		return 11 + pick(3);
	default:
		return 12 + pick(1600);
	}
}

static void random_desc(struct vring_desc *d, bool write)
{
	static const u16 odd[] = {
		VRING_DESC_F_INDIRECT, VRING_DESC_F_WRITE, 0xffff, 0,
		VRING_DESC_F_NEXT | VRING_DESC_F_WRITE,
	};
	u16 flags = write ? VRING_DESC_F_WRITE : 0;

	if (!pick(4))
		flags |= VRING_DESC_F_NEXT;
	if (!pick(20))
		flags = odd[pick(5)];
	raw_desc(d, 0, address(write), length(), flags, pick(20) ? pick(256) : rnd());
}

/* The head of a frame somewhere in what is sent from. */
static void random_header(struct mem *m)
{
	struct virtio_net_hdr_v1 *hdr = (void *)(m->va + (pick(256 * 1024) & ~15ull));

	hdr->flags = pick(4);
	hdr->gso_type = pick(6) ? 0 : rnd();
	hdr->hdr_len = rnd();
	hdr->gso_size = pick(4) ? pick(2000) : rnd();
	hdr->csum_start = pick(4) ? pick(100) : rnd();
	hdr->csum_offset = pick(4) ? pick(20) : rnd();
}

/* Somebody who cannot keep his hands off. */
static void __attribute__((noreturn)) meddle(struct lab *lab)
{
	struct port *p = &lab->victim;
	unsigned int ring;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	seed ^= 0x9e3779b97f4a7c15ull;
	for (;;) {
		ring = pick(2);
		random_desc(&p->ring[ring].desc[pick(256)], ring == PORT_RX);
		random_header(&p->tx_mem);
	}
}

static void live(struct lab *lab, struct flow *in)
{
	struct port *p = &lab->victim;
	unsigned int i, ring, n;
	struct ring *r;

	for (ring = 0; ring < 2; ring++) {
		r = &p->ring[ring];
		n = pick(8) ? pick(r->num) : r->num + pick(10);
		for (i = 0; i < r->num; i++) {
			random_desc(&r->desc[i], ring == PORT_RX);
			r->avail->ring[i] = pick(200) ? i : rnd();
		}
		store_release(&r->avail->idx, (u16)(r->avail->idx + n));
		port_kick(p, ring);
	}
	flow_fill(in);
	lab_pump(lab, 2);
	lab_sink(lab);
}

static void lives(struct lab *lab, bool meddled)
{
	struct flow *in = calloc(1, sizeof(*in));
	unsigned int i, broke = 0;
	pid_t pid = 0;

	seed = now_ns() | 1;
	tap_diag("random rings from seed %#llx", (unsigned long long)seed);
	lab->attrs.bare = true;
	if (!in || !lab_up(lab) ||
	    !lab_want(lab, !flow_init(in, &lab->a, &lab->victim, 200, 16), "no memory"))
		goto free;
	in->open_loop = true;
	memset(lab->victim.tx_mem.va, FILLER, lab->victim.tx_mem.len);
	if (meddled) {
		fflush(stdout);
		pid = fork();
		if (!pid)
			meddle(lab);
	}
	for (i = 0; i < LIVES && !*lab->why; i++) {
		live(lab, in);
		broke += !!(vdpa_get_status(&lab->victim.dev) & NEEDS_RESET);
		lab_want(lab, !port_restart(&lab->victim), "no life after reset");
	}
	tap_diag("%u of %u lives ended in NEEDS_RESET", broke, i);
	lab_want(lab, broke > LIVES / 10, "hardly anything went wrong");
free:
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	if (in)
		flow_free(in);
	free(in);
	/* what is sent afterwards has a clean header */
	if (lab->up)
		memset(lab->victim.tx_mem.va, 0, lab->victim.tx_mem.len);
}

static void still(struct lab *lab)
{
	lives(lab, false);
}

static void moving(struct lab *lab)
{
	lives(lab, true);
}

const struct test random_tests[] = {
	{ "random rings hurt nobody but their device", still },
	{ "random rings that change while they are read hurt nobody either", moving },
	{ }
};
