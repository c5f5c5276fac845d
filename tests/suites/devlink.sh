#!/bin/bash
# What devlink(8) knows of a card, and can do with it. Runs as root in a lab; loads the modules itself.
#   TEST_ROUNDS=20   how often the card is started anew
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/tap.sh
. "$HERE/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$HERE/../lib/net.sh"

ROUNDS=${TEST_ROUNDS:-20}
FAULT=/sys/kernel/debug/softdpu/0.0/fault
HOST=10.0.0.1 C0=10.0.0.10

[[ $(id -u) == 0 && -e ${SOFTDPU_MODDIR-}/softdpu.ko ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
if ! modules-unload || ! modules-load card 0; then
	bail "the modules do not load again"
fi
PF=$(card_pf)
DEV=pci/$PF
FILE=$PCI/$PF/sriov_numvfs

has_netdev() { [[ -e $PCI/$PF/net ]]; }
# dl JQ OBJECT…: of what devlink shows of the card
dl() {
	local filter=$1
	shift
	devlink -j "$@" | jq -r ".[][\"$DEV\"] | $filter"
}
health() { dl '.[] | select(.reporter == "control") | .state' health show "$DEV"; }
is_health() { [[ $(health) == "$1" ]]; }
diagnosis() { devlink -j health diagnose "$DEV" reporter control | jq -r ".\"$1\""; }
reload() { devlink dev reload "$DEV"; }
# bytes: of a dump of a region, hexadecimal
bytes() { sed -n 's/^[0-9a-f]\{16\} //p' | tr -d ' \n'; }

# Who it is

ok "there is a netdev" wait_for 10 has_netdev
ok "devlink shows the card" devlink dev show "$DEV"
is "its driver" "$(dl .driver dev info "$DEV")" softdpu
is "its serial number is that of lspci" "$(dl .serial_number dev info "$DEV")" \
	"$(lspci -vvs "$PF" | sed -n 's/.*Device Serial Number //p')"
is "its board" "$(dl '.versions.fixed | "\(."board.id") \(."board.rev")"' dev info "$DEV")" \
	"$(lspci -nvmms "$PF" | awk '/^SVendor/ { v = $2 } /^SDevice/ { d = $2 } /^Rev/ { r = $2 } END { print v ":" d, r + 0 }')"
is "the version of its control path is that of ethtool" "control path $(dl '.versions.running."fw.mgmt.api"' dev info "$DEV")" \
	"$(ethtool -i "$(pf_netdev)" | sed -n 's/^firmware-version: //p')"

is "its netdev is a physical port" "$(devlink -j port show "$DEV/0" | jq -r '.[][] | "\(.netdev) \(.flavour) \(.port)"')" \
	"$(pf_netdev) physical 0"
is "which is in its name" "$(<"/sys/class/net/$(pf_netdev)/phys_port_name")" p0

# Its registers

region=$DEV/registers
is "a region has its registers" "$(devlink -j region show "$region" | jq -r '.[][].size')" 768
is "which can be read: the first one is known" "$(devlink region read "$region" address 0 length 4 | bytes)" 53445055
is "any part of them" "$(devlink region read "$region" address 1 length 6 | bytes)" \
	"$(devlink region read "$region" address 0 length 8 | bytes | cut -c3-14)"
is "but nothing is behind" "$(devlink region read "$region" address 766 length 4 | bytes | wc -c)" 4
id=$(devlink -j region new "$region" | jq -r '.regions[].snapshot[]')
is "a snapshot is what there was" "$(devlink region dump "$region" snapshot "$id" | bytes | cut -c1-8)" 53445055
is "all of it" "$(devlink region dump "$region" snapshot "$id" | bytes | wc -c)" 1536
ok "it can be deleted" devlink region del "$region" snapshot "$id"

# Its health

is "its control path is healthy" "$(health)" healthy
is "and alive" "$(diagnosis alive)" true
is "and has not made anybody wait" "$(diagnosis timeouts)" 0

# A new start

ip link set "$(pf_netdev)" mtu 1400
ok "it is started anew" reload
ok "its netdev is there" wait_for 10 has_netdev
is "as if it had never been touched" "$(<"$PCI/$PF/net/$(pf_netdev)/mtu")" 1500
ok "the netdev comes up" host_up $HOST/24
ok "VFs can be enabled" eval "echo 2 >$FILE"
wait_for 10 test -e "$PCI/$PF/virtfn1/driver"
ok "a container" container c0 0 $C0/24
ok "and the host reach each other" pings c0 $HOST 50
ok "with VFs there is no new start" refusal 'there are VFs' reload
ok "the container does not care" pings c0 $HOST 50
ok "it goes" container_del c0
ok "VFs go" eval "echo 0 >$FILE"
failed=0
for ((i = 0; i < ROUNDS; i++)); do
	ip link set "$(pf_netdev)" up
	ping -c 2 -i 0.01 -W 0.1 -I "$(pf_netdev)" 10.9.9.9 >/dev/null 2>&1 &
	reload || failed=$((failed + 1))
	wait $!
done
is "$ROUNDS times, while frames are sent" $failed 0
# whoever enables VFs meanwhile gets them, or is told
vfs() {
	local i
	for ((i = 0; i < ROUNDS; i++)); do
		echo 2 >"$FILE"
		echo 0 >"$FILE"
	done
} 2>/dev/null
vfs &
for ((i = 0; i < ROUNDS; i++)); do reload; done >/dev/null 2>&1
wait $!
echo 0 >"$FILE"
ok "while VFs come and go" reload
ok "its netdev is there" wait_for 10 has_netdev
ip netns add away
ok "it does not go to another network namespace" refusal 'stays' devlink dev reload "$DEV" netns away
ip netns del away

# A card that dies

if [[ -e $FAULT ]]; then
	# another MTU each time: setting the one that is there takes no command
	file=$PCI/$PF/net/$(pf_netdev)/mtu
	sleep 1
	echo drop 4 >$FAULT
	for mtu in 2000 2001 2002 2003; do echo $mtu >"$file"; done 2>/dev/null
	echo none >$FAULT
	ok "a card that does not answer is in error" wait_for 10 is_health error
	is "and not alive" "$(diagnosis alive)" false
	is "four commands have waited for it" "$(diagnosis timeouts)" 4
	is "its registers can be read" "$(devlink region read "$region" address 0 length 4 | bytes)" 53445055
	ok "it is started anew" reload
	ok "its netdev is there" wait_for 10 has_netdev
	is "it is healthy" "$(health) $(diagnosis alive)" "healthy true"
	ok "and works" ip link set "$(pf_netdev)" mtu 2004
	sleep 1
	echo gone >$FAULT
	ok "a card that is gone does not start" refusal 'does not start' reload
	ok "then it is in error" wait_for 10 is_health error
	ok "and has no netdev" eval "! has_netdev"
	ok "nor VFs" refusal 'No such device' bash -c "echo 1 >$FILE"
	ok "devlink shows it all the same" devlink dev info "$DEV"
	ok "but not its registers" refusal 'did not start' devlink region read "$region" address 0 length 4
	ok "nor a diagnosis" refusal 'did not start' devlink health diagnose "$DEV" reporter control
	echo none >$FAULT
	ok "when it is back it starts" reload
	ok "with a netdev" wait_for 10 has_netdev
	echo gone >$FAULT
	reload >/dev/null 2>&1
	ok "one that did not start can be unbound" eval "echo $PF >$PCI/$PF/driver/unbind"
	echo none >$FAULT
	ok "and bound" eval "echo $PF >/sys/bus/pci/drivers/softdpu/bind"
	ok "with a netdev" wait_for 10 has_netdev
else
	skip "a card that does not answer is in error" "no fault can be injected"
fi
net_reset
finish
