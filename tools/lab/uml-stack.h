/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included first when kernel/stacktrace.c of the checked User-Mode Linux is compiled.
 *
 * KASAN, kmemleak and lockdep record the stack of every allocation and much else. UML looks for
 * calls by asking of every word from here to the end of the stack whether it is an address of code,
 * in a module, perhaps, under rcu_read_lock(), which lockdep follows; then it keeps those that the
 * chain of frames confirms. That is most of a checked kernel's time. Following the chain finds the
 * same calls.
 */
#include <linux/align.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/stacktrace.h>
#include <linux/thread_info.h>

/* Inlined into its caller, whose frame is the first; the caller's caller the first entry. */
static __always_inline void lab_save_stack_trace(struct stack_trace *trace)
{
	const unsigned long *frame = __builtin_frame_address(0);
	const unsigned long *end = (void *)ALIGN((unsigned long)frame, THREAD_SIZE);
	unsigned int skip = trace->skip ? trace->skip - 1 : 0;

	/* what UML has of C library on its stacks need not keep the chain: believe nothing */
	while (trace->nr_entries < trace->max_entries && frame + 2 <= end) {
		const unsigned long *caller = (void *)READ_ONCE_NOCHECK(frame[0]);
		unsigned long addr = READ_ONCE_NOCHECK(frame[1]);

		if (!core_kernel_text(addr) && !is_vmalloc_or_module_addr((void *)addr))
			break;
		if (skip)
			skip--;
		else
			trace->entries[trace->nr_entries++] = addr;
		if (caller <= frame || caller >= end ||
		    !IS_ALIGNED((unsigned long)caller, sizeof(long)))
			break;
		frame = caller;
	}
}

#define save_stack_trace lab_save_stack_trace
