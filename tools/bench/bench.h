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
	double seconds;
	unsigned int rounds;
	unsigned int batch;
	bool check_data;
	bool open_loop;
	bool json;
	bool yield;
	const char *label;
};

extern const char * const peer_name[];

/* Read the command line; what is wrong with it ends the program. */
void options_parse(struct options *o, int argc, char **argv);

#endif /* _SDPU_BENCH_H */
