# shellcheck shell=bash
# vDPA devices for the lab suites: make them on VFs, give them to vhost_vdpa or virtio_vdpa, find their files.
#
#   . "$(dirname "$0")/../client/vdpa.sh"
#   client_build            build the programs if nobody has; they are in $CLIENT
#   vfs                     the management devices of VFs, one a line: pci/0000:10:01.0
#   vdpa_make NAME VF [ATTRIBUTE VALUE…]    a device, owned by vhost_vdpa
#   vdpa_file NAME          its /dev/vhost-vdpa-N
#   vdpa_netdev NAME        its netdev, with virtio_vdpa

VDPA_BUS=/sys/bus/vdpa
CLIENT=${SOFTDPU_TEST_CLIENT-}

# Built once for all labs: the programs are static, and the cache of softdpu-lab can be read everywhere. A virtual
# machine cannot write there, it builds for itself if no other lab has. Labs that build at once do so side by side.
client_build() {
	local src key dir
	[[ $CLIENT ]] && return 0
	src=$(dirname "${BASH_SOURCE[0]}")
	key=$(cat "$src"/*.[ch] "$src/Makefile" "$src"/../../tools/bench/*.[ch] | sha256sum | cut -c1-10)
	CLIENT=${SOFTDPU_CACHE_DIR-/nonexistent}/client-$key
	[[ -d $CLIENT ]] && return 0
	dir=$(mktemp -d "$CLIENT.XXXXXX" 2>/dev/null || mktemp -d) || return 1
	make -s -j2 -C "$src" O="$dir" >&2 || { rm -rf "$dir"; return 1; }
	rm -f "$dir"/*.[oad]
	chmod 755 "$dir"
	mv -T "$dir" "$CLIENT" 2>/dev/null && return 0
	# no cache here, or another lab was faster
	if [[ -d $CLIENT ]]; then
		rm -rf "$dir"
	else
		CLIENT=$dir
	fi
}

# Not the simulators of the kernel, which have no bus. Sorted: the kernel lists who came last at the end.
vfs() { vdpa mgmtdev show | sed -n 's,^\(pci/[^ ]*\): *$,\1,p' | sort; }

vdpa_with() { [[ $VDPA_BUS/devices/$1/driver -ef $VDPA_BUS/drivers/$2 ]]; }

# vdpa_give NAME DRIVER: unbinding from vhost_vdpa blocks until its file is closed
vdpa_give() {
	local dev=$VDPA_BUS/devices/$1
	vdpa_with "$1" "$2" && return 0
	echo "$2" >"$dev/driver_override" || return 1
	if [[ -e $dev/driver ]]; then
		echo "$1" >"$dev/driver/unbind" || return 1
	fi
	echo "$1" >"$VDPA_BUS/drivers/$2/bind"
}

vdpa_file() {
	local path
	for path in "$VDPA_BUS/devices/$1"/vhost-vdpa-*; do
		[[ -e $path ]] || return 1
		# devtmpfs is as fast as the device, udev may not be
		echo "/dev/${path##*/}"
		return 0
	done
}

# vdpa_netdev NAME: its netdev, if it is with virtio_vdpa. The virtio device is a child of the VF.
vdpa_netdev() {
	local path
	for path in "$(readlink -f "$VDPA_BUS/devices/$1")"/../virtio*/net/*; do
		[[ -e $path ]] && echo "${path##*/}" && return 0
	done
	return 1
}

vdpa_make() {
	local name=$1 vf=$2
	shift 2
	vdpa dev add name "$name" mgmtdev "$vf" "$@" && vdpa_give "$name" vhost_vdpa
}
