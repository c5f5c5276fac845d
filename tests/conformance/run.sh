#!/bin/bash
# What make conformance does in the uml lab: vdpa-conform on a device of the card, and on the kernel's vdpa_sim_net.
#   TEST_OUT=DIR     the cases, what they said of each, and the kernel go there: list, softdpu.tap, vdpa_sim_net.tap, kernel
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/vdpa.sh
. "$HERE/../lib/vdpa.sh"

# more than its buffer holds, as anybody may set it
SIM=(mac 02:53:44:50:55:99 mtu 9000)

die() { echo "conformance: $*" >&2; exit 1; }

# conform NAME OPTION…: a device that fails a case is a result
conform() {
	local out=$TEST_OUT/$1.tap
	shift
	"$CLIENT/vdpa-conform" "$@" >"$out"
	grep -q '^1\.\.' "$out" || die "vdpa-conform came to no end: $out"
}

[[ $(id -u) == 0 && ${TEST_OUT-} ]] || die "this runs as root in a lab, with TEST_OUT: see tests/conformance/all.sh"
client_build || die "the client does not build"
mapfile -t vf < <(vfs)
((${#vf[@]} >= 2)) || die "two VFs are needed"
features=$(vdpa_everything "${vf[0]}") || die "no features"
for i in 0 1; do
	vdpa_make conform$i "${vf[i]}" max_vqp 4 device_features "$features" || die "no vDPA device on ${vf[i]}"
done
"$CLIENT/vdpa-conform" --list >"$TEST_OUT/list" || die "no list of cases"
conform softdpu --peer "$(vdpa_file conform1)" "$(vdpa_file conform0)"
modprobe vdpa_sim_net || die "vdpa_sim_net is not there: it is in the uml lab"
vdpa_make conformsim vdpasim_net "${SIM[@]}" || die "vdpa_sim_net makes no device"
conform vdpa_sim_net --loop "$(vdpa_file conformsim)"
uname -r >"$TEST_OUT/kernel"
