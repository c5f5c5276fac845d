#!/bin/bash
# What must hold, in one run: lint, unit tests, then each suite in the labs of the table below.
#
#   tests/check.sh [--fast] [WORD…]   --fast: lint, unit tests and the uml lab only
#                                     WORD: only the steps whose name has it in it, as in uml/container
#
# After lint and unit tests three lanes run side by side: User-Mode Linux, virtual machines, and what mostly waits. A step
# prints its line when it ends; what failed is shown in full. The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1

# A suite, whether it works or waits (for commands to time out), how often it repeats what it repeats in each lab (-: it
# does not run there), options of softdpu-lab run.
# What only takes longer in a stock kernel, and finds nothing there that User-Mode Linux does not, runs shortened.
SUITES='
#                   uml  uml-debug  debian13  testing
card         works   20          8         8        8   --vfs 0 --timeout 900
pf           waits   20         20        20       20   --vfs 0 --timeout 900
vdpa-mgmt    works   20         10        10       10   --vfs 4 --timeout 900
container    works   20          -         6        6   --vfs 4 --timeout 900
rings        works   20         20        20       20   --vfs 4 --timeout 900
guest        works   10          -        10       10   --vfs 4 --timeout 900
storm        works    3          1         1        1   --vfs 4 --timeout 900
'
LANES=('uml uml-debug' 'debian13 testing')

[[ ${1-} == --fast ]] && { LANES=(uml); shift; }
words=("$@")
# one more than there are processors, for the lane of what waits
SOFTDPU_LAB_SLOTS=${SOFTDPU_LAB_SLOTS:-$(($(nproc) + 1))}
export SOFTDPU_LAB_SLOTS

log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
touch "$log/counts" "$log/failed" "$log/lanes"

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
	wanted "$name" || return 0
	out=$log/${name//\//.}
	"$@" >"$out" 2>"$out.err" </dev/null
	status=$?
	ok=$(grep -c '^ok ' "$out")
	bad=$(grep -c '^not ok ' "$out")
	skip=$(grep -ci '^ok .*# skip' "$out")
	((status != 0 && bad == 0)) && bad=1
	((status == 0 && ok == 0)) && bad=1
	{
		flock 9
		printf '%-24s %4d passed, %d failed, %d skipped  (%d s)\n' "$name" $((ok - skip)) "$bad" "$skip" \
			$((SECONDS - start))
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

# suites_in LAB works|waits
suites_in() {
	local lab=$1 suite kind options rounds
	local -A in
	while read -r suite kind "in[uml]" "in[uml-debug]" "in[debian13]" "in[testing]" options; do
		rounds=${in[$lab]-}
		[[ -z $suite || $suite == '#' || $rounds == - || $kind != "$2" ]] && continue
		# shellcheck disable=SC2086  # options are words
		step "$lab/$suite" tools/softdpu-lab run --kernel "$lab" $options -- \
			env TEST_ROUNDS="$rounds" bash "tests/suites/$suite.sh"
	done <<<"$SUITES"
}

lane() { # works|waits LAB…
	local lab kind=$1
	shift
	for lab; do
		suites_in "$lab" "$kind"
		[[ $kind == waits || $lab != uml* ]] || step "$lab/detectors" env TEST_KERNEL="$lab" bash tests/lab/detectors.sh
	done
	echo "$kind $*" >>"$log/lanes"
}

step lint bash tests/lint.sh
step unit make -s -C tests/unit check
# shellcheck disable=SC2086  # words
for labs in "${LANES[@]}"; do
	lane works $labs &
done
# shellcheck disable=SC2048,SC2086  # words
lane waits ${LANES[*]} &
wait
# one that died took steps with it that nobody would miss
if (($(wc -l <"$log/lanes") < ${#LANES[@]} + 1)); then
	echo lane >>"$log/failed"
	echo "0 1 0" >>"$log/counts"
fi

[[ ! -s $log/failed ]] || echo "failed: $(paste -sd' ' "$log/failed")"
awk '{ p += $1; f += $2; s += $3 }
	END {
		printf "%d passed, %d failed%s\n", p, f, s ? ", " s " skipped" : ""
		exit f || !p
	}' "$log/counts"
