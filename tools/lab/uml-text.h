/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included first when kernel/extable.c of the checked User-Mode Linux is compiled.
 *
 * KASAN and kmemleak record the stack of every allocation, and UML asks of every word on the stack
 * whether it is an address of code. What is not in the kernel itself is looked for among the
 * modules, under rcu_read_lock(), which lockdep follows: nearly all of a checked kernel's time.
 * Modules are in vmalloc space, few words on a stack are.
 */
#include <linux/mm.h>
#include <linux/module.h>

static inline bool lab_is_module_text_address(unsigned long addr)
{
	return is_vmalloc_or_module_addr((void *)addr) && is_module_text_address(addr);
}

#define is_module_text_address lab_is_module_text_address
