# SPDX-License-Identifier: GPL-2.0-only
"""Plots of a benchmark's rounds, as SVG: a row for each figure, a dot at the median, a line from the smallest to the
largest round, and the median in digits, so that nothing depends on telling colours apart. The text of a screen reader
has all of it, too."""
import math
from xml.sax.saxutils import escape

WIDTH = 760
LEFT = 270      # names end here
RIGHT = 670     # the axis ends here; digits follow
ROW = 24
GROUP = 40      # a group's heading
TOP = 56
TICKS = 5

INK, FAINT, OURS, THEIRS = "#1b1b1b", "#c8c8c8", "#0b5cad", "#6b4a00"

STYLE = "text{font:14px sans-serif;fill:%s}.h{font-weight:bold}.t{font-size:12px}.r{text-anchor:end}" \
    ".m{text-anchor:middle}" % INK


def number(value):
    """With three digits, or more if there are more before the point."""
    exponent = math.floor(math.log10(abs(value))) if value else 0
    return "%.*f" % (max(0, 2 - exponent), value)


class Scale:
    """From values to places on the axis: from zero on, or logarithmic."""

    def __init__(self, low, high, logarithmic):
        self.logarithmic = logarithmic
        if logarithmic:
            self.low, self.high = (10 ** f(math.log10(v)) for f, v in ((math.floor, low), (math.ceil, high)))
            self.high = max(self.high, self.low * 10)
            self.ticks = [self.low * 10 ** i for i in range(round(math.log10(self.high / self.low)) + 1)]
        else:
            step = 10 ** math.floor(math.log10(high / TICKS))
            step *= next(n for n in (1, 2, 5, 10) if n * step * TICKS >= high)
            self.ticks = [i * step for i in range(math.ceil(high / step) + 1)]
            self.low, self.high = 0, self.ticks[-1]

    def place(self, value):
        if self.logarithmic:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = value / self.high
        return LEFT + share * (RIGHT - LEFT)


def label(text, x, y, kind=""):
    return '<text x="%.0f" y="%.0f" class="%s">%s</text>' % (x, y, kind, escape(text))


def axis(scale, top, bottom, unit):
    parts = []
    for tick in scale.ticks:
        x = scale.place(tick)
        parts.append('<path d="M%.1f %dV%d" stroke="%s"/>' % (x, top, bottom, FAINT))
        parts.append(label("%g" % tick, x, bottom + 16, "t m"))
    parts.append(label(unit, RIGHT + 36, bottom + 16, "t"))
    return parts


def mark(scale, spread, y, colour, ours):
    x = scale.place(spread.middle)
    line = '<path d="M%.1f %dH%.1f" stroke="%s" stroke-width="3"/>' % (
        scale.place(spread.low), y, scale.place(spread.high), colour)
    # of another shape as well
    if ours:
        dot = '<circle cx="%.1f" cy="%d" r="6" fill="%s"/>' % (x, y, colour)
    else:
        dot = '<path d="M%.1f %dh10v10h-10z" fill="%s"/>' % (x - 5, y - 5, colour)
    return [line, dot, label(number(spread.middle), RIGHT + 14, y + 5)]


def chart(title, unit, groups, logarithmic=False):
    """@groups: [(heading, [(name, ours, spread)])]; an SVG document"""
    spreads = [spread for _, rows in groups for _, _, spread in rows]
    scale = Scale(min(s.low for s in spreads), max(s.high for s in spreads), logarithmic)
    parts, words, y = [], [], TOP
    for heading, rows in groups:
        parts.append(label(heading, 16, y + 14, "h"))
        y += GROUP - ROW / 2
        for name, ours, spread in rows:
            parts.append(label(name, LEFT - 12, y + 5, "r"))
            parts += mark(scale, spread, y, OURS if ours else THEIRS, ours)
            values = map(number, (spread.middle, spread.low, spread.high))
            words.append("%s, %s: %s (%s to %s)" % (heading, name, *values))
            y += ROW
    bottom = int(y)
    height = bottom + 32
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" ' \
        'aria-labelledby="title desc">' % (WIDTH, height, WIDTH, height)
    described = "Median, smallest and largest round, in %s. %s." % (unit, "; ".join(words))
    return "\n".join([head, "<title id=\"title\">%s</title>" % escape(title),
                      "<desc id=\"desc\">%s</desc>" % escape(described), "<style>%s</style>" % STYLE,
                      '<rect width="100%" height="100%" fill="#fff"/>', label(title, 16, 28, "h"),
                      *axis(scale, TOP, bottom, unit), *parts, "</svg>", ""])


def groups_of(rounds, kind, key, factor, case_title, subject_title):
    return [(case_title(case), [(subject_title(subject), subject in ("softdpu", "softdpu-packed", "card"),
                                 rounds.figure(case, subject, key).scaled(factor))
                                for subject in rounds.subjects(case)])
            for case in rounds.cases() if case.startswith(kind)]


def draw(rounds, where, case_title, subject_title):
    """One file for each kind of case in the directory @where."""
    titles = case_title, subject_title
    charts = [("rate.svg", "Packet rate: more is better", "Mpps", "rate/", [("pps", "")], 1e-6, False),
              ("latency.svg", "Latency of a sleeping device: less is better", "µs", "latency/",
               [("p50_us", ", p50"), ("p99_us", ", p99")], 1, True),
              ("tcp.svg", "TCP, one connection: more is better", "Gbit/s", "tcp/", [("mbit", "")], 1e-3, False)]
    where.mkdir(parents=True, exist_ok=True)
    for name, title, unit, kind, keys, factor, logarithmic in charts:
        groups = [(heading + suffix, rows) for key, suffix in keys
                  for heading, rows in groups_of(rounds, kind, key, factor, *titles)]
        if groups:
            (where / name).write_text(chart(title, unit, groups, logarithmic), encoding="utf-8")
