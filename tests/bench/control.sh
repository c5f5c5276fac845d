#!/bin/bash
# What make bench-control does, in the uml lab with a card of 64 VFs: a thousand devices on sixteen cards, and what a
# virtual machine monitor asks of one of them.
#   tools/softdpu-lab run --kernel uml --vfs 64 -- tests/bench/control.sh
#   TEST_DEVICES=1000
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/net.sh
. "$HERE/../lib/net.sh"

CARDS=16
VFS=64
BUS=/sys/bus/softdpu

die() { echo "bench-control: $*" >&2; exit 1; }

[[ $(id -u) == 0 && -e $CARD/pci ]] || die "this runs as root in a lab: see tools/softdpu-lab"
# in a shell of its own: some of its functions have the names of ours
# shellcheck source=tests/lib/vdpa.sh
BENCH=$(. "$HERE/../lib/vdpa.sh" && client_build && echo "$CLIENT/softdpu-bench") || die "the client does not build"
for ((i = 1; i < CARDS; i++)); do
	echo "$i $VFS" >$BUS/new_device || die "no card $i"
	pf=$PCI/$(<"$BUS/devices/softdpu$i/pci")
	wait_for 10 test -e "$pf/driver" || die "card $i has no driver"
	(($(<"$pf/sriov_numvfs") == VFS)) || echo $VFS >"$pf/sriov_numvfs" || die "no VFs on card $i"
done
modprobe vdpa_sim_net || die "vdpa_sim_net is not there: it is in the uml lab"
python3 -B "$HERE/control.py" "${TEST_DEVICES:-1000}" "$BENCH"
