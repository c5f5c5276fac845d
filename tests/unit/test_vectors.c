// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ABI header against golden bytes (tests/vectors/ctrl.txt). Each message is
 * there three times: in the file, as structs of include/softdpu/ctrl.h, and as
 * stores of little-endian numbers at the offsets that the specification gives.
 * All three must be the same bytes.
 */
#include <linux/array_size.h>
#include <asm/byteorder.h>

#include <softdpu/ctrl.h>

#include "tap.h"
#include "vectors.h"

#define LE16(x)		cpu_to_le16(x)
#define LE32(x)		cpu_to_le32(x)
#define LE64(x)		cpu_to_le64(x)
#define MAC(d, e, f)	{ 0x02, 0x5d, 0x00, d, e, f }

/* Bytes stored by hand. */
static unsigned char hand[VECTOR_MAX];

static void put(unsigned int at, unsigned int bytes, unsigned long long value)
{
	for (; bytes--; value >>= 8)
		hand[at++] = value & 0xff;
}

static void put_mac(unsigned int at, unsigned char d, unsigned char e, unsigned char f)
{
	unsigned char mac[6] = MAC(d, e, f);

	memcpy(hand + at, mac, 6);
}

static void compare(const char *name, const void *message, size_t len)
{
	struct vector *v = vector_find(name);
	bool size = v->len == len, file, offsets;
	unsigned int i;

	file = size && !memcmp(v->byte, message, len);
	offsets = size && !memcmp(v->byte, hand, len);
	v->used = true;
	if (!tap_ok(file && offsets, "%s: struct, offsets and golden bytes agree", name))
		for (i = 0; i < len; i++)
			if (!size || v->byte[i] != hand[i] ||
			    v->byte[i] != ((const unsigned char *)message)[i])
				printf("#   offset %u: golden %02x, by hand %02x, struct %02x\n", i,
				       v->byte[i], hand[i], ((const unsigned char *)message)[i]);
	memset(hand, 0, sizeof(hand));
}

/* A command with @payload, after the bytes of the payload were put() at 16 on. */
static void command(const char *name, u16 opcode, u16 tag, u64 buf, const void *payload, size_t len)
{
	struct sdpu_ctrl_cmd cmd = {
		.opcode = LE16(opcode),
		.tag = LE16(tag),
		.version = SDPU_CTRL_VERSION_MAJOR,
		.len = LE16(len),
		.buf = LE64(buf),
	};

	if (len)
		memcpy(cmd.payload, payload, len);
	put(0, 2, opcode);
	put(2, 2, tag);
	put(4, 1, 1);
	put(5, 1, 0);
	put(6, 2, len);
	put(8, 8, buf);
	compare(name, &cmd, sizeof(cmd));
}

static void completion(const char *name, u16 opcode, u16 tag, u16 status, u32 phase,
		       const void *payload, size_t len)
{
	struct sdpu_ctrl_cqe cqe = {
		.opcode = LE16(opcode),
		.tag = LE16(tag),
		.status = LE16(status),
		.len = LE16(len),
		.phase = LE32(phase),
	};

	if (len)
		memcpy(cqe.payload, payload, len);
	put(0, 2, opcode);
	put(2, 2, tag);
	put(4, 2, status);
	put(6, 2, len);
	put(8, 4, phase);
	put(12, 4, 0);
	compare(name, &cqe, sizeof(cqe));
}

static void event(const char *name, u16 type, u16 index, u32 phase, u64 data)
{
	struct sdpu_ctrl_event ev = {
		.type = LE16(type),
		.index = LE16(index),
		.phase = LE32(phase),
		.data = LE64(data),
	};

	put(0, 2, type);
	put(2, 2, index);
	put(4, 4, phase);
	put(8, 8, data);
	compare(name, &ev, sizeof(ev));
}

static void test_device_commands(void)
{
	struct sdpu_ctrl_stats_get stats = {
		.kind = LE16(SDPU_STATS_QUEUE), .index = LE16(3), .buf_len = LE32(104),
	};
	struct sdpu_ctrl_dev_create create = {
		.features = LE64(0x31004180abull), .mac = MAC(0x0a, 0x0b, 0x0c),
		.mtu = LE16(9000), .max_vqp = LE16(8), .valid = LE16(SDPU_DEV_MAC | SDPU_DEV_MTU),
	};
	struct sdpu_ctrl_dev_set set = {
		.mac = MAC(0x0d, 0x0e, 0x0f), .valid = LE16(SDPU_DEV_MAC),
	};
	struct sdpu_ctrl_features_set features = { .features = LE64(0x100400123ull) };
	struct sdpu_ctrl_status status = { .status = 0x0f };

	command("cmd.identify", SDPU_OP_IDENTIFY, 0x1001, 0, NULL, 0);

	put(16, 2, 1);
	put(18, 2, 3);
	put(20, 4, 104);
	command("cmd.stats", SDPU_OP_STATS, 0x1002, 0x23c5ba000ull, &stats, sizeof(stats));

	put(16, 8, 0x31004180abull);
	put_mac(24, 0x0a, 0x0b, 0x0c);
	put(30, 2, 9000);
	put(32, 2, 8);
	put(34, 2, 3);
	command("cmd.dev_create", SDPU_OP_DEV_CREATE, 0x1003, 0, &create, sizeof(create));

	command("cmd.dev_destroy", SDPU_OP_DEV_DESTROY, 0x1004, 0, NULL, 0);

	put_mac(16, 0x0d, 0x0e, 0x0f);
	put(22, 2, 1);
	command("cmd.dev_set", SDPU_OP_DEV_SET, 0x1005, 0, &set, sizeof(set));

	put(16, 8, 0x100400123ull);
	command("cmd.features_set", SDPU_OP_FEATURES_SET, 0x1006, 0, &features, sizeof(features));

	put(16, 1, 0x0f);
	command("cmd.status_set", SDPU_OP_STATUS_SET, 0x1007, 0, &status, sizeof(status));

	command("cmd.suspend", SDPU_OP_SUSPEND, 0x1008, 0, NULL, 0);
	command("cmd.resume", SDPU_OP_RESUME, 0x1009, 0, NULL, 0);
}

static void test_queue_commands(void)
{
	struct sdpu_ctrl_queue_create create = {
		.index = LE16(5), .flags = LE16(SDPU_QUEUE_ENABLED),
		.size = LE32(SDPU_MAX_QUEUE_SIZE), .desc = LE64(0x987654321000ull),
		.driver = LE64(0x987654322002ull), .device = LE64(0x987654323004ull),
		.avail = LE16(0x1234), .used = LE16(0x1233),
	};
	struct sdpu_ctrl_queue_index destroy = { .index = LE16(SDPU_MAX_QUEUES - 1) };
	struct sdpu_ctrl_queue_index enable = { .index = LE16(7), .enable = LE16(1) };
	struct sdpu_ctrl_queue_index query = { .index = LE16(6) };

	put(16, 2, 5);
	put(18, 2, 1);
	put(20, 4, 32768);
	put(24, 8, 0x987654321000ull);
	put(32, 8, 0x987654322002ull);
	put(40, 8, 0x987654323004ull);
	put(48, 2, 0x1234);
	put(50, 2, 0x1233);
	command("cmd.queue_create", SDPU_OP_QUEUE_CREATE, 0x100a, 0, &create, sizeof(create));

	put(16, 2, 128);
	command("cmd.queue_destroy", SDPU_OP_QUEUE_DESTROY, 0x100b, 0, &destroy, sizeof(destroy));

	put(16, 2, 7);
	put(18, 2, 1);
	command("cmd.queue_enable", SDPU_OP_QUEUE_ENABLE, 0x100c, 0, &enable, sizeof(enable));

	put(16, 2, 6);
	command("cmd.queue_query", SDPU_OP_QUEUE_QUERY, 0x100d, 0, &query, sizeof(query));
}

static void test_other_commands(void)
{
	struct sdpu_ctrl_as_set as = {
		.asid = LE16(2), .mode = LE16(SDPU_AS_TABLE), .root = LE64(0xabcdef000ull),
	};
	struct sdpu_ctrl_as_invalidate inv = {
		.asid = LE16(2), .iova = LE64(0x40000000ull), .last = LE64(0x401fffffull),
	};
	struct sdpu_ctrl_group_set group = { .group = LE16(1), .asid = LE16(2) };
	struct sdpu_ctrl_port_set port = {
		.mac = MAC(1, 2, 3), .mtu = LE16(1500),
		.valid = LE16(SDPU_PORT_MAC | SDPU_PORT_MTU | SDPU_PORT_FLAGS),
		.flags = LE16(SDPU_PORT_UP | SDPU_PORT_ALLMULTI),
	};
	struct sdpu_ctrl_port_filter filter = {
		.mac = { 0x33, 0x33, 0, 0, 0, 1 }, .add = LE16(1),
	};
	struct sdpu_ctrl_eswitch eswitch = { .mode = LE16(SDPU_ESWITCH_SWITCHDEV) };
	struct sdpu_ctrl_vf_mac vf_mac = { .vf = LE16(64), .mac = MAC(1, 2, 3) };
	struct sdpu_ctrl_vf_rate rate = {
		.vf = LE16(64), .group = LE16(3), .tx_max = LE64(125000000),
		.tx_share = LE64(12500000),
	};
	struct sdpu_ctrl_group_rate group_rate = {
		.group = LE16(3), .tx_max = LE64(1250000000),
	};
	struct sdpu_ctrl_vf_policy policy = {
		.vf = LE16(64), .flags = LE16(SDPU_VF_TAG | SDPU_VF_UNTRUSTED),
		.vlan_tci = LE16(0x6064),
	};
	struct sdpu_ctrl_vf_link link = { .vf = LE16(64), .link = LE16(SDPU_VF_LINK_DISABLE) };

	put(16, 2, 2);
	put(18, 2, 1);
	put(24, 8, 0xabcdef000ull);
	command("cmd.as_set", SDPU_OP_AS_SET, 0x100e, 0, &as, sizeof(as));

	put(16, 2, 2);
	put(24, 8, 0x40000000);
	put(32, 8, 0x401fffff);
	command("cmd.as_invalidate", SDPU_OP_AS_INVALIDATE, 0x100f, 0, &inv, sizeof(inv));

	put(16, 2, 1);
	put(18, 2, 2);
	command("cmd.group_set", SDPU_OP_GROUP_SET, 0x1010, 0, &group, sizeof(group));

	put_mac(16, 1, 2, 3);
	put(22, 2, 1500);
	put(24, 2, 7);
	put(26, 2, 5);
	command("cmd.port_set", SDPU_OP_PORT_SET, 0x1011, 0, &port, sizeof(port));

	put(16, 2, 0x3333);
	put(21, 1, 1);
	put(22, 2, 1);
	command("cmd.port_filter", SDPU_OP_PORT_FILTER, 0x1012, 0, &filter, sizeof(filter));

	put(16, 2, 64);
	put(18, 2, 2);
	command("cmd.vf_link", SDPU_OP_VF_LINK, 0x1013, 0, &link, sizeof(link));

	put(16, 2, 1);
	command("cmd.eswitch", SDPU_OP_ESWITCH, 0x1014, 0, &eswitch, sizeof(eswitch));

	put(16, 2, 64);
	put_mac(18, 1, 2, 3);
	command("cmd.vf_mac", SDPU_OP_VF_MAC, 0x1015, 0, &vf_mac, sizeof(vf_mac));

	put(16, 2, 64);
	put(18, 2, 3);
	put(24, 8, 125000000);
	put(32, 8, 12500000);
	command("cmd.vf_rate", SDPU_OP_VF_RATE, 0x1019, 0, &rate, sizeof(rate));

	put(16, 2, 3);
	put(24, 8, 1250000000);
	command("cmd.group_rate", SDPU_OP_GROUP_RATE, 0x101a, 0, &group_rate,
		sizeof(group_rate));

	put(16, 2, 64);
	put(18, 2, 5);
	put(20, 2, 0x6064);
	command("cmd.vf_policy", SDPU_OP_VF_POLICY, 0x101b, 0, &policy, sizeof(policy));
}

/* Most significant byte first. */
static void put_be(unsigned int at, unsigned int bytes, unsigned long long value)
{
	for (; bytes--; value >>= 8)
		hand[at + bytes] = value & 0xff;
}

#define BE16(n)	__builtin_bswap16(n)
#define BE32(n)	__builtin_bswap32(n)

static void test_rule_commands(void)
{
	struct sdpu_ctrl_rule_id add = { .id = LE32(131071), .buf_len = LE32(648) };
	struct sdpu_ctrl_rule_id id = { .id = LE32(131071) };

	put(16, 4, 131071);
	put(20, 4, 648);
	command("cmd.rule_add", SDPU_OP_RULE_ADD, 0x1016, 0x23c5ba000ull, &add, sizeof(add));
	put(16, 4, 131071);
	command("cmd.rule_del", SDPU_OP_RULE_DEL, 0x1017, 0, &id, sizeof(id));
	put(16, 4, 131071);
	command("cmd.rule_stats", SDPU_OP_RULE_STATS, 0x1018, 0, &id, sizeof(id));
}

static void test_rule(void)
{
	struct sdpu_ctrl_rule rule = {
		.priority = LE32(258), .num_actions = LE16(3),
		.key = {
			.port = LE16(5), .eth_type = BE16(0x0800), .eth_dst = MAC(1, 2, 3),
			.eth_src = MAC(4, 5, 6), .vlan_tpid = BE16(0x8100),
			.vlan_tci = BE16(0x6064), .ip_proto = 6, .ip_tos = 0xb8, .ip_ttl = 64,
			.ip_frag = SDPU_RULE_FRAGMENT | SDPU_RULE_FIRST_FRAGMENT,
			.ip_src = { 10, 0, 0, 1 }, .ip_dst = { 10, 1, 2, 3 },
			.l4_src = BE16(0xc000), .l4_dst = BE16(443), .tcp_flags = BE16(0x12),
		},
		.mask = {
			.ip_tos = 0xfc, .ip_frag = 3, .ip_proto = 0xff, .ip_ttl = 0xff,
			.port = 0xffff, .eth_type = 0xffff, .vlan_tpid = 0xffff,
			.vlan_tci = BE16(0xefff), .l4_src = 0xffff, .l4_dst = 0xffff,
			.tcp_flags = BE16(0x0fff),
		},
		.actions = {
			{ .type = SDPU_RULE_REWRITE, .header = SDPU_RULE_IPV4, .arg = LE16(12),
			  .mask = 0xffffffff, .value = BE32(0xc0a80001) },
			{ .type = SDPU_RULE_VLAN_PUSH, .tpid = BE16(0x88a8), .tci = BE16(0x2007) },
			{ .type = SDPU_RULE_OUTPUT },
		},
	};

	memset(rule.mask.eth_dst, 0xff, 6);
	memset(rule.mask.eth_src, 0xff, 6);
	memset(rule.mask.ip_src, 0xff, 16);
	memset(rule.mask.ip_dst, 0xff, 16);

	put(0, 4, 258);
	put(4, 2, 3);
	put(8, 2, 5);
	put_be(10, 2, 0x0800);
	put_mac(12, 1, 2, 3);
	put_mac(18, 4, 5, 6);
	put_be(24, 4, 0x81006064);
	put_be(28, 4, 0x06b84003);
	put_be(32, 4, 0x0a000001);
	put_be(48, 4, 0x0a010203);
	put_be(64, 2, 0xc000);
	put_be(66, 2, 443);
	put_be(68, 2, 0x0012);
	memset(hand + 72, 0xff, 62);
	put_be(90, 2, 0xefff);
	put_be(92, 4, 0xfffcff03);
	put_be(132, 2, 0x0fff);
	put_be(136, 4, 0x06010c00);
	put_be(144, 8, 0xffffffffc0a80001ull);
	put(152, 1, 3);
	put_be(156, 4, 0x88a82007);
	put(168, 1, 1);
	compare("rule.all", &rule, SDPU_RULE_SIZE_1_6);
}

static void test_rule_chain(void)
{
	struct sdpu_ctrl_rule rule = {
		.priority = LE32(2), .num_actions = LE16(2),
		.key = { .port = LE16(5) }, .mask = { .port = 0xffff },
		.actions = {
			{ .type = SDPU_RULE_TTL_DEC },
			{ .type = SDPU_RULE_GOTO, .value = BE32(3) },
		},
		.number = LE32(2), .table = SDPU_RULE_CHAIN,
		.ct = {
			.state = SDPU_CT_TRACKED | SDPU_CT_ESTABLISHED, .zone = LE16(7),
			.mark = LE32(0x01020304), .label = { 0xa1, [15] = 0xa2 },
		},
		.ct_mask = {
			.state = SDPU_CT_TRACKED | SDPU_CT_ESTABLISHED | SDPU_CT_REPLY,
			.zone = 0xffff, .mark = 0xffffffff, .label = { 0xff, [15] = 0xff },
		},
	};

	put(0, 4, 2);
	put(4, 2, 2);
	put(8, 2, 5);
	put(72, 2, 0xffff);
	put(136, 1, 7);
	put(152, 1, 8);
	put_be(164, 4, 3);
	put(648, 4, 2);
	put(656, 1, 5);
	put(658, 2, 7);
	put(660, 4, 0x01020304);
	put(664, 1, 0xa1);
	put(679, 1, 0xa2);
	put(680, 1, 0x0d);
	put(682, 2, 0xffff);
	put(684, 4, 0xffffffff);
	put(688, 1, 0xff);
	put(703, 1, 0xff);
	compare("rule.chain", &rule, sizeof(rule));
}

static void test_rule_connection(void)
{
	struct sdpu_ctrl_rule rule = {
		.num_actions = LE16(1),
		.actions = {
			{ .type = SDPU_RULE_REWRITE, .header = SDPU_RULE_IPV4, .arg = LE16(16),
			  .mask = 0xffffffff, .value = BE32(0x0a000007) },
		},
		.number = LE32(7), .table = SDPU_RULE_CONNECTION,
		.ct = {
			.state = SDPU_CT_TRACKED | SDPU_CT_ESTABLISHED | SDPU_CT_REPLY,
			.zone = LE16(7),
		},
	};

	put(4, 2, 1);
	put_be(136, 4, 0x06011000);
	put_be(144, 8, 0xffffffff0a000007ull);
	put(648, 4, 7);
	put(652, 1, 1);
	put(656, 1, 0x0d);
	put(658, 2, 7);
	compare("rule.connection", &rule, sizeof(rule));
}

static void test_completions(void)
{
	struct sdpu_ctrl_rule_stats taken = {
		.packets = LE64(0x1122334455667788ull), .bytes = LE64(0x0102030405060708ull),
		.idle = LE64(~0ull),
	};
	struct sdpu_ctrl_identify id = {
		.features = LE64(0x12510739cabull), .mac = MAC(0, 1, 2),
		.max_vqp = LE16(SDPU_MAX_VQP), .max_queue_size = LE32(SDPU_MAX_QUEUE_SIZE),
		.num_groups = LE16(4), .num_as = LE16(3),
		.mtu_min = LE16(SDPU_MTU_MIN), .mtu_max = LE16(SDPU_MTU_MAX),
		.total_vfs = LE16(128), .initial_vfs = LE16(4),
		.default_features = LE64(0x12100438cabull), .max_rules = LE32(131072),
		.rate_groups = LE16(64),
	};
	struct sdpu_ctrl_status status = { .status = 0x4f };
	struct sdpu_ctrl_queue_state broken = {
		.avail = LE16(0x1234), .used = LE16(0x1230), .broken = LE16(SDPU_BROKEN_HEAD),
	};
	struct sdpu_ctrl_queue_state running = {
		.avail = LE16(0xffff), .used = LE16(0xfffe), .flags = LE16(SDPU_QUEUE_ENABLED),
	};

	put(16, 8, 0x12510739cabull);
	put_mac(24, 0, 1, 2);
	put(30, 2, 64);
	put(32, 4, 32768);
	put(36, 2, 4);
	put(38, 2, 3);
	put(40, 2, 68);
	put(42, 2, 9216);
	put(44, 2, 128);
	put(46, 2, 4);
	put(48, 8, 0x12100438cabull);
	put(56, 4, 131072);
	put(60, 2, 64);
	completion("cqe.identify", SDPU_OP_IDENTIFY, 0x1001, SDPU_ST_OK, 1, &id, sizeof(id));

	put(16, 8, 0x1122334455667788ull);
	put(24, 8, 0x0102030405060708ull);
	put(32, 8, ~0ull);
	completion("cqe.rule_stats", SDPU_OP_RULE_STATS, 0x1018, SDPU_ST_OK, 1, &taken,
		   sizeof(taken));

	completion("cqe.stats", SDPU_OP_STATS, 0x1002, SDPU_ST_OK, 0, NULL, 0);

	put(16, 1, 0x4f);
	completion("cqe.status_set", SDPU_OP_STATUS_SET, 0x1007, SDPU_ST_OK, 1, &status,
		   sizeof(status));

	put(16, 2, 0x1234);
	put(18, 2, 0x1230);
	put(22, 2, 3);
	completion("cqe.queue_destroy", SDPU_OP_QUEUE_DESTROY, 0x100b, SDPU_ST_OK, 1, &broken,
		   sizeof(broken));

	put(16, 2, 0xffff);
	put(18, 2, 0xfffe);
	put(20, 2, 1);
	completion("cqe.queue_query", SDPU_OP_QUEUE_QUERY, 0x100d, SDPU_ST_OK, 0, &running,
		   sizeof(running));
}

/* Between them, every status there is. */
static void test_statuses(void)
{
	static const struct { const char *name; u16 opcode, tag, status; } rows[] = {
		{ "cqe.dev_create", SDPU_OP_DEV_CREATE, 0x1003, SDPU_ST_OK },
		{ "cqe.mac_in_use", SDPU_OP_DEV_CREATE, 0x1003, SDPU_ST_MAC_IN_USE },
		{ "cqe.dev_destroy", SDPU_OP_DEV_DESTROY, 0x1004, SDPU_ST_VERSION },
		{ "cqe.dev_set", SDPU_OP_DEV_SET, 0x1005, SDPU_ST_PARAM },
		{ "cqe.features_set", SDPU_OP_FEATURES_SET, 0x1006, SDPU_ST_FEATURES },
		{ "cqe.busy", SDPU_OP_STATUS_SET, 0x1007, SDPU_ST_BUSY },
		{ "cqe.suspend", SDPU_OP_SUSPEND, 0x1008, SDPU_ST_STATE },
		{ "cqe.resume", SDPU_OP_RESUME, 0x1009, SDPU_ST_INTERNAL },
		{ "cqe.queue_create", SDPU_OP_QUEUE_CREATE, 0x100a, SDPU_ST_EXISTS },
		{ "cqe.queue_enable", SDPU_OP_QUEUE_ENABLE, 0x100c, SDPU_ST_INDEX },
		{ "cqe.as_set", SDPU_OP_AS_SET, 0x100e, SDPU_ST_ADDRESS },
		{ "cqe.as_invalidate", SDPU_OP_AS_INVALIDATE, 0x100f, SDPU_ST_OK },
		{ "cqe.group_set", SDPU_OP_GROUP_SET, 0x1010, SDPU_ST_RESERVED },
		{ "cqe.port_set", SDPU_OP_PORT_SET, 0x1011, SDPU_ST_LENGTH },
		{ "cqe.port_filter", SDPU_OP_PORT_FILTER, 0x1012, SDPU_ST_NO_MEMORY },
		{ "cqe.vf_link", SDPU_OP_VF_LINK, 0x1013, SDPU_ST_INDEX },
		{ "cqe.eswitch", SDPU_OP_ESWITCH, 0x1014, SDPU_ST_PARAM },
		{ "cqe.vf_mac", SDPU_OP_VF_MAC, 0x1015, SDPU_ST_INDEX },
		{ "cqe.vf_rate", SDPU_OP_VF_RATE, 0x1019, SDPU_ST_PARAM },
		{ "cqe.group_rate", SDPU_OP_GROUP_RATE, 0x101a, SDPU_ST_INDEX },
		{ "cqe.vf_policy", SDPU_OP_VF_POLICY, 0x101b, SDPU_ST_PARAM },
		{ "cqe.rule_add", SDPU_OP_RULE_ADD, 0x1016, SDPU_ST_EXISTS },
		{ "cqe.rule_del", SDPU_OP_RULE_DEL, 0x1017, SDPU_ST_PARAM },
		{ "cqe.unknown_opcode", 0x7fff, 0xffff, SDPU_ST_OPCODE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		completion(rows[i].name, rows[i].opcode, rows[i].tag, rows[i].status, 1, NULL, 0);
}

static void test_events(void)
{
	event("event.config", SDPU_EV_CONFIG, 0, 1, 0);
	event("event.link", SDPU_EV_LINK, 0, 1, 0);
	event("event.needs_reset", SDPU_EV_NEEDS_RESET, 4, 0, SDPU_BROKEN_BUFFER);
	event("event.overflow", SDPU_EV_OVERFLOW, 0, 1, 0);
}

/* Counter n of a set, with its first and its last byte set. */
static __le64 counter(u64 set, u64 n)
{
	return LE64((set + n - 1) << 56 | n);
}

#define Q(n)		counter(0xa0, n)
#define P(n)		counter(0xb0, n)

static void test_stats(void)
{
	struct sdpu_ctrl_queue_stats queue = {
		.packets = Q(1), .bytes = Q(2), .gso_packets = Q(3), .kicks = Q(4), .calls = Q(5),
		.calls_suppressed = Q(6), .batches = Q(7), .drop_no_buffer = Q(8),
		.drop_filter = Q(9), .drop_down = Q(10), .drop_bad = Q(11), .drop_no_port = Q(12),
		.broken = Q(13), .calls_coalesced = Q(14), .polls = Q(15),
		.throttled = Q(16),
	};
	struct sdpu_ctrl_port_stats port = {
		.rx_packets = P(1), .rx_bytes = P(2), .rx_gso_packets = P(3),
		.rx_drop_no_buffer = P(4), .rx_drop_filter = P(5), .rx_drop_down = P(6),
		.tx_packets = P(7), .tx_bytes = P(8), .tx_gso_packets = P(9),
		.tx_drop_bad = P(10), .tx_drop_no_port = P(11), .multicast = P(12),
		.wire_rx_packets = P(13), .wire_rx_bytes = P(14), .wire_rx_drop_bad = P(15),
		.wire_rx_drop_no_port = P(16), .wire_rx_drop_down = P(17),
		.wire_tx_packets = P(18), .wire_tx_bytes = P(19),
		.wire_tx_drop_no_buffer = P(20), .wire_tx_drop_down = P(21),
	};
	unsigned int i;

	for (i = 0; i < 16; i++) {
		put(8 * i, 1, i + 1);
		put(8 * i + 7, 1, 0xa0 + i);
	}
	compare("stats.queue", &queue, sizeof(queue));
	for (i = 0; i < 21; i++) {
		put(8 * i, 1, i + 1);
		put(8 * i + 7, 1, 0xb0 + i);
	}
	compare("stats.port", &port, sizeof(port));
}

static void test_page_table(void)
{
	static const struct { const char *name; u64 addr, bits, byte; } rows[] = {
		{ "pt.table", 0x123456000ull, SDPU_PT_VALID, 1 },
		{ "pt.page_read", 0xfffffffff000ull,
		  SDPU_PT_VALID | SDPU_PT_LEAF | SDPU_PT_READ, 0xb },
		{ "pt.page_read_write", 0x7654321000ull,
		  SDPU_PT_VALID | SDPU_PT_LEAF | SDPU_PT_READ | SDPU_PT_WRITE, 0xf },
		{ "pt.leaf_2m_write", 0x40200000ull,
		  SDPU_PT_VALID | SDPU_PT_LEAF | SDPU_PT_WRITE, 0xd },
		{ "pt.leaf_1g_read_write", 0x8000000000000ull,
		  SDPU_PT_VALID | SDPU_PT_LEAF | SDPU_PT_READ | SDPU_PT_WRITE, 0xf },
	};
	unsigned int i;
	__le64 entry;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		tap_is(rows[i].addr & ~SDPU_PT_ADDR, 0,
		       "%s: the address fits its field", rows[i].name);
		entry = LE64(rows[i].addr | rows[i].bits);
		put(0, 8, rows[i].addr | rows[i].byte);
		compare(rows[i].name, &entry, sizeof(entry));
	}
	tap_is(SDPU_PT_IOVA_BITS, 48, "an address has 48 bits");
	tap_is(SDPU_PT_LEVEL_SHIFT(0), 12, "an entry of level 0 maps 4 KiB");
	tap_is(SDPU_PT_LEVEL_SHIFT(1), 21, "an entry of level 1 maps 2 MiB");
	tap_is(SDPU_PT_LEVEL_SHIFT(2), 30, "an entry of level 2 maps 1 GiB");
	tap_is(SDPU_PT_ENTRIES, 512, "a table has 512 entries");
}

int main(int argc, char **argv)
{
	const char *unused = "";
	unsigned int i;

	vectors_read(argc > 1 ? argv[1] : UNIT_TOP "/tests/vectors/ctrl.txt");
	test_device_commands();
	test_queue_commands();
	test_other_commands();
	test_rule_commands();
	test_rule();
	test_rule_chain();
	test_rule_connection();
	test_completions();
	test_statuses();
	test_events();
	test_stats();
	test_page_table();
	for (i = 0; i < num_vectors; i++)
		if (!vectors[i].used)
			unused = vectors[i].name;
	tap_ok(!*unused, "every message of the file was looked at%s%s", *unused ? ", but not " : "",
	       unused);
	return tap_done();
}
