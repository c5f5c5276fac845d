#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every fuzzer, from its corpus, one after another: a line each says how far it got.
#
#   tests/fuzz/run.sh [FUZZER…]     all of them, or some: fuzz_vring, fuzz_ctl…
#   FUZZ_TIME=600                   seconds for each, 60 unless told otherwise
#
# What a fuzzer finds on its way is kept in build/fuzz/corpus/, so that the next run goes on from there; `make
# fuzz-corpus` puts what is worth it into the repository. An input that breaks something is kept in build/fuzz/found/.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/lab.sh
. tests/fuzz/lib.sh

TIME=${FUZZ_TIME:-60}
# One input takes microseconds: one that takes seconds is a hang.
FLAGS=(-max_total_time="$TIME" -timeout=5 -rss_limit_mb=1024 -max_len=2048)

# fuzz_figures LOG: runs, edges and inputs, out of the last line of libFuzzer's that has them
fuzz_figures() {
	awk '/^#[0-9]+/ && / cov: / {
		runs = substr($1, 2)
		for (i = 1; i < NF; i++) {
			if ($i == "cov:") edges = $(i + 1)
			if ($i == "corp:") inputs = $(i + 1)
		}
	}
	END { sub("/.*", "", inputs); printf "%d runs, %d edges, %d inputs", runs, edges, inputs }' "$1"
}

fuzz_one() {
	local name=$1 log=$OUT/$1.log start=$SECONDS status seeds=() found
	mkdir -p "$OUT/corpus/$name" "$OUT/found"
	[[ ! -d $CORPUS/$name ]] || seeds=("$CORPUS/$name")
	"$OUT/$name" "${FLAGS[@]}" -artifact_prefix="$OUT/found/$name-" "$OUT/corpus/$name" "${seeds[@]}" \
		>"$log" 2>&1 </dev/null
	status=$?
	tap_result $status "$name: $(fuzz_figures "$log"), $((SECONDS - start)) s" && return
	found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
	if [[ $found ]]; then
		diag "input:     $found"
		diag "once more: $OUT/$name $found"
	fi
	diag "$(tail -n 40 "$log")"
}

fuzz_build || bail "the fuzzers do not build"
names=("$@")
((${#names[@]})) || mapfile -t names < <(fuzz_names)
for name in "${names[@]}"; do
	fuzz_one "$name"
done
finish
