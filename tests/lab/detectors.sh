#!/bin/bash
# The lab notices what it is there to notice: each deliberate mistake of tests/lab/seed fails a run with 99, a clean
# run passes, and statuses and streams come through. Runs on the invoking machine.
#   TEST_KERNEL=uml    a lab without checkers: tries what it can see, and that statuses and streams come through
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

KERNEL=${TEST_KERNEL:-uml-debug}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

# lab_dir WORD: the run directory of a lab whose command has WORD in it, when its machine runs
lab_dir() {
	local dir i
	for ((i = 0; i < 300; i++)); do
		for dir in "${XDG_CACHE_HOME:-$HOME/.cache}"/softdpu/run/*/; do
			[[ -s $dir/uml/pid ]] && grep -qs "$1" "$dir/command" && echo "$dir" && return
		done
		sleep 0.1
	done
	return 1
}

lab() { tools/softdpu-lab run --kernel "$KERNEL" "$@"; }

# seeded STATUS OPTION MISTAKES PATTERN…: a run that loads the module with each of these mistakes ends with STATUS, and
# the report says what they are
seeded() {
	local status=$1 option=$2 mistakes=$3 pattern
	shift 3
	# shellcheck disable=SC2016 # for the shell in the lab
	SOFTDPU_SRC=$PWD/tests/lab/seed lab --timeout 300 ${option:+"$option"} -- \
		sh -c 'for what in $0; do insmod $SOFTDPU_MODDIR/seed.ko what=$what && rmmod seed || exit; done' "$mistakes" \
		>"$WORK/out" 2>"$WORK/err"
	is "$mistakes: run exits with $status" $? "$status"
	for pattern; do
		like "$mistakes: it says $pattern" "$(<"$WORK/err")" "$pattern"
	done
	(($#)) || fails "$mistakes: and reports nothing" grep 'the kernel reported' "$WORK/err"
}

# streams and statuses are the same for every kernel: the one that boots fastest shows them
if [[ $KERNEL != uml-debug ]]; then
	lab --no-card --no-leaks -- sh -c 'printf "a\000b\r\nc"; echo no >&2; exit 7' >"$WORK/out" 2>"$WORK/err"
	is "the status of the command is that of run" $? 7
	is "its stdout is the same to the byte" "$(od -An -c "$WORK/out" | tr -d ' \n')" 'a\0b\r\nc'
	like "its stderr is on stderr" "$(<"$WORK/err")" no
	like "a failed run tells where the kernel log is" "$(<"$WORK/err")" 'kernel log: /'

	lab --no-card --no-leaks --timeout 20 -- sleep 1000 >"$WORK/out" 2>&1
	is "a run that does not end is ended, with 124" $? 124

	# a processor that never gets going, and one that does not come back
	SOFTDPU_LAB_BOOT=20 lab --no-card --no-leaks -- echo "born $$" >"$WORK/out" 2>"$WORK/err" &
	dir=$(lab_dir "born.* $$") && kill -STOP "$(<"$dir/uml/pid")"
	wait $!
	is "a machine that does not start is started anew" "$? $(<"$WORK/out")" "0 born $$"
	like "it says so" "$(<"$WORK/err")" 'not started within 20 seconds: anew'
	SOFTDPU_LAB_SILENCE=30 lab --no-card --no-leaks -- sh -c "echo up; sleep 1000; echo still $$" >"$WORK/out" 2>"$WORK/err" &
	dir=$(lab_dir "still.* $$")
	# it may be a machine that has written once
	for ((i = 0; i < 300; i++)); do [[ -s $WORK/out ]] && break; sleep 0.1; done
	kill -STOP "$(<"$dir/uml/pid")"
	wait $!
	is "a machine that stands still is ended, with 124" $? 124
	like "it says how long it did" "$(<"$WORK/err")" 'stood still for 30 seconds'
	# shellcheck source=tools/lab/judge.sh
	. tools/lab/judge.sh
	printf '%s\n' '[ 9.1] Uhhuh. NMI received for unknown reason 21 on CPU 0.' '[ 9.2] RIP: 0010:svm_vcpu_run+0x259/0x850 [kvm_amd]' \
		>"$WORK/log"
	ok "an emulated processor that stays in a guest is known by where an NMI finds it" judge_emulator "$WORK/log"
	sed -i 's/svm_vcpu_run/sdpu_worker/' "$WORK/log"
	fails "one that is elsewhere is not" judge_emulator "$WORK/log"

	lab --no-card --no-leaks -- head -c 3000000 /dev/zero 2>/dev/null | cksum >"$WORK/out"
	is "three megabytes come through whole" "$(<"$WORK/out")" "$(head -c 3000000 /dev/zero | cksum)"

	# vhost_vdpa lets no device go that somebody has open
	# shellcheck disable=SC2016 # for the shell in the lab
	lab --timeout 30 -- bash -c '. tests/lib/net.sh && vdpa_make left 0 vhost_vdpa && node=$(vhost_node left) &&
		{ sleep 1000 <>"$node" >/dev/null 2>&1 & }' >"$WORK/out" 2>&1
	is "what a command leaves running ends with it, even if it holds a device" $? 0
fi

seeded 0 --no-leaks none
seeded 99 --no-leaks warn 'seed: deliberate warning'
if [[ $KERNEL == uml-debug ]]; then
	# KASAN reports once a boot, and what comes after that is not checked for locks any more
	seeded 99 --no-leaks uaf 'KASAN: slab-use-after-free'
	seeded 99 --no-leaks oob 'KASAN: slab-out-of-bounds'
	seeded 99 --no-leaks 'lockdep atomic shift' 'circular locking dependency' \
		'sleeping function called from invalid context' 'UBSAN: shift-out-of-bounds'
	seeded 99 '' leak 'unreferenced object'
	seeded 0 '' none
fi
finish
