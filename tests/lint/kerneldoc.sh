# shellcheck shell=bash
# In the kernel's part of the tree, comments that begin with /** are kernel-doc: complete, and about what they stand
# above.

kerneldoc_clean='kernel-doc comments describe what they stand above, completely'
kerneldoc_expect=("parameter.*'length'.*not described" "member 'second' not described" 'expecting prototype')

kerneldoc_ready() {
	lint_needs python3:python3 || return 1
	KERNELDOC=$(lint_kernel) || { echo "$KERNELDOC"; return 1; }
	KERNELDOC+=/scripts/kernel-doc
}

kerneldoc_takes() { [[ $1 == @(drivers|sim|include)/*.[ch] ]]; }

kerneldoc_run() { "$KERNELDOC" -none -Werror "$@"; }

# it repeats itself
kerneldoc_check() {
	kerneldoc_run "$@" >"$WORK/kerneldoc" 2>&1 && return
	grep -v 'warnings as errors$' "$WORK/kerneldoc" | sort -u
	return 1
}

kerneldoc_seed() { kerneldoc_run "$SEEDS/kerneldoc.c"; }
