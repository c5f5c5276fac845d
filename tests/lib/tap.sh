# shellcheck shell=bash
# Test Anything Protocol for the lab suites. A test's name says the behaviour, and what was seen instead follows a
# failure as comments.
#
#   . "$(dirname "$0")/../lib/tap.sh"
#   ok   "the card appears"           test -e "$card"        passes if the command succeeds
#   fails "a second one is refused"   make_card 0            passes if it does not
#   is   "it has 64 VFs"              "$got" 64              passes if the two are equal
#   like "it says what it wants"      "$got" 'ID.*VFS'       passes if the regular expression matches
#   refused "16 is no card" "Invalid argument" FILE TEXT     passes if writing TEXT to FILE fails with that error
#   skip "it is fast" "no clock here"
#   diag what else there is to say
#   finish                            last line of the suite: prints the plan, exits

tap_count=0
tap_failed=0
tap_planned=''
tap_keep=$(mktemp)

# plan N: only if the number is known beforehand; finish counts otherwise
plan() {
	tap_planned=$1
	echo "1..$1"
}

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# tap_result STATUS NAME
tap_result() {
	tap_count=$((tap_count + 1))
	if (($1 == 0)); then
		echo "ok $tap_count - $2"
		return 0
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $2"
	return 1
}

# tap_run COMMAND…: in this shell, its output kept for a diagnosis; tap_said: and here it is
tap_run() { "$@" >"$tap_keep" 2>&1; }
tap_said() { [[ ! -s $tap_keep ]] || printf ': %s' "$(<"$tap_keep")"; }

ok() {
	local name=$1 status
	shift
	tap_run "$@"
	status=$?
	tap_result $status "$name" || diag "$* gave status $status$(tap_said)"
}

fails() {
	local name=$1
	shift
	tap_run "$@"
	tap_result $(($? == 0)) "$name" || diag "$* succeeded$(tap_said)"
}

is() {
	local status=1
	[[ $2 == "$3" ]] && status=0
	tap_result $status "$1" || diag "got:  $2"$'\n'"want: $3"
}

like() {
	local status=1
	[[ $2 =~ $3 ]] && status=0
	tap_result $status "$1" || diag "got:  $2"$'\n'"want: $3"
}

refused() {
	local name=$1 want=$2 file=$3 text=$4 got
	got=$({ printf '%s' "$text" >"$file"; } 2>&1)
	[[ $got ]] || got='it was accepted'
	is "$name" "${got##*: }" "$want"
}

# refusal PATTERN COMMAND…: it fails, and what it says has that in it. For ok
refusal() {
	local pattern=$1 said
	shift
	said=$("$@" 2>&1) && return 1
	echo "$said"
	[[ $said =~ $pattern ]]
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# stop the suite: nothing that follows makes sense
bail() {
	rm -f "$tap_keep"
	echo "Bail out! $*"
	exit 255
}

finish() {
	rm -f "$tap_keep"
	[[ $tap_planned ]] || echo "1..$tap_count"
	if [[ ${tap_planned:-$tap_count} != "$tap_count" ]]; then
		diag "$tap_planned tests were planned, $tap_count were run"
		exit 1
	fi
	exit $((tap_failed != 0))
}
