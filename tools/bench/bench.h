/* SPDX-License-Identifier: GPL-2.0-only */
/* softdpu-bench: what was asked for, and what its ways to measure have in common. */
#ifndef _SDPU_BENCH_H
#define _SDPU_BENCH_H

#include "flow.h"

#define BENCH_PAIRS_MAX	64

enum peer { PEER_NONE, PEER_PAIR, PEER_LOOP, PEER_VHOST_NET, PEER_CONTROL };

struct options {
	enum peer peer;
	const char *dev[2];
	struct port_attrs attrs;
	u64 required;
	u32 frame_size;
	u16 gso;
	u32 sources;
	double seconds;
	unsigned int rounds;
	unsigned int batch;
	unsigned int pairs;
	unsigned int idle_pairs;
	bool check_data;
	bool open_loop;
	bool json;
	bool yield;
	bool sleep;
	bool latency;
	bool burst;
	u64 gap_ns;
	unsigned int map_mib;
	const char *label;
};

/**
 * struct bench - everything
 * @o: what was asked for
 * @port: of one device and of the other one, a port for each queue pair; with
 *	--loop there is one device
 * @flow: from pair to pair
 * @num: flows
 */
struct bench {
	struct options o;
	struct port port[2][BENCH_PAIRS_MAX];
	struct flow flow[BENCH_PAIRS_MAX];
	unsigned int num;
};

extern const char * const peer_name[];

/* Read the command line; what is wrong with it ends the program. */
void options_parse(struct options *o, int argc, char **argv);

/* Bring up the devices. 0, or a negative errno and something was said. */
int bench_open(struct bench *b);

/* A signal has come. */
bool stopped(void);

/* When a round of @seconds that began at @start ends; 0 seconds, or too many: never. */
u64 round_end(u64 start, double seconds);

/* Kicks that the devices have asked for so far. */
u64 bench_kicks(const struct bench *b);

/* Nothing moves: say where the rings stand, and count what is on the way as lost. */
void bench_stalled(const struct options *o, struct flow *f);

/*
 * What to do when there is nothing to do: poll on, give up the processor or sleep
 * until the device calls. Return: this took so long that a look at the clock is cheap.
 */
bool idle(const struct options *o, struct flow *f);

/* The first members of a JSON object, and those about frames that were not as they should be. */
void print_case(const struct bench *b, unsigned int round);
void print_errors(const struct bench *b);

/*
 * Ways to measure: a round of @seconds, 0: until a signal, printed unless @number is 0.
 * Return: 0 or a negative errno: -ERANGE, nothing could be seen; else nonsense of a device.
 */
int rate_round(struct bench *b, double seconds, unsigned int number);
int latency_round(struct bench *b, double seconds, unsigned int number);
int burst_round(struct bench *b, double seconds, unsigned int number);
/* Likewise, without traffic; opens and closes the device itself. */
int control_round(struct bench *b, unsigned int number);

#endif /* _SDPU_BENCH_H */
