// SPDX-License-Identifier: GPL-2.0-only
/*
 * softdpu-bench --control: how long a device takes for what a virtual machine monitor asks
 * of it while no frame moves: to start, to be suspended and resumed, to be reset, and to
 * have memory mapped and unmapped.
 *
 * Whoever maps memory for a device that uses physical addresses has it pinned by the
 * kernel; what that alone costs is measured beside it, with buffers of io_uring, which are
 * pinned likewise.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bench.h"
#include "clock.h"

/* Nothing of a port is there. */
#define IOVA		0x700000000000ull
#define SINGLES		1000
/* what io_uring takes as one buffer */
#define PIECE		(1ul << 30)
#define PIECES		64

/**
 * struct control - what a round has shown, in nanoseconds
 * @start: from FEATURES_OK to DRIVER_OK, all queues set up and enabled
 * @driver_ok: the end of it, when all but the first pair are set up and enabled
 * @call: an ioctl() on the device that does nothing
 * @suspend: VHOST_VDPA_SUSPEND
 * @resume: VHOST_VDPA_RESUME
 * @reset: status 0
 * @map: a page of a large piece of memory, mapped at once
 * @unmap: likewise
 * @pin: likewise, what the kernel takes to pin it; 0: io_uring is not to be had
 * @map_one: a page alone
 * @unmap_one: likewise
 */
struct control {
	double start, driver_ok, call, suspend, resume, reset;
	double map, unmap, pin;
	double map_one, unmap_one;
};

static int start(struct bench *b, struct control *c)
{
	struct port *p = b->port[0];
	u64 from = now_ns(), ready;
	unsigned int i;
	int err = 0;

	/* the first pair last: it says DRIVER_OK */
	for (i = 1; i < b->o.pairs && !err; i++) {
		err = port_setup(&p[i]);
		if (!err)
			err = port_start(&p[i]);
	}
	if (!err)
		err = port_setup(&p[0]);
	ready = now_ns();
	if (!err)
		err = port_start(&p[0]);
	c->driver_ok = now_ns() - ready;
	c->start = now_ns() - from;
	return err;
}

/* How long it takes to ask the kernel for anything. */
static int calls(struct vdpa *d, struct control *c)
{
	u64 from = now_ns();
	unsigned int i;
	int ret = 0;

	for (i = 0; i < SINGLES && ret >= 0; i++)
		ret = vdpa_max_vring(d);
	c->call = (double)(now_ns() - from) / SINGLES;
	return ret < 0 ? ret : 0;
}

/* A device whose memory is mapped and whose rings are where they will be. */
static int begin(struct bench *b, struct port *p, struct control *c)
{
	int err;

	b->o.attrs.bare = true;
	b->num = 0;
	err = port_open(&p[0], b->o.dev[0], &b->o.attrs);
	if (err)
		return err;
	b->num = 1;
	err = port_negotiate(&p[0]);
	if (!err && p[0].num_vqs < 2 * (int)b->o.pairs)
		return -ENOTSUP;
	while (!err && b->num < b->o.pairs) {
		err = port_more(&p[b->num], &p[0], b->num);
		b->num += !err;
	}
	return err ?: start(b, c);
}

static void end(struct bench *b, struct port *p)
{
	/* the first one last: the others share its device */
	while (b->num)
		port_close(&p[--b->num]);
}

static int lifecycle(struct bench *b, struct control *c)
{
	struct vdpa *d = &b->port[0][0].dev;
	u64 t[5];
	int err;

	t[0] = now_ns();
	err = port_reset(&b->port[0][0]);
	t[1] = now_ns();
	c->reset = t[1] - t[0];
	if (!err)
		err = port_negotiate(&b->port[0][0]);
	if (!err)
		err = start(b, c);
	if (!err)
		err = calls(d, c);
	t[2] = now_ns();
	if (!err)
		err = vdpa_suspend(d);
	t[3] = now_ns();
	if (!err)
		err = vdpa_resume(d);
	t[4] = now_ns();
	c->suspend = t[3] - t[2];
	c->resume = t[4] - t[3];
	return err;
}

/* Nanoseconds to pin @len bytes at @va and let go of them, or 0. */
static double pin(u8 *va, size_t len)
{
	struct io_uring_params params = { 0 };
	struct iovec iov[PIECES];
	unsigned int n = 0;
	double ns = 0;
	size_t at;
	u64 from;
	int fd;

	for (at = 0; at < len && n < PIECES; at += PIECE, n++)
		iov[n] = (struct iovec){ va + at, len - at < PIECE ? len - at : PIECE };
	fd = syscall(__NR_io_uring_setup, 1, &params);
	if (fd < 0)
		return 0;
	from = now_ns();
	if (!syscall(__NR_io_uring_register, fd, IORING_REGISTER_BUFFERS, iov, n))
		ns = now_ns() - from;
	close(fd);
	return ns;
}

static int map_all(struct vdpa *d, u8 *va, size_t len, struct control *c)
{
	double pages = len / MEM_PAGE;
	u64 from = now_ns();
	int err;

	err = vdpa_batch(d, 0, true);
	if (!err)
		err = vdpa_map(d, 0, IOVA, len, va, VHOST_ACCESS_RW);
	if (!err)
		err = vdpa_batch(d, 0, false);
	c->map = (now_ns() - from) / pages;
	if (err)
		return err;
	from = now_ns();
	err = vdpa_unmap(d, 0, IOVA, len);
	c->unmap = (now_ns() - from) / pages;
	return err;
}

static int map_singles(struct vdpa *d, u8 *va, size_t len, struct control *c)
{
	u64 mapped = 0, unmapped = 0, t[3];
	unsigned int i;
	int err;

	/* a neighbour stays: memory of a guest is never a page alone */
	err = vdpa_map(d, 0, IOVA + MEM_PAGE, MEM_PAGE, va, VHOST_ACCESS_RW);
	for (i = 0; i < SINGLES && !err; i++) {
		u8 *page = va + i * MEM_PAGE % len;

		t[0] = now_ns();
		err = vdpa_map(d, 0, IOVA, MEM_PAGE, page, VHOST_ACCESS_RW);
		t[1] = now_ns();
		if (!err)
			err = vdpa_unmap(d, 0, IOVA, MEM_PAGE);
		t[2] = now_ns();
		mapped += t[1] - t[0];
		unmapped += t[2] - t[1];
	}
	c->map_one = (double)mapped / SINGLES;
	c->unmap_one = (double)unmapped / SINGLES;
	return err ?: vdpa_unmap(d, 0, IOVA + MEM_PAGE, MEM_PAGE);
}

/* Memory in pages of 4 KiB, while the queues run. */
static int memory(struct bench *b, struct control *c)
{
	size_t len = (size_t)b->o.map_mib << 20;
	struct vdpa *d = &b->port[0][0].dev;
	int err;
	u8 *va;

	va = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (va == MAP_FAILED)
		return -errno;
	madvise(va, len, MADV_NOHUGEPAGE);
	memset(va, 1, len);
	c->pin = pin(va, len) / (len / MEM_PAGE);
	err = map_all(d, va, len, c);
	if (!err)
		err = map_singles(d, va, len, c);
	munmap(va, len);
	return err;
}

static void print_json(const struct options *o, const struct control *c, unsigned int number)
{
	printf("{\"label\": \"%s\", \"round\": %u, \"pairs\": %u, \"map_mib\": %u, ", o->label,
	       number, o->pairs, o->map_mib);
	printf("\"start_us\": %.1f, \"driver_ok_us\": %.1f, \"call_us\": %.2f, ",
	       c->start / 1e3, c->driver_ok / 1e3, c->call / 1e3);
	printf("\"suspend_us\": %.1f, \"resume_us\": %.1f, \"reset_us\": %.1f, ",
	       c->suspend / 1e3, c->resume / 1e3, c->reset / 1e3);
	printf("\"map_ns\": %.1f, \"unmap_ns\": %.1f, \"pin_ns\": %.1f, ", c->map, c->unmap,
	       c->pin);
	printf("\"map_one_us\": %.2f, \"unmap_one_us\": %.2f}\n", c->map_one / 1e3,
	       c->unmap_one / 1e3);
}

static void print_text(const struct options *o, const struct control *c, unsigned int number)
{
	printf("round %u: %s: %u queue pairs, microseconds: ", number, o->label, o->pairs);
	printf("start %.1f (DRIVER_OK %.1f, an ioctl that does nothing %.2f) ", c->start / 1e3,
	       c->driver_ok / 1e3, c->call / 1e3);
	printf("suspend %.1f resume %.1f reset %.1f; ", c->suspend / 1e3, c->resume / 1e3,
	       c->reset / 1e3);
	printf("a page of %u MiB, nanoseconds: map %.1f unmap %.1f (pinning %.1f); ", o->map_mib,
	       c->map, c->unmap, c->pin);
	printf("a page alone, microseconds: map %.2f unmap %.2f\n", c->map_one / 1e3,
	       c->unmap_one / 1e3);
}

int control_round(struct bench *b, unsigned int number)
{
	struct control c = { 0 };
	int err;

	err = begin(b, b->port[0], &c);
	if (!err)
		err = lifecycle(b, &c);
	if (!err)
		err = memory(b, &c);
	end(b, b->port[0]);
	if (!err && number) {
		(b->o.json ? print_json : print_text)(&b->o, &c, number);
		fflush(stdout);
	}
	return err;
}
