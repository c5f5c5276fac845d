// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: the device status, and reset. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conform.h"

static void fresh(struct conform *c)
{
	if (conform_open(c))
		conform_status(c, 0, 0xff);
}

static void start_bits(struct conform *c)
{
	if (!conform_open(c))
		return;
	vdpa_set_status(&c->dut.dev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	if (!conform_status(c, VIRTIO_CONFIG_S_ACKNOWLEDGE, 0xff ^ VIRTIO_CONFIG_S_ACKNOWLEDGE))
		return;
	vdpa_set_status(&c->dut.dev, S_START);
	conform_status(c, S_START, 0xff ^ S_START);
}

static void start_bits_at_once(struct conform *c)
{
	if (conform_open(c) &&
	    conform_want(c, !vdpa_set_status(&c->dut.dev, S_START), "the write fails"))
		conform_status(c, S_START, 0xff ^ S_START);
}

/* A device whose status does not say what was written lets anything pass here. */
static void no_way_back(struct conform *c)
{
	if (!conform_negotiated(c))
		return;
	conform_want(c, vdpa_set_status(&c->dut.dev, S_START) < 0, "FEATURES_OK can be taken back");
	conform_status(c, S_START | S_FEATURES, S_BROKEN);
}

static void features_ok(struct conform *c)
{
	if (conform_negotiated(c))
		conform_status(c, S_START | S_FEATURES, S_OK | S_BROKEN);
}

static void driver_ok(struct conform *c)
{
	if (conform_set_up(c) && conform_start(c))
		conform_status(c, S_START | S_FEATURES | S_OK,
			       S_BROKEN | VIRTIO_CONFIG_S_FAILED);
}

static void driver_ok_alone(struct conform *c)
{
	if (!conform_negotiated(c))
		return;
	conform_want(c, !vdpa_add_status(&c->dut.dev, S_OK), "DRIVER_OK is refused");
	conform_pause();
	conform_status(c, S_OK, S_BROKEN);
}

static void written_again(struct conform *c)
{
	unsigned int i;

	if (!conform_up(c))
		return;
	for (i = 0; i < 20; i++)
		vdpa_add_status(&c->dut.dev, S_OK);
	conform_traffic(c, 100);
}

static void failed(struct conform *c)
{
	if (!conform_up(c))
		return;
	vdpa_add_status(&c->dut.dev, VIRTIO_CONFIG_S_FAILED);
	if (conform_status(c, VIRTIO_CONFIG_S_FAILED, 0) && conform_again(c))
		conform_traffic(c, 50);
}

/* Everything up to DRIVER_OK, with a frame in the transmit ring: it stays there. */
static void too_early(struct conform *c)
{
	struct ring_seg seg;
	struct port *p = &c->dut;
	unsigned int i;

	if (!conform_set_up(c))
		return;
	for (i = 0; i < 2; i++)
		vdpa_vring_enable(&p->dev, i, 1);
	ring_calls_on(&p->ring[PORT_TX]);
	conform_frame(p, conform_room(c, 0), p->mac, 100, 1);
	seg = (struct ring_seg) { conform_room_iova(c, 0), PORT_HDR + 100 };
	if (!conform_offer(c, PORT_TX, &seg, 1, 0, false))
		return;
	port_kick(p, PORT_TX);
	conform_pause();
	conform_want(c, !ring_shown(&p->ring[PORT_TX]), "a buffer is used before DRIVER_OK");
	conform_want(c, !port_called(p->call[PORT_TX], 0), "a notification comes before DRIVER_OK");
}

static void reset_in_every_state(struct conform *c)
{
	if (!conform_open(c))
		return;
	conform_want(c, !vdpa_set_status(&c->dut.dev, 0), "a fresh device cannot be reset");
	conform_status(c, 0, 0xff);
	vdpa_set_status(&c->dut.dev, S_START);
	conform_want(c, !port_reset(&c->dut), "no reset after DRIVER");
	conform_status(c, 0, 0xff);
	if (!conform_negotiated(c))
		return;
	conform_want(c, !port_reset(&c->dut), "no reset after FEATURES_OK");
	conform_status(c, 0, 0xff);
	if (conform_set_up(c) && conform_start(c) && conform_again(c))
		conform_status(c, S_OK, S_BROKEN);
}

static void reset_twice(struct conform *c)
{
	if (!conform_up(c))
		return;
	conform_want(c, !port_reset(&c->dut) && !port_reset(&c->dut), "a reset fails");
	conform_status(c, 0, 0xff);
	if (conform_again(c))
		conform_traffic(c, 50);
}

/* Frames are on their way when the reset comes: what is used then stays what is used. */
static bool reset_busy(struct conform *c)
{
	struct ring *r = &c->dut.ring[PORT_TX];
	struct flow *f = &(struct flow) { };
	u16 used;
	int err;

	ring_calls_on(r);
	err = flow_init(f, &c->dut, conform_peer(c), 200, 200);
	if (!conform_want(c, !err && flow_fill(f) > 0, "cannot send"))
		return false;
	vdpa_set_status(&c->dut.dev, 0);
	used = ring_shown(r);
	port_called(c->dut.call[PORT_TX], 0);
	port_kick(&c->dut, PORT_TX);
	port_kick(&c->dut, PORT_RX);
	conform_pause();
	flow_free(f);
	return conform_want(c, ring_shown(r) == used, "%u buffers are used after the reset",
			    (u16)(ring_shown(r) - used)) &&
	       conform_want(c, !port_called(c->dut.call[PORT_TX], 0),
			    "a notification comes after the reset");
}

static void reset_stands_still(struct conform *c)
{
	if (conform_up(c))
		reset_busy(c);
}

static void reset_again_and_again(struct conform *c)
{
	unsigned int i;

	if (!conform_up(c))
		return;
	for (i = 0; i < 10; i++)
		if (!reset_busy(c) || !conform_again(c) || !conform_hello(c) ||
		    !conform_traffic(c, 50))
			break;
}

static void reopen(struct conform *c)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (!conform_up(c) || !conform_traffic(c, 50))
			break;
		conform_close(c);
		if (!conform_open(c) || !conform_status(c, 0, 0xff))
			break;
	}
}

/* Send until somebody ends us. */
static void __attribute__((noreturn)) send_for_ever(struct conform *c)
{
	struct flow *f = &(struct flow) { };

	if (!conform_set_up(c) || !conform_start(c) || flow_init(f, &c->dut, &c->dut, 200, 16))
		_exit(1);
	f->open_loop = true;
	while (flow_fill(f) >= 0)
		port_kick(&c->dut, PORT_TX);
	_exit(1);
}

static void killed(struct conform *c)
{
	int status, err = -EBUSY;
	struct wait w = wait_start(c);
	pid_t pid = fork();

	if (!pid)
		send_for_ever(c);
	conform_pause();
	conform_pause();
	kill(pid, SIGKILL);
	if (!conform_want(c, waitpid(pid, &status, 0) == pid && WIFSIGNALED(status),
			  "the driver did not run"))
		return;
	/* the file is closed a moment after the process is gone */
	do {
		err = port_open(&c->dut, c->path, &c->attrs);
	} while (err == -EBUSY && wait_more(&w));
	c->up = !err;
	if (conform_want(c, !err, "it cannot be opened: %s", strerror(-err)) &&
	    conform_status(c, 0, 0xff) && conform_up(c))
		conform_traffic(c, 50);
}

const struct conform_case status_cases[] = {
	CASE("a device that was just opened has status 0", "vhost-vdpa, open", fresh),
	CASE("ACKNOWLEDGE and DRIVER read as they were written", "virtio 1.3, 2.1", start_bits),
	CASE("ACKNOWLEDGE and DRIVER can be written together", "virtio 1.3, 2.1",
	     start_bits_at_once),
	CASE("FEATURES_OK stays after features that were offered", "virtio 1.3, 2.2.2",
	     features_ok),
	CASE("a status bit cannot be taken back", "vhost-vdpa, VHOST_VDPA_SET_STATUS", no_way_back),
	CASE("DRIVER_OK reads as it was written, without NEEDS_RESET", "virtio 1.3, 2.1",
	     driver_ok),
	CASE("DRIVER_OK without any queue does not break the device", "virtio 1.3, 3.1.1",
	     driver_ok_alone),
	CASE("writing the same status again changes nothing", "virtio 1.3, 2.1", written_again,
	     .needs = NEEDS_TRAFFIC),
	CASE("a reset cures FAILED", "virtio 1.3, 2.4.1", failed),
	CASE("before DRIVER_OK no buffer is used and no notification comes", "virtio 1.3, 2.1.2",
	     too_early),
	CASE("a reset works in every state, and status reads 0 then", "virtio 1.3, 2.4.1",
	     reset_in_every_state),
	CASE("a reset can be followed by another one", "virtio 1.3, 2.4.1", reset_twice),
	CASE("after a reset no buffer is used and no notification comes", "virtio 1.3, 2.4.1",
	     reset_stands_still, .needs = NEEDS_TRAFFIC),
	CASE("packed: after a reset no buffer is used and no notification comes",
	     "virtio 1.3, 2.4.1", reset_stands_still, .features = F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("ten resets under traffic, and the device works after each", "virtio 1.3, 2.4.1",
	     reset_again_and_again, .needs = NEEDS_TRAFFIC),
	CASE("a device that was closed works when it is opened again", "vhost-vdpa, release",
	     reopen),
	CASE("a driver that is killed while it sends leaves a device that works",
	     "vhost-vdpa, release", killed),
	{ }
};
