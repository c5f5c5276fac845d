// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: notifications, both ways. */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "conform.h"

#define SPLIT_CALL	"virtio 1.3, 2.7.7.2"
#define SPLIT_KICK	"virtio 1.3, 2.7.10.2"
#define PACKED_EVENT	"virtio 1.3, 2.8.10"
#define CALL		"vhost-vdpa, VHOST_SET_VRING_CALL"
#define SINGLES		200

/* A frame that goes nowhere, in the transmit ring. */
static bool put(struct conform *c)
{
	struct ring_seg seg = { conform_room_iova(c, 0), PORT_HDR + 100 };

	conform_frame(&c->dut, conform_room(c, 0), conform_nobody, 100, 1);
	return conform_offer(c, PORT_TX, &seg, 1, 0, false);
}

/* Take back what was sent, waiting for @n buffers. */
static bool taken(struct conform *c, unsigned int n)
{
	struct wait w = wait_start(c);
	int64_t token;
	u32 len;

	while (n) {
		token = ring_get(&c->dut.ring[PORT_TX], &len);
		if (token >= 0)
			n--;
		else if (token != -EAGAIN || !wait_more(&w))
			return conform_fail(c, "%u buffers are not given back", n);
	}
	return true;
}

/* Sleep for a call after each frame. */
static void transmit_calls(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *r = &p->ring[PORT_TX];
	unsigned int i;

	if (!conform_up(c))
		return;
	port_tx_reap(p);
	for (i = 0; i < SINGLES; i++) {
		port_called(p->call[PORT_TX], 0);
		ring_calls_on(r);
		if (!put(c))
			return;
		if (!ring_pending(r) &&
		    !conform_want(c, port_called(p->call[PORT_TX], c->ms),
				  "frame %u: no call, buffers up to %u were given back, %u got", i,
				  ring_shown(r), r->last_used))
			return;
		if (!taken(c, 1))
			return;
	}
}

static void receive_calls(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *r = &p->ring[PORT_RX];
	struct heard h;
	unsigned int i;

	if (!conform_up(c))
		return;
	for (i = 0; i < SINGLES; i++) {
		port_called(p->call[PORT_RX], 0);
		ring_calls_on(r);
		if (!conform_peer_sends(c, 100, i))
			return;
		if (!ring_pending(r) &&
		    !conform_want(c, port_called(p->call[PORT_RX], c->ms), "frame %u: no call", i))
			return;
		if (!conform_hear(c, p, i, 100, &h))
			return;
	}
}

static void control_calls(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *r = &p->ring[PORT_CTRL];
	unsigned int i;

	if (!conform_up(c))
		return;
	for (i = 0; i < 20 && !conform_failed(c); i++) {
		port_called(p->call[PORT_CTRL], 0);
		ring_calls_on(r);
		port_command(p, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, p->mac, 6);
		conform_want(c, port_called(p->call[PORT_CTRL], c->ms), "command %u: no call", i);
	}
}

/* A call is asked for in the future, over the ends of the ring and of the indices. */
static void call_ahead(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *r = &p->ring[PORT_TX];
	unsigned int i, n;
	u16 event;

	if (!conform_set_up(c))
		return;
	ring_clear(r, 65536 - 50);
	if (!conform_want(c, !port_vring(p, PORT_TX, (u16)(65536 - 50)), "state is refused") ||
	    !conform_start(c))
		return;
	for (i = 0; i < 60; i++) {
		n = 1 + i % 9;
		event = r->last_used + n - 1;
		store_release(ring_used_event(r), event);
		port_called(p->call[PORT_TX], 0);
		while (n--)
			if (!put(c))
				return;
		if (!conform_want(c, port_called(p->call[PORT_TX], c->ms),
				  "no call for entry %u, the index is %u", event, ring_shown(r)) ||
		    !taken(c, 1 + i % 9))
			return;
	}
}

static void packed_call_ahead(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *r = &p->ring[PORT_TX];
	unsigned int i, n;
	u16 pos;

	if (!conform_set_up(c) || !conform_start(c))
		return;
	for (i = 0; i < 200; i++) {
		n = 1 + i % 9;
		pos = r->last_used + n - 1;
		store_release((u32 *)r->driver_event, (u32)(pos & (r->num - 1)) |
			      (pos & r->num ? 0 : 1u << 15) | VRING_PACKED_EVENT_FLAG_DESC << 16);
		port_called(p->call[PORT_TX], 0);
		while (n--)
			if (!put(c))
				return;
		if (!conform_want(c, port_called(p->call[PORT_TX], c->ms),
				  "no call for descriptor %u", pos & (r->num - 1)) ||
		    !taken(c, 1 + i % 9))
			return;
	}
}

/* What should not be is not wrong. */
static void calls_off(struct conform *c)
{
	struct port *p = &c->dut;
	unsigned int i, calls = 0;

	if (!conform_up(c))
		return;
	port_tx_reap(p);
	ring_calls_off(&p->ring[PORT_TX]);
	port_called(p->call[PORT_TX], 0);
	for (i = 0; i < 50; i++) {
		if (!put(c) || !taken(c, 1))
			return;
		calls += port_called(p->call[PORT_TX], 0);
	}
	if (calls)
		conform_note(c, "%u calls for 50 buffers, although none were wanted", calls);
	ring_calls_on(&p->ring[PORT_TX]);
	port_called(p->call[PORT_TX], 0);
	if (put(c))
		conform_want(c, port_called(p->call[PORT_TX], c->ms), "then one is wanted: no call");
}

/* The library kicks only when it is asked to. */
static void kicks_asked_for(struct conform *c)
{
	unsigned int i;

	if (!conform_up(c))
		return;
	for (i = 0; i < SINGLES; i++) {
		if (!conform_one(c, i, 100))
			return;
		/* some find it awake, some asleep */
		if (i % 20 == 0)
			conform_pause();
	}
	conform_traffic(c, 2000);
}

static void spurious_kicks(struct conform *c)
{
	struct port *p = &c->dut;
	unsigned int i, ring;

	if (!conform_up(c))
		return;
	for (i = 0; i < 300; i++)
		for (ring = 0; ring < PORT_RINGS; ring++)
			if (ring != PORT_CTRL || p->features & F(CTRL_VQ))
				port_kick(p, ring);
	conform_pause();
	conform_traffic(c, 100);
}

static void other_call(struct conform *c)
{
	struct port *p = &c->dut;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (!conform_up(c) || !conform_want(c, fd >= 0, "no eventfd"))
		return;
	port_tx_reap(p);
	ring_calls_on(&p->ring[PORT_TX]);
	port_called(p->call[PORT_TX], 0);
	conform_want(c, !vdpa_vring_call(&p->dev, PORT_TX, fd), "it is refused");
	if (put(c)) {
		conform_want(c, port_called(fd, c->ms), "the new one is not called");
		conform_want(c, !port_called(p->call[PORT_TX], 0), "the old one is called");
	}
	close(fd);
}

static void no_call(struct conform *c)
{
	struct port *p = &c->dut;

	if (!conform_up(c))
		return;
	port_tx_reap(p);
	ring_calls_on(&p->ring[PORT_TX]);
	port_called(p->call[PORT_TX], 0);
	conform_want(c, !vdpa_vring_call(&p->dev, PORT_TX, -1), "it is refused");
	if (!put(c) || !taken(c, 1))
		return;
	conform_want(c, !port_called(p->call[PORT_TX], 20), "the old one is called");
	ring_calls_on(&p->ring[PORT_TX]);
	conform_want(c, !vdpa_vring_call(&p->dev, PORT_TX, p->call[PORT_TX]), "no way back");
	if (put(c))
		conform_want(c, port_called(p->call[PORT_TX], c->ms), "then it is not called");
}

static void other_kick(struct conform *c)
{
	struct port *p = &c->dut;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (!conform_up(c) || !conform_want(c, fd >= 0, "no eventfd"))
		return;
	conform_want(c, !vdpa_vring_kick(&p->dev, PORT_TX, fd), "it is refused");
	close(p->kick[PORT_TX]);
	p->kick[PORT_TX] = fd;
	conform_traffic(c, 300);
}

/*
 * A VMM masks an interrupt like that. Defects of this kind: a device looks whether there is
 * somebody to call, and calls who is there a moment later.
 */
static void call_masked(struct conform *c)
{
	struct port *p = &c->dut;
	struct flow *f = &(struct flow) { };
	unsigned int i;

	if (!conform_up(c) || flow_init(f, p, conform_peer(c), 200, 8))
		return;
	for (i = 0; i < 500 && !conform_failed(c); i++) {
		ring_calls_on(&p->ring[PORT_TX]);
		flow_fill(f);
		if (vdpa_vring_call(&p->dev, PORT_TX, i & 1 ? p->call[PORT_TX] : -1))
			conform_fail(c, "it is refused");
		flow_drain(f);
	}
	conform_want(c, !flow_settle(f, c->ms) && !flow_errors(f), "frames are missing");
	flow_free(f);
	if (!conform_failed(c))
		conform_status(c, S_OK, S_BROKEN);
}

/* If the device says that it needs a reset, it says so at once. */
static void config_call(struct conform *c)
{
	struct port *p = &c->dut;
	struct ring *r = &p->ring[PORT_TX];

	if (!conform_set_up(c) || !conform_start(c))
		return;
	port_called(p->config_call, 0);
	raw_desc(r->desc, 0, HOLE, 100, 0, 0);
	raw_avail(r, 0);
	port_kick(p, PORT_TX);
	conform_pause();
	conform_pause();
	if (!(vdpa_get_status(&p->dev) & S_BROKEN))
		conform_skip(c, "the device does not say NEEDS_RESET");
	else
		conform_want(c, port_called(p->config_call, c->ms),
			     "NEEDS_RESET, and no configuration change notification");
}

const struct conform_case event_cases[] = {
	CASE("each frame that is sent calls who waits for it", SPLIT_CALL, transmit_calls,
	     .needs = NEEDS_TRAFFIC),
	CASE("each frame that is sent calls who waits for it, with EVENT_IDX", SPLIT_CALL,
	     transmit_calls, .features = F_EVENT_IDX, .needs = NEEDS_TRAFFIC),
	CASE("packed: each frame that is sent calls who waits for it", PACKED_EVENT, transmit_calls,
	     .features = F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("packed: each frame that is sent calls who waits for it, with EVENT_IDX", PACKED_EVENT,
	     transmit_calls, .features = F_PACKED | F_EVENT_IDX, .needs = NEEDS_TRAFFIC),
	CASE("each frame that is received calls who waits for it", SPLIT_CALL, receive_calls,
	     .needs = NEEDS_TRAFFIC),
	CASE("each frame that is received calls who waits for it, with EVENT_IDX", SPLIT_CALL,
	     receive_calls, .features = F_EVENT_IDX, .needs = NEEDS_TRAFFIC),
	CASE("packed: each frame that is received calls who waits for it", PACKED_EVENT,
	     receive_calls, .features = F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("packed: each frame that is received calls who waits for it, with EVENT_IDX",
	     PACKED_EVENT, receive_calls, .features = F_PACKED | F_EVENT_IDX,
	     .needs = NEEDS_TRAFFIC),
	CASE("each answer to a command calls who waits for it", SPLIT_CALL, control_calls,
	     .features = F(CTRL_VQ) | F(CTRL_MAC_ADDR)),
	CASE("a call that is asked for some entries ahead comes", SPLIT_CALL, call_ahead,
	     .features = F_EVENT_IDX),
	CASE("packed: a call that is asked for some descriptors ahead comes", PACKED_EVENT,
	     packed_call_ahead, .features = F_PACKED | F_EVENT_IDX),
	CASE("calls can be turned off, and on again", SPLIT_CALL, calls_off,
	     .needs = NEEDS_TRAFFIC),
	CASE("packed: calls can be turned off, and on again", PACKED_EVENT, calls_off,
	     .features = F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("kicks that the device does not want are not missed", SPLIT_KICK, kicks_asked_for,
	     .needs = NEEDS_TRAFFIC),
	CASE("kicks that the device does not want are not missed, with EVENT_IDX", SPLIT_KICK,
	     kicks_asked_for, .features = F_EVENT_IDX, .needs = NEEDS_TRAFFIC),
	CASE("packed: kicks that the device does not want are not missed", PACKED_EVENT,
	     kicks_asked_for, .features = F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("packed: kicks that the device does not want are not missed, with EVENT_IDX",
	     PACKED_EVENT, kicks_asked_for, .features = F_PACKED | F_EVENT_IDX,
	     .needs = NEEDS_TRAFFIC),
	CASE("kicks for nothing do no harm", SPLIT_KICK, spurious_kicks, .needs = NEEDS_TRAFFIC),
	CASE("packed: kicks for nothing do no harm", SPLIT_KICK, spurious_kicks,
	     .features = F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("a running queue can get another eventfd to call", CALL, other_call,
	     .needs = NEEDS_TRAFFIC),
	CASE("a running queue can be left without an eventfd to call", CALL, no_call,
	     .needs = NEEDS_TRAFFIC),
	CASE("a running queue can get another eventfd for kicks",
	     "vhost-vdpa, VHOST_SET_VRING_KICK", other_kick, .needs = NEEDS_TRAFFIC),
	CASE("NEEDS_RESET comes with a configuration change notification", "virtio 1.3, 2.1.2",
	     config_call),
	CASE("the eventfd to call comes and goes under traffic", CALL, call_masked,
	     .needs = NEEDS_TRAFFIC),
	{ }
};
