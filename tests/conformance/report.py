#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What vdpa-conform said of two devices, side by side.

    report.py DIR                 counts, and what failed, for a terminal
    report.py DIR --rst FILE      and all of it in FILE, between its markers

DIR is what run.sh wrote. vdpa_sim_net.txt beside this file has the defects of that device that are known, with the
cases that find them; one that is not found, and a case that SoftDPU fails, make the command fail.
"""
import argparse
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import table  # noqa: E402

MARKERS = ".. begin of the results", ".. end of the results"
OURS, OTHER = "softdpu", "vdpa_sim_net"
NAMES = {OURS: "SoftDPU", OTHER: "vdpa_sim_net"}
OK, FAILED = "ok", "fails"
# so begins a defect that is not found in every run
RACE = "Now and then: "
TITLE = re.compile(r"(.*) \[(.*)\]$")
RESULT = re.compile(r"(not )?ok \d+ - (.*?)(?: # SKIP (.*))?$")


def read_list(lines):
    """{group: [titles of its cases]}, as vdpa-conform --list has them"""
    groups = {}
    for line in lines:
        if line.startswith("# "):
            of = groups.setdefault(line[2:], [])
        else:
            of.append(line)
    return groups


def read_results(lines):
    """{title of a case: (what is said of it: OK, FAILED, why it was skipped; [what was seen])}"""
    results, seen = {}, []
    for line in lines:
        result = RESULT.match(line)
        if result:
            bad, title, skipped = result.groups()
            seen = []
            results[title] = FAILED if bad else skipped or OK, seen
        elif line.startswith("# "):
            seen.append(line[2:])
    return results


def read_defects(lines):
    """[(text, [titles begin like that])]"""
    defects = []
    for line in lines:
        if line.startswith("\t"):
            defects[-1][1].append(line.strip())
        elif line and not line.startswith("#"):
            defects.append((line, []))
    return defects


class Report:
    def __init__(self, directory, defects):
        self.groups = read_list((directory / "list").read_text().splitlines())
        self.results = {who: read_results((directory / (who + ".tap")).read_text().splitlines()) for who in NAMES}
        self.kernel = (directory / "kernel").read_text().strip()
        self.defects = read_defects(defects.read_text().splitlines())

    def said(self, who, title):
        return self.results[who].get(title, ("did not run", []))[0]

    def failed(self, who):
        return [title for titles in self.groups.values() for title in titles if self.said(who, title) == FAILED]

    def seen(self, who, title):
        """The first thing that went wrong."""
        return next(iter(self.results[who][title][1]), "")

    def not_run(self):
        return [title for titles in self.groups.values() for title in titles
                for who in NAMES if title not in self.results[who]]

    def finders(self, beginnings):
        """Cases that failed and begin like one of these."""
        return [title for title in self.failed(OTHER) if title.startswith(tuple(beginnings))]

    def missed(self):
        return [text for text, beginnings in self.defects if not text.startswith(RACE) and not self.finders(beginnings)]

    def unexplained(self):
        known = tuple(b for _, beginnings in self.defects for b in beginnings)
        return [title for title in self.failed(OTHER) if not title.startswith(known)]

    def counts(self):
        """A row a group: how many passed, failed, were skipped, for each device."""
        rows = []
        for group, titles in self.groups.items():
            rows.append([group, str(len(titles))])
            for who in NAMES:
                said = [self.said(who, title) for title in titles]
                ok, failed = said.count(OK), said.count(FAILED)
                rows[-1] += [str(n) if n else "-" for n in (ok, failed, len(titles) - ok - failed)]
        total = ["all", *(str(sum(int(row[i]) for row in rows if row[i] != "-")) for i in range(1, len(rows[0])))]
        head = [word for name in NAMES.values() for word in (name + ": passed", "failed", "skipped")]
        return [["cases about", "cases", *head], *rows, total]


def markup(text):
    """@text as it is, in reStructuredText."""
    return re.sub(r"([*`|\\]|_(?!\w))", r"\\\1", text)


def heading(text, line):
    return "%s\n%s" % (text, line * len(text))


def parts(report):
    """Of the document."""
    yield ("Linux %s in User-Mode Linux. %s is a device with everything that it can offer, and its peer another one on "
           "the same card; %s has an MTU of 9000, and is its own peer." % (report.kernel, NAMES[OURS], NAMES[OTHER]))
    yield table.rst(report.counts())
    yield heading("Known defects of %s that are found" % NAMES[OTHER], "-")
    for text, beginnings in report.defects:
        finders = report.finders(beginnings)
        yield "* %s%s" % (markup(text), "" if finders else " (Not in this run.)")
        for title in finders:
            name, ref = TITLE.match(title).groups()
            yield "  * %s (%s): ``%s``" % (markup(name), markup(ref), report.seen(OTHER, title))
    for group, titles in report.groups.items():
        yield heading(group[0].upper() + group[1:], "-")
        rows = [("the right behaviour", "from", *NAMES.values())]
        for title in titles:
            name, ref = TITLE.match(title).groups()
            rows.append((markup(name), markup(ref), *(markup(report.said(who, title)) for who in NAMES)))
        yield table.rst(rows)


def verdict(report):
    """What makes the command fail, a line each."""
    yield from ("%s did not run with both" % title for title in report.not_run())
    yield from ("%s fails: %s: %s" % (NAMES[OURS], title, report.seen(OURS, title)) for title in report.failed(OURS))
    yield from ("of %s is not found any more: %s" % (NAMES[OTHER], text) for text in report.missed())


def main():
    parser = argparse.ArgumentParser(description="What vdpa-conform said of two devices, side by side.")
    parser.add_argument("directory", metavar="DIR", type=pathlib.Path, help="what run.sh wrote")
    parser.add_argument("--rst", metavar="FILE", type=pathlib.Path, help="rewrite the results in FILE")
    args = parser.parse_args()
    report = Report(args.directory, HERE / "vdpa_sim_net.txt")
    print(table.text(report.counts()))
    print("\n%s, %d known defects are found by:" % (NAMES[OTHER], sum(bool(report.finders(beginnings)) for _, beginnings in report.defects)))
    for title in report.failed(OTHER):
        print("  %s: %s" % (title, report.seen(OTHER, title)))
    for title in report.unexplained():
        print("nobody has said yet which defect this is: %s" % title)
    if args.rst:
        text = args.rst.read_text(encoding="utf-8")
        args.rst.write_text(table.rewrite(text, "\n\n".join(parts(report)), MARKERS), encoding="utf-8")
    bad = list(verdict(report))
    if bad:
        sys.exit("\n".join("report.py: " + line for line in bad))


if __name__ == "__main__":
    main()
