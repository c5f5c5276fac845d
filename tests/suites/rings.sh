#!/bin/bash
# Rings and the rest of what a VMM controls, by a driver that does not play by the rules: a broken ring stops its
# device with NEEDS_RESET and a config interrupt, everybody else goes on. Runs as root in a lab.
#   TEST_ONLY=words    only the tests whose name has these words in it
set -u
# shellcheck source=tests/client/vdpa.sh
. "$(dirname "$0")/../client/vdpa.sh"

bail() { echo "Bail out! $*"; exit 255; }

# INDIRECT_DESC, RING_PACKED, IN_ORDER; GUEST_ANNOUNCE, DEVICE_STATS, VQ_NOTF_COAL, NOTF_COAL
MORE=$((1 << 28 | 1 << 34 | 1 << 35 | 1 << 21 | 1 << 50 | 1 << 52 | 1 << 53))

[[ $(id -u) == 0 ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
client_build || bail "the client does not build"
mapfile -t vf < <(vfs)
((${#vf[@]} >= 3)) || bail "three VFs are needed, there are ${#vf[@]}: softdpu-lab run --vfs 3"

# What rings can be is offered when asked for, and one queue pair is the rule; the victim has more.
vdpa_make rings0 "${vf[0]}" max_vqp 4 || bail "no vDPA device on ${vf[0]}"
features=$("$CLIENT/hostile" --features "$(vdpa_file rings0)") || bail "no features"
vdpa dev del rings0
vdpa_make rings0 "${vf[0]}" max_vqp 4 device_features "$(printf '%#x' $((features | MORE)))" ||
	bail "no vDPA device with every kind of ring and answer on ${vf[0]}"
for i in 1 2; do
	vdpa_make rings$i "${vf[i]}" || bail "no vDPA device on ${vf[i]}"
done

# A spell as a netdev: then the device may use every address of the machine. What follows shows that it may not any more.
vdpa_give rings0 virtio_vdpa || bail "virtio_vdpa does not take the device"
for ((i = 0; i < 100; i++)); do
	net=$(vdpa_netdev rings0) && break
	sleep 0.1
done
[[ $net ]] || bail "no netdev appears"
ip link set "$net" up || bail "the netdev does not come up"
vdpa_give rings0 vhost_vdpa || bail "vhost_vdpa does not take the device back"

"$CLIENT/hostile" "$(vdpa_file rings0)" "$(vdpa_file rings1)" "$(vdpa_file rings2)" ${TEST_ONLY:+"$TEST_ONLY"}
status=$?

for i in 0 1 2; do
	vdpa dev del rings$i || status=1
done
exit $status
