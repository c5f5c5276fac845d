#!/bin/bash
# A virtual machine moves from one vDPA device to another while it talks to a container: there and back on one card, and
# to another card behind the same bridge of the host. Nothing that the guest sends is lost or doubled, what it receives is
# but for what came while it ran nowhere, and that is counted; and it keeps all that its driver has set. Runs as root in a
# lab with a card of three VFs or more.
#   TEST_ROUNDS=20   how often it moves; once leaves out the other card
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/tap.sh
. "$HERE/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$HERE/../lib/net.sh"

ROUNDS=${TEST_ROUNDS:-20}
BOOT=${TEST_BOOT:-400}
# seconds that it may take to move
MOVE=${TEST_MOVE:-180}
# emulated in an emulated machine
NET_MIB=1
# bytes a second
BANDWIDTH=$((20 << 20))
C0=10.0.0.10 G=10.0.0.20 C0_VLAN=10.0.10.10 G_VLAN=10.0.10.20
MC0=02:5d:00:00:00:10 MG=02:5d:00:00:00:20 CHOSEN=02:5d:00:00:00:77 NOBODY=02:5d:00:00:0f:ff GROUP=01:00:5e:7f:00:01
SECOND=/sys/bus/softdpu/devices/softdpu1
GUEST=(--mem 256 --netdev-opts queues=2 --device-opts "mq=on,rss=on,vectors=6,mac=$MG")
# what a device offers by default, and scaling by hash
FEATURES=$(features CSUM GUEST_CSUM CTRL_GUEST_OFFLOADS MTU MAC GUEST_TSO4 GUEST_TSO6 GUEST_ECN HOST_TSO4 HOST_TSO6 HOST_ECN \
	MRG_RXBUF STATUS CTRL_VQ CTRL_RX CTRL_VLAN CTRL_RX_EXTRA MQ CTRL_MAC_ADDR SPEED_DUPLEX EVENT_IDX RSS)
DEVICE=(mac "$MG" max_vqp 2 device_features "$FEATURES")

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn2 ]] || bail "the card has less than three VFs"
net_reset

# move FROM TO DEVICE: guest FROM goes on as TO, on another device. Leaves TOOK_MS, STOOD_MS: of QEMU, how long
# it took, and how long the machine stood still meanwhile.
STOOD=()
move() {
	local from=$1 to=$2 device=$3 said
	guest start "$to" --incoming --vhostdev "$(vhost_node "$device")" "${GUEST[@]}" || return 1
	# or its thread leaves those of the machine little time, where threads of a process share a processor
	guest qmp "$from" migrate-set-parameters "{\"max-bandwidth\": $BANDWIDTH}" >/dev/null
	said=$(guest migrate "$from" "$to" "$MOVE") || { guest log "$to" | tail -n 5; guest kill "$to"; return 1; }
	echo "$said"
	read -r TOOK_MS STOOD_MS < <(jq -r '"\(."total-time") \(.downtime)"' <<<"$said")
	STOOD+=("$STOOD_MS")
}

# goes_on FROM TO: or there is nothing more to be tested
goes_on() {
	guest exec "$2" --timeout 60 -- true && return
	bail "no guest any more: $(guest log "$1" | tail -n 20)"$'\n'"$(guest log "$2" | tail -n 20)"
}

# Streams of numbered lines between the guest and c0, both ways, both protocols. The guest has no Python: what it sends and
# keeps are awk's and socat's.
declare -A STREAM=()
# stream NAME MODE…: of c0
stream() {
	local name=$1
	shift
	ip netns exec c0 "$STREAMS" "$@" >"$NET_TMP/$name" 2>&1 &
	STREAM[$name]=$!
}
# stream_end NAME [SIGNAL]: what it has seen is in $NET_TMP/NAME then
stream_end() {
	[[ ! ${2-} ]] || kill "-$2" "${STREAM[$1]}"
	wait "${STREAM[$1]}"
}
# lines NAME NUMBER SECONDS: for the guest's shell: so many lines together, until ping is killed. It is the clock: a
# process for each time to wait is more than an emulated machine has time for.
lines() {
	echo "ping -i $3 127.0.0.1 | awk '/seq=/ { for (i = 0; i < $2; i++) print ++n; fflush() }" \
		"END { print n > \"/run/$1.sent\" }'"
}
# streams_begin GUEST
streams_begin() {
	at "$1" rm -f /run/udp.sent /run/tcp.sent
	stream from-udp udp-recv 7001
	stream from-tcp tcp-recv 7002
	wait_for 20 listening c0 7002 || return 1
	at "$1" sh -c "$(lines udp 1 0.01) | socat -u STDIN UDP-SENDTO:$C0:7001 >/run/log 2>&1 &" || return 1
	at "$1" sh -c "$(lines tcp 100 0.05) | socat -u STDIN TCP:$C0:7002 >/run/log 2>&1 &" || return 1
	# shellcheck disable=SC2016  # for the shell there
	at "$1" sh -c 'socat -u UDP-RECV:7003 STDOUT >/run/udp.got 2>/run/log & echo $! >/run/udp.pid' || return 1
	count_lines "$1" 7004 || return 1
	stream to-udp udp-send "$G" 7003
	stream to-tcp tcp-send "$G" 7004
}
# streams_end GUEST: leaves FROM_UDP, FROM_TCP, TO_UDP, what was received, in JSON, and the numbers *_SENT; TO_TCP is how
# many lines there were in order, or "wrong"
streams_end() {
	stream_end to-udp TERM
	stream_end to-tcp TERM
	TO_UDP_SENT=$(jq .sent "$NET_TMP/to-udp") TO_TCP_SENT=$(jq .sent "$NET_TMP/to-tcp")
	at "$1" killall ping
	wait_for 20 at "$1" test -s /run/udp.sent -a -s /run/tcp.sent
	FROM_UDP_SENT=$(at "$1" cat /run/udp.sent) FROM_TCP_SENT=$(at "$1" cat /run/tcp.sent)
	stream_end from-tcp
	# what was sent last is in its socket by now
	stream_end from-udp TERM
	FROM_UDP=$(<"$NET_TMP/from-udp") FROM_TCP=$(<"$NET_TMP/from-tcp")
	TO_TCP=$(lines_counted "$1")
	# shellcheck disable=SC2016  # for the shell there
	TO_UDP=$(at "$1" sh -c 'kill $(cat /run/udp.pid); cat /run/udp.got' | "$STREAMS" check "$TO_UDP_SENT")
	[[ $FROM_UDP_SENT && $FROM_TCP_SENT && $TO_UDP_SENT && $TO_TCP_SENT ]]
}
# streams_whole WHEN: all of it arrived, but for datagrams to the guest
streams_whole() {
	diag "guest to container: UDP $FROM_UDP_SENT sent, $FROM_UDP; TCP $FROM_TCP_SENT sent, $FROM_TCP"
	diag "container to guest: UDP $TO_UDP_SENT sent, $TO_UDP; TCP $TO_TCP_SENT sent, $TO_TCP received"
	is "$1 no datagram of the guest was lost, doubled or late" \
		"$(jq -c '[.received, .lost, .doubled, .late, .wrong]' <<<"$FROM_UDP")" "[$FROM_UDP_SENT,0,0,0,0]"
	is "$1 nothing of its TCP stream" \
		"$(jq -c '[.received, .lost, .doubled, .late, .wrong]' <<<"$FROM_TCP")" "[$FROM_TCP_SENT,0,0,0,0]"
	is "$1 nor of the one to it" "$TO_TCP" "$TO_TCP_SENT"
	is "$1 no datagram to it was doubled or late" "$(jq -c '[.doubled, .late, .wrong]' <<<"$TO_UDP")" "[0,0,0]"
}

# dropped DEVICE: frames for it that it could not take
dropped() { drops "$1" | grep -E 'queue [0-9]*[02468]:' | grep -oE '[a-z_]+ [0-9]+' | awk '{ sum += $2 } END { print sum + 0 }'; }

# socket_full GUEST: datagrams that found no room
socket_full() { at "$1" cat /proc/net/snmp | awk '/^Udp:/ && !n { while ($++n != "RcvbufErrors"); next } /^Udp:/ { print $n }'; }

# Everything that a driver sets, and whether it is still so

# settle GUEST
settle() {
	at "$1" ip link set eth0 address "$CHOSEN" && at "$1" ethtool -L eth0 combined 2 &&
		at "$1" ethtool -X eth0 weight 1 0 &&
		at "$1" ip maddr add "$GROUP" dev eth0 && at "$1" ip link add link eth0 name vlan10 type vlan id 10 &&
		place_up "$1" vlan10 "$G_VLAN/24"
}
# settled WHEN GUEST DEVICE
settled() {
	like "$1 it has the address that its driver chose, and hears no other" \
		"$(vdpa dev config show "$3") $(heard "$2" c0 $MG $CHOSEN $NOBODY)" "mac $CHOSEN .* $CHOSEN\$"
	is "$1 multicast that it asked for arrives, and no other" "$(heard "$2" c0 $GROUP 01:00:5e:7f:00:02)" $GROUP
	ok "$1 so do frames of its VLAN" pings c0 $G_VLAN 20
	is "$1 but not of others" "$(heard "$2" c0 $CHOSEN/20 $CHOSEN/10)" $CHOSEN
	base "$3" 2
	flows c0 $G
	is "$1 its table of hashes has all go to the first pair" "$(idle "$3" rx 0 1)" "1 "
	at "$2" ethtool -X eth0 weight 1 1
	base "$3" 2
	flows c0 $G
	is "$1 a new one has both in use" "$(idle "$3" rx 0 1)" ""
	at "$2" ethtool -X eth0 weight 1 0
	ok "$1 frames come and go as large as its offloads allow" offloaded "$2" "$3"
}
# offloaded GUEST DEVICE: a MiB each way arrives as it was, some of it in frames larger than an MTU
offloaded() { carried "$2" rx c0 "$1" "$G" && carried "$2" tx "$1" c0 "$C0"; }
carried() {
	local before after
	before=$(vq_sum "$1" "$2" gso_packets)
	copy "$3" "$4" "$5" || return 1
	after=$(vq_sum "$1" "$2" gso_packets)
	echo "$((after - before)) GSO frames"
	((after > before))
}

twins() { vdpa_make a 1 vhost_vdpa "${DEVICE[@]}" && vdpa_make b 2 vhost_vdpa "${DEVICE[@]}"; }

ok "a container" container c0 0 $C0/24 mac $MC0 max_vqp 2
at c0 ip link add link eth0 name vlan10 type vlan id 10
place_up c0 vlan10 $C0_VLAN/24
ok "two devices with one address" twins
ok "a guest on the first one" guest_boot g0 a "${GUEST[@]}" --wait "$BOOT"
guest list | grep -q '^g0.*runs' || bail "no guest: $(guest log g0 | tail -n 20)"
place_up g0 eth0 $G/24
ok "its driver sets all that it can" settle g0
settled "before it moves," g0 a

# There and back

ok "streams begin, UDP and TCP, both ways" streams_begin g0
g=g0 at=a next=b
for ((round = 1; round <= ROUNDS; round++)); do
	ok "it moves from $at to $next, round $round" move "$g" "g$round" "$next"
	diag "it took ${TOOK_MS-?} ms, and stood still for ${STOOD_MS-?}"
	goes_on "$g" "g$round"
	g=g$round
	read -r at next <<<"$next $at"
done
ok "the streams end" streams_end "$g"
diag "it stood still for $(printf '%s\n' "${STOOD[@]}" | sort -n | paste -sd' ') ms"
streams_whole "in $ROUNDS moves,"
# a device without a driver does not count aloud
vdpa_bind "$next" virtio_vdpa
wait_for 10 vdpa_netdev "$next"
# where there is no driver its address is nobody's, which who sends there counts
lost=$(jq .lost <<<"$TO_UDP") devices=$(($(dropped a) + $(dropped b))) nobody=$(vq_sum c0 tx drop_no_port) full=$(socket_full "$g")
diag "$lost of $TO_UDP_SENT datagrams did not arrive; the devices dropped $devices, nobody was there for $nobody, the guest's" \
	"sockets had no room for $full"
ok "what did not arrive there was counted" test "$lost" -le $((devices + nobody + full))
vdpa_bind "$next" vhost_vdpa
settled "after $ROUNDS moves," "$g" "$at"
ok "pings, none lost" pings c0 $G 100

# To another card, behind a bridge of the host

if ((ROUNDS > 1)); then
	echo "1 2" >/sys/bus/softdpu/new_device
	wait_for 10 test -e $SECOND/pci
	pf1=$PCI/$(<$SECOND/pci)
	wait_for 10 test -e "$pf1/driver"
	echo 1 >"$pf1/sriov_numvfs"
	ip link add br0 type bridge
	for dev in "$(pf_netdev)" "$(basename "$pf1"/net/*)"; do
		ip link set "$dev" master br0 up
	done
	ip link set br0 up
	ok "a device on another card" vdpa dev add name far mgmtdev "pci/$(basename "$(readlink -f "$pf1/virtfn0")")" "${DEVICE[@]}"
	vdpa_bind far vhost_vdpa
	ok "streams begin again" streams_begin "$g"
	ok "it moves to the other card" move "$g" far1 far
	goes_on "$g" far1
	ok "the streams end" streams_end far1
	streams_whole "between the cards,"
	settled "on the other card," far1 far
	ok "it moves back" move far1 back "$at"
	goes_on far1 back
	settled "back again," back "$at"
	ok "pings, none lost" pings c0 $G 100
	vdpa dev del far
	ip link del br0
	echo 1 >/sys/bus/softdpu/del_device
	g=back
else
	skip "it moves to the other card" "it moves once only"
fi
guest stop "$g"
for dev in a b; do vdpa dev del $dev; done
ok "the container goes" container_del c0
is "nothing is left" "$(vdpa dev show | wc -l) $(ip netns list | wc -l)" "0 0"
net_reset
finish
