/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A card around the control processor (sim/ctl.c): hooks that write down what
 * they are called for, and commands as bytes. Offsets and numbers are those of
 * Documentation/control-path.rst, written out; nothing here uses the structs or
 * the constants of include/softdpu/ctrl.h.
 */
#ifndef _UNIT_CTLCARD_H
#define _UNIT_CTLCARD_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sim/ctl.h"
#include "../../sim/vring.h"

#define CARD_MAX_VQP	4u
#define CARD_TOTAL_VFS	7
#define CARD_MAX_RULES	1000
#define CARD_RATE_GROUPS	5

/* Memory of the driver, where a buffer may be. */
#define CARD_MEM	0x7000ull

/* An address that a station may have. */
static const u8 card_mac[] = { 0x52, 0x44, 0x50, 0x55, 0x03, 0x07 };

/* Features, by the numbers of the virtio specification. */
#define F_CSUM		(1ull << 0)
#define F_GUEST_CSUM	(1ull << 1)
#define F_OFFLOADS	(1ull << 2)
#define F_MTU		(1ull << 3)
#define F_MAC		(1ull << 5)
#define F_GUEST_TSO4	(1ull << 7)
#define F_GUEST_TSO6	(1ull << 8)
#define F_GUEST_ECN	(1ull << 9)
#define F_HOST_TSO4	(1ull << 11)
#define F_HOST_TSO6	(1ull << 12)
#define F_HOST_ECN	(1ull << 13)
#define F_CTRL_VQ	(1ull << 17)
#define F_CTRL_RX	(1ull << 18)
#define F_CTRL_VLAN	(1ull << 19)
#define F_RX_EXTRA	(1ull << 20)
#define F_MQ		(1ull << 22)
#define F_MAC_ADDR	(1ull << 23)
#define F_INDIRECT	(1ull << 28)
#define F_EVENT_IDX	(1ull << 29)
#define F_VERSION_1	(1ull << 32)
#define F_PLATFORM	(1ull << 33)
#define F_PACKED	(1ull << 34)
#define F_BASE		(F_VERSION_1 | F_PLATFORM)
#define F_ALL		(F_CSUM | F_GUEST_CSUM | F_OFFLOADS | F_MTU | F_MAC | F_GUEST_TSO4 | \
			 F_GUEST_TSO6 | F_GUEST_ECN | F_HOST_TSO4 | F_HOST_TSO6 | F_HOST_ECN | \
			 F_CTRL_VQ | F_CTRL_RX | F_CTRL_VLAN | F_RX_EXTRA | F_MQ | F_MAC_ADDR | \
			 F_INDIRECT | F_EVENT_IDX | F_BASE)

/* Completion status. */
enum {
	OK, OPCODE, VERSION, LENGTH, RESERVED, STATE, INDEX, PARAM, FEATURES, EXISTS, BUSY,
	NO_MEMORY, ADDRESS, MAC_IN_USE, INTERNAL,
};

/* Function types, and states of the device as bits. */
enum { PF, VF };
enum { NONE = 1, SETUP = 2, RUN = 4, SUSPENDED = 8, DEV = 14, ANY = 15 };

static struct card {
	struct sdpu_ctl ctl;
	u16 answer;			/* of hooks that can refuse */
	u16 avail, used, broken;	/* of any queue */
	bool enabled;
	char called[2048];		/* hooks, each with its arguments and a space */
	u8 cmd[64];
	u8 cqe[64];
	u8 mem[1024];
} card;

void *unit_dma_span(u64 dma, u64 len)
{
	if (dma < CARD_MEM || dma - CARD_MEM + len > sizeof(card.mem))
		return NULL;
	return card.mem + (dma - CARD_MEM);
}

__attribute__((format(printf, 1, 2)))
static void called(const char *fmt, ...)
{
	size_t at = strlen(card.called);
	va_list args;

	va_start(args, fmt);
	vsnprintf(card.called + at, sizeof(card.called) - at, fmt, args);
	va_end(args);
	strncat(card.called, " ", sizeof(card.called) - strlen(card.called) - 1);
}

static const char *text_mac(const u8 *mac)
{
	static char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	return text;
}

static void hook_identify(void *priv, struct sdpu_ctrl_identify *out)
{
	called("identify");
	memset(out, 0x5a, 48);
}

static u16 hook_stats(void *priv, u16 kind, u16 index, u64 dma, u32 len)
{
	called("stats(%u,%u,%#llx,%u)", kind, index, (unsigned long long)dma, len);
	return card.answer;
}

static u16 hook_dev_create(void *priv, const struct sdpu_ctl_dev_attrs *a)
{
	called("dev_create(%#llx,%s,%u,%u)", (unsigned long long)a->features,
	       a->mac_valid ? text_mac(a->mac) : "any", a->mtu, a->max_vqp);
	return card.answer;
}

static void hook_dev_destroy(void *priv)
{
	called("dev_destroy");
}

static u16 hook_dev_set_mac(void *priv, const u8 *mac)
{
	called("dev_set_mac(%s)", text_mac(mac));
	return card.answer;
}

static void hook_features_set(void *priv, u64 features)
{
	called("features_set(%#llx)", (unsigned long long)features);
}

static void hook_reset(void *priv)
{
	called("reset");
}

static void hook_run(void *priv, bool run)
{
	called("run(%u)", run);
}

static u16 hook_queue_create(void *priv, u16 index, const struct sdpu_vring_attrs *a, bool enable)
{
	called("queue_create(%u,%u,%#llx,%#llx,%#llx,%u,%u,%s%s%s%s%s)", index, a->size,
	       (unsigned long long)a->desc, (unsigned long long)a->driver,
	       (unsigned long long)a->device, a->avail, a->used, enable ? "on" : "off",
	       a->packed ? "+packed" : "", a->indirect ? "+indirect" : "",
	       a->event_idx ? "+event_idx" : "", a->transmit ? "+transmit" : "");
	return card.answer;
}

static void hook_state(struct sdpu_ctl_queue_state *state)
{
	state->avail = card.avail;
	state->used = card.used;
	state->enabled = card.enabled;
	state->broken = card.broken;
}

static void hook_queue_destroy(void *priv, u16 index, struct sdpu_ctl_queue_state *state)
{
	called("queue_destroy(%u)", index);
	hook_state(state);
}

static void hook_queue_enable(void *priv, u16 index, bool enable)
{
	called("queue_enable(%u,%u)", index, enable);
}

static void hook_queue_query(void *priv, u16 index, struct sdpu_ctl_queue_state *state)
{
	called("queue_query(%u)", index);
	hook_state(state);
}

static u16 hook_as_set(void *priv, u16 asid, u16 mode, u64 root)
{
	called("as_set(%u,%u,%#llx)", asid, mode, (unsigned long long)root);
	return card.answer;
}

static void hook_as_invalidate(void *priv, u16 asid, u64 iova, u64 last)
{
	called("as_invalidate(%u,%#llx,%#llx)", asid, (unsigned long long)iova,
	       (unsigned long long)last);
}

static void hook_group_set(void *priv, u16 group, u16 asid)
{
	called("group_set(%u,%u)", group, asid);
}

static void hook_groups_reset(void *priv)
{
	called("groups_reset");
}

static u16 hook_port_set(void *priv, const u8 *mac, u16 mtu, u16 valid, u16 flags)
{
	called("port_set(%s,%u,%u,%u)", valid & 1 ? text_mac(mac) : "-", valid & 2 ? mtu : 0,
	       valid, flags);
	return card.answer;
}

static u16 hook_port_filter(void *priv, const u8 *mac, bool add)
{
	called("port_filter(%s,%u)", text_mac(mac), add);
	return card.answer;
}

static void hook_vf_link(void *priv, u16 vf, u16 link)
{
	called("vf_link(%u,%u)", vf, link);
}

static void hook_eswitch(void *priv, u16 mode)
{
	called("eswitch(%u)", mode);
}

static void hook_vf_mac(void *priv, u16 vf, const u8 *mac)
{
	called("vf_mac(%u,%02x:%02x:%02x:%02x:%02x:%02x)", vf, mac[0], mac[1], mac[2], mac[3],
	       mac[4], mac[5]);
}

static void hook_vf_rate(void *priv, u16 vf, u16 group, u64 max, u64 share)
{
	called("vf_rate(%u,%u,%llu,%llu)", vf, group, (unsigned long long)max,
	       (unsigned long long)share);
}

static void hook_group_rate(void *priv, u16 group, u64 max)
{
	called("group_rate(%u,%llu)", group, (unsigned long long)max);
}

static void hook_vf_policy(void *priv, u16 vf, u16 flags, u16 tci)
{
	called("vf_policy(%u,%u,%u)", vf, flags, tci);
}

static u16 hook_rule_add(void *priv, u32 id, const struct sdpu_ctrl_rule *rule)
{
	called("rule_add(%u,%u)", id, ((const u8 *)rule)[4]);
	return card.answer;
}

static u16 hook_rule_del(void *priv, u32 id)
{
	called("rule_del(%u)", id);
	return card.answer;
}

static u16 hook_rule_stats(void *priv, u32 id, struct sdpu_ctrl_rule_stats *out)
{
	called("rule_stats(%u)", id);
	memset(out, 0x5a, 24);
	return card.answer;
}

/* As on the card, a type of function has only the hooks that it needs. */
static const struct sdpu_ctl_hooks hooks[] = {
	[PF] = {
		.identify = hook_identify,
		.stats = hook_stats,
		.port_set = hook_port_set,
		.port_filter = hook_port_filter,
		.vf_link = hook_vf_link,
		.eswitch = hook_eswitch,
		.vf_mac = hook_vf_mac,
		.vf_rate = hook_vf_rate,
		.group_rate = hook_group_rate,
		.vf_policy = hook_vf_policy,
		.rule_add = hook_rule_add,
		.rule_del = hook_rule_del,
		.rule_stats = hook_rule_stats,
	},
	[VF] = {
		.identify = hook_identify,
		.stats = hook_stats,
		.dev_create = hook_dev_create,
		.dev_destroy = hook_dev_destroy,
		.dev_set_mac = hook_dev_set_mac,
		.features_set = hook_features_set,
		.reset = hook_reset,
		.run = hook_run,
		.queue_create = hook_queue_create,
		.queue_destroy = hook_queue_destroy,
		.queue_enable = hook_queue_enable,
		.queue_query = hook_queue_query,
		.as_set = hook_as_set,
		.as_invalidate = hook_as_invalidate,
		.group_set = hook_group_set,
		.groups_reset = hook_groups_reset,
	},
};

static void card_new(unsigned int type)
{
	memset(&card, 0, sizeof(card));
	card.ctl.hooks = &hooks[type];
	card.ctl.priv = &card;
	card.ctl.type = type;
	card.ctl.available = type == VF ? F_ALL : 0;
	card.ctl.max_vqp = CARD_MAX_VQP;
	card.ctl.total_vfs = type == PF ? CARD_TOTAL_VFS : 0;
	card.ctl.max_rules = type == PF ? CARD_MAX_RULES : 0;
	card.ctl.rate_groups = type == PF ? CARD_RATE_GROUPS : 0;
}

/* Little-endian, at an offset of the command. */
static void put(unsigned int at, unsigned int bytes, u64 value)
{
	for (; bytes--; value >>= 8)
		card.cmd[at++] = value;
}

static u64 get(const u8 *from, unsigned int bytes)
{
	u64 value = 0;

	while (bytes--)
		value = value << 8 | from[bytes];
	return value;
}

/* Where the input starts, and where the output does. */
#define IN	16u
#define OUT	(card.cqe + 16)

static inline void put_mac(unsigned int at)
{
	memcpy(card.cmd + at, card_mac, sizeof(card_mac));
}

/* A command with @len bytes of input, all zero. */
static void begin(u16 opcode, u16 len)
{
	memset(card.cmd, 0, sizeof(card.cmd));
	put(0, 2, opcode);
	put(2, 2, 0xa55a);
	put(4, 1, 1);
	put(6, 2, len);
}

/* Execute it. Return: the status of its completion. */
static u16 execute(void)
{
	struct sdpu_ctrl_cmd cmd;
	struct sdpu_ctrl_cqe cqe;

	memcpy(&cmd, card.cmd, sizeof(cmd));
	/* each field is to be written */
	memset(&cqe, 0xee, sizeof(cqe));
	card.called[0] = 0;
	sdpu_ctl_execute(&card.ctl, &cmd, &cqe);
	memcpy(card.cqe, &cqe, sizeof(cqe));
	return get(card.cqe + 4, 2);
}

/* Commands that many tests need. */

static inline u16 dev_create(u64 features, u16 max_vqp)
{
	begin(0x0100, 24);
	put(IN, 8, features);
	put(IN + 16, 2, max_vqp);
	return execute();
}

static inline u16 features_set(u64 features)
{
	begin(0x0103, 8);
	put(IN, 8, features);
	return execute();
}

static inline u16 status_set(u8 status)
{
	begin(0x0104, 8);
	put(IN, 1, status);
	return execute();
}

static inline u16 queue_create(u16 index, u32 size)
{
	begin(0x0200, 48);
	put(IN, 2, index);
	put(IN + 4, 4, size);
	return execute();
}

/* SUSPEND, RESUME, DEV_DESTROY: commands without input. */
static inline u16 plain(u16 opcode)
{
	begin(opcode, 0);
	return execute();
}

/* QUEUE_DESTROY, QUEUE_ENABLE, QUEUE_QUERY. */
static inline u16 queue_op(u16 opcode, u16 index, u16 enable)
{
	begin(opcode, 8);
	put(IN, 2, index);
	put(IN + 2, 2, enable);
	return execute();
}

static inline void must(u16 status)
{
	if (status != OK) {
		printf("Bail out! preparing a test failed with status %u\n", status);
		exit(1);
	}
}

/* A function with a device in a state, with all features and CARD_MAX_VQP pairs. */
static inline void enter(unsigned int state)
{
	card_new(VF);
	if (state == NONE)
		return;
	must(dev_create(F_ALL, CARD_MAX_VQP));
	if (state == SETUP)
		return;
	must(features_set(F_ALL));
	must(status_set(11));
	must(status_set(15));
	if (state == SUSPENDED)
		must(plain(0x0105));
}

#endif /* _UNIT_CTLCARD_H */
