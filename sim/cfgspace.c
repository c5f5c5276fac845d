// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI config spaces of one card.
 *
 * Every register is a value and a mask of the bits that a write can change. What
 * a write means beyond that (function level reset, VFs that come and go) is found
 * by comparing before and after, so that it does not matter whether the writer
 * uses one, two or four bytes.
 *
 * Both kinds of function are Root Complex Integrated Endpoints: they have no
 * link, which spares us the link registers and the kernel's link handling. That
 * type rules out ARI, so the ARI bit of the SR-IOV capability stays clear. There
 * are no BARs and no interrupts: drivers reach the card through the software
 * transport (include/softdpu/xport.h).
 */
#include <linux/pci_regs.h>
#include <linux/string.h>
#include <linux/types.h>

#include <softdpu/ids.h>

#include "cfgspace.h"

#define SDPU_CFG_CLASS		0x020000u	/* Ethernet controller */
#define SDPU_CFG_PAGE_SIZES	0x553u		/* 4K, 8K, 64K, 256K, 1M, 4M: all must be there */

static u16 sdpu_cfg_get16(const u8 *p)
{
	return p[0] | p[1] << 8;
}

static void sdpu_cfg_put16(u8 *p, u16 value)
{
	p[0] = value & 0xff;
	p[1] = value >> 8;
}

static void sdpu_cfg_put32(u8 *p, u32 value)
{
	sdpu_cfg_put16(p, value & 0xffff);
	sdpu_cfg_put16(p + 2, value >> 16);
}

/* What PF and VF have in common: header and PCI Express capability. */
static void sdpu_cfg_common(u8 *v)
{
	sdpu_cfg_put16(v + PCI_STATUS, PCI_STATUS_CAP_LIST);
	sdpu_cfg_put32(v + PCI_CLASS_REVISION, SDPU_CFG_CLASS << 8 | SDPU_PCI_REVISION);
	sdpu_cfg_put16(v + PCI_SUBSYSTEM_VENDOR_ID, SDPU_PCI_SUBVENDOR_ID);
	sdpu_cfg_put16(v + PCI_SUBSYSTEM_ID, SDPU_PCI_SUBDEVICE_ID_SIM);
	v[PCI_CAPABILITY_LIST] = SDPU_CFG_PCIE;

	v[SDPU_CFG_PCIE + PCI_CAP_LIST_ID] = PCI_CAP_ID_EXP;
	sdpu_cfg_put16(v + SDPU_CFG_PCIE + PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_RC_END << 4);
	sdpu_cfg_put32(v + SDPU_CFG_PCIE + PCI_EXP_DEVCAP,
		       PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR);
}

static void sdpu_cfg_init_sriov(struct sdpu_cfg *cfg)
{
	u8 *v = cfg->pf + SDPU_CFG_SRIOV;
	u8 *m = cfg->pf_mask + SDPU_CFG_SRIOV;

	sdpu_cfg_put32(v, PCI_EXT_CAP_ID_SRIOV | 1 << 16 | SDPU_CFG_SERIAL << 20);
	sdpu_cfg_put16(v + PCI_SRIOV_INITIAL_VF, cfg->closed ? 0 : cfg->total_vfs);
	sdpu_cfg_put16(v + PCI_SRIOV_TOTAL_VF, cfg->total_vfs);
	v[PCI_SRIOV_FUNC_LINK] = 0;	/* the PF's own number: it depends on no other */
	sdpu_cfg_put16(v + PCI_SRIOV_VF_OFFSET, SDPU_CFG_VF_OFFSET);
	sdpu_cfg_put16(v + PCI_SRIOV_VF_STRIDE, SDPU_CFG_VF_STRIDE);
	sdpu_cfg_put16(v + PCI_SRIOV_VF_DID, SDPU_PCI_DEVICE_ID_VF);
	sdpu_cfg_put32(v + PCI_SRIOV_SUP_PGSIZE, SDPU_CFG_PAGE_SIZES);
	sdpu_cfg_put32(v + PCI_SRIOV_SYS_PGSIZE, 1);

	sdpu_cfg_put16(m + PCI_SRIOV_CTRL, PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE);
	sdpu_cfg_put16(m + PCI_SRIOV_NUM_VF, 0xffff);
	sdpu_cfg_put32(m + PCI_SRIOV_SYS_PGSIZE, SDPU_CFG_PAGE_SIZES);
}

static void sdpu_cfg_init_pf(struct sdpu_cfg *cfg)
{
	u8 *v = cfg->pf;
	u8 *m = cfg->pf_mask;

	memset(v, 0, SDPU_CFG_SIZE);
	memset(m, 0, SDPU_CFG_SIZE);
	sdpu_cfg_common(v);
	sdpu_cfg_put16(v + PCI_VENDOR_ID, SDPU_PCI_VENDOR_ID);
	sdpu_cfg_put16(v + PCI_DEVICE_ID, SDPU_PCI_DEVICE_ID_PF);
	/* what the specification asks for after a reset: 512 byte reads */
	sdpu_cfg_put16(v + SDPU_CFG_PCIE + PCI_EXP_DEVCTL,
		       PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN |
		       PCI_EXP_DEVCTL_READRQ_512B);

	sdpu_cfg_put16(m + PCI_COMMAND, PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
		       PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
	m[PCI_CACHE_LINE_SIZE] = 0xff;
	m[PCI_INTERRUPT_LINE] = 0xff;
	sdpu_cfg_put16(m + SDPU_CFG_PCIE + PCI_EXP_DEVCTL,
		       PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE | PCI_EXP_DEVCTL_FERE |
		       PCI_EXP_DEVCTL_URRE | PCI_EXP_DEVCTL_RELAX_EN |
		       PCI_EXP_DEVCTL_PAYLOAD | PCI_EXP_DEVCTL_NOSNOOP_EN |
		       PCI_EXP_DEVCTL_READRQ | PCI_EXP_DEVCTL_BCR_FLR);

	sdpu_cfg_init_sriov(cfg);
	sdpu_cfg_put32(v + SDPU_CFG_SERIAL, PCI_EXT_CAP_ID_DSN | 1 << 16);
	sdpu_cfg_put32(v + SDPU_CFG_SERIAL + 4, cfg->serial & 0xffffffff);
	sdpu_cfg_put32(v + SDPU_CFG_SERIAL + 8, cfg->serial >> 32);
}

static void sdpu_cfg_init_vf(struct sdpu_cfg *cfg, unsigned int fn)
{
	u8 *v = cfg->vf[fn - 1].value;

	memset(v, 0, SDPU_CFG_VF_SIZE);
	sdpu_cfg_common(v);
	/*
	 * A VF's ids come from the PF's SR-IOV capability; all ones here keep a
	 * bus scan from taking the VF for a function of its own.
	 */
	sdpu_cfg_put16(v + PCI_VENDOR_ID, 0xffff);
	sdpu_cfg_put16(v + PCI_DEVICE_ID, 0xffff);
}

static void sdpu_cfg_init_vf_mask(struct sdpu_cfg *cfg)
{
	u8 *m = cfg->vf_mask;

	memset(m, 0, SDPU_CFG_VF_SIZE);
	/* The kernel tries INTX_DISABLE on every function to learn whether it works. */
	sdpu_cfg_put16(m + PCI_COMMAND, PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
	sdpu_cfg_put16(m + SDPU_CFG_PCIE + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_BCR_FLR);
}

/**
 * sdpu_cfg_init - build the config spaces of a card
 * @cfg: with room for @total_vfs VFs
 * @total_vfs: VFs that the card can have, 1 to SDPU_CFG_MAX_VFS
 * @serial: device serial number, an EUI-64
 * @reset: see struct sdpu_cfg
 * @ctx: first argument of @reset
 *
 * Context: Any.
 */
void sdpu_cfg_init(struct sdpu_cfg *cfg, unsigned int total_vfs, u64 serial,
		   void (*reset)(void *ctx, unsigned int fn), void *ctx)
{
	unsigned int fn;

	cfg->reset = reset;
	cfg->ctx = ctx;
	cfg->serial = serial;
	cfg->total_vfs = total_vfs;
	cfg->num_vfs = 0;
	cfg->closed = false;
	sdpu_cfg_init_pf(cfg);
	sdpu_cfg_init_vf_mask(cfg);
	for (fn = 1; fn <= total_vfs; fn++)
		sdpu_cfg_init_vf(cfg, fn);
}

/**
 * sdpu_cfg_close - the card is about to be removed: let no more VFs come
 * @cfg: the config spaces
 *
 * InitialVFs becomes 0, which makes the kernel's sriov_enable() fail before it
 * adds a VF. VFs that are there stay until they are disabled.
 *
 * Context: Any.
 */
void sdpu_cfg_close(struct sdpu_cfg *cfg)
{
	cfg->closed = true;
	sdpu_cfg_put16(cfg->pf + SDPU_CFG_SRIOV + PCI_SRIOV_INITIAL_VF, 0);
}

/**
 * sdpu_cfg_function - which function of the card a device and function number is
 * @cfg: the config spaces
 * @devfn: as in PCI_DEVFN()
 *
 * Context: Any.
 * Return: 0 for the PF, n for the n-th VF, from 1, whether it is there or not; -1
 * if the card never has such a function.
 */
int sdpu_cfg_function(const struct sdpu_cfg *cfg, unsigned int devfn)
{
	unsigned int vf = devfn - SDPU_CFG_VF_OFFSET;

	if (!devfn)
		return 0;
	if (devfn < SDPU_CFG_VF_OFFSET || vf >= cfg->total_vfs)
		return -1;
	return vf + 1;
}

/**
 * sdpu_cfg_devfn - device and function number of a function of the card
 * @fn: 0 for the PF, n for the n-th VF, from 1
 *
 * Context: Any.
 * Return: as PCI_DEVFN() makes it
 */
unsigned int sdpu_cfg_devfn(unsigned int fn)
{
	return fn ? SDPU_CFG_VF_OFFSET + (fn - 1) * SDPU_CFG_VF_STRIDE : 0;
}

/**
 * sdpu_cfg_present - is a function there?
 * @cfg: the config spaces
 * @fn: 0 for the PF, n for the n-th VF, from 1
 *
 * Context: Any.
 * Return: true for the PF and for the VFs that are enabled
 */
bool sdpu_cfg_present(const struct sdpu_cfg *cfg, unsigned int fn)
{
	return fn <= cfg->num_vfs;
}

static bool sdpu_cfg_valid(const struct sdpu_cfg *cfg, unsigned int fn, unsigned int where,
			   unsigned int size)
{
	return sdpu_cfg_present(cfg, fn) && (size == 1 || size == 2 || size == 4) &&
	       where < SDPU_CFG_SIZE && !(where % size);
}

/**
 * sdpu_cfg_read - read a register
 * @cfg: the config spaces
 * @fn: 0 for the PF, n for the n-th VF, from 1
 * @where: offset, a multiple of @size
 * @size: 1, 2 or 4 bytes
 * @value: what was read
 *
 * Context: Any, serialised with sdpu_cfg_write().
 * Return: false, with @value all ones, if there is no such function or register
 */
bool sdpu_cfg_read(const struct sdpu_cfg *cfg, unsigned int fn, unsigned int where,
		   unsigned int size, u32 *value)
{
	const u8 *v;

	*value = 0xffffffff;
	if (!sdpu_cfg_valid(cfg, fn, where, size))
		return false;
	*value = 0;
	if (fn && where >= SDPU_CFG_VF_SIZE)
		return true;
	for (v = fn ? cfg->vf[fn - 1].value : cfg->pf; size--;)
		*value = *value << 8 | v[where + size];
	return true;
}

/* A VF was reset: its registers are what they were when it came. */
static void sdpu_cfg_reset_vf(struct sdpu_cfg *cfg, unsigned int fn)
{
	sdpu_cfg_init_vf(cfg, fn);
	cfg->reset(cfg->ctx, fn);
}

static void sdpu_cfg_disable_vfs(struct sdpu_cfg *cfg)
{
	unsigned int fn, num = cfg->num_vfs;

	cfg->num_vfs = 0;
	for (fn = 1; fn <= num; fn++)
		sdpu_cfg_reset_vf(cfg, fn);
}

/* After a write to the PF: @num_vfs is what NumVFs was before it. */
static void sdpu_cfg_update_sriov(struct sdpu_cfg *cfg, bool was_on, u16 num_vfs)
{
	u8 *v = cfg->pf + SDPU_CFG_SRIOV;
	u16 ctrl = sdpu_cfg_get16(v + PCI_SRIOV_CTRL);

	/* The number of VFs is fixed while they are enabled. */
	if (was_on)
		sdpu_cfg_put16(v + PCI_SRIOV_NUM_VF, num_vfs);
	num_vfs = sdpu_cfg_get16(v + PCI_SRIOV_NUM_VF);

	if (!was_on && (ctrl & PCI_SRIOV_CTRL_VFE)) {
		if (cfg->closed)
			sdpu_cfg_put16(v + PCI_SRIOV_CTRL, ctrl & ~PCI_SRIOV_CTRL_VFE);
		else
			cfg->num_vfs = num_vfs < cfg->total_vfs ? num_vfs : cfg->total_vfs;
	}
	if (was_on && !(ctrl & PCI_SRIOV_CTRL_VFE))
		sdpu_cfg_disable_vfs(cfg);
}

static bool sdpu_cfg_vf_enable(const struct sdpu_cfg *cfg)
{
	return sdpu_cfg_get16(cfg->pf + SDPU_CFG_SRIOV + PCI_SRIOV_CTRL) & PCI_SRIOV_CTRL_VFE;
}

static void sdpu_cfg_write_pf(struct sdpu_cfg *cfg, unsigned int where, unsigned int size,
			      u32 value)
{
	u16 num_vfs = sdpu_cfg_get16(cfg->pf + SDPU_CFG_SRIOV + PCI_SRIOV_NUM_VF);
	bool was_on = sdpu_cfg_vf_enable(cfg);

	for (; size--; where++, value >>= 8)
		cfg->pf[where] = (cfg->pf[where] & ~cfg->pf_mask[where]) |
				 (value & cfg->pf_mask[where]);

	if (sdpu_cfg_get16(cfg->pf + SDPU_CFG_PCIE + PCI_EXP_DEVCTL) & PCI_EXP_DEVCTL_BCR_FLR) {
		/* resetting the PF clears VF Enable too */
		sdpu_cfg_disable_vfs(cfg);
		sdpu_cfg_init_pf(cfg);
		cfg->reset(cfg->ctx, 0);
		return;
	}
	sdpu_cfg_update_sriov(cfg, was_on, num_vfs);
}

static void sdpu_cfg_write_vf(struct sdpu_cfg *cfg, unsigned int fn, unsigned int where,
			      unsigned int size, u32 value)
{
	u8 *v = cfg->vf[fn - 1].value;

	if (where >= SDPU_CFG_VF_SIZE)
		return;
	for (; size--; where++, value >>= 8)
		v[where] = (v[where] & ~cfg->vf_mask[where]) | (value & cfg->vf_mask[where]);

	if (sdpu_cfg_get16(v + SDPU_CFG_PCIE + PCI_EXP_DEVCTL) & PCI_EXP_DEVCTL_BCR_FLR)
		sdpu_cfg_reset_vf(cfg, fn);
}

/**
 * sdpu_cfg_write - write a register
 * @cfg: the config spaces
 * @fn: 0 for the PF, n for the n-th VF, from 1
 * @where: offset, a multiple of @size
 * @size: 1, 2 or 4 bytes
 * @value: what to write
 *
 * Bits that cannot be written keep their value, as on any card.
 *
 * Context: Any, serialised by the caller. Calls the reset function.
 * Return: false if there is no such function or register
 */
bool sdpu_cfg_write(struct sdpu_cfg *cfg, unsigned int fn, unsigned int where,
		    unsigned int size, u32 value)
{
	if (!sdpu_cfg_valid(cfg, fn, where, size))
		return false;
	if (fn)
		sdpu_cfg_write_vf(cfg, fn, where, size, value);
	else
		sdpu_cfg_write_pf(cfg, where, size, value);
	return true;
}
