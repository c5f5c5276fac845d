# shellcheck shell=bash
# Messages and progress: everything goes to stderr, stdout belongs to COMMAND and to answers.

say()  { printf 'softdpu-lab: %s\n' "$*" >&2; }
warn() { printf 'softdpu-lab: warning: %s\n' "$*" >&2; }
die()  { printf 'softdpu-lab: %s\n' "$*" >&2; exit 1; }

# 192 -> 3m12s
elapsed() {
	local s=$1
	if ((s >= 60)); then printf '%dm%02ds' $((s / 60)) $((s % 60)); else printf '%ds' "$s"; fi
}

# progress WHAT COMMAND…: run COMMAND with its output in a log, and tell how long it takes once it takes longer
# than two seconds. On failure the end of the log is shown and the status is COMMAND's, whose die() ends COMMAND alone.
progress() {
	local what=$1 log start ticker status now
	shift
	log=$(mktemp "$CACHE/log/build.XXXXXX") || return 1
	start=$SECONDS
	(
		trap 'kill "$!" 2>/dev/null; exit 0' TERM
		sleep 2 & wait $!
		if [[ -t 2 ]]; then
			while :; do
				printf '\r\033[K%s … %s' "$what" "$(elapsed $((SECONDS - start)))" >&2
				sleep 1 & wait $!
			done
		else
			printf '%s …\n' "$what" >&2
			# a sign of life a minute, for logs that somebody watches
			while sleep 60 & wait $!; do
				printf '%s … %s\n' "$what" "$(elapsed $((SECONDS - start)))" >&2
			done
		fi
	) >/dev/null </dev/null &
	ticker=$!
	("$@") >"$log" 2>&1 </dev/null
	status=$?
	kill "$ticker" 2>/dev/null
	wait "$ticker" 2>/dev/null
	now=$((SECONDS - start))
	if ((status)); then
		[[ -t 2 ]] && printf '\r\033[K' >&2
		say "$what failed after $(elapsed $now); the end of $log:"
		tail -n 30 "$log" | sed 's/^/  | /' >&2
		return "$status"
	fi
	if ((now >= 2)); then
		[[ -t 2 ]] && printf '\r\033[K' >&2
		printf '%s … %s\n' "$what" "$(elapsed $now)" >&2
	fi
	rm -f "$log"
}
