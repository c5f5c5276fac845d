#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Refresh the corpora in the repository with what fuzzers have found since: of all inputs, a few that together reach
# every edge that any of them reaches.
#
#   tests/fuzz/corpus.sh [FUZZER…]
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
. tests/lib/lab.sh
. tests/fuzz/lib.sh

# of a fuzzer; if so many are not enough it is one fuzzer that does the work of two
INPUTS_MAX=150

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

die() {
	echo "fuzz-corpus: $*" >&2
	exit 1
}

# corpus_merge NAME: edges only. How often they were passed matters to libFuzzer and makes thousands of inputs. The merge
# that looks for a cover gets by with a third of what -merge=1 keeps.
corpus_merge() {
	local name=$1 from=() dir
	for dir in "$CORPUS/$name" "$OUT/corpus/$name"; do
		[[ ! -d $dir ]] || from+=("$dir")
	done
	((${#from[@]})) || die "$name has no inputs: run make fuzz first"
	mkdir "$work/$name" || die "no room in $work"
	"$OUT/$name" -set_cover_merge=1 -use_counters=0 -max_len=2048 "$work/$name" "${from[@]}" >"$work/log" 2>&1 </dev/null ||
		die "$name fails on its own corpus: $(tail -n 20 "$work/log")"
}

corpus_keep() {
	local name=$1 inputs
	inputs=$(find "$work/$name" -type f | wc -l)
	((inputs <= INPUTS_MAX)) || die "$name: $inputs inputs, at most $INPUTS_MAX"
	rm -rf "${CORPUS:?}/$name"
	mkdir -p "$CORPUS"
	cp -r "$work/$name" "$CORPUS/$name" || die "could not write $CORPUS/$name"
	printf '%-14s %4d inputs, %6d bytes\n' "$name" "$inputs" "$(cat "$CORPUS/$name"/* | wc -c)"
}

fuzz_build || die "the fuzzers do not build"
names=("$@")
((${#names[@]})) || mapfile -t names < <(fuzz_names)
for name in "${names[@]}"; do
	corpus_merge "$name"
	corpus_keep "$name"
done
