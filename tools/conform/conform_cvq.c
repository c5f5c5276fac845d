// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: the control queue, what it answers. */
#include <errno.h>
#include <string.h>

#include "conform.h"

/* younger than the headers of some build machines */
#ifndef VIRTIO_NET_CTRL_NOTF_COAL
#define VIRTIO_NET_CTRL_NOTF_COAL		6
#define VIRTIO_NET_CTRL_NOTF_COAL_TX_SET	0
#define VIRTIO_NET_CTRL_NOTF_COAL_RX_SET	1
#endif
#ifndef VIRTIO_NET_CTRL_NOTF_COAL_VQ_SET
#define VIRTIO_NET_CTRL_NOTF_COAL_VQ_SET	2
#endif

#define RX(name)	VIRTIO_NET_CTRL_RX_##name
#define ANSWERS		"virtio 1.3, 5.1.6.5"
#define MODES		"virtio 1.3, 5.1.6.5.1.1"

/* A good command is answered well, @ack being the answer to one before, or a negative errno. */
static bool want_ack(struct conform *c, const char *what, int want, int ack)
{
	return conform_want(c, ack == want, "%s: the answer is %d, want %d", what, ack, want);
}

static int set_mac(struct conform *c)
{
	return port_command(&c->dut, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, c->dut.mac,
			    6);
}

static bool works(struct conform *c)
{
	if (c->dut.features & F(CTRL_MAC_ADDR) &&
	    !want_ack(c, "a good command", VIRTIO_NET_OK, set_mac(c)))
		return false;
	return conform_traffic(c, 50);
}

static void ok(struct conform *c, u8 class, u8 cmd, const void *data, u32 len)
{
	if (conform_up(c) &&
	    want_ack(c, "the command", VIRTIO_NET_OK, port_command(&c->dut, class, cmd, data, len)))
		works(c);
}

/* After a good command, so that an answer that is left over from that is seen. */
static void refused(struct conform *c, u8 class, u8 cmd, const void *data, u32 len)
{
	if (!conform_up(c))
		return;
	if (c->dut.features & F(CTRL_MAC_ADDR))
		want_ack(c, "a good command", VIRTIO_NET_OK, set_mac(c));
	if (want_ack(c, "the command", VIRTIO_NET_ERR,
		     port_command(&c->dut, class, cmd, data, len)))
		works(c);
}

/* Cases of one command, by the names of its class and itself. */
#define COMMAND(judge, name, class, cmd, ...) \
	static void name(struct conform *c) \
	{ \
		const u8 data[] = { __VA_ARGS__ }; \
		\
		judge(c, VIRTIO_NET_CTRL_##class, VIRTIO_NET_CTRL_##class##_##cmd, data, \
		      sizeof(data)); \
	}
#define OK(name, class, cmd, ...)	COMMAND(ok, name, class, cmd, __VA_ARGS__)
#define ERR(name, class, cmd, ...)	COMMAND(refused, name, class, cmd, __VA_ARGS__)

static void unknown_class(struct conform *c)
{
	refused(c, 0xee, 0, "", 1);
}

static void unknown_command(struct conform *c)
{
	refused(c, VIRTIO_NET_CTRL_MAC, 0xee, "123456", 6);
}

static void unknown_mode(struct conform *c)
{
	refused(c, VIRTIO_NET_CTRL_RX, 0xee, "", 1);
}

static void mac_set(struct conform *c)
{
	if (conform_up(c))
		works(c);
}

static void each_mode(struct conform *c, const u8 *mode, unsigned int num)
{
	static const u8 turn[] = { 1, 1, 0, 0 };
	unsigned int i, j;
	int ack;

	if (!conform_up(c))
		return;
	for (i = 0; i < num; i++) {
		for (j = 0; j < ARRAY_SIZE(turn); j++) {
			ack = port_command(&c->dut, VIRTIO_NET_CTRL_RX, mode[i], &turn[j], 1);
			if (!conform_want(c, ack == VIRTIO_NET_OK, "mode %u, %u: the answer is %d",
					  mode[i], turn[j], ack))
				return;
		}
	}
	works(c);
}

static void modes(struct conform *c)
{
	each_mode(c, (const u8[]) { RX(PROMISC), RX(ALLMULTI) }, 2);
}

static void more_modes(struct conform *c)
{
	each_mode(c, (const u8[]) { RX(ALLUNI), RX(NOMULTI), RX(NOUNI), RX(NOBCAST) }, 4);
}

ERR(short_mac, MAC, ADDR_SET, 2, 3, 4, 5, 6)
OK(empty_tables, MAC, TABLE_SET, 0, 0, 0, 0, 0, 0, 0, 0)
OK(tables, MAC, TABLE_SET, 1, 0, 0, 0, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0x5e, 1, 1, 1)
ERR(half_table, MAC, TABLE_SET, 1, 0, 0, 0, 2, 1, 1, 1, 1, 1)
ERR(table_lies, MAC, TABLE_SET, 0xff, 0xff, 0xff, 0xff, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0)
OK(vlan_add, VLAN, ADD, 7, 0)
OK(vlan_del, VLAN, DEL, 7, 0)
ERR(short_vlan, VLAN, ADD, 7)
OK(announce, ANNOUNCE, ACK)
OK(one_pair, MQ, VQ_PAIRS_SET, 1, 0)
ERR(no_pair, MQ, VQ_PAIRS_SET, 0, 0)
ERR(short_pairs, MQ, VQ_PAIRS_SET, 1)
OK(no_offload, GUEST_OFFLOADS, SET, 0, 0, 0, 0, 0, 0, 0, 0)
OK(coal_tx, NOTF_COAL, TX_SET, 0, 0, 0, 0, 0, 0, 0, 0)
OK(coal_rx, NOTF_COAL, RX_SET, 0, 0, 0, 0, 0, 0, 0, 0)
ERR(coal_no_queue, NOTF_COAL, VQ_SET, 0xff, 0x7f, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0)
ERR(short_coal, NOTF_COAL, TX_SET, 0, 0, 0, 0)

static void too_many_pairs(struct conform *c)
{
	struct virtio_net_config config = { };
	int ack;
	u16 num;

	if (!conform_up(c) || vdpa_get_config(&c->dut.dev, 0, &config, 10))
		return;
	num = config.max_virtqueue_pairs + 1;
	ack = port_command(&c->dut, VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, &num, 2);
	if (want_ack(c, "the command", VIRTIO_NET_ERR, ack))
		works(c);
}

/* Descriptors by hand: @cmd_len bytes of a command, and room for the answer. */
static int by_hand(struct conform *c, u32 cmd_len, bool indirect)
{
	struct port *p = &c->dut;
	u8 *cmd = conform_room(c, 0), *ack = conform_room(c, 1);
	struct ring_seg seg[] = {
		{ conform_room_iova(c, 0), cmd_len },
		{ conform_room_iova(c, 1), 1 },
	};
	u32 len = 0;

	memcpy(cmd, (u8[]) { VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET }, 2);
	memcpy(cmd + 2, p->mac, 6);
	*ack = NO_ANSWER;
	if (!conform_chain(c, PORT_CTRL, cmd_len ? seg : seg + 1, !!cmd_len, 1, indirect, &len))
		return -ETIMEDOUT;
	conform_want(c, len == 1, "the answer has %u bytes, want 1", len);
	return *ack;
}

/*
 * Defects of this kind: a command that is too short to be one is never given back. To say
 * NEEDS_RESET is all right.
 */
static void too_short(struct conform *c, u32 len)
{
	struct wait w;
	int ack;

	if (!conform_up(c))
		return;
	ack = by_hand(c, len, false);
	for (w = wait_start(c); ack < 0 && !(vdpa_get_status(&c->dut.dev) & S_BROKEN);)
		if (!wait_more(&w))
			return;
	if (ack < 0)
		*c->result->why = '\0';
	else if (!want_ack(c, "the command", VIRTIO_NET_ERR, ack) || !works(c))
		return;
	if (conform_again(c) && conform_hello(c))
		works(c);
}

static void one_byte(struct conform *c)
{
	too_short(c, 1);
}

static void no_byte(struct conform *c)
{
	too_short(c, 0);
}

static void one_answer(struct conform *c)
{
	if (conform_up(c) && want_ack(c, "the command", VIRTIO_NET_OK, by_hand(c, 8, false)))
		works(c);
}

/* The library has no table for this ring: the room has. */
static void in_table(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *r = &p->ring[PORT_CTRL];

	if (!conform_up(c))
		return;
	r->table = (struct vring_desc *)conform_room(c, 16);
	r->table_iova = conform_room_iova(c, 16);
	if (want_ack(c, "the command", VIRTIO_NET_OK, by_hand(c, 8, true)))
		works(c);
}

static void in_bytes(struct conform *c)
{
	struct ring_seg seg[9];
	unsigned int i;
	u32 len;

	if (!conform_up(c))
		return;
	memcpy(conform_room(c, 0), (u8[]) { VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET }, 2);
	memcpy(conform_room(c, 0) + 2, c->dut.mac, 6);
	for (i = 0; i < 8; i++)
		seg[i] = (struct ring_seg) { conform_room_iova(c, 0) + i, 1 };
	seg[8] = (struct ring_seg) { conform_room_iova(c, 1), 1 };
	*conform_room(c, 1) = NO_ANSWER;
	if (conform_chain(c, PORT_CTRL, seg, 8, 1, false, &len) &&
	    want_ack(c, "the command", VIRTIO_NET_OK, *conform_room(c, 1)))
		works(c);
}

/*
 * Shown together: each has its own answer. Defects of this kind: a device that knows nothing of
 * a class answers what it answered to the command before.
 */
static void pipelined(struct conform *c)
{
	static const int want[] = { VIRTIO_NET_OK, VIRTIO_NET_ERR, VIRTIO_NET_OK, VIRTIO_NET_ERR };
	struct ring *r = &c->dut.ring[PORT_CTRL];
	struct wait w;
	unsigned int i;

	if (!conform_up(c))
		return;
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		struct ring_seg seg[] = {
			{ conform_room_iova(c, 2 * i), 8 },
			{ conform_room_iova(c, 2 * i + 1), 1 },
		};
		u8 *cmd = conform_room(c, 2 * i);

		cmd[0] = want[i] == VIRTIO_NET_OK ? VIRTIO_NET_CTRL_MAC : 0xee;
		cmd[1] = VIRTIO_NET_CTRL_MAC_ADDR_SET;
		memcpy(cmd + 2, c->dut.mac, 6);
		*conform_room(c, 2 * i + 1) = NO_ANSWER;
		ring_add(r, seg, 1, 1, false, i);
	}
	ring_publish(r);
	port_kick(&c->dut, PORT_CTRL);
	for (w = wait_start(c); *conform_room(c, 7) == NO_ANSWER && wait_more(&w);)
		;
	for (i = 0; i < ARRAY_SIZE(want); i++)
		want_ack(c, i % 2 ? "an unknown one" : "a good one", want[i],
			 *conform_room(c, 2 * i + 1));
}

static void in_a_row(struct conform *c)
{
	unsigned int i;

	if (!conform_up(c))
		return;
	for (i = 0; i < 600; i++)
		if (!want_ack(c, "a good command", VIRTIO_NET_OK, set_mac(c)))
			return;
	works(c);
}

#define CTRL	F(CTRL_VQ)
#define ADDR	(CTRL | F(CTRL_MAC_ADDR))

const struct conform_case cvq_cases[] = {
	CASE("a device may be told its own address", "virtio 1.3, 5.1.6.5.2", mac_set,
	     .features = ADDR, .needs = NEEDS_TRAFFIC),
	CASE("packed: a device may be told its own address", "virtio 1.3, 5.1.6.5.2", mac_set,
	     .features = ADDR | F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("an unknown class is refused, also after a good command", ANSWERS, unknown_class,
	     .features = ADDR, .needs = NEEDS_TRAFFIC),
	CASE("an unknown command is refused", ANSWERS, unknown_command, .features = ADDR,
	     .needs = NEEDS_TRAFFIC),
	CASE("an address of five bytes is refused", ANSWERS, short_mac, .features = ADDR,
	     .needs = NEEDS_TRAFFIC),
	CASE("a command of one byte is answered", ANSWERS, one_byte, .features = ADDR,
	     .needs = NEEDS_TRAFFIC),
	CASE("packed: a command of one byte is answered", ANSWERS, one_byte,
	     .features = ADDR | F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("a command of no bytes is answered", ANSWERS, no_byte, .features = ADDR,
	     .needs = NEEDS_TRAFFIC),
	CASE("an answer is one byte", ANSWERS, one_answer, .features = ADDR,
	     .needs = NEEDS_TRAFFIC),
	CASE("a command may be in pieces of one byte", "virtio 1.3, 2.7.4.1", in_bytes,
	     .features = ADDR, .needs = NEEDS_TRAFFIC),
	CASE("a command may be in an indirect table", "virtio 1.3, 2.7.5.3", in_table,
	     .features = ADDR | F_INDIRECT, .needs = NEEDS_TRAFFIC),
	CASE("commands that are shown together have answers of their own", ANSWERS, pipelined,
	     .features = ADDR),
	CASE("commands go around the ring", ANSWERS, in_a_row, .features = ADDR,
	     .needs = NEEDS_TRAFFIC),
	CASE("packed: commands go around the ring", ANSWERS, in_a_row, .features = ADDR | F_PACKED,
	     .needs = NEEDS_TRAFFIC),
	CASE("receive modes can be turned on and off", MODES, modes, .features = CTRL | F(CTRL_RX),
	     .needs = NEEDS_TRAFFIC),
	CASE("more receive modes can be turned on and off", MODES, more_modes,
	     .features = CTRL | F(CTRL_RX) | F(CTRL_RX_EXTRA), .needs = NEEDS_TRAFFIC),
	CASE("an unknown receive mode is refused", ANSWERS, unknown_mode,
	     .features = CTRL | F(CTRL_RX), .needs = NEEDS_TRAFFIC),
	CASE("tables of no addresses are accepted", "virtio 1.3, 5.1.6.5.2", empty_tables,
	     .features = CTRL | F(CTRL_RX), .needs = NEEDS_TRAFFIC),
	CASE("tables of addresses are accepted", "virtio 1.3, 5.1.6.5.2", tables,
	     .features = CTRL | F(CTRL_RX), .needs = NEEDS_TRAFFIC),
	CASE("a table without the other one is refused", ANSWERS, half_table,
	     .features = CTRL | F(CTRL_RX), .needs = NEEDS_TRAFFIC),
	CASE("a table that claims more addresses than it has is refused", ANSWERS, table_lies,
	     .features = CTRL | F(CTRL_RX), .needs = NEEDS_TRAFFIC),
	CASE("a VLAN can be added", "virtio 1.3, 5.1.6.5.3", vlan_add,
	     .features = CTRL | F(CTRL_VLAN), .needs = NEEDS_TRAFFIC),
	CASE("a VLAN can be deleted", "virtio 1.3, 5.1.6.5.3", vlan_del,
	     .features = CTRL | F(CTRL_VLAN), .needs = NEEDS_TRAFFIC),
	CASE("a VLAN of one byte is refused", ANSWERS, short_vlan, .features = CTRL | F(CTRL_VLAN),
	     .needs = NEEDS_TRAFFIC),
	CASE("an announcement is acknowledged", "virtio 1.3, 5.1.6.5.4.2", announce,
	     .features = CTRL | F(GUEST_ANNOUNCE) | F(STATUS), .needs = NEEDS_TRAFFIC),
	CASE("one queue pair can be used", "virtio 1.3, 5.1.6.5.6", one_pair,
	     .features = CTRL | F(MQ), .needs = NEEDS_TRAFFIC),
	CASE("no queue pair is refused", "virtio 1.3, 5.1.6.5.6", no_pair, .features = CTRL | F(MQ),
	     .needs = NEEDS_TRAFFIC),
	CASE("one queue pair too many is refused", "virtio 1.3, 5.1.6.5.6", too_many_pairs,
	     .features = CTRL | F(MQ), .needs = NEEDS_TRAFFIC),
	CASE("a number of queue pairs of one byte is refused", ANSWERS, short_pairs,
	     .features = CTRL | F(MQ), .needs = NEEDS_TRAFFIC),
	CASE("offloads can be turned off", "virtio 1.3, 5.1.6.5.8.1", no_offload,
	     .features = CTRL | F(CTRL_GUEST_OFFLOADS) | F(GUEST_CSUM), .needs = NEEDS_TRAFFIC),
	CASE("coalescing of transmit queues can be set", "virtio 1.3, 5.1.6.5.9", coal_tx,
	     .features = CTRL | F(NOTF_COAL), .needs = NEEDS_TRAFFIC),
	CASE("coalescing of receive queues can be set", "virtio 1.3, 5.1.6.5.9", coal_rx,
	     .features = CTRL | F(NOTF_COAL), .needs = NEEDS_TRAFFIC),
	CASE("half a command for coalescing is refused", ANSWERS, short_coal,
	     .features = CTRL | F(NOTF_COAL), .needs = NEEDS_TRAFFIC),
	CASE("coalescing of a queue that is not there is refused", "virtio 1.3, 5.1.6.5.9.6",
	     coal_no_queue, .features = CTRL | F(VQ_NOTF_COAL), .needs = NEEDS_TRAFFIC),
	{ }
};
