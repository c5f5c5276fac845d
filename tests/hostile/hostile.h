/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of a device by a driver that does not play by the rules. The device
 * that suffers is the victim; meanwhile frames go from a to b, two devices of
 * the same card, which must not notice.
 *
 * A test does one wrong thing to the victim and says with lab_fail() what it
 * expected. Around it, main() sees that the bystanders' frames still flow and
 * that the victim works again after a reset.
 */
#ifndef _SDPU_CLIENT_HOSTILE_H
#define _SDPU_CLIENT_HOSTILE_H

#include "flow.h"
#include "tap.h"

#define NEEDS_RESET	VIRTIO_CONFIG_S_NEEDS_RESET
#define WAIT_MS		5000

/* The start of the victim's memory once more, for the device to read only, or to write only. */
#define ALIAS_RO	0x1000000000ull
#define ALIAS_WO	0x2000000000ull
#define ALIAS_LEN	(40 * MEM_PAGE)
/* Nothing is mapped there. */
#define HOLE		0x7000000000ull

#define F(name)		BIT(VIRTIO_NET_F_##name)
#define F_OFFLOADS	(F(CSUM) | F(GUEST_CSUM) | F(HOST_TSO4) | F(HOST_TSO6) | F(GUEST_TSO4) | \
			 F(GUEST_TSO6))
#define F_BASE		(F(MAC) | F(MTU) | F(STATUS) | F(MRG_RXBUF))
#define F_CTRL		(F(CTRL_VQ) | F(CTRL_RX) | F(CTRL_VLAN) | F(CTRL_MAC_ADDR) | F(MQ))
#define F_INDIRECT	BIT(VIRTIO_RING_F_INDIRECT_DESC)
#define F_EVENT_IDX	BIT(VIRTIO_RING_F_EVENT_IDX)
#define F_PACKED	BIT(VIRTIO_F_RING_PACKED)
#define F_IN_ORDER	BIT(VIRTIO_F_IN_ORDER)

/**
 * struct lab - what the tests work with
 * @path: of victim, a, b
 * @name: of the victim on the vDPA bus
 * @packed: the victim has packed rings unless the test wants something else
 * @attrs: of the victim, as the test wants it; main() sets defaults
 * @victim: the device that suffers
 * @up: @victim is open
 * @a: bystander that sends; also who the victim talks to
 * @b: bystander that receives
 * @bystander: the frames from @a to @b
 * @why: what went wrong in this test, or empty
 * @skip: why this test makes no sense here, or NULL
 * @asid: address space of what a test unmaps
 */
struct lab {
	const char *path[3];
	char name[64];
	bool packed;
	struct port_attrs attrs;
	struct port victim;
	bool up;
	struct port a;
	struct port b;
	struct flow bystander;
	char why[512];
	const char *skip;
	u32 asid;
};

struct test {
	const char *name;
	void (*run)(struct lab *lab);
};

extern const struct test ring_tests[], frame_tests[], map_tests[], reach_tests[], ctrl_tests[],
	query_tests[], setup_tests[], traffic_tests[], random_tests[], packed_tests[];

/* The first thing that went wrong; later ones follow from it. */
__attribute__((format(printf, 2, 3))) bool lab_fail(struct lab *lab, const char *fmt, ...);

/* lab_fail() unless @cond. Return: @cond. */
__attribute__((format(printf, 3, 4)))
bool lab_want(struct lab *lab, bool cond, const char *fmt, ...);

/* Open the victim and bring it up with lab->attrs. Return: it is. */
bool lab_up(struct lab *lab);
void lab_down(struct lab *lab);
/* The aliases of the victim's memory. */
bool lab_alias(struct lab *lab);

/* Let the bystanders' frames flow for a while, @ms or less. */
void lab_pump(struct lab *lab, int ms);
/* The victim gets NEEDS_RESET and a config interrupt, and soon. */
bool lab_broken(struct lab *lab);
/* It does not, and does what it should: @count frames each way. */
bool lab_alive(struct lab *lab, unsigned int count);
/* @count frames from @from to @to, without a mistake. */
bool lab_traffic(struct lab *lab, struct port *from, struct port *to, unsigned int count);

/* Take what is in a's receive ring and forget it. */
void lab_sink(struct lab *lab);

/* A counter of a queue of the victim, as the vdpa tool shows it; -1: not there. */
long long lab_counter(struct lab *lab, unsigned int queue, const char *name);

/* Wait until @n entries have been used since index @from. */
bool raw_used(struct lab *lab, struct ring *r, u16 from, u16 n);
/* A frame from the victim to a in the victim's send memory, at @offset: its address. */
u64 raw_frame(struct lab *lab, size_t offset, u32 len);

#endif /* _SDPU_CLIENT_HOSTILE_H */
