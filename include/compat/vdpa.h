/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vDPA core as of 7.2, for older kernels. What is defined here has the
 * name and the arguments of the newest kernel; the rest of the driver is
 * written for that one.
 */
#ifndef _SOFTDPU_COMPAT_VDPA_H
#define _SOFTDPU_COMPAT_VDPA_H

#include <linux/build_bug.h>
#include <linux/container_of.h>
#include <linux/vdpa.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)

/* 6.18 added @map. Before, the DMA API was what NULL stands for now. */
#undef vdpa_alloc_device
#define vdpa_alloc_device(dev_struct, member, parent, config, map,	\
			  ngroups, nas, name, use_va)			\
	container_of(__vdpa_alloc_device(parent, config, ngroups, nas,	\
					 sizeof(dev_struct) +		\
					 BUILD_BUG_ON_ZERO(offsetof(dev_struct, member)), \
					 name, use_va),			\
		     dev_struct, member)

/* 6.18 moved vdev->dma_dev into the union vdev->vmap. */
static inline void sdpu_compat_set_dma_dev(struct vdpa_device *vdev, struct device *dev)
{
	vdev->dma_dev = dev;
}

#else

static inline void sdpu_compat_set_dma_dev(struct vdpa_device *vdev, struct device *dev)
{
	vdev->vmap.dma_dev = dev;
}

#endif

#endif /* _SOFTDPU_COMPAT_VDPA_H */
