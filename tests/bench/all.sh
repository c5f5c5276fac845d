#!/bin/bash
# What make bench does: a run in the uml lab, DPDK beside it if it can run here, the tables and plots of
# Documentation/performance.rst. The variables are those of run.sh.
#   TEST_OUT=FILE    keep the rounds there (build/bench/rounds.jsonl)
#   TEST_ENFORCE=1   fail if a target is missed
# A run with fewer rounds than make a spread, or without some of the cases, changes no documentation.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1

ROUNDS_MIN=5
TEST_ROUNDS=${TEST_ROUNDS:-9}
TEST_OUT=$(realpath -m "${TEST_OUT:-build/bench/rounds.jsonl}")
ENFORCE=()
[[ ! ${TEST_ENFORCE-} ]] || ENFORCE=(--enforce)
DOCUMENT=(--rst Documentation/performance.rst --plots Documentation/plots)
if ((TEST_ROUNDS < ROUNDS_MIN)) || [[ ${TEST_CASES-}${TEST_SIZES-}${TEST_BENCH-} ]]; then
	DOCUMENT=()
fi

mkdir -p "${TEST_OUT%/*}" || exit 1
export TEST_ROUNDS TEST_OUT
# all that was measured is judged together, at the end
env -u TEST_ENFORCE SOFTDPU_LAB_PIN=yes tools/softdpu-lab run --kernel uml --vfs 4 --timeout 3600 -- tests/bench/run.sh --no-report || exit
tests/bench/dpdk.sh >>"$TEST_OUT" || exit
echo
python3 -B tests/bench/report.py "$TEST_OUT" "${DOCUMENT[@]}" "${ENFORCE[@]}" || exit
if ((${#DOCUMENT[@]})); then
	echo "written: Documentation/performance.rst, Documentation/plots/"
else
	echo "Documentation/performance.rst is as it was: that takes all cases and $ROUNDS_MIN rounds"
fi
