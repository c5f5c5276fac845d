#!/bin/bash
# Instructions of the virtqueue engine a packet, and of the DMA map a lookup or a change, counted by callgrind in a
# user-space build: they do not depend on what else the machine is doing. The time beside them does.
#
#   tests/bench/instructions.sh          compare with instructions.txt: fails if a count changed by more than 3 %
#   tests/bench/instructions.sh --keep   write that file
#
# Counts are those of one compiler: another one gets no comparison.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
. tests/lib/lab.sh

KEPT=tests/bench/instructions.txt
LIMIT=3
KEEP=
case ${1-} in
--keep) KEEP=yes ;;
'') ;;
*)
	echo "usage: $0 [--keep]" >&2
	exit 2
	;;
esac

die() {
	echo "bench-instructions: $*" >&2
	exit 1
}

lab_do need gcc libc6-dev make valgrind || exit 1
make -s -C tests/unit benches || die "the benches do not build"
compiler="gcc $(gcc -dumpfullversion)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# count PROGRAM SHAPE: "shape instructions nanoseconds"
count() {
	local said packets ns
	said=$("$1" "$2" 500000) || return 1
	ns=$(awk '{ print $4 }' <<<"$said")
	valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=serve \
		"$1" "$2" 32000 >"$work/log" 2>&1 || { cat "$work/log"; return 1; }
	packets=$(awk -v shape="$2" '$1 == shape { print $2 }' "$work/log")
	awk -v shape="$2" -v n="$packets" -v ns="$ns" '/Collected :/ { printf "%s %.1f %s\n", shape, $NF / n, ns }' "$work/log"
}

for program in build/unit/bench_*; do
	"$program" >"$work/shapes" || die "$program does not run"
	while read -r shape; do
		count "$program" "$shape" </dev/null >>"$work/now" || die "$shape could not be counted"
	done <"$work/shapes"
done

if [[ $KEEP ]]; then
	{
		echo "# $compiler"
		awk '{ print $1, $2 }' "$work/now"
	} >$KEPT
fi
[[ -e $KEPT ]] || die "there is no $KEPT: --keep makes it"
[[ $(head -n 1 $KEPT) == "# $compiler" ]] || echo "$KEPT is of another compiler ($(head -n 1 $KEPT)), this is $compiler"
awk -v limit=$LIMIT -v same="$([[ $(head -n 1 $KEPT) == "# $compiler" ]] && echo 1)" '
	NR == FNR { if ($1 != "#") kept[$1] = $2; next }
	FNR == 1 { printf "%-36s %12s %8s %8s %10s\n", "instructions each", "now", "kept", "change", "ns" }
	{
		change = $1 in kept ? 100 * ($2 / kept[$1] - 1) : 0
		off = change > limit || change < -limit || !($1 in kept)
		printf "%-36s %12.1f %8s %7.1f%% %10s%s\n", $1, $2, kept[$1], change, $3, off ? "  !" : ""
		bad += off
		seen[$1] = 1
	}
	END {
		for (shape in kept)
			if (!(shape in seen)) { print shape " is kept and was not counted"; bad++ }
		if (bad && same)
			print bad " changed by more than " limit " %: say why in the commit, and make bench-instructions KEEP=--keep"
		exit bad && same ? 1 : 0
	}' $KEPT "$work/now"
