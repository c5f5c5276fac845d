#!/bin/bash
# A device goes from vhost_vdpa to virtio_vdpa and back, in any order, while frames are sent to it. Runs as root in a lab
# with a card of two VFs or more.
#   TEST_ROUNDS=20   five times as often
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

TIMES=$((${TEST_ROUNDS:-20} * 5))
C0=10.0.0.10 R=10.0.0.11 MC0=02:5d:00:00:00:10 MR=02:5d:00:00:00:11
DRIVERS=(vhost_vdpa virtio_vdpa)

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn1 ]] || bail "the card has less than two VFs"
net_reset

# frames from a container to the device, until it is killed
load() {
	ip netns exec c0 python3 -IS -c '
import _socket as socket, time
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
sock.bind(("eth0", 0))
frame = bytes.fromhex("'"${MR//:/}${MC0//:/}"'88b5").ljust(60, b"\0")
while True:
    for _ in range(20):
        try:
            sock.send(frame)
        except OSError:
            pass
    time.sleep(0.001)
' &
	LOAD=$!
}

# what an owner does with the device, every few times: open the file, bring the netdev up
use() {
	case $1 in
	vhost_vdpa) sh -c ": <>$(vhost_node r)" ;;
	virtio_vdpa) wait_for 10 vdpa_netdev r && ip link set "$(vdpa_netdev r)" up ;;
	esac
}

# the same driver may be asked for twice: then nothing happens
rebind() {
	local i driver
	RANDOM=1
	for ((i = 0; i < TIMES; i++)); do
		driver=${DRIVERS[RANDOM % 2]}
		vdpa_bind r "$driver" || { echo "time $i: not bound to $driver"; return 1; }
		[[ $(readlink "$VDPA/devices/r/driver") == */"$driver" ]] || { echo "time $i: $driver has not got it"; return 1; }
		((i % 10)) || use "$driver" || { echo "time $i: $driver is of no use"; return 1; }
	done
}

ok "a container" container c0 0 $C0/24 mac $MC0
ok "a device" vdpa_make r 1 vhost_vdpa mac $MR
load
ok "it changes its bus driver $TIMES times, under load" rebind
ok "frames were sent meanwhile" kill $LOAD
wait $LOAD 2>/dev/null
ok "it ends with virtio_vdpa" vdpa_bind r virtio_vdpa
wait_for 10 vdpa_netdev r
ok "and a container has it" container_open r $R/24
ok "and talks" pings c0 $R 100
ok "it goes" container_del r
ok "the other container goes" container_del c0
is "nothing is left" "$(vdpa dev show | wc -l) $(ip netns list | wc -l)" "0 0"
net_reset
finish
