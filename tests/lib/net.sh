# shellcheck shell=bash
# Containers, guests and the host at one card. For suites and the demo; root in a lab, modules loaded, one card.
#
# Places are named: "host" is the PF's netdev, a container is the netns and the vDPA device of its name, any other name
# is a guest of tools/lab/guest. Each has an eth0 (the host: pf_netdev) on the card.
#
#   card_pf, card_vf N              PCI addresses
#   card_port NAME                  a netdev of the card: p0, pf0vf1
#   pf_netdev                       the host's leg: p0
#   net_reset                       take everything away that these functions, or an earlier suite, made
#   host_up ADDR                    the host's leg is up and has ADDR (10.0.0.1/24)
#   vdpa_make NAME VF DRIVER [ATTR…]  a vDPA device on VF number VF, DRIVER (virtio_vdpa, vhost_vdpa) bound to it
#   vdpa_bind NAME DRIVER           another bus driver
#   container NAME VF ADDR [ATTR…]  a container with a virtio-vdpa netdev; ATTRs are those of vdpa dev add
#   container_open NAME ADDR        the same for a device that has virtio_vdpa bound already
#   vhost_node NAME                 /dev/vhost-vdpa-N
#   guest_boot NAME DEVICE [OPTION…]  a guest on a vDPA device
#   at PLACE COMMAND…               run it there
#   pause SECONDS                   do nothing
#   wait_for SECONDS COMMAND…       until it succeeds; what it said last, if it does not

CARD=/sys/bus/softdpu/devices/softdpu0
PCI=/sys/bus/pci/devices
VDPA=/sys/bus/vdpa
# how much an iperf3 transfer carries, and how many MiB copy() does
NET_BYTES=${TEST_BYTES:-8M}
NET_MIB=2
# seconds after which a guest that says nothing is given up
GUEST_TIMEOUT=180
# in memory, and of this lab alone: a uml lab sees the /tmp of the invoking machine
NET_TMP=/run/net
mkdir -p $NET_TMP
STREAMS=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/streams.py

card_pf() { cat "$CARD/pci"; }

card_vf() { basename "$(readlink -f "$PCI/$(card_pf)/virtfn$1")"; }

# card_port NAME: the netdev of the card with that phys_port_name
card_port() {
	local dev name
	for dev in "$PCI/$(card_pf)"/net/*; do
		read -r name <"$dev/phys_port_name" && [[ $name == "$1" ]] && echo "${dev##*/}" && return 0
	done
	return 1
} 2>/dev/null

# far COMMAND…: with FAR, the directory of another card, as the card
far() {
	local CARD=$FAR
	"$@"
}

pf_netdev() { card_port p0; }

# dev_of PLACE: its network device
dev_of() { if [[ $1 == host ]]; then pf_netdev; else echo eth0; fi; }

mac_of() { at "$1" cat "/sys/class/net/$(dev_of "$1")/address"; }

is_container() { [[ -e /run/netns/$1 ]]; }

at() {
	local place=$1
	shift
	if [[ $place == host ]]; then
		"$@"
	elif is_container "$place"; then
		ip netns exec "$place" "$@"
	else
		guest exec "$place" --timeout $GUEST_TIMEOUT -- "$(printf '%q ' "$@")"
	fi
}

# Nothing ever comes along it.
rm -f "$NET_TMP/never"
mkfifo "$NET_TMP/never"
exec {NET_NEVER}<>"$NET_TMP/never"

# pause SECONDS: without a process, which in a checked kernel would take as long
pause() { read -rt "$1" -u "$NET_NEVER"; true; }

wait_for() {
	local until=$((SECONDS + $1))
	shift
	until "$@" >"$NET_TMP/said" 2>&1; do
		if ((SECONDS >= until)); then
			cat "$NET_TMP/said" >&2
			return 1
		fi
		pause 0.1
	done
}

# vDPA devices

vdpa_bind() {
	local dev=$VDPA/devices/$1 driver=$2
	# with both drivers loaded the kernel takes the one that was loaded first
	echo "$driver" >"$dev/driver_override" || return 1
	[[ $(readlink "$dev/driver") == */"$driver" ]] && return 0
	[[ ! -e $dev/driver ]] || echo "$1" >"$dev/driver/unbind" || return 1
	echo "$1" >"$VDPA/drivers/$driver/bind"
}

vdpa_make() {
	local name=$1 vf=$2 driver=$3
	shift 3
	vdpa dev add name "$name" mgmtdev "pci/$(card_vf "$vf")" "$@" && vdpa_bind "$name" "$driver"
}

vhost_node() {
	local node
	node=$(basename "$VDPA/devices/$1"/vhost-vdpa-*)
	wait_for 5 test -c "/dev/$node" && echo "/dev/$node"
}

# its netdev, as long as it is in the host's namespace. The virtio device is a child of the VF, not of the vDPA device.
vdpa_netdev() {
	local vf dev
	vf=$(dirname "$(readlink -f "$VDPA/devices/$1")")
	for dev in "$vf"/virtio*/net/*; do
		[[ -e $dev ]] && basename "$dev" && return 0
	done
	return 1
}

# Places

# a device with an address, usable at once: no waiting for duplicate address detection
place_up() {
	local place=$1 dev=$2 addr=$3
	# so that no socket drops what the card delivered: a few pings of 60000 bytes would fill the default size. Nor may
	# a queue in front of the card: CoDel, which Debian's kernels have there, drops what waits for 5 ms in a place that
	# is slow, and no counter of the netdev says so. A container has what the host has. Some kernels have no IPv6.
	# shellcheck disable=SC2016  # for the shell there
	at "$place" sh -c '{ sysctl -qw net.core.rmem_default=8388608 net.core.default_qdisc=pfifo_fast; '\
'sysctl -qw "net.ipv6.conf.$1.accept_dad=0" "net.ipv6.conf.$1.router_solicitations=0"; } 2>/dev/null; '\
'ip link set "$1" up && ip addr add "$2" dev "$1"' sh "$dev" "$addr"
}

container_open() {
	local name=$1 addr=$2 dev
	dev=$(vdpa_netdev "$name") || return 1
	ip netns add "$name" && ip link set "$dev" netns "$name" name eth0 && ip -n "$name" link set lo up &&
		place_up "$name" eth0 "$addr"
}

container() {
	local name=$1 vf=$2 addr=$3
	shift 3
	vdpa_make "$name" "$vf" virtio_vdpa "$@" && container_open "$name" "$addr"
}

# the netdev goes with the device, then the namespace is empty
container_del() {
	serve_end "$1"
	vdpa dev del "$1" && ip netns del "$1"
}

# guest_boot NAME DEVICE [OPTION…]: boot a guest on a vDPA device that has vhost_vdpa bound; options of guest start.
# Fails if QEMU could not start vhost-vdpa and goes on without.
guest_boot() {
	local name=$1 device=$2
	shift 2
	guest start "$name" --vhostdev "$(vhost_node "$device")" --mac "$(vdpa -j dev config show "$device" |
		jq -r '.config[].mac')" "$@" || return 1
	# the guest's driver has negotiated with the device itself
	vq "$device" 0 kicks >/dev/null
}

host_up() { place_up host "$(pf_netdev)" "$1"; }

net_reset() {
	local name dev
	serve_end
	for name in /run/guests/*/pid; do
		[[ -e $name ]] && guest kill "$(basename "$(dirname "$name")")"
	done
	for name in "$VDPA"/devices/*; do
		[[ $(readlink -f "$name") == */"$(card_pf | cut -d: -f1,2)":* ]] && vdpa dev del "$(basename "$name")"
	done
	for name in $(ip netns list | cut -d' ' -f1); do
		ip netns del "$name"
	done
	sysctl -qw net.core.default_qdisc=pfifo_fast
	devlink dev eswitch set "pci/$(card_pf)" mode legacy
	dev=$(pf_netdev)
	ip addr flush dev "$dev"
	ip link set "$dev" down
	ip link set "$dev" mtu 1500 promisc off allmulticast off
} 2>/dev/null

# Counters

# They are read hundreds of times, and in User-Mode Linux a process, a subshell as well, takes longer than most of what is
# tested: so the shell takes the words apart, and what it finds is in REPLY or in an array.

# number NAME TEXT: into REPLY the one that follows the word in the output of vdpa
number() { [[ $2 =~ [[:space:]]"$1"[[:space:]]+([0-9]+) ]] && REPLY=${BASH_REMATCH[1]}; }

# count NAME QUEUE COUNTER: into REPLY, of a virtqueue; vq NAME QUEUE COUNTER prints it
count() {
	local out
	out=$(vdpa dev vstats show "$1" qidx "$2") && number "$3" "$out"
}
vq() { count "$@" && echo "$REPLY"; }

# pairs NAME: into REPLY, of queues that a device has
pairs() {
	local out
	out=$(vdpa dev config show "$1") || return 1
	number max_vq_pairs "$out" || REPLY=1
}

# sum NAME rx|tx COUNTER…: into SUMS each of them over all queues of one direction; vq_sum prints them
sum() {
	local name=$1 odd=0 i num out at
	[[ $2 == tx ]] && odd=1
	shift 2
	pairs "$name" || return 1
	num=$REPLY SUMS=()
	for ((i = 0; i < num; i++)); do
		out=$(vdpa dev vstats show "$name" qidx $((2 * i + odd))) || return 1
		for ((at = 1; at <= $#; at++)); do
			number "${!at}" "$out" || return 1
			SUMS[at - 1]=$((${SUMS[at - 1]-0} + REPLY))
		done
	done
}
vq_sum() { sum "$@" && echo "${SUMS[*]}"; }

# moved NAME rx|tx COMMAND…: what NAME's queues carry while COMMAND runs, in FRAMES, BYTES, GSO and AVERAGE, and all of
# it in words in MOVED
moved() {
	local name=$1 way=$2 before
	shift 2
	sum "$name" "$way" packets bytes gso_packets || return 1
	before=("${SUMS[@]}")
	"$@" || return 1
	sum "$name" "$way" packets bytes gso_packets || return 1
	FRAMES=$((SUMS[0] - before[0])) BYTES=$((SUMS[1] - before[1])) GSO=$((SUMS[2] - before[2]))
	AVERAGE=$((FRAMES ? BYTES / FRAMES : 0))
	MOVED="$MBIT Mbit/s, $FRAMES frames, $GSO of them GSO, $AVERAGE bytes on average"
	echo "$MOVED"
}
# whole NAME rx|tx COMMAND…: likewise; true if GSO frames crossed, and frames are on average larger than an MTU
whole() { moved "$@" && ((GSO > 0 && AVERAGE > 1514)); }

# base NAME PAIRS: remember how much they have carried
# idle NAME rx|tx FIRST LAST: pairs among these that have carried nothing since
BASE=()
base() {
	local i
	for ((i = 0; i < 2 * $2; i++)); do count "$1" "$i" packets && BASE[i]=$REPLY; done
}
idle() {
	local i odd=0
	[[ $2 == tx ]] && odd=1
	for ((i = $3; i <= $4; i++)); do
		count "$1" $((2 * i + odd)) packets && ((REPLY == ${BASE[2 * i + odd]-0})) && echo -n "$i "
	done
}

# drops NAME: what its queues dropped, a line each
drops() {
	local i num
	pairs "$1" && num=$REPLY
	for ((i = 0; i < 2 * num; i++)); do
		vdpa -j dev vstats show "$1" qidx "$i" | jq -r "\"$1 queue $i: \" + (.vstats[] | to_entries |
			map(select((.key | test(\"drop|broken\")) and .value != 0) | \"\(.key) \(.value)\") | join(\" \"))"
	done | grep -v ': $'
}

# pf COUNTER…: of ethtool -S, summed up; a counter may be a regular expression
pf() {
	ethtool -S "$(pf_netdev)" | awk -v want="^ *($1):" '$0 ~ want { sum += $2 } END { printf "%d\n", sum }'
}

# received packets with a wrong checksum, at a place
csum_errors() {
	at "$1" awk '{ proto = $1 }'\
' proto == last { for (i = 2; i <= NF; i++) if (name[i] == "InCsumErrors") sum += $i }'\
' proto != last { for (i = 2; i <= NF; i++) name[i] = $i }'\
' { last = proto } END { print sum + 0 }' /proc/net/snmp
}

# Traffic

# echo_replies PLACE: how many have ever arrived there
echo_replies() {
	at "$1" awk '$1 == "Icmp:" { if (column) print $column; else for (column = 2; $column != "InEchoReps";) column++ }' \
		/proc/net/snmp
}

answered() { (($(echo_replies "$1") >= $2)); }

# pings PLACE ADDR COUNT [OPTION…]: one every two milliseconds; true if none is lost. Leaves PING_LOSS (percent) and
# PING_RTT (average, ms). ping waits for the last answers for twice the longest time that it has seen, which is not
# long: what the kernel gets after that is late, and not lost.
pings() {
	local place=$1 addr=$2 count=$3 before out
	shift 3
	before=$(echo_replies "$place")
	out=$(at "$place" ping -i 0.002 -q -n -c "$count" -W 10 "$@" "$addr" 2>&1)
	PING_LOSS='' PING_RTT=''
	[[ $out =~ \ ([0-9.]+)%\ packet\ loss ]] && PING_LOSS=${BASH_REMATCH[1]}
	# shellcheck disable=SC2034  # for the caller
	[[ $out =~ min/avg/max[^=]*=\ [0-9.]+/([0-9.]+)/ ]] && PING_RTT=${BASH_REMATCH[1]}
	echo "$out"
	[[ $PING_LOSS == 0 ]] && return 0
	wait_for 10 answered "$place" $((before + count)) && PING_LOSS=0 && return 0
	where_lost
	return 1
}

# flow PLACE ADDR: no ping is lost. Those that were lost before have left neighbours half way to being given up, which
# would take the first ones along.
flow() {
	local netns
	ip neigh flush all
	for netns in /run/netns/*; do
		[[ ! -e $netns ]] || ip -n "${netns##*/}" neigh flush all
	done
	pings "$1" "$2" 100
}

# unlearnt NETDEV…: ports of a bridge that learns no addresses there: the card would forward to those that it knows
unlearnt() {
	local dev
	for dev; do bridge link set dev "$dev" learning off || return 1; done
}

# operstate PLACE up|down; link PLACE up|down: its driver hears of it some time, and the stack behind it
operstate() { [[ $(at "$1" cat "/sys/class/net/$(dev_of "$1")/operstate") == "$2" ]]; }
link() { wait_for 10 operstate "$1" "$2"; }

# queue_drops [-n NETNS]: what the queues in front of the cards of a place have dropped
queue_drops() {
	tc "$@" -s -j qdisc show |
		jq -r --arg at "${2-host}" '.[] | select(.drops > 0) | "\($at) \(.dev) \(.kind): drops \(.drops)"'
}

# where_lost: what every counter on the way has dropped so far
where_lost() {
	local name
	for name in "$VDPA"/devices/*; do
		[[ ! -e $name ]] || drops "$(basename "$name")"
	done
	ethtool -S "$(pf_netdev)" | grep drop | grep -v ': 0$'
	queue_drops
	for name in /run/netns/*; do
		[[ ! -e $name ]] || queue_drops -n "${name##*/}"
	done
	echo "softnet, per CPU: $(awk '{ print "dropped " $2 }' /proc/net/softnet_stat | paste -sd' ')"
}

# large PLACE ADDR COUNT SIZE [OPTION…]: pings of so many bytes, the next one when the one before is answered (ping -A
# lets more pile up when answers slow down): what a slow receiver has no buffers for, or a slow guest's kernel no room
# for among the answers that it has not sent yet, is lost, and that would be no mistake
large() {
	local place=$1 addr=$2 count=$3 size=$4
	shift 4
	# shellcheck disable=SC2016  # for the shell there
	at "$place" sh -c 'left=$1; shift; while [ "$left" -gt 0 ]; do out=$(ping -q -c 1 -W 10 "$@") || '\
'{ echo "$left to go: $out"; exit 1; }; left=$((left - 1)); done' sh "$count" -s "$size" "$@" "$addr" && return
	where_lost
	return 1
}

# serve PLACE: an iperf3 server; serve_end [PLACE]: no more
declare -A SERVERS=()
serve() {
	local place=$1
	if [[ $place == host ]]; then
		iperf3 -s >"$NET_TMP/iperf.$place" 2>&1 &
		SERVERS[$place]=$!
	elif is_container "$place"; then
		ip netns exec "$place" iperf3 -s >"$NET_TMP/iperf.$place" 2>&1 &
		SERVERS[$place]=$!
	else
		at "$place" iperf3 -s -D
	fi
	wait_for 30 listening "$place" 5201
}

listening() { at "$1" cat /proc/net/tcp /proc/net/tcp6 | grep -qi ":$(printf '%04x' "$2") 0*:0000 0A"; }

serve_end() {
	local place places=("$@")
	(($#)) || places=("${!SERVERS[@]}")
	for place in "${places[@]}"; do
		[[ -n ${SERVERS[$place]-} ]] || continue
		kill "${SERVERS[$place]}"
		wait "${SERVERS[$place]}"
		unset "SERVERS[$place]"
	done
} 2>/dev/null

# transfer PLACE ADDR [OPTION…]: from PLACE to the iperf3 server at ADDR, or with -R the other way; true if more than a
# few frames arrived. Leaves MBIT (per second, of the receiver) and IPERF (the report in JSON). An option -t makes it
# last so many seconds, instead of carrying so many bytes.
transfer() {
	# what has been sent and not read when the sender is done is not counted: buffers of a fixed size keep that small
	local place=$1 addr=$2 bytes='' length=(-n "$NET_BYTES" -w 208K)
	shift 2
	[[ " $* " != *' -t '* ]] || length=()
	# once an interval it looks whether all is sent, and no more often
	IPERF=$(at "$place" timeout -k 5 60 iperf3 -J -i 0.1 -c "$addr" "${length[@]}" "$@")
	read -r MBIT bytes < <(jq -r '(.end.sum_received // .end.sum) | "\(.bits_per_second / 1e6 | floor) \(.bytes)"' <<<"$IPERF")
	[[ $MBIT =~ ^[0-9]+$ && $bytes -gt 200000 ]] && return
	transfer_failed
	[[ $MBIT =~ ^[0-9]+$ ]] || MBIT=0
	return 1
}

# transfer_failed: in few lines: what iperf3 says on both sides, when its streams stopped, what every queue has done
transfer_failed() {
	local name i queues
	jq -c '{error, intervals: (.intervals | length), moved: [.intervals | to_entries[] | select(.value.sum.bytes > 0) | .key][-1],
		streams: [.intervals[-1].streams[]? | [.socket, .snd_cwnd, .rtt, .retransmits]]}' <<<"$IPERF" ||
		tail -n 20 <<<"$IPERF"
	for name in "$NET_TMP"/iperf.*; do
		[[ ! -e $name ]] || echo "server of ${name##*.}: $(grep -v '^\[' "$name" | tail -n 4 | paste -sd';')"
	done
	where_lost
	for name in "$VDPA"/devices/*; do
		[[ -e $name ]] || continue
		name=$(basename "$name")
		pairs "$name" && queues=$((2 * REPLY))
		for ((i = 0; i < queues; i++)); do
			echo "$name queue $i: $(vdpa dev vstats show "$name" qidx "$i" |
				grep -o -E '\b(packets|gso_packets|kicks|calls|calls_suppressed|polls) [0-9]+' | paste -sd' ')"
		done
	done
}

# copy FROM TO ADDR: random data from FROM over TCP to ADDR of TO; true if it arrives as it was
copy() {
	local from=$1 to=$2 addr=$3 receiver sent got
	at "$to" sh -c 'timeout 60 socat -u TCP-LISTEN:7777,reuseaddr STDOUT | sha256sum' >"$NET_TMP/got" &
	receiver=$!
	# shellcheck disable=SC2016  # for the shell there
	sent=$(at "$from" sh -c 'f=/run/copy.$$; head -c $1 /dev/urandom >$f && sha256sum <$f && '\
'timeout 60 socat -u FILE:$f TCP:$2:7777,retry=100,interval=0.1; rm $f' sh $((NET_MIB << 20)) "$addr")
	wait "$receiver"
	got=$(<"$NET_TMP/got")
	echo "sent $sent got $got"
	[[ -n $sent && $sent == "$got" ]]
}

# count_lines GUEST PORT: it hears numbered lines over TCP, as tcp-send of streams.py sends them
# lines_counted GUEST: how many came, or "wrong": not from 1 on and one by one. The sender has closed.
count_lines() {
	# a guest has no Python
	at "$1" sh -c "rm -f /run/lines; socat -u TCP-LISTEN:$2,reuseaddr STDOUT 2>/run/log | awk '\$1 != NR { bad = 1 } "`
`"END { print bad ? \"wrong\" : NR }' >/run/lines &" && wait_for 20 listening "$1" "$2"
}
lines_counted() { wait_for "$GUEST_TIMEOUT" at "$1" test -s /run/lines && at "$1" cat /run/lines; }

# datagrams FROM TO ADDR: 200 numbered datagrams of 1400 bytes from FROM to TO, handed to the kernel ten at a time, to be
# cut by whoever has to; true if all arrive, as they were. Places with Python.
datagrams() {
	local from=$1 to=$2 addr=$3 receiver got
	rm -f "$NET_TMP/listening"
	at "$to" timeout 30 python3 -IS -c '
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
s.bind(("", 7778))
s.settimeout(3)
open(sys.argv[2], "w").close()
try:
    got = [s.recv(65536) for _ in range(200)]
except TimeoutError:
    sys.exit("datagrams are missing")
wrong = [i for i, data in enumerate(got) if data != b"%04d" % i * 350]
sys.exit("wrong or late: %s" % wrong if wrong else 0)
' "$addr" "$NET_TMP/listening" >"$NET_TMP/got" 2>&1 &
	receiver=$!
	wait_for 20 test -e "$NET_TMP/listening"
	# not all of them wait for an answer to ARP
	at "$from" ping -q -c 1 -W 10 "$addr" >/dev/null
	at "$from" python3 -IS -c '
import socket, sys
info = socket.getaddrinfo(sys.argv[1], 7778, type=socket.SOCK_DGRAM)[0]
s = socket.socket(info[0], socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_UDP, 103, 1400)  # UDP_SEGMENT
for first in range(0, 200, 10):
    s.sendto(b"".join(b"%04d" % i * 350 for i in range(first, first + 10)), info[4])
' "$addr"
	wait "$receiver" && return 0
	got=$(<"$NET_TMP/got")
	echo "$got"
	return 1
}

# flows PLACE ADDR: 256 of them, a few datagrams each, from a place with Python. They take queues by their hash, not by
# the CPU that sends.
flows() {
	local dev
	dev=$(dev_of "$1")
	at "$1" sh -c "for f in /sys/class/net/$dev/queues/tx-*/xps_cpus; do echo 0 >\$f; done" 2>/dev/null
	at "$1" python3 -IS -c '
import _socket as socket, sys
for port in range(20000, 20256):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", port))
    s.connect((sys.argv[1], 9))
    for i in range(4):
        try:
            s.send(b"flow")
        except ConnectionRefusedError:
            pass
' "$2"
}
# Single frames
#
# heard PLACE FROM SPEC…: FROM sends a frame for each SPEC, and those that PLACE's device delivers are printed, in the
# order in which they come. Last of all FROM sends a broadcast, so that what does not arrive is not waited for for long.
# FROM is no guest.
# A SPEC is an address, and may go on with /VLAN, or with @SEGMENT: then it is a TCP frame of 65535 bytes, to be cut in
# segments of that size by whoever has to; it is printed with the length and the segment size that arrived.
heard() {
	local place=$1 from=$2
	shift 2
	if [[ $place != host ]] && ! is_container "$place"; then
		heard_in_guest "$place" "$from" "$@"
	else
		python3 -IS -c "$HEARD" "$place:$(dev_of "$place")" "$from:$(dev_of "$from")" "$@"
	fi
}

# a guest has no Python: tcpdump's word for it, addresses only; HEARD_DEV says on which card. Calling a guest takes long, so few calls, of one line each.
# shellcheck disable=SC2016  # for the shell of the guest
heard_in_guest() {
	local guest=$1 from=$2
	shift 2
	# it insists on a user that it can become
	at "$guest" sh -c '[ -e /etc/passwd ] || echo tcpdump:x:0:0::/:/bin/sh >/etc/passwd; '\
': >/run/heard; tcpdump -p -l -e -n -i '"${HEARD_DEV:-eth0}"' ether proto 0x88b5 >>/run/heard 2>&1 & echo $! >/run/heard.pid; '\
'for i in $(seq 300); do grep -q listening /run/heard && exit; sleep 0.1; done; cat /run/heard; exit 1' || return 1
	python3 -IS -c "$HEARD" '' "$from:$(dev_of "$from")" "$@"
	at "$guest" sh -c 'for i in $(seq 600); do grep -q "> ff:ff:ff:ff:ff:ff" /run/heard && break; sleep 0.1; done; '\
'sleep 0.3; kill $(cat /run/heard.pid); cat /run/heard' | sed -n 's/.* > \([0-9a-f:]*\),.*/\1/p' |
		awk '$0 == "ff:ff:ff:ff:ff:ff" { end = 1; next } { print } END { if (!end) print "timeout" }' | paste -sd' '
}

HEARD='
import _socket as socket  # with all that socket imports it takes longer to start than to do this
import os, struct, sys

SOL_PACKET, PACKET_VNET_HDR, ETH_P_ALL, OUTGOING = 263, 15, 3, 4
GSO_LEN = 65535
LINGER = 0.3
END = "ff:ff:ff:ff:ff:ff"

home = os.open("/proc/self/ns/net", os.O_RDONLY)
# on one processor, whose queue keeps them in order
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def packet_socket(where, proto):
    place, _, dev = where.partition(":")
    os.setns(home if place == "host" else os.open("/run/netns/" + place, os.O_RDONLY), os.CLONE_NEWNET)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind((dev, proto))
    return sock


def csum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def frame(spec, source):
    mac, _, gso = spec.partition("@")
    mac, _, vlan = mac.partition("/")
    head = bytes.fromhex(mac.replace(":", "")) + source
    if vlan:
        head += struct.pack("!HH", 0x8100, int(vlan))
    text = b"SDPU:" + spec.encode() + b"\n"
    if not gso:
        return bytes(10) + head + struct.pack("!H", 0x88b5) + text.ljust(50, b"\0")
    ip_len = GSO_LEN - len(head) - 2
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, ip_len, 1, 0, 64, 6, 0, bytes([10, 0, 0, 98]), bytes([10, 0, 0, 99]))
    ip = ip[:10] + struct.pack("!H", ~csum(ip) & 0xffff) + ip[12:]
    pseudo = csum(ip[12:20] + struct.pack("!HH", 6, ip_len - 20))
    tcp = struct.pack("!HHIIBBHHH", 1, 2, 3, 0, 5 << 4, 0x10, 1000, pseudo, 0)
    start = len(head) + 2 + 20
    vnet = struct.pack("<BBHHHH", 1, 1, start + 20, int(gso), start, 16)
    return vnet + head + struct.pack("!H", 0x800) + ip + tcp + text.ljust(ip_len - 40, b"x")


hears = packet_socket(sys.argv[1], ETH_P_ALL) if sys.argv[1] else None
says = packet_socket(sys.argv[2], 0)
for spec in sys.argv[3:] + [END]:
    says.send(frame(spec, says.getsockname()[4]))

# a queue of the receiver may hand over the last one before another queue has handed over what came earlier
heard, missing, ended = [], len(sys.argv) - 3, False
while hears and not (ended and missing <= 0):
    hears.settimeout(LINGER if ended else 60)
    try:
        data, addr = hears.recvfrom(70000)
    except TimeoutError:
        if not ended:
            heard.append("timeout")
        break
    at = data.find(b"SDPU:", 0, 200)
    if addr[2] == OUTGOING or at < 0:
        continue
    label = data[at + 5:data.index(b"\n", at)].decode()
    if label == END:
        ended = True
        continue
    missing -= 1
    if "@" in label:
        label += "=%d/%d" % (len(data) - 10, struct.unpack("<H", data[4:6])[0])
    heard.append(label)
if heard:
    print(" ".join(heard))
'

# features NAME…: virtio features as vdpa dev add wants them, with those that every device here needs
features() {
	local mask=$((1 << 32 | 1 << 33)) name
	local -A bit=([CSUM]=0 [GUEST_CSUM]=1 [CTRL_GUEST_OFFLOADS]=2 [MTU]=3 [MAC]=5 [GUEST_TSO4]=7 [GUEST_TSO6]=8
		[GUEST_ECN]=9 [HOST_TSO4]=11 [HOST_TSO6]=12 [HOST_ECN]=13 [MRG_RXBUF]=15 [STATUS]=16 [CTRL_VQ]=17
		[CTRL_RX]=18 [CTRL_VLAN]=19 [CTRL_RX_EXTRA]=20 [MQ]=22 [CTRL_MAC_ADDR]=23 [INDIRECT_DESC]=28
		[EVENT_IDX]=29 [RING_PACKED]=34 [IN_ORDER]=35 [GUEST_USO4]=54 [GUEST_USO6]=55
		[HOST_USO]=56 [HASH_REPORT]=57 [RSS]=60 [GUEST_ANNOUNCE]=21 [DEVICE_STATS]=50 [VQ_NOTF_COAL]=52
		[NOTF_COAL]=53 [GUEST_HDRLEN]=59 [SPEED_DUPLEX]=63)
	for name in "$@"; do
		mask=$((mask | 1 << ${bit[$name]}))
	done
	printf '0x%x\n' "$mask"
}
