#!/bin/bash
# A bridge of the host with representors and the uplink as its ports: where it knows an address the card forwards by itself.
# Runs as root in a lab with a card of three VFs or more.
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/tap.sh
. "$HERE/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$HERE/../lib/net.sh"

C0=10.0.0.10 C1=10.0.0.11 C2=10.0.0.12 OUT=10.0.0.21
MC0=02:5d:00:00:00:10 MC1=02:5d:00:00:00:11 MC2=02:5d:00:00:00:12 STATIC=02:5d:00:00:00:77
CRAFT=$HERE/../lib/frames.py

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn2 ]] || bail "the card has less than three VFs"
net_reset
DEV=pci/$(card_pf)
UPLINK=$(pf_netdev)

# frames that the host has had from our ports; NOTED: before
seen() {
	local dev all=0 packets
	for dev in "$R0" "$R1" "$R2" "$UPLINK"; do
		read -r packets <"/sys/class/net/$dev/statistics/rx_packets" && all=$((all + packets))
	done
	echo $all
}
note() { NOTED=$(seen); }
few() { local now; now=$(($(seen) - NOTED)); echo "$now frames"; ((now <= ${1:-6})); }
used() { devlink -j resource show "$DEV" | jq '.resources[][] | select(.name == "flow_rules") | .occ'; }
uses() { [[ $(used) == "$1" ]]; }
# offloaded NETDEV MAC [WORD…]: the bridge knows that the card forwards to it
offloaded() { bridge fdb show dev "$1" | grep -i "^$2 ${3+$3 }" | grep -q offload; }
gone() { ! bridge fdb show br br0 | grep -qi "^$1"; }
pinged() { at "$1" ping -q -c "${3:-5}" -i 0.05 -W 2 "$2"; }
silent() { ! at "$1" ping -q -c 2 -i 0.2 -W 1 "$2"; }
# past FROM ADDR: pings that the host sees few of, once it has learnt
past() { pinged "$1" "$2" && pause 0.3 && note && pinged "$1" "$2" 20 && few; }

ip link set "$UPLINK" up
ok "switchdev mode" devlink dev eswitch set "$DEV" mode switchdev
R0=$(card_port pf0vf0) R1=$(card_port pf0vf1) R2=$(card_port pf0vf2)
ok "containers" eval "container c0 0 $C0/24 mac $MC0 && container c1 1 $C1/24 mac $MC1 && container c2 2 $C2/24 mac $MC2"
ip link add br0 type bridge && ip link set br0 up
ok "a bridge" eval 'for dev in "$R0" "$R1" "$R2" "$UPLINK"; do ip link set "$dev" up master br0 || exit; done'

# What it learns

ok "they have a link with it" eval 'link c0 up && link c1 up && link c2 up'
ok "pings come across" pinged c0 $C1
ok "what the bridge has learnt the card knows" wait_for 5 offloaded "$R0" $MC0
ok "of both" wait_for 5 offloaded "$R1" $MC1
ok "pings go past the host" past c0 $C1
serve c1
note
ok "TCP, in frames larger than an MTU" whole c0 tx transfer c0 $C1
diag "$MOVED, $(few 0)"
ok "past the host" few 20
ok "and back" whole c0 rx transfer c0 $C1 -R
serve_end c1
ok "what is sent is what is received" copy c0 c1 $C1
ok "every datagram arrives, in order" datagrams c0 c1 $C1
ok "a third one" past c2 $C0
ok "who has moved is found where it is" eval "$(printf '%q ' at c2 "$CRAFT" eth0 $MC0 $MC1) && wait_for 5 offloaded $R2 $MC1"
ok "and when it is back" eval "pinged c1 $C0 && wait_for 5 offloaded $R1 $MC1 && past c0 $C1"
ok "what somebody says is so" bridge fdb add $STATIC dev "$R1" master static
ok "the card knows it" wait_for 5 offloaded "$R1" $STATIC
ok "until it is taken back" bridge fdb del $STATIC dev "$R1" master
ok "then it is gone" wait_for 5 gone $STATIC

# What it does not forward

ok "isolated ports" eval "bridge link set dev $R0 isolated on && bridge link set dev $R1 isolated on"
ok "do not hear each other" silent c0 $C1
ok "but others" pinged c0 $C2
ok "until they are not any more" eval "bridge link set dev $R0 isolated off && bridge link set dev $R1 isolated off && past c0 $C1"
ok "a port that the spanning tree has put down" bridge link set dev "$R1" state 0
ok "hears nothing" silent c0 $C1
ok "until it forwards again" eval "bridge link set dev $R1 state 3 && past c0 $C1"

# VLANs

ok "a bridge that looks at VLANs" ip link set br0 type bridge vlan_filtering 1
ok "where all are in one it is as before" past c0 $C1
ok "one in another VLAN" eval "bridge vlan add dev $R0 vid 10 pvid untagged && bridge vlan del dev $R0 vid 1"
ok "does not hear the others" silent c0 $C1
ok "until they are in it" eval "bridge vlan add dev $R1 vid 10 pvid untagged && past c0 $C1"
ok "the card knows its VLAN" offloaded "$R0" $MC0 'vlan 10'
ok "one with a tag" eval "bridge vlan add dev $R2 vid 10 && at c2 ip link add link eth0 name eth0.10 type vlan id 10 &&
	at c2 ip addr flush dev eth0 && at c2 ip link set eth0.10 up && at c2 ip addr add $C2/24 dev eth0.10"
ok "hears those without" past c0 $C2
ok "and they hear it" past c2 $C1
serve c2
note
ok "TCP, too" whole c0 tx transfer c0 $C2
diag "$MOVED, $(few 0)"
ok "past the host" few 20
serve_end c2
ok "what is sent is what is received" copy c0 c2 $C2
ok "a VLAN is taken away" bridge vlan del dev "$R2" vid 10
ok "then it does not" silent c0 $C2
ok "without filtering tags are no matter" eval "ip link set br0 type bridge vlan_filtering 0 && past c0 $C1"
at c2 ip link del eth0.10

# The wire

outside() {
	ip netns add out && ip link add w0 type veth peer name eth0 netns out && ip link set w0 up && place_up out eth0 $OUT/24
}
ok "a netdev on the wire" eval 'outside && echo "netdev w0" >"$CARD/wire"'
ok "is reached past the host" past c0 $OUT
ok "and reaches others so" past out $C1

# Ageing

ok "addresses age after eight seconds" ip link set br0 type bridge ageing_time 800
at c0 ping -q -i 0.2 -c 60 -W 2 $C1 >"$NET_TMP/pings" &
ping=$!
pause 1
note
wait $ping
like "pings go on for twelve" "$(<"$NET_TMP/pings")" ' 60 received'
ok "the host sees few of them" few 3
ok "who sends is not forgotten" offloaded "$R0" $MC0
ok "who does not is" wait_for 40 gone $MC0
ok "and the card's rules are gone" wait_for 20 uses 0
ok "it is learnt anew" past c0 $C1

# More than there is room for

ip link set br0 type bridge ageing_time 30000
# 33000 addresses take two rules each; in a checked or emulated kernel that takes minutes
if [[ $SOFTDPU_LAB == uml ]]; then
	for ((i = 0; i < 33000; i++)); do
		printf 'fdb add 02:5e:00:00:%02x:%02x dev %s master static\n' $((i >> 8)) $((i & 255)) "$R1"
	done >"$NET_TMP/batch"
	ok "more addresses than the card has room for" bridge -batch "$NET_TMP/batch"
	full() { (($(used) >= 65534)); }
	ok "it takes half of its rules for them" wait_for 60 full
	pause 1
	is "and no more" "$(($(used) <= 65536))" 1
	tc qdisc add dev "$R2" clsact
	ok "there is room for a rule of tc" tc filter add dev "$R2" ingress protocol all prio 1 flower skip_sw dst_mac $STATIC action drop
	tc qdisc del dev "$R2" clsact
	ok "who is not known to the card is reached by the host" pinged c0 $C1
fi

# It goes

ok "the uplink stays, but in legacy mode" devlink dev eswitch set "$DEV" mode legacy
ok "where the card knows of no bridge" uses 0
ok "and forwards by itself" pinged c0 $C1
ok "switchdev mode again" devlink dev eswitch set "$DEV" mode switchdev
R0=$(card_port pf0vf0) R1=$(card_port pf0vf1) R2=$(card_port pf0vf2)
ok "representors are put into the bridge again" eval 'for dev in "$R0" "$R1"; do ip link set "$dev" up master br0 || exit; done; link c0 up && link c1 up'
ok "the uplink is in it still" past c0 $OUT
ok "the card knows it" offloaded "$UPLINK" "$(mac_of out)"
at c0 ping -q -f -w 3 $C1 >/dev/null 2>&1 &
ping=$!
pause 1
ok "a bridge goes under traffic" ip link del br0
wait $ping
ok "nothing is left" wait_for 5 uses 0
ok "nothing comes across" silent c0 $C1
echo none >"$CARD/wire"
ip link del w0
net_reset
finish
