#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Where the time went while the rounds of a benchmark were measured.

    profile_report.py ROUNDS SYMBOLS <SAMPLES                what each part took, for a terminal
    profile_report.py ROUNDS SYMBOLS --rst FILE <SAMPLES     the same table in FILE, between its markers

ROUNDS is what run.sh writes to TEST_OUT, SYMBOLS what it writes to TEST_SYMBOLS, and
SAMPLES what `perf script -D` makes of a recording of the whole machine with call chains,
in the clock CLOCK_REALTIME: only there it has addresses as they were, not places in files,
of which the modules of the lab have none.

A sample belongs to the innermost function of its chain that is somebody's: the card's
modules, the driver of a virtual device, the network stack, the kernel of the lab. What
copies bytes is nobody's: it works for who called it. A share is one of all samples, those
of idle processors among them.
"""
import argparse
import bisect
import collections
import json
import pathlib
import re
import sys

import report

MARKERS = ".. begin of the profile", ".. end of the profile"
# a client starts and ends within what was measured
MARGIN = 0.7
# symbols of the lab's kernel are below what its processes have, and those of the machine's kernel above
LAB_LIMIT = 1 << 47

IDLE = "idle"
OTHER = "other"
COPY = re.compile(r"^_*(memcpy|memmove|memset|copy_)")
# whose a function is, by its module or its name; the first that matches
OWNERS = [
    ("card", "module", re.compile(r"^softdpu")),
    ("device", "module", re.compile(r"^(virtio_|veth|bridge|vdpa)")),
    ("device", "name", re.compile(r"^(virtnet_|virtqueue_|vring_|start_xmit|xmit_skb|receive_|mergeable_|add_recvbuf|"
                                  r"try_fill_recv|free_old_xmit|page_to_skb|skb_recv_done|detach_buf|veth_|br_)")),
    ("stack", "name", re.compile(r"^_*(tcp|ip6?|inet6?|sock|sk|skb|net|netif|dev|napi|gro|gso|udp|neigh|nf|qdisc|csum|"
                                 r"process_backlog|validate_xmit|lock_sock|release_sock)(_|$)")),
]
# as they stand in the table: what copies in a device's driver are headers
COLUMNS = {
    "card: copying": ["card, copying"],
    "card: the rest": ["card, the rest"],
    "device's driver": ["device, copying", "device, the rest"],
    "stack: copying": ["stack, copying"],
    "stack: the rest": ["stack, the rest"],
    "kernel, processes": [OTHER],
}
CARD = ["card, copying", "card, the rest"]


class Symbols:
    """Of /proc/kallsyms: what is at an address."""

    def __init__(self, lines):
        found = []
        for line in lines:
            addr, kind, name, *module = line.split()
            if kind in "tTwW":
                found.append((int(addr, 16), name, module[0].strip("[]") if module else ""))
        found.sort()
        self.addrs = [addr for addr, _, _ in found]
        self.found = found
        self.cache = {}

    def at(self, addr):
        """(name, module), empty if nothing is there"""
        if addr not in self.cache:
            n = bisect.bisect_right(self.addrs, addr) - 1
            self.cache[addr] = self.found[n][1:] if n >= 0 else ("", "")
        return self.cache[addr]


def owner(name, module):
    for who, what, pattern in OWNERS:
        if pattern.match(module if what == "module" else name):
            return who
    return ""


def part_of(chain, symbols):
    """The part that a call chain belongs to, innermost address first."""
    copying, first = False, True
    for addr in chain:
        if addr >= LAB_LIMIT:
            continue
        name, module = symbols.at(addr)
        if COPY.match(name):
            copying |= first
            continue
        first = False
        who = owner(name, module)
        if who:
            return "%s, %s" % (who, "copying" if copying else "the rest")
    return OTHER


SAMPLE = re.compile(r"^\d+ (\d+) 0x[0-9a-f]+ \[0x[0-9a-f]+\]: PERF_RECORD_SAMPLE\(.*\): (\d+)/")
ADDR = re.compile(r"^\.+ *\d+: ([0-9a-f]{16})$")


def samples(lines):
    """(seconds, number of the process, chain) of each sample; process 0 is idle"""
    head, chain = None, []
    for line in lines:
        addr = ADDR.match(line)
        if addr:
            chain.append(int(addr[1], 16))
            continue
        sample = SAMPLE.match(line)
        if sample:
            if head:
                yield head + (chain,)
            head, chain = (int(sample[1]) / 1e9, int(sample[2])), []
    if head:
        yield head + (chain,)


class Case:
    """What was measured in one go, and the samples of that time."""

    def __init__(self, entry):
        self.title = report.case_title(entry["case"])
        self.subject = report.subject_title(entry["subject"])
        self.rate = entry["result"]["mbit"] / 1e3
        self.start, self.end = entry["from"] + MARGIN, entry["to"] - MARGIN
        self.count = collections.Counter()

    def share(self, parts):
        """Of all processors, idle ones included."""
        return sum(self.count[part] for part in parts) / max(1, self.count.total())

    def without_card(self):
        """The rate if the card took no time and nothing were idle: what else there is takes as long as it does."""
        return self.rate / (1 - self.share(CARD + [IDLE]))


def count(cases, symbols, lines):
    for seconds, pid, chain in samples(lines):
        for case in cases:
            if case.start <= seconds <= case.end:
                case.count[part_of(chain, symbols) if pid else IDLE] += 1


def percent(share):
    return "%.0f %%" % (100 * share)


def rows(cases):
    head = ["what", "through", "Gbit/s", *COLUMNS, "idle"]
    return [head] + [[case.title, case.subject, report.number(case.rate), *(percent(case.share(parts)) for parts in
                      COLUMNS.values()), percent(case.share([IDLE]))] for case in cases]


def bounds(cases):
    """What TCP through the card could be at most beside its peer."""
    head = ["what", "Gbit/s", "if the card took no time", "peer", "Gbit/s", "ratio at most"]
    found = []
    for ours in (case for case in cases if case.subject == report.subject_title("card")):
        for peer in (case for case in cases if case.title == ours.title and case is not ours):
            found.append([ours.title, report.number(ours.rate), report.number(ours.without_card()), peer.subject,
                          report.number(peer.rate), report.number(ours.without_card() / peer.rate)])
    return [head] + found


def main():
    parser = argparse.ArgumentParser(description="Where the time went while a benchmark's rounds were measured.")
    parser.add_argument("rounds", help="what run.sh wrote to TEST_OUT")
    parser.add_argument("symbols", help="what run.sh wrote to TEST_SYMBOLS")
    parser.add_argument("--rst", metavar="FILE", help="rewrite the table in FILE")
    args = parser.parse_args()
    entries = [json.loads(line) for line in pathlib.Path(args.rounds).read_text(encoding="utf-8").splitlines()]
    cases = [Case(entry) for entry in entries if "mbit" in entry.get("result", {})]
    with open(args.symbols, encoding="utf-8") as lines:
        symbols = Symbols(lines)
    count(cases, symbols, sys.stdin)
    for case in cases:
        if not case.count.total():
            sys.exit("profile_report.py: no samples of %s through %s" % (case.title, case.subject))
    tables = rows(cases), bounds(cases)
    print("\n\n".join(report.table.text(of) for of in tables))
    if args.rst:
        path = pathlib.Path(args.rst)
        body = "\n\n".join(report.table.rst(of) for of in tables)
        path.write_text(report.table.rewrite(path.read_text(encoding="utf-8"), body, MARKERS), encoding="utf-8")


if __name__ == "__main__":
    main()
