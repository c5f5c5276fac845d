// SPDX-License-Identifier: GPL-2.0-only
/* Bringing a device up in ways that make no sense, and in unusual ones that do. */
#include <errno.h>
#include <string.h>

#include "hostile.h"

static void double_open(struct lab *lab)
{
	struct vdpa d;
	int err;

	if (!lab_up(lab))
		return;
	err = vdpa_open(&d, lab->path[0]);
	if (lab_want(lab, err == -EBUSY, "it gives %s", err ? strerror(-err) : "a second file"))
		lab_alive(lab, 50);
}

static void ring_sizes(struct lab *lab)
{
	static const u32 bad[] = { 0, 3, 255, 257, 65535, 65536, 0x80000000 };
	struct port *p = &lab->victim;
	unsigned int i;

	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	if (!lab_want(lab, lab->up && !port_negotiate(p), "cannot set it up"))
		return;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		lab_want(lab, vdpa_vring_num(&p->dev, 0, bad[i]) == -EINVAL,
			 "a ring of %u entries is accepted", bad[i]);
	lab_want(lab, vdpa_max_vring(&p->dev) >= 1024, "rings have %d entries at most",
		 vdpa_max_vring(&p->dev));
	lab_want(lab, vdpa_vring_num(&p->dev, p->num_vqs, 256) == -ENOBUFS,
		 "a queue that is not there is accepted");
}

static void ring_of_one(struct lab *lab)
{
	struct port *p = &lab->victim;
	struct ring *r = &p->ring[PORT_TX];
	unsigned int i;

	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	if (!lab_want(lab, lab->up && !port_negotiate(p) && !port_setup(p), "cannot set it up"))
		return;
	r->num = 1;
	ring_calls_off(r);
	if (!lab_want(lab, !port_vring(p, PORT_TX, 0) && !port_start(p), "cannot start"))
		goto restore;
	raw_desc(r->desc, 0, raw_frame(lab, 0, 100), PORT_HDR + 100, 0, 0);
	for (i = 0; i < 100; i++) {
		raw_avail(r, 0);
		port_kick(p, PORT_TX);
		if (!raw_used(lab, r, i, 1))
			break;
	}
	lab_want(lab, !(vdpa_get_status(&p->dev) & NEEDS_RESET), "the ring broke");
restore:
	r->num = p->attrs.ring_size;
}

/* As many entries as there can be, around the ring more than once, all for one frame. */
static void ring_large(struct lab *lab)
{
	struct port *p = &lab->victim;
	struct ring r = { 0 };
	struct mem m = { 0 };
	unsigned int i;
	int err, max;

	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	if (!lab_want(lab, lab->up && !port_negotiate(p) && !port_setup(p), "cannot set it up"))
		return;
	max = vdpa_max_vring(&p->dev);
	err = mem_alloc(&m, ring_bytes(max, false), HOLE);
	if (!err)
		err = ring_init(&r, &m, max, false, p->features & F_EVENT_IDX, false);
	if (!err)
		err = vdpa_map(&p->dev, 0, m.iova, m.len, m.va, VHOST_ACCESS_RW);
	if (!err)
		err = vdpa_vring_num(&p->dev, PORT_TX, max);
	if (!err)
		err = vdpa_vring_addr(&p->dev, PORT_TX, mem_iova(&m, r.desc), mem_iova(&m, r.avail),
				      mem_iova(&m, r.used));
	if (!err)
		err = port_start(p);
	if (!lab_want(lab, !err, "cannot start: %s", strerror(-err)))
		goto free;
	for (i = 0; i < (unsigned int)max; i++)
		raw_desc(r.desc, i, PORT_IOVA_TX, PORT_HDR + 100, 0, 0);
	raw_frame(lab, 0, 100);
	for (i = 0; i < 3 * (unsigned int)max && !*lab->why; i += 1024) {
		while ((u16)(r.avail->idx - i) < 1024)
			raw_avail(&r, r.avail->idx & (max - 1));
		port_kick(p, PORT_TX);
		raw_used(lab, &r, i, 1024);
		lab_sink(lab);
	}
	lab_want(lab, !(vdpa_get_status(&p->dev) & NEEDS_RESET), "the ring broke");
free:
	ring_free(&r);
	mem_free(&m);
}

static void ring_of_1024(struct lab *lab)
{
	lab->attrs.ring_size = 1024;
	lab->attrs.frame_max = 300;
	if (lab_up(lab) && lab_want(lab, lab->victim.ring[0].num == 1024, "only %u entries",
				    lab->victim.ring[0].num))
		lab_alive(lab, 5000);
}

static void reset_twice(struct lab *lab)
{
	struct port *p = &lab->victim;

	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	lab_want(lab, lab->up && !vdpa_set_status(&p->dev, 0) && !vdpa_set_status(&p->dev, 0),
		 "a fresh device cannot be reset");
	if (!lab_want(lab, !port_negotiate(p) && !port_setup(p) && !port_start(p), "no start"))
		return;
	lab_alive(lab, 50);
	lab_want(lab, !vdpa_set_status(&p->dev, 0) && !vdpa_set_status(&p->dev, 0),
		 "a second reset fails");
	lab_want(lab, !vdpa_get_status(&p->dev), "the status is not 0 after a reset");
}

static void features(struct lab *lab)
{
	struct port *p = &lab->victim;
	u64 offered;

	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	if (!lab_want(lab, lab->up && !vdpa_get_features(&p->dev, &offered), "cannot open"))
		return;
	lab_want(lab, !(offered & BIT(VIRTIO_F_RING_RESET)), "RING_RESET is offered");
	vdpa_add_status(&p->dev, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	lab_want(lab, vdpa_set_features(&p->dev, offered | BIT(48)) == -EINVAL,
		 "a feature that is not offered is accepted");
	lab_want(lab, vdpa_set_features(&p->dev, offered & ~BIT(VIRTIO_F_ACCESS_PLATFORM)) < 0,
		 "a driver without ACCESS_PLATFORM is accepted");
	if (offered & F(MQ))
		lab_want(lab, vdpa_set_features(&p->dev, offered & ~F(CTRL_VQ)) == -EINVAL,
			 "MQ without a control queue is accepted");
	vdpa_add_status(&p->dev, VIRTIO_CONFIG_S_FEATURES_OK);
	lab_want(lab, !(vdpa_get_status(&p->dev) & VIRTIO_CONFIG_S_FEATURES_OK),
		 "FEATURES_OK sticks after features were refused");
	vdpa_set_status(&p->dev, 0);
	if (lab_want(lab, !port_negotiate(p), "no negotiation afterwards"))
		lab_want(lab, vdpa_set_features(&p->dev, p->features) == -EBUSY,
			 "features change after FEATURES_OK");
}

static void driver_ok_too_early(struct lab *lab)
{
	struct port *p = &lab->victim;
	int status;

	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	vdpa_add_status(&p->dev, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	vdpa_add_status(&p->dev, VIRTIO_CONFIG_S_DRIVER_OK);
	status = vdpa_get_status(&p->dev);
	lab_want(lab, !(status & VIRTIO_CONFIG_S_DRIVER_OK) || status & NEEDS_RESET,
		 "DRIVER_OK without FEATURES_OK is accepted: status %#x", status);
	/* from here on the driver behaves */
	lab_down(lab);
}

static void while_running(struct lab *lab)
{
	struct port *p = &lab->victim;

	if (!lab_up(lab))
		return;
	lab_want(lab, vdpa_vring_addr(&p->dev, 0, PORT_IOVA_RINGS, PORT_IOVA_RINGS,
				      PORT_IOVA_RINGS) == -EINVAL, "a running ring moves");
	lab_want(lab, vdpa_set_base(&p->dev, 0, 7) == -EINVAL, "a running ring is set back");
	lab_want(lab, vdpa_set_group_asid(&p->dev, 0, 1) < 0, "a running ring changes its memory");
	lab_want(lab, vdpa_set_status(&p->dev, VIRTIO_CONFIG_S_ACKNOWLEDGE) == -EINVAL,
		 "status bits can be taken back");
	lab_alive(lab, 100);
}

static void bad_addresses(struct lab *lab)
{
	struct port *p = &lab->victim;

	lab->up = !port_open(p, lab->path[0], &lab->attrs);
	if (!lab_want(lab, lab->up && !port_negotiate(p), "cannot set it up"))
		return;
	lab_want(lab, vdpa_vring_addr(&p->dev, 0, 8, 0x1000, 0x2000) == -EINVAL,
		 "descriptors at address 8 are accepted");
	lab_want(lab, vdpa_vring_addr(&p->dev, 0, 0x3000, 0x1001, 0x2000) == -EINVAL,
		 "an odd driver area is accepted");
	lab_want(lab, vdpa_vring_addr(&p->dev, 0, 0x3000, 0x1000, 0x2002) == -EINVAL,
		 "a device area at half a word is accepted");
}

static void config_space(struct lab *lab)
{
	struct port *p = &lab->victim;
	const u8 evil[6] = { 0x02, 0xee, 0xee, 0xee, 0xee, 0xee };
	u8 mac[6], byte;
	int size;

	if (!lab_up(lab))
		return;
	size = vdpa_get_config_size(&p->dev);
	lab_want(lab, size >= (int)sizeof(struct virtio_net_config), "only %d bytes", size);
	lab_want(lab, vdpa_get_config(&p->dev, size, &byte, 1) < 0, "one byte more can be read");
	lab_want(lab, vdpa_get_config(&p->dev, 0xfffffff0, &byte, 1) < 0, "far away can be read");
	vdpa_set_config(&p->dev, 0, evil, 6);
	lab_want(lab, !vdpa_get_config(&p->dev, 0, mac, 6) && !memcmp(mac, p->mac, 6),
		 "the address can be written");
	lab_alive(lab, 50);
}

const struct test setup_tests[] = {
	{ "a second open gives EBUSY", double_open },
	{ "ring sizes that are none are refused", ring_sizes },
	{ "a ring of one entry works", ring_of_one },
	{ "rings of 1024 entries work", ring_of_1024 },
	{ "a ring of as many entries as there can be works", ring_large },
	{ "a device can be reset twice, and before anything", reset_twice },
	{ "features that cannot be are refused and FEATURES_OK does not stick", features },
	{ "DRIVER_OK without FEATURES_OK does not start the device", driver_ok_too_early },
	{ "a running ring cannot be moved", while_running },
	{ "ring addresses that are not aligned are refused", bad_addresses },
	{ "config space has an end and cannot be written", config_space },
	{ }
};
