#!/bin/bash
# What must hold, in one run: lint, unit tests, then each suite in the labs of the table below.
#
#   tests/check.sh [--fast] [WORD…]   --fast: lint, unit tests and the uml lab only, shortened
#                                     WORD: only the steps whose name has it in it, as in uml/container
#
# As many steps run side by side as there are processors, and one of those that mostly wait. A step prints its line when
# it ends; what failed is shown in full. The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib/lab.sh

# A suite, whether it works or waits (for commands to time out), how often it repeats what it repeats in each lab (-: it
# does not run there) and in the short run, options of softdpu-lab run. What takes long comes first.
# What only takes longer in a stock kernel, and finds nothing there that User-Mode Linux does not, runs shortened.
SUITES='
#                   uml  uml-debug  debian13  testing  fast
container    works   20          5         6        2     2   --vfs 4 --timeout 900
guest        works   10          5        10       10     -   --vfs 4 --timeout 900
storm        works    3          1         1        1     -   --vfs 4 --timeout 900
rings        works   20         20        20       20    20   --vfs 4 --timeout 900
vdpa-mgmt    works   20         10        10       10     5   --vfs 4 --timeout 900
card         works   20          8         8        8     5   --vfs 0 --timeout 900
pf           waits   20         20        20       20    20   --vfs 0 --timeout 900
'
LABS=(debian13 testing uml uml-debug)
FAST=''

[[ ${1-} == --fast ]] && { FAST=fast LABS=(uml); shift; }
words=("$@")
# one more than there are processors, for what waits
WORKERS=$(nproc)
SOFTDPU_LAB_SLOTS=${SOFTDPU_LAB_SLOTS:-$((WORKERS + 1))}
export SOFTDPU_LAB_SLOTS

log=$(mktemp -d)
# steps disturb each other: what a processor had to do says more than how long it took
TIMEFORMAT='%U %S'
trap 'rm -rf "$log"' EXIT
touch "$log/counts" "$log/failed" "$log/ended" "$log/works" "$log/waits"

wanted() { # NAME
	local word
	((${#words[@]})) || return 0
	for word in "${words[@]}"; do
		[[ $1 == *"$word"* ]] && return 0
	done
	return 1
}

# step NAME COMMAND…: run it, count its TAP. A step that fails without a failed test is one.
step() {
	local name=$1 out start=$SECONDS status ok bad skip
	shift
	out=$log/${name//\//.}
	{ time "$@" >"$out" 2>"$out.err" </dev/null; } 2>"$out.cpu"
	status=$?
	ok=$(grep -c '^ok ' "$out")
	bad=$(grep -c '^not ok ' "$out")
	skip=$(grep -ci '^ok .*# skip' "$out")
	((status != 0 && bad == 0)) && bad=1
	((status == 0 && ok == 0)) && bad=1
	{
		flock 9
		printf '%-24s %4d passed, %d failed, %d skipped  (%d s, %d s of a processor)\n' "$name" $((ok - skip)) "$bad" \
			"$skip" $((SECONDS - start)) "$(awk '{ printf "%d", $1 + $2 }' "$out.cpu")"
		echo "$((ok - skip)) $bad $skip" >>"$log/counts"
		((bad == 0)) || step_failed "$name" "$out" $status
	} 9>"$log/lock"
}

step_failed() {
	local name=$1 out=$2
	echo "$name" >>"$log/failed"
	echo "--- $name: exit status $3"
	grep -A 12 '^not ok ' "$out" | head -n 120
	echo "--- $name: last lines"
	tail -n 15 "$out"
	tail -n 60 "$out.err"
	echo "---"
}

# queue works|waits NAME COMMAND…
queue() {
	local kind=$1 name=$2
	shift 2
	wanted "$name" && echo "$name $*" >>"$log/$kind"
}

# queue_suites: those of the table
queue_suites() {
	local lab suite kind options rounds
	local -A in
	while read -r suite kind "in[uml]" "in[uml-debug]" "in[debian13]" "in[testing]" "in[fast]" options; do
		[[ -z $suite || $suite == '#' ]] && continue
		for lab in "${LABS[@]}"; do
			rounds=${in[${FAST:-$lab}]}
			[[ $rounds == - ]] || queue "$kind" "$lab/$suite" tools/softdpu-lab run --kernel "$lab" "$options" -- \
				env TEST_ROUNDS="$rounds" bash "tests/suites/$suite.sh"
		done
	done <<<"$SUITES"
}

# take works|waits: the next step of that queue, into NAME and COMMAND
take() {
	{
		flock 7
		IFS=' ' read -r NAME COMMAND <"$log/$1" || return 1
		sed -i 1d "$log/$1"
	} 7>"$log/$1.lock"
}

worker() { # works|waits
	while take "$1"; do
		# shellcheck disable=SC2086  # words
		step "$NAME" $COMMAND
	done
	echo "$1" >>"$log/ended"
}

# softdpu-lab and lint install what they need themselves
! wanted unit || lab_do need gcc libc6-dev || exit 1
queue works lint bash tests/lint.sh
queue works unit make -s -C tests/unit check
queue_suites
[[ $FAST ]] || for lab in uml uml-debug; do
	queue works "$lab/detectors" env TEST_KERNEL="$lab" bash tests/lab/detectors.sh
done
for ((i = 0; i < WORKERS; i++)); do
	worker works &
done
worker waits &
wait
# one that died took steps with it that nobody would miss
if (($(wc -l <"$log/ended") < WORKERS + 1)); then
	echo worker >>"$log/failed"
	echo "0 1 0" >>"$log/counts"
fi

[[ ! -s $log/failed ]] || echo "failed: $(paste -sd' ' "$log/failed")"
awk '{ p += $1; f += $2; s += $3 }
	END {
		printf "%d passed, %d failed%s\n", p, f, s ? ", " s " skipped" : ""
		exit f || !p
	}' "$log/counts"
