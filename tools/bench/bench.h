/* SPDX-License-Identifier: GPL-2.0-only */
/* softdpu-bench: what was asked for. */
#ifndef _SDPU_BENCH_H
#define _SDPU_BENCH_H

#include "flow.h"

enum peer { PEER_NONE, PEER_PAIR, PEER_LOOP, PEER_VHOST_NET };

struct options {
	enum peer peer;
	const char *dev[2];
	struct port_attrs attrs;
	u64 required;
	u32 frame_size;
	u16 gso;
	double seconds;
	unsigned int rounds;
	unsigned int batch;
	bool check_data;
	bool open_loop;
	bool json;
	bool yield;
	bool sleep;
	bool latency;
	u64 gap_ns;
	const char *label;
};

extern const char * const peer_name[];

/* Read the command line; what is wrong with it ends the program. */
void options_parse(struct options *o, int argc, char **argv);

/* A signal has come. */
bool stopped(void);

/* Kicks that the devices have asked for so far. */
u64 flow_kicks(const struct flow *f);

/* Nothing moves: say where the rings stand. */
void say_stalled(const struct options *o, struct flow *f);

/*
 * What to do when there is nothing to do: poll on, give up the processor or sleep
 * until the device calls. Return: this took so long that a look at the clock is cheap.
 */
bool idle(const struct options *o, struct flow *f);

/* The members of a JSON object that are about frames that were not as they should be. */
void print_errors(const struct flow *f);

#endif /* _SDPU_BENCH_H */
