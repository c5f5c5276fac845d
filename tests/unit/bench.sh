#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Instructions and time a packet of each shape of a bench program. Instructions
# do not depend on what else the machine is doing; the time does.
set -eu

command -v valgrind >/dev/null || { echo "bench: valgrind is missing (apt install valgrind)"; exit 1; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for program; do
	"$program" | while read -r shape; do
		# it says: SHAPE PACKETS packets NS ns
		time=$("$program" "$shape" 20000 | awk '{ print $4 }')
		valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=serve \
			"$program" "$shape" 500 >"$log" 2>&1 || { cat "$log"; exit 1; }
		packets=$(awk -v shape="$shape" '$1 == shape { print $2 }' "$log")
		awk -v shape="$shape" -v ns="$time" -v n="$packets" '/Collected :/ {
			printf "%-36s %6.1f instructions  %6.1f ns a packet\n", shape, $NF / n, ns
		}' "$log"
	done
done
