#!/bin/bash
# The wire of a card: to another card, so that two cards make two hosts, and to a netdev. Runs as root in a lab with a card
# of two VFs or more.
#   TEST_ROUNDS=20   how often a wire is joined and separated under traffic
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/tap.sh
. "$HERE/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$HERE/../lib/net.sh"

ROUNDS=${TEST_ROUNDS:-20}
HOST=10.0.0.1 H1=10.0.0.2 C0=10.0.0.10 C1=10.0.0.11 OUT=10.0.0.30
MC0=02:5d:00:00:00:10 MC1=02:5d:00:00:00:11 NOBODY=02:5d:00:00:0f:ff
FAR=/sys/bus/softdpu/devices/softdpu1

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn1 ]] || bail "the card has less than two VFs"
net_reset

join() { echo "$2" >"$1/wire"; }
joined() { echo "$(<"$CARD/wire"), $(<$FAR/wire)"; }
far_card() {
	echo "1 2" >/sys/bus/softdpu/new_device && wait_for 10 test -e $FAR/pci && wait_for 10 test -e "$PCI/$(<$FAR/pci)/driver" &&
		echo 2 >"$PCI/$(<$FAR/pci)/sriov_numvfs" && wait_for 10 test -e "$PCI/$(<$FAR/pci)/virtfn1/driver"
}
# other_host: the other PF's netdev in a namespace, as a container
other_host() { ip netns add h1 && ip link set "$(far pf_netdev)" netns h1 name eth0 && place_up h1 eth0 $H1/24; }
# outside: a namespace on the other side of the veth w0
outside() {
	ip netns add out && ip link add w0 type veth peer name eth0 netns out && place_up out eth0 $OUT/24
}
# bridged BRIDGE: the card's uplink and the representor of its first VF
bridged() {
	ip link add "$1" type bridge && ip link set "$1" up && ip link set "$(card_port p0)" master "$1" up &&
		ip link set "$(card_port pf0vf0)" master "$1" up
}
# grows COUNTER COMMAND…: the card counts more there, whatever the command says
grows() {
	local counter=$1 before
	before=$(pf "$counter")
	shift
	"$@" >/dev/null 2>&1
	echo "$counter: $before before, $(pf "$counter") after"
	(($(pf "$counter") > before))
}
silent() { ! at c0 ping -q -c 2 -i 0.2 -W 1 "$1"; }

# Two cards

is "a wire leads nowhere" "$(<"$CARD/wire")" none
ok "another card" far_card
ok "a container on this one" container c0 0 $C0/24 mac $MC0 max_vqp 2
ok "one on that one" far container c1 0 $C1/24 mac $MC1 max_vqp 2
ok "the host's leg" host_up $HOST/24
ok "the other card's, in a namespace of its own" other_host
ok "cards have nothing to do with each other" silent $C1
ok "they are joined" join "$CARD" "card 1"
is "both say so" "$(joined)" "card 1, card 0"
ok "VF to VF" flow c0 $C1
ok "the other way" flow c1 $C0
ok "PF to PF" flow host $H1
ok "the other way" flow h1 $HOST
ok "VF to PF" flow c0 $H1
ok "PF to VF" flow host $C1
ok "the other way" flow c1 $HOST
ok "on the same card as ever" flow c0 $HOST
ok "what goes along is counted" grows wire_tx_packets at c0 ping -q -c 10 -i 0.01 $C1
ok "so is what comes" grows wire_rx_packets at c0 ping -q -c 10 -i 0.01 $C1
serve c1
ok "TCP: frames larger than an MTU leave" whole c0 tx transfer c0 $C1
diag "$MOVED"
ok "and arrive" whole c1 rx transfer c0 $C1
diag "$MOVED"
serve_end c1
serve h1
ok "from PF to PF" transfer host $H1
diag "$MBIT Mbit/s"
serve_end h1
ok "what is sent is what is received" copy c0 c1 $C1
ok "from PF to VF" copy host c1 $C1
ok "from VF to PF" copy c1 host $HOST
ok "every datagram arrives, in order" datagrams c0 c1 $C1
ok "from the PF as well" datagrams host c1 $C1
is "a device receives what is for it, and what is for all" "$(heard c1 c0 $MC1 $NOBODY)" $MC1
is "from the other PF as well" "$(heard c1 host $MC1 $NOBODY)" $MC1
ip netns exec c1 ip link set eth0 promisc on
is "and everything, once, when it is promiscuous" "$(heard c1 c0 $MC1 $NOBODY $MC0)" "$MC1 $NOBODY"
ip netns exec c1 ip link set eth0 promisc off
ok "what nobody wants is counted" grows wire_rx_drop_no_port heard c0 c1 $NOBODY

# Links

echo down >$FAR/link
ok "one end is pulled out: the other end has no link" link host down
ok "nor have its VFs" link c0 down
is "though it is plugged in" "$(<"$CARD/link")" up
echo up >$FAR/link
ok "it is plugged in again: it has" eval "link host up && link c0 up && link c1 up"
ok "and frames come and go" flow c0 $C1

# What cannot be

refused "a wire that is joined is not joined again" "Device or resource busy" "$CARD/wire" "card 1"
refused "from the other end, neither" "Device or resource busy" $FAR/wire "card 0"
ok "cards are separated" join $FAR none
is "both are" "$(joined)" "none, none"
ok "nothing crosses" silent $C1
refused "no card with itself" "Invalid argument" "$CARD/wire" "card 0"
refused "no card that is not there" "No such device" "$CARD/wire" "card 7"
refused "no netdev that is not there" "No such device" "$CARD/wire" "netdev nosuch"
refused "no loopback" "Invalid argument" "$CARD/wire" "netdev lo"
refused "no netdev of a card" "Invalid argument" "$CARD/wire" "netdev $(pf_netdev)"
refused "no name longer than a name" "Invalid argument" "$CARD/wire" "netdev a23456789012345678"
for words in " " card "card x" "card 1 1" netdev "netdev a/b" "none 1" "wire 1" "$(printf 'x%.0s' {1..5000})"; do
	refused "nonsense is refused: '${words:0:20}'" "Invalid argument" "$CARD/wire" "$words"
done
is "and changes nothing" "$(joined)" "none, none"

# A netdev

ok "a namespace outside" outside
ok "its veth is the other end" join "$CARD" "netdev w0"
is "the card says so" "$(<"$CARD/wire")" "netdev w0"
ok "there is no link while it is down" eval "link host down && link c0 down"
ip link set w0 up
ok "and one when it is up" eval "link host up && link c0 up"
ok "VF to outside" flow c0 $OUT
ok "outside to VF" flow out $C0
ok "PF to outside" flow host $OUT
ok "outside to PF" flow out $HOST
serve out
ok "TCP: frames larger than an MTU leave" whole c0 tx transfer c0 $OUT
diag "$MOVED"
ok "and come" whole c0 rx transfer c0 $OUT -R
diag "$MOVED"
ok "from the PF" transfer host $OUT
serve_end out
ok "what is sent is what is received" copy c0 out $OUT
ok "the other way" copy out c0 $C0
ok "from the PF" copy host out $OUT
ok "every datagram arrives, in order" datagrams c0 out $OUT
ok "the other way" datagrams out c0 $C0
vlan() { ip -n "$1" link add link eth0 name eth0.5 type vlan id 5 && place_up "$1" eth0.5 "$2/24"; }
vlan c0 10.0.5.10
vlan out 10.0.5.30
ok "VLAN" pings c0 10.0.5.30 50
ok "the other way" pings out 10.0.5.10 50
ip link set w0 mtu 1000
ok "what is too long for it is counted" grows wire_tx_drop_down at c0 ping -q -c 1 -W 1 -s 1200 $OUT
ok "what is not goes on" flow c0 $OUT
ip link set w0 mtu 1500
ip link add br0 type bridge
fails "the netdev is nobody else's" ip link set w0 master br0
ok "separated" join "$CARD" none
ok "the netdev is the host's again" ip link set w0 master br0
refused "one that is somebody else's is not taken" "Device or resource busy" "$CARD/wire" "netdev w0"
ip link del br0
ok "joined again" join "$CARD" "netdev w0"
ip netns exec c0 ping -fq $OUT >/dev/null 2>&1 &
floods=($!)
ip netns exec out ping -fq $C0 >/dev/null 2>&1 &
floods+=($!)
flaps() {
	local round
	for ((round = 0; round < ROUNDS; round++)); do
		join "$CARD" none && join "$CARD" "card 1" && join $FAR none && join "$CARD" "netdev w0" || return 1
	done
}
ok "joined and separated $ROUNDS times under traffic" flaps
ok "frames come and go" flow c0 $OUT
ok "the netdev goes under traffic" ip link del w0
is "and the wire leads nowhere" "$(<"$CARD/wire")" none
ok "which is no lack of a link" eval "link host up && link c0 up"
kill "${floods[@]}"
wait "${floods[@]}" 2>/dev/null
ip netns del out

# Both in switchdev mode: the hosts forward between wire and VFs

ip netns del h1
wait_for 10 far pf_netdev
ip addr flush dev "$(pf_netdev)"
ok "both in switchdev mode" eval "devlink dev eswitch set pci/$(card_pf) mode switchdev &&
	devlink dev eswitch set pci/$(far card_pf) mode switchdev"
ok "a bridge" bridged br0
ok "one there" far bridged br1
ok "joined" join $FAR "card 0"
ok "VF, representor, bridge, uplink, wire, and all of it the other way round" eval "link c0 up && link c1 up && flow c0 $C1"
ok "the other way" flow c1 $C0
serve c1
ok "TCP crosses in frames larger than an MTU" whole c0 tx transfer c0 $C1
diag "$MOVED"
ok "that arrive so" whole c1 rx transfer c0 $C1
diag "$MOVED"
serve_end c1
ok "what is sent is what is received" copy c1 c0 $C0
ip netns exec c0 ping -fq $C1 >/dev/null 2>&1 &
flood=$!
ok "the device there goes" far container_del c1
ok "the other card goes under traffic" eval "echo 1 >/sys/bus/softdpu/del_device"
is "and the wire leads nowhere" "$(<"$CARD/wire")" none
kill "$flood"
wait "$flood" 2>/dev/null
ip link del br0
ip link del br1
devlink dev eswitch set "pci/$(card_pf)" mode legacy
ok "the container goes" container_del c0
is "nothing is left" "$(vdpa dev show | wc -l) $(ip netns list | wc -l)" "0 0"
net_reset
finish
