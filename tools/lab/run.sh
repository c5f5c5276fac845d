# shellcheck shell=bash
# One run of a lab: prepare the run directory, boot, watch, judge.
#
#   $CACHE/run/<id>/   env, command, modules/    for the lab's init
#                      status, trouble, kmemleak  from it
#                      alive                      written by it again and again
#                      console                    the kernel's log

RUN_PID='' RUN_WATCH='' RUN_CATS=()
# Seconds within which a machine has started, and after which one that no longer says that it is alive stands still; how
# often it is started anew. Emulated processors were seen to lose an interrupt of their timer for good: with two of them
# one never got going, and one was left in a guest of its own.
RUN_BOOT=${SOFTDPU_LAB_BOOT:-240} RUN_SILENCE=${SOFTDPU_LAB_SILENCE:-300} RUN_BOOTS=3

# run_prepare: the run directory, from the options K, VFS, CARD, DPDK, MODE and the command
run_prepare() {
	local see='' guest dpdk=''
	find "$CACHE/run" -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf {} + 2>/dev/null
	RUN=$(mktemp -d "$CACHE/run/$K.XXXXXX") || die "cannot make a run directory"
	echo $$ >"$RUN/pid"
	if [[ $K == uml* ]]; then
		KERNEL_DIR=$(uml_ready "$K") && tree_ready trixie >/dev/null || return 1
	else
		see=/host
		vm_ready "$K" || return 1
	fi
	guest=$(guest_ready "$(tree_suite "$K")") || return 1
	if [[ $DPDK == yes ]]; then
		dpdk=$(dpdk_ready "$(tree_suite "$K")") || return 1
	fi
	if [[ $CARD == yes ]]; then
		modules_ready "$K" "$RUN/modules" >/dev/null || return 1
	fi
	mkdir -p "$RUN/modules"
	{
		printf 'lab_mode=%q lab_card=%q lab_vfs=%q lab_leaks=%q\n' "$MODE" "$CARD" "$VFS" "$LEAKS"
		printf 'lab_src=%q lab_pwd=%q lab_cache=%q lab_tools=%q lab_see=%q\n' "$SRC" "$PWD" "$CACHE" "${LAB%/lab}" "$see"
		printf 'lab_guest=%q lab_dpdk=%q\n' "$guest" "$dpdk"
		printf 'lab_modules=%q lab_rows=%q lab_cols=%q\n' "${KERNEL_DIR-}/root/lib/modules" "$(tput lines 2>/dev/null)" \
			"$(tput cols 2>/dev/null)"
	} >"$RUN/env"
	{
		printf 'cd %q 2>/dev/null || cd /\n' "$see$PWD"
		printf 'export TERM=%q\n' "${TERM:-dumb}"
		# what the caller wants passed: SDPU_… and TEST_… variables
		export -p | grep -E '^declare -x (SDPU|SOFTDPU_TEST|TEST|TAP|BATS)[A-Z0-9_]*='
		printf 'exec'
		printf ' %q' "$@"
		printf '\n'
	} >"$RUN/command"
}

# run_stop: end the lab's processes, whatever state they are in
run_stop() {
	[[ -n $RUN_PID ]] || return 0
	# nothing in there is worth a clean shutdown, and UML's prints complaints of its own
	kill -KILL "$RUN_PID" 2>/dev/null
	# UML made a session of its own, with one process for each address space in it
	[[ $K == uml* ]] && pkill -KILL -s "$RUN_PID" 2>/dev/null
	RUN_PID=''
}

run_interrupted() {
	say "interrupted"
	run_stop
	[[ -n $RUN_WATCH ]] && kill "$RUN_WATCH" 2>/dev/null
	exit 130
}

# run_watch SECONDS: end a lab that does not start, stands still, or is still there when they are over. What it was doing
# is printed into the log; the file that says which of these it was says how long the log was before.
run_watch() {
	local start=$SECONDS why='' turn=0
	trap 'kill "$!" 2>/dev/null; exit 0' TERM
	while [[ ! $why ]]; do
		sleep 1 & wait $!
		if ((SECONDS - start >= $1)); then
			why=timeout
		elif [[ -e $RUN/alive ]]; then
			# it is written every ten seconds
			((++turn % 10)) || ((EPOCHSECONDS - $(stat -c %Y "$RUN/alive") < RUN_SILENCE)) || why=silent
		elif ((SECONDS - start >= RUN_BOOT)); then
			why=unborn
		fi
	done
	stat -c %s "$RUN/console" >"$RUN/$why"
	case $K in uml*) uml_stacks "$RUN" ;; *) vm_stacks "$RUN" ;; esac
	run_stop
}

# run_slot: as many labs at a time as there are processors: more would only run into their timeouts together
run_slot() {
	local i told=no
	while :; do
		for ((i = 0; i < ${SOFTDPU_LAB_SLOTS:-$(nproc)}; i++)); do
			exec 8>"$CACHE/slot.$i" || return 0
			flock -n 8 && return 0
		done
		[[ $told == yes ]] || say "waiting for another lab to end"
		told=yes
		sleep 1
	done
}

run_boot() {
	local name
	for name in stdout stderr console; do mkfifo "$RUN/$name.fifo" || return 1; done
	cat "$RUN/stdout.fifo" 8>&- & RUN_CATS+=($!)
	cat "$RUN/stderr.fifo" >&2 8>&- & RUN_CATS+=($!)
	cat "$RUN/console.fifo" >"$RUN/console" 8>&- & RUN_CATS+=($!)
	case $K in
	uml*)
		uml_boot "$K" "$RUN" <"$1" >"${2:-$RUN/boot}" 2>>"$RUN/boot" \
			5>"$RUN/stdout.fifo" 6>"$RUN/stderr.fifo" 7>"$RUN/console.fifo" 8>&- &
		;;
	*)
		vm_boot "$K" "$RUN" <"$1" >"${2:-$RUN/boot}" 2>>"$RUN/boot" 8>&- &
		;;
	esac
	RUN_PID=$!
}

# run_machine STDIN [STDOUT]: boot, and wait until it has ended
run_machine() {
	local name
	run_boot "$@" || return 1
	[[ $MODE == shell ]] || ((!TIMEOUT)) || { ( run_watch "$TIMEOUT" ) 8>&- & RUN_WATCH=$!; }
	wait "$RUN_PID" 2>/dev/null
	# it ends by itself when it has ended the lab
	[[ ! $RUN_WATCH || -e $RUN/timeout || -e $RUN/silent || -e $RUN/unborn ]] || kill "$RUN_WATCH" 2>/dev/null
	[[ ! $RUN_WATCH ]] || wait "$RUN_WATCH" 2>/dev/null
	# a lab that died early never opened its end of these: do it in its place, so that the readers end
	for name in stdout stderr console; do : <>"$RUN/$name.fifo"; done
	wait "${RUN_CATS[@]}" 2>/dev/null
	RUN_PID='' RUN_WATCH='' RUN_CATS=()
	rm -f "$RUN"/*.fifo
}

# run_status: the status of a run that the kernel reported nothing in
run_status() {
	local status=1
	if [[ -e $RUN/unborn ]]; then
		say "the machine did not start within $RUN_BOOT seconds, $RUN_BOOTS times"
		return 98
	elif [[ -e $RUN/silent ]]; then
		say "the machine stood still for $RUN_SILENCE seconds"
		judge_emulator "$RUN/console" || return 124
		say "its emulated processor does not come back from a guest"
		return 98
	elif [[ -e $RUN/timeout ]]; then
		say "no end after $TIMEOUT seconds"
		return 124
	elif [[ ! -e $RUN/finished ]]; then
		say "the lab ended before its time"
		tail -n 5 -- "$RUN/boot" "$RUN/console" >&2
		return 99
	fi
	[[ ! -s $RUN/status ]] || status=$(<"$RUN/status")
	return "$status"
}

# run_lab COMMAND…: returns the status that softdpu-lab exits with
run_lab() {
	local status report terminal='' boots
	trap run_interrupted INT TERM HUP
	run_prepare "$@" || { rm -rf "$RUN"; return 1; }
	if [[ $MODE == shell ]]; then
		terminal=$(stty -g)
		SDPU_TTY=fd:0,fd:1 run_machine /dev/tty /dev/tty || return 1
		stty "$terminal"
	else
		run_slot
		for ((boots = 1; ; boots++)); do
			run_machine /dev/null || return 1
			[[ -e $RUN/unborn ]] || break
			((boots < RUN_BOOTS)) || break
			say "the machine has not started within $RUN_BOOT seconds: anew"
			mv "$RUN/console" "$RUN/console.$boots"
			rm "$RUN/unborn"
		done
	fi
	rm -f "$RUN/pid"

	report=$(judge_run "$RUN")
	if [[ $report ]]; then
		printf 'softdpu-lab: the kernel reported:\n%s\n' "$report" >&2
		status=99
	else
		run_status
		status=$?
	fi
	if ((status)) || [[ $KEEP == yes ]]; then
		say "kernel log: $RUN/console"
	else
		rm -rf "$RUN"
	fi
	return "$status"
}
