#!/bin/bash
# Other people's tests of vDPA devices, on one of ours. Runs as root in a lab.
#   TEST_CLIENTS=DIR   netlink.test and vhost.test are there: see all.sh
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/tap.sh
. "$HERE/../lib/tap.sh"
# shellcheck source=tests/lib/vdpa.sh
. "$HERE/../lib/vdpa.sh"

[[ $(id -u) == 0 ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -x ${TEST_CLIENTS-}/netlink.test ]] || bail "TEST_CLIENTS names no directory with the tests: see all.sh"
vf=$(vfs | head -n 1)
[[ $vf ]] || bail "the card has no VF"

# said PROGRAM PATTERN: the tests whose names are in lines that match are results of ours, each with what is left of its
# line; one that was skipped has not passed
said() {
	local program=$1 pattern=$2 line
	while read -r line; do
		[[ $line =~ $pattern ]] || continue
		like "$program: ${BASH_REMATCH[1]}" "$line" '(PASS|ok)'
	done <"$log"
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# netlink makes and deletes devices itself

VDPA_MGMTDEV=${vf#pci/} "$TEST_CLIENTS/netlink.test" -test.v -test.run 'VDPA|SetGetBits' >"$log" 2>&1
status=$?
said netlink '^--- [A-Z]+: (Test[A-Za-z_]+)'
is "netlink: all of them" "$(grep -c '^--- PASS' "$log")" 15
is "netlink: that is all" $status 0
((status == 0)) || diag "$(<"$log")"
is "no device is left" "$(vdpa dev show)" ""

# the vhost crate opens /dev/vhost-vdpa-0

vdpa_make vhost "$vf"
ok "a device for the vhost crate" test /dev/vhost-vdpa-0 -ef "$(vdpa_file vhost)"
"$TEST_CLIENTS/vhost.test" --nocapture --test-threads=1 vhost_kern >"$log" 2>&1
status=$?
said vhost '^test (vhost_kern::[a-z_:]+) '
is "vhost: that is all" $status 0
is "vhost: nothing was skipped" "$(grep SKIPPED "$log")" ""
((status == 0)) || diag "$(<"$log")"
ok "the device can be used afterwards" vdpa dev del vhost
finish
