#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run TAP programs, show what they say, and sum up. A program that does not
# reach its plan, crashes, hangs or exits non-zero without a failed test counts
# as one failure more.
set -u

passed=0
failed=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

for program; do
	echo "# ${program##*/}"
	timeout -k 10 300 "$program" >"$log" 2>&1
	status=$?
	cat "$log"
	ok=$(grep -c '^ok ' "$log")
	bad=$(grep -c '^not ok ' "$log")
	plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log")
	passed=$((passed + ok))
	failed=$((failed + bad))
	if [ "${plan:-none}" != $((ok + bad)) ] || [ "$ok" -eq 0 ]; then
		echo "# ${program##*/}: planned ${plan:-nothing}, ran $((ok + bad)), exit $status"
		failed=$((failed + 1))
	elif [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		echo "# ${program##*/}: exit $status"
		failed=$((failed + 1))
	fi
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
