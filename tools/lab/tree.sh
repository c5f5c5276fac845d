# shellcheck shell=bash
# Debian trees: a directory with a whole small Debian, made with mmdebstrap. The VM labs boot an image of theirs,
# the UML labs use the trixie tree as it is; modules for stock kernels are built inside with chroot.
#
#   $CACHE/tree-<suite>-<key>/

TREE_RECIPE=1	# count up when the steps below change what comes out
TREE_NEEDS=(mmdebstrap e2fsprogs rsync debian-archive-keyring)
TREE_PACKAGES=(
	# the kernel, and building modules for it
	# (perl: W=1 runs kernel-doc, which on 6.12 wants Pod::Usage)
	linux-image-amd64 linux-headers-amd64 kmod make gcc libc6-dev perl
	# what init and scripts stand on
	mount procps psmisc python3 jq strace busybox-static udev rsync
	# networks
	iproute2 iputils-ping ethtool tcpdump iperf3 socat netcat-openbsd nftables pciutils openvswitch-switch
	# nested guests
	qemu-system-x86 libvirt-daemon libvirt-daemon-driver-qemu libvirt-daemon-driver-nodedev libvirt-clients
)

# tree_suite LAB: the Debian release that the lab's root file system is
tree_suite() {
	case $1 in
	testing | forky | tree-testing) echo forky ;;
	*) echo trixie ;;
	esac
}

tree_thing() {
	local suite=$1 version
	version=$(apt_version "$suite" linux-image-amd64) || return 1
	printf 'tree-%s-%s\n' "$suite" "$(cache_key "$version" $TREE_RECIPE "${TREE_PACKAGES[@]}" "$(cat "$LAB/stage0")")"
}

# tree_ready SUITE: make it if it is not there, print its directory
tree_ready() {
	local suite=$1 thing
	thing=$(tree_thing "$suite") || return 1
	if [[ ! -e $CACHE/$thing ]]; then
		need "${TREE_NEEDS[@]}"
		cache_make "$thing" tree_make "$suite" || return 1
	fi
	printf '%s\n' "$CACHE/$thing"
}

# tree_mounts COMMAND…: run it where what it mounts is nobody else's
tree_mounts() {
	mountpoint -q / || die "/ is no mount point, so mounts would get out of this chroot: mount --bind DIR DIR before chroot DIR"
	unshare -m "$@"
}

tree_make() {
	progress "making a Debian $2 tree" tree_build "$@"
}

tree_build() {
	local tmp=$1 suite=$2 packages drop=()
	local IFS=,
	packages=${TREE_PACKAGES[*]}
	unset IFS
	for path in doc man info locale lintian bug; do
		drop+=(--dpkgopt="path-exclude=/usr/share/$path/*")
	done
	# INITRD=No: kernel packages need not make an initrd, ours is smaller and boots faster
	INITRD=No mmdebstrap --variant=minbase --skip=check/empty "${drop[@]}" --dpkgopt=force-unsafe-io \
		--aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Languages "none"' \
		--aptopt='APT::Install-Recommends "false"' \
		--include="$packages" "$suite" "$tmp" \
		"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(apt_mirror) $suite main" &&
	mkdir -p "$tmp"/{host,lab/out,src} &&
	install -m 755 "$LAB/stage0" "$tmp/lab/init" &&
	echo lab >"$tmp/etc/hostname" &&
	printf '127.0.0.1 localhost lab\n::1 localhost\n' >"$tmp/etc/hosts" &&
	tree_kernel "$tmp" >/dev/null
}

# tree_kernel TREE: the release of the stock kernel in it

# tree_busybox TREE: the static busybox in it
tree_busybox() { if [[ -e $1/usr/bin/busybox ]]; then echo "$1/usr/bin/busybox"; else echo "$1/bin/busybox"; fi; }

tree_kernel() {
	local images=("$1"/boot/vmlinuz-*)
	[[ -e ${images[0]} ]] || { say "no kernel in $1"; return 1; }
	printf '%s\n' "${images[-1]##*/vmlinuz-}"
}
