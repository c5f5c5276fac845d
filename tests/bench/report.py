#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the rounds of a benchmark say: figures, ratios, targets.

    report.py ROUNDS                  tables for a terminal
    report.py ROUNDS --enforce        the same, and fail if a target is missed
    report.py ROUNDS --rst FILE       the tables in FILE, between its markers
    report.py ROUNDS --plots DIR      the plots (plot.py)

ROUNDS is what run.sh writes to TEST_OUT, one JSON object a line. A figure is shown as
the median of its rounds with the smallest and the largest. A ratio is that of two
medians, with the smallest and the largest ratio of a round: what both did in the same
round, they did on an equally busy machine.
"""
import argparse
import json
import pathlib
import statistics
import sys

import plot
from plot import number

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import table  # noqa: E402

MARKERS = ".. begin of the figures", ".. end of the figures"
# with fewer the spread says little
ROUNDS_MIN = 5

# kind of case: its figures, as (key of a result, name, unit, factor)
FIGURES = {
    "rate": [("pps", "", "Mpps", 1e-6)],
    "latency": [("p50_us", "p50", "µs", 1), ("p99_us", "p99", "µs", 1)],
    "device": [("pps", "", "Mpps", 1e-6)],
    "tcp": [("mbit", "", "Gbit/s", 1e-3)],
}

# keys of results that are named where they are compared
KEYS = {"p50_us": "p50", "p99_us": "p99", "least_pps": "the slower of two queue pairs", "share_pps": "fair share"}

TITLES = {
    "latency/poll": "latency, the client polls",
    "latency/sleep": "latency, the client sleeps",
    "device/64": "64-byte frames, the device alone",
    "tcp/to-host": "TCP, container to host",
    "tcp/from-host": "TCP, host to container",
    "tcp/between": "TCP, container to container",
}

SUBJECTS = {
    "softdpu": "SoftDPU",
    "softdpu-packed": "SoftDPU, packed rings",
    "softdpu-1": "SoftDPU, one queue pair",
    "softdpu-2": "SoftDPU, two queue pairs",
    "softdpu-idle": "SoftDPU, one queue pair of 64",
    "vhost-net": "vhost-net and bridge",
    "card": "SoftDPU",
    "bridge": "veth and bridge",
    "dpdk": "DPDK, one packed ring, native",
    "dpdk-ports": "DPDK, port to port, packed rings, native",
}

# (case, subject, key) / the same, and what the ratio has to be: "" means that nothing is asked
COMPARISONS = [
    (("rate/64", "softdpu", "pps"), ("rate/64", "vdpa_sim_net", "pps"), ">=", 10),
    (("rate/64", "softdpu", "pps"), ("rate/64", "vhost-net", "pps"), ">=", 12),
    (("rate/1500", "softdpu", "pps"), ("rate/1500", "vdpa_sim_net", "pps"), ">=", 7),
    (("rate/1500", "softdpu", "pps"), ("rate/1500", "vhost-net", "pps"), ">=", 10),
    (("rate/64", "softdpu-packed", "pps"), ("rate/64", "softdpu", "pps"), "", 0),
    (("rate/1500", "softdpu-packed", "pps"), ("rate/1500", "softdpu", "pps"), "", 0),
    (("rate/64", "softdpu-packed", "pps"), ("rate/64", "dpdk-ports", "pps"), ">=", 0.6),
    (("rate/64", "softdpu-packed", "pps"), ("rate/64", "dpdk", "pps"), ">=", 0.6),
    (("rate/65535", "softdpu", "pps"), ("rate/65535", "vhost-net", "pps"), "", 0),
    (("latency/poll", "softdpu", "p50_us"), ("latency/poll", "vhost-net", "p50_us"), "<=", 0.5),
    (("latency/poll", "softdpu", "p99_us"), ("latency/poll", "softdpu", "p50_us"), "<=", 5),
    (("latency/poll", "softdpu", "p99_us"), ("latency/poll", "vhost-net", "p99_us"), "", 0),
    (("latency/sleep", "softdpu", "p50_us"), ("latency/sleep", "vhost-net", "p50_us"), "", 0),
    (("device/64", "softdpu-2", "pps"), ("device/64", "softdpu-1", "pps"), ">=", 1.7),
    (("device/64", "softdpu-2", "least_pps"), ("device/64", "softdpu-2", "share_pps"), ">=", 0.9),
    (("device/64", "softdpu-2", "least_pps"), ("device/64", "softdpu-1", "pps"), "", 0),
    (("device/64", "softdpu-idle", "pps"), ("device/64", "softdpu-1", "pps"), ">=", 0.95),
    (("tcp/to-host", "card", "mbit"), ("tcp/to-host", "veth", "mbit"), ">=", 1.2),
    (("tcp/from-host", "card", "mbit"), ("tcp/from-host", "veth", "mbit"), ">=", 1.2),
    (("tcp/between", "card", "mbit"), ("tcp/between", "bridge", "mbit"), ">=", 1),
]


class Spread:
    """A middle value, with the smallest and the largest."""

    def __init__(self, values, middle=None):
        values = list(values)
        self.middle = statistics.median(values) if middle is None else middle
        self.low, self.high = min(values), max(values)

    def scaled(self, factor):
        return Spread([self.low * factor, self.high * factor], self.middle * factor)


class Rounds:
    """The results of all rounds, by case and subject."""

    def __init__(self, lines):
        self.machine = {}
        self.results = {}
        for line in lines:
            entry = json.loads(line)
            if "machine" in entry:
                self.machine = entry["machine"]
                continue
            of = self.results.setdefault((entry["case"], entry["subject"]), {})
            of[entry["round"]] = entry["result"]

    def cases(self):
        return list(dict.fromkeys(case for case, _ in self.results))

    def subjects(self, case):
        """In the order of the first round: later ones take turns."""
        return [subject for of, subject in self.results if of == case]

    def values(self, case, subject, key):
        """{round: value}, empty if that was not measured"""
        return {n: result[key] for n, result in self.results.get((case, subject), {}).items()}

    def figure(self, case, subject, key):
        return Spread(self.values(case, subject, key).values())

    def ratio(self, ours, theirs):
        """None if one of them was not measured."""
        a, b = self.values(*ours), self.values(*theirs)
        both = [n for n in a if b.get(n)]
        if not both:
            return None
        middle = statistics.median(a.values()) / statistics.median(b.values())
        return Spread([a[n] / b[n] for n in both], middle)

    def count(self):
        return max((len(rounds) for rounds in self.results.values()), default=0)


def case_title(case):
    if case.startswith("rate/"):
        return "%s-byte frames" % case.removeprefix("rate/")
    return TITLES.get(case, case)


def subject_title(subject):
    return SUBJECTS.get(subject, subject)


def figure_rows(rounds):
    rows = []
    for case in rounds.cases():
        for key, name, unit, factor in FIGURES[case.split("/")[0]]:
            for subject in rounds.subjects(case):
                f = rounds.figure(case, subject, key).scaled(factor)
                rows.append((", ".join(filter(None, [case_title(case), name])), subject_title(subject),
                             number(f.middle), "%s to %s" % (number(f.low), number(f.high)), unit))
    return rows


def compared(ours, theirs):
    """In words, what is divided by what."""
    (case, subject, key), (case2, subject2, key2) = ours, theirs
    what = ", ".join(filter(None, [case_title(case), KEYS.get(key)]))
    if (case, subject) == (case2, subject2):
        return what, "%s / its own %s" % (subject_title(subject), KEYS[key2])
    return what, "%s / %s" % (subject_title(subject), subject_title(subject2))


def verdict(ratio, sign, target):
    if not sign:
        return "", ""
    met = ratio.middle >= target if sign == ">=" else ratio.middle <= target
    return "%s %g" % ({">=": "at least", "<=": "at most"}[sign], target), "met" if met else "missed"


def ratio_rows(rounds):
    rows = []
    for ours, theirs, sign, target in COMPARISONS:
        ratio = rounds.ratio(ours, theirs)
        if ratio:
            rows.append(compared(ours, theirs) + (number(ratio.middle),
                        "%s to %s" % (number(ratio.low), number(ratio.high))) + verdict(ratio, sign, target))
    return rows


HEADS = (("what", "of", "median", "all rounds", "unit"), ("what", "ratio of", "medians", "all rounds", "target", ""))


def tables(rounds, form):
    return [form([head, *rows]) for head, rows in zip(HEADS, (figure_rows(rounds), ratio_rows(rounds))) if rows]


def measured_on(rounds):
    m = rounds.machine
    text = "%d rounds of %s s each" % (rounds.count(), m.get("seconds", "?"))
    if m.get("lab"):
        text += "; lab %s, Linux %s, %s CPUs" % (m["lab"], m["kernel"], m["cpus"])
    if m.get("date"):
        text += "; %s" % m["date"]
    if m.get("options"):
        text += "; options %s" % m["options"]
    return text + "."


def main():
    parser = argparse.ArgumentParser(description="Figures, ratios and targets of a benchmark's rounds.")
    parser.add_argument("rounds", help="what run.sh wrote to TEST_OUT")
    parser.add_argument("--enforce", action="store_true", help="fail if a target is missed")
    parser.add_argument("--rst", metavar="FILE", help="rewrite the tables in FILE")
    parser.add_argument("--plots", metavar="DIR", help="draw the plots there")
    args = parser.parse_args()
    with open(args.rounds, encoding="utf-8") as lines:
        rounds = Rounds(lines)
    if not rounds.results:
        sys.exit("report.py: there are no rounds in %s" % args.rounds)

    print(measured_on(rounds))
    for of in tables(rounds, table.text):
        print("\n" + of)
    if rounds.count() < ROUNDS_MIN:
        print("\nless than %d rounds: the spread says little" % ROUNDS_MIN)
    if args.rst:
        path = pathlib.Path(args.rst)
        body = "\n\n".join([measured_on(rounds)] + tables(rounds, table.rst))
        path.write_text(table.rewrite(path.read_text(encoding="utf-8"), body, MARKERS), encoding="utf-8")
    if args.plots:
        plot.draw(rounds, pathlib.Path(args.plots), case_title, subject_title)
    missed = [row for row in ratio_rows(rounds) if row[-1] == "missed"]
    if args.enforce and missed:
        sys.exit("report.py: %d of the targets missed" % len(missed))


if __name__ == "__main__":
    main()
