// SPDX-License-Identifier: GPL-2.0-only
/* What a device does at its driver's wish besides frames: counters, fewer calls, announcements. */
#include <string.h>

#include "clock.h"
#include "hostile_ctrl.h"

#define F_STATS		(F(CTRL_VQ) | F(MAC) | F(CTRL_MAC_ADDR) | BIT(50))
#define F_COAL		(F(CTRL_VQ) | F(MAC) | F(CTRL_MAC_ADDR) | BIT(52) | BIT(53))
#define F_ANNOUNCE	(F(CTRL_VQ) | F(MAC) | F(CTRL_MAC_ADDR) | F(STATUS) | F(GUEST_ANNOUNCE))

/* virtio 1.3 and, for STATS, 1.4, 5.1.6.5; older headers do not have them */
#define COAL		6
#define COAL_RX_SET	1
#define COAL_VQ_SET	2
#define COAL_VQ_GET	3
#define STATS		8
#define STATS_QUERY	0
#define STATS_GET	1

#define POISON		0x77

/* Where in the victim's send memory answers go: behind the commands. */
#define ANSWER_AT	(CMD_AT + 64 * MEM_PAGE)

static u8 *answer_va(struct lab *lab)
{
	return lab->victim.tx_mem.va + ANSWER_AT;
}

/* A command of @len bytes with room for an answer of @room bytes, in pieces of @piece: the ack. */
static int ask(struct lab *lab, u8 class, u8 cmd, const void *data, u32 len, u32 room, u32 piece)
{
	struct vring_desc *desc = lab->victim.ring[PORT_CTRL].desc;
	u8 *va = lab->victim.tx_mem.va + CMD_AT;
	u32 done, n;
	u16 i = 1;

	va[0] = class;
	va[1] = cmd;
	memcpy(va + 2, data, len);
	memset(answer_va(lab), POISON, 256);
	raw_desc(desc, 0, PORT_IOVA_TX + CMD_AT, 2 + len, NEXT, 1);
	raw_desc(desc, 1, PORT_IOVA_TX + ACK_AT, 1, WRITE, 0);
	for (done = 0; done < room; done += n, i++) {
		n = room - done < piece ? room - done : piece;
		desc[i].flags |= NEXT;
		desc[i].next = i + 1;
		raw_desc(desc, i + 1, PORT_IOVA_TX + ANSWER_AT + done, n, WRITE, 0);
	}
	return lab_submit(lab);
}

/* The answer is the @n bytes of @want, and nothing was written after them. */
static void answered(struct lab *lab, const void *want, u32 n)
{
	const u8 *got = answer_va(lab);
	struct ring *r = &lab->victim.ring[PORT_CTRL];
	u32 len = r->used->ring[(u16)(r->used->idx - 1) % r->num].len;

	lab_want(lab, !memcmp(got, want, n), "the answer begins with %02x%02x%02x%02x", got[0],
		 got[1], got[2], got[3]);
	lab_want(lab, got[n] == POISON, "something follows the answer");
	lab_want(lab, len == 1 + n, "%u bytes are said to be written", len);
}

static void query(struct lab *lab)
{
	static const u8 types[] = { 1, 0, 1, 0, 1, 0, 0, 0 };
	u32 piece;

	if (!lab_ctrl_up(lab, F_STATS))
		return;
	for (piece = 1; piece <= 8; piece++)
		if (lab_want(lab, ask(lab, STATS, STATS_QUERY, "", 0, 8, piece) == VIRTIO_NET_OK,
			     "pieces of %u bytes: refused", piece))
			answered(lab, types, sizeof(types));
}

static void counters(struct lab *lab)
{
	static const u8 rx0[16] = { 0, 0, [8] = 1 };
	u8 *packets;
	u64 before, after;

	if (!lab_ctrl_up(lab, F_STATS) || !lab_traffic(lab, &lab->a, &lab->victim, 33))
		return;
	lab_want(lab, ask(lab, STATS, STATS_GET, rx0, 16, 56, 56) == VIRTIO_NET_OK, "refused");
	packets = answer_va(lab) + 16;
	memcpy(&before, packets, sizeof(before));
	if (!lab_traffic(lab, &lab->a, &lab->victim, 77))
		return;
	lab_want(lab, ask(lab, STATS, STATS_GET, rx0, 16, 56, 7) == VIRTIO_NET_OK, "refused");
	memcpy(&after, packets, sizeof(after));
	lab_want(lab, after - before >= 77 && after == (u64)lab_counter(lab, 0, "packets"),
		 "%llu frames, then %llu; vdpa says %lld", (unsigned long long)before,
		 (unsigned long long)after, lab_counter(lab, 0, "packets"));
}

static void no_room(struct lab *lab)
{
	static const u8 rx0[16] = { 0, 0, [8] = 1 };
	u32 room;

	if (!lab_ctrl_up(lab, F_STATS))
		return;
	for (room = 0; room < 56; room++) {
		int ack = ask(lab, STATS, STATS_GET, rx0, 16, room, 100);

		if (!lab_want(lab, ack == VIRTIO_NET_ERR, "room for %u bytes: %d", room, ack))
			return;
		answered(lab, "", 0);
	}
	if (lab_ctrl_works(lab))
		lab_alive(lab, 50);
}

/* As many questions as fit into a command: more answers than there is room for. */
static void many(struct lab *lab)
{
	static u8 all[780][16];
	unsigned int i;

	if (!lab_ctrl_up(lab, F_STATS))
		return;
	for (i = 0; i < 780; i++)
		all[i][8] = 1;
	lab_refused(lab, ask(lab, STATS, STATS_GET, all, sizeof(all), 64 * 1024, 64 * 1024));
}

static void coal_bad(struct lab *lab)
{
	/* a second and a microsecond; the queue behind those of four pairs */
	static const u8 second[8] = { 0xff, 0xff, 0xff, 0xff, 0x41, 0x42, 0xf, 0 };
	static const u8 none[12] = { 8, 0 };

	if (!lab_ctrl_up(lab, F_COAL | F(MQ)) || !lab_ctrl_works(lab))
		return;
	lab_refused(lab, lab_command(lab, COAL, COAL_RX_SET, second, sizeof(second)));
	lab_refused(lab, lab_command(lab, COAL, COAL_VQ_SET, none, sizeof(none)));
	lab_refused(lab, lab_command(lab, COAL, COAL_VQ_GET, none, 4));
}

/* Hold back calls of receive queue 0. */
static bool hold(struct lab *lab, u32 packets, u32 usecs)
{
	const u32 coal[3] = { 0, packets, usecs };
	u8 want[8];

	memcpy(want, coal + 1, sizeof(want));
	if (!lab_want(lab, lab_command(lab, COAL, COAL_VQ_SET, coal, sizeof(coal)) ==
		      VIRTIO_NET_OK, "VQ_SET is refused") ||
	    !lab_want(lab, ask(lab, COAL, COAL_VQ_GET, coal, 4, 8, 3) == VIRTIO_NET_OK,
		      "VQ_GET is refused"))
		return false;
	answered(lab, want, sizeof(want));
	return true;
}

/* A frame for the victim; its buffer is not given back. */
static void frame_comes(struct lab *lab)
{
	u64 until = now_ns() + WAIT_MS * 1000000ull;
	struct port_frame got;
	u8 *frame;
	int ret;

	port_tx_reap(&lab->a);
	frame = port_tx_buf(&lab->a);
	if (!lab_want(lab, frame, "no room to send"))
		return;
	memset(frame, 0, 100);
	memcpy(frame, lab->victim.mac, 6);
	memcpy(frame + 6, lab->a.mac, 6);
	frame[12] = 0x88;
	frame[13] = 0xb5;
	port_tx(&lab->a, 100);
	port_flush(&lab->a);
	do {
		lab_pump(lab, 1);
		ret = port_rx(&lab->victim, &got);
	} while (!ret && now_ns() < until);
	lab_want(lab, ret == 1, "the frame does not come: %d", ret);
}

static void coal_packets(struct lab *lab)
{
	struct port *p = &lab->victim;
	unsigned int i;

	if (!lab_ctrl_up(lab, F_COAL) || !lab_ctrl_works(lab) || !hold(lab, 4, 1000000))
		return;
	port_called(p->call[PORT_RX], 0);
	for (i = 1; i <= 8; i++) {
		ring_calls_on(&p->ring[PORT_RX]);
		frame_comes(lab);
		lab_want(lab, port_called(p->call[PORT_RX], i % 4 ? 20 : WAIT_MS) == !(i % 4),
			 "frame %u: %s", i, i % 4 ? "a call too early" : "no call");
	}
	lab_want(lab, lab_counter(lab, 0, "calls_coalesced") == 6, "%lld are counted",
		 lab_counter(lab, 0, "calls_coalesced"));
}

static void coal_time(struct lab *lab)
{
	struct port *p = &lab->victim;
	u64 start;

	if (!lab_ctrl_up(lab, F_COAL) || !lab_ctrl_works(lab) || !hold(lab, 100, 300000))
		return;
	ring_calls_on(&p->ring[PORT_RX]);
	port_called(p->call[PORT_RX], 0);
	start = now_ns();
	frame_comes(lab);
	lab_want(lab, port_called(p->call[PORT_RX], WAIT_MS), "no call");
	lab_want(lab, now_ns() - start >= 300000000ull, "a call after %llu us",
		 (unsigned long long)(now_ns() - start) / 1000);

	/* a call that is owed does not wait for a time that counts no more */
	if (!hold(lab, 100, 1000000))
		return;
	ring_calls_on(&p->ring[PORT_RX]);
	frame_comes(lab);
	start = now_ns();
	if (hold(lab, 0, 0))
		lab_want(lab, port_called(p->call[PORT_RX], 500), "it is forgotten");
}

/* What a reset must do away with. */
static void coal_reset(struct lab *lab)
{
	static const u8 zero[8];
	const u32 queue = 0;

	if (!lab_ctrl_up(lab, F_COAL) || !lab_ctrl_works(lab) || !hold(lab, 100, 1000000))
		return;
	ring_calls_on(&lab->victim.ring[PORT_RX]);
	frame_comes(lab);
	if (!lab_want(lab, !port_restart(&lab->victim), "it does not start again"))
		return;
	lab_want(lab, ask(lab, COAL, COAL_VQ_GET, &queue, 4, 8, 8) == VIRTIO_NET_OK, "refused");
	answered(lab, zero, sizeof(zero));
	lab_alive(lab, 50);
}

/* What was shown and not called for is, when the queue is taken away and given back. */
static void coal_stopped(struct lab *lab)
{
	struct port *p = &lab->victim;

	if (!lab_ctrl_up(lab, F_COAL) || !lab_ctrl_works(lab) || !hold(lab, 100, 1000000))
		return;
	port_called(p->call[PORT_RX], 0);
	ring_calls_on(&p->ring[PORT_RX]);
	frame_comes(lab);
	lab_want(lab, !port_called(p->call[PORT_RX], 20), "a call too early");
	lab_want(lab, !vdpa_vring_enable(&p->dev, PORT_RX, 0) &&
		 !vdpa_vring_enable(&p->dev, PORT_RX, 1), "the queue does not stop and go on");
	/* and not by the timer */
	lab_want(lab, port_called(p->call[PORT_RX], 500), "no call");
}

static u16 net_status(struct lab *lab)
{
	u16 status = 0;

	lab_want(lab, !vdpa_get_config(&lab->victim.dev, 6, &status, 2), "no configuration");
	return status;
}

/* The victim with rings that begin at @base, as after a migration. */
static bool moved_up(struct lab *lab, u64 features, u16 base)
{
	struct port *p = &lab->victim;
	unsigned int i;
	int err;

	lab->attrs.features |= features;
	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	err = lab->up ? port_negotiate(p) : -1;
	if (!err && (p->features & features) != features) {
		lab->skip = "the device does not offer that";
		return false;
	}
	if (!err)
		err = port_setup(p);
	for (i = 0; !err && i <= PORT_TX; i++) {
		ring_clear(&p->ring[i], base);
		err = vdpa_set_base(&p->dev, i, base);
	}
	if (!err)
		err = port_start(p);
	return lab_want(lab, !err, "cannot set it up: %s", strerror(-err));
}

static void announce(struct lab *lab)
{
	if (!moved_up(lab, F_ANNOUNCE, 4711))
		return;
	lab_want(lab, port_called(lab->victim.config_call, WAIT_MS), "no config interrupt");
	lab_want(lab, net_status(lab) & VIRTIO_NET_S_ANNOUNCE, "it is not asked to");
	lab_want(lab, lab_command(lab, VIRTIO_NET_CTRL_ANNOUNCE, VIRTIO_NET_CTRL_ANNOUNCE_ACK, "",
				  0) == VIRTIO_NET_OK, "the answer is refused");
	lab_want(lab, net_status(lab) == VIRTIO_NET_S_LINK_UP, "it is asked again");
	lab_alive(lab, 50);
}

static void announce_reset(struct lab *lab)
{
	if (!moved_up(lab, F_ANNOUNCE, 4711))
		return;
	lab_want(lab, !port_restart(&lab->victim), "it does not start again");
	lab_want(lab, net_status(lab) == VIRTIO_NET_S_LINK_UP, "it is asked to after a reset");
}

static void no_announce(struct lab *lab)
{
	if (moved_up(lab, F_ANNOUNCE, 0))
		lab_want(lab, net_status(lab) == VIRTIO_NET_S_LINK_UP, "a fresh one is asked to");
}

static void not_accepted(struct lab *lab)
{
	if (moved_up(lab, F_ANNOUNCE & ~F(GUEST_ANNOUNCE), 4711))
		lab_want(lab, net_status(lab) == VIRTIO_NET_S_LINK_UP, "it is asked to");
}

const struct test query_tests[] = {
	{ "statistics: the kinds of counters, in pieces of any size", query },
	{ "statistics: the same numbers as everywhere", counters },
	{ "statistics: no room for the answer, nothing is written", no_room },
	{ "statistics: more answers than any driver needs are refused", many },
	{ "calls held back: for too long, or on no queue, is refused", coal_bad },
	{ "calls held back until so many frames are there", coal_packets },
	{ "calls held back for so long", coal_time },
	{ "calls held back: not after a reset", coal_reset },
	{ "calls held back: made when the queue is stopped", coal_stopped },
	{ "a driver whose rings go on from elsewhere is asked to announce itself", announce },
	{ "it is not after a reset", announce_reset },
	{ "nor with fresh rings", no_announce },
	{ "nor if it has not accepted that", not_accepted },
	{ }
};
