// SPDX-License-Identifier: GPL-2.0-only
/* softdpu-bench: bring up the devices, with as many queue pairs as were asked for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

#define BRIDGE		"br0"
#define HELLO_MS	10000
/* of pairs that are there and carry nothing */
#define IDLE_RING	256

static int failed(const char *what, int err)
{
	fprintf(stderr, "softdpu-bench: %s: %s\n", what, strerror(-err));
	return err;
}

static int open_vhost_net(struct port *p, const char *tap, const struct port_attrs *attrs)
{
	int err = port_open_vhost_net(p, BRIDGE, tap, attrs);

	if (!err)
		err = port_begin(p);
	return err ? failed("vhost-net", err) : 0;
}

/* Room for @num pairs in what the device has. */
static bool has_pairs(const struct port *p, unsigned int num)
{
	return num == 1 || (p->features & BIT(VIRTIO_NET_F_MQ) && p->num_vqs >= 2 * (int)num);
}

/* The further pairs first: none may be added once the driver says that it is ready. */
static int start_pairs(struct port *p, unsigned int busy, unsigned int num)
{
	unsigned int i;
	int err = 0;

	for (i = 1; i < num && !err; i++) {
		err = port_more(&p[i], &p[0], i);
		if (i >= busy && p[i].attrs.ring_size > IDLE_RING)
			p[i].attrs.ring_size = IDLE_RING;
		if (!err)
			err = port_setup(&p[i]);
		if (!err)
			err = port_start(&p[i]);
	}
	if (!err)
		err = port_setup(&p[0]);
	if (!err)
		err = port_start(&p[0]);
	if (!err && num > 1)
		err = port_use_pairs(&p[0], num);
	return err;
}

static int open_device(struct port *p, const char *path, const struct options *o)
{
	unsigned int num = o->pairs + o->idle_pairs;
	int err;

	err = port_open(p, path, &o->attrs);
	if (!err)
		err = port_negotiate(p);
	if (err)
		return failed(path, err);
	if (o->required & ~p->features)
		return failed(path, -ENOTSUP);
	if (!has_pairs(p, num)) {
		fprintf(stderr, "softdpu-bench: %s has not got %u queue pairs\n", path, num);
		return -ENOTSUP;
	}
	err = start_pairs(p, o->pairs, num);
	return err ? failed(path, err) : 0;
}

static int open_ports(struct bench *b)
{
	const struct options *o = &b->o;
	int err;

	if (o->peer == PEER_VHOST_NET) {
		err = vhostnet_namespace(BRIDGE);
		if (err)
			return failed("cannot make a namespace with a bridge", err);
		err = open_vhost_net(&b->port[0][0], "tap0", &o->attrs);
		return err ?: open_vhost_net(&b->port[1][0], "tap1", &o->attrs);
	}
	err = open_device(b->port[0], o->dev[0], o);
	if (!err && o->peer == PEER_PAIR)
		err = open_device(b->port[1], o->dev[1], o);
	return err;
}

static int make_flow(struct bench *b, struct flow *f, struct port *from, struct port *to)
{
	const struct options *o = &b->o;
	int err;

	err = flow_hello(from, to, HELLO_MS);
	if (err)
		return failed("no frame comes through", err);
	err = flow_init(f, from, to, o->frame_size, o->latency ? 1 : o->batch);
	if (err)
		return failed("frames of that size do not fit these rings", err);
	err = o->gso ? flow_gso(f, o->gso) : 0;
	if (err)
		return failed("frames of that size cannot be segmented like that here", err);
	f->sources = o->sources > 1 ? o->sources : 0;
	f->check_data = o->check_data;
	f->open_loop = o->open_loop;
	return 0;
}

int bench_open(struct bench *b)
{
	struct port *from = b->port[0], *to = b->o.peer == PEER_LOOP ? from : b->port[1];
	int err;

	/* its rounds do that */
	if (b->o.peer == PEER_CONTROL)
		return 0;
	err = open_ports(b);
	for (b->num = 0; b->num < b->o.pairs && !err; b->num++)
		err = make_flow(b, &b->flow[b->num], &from[b->num], &to[b->num]);
	return err;
}
