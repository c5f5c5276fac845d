/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands of the control queue, by hand, to the device that suffers. */
#ifndef _SDPU_CLIENT_HOSTILE_CTRL_H
#define _SDPU_CLIENT_HOSTILE_CTRL_H

#include "hostile.h"

#define NEXT	VRING_DESC_F_NEXT
#define WRITE	VRING_DESC_F_WRITE

/* Where in the victim's send memory commands are built, and where they are acknowledged. */
#define CMD_AT		(1ul << 20)
#define ACK_AT		(32 * MEM_PAGE)

/* Bring the victim up with these features, or skip the test. */
bool lab_ctrl_up(struct lab *lab, u64 features);
/* Make the chain of descriptors available that starts at 0 and wait: the ack, or -1. */
int lab_submit(struct lab *lab);
/* A command of @len bytes behind the header, with room for the ack only. */
int lab_command(struct lab *lab, u8 class, u8 cmd, const void *data, u32 len);
/* A good command is acknowledged: the queue works. */
bool lab_ctrl_works(struct lab *lab);
/* @ack: the answer to a bad command. The queue goes on, and so does the device. */
void lab_refused(struct lab *lab, int ack);
#endif /* _SDPU_CLIENT_HOSTILE_CTRL_H */
