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
