# shellcheck shell=bash
# Our modules: the sources are copied to $CACHE/build/<kernel>-<hash of Kbuild>/src and built there, step by step, against
# the lab's kernel. All checkouts share that directory: a new one builds only what is not the same in it.

MODULES_PARTS=(Kbuild Makefile drivers sim include tests/kunit)

modules_dir() { printf '%s/build/%s-%s\n' "$CACHE" "$1" "$(cache_key "$(cat "$SRC/Kbuild" 2>/dev/null)")"; }

# modules_ready KERNEL [COPY]: build what changed, print the directory with the .ko files; a run takes a copy of its own
modules_ready() {
	local kernel=$1 dir
	dir=$(modules_dir "$kernel")
	mkdir -p "$dir"/{src,ko} || return 1
	cache_locked "build-${dir##*/}" modules_ready_locked "$kernel" "$dir" "${2-}" || return 1
	printf '%s\n' "$dir/ko"
}

modules_ready_locked() {
	modules_build "$1" "$2" || return 1
	[[ -z $3 ]] || cp -r "$2/ko" "$3"
}

modules_build() {
	local kernel=$1 dir=$2 against copied made
	case $kernel in
	uml*) against=$(uml_ready "$kernel") ;;
	*) against=$(tree_ready "$(tree_suite "$kernel")") ;;
	esac || return 1
	copied=$(modules_copy "$dir/src") || die "cannot copy the sources from $SRC"
	# nothing changed since the last good build against this kernel
	made="$against $(modules_flags "$kernel")"
	[[ -z $copied && -e $dir/good && $(<"$dir/good") == "$made" ]] && return 0
	if [[ ! -e $dir/against || $(<"$dir/against") != "$against" ]]; then
		find "$dir/src" -type f \( -name '*.o' -o -name '*.ko' -o -name '.*.cmd' -o -name '*.mod*' \) -delete
		printf '%s\n' "$against" >"$dir/against"
	fi
	rm -f "$dir/good"
	modules_make "$kernel" "$against" "$dir/src" >&2 || { say "the modules do not build for $kernel"; return 1; }
	rm -f "$dir/ko"/*.ko
	find "$dir/src" -name '*.ko' -exec cp -t "$dir/ko" {} +
	printf '%s\n' "$made" >"$dir/good"
}

# modules_copy DIR: bring DIR up to date, print what changed. What the build made stays. By content, and what changed is
# as new as this copy: times of another checkout say nothing.
modules_copy() {
	local part parts=()
	for part in "${MODULES_PARTS[@]}"; do
		[[ -e $SRC/$part ]] && parts+=("./$part")
	done
	# a module that is nothing but a file beside its Kbuild, such as tests/lab/seed
	for part in "$SRC"/*.c; do
		[[ -e $part ]] && parts+=("./${part##*/}")
	done
	[[ -e $SRC/Kbuild ]] || { say "there is no Kbuild in $SRC: nothing to build"; return 0; }
	(cd "$SRC" && rsync -rlpcR --delete --out-format='%n' \
		--filter='P *.o' --filter='P *.ko' --filter='P *.mod' --filter='P *.mod.c' --filter='P .*.cmd' \
		--filter='P Module.symvers' --filter='P modules.order' --filter='P *.gcno' --filter='P .module-common.*' \
		--exclude='*.o' --exclude='*.ko' --exclude='*.mod' --exclude='*.mod.c' --exclude='.*.cmd' \
		"${parts[@]}" "$1/") | sed '/\/$/d'
	return "${PIPESTATUS[0]}"
}

# modules_flags KERNEL: for the compiler. User-Mode Linux is compiled for size, and without what it could find out only
# when it starts, such as prefetching for writing; kernels that people run have both.
modules_flags() {
	[[ $1 == uml* ]] || return 0
	printf -- '-O2'
	[[ $(uname -m) != x86_64 ]] || printf ' -mprfchw'
}

modules_make() {
	local kernel=$1 against=$2 src=$3
	[[ -e $src/Kbuild ]] || return 0
	case $kernel in
	uml*)
		make -s -C "$CACHE/$(uml_source)" ARCH=um O="$against/build" M="$src" -j"$(nproc)" W=1 \
			KCPPFLAGS="$(uml_cppflags)" KCFLAGS="$(modules_flags "$kernel")" modules
		;;
	*)
		# shellcheck disable=SC2016 # for the shell inside
		tree_mounts bash -c 'mount --bind "$2" "$1/src" && mount -t proc none "$1/proc" &&
			exec chroot "$1" make -s -C "/lib/modules/$3/build" M=/src -j"$(nproc)" W=1 modules' \
			modules "$against" "$src" "$(tree_kernel "$against")"
		;;
	esac
}
