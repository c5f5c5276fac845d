/* SPDX-License-Identifier: GPL-2.0-only */
/* Cases about buffers in rings that are the same for split and for packed ones. */
#ifndef _SDPU_CONFORM_RING_H
#define _SDPU_CONFORM_RING_H

#include "conform.h"

/* A transmitted frame as it may lie in descriptors. */
void tx_one(struct conform *c);
void tx_header_apart(struct conform *c);
void tx_header_split(struct conform *c);
void tx_bytes(struct conform *c);
void tx_table(struct conform *c);
void tx_table_of_one(struct conform *c);
void tx_table_of_eight(struct conform *c);
void tx_sizes(struct conform *c);
void tx_not_written(struct conform *c);
void tx_full(struct conform *c);
void tx_drains(struct conform *c);

/* Receive buffers. */
void rx_header_apart(struct conform *c);
void rx_bytes(struct conform *c);
void rx_table(struct conform *c);
void rx_num_buffers(struct conform *c);
void rx_header_plain(struct conform *c);
void rx_merged(struct conform *c);
void rx_merged_one(struct conform *c);
void rx_dry(struct conform *c);

/* Around the ring. */
void rounds(struct conform *c);
void rounds_indirect(struct conform *c);
void rounds_in_order(struct conform *c);
void largest_frame(struct conform *c);

#endif /* _SDPU_CONFORM_RING_H */
