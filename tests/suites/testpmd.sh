#!/bin/bash
# DPDK on a vDPA device: testpmd with virtio-user over vhost-vdpa, and a container that talks to it. Each ring and each
# of its paths; what the container sends comes back, byte for byte. Runs as root in a lab with a card of three VFs or
# more that has DPDK (softdpu-lab run --dpdk).
#   TEST_ROUNDS=20    with a hundred datagrams for each; less than five leave out combinations of what is tested already
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

DATAGRAMS=$((${TEST_ROUNDS:-20} * 100))
LONG=''
((${TEST_ROUNDS:-20} < 5)) || LONG=yes
# seconds until it forwards: an emulated machine loads seventy libraries over a network file system
START=120
C0=10.0.0.10 P1=10.0.0.20 P2=10.0.0.30
MC0=02:5d:00:00:00:10 MP1=02:5d:00:00:00:20 MP2=02:5d:00:00:00:30 NOBODY=02:5d:00:00:0f:ff
PORT=6000
OFFERED=(MAC MTU STATUS MRG_RXBUF CTRL_VQ CTRL_RX CTRL_VLAN CTRL_MAC_ADDR MQ INDIRECT_DESC EVENT_IDX RING_PACKED IN_ORDER)
FIRST_CPU=0 LAST_CPU=$(($(nproc) - 1))

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn2 ]] || bail "the card has less than three VFs"
command -v dpdk-testpmd >/dev/null || bail "there is no DPDK here: softdpu-lab run --dpdk"
net_reset

TESTPMD='' SAID=$NET_TMP/testpmd

# testpmd QUEUES MODE DEVICE-OPTIONS DEVICE… [-- OPTION…]: on those vDPA devices, and it forwards. Without huge pages:
# what it has of memory is 64 MiB and more of small ones, and each is mapped.
testpmd() {
	local queues=$1 mode=$2 options=$3 name devices=() num=0
	shift 3
	while (($#)) && [[ $1 != -- ]]; do
		name=$(vhost_node "$1") || return 1
		devices+=(--vdev "net_virtio_user$num,path=$name,queues=$queues,$options")
		num=$((num + 1))
		shift
	done
	rm -f "$NET_TMP/commands" "$SAID"
	mkfifo "$NET_TMP/commands" && exec {COMMANDS}<>"$NET_TMP/commands" || return 1
	# its first thread only reads commands
	stdbuf -oL dpdk-testpmd --lcores "0@$FIRST_CPU,1@$LAST_CPU" --no-huge -m 64 --no-pci --no-shconf --no-telemetry "${devices[@]}" -- \
		-i --total-num-mbufs=8192 --no-mlockall --forward-mode="$mode" --rxq="$queues" --txq="$queues" "${@:2}" \
		<&"$COMMANDS" >"$SAID" 2>&1 &
	TESTPMD=$!
	tell start
	wait_for $START grep -a -q 'forwards packets on' "$SAID" && return 0
	tail -n 20 "$SAID"
	return 1
}

tell() { printf '%s\n' "$@" >&"$COMMANDS"; }

# testpmd_end: it stops, and says how much it has forwarded
testpmd_end() {
	local status
	tell stop quit
	wait "$TESTPMD"
	status=$?
	exec {COMMANDS}>&-
	TESTPMD=''
	return $status
}

# echoed MAC ADDRESS LENGTH: datagrams of c0 to there, two of 64 flows each on the way at a time and of one byte to so
# many each; true if all of a flow come back, in order, as they were. Flows take queues by a hash that each boot seeds
# anew: of 16 flows none took one of four queues in one boot out of 25. Of frames that take several buffers a ring has
# not room for as many.
echoed() {
	at c0 ip neigh replace "$2" lladdr "$1" dev eth0 || return 1
	at c0 timeout 60 python3 -IS -c '
import _socket as socket, random, sys
address, port, length, total = sys.argv[1], *map(int, sys.argv[2:])
rand = random.Random(length)
many = 64 if length < 2048 else 16
flows = []
for i in range(many):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", 5000 + i))
    s.settimeout(10)
    flows.append(s)
for first in range(0, total, 2 * many):
    sent = []
    for i in range(first, min(first + 2 * many, total)):
        # each length, if there are enough of them, and the last one
        data = rand.randbytes(length - i * 7 % length)
        flows[i % many].sendto(data, (address, port))
        sent.append(data)
    for i, data in enumerate(sent):
        try:
            got = flows[i % many].recv(65536)
        except TimeoutError:
            sys.exit("datagram %d, of %d bytes, is lost" % (first + i, len(data)))
        if got != data:
            sys.exit("datagram %d, of %d bytes, came back with %d, other ones" % (first + i, len(data), len(got)))
' "$2" $PORT "$3" "$DATAGRAMS" && return 0
	where_lost
	return 1
}

# negotiated NAME: of RING_PACKED, IN_ORDER, MRG_RXBUF, MQ and RSS, those it has, in this order
negotiated() {
	local feature features
	features=" $(vdpa -j dev config show "$1" | jq -r '.config[].negotiated_features | join(" ")') "
	for feature in RING_PACKED IN_ORDER MRG_RXBUF MQ RSS; do
		[[ $features != *" $feature "* ]] || echo "$feature"
	done | paste -sd' '
}

# forwarded: whether testpmd sent all that it received, over all ports, and how many it could not
forwarded() {
	awk '/Accumulated forward statistics/ { on = 1 }
		on && /RX-packets/ { rx = $2; bad = $4 }
		on && /TX-packets/ { print((rx > 0 && rx == $2) ? "all" : rx " received, " $2 " sent", bad + $4); exit }' "$SAID"
}

# dropped NAME: frames for its driver for want of buffers, by a filter or because they were bad; sent ones that were bad;
# and rings of both kinds that broke. What came before it was there does not count.
dropped() { echo "$(vq_sum "$1" rx drop_no_buffer drop_filter drop_bad broken) $(vq_sum "$1" tx drop_bad broken)"; }

# arrived NAME: frames that its driver has got so far, over all queues
arrived() { vq_sum "$1" rx packets; }

# got NAME MAC: true if frames to that address reach the driver: ten of them, and a broadcast that comes last
got() {
	local before ten
	printf -v ten '%0.s'"$2 " {1..10}
	before=$(arrived "$1")
	# shellcheck disable=SC2086  # words
	python3 -IS -c "$HEARD" '' c0:eth0 $ten && wait_for 5 more_than "$1" "$before" && sleep 0.2 &&
		more_than "$1" $((before + 9))
}
more_than() { (($(arrived "$1") > $2)); }

# Each ring, and each of the driver's ways of using it

ok "a container" container c0 0 $C0/24 mac $MC0 mtu 9000 max_vqp 4
at c0 ip link set eth0 mtu 1500
at c0 ethtool -L eth0 combined 4
# flows take queues by their hash, not by the CPU that sends
at c0 sh -c 'for f in /sys/class/net/eth0/queues/tx-*/xps_cpus; do echo 0 >$f; done' 2>/dev/null

while read -r options want long; do
	[[ $LONG || ! $long ]] || continue
	want=${want//,/ }
	what=${options//,/ }
	ok "$what: a device" vdpa_make p1 1 vhost_vdpa mac $MP1 max_vqp 4 device_features "$(features "${OFFERED[@]}")"
	ok "$what: testpmd forwards, four queues" testpmd 4 5tswap "$options" p1
	is "$what: it has got what it asked for" "$(negotiated p1)" "$want"
	base p1 4
	ok "$what: $DATAGRAMS datagrams come back as they were" echoed $MP1 $P1 1472
	is "$what: all pairs have carried some" "$(idle p1 rx 0 3)$(idle p1 tx 0 3)" ""
	is "$what: nothing was dropped" "$(dropped p1)" "0 0 0 0 0 0"
	ok "$what: testpmd ends" testpmd_end
	is "$what: it has sent what it has received" "$(forwarded)" "all 0"
	vdpa dev del p1
done <<'END'
packed_vq=0,in_order=0,mrg_rxbuf=1 MRG_RXBUF,MQ
packed_vq=0,in_order=0,mrg_rxbuf=0 MQ long
packed_vq=0,in_order=1,mrg_rxbuf=1 IN_ORDER,MRG_RXBUF,MQ long
packed_vq=0,in_order=1,mrg_rxbuf=0 IN_ORDER,MQ
packed_vq=1,in_order=0,mrg_rxbuf=1 RING_PACKED,MRG_RXBUF,MQ
packed_vq=1,in_order=0,mrg_rxbuf=0 RING_PACKED,MQ long
packed_vq=1,in_order=1,mrg_rxbuf=1 RING_PACKED,IN_ORDER,MRG_RXBUF,MQ long
packed_vq=1,in_order=1,mrg_rxbuf=0 RING_PACKED,IN_ORDER,MQ
END

# By hash

ok "scaling: a device" vdpa_make p1 1 vhost_vdpa mac $MP1 max_vqp 4 device_features "$(features "${OFFERED[@]}" RSS)"
ok "scaling: testpmd forwards" testpmd 4 5tswap packed_vq=1 p1 -- --rss-udp
is "scaling: it has got that" "$(negotiated p1)" "RING_PACKED IN_ORDER MRG_RXBUF MQ RSS"
at c0 ethtool -L eth0 combined 1
base p1 4
ok "scaling: datagrams of one queue come back as they were" echoed $MP1 $P1 1472
is "scaling: all pairs have carried some" "$(idle p1 rx 0 3)$(idle p1 tx 0 3)" ""
at c0 ethtool -L eth0 combined 4
ok "scaling: testpmd ends" testpmd_end
is "scaling: it has sent what it has received" "$(forwarded)" "all 0"
vdpa dev del p1

# Frames in many buffers

at c0 ip link set eth0 mtu 9000
for packed in 0 1; do
	what="packed_vq=$packed, frames in many buffers"
	ok "$what: a device" vdpa_make p1 1 vhost_vdpa mac $MP1 mtu 9000 device_features "$(features "${OFFERED[@]}")"
	ok "$what: testpmd forwards" testpmd 1 5tswap "packed_vq=$packed,queue_size=1024" p1 -- --max-pkt-len=9018 --enable-scatter \
		--tx-offloads=0x8000
	ok "$what: datagrams up to the MTU come back as they were" echoed $MP1 $P1 8972
	is "$what: nothing was dropped" "$(dropped p1)" "0 0 0 0 0 0"
	ok "$what: testpmd ends" testpmd_end
	is "$what: it has sent what it has received" "$(forwarded)" "all 0"
	vdpa dev del p1
done
at c0 ip link set eth0 mtu 1500

# Two ports: what comes in on one goes out on the other

ok "two ports: a device" vdpa_make p1 1 vhost_vdpa mac $MP1 max_vqp 2 device_features "$(features "${OFFERED[@]}")"
ok "two ports: and another one" vdpa_make p2 2 vhost_vdpa mac $MP2 max_vqp 2 device_features "$(features "${OFFERED[@]}")"
ok "two ports: testpmd forwards between them" testpmd 2 5tswap packed_vq=1 p1 p2
ok "two ports: what came to the first comes back from the second" echoed $MP1 $P1 1472
is "two ports: the first has sent nothing" "$(vq_sum p1 tx packets)" 0
ok "two ports: what came to the second comes back from the first" echoed $MP2 $P2 1472
is "two ports: each has sent what the other one has received" "$(vq_sum p1 tx packets) $(vq_sum p2 tx packets)" \
	"$(vq_sum p2 rx packets) $(vq_sum p1 rx packets)"

# Its control queue, while it forwards. testpmd asks for everything to begin with.

ok "frames to nobody reach who is promiscuous" got p1 $NOBODY
tell "set promisc 0 off"
silent() { ! got p1 $NOBODY; }
ok "and nobody else" wait_for 10 silent
ok "those to the device itself do" got p1 $MP1
tell "mac_addr add 0 $NOBODY"
ok "and those to an address that it has added" wait_for 10 got p1 $NOBODY
ok "testpmd ends" testpmd_end
vdpa dev del p2

# It is killed

ok "testpmd forwards again" testpmd 2 5tswap packed_vq=1 p1
kill -KILL "$TESTPMD"
wait "$TESTPMD" 2>/dev/null
exec {COMMANDS}>&-
ok "testpmd is killed; another one takes the device" testpmd 2 5tswap packed_vq=0 p1
ok "and datagrams come back as they were" echoed $MP1 $P1 1472
ok "it ends" testpmd_end
vdpa dev del p1
ok "nothing keeps the container" container_del c0
is "nothing is left" "$(vdpa dev show | wc -l) $(ip netns list | wc -l)" "0 0"
net_reset
finish
