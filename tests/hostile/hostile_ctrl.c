// SPDX-License-Identifier: GPL-2.0-only
/* The control queue: what it refuses, and what breaks it. */
#include <string.h>

#include "clock.h"
#include "hostile_ctrl.h"

#define ACK_POISON	0x77

static u8 *cmd_va(struct lab *lab)
{
	return lab->victim.tx_mem.va + CMD_AT;
}

static u8 *ack_va(struct lab *lab)
{
	return lab->victim.tx_mem.va + ACK_AT;
}

bool lab_ctrl_up(struct lab *lab, u64 features)
{
	lab->attrs.features |= features;
	if (!lab_up(lab))
		return false;
	if ((lab->victim.features & features) == features)
		return true;
	lab->skip = "the device does not offer that";
	return false;
}

/* Make the chain of descriptors available that starts at 0 and wait: the ack, or -1. */
int lab_submit(struct lab *lab)
{
	struct port *p = &lab->victim;
	struct ring *r = &p->ring[PORT_CTRL];
	u16 from = r->used->idx;

	*ack_va(lab) = ACK_POISON;
	raw_avail(r, 0);
	port_kick(p, PORT_CTRL);
	return raw_used(lab, r, from, 1) ? *ack_va(lab) : -1;
}

/* A command of @len bytes behind the header. */
int lab_command(struct lab *lab, u8 class, u8 cmd, const void *data, u32 len)
{
	struct vring_desc *desc = lab->victim.ring[PORT_CTRL].desc;
	u8 *va = cmd_va(lab);

	va[0] = class;
	va[1] = cmd;
	if (len && data)
		memcpy(va + 2, data, len);
	raw_desc(desc, 0, PORT_IOVA_TX + CMD_AT, 2 + len, NEXT, 1);
	raw_desc(desc, 1, PORT_IOVA_TX + ACK_AT, 1, WRITE, 0);
	return lab_submit(lab);
}

static int set_mac(struct lab *lab, const u8 *mac)
{
	return lab_command(lab, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, mac, 6);
}

/* A good command is acknowledged: the queue works. */
bool lab_ctrl_works(struct lab *lab)
{
	int ack = set_mac(lab, lab->victim.mac);

	return lab_want(lab, ack == VIRTIO_NET_OK, "a good command was answered %d", ack);
}

/* @ack: the answer to a bad command. The queue goes on, and so does the device. */
void lab_refused(struct lab *lab, int ack)
{
	if (lab_want(lab, ack == VIRTIO_NET_ERR, "the answer is %d, want %d", ack,
		     VIRTIO_NET_ERR) && lab_ctrl_works(lab))
		lab_alive(lab, 50);
}

static void good(struct lab *lab)
{
	if (lab_ctrl_up(lab, F_CTRL) && lab_ctrl_works(lab))
		lab_alive(lab, 50);
}

static void header_byte(struct lab *lab)
{
	struct vring_desc *desc;

	if (!lab_ctrl_up(lab, F_CTRL) || !lab_ctrl_works(lab))
		return;
	desc = lab->victim.ring[PORT_CTRL].desc;
	raw_desc(desc, 0, PORT_IOVA_TX + CMD_AT, 1, NEXT, 1);
	raw_desc(desc, 1, PORT_IOVA_TX + ACK_AT, 1, WRITE, 0);
	lab_refused(lab, lab_submit(lab));
}

static void no_header(struct lab *lab)
{
	if (!lab_ctrl_up(lab, F_CTRL) || !lab_ctrl_works(lab))
		return;
	raw_desc(lab->victim.ring[PORT_CTRL].desc, 0, PORT_IOVA_TX + ACK_AT, 1, WRITE, 0);
	lab_refused(lab, lab_submit(lab));
}

#define REFUSED(name, class, cmd, data, len) \
	static void name(struct lab *lab) \
	{ \
		if (lab_ctrl_up(lab, F_CTRL) && lab_ctrl_works(lab)) \
			lab_refused(lab, lab_command(lab, class, cmd, data, len)); \
	}

REFUSED(class_unknown, 0xee, 0, "", 1)
REFUSED(command_unknown, VIRTIO_NET_CTRL_MAC, 0xee, "", 1)
REFUSED(no_body, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, NULL, 0)
REFUSED(short_body, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, "\x02\0\0\0\1", 5)
REFUSED(mac_zero, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, "\0\0\0\0\0\0", 6)
REFUSED(mac_multicast, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, "\x01\0\x5e\0\0\1", 6)
REFUSED(vlan_4096, VIRTIO_NET_CTRL_VLAN, VIRTIO_NET_CTRL_VLAN_ADD, "\x00\x10", 2)
REFUSED(vlan_65535, VIRTIO_NET_CTRL_VLAN, VIRTIO_NET_CTRL_VLAN_DEL, "\xff\xff", 2)
REFUSED(pairs_zero, VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, "\0\0", 2)
REFUSED(pairs_huge, VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, "\x00\x80", 2)
REFUSED(promisc_nothing, VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_PROMISC, NULL, 0)
REFUSED(offloads_not_negotiated, VIRTIO_NET_CTRL_GUEST_OFFLOADS,
	VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET, "\0\0\0\0\0\0\0\0", 8)
/* both lists say that 2^32 - 1 addresses follow */
REFUSED(table_lies, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET,
	"\xff\xff\xff\xff\xff\xff\xff\xff", 8)
/* 0x2aaaaaab * 6 is 2 in 32 bits */
REFUSED(table_overflow, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET,
	"\xab\xaa\xaa\x2a\0\0\0\0\0\0", 10)
REFUSED(table_half, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, "\0\0\0\0", 4)

static void pairs_above(struct lab *lab)
{
	u16 max;

	if (!lab_ctrl_up(lab, F_CTRL) || !lab_ctrl_works(lab) ||
	    !lab_want(lab, !vdpa_get_config(&lab->victim.dev, 8, &max, 2), "no configuration"))
		return;
	max++;
	lab_refused(lab, lab_command(lab, VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET,
				     &max, 2));
}

/* A command without an end: it does not even fit what a device looks at. */
static void megabyte(struct lab *lab)
{
	if (lab_ctrl_up(lab, F_CTRL) && lab_ctrl_works(lab))
		lab_refused(lab, lab_command(lab, VIRTIO_NET_CTRL_MAC,
					     VIRTIO_NET_CTRL_MAC_TABLE_SET, NULL,
					     (1 << 20) - 2));
}

/* More addresses than any filter has room for: refused or not, the queue answers. */
static void table_large(struct lab *lab)
{
	const u32 num = 10000, none = 0;
	u8 *va = cmd_va(lab);
	u32 i;
	int ack;

	if (!lab_ctrl_up(lab, F_CTRL) || !lab_ctrl_works(lab))
		return;
	va = cmd_va(lab) + 2;
	memcpy(va, &num, 4);
	for (i = 0; i < num; i++)
		memcpy(va + 4 + 6 * i, (u8 []){ 2, 0, 0, 1, i >> 8, i & 0xff }, 6);
	memcpy(va + 4 + 6 * num, &none, 4);
	ack = lab_command(lab, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, NULL,
			  8 + 6 * num);
	if (lab_want(lab, ack == VIRTIO_NET_OK || ack == VIRTIO_NET_ERR, "the answer is %d", ack) &&
	    lab_ctrl_works(lab))
		lab_alive(lab, 50);
}

static void in_pieces(struct lab *lab)
{
	struct vring_desc *desc;
	unsigned int i;
	int ack;

	if (!lab_ctrl_up(lab, F_CTRL) || !lab_ctrl_works(lab))
		return;
	desc = lab->victim.ring[PORT_CTRL].desc;
	for (i = 0; i < 8; i++)
		raw_desc(desc, i, PORT_IOVA_TX + CMD_AT + i, 1, NEXT, i + 1);
	raw_desc(desc, 8, PORT_IOVA_TX + ACK_AT, 16, WRITE, 0);
	ack = lab_submit(lab);
	lab_want(lab, ack == VIRTIO_NET_OK, "the answer is %d", ack);
}

static void broken(struct lab *lab, u64 ack_at, u32 ack_len, u16 flags)
{
	struct port *p = &lab->victim;
	struct vring_desc *desc;

	if (!lab_ctrl_up(lab, F_CTRL) || !lab_ctrl_works(lab) || !lab_alias(lab))
		return;
	desc = p->ring[PORT_CTRL].desc;
	raw_desc(desc, 0, PORT_IOVA_TX + CMD_AT, 8, flags ? NEXT : 0, 1);
	raw_desc(desc, 1, ack_at, ack_len, flags, 0);
	raw_avail(&p->ring[PORT_CTRL], 0);
	port_kick(p, PORT_CTRL);
	lab_broken(lab);
}

static void ack_missing(struct lab *lab)
{
	broken(lab, 0, 0, 0);
}

static void ack_empty(struct lab *lab)
{
	broken(lab, PORT_IOVA_TX + ACK_AT, 0, WRITE);
}

static void ack_unmapped(struct lab *lab)
{
	broken(lab, HOLE, 1, WRITE);
}

static void ack_read_only(struct lab *lab)
{
	broken(lab, PORT_IOVA_TX + ACK_AT + ALIAS_RO, 1, WRITE);
}

/* The control queue in an address space of its own, as a VMM isolates it. */
static void own_space(struct lab *lab, bool leak)
{
	struct port *p = &lab->victim;
	int group, err;

	lab->attrs.features |= F_CTRL;
	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	err = lab->up ? port_negotiate(p) : -1;
	group = vdpa_vq_group(&p->dev, p->ctrl_index);
	if (!lab_want(lab, !err && group > 0, "the control queue is in group %d", group) ||
	    !lab_want(lab, vdpa_vq_group(&p->dev, 0) != group, "so is the receive queue") ||
	    !lab_want(lab, vdpa_num_as(&p->dev) > 1, "there is one address space only"))
		return;
	err = vdpa_set_group_asid(&p->dev, group, 1);
	if (!err)
		err = port_setup(p);
	/* the ring and the command are there, the data rings' memory is not */
	if (!err)
		err = vdpa_map(&p->dev, 1, PORT_IOVA_RINGS, p->rings.len, p->rings.va,
			       VHOST_ACCESS_RW);
	if (!err && !leak)
		err = vdpa_map(&p->dev, 1, PORT_IOVA_TX, p->tx_mem.len, p->tx_mem.va,
			       VHOST_ACCESS_RW);
	if (!err)
		err = port_start(p);
	if (!lab_want(lab, !err, "cannot set it up: %s", strerror(-err)))
		return;
	if (!leak) {
		if (lab_ctrl_works(lab))
			lab_alive(lab, 50);
		return;
	}
	raw_desc(p->ring[PORT_CTRL].desc, 0, PORT_IOVA_TX + CMD_AT, 8, NEXT, 1);
	raw_desc(p->ring[PORT_CTRL].desc, 1, PORT_IOVA_TX + ACK_AT, 1, WRITE, 0);
	raw_avail(&p->ring[PORT_CTRL], 0);
	port_kick(p, PORT_CTRL);
	lab_broken(lab);
}

static void isolated(struct lab *lab)
{
	own_space(lab, false);
}

static void isolation_holds(struct lab *lab)
{
	own_space(lab, true);
}

#define GSO_LEN		1500
#define GSO_SEGMENT	500
/* of some hundred, a device that answers too early shows it in one */
#define OFF_MS		3000

static bool set_offloads(struct lab *lab, u64 offloads)
{
	return lab_want(lab, lab_command(lab, VIRTIO_NET_CTRL_GUEST_OFFLOADS,
					 VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET, &offloads,
					 sizeof(offloads)) == VIRTIO_NET_OK,
			"offloads %#llx are refused", (unsigned long long)offloads);
}

/* As many GSO frames from a to the victim as a's ring takes. */
static void send_gso(struct lab *lab)
{
	struct virtio_net_hdr_v1 hdr;
	u8 head[GSO_HEAD], *frame;

	memcpy(head, lab->victim.mac, 6);
	memcpy(head + 6, lab->a.mac, 6);
	gso_write(head, &hdr, GSO_LEN, GSO_SEGMENT);
	port_tx_reap(&lab->a);
	while ((frame = port_tx_buf(&lab->a))) {
		memcpy(frame - PORT_HDR, &hdr, sizeof(hdr));
		memcpy(frame, head, sizeof(head));
		port_tx(&lab->a, GSO_LEN);
	}
	port_flush(&lab->a);
}

/*
 * Take what came to the victim, also what is still on its way, and let go of it: how many
 * GSO frames, in @gso[1] those in buffers that were not shown yet when the device's index
 * was @shown.
 */
static void take_gso(struct lab *lab, u16 shown, unsigned int gso[2])
{
	u16 before = shown - lab->victim.ring[PORT_RX].last_used, taken = 0;
	u64 until = now_ns() + WAIT_MS * 1000000ull;
	const struct virtio_net_hdr_v1 *hdr;
	struct port_frame got;
	bool idle;

	do {
		port_tx_reap(&lab->a);
		idle = lab->a.tx_num_free == lab->a.ring[PORT_TX].num;
		while (port_rx(&lab->victim, &got) == 1) {
			hdr = (const void *)(got.seg[0] - PORT_HDR);
			gso[taken >= before] += !!hdr->gso_type;
			taken += got.num;
			port_rx_done(&lab->victim, &got);
		}
		port_flush(&lab->victim);
	} while (!idle && lab_want(lab, now_ns() < until, "the sender does not end"));
}

static void offloads_off(struct lab *lab)
{
	const u64 all = F(GUEST_CSUM) | F(GUEST_TSO4);
	u64 until = now_ns() + OFF_MS * 1000000ull;
	unsigned int i, gso[2] = {};

	if (!lab_ctrl_up(lab, F_CTRL | F(CTRL_GUEST_OFFLOADS) | all))
		return;
	while (now_ns() < until && !gso[1] && !*lab->why) {
		send_gso(lab);
		if (set_offloads(lab, 0))
			take_gso(lab, ring_shown(&lab->victim.ring[PORT_RX]), gso);
		set_offloads(lab, all);
	}
	lab_want(lab, gso[0] && !gso[1], "%u frames before the answers, %u after", gso[0], gso[1]);
	/* others send from the same buffers */
	for (i = 0; i < lab->a.ring[PORT_TX].num; i++)
		memset(lab->a.tx_mem.va + (size_t)i * lab->a.slot, 0, PORT_HDR);
}

const struct test ctrl_tests[] = {
	{ "control queue: setting one's own address is acknowledged", good },
	{ "control queue: a command of one byte is refused", header_byte },
	{ "control queue: a command of no bytes is refused", no_header },
	{ "control queue: an unknown class is refused, even after a good command", class_unknown },
	{ "control queue: an unknown command is refused", command_unknown },
	{ "control queue: a command without its body is refused", no_body },
	{ "control queue: an address of five bytes is refused", short_body },
	{ "control queue: address zero is refused", mac_zero },
	{ "control queue: a multicast address is refused", mac_multicast },
	{ "control queue: VLAN 4096 is refused", vlan_4096 },
	{ "control queue: VLAN 65535 is refused", vlan_65535 },
	{ "control queue: no queue pair is refused", pairs_zero },
	{ "control queue: one queue pair too many is refused", pairs_above },
	{ "control queue: 32768 queue pairs are refused", pairs_huge },
	{ "control queue: a receive mode without on or off is refused", promisc_nothing },
	{ "control queue: offloads that were not negotiated are refused", offloads_not_negotiated },
	{ "control queue: an address table that claims 2^32 - 1 entries is refused", table_lies },
	{ "control queue: a table whose size overflows is refused", table_overflow },
	{ "control queue: a table without its second half is refused", table_half },
	{ "control queue: a table of 10000 addresses is answered", table_large },
	{ "control queue: a command of a megabyte is refused", megabyte },
	{ "control queue: a command in pieces of a byte is executed", in_pieces },
	{ "control queue: a command without room for the answer breaks it", ack_missing },
	{ "control queue: room of no bytes for the answer breaks it", ack_empty },
	{ "control queue: an answer to memory that is not mapped breaks it", ack_unmapped },
	{ "control queue: an answer to read-only memory breaks it", ack_read_only },
	{ "control queue: TSO that is off when it says so", offloads_off },
	{ "control queue: it works in an address space of its own", isolated },
	{ "control queue: it cannot reach the other address space", isolation_holds },
	{ }
};
