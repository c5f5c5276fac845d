# shellcheck shell=bash
# What `tools/lab/guest` boots inside a lab: the stock kernel of a tree, and an initramfs that takes commands.
#
#   $CACHE/guest-<suite>-<key>/   kernel, initrd, channel (guest-channel.c)

GUEST_RECIPE=4	# count up when the steps below change what comes out
GUEST_MODULES=(virtio_pci virtio_net virtio_console virtio_blk 8021q)
GUEST_PROGRAMS=(dash ip bridge ethtool iperf3 ping tcpdump socat)
GUEST_NEEDS=(kmod cpio xz-utils zstd)

# guest_ready SUITE: make it if it is not there, print its directory
guest_ready() {
	local suite=$1 tree thing
	tree=$(tree_ready "$suite") || return 1
	thing=guest-$suite-$(cache_key "${tree##*/}" $GUEST_RECIPE "${GUEST_MODULES[@]}" "${GUEST_PROGRAMS[@]}" \
		"$(cat "$LAB/guest-init" "$LAB/guest-channel.c")")
	if [[ ! -e $CACHE/$thing ]]; then
		need "${GUEST_NEEDS[@]}"
		cache_make "$thing" guest_make "$tree" || return 1
	fi
	printf '%s\n' "$CACHE/$thing"
}

guest_make() {
	progress "making the guest's initramfs" guest_build "$@"
}

guest_build() {
	local out=$1 tree=$2 dir=$1/root name file
	mkdir -p "$dir"/{bin,usr/bin,usr/lib,proc,sys,dev,tmp,run,etc} &&
	ln -s usr/lib "$dir/lib" && ln -s usr/lib64 "$dir/lib64" && mkdir -p "$dir/usr/lib64" &&
	cp "$(tree_busybox "$tree")" "$dir/bin/busybox" &&
	initrd_modules "$tree" "$(tree_kernel "$tree")" "$dir" "${GUEST_MODULES[@]}" &&
	install -m 755 "$LAB/guest-init" "$dir/init" || return 1
	# no program names libgcc_s: glibc loads it when a thread is to end, as iperf3's are
	for file in "$tree"/usr/lib/*-linux-gnu/libgcc_s.so.1; do
		file=${file#"$tree"}
		mkdir -p "$dir/$(dirname "$file")" && cp -L "$tree$file" "$dir$file" || return 1
	done
	for name in "${GUEST_PROGRAMS[@]}"; do
		# shellcheck disable=SC2016 # for the shell inside
		file=$(chroot "$tree" sh -c 'PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v "$1"' sh "$name") || return 1
		cp -L "$tree$file" "$dir/usr/bin/" || return 1
		for file in $(chroot "$tree" ldd "$file" | grep -o '/[^ ]*'); do
			mkdir -p "$dir/$(dirname "$file")" && cp -Ln "$tree$file" "$dir$file" || return 1
		done
	done
	guest_channel "$tree" "$out" &&
	guest_kernel "$tree/boot/vmlinuz-$(tree_kernel "$tree")" "$out/kernel" &&
	(cd "$dir" && find . | cpio -o -H newc --quiet) >"$out/initrd" && rm -rf "$dir"
}

# guest_channel TREE DIR: the tree's compiler makes it, for the lab's side
guest_channel() {
	# shellcheck disable=SC2016 # for the shell inside
	tree_mounts bash -c 'mount --bind "$2" "$1/mnt" &&
		exec chroot "$1" gcc -O2 -static -Wall -Wextra -Werror -x c -o /mnt/channel -' \
		channel "$1" "$2" <"$LAB/guest-channel.c"
}

# guest_kernel BZIMAGE OUT: the same kernel unpacked, an ELF file that QEMU starts directly. Unpacking itself takes a
# third of the boot under emulation.
guest_kernel() {
	local from=$1 out=$2 sectors start size
	sectors=$(od -An -tu1 -j $((0x1f1)) -N 1 "$from")
	read -r start size < <(od -An -tu4 -j $((0x248)) -N 8 "$from")
	# the payload's last four bytes are its unpacked size
	tail -c +$(((sectors + 1) * 512 + start + 1)) "$from" | head -c $((size - 4)) | zstd -qdc >"$out" 2>/dev/null
	[[ $(head -c 4 "$out") == $'\177ELF' ]] || cp "$from" "$out"
}
