#!/bin/bash
# Containers with virtio-vdpa netdevs, and the host: everything that can be said about frames without a guest.
# Runs as root in a lab with a card of four VFs.
#   TEST_ROUNDS=20    with ten pings for each; less than five leave out what the card alone decides
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

PINGS=$((${TEST_ROUNDS:-20} * 10))
LONG=''
((${TEST_ROUNDS:-20} < 5)) || LONG=yes
HOST=10.0.0.1 C0=10.0.0.10 C1=10.0.0.11 C2=10.0.0.12 C3=10.0.0.13
M0=02:5d:00:00:00:10 M1=02:5d:00:00:00:11 M2=02:5d:00:00:00:12 CHOSEN=02:5d:00:00:00:c1 SHARED=02:5d:00:00:00:c2
NOBODY=02:5d:00:00:0f:ff

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn3 ]] || bail "the card has less than four VFs"
net_reset
PF=$(pf_netdev)

# no GSO frame does, and none that is larger than an MTU
cut_up() { moved "$@" && ((GSO == 0 && FRAMES > 0 && AVERAGE <= 1514)); }

# Two containers and the host

ok "the host's leg comes up" host_up $HOST/24
ok "a container gets a virtio-vdpa netdev" container c0 0 $C0/24 mac $M0 max_vqp 2
ok "so does another" container c1 1 $C1/24 mac $M1 max_vqp 2
is "the netdev has the address that vdpa dev add gave it" "$(mac_of c0) $(mac_of c1)" "$M0 $M1"
like "its driver is virtio_net, its bus the vDPA device's" \
	"$(at c0 ethtool -i eth0 | tr '\n' ' ')" 'driver: virtio_net .*bus-info: c0 '
ok "container to container, $PINGS pings, none lost" pings c0 $C1 "$PINGS"
ok "container to host, $PINGS pings, none lost" pings c0 $HOST "$PINGS"
ok "host to container, $PINGS pings, none lost" pings host $C1 "$PINGS"
ok "pings of 60000 bytes, in fragments, none lost" large c0 $C1 5 60000
ok "the same to the host" large c1 $HOST 5 60000

for place in host c0 c1; do serve $place; done

# TCP, offloads on

ok "TCP container to container crosses the card in frames larger than an MTU" whole c0 tx transfer c0 $C1
diag "$MOVED"
ok "the other way, too" whole c0 rx transfer c0 $C1 -R
diag "$MOVED"
ok "TCP container to host" whole c0 tx transfer c0 $HOST
diag "$MOVED"
ok "TCP host to container" whole c0 rx transfer c0 $HOST -R
diag "$MOVED"
ok "TCP over IPv6" transfer c0 "$(at c1 ip -6 -j addr show dev eth0 scope link | jq -r '.[0].addr_info[0].local')%eth0"
before=$(pf 'rx[0-9]*_gso_packets') card=$(pf port_rx_gso_packets)
ok "TCP of both directions at once" transfer c1 $HOST --bidir
ok "the PF's netdev counts GSO frames received" test "$(pf 'rx[0-9]*_gso_packets')" -gt "$before"
ok "the card counts them for the PF's port" test "$(pf port_rx_gso_packets)" -gt "$card"
ok "the PF's netdev counts GSO frames sent" test "$(pf 'tx[0-9]*_gso_packets')" -gt 0

before=$(vq_sum c0 rx gso_packets)
is "a frame of 64 KiB crosses the card whole, container to container" "$(heard c0 c1 $M0@1448)" "$M0@1448=65535/1448"
is "and is counted as one GSO frame" "$(($(vq_sum c0 rx gso_packets) - before))" 1
is "host to container" "$(heard c0 host $M0@1448)" "$M0@1448=65535/1448"
mac=$(mac_of host)
is "container to host" "$(heard host c1 "$mac@1448")" "$mac@1448=65535/1448"

for place in c0 c1 host; do
	for other in c0 c1 host; do
		[[ $place == "$other" ]] && continue
		case $other in c0) to=$C0 ;; c1) to=$C1 ;; host) to=$HOST ;; esac
		ok "what $place sends over TCP is what $other gets" copy "$place" "$other" "$to"
	done
done

ok "UDP, datagrams of one frame" transfer c0 $C1 -u -b 20M -l 1400 -t 1
is "none lost at a low rate" "$(transfer host $C1 -u -b 1M -l 1400 -t 1 >/dev/null; jq .end.sum.lost_packets <<<"$IPERF")" 0
ok "UDP, datagrams in fragments" transfer c0 $HOST -u -b 5M -l 16000 -t 1
ok "UDP, host to container" transfer host $C0 -u -b 5M -l 16000 -t 1
is "no packet had a wrong checksum" "$(csum_errors c0) $(csum_errors c1) $(csum_errors host)" "0 0 0"

# Which frames get where

is "unicast arrives" "$(heard c0 c1 $M0)" $M0
is "unicast to another container does not" "$(heard c0 c1 "$mac" $M1)" ""
is "unicast to nobody does not" "$(heard c0 c1 $NOBODY; heard host c1 $NOBODY)" ""
at c0 ip link set eth0 promisc on
is "in promiscuous mode unicast to nobody arrives" "$(heard c0 c1 $NOBODY)" $NOBODY
is "frames between others do not" "$(heard c0 c1 "$mac"; heard c0 host $M1)" ""
at c0 ip link set eth0 promisc off
is "after promiscuous mode it is as before" "$(heard c0 c1 $NOBODY $M0)" $M0
ip link set "$PF" promisc on
is "promiscuous mode of the host: unicast to nobody arrives" "$(heard host c1 $NOBODY)" $NOBODY
is "frames between containers do not" "$(heard host c1 $M0)" ""
ip link set "$PF" promisc off

group=01:00:5e:7f:00:01 other=33:33:00:00:be:ef
is "multicast that nobody asked for does not arrive" "$(heard c0 c1 $group $other)" ""
at c0 ip maddr add $group dev eth0
is "after joining the group it does" "$(heard c0 c1 $group $other)" $group
is "for others nothing changes" "$(heard host c1 $group)" ""
at c0 ip maddr del $group dev eth0
is "after leaving it does not" "$(heard c0 c1 $group $other)" ""
ip maddr add $group dev "$PF"
is "the host joins a group" "$(heard host c1 $group $other)" $group
ip maddr del $group dev "$PF"
at c0 ip link set eth0 allmulticast on
is "with allmulticast all of it arrives" "$(heard c0 c1 $group $other)" "$group $other"
at c0 ip link set eth0 allmulticast off
# maddr add|del ADDR…: ip does no more than one a call
maddr() { at c0 sh -c 'how=$1; shift; for a; do ip maddr "$how" "$a" dev eth0; done' sh "$@"; }
groups=()
for ((i = 0; i < 80; i++)); do groups+=("$(printf '01:00:5e:00:01:%02x' $i)"); done
maddr add "${groups[@]}"
is "more groups than the filter has room for arrive, all of them" "$(heard c0 c1 "${groups[@]}")" "${groups[*]}"
maddr del "${groups[@]}"
is "they can be left again" "$(heard c0 c1 "${groups[@]}")" ""

like "all nodes answer ping ff02::1: the other container and the host" \
	"$(at c0 ping -c 2 -w 10 ff02::1%eth0 | grep -o 'from fe80[^ ]*' | sort -u | wc -l)" '^[23]$'
ok "ARP by broadcast: arping finds the other container" at c0 busybox arping -c 1 -I eth0 $C1
ok "and the host" at c0 busybox arping -c 1 -I eth0 $HOST

at c0 bridge fdb add $NOBODY dev eth0 self permanent
is "a second unicast address in a container's list is its own" "$(heard c0 c1 $NOBODY $M0)" "$NOBODY $M0"
at c0 bridge fdb del $NOBODY dev eth0 self
is "until it is taken off the list" "$(heard c0 c1 $NOBODY $M0)" $M0

# A receiver that takes nothing: what it loses is counted, and nobody waits for it

many=()
for ((i = 0; i < 3000; i++)); do many+=("$M1"); done
# flood: that many frames from c0 to c1, and a broadcast
flood() { python3 -IS -c "$HEARD" '' c0:eth0 "${many[@]}"; }
# came: frames that the card had for c1, and those of them that found no buffer
came() { vq_sum c1 rx packets drop_no_buffer; }
at c1 ip link set eth0 down
read -ra had < <(came)
flood &
ok "pings from the same queue, while frames go to a container that takes none: none lost" pings c0 $HOST "$PINGS"
wait $!
read -ra has < <(came)
lost=$((has[1] - had[1]))
ok "what it has no buffers for is counted" test $lost -gt 0
ok "nothing else is lost" test $((has[0] - had[0] + lost)) -ge 3001
diag "$((has[0] - had[0])) filled its ring, $lost were lost"
at c1 ip link set eth0 up
ok "it receives again" pings c0 $C1 50

# VLANs

for place in c0 c1; do
	at $place ip link add link eth0 name vlan10 type vlan id 10
	place_up $place vlan10 "10.0.10.1${place#c}/24"
done
ok "VLAN: ping, none lost" pings c0 10.0.10.11 100
ok "VLAN: TCP" whole c0 tx transfer c0 10.0.10.11
ok "VLAN: TCP content" copy c1 c0 10.0.10.10
is "frames of a VLAN that was not added do not arrive" "$(heard c0 c1 $M0/20 $M0/10 $M0)" "$M0/10 $M0"
is "nor as broadcast" "$(heard c0 c1 33:33:00:00:00:01/20 33:33:00:00:00:01/10)" "33:33:00:00:00:01/10"
at c0 ip link set eth0 promisc on
is "nor in promiscuous mode" "$(heard c0 c1 $M0/20 $NOBODY/20 $NOBODY/10)" "$NOBODY/10"
at c0 ip link set eth0 promisc off
at c0 ip link add link eth0 name vlan20 type vlan id 20
is "added, it arrives" "$(heard c0 c1 $M0/20)" "$M0/20"
at c0 ip link del vlan20
is "deleted, it does not any more" "$(heard c0 c1 $M0/20)" ""
is "a frame with only a priority belongs to no VLAN and arrives" "$(heard c0 c1 $M0/0)" "$M0/0"
ip link add link "$PF" name vlan10 type vlan id 10
place_up host vlan10 10.0.10.1/24
ok "VLAN: host to container" pings host 10.0.10.11 100
ok "VLAN: TCP content, host to container" copy host c0 10.0.10.10
ip link del vlan10
for place in c0 c1; do at $place ip link del vlan10; done

# MAC addresses change

NEW=02:5d:00:00:00:77
ok "a container changes its MAC address" at c0 ip link set eth0 address $NEW
like "the host sees the new one" "$(vdpa dev config show c0)" "mac $NEW "
is "frames to the new address arrive, to the old one not" "$(heard c0 c1 $M0 $NEW)" $NEW
ok "and ping goes on" pings c0 $C1 20
fails "a container cannot take the address of another" at c0 ip link set eth0 address $M1
fails "nor that of the host" at c0 ip link set eth0 address "$mac"
is "it keeps what it had" "$(heard c1 host $NEW $M1) $(heard c0 c1 $NEW)" "$M1 $NEW"
at c0 ip link set eth0 address $M0
fails "the host cannot take the address of a container" ip link set "$PF" address $M1
is "and keeps its own" "$(mac_of host) $(heard host c1 "$mac")" "$mac $mac"
HOSTMAC=02:5d:00:00:00:01
ok "the host changes its address" ip link set "$PF" address $HOSTMAC
is "frames to the new address arrive, to the old one not" "$(heard host c1 "$mac" $HOSTMAC)" $HOSTMAC
ip link set "$PF" address "$mac"

# refusals of vdpa(8): iproute2 prints the number in words
like "vdpa dev add refuses the address of the host" \
	"$(vdpa dev add name c2 mgmtdev "pci/$(card_vf 2)" mac "$mac" 2>&1)" 'Address already in use'
fails "nothing was made" vdpa dev show c2
like "vdpa dev set does not change the address of a running device" \
	"$(vdpa dev set name c0 mac $M2 2>&1)" 'Device or resource busy'
unbound() {
	ip netns del c0 && wait_for 10 vdpa_netdev c0 && vdpa_bind c0 vhost_vdpa
}
rebound() { vdpa_bind c0 virtio_vdpa && container_open c0 "$C0/24"; }
serve_end c0
ok "the device can be taken from its driver" unbound
like "vdpa dev set refuses the address of the host" "$(vdpa dev set name c0 mac "$mac" 2>&1)" 'Address already in use'
ok "vdpa dev set changes the address" vdpa dev set name c0 mac $NEW
like "the device says so" "$(vdpa dev config show c0)" "mac $NEW "
ok "the container gets it back" rebound
is "and has the new address" "$(mac_of c0) $(heard c0 c1 $M0 $NEW)" "$NEW $NEW"
ok "and ping works" pings c0 $C1 20
at c0 ip link set eth0 address $M0
serve c0

# Offloads off

if [[ $LONG ]]; then
	at c0 ethtool -K eth0 tso off
	ok "TSO off: a container sends no GSO frames" cut_up c0 tx transfer c0 $C1
	ok "TSO off: content" copy c0 c1 $C1
	at c0 ethtool -K eth0 tso on tx off
	ok "checksums off: content, to a container" copy c0 c1 $C1
	ok "checksums off: content, to the host" copy c0 host $HOST
	at c0 ethtool -K eth0 tx on tso on
	at c0 ethtool -K eth0 rx-gro-hw off
	ok "receive offload off: the card cuts what another container sends" cut_up c0 rx transfer c1 $C0
	ok "receive offload off: content" copy c1 c0 $C0
	ok "receive offload off: the card cuts what the host sends" cut_up c0 rx transfer host $C0
	ok "receive offload off: content" copy host c0 $C0
	at c0 ethtool -K eth0 rx-gro-hw on
	ok "receive offload on again" whole c0 rx transfer c1 $C0
	ethtool -K "$PF" tso off
	ok "the host's TSO off: content" copy host c0 $C0
	ethtool -K "$PF" tx off
	ok "the host's checksums off: content" copy host c0 $C0
	ethtool -K "$PF" tx on tso on
	is "no packet had a wrong checksum" "$(csum_errors c0) $(csum_errors c1) $(csum_errors host)" "0 0 0"
fi

# Devices with few features: their drivers take other paths

try() { # NAME FEATURE…: a container with these features talks to the others
	local what=$1
	shift
	ok "$what: a container" container c2 2 $C2/24 mac $M2 device_features "$(features "$@")"
	ok "$what: ping" pings c2 $C1 100
	ok "$what: ping in fragments" large c2 $HOST 5 20000
	ok "$what: content from a container" copy c1 c2 $C2
	ok "$what: content from the host" copy host c2 $C2
	ok "$what: content to a container" copy c2 c1 $C1
	ok "$what: content to the host" copy c2 host $HOST
	is "$what: no packet had a wrong checksum" "$(csum_errors c2) $(csum_errors c1) $(csum_errors host)" "0 0 0"
	container_del c2
}
if [[ $LONG ]]; then
	try "no features" MAC
	try "indirect descriptors and event index, big buffers" MAC CSUM GUEST_CSUM GUEST_TSO4 HOST_TSO4 INDIRECT_DESC EVENT_IDX
	try "receive checksum only" MAC GUEST_CSUM
	try "no mergeable buffers" MAC CSUM GUEST_CSUM GUEST_TSO4 GUEST_TSO6 HOST_TSO4 HOST_TSO6 EVENT_IDX
	try "mergeable buffers, transmit offloads only" MAC MRG_RXBUF CSUM HOST_TSO4 HOST_TSO6 CTRL_VQ CTRL_RX
	try "indirect descriptors" MAC MRG_RXBUF CSUM GUEST_CSUM GUEST_TSO4 HOST_TSO4 INDIRECT_DESC
	try "packed rings, nothing else" MAC RING_PACKED
	try "packed rings, in order, big buffers" MAC CSUM GUEST_CSUM GUEST_TSO4 HOST_TSO4 RING_PACKED IN_ORDER INDIRECT_DESC
fi
# what every driver has of its own for packed rings, the control virtqueue's too
try "packed rings" MAC MRG_RXBUF CSUM GUEST_CSUM GUEST_TSO4 HOST_TSO4 CTRL_VQ CTRL_RX INDIRECT_DESC EVENT_IDX \
	RING_PACKED IN_ORDER

# UDP segmentation: between those who can it crosses whole, for the others the card cuts

ok "a container that segments UDP" container c2 2 $C2/24 mac $M2 device_features "$(features MAC MRG_RXBUF CSUM \
	GUEST_CSUM GUEST_TSO4 GUEST_USO4 GUEST_USO6 HOST_USO CTRL_VQ CTRL_GUEST_OFFLOADS)"
ok "another" container c3 3 $C3/24 device_features "$(features MAC MRG_RXBUF CSUM GUEST_CSUM GUEST_USO4 GUEST_USO6 HOST_USO)"
# Linux 6.12 has it off to begin with
for place in c2 c3; do at $place ethtool -K eth0 tx-udp-segmentation on; done
if [[ $(at c2 ethtool -k eth0) == *'tx-udp-segmentation: on'* ]]; then
	MBIT=-
	ok "UDP segments cross whole" whole c2 tx datagrams c2 c3 $C3
	diag "$MOVED"
	ok "and over IPv6" whole c2 tx datagrams c2 c3 "$(at c3 ip -6 -j addr show dev eth0 scope link |
		jq -r '.[0].addr_info[0].local')%eth0"
	ok "they do to the host" whole c2 tx datagrams c2 host $HOST
	ok "and from the host" whole c2 rx datagrams host c2 $C2
	ok "for a container that cannot take them the card cuts" cut_up c0 rx datagrams c2 c0 $C0
	ok "and what the host sends" cut_up c0 rx datagrams host c0 $C0
	at c2 ethtool -K eth0 rx-gro-hw off >/dev/null
	ok "receive offload off: the card cuts" cut_up c2 rx datagrams c3 c2 $C2
	is "no packet had a wrong checksum" "$(csum_errors c0) $(csum_errors c2) $(csum_errors c3) $(csum_errors host)" "0 0 0 0"
else
	skip "UDP segments cross whole" "this kernel's virtio_net does not segment UDP"
fi
container_del c2
container_del c3

# MTU

ok "a container with an MTU of 9000" container c2 2 $C2/24 mac $M2 mtu 9000 max_vqp 2
ok "and another" container c3 3 $C3/24 mtu 9000
is "the netdevs have it" "$(at c2 cat /sys/class/net/eth0/mtu) $(at c3 cat /sys/class/net/eth0/mtu)" "9000 9000"
ok "the host's MTU is 9000" ip link set "$PF" mtu 9000
# each takes six buffers of a queue of 256
ok "container to container, frames of 9000 bytes" pings c2 $C3 100 -i 0.02 -M "do" -s 8972
ok "container to host" pings c2 $HOST 100 -i 0.02 -M "do" -s 8972
ok "host to container" pings host $C3 100 -i 0.02 -M "do" -s 8972
serve c2
serve c3
ok "MTU 9000: TCP container to container" whole c2 tx transfer c2 $C3
diag "$MOVED"
ok "MTU 9000: TCP container to host" whole c2 tx transfer c2 $HOST
diag "$MOVED"
ok "MTU 9000: TCP host to container" whole c2 rx transfer c2 $HOST -R
diag "$MOVED"
is "MTU 9000: a frame of 64 KiB with large segments crosses whole" "$(heard c2 c3 $M2@8948)" "$M2@8948=65535/8948"
ok "MTU 9000: content" copy c2 c3 $C3
before=$(vq_sum c0 rx packets)
fails "a frame of 9000 bytes does not reach a container with an MTU of 1500" \
	at host ping -c 3 -i 0.2 -W 1 -M "do" -s 8972 $C0
ok "where it is dropped it is counted" test "$(drops c0 | wc -l)" -gt 0
diag "$(drops c0)"
ok "frames that fit do" pings host $C0 20 -M "do" -s 1472
ok "TCP from a large MTU to a small one: content" copy c2 c0 $C0
ok "the other way" copy c0 c2 $C2
ok "host to a small MTU" copy host c1 $C1
is "no packet had a wrong checksum" \
	"$(csum_errors c0) $(csum_errors c1) $(csum_errors c2) $(csum_errors c3) $(csum_errors host)" "0 0 0 0 0"
ip link set "$PF" mtu 1500

# Many queues

for place in c0 c1 c2 c3; do container_del $place; done
container c0 0 $C0/24 mac $M0 max_vqp 8 || bail "no container with eight pairs of queues"
container c1 1 $C1/24 mac $M1 max_vqp 8 || bail "no container with eight pairs of queues"
serve c1
like "a device of eight pairs says so" "$(vdpa dev config show c0)" 'max_vq_pairs 8 '
ok "a container uses all eight" at c0 ethtool -L eth0 combined 8
ok "so does the other" at c1 ethtool -L eth0 combined 8
like "ethtool -l agrees" "$(at c0 ethtool -l eth0 | tail -n 3 | tr -d '\n')" 'Combined:.*8'

flows c0 $C1
is "many flows use every transmit queue" "$(idle c0 tx 0 7)" ""
is "and every receive queue of the other side" "$(idle c1 rx 0 7)" ""
flows host $C1
ok "TCP over eight pairs" whole c0 tx transfer c0 $C1 -P 8
diag "$MOVED"
ok "and back" whole c0 rx transfer c0 $C1 -P 8 -R
diag "$MOVED"
fewer() {
	local i
	pings c0 "$C1" $((2 * PINGS)) >"$NET_TMP/ping" &
	for i in 1 5 3 8 2 3; do
		at c1 ethtool -L eth0 combined "$i" || return 1
	done
	wait $!
}
ok "fewer queues and more, while pings run: none lost" fewer
base c1 8
flows c0 $C1
is "queues that are not used get nothing" "$(idle c1 rx 3 7)" "3 4 5 6 7 "
is "the others do" "$(idle c1 rx 0 2)" ""
is "no packet had a wrong checksum" "$(csum_errors c0) $(csum_errors c1) $(csum_errors host)" "0 0 0"

# Receive-side scaling: the receiver's choice, whatever queue the sender used

# hash_of KEY SRC SPORT DST DPORT: Toeplitz over addresses and ports, as the specification has it
hash_of() {
	python3 -IS -c '
import _socket as socket, sys
key = int(sys.argv[1].replace(":", ""), 16)
bits = 4 * len(sys.argv[1].replace(":", ""))
data = socket.inet_aton(sys.argv[2]) + socket.inet_aton(sys.argv[4])
data += int(sys.argv[3]).to_bytes(2, "big") + int(sys.argv[5]).to_bytes(2, "big")
value = 0
for i in range(8 * len(data)):
    if data[i // 8] & 0x80 >> i % 8:
        value ^= key >> bits - 32 - i & 0xffffffff
print(value)' "$@"
}
# one_flow SPORT: ten datagrams from the one queue of c0 to c2, and the receive queues that have got more than a stray frame
one_flow() {
	local i
	for ((i = 0; i < 4; i++)); do BASE[i]=$(vq c2 $((2 * i)) packets); done
	at c0 python3 -IS -c '
import _socket as socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", int(sys.argv[1])))
for _ in range(10):
    s.sendto(b"flow", (sys.argv[2], 9))' "$1" $C2
	for ((i = 0; i < 4; i++)); do
		(($(vq c2 $((2 * i)) packets) - BASE[i] >= 10)) && echo -n "$i "
	done
}
ok "a container that scales" container c2 2 $C2/24 mac $M2 max_vqp 4 device_features "$(features MAC MRG_RXBUF CSUM GUEST_CSUM \
	CTRL_VQ MQ RSS)"
ok "it uses four pairs" at c2 ethtool -L eth0 combined 4
at c0 ethtool -L eth0 combined 1
pings c0 $C2 10 >/dev/null
base c2 4
flows c0 $C2
is "the flows of one queue are received in four" "$(idle c2 rx 0 3)" ""
like "ethtool shows a table of 128 entries" "$(at c2 ethtool -x eth0)" '120: .*RSS hash key:'
key=$(at c2 ethtool -x eth0 | grep -E -m 1 '^([0-9a-f]{2}:){39}')
want='' got=''
for port in 30001 30002 30003 30004; do
	want+="$(($(hash_of "$key" $C0 $port $C2 9) % 128 % 4)) "
	got+=$(one_flow $port)
done
is "each in the queue that its hash says, with the driver's key" "$got" "$want"
ok "a table with two of the queues" at c2 ethtool -X eth0 equal 2
base c2 4
flows c0 $C2
is "then the others get nothing" "$(idle c2 rx 0 3)" "2 3 "
ok "content to a container that scales" copy c0 c2 $C2
ok "and from it" copy c2 c0 $C0
container_del c2

# Without it: a flow comes on the pair on which its receiver has sent

# only_tx QUEUE: c2 sends from this queue, whatever the processor
only_tx() {
	local i all
	printf -v all %x $(((1 << $(nproc)) - 1))
	for i in 0 1 2 3; do
		at c2 sh -c "echo $( ((i == $1)) && echo "$all" || echo 0) > /sys/class/net/eth0/queues/tx-$i/xps_cpus" || return 1
	done
}
# carried: receive queues of c2 that have got more than half of twenty pings
carried() {
	local i
	for ((i = 0; i < 4; i++)); do BASE[i]=$(vq c2 $((2 * i)) packets); done
	at c0 ping -q -c 20 -i 0.01 -W 5 $C2 >/dev/null
	for ((i = 0; i < 4; i++)); do
		(($(vq c2 $((2 * i)) packets) - BASE[i] > 10)) && echo -n "$i "
	done
}
ok "a container with four pairs" container c2 2 $C2/24 mac $M2 max_vqp 4
ok "it uses all of them" at c2 ethtool -L eth0 combined 4
for queue in 3 1 2; do
	ok "it sends from queue $queue" only_tx $queue
	is "and there its flows come from one queue of the other side" "$(carried)" "$queue "
done
ok "two pairs less" at c2 ethtool -L eth0 combined 2
like "no flow goes to one that is not used" "$(carried)" '^[01] $'

# Where a queue is worked on: virtio_net gives each of two pairs one of two processors, one pair may use all

# worker VF QUEUE: the worker of a transmit queue; worker_cpus VF QUEUE: where it may run
worker() {
	local status
	status=$(grep -sl "^Name:.sdpu0.$(($1 + 1))-tx$2\$" /proc/[0-9]*/status)
	basename "$(dirname "$status")"
}
worker_cpus() { awk '$1 == "Cpus_allowed_list:" { print $2 }' "/proc/$(worker "$1" "$2")/status"; }
# called CPU: how often that processor receives while c0 sends ten frames to c2, one by one, from the other one
called() {
	local before i
	taskset -cp $((1 - $1)) "$(worker 0 0)" >/dev/null || return 1
	before=$(net_rx "$1")
	for i in {1..10}; do
		taskset -c $((1 - $1)) python3 -IS -c "$HEARD" '' c0:eth0 $M2 || return 1
	done
	echo $(($(net_rx "$1") - before))
}
net_rx() { awk -v cpu="$1" '$1 == "NET_RX:" { print $(cpu + 2) }' /proc/softirqs; }
all=$(awk '$1 == "Cpus_allowed_list:" { print $2 }' /proc/self/status)
if [[ $(nproc) == 2 ]]; then
	is "each pair is worked on where its sender is" "$(worker_cpus 2 0) $(worker_cpus 2 1)" "0 1"
	# the one queue of c0 sends to the first pair
	at c0 ethtool -L eth0 combined 1
	calls=$(called 0)
	ok "and called there, wherever it was filled" test "$calls" -ge 10
	diag "$calls of ten"
	taskset -cp "$all" "$(worker 0 0)" >/dev/null
else
	skip "and called there, wherever it was filled" "there are not two processors"
	skip "each pair is worked on where its sender is" "there are not two processors"
fi
at c2 ethtool -L eth0 combined 1
is "a single pair is worked on anywhere" "$(worker_cpus 2 0)" "$all"
at c2 ethtool -L eth0 combined 2
vdpa_bind c2 vhost_vdpa
is "and so is any without a driver" "$(worker_cpus 2 0) $(worker_cpus 2 1)" "$all $all"
container_del c2

# XDP in the driver: it takes the offloads away, of which it knows nothing

XDP=''
# xdp PLACE pass|drop|back: from now on; xdp_end
xdp() {
	rm -f "$NET_TMP/xdp"
	ip netns exec "$1" python3 -IS "$(dirname "$0")/../lib/xdp.py" eth0 "$2" "$NET_TMP/xdp" &
	XDP=$!
	wait_for 10 test -e "$NET_TMP/xdp"
}
xdp_end() {
	kill "$XDP"
	wait "$XDP"
} 2>/dev/null

container c2 2 $C2/24 mac $M2 max_vqp 2 || bail "no container for XDP"
ok "an XDP program that lets everything pass" xdp c2 pass
ok "pings go on" pings c0 $C2 50
serve c2
ok "TCP comes in frames of the MTU" cut_up c2 rx transfer c0 $C2
diag "$MOVED"
ok "and leaves whole" whole c2 tx transfer c0 $C2 -R
ok "content" copy c0 c2 $C2
ok "from the host as well" copy host c2 $C2
is "no packet had a wrong checksum" "$(csum_errors c2)" 0
xdp_end
ok "without it TCP comes whole again" whole c2 rx transfer c0 $C2
diag "$MOVED"
ok "a program that drops everything" xdp c2 drop
fails "and nothing arrives" at c0 ping -q -c 3 -i 0.1 -W 1 $C2
xdp_end
ok "a program that sends back what it gets" xdp c2 back
is "and it comes back" "$(heard c0 c0 $M2)" $M2
xdp_end
ok "it is as before" pings c0 $C2 50
container_del c2

# Hash reports: the receiving kernel has the hash of a frame from the card

# hashed SPORT HASH: does a datagram from that port of c0 reach c2 with that hash? A socket there takes no others.
hashed() {
	rm -f "$NET_TMP/listening"
	at c2 python3 -IS -c '
import _socket as socket, ctypes, struct, sys
want, ready = int(sys.argv[1]), sys.argv[2]
# load the hash of the packet, compare, take all of it or nothing
code = b"".join(struct.pack("=HBBI", *insn) for insn in (
    (0x20, 0, 0, 0xfffff000 + 32), (0x15, 0, 1, want), (0x06, 0, 0, 0xffff), (0x06, 0, 0, 0)))
program = ctypes.create_string_buffer(code)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HL", 4, ctypes.addressof(program)))  # SO_ATTACH_FILTER
s.bind(("", 7779))
s.settimeout(2)
open(ready, "w").close()
try:
    s.recv(100)
except TimeoutError:
    sys.exit("no datagram with that hash")' "$2" "$NET_TMP/listening" &
	local receiver=$!
	wait_for 20 test -e "$NET_TMP/listening"
	at c0 python3 -IS -c '
import _socket as socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", int(sys.argv[1])))
for _ in range(3):
    s.sendto(b"flow", (sys.argv[2], 7779))' "$1" $C2
	wait $receiver
}
for more in "" RSS; do
	# shellcheck disable=SC2086  # nothing or a word
	ok "hash reports${more:+ and scaling}: a container" container c2 2 $C2/24 mac $M2 max_vqp 4 device_features "$(features MAC \
		MRG_RXBUF CSUM GUEST_CSUM GUEST_TSO4 HOST_TSO4 CTRL_VQ MQ HASH_REPORT $more)"
	at c2 ethtool -L eth0 combined 4
	ok "they are switched on" at c2 ethtool -K eth0 rxhash on
	pings c0 $C2 10 >/dev/null
	key=$(at c2 ethtool -x eth0 | grep -E -m 1 '^([0-9a-f]{2}:){39}')
	hash=$(hash_of "$key" $C0 30009 $C2 7779)
	ok "the hash is that of the driver's key" hashed 30009 "$hash"
	fails "and no other" hashed 30009 $((hash ^ 1))
	if [[ ! $more ]]; then
		ok "without scaling: it sends from queue 2" only_tx 2
		is "and there its flows come" "$(carried)" "2 "
	fi
	ok "content, with a header of 20 bytes" copy c0 c2 $C2
	ok "and the other way" copy c2 c0 $C0
	ok "content from the host" copy host c2 $C2
	container_del c2
done

# Fewer calls: what a driver asks for with ethtool -C, seen in how long a ping takes. And its counters are the card's.

# rtt FIELD PING…: the shortest (1), mean (2) or longest (3) time of pings from c0 to c2, in whole milliseconds
rtt() {
	local field=$1
	shift
	at c0 ping -q "$@" $C2 | awk -F'[/=]' -v field="$field" '/^rtt/ { print int($(4 + field)) }'
}
# agrees QUEUE COUNTER NAME: ethtool in the container, and vdpa on the host
agrees() { [[ $(at c2 ethtool -S eth0 | awk -v name="$3:" '$1 == name { print $2 }') == "$(vq c2 "$1" "$2")" ]]; }

ok "a container that can have fewer calls" container c2 2 $C2/24 mac $M2 max_vqp 2 device_features "$(features MAC MRG_RXBUF \
	CSUM GUEST_CSUM CTRL_VQ MQ EVENT_IDX STATUS NOTF_COAL VQ_NOTF_COAL DEVICE_STATS SPEED_DUPLEX GUEST_HDRLEN GUEST_ANNOUNCE)"
like "of a nominal speed" "$(at c2 ethtool eth0 | tr -d '\n')" 'Speed: 10000Mb/s.*Duplex: Full'
ok "it uses two pairs" at c2 ethtool -L eth0 combined 2
pings c0 $C2 10 >/dev/null
ok "calls held back for 200 ms" at c2 ethtool -C eth0 rx-usecs 200000 rx-frames 64
ok "a ping takes that long" test "$(rtt 1 -c 2 -i 0.5)" -ge 200
ok "or until there are four frames" at c2 ethtool -C eth0 rx-usecs 1000000 rx-frames 4
ok "a ping takes as long as four of them need" test "$(rtt 3 -c 8 -i 0.05)" -lt 900
ok "that is counted" test "$(vq_sum c2 rx calls_coalesced)" -gt 0
fails "more than a second is refused" at c2 ethtool -C eth0 rx-usecs 1000001 rx-frames 4
ok "for one of the queues" at c2 ethtool -Q eth0 queue_mask 1 --coalesce rx-usecs 200000 rx-frames 64
ok "a ping takes that long again" test "$(rtt 1 -c 2 -i 0.5)" -ge 200
ok "as before" at c2 ethtool -C eth0 rx-usecs 0 rx-frames 1
ok "a ping takes no time" test "$(rtt 1 -c 5 -i 0.2)" -lt 200
ok "content" copy c0 c2 $C2
ip netns exec c2 ip link set eth0 down
# virtio_net of 7.2 writes the questions for all queues into an array of one element, which UBSAN reports where it is on
if [[ ${SOFTDPU_LAB-} == @(uml-debug|testing) ]]; then
	skip "the driver's counters are the card's" "UBSAN would report virtio_net, not us"
else
	for counter in packets bytes; do
		for queue in 0 1; do
			ok "the driver's rx${queue}_hw_$counter is the card's" agrees $((2 * queue)) $counter \
				rx${queue}_hw_$counter
			ok "so is tx${queue}_hw_$counter" agrees $((2 * queue + 1)) $counter tx${queue}_hw_$counter
		done
	done
	ok "and the number of calls" agrees 0 calls rx0_hw_interrupts
fi
container_del c2

# Two devices with one address, as a virtual machine needs them that moves from one to the other

vdpa_make idle 3 vhost_vdpa mac $SHARED
ok "a device with the address of one that does not run" container twin 2 $C1/24 mac $SHARED
is "gets what is sent there" "$(heard twin host $SHARED)" $SHARED
container_del twin
vdpa dev del idle
ok "a device with the address of another one" container twin 2 $C1/24 mac $M1
is "what is sent there reaches the one that ran first" "$(heard c1 host $M1)/$(heard twin host $M1)" "$M1/"
ok "the other one can have another address meanwhile" at twin ip link set eth0 address $CHOSEN
is "and gets what is sent there" "$(heard twin host $CHOSEN)" $CHOSEN
ip netns del twin
wait_for 10 vdpa_netdev twin
vdpa_bind twin vhost_vdpa
ok "its driver is reset" vdpa_bind twin virtio_vdpa
ok "with another netdev" container_open twin $C1/24
is "the address that it had chosen is gone" "$(mac_of twin)" $M1
is "what is sent to the one of both reaches the first one" "$(heard c1 host $M1)/$(heard twin host $M1)" "$M1/"

# Away

serve c0
at c0 timeout 3 iperf3 -c $C1 -t 30 >/dev/null 2>&1 &
sleep 1
ok "a device can be deleted under traffic" vdpa dev del c1
wait $!
is "who has the same address gets its frames" "$(heard twin host $M1)" $M1
container_del twin
again() { ip netns del c1 && container c1 1 "$C1/24" mac "$M1" && pings c0 "$C1" 20; }
ok "and made again" again
ok "containers go" container_del c0
ok "all of them" container_del c1
is "nothing is left" "$(vdpa dev show | wc -l) $(ip netns list | wc -l)" "0 0"
net_reset
finish
