# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What run.sh and corpus.sh share.

OUT=build/fuzz
CORPUS=tests/fuzz/corpus

fuzz_names() {
	local file
	for file in tests/fuzz/fuzz_*.c; do
		file=${file##*/}
		printf '%s\n' "${file%.c}"
	done
}

# Install clang if it is missing, build all fuzzers. The runtime of the sanitizers is a package that clang only recommends.
fuzz_build() {
	lab_do need clang make || return 1
	lab_do need "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev" || return 1
	make -s -C tests/fuzz
}
