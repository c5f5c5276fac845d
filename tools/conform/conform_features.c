// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: feature bits and their negotiation. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/virtio_ids.h>

#include "conform.h"

#define ALWAYS		(BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_ACCESS_PLATFORM))
#define CSUM		F(CSUM)
#define GUEST_CSUM	F(GUEST_CSUM)
#define GUEST_TSO	(F(GUEST_TSO4) | F(GUEST_TSO6))
#define HOST_TSO	(F(HOST_TSO4) | F(HOST_TSO6))
/* bits of virtio that nobody has given a meaning */
#define UNUSED		(0xffull << 42)

/**
 * struct rule - a feature that makes sense only with another one
 * @bit: the feature
 * @with: one of these
 */
struct rule {
	unsigned int bit;
	u64 with;
};

/* virtio 1.3, 5.1.3.1 */
static const struct rule offload_rules[] = {
	{ VIRTIO_NET_F_GUEST_TSO4, GUEST_CSUM },
	{ VIRTIO_NET_F_GUEST_TSO6, GUEST_CSUM },
	{ VIRTIO_NET_F_GUEST_ECN, GUEST_TSO },
	{ VIRTIO_NET_F_GUEST_UFO, GUEST_CSUM },
	{ VIRTIO_NET_F_GUEST_USO4, GUEST_CSUM },
	{ VIRTIO_NET_F_GUEST_USO6, GUEST_CSUM },
	{ VIRTIO_NET_F_HOST_TSO4, CSUM },
	{ VIRTIO_NET_F_HOST_TSO6, CSUM },
	{ VIRTIO_NET_F_HOST_ECN, HOST_TSO },
	{ VIRTIO_NET_F_HOST_UFO, CSUM },
	{ VIRTIO_NET_F_HOST_USO, CSUM },
	{ VIRTIO_NET_F_RSC_EXT, HOST_TSO },
	{ }
};

static const struct rule control_rules[] = {
	{ VIRTIO_NET_F_CTRL_RX, F(CTRL_VQ) },
	{ VIRTIO_NET_F_CTRL_VLAN, F(CTRL_VQ) },
	{ VIRTIO_NET_F_GUEST_ANNOUNCE, F(CTRL_VQ) },
	{ VIRTIO_NET_F_MQ, F(CTRL_VQ) },
	{ VIRTIO_NET_F_CTRL_MAC_ADDR, F(CTRL_VQ) },
	{ VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, F(CTRL_VQ) },
	{ VIRTIO_NET_F_NOTF_COAL, F(CTRL_VQ) },
	{ VIRTIO_NET_F_RSS, F(CTRL_VQ) },
	{ }
};

static void rules_hold(struct conform *c, const struct rule *r)
{
	for (; r->with; r++)
		conform_want(c, !(c->offered & BIT(r->bit)) || c->offered & r->with,
			     "%s is offered, %s is not", conform_feature(r->bit),
			     conform_feature(__builtin_ctzll(r->with)));
}

static void offloads_hold(struct conform *c)
{
	rules_hold(c, offload_rules);
}

static void controls_hold(struct conform *c)
{
	rules_hold(c, control_rules);
}

static void is_network(struct conform *c)
{
	u32 id = 0;

	if (conform_open(c))
		conform_want(c, !ioctl(c->dut.dev.fd, VHOST_VDPA_GET_DEVICE_ID, &id) &&
			     id == VIRTIO_ID_NET, "the ID is %u, want %u", id, VIRTIO_ID_NET);
}

static void version_1(struct conform *c)
{
	conform_want(c, c->offered & BIT(VIRTIO_F_VERSION_1), "features are %#llx",
		     (unsigned long long)c->offered);
}

static void reserved(struct conform *c)
{
	conform_want(c, !(c->offered & UNUSED), "features are %#llx",
		     (unsigned long long)c->offered);
}

static void same_always(struct conform *c)
{
	u64 now = 0;

	if (!conform_up(c))
		return;
	vdpa_get_features(&c->dut.dev, &now);
	conform_want(c, now == c->offered, "offered %#llx, while it runs %#llx",
		     (unsigned long long)c->offered, (unsigned long long)now);
	port_reset(&c->dut);
	vdpa_get_features(&c->dut.dev, &now);
	conform_want(c, now == c->offered, "offered %#llx, after a reset %#llx",
		     (unsigned long long)c->offered, (unsigned long long)now);
}

/* To FEATURES_OK with these. Return: they were accepted; 0: refused; else an error was reported. */
static int accepts(struct conform *c, u64 features)
{
	struct vdpa *d = &c->dut.dev;
	int err, status;

	vdpa_set_status(d, 0);
	vdpa_add_status(d, S_START);
	err = vdpa_set_features(d, features);
	vdpa_add_status(d, S_FEATURES);
	status = vdpa_get_status(d);
	if (!conform_want(c, status >= 0 && !(err && status & S_FEATURES),
			  "features %#llx are refused (%s), but FEATURES_OK stays: status %#x",
			  (unsigned long long)features, strerror(-err), status))
		return -1;
	return !!(status & S_FEATURES);
}

static void all(struct conform *c)
{
	if (conform_open(c) && !accepts(c, c->offered))
		conform_note(c, "the device does not accept all that it offers");
}

/* Any valid subset should be accepted; if one is not, both ways of saying so agree. */
static void one_less(struct conform *c)
{
	unsigned int bit;

	if (!conform_open(c))
		return;
	for (bit = 0; bit < 64 && !conform_failed(c); bit++)
		if (c->offered & BIT(bit))
			accepts(c, c->offered & ~BIT(bit));
}

/* Defects of this kind: features that are not offered are accepted in silence. */
static void not_offered(struct conform *c)
{
	u64 extra = UNUSED & ~c->offered;

	if (conform_open(c))
		conform_want(c, accepts(c, c->offered | (extra & -extra)) <= 0,
			     "feature %#llx is not offered, and accepted",
			     (unsigned long long)(extra & -extra));
}

static void few(struct conform *c)
{
	c->attrs.features = 0;
	if (!conform_open(c))
		return;
	if (!accepts(c, ALWAYS & c->offered)) {
		conform_skip(c, "the device wants more than VERSION_1 and ACCESS_PLATFORM");
		return;
	}
	port_reset(&c->dut);
	if (conform_up(c))
		conform_traffic(c, 50);
}

/* Without what they need: refused, or the device works all the same. */
static void incomplete(struct conform *c, u64 features)
{
	if (!conform_open(c))
		return;
	if (accepts(c, (features | ALWAYS) & c->offered) > 0)
		conform_note(c, "the device accepts that");
	port_reset(&c->dut);
	if (conform_up(c))
		conform_traffic(c, 50);
}

static void mq_alone(struct conform *c)
{
	c->attrs.features = F_BASE;
	incomplete(c, F_BASE | F(MQ));
}

static void tso_alone(struct conform *c)
{
	c->attrs.features = F_BASE;
	incomplete(c, F_BASE | F(HOST_TSO4));
}

static void guest_tso_alone(struct conform *c)
{
	c->attrs.features = F_BASE;
	incomplete(c, F_BASE | F(GUEST_TSO4));
}

static void frozen(struct conform *c)
{
	if (conform_negotiated(c))
		conform_want(c, vdpa_set_features(&c->dut.dev, ALWAYS & c->offered) < 0,
			     "features can be changed");
}

static void twice(struct conform *c)
{
	if (!conform_up(c) || !conform_traffic(c, 50))
		return;
	if (conform_again(c) && conform_hello(c))
		conform_traffic(c, 50);
}

/* What one driver accepted is not what the next one has. */
static void other_driver(struct conform *c)
{
	if (!conform_up(c) || !conform_traffic(c, 50))
		return;
	conform_close(c);
	c->attrs.features = F_BASE;
	if (conform_up(c))
		conform_traffic(c, 50);
}

static void set_again(struct conform *c)
{
	struct vdpa *d = &c->dut.dev;

	if (!conform_open(c))
		return;
	vdpa_add_status(d, S_START);
	if (vdpa_set_features(d, c->offered))
		conform_note(c, "the device does not accept all that it offers");
	/* a driver may change its mind before FEATURES_OK */
	if (conform_up(c))
		conform_traffic(c, 50);
}

const struct conform_case features_cases[] = {
	CASE("the device is a network device", "virtio 1.3, 5.1.1", is_network),
	CASE("VIRTIO_F_VERSION_1 is offered", "virtio 1.3, 6.2", version_1),
	CASE("no feature is offered that has no meaning", "virtio 1.3, 2.2", reserved),
	CASE("no offload is offered without what it needs", "virtio 1.3, 2.2.2", offloads_hold),
	CASE("nothing is offered that needs a control queue without one", "virtio 1.3, 2.2.2",
	     controls_hold),
	CASE("the same features are offered before, while and after the device runs",
	     "virtio 1.3, 2.2", same_always),
	CASE("FEATURES_OK stays clear after features that are refused: everything",
	     "virtio 1.3, 2.2.2", all),
	CASE("FEATURES_OK stays clear after features that are refused: all but one",
	     "virtio 1.3, 2.2.2", one_less),
	CASE("a feature that is not offered is not accepted", "virtio 1.3, 2.2.2", not_offered),
	CASE("the device works with no feature but VERSION_1 and ACCESS_PLATFORM",
	     "virtio 1.3, 2.2.2", few, .needs = NEEDS_TRAFFIC),
	CASE("MQ without CTRL_VQ does no harm", "virtio 1.3, 2.2.2", mq_alone, .features = F(MQ)),
	CASE("HOST_TSO4 without CSUM does no harm", "virtio 1.3, 2.2.2", tso_alone,
	     .features = F(HOST_TSO4)),
	CASE("GUEST_TSO4 without GUEST_CSUM does no harm", "virtio 1.3, 2.2.2", guest_tso_alone,
	     .features = F(GUEST_TSO4)),
	CASE("features cannot be changed after FEATURES_OK", "vhost-vdpa, VHOST_SET_FEATURES",
	     frozen),
	CASE("features can be changed before FEATURES_OK", "virtio 1.3, 3.1.1", set_again,
	     .needs = NEEDS_TRAFFIC),
	CASE("the same features are accepted again after a reset", "virtio 1.3, 2.2.2", twice,
	     .needs = NEEDS_TRAFFIC),
	CASE("a driver without mergeable buffers follows one with them", "virtio 1.3, 2.4.1",
	     other_driver, .features = F(MRG_RXBUF), .needs = NEEDS_TRAFFIC),
	CASE("a driver with a split ring follows one with a packed ring", "virtio 1.3, 2.4.1",
	     other_driver, .features = F_PACKED, .needs = NEEDS_TRAFFIC),
	CASE("a driver without EVENT_IDX follows one with it", "virtio 1.3, 2.4.1", other_driver,
	     .features = F_EVENT_IDX, .needs = NEEDS_TRAFFIC),
	{ }
};
