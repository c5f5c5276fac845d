// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI config spaces of a card (sim/cfgspace.c), as a PCI core, a curious reader
 * and a careless writer see them.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/pci_regs.h>
#include <linux/types.h>

#include <softdpu/ids.h>

#include "../../sim/cfgspace.h"
#include "tap.h"

#define VFS		64
#define SERIAL		0x0123456789abcdefULL
#define PF		0
#define VF(n)		((n) + 1)	/* VFs are counted from 0, functions from 1 */
#define SRIOV(reg)	(SDPU_CFG_SRIOV + PCI_SRIOV_##reg)
#define EXP(reg)	(SDPU_CFG_PCIE + PCI_EXP_##reg)

/* What the reset function was called for. */
static unsigned int resets[VFS + 1], reset_order[4 * VFS], reset_count;

static void reset(void *ctx, unsigned int fn)
{
	*(unsigned int *)ctx += 1;
	resets[fn]++;
	reset_order[reset_count++] = fn;
}

static unsigned int ctx_calls;

static void forget_resets(void)
{
	memset(resets, 0, sizeof(resets));
	reset_count = 0;
}

static struct sdpu_cfg *make(void)
{
	struct sdpu_cfg *cfg = malloc(sizeof(*cfg) + VFS * sizeof(cfg->vf[0]));

	/* the builder must not count on zeroed memory */
	memset(cfg, 0xa5, sizeof(*cfg) + VFS * sizeof(cfg->vf[0]));
	sdpu_cfg_init(cfg, VFS, SERIAL, reset, &ctx_calls);
	forget_resets();
	return cfg;
}

static u32 get(struct sdpu_cfg *cfg, unsigned int fn, unsigned int where, unsigned int size)
{
	u32 value;

	sdpu_cfg_read(cfg, fn, where, size, &value);
	return value;
}

static void put(struct sdpu_cfg *cfg, unsigned int fn, unsigned int where, unsigned int size,
		u32 value)
{
	sdpu_cfg_write(cfg, fn, where, size, value);
}

static void enable_vfs(struct sdpu_cfg *cfg, u16 num)
{
	put(cfg, PF, SRIOV(NUM_VF), 2, num);
	put(cfg, PF, SRIOV(CTRL), 2, PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE);
}

static void test_header(void)
{
	struct sdpu_cfg *cfg = make();
	unsigned int i;
	u32 bars = 0;

	tap_is(get(cfg, PF, PCI_VENDOR_ID, 2), SDPU_PCI_VENDOR_ID, "PF has our vendor id");
	tap_is(get(cfg, PF, PCI_DEVICE_ID, 2), SDPU_PCI_DEVICE_ID_PF, "PF has the PF device id");
	tap_is(get(cfg, PF, PCI_CLASS_REVISION, 4), 0x02000000 | SDPU_PCI_REVISION,
	       "PF is an Ethernet controller");
	tap_is(get(cfg, PF, PCI_SUBSYSTEM_VENDOR_ID, 4),
	       SDPU_PCI_SUBDEVICE_ID_SIM << 16 | SDPU_PCI_SUBVENDOR_ID, "PF has subsystem ids");
	tap_is(get(cfg, PF, PCI_HEADER_TYPE, 1), PCI_HEADER_TYPE_NORMAL,
	       "PF is a single function device");
	tap_is(get(cfg, PF, PCI_INTERRUPT_PIN, 1), 0, "PF has no interrupt pin");

	put(cfg, PF, PCI_ROM_ADDRESS, 4, ~0);
	bars |= get(cfg, PF, PCI_ROM_ADDRESS, 4);
	for (i = 0; i < 6; i++) {
		put(cfg, PF, PCI_BASE_ADDRESS_0 + 4 * i, 4, ~0);
		put(cfg, PF, SRIOV(BAR) + 4 * i, 4, ~0);
		bars |= get(cfg, PF, PCI_BASE_ADDRESS_0 + 4 * i, 4);
		bars |= get(cfg, PF, SRIOV(BAR) + 4 * i, 4);
	}
	tap_is(bars, 0, "PF has no BAR, no ROM and no VF BAR");
	free(cfg);
}

/* Walk the capability list; true if it ends, stays in place and has @id once. */
static bool find_cap(struct sdpu_cfg *cfg, unsigned int fn, u8 id, unsigned int *at)
{
	unsigned int pos = get(cfg, fn, PCI_CAPABILITY_LIST, 1), ttl = 48, found = 0;

	for (; pos; pos = get(cfg, fn, pos + PCI_CAP_LIST_NEXT, 1)) {
		if (pos < PCI_STD_HEADER_SIZEOF || pos & 3 || !ttl--)
			return false;
		if (get(cfg, fn, pos, 1) == id) {
			*at = pos;
			found++;
		}
	}
	return found == 1;
}

static bool find_ext_cap(struct sdpu_cfg *cfg, unsigned int fn, u16 id, unsigned int *at)
{
	unsigned int pos = PCI_CFG_SPACE_SIZE, ttl = 480, found = 0;

	do {
		u32 header = get(cfg, fn, pos, 4);

		if (pos < PCI_CFG_SPACE_SIZE || pos & 3 || !ttl--)
			return false;
		if (PCI_EXT_CAP_ID(header) == id) {
			*at = pos;
			found++;
		}
		pos = PCI_EXT_CAP_NEXT(header);
	} while (pos);
	return found == 1;
}

static void test_capabilities(void)
{
	struct sdpu_cfg *cfg = make();
	unsigned int pos;
	u16 flags;

	tap_ok(get(cfg, PF, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST, "PF has a capability list");
	tap_ok(find_cap(cfg, PF, PCI_CAP_ID_EXP, &pos) && pos == SDPU_CFG_PCIE,
	       "PF capability list is well formed and has PCI Express once");
	flags = get(cfg, PF, EXP(FLAGS), 2);
	tap_is(flags & PCI_EXP_FLAGS_VERS, 2, "PCI Express capability is version 2");
	tap_is((flags & PCI_EXP_FLAGS_TYPE) >> 4, PCI_EXP_TYPE_RC_END,
	       "PF is a Root Complex Integrated Endpoint");
	tap_ok(get(cfg, PF, EXP(DEVCAP), 4) & PCI_EXP_DEVCAP_FLR, "PF offers function level reset");
	tap_ok(find_ext_cap(cfg, PF, PCI_EXT_CAP_ID_SRIOV, &pos) && pos == SDPU_CFG_SRIOV,
	       "PF extended list is well formed and has SR-IOV once");
	tap_ok(find_ext_cap(cfg, PF, PCI_EXT_CAP_ID_DSN, &pos) && pos == SDPU_CFG_SERIAL,
	       "PF extended list has the serial number once");
	tap_ok(get(cfg, PF, pos + 4, 4) == (u32)SERIAL &&
	       get(cfg, PF, pos + 8, 4) == SERIAL >> 32, "serial number is the one given");

	enable_vfs(cfg, 1);
	tap_ok(find_cap(cfg, VF(0), PCI_CAP_ID_EXP, &pos), "VF capability list is well formed");
	tap_ok(get(cfg, VF(0), EXP(DEVCAP), 4) & PCI_EXP_DEVCAP_FLR,
	       "VF offers function level reset");
	tap_is(get(cfg, VF(0), PCI_CFG_SPACE_SIZE, 4), 0, "VF has no extended capability");
	free(cfg);
}

static void test_sriov(void)
{
	struct sdpu_cfg *cfg = make();

	tap_is(get(cfg, PF, SRIOV(TOTAL_VF), 2), VFS, "TotalVFs is the number given");
	tap_is(get(cfg, PF, SRIOV(INITIAL_VF), 2), VFS, "InitialVFs equals TotalVFs");
	tap_is(get(cfg, PF, SRIOV(NUM_VF), 2), 0, "NumVFs starts at 0");
	tap_is(get(cfg, PF, SRIOV(CTRL), 2), 0, "VFs are not enabled");
	tap_is(get(cfg, PF, SRIOV(CAP), 4), 0, "no VF migration, no ARI to preserve");
	tap_is(get(cfg, PF, SRIOV(FUNC_LINK), 1), 0, "PF depends on itself only");
	tap_is(get(cfg, PF, SRIOV(VF_OFFSET), 2), sdpu_cfg_devfn(VF(0)) - sdpu_cfg_devfn(PF),
	       "VF offset leads to the first VF");
	tap_is(get(cfg, PF, SRIOV(VF_STRIDE), 2), sdpu_cfg_devfn(VF(1)) - sdpu_cfg_devfn(VF(0)),
	       "VF stride leads to the next");
	tap_is(get(cfg, PF, SRIOV(VF_DID), 2), SDPU_PCI_DEVICE_ID_VF, "VF device id is there");
	tap_is(get(cfg, PF, SRIOV(SUP_PGSIZE), 4), 0x553, "all mandatory page sizes are there");
	tap_is(get(cfg, PF, SRIOV(SYS_PGSIZE), 4), 1, "page size starts at 4K");
	put(cfg, PF, SRIOV(SYS_PGSIZE), 4, 2);
	tap_is(get(cfg, PF, SRIOV(SYS_PGSIZE), 4), 2, "page size can be set");
	put(cfg, PF, SRIOV(CTRL), 2, PCI_SRIOV_CTRL_ARI | PCI_SRIOV_CTRL_VFM);
	tap_is(get(cfg, PF, SRIOV(CTRL), 2), 0, "ARI and VF migration cannot be set");
	free(cfg);
}

static void test_numbers(void)
{
	struct sdpu_cfg *cfg = make();
	unsigned int fn, bad = 0, devfn, functions = 0;

	for (fn = 0; fn <= VFS; fn++)
		bad += sdpu_cfg_function(cfg, sdpu_cfg_devfn(fn)) != (int)fn;
	tap_is(bad, 0, "every function is found by its device number");
	for (devfn = 0; devfn < 256; devfn++)
		functions += sdpu_cfg_function(cfg, devfn) >= 0;
	tap_is(functions, 1 + VFS, "no other device number is one of ours");
	tap_is(sdpu_cfg_devfn(VF(0)), 1 << 3, "VF 0 is 01.0");
	tap_is(sdpu_cfg_devfn(VF(9)), 2 << 3 | 1, "VF 9 is 02.1");
	tap_is(sdpu_cfg_devfn(VF(63)), 8 << 3 | 7, "VF 63 is 08.7");
	free(cfg);
}

/* Write ones, then zeroes, everywhere but where it has consequences. */
static void test_masks(void)
{
	static const struct {
		unsigned int where;
		u16 mask;
	} pf[] = {
		{ PCI_COMMAND, PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR |
			       PCI_COMMAND_INTX_DISABLE },
		{ PCI_CACHE_LINE_SIZE, 0x00ff },
		{ PCI_INTERRUPT_LINE, 0x00ff },
		{ SRIOV(CTRL), PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE },
		{ SRIOV(NUM_VF), 0xffff },
		{ SRIOV(SYS_PGSIZE), 0x553 },
		{ EXP(DEVCTL), 0x78ff & ~PCI_EXP_DEVCTL_EXT_TAG },
	};
	struct sdpu_cfg *cfg = make();
	unsigned int where, i, bad = 0, bad_vf = 0, neighbours = 0;

	for (where = 0; where < SDPU_CFG_SIZE; where += 2) {
		u16 ones, zeroes, want = 0, keep = 0;

		for (i = 0; i < sizeof(pf) / sizeof(pf[0]); i++)
			if (pf[i].where == where)
				want = pf[i].mask;
		if (where == EXP(DEVCTL))
			keep = PCI_EXP_DEVCTL_BCR_FLR;	/* tested below */
		put(cfg, PF, where, 2, 0xffff & ~keep);
		ones = get(cfg, PF, where, 2);
		put(cfg, PF, where, 2, 0);
		zeroes = get(cfg, PF, where, 2);
		if ((ones ^ zeroes) == want)
			continue;
		printf("#   PF 0x%03x: 0x%04x can be written, want 0x%04x\n", where,
		       ones ^ zeroes, want);
		bad++;
	}
	tap_is(bad, 0, "PF: a write changes the bits it should and no other");

	enable_vfs(cfg, 3);
	for (where = 0; where < SDPU_CFG_SIZE; where += 2) {
		u16 old = get(cfg, VF(1), where, 2), want = 0;

		if (where == PCI_COMMAND)
			want = PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE;
		put(cfg, VF(1), where, 2, 0xffff & ~PCI_EXP_DEVCTL_BCR_FLR);
		bad_vf += (get(cfg, VF(1), where, 2) ^ old) != want;
		put(cfg, VF(1), where, 2, 0);
		bad_vf += get(cfg, VF(1), where, 2) != old;
	}
	for (where = 0; where < SDPU_CFG_SIZE; where += 2) {
		neighbours += get(cfg, VF(0), where, 2) != get(cfg, VF(1), where, 2);
		neighbours += get(cfg, VF(2), where, 2) != get(cfg, VF(1), where, 2);
	}
	tap_is(bad_vf, 0, "VF: a write changes bus mastering and the interrupt mask only");
	tap_is(neighbours, 0, "VF: a write does not reach its neighbours");
	tap_is(resets[0], 0, "none of this resets the PF");
	free(cfg);
}

static void test_access(void)
{
	struct sdpu_cfg *cfg = make();
	u32 value = 0;

	put(cfg, PF, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	tap_is(get(cfg, PF, PCI_COMMAND, 4), PCI_STATUS_CAP_LIST << 16 | PCI_COMMAND_MASTER,
	       "four bytes read as two times two");
	tap_is(get(cfg, PF, PCI_STATUS, 1), PCI_STATUS_CAP_LIST, "one byte reads as one byte");
	put(cfg, PF, PCI_COMMAND + 1, 1, PCI_COMMAND_INTX_DISABLE >> 8);
	tap_is(get(cfg, PF, PCI_COMMAND, 2), PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE,
	       "writing one byte leaves its neighbour alone");
	tap_ok(!sdpu_cfg_read(cfg, PF, 1, 2, &value) && value == 0xffffffff,
	       "an unaligned read is refused and gives all ones");
	tap_ok(!sdpu_cfg_write(cfg, PF, 2, 4, 0), "an unaligned write is refused");
	tap_ok(!sdpu_cfg_read(cfg, PF, 0, 3, &value) && !sdpu_cfg_read(cfg, PF, 0, 0, &value) &&
	       !sdpu_cfg_read(cfg, PF, 0, 8, &value), "odd sizes are refused");
	tap_ok(sdpu_cfg_read(cfg, PF, SDPU_CFG_SIZE - 4, 4, &value) &&
	       !sdpu_cfg_read(cfg, PF, SDPU_CFG_SIZE, 4, &value) &&
	       !sdpu_cfg_read(cfg, PF, ~3u, 4, &value) &&
	       !sdpu_cfg_write(cfg, PF, SDPU_CFG_SIZE, 4, 0), "the space ends where it ends");
	tap_ok(!sdpu_cfg_read(cfg, VFS + 1, 0, 4, &value) &&
	       !sdpu_cfg_read(cfg, ~0u, 0, 4, &value), "a function beyond the last VF is refused");
	free(cfg);
}

static void test_presence(void)
{
	struct sdpu_cfg *cfg = make();
	unsigned int fn, there = 0;
	u32 value;

	put(cfg, PF, SRIOV(NUM_VF), 2, 3);
	tap_ok(!sdpu_cfg_present(cfg, VF(0)), "NumVFs alone makes no VF");
	tap_ok(!sdpu_cfg_read(cfg, VF(0), PCI_VENDOR_ID, 4, &value) && value == 0xffffffff &&
	       !sdpu_cfg_write(cfg, VF(0), PCI_COMMAND, 2, 4),
	       "a VF that is not there reads all ones and takes no write");
	put(cfg, PF, SRIOV(CTRL), 1, PCI_SRIOV_CTRL_VFE);
	tap_ok(sdpu_cfg_present(cfg, VF(2)) && !sdpu_cfg_present(cfg, VF(3)),
	       "VF Enable makes as many VFs as NumVFs says");
	tap_is(get(cfg, VF(2), PCI_VENDOR_ID, 4), 0xffffffff, "a VF's own ids read all ones");
	tap_is(get(cfg, VF(2), PCI_CLASS_REVISION, 4), 0x02000000 | SDPU_PCI_REVISION,
	       "a VF is an Ethernet controller");
	tap_is(reset_count, 0, "enabling VFs resets nothing");

	put(cfg, PF, SRIOV(NUM_VF), 2, 5);
	tap_ok(get(cfg, PF, SRIOV(NUM_VF), 2) == 3 && !sdpu_cfg_present(cfg, VF(3)),
	       "NumVFs cannot change while VFs are enabled");
	put(cfg, PF, SRIOV(CTRL), 2, PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE);
	tap_is(reset_count, 0, "writing VF Enable again resets nothing");

	put(cfg, VF(1), PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	put(cfg, PF, SRIOV(CTRL), 2, 0);
	tap_ok(reset_count == 3 && resets[VF(0)] == 1 && resets[VF(1)] == 1 && resets[VF(2)] == 1,
	       "clearing VF Enable resets each VF once and nothing else");
	tap_ok(!sdpu_cfg_present(cfg, VF(0)), "and the VFs are gone");
	put(cfg, PF, SRIOV(CTRL), 2, PCI_SRIOV_CTRL_VFE);
	tap_is(get(cfg, VF(1), PCI_COMMAND, 2), 0, "when VFs come back they know nothing of before");

	put(cfg, PF, SRIOV(CTRL), 2, 0);
	put(cfg, PF, SRIOV(NUM_VF), 2, 0xffff);
	put(cfg, PF, SRIOV(CTRL), 2, PCI_SRIOV_CTRL_VFE);
	for (fn = 1; fn <= 300; fn++)
		there += sdpu_cfg_present(cfg, fn);
	tap_is(there, VFS, "there are never more VFs than TotalVFs");
	free(cfg);
}

static void test_flr(void)
{
	struct sdpu_cfg *cfg = make();

	enable_vfs(cfg, 2);
	put(cfg, VF(0), PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	put(cfg, VF(1), PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	put(cfg, VF(1), EXP(DEVCTL), 2, PCI_EXP_DEVCTL_BCR_FLR);
	tap_ok(reset_count == 1 && resets[VF(1)] == 1, "FLR of a VF resets that VF once");
	tap_is(get(cfg, VF(1), EXP(DEVCTL), 2), 0, "the FLR bit reads 0");
	tap_is(get(cfg, VF(1), PCI_COMMAND, 2), 0, "the VF's registers are as new");
	tap_is(get(cfg, VF(0), PCI_COMMAND, 2), PCI_COMMAND_MASTER, "its neighbour's are not");
	tap_ok(sdpu_cfg_present(cfg, VF(1)), "the VF is still there");

	forget_resets();
	put(cfg, PF, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	put(cfg, PF, SRIOV(SYS_PGSIZE), 4, 0x10);
	put(cfg, PF, EXP(DEVCTL) + 1, 1, PCI_EXP_DEVCTL_BCR_FLR >> 8);
	tap_ok(reset_count == 3 && reset_order[2] == PF && resets[VF(0)] == 1 &&
	       resets[VF(1)] == 1,
	       "FLR of the PF resets its VFs, then the PF");
	tap_ok(!sdpu_cfg_present(cfg, VF(0)) && !get(cfg, PF, SRIOV(CTRL), 2) &&
	       !get(cfg, PF, SRIOV(NUM_VF), 2), "and takes the VFs away");
	tap_ok(!get(cfg, PF, PCI_COMMAND, 2) && get(cfg, PF, SRIOV(SYS_PGSIZE), 4) == 1,
	       "the PF's registers are as new");
	tap_is(get(cfg, PF, PCI_VENDOR_ID, 2), SDPU_PCI_VENDOR_ID, "the PF is still there");

	/* what the kernel does after it reset a PF */
	forget_resets();
	put(cfg, PF, EXP(DEVCTL), 2, 0x2810);
	enable_vfs(cfg, 2);
	tap_ok(sdpu_cfg_present(cfg, VF(1)) && !reset_count, "VFs can be enabled again");
	tap_ok(ctx_calls, "the reset function got its context");
	free(cfg);
}

static void test_close(void)
{
	struct sdpu_cfg *cfg = make();

	enable_vfs(cfg, 2);
	sdpu_cfg_close(cfg);
	tap_is(get(cfg, PF, SRIOV(INITIAL_VF), 2), 0, "a card being removed offers no VFs");
	tap_ok(sdpu_cfg_present(cfg, VF(1)) && !reset_count, "VFs that are there stay");
	put(cfg, PF, SRIOV(CTRL), 2, 0);
	tap_ok(!sdpu_cfg_present(cfg, VF(0)) && reset_count == 2, "they can be disabled");
	enable_vfs(cfg, 2);
	tap_ok(!sdpu_cfg_present(cfg, VF(0)) &&
	       !(get(cfg, PF, SRIOV(CTRL), 2) & PCI_SRIOV_CTRL_VFE), "but not enabled again");
	put(cfg, PF, EXP(DEVCTL), 2, PCI_EXP_DEVCTL_BCR_FLR);
	enable_vfs(cfg, 2);
	tap_ok(!get(cfg, PF, SRIOV(INITIAL_VF), 2) && !sdpu_cfg_present(cfg, VF(0)),
	       "not even after a reset");
	free(cfg);
}

int main(void)
{
	test_header();
	test_capabilities();
	test_sriov();
	test_numbers();
	test_masks();
	test_access();
	test_presence();
	test_flr();
	test_close();
	return tap_done();
}
