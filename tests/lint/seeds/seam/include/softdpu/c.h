/* SPDX-License-Identifier: GPL-2.0-only */
#include "../../sim/b.h"
