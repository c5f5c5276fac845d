/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtio feature bits and what they require. See features.c. */
#ifndef _SDPU_VDPA_FEATURES_H
#define _SDPU_VDPA_FEATURES_H

#include <linux/bits.h>
#include <linux/types.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>

#define SDPU_F(name)	BIT_ULL(VIRTIO_NET_F_##name)

/*
 * Without VERSION_1 config space would be in the guest's byte order and
 * writable, without ACCESS_PLATFORM the driver would take our addresses for
 * physical ones.
 */
#define SDPU_FEATURES_REQUIRED \
	(BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_F_ACCESS_PLATFORM))

/**
 * struct sdpu_feature_rule - a feature and what it needs
 * @feature: the feature
 * @any_of: one of these must be there with it
 * @name: of @feature
 * @needs: @any_of in words
 */
struct sdpu_feature_rule {
	u64 feature;
	u64 any_of;
	const char *name;
	const char *needs;
};

const struct sdpu_feature_rule *sdpu_features_violation(u64 features);

#endif /* _SDPU_VDPA_FEATURES_H */
