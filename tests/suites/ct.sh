#!/bin/bash
# Rules that lead from one to another: chains of tc, connections that are tracked (act_ct), and nft flowtables with the flag
# offload, between two containers behind representors. Runs as root in a lab with a card of two VFs or more.
# shellcheck disable=SC2317  # ok and fails call functions by name
# shellcheck disable=SC2046  # words
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/tap.sh
. "$HERE/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$HERE/../lib/net.sh"

C0=10.0.0.10 C1=10.0.0.11 VIP=10.0.0.99
MC0=02:5d:00:00:00:10 MC1=02:5d:00:00:00:11 OTHER=02:5d:00:00:00:99

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn1 ]] || bail "the card has less than two VFs"
net_reset
DEV=pci/$(card_pf)

# rule NETDEV CHAIN PRIORITY PROTOCOL MATCH… action …
rule() { tc filter add dev "$1" ingress chain "$2" prio "$3" protocol "$4" flower "${@:5}"; }
redirect() { echo "action mirred egress redirect dev $1"; }
# of_rule NETDEV CHAIN PRIORITY FILTER: what tc shows of that rule
of_rule() {
	tc -j -s filter show dev "$1" ingress |
		jq -r "[.[] | select(.options.actions and .pref == $3 and (.chain // 0) == $2)][0].options | $4"
}
# took NETDEV CHAIN PRIORITY: frames that the card says the rule took; and the kernel
took() { of_rule "$1" "$2" "$3" '.actions[-1].stats.hw_packets // 0'; }
had() { of_rule "$1" "$2" "$3" '.actions[-1].stats | .packets - (.hw_packets // 0)'; }
# by NETDEV CHAIN PRIORITY: who follows it
by() { of_rule "$1" "$2" "$3" '"\(.in_hw // false) \(.not_in_hw // false)"'; }
# of all chains
clear_rules() {
	local dev
	for dev in "$R0" "$R1"; do tc qdisc del dev "$dev" clsact && tc qdisc add dev "$dev" clsact; done
}
# seen NETDEV: frames that the host has had from there; SEEN: before
seen() { ip -j -s link show dev "$1" | jq ".[0].stats64.rx.packets"; }
note() { SEEN=$(($(seen "$R0") + $(seen "$R1"))); }
# few COUNT: the host has had no more since then
few() { local now=$(($(seen "$R0") + $(seen "$R1"))); echo "$((now - SEEN)) frames"; ((now - SEEN <= $1)); }
used() { devlink -j resource show "$DEV" | jq '.resources[][] | select(.name == "flow_rules") | .occ'; }
uses() { [[ $(used) == "$1" ]]; }
more_than() { (($(used) > $1)); }
pinged() { at c0 ping -q -c 5 -i 0.05 -W 2 "$1"; }
silent() { ! at c0 ping -q -c 2 -i 0.2 -W 1 "$1"; }

ip link set "$(pf_netdev)" up
ok "switchdev mode" devlink dev eswitch set "$DEV" mode switchdev
R0=$(card_port pf0vf0) R1=$(card_port pf0vf1)
for dev in "$R0" "$R1"; do ip link set "$dev" up && tc qdisc add dev "$dev" clsact; done
ok "a container" container c0 0 $C0/24 mac $MC0
ok "another one" container c1 1 $C1/24 mac $MC1
at c0 ip neigh replace $C1 lladdr $MC1 dev eth0
at c1 ip neigh replace $C0 lladdr $MC0 dev eth0

# Chains

back() { rule "$R1" 0 1 all skip_sw dst_mac $MC0 $(redirect "$R0"); }
back
ok "a rule that leads to another chain" rule "$R0" 0 1 all skip_sw dst_mac $MC1 action goto chain 5
ok "where another one takes frames" rule "$R0" 5 1 all skip_sw src_mac $MC0 $(redirect "$R1")
is "the card follows both" "$(by "$R0" 0 1), $(by "$R0" 5 1)" "true false, true false"
note
ok "pings come across" pinged $C1
ok "past the host" few 2
is "both have counted them" "$(($(took "$R0" 0 1) >= 5)) $(took "$R0" 0 1)" "1 $(took "$R0" 5 1)"
before=$(took "$R0" 0 1)
tc filter del dev "$R0" ingress chain 5
note
ok "without the second nothing does" silent $C1
fails "it is the host's" few 1
is "and the first has not counted it" "$(took "$R0" 0 1)" "$before"
ok "there may be a way around" rule "$R0" 5 2 all skip_sw action goto chain 6
rule "$R0" 6 1 ip skip_sw ip_proto icmp action goto chain 7
rule "$R0" 7 1 all skip_sw $(redirect "$R1")
ok "over several chains" pinged $C1
tc filter del dev "$R0" ingress chain 7
rule "$R0" 7 1 all skip_sw action goto chain 6
note
ok "not in a circle" silent $C1
fails "that is the host's as well" few 1
clear_rules
back
rule "$R0" 0 1 all skip_sw dst_mac $OTHER action vlan push id 7 pipe action goto chain 3
rule "$R0" 3 1 802.1q skip_sw vlan_id 7 action vlan pop pipe action pedit ex munge eth dst set $MC1 pipe $(redirect "$R1")
rule "$R0" 0 9 ip skip_hw dst_mac $OTHER action drop
at c0 ip neigh replace $C1 lladdr $OTHER dev eth0
note
ok "a chain sees what the one before has made of a frame" pinged $C1
ok "on the card" few 2
tc filter del dev "$R0" ingress chain 3
ok "if it takes none" silent $C1
ok "it is the host's as it came" test "$(had "$R0" 0 9)" -ge 2
at c0 ip neigh replace $C1 lladdr $MC1 dev eth0
clear_rules
ok "the way to chain 0 is refused" refusal 'chain 0' rule "$R0" 4 1 all skip_sw action goto chain 0
ok "so is going on behind a mirror" refusal 'goto' rule "$R0" 0 1 all skip_sw action mirred egress mirror dev "$R1" pipe action goto chain 1
is "no rule is left" "$(used)" 0

# Connections

# both ways NETDEV → NETDEV in zone 1, as Open vSwitch has it: all but what commits is the card's, too
track() {
	local from to
	for from in "$R0" "$R1"; do
		to=$R0
		[[ $from == "$R1" ]] || to=$R1
		rule "$from" 0 1 arp $(redirect "$to") &&
			rule "$from" 0 2 ip ct_state -trk action ct zone 1 pipe action goto chain 1 &&
			rule "$from" 1 1 ip ct_state +trk+new action ct commit zone 1 mark 0x17 pipe $(redirect "$to") &&
			rule "$from" 1 2 ip ct_state +trk+est ct_zone 1 ct_mark 0x17 $(redirect "$to") || return 1
	done
}
ok "rules that track connections" track
is "the card follows those that ask" "$(by "$R0" 0 2)" "true false"
is "and those for established ones" "$(by "$R0" 1 2)" "true false"
is "what commits is the host's" "$(by "$R0" 1 1)" "false true"
rules=$(used)
serve c1
note
ok "TCP comes across" whole c0 tx transfer c0 $C1 -t 2
diag "$MOVED, $(few 0)"
ok "most of it past the host" few $((FRAMES / 2))
ok "the rule for established connections has counted it" test "$(took "$R0" 1 2)" -ge $((FRAMES / 2))
ok "and for answers" test "$(took "$R1" 1 2)" -gt 0
ok "the one that asks, too" test "$(took "$R0" 0 2)" -ge $((FRAMES / 2))
ok "connections are gone some time after their end" wait_for 40 uses "$rules"
ok "the other way" whole c0 rx transfer c0 $C1 -t 1 -R
ok "what is sent is what is received" copy c0 c1 $C1
# talk ADDR SECONDS: datagrams of the first there and back; true if all but a few come back
talk() {
	local server
	ip netns exec c1 python3 -IS -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 7790))
while True:
    data, who = s.recvfrom(2000)
    s.sendto(data, who)' &
	server=$!
	at c0 python3 -IS -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect((sys.argv[1], 7790))
s.settimeout(1)
sent = back = 0
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    try:
        s.send(b"%d" % sent)
        sent += 1
        back += s.recv(2000) == b"%d" % (sent - 1)
    except OSError:
        time.sleep(0.05)
    time.sleep(0.002)
print(sent, back)
sys.exit(not back or back < sent - 20)' "$1" "$2"
	set -- $?
	kill $server
	wait $server 2>/dev/null
	return "$1"
}
note
ok "UDP, there and back" talk $C1 4
ok "that is a connection of the card's as well" more_than "$rules"
is "what has no mark is not taken for what has" "$(tc filter del dev "$R0" ingress chain 1 prio 2 && rule "$R0" 1 2 ip ct_state +trk+est ct_mark 0x18 $(redirect "$R1"); talk $C1 1 >/dev/null; took "$R0" 1 2)" 0
ok "a rule with the right one follows" eval "tc filter del dev $R0 ingress chain 1 prio 2 && rule $R0 1 2 ip ct_state +trk+est ct_mark 0x17/0xff $(redirect "$R1") && talk $C1 2"
ok "and takes them" test "$(took "$R0" 1 2)" -gt 0
ok "what the card does not know of is refused" refusal '\+est' rule "$R0" 1 3 ip skip_sw ct_state +trk+inv action drop
ok "so is what makes a connection" refusal 'commit' rule "$R0" 1 3 ip skip_sw action ct commit zone 1 pipe $(redirect "$R1")
ok "and two zones in a rule" refusal 'one zone' rule "$R0" 1 3 ip skip_sw action ct zone 1 pipe action ct zone 2 pipe action goto chain 2
clear_rules
is "with the rules their connections go" "$(used)" 0

# With NAT: who talks to VIP talks to the second one

nat() {
	rule "$R0" 0 1 ip dst_ip $VIP ct_state -trk action ct zone 2 nat pipe action goto chain 1 &&
		rule "$R0" 1 1 ip ct_state +trk+new action ct commit zone 2 nat dst addr $C1 pipe $(redirect "$R1") &&
		rule "$R0" 1 2 ip ct_state +trk+est $(redirect "$R1") &&
		rule "$R1" 0 1 ip ct_state -trk action ct zone 2 nat pipe action goto chain 1 &&
		rule "$R1" 1 2 ip ct_state +trk+est+rpl $(redirect "$R0")
}
at c0 ip neigh replace $VIP lladdr $MC1 dev eth0
ok "rules with NAT" nat
note
ok "TCP to another address" whole c0 tx transfer c0 $VIP -t 2
diag "$MOVED, $(few 0)"
ok "most of it past the host" few $((FRAMES / 2))
ok "there" test "$(took "$R0" 1 2)" -ge $((FRAMES / 2))
ok "and back" test "$(took "$R1" 1 2)" -gt 0
ok "what is sent is what is received" copy c0 c1 $VIP
ok "UDP" talk $VIP 2
is "no checksum is wrong" "$(csum_errors c0) $(csum_errors c1)" "0 0"
clear_rules
is "nothing is left" "$(used)" 0

# nft flowtables: the host routes between two networks

for dev in "$R0" "$R1"; do tc qdisc del dev "$dev" clsact; done
route() {
	at "c$1" ip addr flush dev eth0 && at "c$1" ip addr add "10.$1.0.2/24" dev eth0 &&
		at "c$1" ip route add default via "10.$1.0.1" && ip addr add "10.$1.0.1/24" dev "$2"
}
echo 1 >/proc/sys/net/ipv4/ip_forward
ok "a network at each representor" eval "route 0 $R0 && route 1 $R1"
ok "the host routes" pinged 10.1.0.2
flowtable() {
	nft -f - <<EOT
table ip routed {
	flowtable f {
		hook ingress priority 0
		devices = { "$R0", "$R1" }
		flags offload
	}
	chain forward {
		type filter hook forward priority 0
		meta l4proto { tcp, udp } flow add @f
	}
	$1
}
EOT
}
ok "a flowtable with offload" flowtable ''
note
ok "TCP comes across" whole c0 tx transfer c0 10.1.0.2 -t 3
diag "$MOVED, $(few 0)"
ok "most of it past the host" few $((FRAMES / 2))
ok "and back" whole c0 rx transfer c0 10.1.0.2 -t 2 -R
ok "what is sent is what is received" copy c0 c1 10.1.0.2
ok "UDP, there and back" talk 10.1.0.2 3
ok "by rules of the card" more_than 1
# hops COUNT: as many as datagrams have left when they arrive
hops() {
	local got
	at c1 timeout 20 python3 -IS -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(0, 12, 1)  # IP_RECVTTL
s.bind(("", 7791))
s.settimeout(5)
seen = set()
try:
    while True:
        data, more, _, who = s.recvmsg(2000, 64)
        seen.add(more[0][2][0])
        s.sendto(data, who)
except TimeoutError:
    print(*sorted(seen))' >"$NET_TMP/hops" &
	got=$!
	at c0 python3 -IS -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(0, 2, int(sys.argv[2]))  # IP_TTL
s.settimeout(0.5)
end = time.monotonic() + 3
while time.monotonic() < end:
    s.sendto(b"ttl", (sys.argv[1], 7791))
    try:
        s.recv(100)
    except OSError:
        pass
    time.sleep(0.01)' 10.1.0.2 "$1"
	wait $got
	cat "$NET_TMP/hops"
}
is "a hop is a hop, on the card, too" "$(hops 17)" 16
ok "the flowtable goes" nft delete table ip routed
ok "and its connections with it" wait_for 10 uses 0
ok "the host routes again" pinged 10.1.0.2
ok "one with NAT" flowtable 'chain post { type nat hook postrouting priority 100; oifname "'"$R1"'" masquerade; }'
note
ok "TCP comes across" whole c0 tx transfer c0 10.1.0.2 -t 3
diag "$MOVED, $(few 0)"
ok "most of it past the host" few $((FRAMES / 2))
ok "what is sent is what is received" copy c0 c1 10.1.0.2
ok "UDP, there and back" talk 10.1.0.2 2
is "no checksum is wrong" "$(csum_errors c0) $(csum_errors c1)" "0 0"
ok "legacy mode, with connections under way" eval "talk 10.1.0.2 1 >/dev/null; devlink dev eswitch set $DEV mode legacy"
is "none is left" "$(used)" 0
nft delete table ip routed 2>/dev/null
echo 0 >/proc/sys/net/ipv4/ip_forward
net_reset
finish
