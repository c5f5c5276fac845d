# shellcheck shell=bash
# User-Mode Linux: the kernels of the labs uml and uml-debug, and starting them.
#
#   $CACHE/linux-<series>-<version>/   source, from Debian's package linux-source-<series>
#   $CACHE/<lab>-<key>/                linux (the program), build/ (what modules build against), root/lib/modules
#   $CACHE/uml-ipi-<key>.so            preloaded into it, see uml-ipi.c
#   $CACHE/uml-pin-<key>.so            likewise with SOFTDPU_LAB_PIN=yes, see uml-pin.c

UML_SERIES=7.2
UML_SUITE=forky
UML_RECIPE=1	# count up when the steps below change what comes out
UML_NEEDS=(build-essential flex bison bc libelf-dev libssl-dev xz-utils rsync kmod)

uml_source() {
	local version
	version=$(apt_version $UML_SUITE linux-source-$UML_SERIES) || return 1
	printf 'linux-%s-%s\n' $UML_SERIES "${version//[^0-9a-zA-Z.]/_}"
}

uml_source_make() {
	progress "fetching and unpacking the source of Linux $UML_SERIES" uml_source_unpack "$1"
}

uml_source_unpack() {
	local tmp=$1 deb=$1.deb version
	version=$(apt_version $UML_SUITE linux-source-$UML_SERIES) || return 1
	rm -rf "$deb"
	mkdir -p "$tmp" "$deb" &&
	apt_get_deb $UML_SUITE linux-source-$UML_SERIES "$version" "$deb" &&
	dpkg-deb --fsys-tarfile "$deb"/*.deb |
		tar -x -O --wildcards "./usr/src/linux-source-$UML_SERIES.tar.*" |
		xz -dc -T0 | tar -x -C "$tmp" --strip-components=1 &&
	[[ -e $tmp/Kbuild ]] && rm -rf "$deb"
}

# uml_fragments LAB: the fragments that make the lab's configuration, in order
uml_fragments() {
	printf '%s\n' "$LAB/uml.config"
	[[ $1 == uml-debug ]] && printf '%s\n' "$LAB/uml-debug.config"
}

# What every C file for User-Mode Linux is compiled with, the modules too. The architecture has no poison for pointers, and
# the start of its memory is no constant, so a page could not say where a page pool maps it: a pool that a packet outlived
# unmaps by a device that is gone then (page_pool_release_retry()), and the kernel dies of it.
uml_cppflags() {
	[[ $(uname -m) != x86_64 ]] || printf -- '-DCONFIG_ILLEGAL_POINTER_VALUE=0xdead000000000000'
}

# uml_options LAB: words for make. Frames of the checked kernel have no red zones: those cost every call some time, and
# watch over what is not ours. Frames of our modules have them. There is another stacktrace.c in arch/um.
uml_options() {
	printf '%s\n' "CFLAGS_qspinlock.o=-include $LAB/uml-spin.h" "CFLAGS_qrwlock.o=-include $LAB/uml-spin.h"
	[[ $1 == uml-debug ]] || return 0
	printf '%s\n' stack_enable=0 \
		"CFLAGS_stacktrace.o=\$(if \$(filter kernel/stacktrace.o,\$@),-include $LAB/uml-stack.h)"
}

uml_thing() {
	local lab=$1 src fragments header text=''
	src=$(uml_source) || return 1
	mapfile -t fragments < <(uml_fragments "$lab")
	while read -r header; do
		text+=$(uml_text "$header")
	done < <(uml_options "$lab" | grep -o 'uml-[a-z]*\.h' | sort -u)
	printf '%s-%s\n' "$lab" "$(cache_key "$src" $UML_RECIPE "$(gcc -dumpfullversion 2>/dev/null)" \
		"$(cat "${fragments[@]}" | grep '^CONFIG_')" "$(uml_cppflags)" "$text")"
}

# comments and line breaks change nothing
uml_text() { gcc -fpreprocessed -dD -E -P "$LAB/$1" | tr -s '[:space:]' ' '; }

# uml_ready LAB: make it if it is not there, print its directory
uml_ready() {
	local lab=$1 src thing
	command -v gcc >/dev/null || need build-essential
	src=$(uml_source) && thing=$(uml_thing "$lab") || return 1
	if [[ ! -e $CACHE/$thing ]]; then
		need "${UML_NEEDS[@]}"
		cache_make "$src" uml_source_make || return 1
		cache_make "$thing" uml_make "$lab" "$CACHE/$src" || return 1
	fi
	printf '%s\n' "$CACHE/$thing"
}

# uml_preload NAME: make NAME.so of NAME.c if it is not there, print where it is
uml_preload() {
	local thing
	thing=$1-$(cache_key "$(<"$LAB/$1.c")" $UML_RECIPE).so
	cache_make "$thing" uml_preload_make "$1" || return 1
	printf '%s\n' "$CACHE/$thing"
}

uml_preload_make() {
	gcc -O2 -Wall -Wextra -Werror -shared -fPIC -ftls-model=initial-exec -o "$1" "$LAB/$2.c"
}

uml_make() {
	progress "building the $2 kernel" uml_build "$@"
}

uml_build() {
	local tmp=$1 lab=$2 src=$3 fragments options
	mapfile -t fragments < <(uml_fragments "$lab")
	mapfile -t options < <(uml_options "$lab")
	mkdir -p "$tmp/build" &&
	make -s -C "$src" ARCH=um O="$tmp/build" defconfig &&
	cat "${fragments[@]}" >>"$tmp/build/.config" &&
	make -s -C "$src" ARCH=um O="$tmp/build" olddefconfig &&
	uml_config_check "$tmp/build/.config" "${fragments[@]}" &&
	make -s -C "$src" ARCH=um O="$tmp/build" -j"$(nproc)" KCPPFLAGS="$(uml_cppflags)" "${options[@]}" \
		all &&
	make -s -C "$src" ARCH=um O="$tmp/build" INSTALL_MOD_PATH="$tmp/root" modules_install &&
	cp --preserve=mode "$tmp/build/linux" "$tmp/linux" &&
	rm -f "$tmp/root/lib/modules"/*/build &&
	make -s -C "$src" ARCH=um O="$tmp/build" kernelrelease >"$tmp/release" &&
	# what stays is what a module build needs
	find "$tmp/build" ! -path "$tmp/build/scripts/*" -type f \
		\( -name '*.o' -o -name '*.a' -o -name '*.ko' -o -name '*.gcno' -o -name '.*.cmd' \) -delete &&
	rm -f "$tmp/build/linux" "$tmp/build/vmlinux.unstripped"
}

# uml_config_check CONFIG FRAGMENT…: every line of the fragments must have been taken; a later line wins
uml_config_check() {
	local config=$1 line bad=0
	shift
	while IFS= read -r line; do
		case $line in
		*=n) ! grep -q "^${line%%=*}=" "$config" || { echo "not off: ${line%%=*}"; bad=1; } ;;
		*) grep -qxF "$line" "$config" || { echo "not taken: $line"; bad=1; } ;;
		esac
	done < <(cat "$@" | grep '^CONFIG_' | awk -F= '{ last[$1] = $0 } END { for (k in last) print last[k] }')
	return $bad
}

# uml_boot LAB RUN: become the lab. The descriptors 5, 6 and 7 are the command's stdout, its stderr and the console.
uml_boot() {
	local lab=$1 run=$2 uml tree preload mem more=()
	uml=$(uml_ready "$lab") && tree=$(tree_ready trixie) && preload=$(uml_preload uml-ipi) || exit 1
	[[ ${SOFTDPU_LAB_PIN-} != yes ]] || preload+=:$(uml_preload uml-pin) || exit 1
	mem=2G
	if [[ $lab == uml-debug ]]; then
		mem=3G
		# SLUB's own checks run before KASAN knows them: a false report at boot, after which KASAN says nothing more.
		# Once is not enough: a run may try several things, and each shall be heard.
		more=(slab_debug=- kasan_multi_shot)
	fi
	# the memory is a file; it belongs into /dev/shm, not where TMPDIR points
	unset TMPDIR TMP TEMP
	exec env -i PATH="$PATH" HOME="$run" LD_PRELOAD="$preload" "$uml/linux" mem="${SOFTDPU_LAB_MEM:-$mem}" \
		ncpus="${SOFTDPU_LAB_CPUS:-2}" seccomp=on uml_dir="$run/" umid=uml \
		root=/dev/root rootfstype=hostfs rootflags="$tree" ro init=/lab/init \
		con=null con0="${SDPU_TTY:-null}" con1=null,fd:5 con2=null,fd:6 con3=null,fd:7 console=tty3 \
		quiet panic=1 "${more[@]}" SDPU_LAB="$lab" SDPU_RUN="$run" SDPU_INIT="$LAB/init"
}

# uml_stacks RUN: have the kernel print what hangs
uml_stacks() {
	local request
	for request in w l; do
		python3 - "$1/uml/mconsole" "sysrq $request" <<-'END' 2>/dev/null
			import socket, struct, sys
			# struct mconsole_request: magic, version, length, text
			s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
			text = sys.argv[2].encode()
			s.sendto(struct.pack("<III512s", 0xcafebabe, 2, len(text), text), sys.argv[1])
		END
	done
	sleep 1
}
