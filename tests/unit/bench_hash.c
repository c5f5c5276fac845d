// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions of what finds the queue pair of a packet, for callgrind
 * (tests/bench/instructions.sh): its flow, and its hash for receive-side scaling.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/array_size.h>

#include "../../sim/hash.h"
#include "bench.h"

#define BATCH	64u
#define LEN	80u

/**
 * struct shape - what is measured
 * @name: of it
 * @ipv6: packets are TCP over IPv6, not IPv4
 * @rss: the hash, not the flow
 */
struct shape {
	const char *name;
	bool ipv6, rss;
};

static u8 packet[BATCH][LEN];
static struct sdpu_hash_key key;
static u32 sum;

/* All that callgrind counts. */
static noinline void serve(const struct shape *shape)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++)
		sum += shape->rss ? sdpu_hash_frame(&key, SDPU_HASH_TYPES, packet[i], LEN).value :
				    sdpu_flow_hash(packet[i], LEN);
}

/* Headers, from the EtherType on: 10.0.0.1 to 10.0.0.2, fd00::1 to fd00::2. */
static const u8 ipv4[] = { 0x08, 0x00, 0x45, [11] = 6, [14] = 10, 0, 0, 1, 10, 0, 0, 2 };
static const u8 ipv6[] = { 0x86, 0xdd, 0x60, [8] = 6, [10] = 0xfd, [25] = 1, 0xfd, [41] = 2 };

/* Packets of as many flows: the source port is another one each time. */
static void make(const struct shape *shape)
{
	const u32 len = shape->ipv6 ? sizeof(ipv6) : sizeof(ipv4);
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		memset(packet[i], 0, LEN);
		memcpy(packet[i] + 12, shape->ipv6 ? ipv6 : ipv4, len);
		packet[i][12 + len + 1] = i;
	}
}

static void bench_run(const void *arg, unsigned int times)
{
	const struct shape *shape = arg;
	u8 bytes[SDPU_HASH_KEY_LEN];
	double ns = 0, start;
	unsigned int done;

	for (done = 0; done < sizeof(bytes); done++)
		bytes[done] = 0x6d + 37 * done;
	sdpu_hash_key_init(&key, bytes);
	make(shape);
	for (done = 0; done < times; done += BATCH) {
		start = bench_now();
		serve(shape);
		ns += bench_now() - start;
	}
	if (!sum)
		abort();
	printf("%s %u times %.1f ns\n", shape->name, done, ns / done);
}

static const struct shape shapes[] = {
	{ "flow,ipv4-tcp", .ipv6 = false },
	{ "flow,ipv6-tcp", .ipv6 = true },
	{ "rss,ipv4-tcp", .rss = true },
	{ "rss,ipv6-tcp", .rss = true, .ipv6 = true },
};

int main(int argc, char **argv)
{
	return bench_main(argc, argv, shapes, sizeof(*shapes), ARRAY_SIZE(shapes), bench_run,
			  1000000);
}
