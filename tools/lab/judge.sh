# shellcheck shell=bash
# Reading the kernel log: what counts as a report, and showing it.

# Matched only after the marker: boot itself reports on some kernels.
JUDGE_BAD='WARNING: |BUG: |BUG at|KASAN|KCSAN|KFENCE|UBSAN|possible recursive locking|circular locking dependency'
JUDGE_BAD+='|inconsistent lock state|suspicious RCU usage|bad unlock balance|held lock freed|lock held when returning'
JUDGE_BAD+='|blocked for more than|rcu.*detected.*stall|self-detected stall|refcount_t: |ODEBUG|DEBUG_OBJECTS|Oops'
JUDGE_BAD+='|general protection fault|unable to handle|Call Trace|Kernel panic|kernel BUG'
JUDGE_BAD+='|sleeping function called|scheduling while atomic|list_(add|del) corruption|slab error|Objects remaining'
JUDGE_BAD+='|unreferenced object|soft lockup|hard LOCKUP|workqueue lockup|DMA-API:'
JUDGE_MARK='softdpu-lab: judged from here'

# judge_log LOG [BYTES]: print the reports, true if there are any. Each is shown from a few lines before its first line, up
# to a bound, and the log has the rest. Only the first BYTES count.
judge_log() {
	local log=$1
	head -c "${2:-$(stat -c %s "$log")}" "$log" | tr -d '\r' | awk -v bad="$JUDGE_BAD" -v mark="$JUDGE_MARK" '
		index($0, mark) { on = 1; next }
		!on { next }
		{ line[++n] = $0 }
		$0 ~ bad { hit[n] = 1; any = 1 }
		END {
			for (i = 1; i <= n; i++) {
				if (hit[i]) until = i + 40
				for (j = i; j <= i + 3; j++) if (hit[j]) { if (until < i + 3) until = i + 3 }
				if (i <= until && shown < 200) { print line[i]; shown++ }
			}
			exit !any
		}'
}

# judge_run RUN: print what the run must be failed for, true if there is anything
judge_run() {
	local run=$1 found=1
	if [[ -s $run/trouble ]]; then
		cat "$run/trouble"
		found=0
	fi
	judge_log "$run/console" "$(cat "$run"/{timeout,silent,unborn} 2>/dev/null)" && found=0
	if grep -q 'unreferenced object' "$run/kmemleak" 2>/dev/null; then
		head -n 100 "$run/kmemleak"
		found=0
	fi
	return $found
}

# judge_emulator LOG: the processor that an NMI was sent to was in a guest of its own, or on its way in or out: nothing in
# there can keep it from the interrupts of this machine but what emulates it
judge_emulator() {
	awk '/Uhhuh. NMI received/ { nmi = 1 }
		nmi && / RIP: / { found = / RIP: [0-9]*:(svm|vmx|__svm|__vmx)_vcpu_(run|enter)/; exit }
		END { exit !found }' "$1"
}
