// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: the control queue, what it changes: which frames are received, and where. */
#include <errno.h>
#include <string.h>

#include "conform.h"

#define MAC	"virtio 1.3, 5.1.6.5.2.1"
#define MODES	"virtio 1.3, 5.1.6.5.1.1"
#define VLAN	"virtio 1.3, 5.1.6.5.3.1"
#define LEN	100

static const u8 other[6] = { 0x02, 0x56, 0x44, 0x50, 0x41, 0x07 };
static const u8 broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const u8 group[6] = { 0x01, 0x00, 0x5e, 0x11, 0x22, 0x33 };

static bool command(struct conform *c, u8 class, u8 cmd, const void *data, u32 len)
{
	int ack = port_command(&c->dut, class, cmd, data, len);

	return conform_want(c, ack == VIRTIO_NET_OK, "command %u of class %u: the answer is %d",
			    cmd, class, ack);
}

static bool set_mac(struct conform *c, const u8 *mac)
{
	return command(c, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, mac, 6);
}

static bool mode(struct conform *c, u8 which, u8 on)
{
	return command(c, VIRTIO_NET_CTRL_RX, which, &on, 1);
}

/* Does a frame to @dst come? */
static bool received(struct conform *c, const u8 *dst, u16 tag)
{
	struct heard h;

	return conform_send(c, conform_peer(c), dst, LEN, tag) &&
	       conform_comes(c, &c->dut, tag, 50, &h);
}

static bool must_come(struct conform *c, const u8 *dst, u16 tag)
{
	struct heard h;

	return conform_send(c, conform_peer(c), dst, LEN, tag) &&
	       conform_hear(c, &c->dut, tag, LEN, &h);
}

static void note_if(struct conform *c, bool came, const char *what)
{
	if (came)
		conform_note(c, "%s is received all the same", what);
}

/* An address that is set may outlive the case: put back the old one. */
static void mac_moves(struct conform *c)
{
	u8 was[6], now[6] = { };

	if (!conform_up(c))
		return;
	memcpy(was, c->dut.mac, 6);
	if (!set_mac(c, other))
		return;
	conform_want(c, !vdpa_get_config(&c->dut.dev, 0, now, 6) && !memcmp(now, other, 6),
		     "the configuration has %02x:%02x:%02x:%02x:%02x:%02x", now[0], now[1], now[2],
		     now[3], now[4], now[5]);
	must_come(c, other, 1);
	note_if(c, received(c, was, 2), "a frame to the old address");
	if (set_mac(c, was))
		must_come(c, was, 3);
}

/*
 * Defects of this kind: addresses are compared as strings, up to a byte that is 0. Who does
 * not filter receives both frames.
 */
static void mac_compared_whole(struct conform *c)
{
	static const u8 mine[6] = { 0x02, 0x00, 0x44, 0x50, 0x41, 0x07 };
	static const u8 alike[6] = { 0x02, 0x00, 0x99, 0x99, 0x99, 0x99 };
	static const u8 unlike[6] = { 0x06, 0x11, 0x99, 0x99, 0x99, 0x99 };
	bool loose, tight;
	u8 was[6];

	if (!conform_up(c))
		return;
	memcpy(was, c->dut.mac, 6);
	if (!set_mac(c, mine))
		return;
	must_come(c, mine, 1);
	loose = received(c, alike, 2);
	tight = !received(c, unlike, 3);
	conform_want(c, !loose || !tight,
		     "of addresses of others, one is received that is alike up to a byte of 0");
	set_mac(c, was);
}

static void broadcast_comes(struct conform *c)
{
	if (conform_up(c))
		must_come(c, broadcast, 1);
}

static void promiscuous(struct conform *c)
{
	if (!conform_up(c) || !mode(c, VIRTIO_NET_CTRL_RX_PROMISC, 1))
		return;
	/* it should receive what comes by, but what comes by is up to the network */
	if (!received(c, other, 1))
		conform_note(c, "a frame to somebody else is not received");
	must_come(c, c->dut.mac, 2);
	if (mode(c, VIRTIO_NET_CTRL_RX_PROMISC, 0)) {
		note_if(c, received(c, other, 3), "a frame to somebody else");
		must_come(c, c->dut.mac, 4);
	}
}

static void all_multicast(struct conform *c)
{
	if (!conform_up(c) || !mode(c, VIRTIO_NET_CTRL_RX_ALLMULTI, 1))
		return;
	if (!received(c, group, 1))
		conform_note(c, "a frame to a group is not received");
	if (mode(c, VIRTIO_NET_CTRL_RX_ALLMULTI, 0))
		must_come(c, c->dut.mac, 2);
}

static void no_unicast(struct conform *c)
{
	if (!conform_up(c) || !mode(c, VIRTIO_NET_CTRL_RX_NOUNI, 1))
		return;
	note_if(c, received(c, c->dut.mac, 1), "a frame to the device");
	must_come(c, broadcast, 2);
	if (mode(c, VIRTIO_NET_CTRL_RX_NOUNI, 0))
		must_come(c, c->dut.mac, 3);
}

static void no_broadcast(struct conform *c)
{
	if (!conform_up(c) || !mode(c, VIRTIO_NET_CTRL_RX_NOBCAST, 1))
		return;
	note_if(c, received(c, broadcast, 1), "a broadcast");
	must_come(c, c->dut.mac, 2);
	if (mode(c, VIRTIO_NET_CTRL_RX_NOBCAST, 0))
		must_come(c, broadcast, 3);
}

static void table(struct conform *c)
{
	u8 data[20] = { 1, 0, 0, 0, [10] = 1 };
	struct heard h;

	if (!conform_up(c))
		return;
	memcpy(data + 4, other, 6);
	memcpy(data + 14, group, 6);
	if (!command(c, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, data, sizeof(data)))
		return;
	must_come(c, group, 1);
	must_come(c, c->dut.mac, 2);
	/* whether it comes by is up to the network */
	if (!conform_send(c, conform_peer(c), other, LEN, 3) ||
	    !conform_comes(c, &c->dut, 3, 50, &h))
		conform_note(c, "a frame to an address of the table is not received");
}

/* A frame in a VLAN, from the peer. */
static bool tagged(struct conform *c, u16 vlan, u16 tag)
{
	struct port *p = conform_peer(c);
	u8 *frame;

	port_tx_reap(p);
	frame = port_tx_buf(p);
	if (!conform_want(c, frame, "no room to send"))
		return false;
	conform_frame(p, frame - PORT_HDR, c->dut.mac, LEN, tag);
	memmove(frame + 16, frame + 12, LEN - 16);
	frame[12] = 0x81;
	frame[13] = 0;
	frame[14] = vlan >> 8;
	frame[15] = vlan & 0xff;
	port_tx(p, LEN);
	port_flush(p);
	return true;
}

static bool vlan_comes(struct conform *c, u16 vlan, u16 tag, int ms)
{
	struct heard h;

	return tagged(c, vlan, tag) && conform_comes(c, &c->dut, tag, ms, &h);
}

static void vlan_all(struct conform *c)
{
	if (conform_up(c))
		conform_want(c, vlan_comes(c, 7, 1, c->ms), "a frame in VLAN 7 does not come");
}

static void vlan_some(struct conform *c)
{
	const u16 seven = 7;

	if (!conform_up(c))
		return;
	note_if(c, vlan_comes(c, 7, 1, 50), "a VLAN that was not added");
	if (!command(c, VIRTIO_NET_CTRL_VLAN, VIRTIO_NET_CTRL_VLAN_ADD, &seven, 2))
		return;
	conform_want(c, vlan_comes(c, 7, 2, c->ms), "a frame in VLAN 7 does not come");
	note_if(c, vlan_comes(c, 8, 3, 50), "a VLAN that was not added");
	must_come(c, c->dut.mac, 4);
	if (command(c, VIRTIO_NET_CTRL_VLAN, VIRTIO_NET_CTRL_VLAN_DEL, &seven, 2))
		note_if(c, vlan_comes(c, 7, 5, 50), "a VLAN that was deleted");
	must_come(c, c->dut.mac, 6);
}

/* Two pairs of the device; the second one is used when the driver says so. */
static bool two_pairs(struct conform *c, struct port *second)
{
	int err;

	if (c->num_vqs < 5)
		return conform_skip(c, "there is one queue pair");
	if (!conform_negotiated(c))
		return false;
	err = port_more(second, &c->dut, 1);
	if (!err)
		err = port_setup(second);
	if (!err)
		err = port_start(second);
	if (!err)
		err = port_setup(&c->dut);
	return conform_want(c, !err, "a second pair cannot be set up: %s", strerror(-err)) &&
	       conform_start(c) && conform_peer_up(c) && conform_hello(c);
}

static void first_pair_only(struct conform *c)
{
	struct port second = { };

	if (!two_pairs(c, &second))
		return;
	if (conform_traffic(c, 500))
		conform_want(c, !ring_shown(&second.ring[PORT_RX]),
			     "%u frames are in the second pair, which is not used",
			     ring_shown(&second.ring[PORT_RX]));
	port_close(&second);
}

static void second_pair(struct conform *c)
{
	struct port second = { };
	struct port *peer = conform_peer(c);
	struct heard h;
	int err;

	if (!two_pairs(c, &second))
		return;
	err = port_use_pairs(&c->dut, 2);
	if (!conform_want(c, !err, "two pairs are refused: %s", strerror(-err)))
		goto close;
	if (conform_send(c, &second, peer->mac, LEN, 1))
		conform_hear(c, peer, 1, LEN, &h);
	err = port_use_pairs(&c->dut, 1);
	if (!conform_want(c, !err, "one pair is refused: %s", strerror(-err)))
		goto close;
	/* what the second one has from before is not counted */
	u16 before = ring_shown(&second.ring[PORT_RX]);

	if (conform_traffic(c, 300))
		conform_want(c, ring_shown(&second.ring[PORT_RX]) == before,
			     "the second pair receives although one is used");
close:
	port_close(&second);
}

#define CTRL	F(CTRL_VQ)
#define RX	(CTRL | F(CTRL_RX))

const struct conform_case filter_cases[] = {
	CASE("a new address is received at, and is in the configuration", MAC, mac_moves,
	     .features = CTRL | F(CTRL_MAC_ADDR), .needs = NEEDS_TRAFFIC),
	CASE("addresses are compared whole", MAC, mac_compared_whole,
	     .features = CTRL | F(CTRL_MAC_ADDR), .needs = NEEDS_TRAFFIC),
	CASE("broadcasts are received", "virtio 1.3, 5.1.6.4", broadcast_comes,
	     .needs = NEEDS_TRAFFIC),
	CASE("promiscuous mode comes and goes", MODES, promiscuous, .features = RX,
	     .needs = NEEDS_TRAFFIC),
	CASE("all-multicast mode comes and goes", MODES, all_multicast, .features = RX,
	     .needs = NEEDS_TRAFFIC),
	CASE("unicast can be suppressed for a while", MODES, no_unicast,
	     .features = RX | F(CTRL_RX_EXTRA), .needs = NEEDS_TRAFFIC),
	CASE("broadcasts can be suppressed for a while", MODES, no_broadcast,
	     .features = RX | F(CTRL_RX_EXTRA), .needs = NEEDS_TRAFFIC),
	CASE("groups of the address table are received", MAC, table, .features = RX,
	     .needs = NEEDS_TRAFFIC),
	CASE("without VLAN filtering all VLANs are received", VLAN, vlan_all,
	     .needs = NEEDS_TRAFFIC),
	CASE("with VLAN filtering VLANs that were added are received", VLAN, vlan_some,
	     .features = CTRL | F(CTRL_VLAN), .needs = NEEDS_TRAFFIC),
	CASE("frames come to the first queue pair until the driver wants more",
	     "virtio 1.3, 5.1.6.5.6.2", first_pair_only, .features = CTRL | F(MQ),
	     .needs = NEEDS_TRAFFIC),
	CASE("a second queue pair sends when it is used, and receives nothing when it is not",
	     "virtio 1.3, 5.1.6.5.6.2", second_pair, .features = CTRL | F(MQ),
	     .needs = NEEDS_TRAFFIC),
	{ }
};
