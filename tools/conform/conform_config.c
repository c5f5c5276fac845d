// SPDX-License-Identifier: GPL-2.0-only
/* vdpa-conform: the configuration space. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"

#define CONFIG_MAX	256
/* what a field has to be at least, virtio 1.3, 5.1.4.1 */
#define MTU_MIN		68
#define RSS_KEY_MIN	40
#define RSS_TABLE_MIN	128
/* Where a field ends that is before @next. */
#define UP_TO(next)	offsetof(struct virtio_net_config, next)

/**
 * struct field - a field that is there with a feature
 * @feature: one of these
 * @end: where it ends
 */
struct field {
	u64 feature;
	u32 end;
};

static const struct field fields[] = {
	{ F(MAC), UP_TO(status) },
	{ F(STATUS), UP_TO(max_virtqueue_pairs) },
	{ F(MQ) | F(RSS), UP_TO(mtu) },
	{ F(MTU), UP_TO(speed) },
	{ F(SPEED_DUPLEX), UP_TO(rss_max_key_size) },
	{ F(RSS) | F(HASH_REPORT), UP_TO(rss_max_indirection_table_length) },
	{ F(RSS), UP_TO(supported_hash_types) },
	{ F(RSS) | F(HASH_REPORT), UP_TO(supported_hash_types) + sizeof(u32) },
};

static int config_size(struct conform *c)
{
	int size = vdpa_get_config_size(&c->dut.dev);

	return size > CONFIG_MAX ? CONFIG_MAX : size;
}

static bool read_config(struct conform *c, struct virtio_net_config *config)
{
	int size = config_size(c);

	memset(config, 0, sizeof(*config));
	if (size > (int)sizeof(*config))
		size = sizeof(*config);
	return conform_want(c, size > 0 && !vdpa_get_config(&c->dut.dev, 0, config, size),
			    "it cannot be read");
}

static void size_fits(struct conform *c)
{
	unsigned int i;
	int size;

	if (!conform_open(c))
		return;
	size = config_size(c);
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		conform_want(c, !(c->offered & fields[i].feature) || size >= (int)fields[i].end,
			     "%d bytes, the field of %s ends after %u", size,
			     conform_feature(__builtin_ctzll(c->offered & fields[i].feature)),
			     fields[i].end);
}

static void pieces(struct conform *c)
{
	u8 whole[CONFIG_MAX] = { }, part[CONFIG_MAX] = { };
	int size, off, len;

	if (!conform_open(c))
		return;
	size = config_size(c);
	conform_want(c, !vdpa_get_config(&c->dut.dev, 0, whole, size), "it cannot be read whole");
	for (len = 1; len <= 8; len++) {
		for (off = 0; off + len <= size; off++) {
			memset(part, 0xee, sizeof(part));
			conform_want(c, !vdpa_get_config(&c->dut.dev, off, part, len) &&
				     !memcmp(part, whole + off, len),
				     "%d bytes at %d are not what the whole has there", len, off);
		}
	}
}

static void has_end(struct conform *c)
{
	struct vdpa *d = &c->dut.dev;
	u8 byte[2] = { };
	u32 size;

	if (!conform_open(c))
		return;
	size = vdpa_get_config_size(d);
	conform_want(c, vdpa_get_config(d, size, byte, 1) < 0, "a byte after the end is read");
	conform_want(c, vdpa_get_config(d, size - 1, byte, 2) < 0, "two bytes are read, one left");
	conform_want(c, vdpa_get_config(d, ~0u, byte, 2) < 0, "an offset that wraps is read");
	conform_want(c, vdpa_set_config(d, size, byte, 1) < 0, "a byte after the end is written");
	conform_want(c, vdpa_set_config(d, ~0u, byte, 2) < 0, "an offset that wraps is written");
}

/* The fields are what they were, in every state. */
static void every_state(struct conform *c)
{
	u8 first[CONFIG_MAX] = { }, now[CONFIG_MAX] = { };
	int size, step;

	if (!conform_open(c))
		return;
	size = config_size(c);
	vdpa_get_config(&c->dut.dev, 0, first, size);
	for (step = 0; step < 3; step++) {
		if (step == 0 && !conform_negotiated(c))
			return;
		if (step == 1 && (!conform_set_up(c) || !conform_start(c)))
			return;
		if (step == 2)
			port_reset(&c->dut);
		conform_want(c, !vdpa_get_config(&c->dut.dev, 0, now, size) &&
			     !memcmp(first, now, size), "it changed %s",
			     step == 0 ? "with FEATURES_OK" : step == 1 ? "with DRIVER_OK" :
			     "with a reset");
		if (step == 0)
			port_reset(&c->dut);
	}
}

static void under_traffic(struct conform *c)
{
	struct virtio_net_config first, now;
	struct flow *f = &(struct flow) { };
	unsigned int i;

	if (!conform_up(c) || !read_config(c, &first) ||
	    !conform_want(c, !flow_init(f, &c->dut, conform_peer(c), 200, 16), "no memory"))
		return;
	for (i = 0; i < 200 && !conform_failed(c); i++) {
		flow_fill(f);
		if (read_config(c, &now))
			conform_want(c, !memcmp(&first, &now, sizeof(now)), "it changes");
		flow_drain(f);
	}
	conform_want(c, !flow_settle(f, c->ms) && !flow_errors(f), "frames are missing");
	flow_free(f);
}

static void mac(struct conform *c)
{
	static const u8 zero[6];

	if (conform_open(c))
		conform_want(c, !(c->dut.mac[0] & 1) && memcmp(c->dut.mac, zero, 6),
			     "it is %02x:%02x:%02x:%02x:%02x:%02x", c->dut.mac[0], c->dut.mac[1],
			     c->dut.mac[2], c->dut.mac[3], c->dut.mac[4], c->dut.mac[5]);
}

static void mtu(struct conform *c)
{
	struct virtio_net_config config;

	if (conform_open(c) && read_config(c, &config))
		conform_want(c, config.mtu >= MTU_MIN, "it is %u", config.mtu);
}

static void status(struct conform *c)
{
	struct virtio_net_config config;

	if (conform_open(c) && read_config(c, &config))
		conform_want(c, !(config.status & ~(VIRTIO_NET_S_LINK_UP | VIRTIO_NET_S_ANNOUNCE)),
			     "it is %#x", config.status);
}

static void pairs(struct conform *c)
{
	struct virtio_net_config config;
	int want;

	if (!conform_open(c) || !read_config(c, &config))
		return;
	conform_want(c, config.max_virtqueue_pairs >= 1 && config.max_virtqueue_pairs <= 0x8000,
		     "there are %u", config.max_virtqueue_pairs);
	want = 2 * config.max_virtqueue_pairs + !!(c->offered & F(CTRL_VQ));
	conform_want(c, c->num_vqs >= want, "%u pairs need %d virtqueues, there are %d",
		     config.max_virtqueue_pairs, want, c->num_vqs);
}

static void speed(struct conform *c)
{
	struct virtio_net_config config;

	if (!conform_open(c) || !read_config(c, &config))
		return;
	conform_want(c, config.speed <= 0x7fffffff || config.speed == 0xffffffff, "speed is %#x",
		     config.speed);
	conform_want(c, config.duplex <= 1 || config.duplex == 0xff, "duplex is %#x",
		     config.duplex);
}

static void rss(struct conform *c)
{
	struct virtio_net_config config;

	if (!conform_open(c) || !read_config(c, &config))
		return;
	conform_want(c, config.rss_max_key_size >= RSS_KEY_MIN, "a key has %u bytes",
		     config.rss_max_key_size);
	conform_want(c, config.rss_max_indirection_table_length >= RSS_TABLE_MIN,
		     "a table has %u entries", config.rss_max_indirection_table_length);
}

/*
 * Defects of this kind: what a driver writes is copied into the configuration, whatever
 * field it is. The old value is put back, or it would be there for all cases to come.
 */
static void read_only(struct conform *c, u32 off, u32 len)
{
	u8 was[8] = { }, evil[8], now[8] = { };
	struct vdpa *d = &c->dut.dev;
	u32 i;

	if (!conform_up(c) || vdpa_get_config(d, off, was, len))
		return;
	for (i = 0; i < len; i++)
		evil[i] = was[i] ^ 0x5a;
	vdpa_set_config(d, off, evil, len);
	vdpa_get_config(d, off, now, len);
	if (memcmp(was, now, len)) {
		vdpa_set_config(d, off, was, len);
		conform_fail(c, "%u bytes at %u were changed, the first one from %#x to %#x", len,
			     off, was[0], now[0]);
	}
}

static void mac_read_only(struct conform *c)
{
	read_only(c, offsetof(struct virtio_net_config, mac), 6);
}

static void mtu_read_only(struct conform *c)
{
	read_only(c, offsetof(struct virtio_net_config, mtu), 2);
}

static void status_read_only(struct conform *c)
{
	read_only(c, offsetof(struct virtio_net_config, status), 2);
}

static void pairs_read_only(struct conform *c)
{
	read_only(c, offsetof(struct virtio_net_config, max_virtqueue_pairs), 2);
}

/* Where frames go does not depend on it either. */
static void write_harmless(struct conform *c)
{
	u8 zero[CONFIG_MAX] = { }, was[CONFIG_MAX] = { };
	int size;

	if (!conform_up(c))
		return;
	size = config_size(c);
	vdpa_get_config(&c->dut.dev, 0, was, size);
	vdpa_set_config(&c->dut.dev, 0, zero, size);
	conform_traffic(c, 50);
	vdpa_set_config(&c->dut.dev, 0, was, size);
}

#define GET	"vhost-vdpa, VHOST_VDPA_GET_CONFIG"

const struct conform_case config_cases[] = {
	CASE("the configuration has room for the fields of all features", "virtio 1.3, 5.1.4",
	     size_fits),
	CASE("the configuration can be read in pieces of any size at any offset", GET, pieces),
	CASE("the configuration ends where it says", GET, has_end),
	CASE("the configuration is the same in every state of the device", "virtio 1.3, 2.5.2",
	     every_state),
	CASE("the configuration can be read under traffic", GET, under_traffic,
	     .needs = NEEDS_TRAFFIC),
	CASE("mac is the address of one station", "virtio 1.3, 5.1.4", mac, .features = F(MAC)),
	CASE("mtu is at least 68", "virtio 1.3, 5.1.4.1", mtu, .features = F(MTU)),
	CASE("status has no bit without a meaning", "virtio 1.3, 5.1.4", status,
	     .features = F(STATUS)),
	CASE("max_virtqueue_pairs is from 1 to 32768, and they are there", "virtio 1.3, 5.1.4.1",
	     pairs, .features = F(MQ)),
	CASE("speed and duplex have values with a meaning", "virtio 1.3, 5.1.4.1", speed,
	     .features = F(SPEED_DUPLEX)),
	CASE("keys and tables of RSS are as large as virtio wants them", "virtio 1.3, 5.1.4.1", rss,
	     .features = F(RSS)),
	CASE("a driver cannot write mac", "virtio 1.3, 5.1.4", mac_read_only, .features = F(MAC)),
	CASE("a driver cannot write mtu", "virtio 1.3, 5.1.4.1", mtu_read_only, .features = F(MTU)),
	CASE("a driver cannot write status", "virtio 1.3, 5.1.4", status_read_only,
	     .features = F(STATUS)),
	CASE("a driver cannot write max_virtqueue_pairs", "virtio 1.3, 5.1.4", pairs_read_only,
	     .features = F(MQ) | F(CTRL_VQ)),
	CASE("a driver that writes all of the configuration does not stop traffic",
	     "virtio 1.3, 5.1.4", write_harmless, .needs = NEEDS_TRAFFIC),
	{ }
};
