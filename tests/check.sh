#!/bin/bash
# What must hold, in one run: lint, unit tests, fuzzers, then each suite in the labs of the table below.
#
#   tests/check.sh [--fast | --long] [--again] [WORD…]
#                                     --fast: lint, unit tests, fuzzers and the uml lab only, shortened
#                                     --long: everything that a suite has, in every lab that it runs in; hours
#                                     --again: what a lab's emulated machine has spoilt (status 98) runs a second time,
#                                     and so does a step that a test has failed if no other step has; that counts then.
#                                     Both runs are told of. Not so after a report of a kernel or a run out of time.
#                                     WORD: only the steps whose name has it in it, as in uml/container
#
# A step more than there are processors run side by side: some wait for something now and then. A step prints its line
# when it ends; what failed is shown in full. The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib/lab.sh

# Suites that share a boot, virtual CPUs in the stock kernels' labs, how often they repeat what they repeat in each lab (-:
# they do not run there), in the short run and in the long one, options of softdpu-lab run. Of what mostly waits (pf) one a
# lab comes first, then what takes long.
# What a suite leaves out with few rounds is told in its head. uml has all of it but repetitions, the other labs what may
# differ there: races and misuse of memory in uml-debug, what the stock kernels do otherwise in theirs.
# A second virtual CPU of an emulated machine spends most of its time on waiting for the first: only what is about races
# has one there. User-Mode Linux always has two.
SUITES='
#                              CPUs  uml  uml-debug  debian13  testing  fast  long
pf,devlink                        2   20         20        20       20    20   100   --vfs 0 --timeout 1800
container                         1   20          2         2        2     2    50   --vfs 4 --timeout 1800
guest                             1    5          2         5        2     -   100   --vfs 4 --timeout 1800
testpmd                           1    5          2         2        2     -    20   --vfs 3 --timeout 1800 --dpdk
storm                             2    1          1         1        1     -    10   --vfs 4 --timeout 1800
conform                           1    1          1         1        -     -     1   --vfs 2 --timeout 1800
migrate                           1    2          1         -        -     -    20   --vfs 3 --timeout 1800
eswitch,wire,flower               1    5          5         5        5     -    20   --vfs 4 --timeout 1800
ovs,ct,bridge,rate,policy         1    1          1         1        1     -     1   --vfs 4 --timeout 1800
qemu                              1   10          -         -        -     -    20   --vfs 3 --timeout 1800
libvirt                           1    1          -         -        -     -     1   --vfs 3 --timeout 1800
rings,vdpa-mgmt,link,rebind,bench,card 1 20       5         5        5     5   100   --vfs 4 --timeout 1800
'
LABS=(debian13 testing uml-debug uml)
FAST='' LONG='' AGAIN=''

while [[ ${1-} == --* ]]; do
	case $1 in
	--fast) FAST=fast LABS=(uml) ;;
	--long) LONG=long ;;
	--again) AGAIN=again ;;
	*) echo "check.sh: unknown option $1" >&2; exit 2 ;;
	esac
	shift
done
words=("$@")
WORKERS=$(($(nproc) + 1))
SOFTDPU_LAB_SLOTS=${SOFTDPU_LAB_SLOTS:-$WORKERS}
export SOFTDPU_LAB_SLOTS

log=$(mktemp -d)
# steps disturb each other: what a processor had to do says more than how long it took
TIMEFORMAT='%U %S'
trap 'rm -rf "$log"' EXIT
touch "$log/counts" "$log/failed" "$log/ended" "$log/queue"

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
		printf '%-34s %4d passed, %d failed, %d skipped  (%d s, %d s of a processor)\n' "$name" $((ok - skip)) "$bad" \
			"$skip" $((SECONDS - start)) "$(awk '{ printf "%d", $1 + $2 }' "$out.cpu")"
		echo "$((ok - skip)) $bad $skip $name" >>"$log/counts"
		if ((bad)); then
			echo "$status $name $*" >>"$log/failed"
			step_failed "$name" "$out" $status
		fi
	} 9>"$log/lock"
}

step_failed() {
	local name=$1 out=$2
	echo "--- $name: exit status $3"
	awk '/^(not ok|Bail out!) / { left = 40; print; next }
		/^#/ && left-- > 0 { print; next }
		{ left = 0 }' "$out" | head -n 200
	echo "--- $name: last lines"
	tail -n 15 "$out"
	tail -n 60 "$out.err"
	echo "---"
}

# queue NAME COMMAND…
queue() {
	! wanted "$1" || echo "$*" >>"$log/queue"
}

# queue_suites LAB: those of the table that run there
queue_suites() {
	local lab=$1 suites cpus options rounds
	local -A in
	while read -r suites cpus "in[uml]" "in[uml-debug]" "in[debian13]" "in[testing]" "in[fast]" "in[long]" options; do
		[[ -z $suites || $suites == '#' ]] && continue
		rounds=${in[${FAST:-$lab}]}
		[[ $rounds != - ]] || continue
		[[ ! $LONG ]] || rounds=${in[long]} options=${options/--timeout 1800/--timeout 7200}
		[[ $lab != uml* ]] || cpus=2
		queue "$lab/$suites" env SOFTDPU_LAB_CPUS="$cpus" tools/softdpu-lab run --kernel "$lab" "$options" -- \
			env TEST_ROUNDS="$rounds" bash tests/together.sh "${suites//,/ }"
	done <<<"$SUITES"
}

# client: the programs of tools/ that suites use, into the cache
client() (
	# shellcheck source=tests/lib/vdpa.sh
	. tests/lib/vdpa.sh
	SOFTDPU_CACHE_DIR=$CACHE client_build
)

# take: the next step, into NAME and COMMAND
take() {
	{
		flock 7
		IFS=' ' read -r NAME COMMAND <"$log/queue" || return 1
		sed -i 1d "$log/queue"
	} 7>"$log/queue.lock"
}

# again: what the machine that emulates the labs has spoilt, and a step that a test has failed if it is the only one, a
# second time instead of the first
again() {
	local status name command failed
	failed=$(<"$log/failed")
	: >"$log/failed"
	while read -r status name command; do
		if [[ $status != 98 ]] && ! [[ $status == 1 && $name == */* && $(grep -vc '^98 ' <<<"$failed") == 1 ]]; then
			echo "$status $name $command" >>"$log/failed"
			continue
		fi
		grep -v " $name\$" "$log/counts" >"$log/counts.rest"
		mv "$log/counts.rest" "$log/counts"
		# shellcheck disable=SC2086  # words
		step "$name" $command
		grep -q " $name " "$log/failed" || echo "failed at first, passed when it ran again: $name"
	done <<<"$failed"
}

worker() {
	while take; do
		# shellcheck disable=SC2086  # words
		step "$NAME" $COMMAND
	done
	echo ended >>"$log/ended"
}

# Kernels and trees first: beside builds of half an hour the suites would wait for processors as on no other day.
if [[ ! $FAST && ${#words[@]} == 0 ]]; then
	tools/softdpu-lab build all || exit 1
fi
# softdpu-lab, lint, coverage and fuzzers install what they need themselves
lab_do need gcc libc6-dev linux-libc-dev make python3 || exit 1
queue lint bash tests/lint.sh
queue unit make -s -C tests/unit check
[[ $FAST ]] || queue coverage bash tests/coverage.sh
queue fuzz env FUZZ_TIME="$([[ $FAST ]] && echo 2 || echo 8)" bash tests/fuzz/run.sh
for lab in "${LABS[@]}"; do
	queue_suites "$lab"
	[[ $FAST || $lab != uml* ]] || queue "$lab/detectors" env TEST_KERNEL="$lab" bash tests/lab/detectors.sh
done
# each virtual machine would build them for itself, ten times as long
! grep -q 'softdpu-lab run' "$log/queue" || lab_do client || exit 1
for ((i = 0; i < WORKERS; i++)); do
	worker &
done
wait
# one that died took steps with it that nobody would miss
if (($(wc -l <"$log/ended") < WORKERS)); then
	echo "- worker" >>"$log/failed"
	echo "0 1 0 worker" >>"$log/counts"
fi
[[ ! $AGAIN || ! -s $log/failed ]] || again

# in short, where whoever looks at the end of the log finds it
while read -r status name _; do
	echo "failed: $name, exit status $status"
	grep -h '^not ok ' "$log/${name//\//.}" | head -n 10
	grep -hA 2 '^softdpu-lab: ' "$log/${name//\//.}.err" | head -n 10 | cut -c 1-160
done <"$log/failed"
awk '{ p += $1; f += $2; s += $3 }
	END {
		printf "%d passed, %d failed%s\n", p, f, s ? ", " s " skipped" : ""
		exit f || !p
	}' "$log/counts"
