#!/bin/bash
# Rings and the rest of what a VMM controls, by a driver that does not play by the rules: a broken ring stops its
# device with NEEDS_RESET and a config interrupt, everybody else goes on. Runs as root in a lab.
#   TEST_ONLY=words    only the tests whose name has these words in it
set -u
# shellcheck source=tests/lib/vdpa.sh
. "$(dirname "$0")/../lib/vdpa.sh"

bail() { echo "Bail out! $*"; exit 255; }

client_suite 3

# What rings can be is offered when asked for, and one queue pair is the rule; the victim has more.
features=$(vdpa_everything "${VF[0]}") || bail "no features"
vdpa_make rings0 "${VF[0]}" max_vqp 4 device_features "$features" ||
	bail "no vDPA device with every kind of ring and answer on ${VF[0]}"
for i in 1 2; do
	vdpa_make rings$i "${VF[i]}" || bail "no vDPA device on ${VF[i]}"
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
