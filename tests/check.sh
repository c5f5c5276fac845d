#!/bin/bash
# What must hold, in one run: lint, unit tests, then each suite in the labs of the table below.
#
#   tests/check.sh [--fast] [WORD…]   --fast: lint, unit tests and the uml lab only
#                                     WORD: only the steps whose name has it in it, as in uml/container
#
# Each step prints one line; what failed is shown in full. The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1

# suite, how often it repeats what it repeats, labs in which it runs, options of softdpu-lab run
SUITES='
card       20  uml debian13 testing   --vfs 0 --timeout 1200
pf         20  uml                    --vfs 0 --timeout 900
vdpa-mgmt  20  uml                    --vfs 4 --timeout 900
container  20  uml                    --vfs 4 --timeout 1800
rings      20  uml                    --vfs 4 --timeout 1200
'

fast=no
[[ ${1-} == --fast ]] && { fast=yes; shift; }
words=("$@")
labs='uml debian13 testing'
[[ $fast == yes ]] && labs=uml

log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
passed=0 failed=0 skipped=0 steps_failed=()

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
	local name=$1 out=$log/step start=$SECONDS status ok bad skip
	shift
	wanted "$name" || return 0
	printf '%-24s ' "$name"
	"$@" >"$out" 2>"$out.err" </dev/null
	status=$?
	ok=$(grep -c '^ok ' "$out")
	bad=$(grep -c '^not ok ' "$out")
	skip=$(grep -ci '^ok .*# skip' "$out")
	((status != 0 && bad == 0)) && bad=1
	((status == 0 && ok == 0)) && bad=1
	passed=$((passed + ok - skip)) failed=$((failed + bad)) skipped=$((skipped + skip))
	printf '%4d passed, %d failed, %d skipped  (%d s)\n' $((ok - skip)) "$bad" "$skip" $((SECONDS - start))
	((bad == 0)) && return
	steps_failed+=("$name")
	echo "--- $name: exit status $status"
	grep -A 12 '^not ok ' "$out" | head -n 120
	echo "--- $name: last lines"
	tail -n 15 "$out"
	tail -n 60 "$out.err"
	echo "---"
}

suites_in() { # LAB
	local lab=$1 suite rounds rest where options
	while read -r suite rounds rest; do
		[[ -n $suite ]] || continue
		where=${rest%%--*}
		options=--${rest#*--}
		[[ " $where " == *" $lab "* ]] || continue
		# shellcheck disable=SC2086  # options are words
		step "$lab/$suite" tools/softdpu-lab run --kernel "$lab" $options -- \
			env TEST_ROUNDS="$rounds" bash "tests/suites/$suite.sh"
	done <<<"$SUITES"
}

step lint bash tests/lint.sh
step unit make -s -C tests/unit check
for lab in $labs; do
	suites_in "$lab"
done

((${#steps_failed[@]})) && echo "failed: ${steps_failed[*]}"
echo "$passed passed, $failed failed$( ((skipped)) && echo ", $skipped skipped")"
((failed == 0 && passed > 0))
