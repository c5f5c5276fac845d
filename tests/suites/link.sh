#!/bin/bash
# The links and addresses of VFs: what ip link says of them, and the card's wire. A driver hears of it, and without a link
# nothing comes or goes, whether its driver cares or not. Runs as root in a lab with a card of three VFs or more.
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/tap.sh
. "$HERE/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$HERE/../lib/net.sh"

HOST=10.0.0.1 C0=10.0.0.10 C1=10.0.0.11 C2=10.0.0.12
WIRE=$CARD/link
FAULT=/sys/kernel/debug/softdpu/0.0/fault
WORDS=(down up) STATES=(disable auto enable)

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn2 ]] || bail "the card has less than three VFs"
net_reset
PF=$(pf_netdev)

state() { ip link set "$PF" vf "$1" state "$2"; }
states() { ip -j -d link show "$PF" | jq -r '[.[0].vfinfo_list[].link_state] | join(" ")'; }
address() { ip link set "$PF" vf "$1" mac "$2"; }
addresses() { ip -j -d link show "$PF" | jq -r '[.[0].vfinfo_list[].address] | join(" ")'; }
# no_address: an address is set where the card says no; true if that was a success each time. Something else may be what
# the card says no to: ip reads counters as well.
no_address() {
	local try
	for try in {1..10}; do
		echo status >$FAULT
		address 1 $mac || return 1
		echo none >$FAULT
		address 1 $zero
	done
}
device_mac() { vdpa -j dev config show "$1" | jq -r '.config[].mac'; }
says() { vdpa dev config show "$1" | grep -q " link $2 "; }

# counted NAME QUEUE COUNTER COMMAND…: more after it
counted() {
	local before name=$1 queue=$2 counter=$3
	shift 3
	before=$(vq "$name" "$queue" "$counter")
	"$@" >/dev/null 2>&1
	echo "$counter of $name: $before before, $(vq "$name" "$queue" "$counter") after"
	(($(vq "$name" "$queue" "$counter") > before))
}

ok "the host's leg" host_up $HOST/24
ok "a container" container c0 0 $C0/24
ok "another one" container c1 1 $C1/24
# without STATUS a driver has no way to hear of the link
ok "and one whose driver takes the link for granted" container c2 2 $C2/24 \
	device_features "$(features MAC MTU MRG_RXBUF CTRL_VQ CTRL_RX CTRL_MAC_ADDR)"
for to in $C0 $C1 $C2; do ping -c 2 -i 0.2 -W 5 "$to"; done >/dev/null
is "links are the wire's" "$(states | tr ' ' '\n' | sort -u)" auto
is "which is plugged in" "$(<"$WIRE")" up
ok "so they are up" eval "link host up && link c0 up && says c0 up"

# counts VF COUNTER: of a VF's port, as ip -s link has it
counts() { ip -j -s -d link show "$PF" | jq ".[0].vfinfo_list[$1].stats.$2"; }
before=$(counts 0 rx.packets) after=$(counts 0 tx.tx_packets)
ok "ten pings" at c0 ping -q -c 10 -i 0.01 $HOST
ok "ip -s link shows what the VF has received" test "$(counts 0 rx.packets)" -ge $((before + 10))
ok "and sent" test "$(counts 0 tx.tx_packets)" -ge $((after + 10))
ok "with bytes" test "$(counts 0 tx.tx_bytes)" -ge $((98 * 10))
before=$(counts 0 tx.tx_packets)
ok "the container goes" container_del c0
ok "what it has sent stays counted" test "$(counts 0 tx.tx_packets)" -ge "$before"
ok "it comes back" container c0 0 $C0/24
ok "and goes on from there" eval "ping -q -c 2 -i 0.2 -W 5 $C0 && test \$(counts 0 tx.tx_packets) -gt $before"

# What the administrator says of a VF

ok "a VF's link goes down" state 0 disable
ok "its driver hears of it" link c0 down
ok "vdpa(8) shows it" says c0 down
is "so does ip link, and of no other VF" "$(states | cut -d' ' -f1-3)" "disable auto auto"
ok "who sends to it has it counted there" counted c0 0 drop_down ping -c 3 -i 0.2 -W 1 $C0
fails "nothing arrives there" ping -c 2 -i 0.2 -W 1 $C0
ok "the others go on" flow c1 $HOST
ok "it goes up again" state 0 enable
ok "its driver hears of that" link c0 up
ok "and frames come and go" flow c0 $HOST

ok "the link of the driver that cannot hear of it goes down" state 2 disable
ok "what that one sends is counted" counted c2 1 drop_no_port at c2 ping -c 3 -i 0.2 -W 1 $HOST
fails "nothing of it arrives" at c2 ping -c 2 -i 0.2 -W 1 $C1
ok "nor does anything reach it" counted c2 0 drop_down ping -c 3 -i 0.2 -W 1 $C2
ok "its link comes back" state 2 auto
ok "and it goes on where it was" flow c2 $C1

# A device that is made while its VF has no link

container_del c1
ok "a link goes down before there is a device" state 1 disable
ok "the device is made all the same" container c1 1 $C1/24
ok "and has no link" eval "says c1 down && link c1 down"
ok "until its VF has" state 1 auto
ok "its driver hears of it" link c1 up
ok "and frames come and go" flow c1 $HOST

# The wire

ok "the wire is pulled out" eval "echo down >$WIRE"
ok "the host's leg has no link" link host down
ok "nor has a VF that follows the wire" link c1 down
ok "one that is to be up is up" link c0 up
is "what follows and what does not is as it was" "$(states | cut -d' ' -f1-3)" "enable auto auto"
ok "two that are to be up reach each other" eval "state 1 enable && link c1 up && flow c0 $C1"
ok "the wire is plugged in" eval "echo up >$WIRE"
ok "the host's leg has its link" link host up
ok "and frames come and go" flow c0 $HOST
for ((i = 0; i < 50; i++)); do
	echo "${WORDS[i % 2]}" >"$WIRE"
	state 1 "${STATES[i % 3]}"
done
ok "after 50 changes at once it is as it was said last" eval "link host up && link c1 up && says c1 up"
ok "and frames come and go" flow c1 $HOST

# Addresses

mac=02:5d:00:00:07:01 zero=00:00:00:00:00:00 old=$(device_mac c1)
is "no VF has been given an address" "$(addresses | tr ' ' '\n' | sort -u)" $zero
ok "one is" address 1 $mac
is "ip link shows it, and no other" "$(addresses | cut -d' ' -f1-3)" "$zero $mac $zero"
is "its device keeps the one that it has" "$(device_mac c1)" "$old"
container_del c1
ok "the next one is made" container c1 1 $C1/24
is "with the VF's" "$(device_mac c1)" $mac
ok "and frames come and go" flow c1 $HOST
container_del c1
ok "one that is named counts for more" container c1 1 $C1/24 mac 02:5d:00:00:07:02
is "for that device" "$(device_mac c1)" 02:5d:00:00:07:02
container_del c1
ok "the address is taken back" address 1 $zero
ok "a device is made" container c1 1 $C1/24
is "with the one that the card has for it" "$(device_mac c1)" "$old"
fails "a multicast address is not taken" address 1 01:00:5e:00:00:01
is "nothing is shown" "$(addresses | cut -d' ' -f2)" $zero

# Mistakes

refused "there is no other word for the wire" "Invalid argument" "$WIRE" sideways
dev=$(card_pf) vfs=$(<"$PCI/$(card_pf)/sriov_numvfs")
fails "a VF that the card could have, but has not, has no link" state "$vfs" disable
fails "nor an address" address "$vfs" $mac
if [[ -e $FAULT ]]; then
	echo status >$FAULT
	fails "a card that says no, and does it, is told anew" state 1 disable
	is "ip link shows what there was" "$(states | cut -d' ' -f2)" auto
	ok "and so it is" says c1 up
	fails "the same for an address" no_address
	is "ip link shows what there was" "$(addresses | cut -d' ' -f2)" $zero
	echo none >$FAULT
	container_del c1
	ok "a device is made" container c1 1 $C1/24
	is "and so it is" "$(device_mac c1)" "$old"
else
	skip "a card that says no, and does it, is told anew" "no fault can be injected"
fi

ok "a link is down" state 0 disable
ok "a VF has an address" address 0 $mac
for c in c0 c1 c2; do container_del $c; done
echo 0 >"$PCI/$dev/sriov_numvfs"
fails "without VFs there are no links" state 0 enable
ok "VFs come back" eval "echo $vfs >$PCI/$dev/sriov_numvfs"
is "and their links are what they were" "$(states | cut -d' ' -f1-3)" "disable auto auto"
is "and so are their addresses" "$(addresses | cut -d' ' -f1-2)" "$mac $zero"
echo 0 >"$PCI/$dev/sriov_numvfs"
ok "the PF gets another driver" eval "echo $dev >$PCI/$dev/driver/unbind && echo $dev >/sys/bus/pci/drivers/softdpu/bind"
wait_for 10 test -d "$PCI/$dev/net"
ok "VFs come back" eval "echo $vfs >$PCI/$dev/sriov_numvfs"
PF=$(pf_netdev)
is "their links are the wire's again" "$(states | tr ' ' '\n' | sort -u)" auto
is "their addresses the card's" "$(addresses | tr ' ' '\n' | sort -u)" $zero
ok "a container on the one that was down" container c0 0 $C0/24
ok "has a link" link c0 up
fails "and not the address" test "$(device_mac c0)" = $mac
container_del c0
is "nothing is left" "$(vdpa dev show | wc -l) $(ip netns list | wc -l)" "0 0"
net_reset
finish
