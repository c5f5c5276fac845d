/* SPDX-License-Identifier: GPL-2.0-only */
/* The virtio-net configuration space of a device (virtio 1.3, 5.1.4). */
#ifndef _SDPU_SIM_CONFIG_H
#define _SDPU_SIM_CONFIG_H

#include <linux/seqlock.h>
#include <linux/virtio_net.h>

/**
 * struct sdpu_config - configuration space
 * @lock: for writers, and to count generations; readers take a word at a time
 *	and compare the generation before and after. Held over a change of the
 *	address in the switch, so that the two stay the same.
 * @space: what the driver reads
 */
struct sdpu_config {
	seqlock_t lock;
	union {
		struct virtio_net_config net;
		__le32 word[DIV_ROUND_UP(sizeof(struct virtio_net_config), 4)];
	} space;
};

static inline void sdpu_config_begin(struct sdpu_config *config)
{
	write_seqlock_bh(&config->lock);
}

static inline void sdpu_config_end(struct sdpu_config *config)
{
	write_sequnlock_bh(&config->lock);
}

static inline u32 sdpu_config_generation(struct sdpu_config *config)
{
	return read_seqbegin(&config->lock) / 2;
}

static inline u32 sdpu_config_read(const struct sdpu_config *config, u32 offset)
{
	u32 i = offset / 4;

	return i < ARRAY_SIZE(config->space.word) ?
	       le32_to_cpu(READ_ONCE(config->space.word[i])) : 0;
}

#endif /* _SDPU_SIM_CONFIG_H */
