#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Where the time of a benchmark went (tests/bench/profile_report.py), for a recording that is made up."""
import json
import pathlib
import subprocess
import sys
import tempfile

BENCH = pathlib.Path(__file__).resolve().parents[1] / "bench"
sys.path.insert(0, str(BENCH))
import profile_report as profile  # noqa: E402
from tap import done, same  # noqa: E402

SYMBOLS = """\
0000000060001000 T memcpy_orig
0000000060002000 T tcp_sendmsg
0000000060003000 T virtnet_poll
0000000060003800 T release_sock
0000000060004000 T schedule
0000000060005000 d jiffies_data
0000000070001000 t sdpu_frame_copy\t[softdpu_sim]
0000000070002000 t veth_xmit\t[veth]
"""
RELEASE = 0x60003810
MEMCPY, TCP, POLL, SCHEDULE, COPY, VETH, HOST = (0x60001010, 0x60002010, 0x60003010, 0x60005010, 0x70001010, 0x70002010,
                                                 0xffffffff81000000)


def test_parts():
    symbols = profile.Symbols(SYMBOLS.splitlines())
    same(symbols.at(COPY), ("sdpu_frame_copy", "softdpu_sim"), "a module's function")
    same(symbols.at(SCHEDULE), ("schedule", ""), "data is no function")
    for chain, part, name in (
            ([MEMCPY, COPY, TCP], "card, copying", "a copy is that of its caller"),
            ([MEMCPY, TCP], "stack, copying", "and the stack copies, too"),
            ([COPY, TCP], "card, the rest", "the innermost counts"),
            ([TCP, POLL], "stack, the rest", "the stack below a driver is the stack's"),
            ([POLL, SCHEDULE], "device, the rest", "a driver that is built in is told by its names"),
            ([VETH, TCP], "device, the rest", "and another one by its module"),
            ([HOST, HOST + 16, MEMCPY, COPY], "card, copying", "an interrupt of the machine does not change whose time it is"),
            ([TCP, MEMCPY, COPY], "stack, the rest", "who is called by a copy does not copy"),
            ([RELEASE, POLL], "stack, the rest", "a name that is one word of the list and no more counts"),
            ([SCHEDULE], profile.OTHER, "the rest is the kernel's"),
            ([HOST], profile.OTHER, "or the machine's"),
            ([], profile.OTHER, "or nobody's")):
        same(profile.part_of(chain, symbols), part, name)


def record(ns, pid, chain):
    """As perf script -D has it."""
    yield "0 %d 0xa9a8 [0x98]: PERF_RECORD_SAMPLE(IP, 0x1): %d/%d: 0x%x period: 1003009 addr: 0\n" % (ns, pid, pid, chain[0])
    yield "... FP chain: nr:%d\n" % len(chain)
    for n, addr in enumerate(chain):
        yield ".....%3d: %016x\n" % (n, addr)


def recording():
    """A hundred samples a second for 10 s: the card copies in half of them, the stack has 3 of ten, 2 are idle."""
    for n in range(1000):
        pid, chain = ([(7, [MEMCPY, COPY])] * 5 + [(8, [TCP])] * 3 + [(0, [HOST])] * 2)[n % 10]
        yield from record(100 * 10 ** 9 + n * 10 ** 7, pid, chain)


def entries():
    yield {"machine": {}}
    yield {"round": 1, "case": "tcp/to-host", "subject": "card", "from": 100, "to": 105, "result": {"mbit": 10000}}
    yield {"round": 1, "case": "tcp/to-host", "subject": "veth", "from": 105, "to": 110, "result": {"mbit": 25000}}


def test_samples():
    text = [*record(7500000000, 12, [MEMCPY, COPY]), "0 1 0x5 [0x28]: PERF_RECORD_COMM: x:12/12\n",
            " ... thread: x:12\n", *record(8000000000, 0, [HOST])]
    same(list(profile.samples(text)), [(7.5, 12, [MEMCPY, COPY]), (8.0, 0, [HOST])], "samples, and nothing else")


def test_case():
    cases = [profile.Case(entry) for entry in entries() if "result" in entry]
    profile.count(cases, profile.Symbols(SYMBOLS.splitlines()), recording())
    same(["%.2f" % cases[0].share([part]) for part in ("card, copying", "stack, the rest", profile.IDLE)],
         ["0.50", "0.30", "0.20"], "shares of all processors")
    same("%.0f" % cases[0].without_card(), "33", "what would be without the card and without rest")
    same(profile.bounds(cases)[1][-1][:3], "1.3", "and that beside the peer")
    few = sum(cases[0].count.values())
    same(few < 500 - 100 * 2 * profile.MARGIN + 2 and few > 300, True, "the ends do not count")


def test_program():
    with tempfile.TemporaryDirectory() as where:
        rounds, symbols, page = (pathlib.Path(where, name) for name in ("rounds", "symbols", "page"))
        rounds.write_text("\n".join(json.dumps(entry) for entry in entries()), encoding="utf-8")
        symbols.write_text(SYMBOLS, encoding="utf-8")
        page.write_text("before\n%s\nold\n%s\nafter\n" % profile.MARKERS, encoding="utf-8")
        command = [sys.executable, "-B", str(BENCH / "profile_report.py"), str(rounds), str(symbols), "--rst", str(page)]
        done = subprocess.run(command, input="".join(recording()), capture_output=True, encoding="utf-8", check=False)
        same(done.returncode, 0, "the program succeeds")
        text = page.read_text(encoding="utf-8")
        same(("50 %" in text, "old" in text, text.endswith("after\n")), (True, False, True), "and writes the page")
        done = subprocess.run(command, input="", capture_output=True, encoding="utf-8", check=False)
        same((done.returncode, "no samples" in done.stderr), (1, True), "a recording of nothing is a mistake")


for test in (test_parts, test_samples, test_case, test_program):
    test()
sys.exit(done())
