// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: does a vDPA network device do what virtio and vhost-vdpa say? */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "tap.h"

#define TITLE_MAX	256

/* In the order in which a driver comes by. */
static const struct {
	const char *about;
	const struct conform_case *cases;
} groups[] = {
	{ "device status and reset", status_cases },
	{ "feature bits", features_cases },
	{ "configuration space", config_cases },
	{ "setting up queues", setup_cases },
	{ "enabling queues", ready_cases },
	{ "split virtqueues", split_cases },
	{ "packed virtqueues", packed_cases },
	{ "state of queues", state_cases },
	{ "suspend and resume", suspend_cases },
	{ "groups and address spaces", asid_cases },
	{ "mapped memory", map_cases },
	{ "access to memory", access_cases },
	{ "notifications", event_cases },
	{ "offloads", offload_cases },
	{ "control queue", cvq_cases },
	{ "commands with answers, and RSS", query_cases },
	{ "filters and queue pairs", filter_cases },
	{ "rings that make no sense", hostile_cases },
	{ "packed rings that make no sense, and other devices", broken_cases },
};

/**
 * struct args - the command line
 * @list: print the cases only
 * @pattern: names of the cases to run have one of these in them
 * @num_patterns: how many; 0: all are run
 */
struct args {
	bool list;
	char **pattern;
	int num_patterns;
};

static int usage(void)
{
	fputs("usage: vdpa-conform [--peer DEV | --loop] [--timeout SECONDS] DEV [PATTERN...]\n"
	      "       vdpa-conform --list [PATTERN...]\n"
	      "DEV is a /dev/vhost-vdpa-N.\n"
	      "  --peer DEV    another one that it exchanges frames with\n"
	      "  --loop        frames to its own address come back to it\n"
	      "  --timeout S   how long to wait for anything, default 2\n"
	      "  --list        names of the cases, and where they come from\n"
	      "  PATTERN       only cases with this in their names\n", stderr);
	return 2;
}

static bool parse(int argc, char **argv, struct conform *c, struct args *a)
{
	static const struct option options[] = {
		{ "peer", required_argument, NULL, 'p' },
		{ "loop", no_argument, NULL, 'l' },
		{ "list", no_argument, NULL, 'L' },
		{ "timeout", required_argument, NULL, 't' },
		{ }
	};
	double seconds = 2;
	char *end = "";
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'p':
			c->peer_path = optarg;
			break;
		case 'l':
			c->loop = true;
			break;
		case 'L':
			a->list = true;
			break;
		case 't':
			seconds = strtod(optarg, &end);
			break;
		default:
			return false;
		}
	}
	c->ms = seconds * 1000;
	if (!a->list && optind < argc)
		c->path = argv[optind++];
	a->pattern = argv + optind;
	a->num_patterns = argc - optind;
	return !*end && seconds >= 0.1 && seconds <= 60 && !(c->loop && c->peer_path) &&
	       (a->list || c->path);
}

static bool wanted(const struct args *a, const char *title)
{
	int i;

	for (i = 0; i < a->num_patterns; i++)
		if (strstr(title, a->pattern[i]))
			return true;
	return !a->num_patterns;
}

/* Return: how many of @group's cases were wanted. */
static unsigned int run_group(struct conform *c, const struct args *a, unsigned int group)
{
	const struct conform_case *cc;
	char title[TITLE_MAX];
	unsigned int num = 0;

	for (cc = groups[group].cases; cc->name; cc++) {
		snprintf(title, sizeof(title), "%s [%s]", cc->name, cc->ref);
		if (!wanted(a, title))
			continue;
		if (!num++)
			tap_diag("%s", groups[group].about);
		if (a->list)
			puts(title);
		else
			conform_run(c, cc, title);
	}
	return num;
}

int main(int argc, char **argv)
{
	static struct conform c;
	struct args a = { };
	unsigned int i, num = 0;
	int err;

	if (!parse(argc, argv, &c, &a))
		return usage();
	if (!a.list) {
		err = conform_probe(&c);
		if (err) {
			printf("Bail out! %s: %s\n", c.path, strerror(-err));
			return 1;
		}
	}
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		num += run_group(&c, &a, i);
	if (!num) {
		fputs("vdpa-conform: no case has that in its name\n", stderr);
		return 2;
	}
	return a.list ? 0 : tap_done();
}
