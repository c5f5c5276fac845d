#!/bin/bash
# tc flower rules that the card follows by itself: between containers behind representors, and along the wire to those of
# another card. Runs as root in a lab with a card of three VFs or more.
#   TEST_ROUNDS=20   how often rules come and go under traffic; with 20 there are ten thousand of them once, else a thousand
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/tap.sh
. "$HERE/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$HERE/../lib/net.sh"

ROUNDS=${TEST_ROUNDS:-20}
MANY=$((ROUNDS < 20 ? 1000 : 10000))
C0=10.0.0.10 C1=10.0.0.11 F1=10.0.0.21 V0=10.0.10.10 V1=10.0.10.11 VIP=10.0.0.99
MC0=02:5d:00:00:00:10 MC1=02:5d:00:00:00:11 MC2=02:5d:00:00:00:12 MF1=02:5d:00:00:00:21 OTHER=02:5d:00:00:00:99
FAR=/sys/bus/softdpu/devices/softdpu1
FAULT=/sys/kernel/debug/softdpu/0.0/fault
STREAMS=$HERE/../lib/streams.py CRAFT=$HERE/../lib/frames.py

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn2 ]] || bail "the card has less than three VFs"
net_reset
PF=$(card_pf)
DEV=pci/$PF
UPLINK=$(pf_netdev)

set_mode() { devlink dev eswitch set "pci/$(card_pf)" mode "$1"; }
# rule NETDEV PRIORITY PROTOCOL MATCH… action …: a rule that nobody but the card may follow
rule() { tc filter add dev "$1" ingress prio "$2" protocol "$3" flower skip_sw "${@:4}"; }
unrule() { tc filter del dev "$1" ingress prio "$2"; }
# redirect NETDEV: the words for that
redirect() { echo "action mirred egress redirect dev $1"; }
rules() { tc -j -s filter show dev "$1" ingress | jq -c '[.[] | select(.options.actions)]'; }
# of_rule NETDEV PRIORITY FILTER: what tc shows of that rule
of_rule() { rules "$1" | jq -r "[.[] | select(.pref == $2)][0].options | $3"; }
# took NETDEV PRIORITY: frames that the card says the rule took
took() { of_rule "$1" "$2" '.actions[0].stats.hw_packets // 0'; }
clear_rules() {
	local dev
	for dev in "${PORTS[@]}"; do tc filter del dev "$dev" ingress; done 2>/dev/null
	return 0
}
# seen NETDEV: frames that the host has had from there
seen() { ip -j -s link show dev "$1" | jq ".[0].stats64.rx.packets"; }
# ends: the frame that ends what is heard is for all
ends() { rule "$R0" 9 all dst_mac ff:ff:ff:ff:ff:ff action mirred egress mirror dev "$R2" pipe action mirred egress redirect dev "$R1"; }
# used RESOURCE: how many of them, for devlink
used() { devlink -j resource show "$DEV" | jq ".resources[][] | select(.name == \"$1\") | .occ"; }
silent() { ! at c0 ping -q -c 2 -i 0.2 -W 1 "$1"; }

ip link set "$UPLINK" up
ok "switchdev mode" set_mode switchdev
R0=$(card_port pf0vf0) R1=$(card_port pf0vf1) R2=$(card_port pf0vf2)
PORTS=("$R0" "$R1" "$R2" "$UPLINK")
for dev in "${PORTS[@]}"; do ip link set "$dev" up && tc qdisc add dev "$dev" clsact; done
# of one queue: order is what one of them keeps
ok "a container" container c0 0 $C0/24 mac $MC0
ok "another one" container c1 1 $C1/24 mac $MC1
ok "a third one" container c2 2 10.0.0.12/24 mac $MC2 max_vqp 2
for address in $C1/$MC1 $F1/$MF1 $VIP/$MC1; do at c0 ip neigh replace "${address%/*}" lladdr "${address#*/}" dev eth0; done
at c1 ip neigh replace $C0 lladdr $MC0 dev eth0
like "representors offer to follow rules" "$(ethtool -k "$R0")" 'hw-tc-offload: on'
like "so does the uplink" "$(ethtool -k "$UPLINK")" 'hw-tc-offload: on'

# From one to another

ok "without a rule nothing comes across" silent $C1
# shellcheck disable=SC2046  # words
{
	ok "a rule from the first to the second" rule "$R0" 1 all dst_mac $MC1 $(redirect "$R1")
	ok "one back" rule "$R1" 1 all dst_mac $MC0 $(redirect "$R0")
}
is "the card follows it, and nobody else" "$(of_rule "$R0" 1 '"\(.in_hw) \(.skip_sw)"')" "true true"
before=$(seen "$R0")
ok "pings come across" at c0 ping -q -c 20 -i 0.05 -W 2 $C1
is "the host sees none of them" "$(seen "$R0")" "$before"
ok "the port of the VF has counted them" test "$(ethtool -S "$R0" | awk '/port_tx_packets/ { print $2 }')" -ge 20
is "two rules are in use" "$(used flow_rules)" 2
ok "the rule has counted them" test "$(took "$R0" 1)" -ge 20
ok "and their bytes" test "$(of_rule "$R0" 1 '.actions[0].stats.hw_bytes')" -ge $((20 * 98))
serve c1
ok "TCP comes across in frames larger than an MTU" whole c0 tx transfer c0 $C1
diag "$MOVED"
ok "and back" whole c0 rx transfer c0 $C1 -R
diag "$MOVED"
ok "what is sent is what is received" copy c0 c1 $C1
ok "every datagram arrives, in order" datagrams c0 c1 $C1
before=$(took "$R0" 1)
sleep 1.2
is "a rule that takes nothing counts nothing" "$(took "$R0" 1)" "$before"
ok "and says since when" test "$(of_rule "$R0" 1 '.actions[0].last_used')" -ge 1
ends
is "a device gets what the rule says, and nothing else" "$(heard c1 c0 $MC1 $OTHER)" $MC1

# shellcheck disable=SC2046
{
	unrule "$R0" 1
	ok "a rule of priority 5" rule "$R0" 5 all dst_mac $MC1 $(redirect "$R1")
	ok "one of priority 7 that drops pings" rule "$R0" 7 ip ip_proto icmp action drop
	ok "does nothing: pings come across" at c0 ping -q -c 3 -i 0.05 -W 2 $C1
	ok "one of priority 3" rule "$R0" 3 ip ip_proto icmp action drop
	ok "drops them" silent $C1
	is "and says so" "$(took "$R0" 3) $(took "$R0" 7)" "2 0"
	ok "TCP it leaves" copy c0 c1 $C1
	ok "it goes" unrule "$R0" 3
	ok "pings come across again" at c0 ping -q -c 3 -i 0.05 -W 2 $C1
	ok "one that leaves pings to the host" rule "$R0" 3 ip ip_proto icmp action trap
	before=$(seen "$R0")
	ok "does" silent $C1
	is "which sees them" "$(($(seen "$R0") - before))" 2
	unrule "$R0" 3
	ok "a rule is replaced" tc filter replace dev "$R0" ingress prio 5 protocol all handle 1 flower skip_sw dst_mac $MC1 \
		$(redirect "$R2")
	is "by one" "$(rules "$R0" | jq '[.[] | select(.pref == 5)] | length')" 1
	is "that does something else" "$(heard c1 c0 $MC1)" ""
}
clear_rules
ok "the rules go, and nothing comes across any more" silent $C1

# Mirrors

ends
# shellcheck disable=SC2046
ok "a rule to two ports" rule "$R0" 1 all dst_mac $OTHER action mirred egress mirror dev "$R2" $(redirect "$R1")
at c1 ip link set eth0 promisc on
at c2 ip link set eth0 promisc on
is "the first gets it" "$(heard c1 c0 $OTHER)" $OTHER
is "the second, too" "$(heard c2 c0 $OTHER)" $OTHER
is "other frames they do not get" "$(heard c2 c0 $MC2)" ""
at c2 ip link set eth0 promisc off
is "who does not want it does not get it" "$(heard c2 c0 $OTHER)" ""
clear_rules
at c1 ip link set eth0 promisc off

# What rules match: each kind of frame comes in a number of its own

read -ra KINDS < <("$CRAFT" kinds)
# kinds NUMBER: names of the kinds that make this number of frames
kinds() {
	local bit names=()
	for ((bit = 0; bit < ${#KINDS[@]}; bit++)); do
		(($1 >> bit & 1)) && names+=("${KINDS[bit]}")
	done
	echo "${names[*]}"
}
while IFS='|' read -r match want; do
	# shellcheck disable=SC2086  # words
	set -- $match
	if ! said=$(rule "$R0" 1 "$@" action drop 2>&1); then
		is "protocol $* matches$want" "$said" ""
		continue
	fi
	at c0 "$CRAFT" eth0 $MC1 $MC0
	is "protocol $* matches$want" "$(kinds "$(took "$R0" 1)")" "${want# }"
	unrule "$R0" 1
done <<END
all dst_mac $MC1                                    | ${KINDS[*]}
all dst_mac $OTHER                                  |
all dst_mac 02:5d:00:00:00:00/ff:ff:ff:ff:ff:00     | ${KINDS[*]}
all src_mac $MC0                                    | ${KINDS[*]}
ip                                                  | udp udp-port tcp-syn tcp-ack first later other
ip ip_proto udp                                     | udp udp-port first later other
ip ip_proto udp dst_port 7000                       | udp other
ip ip_proto udp src_port 5000 dst_port 7001         | udp-port
ip ip_proto tcp dst_port 7000                       | tcp-syn tcp-ack
ip ip_proto tcp tcp_flags 0x2/0x2                   | tcp-syn
ip ip_proto tcp tcp_flags 0x0/0x2                   | tcp-ack
ip src_ip 10.0.0.0/24                               | udp udp-port tcp-syn tcp-ack first later
ip dst_ip 10.0.1.11                                 | other
ip ip_tos 0xb8/0xfc                                 | other
ip ip_ttl 1                                         | other
ip ip_flags frag                                    | first later
ip ip_flags nofrag                                  | udp udp-port tcp-syn tcp-ack other
ip ip_flags firstfrag                               | first
ip ip_flags nofirstfrag                             | udp udp-port tcp-syn tcp-ack later other
ipv6                                                | udp6
ipv6 src_ip fd00::/64 ip_proto udp dst_port 7000    | udp6
ipv6 dst_ip fd00::12                                |
802.1q                                              | tag10
802.1q vlan_id 10                                   | tag10
802.1q vlan_id 11                                   |
802.1q vlan_prio 3 vlan_ethtype ip ip_proto udp     | tag10
802.1q vlan_id 10 vlan_ethtype ipv6                 |
0x88b5                                              | type
END
# Headers that change

vlans() {
	local c
	for c in 0/$V0 1/$V1; do
		at "c${c%/*}" ip link add link eth0 name v10 type vlan id 10 && place_up "c${c%/*}" v10 "${c#*/}/24" || return 1
	done
	at c0 ip neigh replace $V1 lladdr $MC1 dev v10 && at c1 ip neigh replace $V0 lladdr $MC0 dev v10
}
# shellcheck disable=SC2046
{
	ok "interfaces of a VLAN" vlans
	ok "tags pass as they are" eval "rule $R0 1 802.1q vlan_id 10 $(redirect "$R1") && rule $R1 1 802.1q vlan_id 10 $(redirect "$R0")"
	ok "pings come across" at c0 ping -q -c 3 -i 0.05 -W 2 $V1
	clear_rules
	ok "a tag is pushed, and popped on the way back" eval \
		"rule $R0 1 ip dst_ip $C1 action vlan push id 10 pipe $(redirect "$R1") && rule $R1 1 802.1q vlan_id 10 action vlan pop pipe $(redirect "$R0")"
	at c1 ip addr add $C1/32 dev v10
	at c1 ip route add $C0 dev v10
	at c1 ip neigh replace $C0 lladdr $MC0 dev v10
	ok "pings come across" at c0 ping -q -c 3 -i 0.05 -W 2 $C1
	ok "TCP comes across in frames larger than an MTU" whole c0 tx transfer c0 $C1
	diag "$MOVED"
	ok "and back" whole c0 rx transfer c0 $C1 -R
	diag "$MOVED"
	ok "what is sent is what is received" copy c0 c1 $C1
	at c1 ip route del $C0 dev v10
	at c1 ip addr del $C1/32 dev v10
	clear_rules
	at c0 ip link del v10
	at c0 ip link add link eth0 name v11 type vlan id 11
	place_up c0 v11 $V0/24
	at c0 ip neigh replace $V1 lladdr $MC1 dev v11
	ok "a tag is changed, both ways" eval \
		"rule $R0 1 802.1q vlan_id 11 action vlan modify id 10 pipe $(redirect "$R1") && rule $R1 1 802.1q vlan_id 10 action vlan modify id 11 pipe $(redirect "$R0")"
	ok "pings come across" at c0 ping -q -c 3 -i 0.05 -W 2 $V1
	clear_rules
	at c0 ip link del v11
	at c1 ip link del v10
}

# sums PROTOCOL: the words that have the kernel correct checksums; some kernels cannot, the card does anyway
sums() { ! tc action add action csum ip index 77 || echo "pipe action csum ip and $1"; } 2>/dev/null
# nat PROTOCOL: c0 talks to VIP, which is c1 under another name and another address on the bus
nat() {
	# shellcheck disable=SC2046
	rule "$R0" 1 ip dst_ip $VIP ip_proto "$1" action pedit ex munge ip dst set $C1 munge eth dst set $MC1 $(sums "$1") \
		pipe $(redirect "$R1") &&
		rule "$R1" 1 ip src_ip $C1 ip_proto "$1" action pedit ex munge ip src set $VIP $(sums "$1") pipe $(redirect "$R0")
}
at c0 ip neigh replace $VIP lladdr $OTHER dev eth0
ok "addresses are rewritten, both ways" nat tcp
ok "TCP comes across in frames larger than an MTU" whole c0 tx transfer c0 $VIP
diag "$MOVED"
ok "and back" whole c0 rx transfer c0 $VIP -R
diag "$MOVED"
ok "what is sent is what is received" copy c0 c1 $VIP
clear_rules
ok "UDP as well, and pings" eval "nat udp && nat icmp"
ok "which come across" at c0 ping -q -c 3 -i 0.05 -W 2 $VIP
ok "every datagram arrives, in order" datagrams c0 c1 $VIP
clear_rules
is "no packet had a wrong checksum" "$(csum_errors c0) $(csum_errors c1)" "0 0"

# answered PORT: c1 gets at 7100 what c0 sends to PORT
answered() {
	ip netns exec c1 timeout 20 socat -u UDP-RECV:7100 STDOUT >"$NET_TMP/got" &
	local receiver=$!
	wait_for 10 at c1 sh -c "ss -Hlun sport = :7100 | grep -q ." || return 1
	at c0 sh -c "echo flower | socat -u STDIN UDP-SENDTO:$C1:$1"
	wait_for 5 grep -q flower "$NET_TMP/got"
	local status=$?
	kill $receiver
	wait $receiver 2>/dev/null
	return $status
}
# shellcheck disable=SC2046
rule "$R0" 1 ip ip_proto udp dst_port 7000 action pedit ex munge udp dport set 7100 $(sums udp) pipe $(redirect "$R1")
ok "a port is rewritten" answered 7000
clear_rules
serve_end c1

# What the card does not do

# not_by_card WORD PROTOCOL MATCH… action …: not by the card, with that text; without skip_sw the kernel does it
not_by_card() {
	local word=$1
	shift
	refusal "$word" rule "$R0" 1 "$@" && tc filter add dev "$R0" ingress prio 1 protocol "$1" flower "${@:2}" &&
		[[ $(of_rule "$R0" 1 '.not_in_hw') == true ]] && unrule "$R0" 1
}
TO="action mirred egress redirect dev $R1"
# shellcheck disable=SC2086  # words
{
	ok "other fields of a frame are refused" not_by_card 'looks at' arp arp_op request $TO
	ok "so are ports of nobody's" not_by_card 'same card' all action mirred egress redirect dev lo
	ok "and its own" not_by_card 'nothing back' all action mirred egress redirect dev "$R0"
	ok "other actions are refused" not_by_card 'redirects, mirrors' all action mirred ingress mirror dev "$R1" pipe $TO
	ok "a mirror alone is" not_by_card 'ends with' all action mirred egress mirror dev "$R1"
	ok "what the card would do, and the host once more" not_by_card 'nothing else' all action mirred egress mirror dev "$R1" pipe action pass
	ok "bits that must not change" not_by_card 'rewrites' ip ip_proto tcp action pedit ex munge ip protocol set 17 pipe $TO
	ok "what is maybe not there" not_by_card 'has to match' ip action pedit ex munge ip dst set $C1 pipe $TO
	ok "what is behind two tags" not_by_card 'behind two' 802.1q vlan_ethtype ip ip_proto tcp action vlan push id 5 pipe action pedit ex munge tcp dport set 80 pipe $TO
	ok "a tag that it does not know" not_by_card '802.1Q' ip action vlan modify id 5 pipe $TO
	ok "bits that are to be inverted" not_by_card 'sets bits' ip ip_proto tcp action pedit ex munge ip dst invert pipe $TO
	ok "a third tag" not_by_card 'two VLAN' all action vlan push id 1 pipe action vlan push id 2 pipe action vlan push id 3 pipe $TO
}
# no_rule: the card says no to a rule, as to nearly all that it is asked meanwhile. tc asks for counters of VFs before.
no_rule() {
	local said faults try
	(while echo status >$FAULT; do :; done) &
	faults=$!
	for try in {1..50}; do
		said=$(rule "$R0" 1 all action drop 2>&1) || break
		echo "try $try: it was taken"
		unrule "$R0" 1
	done
	kill $faults
	wait $faults 2>/dev/null
	echo none >$FAULT
	echo "$said"
	grep -q 'does not take' <<<"$said"
}
if [[ -e $FAULT ]]; then
	ok "a rule that the card does not take is refused" no_rule
	is "and is not there" "$(rules "$R0" | jq length)" 0
	ok "it can be asked for again" rule "$R0" 1 all action drop
	unrule "$R0" 1
else
	skip "a rule that the card does not take is refused" "no fault can be injected"
fi
ethtool -K "$R0" hw-tc-offload off
fails "a representor that shall not does not" rule "$R0" 1 all action drop
ethtool -K "$R0" hw-tc-offload on

# Along the wire

far_card() {
	echo "1 2" >/sys/bus/softdpu/new_device && wait_for 10 test -e $FAR/pci && wait_for 10 test -e "$PCI/$(<$FAR/pci)/driver" &&
		echo 2 >"$PCI/$(<$FAR/pci)/sriov_numvfs" && wait_for 10 test -e "$PCI/$(<$FAR/pci)/virtfn1/driver" &&
		far set_mode switchdev && echo "card 1" >"$CARD/wire"
}
far_rules() {
	local up
	up=$(far card_port p0)
	FAR0=$(far card_port pf0vf0)
	ip link set "$up" up && ip link set "$FAR0" up && tc qdisc add dev "$up" clsact && tc qdisc add dev "$FAR0" clsact || return 1
	# shellcheck disable=SC2046
	{
		rule "$R0" 1 ip dst_ip $F1 action vlan push id 100 pipe $(redirect "$UPLINK") &&
			rule "$up" 1 802.1q vlan_id 100 dst_mac $MF1 action vlan pop pipe $(redirect "$FAR0") &&
			rule "$FAR0" 1 ip dst_ip $C0 $(redirect "$up") && rule "$UPLINK" 1 ip dst_ip $C0 $(redirect "$R0")
	}
}
ok "another card, joined with this one" far_card
ok "a container on it" far container f1 0 $F1/24 mac $MF1 max_vqp 2
at f1 ip neigh replace $C0 lladdr $MC0 dev eth0
ok "rules of both, with a tag on the wire" far_rules
ok "pings go from one to the other" at c0 ping -q -c 5 -i 0.05 -W 2 $F1
serve f1
ok "TCP, in frames larger than an MTU" whole c0 tx transfer c0 $F1
diag "$MOVED"
ok "and back" whole c0 rx transfer c0 $F1 -R
diag "$MOVED"
serve_end f1
ok "what is sent is what is received" copy c0 f1 $F1
ip link set "$UPLINK" down
ok "with the uplink down nothing goes along the wire" silent $F1
ok "which is counted" test "$(pf wire_tx_drop_down)" -ge 2
ip link set "$UPLINK" up
ok "with the uplink up it does" at c0 ping -q -c 3 -i 0.05 -W 2 $F1
ok "the uplink's rule has counted" test "$(took "$UPLINK" 1)" -ge 5
ok "with a rule on the uplink there is no way to legacy mode" refusal 'uplink has tc rules' set_mode legacy
ok "the other card goes with its rules" eval "container_del f1 && echo 1 >/sys/bus/softdpu/del_device"
clear_rules

# A netdev on the wire: frames come as sk_buffs

outside() { ip netns add out && ip link add w0 type veth peer name eth0 netns out && ip link set w0 up && place_up out eth0 $F1/24; }
ok "a netdev on the wire" eval 'outside && echo "netdev w0" >"$CARD/wire"'
MW=$(ip -n out -j link show eth0 | jq -r '.[0].address')
at c0 ip neigh replace $F1 lladdr "$MW" dev eth0
ip netns exec out ip neigh replace $C0 lladdr $OTHER dev eth0
# shellcheck disable=SC2046
ok "rules to there and back, with another address on the way" eval \
	"rule $R0 1 ip dst_ip $F1 ip_proto tcp $(redirect "$UPLINK") && rule $UPLINK 1 ip dst_ip $C0 ip_proto tcp action pedit ex munge eth dst set $MC0 pipe $(redirect "$R0")"
ip netns exec out iperf3 -s >"$NET_TMP/iperf.out" 2>&1 &
server=$!
wait_for 10 ip netns exec out sh -c 'ss -Hltn sport = :5201 | grep -q .'
ok "TCP, in frames larger than an MTU" whole c0 tx transfer c0 $F1
diag "$MOVED"
ok "and back" whole c0 rx transfer c0 $F1 -R
diag "$MOVED"
kill $server
wait $server 2>/dev/null
ok "the wire is free again" eval 'echo none >"$CARD/wire"'
ip netns del out
ip link del w0 2>/dev/null
clear_rules

# Rules come and go under traffic: what no rule takes goes over a bridge of the host

bridged() {
	local dev
	ip link add br0 type bridge && ip link set br0 up || return 1
	for dev in "$R0" "$R1"; do ip link set "$dev" master br0 && unlearnt "$dev" || return 1; done
}
ok "a bridge for what no rule takes" bridged
ok "frames cross it" at c0 ping -q -c 3 -i 0.05 -W 2 $C1
ip netns exec c1 "$STREAMS" udp-recv 7003 >"$NET_TMP/got" 2>&1 &
receiver=$!
wait_for 10 at c1 sh -c 'ss -Hlun sport = :7003 | grep -q .'
ip netns exec c0 "$STREAMS" udp-send $C1 7003 >"$NET_TMP/sent" 2>&1 &
sender=$!
failed=0
for ((i = 0; i < ROUNDS; i++)); do
	# shellcheck disable=SC2046
	rule "$R0" 1 ip dst_ip $C1 $(redirect "$R1") && sleep 0.1 && unrule "$R0" 1 && sleep 0.05 || failed=$((failed + 1))
done
kill -TERM $sender
wait $sender
sleep 0.5
kill -TERM $receiver
wait $receiver
is "rules come and go $ROUNDS times under a stream of datagrams" $failed 0
diag "$(<"$NET_TMP/sent") $(<"$NET_TMP/got")"
is "none of them is lost, doubled or wrong" "$(jq -c '[.received, .lost, .doubled, .wrong]' "$NET_TMP/got")" \
	"[$(jq .sent "$NET_TMP/sent"),0,0,0]"

# Many rules

batch() {
	local i
	for ((i = 0; i < MANY; i++)); do
		echo "filter add dev $R0 ingress prio 2 protocol ip flower skip_sw ip_proto udp dst_ip 10.1.$((i / 256)).$((i % 256)) dst_port $((i + 1)) $(redirect "$R1")"
	done
}
batch >"$NET_TMP/batch"
start=$SECONDS
ok "$MANY rules" tc -batch "$NET_TMP/batch"
diag "in $((SECONDS - start)) s"
is "are in use" "$(used flow_rules)" $MANY
is "are followed" "$(rules "$R0" | jq '[.[] | select(.options.in_hw)] | length')" $MANY
# shellcheck disable=SC2046
rule "$R0" 3 ip dst_ip $C1 $(redirect "$R1")
before=$(seen "$R0")
ok "a ping passes by them" at c0 ping -q -c 3 -i 0.05 -W 2 $C1
is "on the card" "$(seen "$R0")" "$before"
ok "they go" tc filter del dev "$R0" ingress
is "all of them" "$(rules "$R0" | jq length) $(used flow_rules)" "0 0"

# A port that a rule leads to goes

# shellcheck disable=SC2046
{
	rule "$R2" 1 all $(redirect "$R1")
	rule "$UPLINK" 1 all $(redirect "$R0")
	rule "$UPLINK" 2 all action drop
}
is "three rules are in use" "$(used flow_rules)" 3
ok "the containers go, and the VFs" eval "ip link del br0 && container_del c0 && container_del c1 && container_del c2 && echo 0 >$PCI/$PF/sriov_numvfs"
is "a rule at the uplink that led to one of them leads to none that comes later" "$(used flow_rules)" 1
ok "they come back" eval "echo 4 >$PCI/$PF/sriov_numvfs && wait_for 10 test -e $PCI/$PF/virtfn2/driver"
is "and it does not lead there" "$(used flow_rules) $(rules "$UPLINK" | jq length)" "1 2"
tc filter del dev "$UPLINK" ingress
R0=$(card_port pf0vf0) R1=$(card_port pf0vf1)
ip link set "$R0" up && tc qdisc add dev "$R0" clsact

# They go with what they are for

# shellcheck disable=SC2046
rule "$R0" 1 ip dst_ip $C1 $(redirect "$R1")
ok "legacy mode, with a rule at a representor" set_mode legacy
ok "in which there are no rules" refusal 'switchdev mode only' rule "$UPLINK" 1 all action drop
ok "switchdev mode again" set_mode switchdev
R0=$(card_port pf0vf0) R1=$(card_port pf0vf1)
tc qdisc add dev "$R0" clsact
is "has none" "$(rules "$R0" | jq length)" 0
# shellcheck disable=SC2046
rule "$R0" 1 all $(redirect "$R1")
rule "$UPLINK" 1 all action drop
ok "the card starts anew, with rules" eval "echo 0 >$PCI/$PF/sriov_numvfs && devlink dev reload $DEV"
ok "VFs come back" eval "echo 4 >$PCI/$PF/sriov_numvfs"
set_mode switchdev
R0=$(card_port pf0vf0)
tc qdisc add dev "$R0" clsact
rule "$R0" 1 all action drop
ok "the PF is unbound, with a rule" eval "echo $PF >$PCI/$PF/driver/unbind && echo $PF >/sys/bus/pci/drivers/softdpu/bind"
wait_for 10 test -e "$PCI/$PF/net"
wait_for 10 test -e "$PCI/$PF/virtfn2/driver"
is "nothing is left" "$(vdpa dev show | wc -l) $(ip netns list | wc -l)" "0 0"
net_reset
finish
