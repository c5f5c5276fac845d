# SPDX-License-Identifier: GPL-2.0-only
"""Test Anything Protocol for the tests that are written in Python."""
_count = _failed = 0


def ok(good, name, seen=""):
    global _count, _failed
    _count += 1
    _failed += not good
    print("%sok %d - %s" % ("" if good else "not ", _count, name))
    if not good:
        print("#   %s" % str(seen).replace("\n", "\n#   "))


def same(got, want, name):
    ok(got == want, name, "got %r, want %r" % (got, want))


def done():
    """Return: the exit status."""
    print("1..%d" % _count)
    return _failed != 0
