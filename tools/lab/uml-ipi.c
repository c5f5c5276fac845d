// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into User-Mode Linux: spares it a system call whenever it disables or enables
 * interrupts.
 *
 * A virtual CPU of UML is a thread, an interrupt from another virtual CPU (IPI) a signal to it. To
 * disable interrupts UML blocks that signal, with sigprocmask(), and that happens at every
 * spin_lock_irqsave(). A kernel with lockdep and KASAN does it some hundred times for one
 * kmalloc(), and takes minutes to boot.
 *
 * Here blocking the signal only sets a flag of the thread. Should it come nevertheless, our handler
 * makes a note of it; unblocking sends the thread what was noted. Few IPIs come while interrupts
 * are disabled.
 *
 * The thread's mask in the host kernel lags behind what UML has asked for: @blocked is the truth,
 * @masked the wish. The two are made the same before any other use of the mask, in particular
 * before UML goes to sleep on a signalfd. A handler begins with the mask of whoever it interrupted,
 * plus sa_mask, and the host puts that back at its end.
 *
 * IPIs of one kind that are noted together are delivered once: that is all an interrupt says.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define VECTORS		32	/* kinds of IPI: UML has three */

/* A thread and its own signal handlers look at it: in program order, and that is enough. */
#define GET(var)	atomic_load_explicit(&(var), memory_order_relaxed)
#define SET(var, value)	do {						\
	atomic_store_explicit(&(var), value, memory_order_relaxed);	\
	atomic_signal_fence(memory_order_seq_cst);			\
} while (0)

static __thread atomic_bool masked;	/* UML wants the signal blocked */
static __thread atomic_bool blocked;	/* it is blocked */
static __thread atomic_uint noted;	/* a bit for each kind of IPI that came while masked */

static int (*host_sigprocmask)(int, const sigset_t *, sigset_t *);
static int (*host_sigaction)(int, const struct sigaction *, struct sigaction *);
static struct sigaction wanted[_NSIG];
static sigset_t only_ipi;
static int ipi;

__attribute__((constructor)) static void init(void)
{
	host_sigprocmask = dlsym(RTLD_NEXT, "sigprocmask");
	host_sigaction = dlsym(RTLD_NEXT, "sigaction");
	ipi = SIGRTMIN;
	sigemptyset(&only_ipi);
	sigaddset(&only_ipi, ipi);
}

/* What was noted comes now, or as soon as the host does not block it any more. */
static void send_noted(void)
{
	unsigned int bits = atomic_exchange(&noted, 0);
	int vector;

	for (vector = 0; bits; vector++, bits >>= 1)
		if (bits & 1)
			pthread_sigqueue(pthread_self(), ipi,
					 (union sigval){ .sival_int = vector });
}

/* Make the host's mask what UML believes it to be. */
static void settle(void)
{
	if (!GET(masked) || GET(blocked))
		return;
	host_sigprocmask(SIG_BLOCK, &only_ipi, NULL);
	SET(blocked, true);
	send_noted();
}

static void unmask(void)
{
	SET(masked, false);
	if (GET(blocked)) {
		SET(blocked, false);
		host_sigprocmask(SIG_UNBLOCK, &only_ipi, NULL);
	}
	if (GET(noted))
		send_noted();
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	bool has, alone;
	int ret;

	if (!host_sigprocmask)
		init();
	/* the signals are in the first word */
	alone = set && !old && *(const unsigned long *)set == *(const unsigned long *)&only_ipi;
	if (alone && how == SIG_BLOCK) {
		SET(masked, true);
		return 0;
	}
	if (alone && how == SIG_UNBLOCK) {
		unmask();
		return 0;
	}

	settle();
	ret = host_sigprocmask(how, set, old);
	if (ret || !set)
		return ret;
	has = sigismember(set, ipi);
	if (how == SIG_SETMASK || has) {
		has = has && how != SIG_UNBLOCK;
		SET(masked, has);
		SET(blocked, has);
	}
	return 0;
}

static void handler(int sig, siginfo_t *info, void *context)
{
	bool was_masked = GET(masked), was_blocked = GET(blocked);

	if (sig == ipi && was_masked) {
		atomic_fetch_or(&noted, 1u << (info->si_value.sival_int % VECTORS));
		return;
	}
	if (sig == ipi || sigismember(&wanted[sig].sa_mask, ipi)) {
		SET(masked, true);
		SET(blocked, true);
	}
	wanted[sig].sa_sigaction(sig, info, context);
	SET(blocked, was_blocked);
	SET(masked, was_masked);
	/* noted since: it comes when the host takes its mask back */
	if (!was_masked && GET(noted))
		send_noted();
}

int sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	struct sigaction ours, before;
	bool wrap = act && (act->sa_flags & SA_SIGINFO);
	int ret;

	if (!host_sigaction)
		init();
	if (sig <= 0 || sig >= _NSIG)
		return host_sigaction(sig, act, old);
	before = wanted[sig];
	if (wrap) {
		wanted[sig] = *act;
		ours = *act;
		ours.sa_sigaction = handler;
	}
	ret = host_sigaction(sig, wrap ? &ours : act, old);
	/* who asks and puts it back later must not get ours */
	if (!ret && old && (old->sa_flags & SA_SIGINFO) && old->sa_sigaction == handler)
		*old = before;
	return ret;
}
