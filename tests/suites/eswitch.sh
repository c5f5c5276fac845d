#!/bin/bash
# Switchdev mode: the host forwards between representors, with what it has for that: a bridge here. Runs as root in a lab
# with a card of three VFs or more.
#   TEST_ROUNDS=20   how often the mode changes under traffic
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/tap.sh
. "$HERE/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$HERE/../lib/net.sh"

ROUNDS=${TEST_ROUNDS:-20}
BR=10.0.0.1 C0=10.0.0.10 C1=10.0.0.11
MC0=02:5d:00:00:00:10 MC1=02:5d:00:00:00:11 NOBODY=02:5d:00:00:0f:ff
FAULT=/sys/kernel/debug/softdpu/0.0/fault

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn2 ]] || bail "the card has less than three VFs"
net_reset
PF=$(card_pf)
DEV=pci/$PF
VFS=$(<"$PCI/$PF/sriov_numvfs")

ports() { cat "$PCI/$PF"/net/*/phys_port_name | sort | paste -sd' '; }
mode() { devlink -j dev eswitch show "$DEV" | jq -r '.dev[].mode'; }
set_mode() { devlink dev eswitch set "$DEV" mode "$1"; }
# switch_ids: of all netdevs of the card, each once; "none" where there is none
switch_ids() {
	local dev
	for dev in "$PCI/$PF"/net/*; do cat "$dev/phys_switch_id" 2>/dev/null || echo none; done | sort -u | paste -sd' '
}
# packets NETDEV rx|tx
packets() { ip -j -s link show dev "$1" | jq ".[0].stats64.$2.packets"; }

bridged() {
	ip link add br0 type bridge && ip link set "$(card_port pf0vf0)" master br0 up && ip link set "$(card_port pf0vf1)" master br0 up &&
		unlearnt "$(card_port pf0vf0)" "$(card_port pf0vf1)" && place_up host br0 $BR/24
}

UPLINK=$(pf_netdev)
ip link set "$UPLINK" up

# From one mode to the other

is "a card is in legacy mode" "$(mode)" legacy
is "its PF is no port of a switch" "$(switch_ids)" none
ok "a container" container c0 0 $C0/24 mac $MC0 max_vqp 2
ok "another one" container c1 1 $C1/24 mac $MC1 max_vqp 2
ok "the card forwards between them" flow c0 $C1
ok "switchdev mode, while they are there" set_mode switchdev
is "the card is in it" "$(mode)" switchdev
is "there is a representor for each VF" "$(ports)" "p0 $(for ((i = 0; i < VFS; i++)); do echo pf0vf$i; done | sort | paste -sd' ')"
is "of one switch" "$(switch_ids)" "$(lspci -vvs "$PF" | sed -n 's/.*Device Serial Number //p' | tr -d -)"
is "devlink has its port, too" "$(devlink -j port show "$DEV/2" | jq -r '.[][] | "\(.netdev) \(.flavour) \(.pfnum) \(.vfnum)"')" \
	"$(card_port pf0vf1) pcivf 0 1"
like "and ethtool its driver" "$(ethtool -i "$(card_port pf0vf0)")" "driver: softdpu_rep.*bus-info: $PF"
is "the PF's netdev is the one that it was" "$(card_port p0)" "$UPLINK"
ok "its function is given an address" devlink port function set "$DEV/3" hw_addr 02:5d:00:00:07:03
is "which is shown" "$(devlink -j port show "$DEV/3" | jq -r '.[][].function.hw_addr')" 02:5d:00:00:07:03
ok "a device of that VF" vdpa_make own 2 vhost_vdpa
is "has it" "$(vdpa -j dev config show own | jq -r '.config[].mac')" 02:5d:00:00:07:03
vdpa dev del own
ok "a multicast address is refused" refusal 'Non-unicast' devlink port function set "$DEV/3" hw_addr 01:00:5e:00:00:01
ok "VFs have no link while their representors are down" eval "link c0 down && link c1 down"

# The host forwards

ok "a bridge with two representors" bridged
ok "they have a link with them" eval "link c0 up && link c1 up"
ok "container to container" flow c0 $C1
ok "the other way" flow c1 $C0
ok "container to host" flow c0 $BR
ok "host to container" flow host $C1
before=$(packets "$(card_port pf0vf0)" rx) after=$(packets "$(card_port pf0vf0)" tx)
ok "ten pings more" at c0 ping -q -c 10 -i 0.01 $C1
ok "what the VF sends the representor has received" test "$(packets "$(card_port pf0vf0)" rx)" -ge $((before + 10))
ok "what the VF receives it has sent" test "$(packets "$(card_port pf0vf0)" tx)" -ge $((after + 10))
serve c1
ok "TCP crosses the host in frames larger than an MTU" whole c0 tx transfer c0 $C1
diag "$MOVED"
ok "and comes in such" whole c0 rx transfer c0 $C1 -R
diag "$MOVED"
ok "what is sent is what is received" copy c0 c1 $C1
ok "from the host as well" copy host c0 $C0
serve_end c1
is "a device receives what is for it, and what is for all" "$(heard c1 c0 $MC1 $NOBODY)" $MC1
ip netns exec c1 ip link set eth0 promisc on
is "and everything when it is promiscuous" "$(heard c1 c0 $MC1 $NOBODY)" "$MC1 $NOBODY"
ip netns exec c1 ip link set eth0 promisc off

ok "a representor goes down" ip link set "$(card_port pf0vf1)" down
ok "so does its VF's link" link c1 down
ok "nobody else's" operstate c0 up
fails "nothing arrives there" at c0 ping -q -c 2 -i 0.2 -W 1 $C1
ok "it comes up" ip link set "$(card_port pf0vf1)" up
ok "so does the link" link c1 up
ok "and frames come and go" flow c0 $C1
ok "ip link has no say in it" refusal 'not supported' ip link set "$UPLINK" vf 1 state disable
ip link set "$(card_port pf0vf1)" nomaster
fails "without the bridge the card forwards nothing" at c0 ping -q -c 2 -i 0.2 -W 1 $C1
ip link set "$(card_port pf0vf1)" master br0
unlearnt "$(card_port pf0vf1)"
before=$(pf port_tx_drop_no_port)
python3 -IS -c "$HEARD" "" "host:$UPLINK" $MC0
ok "what the uplink sends is for the wire, which leads nowhere: that is counted" test "$(pf port_tx_drop_no_port)" -gt "$before"

# What cannot be

ok "headers inline are refused" refusal 'mode is none' devlink dev eswitch set "$DEV" inline-mode network
ok "so is encapsulation" refusal 'mode is none' devlink dev eswitch set "$DEV" encap-mode basic

# VFs come and go

ok "the containers go" eval "container_del c0 && container_del c1"
ok "VFs go" eval "echo 0 >$PCI/$PF/sriov_numvfs"
is "with their representors" "$(ports)" p0
ok "two come" eval "echo 2 >$PCI/$PF/sriov_numvfs"
is "with theirs" "$(ports)" "p0 pf0vf0 pf0vf1"
wait_for 10 test -e "$PCI/$PF/virtfn1/driver"
ip link del br0
ok "a bridge" bridged
ok "a container" container c0 0 $C0/24 mac $MC0 max_vqp 2
ok "another one" container c1 1 $C1/24 mac $MC1 max_vqp 2
ok "one reaches the other" flow c0 $C1

# Back

ok "legacy mode, while they are there" set_mode legacy
is "the representors are gone" "$(ports) $(switch_ids)" "p0 none"
ok "the VFs have the link of the wire" eval "link c0 up && link c1 up"
ok "the card forwards between them" flow c0 $C1
ip link del br0
ok "and to the host" eval "place_up host $UPLINK $BR/24 && flow c0 $BR"
ip link set "$UPLINK" vf 1 state disable
ok "what ip link said before" link c1 down
set_mode switchdev
set_mode legacy
ok "is so again afterwards" eval "sleep 0.5; operstate c1 down"
ip link set "$UPLINK" vf 1 state auto
link c1 up

# Under traffic

ip netns exec c0 ping -fq $C1 >/dev/null 2>&1 &
flood=$!
failed=0
for ((i = 0; i < ROUNDS; i++)); do
	set_mode switchdev && ip link set "$(card_port pf0vf0)" up && ip link set "$(card_port pf0vf1)" up && set_mode legacy ||
		failed=$((failed + 1))
done
kill $flood
wait $flood 2>/dev/null
is "the mode changes $ROUNDS times" $failed 0
ok "and the card forwards" eval "link c0 up && link c1 up && flow c0 $C1"

# A card that does not answer, and one that is unbound

if [[ -e $FAULT ]]; then
	sleep 1
	echo status >$FAULT
	ok "a mode that the card refuses is not taken" refusal 'stays in the mode' set_mode switchdev
	echo none >$FAULT
	is "it is the one it was" "$(mode) $(ports)" "legacy p0"
	ok "also in the card, which had done it" flow c0 $C1
	ok "it can be asked for again" eval "set_mode switchdev && set_mode legacy"
	ok "and the card forwards" eval "link c0 up && link c1 up && flow c0 $C1"
else
	skip "a mode that the card refuses is not taken" "no fault can be injected"
fi
ok "the containers go" eval "container_del c0 && container_del c1"
set_mode switchdev
ok "the PF is unbound" eval "echo $PF >$PCI/$PF/driver/unbind"
ok "with all representors" eval "[[ ! -e $PCI/$PF/net ]]"
ok "it is bound again" eval "echo $PF >/sys/bus/pci/drivers/softdpu/bind"
wait_for 10 test -e "$PCI/$PF/net"
is "in legacy mode" "$(mode) $(ports)" "legacy p0"
set_mode switchdev
ok "a new start without VFs" eval "wait_for 10 test -e $PCI/$PF/virtfn0; echo 0 >$PCI/$PF/sriov_numvfs && devlink dev reload $DEV"
is "ends in legacy mode" "$(mode) $(ports)" "legacy p0"
ok "VFs come back" eval "echo $VFS >$PCI/$PF/sriov_numvfs"
is "nothing is left" "$(vdpa dev show | wc -l) $(ip netns list | wc -l)" "0 0"
net_reset
finish
