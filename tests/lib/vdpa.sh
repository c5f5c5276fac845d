# shellcheck shell=bash
# vDPA devices for the lab suites: make them on VFs, give them to vhost_vdpa or virtio_vdpa, find their files.
#
#   . "$(dirname "$0")/../lib/vdpa.sh"
#   client_build            build the programs if nobody has; they are in $CLIENT
#   client_suite NUM        a suite of theirs begins: as root, with NUM VFs in the array VF; or bail
#   vfs                     the management devices of VFs, one a line: pci/0000:10:01.0
#   vdpa_make NAME VF [ATTRIBUTE VALUE…]    a device, owned by vhost_vdpa
#   vdpa_everything VF      its default features and those that are offered when asked for, as device_features takes them
#   vdpa_file NAME          its /dev/vhost-vdpa-N
#   vdpa_netdev NAME        its netdev, with virtio_vdpa

VDPA_BUS=/sys/bus/vdpa
CLIENT=${SOFTDPU_TEST_CLIENT-}

# Built once for all labs: the programs are static, and the cache of softdpu-lab can be read everywhere. A virtual
# machine cannot write there; it builds for itself what no other lab has. Labs that build at once do so side by side.
client_build() {
	local top key home dir
	[[ $CLIENT ]] && return 0
	top=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
	key=$(cat "$top"/tools/{Makefile,client/*,bench/*,conform/*} "$top"/tests/hostile/* | sha256sum | cut -c1-10)
	for home in "${SOFTDPU_CACHE_DIR-/nonexistent}" /run; do
		CLIENT=$home/client-$key
		[[ -d $CLIENT ]] && return 0
		dir=$(mktemp -d "$CLIENT.XXXXXX" 2>/dev/null) && break
	done
	[[ ${dir-} ]] || return 1
	if ! make -s -j2 -C "$top/tools" O="$dir" >&2 || ! make -s -j2 -C "$top/tests/hostile" O="$dir" >&2; then
		rm -rf "$dir"
		return 1
	fi
	rm -f "$dir"/*.[oad]
	chmod 755 "$dir"
	# another lab was faster
	mv -T "$dir" "$CLIENT" 2>/dev/null || rm -rf "$dir"
	[[ -d $CLIENT ]]
}

client_suite() {
	[[ $(id -u) == 0 ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
	client_build || bail "the client does not build"
	mapfile -t VF < <(vfs)
	((${#VF[@]} >= $1)) || bail "$1 VFs are needed, there are ${#VF[@]}: softdpu-lab run --vfs $1"
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

# INDIRECT_DESC, RING_PACKED, IN_ORDER; GUEST_ANNOUNCE, DEVICE_STATS, VQ_NOTF_COAL, NOTF_COAL
VDPA_MORE=$((1 << 28 | 1 << 34 | 1 << 35 | 1 << 21 | 1 << 50 | 1 << 52 | 1 << 53))

vdpa_everything() {
	local features
	vdpa_make everything "$1" max_vqp 4 || return 1
	features=$("$CLIENT/hostile" --features "$(vdpa_file everything)")
	vdpa dev del everything && [[ $features ]] && printf '%#x\n' $((features | VDPA_MORE))
}
