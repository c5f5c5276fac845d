# shellcheck shell=bash
# The kernel's style, as its own script sees it: no error, no warning and no check, but for these.
#
#   ALLOC_WITH_SIZEOF       kzalloc_obj() and its like are newer than the oldest kernel that we build for
#   LONG_LINE_STRING        text that somebody may look for is not cut in pieces
#   UNCOMMENTED_DEFINITION  a lock's comment is in the kernel-doc of its structure

checkpatch_clean='C files and headers are in kernel style'
checkpatch_expect=('ERROR:ASSIGN_IN_IF' 'WARNING:LINE_SPACING' 'CHECK:PARENTHESIS_ALIGNMENT'
	'TYPO_SPELLING' 'CONST_STRUCT')

checkpatch_ready() {
	local src file
	lint_needs perl:perl || return 1
	src=$(lint_kernel) || { echo "$src"; return 1; }
	# alone in a directory of its own, it does not look for a kernel tree; what it reads must lie beside it
	CHECKPATCH_KEPT=$(lab_do lint_cache)/lint/checkpatch
	mkdir -p "$WORK/checkpatch" "$CHECKPATCH_KEPT" || return 1
	for file in checkpatch.pl spelling.txt const_structs.checkpatch; do
		cp "$src/scripts/$file" "$WORK/checkpatch/" || return 1
	done
}

checkpatch_takes() { [[ $1 == *.[ch] ]]; }

checkpatch_ignore() {
	local ignore=ALLOC_WITH_SIZEOF,LONG_LINE_STRING,UNCOMMENTED_DEFINITION
	case $1 in
	# the one place where versions are compared, to give old kernels the macros of new ones
	include/compat/*) ignore+=,LINUX_VERSION_CODE,CONSTANT_COMPARISON,MACRO_ARG_REUSE,MACRO_ARG_UNUSED ;;
	# for user space and C++, too: no BIT(), no static_assert() before C23
	include/softdpu/ctrl.h) ignore+=,BIT_MACRO,CAMELCASE ;;
	# TRACE_EVENT() looks like that
	*/trace.h) ignore+=,OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT ;;
	esac
	# programs: what the kernel has instead is not there; texts for users have several lines
	[[ $1 == @(tests|tools)/* && $1 != "$SEEDS"/* ]] &&
		ignore+=,ARRAY_SIZE,BIT_MACRO,CAMELCASE,EMBEDDED_FUNCTION_NAME,MEMORY_BARRIER,SPLIT_STRING,STRNCPY \
		ignore+=,PREFER_DEFINED_ATTRIBUTE_MACRO,PREFER_KERNEL_TYPES
	# stand-ins for the kernel's headers have the kernel's macros, the ugly ones as well
	[[ $1 == tests/unit/include/* ]] &&
		ignore+=,COMPLEX_MACRO,MACRO_ARG_PRECEDENCE,MACRO_ARG_REUSE,MACRO_ARG_UNUSED,NEW_TYPEDEFS \
		ignore+=,SINGLE_STATEMENT_DO_WHILE_MACRO,VOLATILE
	printf '%s\n' "$ignore"
}

checkpatch_run() {
	perl "$WORK/checkpatch/checkpatch.pl" --no-tree --no-summary --strict --terse --show-types \
		--ignore "$(checkpatch_ignore "$1")" -f "$1"
}

# What it says about a file is kept, under a hash of all that it depends on: it is slow.
checkpatch_cached() {
	local kept
	kept=$CHECKPATCH_KEPT/$({ checkpatch_ignore "$1" && cat "$1" "$WORK"/checkpatch/*; } | sha256sum | cut -c1-40)-${1//\//%}
	if [[ ! -e $kept ]]; then
		checkpatch_run "$1" >"$kept.$$" 2>&1
		# 0: nothing found, 1: something; else it did not get to the end
		if (($? > 1)); then
			cat "$kept.$$"
			rm "$kept.$$"
			echo "$1: checkpatch failed"
			return
		fi
		mv "$kept.$$" "$kept"
	fi
	cat "$kept"
}

checkpatch_check() {
	export WORK SEEDS CHECKPATCH_KEPT
	export -f checkpatch_run checkpatch_ignore checkpatch_cached
	printf '%s\0' "$@" | xargs -0 -n 1 -P "$JOBS" bash -c 'checkpatch_cached "$1"' checkpatch | sort
	find "$CHECKPATCH_KEPT" -type f -mtime +30 -delete
}

checkpatch_seed() { checkpatch_run "$SEEDS/checkpatch.c"; }
