// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: run a case, in a process that may hang or crash. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conform.h"
#include "tap.h"

/* A case waits for a few things, one after the other. */
#define CASE_WAITS	8

static int read_device(struct conform *c, struct vdpa *d)
{
	struct vhost_vdpa_iova_range range;
	int err;

	err = vdpa_get_features(d, &c->offered);
	if (err)
		return err;
	err = vdpa_own(d, ~0ull);
	if (err)
		return err;
	c->backend = d->backend;
	c->num_vqs = vdpa_num_vqs(d);
	c->max_vring = vdpa_max_vring(d);
	if (ioctl(d->fd, VHOST_VDPA_GET_IOVA_RANGE, &range) < 0)
		return -errno;
	c->first = range.first;
	c->last = range.last;
	return c->num_vqs < 0 ? c->num_vqs : c->max_vring < 0 ? c->max_vring : 0;
}

int conform_probe(struct conform *c)
{
	struct vdpa d;
	int err;

	c->result = mmap(NULL, sizeof(*c->result), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->result == MAP_FAILED)
		return -errno;
	err = vdpa_open(&d, c->path);
	if (err)
		return err;
	err = read_device(c, &d);
	vdpa_close(&d);
	return err;
}

static void __attribute__((noreturn)) child(struct conform *c, const struct conform_case *cc)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	c->attrs = (struct port_attrs) {
		.features = F_BASE | cc->features,
		.ring_size = 256,
		.frame_max = 1514,
		.calls = true,
	};
	cc->run(c);
	conform_close(c);
	c->result->done = true;
	_exit(0);
}

/* Wait for @pid to end. Return: it has. */
static bool ends(pid_t pid, int ms, int *status)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l };
	sigset_t chld;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	/* signals of earlier cases are of no interest, time is */
	while (waitpid(pid, status, WNOHANG) != pid)
		if (sigtimedwait(&chld, NULL, &ts) < 0 && errno == EAGAIN)
			return waitpid(pid, status, WNOHANG) == pid;
	return true;
}

static void run(struct conform *c, const struct conform_case *cc)
{
	struct conform_result *r = c->result;
	int status = 0, ms = CASE_WAITS * c->ms;
	sigset_t chld;
	pid_t pid;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	pid = fork();
	if (!pid)
		child(c, cc);
	if (pid < 0) {
		snprintf(r->why, sizeof(r->why), "no process: %s", strerror(errno));
		return;
	}
	if (!ends(pid, ms, &status)) {
		conform_fail(c, "it had not ended after %d ms", ms);
		kill(pid, SIGKILL);
		if (!ends(pid, ms, &status)) {
			tap_diag("a process of this case cannot be killed: the device holds it");
			return;
		}
	} else if (WIFSIGNALED(status)) {
		conform_fail(c, "it ended with signal %d", WTERMSIG(status));
	} else if (!r->done) {
		conform_fail(c, "it did not come to its end");
	}
}

void conform_run(struct conform *c, const struct conform_case *cc, const char *title)
{
	const char *missing = conform_missing(c, cc);
	struct conform_result *r = c->result;

	memset(r, 0, sizeof(*r));
	if (missing) {
		tap_skip(title, missing);
		return;
	}
	run(c, cc);
	if (*r->why) {
		tap_result(false, title);
		tap_diag("%s", r->why);
	} else if (*r->skip) {
		tap_skip(title, r->skip);
	} else {
		tap_result(true, title);
	}
	if (*r->notes)
		tap_diag("%s", r->notes);
}
