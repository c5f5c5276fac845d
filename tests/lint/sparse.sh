# shellcheck shell=bash
# Byte orders, address spaces, RCU pointers: sparse, while the modules are built for the uml lab's kernel.
#
# The build has a directory of its own in the lab's cache, for all checkouts, so that only what changed is looked at again.
# A finding makes that directory worthless: the next run looks at everything.

sparse_clean='byte orders, address spaces and RCU pointers are kept apart'
sparse_expect=('expected restricted __le32' '__user \*p' 'sparse.c:[0-9]+:.*different address spaces.*' '__rcu')

SPARSE_PARTS=(Kbuild drivers sim include)

sparse_ready() {
	lint_needs sparse:sparse rsync:rsync || return 1
	lab_do sparse_paths >"$WORK/sparse.paths" 2>"$WORK/lab" || { tail -n 1 "$WORK/lab"; return 1; }
	{ read -r SPARSE_SOURCE && read -r SPARSE_KERNEL && read -r SPARSE_DIR; } <"$WORK/sparse.paths"
	mkdir -p "$SPARSE_DIR"/{src,seed} || return 1
	sparse_prelude >"$SPARSE_DIR/prelude.h"
}

sparse_paths() {
	local uml
	uml=$(uml_ready uml) || return 1
	printf '%s\n' "$CACHE/$(uml_source)" "$uml" "$CACHE/build/lint-$(cache_key "$uml")"
}

# What sparse 0.6.4 does not know, and 7.2 uses: the second is in MODULE_LICENSE() and its like, of a constant.
sparse_prelude() {
	cat <<-'END'
		#define __typeof_unqual__ __typeof__
		#define __builtin_strlen(s) (sizeof(s) - 1)
	END
}

sparse_takes() { [[ $1 == @(drivers|sim|include)/* ]]; }

# sparse_make DIR: build the modules in DIR, print what sparse says
sparse_make() {
	make -s -C "$SPARSE_SOURCE" ARCH=um O="$SPARSE_KERNEL/build" M="$1" -j"$JOBS" C=1 \
		CHECK="sparse -include $SPARSE_DIR/prelude.h" modules 2>&1
}

sparse_forget() { find "$1" -name '*.o' -delete; }

sparse_check_locked() {
	local found
	rsync -rlpcR --delete --filter='P *.o' --filter='P *.ko' --filter='P *.mod' --filter='P *.mod.c' \
		--filter='P .*.cmd' --filter='P Module.symvers' --filter='P modules.order' --filter='P .module-common.*' \
		--exclude='*.o' --exclude='*.ko' --exclude='*.mod' --exclude='*.mod.c' --exclude='.*.cmd' \
		"${SPARSE_PARTS[@]/#/./}" "$SPARSE_DIR/src/" || return 1
	found=$(sparse_make "$SPARSE_DIR/src") || { echo "$found"; sparse_forget "$SPARSE_DIR/src"; return 1; }
	[[ ! $found ]] || sparse_forget "$SPARSE_DIR/src"
	printf '%s' "$found"
}

# what the lab says while it waits for another checkout is no finding
sparse_check() {
	lab_do cache_locked "${SPARSE_DIR##*/}" sparse_check_locked 2>"$WORK/lab" || { cat "$WORK/lab"; return 1; }
}

sparse_seed_locked() {
	cp "$SEEDS/sparse.c" "$SPARSE_DIR/seed/"
	echo 'obj-m := sparse.o' >"$SPARSE_DIR/seed/Kbuild"
	sparse_forget "$SPARSE_DIR/seed"
	sparse_make "$SPARSE_DIR/seed"
}

sparse_seed() { lab_do cache_locked "${SPARSE_DIR##*/}" sparse_seed_locked; }
