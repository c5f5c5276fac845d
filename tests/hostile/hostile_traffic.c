// SPDX-License-Identifier: GPL-2.0-only
/* A device under traffic is suspended, resumed, stopped, moved, reset, abandoned. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostile.h"

static struct flow *flow_new(struct lab *lab, struct port *from, struct port *to)
{
	struct flow *f = calloc(1, sizeof(*f));

	if (f && !flow_init(f, from, to, 200, 16))
		return f;
	lab_fail(lab, "no memory");
	free(f);
	return NULL;
}

static void flow_del(struct flow *f)
{
	if (f)
		flow_free(f);
	free(f);
}

static bool has(struct lab *lab, unsigned int backend, const char *what)
{
	if (lab->victim.dev.backend & BIT(backend))
		return true;
	lab->skip = what;
	return false;
}

/* Stop sending in the middle: as many frames in the ring as it takes. */
static bool start_traffic(struct lab *lab, struct flow *f)
{
	int err = flow_run(f, 777, WAIT_MS);

	if (!lab_want(lab, !err, "no traffic to begin with: %s", strerror(-err)))
		return false;
	f->batch = 200;
	return lab_want(lab, flow_fill(f) > 0, "cannot send");
}

static bool all_came(struct lab *lab, struct flow *f)
{
	int err = flow_settle(f, WAIT_MS);

	f->batch = 16;
	if (!err)
		err = flow_run(f, 333, WAIT_MS);
	return lab_want(lab, !err && !flow_errors(f), "%llu lost, %llu doubled, %llu late (%s)",
			(unsigned long long)(f->stats.lost + flow_in_flight(f)),
			(unsigned long long)f->stats.duplicate,
			(unsigned long long)f->stats.reordered, strerror(-err));
}

/* Nothing is in flight: what was taken was given back, and no more happens. */
static bool stands_still(struct lab *lab, unsigned int ring)
{
	struct port *p = &lab->victim;
	struct ring *r = &p->ring[ring];
	u16 used = ring_shown(r);
	u32 base, again;
	int err = vdpa_get_base(&p->dev, ring, &base);

	if (!lab_want(lab, !err && base == ring_base(r, used), "ring %u: base %#x, used index %u",
		      ring, base, used))
		return false;
	port_kick(p, ring);
	lab_pump(lab, 50);
	return lab_want(lab, ring_shown(r) == used, "ring %u goes on", ring) &&
	       lab_want(lab, !vdpa_get_base(&p->dev, ring, &again) && again == base,
			"the base moved");
}

/* Frames under way, of a victim that can be suspended; NULL if there are none. */
static struct flow *suspendable(struct lab *lab, struct port *from, struct port *to)
{
	struct flow *f;

	if (!lab_up(lab) || !has(lab, VHOST_BACKEND_F_SUSPEND, "the device cannot suspend"))
		return NULL;
	f = flow_new(lab, from, to);
	if (f && start_traffic(lab, f))
		return f;
	flow_del(f);
	return NULL;
}

static void suspend_sending(struct lab *lab)
{
	struct flow *f = suspendable(lab, &lab->victim, &lab->a);

	if (!f)
		return;
	if (!lab_want(lab, !vdpa_suspend(&lab->victim.dev), "suspend fails") ||
	    !stands_still(lab, PORT_TX) || !stands_still(lab, PORT_RX))
		goto free;
	if (lab_want(lab, !vdpa_resume(&lab->victim.dev), "resume fails"))
		all_came(lab, f);
free:
	flow_del(f);
}

/* Frames for a suspended device are dropped, but those it has are exact. */
static void suspend_receiving(struct lab *lab)
{
	struct port *p = &lab->victim;
	struct flow *f;
	u16 used;

	f = suspendable(lab, &lab->a, p);
	if (!f)
		return;
	if (!lab_want(lab, !vdpa_suspend(&p->dev), "suspend fails"))
		goto free;
	used = ring_shown(&p->ring[PORT_RX]);
	flow_drain(f);
	flow_fill(f);
	if (!stands_still(lab, PORT_RX) ||
	    !lab_want(lab, ring_shown(&p->ring[PORT_RX]) == used, "a suspended device receives") ||
	    !lab_want(lab, !vdpa_resume(&p->dev), "resume fails"))
		goto free;
	while (flow_drain(f) > 0)
		;
	lab_want(lab, !f->stats.duplicate && !f->stats.corrupt, "frames are doubled or wrong");
	lab_alive(lab, 100);
free:
	flow_del(f);
}

static void suspended_stays(struct lab *lab)
{
	struct port *p = &lab->victim;
	struct flow *f;
	int status;

	f = suspendable(lab, p, &lab->a);
	if (!f)
		return;
	if (!lab_want(lab, !vdpa_suspend(&p->dev), "suspend fails"))
		goto free;
	status = vdpa_get_status(&p->dev);
	lab_want(lab, !vdpa_set_status(&p->dev, status), "the status cannot be written again");
	if (!stands_still(lab, PORT_TX))
		goto free;
	lab_want(lab, !vdpa_suspend(&p->dev), "a second suspend fails");
	lab_want(lab, !vdpa_vring_enable(&p->dev, PORT_TX, 1), "enabling again fails");
	if (!stands_still(lab, PORT_TX))
		goto free;
	/* off and on: to run after resume, not before */
	lab_want(lab, !vdpa_vring_enable(&p->dev, PORT_TX, 0), "disabling fails");
	lab_want(lab, !vdpa_vring_enable(&p->dev, PORT_TX, 1), "enabling fails");
	if (stands_still(lab, PORT_TX) && lab_want(lab, !vdpa_resume(&p->dev), "resume fails"))
		all_came(lab, f);
free:
	flow_del(f);
}

/* The way of a migration: suspend, read the state, reset, set the state, go on. */
static void migrate(struct lab *lab)
{
	struct port *p = &lab->victim;
	struct flow *f;
	unsigned int i;
	u32 base[2];
	int err;

	f = suspendable(lab, p, &lab->a);
	if (!f)
		return;
	if (!lab_want(lab, !vdpa_suspend(&p->dev), "suspend fails"))
		goto free;
	err = vdpa_get_base(&p->dev, 0, &base[0]);
	if (!err)
		err = vdpa_get_base(&p->dev, 1, &base[1]);
	if (!err)
		err = vdpa_set_status(&p->dev, 0);
	if (!err)
		err = port_negotiate(p);
	for (i = 0; i < 2 && !err; i++)
		err = port_vring(p, i, base[i]);
	for (i = 0; i < 2 && !err; i++)
		err = vdpa_vring_enable(&p->dev, i, 1);
	if (!err)
		err = vdpa_add_status(&p->dev, VIRTIO_CONFIG_S_DRIVER_OK);
	if (lab_want(lab, !err, "cannot go on: %s", strerror(-err)))
		all_came(lab, f);
free:
	flow_del(f);
}

static void disable_enable(struct lab *lab)
{
	struct port *p = &lab->victim;
	struct flow *f = NULL;
	unsigned int i;

	if (!lab_up(lab))
		return;
	f = flow_new(lab, p, &lab->a);
	for (i = 0; f && i < 20; i++) {
		if (!start_traffic(lab, f))
			break;
		lab_want(lab, !vdpa_vring_enable(&p->dev, PORT_TX, 0), "disabling fails");
		if (!stands_still(lab, PORT_TX))
			break;
		lab_want(lab, !vdpa_vring_enable(&p->dev, PORT_TX, 1), "enabling fails");
		if (!all_came(lab, f))
			break;
	}
	flow_del(f);
}

/* Everything up to port_start(), with one frame in the send ring, kicked. */
static bool waiting_frame(struct lab *lab, struct flow *f)
{
	struct port *p = &lab->victim;
	int err = port_open(p, lab->path[0], &lab->attrs);

	lab->up = !err;
	if (!err)
		err = port_negotiate(p);
	if (!err)
		err = port_setup(p);
	if (!err)
		err = flow_init(f, p, &lab->a, 200, 1);
	if (!lab_want(lab, !err && flow_fill(f) == 1, "cannot set it up: %s", strerror(-err)))
		return false;
	port_kick(p, PORT_TX);
	lab_pump(lab, 20);
	return lab_want(lab, !ring_shown(&p->ring[PORT_TX]), "the device runs before DRIVER_OK");
}

static void kick_before_enable(struct lab *lab)
{
	struct flow *f = calloc(1, sizeof(*f));
	int err;

	if (f && waiting_frame(lab, f)) {
		err = port_start(&lab->victim);
		if (lab_want(lab, !err, "cannot start: %s", strerror(-err)))
			lab_want(lab, !flow_settle(f, WAIT_MS), "the frame is not sent");
	}
	flow_del(f);
}

static void enable_after_driver_ok(struct lab *lab)
{
	struct flow *f = calloc(1, sizeof(*f));
	struct port *p = &lab->victim;
	int err;

	if (!f || !waiting_frame(lab, f))
		goto free;
	err = vdpa_add_status(&p->dev, VIRTIO_CONFIG_S_DRIVER_OK);
	port_kick(p, PORT_TX);
	lab_pump(lab, 20);
	if (!lab_want(lab, !err && !ring_shown(&p->ring[PORT_TX]), "a queue runs, not enabled"))
		goto free;
	err = vdpa_vring_enable(&p->dev, PORT_TX, 1);
	lab_want(lab, !err && !flow_settle(f, WAIT_MS), "the frame is not sent");
free:
	flow_del(f);
}

static void reset_under_traffic(struct lab *lab)
{
	struct flow *f = NULL;
	unsigned int i;
	u16 used;

	if (!lab_up(lab))
		return;
	for (i = 0; i < 20 && !*lab->why; i++) {
		f = flow_new(lab, &lab->victim, &lab->a);
		if (f && start_traffic(lab, f)) {
			lab_want(lab, !vdpa_set_status(&lab->victim.dev, 0), "reset fails");
			used = ring_shown(&lab->victim.ring[PORT_TX]);
			port_kick(&lab->victim, PORT_TX);
			lab_pump(lab, 10);
			lab_want(lab, ring_shown(&lab->victim.ring[PORT_TX]) == used,
				 "the ring goes on after a reset");
			while (flow_drain(f) > 0)
				;
			lab_want(lab, !port_restart(&lab->victim), "no life after reset");
		}
		flow_del(f);
	}
}

/* Send from the victim until somebody kills us. */
static void __attribute__((noreturn)) send_for_ever(struct lab *lab)
{
	struct flow *f;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!lab_up(lab))
		_exit(1);
	f = flow_new(lab, &lab->victim, &lab->a);
	f->open_loop = true;
	while (flow_fill(f) >= 0)
		port_kick(&lab->victim, PORT_TX);
	_exit(1);
}

static void killed(struct lab *lab)
{
	unsigned int i, j;
	int status;
	pid_t pid;

	for (i = 0; i < 10 && !*lab->why; i++) {
		fflush(stdout);
		pid = fork();
		if (!pid)
			send_for_ever(lab);
		for (j = 0; j < 10 + i; j++) {
			lab_pump(lab, 7);
			lab_sink(lab);
		}
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		/* or its last frames would look like ours */
		lab_sink(lab);
		lab_want(lab, WIFSIGNALED(status), "the client could not open the device");
	}
}

/* How long workers look for frames before they sleep, at most. */
static bool let_look(struct lab *lab, const char *usecs)
{
	FILE *f = fopen("/sys/bus/softdpu/devices/softdpu0/busy_poll_usecs", "w");
	bool good = f && fputs(usecs, f) >= 0;

	good &= f && !fclose(f);
	return lab_want(lab, good, "workers cannot be told how long to look");
}

/* Frames from the victim: how many of them were found by looking. */
static long long found(struct lab *lab, unsigned int frames)
{
	long long before = lab_counter(lab, 1, "polls");

	if (!lab_traffic(lab, &lab->victim, &lab->a, frames))
		return -1;
	return lab_counter(lab, 1, "polls") - before;
}

/*
 * The lab's processors are threads of a machine that may have others to run: who looks
 * finds something only while who sends runs too.
 */
#define LOOKED_FOR_SECONDS	60

static void looked_for(struct lab *lab)
{
	time_t end = time(NULL) + LOOKED_FOR_SECONDS;
	long long n = 0;

	/* who sends has the only processor */
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		lab->skip = "there is only one processor";
		return;
	}
	if (!lab_up(lab) || !let_look(lab, "1000"))
		return;
	while (!n && time(NULL) < end)
		n = found(lab, 1000);
	lab_want(lab, n > 0, "all frames took kicks");
	let_look(lab, "50");
}

static void not_looked_for(struct lab *lab)
{
	if (!lab_up(lab) || !let_look(lab, "0") || found(lab, 100) < 0)
		return;
	lab_want(lab, !found(lab, 2000), "workers look that should not");
	let_look(lab, "50");
}

/* What all workers have done so far: times that they went to sleep, ticks that they ran. */
static bool work_done(long long *sleeps, long long *ticks)
{
	FILE *out = popen("cd /proc; for p in $(grep -sl '^Name:.sdpu.*-tx' [0-9]*/status); do "
			  "grep ^voluntary $p; cut -d' ' -f14,15 ${p%us}; done", "r");
	char line[256];
	long long n, m;
	bool some = false;

	*sleeps = 0;
	*ticks = 0;
	while (out && fgets(line, sizeof(line), out)) {
		if (sscanf(line, "voluntary_ctxt_switches: %lld", &n) == 1)
			*sleeps += n;
		else if (sscanf(line, "%lld %lld", &n, &m) == 2)
			*ticks += n + m;
		some = true;
	}
	if (out)
		pclose(out);
	return some;
}

/* Single frames with pauses between them: half of them at most may wake a worker. */
#define SINGLE_FRAMES	40

static void sent_here(struct lab *lab)
{
	long long sleeps, ticks, sleeps2;
	int i;

	if (!lab_up(lab) || !lab_want(lab, work_done(&sleeps, &ticks), "no workers"))
		return;
	for (i = 0; i < SINGLE_FRAMES; i++) {
		usleep(1000);
		if (!lab_traffic(lab, &lab->victim, &lab->a, 1))
			return;
	}
	work_done(&sleeps2, &ticks);
	lab_want(lab, sleeps2 - sleeps < SINGLE_FRAMES / 2, "%lld wake-ups for %d frames",
		 sleeps2 - sleeps, SINGLE_FRAMES);
}

static void idle_sleeps(struct lab *lab)
{
	long long sleeps, ticks, sleeps2, ticks2;

	/* they have reason to look, too */
	if (!lab_up(lab) || !let_look(lab, "1000") || found(lab, 2000) < 0)
		return;
	usleep(100000);
	if (!lab_want(lab, work_done(&sleeps, &ticks), "no workers"))
		return;
	usleep(300000);
	work_done(&sleeps2, &ticks2);
	lab_want(lab, sleeps2 == sleeps && ticks2 - ticks < 2, "%lld sleeps, %lld ticks of work",
		 sleeps2 - sleeps, ticks2 - ticks);
	let_look(lab, "50");
}

const struct test traffic_tests[] = {
	{ "suspend while sending: nothing in flight, resume loses and doubles nothing",
	  suspend_sending },
	{ "suspend while receiving: nothing in flight, nothing received meanwhile",
	  suspend_receiving },
	{ "a suspended device stays so, whatever is written to status or queues", suspended_stays },
	{ "suspend, state, reset, state, go on: no frame is lost or doubled", migrate },
	{ "a queue that is disabled and enabled goes on where it was", disable_enable },
	{ "a kick before the queue is enabled is not lost", kick_before_enable },
	{ "a queue that is enabled after DRIVER_OK sends what is in it", enable_after_driver_ok },
	{ "reset under traffic: the rings stand still", reset_under_traffic },
	{ "frames that come soon are looked for", looked_for },
	{ "unless that is forbidden", not_looked_for },
	{ "a frame after a pause wakes no worker", sent_here },
	{ "workers without work sleep", idle_sleeps },
	{ "a client that is killed under traffic leaves a device that works", killed },
	{ }
};
