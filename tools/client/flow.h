/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A flow: numbered frames from one port to another (or the same one), checked
 * on arrival. As many are on the way as the receiver has buffers, so whatever
 * is missing was lost by the device.
 */
#ifndef _SDPU_CLIENT_FLOW_H
#define _SDPU_CLIENT_FLOW_H

#include "gso.h"
#include "port.h"

#define FLOW_FRAME_MIN	40
/* numbers that are remembered to tell duplicates from late ones */
#define FLOW_WINDOW	65536

/**
 * struct flow_stats - what happened
 * @sent: frames given to the device
 * @received: frames that arrived, each counted once
 * @lost: numbers that never came
 * @duplicate: numbers that came again
 * @reordered: numbers that came late
 * @corrupt: wrong length or content
 * @foreign: frames of nobody's
 * @stalls: times nothing moved for FLOW_STALL_MS
 */
struct flow_stats {
	u64 sent;
	u64 received;
	u64 lost;
	u64 duplicate;
	u64 reordered;
	u64 corrupt;
	u64 foreign;
	u64 stalls;
};

#define FLOW_STALL_MS	500
/*
 * Looks without a frame, besides the time, before something counts as missing: time
 * alone says nothing on a machine that stood still meanwhile. And without a system
 * call between them.
 */
#define FLOW_IDLE_LOOKS	2000
#define FLOW_IDLE_TURNS	(1u << 19)

/**
 * struct flow - numbered frames from @tx to @rx
 * @frame_size: bytes
 * @tx: sends
 * @rx: receives
 * @batch: frames added before the device is told
 * @limit: frames on the way at most
 * @check_data: compare every byte
 * @open_loop: do not wait for frames to arrive: what is missing is no error
 * @sources: the source address takes turns with so many, 0: it is the sender's
 * @gso: bytes of a segment, 0: frames that are sent as they are
 * @head: what every frame begins with: Ethernet addresses and type; with @gso all of GSO_HEAD
 * @hdr: with @gso, the virtio header of every frame
 * @id: told from the frames of other flows by this
 * @next: number of the next frame to send
 * @expect: number of the next frame to arrive
 * @seen: numbers below @expect that came, a bit each, modulo FLOW_WINDOW
 * @arrived: frames of ours that came, or were given up
 * @moved_at: when something last moved
 * @suspected: nothing has moved since every processor had its chance
 * @stats: what happened
 * @pattern: content of a frame between its head and its tail
 */
struct flow {
	struct port *tx;
	struct port *rx;
	u32 frame_size;
	unsigned int batch;
	unsigned int limit;
	bool check_data;
	bool open_loop;
	u32 sources;
	u16 gso;
	u8 head[GSO_HEAD];
	struct virtio_net_hdr_v1 hdr;
	u16 id;
	u64 next;
	u64 expect;
	u64 arrived;
	u64 moved_at;
	bool suspected;
	struct flow_stats stats;
	u8 *pattern;
	u64 seen[FLOW_WINDOW / 64];
};

/* 0, -EINVAL: the ports do not carry frames of that size; -ENOMEM. */
int flow_init(struct flow *f, struct port *tx, struct port *rx, u32 frame_size,
	      unsigned int batch);
void flow_free(struct flow *f);

/*
 * After flow_init(): frames are TCP, to be cut into segments of so many bytes by who needs that,
 * which is nobody between two ports that take them whole. From then on @tx sends only such frames:
 * the virtio header stays in its buffers. 0, -EINVAL: too small or too large for that; -ENOTSUP.
 */
int flow_gso(struct flow *f, u16 segment);

/* Send up to @batch frames. Return: how many, or a negative errno. */
int flow_fill(struct flow *f);
/* The same, up to @most, but the device sees them only after port_flush(). */
int flow_write(struct flow *f, unsigned int most);
/* Check what arrived. Return: frames, or a negative errno. */
int flow_drain(struct flow *f);

/* Frames on the way. */
static inline u64 flow_in_flight(const struct flow *f)
{
	return f->next - f->arrived;
}

/* Nothing moved for long: what is on the way counts as lost. */
void flow_give_up(struct flow *f);

/*
 * Nothing has moved for long. Return: false the first time, after which one has to wait
 * as long again; then true: it is the device. See cpus.h.
 */
bool flow_stalled(struct flow *f);

/*
 * Move @count frames, waiting at most @ms for each step. 0: they all came and
 * nothing was wrong; -EIO: they did not; else what the ports said.
 */
int flow_run(struct flow *f, u64 count, int ms);

/* Wait until all that was sent has come. 0 or -ETIMEDOUT. */
int flow_settle(struct flow *f, int ms);

/* Frames both ways until the path works: a switch may have to learn. 0 or -ETIMEDOUT. */
int flow_hello(struct port *a, struct port *b, int ms);

/* Lost, doubled, late or wrong frames. */
u64 flow_errors(const struct flow *f);

#endif /* _SDPU_CLIENT_FLOW_H */
