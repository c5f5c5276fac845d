// SPDX-License-Identifier: GPL-2.0-only
/*
 * guest-channel DIR SECONDS COMMAND: run COMMAND in the guest whose channels are in DIR
 *
 * Takes a free channel, copies the command's output to stdout as it comes and exits with its
 * status; 255 when the guest does not answer within SECONDS (0: waits as long as QEMU is there).
 * A channel is two FIFOs, exec0.in and exec0.out, that QEMU keeps open: a guest can sleep until a
 * command comes. See guest-init for the protocol.
 *
 * A test calls this hundreds of times, in emulated machines: a script's interpreter would take
 * longer to start than the guest to answer.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define NO_ANSWER	255
#define MARK_LEN	64

struct channel {
	int to;
	int from;
};

/* In ms of CLOCK_MONOTONIC; 0: none */
static long long deadline;

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* For poll(): -1 is for ever */
static int ms_left(void)
{
	long long left;

	if (!deadline)
		return -1;
	left = deadline - now_ms();
	return left > 0 ? left : 0;
}

static int open_in(const char *dir, unsigned int n, const char *what, int flags)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/exec%u.%s", dir, n, what) >= (int)sizeof(path))
		errx(NO_ANSWER, "%s is too long", dir);
	return open(path, flags | O_CLOEXEC, 0600);
}

/*
 * A channel that nobody else uses; the lock stays until we exit.
 * Return: false if there is none, or none became free in time
 */
static bool take_channel(const char *dir, struct channel *ch)
{
	for (;;) {
		bool busy = false;
		unsigned int n;
		int fd;

		/* where the FIFOs end, so do the channels */
		for (n = 0; (fd = open_in(dir, n, "in", O_PATH)) >= 0; n++) {
			int lock = open_in(dir, n, "lock", O_CREAT | O_WRONLY);

			close(fd);
			if (lock < 0)
				err(NO_ANSWER, "cannot lock a channel in %s", dir);
			if (flock(lock, LOCK_EX | LOCK_NB)) {
				busy = true;
				close(lock);
				continue;
			}
			/* fails unless QEMU has it open */
			ch->to = open_in(dir, n, "in", O_WRONLY | O_NONBLOCK);
			if (ch->to >= 0) {
				/* must not wait for a QEMU that has just gone */
				ch->from = open_in(dir, n, "out", O_RDONLY | O_NONBLOCK);
				fcntl(ch->to, F_SETFL, 0);
				return ch->from >= 0;
			}
			close(lock);
		}
		if (!busy || !ms_left())
			return false;
		usleep(100 * 1000);
	}
}

static void write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0)
			err(NO_ANSWER, "write");
		data += n;
		len -= n;
	}
}

/* The first bytes of @data from which on more must come before it is known whether that is @mark */
static size_t undecided(const char *data, size_t len, const char *mark, size_t mark_len)
{
	size_t at;

	for (at = len < mark_len ? 0 : len - mark_len + 1; at < len; at++)
		if (!memcmp(data + at, mark, len - at))
			break;
	return at;
}

/* Return: the command's status */
static int copy_answer(int from, const char *begin, const char *end)
{
	static char data[1 << 16];
	const char *wanted = begin;
	size_t len = 0;

	for (;;) {
		struct pollfd pfd = { .fd = from, .events = POLLIN };
		size_t done;
		ssize_t n;
		char *at;

		if (poll(&pfd, 1, ms_left()) <= 0)
			return NO_ANSWER;
		n = read(from, data + len, sizeof(data) - len);
		/* QEMU is gone */
		if (n <= 0)
			return NO_ANSWER;
		len += n;

		/* before it may come what an interrupted caller left behind */
		at = memmem(data, len, wanted, strlen(wanted));
		if (at && wanted == begin) {
			at += strlen(begin);
			len -= at - data;
			memmove(data, at, len);
			wanted = end;
			at = memmem(data, len, wanted, strlen(wanted));
		}
		done = at ? (size_t)(at - data) : undecided(data, len, wanted, strlen(wanted));
		if (wanted == end)
			write_all(STDOUT_FILENO, data, done);
		len -= done;
		memmove(data, data + done, len);
		if (at && memchr(data, '\n', len))
			return atoi(data + strlen(end));
	}
}

int main(int argc, char **argv)
{
	char begin[MARK_LEN], end[MARK_LEN], id[MARK_LEN / 2];
	struct channel ch;
	char *request;

	if (argc != 4 || !isdigit(*argv[2]))
		errx(2, "usage: guest-channel DIR SECONDS COMMAND");
	if (strchr(argv[3], '\n'))
		errx(2, "a command is one line");
	if (atoi(argv[2]))
		deadline = now_ms() + atoi(argv[2]) * 1000LL;
	if (!take_channel(argv[1], &ch))
		return NO_ANSWER;

	snprintf(id, sizeof(id), "%d.%lld", getpid(), now_ms());
	snprintf(begin, sizeof(begin), "\001BEGIN %s\n", id);
	snprintf(end, sizeof(end), "\001END %s ", id);
	if (asprintf(&request, "%s %s\n", id, argv[3]) < 0)
		err(NO_ANSWER, "no memory");
	write_all(ch.to, request, strlen(request));
	return copy_answer(ch.from, begin, end);
}
