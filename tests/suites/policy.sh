#!/bin/bash
# What the administrator demands of VFs in legacy mode: a VLAN that they do not see, their own addresses, no wishes. Runs as
# root in a lab with a card of three VFs or more.
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/tap.sh
. "$HERE/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$HERE/../lib/net.sh"

HOST=10.0.0.1 TAGGED=10.0.0.2 C0=10.0.0.10 C1=10.0.0.11 C2=10.0.0.12
MC0=02:5d:00:00:00:10 MC1=02:5d:00:00:00:11 OTHER=02:5d:00:00:00:99
FAULT=/sys/kernel/debug/softdpu/0.0/fault
CRAFT=$HERE/../lib/frames.py

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn2 ]] || bail "the card has less than three VFs"
net_reset
PF=$(pf_netdev)

demand() { ip link set "$PF" vf "$@"; }
# shown VF: VLAN, priority, spoof check, trust
shown() { ip -j -d link show "$PF" | jq -r ".[0].vfinfo_list[$1] | \"\(.vlan_list[0].vlan // 0) \(.vlan_list[0].qos // 0) \(.spoofchk) \(.trust)\""; }
pinged() { at "$1" ping -q -c "${3:-3}" -i 0.1 -W 2 "$2"; }
# neighbours are asked for anew: what is known says nothing about who can be reached
silent() {
	at "$1" ip neigh flush all
	! at "$1" ping -q -c 2 -i 0.2 -W 1 "$2"
}
# more NAME rx|tx COUNTER COMMAND…: by how much it rises
more() {
	local before name=$1 way=$2 counter=$3
	shift 3
	before=$(vq_sum "$name" "$way" "$counter")
	"$@" >/dev/null 2>&1
	sleep 0.2
	echo $(($(vq_sum "$name" "$way" "$counter") - before))
}
# near NUMBER NUMBER: a neighbour that is asked for meanwhile counts as well, no more than that
near() {
	echo "$1 and $2"
	(($1 - $2 <= 8 && $2 - $1 <= 8))
}
spoof() { at c0 python3 -IS "$CRAFT" eth0 "$MC1" "$1"; }

ok "the host's leg" host_up $HOST/24
ok "a container" container c0 0 $C0/24 mac $MC0
ok "another one" container c1 1 $C1/24 mac $MC1
ok "a third one" container c2 2 $C2/24
is "nothing is demanded" "$(shown 0)" "0 0 false true"
ok "they reach each other" eval "pinged c0 $C1 && pinged c0 $C2 && pinged c0 $HOST"

# A VLAN

ok "two VFs are in a VLAN" eval "demand 0 vlan 100 && demand 1 vlan 100 qos 3"
is "ip link shows it" "$(shown 0), $(shown 1)" "100 0 false true, 100 3 false true"
ok "they reach each other" pinged c0 $C1
ok "nobody else" silent c0 $C2
ok "not the host" silent c0 $HOST
ok "nor does anybody reach them" eval "silent c2 $C0 && silent host $C0"
ok "the host has a leg in that VLAN" eval "ip link add link $PF name tagged type vlan id 100 && ip addr add $TAGGED/32 dev tagged && ip link set tagged up && ip route add $C0/32 dev tagged src $TAGGED && ip route add $C1/32 dev tagged src $TAGGED"
ok "that they reach" pinged c0 $TAGGED
tcpdump -i "$PF" -e -n -l -c 1 "vlan 100 and ether src $MC1" >"$NET_TMP/tag" 2>/dev/null &
dump=$!
sleep 1
ok "the other one, too" pinged c1 $TAGGED 10
wait $dump
like "whose frames have a priority" "$(<"$NET_TMP/tag")" 'vlan 100, p 3'
serve c1
ok "TCP between them, in frames larger than an MTU" whole c0 tx transfer c0 $C1
diag "$MOVED"
serve_end c1
serve c0
ok "TCP from the host, likewise" transfer host $C0
ok "and to it" transfer host $C0 -R
serve_end c0
ok "what is sent is what is received" copy c0 c1 $C1
at c0 ip link add link eth0 name eth0.5 type vlan id 5
at c0 ip addr add 10.0.5.10/24 dev eth0.5
at c0 ip link set eth0.5 up
ok "a tag of their own is refused" test "$(more c0 tx drop_filter at c0 ping -c 3 -i 0.2 -W 1 10.0.5.11)" -ge 2
at c0 ip link del eth0.5
is "ip link shows what the port has dropped" "$(ip -j -s link show "$PF" | jq '.[0].vfinfo_list[0].stats.tx.dropped > 0')" true
fails "4095 is no VLAN" demand 0 vlan 4095
fails "a priority without one is none" demand 0 vlan 0 qos 3
fails "tags of another type are refused" demand 0 vlan 5 proto 802.1ad
fails "a VF that is not there is refused" demand 64 vlan 5
is "nothing has changed by that" "$(shown 0)" "100 0 false true"
ok "one of them leaves the VLAN" demand 0 vlan 0
ok "it reaches who is in none" pinged c0 $C2
ok "and not who is" silent c0 $C1
ok "the other one leaves it" demand 1 vlan 0
ip link del tagged
ok "they reach each other" pinged c0 $C1

# Addresses

SENT=$(more c0 tx packets spoof $MC0)
# its driver filters VLANs: those with a tag it does not get
ALL=$(more c1 rx packets spoof $MC0)
ok "frames of many kinds arrive" test "$ALL" -ge $((SENT * 3 / 4))
ok "from any address" near "$(more c1 rx packets spoof $OTHER)" "$ALL"
ok "a VF sends from its own addresses" demand 0 spoofchk on
is "ip link shows it" "$(shown 0)" "0 0 true true"
ok "it does that" pinged c0 $C1
ok "frames from another one do not arrive" near "$(more c1 rx packets spoof $OTHER)" 0
ok "they are counted" near "$(more c0 tx drop_filter spoof $OTHER)" "$SENT"
ok "it may have more of them" eval "at c0 ip link add link eth0 name more type macvlan mode bridge && at c0 ip link set more address $OTHER up"
ok "then they arrive" near "$(more c1 rx packets spoof $OTHER)" "$ALL"
at c0 ip link del more
ok "with a VLAN as well" eval "demand 0 vlan 7 && demand 1 vlan 7 && pinged c0 $C1"
ok "where they do not arrive either" near "$(more c1 rx packets spoof $OTHER)" 0
ok "neither is demanded any more" eval "demand 0 spoofchk off vlan 0 && demand 1 vlan 0"

# What its driver may ask for

unknown() { at c1 python3 -IS "$CRAFT" eth0 "$OTHER" "$MC1"; }
ok "a VF is not trusted" demand 0 trust off
is "ip link shows it" "$(shown 0)" "0 0 false false"
fails "its driver gets no other address" at c0 ip link set eth0 address $OTHER
ok "the one that it has it may ask for" at c0 ip link set eth0 address $MC0
at c0 ip link set eth0 promisc on
ok "nor frames that are for nobody" near "$(more c0 rx packets unknown)" 0
at c0 ip link set eth0 promisc off
at c0 ip link add link eth0 name more type macvlan mode bridge
at c0 ip link set more address $OTHER up
ok "nor those for a further address" near "$(more c0 rx packets unknown)" 0
at c0 ip link del more
ok "it works otherwise" pinged c0 $C1
ok "it is trusted again" demand 0 trust on
at c0 ip link set eth0 promisc on
ok "then it gets them" near "$(more c0 rx packets unknown)" "$ALL"
at c0 ip link set eth0 promisc off
if [[ -e $FAULT ]]; then
	# it may be a counter that the card refuses
	no_demand() {
		local try
		for try in {1..10}; do
			echo status >$FAULT
			demand 0 vlan 9 || return 1
			echo none >$FAULT
			demand 0 vlan 0
		done
	}
	fails "what the card refuses is not demanded" no_demand
	echo none >$FAULT
	is "nothing has changed by that" "$(shown 0)" "0 0 false true"
	ok "they reach each other" pinged c0 $C1
fi

# Switchdev mode

ok "a VLAN in legacy mode" demand 0 vlan 100 spoofchk on
ok "does not count in switchdev mode" devlink dev eswitch set "pci/$(card_pf)" mode switchdev
ip link add br0 type bridge
ip link set br0 up
for vf in 0 2; do ip link set "$(card_port pf0vf$vf)" up master br0; done
ok "where the host forwards" eval "at c0 ip neigh flush all; wait_for 10 pinged c0 $C2"
fails "and nothing can be demanded" demand 0 vlan 5
ip link del br0
ok "legacy mode again" devlink dev eswitch set "pci/$(card_pf)" mode legacy
is "with what was demanded there" "$(shown 0)" "100 0 true true"
ok "which counts again" silent c0 $C2
ok "until it is not demanded any more" demand 0 vlan 0 spoofchk off
ok "they reach each other" eval "at c0 ip neigh flush all; pinged c0 $C2"
net_reset
finish
