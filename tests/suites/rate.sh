#!/bin/bash
# How fast VFs may send: ip link in legacy mode, devlink port function rate in switchdev mode, groups and shares. Runs as
# root in a lab with a card of four VFs. A busy machine may make a VF slower than it may be, never faster.
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/tap.sh
. "$HERE/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$HERE/../lib/net.sh"

MACS=(02:5d:00:00:00:10 02:5d:00:00:00:11 02:5d:00:00:00:12 02:5d:00:00:00:13)
SIZE=1500
FAULT=/sys/kernel/debug/softdpu/0.0/fault

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn3 ]] || bail "the card has less than four VFs"
# in a shell of its own: some of its functions have the names of ours
# shellcheck source=tests/lib/vdpa.sh
BENCH=$(. "$HERE/../lib/vdpa.sh" && client_build && echo "$CLIENT/softdpu-bench") || bail "the client does not build"
net_reset
PF=$(card_pf)
DEV=pci/$PF
UPLINK=$(pf_netdev)
for i in 0 1 2 3; do
	vdpa_make rate$i $i vhost_vdpa mac "${MACS[i]}" || bail "no vDPA device"
done
PAIR0=(--pair "$(vhost_node rate0)" "$(vhost_node rate1)") PAIR2=(--pair "$(vhost_node rate2)" "$(vhost_node rate3)")

set_mode() { devlink dev eswitch set "$DEV" mode "$1"; }
limit() { ip link set "$UPLINK" vf "$1" max_tx_rate "$2"; }
limits() { ip -j -d link show "$UPLINK" | jq -r '[.[0].vfinfo_list[].rate.max_tx] | join(" ")'; }
# leaf VF WORD…: its rate; node NAME WORD…: that of a group
leaf() { devlink port function rate set "$DEV/$(($1 + 1))" "${@:2}"; }
node() { devlink port function rate set "$DEV/$1" "${@:2}"; }
# of_rate NAME FILTER: what devlink shows
of_rate() { devlink -j port function rate show "$DEV/$1" | jq -r ".rate[] | $2"; }
# pace PAIR OPTION…: kbit/s that its first VF sends
pace() {
	local -n pair=PAIR$1
	"$BENCH" "${pair[@]}" --frame-size $SIZE --seconds 1 --yield --json "${@:2}" | jq "(.pps * $SIZE * 8 / 1000) | floor"
}
# paced MBIT PAIR: it sends no faster than that; it may take some tries until it is not much slower
paced() {
	local try kbit most=0
	for try in {1..5}; do
		kbit=$(pace "$2") && [[ $kbit ]] || return 1
		echo "try $try: $kbit kbit/s"
		((kbit <= $1 * 1100)) || return 1
		((kbit > most)) && most=$kbit
		((most >= $1 * 700)) && return 0
	done
	return 1
}
faster() { # MBIT PAIR: some time
	local try kbit
	for try in {1..5}; do
		kbit=$(pace "$2") && [[ $kbit ]] || return 1
		echo "try $try: $kbit kbit/s"
		((kbit > $1 * 1000)) && return 0
	done
	return 1
}
# a device has counters while somebody drives it
throttled() { vq rate0 1 throttled 2>/dev/null; }
drive() {
	"$BENCH" "${PAIR0[@]}" --frame-size $SIZE --seconds 0 --yield >/dev/null 2>&1 &
	client=$!
	wait_for 20 throttled
}
drive_end() { kill "$client" && wait "$client"; } 2>/dev/null
waits() { (($(throttled) > 0)); }
# both: kbit/s of the two pairs at once, into A and B
both() {
	pace 0 --seconds 2 >"$NET_TMP/a" &
	B=$(pace 2 --seconds 2)
	wait $!
	A=$(<"$NET_TMP/a")
	[[ $A && $B ]] && echo "$A and $B kbit/s"
}

# Legacy mode

is "no VF has a rate" "$(limits | tr ' ' '\n' | sort -u)" 0
ok "without one it is faster than what follows" faster 45 0
ok "somebody drives a device" drive
sleep 0.5
is "it never waits for its rate" "$(throttled)" 0
drive_end
ok "a VF may send 30 Mbit/s" limit 0 30
is "ip link shows it" "$(limits | cut -d' ' -f1,2)" "30 0"
ok "it sends 30 Mbit/s" paced 30 0
drive
ok "its queue waits, and says so" wait_for 20 waits
drive_end
ok "another VF is faster" faster 45 2
ok "half of it" limit 0 15
ok "it sends 15 Mbit/s" paced 15 0
fails "a share is one of a group" ip link set "$UPLINK" vf 0 min_tx_rate 10
fails "more than 8 Tbit/s is refused" limit 0 8000001
fails "a VF that is not there is refused" limit 64 10
is "nothing has changed by that" "$(limits | cut -d' ' -f1)" 15

# Frames that wait

ok "a VF that may send little" limit 0 1
drive
ok "waits for it" wait_for 20 waits
kbit() {
	local was start
	was=$(vq rate0 1 bytes) && start=${EPOCHREALTIME/./} && pause 1 &&
		echo $((($(vq rate0 1 bytes) - was) * 8000 / (${EPOCHREALTIME/./} - start)))
}
faster_now() { (($(kbit) > 20000)); }
ok "a faster rate counts at once" eval "limit 0 0 && wait_for 10 faster_now"
slower_now() { (($(kbit) <= 1500)); }
ok "a slow one as well" eval "limit 0 1 && wait_for 10 slower_now"
drive_end
start=$SECONDS
ok "a device whose frames wait goes" vdpa dev del rate0
ok "without waiting for them" test $((SECONDS - start)) -le 5
ok "and comes again" vdpa_make rate0 0 vhost_vdpa mac "${MACS[0]}"
PAIR0=(--pair "$(vhost_node rate0)" "$(vhost_node rate1)")
ok "its VF has the rate still" paced 1 0
limit 0 30

# Switchdev mode: frames come across by rules

ok "switchdev mode" set_mode switchdev
for i in 0 1 2 3; do
	dev=$(card_port pf0vf$i)
	ip link set "$dev" up && tc qdisc add dev "$dev" clsact
	eval "R$i=\$dev"
done
cross() { tc filter add dev "$1" ingress prio 1 protocol all flower skip_sw action mirred egress redirect dev "$2"; }
# shellcheck disable=SC2154  # of the loop
cross "$R0" "$R1" && cross "$R1" "$R0" && cross "$R2" "$R3" && cross "$R3" "$R2"
is "each VF is a leaf" "$(devlink -j port function rate show | jq -r '[.rate[].type] | join(" ")')" "leaf leaf leaf leaf"
is "which has no rate" "$(of_rate 1 '"\(.tx_max // 0) \(.tx_share // 0)"')" "0 0"
ok "what ip link had said does not count" faster 45 0
fails "nor can it say anything" limit 0 10
ok "a VF may send 30 Mbit/s" leaf 0 tx_max 30mbit
is "devlink shows it, in bytes" "$(of_rate 1 .tx_max)" 3750000
ok "it sends 30 Mbit/s" paced 30 0
ok "a rate that is too slow is refused" refusal 'from 8 kbit/s' leaf 0 tx_max 7kbit
ok "a share above the rate is refused" refusal 'tx_share' leaf 0 tx_share 31mbit
is "nothing has changed by that" "$(of_rate 1 '"\(.tx_max) \(.tx_share // 0)"')" "3750000 0"
if [[ -e $FAULT ]]; then
	echo status >$FAULT
	ok "what the card refuses is no rate" refusal 'the card does not take it' leaf 0 tx_max 60mbit
	echo none >$FAULT
	is "it is what it was" "$(of_rate 1 .tx_max)" 3750000
	ok "so is what it sends" paced 30 0
fi
ok "no rate again" leaf 0 tx_max 0
ok "it is faster" faster 45 0

# Groups

ok "a group" devlink port function rate add "$DEV/gold" tx_max 30mbit
is "devlink shows it" "$(of_rate gold '"\(.type) \(.tx_max)"')" "node 3750000"
ok "a VF joins it" leaf 0 parent gold
ok "another one, too" leaf 2 parent gold
ok "both send at once" both
ok "together they send 30 Mbit/s" test $((A + B)) -le 33000
ok "and not much less" test $((A + B)) -ge 15000
ok "one of them has a share" leaf 2 tx_share 24mbit
ok "both send again" both
ok "that one sends more" test "$B" -gt $((A * 3 / 2))
ok "together not more than before" test $((A + B)) -le 33000
ok "the group is faster now" node gold tx_max 60mbit
ok "so is who sends alone" faster 35 0
ok "a share of a group is refused" refusal 'nothing is above it' node gold tx_share 10mbit
ok "a group in a group is refused" eval "devlink port function rate add $DEV/silver && refusal 'cannot be in a group' node silver parent gold"
ok "a group with VFs stays" refusal 'Node has children' devlink port function rate del "$DEV/gold"
ok "so does the mode" refusal 'exists' set_mode legacy
ok "a VF leaves" leaf 0 noparent
ok "and is as fast as it likes" faster 65 0
ok "the other one leaves" leaf 2 noparent
ok "groups go" eval "devlink port function rate del $DEV/gold && devlink port function rate del $DEV/silver"
many() {
	local i
	for i in {1..64}; do devlink port function rate add "$DEV/g$i" || return 1; done
}
ok "there can be 64" many
ok "and no more" refusal 'no more groups' devlink port function rate add "$DEV/g65"
less() {
	local i
	for i in {1..64}; do devlink port function rate del "$DEV/g$i" || return 1; done
}
ok "they go" less
ok "a VF may send 15 Mbit/s again" leaf 0 tx_max 15mbit

# Back

ok "legacy mode" set_mode legacy
is "nobody is a leaf any more" "$(devlink -j port function rate show | jq '.rate | length')" 0
is "ip link has said 30 Mbit/s" "$(limits | cut -d' ' -f1)" 30
ok "that counts again" paced 30 0
ok "there are no groups in legacy mode" refusal 'switchdev mode only' devlink port function rate add "$DEV/gold"

# The driver goes with all of it in use

ok "switchdev mode" set_mode switchdev
ok "a VF in a group" eval "devlink port function rate add $DEV/gold tx_max 30mbit && leaf 1 parent gold tx_max 20mbit"
for i in 0 1 2 3; do vdpa dev del rate$i; done
ok "the driver leaves" eval "echo $PF >/sys/bus/pci/drivers/softdpu/unbind"
ok "and comes again" eval "echo $PF >/sys/bus/pci/drivers/softdpu/bind"
come() { [[ $(pf_netdev) ]] && echo 4 >"$PCI/$PF/sriov_numvfs"; }
ok "with VFs" wait_for 10 come
UPLINK=$(pf_netdev)
is "whose rates are forgotten" "$(limits | tr ' ' '\n' | sort -u)" 0
net_reset
finish
