# shellcheck shell=bash
# DPDK's testpmd for labs that ask for it: Debian's own, with the libraries that its tree lacks and three of the drivers.
# Debian's package for it brings 250 more, of which it needs a third.
#
#   $CACHE/dpdk-<suite>-<key>/   dpdk-testpmd (a script that starts it), drivers/, usr/

DPDK_RECIPE=1	# count up when the steps below change what comes out
DPDK_DRIVERS=(net_virtio bus_vdev mempool_ring)

# dpdk_ready SUITE: make it if it is not there, print its directory
dpdk_ready() {
	local suite=$1 tree version thing
	tree=$(tree_ready "$suite") && version=$(apt_version "$suite" dpdk-dev) || return 1
	thing=dpdk-$suite-$(cache_key "${tree##*/}" "$version" $DPDK_RECIPE "${DPDK_DRIVERS[@]}")
	cache_make "$thing" dpdk_make "$suite" "$tree" "$version" || return 1
	printf '%s\n' "$CACHE/$thing"
}

dpdk_make() {
	progress "fetching DPDK's testpmd from $2" dpdk_build "$@"
}

dpdk_build() {
	local out=$1 suite=$2 tree=$3 version=$4 deb=$1.deb names name file
	rm -rf "$deb"
	mkdir -p "$deb/partial" "$out/drivers" || return 1
	apt_updated "$suite" || return 1
	mapfile -t names < <(apt_for "$suite" apt-cache show "dpdk-dev=$version" | dpdk_libraries)
	((${#names[@]})) || { say "cannot tell what DPDK of $suite needs"; return 1; }
	# what the tree has is in its own list of packages
	apt_for "$suite" apt-get -o Dir::State::status="$tree/var/lib/dpkg/status" -o Dir::Cache::archives="$deb" \
		-y --no-install-recommends --download-only install "${names[@]}" &&
	apt_get_deb "$suite" dpdk-dev "$version" "$deb" || return 1
	for file in "$deb"/*.deb; do
		dpkg-deb -x "$file" "$out" || return 1
	done
	(cd "$out" && rm -rf etc usr/include usr/share usr/sbin usr/lib/systemd usr/lib/udev) && rm -rf "$deb" &&
	find "$out/usr/bin" -type f ! -name dpdk-testpmd -delete || return 1
	for name in "${DPDK_DRIVERS[@]}"; do
		file=$(cd "$out/drivers" && echo ../usr/lib/*-linux-gnu/"librte_$name".so.[0-9][0-9])
		[[ -e $out/drivers/$file ]] || { say "DPDK of $suite has no driver $name"; return 1; }
		# DPDK takes what ends like this
		ln -s "$file" "$out/drivers/librte_$name.so"
	done
	cat >"$out/dpdk-testpmd" <<-'END'
		#!/bin/sh
		here=$(dirname "$(readlink -f "$0")")
		for dir in "$here"/usr/lib/*-linux-gnu; do
			LD_LIBRARY_PATH=$dir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
		done
		export LD_LIBRARY_PATH
		exec "$here/usr/bin/dpdk-testpmd" -d "$here/drivers" "$@"
	END
	chmod +x "$out/dpdk-testpmd"
}

# dpdk_libraries: of the description of dpdk-dev: the libraries it needs, and the packages of the drivers. The drivers'
# have the number of DPDK's ABI in their names, as the library that they all use has.
dpdk_libraries() {
	awk -v drivers="${DPDK_DRIVERS[*]}" '
		/^Depends: / && !done++ {
			sub(/^Depends: /, "")
			num = split($0, all, ", *")
			for (i = 1; i <= num; i++) {
				sub(/ .*/, "", all[i])
				if (all[i] ~ /^(libdpdk-dev|python3|sse4.2-support)$/)
					continue
				print all[i]
				if (match(all[i], /^librte-eal[0-9]+$/))
					abi = substr(all[i], length("librte-eal") + 1)
			}
			num = split(drivers, all, " ")
			for (i = 1; i <= num; i++) {
				gsub(/_/, "-", all[i])
				print "librte-" all[i] abi
			}
		}'
}
