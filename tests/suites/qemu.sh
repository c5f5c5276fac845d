#!/bin/bash
# What QEMU does with a machine that has a vDPA device, beside running it: the control virtqueue apart from the guest,
# shadowed rings, cards plugged in and pulled out, links up and down, memory added, reboots. Runs as root in a lab with a
# card of three VFs or more.
#   TEST_ROUNDS=20   how often the guest reboots is a tenth of it
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

REBOOTS=$((${TEST_ROUNDS:-20} / 10))
BOOT=${TEST_BOOT:-400}
C0=10.0.0.10 G=10.0.0.20 G_MORE=10.0.0.21
MC0=02:5d:00:00:00:10 MG=02:5d:00:00:00:20 M_MORE=02:5d:00:00:00:21
TRACE=/sys/kernel/tracing

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn2 ]] || bail "the card has less than three VFs"
net_reset

traffic() { pings c0 "$G" 50 && copy c0 g "$G" && copy g c0 "$C0"; }
tracing() {
	[[ -e $TRACE/events/softdpu ]] || return 1
	[[ $1 == 0 ]] || echo >$TRACE/trace
	echo "$1" >$TRACE/events/softdpu/enable
}
memory() { at g sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo; }

ok "a container" container c0 0 $C0/24 mac $MC0 max_vqp 2
ok "a device" vdpa_make g 1 vhost_vdpa mac $MG max_vqp 2
tracing 1
ok "a guest with room for more" guest_boot g g --mem 384,slots=2,maxmem=1G --netdev-opts queues=2 \
	--device-opts mq=on,vectors=6 --wait "$BOOT" --qemu-arg -device --qemu-arg pcie-root-port,id=port0,slot=1 \
	--qemu-arg -action --qemu-arg reboot=reset
guest list | grep -q '^g.*runs' || bail "no guest: $(guest log g | tail -n 20)"
if tracing 0; then
	# the group, and above it the address space
	like "its control virtqueue has an address space of its own" \
		"$(grep -o 'sdpu_cmd: .*GROUP_SET.*' $TRACE/trace | tail -n 1)" 'GROUP_SET len=[0-9]+ in=0*10002 '
else
	skip "its control virtqueue has an address space of its own" "this kernel has no trace events"
fi
place_up g eth0 $G/24
ok "it talks" traffic

# The link

ok "QEMU takes its link down" guest qmp g set_link '{"name": "net0", "up": false}'
fails "it does not answer" at host ip netns exec c0 ping -c 2 -i 0.2 -W 1 $G
ok "and up again" guest qmp g set_link '{"name": "net0", "up": true}'
answers() { ip netns exec c0 ping -c 1 -W 1 "$G"; }
ok "it answers" wait_for 30 answers
ok "it talks" traffic

# Cards

ok "another device" vdpa_make more 2 vhost_vdpa mac $M_MORE
plug() {
	guest qmp g netdev_add "{\"type\": \"vhost-vdpa\", \"id\": \"more\", \"vhostdev\": \"$(vhost_node more)\"}" &&
		guest qmp g device_add "{\"driver\": \"virtio-net-pci\", \"id\": \"card\", \"netdev\": \"more\", \"bus\": \"port0\",
			\"mac\": \"$M_MORE\", \"disable-legacy\": \"on\", \"romfile\": \"\"}"
}
pull() {
	guest qmp g device_del '{"id": "card"}' && wait_for 60 gone eth1 &&
		wait_for 60 guest qmp g netdev_del '{"id": "more"}'
}
there() { at g test -e "/sys/class/net/$1"; }
gone() { ! there "$1"; }
for round in first second; do
	ok "a card is plugged in, the $round time" plug
	ok "the guest has it" wait_for 60 there eth1
	# the same network over two cards: the guest is to answer by the one that was asked
	at g sh -c 'sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.all.arp_filter=1'
	place_up g eth1 $G_MORE/24
	is "with its address" "$(at g cat /sys/class/net/eth1/address)" $M_MORE
	is "frames to it arrive there" "$(HEARD_DEV=eth1 heard g c0 $M_MORE)" $M_MORE
	ok "it is pulled out" pull
	ok "its device is free" wait_for 30 sh -c ": <>$(vhost_node more)"
done
ok "the first card goes on" traffic

# Memory

before=$(memory)
ok "128 MiB are added" eval 'guest qmp g object-add "{\"qom-type\": \"memory-backend-ram\", \"id\": \"ram1\", \"size\": 134217728}" &&
	guest qmp g device_add "{\"driver\": \"pc-dimm\", \"id\": \"dimm1\", \"memdev\": \"ram1\"}"'
grown() { (($(memory) > before + 100000)); }
# shellcheck disable=SC2016  # for the shell there
online() { at g sh -c 'for f in /sys/devices/system/memory/memory*/state; do echo online >$f; done' 2>/dev/null; grown; }
ok "the guest has them" wait_for 60 online
ok "it talks" traffic

for ((round = 1; round <= REBOOTS; round++)); do
	at g sh -c 'touch /run/up; (sleep 1; reboot -f) >/dev/null 2>&1 &'
	rebooted() { guest exec g --timeout 5 -- test ! -e /run/up; }
	ok "the guest reboots, round $round" wait_for "$BOOT" rebooted
	place_up g eth0 $G/24
	ok "and talks" traffic
done
ok "the guest shuts down" guest stop g

# Shadowed rings: QEMU stands between the guest and the device

ok "a guest whose rings are shadowed" guest_boot g g --netdev-opts queues=2,x-svq=on --device-opts mq=on,vectors=6 --wait "$BOOT"
place_up g eth0 $G/24
ok "it talks" traffic
ok "over two pairs" at g ethtool -L eth0 combined 2
ok "too" traffic
ok "the guest shuts down" guest stop g

for dev in g more; do ok "device $dev goes" vdpa dev del $dev; done
ok "the container goes" container_del c0
is "nothing is left" "$(vdpa dev show | wc -l) $(ip netns list | wc -l)" "0 0"
net_reset
finish
