#!/bin/bash
# vdpa-conform on a device with every kind of ring and every command: it does what virtio and vhost-vdpa say. Runs as
# root in a lab.
#   TEST_ONLY=words    only the cases whose name has these words in it
set -u
# shellcheck source=tests/lib/vdpa.sh
. "$(dirname "$0")/../lib/vdpa.sh"

bail() { echo "Bail out! $*"; exit 255; }

client_suite 2

# What rings can be is offered when asked for.
features=$(vdpa_everything "${VF[0]}") || bail "no features"
for i in 0 1; do
	vdpa_make conform$i "${VF[i]}" max_vqp 4 device_features "$features" ||
		bail "no vDPA device with every feature on ${VF[i]}"
done

"$CLIENT/vdpa-conform" --peer "$(vdpa_file conform1)" "$(vdpa_file conform0)" ${TEST_ONLY:+"$TEST_ONLY"}
status=$?

for i in 0 1; do
	vdpa dev del conform$i || status=1
done
exit $status
