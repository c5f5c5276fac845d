// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: groups of queues and address spaces. */
#include <errno.h>
#include <string.h>

#include "conform.h"

#define GROUP	"vhost-vdpa, VHOST_VDPA_GET_VRING_GROUP"
#define SET	"vhost-vdpa, VHOST_VDPA_SET_GROUP_ASID"
#define DESC	"vhost-vdpa, VHOST_VDPA_GET_VRING_DESC_GROUP"

#define SPACE	1

static bool has_spaces(struct conform *c)
{
	int num = vdpa_num_as(&c->dut.dev);

	return num > SPACE || conform_skip(c, "there is one address space");
}

static int group_of(struct conform *c, unsigned int ring)
{
	return vdpa_vq_group(&c->dut.dev, port_vq(&c->dut, ring));
}

static void every_queue(struct conform *c)
{
	int vq, group, num;

	if (!conform_negotiated(c))
		return;
	num = vdpa_num_groups(&c->dut.dev);
	conform_want(c, num >= 1, "there are %d groups", num);
	conform_want(c, vdpa_num_as(&c->dut.dev) >= 1, "there are %d address spaces",
		     vdpa_num_as(&c->dut.dev));
	for (vq = 0; vq < c->num_vqs; vq++) {
		group = vdpa_vq_group(&c->dut.dev, vq);
		if (group == -EOPNOTSUPP) {
			conform_skip(c, "the device has no groups");
			return;
		}
		conform_want(c, group >= 0 && group < num, "queue %d is in group %d of %d", vq,
			     group, num);
	}
}

static void groups_stay(struct conform *c)
{
	int before[VDPA_MAX_VQS], vq;

	if (!conform_negotiated(c))
		return;
	for (vq = 0; vq < c->num_vqs && vq < VDPA_MAX_VQS; vq++)
		before[vq] = vdpa_vq_group(&c->dut.dev, vq);
	if (!conform_set_up(c) && conform_failed(c))
		return;
	for (vq = 0; vq < c->num_vqs && vq < VDPA_MAX_VQS; vq++)
		conform_want(c, vdpa_vq_group(&c->dut.dev, vq) == before[vq],
			     "queue %d was in group %d and is in %d", vq, before[vq],
			     vdpa_vq_group(&c->dut.dev, vq));
}

static void bad_numbers(struct conform *c)
{
	struct vdpa *d = &c->dut.dev;

	if (!conform_negotiated(c))
		return;
	conform_want(c, vdpa_set_group_asid(d, 0, vdpa_num_as(d)) < 0,
		     "an address space that is not there is accepted");
	conform_want(c, vdpa_set_group_asid(d, vdpa_num_groups(d), 0) < 0,
		     "a group that is not there is accepted");
	conform_want(c, vdpa_map(d, vdpa_num_as(d), HOLE, MEM_PAGE, d, VHOST_ACCESS_RW) < 0,
		     "memory can be mapped in an address space that is not there");
	if (conform_failed(c))
		return;
	port_reset(&c->dut);
	if (conform_up(c))
		conform_traffic(c, 50);
}

static void too_late(struct conform *c)
{
	struct vdpa *d = &c->dut.dev;

	if (!conform_up(c) || !has_spaces(c))
		return;
	if (vdpa_set_group_asid(d, 0, SPACE) >= 0)
		conform_fail(c, "a running device changes its address space");
	conform_traffic(c, 50);
}

static bool set_group(struct conform *c, int group)
{
	int err = vdpa_set_group_asid(&c->dut.dev, group, SPACE);

	return conform_want(c, !err, "group %d does not go to address space %d: %s", group, SPACE,
			    strerror(-err));
}

/* The group of a queue, and that of its areas if they have one of their own. */
static bool set_queue(struct conform *c, unsigned int ring)
{
	int areas = vdpa_vq_desc_group(&c->dut.dev, port_vq(&c->dut, ring));

	return set_group(c, group_of(c, ring)) && (areas < 0 || set_group(c, areas));
}

static bool map_in(struct conform *c, u32 space, const struct mem *m)
{
	int err = vdpa_map(&c->dut.dev, space, m->iova, m->len, m->va, VHOST_ACCESS_RW);

	return conform_want(c, !err, "cannot map in address space %u: %s", space, strerror(-err));
}

/* Move what the library has mapped in space 0. */
static bool move_map(struct conform *c, const struct mem *m)
{
	int err = vdpa_unmap(&c->dut.dev, 0, m->iova, m->len);

	return conform_want(c, !err, "cannot unmap: %s", strerror(-err)) && map_in(c, SPACE, m);
}

/* All groups of data queues in the other space, their memory mapped in @mapped. */
static bool data_in_space(struct conform *c, bool mapped)
{
	struct port *p = &c->dut;

	if (!conform_negotiated(c) || !has_spaces(c))
		return false;
	if (group_of(c, PORT_RX) < 0 || group_of(c, PORT_TX) < 0)
		return conform_skip(c, "the device has no groups");
	return set_queue(c, PORT_RX) && set_queue(c, PORT_TX) &&
	       conform_want(c, !port_setup(p), "rings cannot be set up") &&
	       (!mapped ||
		(move_map(c, &p->rings) && move_map(c, &p->rx_mem) && move_map(c, &p->tx_mem)));
}

/* Frames from the device do not arrive, and none of its receive buffers is used. */
static bool reaches_nothing(struct conform *c)
{
	struct ring_seg seg = { conform_room_iova(c, 0), PORT_HDR + 100 };
	struct port *peer = conform_peer(c);
	struct heard h;

	if (port_start(&c->dut))
		return true;
	conform_frame(&c->dut, conform_room(c, 0), peer->mac, 100, 33);
	if (!conform_offer(c, PORT_TX, &seg, 1, 0, false))
		return false;
	port_kick(&c->dut, PORT_TX);
	conform_pause();
	return conform_want(c, !ring_shown(&c->dut.ring[PORT_TX]), "the transmit ring is used") &&
	       (c->loop || !c->other_up || !conform_comes(c, peer, 33, 50, &h) ||
		conform_fail(c, "a frame arrives from memory that is not mapped there"));
}

static void data_apart(struct conform *c)
{
	if (data_in_space(c, true) && conform_start(c) && conform_peer_up(c) && conform_hello(c))
		conform_traffic(c, 200);
}

static void data_isolated(struct conform *c)
{
	if (data_in_space(c, false) && conform_peer_up(c))
		reaches_nothing(c);
}

static void put_back(struct conform *c)
{
	if (!data_in_space(c, true) || !conform_start(c) || !conform_peer_up(c) ||
	    !conform_hello(c))
		return;
	port_reset(&c->dut);
	/* nothing is mapped in space 0 any more */
	if (!conform_set_up(c) || !reaches_nothing(c))
		return;
	port_reset(&c->dut);
	if (map_in(c, 0, &c->dut.rings) && map_in(c, 0, &c->dut.rx_mem) &&
	    map_in(c, 0, &c->dut.tx_mem) && conform_set_up(c) && conform_start(c) &&
	    conform_hello(c))
		conform_traffic(c, 100);
}

/* The same address in both spaces, and different frames there. */
static void same_address(struct conform *c)
{
	struct ring_seg seg = { HOLE, PORT_HDR + 100 };
	struct vdpa *d = &c->dut.dev;
	struct heard h;
	int err;
	u32 used;

	if (!data_in_space(c, true))
		return;
	err = vdpa_map(d, 0, HOLE, MEM_PAGE, conform_room(c, 0), VHOST_ACCESS_RW);
	if (!err)
		err = vdpa_map(d, SPACE, HOLE, MEM_PAGE, conform_room(c, 8), VHOST_ACCESS_RW);
	if (!conform_want(c, !err, "cannot map: %s", strerror(-err)) || !conform_start(c) ||
	    !conform_peer_up(c) || !conform_hello(c))
		return;
	conform_frame(&c->dut, conform_room(c, 0), conform_peer(c)->mac, 100, 10);
	conform_frame(&c->dut, conform_room(c, 8), conform_peer(c)->mac, 100, 11);
	if (!conform_chain(c, PORT_TX, &seg, 1, 0, false, &used) ||
	    !conform_hear(c, conform_peer(c), 11, 100, &h))
		return;
	/* what goes in one space stays in the other */
	vdpa_unmap(d, 0, HOLE, MEM_PAGE);
	if (conform_chain(c, PORT_TX, &seg, 1, 0, false, &used))
		conform_hear(c, conform_peer(c), 11, 100, &h);
}

/* The control queue alone in the other space, as a VMM isolates it. */
static bool control_in_space(struct conform *c)
{
	int group;

	if (!conform_negotiated(c) || !has_spaces(c))
		return false;
	group = group_of(c, PORT_CTRL);
	if (group < 0 || group == group_of(c, PORT_RX) || group == group_of(c, PORT_TX))
		return conform_skip(c, "the control queue is in the group of others");
	return set_queue(c, PORT_CTRL) && conform_want(c, !port_setup(&c->dut), "no set-up");
}

static int set_mac(struct conform *c)
{
	return port_command(&c->dut, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, c->dut.mac,
			    6);
}

static void control_apart(struct conform *c)
{
	int ack;

	if (!control_in_space(c) || !map_in(c, SPACE, &c->dut.rings) || !conform_start(c) ||
	    !conform_peer_up(c) || !conform_hello(c))
		return;
	ack = set_mac(c);
	if (conform_want(c, ack == VIRTIO_NET_OK, "the answer is %d", ack))
		conform_traffic(c, 100);
}

/* Its ring is there, and the command only where the data queues are. */
static void control_isolated(struct conform *c)
{
	struct port *p = &c->dut;
	u8 *ack;
	int err;

	if (!control_in_space(c))
		return;
	err = vdpa_map(&p->dev, SPACE, p->rings.iova, (size_t)(p->command - p->rings.va),
		       p->rings.va, VHOST_ACCESS_RW);
	if (!conform_want(c, !err, "cannot map: %s", strerror(-err)) || !conform_start(c))
		return;
	ack = conform_ask(c);
	conform_pause();
	conform_want(c, *ack == NO_ANSWER, "an answer is written where the queue may not: %#x",
		     *ack);
}

/* Areas of data rings in the other space; buffers in space 0. */
static bool areas_in_space(struct conform *c, bool mapped)
{
	struct port *p = &c->dut;
	int rx, tx;

	if (!conform_negotiated(c) || !has_spaces(c))
		return false;
	rx = vdpa_vq_desc_group(&p->dev, PORT_RX);
	tx = vdpa_vq_desc_group(&p->dev, PORT_TX);
	if (!conform_want(c, rx >= 0 && tx >= 0, "areas are in groups %d and %d", rx, tx))
		return false;
	if (rx == group_of(c, PORT_RX) || tx == group_of(c, PORT_TX))
		return conform_skip(c, "areas are in the group of buffers");
	return set_group(c, rx) && (rx == tx || set_group(c, tx)) &&
	       conform_want(c, !port_setup(p), "rings cannot be set up") &&
	       (!mapped || move_map(c, &p->rings));
}

static void areas_apart(struct conform *c)
{
	if (areas_in_space(c, true) && conform_start(c) && conform_peer_up(c) && conform_hello(c))
		conform_traffic(c, 200);
}

static void areas_isolated(struct conform *c)
{
	if (areas_in_space(c, false) && conform_peer_up(c))
		reaches_nothing(c);
}

const struct conform_case asid_cases[] = {
	CASE("every queue is in a group that is there", GROUP, every_queue),
	CASE("queues stay in their groups", GROUP, groups_stay),
	CASE("groups and address spaces that are not there are refused", SET, bad_numbers,
	     .needs = NEEDS_TRAFFIC),
	CASE("a running device keeps its address spaces", SET, too_late, .needs = NEEDS_TRAFFIC),
	CASE("data queues work in another address space", SET, data_apart, .backend = B(IOTLB_ASID),
	     .needs = NEEDS_TRAFFIC),
	CASE("packed: data queues work in another address space", SET, data_apart,
	     .features = F_PACKED, .backend = B(IOTLB_ASID), .needs = NEEDS_TRAFFIC),
	CASE("data queues do not reach another address space than theirs", SET, data_isolated,
	     .backend = B(IOTLB_ASID), .needs = NEEDS_TRAFFIC),
	CASE("the same address is other memory in another address space", SET, same_address,
	     .backend = B(IOTLB_ASID), .needs = NEEDS_TRAFFIC),
	CASE("a reset puts groups back into address space 0", SET, put_back,
	     .backend = B(IOTLB_ASID) | B(IOTLB_PERSIST), .needs = NEEDS_TRAFFIC),
	CASE("a control queue works in another address space", SET, control_apart,
	     .features = F(CTRL_VQ) | F(CTRL_MAC_ADDR), .backend = B(IOTLB_ASID),
	     .needs = NEEDS_TRAFFIC),
	CASE("a control queue does not reach another address space than its own", SET,
	     control_isolated, .features = F(CTRL_VQ) | F(CTRL_MAC_ADDR), .backend = B(IOTLB_ASID)),
	CASE("areas of rings work in another address space than buffers", DESC, areas_apart,
	     .backend = B(DESC_ASID), .needs = NEEDS_TRAFFIC),
	CASE("areas of rings are not looked for where buffers are", DESC, areas_isolated,
	     .backend = B(DESC_ASID), .needs = NEEDS_TRAFFIC),
	{ }
};
