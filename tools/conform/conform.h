/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conformance of a vDPA network device: what the cases work with.
 *
 * A case is run in a process of its own, which starts with nothing open and may end in any
 * way: how it went is in memory that it shares with the program. Whatever a case waits for,
 * it waits for a bounded time.
 *
 * The device under test is the device. Who its frames go to, and who sends it some, is the
 * peer: another device, or with --loop the device itself.
 */
#ifndef _SDPU_CONFORM_H
#define _SDPU_CONFORM_H

#include "flow.h"

/* younger than the headers of some build machines */
#ifndef VIRTIO_NET_F_DEVICE_STATS
#define VIRTIO_NET_F_DEVICE_STATS	50
#endif
#ifndef VIRTIO_NET_F_VQ_NOTF_COAL
#define VIRTIO_NET_F_VQ_NOTF_COAL	52
#endif
#ifndef VIRTIO_NET_F_NOTF_COAL
#define VIRTIO_NET_F_NOTF_COAL		53
#endif
#ifndef VIRTIO_NET_F_GUEST_USO4
#define VIRTIO_NET_F_GUEST_USO4		54
#define VIRTIO_NET_F_GUEST_USO6		55
#define VIRTIO_NET_F_HOST_USO		56
#endif
#ifndef VIRTIO_NET_F_GUEST_HDRLEN
#define VIRTIO_NET_F_GUEST_HDRLEN	59
#endif

#define F(name)		BIT(VIRTIO_NET_F_##name)
#define B(name)		BIT(VHOST_BACKEND_F_##name)
#define F_INDIRECT	BIT(VIRTIO_RING_F_INDIRECT_DESC)
#define F_EVENT_IDX	BIT(VIRTIO_RING_F_EVENT_IDX)
#define F_PACKED	BIT(VIRTIO_F_RING_PACKED)
#define F_IN_ORDER	BIT(VIRTIO_F_IN_ORDER)
/* Those that every case accepts. */
#define F_BASE		(F(MAC) | F(MTU) | F(STATUS))

#define S_OK		VIRTIO_CONFIG_S_DRIVER_OK
#define S_FEATURES	VIRTIO_CONFIG_S_FEATURES_OK
#define S_BROKEN	VIRTIO_CONFIG_S_NEEDS_RESET
#define S_START		(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER)

#define NEXT		VRING_DESC_F_NEXT
#define WRITE		VRING_DESC_F_WRITE
#define INDIRECT	VRING_DESC_F_INDIRECT

/* In the memory of buffers, above what port.c uses with the attributes that cases start with. */
#define ROOM		0x100000ul
#define ROOM_END	0x200000ul
/* What no device answers to a command. */
#define NO_ANSWER	0x77
/* Nothing is mapped there. */
#define HOLE		0x7000000000ull

/* What conform_frame() writes: addresses, type, magic, tag, and at least so many bytes in all. */
#define FRAME_MIN	60
#define FRAME_MAX	9216

/* A case needs somebody to exchange frames with, or another device for that. */
#define NEEDS_TRAFFIC	BIT(0)
#define NEEDS_PEER	BIT(1)

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/**
 * struct conform_result - how a case went; shared between processes
 * @done: the case came to its end
 * @skip: why it makes no sense with this device, or empty
 * @why: the first thing that went wrong, or empty
 * @notes: what is worth saying and no failure, a line each
 */
struct conform_result {
	bool done;
	char skip[160];
	char why[600];
	char notes[600];
};

/**
 * struct conform - a device and a case
 * @path: of the device
 * @peer_path: of the other one, or NULL
 * @loop: the device is its own peer
 * @ms: how long to wait for anything
 * @offered: features of the device
 * @backend: VHOST_BACKEND_F_* that are there
 * @num_vqs: virtqueues
 * @max_vring: entries of the largest one
 * @first: first address of the IOVA range
 * @last: last one
 * @attrs: of the device, as the case wants them; set up with defaults and the case's features
 * @dut: the device
 * @other: the other device
 * @up: @dut is open
 * @other_up: @other is open
 * @result: what to report
 */
struct conform {
	const char *path;
	const char *peer_path;
	bool loop;
	int ms;
	u64 offered;
	u64 backend;
	int num_vqs;
	int max_vring;
	u64 first;
	u64 last;
	struct port_attrs attrs;
	struct port dut;
	struct port other;
	bool up;
	bool other_up;
	struct conform_result *result;
};

/**
 * struct conform_case - a behaviour
 * @name: what a device does that is right
 * @ref: who says so
 * @run: tries it
 * @features: it is about these, and accepts them besides F_BASE
 * @backend: VHOST_BACKEND_F_* that it needs
 * @needs: NEEDS_*
 */
struct conform_case {
	const char *name;
	const char *ref;
	void (*run)(struct conform *c);
	u64 features;
	u64 backend;
	unsigned int needs;
};

/* More in the form .needs = NEEDS_TRAFFIC. */
#define CASE(text, from, func, ...)	\
	{ .name = text, .ref = from, .run = func, __VA_ARGS__ }

/* Each ends with an empty one. */
extern const struct conform_case status_cases[], features_cases[], config_cases[], setup_cases[],
	ready_cases[], split_cases[], packed_cases[], state_cases[], suspend_cases[], asid_cases[],
	map_cases[], event_cases[], cvq_cases[], filter_cases[], query_cases[], hostile_cases[],
	broken_cases[], access_cases[], offload_cases[];

/* conform_needs.c: what the device has not got and @cc needs; NULL: nothing. */
const char *conform_missing(const struct conform *c, const struct conform_case *cc);
/* The name of a VIRTIO_* feature bit. */
const char *conform_feature(unsigned int bit);

/* conform_run.c: read what the device offers: 0 or a negative errno. */
int conform_probe(struct conform *c);
/* Run a case in a process of its own and print how it went. */
void conform_run(struct conform *c, const struct conform_case *cc, const char *title);

/*
 * conform_lab.c. Functions of type bool return whether all is well, and have reported it if not.
 */
__attribute__((format(printf, 2, 3))) bool conform_fail(struct conform *c, const char *fmt, ...);
/* conform_fail() unless @cond. */
__attribute__((format(printf, 3, 4)))
bool conform_want(struct conform *c, bool cond, const char *fmt, ...);
/* The case makes no sense. Always false. */
__attribute__((format(printf, 2, 3))) bool conform_skip(struct conform *c, const char *fmt, ...);
__attribute__((format(printf, 2, 3))) void conform_note(struct conform *c, const char *fmt, ...);
static inline bool conform_failed(const struct conform *c)
{
	return *c->result->why || *c->result->skip;
}

/* The steps of a driver: an open device, FEATURES_OK, rings that are set up. What is done stays. */
bool conform_open(struct conform *c);
bool conform_negotiated(struct conform *c);
bool conform_set_up(struct conform *c);
/* The last step alone, after a step of the above. */
bool conform_start(struct conform *c);
/* All of them; the peer too, and frames have come through, if there is somebody to talk to. */
bool conform_up(struct conform *c);
/* The peer alone. */
bool conform_peer_up(struct conform *c);
/* Frames come through both ways. */
bool conform_hello(struct conform *c);
/* Reset, and all steps again. */
bool conform_again(struct conform *c);
/* Close what is open. */
void conform_close(struct conform *c);

/* Who the device sends to and receives from. */
static inline struct port *conform_peer(struct conform *c)
{
	return c->loop ? &c->dut : &c->other;
}

/* @count frames each way, checked, and the device has not broken. */
bool conform_traffic(struct conform *c, unsigned int count);
/* The same, one way. */
bool conform_flow(struct conform *c, struct port *from, struct port *to, unsigned int count);
/* The device's status has all of @set and nothing of @clear. */
bool conform_status(struct conform *c, u8 set, u8 clear);

/**
 * struct wait - a bounded time
 * @until: end of it, as now_ns()
 * @visited: every processor has had its chance to work for the device
 */
struct wait {
	u64 until;
	bool visited;
};

struct wait wait_start(struct conform *c);
/* Let others run. Return: there is time left. */
bool wait_more(struct wait *w);
/* Long enough for a device to do something that it must not do. */
void conform_pause(void);

/* conform_raw.c: rings by hand */

/* An address that no device has. */
extern const u8 conform_nobody[6];

/* A frame of @len bytes from @from to @dst at @va, behind a virtio header of zeros. */
void conform_frame(const struct port *from, u8 *va, const u8 *dst, u32 len, u16 tag);
/* A place for it in the device's transmit memory, number @slot of 256. */
u8 *conform_room(struct conform *c, unsigned int slot);
u64 conform_room_iova(struct conform *c, unsigned int slot);

/**
 * struct heard - a frame that arrived
 * @hdr: its virtio header
 * @len: bytes without that
 * @num: buffers
 * @data: the bytes
 */
struct heard {
	struct virtio_net_hdr_v1 hdr;
	u32 len;
	unsigned int num;
	u8 data[FRAME_MAX];
};

/* Instead of a tag: the next frame of IPv4. */
#define TAG_IPV4	0xffff

/* The frame with that tag comes to @at, whole and unchanged; others are dropped on the way. */
bool conform_hear(struct conform *c, struct port *at, u16 tag, u32 len, struct heard *h);
/* Does it come within @ms? It may be of any length. */
bool conform_comes(struct conform *c, struct port *at, u16 tag, int ms, struct heard *h);

/*
 * Make a chain available and wait until it is given back: how many bytes were written
 * in @len.
 */
bool conform_chain(struct conform *c, unsigned int ring, const struct ring_seg *seg,
		   unsigned int out, unsigned int in, bool indirect, u32 *len);
/* The same of one that is expected not to be given back. */
bool conform_offer(struct conform *c, unsigned int ring, const struct ring_seg *seg,
		   unsigned int out, unsigned int in, bool indirect);
/* Show a good command to the control queue, and kick. Return: where the answer will be. */
u8 *conform_ask(struct conform *c);
/* Send frame @tag of @len bytes in one descriptor, and hear it at the peer. */
bool conform_one(struct conform *c, u16 tag, u32 len);
/* @from sends frame @tag to @dst. */
bool conform_send(struct conform *c, struct port *from, const u8 *dst, u32 len, u16 tag);
/* The peer sends it to the device. */
bool conform_peer_sends(struct conform *c, u32 len, u16 tag);

/* @n more entries of a split ring have been used since index @from. */
bool raw_used(struct conform *c, struct ring *r, u16 from, u16 n);
/* A ring stands still: what was taken was given back, and kicks change nothing. */
bool conform_still(struct conform *c, unsigned int ring);

#endif /* _SDPU_CONFORM_H */
