#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Static checks of the whole tree.
#
#   tests/lint.sh [CHECKER…]      all of them, or some: see tests/lint/
#
# A checker NAME is a file tests/lint/NAME.sh with these functions. They run in the root of the checkout.
#
#   NAME_ready       get ready. If that cannot be done, say why on stdout and fail: the checker is skipped.
#   NAME_takes FILE  is FILE one to look at?
#   NAME_check FILE… print what is wrong, nothing if all is well
#   NAME_seed        look at the checker's seed, a file with a mistake (tests/lint/seeds/), and print what is wrong
#   NAME_expect      an array: what that must say, one regular expression a mistake
#   NAME_clean       name of the test: what is true of the tree if the checker has nothing to say
#
# A tool that falls silent, because an option has gone or a path is wrong, does not find its seed's mistake.
set -u

cd "$(dirname "$(readlink -f "$0")")/.." || exit 1
. tests/lib/tap.sh
. tests/lib/lab.sh

LINT=$PWD/tests/lint
SEEDS=tests/lint/seeds
JOBS=$(nproc)
WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT

# Our files: what git knows or would add; in a tarball, everything. Inputs of fuzzers are bytes, not text.
lint_files() {
	{
		git ls-files -co --exclude-standard 2>/dev/null ||
			find . -name .git -prune -o -type f -printf '%P\n'
	} | while IFS= read -r file; do
		case $file in
		"$SEEDS"/* | *.mod.c | tests/fuzz/corpus/*) ;;
		*) [[ -f $file && ! -L $file ]] && printf '%s\n' "$file" ;;
		esac
	done
}

# lint_needs COMMAND:PACKAGE…: install packages whose command is missing, or say which are
lint_needs() {
	local pair missing=()
	for pair; do
		command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
	done
	((!${#missing[@]})) || lab_do need "${missing[@]}" 2>&1
}

# Print where the labs keep what they have made.
lint_cache() { printf '%s\n' "$CACHE"; }

# Print where the kernel's source is. Made by the lab if it is not there.
lint_kernel() {
	lab_do lint_kernel_in_lab 2>"$WORK/lab" && return 0
	echo "no kernel source: $(tail -n 1 "$WORK/lab")"
	return 1
}

lint_kernel_in_lab() {
	local src
	src=$(uml_source) || return 1
	[[ -e $CACHE/$src ]] || need xz-utils
	cache_make "$src" uml_source_make && printf '%s\n' "$CACHE/$src"
}

# lint_seed NAME: does the checker see every mistake in its seed?
lint_seed() {
	local -n expect=$1_expect
	local found missed=() want
	found=$("$1_seed" 2>&1)
	for want in "${expect[@]}"; do
		grep -qE -- "$want" <<<"$found" || missed+=("$want")
	done
	tap_result ${#missed[@]} "$1 sees the mistakes in its seed" && return
	diag "not seen:"
	diag "$(printf '%s\n' "${missed[@]}")"
	diag "it said: ${found:-nothing}"
	return 1
}

lint_one() {
	local name=$1 file files=() found why status
	local -n clean=$1_clean
	if ! "${name}_ready" >"$WORK/why" 2>&1; then
		why=$(tail -n 1 "$WORK/why")
		skip "$name sees the mistakes in its seed" "$why"
		skip "$clean" "$why"
		return
	fi
	if ! lint_seed "$name"; then
		skip "$clean" "nobody has looked: $name is blind"
		return
	fi
	for file in "${ALL[@]}"; do
		"${name}_takes" "$file" && files+=("$file")
	done
	if ((!${#files[@]})); then
		tap_result 1 "$clean"
		diag "there is no file that $name looks at"
		return
	fi
	found=$("${name}_check" "${files[@]}" 2>&1)
	status=$?
	[[ $status == 0 && $found ]] && status=1
	tap_result $status "$clean" && return
	diag "${found:-$name failed without a word}"
}

main() {
	local name checkers=("$@")
	mapfile -t ALL < <(lint_files)
	if ((!$#)); then
		for name in "$LINT"/*.sh; do
			name=${name##*/}
			checkers+=("${name%.sh}")
		done
	fi
	for name in "${checkers[@]}"; do
		[[ -e $LINT/$name.sh ]] || bail "there is no checker $name"
		. "$LINT/$name.sh"
		lint_one "$name"
	done
	finish
}

main "$@"
