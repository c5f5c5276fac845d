/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PF's leg on the switch: frames as sk_buffs.
 */
#ifndef _SDPU_SIM_PFLEG_H
#define _SDPU_SIM_PFLEG_H

#include <linux/types.h>

struct sdpu_frame;
struct sdpu_function;
struct sdpu_fwd;
struct sdpu_port;
struct sdpu_xport;
struct sdpu_xport_net;
struct sk_buff;

/* All offloads: the host's stack understands each. */
#define SDPU_HOST_OFFLOADS	(~0ull)

int sdpu_pf_net_attach(struct sdpu_xport *xp, unsigned int port, const struct sdpu_xport_net *net,
		       void *priv);
void sdpu_pf_net_detach(struct sdpu_xport *xp, unsigned int port);
void sdpu_pf_net_xmit(struct sdpu_xport *xp, struct list_head *skbs, unsigned int port,
		      unsigned int queue);
/* The PF is enabled: it is at the switch with its permanent address. Context: fn->lock. */
void sdpu_pf_start(struct sdpu_function *fn);
/* The PF is reset: it leaves the switch. Context: fn->lock. */
void sdpu_pf_reset(struct sdpu_function *fn);

/*
 * @frame as an sk_buff, or NULL: then it is counted at @no_buffer, or as malformed by who
 * sends it. Context: of a batch.
 */
struct sk_buff *sdpu_fwd_skb(struct sdpu_fwd *fwd, const struct sdpu_frame *frame,
			     atomic64_t *no_buffer);
/*
 * The first of @skbs, which the host sends, as a frame: NULL if it is none, and dropped.
 * The frame is the sk_buff's. Context: bottom halves disabled.
 */
struct sk_buff *sdpu_pf_next(struct sdpu_function *pf, struct list_head *skbs,
			     struct sdpu_frame *frame);
/* Queue @frame for the PF. Context: of a batch. */
void sdpu_pf_deliver(struct sdpu_fwd *fwd, struct sdpu_port *port, const struct sdpu_frame *frame);
/*
 * Hand over what was queued for the netdev of @fn: the PF, or a representor. @hint: queue
 * pair it comes from. Context: of a batch, no lock held.
 */
void sdpu_pf_flush(struct sdpu_function *fn, unsigned int hint, struct list_head *skbs);

/* skb.c: -ENOMEM, or -EINVAL if the frame is malformed. */
struct sk_buff *sdpu_skb_from_frame(const struct sdpu_frame *frame);
/* Find the network header of @skb, which lies at its Ethernet header. */
void sdpu_skb_set_network(struct sk_buff *skb);
/*
 * Cut and sum @skb until somebody with @offloads (GUEST_* bits) can take it: a
 * list through skb->next. Consumes @skb. -ENOMEM, or another error if it is malformed.
 */
struct sk_buff *sdpu_skb_simplify(struct sk_buff *skb, u64 offloads);
/*
 * A clone of @skb whose first @old bytes are @len bytes of @bytes instead; NULL without
 * memory. It lies at its Ethernet header.
 */
struct sk_buff *sdpu_skb_rehead(struct sk_buff *skb, u32 old, const u8 *bytes, u32 len);
/* Describe @skb as a frame for somebody with @offloads; false if it cannot be. */
bool sdpu_frame_from_skb(struct sdpu_frame *frame, struct sk_buff *skb, u64 offloads);

#endif /* _SDPU_SIM_PFLEG_H */
