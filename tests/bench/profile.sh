#!/bin/bash
# Where the time of TCP goes, through the card and through what the kernel has: perf watches the machine while the uml
# lab runs iperf3, and profile_report.py says what share of the processors each part had, and how fast TCP would be if
# the card took no time at all. Writes the tables of Documentation/performance.rst. Nothing else may run meanwhile.
#   TEST_SECONDS=5       how long each of them is watched
#   TEST_DIR=DIR         keep what was recorded there (build/profile)
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
. tests/lib/lab.sh

# samples a second and processor: not a divisor of what timers do
RATE=997
DIR=$(realpath -m "${TEST_DIR:-build/profile}")

die() { echo "profile: $*" >&2; exit 1; }

command -v perf >/dev/null || lab_do need linux-perf || exit 1
mkdir -p "$DIR" || exit 1
export TEST_ROUNDS=1 TEST_CASES=tcp TEST_SECONDS=${TEST_SECONDS:-5} TEST_OUT=$DIR/rounds.jsonl TEST_SYMBOLS=$DIR/symbols
SOFTDPU_LAB_PIN=yes perf record -q -o "$DIR/perf.data" -a -g -e cpu-clock -F $RATE -k CLOCK_REALTIME -- \
	tools/softdpu-lab run --kernel uml --vfs 4 --timeout 600 -- tests/bench/run.sh --no-report || die "nothing was recorded"
perf script -D -i "$DIR/perf.data" 2>/dev/null | grep -a -E 'PERF_RECORD_SAMPLE|^[.]+ *[0-9]+: [0-9a-f]{16}$' >"$DIR/samples"
python3 -B tests/bench/profile_report.py "$TEST_OUT" "$TEST_SYMBOLS" --rst Documentation/performance.rst <"$DIR/samples" || exit
echo "written: Documentation/performance.rst"
