#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""The report of vdpa-conform on two devices (tests/conformance/report.py), for results that are made up."""
import pathlib
import subprocess
import sys
import tempfile

REPORT = pathlib.Path(__file__).resolve().parents[1] / "conformance" / "report.py"
sys.path.insert(0, str(REPORT.parent))
import report  # noqa: E402
from tap import done, ok  # noqa: E402

CASES = "# status\na reset works [virtio 1, 2.4]\nso do two [virtio 1, 2.4]\n# rings\naddresses are compared whole [virtio 1, 5]\n"
OURS = "# status\nok 1 - a reset works [virtio 1, 2.4]\nok 2 - so do two [virtio 1, 2.4] # SKIP no F\n" \
       "# rings\nok 3 - addresses are compared whole [virtio 1, 5]\n1..3\n"
OTHER = "# status\nok 1 - a reset works [virtio 1, 2.4]\nnot ok 2 - so do two [virtio 1, 2.4]\n# want *2*\n# more\n" \
        "# rings\nnot ok 3 - addresses are compared whole [virtio 1, 5]\n# got one\n1..3\n"
DEFECTS = "# comment\nStrings are compared.\n\taddresses are compared whole\nNow and then: a race.\n\ta reset works\n"


def made_up(ours=OURS, other=OTHER, defects=DEFECTS):
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        for name, text in ("list", CASES), ("softdpu.tap", ours), ("vdpa_sim_net.tap", other), ("kernel", "7.2\n"), ("d", defects):
            (tmp / name).write_text(text)
        return report.Report(tmp, tmp / "d")


r = made_up()
ok(r.counts()[1:] == [["status", "2", "1", "-", "1", "1", "1", "-"], ["rings", "1", "1", "-", "-", "-", "1", "-"],
                      ["all", "3", "2", "0", "1", "1", "2", "0"]], "what passed, failed and was skipped, by group", r.counts())
ok(list(report.verdict(r)) == [], "nothing is wrong with that", list(report.verdict(r)))
ok(r.unexplained() == ["so do two [virtio 1, 2.4]"], "a failure that no defect explains is named", r.unexplained())
text = "\n".join(report.parts(r))
ok("``got one``" in text and "race. (Not in this run.)" in text, "the document has what was seen, and what was not", text)
ok("no F" in text and "fails" in text, "and every case with both", text)
ok(len(list(report.verdict(made_up(other=OTHER.replace("not ok 3", "ok 3"))))) == 1, "a defect that is not found any more is")
ok(len(list(report.verdict(made_up(ours=OURS.replace("ok 1", "not ok 1"))))) == 1, "so is a case that we fail")
ok(len(list(report.verdict(made_up(ours=OURS.replace("ok 1 - a reset works [virtio 1, 2.4]\n", ""))))) == 1,
   "and one that did not run")
gone = subprocess.run([REPORT, "/nonexistent"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
ok(gone.returncode, "results that are not there are an error")
sys.exit(done())
