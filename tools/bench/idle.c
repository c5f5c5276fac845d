// SPDX-License-Identifier: GPL-2.0-only
/* softdpu-bench: what to do when there is nothing to do. */
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include "bench.h"

/* a device that has forgotten to call is asked again after this time */
#define SLEEP_MS	10

static void sleep_for_call(struct port *p, unsigned int ring)
{
	struct pollfd pfd = { .fd = p->call[ring], .events = POLLIN };
	u64 count;

	/* a call of before would end this sleep at once */
	if (read(pfd.fd, &count, sizeof(count)) < 0)
		count = 0;
	if (!ring_calls_on(&p->ring[ring]))
		poll(&pfd, 1, SLEEP_MS);
	ring_calls_off(&p->ring[ring]);
}

bool idle(const struct options *o, struct flow *f)
{
	if (o->yield)
		sched_yield();
	if (!o->sleep)
		return false;
	/* nothing was sent and nothing is to come: the send ring is about to be given back */
	if (!o->open_loop && !flow_in_flight(f))
		return false;
	/* as many are on the way as may be, so one of them comes first; else the ring was full */
	if (o->open_loop)
		sleep_for_call(f->tx, PORT_TX);
	else
		sleep_for_call(f->rx, PORT_RX);
	return true;
}
