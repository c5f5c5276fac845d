# shellcheck shell=bash
# The control path's header (include/softdpu/ctrl.h) outside of the kernel: as C11, as C++17, after what the kernel does
# to headers that it installs for user space, and with nothing but the types of <linux/types.h>.

abi_clean='the control path header compiles as C11 and C++17, alone, without kernel headers'
abi_expect=('unknown type name .u32.' 'padding struct' 'abi-c.h:[0-9]+:.* error' 'abi-cxx.h:[0-9]+:.* error'
	'installed.h:.*asm/barrier.h: No such file'
	'leak CONFIG_SOFTDPU' 'missing .WITH Linux-syscall-note')

abi_ready() {
	local src
	lint_needs gcc:gcc g++:g++ || return 1
	src=$(lint_kernel) || { echo "$src"; return 1; }
	mkdir -p "$WORK/abi/scripts" "$WORK/abi/linux" || return 1
	cp "$src/scripts/headers_install.sh" "$WORK/abi/" || return 1
	gcc -o "$WORK/abi/scripts/unifdef" "$src/scripts/unifdef.c" || return 1
	abi_types >"$WORK/abi/linux/types.h"
}

# All that the header may count on.
abi_types() {
	local bits
	for bits in '8:unsigned char' '16:unsigned short' '32:unsigned int' '64:unsigned long long'; do
		printf 'typedef %s __u%s;\n' "${bits#*:}" "${bits%%:*}"
		printf 'typedef __u%s __le%s;\n' "${bits%%:*}" "${bits%%:*}"
		printf 'typedef __u%s __be%s;\n' "${bits%%:*}" "${bits%%:*}"
	done
}

abi_takes() { [[ $1 == include/softdpu/ctrl.h ]]; }

abi_compile() {
	"$@" -Wall -Wextra -Wpedantic -Wpadded -Werror -fsyntax-only
}

abi_run() {
	local header=$1 copy=$WORK/abi/installed.h
	abi_compile gcc -std=c11 -x c "$header"
	abi_compile g++ -std=c++17 -x c++ "$header"
	(cd "$WORK/abi" && sh headers_install.sh "$OLDPWD/$header" "$copy") || return
	abi_compile gcc -std=c11 -nostdinc -isystem "$WORK/abi" -x c "$copy"
}

abi_check() { abi_run "$1"; }

abi_seed() {
	local seed
	for seed in "$SEEDS"/abi*.h; do
		abi_run "$seed"
	done
}
