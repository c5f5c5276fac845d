/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Switchdev mode: the host forwards. What a VF sends is for its representor, and what the
 * representor sends is for the VF; what the PF's netdev sends is for the wire, and what
 * comes from there is for that netdev. Nothing is looked up, unless there are rules.
 */
#ifndef _SDPU_SIM_REP_H
#define _SDPU_SIM_REP_H

struct list_head;
struct sdpu_frame;
struct sdpu_function;
struct sdpu_fwd;

/* Queue @frame for whom its sender can reach: 1, or 0 if there is nobody. Context: of a batch. */
unsigned int sdpu_rep_deliver(struct sdpu_fwd *fwd, const struct sdpu_frame *frame);
/* Queue @frame for the representor of the port that it comes from. Likewise. */
unsigned int sdpu_rep_to_host(struct sdpu_fwd *fwd, const struct sdpu_frame *frame);
/* Give @skbs to VF @vf. What cannot be is counted. Context: RCU reader, bottom halves disabled. */
void sdpu_rep_xmit(struct sdpu_function *pf, struct list_head *skbs, unsigned int vf,
		   unsigned int queue);

#endif /* _SDPU_SIM_REP_H */
