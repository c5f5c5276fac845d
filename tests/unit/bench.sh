#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Instructions and time a packet of each shape of a bench program. Instructions
# do not depend on what else the machine is doing; the time does.
set -eu

log=$(mktemp)
trap 'rm -f "$log"' EXIT

for program; do
	for shape in $("$program"); do
		set -- $("$program" "$shape" 20000)
		time=$4
		valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=serve \
			"$program" "$shape" 500 >"$log" 2>&1 || { cat "$log"; exit 1; }
		sed -n "s/.*Collected : \([0-9]*\)/\1/p" "$log" |
			awk -v shape="$shape" -v ns="$time" '
				{ printf "%-36s %6.1f instructions  %6.1f ns a packet\n", shape, $1 / 32000, ns }'
	done
done
