// SPDX-License-Identifier: GPL-2.0-only
/* What devlink resource shows: how much there can be of what the card has, and how much is. */
#include <linux/pci.h>
#include <net/devlink.h>

#include "../ctrl/ctrl.h"
#include "devlink.h"
#include "flower.h"
#include "pf.h"

enum {
	SDPU_RESOURCE_VFS = 1,
	SDPU_RESOURCE_RULES,
};

static u64 sdpu_resource_vfs(void *priv)
{
	const struct sdpu_pf *pf = priv;

	return pci_num_vf(pf->pdev);
}

static u64 sdpu_resource_rules(void *priv)
{
	const struct sdpu_pf *pf = priv;

	return sdpu_flower_num(pf->flower);
}

static int sdpu_resource_add(struct sdpu_pf *pf, const char *name, u64 id, u64 size,
			     devlink_resource_occ_get_t *used)
{
	struct devlink *devlink = priv_to_devlink(pf);
	struct devlink_resource_size_params params;
	int ret;

	devlink_resource_size_params_init(&params, size, size, 1, DEVLINK_RESOURCE_UNIT_ENTRY);
	ret = devl_resource_register(devlink, name, size, id, DEVLINK_RESOURCE_ID_PARENT_TOP,
				     &params);
	if (!ret)
		devl_resource_occ_get_register(devlink, id, used, pf);

	return ret;
}

/**
 * sdpu_devlink_resources_register - there is what can be used
 * @pf: the PF, its control path is open, and it has rules
 *
 * Context: may sleep, lock of the instance held.
 * Return: 0 or a negative errno.
 */
int sdpu_devlink_resources_register(struct sdpu_pf *pf)
{
	const struct sdpu_identity *id = sdpu_ctrl_identity(pf->ctrl);
	int ret;

	ret = sdpu_resource_add(pf, "vfs", SDPU_RESOURCE_VFS, id->total_vfs, sdpu_resource_vfs);
	if (!ret && id->max_rules)
		ret = sdpu_resource_add(pf, "flow_rules", SDPU_RESOURCE_RULES, id->max_rules,
					sdpu_resource_rules);
	if (ret)
		devl_resources_unregister(priv_to_devlink(pf));

	return ret;
}

/**
 * sdpu_devlink_resources_unregister - there is nothing any more
 * @pf: the PF
 *
 * Context: may sleep, lock of the instance held.
 */
void sdpu_devlink_resources_unregister(struct sdpu_pf *pf)
{
	devl_resources_unregister(priv_to_devlink(pf));
}
