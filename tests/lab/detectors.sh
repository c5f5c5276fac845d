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

# seeded STATUS WHAT PATTERN [OPTION]: loading the module with that mistake ends the run so, and the report says why
seeded() {
	local status
	# shellcheck disable=SC2016 # for the shell in the lab
	SOFTDPU_SRC=$PWD/tests/lab/seed lab --timeout 300 ${4+"$4"} -- \
		sh -c 'insmod $SOFTDPU_MODDIR/seed.ko what=$0 && rmmod seed' "$2" >"$WORK/out" 2>"$WORK/err"
	status=$?
	is "$2: run exits with $1" $status "$1"
	if [[ $3 ]]; then
		like "$2: and says what it is" "$(<"$WORK/err")" "$3"
	else
		fails "$2: and reports nothing" grep 'the kernel reported' "$WORK/err"
	fi
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

seeded 0 none '' --no-leaks
seeded 99 warn 'seed: deliberate warning' --no-leaks
if [[ $KERNEL == uml-debug ]]; then
	seeded 99 uaf 'KASAN: slab-use-after-free' --no-leaks
	seeded 99 oob 'KASAN: slab-out-of-bounds' --no-leaks
	seeded 99 lockdep 'circular locking dependency' --no-leaks
	seeded 99 atomic 'sleeping function called from invalid context' --no-leaks
	seeded 99 shift 'UBSAN: shift-out-of-bounds' --no-leaks
	seeded 99 leak 'unreferenced object'
	seeded 0 none ''
fi
finish
