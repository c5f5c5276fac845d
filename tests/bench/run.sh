#!/bin/bash
# SoftDPU beside its peers in one lab run: packet rates, latency and TCP. In each round all of them take turns, so that a
# busy machine slows all of them, every other round in the opposite order. Runs as root in the uml lab, which has the
# peers:
#   tools/softdpu-lab run --kernel uml --vfs 4 -- tests/bench/run.sh [--no-report]
#   TEST_ROUNDS=9 TEST_SECONDS=1 TEST_SIZES="64 1500 65535" TEST_BENCH="options of softdpu-bench"
#   TEST_CASES="rate latency device tcp"  only these kinds
#   TEST_OUT=FILE      keep the rounds there, for report.py: one JSON object a line
#   TEST_SYMBOLS=FILE  keep the lab's symbols there, for profile_report.py
#   TEST_ENFORCE=1     fail if a target is missed
# Fails if something could not be measured. The report is that of report.py.
# Functions are called by way of trap or by a name that is made up, and die is meant for either failure.
# shellcheck disable=SC2317
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/net.sh
. "$HERE/../lib/net.sh"
# shellcheck source=tests/bench/rings.sh
. "$HERE/rings.sh"
# shellcheck source=tests/bench/tcp.sh
. "$HERE/tcp.sh"

ROUNDS=${TEST_ROUNDS:-9}
SECONDS_EACH=${TEST_SECONDS:-1}
read -ra SIZES <<<"${TEST_SIZES:-64 1500 65535}"
read -ra KINDS <<<"${TEST_CASES:-rate latency device tcp}"
read -ra OPTIONS <<<"${TEST_BENCH:-}"
OUT=${TEST_OUT:-/run/bench.jsonl}
ENFORCE=()
[[ ! ${TEST_ENFORCE:-} ]] || ENFORCE=(--enforce)
REPORT=yes
[[ ${1-} != --no-report ]] || REPORT=''

die() { echo "bench: $*" >&2; exit 1; }

wanted() { [[ " ${KINDS[*]} " == *" $1 "* ]]; }

prepare() {
	local kind
	[[ $(id -u) == 0 && -e $CARD/pci ]] || die "this runs as root in a lab: see tools/softdpu-lab"
	[[ -e $PCI/$(card_pf)/virtfn3 ]] || die "four VFs are needed: softdpu-lab run --vfs 4"
	for kind in "${KINDS[@]}"; do
		declare -F "${kind}_cases" >/dev/null || die "there is no kind of case $kind"
	done
	net_reset
	trap cleanup EXIT
	if wanted rate || wanted latency || wanted device; then rings_prepare; fi
	if wanted tcp; then tcp_prepare; fi
}

cleanup() {
	net_reset
	rings_cleanup
	tcp_cleanup
} 2>/dev/null

machine() {
	jq -nc --arg lab "${SOFTDPU_LAB-}" --arg kernel "$(uname -r)" --argjson cpus "$(nproc)" --arg date "$(date +%F)" \
		--arg seconds "$SECONDS_EACH" --arg options "${OPTIONS[*]}" \
		'{machine: {lab: $lab, kernel: $kernel, cpus: $cpus, date: $date, seconds: $seconds, options: $options}}'
}

# backwards WORD…
backwards() {
	local words=''
	for word; do words="$word $words"; done
	echo "$words"
}

# measure ROUND CASE SUBJECT…: a line in OUT for each, and one that somebody who waits can read
measure() {
	local round=$1 case=$2 subject from result said
	shift 2
	said="round $round, $case:"
	for subject; do
		from=$EPOCHREALTIME
		result=$("${case%%/*}_measure" "${case#*/}" "$subject") || die "$subject could not be measured ($case)"
		jq -nc --argjson round "$round" --arg case "$case" --arg subject "$subject" --argjson result "$result" \
			--argjson from "$from" --argjson to "$EPOCHREALTIME" \
			'{round: $round, case: $case, subject: $subject, from: $from, to: $to, result: $result}' >>"$OUT" ||
			die "cannot write $OUT"
		said+=" $subject $(jq -r '.pps // .mbit // "\(.p50_us)/\(.p99_us)"' <<<"$result")"
	done
	echo "$said"
}

prepare
machine >"$OUT" || die "cannot write $OUT"
# the addresses of modules are those of this boot
[[ ! ${TEST_SYMBOLS-} ]] || cat /proc/kallsyms >"$TEST_SYMBOLS" || die "cannot write $TEST_SYMBOLS"
for ((round = 1; round <= ROUNDS; round++)); do
	for kind in "${KINDS[@]}"; do
		while read -r -u 3 case subjects; do
			# shellcheck disable=SC2086  # words
			((round % 2)) || subjects=$(backwards $subjects)
			# shellcheck disable=SC2086
			measure "$round" "$case" $subjects
		done 3< <("${kind}_cases")
	done
done
[[ ! $REPORT ]] || python3 -B "$HERE/report.py" "$OUT" "${ENFORCE[@]}"
