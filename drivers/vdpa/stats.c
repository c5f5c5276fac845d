// SPDX-License-Identifier: GPL-2.0-only
/* Counters of a virtqueue, for vdpa dev vstats show. */
#include <linux/array_size.h>
#include <linux/build_bug.h>
#include <linux/netlink.h>
#include <net/netlink.h>
#include <uapi/linux/vdpa.h>

#include "vdpa.h"

#define SDPU_STAT(name) \
	[offsetof(struct sdpu_ctrl_queue_stats, name) / sizeof(__le64)] = #name

static const char *const sdpu_stats_names[] = {
	SDPU_STAT(packets),
	SDPU_STAT(bytes),
	SDPU_STAT(gso_packets),
	SDPU_STAT(kicks),
	SDPU_STAT(calls),
	SDPU_STAT(calls_suppressed),
	SDPU_STAT(batches),
	SDPU_STAT(drop_no_buffer),
	SDPU_STAT(drop_filter),
	SDPU_STAT(drop_down),
	SDPU_STAT(drop_bad),
	SDPU_STAT(drop_no_port),
	SDPU_STAT(broken),
	SDPU_STAT(calls_coalesced),
	SDPU_STAT(polls),
	SDPU_STAT(throttled),
};

static_assert(ARRAY_SIZE(sdpu_stats_names) == SDPU_NUM_QUEUE_STATS);

/**
 * sdpu_stats_get_vq - counters of a queue, as pairs of name and value
 * @vdpa: device
 * @idx: queue
 * @msg: message to add them to
 * @extack: for the reason of a failure
 *
 * Context: may sleep, also concurrently with itself.
 * Return: 0 or a negative errno.
 */
int sdpu_stats_get_vq(struct vdpa_device *vdpa, u16 idx, struct sk_buff *msg,
		      struct netlink_ext_ack *extack)
{
	struct sdpu_vdpa *sv = to_sdpu_vdpa(vdpa);
	u64 counters[SDPU_NUM_QUEUE_STATS];
	size_t i;
	int err;

	if (idx >= sv->nvqs) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "queue index %u, the device has queues 0 to %u",
				       idx, sv->nvqs - 1);
		return -ERANGE;
	}

	err = sdpu_cmd_queue_stats(sv->ctrl, idx, counters);
	if (err) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "the card does not give its counters: %pe",
				       ERR_PTR(err));
		return err;
	}

	for (i = 0; i < ARRAY_SIZE(counters); i++) {
		if (nla_put_string(msg, VDPA_ATTR_DEV_VENDOR_ATTR_NAME, sdpu_stats_names[i]) ||
		    nla_put_u64_64bit(msg, VDPA_ATTR_DEV_VENDOR_ATTR_VALUE, counters[i],
				      VDPA_ATTR_PAD))
			return -EMSGSIZE;
	}

	return 0;
}
