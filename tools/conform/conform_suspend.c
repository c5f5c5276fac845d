// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: suspend and resume. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "conform.h"

#define SUSPEND	"vhost-vdpa, VHOST_VDPA_SUSPEND"
#define RESUME	"vhost-vdpa, VHOST_VDPA_RESUME"

static bool suspend(struct conform *c)
{
	int err = vdpa_suspend(&c->dut.dev);

	return conform_want(c, !err, "suspend fails: %s", strerror(-err));
}

static bool resume(struct conform *c)
{
	int err = vdpa_resume(&c->dut.dev);

	return conform_want(c, !err, "resume fails: %s", strerror(-err));
}

/* A suspended device with as many frames to send as were shown to it while it ran. */
static bool suspend_busy(struct conform *c, struct flow *f)
{
	return conform_up(c) &&
	       conform_want(c, !flow_init(f, &c->dut, conform_peer(c), 200, 200), "no memory") &&
	       conform_want(c, !flow_run(f, 77, c->ms), "no traffic to begin with") &&
	       conform_want(c, flow_fill(f) > 0, "cannot send") && suspend(c);
}

static bool all_come(struct conform *c, struct flow *f)
{
	int err = flow_settle(f, c->ms);

	return conform_want(c, !err && !flow_errors(f), "%llu lost, %llu doubled, %llu late",
			    (unsigned long long)(f->stats.lost + flow_in_flight(f)),
			    (unsigned long long)f->stats.duplicate,
			    (unsigned long long)f->stats.reordered);
}

static void nothing_in_flight(struct conform *c)
{
	struct flow *f = &(struct flow) { };

	if (suspend_busy(c, f) && conform_still(c, PORT_TX))
		conform_still(c, PORT_RX);
	flow_free(f);
}

static void loses_nothing(struct conform *c)
{
	struct flow *f = &(struct flow) { };
	unsigned int i;

	if (!suspend_busy(c, f) || !resume(c))
		goto free;
	for (i = 0; i < 20; i++) {
		if (!all_come(c, f) || flow_fill(f) < 0 || !suspend(c) || !resume(c))
			goto free;
	}
	all_come(c, f);
free:
	flow_free(f);
}

/* The kick comes while the device is suspended, and no other one follows. */
static void kick_remembered(struct conform *c)
{
	struct flow *f = &(struct flow) { };

	if (!conform_up(c) ||
	    !conform_want(c, !flow_init(f, &c->dut, conform_peer(c), 200, 20), "no memory") ||
	    !suspend(c))
		return;
	flow_fill(f);
	port_kick(&c->dut, PORT_TX);
	conform_pause();
	if (conform_still(c, PORT_TX) && resume(c))
		all_come(c, f);
	flow_free(f);
}

/**
 * struct kicker - a thread that kicks when it is told to
 * @fd: eventfd of the queue
 * @round: kicks that it shall have made
 */
struct kicker {
	int fd;
	u32 round;
};

static void *kicker(void *arg)
{
	struct kicker *k = arg;
	const u64 one = 1;
	u32 done = 0;

	while (done != ~0u) {
		u32 round = load_acquire(&k->round);

		if (round == done) {
			sched_yield();
			continue;
		}
		done = round;
		if (write(k->fd, &one, sizeof(one)) < 0)
			break;
	}
	return NULL;
}

/*
 * Defects of this kind: a kick looks whether the device is suspended and leaves a note, which
 * resume has just read.
 */
static void kick_races_resume(struct conform *c)
{
	struct flow *f = &(struct flow) { };
	u64 end = now_ns() + c->ms * 500000ull;
	struct kicker k = { };
	pthread_t thread;
	u32 i;

	if (!conform_up(c) || flow_init(f, &c->dut, conform_peer(c), 200, 1))
		return;
	k.fd = c->dut.kick[PORT_TX];
	if (pthread_create(&thread, NULL, kicker, &k))
		return;
	for (i = 1; now_ns() < end && !conform_failed(c); i++) {
		if (!suspend(c))
			break;
		flow_write(f, 1);
		ring_publish(&c->dut.ring[PORT_TX]);
		store_release(&k.round, i);
		resume(c);
		if (!all_come(c, f))
			conform_note(c, "that was round %u", i);
	}
	store_release(&k.round, ~0u);
	pthread_join(thread, NULL);
	flow_free(f);
}

static void receives_nothing(struct conform *c)
{
	struct port *p = &c->dut;
	struct heard h;
	u16 before;

	if (!conform_up(c) || !suspend(c))
		return;
	before = ring_shown(&p->ring[PORT_RX]);
	if (!conform_peer_sends(c, 100, 1))
		return;
	conform_pause();
	conform_want(c, ring_shown(&p->ring[PORT_RX]) == before, "a suspended device receives");
	if (resume(c) && conform_peer_sends(c, 100, 2))
		conform_hear(c, p, 2, 100, &h);
}

/* Defects of this kind: any write of the status makes the device run. */
static void status_written(struct conform *c)
{
	struct flow *f = &(struct flow) { };
	int status;

	if (!suspend_busy(c, f))
		return;
	flow_drain(f);
	flow_fill(f);
	status = vdpa_get_status(&c->dut.dev);
	conform_want(c, !vdpa_set_status(&c->dut.dev, status), "the status cannot be written");
	if (conform_still(c, PORT_TX) && conform_still(c, PORT_RX) && resume(c))
		all_come(c, f);
	flow_free(f);
}

static void enabled(struct conform *c)
{
	struct flow *f = &(struct flow) { };
	struct vdpa *d = &c->dut.dev;

	if (!suspend_busy(c, f))
		return;
	flow_fill(f);
	vdpa_vring_enable(d, PORT_TX, 1);
	if (!conform_still(c, PORT_TX))
		goto free;
	vdpa_vring_enable(d, PORT_TX, 0);
	vdpa_vring_enable(d, PORT_TX, 1);
	if (!conform_still(c, PORT_TX) || !resume(c))
		goto free;
	port_kick(&c->dut, PORT_TX);
	all_come(c, f);
free:
	flow_free(f);
}

static void twice(struct conform *c)
{
	struct flow *f = &(struct flow) { };

	if (suspend_busy(c, f) && suspend(c) && conform_still(c, PORT_TX) && resume(c) && resume(c))
		all_come(c, f);
	flow_free(f);
}

static void resume_alone(struct conform *c)
{
	if (conform_up(c) && resume(c))
		conform_traffic(c, 100);
}

static void looks_alive(struct conform *c)
{
	struct virtio_net_config before = { }, now = { };
	int size;

	if (!conform_up(c))
		return;
	size = vdpa_get_config_size(&c->dut.dev);
	if (size > (int)sizeof(now))
		size = sizeof(now);
	vdpa_get_config(&c->dut.dev, 0, &before, size);
	if (!suspend(c))
		return;
	conform_status(c, S_START | S_FEATURES | S_OK, S_BROKEN);
	conform_want(c, !vdpa_get_config(&c->dut.dev, 0, &now, size) &&
		     !memcmp(&before, &now, sizeof(now)), "the configuration changes");
}

static void reset_suspended(struct conform *c)
{
	unsigned int i;

	if (!conform_up(c))
		return;
	for (i = 0; i < 5; i++)
		if (!suspend(c) || !conform_again(c) || !conform_hello(c) ||
		    !conform_traffic(c, 50))
			break;
}

static void closed_suspended(struct conform *c)
{
	if (!conform_up(c) || !suspend(c))
		return;
	conform_close(c);
	if (conform_up(c))
		conform_traffic(c, 50);
}

static void no_calls(struct conform *c)
{
	struct port *p = &c->dut;
	struct flow *f = &(struct flow) { };

	if (!suspend_busy(c, f))
		return;
	ring_calls_on(&p->ring[PORT_TX]);
	port_called(p->call[PORT_TX], 0);
	flow_fill(f);
	port_kick(p, PORT_TX);
	conform_pause();
	conform_want(c, !port_called(p->call[PORT_TX], 0), "a suspended device calls");
	if (resume(c))
		all_come(c, f);
	flow_free(f);
}

static void commands_wait(struct conform *c)
{
	struct ring *r = &c->dut.ring[PORT_CTRL];
	struct wait w;

	if (!conform_up(c) || !suspend(c))
		return;
	conform_ask(c);
	conform_pause();
	if (!conform_want(c, !ring_shown(r), "a suspended device answers") || !resume(c))
		return;
	for (w = wait_start(c); !ring_shown(r) && wait_more(&w);)
		;
	conform_want(c, ring_shown(r), "there is no answer after resume");
}

#define SUSPENDS	B(SUSPEND)
#define BOTH		(B(SUSPEND) | B(RESUME))

const struct conform_case suspend_cases[] = {
	CASE("suspend leaves nothing in flight, and kicks change nothing then", SUSPEND,
	     nothing_in_flight, .backend = SUSPENDS, .needs = NEEDS_TRAFFIC),
	CASE("packed: suspend leaves nothing in flight, and kicks change nothing then", SUSPEND,
	     nothing_in_flight, .features = F_PACKED, .backend = SUSPENDS, .needs = NEEDS_TRAFFIC),
	CASE("suspend and resume while it sends: no frame is lost or doubled", RESUME,
	     loses_nothing, .backend = BOTH, .needs = NEEDS_TRAFFIC),
	CASE("packed: suspend and resume while it sends: no frame is lost or doubled", RESUME,
	     loses_nothing, .features = F_PACKED, .backend = BOTH, .needs = NEEDS_TRAFFIC),
	CASE("a kick while the device is suspended works after resume", RESUME, kick_remembered,
	     .backend = BOTH, .needs = NEEDS_TRAFFIC),
	CASE("a kick at the moment of a resume is not lost", RESUME, kick_races_resume,
	     .backend = BOTH, .needs = NEEDS_TRAFFIC),
	CASE("a suspended device receives nothing", SUSPEND, receives_nothing, .backend = BOTH,
	     .needs = NEEDS_TRAFFIC),
	CASE("a suspended device stays so when the status is written", SUSPEND, status_written,
	     .backend = BOTH, .needs = NEEDS_TRAFFIC),
	CASE("a suspended device stays so when a queue is enabled", SUSPEND, enabled,
	     .backend = BOTH, .needs = NEEDS_TRAFFIC),
	CASE("suspend and resume can be repeated", RESUME, twice, .backend = BOTH,
	     .needs = NEEDS_TRAFFIC),
	CASE("resume does not disturb a device that runs", RESUME, resume_alone, .backend = BOTH,
	     .needs = NEEDS_TRAFFIC),
	CASE("a suspended device has its status and its configuration", SUSPEND, looks_alive,
	     .backend = SUSPENDS),
	CASE("a suspended device does not call", SUSPEND, no_calls, .backend = BOTH,
	     .needs = NEEDS_TRAFFIC),
	CASE("a suspended device answers commands after resume, not before", SUSPEND, commands_wait,
	     .features = F(CTRL_VQ) | F(CTRL_MAC_ADDR), .backend = BOTH),
	CASE("a suspended device runs after a reset", SUSPEND, reset_suspended, .backend = SUSPENDS,
	     .needs = NEEDS_TRAFFIC),
	CASE("a device that was closed suspended runs when it is opened again", SUSPEND,
	     closed_suspended, .backend = SUSPENDS, .needs = NEEDS_TRAFFIC),
	{ }
};
