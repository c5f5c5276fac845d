/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI config spaces of one card: a PF with the SR-IOV capability and its VFs.
 * Plain C without locks or allocations, so that the same file runs in a unit
 * test in user space. Whoever embeds a struct sdpu_cfg serialises the calls.
 */
#ifndef _SDPU_SIM_CFGSPACE_H
#define _SDPU_SIM_CFGSPACE_H

#include <linux/types.h>

/* Bytes of config space: of a function, and of a VF's part that is not zero. */
#define SDPU_CFG_SIZE		4096
#define SDPU_CFG_VF_SIZE	256

/* Offsets of the capabilities. */
#define SDPU_CFG_PCIE		0x50	/* PF and VF */
#define SDPU_CFG_SRIOV		0x100	/* PF only */
#define SDPU_CFG_SERIAL		0x140	/* PF only */

/*
 * The PF is device 00, function 0. VFs follow from device 01 in plain order, so
 * that VF n is 01.0 plus n counted in octal: VF 0 is 01.0, VF 9 is 02.1.
 */
#define SDPU_CFG_VF_OFFSET	8
#define SDPU_CFG_VF_STRIDE	1
#define SDPU_CFG_MAX_VFS	(256 - SDPU_CFG_VF_OFFSET)

/**
 * struct sdpu_cfg_vf - what is stored of one VF's config space
 * @value: the first bytes, the rest reads zero
 */
struct sdpu_cfg_vf {
	u8 value[SDPU_CFG_VF_SIZE];
};

/**
 * struct sdpu_cfg - the config spaces of a card
 * @reset: called when a function was reset, by a function level reset or
 *	because VF Enable was cleared: 0 is the PF, n is the n-th VF, from 1.
 *	VFs are named before their PF. Called from sdpu_cfg_write().
 * @ctx: first argument of @reset
 * @serial: device serial number
 * @total_vfs: VFs that the card can have
 * @num_vfs: VFs that are there
 * @closed: no VF can be enabled any more
 * @pf: values of the PF's registers
 * @pf_mask: bits of @pf that a write can change
 * @vf_mask: the same for every VF
 * @vf: the VFs, @total_vfs of them
 */
struct sdpu_cfg {
	void (*reset)(void *ctx, unsigned int fn);
	void *ctx;
	u64 serial;
	u16 total_vfs;
	u16 num_vfs;
	bool closed;
	u8 pf[SDPU_CFG_SIZE];
	u8 pf_mask[SDPU_CFG_SIZE];
	u8 vf_mask[SDPU_CFG_VF_SIZE];
	struct sdpu_cfg_vf vf[];
};

void sdpu_cfg_init(struct sdpu_cfg *cfg, unsigned int total_vfs, u64 serial,
		   void (*reset)(void *ctx, unsigned int fn), void *ctx);
void sdpu_cfg_close(struct sdpu_cfg *cfg);
int sdpu_cfg_function(const struct sdpu_cfg *cfg, unsigned int devfn);
unsigned int sdpu_cfg_devfn(unsigned int fn);
bool sdpu_cfg_present(const struct sdpu_cfg *cfg, unsigned int fn);
bool sdpu_cfg_read(const struct sdpu_cfg *cfg, unsigned int fn, unsigned int where,
		   unsigned int size, u32 *value);
bool sdpu_cfg_write(struct sdpu_cfg *cfg, unsigned int fn, unsigned int where,
		    unsigned int size, u32 value);

#endif /* _SDPU_SIM_CFGSPACE_H */
