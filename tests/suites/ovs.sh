#!/bin/bash
# Open vSwitch as distributions ship it: representors and the uplink are ports of its bridge, and with hw-offload the card
# follows its flows. Runs as root in a lab with a card of three VFs or more.
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/tap.sh
. "$HERE/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$HERE/../lib/net.sh"

C0=10.0.0.10 C1=10.0.0.11 C2=10.0.0.12 OUT=10.0.0.21
MC0=02:5d:00:00:00:10 MC1=02:5d:00:00:00:11 MC2=02:5d:00:00:00:12
RUN=/run/openvswitch

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn2 ]] || bail "the card has less than three VFs"
# act_csum and its like are loaded when somebody asks for them
modprobe openvswitch || bail "there is no openvswitch"
net_reset
DEV=pci/$(card_pf)
UPLINK=$(pf_netdev)

daemon() { "$1" "${@:2}" --detach --pidfile --log-file="$RUN/$1.log"; } >/dev/null 2>&1
ovs_begin() {
	mkdir -p $RUN
	ovsdb-tool create $RUN/conf.db /usr/share/openvswitch/vswitch.ovsschema &&
		daemon ovsdb-server $RUN/conf.db --remote=punix:$RUN/db.sock && ovs-vsctl --no-wait init &&
		ovs-vsctl --no-wait set Open_vSwitch . other_config:hw-offload=true other_config:max-idle=5000 &&
		daemon ovs-vswitchd && ovs-vsctl add-br br0
}
ovs_end() {
	ovs-appctl -t ovs-vswitchd exit --cleanup
	ovs-appctl -t ovsdb-server exit
} >/dev/null 2>&1
# flows PATTERN: those that the card follows; flow_packets PATTERN: what they have taken
flows() { ovs-appctl dpctl/dump-flows type=offloaded | grep -E "$1"; }
flow_packets() { flows "$1" | grep -o 'packets:[0-9]*' | cut -d: -f2 | awk '{ n += $1 } END { print n + 0 }'; }
took() { (($(flow_packets "$1") >= $2)); }
# of pings that go on, so that the flow is there
pinged() { at "$1" ping -q -c "${3:-10}" -i 0.1 -W 2 "$2"; }
silent() { ! at "$1" ping -q -c 2 -i 0.2 -W 1 "$2"; }
seen() { ip -j -s link show dev "$1" | jq ".[0].stats64.rx.packets"; }
used() { devlink -j resource show "$DEV" | jq '.resources[][] | select(.name == "flow_rules") | .occ'; }
no_rules() { (($(used) == 0)); }
from_to() { echo "src=$1,dst=$2.*eth_type\(0x0800\)"; }

ip link set "$UPLINK" up
ok "switchdev mode" devlink dev eswitch set "$DEV" mode switchdev
R0=$(card_port pf0vf0) R1=$(card_port pf0vf1) R2=$(card_port pf0vf2)
for dev in "$R0" "$R1" "$R2"; do ip link set "$dev" up; done
ok "a container" container c0 0 $C0/24 mac $MC0
ok "another one" container c1 1 $C1/24 mac $MC1
ok "a third one" container c2 2 $C2/24 mac $MC2
ok "Open vSwitch" ovs_begin
diag "$(ovs-vsctl --version | head -n 1)"
ok "has representors and the uplink as ports" ovs-vsctl add-port br0 "$R0" -- add-port br0 "$R1" -- add-port br0 "$R2" -- add-port br0 "$UPLINK"

# What it learns

ok "pings come across" pinged c0 $C1
there=$(from_to $MC0 $MC1) back=$(from_to $MC1 $MC0)
ok "the card follows the flow" wait_for 10 flows "$there"
ok "and the one back" wait_for 10 flows "$back"
before=$(seen "$R0")
ok "pings go on" pinged c0 $C1
# a neighbour may be asked for meanwhile
ok "past the host" test $(($(seen "$R0") - before)) -le 2
# those before the card had the flow it has not taken
ok "Open vSwitch sees how many they were" wait_for 10 took "$there" 10
serve c1
ok "TCP, in frames larger than an MTU" whole c0 tx transfer c0 $C1
diag "$MOVED"
ok "and back" whole c0 rx transfer c0 $C1 -R
diag "$MOVED"
serve_end c1
ok "what is sent is what is received" copy c0 c1 $C1
ok "to the third one as well" pinged c0 $C2
at c0 ping -q -c 50 -i 0.2 -W 2 $C1 >"$NET_TMP/pings" &
ping=$!
sleep 7
ok "a flow in use stays, however little the host sees of it" flows "$there"
took=$(flow_packets "$there")
wait $ping
like "no ping was lost meanwhile" "$(<"$NET_TMP/pings")" ' 50 received'
ok "it is the same flow" test "$(flow_packets "$there")" -gt "$took"
ok "flows that nobody uses go, and the card's rules with them" wait_for 30 no_rules

# What it is told

ok "a flow that drops" ovs-ofctl add-flow br0 "priority=100,dl_src=$MC0,dl_dst=$MC1,actions=drop"
ok "nothing comes across" silent c0 $C1
drops() { flows "src=$MC0,dst=$MC1.*actions:drop"; }
ok "it is the card that drops" drops
ok "others are not meant" pinged c0 $C2
ok "the flow is removed" ovs-ofctl del-flows br0 "dl_src=$MC0,dl_dst=$MC1"
ok "pings come across again" pinged c0 $C1

# What it is told of connections: who is not asked says nothing

stateful() {
	ovs-ofctl del-flows br0 && ovs-ofctl add-flows br0 - <<-EOT
		table=0,priority=1,arp,actions=normal
		table=0,priority=2,ip,ct_state=-trk,actions=ct(table=1,zone=5)
		table=1,priority=1,ip,actions=drop
		table=1,priority=2,ip,ct_state=+trk+new,dl_src=$MC0,actions=ct(commit,zone=5,exec(set_field:0x17->ct_mark)),normal
		table=1,priority=2,ip,ct_state=+trk+est,ct_mark=0x17,actions=normal
	EOT
}
# recirculation between tc and Open vSwitch: it keeps these flows to itself where the kernel lacks that, as Debian's does
recirculates() { zgrep -q '^CONFIG_NET_TC_SKB_EXT=y' /proc/config.gz || grep -q '^CONFIG_NET_TC_SKB_EXT=y' "/boot/config-$(uname -r)"; } 2>/dev/null
on_card() {
	if recirculates; then ok "$@"; else skip "$1" "this kernel has no CONFIG_NET_TC_SKB_EXT"; fi
}
ok "a pipeline with connections" stateful
serve c1
before=$(seen "$R0")
ok "TCP comes across" whole c0 tx transfer c0 $C1 -t 4
diag "$MOVED, $(($(seen "$R0") - before)) by the host"
on_card "most of it past the host" test $(($(seen "$R0") - before)) -le $((FRAMES / 2))
on_card "the card asks for connections" flows 'recirc_id\(0\).*actions:ct\(zone=5\),recirc'
on_card "and follows those that are established" took 'ct_state\(.*\+est.*src='$MC0 100
ok "what is sent is what is received" copy c0 c1 $C1
serve_end c1
serve c0
ok "who is not asked says nothing" eval "! at c1 timeout 3 socat -u FILE:/etc/hostname TCP:$C0:5201,connect-timeout=2"
serve_end c0
ok "without it all is as before" eval "ovs-ofctl del-flows br0 && ovs-ofctl add-flow br0 priority=0,actions=normal && pinged c0 $C1"

# VLANs, and the wire

outside() {
	ip netns add out && ip link add w0 type veth peer name eth0 netns out && ip link set w0 up &&
		ip -n out link set eth0 up && ip -n out link add link eth0 name eth0.100 type vlan id 100 && place_up out eth0.100 $OUT/24
}
ok "a netdev on the wire, which has a VLAN" eval 'outside && echo "netdev w0" >"$CARD/wire"'
ok "a container is in that VLAN" ovs-vsctl set port "$R0" tag=100
ok "pings go out and come in" pinged c0 $OUT 20
ok "the card puts the tag on" wait_for 10 flows 'actions:push_vlan\(vid=100'
ok "and takes it off" wait_for 10 flows 'vlan\(vid=100.*actions:pop_vlan'
ok "who is in another VLAN does not hear it" silent c0 $C1
ok "until it is in the same" ovs-vsctl set port "$R1" tag=100
ok "then it does" pinged c0 $C1
ok "no VLANs any more" ovs-vsctl clear port "$R0" tag -- clear port "$R1" tag

# It leaves and comes again

at c0 ping -q -c 100 -i 0.1 -W 2 $C1 >"$NET_TMP/pings" &
ping=$!
sleep 1
ok "Open vSwitch ends" ovs-appctl -t ovs-vswitchd exit
sleep 1
ok "and comes again" daemon ovs-vswitchd
wait $ping
received=$(grep -o '[0-9]* received' "$NET_TMP/pings" | cut -d' ' -f1)
ok "pings went on, with some lost at most" test "$received" -ge 70
diag "$(grep received "$NET_TMP/pings")"
ok "pings come across" pinged c0 $C1
ok "by a flow that the card follows" wait_for 10 flows "$there"

# It goes

ok "a bridge goes" ovs-vsctl del-br br0
ok "the card has no rules any more" wait_for 10 no_rules
ok "nothing comes across" silent c0 $C1
ovs_end
ok "legacy mode" devlink dev eswitch set "$DEV" mode legacy
ok "where the card forwards" eval "ip -n c0 neigh flush all; pinged c0 $C1"
echo none >"$CARD/wire"
ip link del w0
net_reset
finish
