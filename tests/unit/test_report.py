#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""The report of a benchmark's rounds (tests/bench/report.py, plot.py), for rounds that are made up."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

BENCH = pathlib.Path(__file__).resolve().parents[1] / "bench"
sys.path.insert(0, str(BENCH))
import plot    # noqa: E402
import report  # noqa: E402
from tap import done, ok, same  # noqa: E402


def made_up():
    """Five rounds. SoftDPU is 10, 12, 14, 11 and 13 times as fast as vdpa_sim_net; the machine is slower every round."""
    yield {"machine": {"lab": "uml", "kernel": "7.2", "cpus": 2, "seconds": "1", "date": "2026-01-01", "options": ""}}
    for n, times in enumerate((10, 12, 14, 11, 13), 1):
        for subject, pps in ("softdpu", times * 1e6 / n), ("vdpa_sim_net", 1e6 / n), ("vhost-net", 2e6 / n):
            yield {"round": n, "case": "rate/64", "subject": subject, "result": {"pps": pps}}
        for subject, p50 in ("softdpu", 10), ("vhost-net", 30):
            yield {"round": n, "case": "latency/poll", "subject": subject, "result": {"p50_us": p50, "p99_us": p50 * n}}
        yield {"round": n, "case": "tcp/between", "subject": "card", "result": {"mbit": 4000}}


def lines(entries):
    return [json.dumps(entry) for entry in entries]


def run(entries, *options):
    """report.py as a program: (status, what it printed)"""
    with tempfile.TemporaryDirectory() as where:
        path = pathlib.Path(where, "rounds")
        path.write_text("\n".join(lines(entries)), encoding="utf-8")
        done = subprocess.run([sys.executable, "-B", str(BENCH / "report.py"), str(path), *options],
                              capture_output=True, encoding="utf-8", check=False)
        return done.returncode, done.stdout + done.stderr


def test_numbers():
    for value, text in (0, "0.00"), (0.0123, "0.0123"), (0.5, "0.500"), (1, "1.00"), (12.58, "12.6"), (99.96, "100.0"), \
            (123.4, "123"), (65011.7, "65012"):
        same(plot.number(value), text, "the number %r" % value)


def test_ratios(rounds):
    sim = rounds.ratio(("rate/64", "softdpu", "pps"), ("rate/64", "vdpa_sim_net", "pps"))
    # medians: 14/3 and 1/3
    same(tuple(round(x, 6) for x in (sim.middle, sim.low, sim.high)), (14, 10, 14),
         "a ratio is that of the medians, its spread that of the rounds")
    same(rounds.ratio(("rate/64", "softdpu", "pps"), ("rate/64", "dpdk", "pps")), None, "no ratio to what is not there")
    verdicts = {row[:2]: row[-1] for row in report.ratio_rows(rounds)}
    same(verdicts, {
        ("64-byte frames", "SoftDPU / vdpa_sim_net"): "met",
        ("64-byte frames", "SoftDPU / vhost-net and bridge"): "missed",
        ("latency, the client polls, p50", "SoftDPU / vhost-net and bridge"): "met",
        ("latency, the client polls, p99", "SoftDPU / its own p50"): "met",
        ("latency, the client polls, p99", "SoftDPU / vhost-net and bridge"): "",
    }, "verdicts, and no row without a peer")


def test_rst(rounds):
    before = "a\n\n%s\n\nold\n\n%s\n\nb\n" % report.MARKERS
    after = report.table.rewrite(before, "new", report.MARKERS)
    same(after, before.replace("old", "new"), "what is between the markers is replaced")
    same(report.table.rewrite(after, "new", report.MARKERS), after, "and again")
    table = report.tables(rounds, report.table.rst)[1].split("\n")
    same({len(line) <= len(table[0]) for line in table}, {True}, "no row of a table is wider than its rule")
    starts = [m.start() for m in re.finditer("=+", table[0])]
    ok(all(line[start - 1:start] in ("", " ") for line in table for start in starts[1:]), "columns do not touch",
       "\n".join(table))


def test_plots(rounds):
    with tempfile.TemporaryDirectory() as where:
        where = pathlib.Path(where)
        plot.draw(rounds, where, report.case_title, report.subject_title)
        same(sorted(path.name for path in where.iterdir()), ["latency.svg", "rate.svg", "tcp.svg"], "a plot a kind")
        for path in sorted(where.iterdir()):
            text = path.read_text(encoding="utf-8")
            root = xml.fromstring(text)
            space = "{http://www.w3.org/2000/svg}"
            ok(root.find(space + "title").text and root.find(space + "desc").text and len(text) < 20 << 10,
               "%s is XML with a title and a description, and small" % path.name, len(text))
            wide, high = int(root.get("width")), int(root.get("height"))
            ok(all(0 <= float(t.get("x")) < wide and 0 < float(t.get("y")) <= high for t in root.iter(space + "text")),
               "%s has its texts inside" % path.name)
        rate = (where / "rate.svg").read_text(encoding="utf-8")
        ok("SoftDPU: 4.67 (2.60 to 10.0)" in rate, "figures are in the description", rate)


def test_program():
    status, said = run(made_up())
    ok(status == 0 and "missed" in said, "a missed target is no failure", said)
    status, said = run(made_up(), "--enforce")
    ok(status == 1 and "1 of the targets missed" in said, "unless that is asked for", said)
    status, said = run([e for e in made_up() if e.get("subject") != "vhost-net"], "--enforce")
    same(status, 0, "all targets that can be judged are met")
    status, said = run([e for e in made_up() if e.get("round", 1) < 5])
    ok("less than 5 rounds" in said, "too few rounds are mentioned", said)
    status, said = run([])
    same(status, 1, "no rounds are a failure")


def main():
    rounds = report.Rounds(lines(made_up()))
    test_numbers()
    test_ratios(rounds)
    test_rst(rounds)
    test_plots(rounds)
    test_program()
    return done()


sys.exit(main())
