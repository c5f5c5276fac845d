#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Which lines of sim/ and drivers/ the unit tests run, of the files that are built in user space: a table, and whether
# the engine's are enough.
#
#   tests/coverage.sh
set -u
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1
. tests/lib/tap.sh
. tests/lib/lab.sh

OUT=$PWD/build/coverage
# what takes bytes from strangers, sources and headers, and how many percent of their lines must be run
ENGINE='vring split packed chain as cvqcmd ctl hash hdr features rule'
LEAST=95

# No optimisation, so that a line is a line; no sanitizers, as they add branches of their own.
coverage_make() {
	make -s -C tests/unit OUT="$OUT" CFLAGS='-O0 -g --coverage' SANITIZE= "$1"
}

# coverage_lines: "file line 0|1" for each line with code, of every program it is in
coverage_lines() {
	# gcov reads the sources, by the names that the compiler was given
	(cd tests/unit && gcov -t "$OUT"/*.gcda 2>/dev/null) | awk -F: '
		$2 == 0 && $3 == "Source" { file = $4; sub("^([.][.]/)+", "", file); ours = file ~ "^(sim|drivers)/" }
		$2 > 0 && ours { gsub(" ", "", $1); if ($1 != "-") print file, $2 + 0, $1 ~ "^[0-9]" }'
}

# coverage_table: a line a file, and the engine; fails if that is below what it must be
coverage_table() {
	sort -k 1,1 -k 2,2n | awk -v engine=" $ENGINE " -v least="$LEAST" '
		function percent(run, all) { return all ? 100 * run / all : 0 }
		function row(name, all, run, missing) {
			printf "%-28s %6d %6d %7.1f%%  %s\n", name, all, run, percent(run, all), missing
		}
		# the line that was complete: of all the programs, one that ran it is enough
		function line_end() {
			if (!at) return
			all++
			if (ran) { run++; last = 0; return }
			if (last == at - 1 && last) { sub("(-[0-9]+)?$", "-" at, missing) }
			else missing = missing (missing ? " " : "") at
			last = at
		}
		function file_end(  noun) {
			line_end()
			if (!all) return
			row(file, all, run, missing)
			noun = file
			sub(".*/", "", noun)
			sub("[.][ch]$", "", noun)
			if (file ~ "^sim/" && index(engine, " " noun " ")) { engine_all += all; engine_run += run; seen[noun] }
			total_all += all
			total_run += run
		}
		BEGIN { printf "%-28s %6s %6s %8s  %s\n", "", "lines", "run", "", "not run" }
		$1 != file { file_end(); file = $1; at = all = run = last = 0; missing = "" }
		$2 != at { line_end(); at = $2; ran = 0 }
		{ ran += $3 }
		END {
			file_end()
			row("all of them", total_all, total_run, "")
			row("the engine", engine_all, engine_run, "")
			# a file that no test is linked with has no lines here
			for (i = split(engine, noun); i; i--)
				if (!(noun[i] in seen)) { print noun[i] ": no test has it"; bad = 1 }
			exit bad || percent(engine_run, engine_all) < least
		}'
}

lab_do need gcc libc6-dev make python3 || bail "what builds the unit tests is missing"
coverage_make all || bail "the unit tests do not build"
rm -f "$OUT"/*.gcda
coverage_make check >"$OUT/log" 2>&1
tap_result $? "unit tests pass without sanitizers, too" || diag "$(grep -A 5 '^not ok' "$OUT/log")"
table=$(coverage_lines | coverage_table)
tap_result $? "the unit tests run at least $LEAST % of the engine's lines"
diag "$table"
finish
