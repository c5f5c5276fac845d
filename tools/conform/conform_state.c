// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: the state of queues, which moves with a virtual machine. */
#include <errno.h>
#include <string.h>

#include "conform.h"

#define GET	"vhost-vdpa, VHOST_GET_VRING_BASE"
#define SET	"vhost-vdpa, VHOST_SET_VRING_BASE"

/* Nothing is in flight when all that was sent has come. */
static bool state_is(struct conform *c, unsigned int ring)
{
	struct ring *r = &c->dut.ring[ring];
	u32 base = 0, want = ring_base(r, ring_shown(r));
	int err = vdpa_get_base(&c->dut.dev, port_vq(&c->dut, ring), &base);

	return conform_want(c, !err && base == want, "queue %u: its state is %#x, want %#x (%s)",
			    port_vq(&c->dut, ring), base, want, strerror(-err));
}

static void set_reads(struct conform *c)
{
	u32 value = c->attrs.features & F_PACKED ? 0x80058005 : 4711, base = 0;
	struct vdpa *d = &c->dut.dev;

	if (!conform_set_up(c))
		return;
	conform_want(c, !vdpa_set_base(d, PORT_TX, value) && !vdpa_get_base(d, PORT_TX, &base) &&
		     base == value, "set to %#x, reads %#x", value, base);
	conform_want(c, !vdpa_get_base(d, PORT_RX, &base) &&
		     base == ring_base(&c->dut.ring[PORT_RX], 0),
		     "the state of the receive queue went along: %#x", base);
}

static void after_frames(struct conform *c)
{
	if (!conform_up(c))
		return;
	for (int i = 0; i < 3; i++)
		if (!conform_flow(c, &c->dut, conform_peer(c), 101) || !state_is(c, PORT_TX))
			break;
}

/* Stop the receive queue, as a VMM does before it reads the state. */
static void after_received(struct conform *c)
{
	if (conform_up(c) && conform_flow(c, conform_peer(c), &c->dut, 101) &&
	    conform_want(c, !vdpa_vring_enable(&c->dut.dev, PORT_RX, 0), "it cannot be disabled"))
		state_is(c, PORT_RX);
}

static void after_commands(struct conform *c)
{
	u8 on = 1;
	int i;

	if (!conform_up(c))
		return;
	for (i = 0; i < 5; i++)
		port_command(&c->dut, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET,
			     c->dut.mac, 6);
	port_command(&c->dut, 0xee, 0, &on, 1);
	state_is(c, PORT_CTRL);
}

/* Both rings begin at @at, and there is traffic from there on. */
static bool begin_at(struct conform *c, u16 at, unsigned int frames)
{
	struct port *p = &c->dut;
	unsigned int i;

	if (!conform_set_up(c))
		return false;
	for (i = 0; i < 2; i++) {
		ring_clear(&p->ring[i], at);
		ring_calls_off(&p->ring[i]);
		if (!conform_want(c, !port_vring(p, i, ring_base(&p->ring[i], at)),
				  "state %u is refused", at))
			return false;
	}
	return conform_start(c) && conform_peer_up(c) && conform_hello(c) &&
	       conform_traffic(c, frames) && (c->loop || state_is(c, PORT_TX));
}

static void begin_at_five(struct conform *c)
{
	begin_at(c, 5, 300);
}

static void begin_at_end(struct conform *c)
{
	begin_at(c, c->attrs.ring_size - 1, 300);
}

static void begin_at_wrap(struct conform *c)
{
	begin_at(c, 65536 - 100, 600);
}

/*
 * A packed ring in its second round: descriptors look as that round left them, which is
 * as the one before made them used.
 */
static void begin_second_round(struct conform *c)
{
	struct port *p = &c->dut;
	unsigned int i, j;

	if (!conform_set_up(c))
		return;
	for (i = 0; i < 2; i++) {
		struct ring *r = &p->ring[i];

		ring_clear(r, r->num);
		for (j = 0; j < r->num; j++)
			r->packed_desc[j].flags = 1 << VRING_PACKED_DESC_F_AVAIL |
						  1 << VRING_PACKED_DESC_F_USED;
		ring_calls_off(r);
		if (!conform_want(c, !port_vring(p, i, ring_base(r, r->num)), "it is refused"))
			return;
	}
	if (conform_start(c) && conform_peer_up(c) && conform_hello(c))
		conform_traffic(c, 600);
}

/* Beyond the ring, or unlike each other: refused, or not followed, and cured by a reset. */
static void impossible(struct conform *c)
{
	static const u32 bad[] = { 0x81008100, 0xffffffff, 0x7fff7fff, 0x80008100 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (!conform_set_up(c))
			return;
		if (!vdpa_set_base(&c->dut.dev, PORT_TX, bad[i]) && !port_start(&c->dut)) {
			port_kick(&c->dut, PORT_TX);
			conform_pause();
			conform_want(c, !ring_shown(&c->dut.ring[PORT_TX]),
				     "state %#x: buffers are used", bad[i]);
		}
		port_reset(&c->dut);
	}
	if (conform_up(c))
		conform_traffic(c, 300);
}

/* Suspend, read the state, reset; then @change, and go on where it was. */
static void move(struct conform *c, bool (*change)(struct conform *c))
{
	struct port *p = &c->dut;
	struct flow *f = &(struct flow) { };
	unsigned int i, round;
	u32 base[2];
	int err;

	if (!conform_up(c))
		return;
	err = flow_init(f, p, conform_peer(c), 200, 150);
	for (round = 0; round < 5 && !err && !conform_failed(c); round++) {
		err = flow_fill(f) < 0 || vdpa_suspend(&p->dev) ||
		      vdpa_get_base(&p->dev, 0, &base[0]) || vdpa_get_base(&p->dev, 1, &base[1]) ||
		      vdpa_set_status(&p->dev, 0) ||
		      (change && !change(c)) || port_negotiate(p);
		for (i = 0; i < 2 && !err; i++)
			err = port_vring(p, i, base[i]) || vdpa_vring_enable(&p->dev, i, 1);
		if (!conform_want(c, !err && !vdpa_add_status(&p->dev, S_OK), "it does not go on"))
			break;
		/* a driver does not know what was seen before, so it kicks */
		port_kick(p, PORT_TX);
		port_kick(p, PORT_RX);
		err = flow_settle(f, c->ms);
	}
	conform_want(c, !err && !flow_errors(f), "round %u: %llu lost, %llu doubled, %llu late",
		     round, (unsigned long long)(f->stats.lost + flow_in_flight(f)),
		     (unsigned long long)f->stats.duplicate,
		     (unsigned long long)f->stats.reordered);
	flow_free(f);
}

static void migrate(struct conform *c)
{
	move(c, NULL);
}

/* To areas of the ring that nobody uses, as another machine has the memory elsewhere. */
static bool other_areas(struct conform *c)
{
	struct ring *tx = &c->dut.ring[PORT_TX], *spare = &c->dut.ring[PORT_CTRL];
	struct ring was = *tx;

	memcpy(spare->desc, tx->desc, MEM_PAGE);
	memcpy(spare->avail, tx->avail, MEM_PAGE);
	memcpy(spare->used, tx->used, MEM_PAGE);
	tx->desc = spare->desc;
	tx->avail = spare->avail;
	tx->used = spare->used;
	spare->desc = was.desc;
	spare->avail = was.avail;
	spare->used = was.used;
	return true;
}

static void migrate_elsewhere(struct conform *c)
{
	move(c, other_areas);
}

static void running(struct conform *c)
{
	const u64 at = PORT_IOVA_RINGS;
	struct vdpa *d = &c->dut.dev;

	if (!conform_up(c))
		return;
	conform_want(c, vdpa_set_base(d, 0, 7) < 0, "its state can be set");
	conform_want(c, vdpa_vring_addr(d, 0, at, at, at) < 0,
		     "its areas can be moved");
	conform_traffic(c, 50);
}

static void every_queue(struct conform *c)
{
	u32 base;
	int vq, err;

	if (!conform_negotiated(c))
		return;
	for (vq = 0; vq < c->num_vqs; vq++) {
		err = vdpa_get_base(&c->dut.dev, vq, &base);
		conform_want(c, !err && base == ring_base(&c->dut.ring[0], 0) % (1ull << 32),
			     "queue %d: %#x (%s)", vq, base, strerror(-err));
	}
}

const struct conform_case state_cases[] = {
	CASE("every queue begins with the first entry", GET, every_queue),
	CASE("the state of a queue reads as it was set, and that of others stays", SET, set_reads),
	CASE("packed: the state of a queue reads as it was set, and that of others stays", SET,
	     set_reads, .features = F_PACKED),
	CASE("the state of a transmit queue counts what was sent", GET, after_frames,
	     .needs = NEEDS_TRAFFIC),
	CASE("packed: the state of a transmit queue counts what was sent", GET, after_frames,
	     .features = F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("the state of a receive queue counts what was received", GET, after_received,
	     .needs = NEEDS_TRAFFIC),
	CASE("packed: the state of a receive queue counts what was received", GET, after_received,
	     .features = F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("the state of a control queue counts commands", GET, after_commands,
	     .features = F(CTRL_VQ) | F(CTRL_MAC_ADDR)),
	CASE("rings can begin in the middle", SET, begin_at_five, .needs = NEEDS_TRAFFIC),
	CASE("rings can begin at their last entry", SET, begin_at_end, .needs = NEEDS_TRAFFIC),
	CASE("rings go on where indices wrap at 65536", "virtio 1.3, 2.7.6", begin_at_wrap,
	     .needs = NEEDS_TRAFFIC),
	CASE("packed: rings can begin in a round with wrap counter 0", SET, begin_second_round,
	     .features = F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("packed: a state that no ring can have does no harm", SET, impossible,
	     .features = F_PACKED),
	CASE("the state and areas of a queue that runs cannot be changed", SET, running,
	     .needs = NEEDS_TRAFFIC),
	CASE("suspend, reset and the same state: no frame is lost", SET, migrate,
	     .backend = B(SUSPEND), .needs = NEEDS_TRAFFIC),
	CASE("packed: suspend, reset and the same state: no frame is lost", SET, migrate,
	     .features = F_PACKED, .backend = B(SUSPEND), .needs = NEEDS_TRAFFIC),
	CASE("suspend, reset and the same state with rings elsewhere: no frame is lost", SET,
	     migrate_elsewhere, .backend = B(SUSPEND), .needs = NEEDS_TRAFFIC),
	CASE("packed: suspend, reset and the same state with rings elsewhere: no frame is lost",
	     SET, migrate_elsewhere, .features = F_PACKED, .backend = B(SUSPEND),
	     .needs = NEEDS_TRAFFIC),
	{ }
};
