#!/bin/bash
# What make clients does: tests that other people wrote against the kernel's simulator, those of vishvananda/netlink (Go)
# and of rust-vmm's vhost crate, both from Debian 13, on a device of ours in the uml lab. Building them takes 700 MB of
# packages, once.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
. tests/lib/lab.sh

SUITE=trixie
PACKAGES=(golang-go golang-github-vishvananda-netlink-dev cargo librust-vhost-dev librust-serial-test-dev
	librust-tempfile-dev gcc libc6-dev binutils)

# clients_make OUT
clients_make() { progress "building other people's tests" clients_build "$1"; }

clients_build() {
	local IFS=,
	mkdir -p "$1" &&
		mmdebstrap --variant=minbase --include="${PACKAGES[*]}" --format=null --aptopt='APT::Install-Recommends "false"' \
			--aptopt='Acquire::Check-Valid-Until "false"' --customize-hook="copy-in tests/clients/build.sh /" \
			--customize-hook="chroot \"\$1\" sh /build.sh" --customize-hook="sync-out /out $1" "$SUITE" /dev/null \
			"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(apt_mirror) $SUITE main"
}

# clients_ready: print the directory they are in
clients_ready() {
	local go rust thing
	need mmdebstrap debian-archive-keyring
	go=$(apt_version $SUITE golang-github-vishvananda-netlink-dev) && rust=$(apt_version $SUITE librust-vhost-dev) || return 1
	thing=clients-$SUITE-$(cache_key "$go" "$rust" "$(<tests/clients/build.sh)")
	cache_make "$thing" clients_make && printf '%s\n' "$CACHE/$thing"
}

dir=$(lab_do clients_ready) || exit 1
tools/softdpu-lab run --kernel uml --vfs 2 -- env TEST_CLIENTS="$dir" bash tests/clients/run.sh
