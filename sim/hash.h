/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hash of a packet for receive-side scaling (virtio 1.3, 5.1.6.4.3): which of
 * its fields count, and Toeplitz over them. Pure: bytes in, a number out.
 */
#ifndef _SDPU_SIM_HASH_H
#define _SDPU_SIM_HASH_H

#include "prim.h"
#include <linux/bits.h>

/* Two IPv6 addresses and two ports, and a window of 32 bits for each bit of them. */
#define SDPU_HASH_INPUT		36
#define SDPU_HASH_KEY_LEN	(SDPU_HASH_INPUT + 4)

/* So much of a frame is looked at. What is behind has no ports. */
#define SDPU_HASH_HEAD		128

/* VIRTIO_NET_HASH_TYPE_*, 5.1.6.4.3.1 */
#define SDPU_HASH_IPV4		BIT(0)
#define SDPU_HASH_TCPV4		BIT(1)
#define SDPU_HASH_UDPV4		BIT(2)
#define SDPU_HASH_IPV6		BIT(3)
#define SDPU_HASH_TCPV6		BIT(4)
#define SDPU_HASH_UDPV6		BIT(5)
#define SDPU_HASH_IP_EX		BIT(6)
#define SDPU_HASH_TCP_EX	BIT(7)
#define SDPU_HASH_UDP_EX	BIT(8)
#define SDPU_HASH_TYPES		(BIT(9) - 1)

/**
 * struct sdpu_hash_key - a key, made ready
 * @part: what each value of each half byte of the input contributes
 */
struct sdpu_hash_key {
	u32 part[2 * SDPU_HASH_INPUT][16];
};

/**
 * struct sdpu_hash - of a packet
 * @value: the hash, 0 without one
 * @report: VIRTIO_NET_HASH_REPORT_*: what was hashed, 0 if nothing
 */
struct sdpu_hash {
	u32 value;
	u16 report;
};

/* Make @key of @bytes, SDPU_HASH_KEY_LEN of them. */
void sdpu_hash_key_init(struct sdpu_hash_key *key, const u8 *bytes);

/*
 * Hash the packet whose first @len bytes are at @frame, up to SDPU_HASH_HEAD, by
 * the first of @types (SDPU_HASH_*) that fits it. @frame is private memory.
 */
struct sdpu_hash sdpu_hash_frame(const struct sdpu_hash_key *key, u32 types, const u8 *frame,
				 u32 len);

/*
 * A number for the flow that the packet belongs to, the same in both directions; 0 if it
 * is no IP packet. Fragments have one, too: that of the addresses. @frame as above.
 */
u32 sdpu_flow_hash(const u8 *frame, u32 len);

/* Whether a frame that begins with the Ethernet header @head can have one. */
bool sdpu_flow_possible(const u8 *head);

#endif /* _SDPU_SIM_HASH_H */
