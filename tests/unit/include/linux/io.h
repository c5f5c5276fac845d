/* SPDX-License-Identifier: GPL-2.0-only */
/* Nothing: where memory is, a test says (sim/prim.h). */
