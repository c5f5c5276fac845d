/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR BSD-3-Clause */
/*
 * SoftDPU vendor control path, ABI version 1.
 *
 * What a driver and a card say to each other. Documentation/control-path.rst
 * is the specification; this header is its layout. Every multi-byte field is
 * little-endian, every reserved field must be zero and is checked, and neither
 * side believes a number that the other one wrote before it has bounded it.
 *
 * Changelog
 *   1.0  register window, admin queue, event queue, address spaces, split and
 *        packed virtqueues, PF port.
 *   1.1  calls_coalesced and polls in struct sdpu_ctrl_queue_stats.
 *   1.2  SDPU_REG_AREA_GROUP: a group for the areas of the data virtqueues.
 *        SDPU_REG_AS_INVALIDATE: what SDPU_OP_AS_INVALIDATE does, without a command.
 *   1.3  SDPU_OP_VF_LINK.
 *   1.4  SDPU_OP_ESWITCH.
 *   1.5  counters of the wire in struct sdpu_ctrl_port_stats. SDPU_OP_VF_MAC.
 *   1.6  rules: SDPU_OP_RULE_ADD, _DEL and _STATS, @max_rules of the identity. The PF can
 *        ask for counters of the port of a VF.
 *   1.7  rates: SDPU_OP_VF_RATE, SDPU_OP_GROUP_RATE, @rate_groups of the identity, @throttled
 *        in struct sdpu_ctrl_queue_stats. SDPU_OP_VF_POLICY.
 *   1.8  chains of rules, and connections: what follows @actions of struct sdpu_ctrl_rule, and
 *        the actions that lead there. SDPU_RULE_TTL_DEC.
 */
#ifndef _SOFTDPU_CTRL_H
#define _SOFTDPU_CTRL_H

#include <linux/types.h>

#define SDPU_CTRL_MAGIC			0x55504453u	/* "SDPU" */
#define SDPU_CTRL_VERSION_MAJOR		1
#define SDPU_CTRL_VERSION_MINOR		8
#define SDPU_CTRL_VERSION \
	((SDPU_CTRL_VERSION_MAJOR << 16) | SDPU_CTRL_VERSION_MINOR)

/*
 * Register window: one a function, 32-bit aligned accesses only. Reading an
 * undefined offset gives all ones, writing it does nothing. A function that
 * is gone reads all ones everywhere, SDPU_REG_MAGIC included.
 */
#define SDPU_REG_MAGIC			0x000	/* RO SDPU_CTRL_MAGIC */
#define SDPU_REG_VERSION		0x004	/* RO SDPU_CTRL_VERSION */
#define SDPU_REG_FUNCTION		0x008	/* RO type 7:0, number 31:16 */
#define SDPU_REG_LIMITS			0x00c	/* RO log2 AQ 7:0, log2 EQ 15:8, vectors 31:16 */
#define SDPU_REG_CTRL			0x010	/* RW SDPU_CTRL_* */
#define SDPU_REG_STATE			0x014	/* RO state 7:0, reason 15:8 */
#define SDPU_REG_SQ_LO			0x020	/* RW submission ring, 64-byte aligned */
#define SDPU_REG_SQ_HI			0x024
#define SDPU_REG_CQ_LO			0x028	/* RW completion ring, 64-byte aligned */
#define SDPU_REG_CQ_HI			0x02c
#define SDPU_REG_AQ_SIZE		0x030	/* RW log2 of entries, both rings */
#define SDPU_REG_EQ_LO			0x034	/* RW event ring, 64-byte aligned */
#define SDPU_REG_EQ_HI			0x038
#define SDPU_REG_EQ_SIZE		0x03c	/* RW log2 of entries */
#define SDPU_REG_DEV_STATUS		0x100	/* RO virtio device status, 7:0 */
#define SDPU_REG_CFG_GENERATION		0x104	/* RO changes with the config space */
#define SDPU_REG_CFG_SIZE		0x108	/* RO bytes of config space */
#define SDPU_REG_LINK			0x10c	/* RO bit 0: link up */
#define SDPU_REG_AREA_GROUP		0x110	/* RO group of areas (VF), SDPU_NO_AREA_GROUP */
#define SDPU_REG_AS_INVALIDATE		0x114	/* RW address space to forget (VF); 0: done */
#define SDPU_REG_CFG			0x200	/* RO config space, SDPU_CFG_MAX bytes */
#define SDPU_REG_END			0x300

#define SDPU_CFG_MAX			0x100

/* SDPU_REG_AREA_GROUP: areas are with their buffers. What cards before 1.2 say, too. */
#define SDPU_NO_AREA_GROUP		0xffffffffu

/* SDPU_REG_FUNCTION, type */
#define SDPU_FUNCTION_PF		0
#define SDPU_FUNCTION_VF		1

/* SDPU_REG_CTRL. Writing 0 resets the function: see control-path.rst, "Reset". */
#define SDPU_CTRL_ENABLE		0x1u

/* SDPU_REG_STATE, state */
#define SDPU_STATE_DISABLED		0
#define SDPU_STATE_READY		1
#define SDPU_STATE_FAILED		2

/* SDPU_REG_STATE, reason for SDPU_STATE_FAILED */
#define SDPU_FAIL_NONE			0
#define SDPU_FAIL_RING_ADDRESS		1	/* SQ, CQ or EQ not usable */
#define SDPU_FAIL_RING_SIZE		2	/* log2 size out of bounds */
#define SDPU_FAIL_DOORBELL		3	/* SQ tail more than a ring ahead */
#define SDPU_FAIL_INTERNAL		4

/*
 * Doorbells. The value of the SQ doorbell is the free-running 16-bit tail, of
 * the EQ doorbell the free-running 16-bit head; a queue doorbell carries the
 * queue index.
 */
#define SDPU_DB_SQ			0
#define SDPU_DB_EQ			1
#define SDPU_DB_QUEUE(i)		(2 + (i))

/* Interrupt vectors */
#define SDPU_VEC_AQ			0
#define SDPU_VEC_EQ			1
#define SDPU_VEC_QUEUE(i)		(2 + (i))

/* Limits of this version */
#define SDPU_AQ_LOG_MIN			2
#define SDPU_AQ_LOG_MAX			8
#define SDPU_EQ_LOG_MIN			2
#define SDPU_EQ_LOG_MAX			8
#define SDPU_MAX_VQP			64	/* queue pairs a function */
#define SDPU_MAX_QUEUES			(2 * SDPU_MAX_VQP + 1)
#define SDPU_MAX_QUEUE_SIZE		32768
#define SDPU_MTU_MIN			68
#define SDPU_MTU_MAX			9216

#define SDPU_CTRL_PAYLOAD		48

/**
 * struct sdpu_ctrl_cmd - one slot of the submission ring
 * @opcode: SDPU_OP_*
 * @tag: chosen by the driver, echoed by the completion
 * @version: SDPU_CTRL_VERSION_MAJOR
 * @flags: zero
 * @len: bytes of @payload that count: the size of the opcode's input
 * @buf: DMA address of the out-of-line output, zero if the opcode has none
 * @payload: the opcode's input; bytes from @len on are zero
 */
struct sdpu_ctrl_cmd {
	__le16 opcode;
	__le16 tag;
	__u8 version;
	__u8 flags;
	__le16 len;
	__le64 buf;
	__u8 payload[SDPU_CTRL_PAYLOAD];
};

/**
 * struct sdpu_ctrl_cqe - one slot of the completion ring
 * @opcode: of the command
 * @tag: of the command
 * @status: SDPU_ST_*
 * @len: bytes of @payload that count
 * @phase: written last: 1 on the ring's first lap, 0 on the second, and so on
 * @reserved: zero
 * @payload: the opcode's output; zero from @len on
 */
struct sdpu_ctrl_cqe {
	__le16 opcode;
	__le16 tag;
	__le16 status;
	__le16 len;
	__le32 phase;
	__le32 reserved;
	__u8 payload[SDPU_CTRL_PAYLOAD];
};

/**
 * struct sdpu_ctrl_event - one slot of the event ring
 * @type: SDPU_EV_*
 * @index: queue the event is about, or zero
 * @phase: as in struct sdpu_ctrl_cqe
 * @data: meaning depends on @type
 */
struct sdpu_ctrl_event {
	__le16 type;
	__le16 index;
	__le32 phase;
	__le64 data;
};

/*
 * Events are level hints: the driver reads the register that they name. When
 * the ring is full the card remembers SDPU_EV_OVERFLOW, and the driver that
 * sees it looks at everything.
 */
#define SDPU_EV_CONFIG			1	/* config space changed */
#define SDPU_EV_LINK			2	/* SDPU_REG_LINK changed */
#define SDPU_EV_NEEDS_RESET		3	/* queue @index broke, @data: SDPU_BROKEN_* */
#define SDPU_EV_OVERFLOW		4

/* SDPU_EV_NEEDS_RESET, what was wrong */
#define SDPU_BROKEN_RING_ADDRESS	1	/* ring areas not mapped, or not as needed */
#define SDPU_BROKEN_AVAIL_INDEX		2	/* moved by more than the ring */
#define SDPU_BROKEN_HEAD		3	/* head or next out of range */
#define SDPU_BROKEN_CHAIN		4	/* loop, bad indirect, writable before readable */
#define SDPU_BROKEN_BUFFER		5	/* buffer not mapped with that permission */
#define SDPU_BROKEN_HEADER		6	/* chain too short for its header */

/* Completion status */
#define SDPU_ST_OK			0
#define SDPU_ST_OPCODE			1	/* unknown opcode, or not of this function type */
#define SDPU_ST_VERSION			2
#define SDPU_ST_LENGTH			3	/* wrong input size */
#define SDPU_ST_RESERVED		4	/* a reserved field is not zero */
#define SDPU_ST_STATE			5	/* not allowed in this device state */
#define SDPU_ST_INDEX			6	/* queue, group or address space out of range */
#define SDPU_ST_PARAM			7	/* a value out of its range */
#define SDPU_ST_FEATURES		8	/* feature not offered, or without its dependency */
#define SDPU_ST_EXISTS			9	/* already there */
#define SDPU_ST_BUSY			10
#define SDPU_ST_NO_MEMORY		11
#define SDPU_ST_ADDRESS			12	/* @buf or a ring address not usable */
#define SDPU_ST_MAC_IN_USE		13
#define SDPU_ST_INTERNAL		14

/* Opcodes: 0x00xx any function, 0x01xx to 0x03xx VF, 0x04xx PF */
#define SDPU_OP_IDENTIFY		0x0001
#define SDPU_OP_STATS			0x0002
#define SDPU_OP_DEV_CREATE		0x0100
#define SDPU_OP_DEV_DESTROY		0x0101
#define SDPU_OP_DEV_SET			0x0102
#define SDPU_OP_FEATURES_SET		0x0103
#define SDPU_OP_STATUS_SET		0x0104
#define SDPU_OP_SUSPEND			0x0105
#define SDPU_OP_RESUME			0x0106
#define SDPU_OP_QUEUE_CREATE		0x0200
#define SDPU_OP_QUEUE_DESTROY		0x0201
#define SDPU_OP_QUEUE_ENABLE		0x0202
#define SDPU_OP_QUEUE_QUERY		0x0203
#define SDPU_OP_AS_SET			0x0300
#define SDPU_OP_AS_INVALIDATE		0x0301
#define SDPU_OP_GROUP_SET		0x0302
#define SDPU_OP_PORT_SET		0x0400
#define SDPU_OP_PORT_FILTER		0x0401
#define SDPU_OP_VF_LINK			0x0402
#define SDPU_OP_ESWITCH			0x0403
#define SDPU_OP_VF_MAC			0x0404
#define SDPU_OP_VF_RATE			0x0405
#define SDPU_OP_GROUP_RATE		0x0406
#define SDPU_OP_VF_POLICY		0x0407
#define SDPU_OP_RULE_ADD		0x0500
#define SDPU_OP_RULE_DEL		0x0501
#define SDPU_OP_RULE_STATS		0x0502

/**
 * struct sdpu_ctrl_identify - output of SDPU_OP_IDENTIFY
 * @features: virtio features that a device of this function may offer (VF)
 * @mac: permanent address, all zero if the function has none
 * @max_vqp: queue pairs that a device may have (VF), netdev queues (PF)
 * @max_queue_size: largest ring, a power of two
 * @num_groups: virtqueue groups, the control virtqueue is alone in the last one
 * @num_as: address spaces
 * @mtu_min: smallest MTU
 * @mtu_max: largest MTU
 * @total_vfs: VFs of the card (PF), zero for a VF
 * @initial_vfs: VFs that the card wishes to be enabled at once (PF)
 * @default_features: what a device offers unless told otherwise (VF)
 * @max_rules: rules that the card can have, their ids are below (PF); none before 1.6
 * @rate_groups: groups of VFs that share a rate, from 1 to this number (PF); before 1.7 there
 *	are none, nor rates
 * @reserved: zero
 */
struct sdpu_ctrl_identify {
	__le64 features;
	__u8 mac[6];
	__le16 max_vqp;
	__le32 max_queue_size;
	__le16 num_groups;
	__le16 num_as;
	__le16 mtu_min;
	__le16 mtu_max;
	__le16 total_vfs;
	__le16 initial_vfs;
	__le64 default_features;
	__le32 max_rules;
	__le16 rate_groups;
	__u8 reserved[2];
};

/* SDPU_OP_STATS: what is asked for; the answer goes to the command's @buf */
#define SDPU_STATS_PORT			0
#define SDPU_STATS_QUEUE		1

/**
 * struct sdpu_ctrl_stats_get - input of SDPU_OP_STATS
 * @kind: SDPU_STATS_*
 * @index: queue; SDPU_STATS_PORT: zero, PF: n for the port of VF n
 * @buf_len: size of the buffer at @buf; the card writes no more than that
 */
struct sdpu_ctrl_stats_get {
	__le16 kind;
	__le16 index;
	__le32 buf_len;
};

/**
 * struct sdpu_ctrl_queue_stats - counters of one virtqueue since its device was made
 * @packets: frames moved through the queue (control: commands)
 * @bytes: bytes of these frames, without the virtio header
 * @gso_packets: frames among them that are larger than a segment
 * @kicks: doorbells
 * @calls: interrupts raised
 * @calls_suppressed: interrupts that the driver did not want
 * @batches: times that used entries were published
 * @drop_no_buffer: receive: no (or too little) buffer
 * @drop_filter: receive: address, VLAN, or larger than the MTU; transmit: see
 *	struct sdpu_ctrl_vf_policy
 * @drop_down: receive: queue or device not running, or no link
 * @drop_bad: transmit: frame or header malformed (control: command refused)
 * @drop_no_port: transmit: nobody has that address, or no link
 * @broken: times the ring was found broken
 * @calls_coalesced: times that an interrupt was put off, or that more was shown before it came
 * @polls: transmit: times that more was found by looking, without a doorbell
 * @throttled: transmit: times that it waited for the rate of its VF
 */
struct sdpu_ctrl_queue_stats {
	__le64 packets;
	__le64 bytes;
	__le64 gso_packets;
	__le64 kicks;
	__le64 calls;
	__le64 calls_suppressed;
	__le64 batches;
	__le64 drop_no_buffer;
	__le64 drop_filter;
	__le64 drop_down;
	__le64 drop_bad;
	__le64 drop_no_port;
	__le64 broken;
	__le64 calls_coalesced;
	__le64 polls;
	__le64 throttled;
};

/**
 * struct sdpu_ctrl_port_stats - counters of one switch port since the card was made
 * @rx_packets: frames that the switch gave to the function
 * @rx_bytes: bytes of these frames
 * @rx_gso_packets: frames among them that are larger than a segment
 * @rx_drop_no_buffer: the function had no room
 * @rx_drop_filter: address, VLAN, or larger than the MTU
 * @rx_drop_down: function not running, or no link
 * @tx_packets: frames that the function gave to the switch
 * @tx_bytes: bytes of these frames
 * @tx_gso_packets: frames among them that are larger than a segment
 * @tx_drop_bad: malformed, or not as struct sdpu_ctrl_vf_policy says
 * @tx_drop_no_port: nobody has that address, or no link
 * @multicast: received multicast and broadcast frames
 * @wire_rx_packets: PF: frames that came along the card's wire; all of these are 0 for a VF
 * @wire_rx_bytes: bytes of these frames
 * @wire_rx_drop_bad: malformed, or no memory
 * @wire_rx_drop_no_port: nobody wants them
 * @wire_rx_drop_down: no link
 * @wire_tx_packets: frames that went along the wire
 * @wire_tx_bytes: bytes of these frames
 * @wire_tx_drop_no_buffer: no memory, or more of the PF's than may wait
 * @wire_tx_drop_down: no link any more, or what is there took none, or none so long
 */
struct sdpu_ctrl_port_stats {
	__le64 rx_packets;
	__le64 rx_bytes;
	__le64 rx_gso_packets;
	__le64 rx_drop_no_buffer;
	__le64 rx_drop_filter;
	__le64 rx_drop_down;
	__le64 tx_packets;
	__le64 tx_bytes;
	__le64 tx_gso_packets;
	__le64 tx_drop_bad;
	__le64 tx_drop_no_port;
	__le64 multicast;
	__le64 wire_rx_packets;
	__le64 wire_rx_bytes;
	__le64 wire_rx_drop_bad;
	__le64 wire_rx_drop_no_port;
	__le64 wire_rx_drop_down;
	__le64 wire_tx_packets;
	__le64 wire_tx_bytes;
	__le64 wire_tx_drop_no_buffer;
	__le64 wire_tx_drop_down;
};

/* struct sdpu_ctrl_dev_create and struct sdpu_ctrl_dev_set, @valid */
#define SDPU_DEV_MAC			0x1u
#define SDPU_DEV_MTU			0x2u

/**
 * struct sdpu_ctrl_dev_create - input of SDPU_OP_DEV_CREATE
 * @features: virtio features to offer
 * @mac: address, if @valid says so, else the card chooses one
 * @mtu: MTU, if @valid says so, else 1500
 * @max_vqp: queue pairs, at least 1
 * @valid: SDPU_DEV_*
 * @reserved: zero
 */
struct sdpu_ctrl_dev_create {
	__le64 features;
	__u8 mac[6];
	__le16 mtu;
	__le16 max_vqp;
	__le16 valid;
	__le32 reserved;
};

/**
 * struct sdpu_ctrl_dev_set - input of SDPU_OP_DEV_SET
 * @mac: address
 * @valid: SDPU_DEV_MAC
 */
struct sdpu_ctrl_dev_set {
	__u8 mac[6];
	__le16 valid;
};

/**
 * struct sdpu_ctrl_features_set - input of SDPU_OP_FEATURES_SET
 * @features: what the virtio driver accepted
 */
struct sdpu_ctrl_features_set {
	__le64 features;
};

/**
 * struct sdpu_ctrl_status - input and output of SDPU_OP_STATUS_SET
 * @status: virtio device status; 0 resets the device, as control-path.rst says
 * @reserved: zero
 */
struct sdpu_ctrl_status {
	__u8 status;
	__u8 reserved[7];
};

/* struct sdpu_ctrl_queue_create, @flags */
#define SDPU_QUEUE_ENABLED		0x1u

/**
 * struct sdpu_ctrl_queue_create - input of SDPU_OP_QUEUE_CREATE
 * @index: virtqueue
 * @flags: SDPU_QUEUE_ENABLED to start it at once
 * @size: entries
 * @desc: address of the descriptor area, in the queue's address space
 * @driver: address of the driver area
 * @device: address of the device area
 * @avail: next entry to take; packed: bit 15 is the wrap counter
 * @used: next entry to give; packed: bit 15 is the wrap counter
 * @reserved: zero
 */
struct sdpu_ctrl_queue_create {
	__le16 index;
	__le16 flags;
	__le32 size;
	__le64 desc;
	__le64 driver;
	__le64 device;
	__le16 avail;
	__le16 used;
	__u8 reserved[12];
};

/**
 * struct sdpu_ctrl_queue_index - input of SDPU_OP_QUEUE_DESTROY, _ENABLE and _QUERY
 * @index: virtqueue
 * @enable: SDPU_OP_QUEUE_ENABLE: 1 to start, 0 to stop; else zero
 * @reserved: zero
 */
struct sdpu_ctrl_queue_index {
	__le16 index;
	__le16 enable;
	__le32 reserved;
};

/**
 * struct sdpu_ctrl_queue_state - output of SDPU_OP_QUEUE_QUERY, and of _DESTROY
 * @avail: as in struct sdpu_ctrl_queue_create
 * @used: as in struct sdpu_ctrl_queue_create
 * @flags: SDPU_QUEUE_ENABLED
 * @broken: SDPU_BROKEN_*, or zero
 */
struct sdpu_ctrl_queue_state {
	__le16 avail;
	__le16 used;
	__le16 flags;
	__le16 broken;
};

/* struct sdpu_ctrl_as_set, @mode */
#define SDPU_AS_EMPTY			0	/* nothing is mapped */
#define SDPU_AS_TABLE			1	/* page table at @root */
#define SDPU_AS_BYPASS			2	/* addresses are DMA addresses of the host */

/**
 * struct sdpu_ctrl_as_set - input of SDPU_OP_AS_SET
 * @asid: address space
 * @mode: SDPU_AS_*
 * @reserved: zero
 * @root: DMA address of the top-level table, zero unless SDPU_AS_TABLE
 */
struct sdpu_ctrl_as_set {
	__le16 asid;
	__le16 mode;
	__le32 reserved;
	__le64 root;
};

/**
 * struct sdpu_ctrl_as_invalidate - input of SDPU_OP_AS_INVALIDATE
 * @asid: address space
 * @reserved: zero
 * @iova: first address
 * @last: last address, inclusive
 *
 * Completes when the card neither accesses the range nor remembers anything
 * of it.
 */
struct sdpu_ctrl_as_invalidate {
	__le16 asid;
	__u8 reserved[6];
	__le64 iova;
	__le64 last;
};

/**
 * struct sdpu_ctrl_group_set - input of SDPU_OP_GROUP_SET
 * @group: virtqueue group
 * @asid: address space
 * @reserved: zero
 */
struct sdpu_ctrl_group_set {
	__le16 group;
	__le16 asid;
	__le32 reserved;
};

/* struct sdpu_ctrl_port_set, @valid and @flags */
#define SDPU_PORT_MAC			0x1u
#define SDPU_PORT_MTU			0x2u
#define SDPU_PORT_FLAGS			0x4u

#define SDPU_PORT_UP			0x1u
#define SDPU_PORT_PROMISC		0x2u
#define SDPU_PORT_ALLMULTI		0x4u

/**
 * struct sdpu_ctrl_port_set - input of SDPU_OP_PORT_SET
 * @mac: address of the PF
 * @mtu: MTU of the PF
 * @valid: which of the fields count
 * @flags: SDPU_PORT_UP, _PROMISC, _ALLMULTI
 * @reserved: zero
 */
struct sdpu_ctrl_port_set {
	__u8 mac[6];
	__le16 mtu;
	__le16 valid;
	__le16 flags;
	__le32 reserved;
};

/**
 * struct sdpu_ctrl_port_filter - input of SDPU_OP_PORT_FILTER
 * @mac: further address that the PF receives, unicast or multicast
 * @add: 1 to add, 0 to remove
 */
struct sdpu_ctrl_port_filter {
	__u8 mac[6];
	__le16 add;
};

/* struct sdpu_ctrl_vf_link, @link */
#define SDPU_VF_LINK_AUTO		0	/* that of the card's wire */
#define SDPU_VF_LINK_ENABLE		1	/* up */
#define SDPU_VF_LINK_DISABLE		2	/* down */

/**
 * struct sdpu_ctrl_vf_link - input of SDPU_OP_VF_LINK
 * @vf: number of the VF, from 1
 * @link: SDPU_VF_LINK_*
 * @reserved: zero
 */
struct sdpu_ctrl_vf_link {
	__le16 vf;
	__le16 link;
	__le32 reserved;
};

/* struct sdpu_ctrl_eswitch, @mode */
#define SDPU_ESWITCH_LEGACY		0	/* the card forwards, by address and VLAN */
#define SDPU_ESWITCH_SWITCHDEV		1	/* the host does, between representors */

/**
 * struct sdpu_ctrl_eswitch - input of SDPU_OP_ESWITCH
 * @mode: SDPU_ESWITCH_*
 * @reserved: zero
 */
struct sdpu_ctrl_eswitch {
	__le16 mode;
	__u8 reserved[6];
};

/**
 * struct sdpu_ctrl_vf_mac - input of SDPU_OP_VF_MAC
 * @vf: number of the VF, from 1
 * @mac: its address; zero: the one that the card has for it
 */
struct sdpu_ctrl_vf_mac {
	__le16 vf;
	__u8 mac[6];
};

/* Rates, in bytes a second; 0 is none */
#define SDPU_RATE_MIN			1000ull
#define SDPU_RATE_MAX			1000000000000ull

/**
 * struct sdpu_ctrl_vf_rate - input of SDPU_OP_VF_RATE
 * @vf: number of the VF, from 1
 * @group: of VFs that share a rate; 0: none
 * @reserved: zero
 * @tx_max: what it may send at most
 * @tx_share: what it may send of its group's rate, whatever the others do
 */
struct sdpu_ctrl_vf_rate {
	__le16 vf;
	__le16 group;
	__le32 reserved;
	__le64 tx_max;
	__le64 tx_share;
};

/**
 * struct sdpu_ctrl_group_rate - input of SDPU_OP_GROUP_RATE
 * @group: number of the group, from 1
 * @reserved: zero
 * @tx_max: what its VFs may send together
 */
struct sdpu_ctrl_group_rate {
	__le16 group;
	__u8 reserved[6];
	__le64 tx_max;
};

/* struct sdpu_ctrl_vf_policy, @flags */
#define SDPU_VF_TAG			0x1u	/* it is in the VLAN of @vlan_tci */
#define SDPU_VF_SPOOF_CHECK		0x2u	/* it sends from its own addresses only */
#define SDPU_VF_UNTRUSTED		0x4u	/* its driver has no choice of addresses */

/**
 * struct sdpu_ctrl_vf_policy - input of SDPU_OP_VF_POLICY
 * @vf: number of the VF, from 1
 * @flags: SDPU_VF_*
 * @vlan_tci: SDPU_VF_TAG: priority and VLAN id, 1 to 4094; else zero
 * @reserved: zero
 */
struct sdpu_ctrl_vf_policy {
	__le16 vf;
	__le16 flags;
	__le16 vlan_tci;
	__le16 reserved;
};

/*
 * Rules: what the card does by itself, in switchdev mode, with frames that a VF sends or
 * that come along the wire. What no rule takes is the host's.
 */

/* struct sdpu_ctrl_rule_key, @ip_frag */
#define SDPU_RULE_FRAGMENT		0x1u	/* one of several */
#define SDPU_RULE_FIRST_FRAGMENT	0x2u	/* the first of them */

/**
 * struct sdpu_ctrl_rule_key - what of a frame a rule can look at
 * @port: where it comes from: 0 the wire, n VF n
 * @eth_type: type, behind one VLAN tag
 * @eth_dst: destination
 * @eth_src: source
 * @vlan_tpid: type of the VLAN tag; zero if there is none
 * @vlan_tci: priority and VLAN id; the bit between them is zero
 * @ip_proto: IPv4, IPv6: protocol, behind extension headers
 * @ip_tos: type of service, or traffic class
 * @ip_ttl: time to live, or hop limit
 * @ip_frag: SDPU_RULE_FRAGMENT, _FIRST_FRAGMENT
 * @ip_src: IPv6: source; IPv4: likewise in the first four bytes, zero behind
 * @ip_dst: destination
 * @l4_src: TCP, UDP, SCTP: source port; zero for fragments
 * @l4_dst: destination port
 * @tcp_flags: TCP: its 9 flags; zero for fragments
 * @reserved: zero
 *
 * Fields that a frame does not have are zero.
 */
struct sdpu_ctrl_rule_key {
	__le16 port;
	__be16 eth_type;
	__u8 eth_dst[6];
	__u8 eth_src[6];
	__be16 vlan_tpid;
	__be16 vlan_tci;
	__u8 ip_proto;
	__u8 ip_tos;
	__u8 ip_ttl;
	__u8 ip_frag;
	__u8 ip_src[16];
	__u8 ip_dst[16];
	__be16 l4_src;
	__be16 l4_dst;
	__be16 tcp_flags;
	__u8 reserved[2];
};

/* struct sdpu_ctrl_rule_action, @type */
#define SDPU_RULE_OUTPUT		1	/* a copy, as it is by now, for a port */
#define SDPU_RULE_HOST			2	/* for the host; see below */
#define SDPU_RULE_VLAN_PUSH		3	/* a tag more, in front */
#define SDPU_RULE_VLAN_POP		4	/* without its tag, if it has one */
#define SDPU_RULE_VLAN_SET		5	/* bits of its tag, if it has one */
#define SDPU_RULE_REWRITE		6	/* bits of a header */
#define SDPU_RULE_TTL_DEC		7	/* IP: a hop less; the last one is the host's */
#define SDPU_RULE_GOTO			8	/* on in a chain of its port: the last */
#define SDPU_RULE_CT			9	/* what its connection in a zone says */
#define SDPU_RULE_CT_CLEAR		10	/* forget what connection it is of */
#define SDPU_RULE_GOTO_SHARED		11	/* on in a chain of all ports: the last */

/* struct sdpu_ctrl_rule_action, @header: REWRITE, and what of it may be changed */
#define SDPU_RULE_ETH			0	/* addresses */
#define SDPU_RULE_IPV4			1	/* type of service, time to live, addresses */
#define SDPU_RULE_IPV6			2	/* class, flow label, hop limit, addresses */
#define SDPU_RULE_TCP			3	/* ports */
#define SDPU_RULE_UDP			4	/* ports */

/**
 * struct sdpu_ctrl_rule_action - one thing to do
 * @type: SDPU_RULE_*
 * @header: REWRITE: which header
 * @arg: OUTPUT: 0 the wire, n VF n; REWRITE: where in the header, a multiple of four; CT: zone
 * @tpid: VLAN_PUSH: ETH_P_8021Q or ETH_P_8021AD
 * @tci: VLAN_PUSH, VLAN_SET: the tag
 * @mask: REWRITE, VLAN_SET (low 16 bits): bits to change
 * @value: REWRITE: what to; GOTO: chain, not 0; GOTO_SHARED: chain
 *
 * What an action does not use is zero. Checksums follow what is rewritten. OUTPUT and HOST do
 * not come before TTL_DEC, CT, GOTO and GOTO_SHARED, from which the frame may be the host's, as
 * it came. Behind these HOST is that as well, and nothing more is done.
 */
struct sdpu_ctrl_rule_action {
	__u8 type;
	__u8 header;
	__le16 arg;
	__be16 tpid;
	__be16 tci;
	__be32 mask;
	__be32 value;
};

#define SDPU_MAX_RULES			(1u << 24)
#define SDPU_RULE_ACTIONS_MAX		32
#define SDPU_RULE_TAGS_MAX		2	/* VLAN_PUSH in a rule */

/* struct sdpu_ctrl_rule_ct, @state */
#define SDPU_CT_TRACKED			0x1u	/* its connection was looked for, and found */
#define SDPU_CT_NEW			0x2u	/* nobody has answered yet */
#define SDPU_CT_ESTABLISHED		0x4u
#define SDPU_CT_REPLY			0x8u	/* it goes the other way */
#define SDPU_CT_STATES			0xfu

/**
 * struct sdpu_ctrl_rule_ct - the connection that a frame is of
 * @state: SDPU_CT_*; zero before CT, and after CT_CLEAR; as the rest is
 * @reserved: zero
 * @zone: where it was looked for
 * @mark: a number, and
 * @label: more of it
 */
struct sdpu_ctrl_rule_ct {
	__u8 state;
	__u8 reserved;
	__le16 zone;
	__le32 mark;
	__u8 label[16];
};

/* struct sdpu_ctrl_rule, @table: which rules it is one of */
#define SDPU_RULE_CHAIN			0	/* of a chain of its port; the first is 0 */
#define SDPU_RULE_CONNECTION		1	/* of the connections of a zone, for CT */
#define SDPU_RULE_SHARED		2	/* of a chain of all ports, for GOTO_SHARED */

/**
 * struct sdpu_ctrl_rule - a rule, at @buf of SDPU_OP_RULE_ADD
 * @priority: the lowest is the first
 * @num_actions: used entries of @actions; with none the frame is dropped
 * @reserved: zero
 * @key: what the frame must be like
 * @mask: bits of @key that count; others of @key are zero. CHAIN: all of @port do, else none
 * @actions: what happens with it, one after the other; CONNECTION: REWRITE only, and then what
 *	follows CT
 * @number: of the chain; CONNECTION: of the zone
 * @table: SDPU_RULE_CHAIN, SDPU_RULE_CONNECTION, SDPU_RULE_SHARED
 * @reserved2: zero
 * @ct: what the frame's connection must be like; CONNECTION: what it is, of @number
 * @ct_mask: bits of @ct that count, others are zero; CONNECTION: zero
 *
 * Before 1.8 it ends with @actions, and all that is behind is zero.
 */
struct sdpu_ctrl_rule {
	__le32 priority;
	__le16 num_actions;
	__le16 reserved;
	struct sdpu_ctrl_rule_key key;
	struct sdpu_ctrl_rule_key mask;
	struct sdpu_ctrl_rule_action actions[SDPU_RULE_ACTIONS_MAX];
	__le32 number;
	__u8 table;
	__u8 reserved2[3];
	struct sdpu_ctrl_rule_ct ct;
	struct sdpu_ctrl_rule_ct ct_mask;
};

/* Size of struct sdpu_ctrl_rule before 1.8. */
#define SDPU_RULE_SIZE_1_6		648

/**
 * struct sdpu_ctrl_rule_id - input of SDPU_OP_RULE_ADD, _DEL and _STATS
 * @id: of the rule, below @max_rules
 * @buf_len: SDPU_OP_RULE_ADD: size of struct sdpu_ctrl_rule, or SDPU_RULE_SIZE_1_6; else zero
 */
struct sdpu_ctrl_rule_id {
	__le32 id;
	__le32 buf_len;
};

/**
 * struct sdpu_ctrl_rule_stats - output of SDPU_OP_RULE_STATS
 * @packets: frames that the rule took, each as one, however large
 * @bytes: bytes of these
 * @idle: milliseconds since the last one; all ones if there was none
 */
struct sdpu_ctrl_rule_stats {
	__le64 packets;
	__le64 bytes;
	__le64 idle;
};

/*
 * Page table of an address space: four levels of 512 little-endian 64-bit
 * entries in 4-KiB pages, 48-bit addresses. An entry of level 0 maps 4 KiB,
 * a leaf of level 1 maps 2 MiB, a leaf of level 2 1 GiB; level 3 has no leaves.
 */
#define SDPU_PT_LEVELS			4
#define SDPU_PT_SHIFT			9
#define SDPU_PT_ENTRIES			(1 << SDPU_PT_SHIFT)
#define SDPU_PT_PAGE_SHIFT		12
#define SDPU_PT_IOVA_BITS		(SDPU_PT_LEVELS * SDPU_PT_SHIFT + SDPU_PT_PAGE_SHIFT)
#define SDPU_PT_LEVEL_SHIFT(l)		(SDPU_PT_PAGE_SHIFT + (l) * SDPU_PT_SHIFT)
#define SDPU_PT_VALID			0x1ull
#define SDPU_PT_READ			0x2ull	/* leaf: the card may read */
#define SDPU_PT_WRITE			0x4ull	/* leaf: the card may write */
#define SDPU_PT_LEAF			0x8ull	/* required at level 0 */
#define SDPU_PT_ADDR			0x000ffffffffff000ull

#ifdef __cplusplus
#define SDPU_ABI_ASSERT(c) static_assert(c, #c)
#else
#define SDPU_ABI_ASSERT(c) _Static_assert(c, #c)
#endif
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_cmd) == 64);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_cqe) == 64);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_event) == 16);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_identify) == SDPU_CTRL_PAYLOAD);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_stats_get) == 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_queue_stats) == 16 * 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_port_stats) == 21 * 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_dev_create) == 24);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_dev_set) == 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_features_set) == 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_status) == 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_queue_create) == SDPU_CTRL_PAYLOAD);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_queue_index) == 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_queue_state) == 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_as_set) == 16);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_as_invalidate) == 24);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_group_set) == 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_port_set) == 16);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_port_filter) == 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_vf_link) == 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_eswitch) == 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_vf_mac) == 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_vf_rate) == 24);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_group_rate) == 16);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_vf_policy) == 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_rule_key) == 64);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_rule_action) == 16);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_rule_ct) == 24);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_rule) == SDPU_RULE_SIZE_1_6 + 56);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_rule_id) == 8);
SDPU_ABI_ASSERT(sizeof(struct sdpu_ctrl_rule_stats) == 24);

#endif /* _SOFTDPU_CTRL_H */
