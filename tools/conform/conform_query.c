// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: the control queue, commands with answers of their own, and those of RSS. */
#include <errno.h>
#include <string.h>

#include "conform.h"

/* virtio 1.4, 5.1.9.5.11; younger than the headers of some build machines */
#define STATS		8
#define STATS_QUERY	0
#define STATS_GET	1
#define RX_BASIC	BIT(0)
#define TX_BASIC	BIT(16)
#define BASIC_LEN	56
/* virtio 1.3, 5.1.6.5.9 */
#define COAL		6
#define COAL_VQ_SET	2
#define RSS_KEY_LEN	40

/**
 * struct stats_query - which counters of a queue
 * @vq: virtqueue
 * @reserved: 0
 * @types: bits
 */
struct stats_query {
	u16 vq;
	u16 reserved[3];
	u64 types;
};

/**
 * struct stats_basic - the counters of a data queue, as far as they are looked at
 * @type: number of the bit
 * @reserved: 0
 * @vq: virtqueue
 * @reserved1: 0
 * @size: bytes, with all of these
 * @notifications: from the driver
 * @packets: frames
 */
struct stats_basic {
	u8 type;
	u8 reserved;
	u16 vq;
	u16 reserved1;
	u16 size;
	u64 notifications;
	u64 packets;
};

/* @answer: where up to @room bytes go. Return: what the device said, or -1 if that is reported. */
static int ask(struct conform *c, u8 cmd, const void *data, u32 len, void *answer, u32 room)
{
	struct ring_seg seg[] = {
		{ conform_room_iova(c, 0), 2 + len },
		{ conform_room_iova(c, 1), 1 },
		{ conform_room_iova(c, 2), room },
	};
	u32 written = 0;

	*conform_room(c, 0) = STATS;
	conform_room(c, 0)[1] = cmd;
	memcpy(conform_room(c, 0) + 2, data, len);
	*conform_room(c, 1) = NO_ANSWER;
	memset(conform_room(c, 2), 0, room);
	if (!conform_chain(c, PORT_CTRL, seg, 1, 2, false, &written))
		return -1;
	memcpy(answer, conform_room(c, 2), room);
	if (*conform_room(c, 1) == VIRTIO_NET_OK &&
	    !conform_want(c, written == 1 + room, "%u bytes are said to be written, want %u",
			  written, 1 + room))
		return -1;
	return *conform_room(c, 1);
}

static void kinds(struct conform *c)
{
	u64 types = 0;
	int ack;

	if (!conform_up(c))
		return;
	ack = ask(c, STATS_QUERY, "", 0, &types, sizeof(types));
	conform_want(c, ack == VIRTIO_NET_OK && types & RX_BASIC && types & TX_BASIC,
		     "the answer is %d, kinds are %#llx", ack, (unsigned long long)types);
	conform_traffic(c, 50);
}

/* Frames that a data queue has had, or -1 if that cannot be said. */
static long long packets(struct conform *c, unsigned int ring)
{
	const struct stats_query q = { ring, { }, ring == PORT_RX ? RX_BASIC : TX_BASIC };
	u8 answer[BASIC_LEN];
	struct stats_basic s;
	int ack = ask(c, STATS_GET, &q, sizeof(q), answer, sizeof(answer));

	memcpy(&s, answer, sizeof(s));
	if (!conform_want(c, ack == VIRTIO_NET_OK, "the answer is %d", ack) ||
	    !conform_want(c, s.vq == ring && s.size == BASIC_LEN,
			  "counters of queue %u, %u bytes", s.vq, s.size))
		return -1;
	return s.packets;
}

static void counted(struct conform *c)
{
	long long before[2], after[2];
	unsigned int i;

	if (!conform_up(c))
		return;
	for (i = 0; i < 2; i++)
		before[i] = packets(c, i);
	if (!conform_traffic(c, 77))
		return;
	for (i = 0; i < 2; i++) {
		after[i] = packets(c, i);
		/* others may have sent something */
		conform_want(c, after[i] - before[i] >= 77, "queue %u: of 77 frames %lld are counted",
			     i, after[i] - before[i]);
	}
}

static void no_such_queue(struct conform *c)
{
	const struct stats_query q = { .vq = 0x7fff, .types = RX_BASIC };
	u8 answer[BASIC_LEN];
	int ack;

	if (!conform_up(c))
		return;
	ack = ask(c, STATS_GET, &q, sizeof(q), answer, sizeof(answer));
	if (conform_want(c, ack == VIRTIO_NET_ERR, "the answer is %d", ack))
		conform_traffic(c, 50);
}

/* Frames flow although nothing is to be held back: the parameters are 0. */
static void queue_coalescing(struct conform *c)
{
	const u16 vq[] = { PORT_TX, PORT_RX };
	u16 data[6] = { };
	unsigned int i;
	int ack;

	if (!conform_up(c))
		return;
	for (i = 0; i < ARRAY_SIZE(vq); i++) {
		data[0] = vq[i];
		ack = port_command(&c->dut, COAL, COAL_VQ_SET, data, sizeof(data));
		conform_want(c, ack == VIRTIO_NET_OK, "queue %u: the answer is %d", vq[i], ack);
	}
	conform_traffic(c, 50);
}

/* struct virtio_net_rss_config with one entry, and no kind of hash: all go to the first queue. */
static void rss_one_queue(struct conform *c)
{
	u8 data[4 + 2 + 2 + 2 + 2 + 1 + RSS_KEY_LEN] = { [10] = 1, [12] = RSS_KEY_LEN };
	int ack;

	if (!conform_up(c))
		return;
	ack = port_command(&c->dut, VIRTIO_NET_CTRL_MQ, 1, data, sizeof(data));
	if (conform_want(c, ack == VIRTIO_NET_OK, "the answer is %d", ack))
		conform_traffic(c, 50);
}

static void rss_short(struct conform *c)
{
	const u8 data[7] = { };
	int ack;

	if (!conform_up(c))
		return;
	ack = port_command(&c->dut, VIRTIO_NET_CTRL_MQ, 1, data, sizeof(data));
	if (conform_want(c, ack == VIRTIO_NET_ERR, "the answer is %d", ack))
		conform_traffic(c, 50);
}

#define CTRL		F(CTRL_VQ)
#define ASK		"virtio 1.4, 5.1.9.5.11"

const struct conform_case query_cases[] = {
	CASE("the device says what it counts, data queues among it", ASK, kinds,
	     .features = CTRL | F(DEVICE_STATS), .needs = NEEDS_TRAFFIC),
	CASE("the frames of data queues are counted", ASK, counted,
	     .features = CTRL | F(DEVICE_STATS), .needs = NEEDS_TRAFFIC),
	CASE("counters of a queue that is not there are refused", ASK, no_such_queue,
	     .features = CTRL | F(DEVICE_STATS), .needs = NEEDS_TRAFFIC),
	CASE("coalescing of a queue can be set", "virtio 1.3, 5.1.6.5.9", queue_coalescing,
	     .features = CTRL | F(VQ_NOTF_COAL), .needs = NEEDS_TRAFFIC),
	CASE("RSS can send everything to one queue", "virtio 1.3, 5.1.6.5.7.1", rss_one_queue,
	     .features = CTRL | F(RSS), .needs = NEEDS_TRAFFIC),
	CASE("a configuration of RSS that is too short is refused", "virtio 1.3, 5.1.6.5",
	     rss_short, .features = CTRL | F(RSS), .needs = NEEDS_TRAFFIC),
	{ }
};
