#!/bin/bash
# What make conformance does: vdpa-conform on a device of ours and on the kernel's own simulator, in the uml lab, and
# Documentation/conformance.rst from what it says. Fails if ours fails a case, or if a known defect of the other is not
# found any more.
#   TEST_OUT=DIR     keep what was said there (build/conformance)
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1

TEST_OUT=$(realpath -m "${TEST_OUT:-build/conformance}")
export TEST_OUT

mkdir -p "$TEST_OUT" || exit 1
tools/softdpu-lab run --kernel uml --vfs 2 --timeout 1800 -- tests/conformance/run.sh || exit
python3 -B tests/conformance/report.py "$TEST_OUT" --rst Documentation/conformance.rst || exit
echo "written: Documentation/conformance.rst"
