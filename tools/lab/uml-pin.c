// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into User-Mode Linux for measurements: its virtual CPUs become those of the host, one
 * each, and what runs on a virtual CPU runs there, user space and kernel.
 *
 * UML runs the user space of an address space in a process of its own, and each system call there
 * is a wait of that process for the thread that is the virtual CPU, and one of the thread for the
 * process. The host sees two parties that wake each other and puts them on two processors, where
 * each wake-up is an interrupt to a processor that has gone to sleep. On one processor it is two
 * changes of context.
 *
 * The thread learns the process from clone(), and which one it is about to wake from the address of
 * the futex that the two share.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>

/* Address spaces at a time; two whose futexes fall on one entry move without being followed. */
#define PLACES		4096

/* Whose futex is at @addr, and where that process runs. One thread at a time wakes it. */
struct place {
	atomic_uintptr_t addr;
	atomic_int pid;
	atomic_int cpu;
};

static struct place places[PLACES];
static atomic_int threads;		/* that run user space so far */
static __thread int here = -1;		/* the processor of this thread */
static __thread pid_t child;		/* what it has started, and whose futex it will use next */
static cpu_set_t allowed;

static long (*host_syscall)(long, ...);
static int (*host_clone)(int (*)(void *), void *, int, void *, ...);

__attribute__((constructor)) static void init(void)
{
	host_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	host_clone = (int (*)(int (*)(void *), void *, int, void *, ...))dlsym(RTLD_NEXT, "clone");
	sched_getaffinity(0, sizeof(allowed), &allowed);
}

static void move(pid_t pid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(pid, sizeof(set), &set);
}

/* The next processor that we may use, in turn. */
static int take_cpu(void)
{
	int nth = atomic_fetch_add(&threads, 1) % CPU_COUNT(&allowed), cpu;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed) && !nth--)
			break;
	return cpu;
}

static void follow(uintptr_t addr)
{
	/* the futex is at the same place in a page for each */
	struct place *p = &places[(addr >> 12) % PLACES];

	if (here < 0) {
		here = take_cpu();
		move(0, here);
	}
	if (child) {
		atomic_store(&p->addr, addr);
		atomic_store(&p->pid, child);
		atomic_store(&p->cpu, -1);
		child = 0;
	}
	if (atomic_load(&p->addr) != addr || atomic_load(&p->cpu) == here)
		return;
	move(atomic_load(&p->pid), here);
	atomic_store(&p->cpu, here);
}

int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
{
	/* UML passes nothing more */
	int pid = host_clone(fn, stack, flags, arg);

	/* its other children have no user space */
	if (pid > 0 && (flags & CLONE_VFORK))
		child = pid;
	return pid;
}

long syscall(long number, ...)
{
	long a, b, c, d, e, f;
	va_list more;

	va_start(more, number);
	a = va_arg(more, long);
	b = va_arg(more, long);
	c = va_arg(more, long);
	d = va_arg(more, long);
	e = va_arg(more, long);
	f = va_arg(more, long);
	va_end(more);
	if (number == SYS_futex && (b == FUTEX_WAKE || child))
		follow(a);
	return host_syscall(number, a, b, c, d, e, f);
}
