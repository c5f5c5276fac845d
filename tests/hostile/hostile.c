// SPDX-License-Identifier: GPL-2.0-only
/* A driver that does not play by the rules: the frame around the tests. */
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "hostile.h"

/* Tests that write rings by hand are for one layout; those under traffic are for both. */
static const struct group {
	const struct test *tests;
	bool packed;
} groups[] = {
	{ ring_tests, false },
	{ frame_tests, false },
	{ map_tests, false },
	{ reach_tests, false },
	{ ctrl_tests, false },
	{ query_tests, false },
	{ setup_tests, false },
	{ traffic_tests, false },
	{ random_tests, false },
	{ packed_tests, true },
	{ traffic_tests, true },
};

static void say_why(struct lab *lab, const char *fmt, va_list args)
{
	if (!*lab->why)
		vsnprintf(lab->why, sizeof(lab->why), fmt, args);
}

bool lab_fail(struct lab *lab, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_why(lab, fmt, args);
	va_end(args);
	return false;
}

bool lab_want(struct lab *lab, bool cond, const char *fmt, ...)
{
	va_list args;

	if (cond)
		return true;
	va_start(args, fmt);
	say_why(lab, fmt, args);
	va_end(args);
	return false;
}

static void default_attrs(struct lab *lab)
{
	lab->attrs = (struct port_attrs) {
		.features = F_BASE | F_OFFLOADS | F_INDIRECT | F_EVENT_IDX,
		.ring_size = 256,
		.frame_max = 1600,
		.calls = true,
	};
	if (lab->packed)
		lab->attrs.features |= F_PACKED | F_IN_ORDER;
}

bool lab_up(struct lab *lab)
{
	int err = port_up(&lab->victim, lab->path[0], &lab->attrs);

	lab->up = !err;
	return lab_want(lab, !err, "the victim does not come up: %s", strerror(-err));
}

void lab_down(struct lab *lab)
{
	if (lab->up)
		port_close(&lab->victim);
	lab->up = false;
}

/* Not all of it: Linux 7.2 has 2048 mappings a device, and memory comes in small pieces. */
bool lab_alias(struct lab *lab)
{
	struct port *p = &lab->victim;
	const struct mem *mem[] = { &p->rings, &p->rx_mem, &p->tx_mem };
	unsigned int i;
	int err = 0;

	for (i = 0; i < 3 && !err; i++) {
		err = vdpa_map(&p->dev, 0, mem[i]->iova + ALIAS_RO, ALIAS_LEN, mem[i]->va,
			       VHOST_ACCESS_RO);
		if (!err)
			err = vdpa_map(&p->dev, 0, mem[i]->iova + ALIAS_WO, ALIAS_LEN, mem[i]->va,
				       VHOST_ACCESS_WO);
	}
	return lab_want(lab, !err, "cannot map memory twice: %s", strerror(-err));
}

static bool bystander_step(struct lab *lab)
{
	int ret = flow_fill(&lab->bystander);

	if (ret >= 0)
		ret = flow_drain(&lab->bystander);
	return lab_want(lab, ret >= 0, "a bystander's ring is broken: %s", strerror(-ret));
}

void lab_pump(struct lab *lab, int ms)
{
	u64 until = now_ns() + ms * 1000000ull;

	while (bystander_step(lab) && now_ns() < until)
		;
}

bool lab_broken(struct lab *lab)
{
	u64 until = now_ns() + WAIT_MS * 1000000ull;
	struct port *p = &lab->victim;
	bool called = false;
	int status;

	do {
		if (!bystander_step(lab))
			return false;
		called = called || port_called(p->config_call, 0);
		status = vdpa_get_status(&p->dev);
		if (status >= 0 && called && status & NEEDS_RESET)
			return true;
	} while (now_ns() < until);
	return lab_fail(lab, "status is %#x, want NEEDS_RESET (%#x); the config interrupt %s",
			status, NEEDS_RESET, called ? "came" : "did not come");
}

bool lab_traffic(struct lab *lab, struct port *from, struct port *to, unsigned int count)
{
	struct flow *f = malloc(sizeof(*f));
	bool good = false;
	int err;

	if (!f)
		return lab_fail(lab, "no memory");
	err = flow_init(f, from, to, 200, 16);
	if (!err)
		err = flow_run(f, count, WAIT_MS);
	if (err)
		lab_fail(lab, "frames %s victim: %s; %llu sent, %llu received, %llu lost, "
			 "%llu doubled, %llu late, %llu corrupt",
			 from == &lab->victim ? "from the" : to == &lab->victim ? "to the" : "past the",
			 strerror(-err), (unsigned long long)f->stats.sent,
			 (unsigned long long)f->stats.received, (unsigned long long)f->stats.lost,
			 (unsigned long long)f->stats.duplicate,
			 (unsigned long long)f->stats.reordered,
			 (unsigned long long)f->stats.corrupt);
	else
		good = true;
	flow_free(f);
	free(f);
	return good;
}

bool lab_alive(struct lab *lab, unsigned int count)
{
	int status = vdpa_get_status(&lab->victim.dev);

	return lab_want(lab, status >= 0 && !(status & NEEDS_RESET), "status is %#x", status) &&
	       lab_traffic(lab, &lab->victim, &lab->a, count) &&
	       lab_traffic(lab, &lab->a, &lab->victim, count);
}

void lab_sink(struct lab *lab)
{
	struct port_frame pf;

	while (port_rx(&lab->a, &pf) > 0)
		port_rx_done(&lab->a, &pf);
	port_flush(&lab->a);
}

long long lab_counter(struct lab *lab, unsigned int queue, const char *name)
{
	char cmd[160], word[64];
	long long value = -1;
	FILE *out;

	snprintf(cmd, sizeof(cmd), "vdpa dev vstats show %s qidx %u 2>&1", lab->name, queue);
	out = popen(cmd, "r");
	if (!out)
		return -1;
	while (fscanf(out, "%63s", word) == 1)
		if (!strcmp(word, name) && fscanf(out, "%lld", &value) != 1)
			value = -1;
	pclose(out);
	return value;
}

bool raw_used(struct lab *lab, struct ring *r, u16 from, u16 n)
{
	u64 until = now_ns() + WAIT_MS * 1000000ull;

	do {
		if ((u16)(load_acquire(&r->used->idx) - from) >= n)
			return true;
		if (!bystander_step(lab))
			return false;
	} while (now_ns() < until);
	return lab_fail(lab, "%u of %u entries were used", (u16)(r->used->idx - from), n);
}

u64 raw_frame(struct lab *lab, size_t offset, u32 len)
{
	struct port *p = &lab->victim;
	u8 *va = p->tx_mem.va + offset;

	memset(va, 0, PORT_HDR + len);
	if (len >= 14) {
		memcpy(va + PORT_HDR, lab->a.mac, 6);
		memcpy(va + PORT_HDR + 6, p->mac, 6);
		va[PORT_HDR + 12] = 0x88;
		va[PORT_HDR + 13] = 0xb5;
	}
	return mem_iova(&p->tx_mem, va);
}

/* The victim works again, and the bystanders never stopped. */
static void after(struct lab *lab)
{
	int err;

	lab->attrs.bare = false;
	if (!lab->up) {
		if (!lab_up(lab))
			return;
	} else {
		lab->victim.attrs.bare = false;
		err = port_restart(&lab->victim);
		if (!lab_want(lab, !err, "no life after reset: %s", strerror(-err)))
			return;
	}
	lab_alive(lab, 300);
}

static void bystanders(struct lab *lab)
{
	int err = flow_run(&lab->bystander, 200, WAIT_MS);
	u64 errors = flow_errors(&lab->bystander);

	lab_want(lab, !err && !errors, "the bystanders suffered: %s, %llu errors",
		 strerror(-err), (unsigned long long)errors);
	if (errors)
		memset(&lab->bystander.stats, 0, sizeof(lab->bystander.stats));
}

static void run(struct lab *lab, const struct test *t, const char *name)
{
	*lab->why = '\0';
	lab->skip = NULL;
	lab->asid = 0;
	default_attrs(lab);
	bystanders(lab);
	t->run(lab);
	if (!lab->skip && !*lab->why) {
		bystanders(lab);
		if (!*lab->why)
			after(lab);
	}
	lab_down(lab);
	if (lab->skip) {
		tap_skip(name, lab->skip);
		return;
	}
	tap_result(!*lab->why, name);
	if (*lab->why)
		tap_diag("%s", lab->why);
}

/* /dev/vhost-vdpa-N is below its vDPA device in sysfs. */
static void find_name(struct lab *lab)
{
	char pattern[128], *slash;
	glob_t g;

	snprintf(pattern, sizeof(pattern), "/sys/bus/vdpa/devices/*/%s",
		 strrchr(lab->path[0], '/') + 1);
	if (glob(pattern, 0, NULL, &g) == 0) {
		slash = strrchr(g.gl_pathv[0], '/');
		*slash = '\0';
		snprintf(lab->name, sizeof(lab->name), "%s", strrchr(g.gl_pathv[0], '/') + 1);
		globfree(&g);
	}
}

static int open_bystanders(struct lab *lab)
{
	int err;

	default_attrs(lab);
	err = port_up(&lab->a, lab->path[1], &lab->attrs);
	if (!err)
		err = port_up(&lab->b, lab->path[2], &lab->attrs);
	if (!err)
		err = flow_hello(&lab->a, &lab->b, WAIT_MS);
	if (!err)
		err = flow_init(&lab->bystander, &lab->a, &lab->b, 300, 16);
	return err;
}

static int usage(void)
{
	fputs("usage: hostile VICTIM A B [PATTERN]\n"
	      "Three /dev/vhost-vdpa-N of one card; run the tests whose name has PATTERN in it.\n"
	      "       hostile --features DEV\nPrint the features that a device offers.\n", stderr);
	return 2;
}

static int print_features(const char *path)
{
	struct vdpa d;
	u64 features;

	if (vdpa_open(&d, path) || vdpa_get_features(&d, &features)) {
		fprintf(stderr, "hostile: %s: %s\n", path, strerror(errno));
		return 1;
	}
	printf("%#llx\n", (unsigned long long)features);
	vdpa_close(&d);
	return 0;
}

int main(int argc, char **argv)
{
	static struct lab lab;
	const char *pattern;
	const struct test *t;
	char name[160];
	unsigned int i;
	int err;

	if (argc == 3 && !strcmp(argv[1], "--features"))
		return print_features(argv[2]);
	if (argc < 4 || argc > 5 || !strchr(argv[1], '/'))
		return usage();
	memcpy(lab.path, argv + 1, sizeof(lab.path));
	pattern = argc == 5 ? argv[4] : "";
	find_name(&lab);
	err = open_bystanders(&lab);
	if (err) {
		printf("Bail out! the bystanders do not come up: %s\n", strerror(-err));
		return 1;
	}
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		lab.packed = groups[i].packed;
		for (t = groups[i].tests; t->name; t++) {
			snprintf(name, sizeof(name), "%s%s", lab.packed ? "packed: " : "", t->name);
			if (strstr(name, pattern))
				run(&lab, t, name);
		}
	}
	return tap_done();
}
