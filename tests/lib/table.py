# SPDX-License-Identifier: GPL-2.0-only
"""Rows of text as a table, for a terminal or for a document that a command rewrites."""
import sys


def _widths(rows):
    return [max(1, *map(len, column)) for column in zip(*rows)]


def text(rows):
    widths = _widths(rows)
    return "\n".join("  ".join(cell.ljust(n) for cell, n in zip(row, widths)).rstrip() for row in rows)


def rst(rows):
    """The first row is the head."""
    # an empty first cell would continue the row above it, an empty last one is fine
    rule = "  ".join("=" * n for n in _widths(rows))
    head, *body = text(rows).split("\n")
    return "\n".join([rule, head, rule, *body, rule])


def rewrite(document, body, markers):
    """@document, a text, with @body between the @markers."""
    begin, end = (document.find(marker) for marker in markers)
    if begin < 0 or end < begin:
        sys.exit("there is no '%s' before '%s'" % markers)
    return "%s%s\n\n%s\n\n%s" % (document[:begin], markers[0], body, document[end:])
