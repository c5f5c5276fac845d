// SPDX-License-Identifier: GPL-2.0-only
#include "../drivers/a.h"
#include <linux/vdpa.h>
#include "b.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#endif
