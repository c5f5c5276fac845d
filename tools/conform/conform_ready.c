// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: queues are enabled and disabled. */
#include <errno.h>
#include <string.h>

#include "conform.h"

#define ENABLE	"vhost-vdpa, VHOST_VDPA_SET_VRING_ENABLE"
#define LATE	"vhost-vdpa, VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK"

/* A frame to the peer in the transmit ring, and a kick whether it is wanted or not. */
static bool put_frame(struct conform *c, u16 tag)
{
	struct ring_seg seg = { conform_room_iova(c, tag), PORT_HDR + 100 };

	conform_frame(&c->dut, conform_room(c, tag), conform_peer(c)->mac, 100, tag);
	if (!conform_offer(c, PORT_TX, &seg, 1, 0, false))
		return false;
	port_kick(&c->dut, PORT_TX);
	return true;
}

static bool arrives(struct conform *c, u16 tag)
{
	struct heard h;

	return conform_hear(c, conform_peer(c), tag, 100, &h);
}

static bool not_served(struct conform *c)
{
	u16 before = ring_shown(&c->dut.ring[PORT_TX]);

	conform_pause();
	return conform_want(c, ring_shown(&c->dut.ring[PORT_TX]) == before,
			    "the transmit queue is served");
}

static bool enable(struct conform *c, unsigned int ring, bool on)
{
	int err = vdpa_vring_enable(&c->dut.dev, port_vq(&c->dut, ring), on);

	return conform_want(c, !err, "queue %u cannot be %s: %s", ring, on ? "enabled" : "disabled",
			    strerror(-err));
}

/* DRIVER_OK with the receive queue only. */
static bool start_half(struct conform *c)
{
	struct port *p = &c->dut;

	if (!conform_set_up(c) || !enable(c, PORT_RX, true))
		return false;
	vdpa_add_status(&p->dev, S_OK);
	port_post(p);
	port_flush(p);
	return conform_status(c, S_OK, S_BROKEN) && conform_peer_up(c);
}

static void never_enabled(struct conform *c)
{
	if (start_half(c) && put_frame(c, 1) && not_served(c))
		conform_status(c, S_OK, S_BROKEN);
}

static void enabled_late(struct conform *c)
{
	if (start_half(c) && enable(c, PORT_TX, true) && conform_hello(c))
		conform_traffic(c, 100);
}

/*
 * Defects of this kind: a kick for a queue that is not enabled yet is forgotten, and
 * enabling it does not look for buffers.
 */
static void waiting_when_enabled(struct conform *c)
{
	if (start_half(c) && put_frame(c, 1) && not_served(c) && enable(c, PORT_TX, true))
		arrives(c, 1);
}

static void receive_enabled_late(struct conform *c)
{
	struct port *p = &c->dut;

	if (!conform_set_up(c) || !enable(c, PORT_TX, true))
		return;
	vdpa_add_status(&p->dev, S_OK);
	port_post(p);
	port_flush(p);
	port_kick(p, PORT_RX);
	conform_pause();
	if (conform_want(c, !ring_shown(&p->ring[PORT_RX]), "the receive queue is served") &&
	    enable(c, PORT_RX, true) && conform_peer_up(c) && conform_hello(c))
		conform_traffic(c, 50);
}

static void disabled_before(struct conform *c)
{
	struct port *p = &c->dut;

	if (!conform_set_up(c) || !enable(c, PORT_RX, true) || !enable(c, PORT_TX, true) ||
	    !enable(c, PORT_TX, false))
		return;
	vdpa_add_status(&p->dev, S_OK);
	if (put_frame(c, 1))
		not_served(c);
}

static void disabled(struct conform *c)
{
	if (!conform_up(c) || !conform_traffic(c, 50) || !enable(c, PORT_TX, false))
		return;
	port_tx_reap(&c->dut);
	if (put_frame(c, 1))
		not_served(c);
}

/* The state after disabling is that of the buffers given back, and stays. */
static void disabled_busy(struct conform *c)
{
	struct flow *f = &(struct flow) { };
	int err;

	if (!conform_up(c))
		return;
	err = flow_init(f, &c->dut, conform_peer(c), 200, 200);
	if (conform_want(c, !err && flow_fill(f) > 0, "cannot send") && enable(c, PORT_TX, false))
		conform_still(c, PORT_TX);
	flow_free(f);
}

static void off_and_on(struct conform *c)
{
	struct flow *f = &(struct flow) { };
	unsigned int i;
	int err = 0;

	if (!conform_up(c))
		return;
	err = flow_init(f, &c->dut, conform_peer(c), 200, 100);
	for (i = 0; i < 20 && !err; i++) {
		if (flow_fill(f) < 0 || !enable(c, PORT_TX, false) || !enable(c, PORT_TX, true))
			break;
		/* a driver kicks a queue that it has enabled */
		port_kick(&c->dut, PORT_TX);
		err = flow_settle(f, c->ms);
	}
	conform_want(c, !err && !flow_errors(f), "round %u: %llu lost, %llu doubled, %llu late", i,
		     (unsigned long long)(f->stats.lost + flow_in_flight(f)),
		     (unsigned long long)f->stats.duplicate,
		     (unsigned long long)f->stats.reordered);
	flow_free(f);
}

static void receive_disabled(struct conform *c)
{
	struct port *p = &c->dut;
	struct heard h;
	u16 before;

	if (!conform_up(c) || !enable(c, PORT_RX, false))
		return;
	before = ring_shown(&p->ring[PORT_RX]);
	if (!conform_peer_sends(c, 100, 3))
		return;
	conform_pause();
	conform_want(c, ring_shown(&p->ring[PORT_RX]) == before, "a disabled queue receives");
	if (!enable(c, PORT_RX, true))
		return;
	port_kick(p, PORT_RX);
	/* what came meanwhile may have been dropped */
	if (conform_peer_sends(c, 100, 4))
		conform_hear(c, p, 4, 100, &h);
}

static void enabled_again(struct conform *c)
{
	unsigned int i;

	if (!conform_up(c))
		return;
	for (i = 0; i < 10; i++) {
		if (!enable(c, PORT_TX, true) || !enable(c, PORT_RX, true) ||
		    !conform_traffic(c, 30))
			break;
	}
}

/* A reset disables: buffers that are there stay, until somebody enables again. */
static void disabled_by_reset(struct conform *c)
{
	struct port *p = &c->dut;

	if (!conform_up(c) || !conform_traffic(c, 50))
		return;
	port_reset(p);
	if (!conform_set_up(c))
		return;
	vdpa_add_status(&p->dev, S_OK);
	if (put_frame(c, 1) && not_served(c) && enable(c, PORT_RX, true))
		not_served(c);
}

static void state_after_reset(struct conform *c)
{
	u32 base[2] = { };
	unsigned int i;

	if (!conform_up(c) || !conform_traffic(c, 77))
		return;
	port_reset(&c->dut);
	if (!conform_negotiated(c))
		return;
	for (i = 0; i < 2; i++) {
		vdpa_get_base(&c->dut.dev, i, &base[i]);
		conform_want(c, base[i] == ring_base(&c->dut.ring[i], 0),
			     "queue %u has state %#x, want %#x", i, base[i],
			     ring_base(&c->dut.ring[i], 0));
	}
}

static void old_rings(struct conform *c)
{
	struct ring *r = &c->dut.ring[PORT_RX];
	struct vring_used was;

	if (!conform_up(c) || !conform_traffic(c, 50))
		return;
	vdpa_set_status(&c->dut.dev, 0);
	memcpy(&was, r->used, sizeof(was));
	/* frames for a device without a driver come to nobody's memory */
	if (!conform_peer_sends(c, 100, 1))
		return;
	conform_pause();
	conform_want(c, !memcmp(&was, r->used, sizeof(was)), "the receive ring is written");
}

static void control_disabled(struct conform *c)
{
	u8 *ack;

	if (!conform_up(c) || !enable(c, PORT_CTRL, false))
		return;
	ack = conform_ask(c);
	conform_pause();
	conform_want(c, *ack == NO_ANSWER && !ring_shown(&c->dut.ring[PORT_CTRL]),
		     "a disabled control queue answers");
}

const struct conform_case ready_cases[] = {
	CASE("a queue that was never enabled is not served", ENABLE, never_enabled),
	CASE("a queue that was disabled before DRIVER_OK is not served", ENABLE, disabled_before),
	CASE("a transmit queue that is enabled after DRIVER_OK works", LATE, enabled_late,
	     .backend = B(ENABLE_AFTER_DRIVER_OK), .needs = NEEDS_TRAFFIC),
	CASE("a queue that is enabled after DRIVER_OK sends what was waiting in it", LATE,
	     waiting_when_enabled, .backend = B(ENABLE_AFTER_DRIVER_OK), .needs = NEEDS_TRAFFIC),
	CASE("packed: a queue that is enabled after DRIVER_OK sends what was waiting in it", LATE,
	     waiting_when_enabled, .features = F_PACKED, .backend = B(ENABLE_AFTER_DRIVER_OK),
	     .needs = NEEDS_TRAFFIC),
	CASE("a receive queue that is enabled after DRIVER_OK works", LATE, receive_enabled_late,
	     .backend = B(ENABLE_AFTER_DRIVER_OK), .needs = NEEDS_TRAFFIC),
	CASE("a queue that is disabled takes no more buffers", ENABLE, disabled,
	     .needs = NEEDS_TRAFFIC),
	CASE("a queue that is disabled while it sends has nothing in flight", ENABLE, disabled_busy,
	     .needs = NEEDS_TRAFFIC),
	CASE("packed: a queue that is disabled while it sends has nothing in flight", ENABLE,
	     disabled_busy, .features = F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("a queue that is disabled and enabled while it sends loses nothing", LATE, off_and_on,
	     .backend = B(ENABLE_AFTER_DRIVER_OK), .needs = NEEDS_TRAFFIC),
	CASE("packed: a queue that is disabled and enabled while it sends loses nothing", LATE,
	     off_and_on, .features = F_PACKED, .backend = B(ENABLE_AFTER_DRIVER_OK),
	     .needs = NEEDS_TRAFFIC),
	CASE("a receive queue that is disabled receives nothing, until it is enabled", LATE,
	     receive_disabled, .backend = B(ENABLE_AFTER_DRIVER_OK), .needs = NEEDS_TRAFFIC),
	CASE("enabling an enabled queue changes nothing", ENABLE, enabled_again,
	     .needs = NEEDS_TRAFFIC),
	CASE("a control queue that is disabled answers nothing", ENABLE, control_disabled,
	     .features = F(CTRL_VQ) | F(CTRL_MAC_ADDR)),
	CASE("a reset disables all queues", "virtio 1.3, 2.4.1", disabled_by_reset,
	     .needs = NEEDS_TRAFFIC),
	CASE("a reset sets the state of all queues back", "vhost-vdpa, VHOST_GET_VRING_BASE",
	     state_after_reset, .needs = NEEDS_TRAFFIC),
	CASE("packed: a reset sets the state of all queues back",
	     "vhost-vdpa, VHOST_GET_VRING_BASE", state_after_reset, .features = F_PACKED,
	     .needs = NEEDS_TRAFFIC),
	CASE("frames for a device that was reset come to nobody's memory", "virtio 1.3, 2.4.1",
	     old_rings, .needs = NEEDS_PEER),
	{ }
};
