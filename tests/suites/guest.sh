#!/bin/bash
# A virtual machine on a vDPA device: QEMU with vhost-vdpa, a stock Debian kernel in it. Beside it a container with a
# virtio-vdpa netdev and the host, all on one card. Runs as root in a lab with a card of two VFs or more.
#   TEST_ROUNDS=100   with ten pings for each. A boot takes long: less than 50 leave out another boot after what needs
#                     one, less than five that with packed rings
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

PINGS=$((${TEST_ROUNDS:-100} * 10))
# emulated in an emulated machine
NET_BYTES=${TEST_BYTES:-3M}
NET_MIB=1
HOST=10.0.0.1 C0=10.0.0.10 G1=10.0.0.20
MC0=02:5d:00:00:00:10 MG1=02:5d:00:00:00:20 NEW=02:5d:00:00:00:77 NOBODY=02:5d:00:00:0f:ff
# an emulated machine in an emulated machine needs a minute and more, a busy one several
BOOT=${TEST_BOOT:-400}
TRACE=/sys/kernel/tracing
LARGER=0
BOOTS=4
((${TEST_ROUNDS:-100} < 50)) && BOOTS=2
((${TEST_ROUNDS:-100} < 5)) && BOOTS=1

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn1 ]] || bail "the card has less than two VFs"
net_reset

# whole rx|tx COMMAND…: GSO frames reach or leave the guest, and frames are on average larger than an MTU
whole() { moved g1 "$@" && ((GSO > 0 && AVERAGE > LARGER)); }

boot() {
	guest_boot g1 g1 --netdev-opts queues=4 --device-opts mq=on,vectors=10,host_mtu=9000,rx_queue_size=1024 --wait "$BOOT" \
		--qemu-arg -action --qemu-arg reboot=reset
}

up() { place_up g1 eth0 $G1/24; }

# Both kinds of attachment on one card

ok "a container with virtio-vdpa" container c0 0 $C0/24 mac $MC0 mtu 9000 max_vqp 4
ok "the host's leg" host_up $HOST/24
ok "a vDPA device for vhost-vdpa" vdpa_make g1 1 vhost_vdpa mac $MG1 mtu 9000 max_vqp 4
like "it has a character device" "$(vhost_node g1)" '^/dev/vhost-vdpa-[0-9]+$'
fails "nobody has negotiated anything with it" vq g1 0 kicks
started=$SECONDS
ok "QEMU starts a guest on it, without falling back on userspace virtio" boot
guest list | grep -q '^g1.*runs' || bail "no guest: $(guest log g1 | tail -n 20)"
diag "$((SECONDS - started)) seconds to boot"
fails "QEMU does not complain" grep -i -e vhost -e vdpa -e fail "/run/guests/g1/qemu.log"
like "the guest has the device's features" "$(vdpa dev config show g1)" \
	'negotiated_features .*GUEST_TSO4.*HOST_TSO4.*MRG_RXBUF.*CTRL_VQ.*MQ'
is "its netdev has the device's address" "$(mac_of g1)" $MG1
is "and MTU" "$(at g1 cat /sys/class/net/eth0/mtu)" 9000
ok "its address is set" up

# Ping and TCP, everywhere

for place in c0 host; do
	case $place in c0) to=$C0 ;; host) to=$HOST ;; esac
	ok "guest to $place, $PINGS pings, none lost" pings g1 "$to" "$PINGS"
	diag "average $PING_RTT ms"
	ok "$place to guest, $PINGS pings, none lost" pings $place $G1 "$PINGS"
	diag "average $PING_RTT ms"
done
ok "container to host, while the guest is there" pings c0 $HOST "$PINGS"
ok "pings of 60000 bytes, in fragments" large c0 $G1 5 60000

ok "iperf3 servers" serve g1
serve c0
serve host
for place in c0 host; do
	case $place in c0) to=$C0 LARGER=9014 ;; host) to=$HOST LARGER=1514 ;; esac
	ok "TCP $place to guest, in frames larger than an MTU" whole rx transfer $place $G1
	diag "$MOVED"
	ok "TCP guest to $place, in frames larger than an MTU" whole tx transfer g1 "$to"
	diag "$MOVED"
	ok "TCP from the guest's server to $place" whole tx transfer $place $G1 -R
	diag "$MOVED"
	ok "what $place sends is what the guest gets" copy $place g1 $G1
	ok "what the guest sends is what $place gets" copy g1 "$place" "$to"
done
is "no packet had a wrong checksum" "$(csum_errors g1) $(csum_errors c0) $(csum_errors host)" "0 0 0"

# MTU 9000

ip link set "$(pf_netdev)" mtu 9000
ok "frames of 9000 bytes, container to guest" large c0 $G1 10 8972 -M "do"
ok "frames of 9000 bytes, host to guest" large host $G1 10 8972 -M "do"
LARGER=9014
ok "MTU 9000: TCP container to guest" whole rx transfer c0 $G1
diag "$MOVED"
ok "MTU 9000: TCP guest to host" whole tx transfer g1 $HOST
diag "$MOVED"
ok "MTU 9000: content" copy host g1 $G1
ip link set "$(pf_netdev)" mtu 1500

# Many queues

like "the guest has four pairs of queues" "$(at g1 ethtool -l eth0 | tr -d '\t\n')" 'maximums:.*Combined:4Current'
ok "and uses them" at g1 ethtool -L eth0 combined 4
# by time: of eight MiB, four sockets of the sender would hold most when it is done. In a second a busy machine moves next
# to nothing.
ok "TCP over four pairs" whole rx transfer c0 $G1 -P 4 -t 5
diag "$MOVED"
base g1 4
at c0 ethtool -L eth0 combined 4
flows c0 $G1
is "many flows use every receive queue" "$(idle g1 rx 0 3)" ""
ok "one pair again" at g1 ethtool -L eth0 combined 1
base g1 4
flows c0 $G1
is "then they use one queue" "$(idle g1 rx 0 3)" "1 2 3 "
at g1 ethtool -L eth0 combined 2

# The control virtqueue: QEMU passes on what the guest says

is "unicast to the guest arrives, to others not" "$(heard g1 c0 $MG1 $NOBODY "$(mac_of host)")" $MG1
ok "the guest changes its MAC address" at g1 ip link set eth0 address $NEW
like "the device has it" "$(vdpa dev config show g1)" "mac $NEW "
is "frames to the new address arrive, to the old one not" "$(heard g1 c0 $MG1 $NEW)" $NEW
# the others would keep the old one for a while
at c0 ip neigh flush dev eth0
ok "and ping works" pings c0 $G1 20
fails "it cannot take the container's" at g1 ip link set eth0 address $MC0
at g1 ip link set eth0 address $MG1
at c0 ip neigh flush dev eth0
at g1 ip link set eth0 promisc on
is "promiscuous mode: unicast to nobody arrives" "$(heard g1 c0 $NOBODY)" $NOBODY
at g1 ip link set eth0 promisc off
is "not any more afterwards" "$(heard g1 c0 $NOBODY)" ""
is "multicast that nobody asked for does not arrive" "$(heard g1 c0 01:00:5e:7f:00:01)" ""
at g1 ip maddr add 01:00:5e:7f:00:01 dev eth0
is "after joining it does" "$(heard g1 c0 01:00:5e:7f:00:01)" 01:00:5e:7f:00:01
ok "the guest adds a VLAN" at g1 ip link add link eth0 name vlan10 type vlan id 10
at c0 ip link add link eth0 name vlan10 type vlan id 10
place_up g1 vlan10 10.0.10.20/24
place_up c0 vlan10 10.0.10.10/24
ok "ping over the VLAN" pings c0 10.0.10.20 50
is "frames of another VLAN do not arrive" "$(heard g1 c0 $MG1/20 $MG1/10)" $MG1
ok "the VLAN goes" at g1 ip link del vlan10
is "and with it its frames" "$(heard g1 c0 $MG1/10)" ""
at c0 ip link del vlan10

diag "$(drops g1)"

# The host takes its link away

carrier() { [[ $(at g1 cat /sys/class/net/eth0/carrier) == "$1" ]]; }
ok "the link of its VF goes down" ip link set "$(pf_netdev)" vf 1 state disable
ok "the guest's driver hears of it" wait_for 30 carrier 0
fails "nothing reaches it" at host ping -c 2 -i 0.2 -W 1 $G1
ok "the link comes back" ip link set "$(pf_netdev)" vf 1 state auto
ok "which it hears of, too" wait_for 30 carrier 1
ok "and it answers" pings c0 $G1 100
guest qmp g1 stop >/dev/null
ok "the link goes down while the machine stands still" ip link set "$(pf_netdev)" vf 1 state disable
guest qmp g1 cont >/dev/null
ok "the guest's driver hears of that when it goes on" wait_for 30 carrier 0
guest qmp g1 stop >/dev/null
ok "and up" ip link set "$(pf_netdev)" vf 1 state auto
guest qmp g1 cont >/dev/null
ok "which it hears of as well" wait_for 30 carrier 1

# The machine stops and goes on

ok "QEMU stops the machine" guest qmp g1 stop
fails "it does not answer" at host ping -c 2 -i 0.2 -W 1 $G1
ok "container to host goes on" pings c0 $HOST 100
ok "QEMU lets it go on" guest qmp g1 cont
ok "it answers, none lost" pings c0 $G1 200
ok "and sends" pings g1 $HOST 200
outlives() {
	local sender sent got
	count_lines g1 7004 || return 1
	ip netns exec c0 "$STREAMS" tcp-send $G1 7004 >"$NET_TMP/sent" &
	sender=$!
	for _ in 1 2 3 4 5; do
		sleep 0.3
		guest qmp g1 stop
		guest qmp g1 cont
	done >/dev/null
	kill "$sender"
	wait "$sender"
	sent=$(jq .sent "$NET_TMP/sent") got=$(lines_counted g1)
	echo "$sent lines sent, $got received"
	[[ $sent == "$got" ]]
}
ok "a TCP stream outlives stopping and going on" outlives
ok "content afterwards" copy c0 g1 $G1
ok "content afterwards, from the guest" copy g1 c0 $C0

if [[ $SOFTDPU_LAB == uml* && $BOOTS -ge 4 ]]; then
	at g1 sh -c 'touch /run/up; (sleep 1; reboot -f) >/dev/null 2>&1 &'
	rebooted() { guest exec g1 --timeout 5 -- test ! -e /run/up; }
	ok "the guest reboots on the same device" wait_for "$BOOT" rebooted
	ok "and has its address" up
	ok "and answers, none lost" pings c0 $G1 200
	serve g1
	ok "TCP after the reboot" whole rx transfer c0 $G1
else
	skip "the guest reboots on the same device" "a boot takes long, the long run in uml has tested it"
fi

# QEMU is killed

guest exec g1 -- sleep 1000 &
asked=$!
at c0 timeout 4 iperf3 -c $G1 -t 60 >/dev/null 2>&1 &
sleep 1
if [[ -e $TRACE/events/softdpu ]]; then
	echo >$TRACE/trace
	echo 1 >$TRACE/events/softdpu/enable
fi
ok "QEMU is killed under traffic" guest kill g1
if [[ -e $TRACE/events/softdpu ]]; then
	echo 0 >$TRACE/events/softdpu/enable
	is "its memory, in many pieces, takes no command each" \
		"$(grep -c 'sdpu_cmd: .*STATUS_SET' $TRACE/trace) $(grep -c 'sdpu_cmd: .*AS_INVALIDATE' $TRACE/trace)" "1 0"
else
	skip "its memory, in many pieces, takes no command each" "this kernel has no trace events"
fi
serve_end c0
wait $!
wait $asked
is "who waits for an answer of the guest learns that there is none" $? 255
ok "the others go on" pings c0 $HOST "$PINGS"
wait_free() { wait_for 30 sh -c ": <>$(vhost_node g1)"; }
ok "the device is free" wait_free
ok "a container takes it" vdpa_bind g1 virtio_vdpa
ok "with its netdev" container_open g1 $G1/24
ok "and talks" pings g1 $C0 200
is "with the address it was made with" "$(mac_of g1)" $MG1
ip netns del g1
if ((BOOTS >= 4)); then
	wait_for 10 vdpa_netdev g1
	ok "a guest takes it again" vdpa_bind g1 vhost_vdpa
	ok "it boots" boot
	up
	ok "and answers, none lost" pings c0 $G1 200
	ok "content" copy c0 g1 $G1
	ok "the guest shuts down" guest stop g1
else
	skip "a guest takes it again" "a boot takes long, the long run tests it"
fi
ok "the device can be deleted" vdpa dev del g1

# Packed rings, and scaling by hash

if ((BOOTS >= 2)); then
	ok "a device with packed rings" vdpa_make g1 1 vhost_vdpa mac $MG1 max_vqp 4 device_features "$(features MAC MTU STATUS \
		MRG_RXBUF CSUM GUEST_CSUM GUEST_TSO4 GUEST_TSO6 HOST_TSO4 HOST_TSO6 CTRL_VQ CTRL_RX CTRL_VLAN CTRL_MAC_ADDR \
		INDIRECT_DESC EVENT_IDX RING_PACKED MQ RSS)"
	ok "packed rings: a guest boots on it" guest_boot g1 g1 --netdev-opts queues=4 \
		--device-opts packed=on,mq=on,rss=on,vectors=10 --wait "$BOOT"
	like "packed rings: its driver has accepted them, and RSS" "$(at g1 cut -c 35,61 /sys/class/net/eth0/device/features)" '^11$'
	like "RSS: the guest has a table of 128 entries" "$(at g1 ethtool -x eth0)" '120: '
	up
	ok "RSS: four queues" at g1 ethtool -L eth0 combined 4
	at c0 ethtool -L eth0 combined 1
	base g1 4
	flows c0 $G1
	is "RSS: the flows of one queue are received in four" "$(idle g1 rx 0 3)" ""
	ok "RSS: a table with two of them" at g1 ethtool -X eth0 equal 2
	base g1 4
	flows c0 $G1
	is "RSS: then the others get nothing" "$(idle g1 rx 0 3)" "2 3 "
	at c0 ethtool -L eth0 combined 4
	ok "packed rings: ping, none lost" pings c0 $G1 200
	serve g1
	serve c0
	LARGER=1514
	ok "packed rings: TCP container to guest, in frames larger than an MTU" whole rx transfer c0 $G1
	ok "packed rings: TCP guest to container, in frames larger than an MTU" whole tx transfer g1 $C0
	ok "packed rings: content, container to guest" copy c0 g1 $G1
	ok "packed rings: content, guest to container" copy g1 c0 $C0
	is "packed rings: no packet had a wrong checksum" "$(csum_errors g1) $(csum_errors c0)" "0 0"
	guest qmp g1 stop >/dev/null
	guest qmp g1 cont >/dev/null
	ok "packed rings: none lost after the machine stopped and went on" pings c0 $G1 200
	ok "the guest shuts down" guest stop g1
	ok "its device can be deleted" vdpa dev del g1
else
	skip "packed rings: a guest boots on it" "a boot takes long"
fi

# A virtual IOMMU: the guest maps what it shows to the device, and unmaps it, for each frame. QEMU shadows no control
# virtqueue behind one: the device has one group for everything.

if [[ $SOFTDPU_LAB == uml* && $BOOTS -ge 4 ]]; then
	echo 1 >"$PCI/$(card_vf 1)/single_group"
	ok "a device for a guest with an IOMMU" vdpa_make g1 1 vhost_vdpa mac $MG1 max_vqp 2
	ok "virtual IOMMU: a guest boots" guest_boot g1 g1 --netdev-opts queues=2 --device-opts mq=on,vectors=6,iommu_platform=on \
		--qemu-arg -device --qemu-arg intel-iommu,caching-mode=on --wait "$BOOT"
	like "virtual IOMMU: its kernel uses it" "$(at g1 ls /sys/class/iommu)" dmar0
	up
	ok "virtual IOMMU: ping, none lost" pings c0 $G1 200
	serve g1
	ok "virtual IOMMU: TCP container to guest" whole rx transfer c0 $G1
	diag "$MOVED"
	ok "virtual IOMMU: TCP guest to container" whole tx transfer g1 $C0
	diag "$MOVED"
	ok "virtual IOMMU: content, container to guest" copy c0 g1 $G1
	ok "virtual IOMMU: content, guest to container" copy g1 c0 $C0
	ok "virtual IOMMU: the control virtqueue works" at g1 ethtool -L eth0 combined 2
	ok "the guest shuts down" guest stop g1
	vdpa dev del g1
	echo 0 >"$PCI/$(card_vf 1)/single_group"
else
	skip "virtual IOMMU: a guest boots" "a boot takes long, the long run in uml has tested it"
fi
ok "and the container" container_del c0
is "nothing is left" "$(vdpa dev show | wc -l) $(ip netns list | wc -l)" "0 0"
net_reset
finish
