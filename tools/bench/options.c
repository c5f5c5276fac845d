// SPDX-License-Identifier: GPL-2.0-only
/* softdpu-bench: the command line. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

const char * const peer_name[] = { "", "pair", "loop", "vhost-net-pair", "control" };

static const struct {
	const char *name;
	u64 bit;
} feature_names[] = {
	{ "mrg", BIT(VIRTIO_NET_F_MRG_RXBUF) },
	{ "event-idx", BIT(VIRTIO_RING_F_EVENT_IDX) },
	{ "indirect", BIT(VIRTIO_RING_F_INDIRECT_DESC) },
	{ "in-order", BIT(VIRTIO_F_IN_ORDER) },
	{ "packed", BIT(VIRTIO_F_RING_PACKED) },
};

/* what more than one queue pair takes */
#define PAIRS_NEED	(BIT(VIRTIO_NET_F_MQ) | BIT(VIRTIO_NET_F_CTRL_VQ))

static void usage(FILE *to)
{
	fputs("usage: softdpu-bench --pair DEVA DEVB | --loop DEV | --vhost-net-pair [OPTION]...\n"
	      "Move numbered frames between vDPA devices and say how fast.\n"
	      "       softdpu-bench --control DEV [OPTION]...\n"
	      "Start, suspend, resume and reset a device, map memory, and say how long that takes.\n\n"
	      "  --frame-size N    bytes of a frame, 40 to 65550 (64)\n"
	      "  --gso N           frames are TCP, to be cut into segments of N bytes by who needs that\n"
	      "  --sources N       source addresses of frames, which take turns (1)\n"
	      "  --seconds S       length of a round, 0: until a signal (2)\n"
	      "  --rounds N        rounds (1)\n"
	      "  --batch N         frames a time (32)\n"
	      "  --ring-size N     entries of each ring, a power of two (256)\n"
	      "  --buf-size N      bytes of a receive buffer (what a frame needs)\n"
	      "  --pairs N         queue pairs of each device, 1 to 64 (1)\n"
	      "  --idle-pairs N    and so many that are ready and never used (0)\n"
	      "  --layout L        one, two or indirect: descriptors of a sent frame (one)\n"
	      "  --with F          insist on mrg, event-idx, indirect, in-order or packed\n"
	      "  --without F       do not accept it; in-order and packed are off anyway\n"
	      "  --check-data      compare every byte\n"
	      "  --open-loop       send without waiting for buffers, count what is missing\n"
	      "  --yield           give up the processor when there is nothing to do\n"
	      "  --sleep           sleep until the device calls when there is nothing to do\n"
	      "  --latency         one frame at a time to a device that sleeps: percentiles\n"
	      "  --burst           fill the rings, then let the device alone: its own rate\n"
	      "  --gap US          microseconds of rest before each of these frames (100)\n"
	      "  --map MIB         with --control: memory to map, in pages of 4 KiB (256)\n"
	      "  --label TEXT      name of the measurement in the output\n"
	      "  --json            one JSON object a round\n", to);
}

enum {
	OPT_PAIR = 256, OPT_LOOP, OPT_VHOST, OPT_FRAME, OPT_GSO, OPT_SECONDS, OPT_ROUNDS, OPT_BATCH,
	OPT_SOURCES,
	OPT_RING, OPT_BUF, OPT_LAYOUT, OPT_WITH, OPT_WITHOUT, OPT_DATA, OPT_OPEN, OPT_YIELD,
	OPT_SLEEP, OPT_LATENCY, OPT_GAP, OPT_LABEL, OPT_JSON, OPT_PAIRS, OPT_IDLE, OPT_BURST,
	OPT_CONTROL, OPT_MAP
};

static const struct option long_options[] = {
	{ "pair", required_argument, NULL, OPT_PAIR },
	{ "loop", required_argument, NULL, OPT_LOOP },
	{ "vhost-net-pair", no_argument, NULL, OPT_VHOST },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "map", required_argument, NULL, OPT_MAP },
	{ "frame-size", required_argument, NULL, OPT_FRAME },
	{ "gso", required_argument, NULL, OPT_GSO },
	{ "sources", required_argument, NULL, OPT_SOURCES },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "rounds", required_argument, NULL, OPT_ROUNDS },
	{ "batch", required_argument, NULL, OPT_BATCH },
	{ "ring-size", required_argument, NULL, OPT_RING },
	{ "buf-size", required_argument, NULL, OPT_BUF },
	{ "pairs", required_argument, NULL, OPT_PAIRS },
	{ "idle-pairs", required_argument, NULL, OPT_IDLE },
	{ "layout", required_argument, NULL, OPT_LAYOUT },
	{ "with", required_argument, NULL, OPT_WITH },
	{ "without", required_argument, NULL, OPT_WITHOUT },
	{ "check-data", no_argument, NULL, OPT_DATA },
	{ "open-loop", no_argument, NULL, OPT_OPEN },
	{ "yield", no_argument, NULL, OPT_YIELD },
	{ "sleep", no_argument, NULL, OPT_SLEEP },
	{ "latency", no_argument, NULL, OPT_LATENCY },
	{ "burst", no_argument, NULL, OPT_BURST },
	{ "gap", required_argument, NULL, OPT_GAP },
	{ "label", required_argument, NULL, OPT_LABEL },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static void __attribute__((noreturn)) wrong(const char *what, const char *value)
{
	fprintf(stderr, "softdpu-bench: %s: %s\n", what, value);
	exit(2);
}

static unsigned long number(const char *option, const char *text, unsigned long min,
			    unsigned long max)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 0);
	if (errno || end == text || *end || v < min || v > max) {
		fprintf(stderr, "softdpu-bench: --%s: %s is not a number from %lu to %lu\n",
			option, text, min, max);
		exit(2);
	}
	return v;
}

static enum port_layout layout(const char *text)
{
	static const char * const names[] = { "one", "two", "indirect" };
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (!strcmp(text, names[i]))
			return i;
	wrong("--layout is one, two or indirect, not", text);
}

static u64 feature(const char *text)
{
	unsigned int i;

	for (i = 0; i < sizeof(feature_names) / sizeof(feature_names[0]); i++)
		if (!strcmp(text, feature_names[i].name))
			return feature_names[i].bit;
	wrong("features are mrg, event-idx, indirect, in-order and packed, not", text);
}

static void choose_peer(struct options *o, enum peer peer)
{
	if (o->peer != PEER_NONE)
		wrong("only one of --pair, --loop, --vhost-net-pair and --control",
		      peer_name[peer]);
	o->peer = peer;
}

static void option(struct options *o, int c, int argc, char **argv)
{
	char *end;

	switch (c) {
	case OPT_PAIR:
		choose_peer(o, PEER_PAIR);
		if (optind >= argc)
			wrong("--pair needs two devices", optarg);
		o->dev[0] = optarg;
		o->dev[1] = argv[optind++];
		break;
	case OPT_LOOP:
		choose_peer(o, PEER_LOOP);
		o->dev[0] = optarg;
		break;
	case OPT_VHOST:
		choose_peer(o, PEER_VHOST_NET);
		break;
	case OPT_CONTROL:
		choose_peer(o, PEER_CONTROL);
		o->dev[0] = optarg;
		break;
	case OPT_MAP:
		o->map_mib = number("map", optarg, 1, 1 << 20);
		break;
	case OPT_FRAME:
		o->frame_size = number("frame-size", optarg, FLOW_FRAME_MIN, 65550);
		break;
	case OPT_GSO:
		o->gso = number("gso", optarg, FLOW_FRAME_MIN, 65535);
		o->attrs.features |= BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_GUEST_CSUM) |
				     BIT(VIRTIO_NET_F_HOST_TSO4) | BIT(VIRTIO_NET_F_GUEST_TSO4);
		break;
	case OPT_SOURCES:
		o->sources = number("sources", optarg, 1, 65536);
		break;
	case OPT_SECONDS:
		o->seconds = strtod(optarg, &end);
		if (end == optarg || *end || !(o->seconds >= 0))
			wrong("--seconds takes a number, not", optarg);
		break;
	case OPT_ROUNDS:
		o->rounds = number("rounds", optarg, 1, 1000000);
		break;
	case OPT_BATCH:
		o->batch = number("batch", optarg, 1, RING_MAX);
		break;
	case OPT_RING:
		o->attrs.ring_size = number("ring-size", optarg, 16, RING_MAX);
		if (o->attrs.ring_size & (o->attrs.ring_size - 1))
			wrong("--ring-size takes a power of two, not", optarg);
		break;
	case OPT_BUF:
		o->attrs.buf_size = number("buf-size", optarg, 64, 1 << 20);
		break;
	case OPT_PAIRS:
		o->pairs = number("pairs", optarg, 1, BENCH_PAIRS_MAX);
		break;
	case OPT_IDLE:
		o->idle_pairs = number("idle-pairs", optarg, 0, BENCH_PAIRS_MAX - 1);
		break;
	case OPT_LAYOUT:
		o->attrs.layout = layout(optarg);
		break;
	case OPT_WITH:
		o->required |= feature(optarg);
		o->attrs.features |= o->required;
		break;
	case OPT_WITHOUT:
		o->attrs.features &= ~feature(optarg);
		break;
	case OPT_DATA:
		o->check_data = true;
		break;
	case OPT_OPEN:
		o->open_loop = true;
		break;
	case OPT_YIELD:
		o->yield = true;
		break;
	case OPT_SLEEP:
		o->sleep = true;
		o->attrs.calls = true;
		break;
	case OPT_LATENCY:
		o->latency = true;
		break;
	case OPT_BURST:
		o->burst = true;
		break;
	case OPT_GAP:
		o->gap_ns = number("gap", optarg, 0, 1000000) * 1000;
		break;
	case OPT_LABEL:
		o->label = optarg;
		break;
	case OPT_JSON:
		o->json = true;
		break;
	case 'h':
		usage(stdout);
		exit(0);
	default:
		usage(stderr);
		exit(2);
	}
}

static void check_burst(const struct options *o)
{
	if (o->latency || o->open_loop || o->sleep || o->yield)
		wrong("with --burst the client does nothing meanwhile, there is no",
		      "--latency, --open-loop, --sleep or --yield");
	/* what the device gives back is counted in buffers */
	if (o->attrs.buf_size)
		wrong("with --burst each frame is one buffer, there is no", "--buf-size");
}

static void check_pairs(struct options *o)
{
	unsigned int num = o->pairs + o->idle_pairs;

	if (num == 1)
		return;
	if (num > BENCH_PAIRS_MAX) {
		fprintf(stderr, "softdpu-bench: %u queue pairs, at most %u\n", num,
			BENCH_PAIRS_MAX);
		exit(2);
	}
	if (o->peer == PEER_VHOST_NET)
		wrong("--pairs and --idle-pairs are for vDPA devices, not", peer_name[o->peer]);
	if (o->pairs > 1 && (o->latency || o->sleep))
		wrong("the client waits for one queue pair only: no --pairs with",
		      "--latency or --sleep");
	o->attrs.features |= PAIRS_NEED;
}

void options_parse(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options) {
		.attrs = {
			.features = BIT(VIRTIO_NET_F_MRG_RXBUF) | BIT(VIRTIO_RING_F_EVENT_IDX) |
				    BIT(VIRTIO_RING_F_INDIRECT_DESC) | BIT(VIRTIO_NET_F_MAC) |
				    BIT(VIRTIO_NET_F_MTU),
			.ring_size = 256,
		},
		.frame_size = 64,
		.seconds = 2,
		.rounds = 1,
		.batch = 32,
		.pairs = 1,
		.gap_ns = 100000,
		.map_mib = 256,
	};
	while ((c = getopt_long(argc, argv, "h", long_options, NULL)) != -1)
		option(o, c, argc, argv);
	if (optind < argc)
		wrong("what is this", argv[optind]);
	if (o->required && o->peer == PEER_VHOST_NET)
		wrong("--with is for vDPA devices", peer_name[o->peer]);
	if (o->peer == PEER_NONE) {
		usage(stderr);
		exit(2);
	}
	if (o->latency && o->open_loop)
		wrong("--latency has one frame on the way, which is not", "--open-loop");
	if (o->yield && o->sleep)
		wrong("--yield or", "--sleep");
	if (o->burst)
		check_burst(o);
	check_pairs(o);
	o->attrs.frame_max = o->frame_size > 64 ? o->frame_size : 64;
	if (!o->label)
		o->label = peer_name[o->peer];
}
