#!/bin/bash
# The PF and its driver: the netdev, VFs, and what happens when the card is late, wrong or gone.
# Runs as root in a lab.
# Functions are called by way of ok and fails, and bail is meant for either failure.
# shellcheck disable=SC2015,SC2317
set -u
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"

BUS=/sys/bus/softdpu
PCI=/sys/bus/pci/devices
DRIVER=/sys/bus/pci/drivers/softdpu
VDPA=/sys/bus/vdpa/drivers
FAULT=/sys/kernel/debug/softdpu/0.0/fault
TRACE=/sys/kernel/tracing
ROUNDS=$((${TEST_ROUNDS:-100} / 20))

put() { echo "$1" >"$2"; }
del() { echo "$1" >"$BUS/del_device"; }
numvfs() { echo "$1" >"$DEV/sriov_numvfs"; }
attach() { echo "$PF" >$DRIVER/bind; }
detach() { echo "$PF" >$DRIVER/unbind; }
mtu() { ip link set dev "$IF" mtu "$1"; }
mac() { ip link set dev "$IF" address "$1"; }
up() { ip link set dev "$IF" up; }
vfs() { lspci -Dn -d 5d9a:1001 | wc -l; }
netdev() { ls "$DEV/net" 2>/dev/null; }
link() { ip -j -d link show dev "$IF" | jq -r ".[0].$1"; }
counter() { ethtool -S "$IF" | sed -n "s/^ *$1: //p"; }
# sum of a counter of all queues: queues rx packets
queues() { echo $(($(ethtool -S "$IF" | sed -n "s/^ *$1[0-9]*_$2: //p" | paste -sd+))); }
# The next commands go wrong. A refresh of the counters, which whoever looks at the netdev sets off, must not be one of them.
fault() { sleep 0.5; echo "$*" >"$FAULT"; }
# wait until CONDITION… holds, thirty seconds at most
until_so() {
	local i
	for ((i = 0; i < 300; i++)); do "$@" && return; sleep 0.1; done
	return 1
}
has_netdev() { IF=$(netdev) && [[ $IF ]]; }
has_peer() { peer=$(ls "$PCI/$VF"/virtio*/net) && [[ $peer ]]; } 2>/dev/null
idle() { [[ ! $(jobs -rp) ]]; }
has_vfs() { [[ $(vfs) == "$1" ]]; }
# send NETDEV DESTINATION COUNT: Ethernet frames of a protocol that nobody speaks
send() {
	python3 - "$@" <<-'EOT'
	import socket, sys
	s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
	s.bind((sys.argv[1], 0))
	to = bytes.fromhex(sys.argv[2].replace(":", ""))
	for _ in range(int(sys.argv[3])):
	    s.send(to + s.getsockname()[4] + b"\x88\xb5" + bytes(100))
	EOT
}

[[ $(id -u) == 0 && -e ${SOFTDPU_MODDIR-}/softdpu.ko ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
# no frames but ours. Not per netdev: IPv6 forgets a netdev that once had an MTU of 68
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
modules-unload && modules-load card 0 || bail "the modules do not load again"
PF=$(cat $BUS/devices/softdpu0/pci)
DEV=$PCI/$PF

# The netdev

ok "the driver has the PF" test "$(readlink -f "$DEV/driver")" -ef $DRIVER
ok "it makes a netdev" until_so has_netdev
[[ $IF ]] || bail "no netdev"
is "udev finds what it needs for a readable name" \
	"$(cat "/sys/class/net/$IF/"{phys_port_name,dev_port})" $'p0\n0'
info=$(ethtool -i "$IF")
like "ethtool -i names the driver" "$info" '^driver: softdpu'
like "and the control path's version" "$info" 'firmware-version: control path [0-9]+\.[0-9]+'
like "and where the card is" "$info" "bus-info: $PF"
cpus=$(nproc)
is "there is a queue a CPU" "$(find "/sys/class/net/$IF/queues" -name 'tx-*' | wc -l)" "$cpus"
like "ethtool -l agrees" "$(ethtool -l "$IF")" "maximums.*Combined:[[:space:]]+$cpus.*Current.*Combined:[[:space:]]+$cpus"
like "it offloads" "$(ethtool -k "$IF")" \
	'scatter-gather: on.*tx-tcp-segmentation: on.*tx-tcp-ecn-segmentation: on.*tx-tcp6-segmentation: on'
fails "it has an address that is nobody else's" grep -q 00:00:00:00:00:00 "/sys/class/net/$IF/address"
is "it has no carrier while it is down" "$(cat "/sys/class/net/$IF/operstate")" down
ok "it goes up" up
ok "and has a carrier" until_so grep -q 1 "/sys/class/net/$IF/carrier"
like "of a nominal speed" "$(ethtool "$IF")" 'Speed: 10000Mb/s.*Duplex: Full.*Link detected: yes'

# What it accepts and refuses

is "it says what MTUs it takes" "$(link min_mtu) $(link max_mtu)" "68 9216"
for n in 68 9000 9216 1500; do
	ok "MTU $n is fine, also when it is up" mtu $n
done
is "and it is set" "$(cat "/sys/class/net/$IF/mtu")" 1500
for n in 67 9217 65536; do
	fails "MTU $n is refused" mtu $n
done
is "and it stays" "$(cat "/sys/class/net/$IF/mtu")" 1500
address=$(cat "/sys/class/net/$IF/address")
ok "it takes another address while it is up" mac 02:00:00:00:aa:01
is "and has it" "$(cat "/sys/class/net/$IF/address")" 02:00:00:00:aa:01
for bad in 01:00:00:00:00:01 00:00:00:00:00:00 ff:ff:ff:ff:ff:ff; do
	fails "address $bad is refused" mac $bad
done
ok "it takes its own address back" mac "$address"

# Counters

before=$(queues tx packets)
ok "frames can be sent" send "$IF" 02:00:00:00:bb:01 10
is "they are counted" $(($(queues tx packets) - before)) 10
is "the card counts the same" "$(counter port_tx_packets)" "$(queues tx packets)"
is "and says that nobody had that address" "$(counter port_tx_drop_no_port)" 10
is "ip -s link agrees" "$(ip -j -s link show dev "$IF" | jq '.[0].stats64.tx | .packets, .dropped' | paste -sd' ')" \
	"$(queues tx packets) 10"
is "the control path is in good health" \
	"$(ethtool -S "$IF" | sed -n 's/^ *ctrl_.*: //p' | sort -u)" 0

# VFs

is "there are no VFs" "$(vfs) $(cat "$DEV/sriov_numvfs")" "0 0"
ok "four can be enabled" numvfs 4
is "and are there" "$(vfs) $(cat "$DEV/sriov_numvfs") $(find "$DEV/" -name 'virtfn*' | wc -l)" "4 4 4"
is "each knows its PF" "$(readlink -f "$DEV"/virtfn*/physfn | sort -u)" "$(readlink -f "$DEV")"
refused "from four to two is refused" "Device or resource busy" "$DEV/sriov_numvfs" 2
refused "more than the card has are refused" "Numerical result out of range" "$DEV/sriov_numvfs" 65
ok "none again" numvfs 0
is "and they are gone" "$(vfs) $(cat "$DEV/sriov_numvfs")" "0 0"
ok "then eight" numvfs 8
is "and are there" "$(vfs)" 8

# The PF loses its driver

ok "the driver can be unbound while there are VFs" detach
is "VFs and netdev go with it" "$(vfs) $(cat "$DEV/sriov_numvfs") $(netdev)" "0 0 "
refused "there are no VFs without a driver" "No such file or directory" "$DEV/sriov_numvfs" 2
ok "it can be bound again" attach
ok "the netdev is back" until_so has_netdev
is "without VFs, nobody has asked for any" "$(vfs)" 0
numvfs 2
ok "the PF can be removed while there are VFs" put 1 "$DEV/remove"
is "which are gone then" "$(vfs)" 0
echo 1 >/sys/bus/pci/rescan
ok "it comes back when the bus is scanned" until_so has_netdev
numvfs 3
ok "the card can be deleted while there are VFs" del 0
is "all of it" "$(vfs) $(ls $BUS/devices)" "0 "
echo 0 >$BUS/new_device
ok "a new one is as the first" until_so has_netdev

# Initial VFs

modules-unload && modules-load card 3 || bail "the modules do not load again"
ok "VFs that the card wishes to have come by themselves" until_so has_vfs 3
detach
is "they go with the driver" "$(vfs)" 0
attach
ok "and come back with it" until_so has_vfs 3
failed=0
for ((i = 0; i < ROUNDS; i++)); do
	detach && attach || failed=$((failed + 1))
done
is "an impatient owner does not hang" $failed 0
ok "and has VFs in the end" until_so has_vfs 3
bind_unbind() { while [[ ! -e /run/stop ]]; do detach; attach; done; }
up_down() { while [[ ! -e /run/stop ]]; do numvfs 0; numvfs 2; done; }
look() {
	while [[ ! -e /run/stop ]]; do
		lspci -vv -d 5d9a:
		cat "$PCI"/*/config
		for n in $(netdev); do ethtool -S "$n"; ip -s link show "$n"; ip link set "$n" up; done
	done
}
rm -f /run/stop
for job in bind_unbind up_down look look; do $job >/dev/null 2>&1 & done
sleep $((ROUNDS * 2))
touch /run/stop
ok "binding, enabling and looking at once come to an end" until_so idle
[[ -e $DRIVER/$PF ]] || attach
ok "the PF works afterwards" until_so has_netdev
failed=0
for ((i = 0; i < ROUNDS; i++)); do
	numvfs 0; numvfs 2
	detach 2>/dev/null &
	echo 1 >"$DEV/remove"
	wait
	echo 1 >/sys/bus/pci/rescan
	until_so has_netdev || failed=$((failed + 1))
done 2>/dev/null
is "unbinding and removing at once do not block each other" $failed 0

# With somebody at the other end

numvfs 0; numvfs 1
IF=$(netdev)
ip link set dev "$IF" up
if [[ -e $SOFTDPU_MODDIR/softdpu_vdpa.ko ]]; then
	VF=$(basename "$(readlink "$DEV/virtfn0")")
	ok "a VF gets a device" vdpa dev add name t0 mgmtdev "pci/$VF" mac 02:00:00:00:cc:01
	[[ -e $VDPA/vhost_vdpa/t0 ]] || { echo t0 >$VDPA/virtio_vdpa/unbind; echo t0 >$VDPA/vhost_vdpa/bind; } 2>/dev/null
	chr=$(basename "$PCI/$VF"/t0/vhost-vdpa-*)
	# VHOST_SET_OWNER, VHOST_VDPA_SET_STATUS: ACKNOWLEDGE
	python3 - "/dev/$chr" <<-'EOT' &
	import fcntl, sys, time
	f = open(sys.argv[1], "r+b", buffering=0)
	fcntl.ioctl(f, 0xaf01)
	fcntl.ioctl(f, 0x4001af72, b"\x01")
	open("/run/held", "w")
	time.sleep(1000)
	EOT
	user=$!
	until_so test -e /run/held
	refused "VFs that a process uses cannot be disabled" "Device or resource busy" "$DEV/sriov_numvfs" 0
	is "and stay" "$(vfs)" 1
	kill -9 $user
	wait $user 2>/dev/null
	echo t0 >$VDPA/vhost_vdpa/unbind
	echo t0 >$VDPA/virtio_vdpa/bind
	# nobody loads modules on demand here
	modprobe -q virtio_net
	ok "the device gets a netdev" until_so has_peer
	ip netns add peer
	ip link set dev "$peer" netns peer
	in_peer() { ip netns exec peer "$@"; }
	in_peer sysctl -q net.ipv6.conf.all.disable_ipv6=1
	in_peer ip link set dev "$peer" up
	sleep 1
	# what the PF receives of ten frames from the VF to an address
	receives() {
		local before
		before=$(queues rx packets)
		in_peer bash -c "$(declare -f send); send $peer $1 10"
		sleep 0.3
		echo $(($(queues rx packets) - before))
	}
	# SIOCADDMULTI or SIOCDELMULTI for 200 groups: ip would have to be called for each
	groups() {
		python3 - "$IF" "$1" <<-'EOT'
		import fcntl, socket, struct, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		for n in range(200):
		    mac = bytes([1, 0, 0x5e, 0, 1, n])
		    fcntl.ioctl(s, {"add": 0x8931, "del": 0x8932}[sys.argv[2]], struct.pack("16sH14s", sys.argv[1].encode(), 0, mac))
		EOT
	}
	is "the PF receives what is for it" "$(receives "$(cat "/sys/class/net/$IF/address")")" 10
	is "and what is for all" "$(receives ff:ff:ff:ff:ff:ff)" 10
	is "not what is for others" "$(receives 02:00:00:00:dd:01)" 0
	is "nor for a group that it is not in" "$(receives 01:00:5e:00:00:77)" 0
	ip maddr add 01:00:5e:00:00:77 dev "$IF"
	sleep 0.5
	is "but for one that it joins" "$(receives 01:00:5e:00:00:77)" 10
	ip maddr del 01:00:5e:00:00:77 dev "$IF"
	sleep 0.5
	is "until it leaves" "$(receives 01:00:5e:00:00:77)" 0
	ip link set dev "$IF" promisc on
	sleep 0.5
	is "everything when it is promiscuous" "$(receives 02:00:00:00:dd:01)" 10
	ip link set dev "$IF" promisc off
	sleep 0.5
	is "until it is not" "$(receives 02:00:00:00:dd:01)" 0
	groups add
	sleep 1
	is "more groups than the filter holds work, too" \
		"$(receives 01:00:5e:00:01:00) $(receives 01:00:5e:00:01:c7)" "10 10"
	groups del
	sleep 1
	is "and leave nothing behind" "$(receives 01:00:5e:00:01:00) $(receives 01:00:5e:00:01:c7)" "0 0"
	ip link set dev "$IF" down
	is "nothing when it is down" "$(receives ff:ff:ff:ff:ff:ff)" 0
	ip link set dev "$IF" up
	is "and all again when it is up" "$(receives ff:ff:ff:ff:ff:ff)" 10
	if [[ -e $FAULT ]]; then
		# not with ip: that looks at the netdev first
		fault length
		busybox ifconfig "$IF" down
		busybox ifconfig "$IF" up
		is "also when the card's answer to going down made no sense" "$(receives ff:ff:ff:ff:ff:ff)" 10
		fault length
		fails "an address is refused when the answer makes no sense" busybox ifconfig "$IF" hw ether 02:00:00:00:aa:02
		is "and what is for the old one is received" "$(receives "$(cat "/sys/class/net/$IF/address")")" 10
	fi
	ok "VFs that only the kernel uses can be disabled" numvfs 0
	ip netns del peer
else
	skip "the PF receives what is for it" "there is no VF driver"
fi

# Commands can be watched

if [[ -e $TRACE/events/softdpu ]]; then
	echo >$TRACE/trace
	echo 1 >$TRACE/events/softdpu/enable
	mtu 1400
	echo 0 >$TRACE/events/softdpu/enable
	mtu 1500
	trace=$(grep -E 'sdpu_(cmd|completion)' $TRACE/trace)
	like "a command leaves a trace" "$trace" "sdpu_cmd: $PF function=0 tag=0x[0-9a-f]{4} PORT_SET len=16 in="
	like "and its completion" "$trace" "sdpu_completion: $PF function=0 tag=0x[0-9a-f]{4} PORT_SET status=OK len=0 latency="
else
	skip "a command leaves a trace" "this kernel has no trace events"
fi

# A card with bad habits

[[ -e $FAULT ]] || { skip "a card with bad habits" "no fault can be injected"; finish; }
# Another MTU each time: setting the one that is there takes no command. And not with ip: that looks at the netdev first.
gives() {
	local file=/sys/class/net/$IF/mtu got
	got=$({ echo $((2900 - $(cat "$file"))) >"$file"; } 2>&1)
	is "$1" "${got##*: }" "$2"
}
bad() { counter ctrl_bad_completions; }
n=$(bad)
fault length
gives "a completion that is too long is an error" "Input/output error"
fault status
gives "so is a status that does not exist" "Input/output error"
fault reserved
gives "and a reserved field" "Input/output error"
fault duplicate
gives "a completion that comes twice does no harm" ""
is "what made no sense was counted" $(($(bad) - n)) 3
fault tag
gives "the completion of another command completes nothing" "Connection timed out"
fault opcode
gives "nor that of another opcode" "Connection timed out"
is "both were counted" $(($(bad) - n)) 5
fault late 1 6000
gives "a completion that is late is too late" "Connection timed out"
gives "the next command is not disturbed" ""
late() { [[ $(counter ctrl_late_completions) == 1 ]]; }
ok "when it comes it is counted" until_so late
is "so are the timeouts" "$(counter ctrl_timeouts)" 3
gives "nothing is wrong with the next command" ""
# the buffer that the card may still write to is not asked for again
sent=$(counter port_tx_packets)
for _ in 1 2; do
	fault tag
	counter port_tx_packets >/dev/null
done
is "counters whose completion was lost are a timeout" "$(counter ctrl_timeouts)" 5
send "$IF" ff:ff:ff:ff:ff:ff 3
is "later ones are as of then" "$(($(counter port_tx_packets) - sent))" 3
fault duplicate 200
failed=0
for ((i = 0; i < 100; i++)); do mtu $((1400 + i)) || failed=$((failed + 1)); done
is "a card that says all things twice can be lived with" $failed 0
fault none

fault drop 4
for _ in 1 2 3 4; do gives "no completion is a timeout" "Connection timed out"; done
fault none
gives "after four in a row the card is given up" "No such device"
detach
attach
until_so has_netdev
up
ok "a new start gives it another chance" mtu 1400

until_so has_vfs 3
mtu 1500
fault gone
start=$SECONDS
gives "a card that is gone is an error" "No such device"
ok "at once" test $((SECONDS - start)) -lt 3
ok "frames for it are no problem" send "$IF" ff:ff:ff:ff:ff:ff 10
ok "nor are its counters" ethtool -S "$IF"
ok "the netdev goes down" ip link set dev "$IF" down
ok "but takes them back" numvfs 0
refused "it gives no new ones" "No such device" "$DEV/sriov_numvfs" 4
ok "its driver leaves" detach
fails "and does not come back" attach
fault none
ok "before the card does" attach
ok "which works as if nothing had been" until_so has_netdev
finish
