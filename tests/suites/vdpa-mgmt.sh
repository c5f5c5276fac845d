#!/bin/bash
# vDPA management: what vdpa(8) can ask of a VF, what it is refused, and what the user reads then.
# Runs as root in a lab.
# Functions are called by way of ok and fails, and bail is meant for either failure.
# shellcheck disable=SC2015,SC2317
set -u
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

DRIVER=/sys/bus/pci/drivers/softdpu_vdpa
TRACE=/sys/kernel/tracing
FAULTS=/sys/kernel/debug/softdpu/0
ROUNDS=${TEST_ROUNDS:-100}

declare -A BIT=([CSUM]=0 [GUEST_CSUM]=1 [MTU]=3 [MAC]=5 [GUEST_TSO4]=7 [GUEST_ECN]=9 [HOST_TSO6]=12 [HOST_ECN]=13
	[CTRL_VQ]=17 [CTRL_RX]=18 [CTRL_VLAN]=19 [MQ]=22 [CTRL_MAC_ADDR]=23 [VERSION_1]=32 [ACCESS_PLATFORM]=33
	[RING_RESET]=40)
BASE=(VERSION_1 ACCESS_PLATFORM)

features() { # NAME…: as device_features takes them
	local sum=0 name
	for name; do sum=$((sum | 1 << BIT[$name])); done
	printf '%#x' $sum
}

mgmtdev() { vdpa -j mgmtdev show | jq -r "$1"; }
dev() { vdpa -j dev show "$1" 2>/dev/null | jq -r ".dev[\"$1\"].$2"; }
config() { vdpa -j dev config show "$1" | jq -r ".config[\"$1\"].$2"; }
vstats() { vdpa dev vstats show "$@"; }
add() { vdpa dev add name "$1" mgmtdev "pci/${2:-$VF0}" "${@:3}"; }
del() { vdpa dev del "$1"; }
exists() { [[ -e $VDPA/devices/$1 ]]; }
driver() { basename "$(readlink -f "$VDPA/devices/$1/driver" 2>/dev/null)"; }
put() { echo "$1" >"$2"; }
numvfs() { echo "$1" >"$PCI/$(card_pf)/sriov_numvfs"; }
mgmtdevs() { mgmtdev '.mgmtdev | length'; }

# refuses NAME ERRNO TEXT COMMAND…: COMMAND fails; vdpa(8) prints ERRNO, and it or the kernel log TEXT
refuses() {
	local name=$1 errno=$2 text=$3 said status
	shift 3
	echo "vdpa-mgmt mark $((++marks))" >/dev/kmsg
	said=$("$@" 2>&1)
	status=$?
	# core ops without extack: the text is in the log
	said+=$'\n'$(dmesg | sed "1,/vdpa-mgmt mark $marks\$/d")
	((status != 0)) || said="it was accepted"
	like "$name" "$said" "$errno.*$text|$text.*$errno"
}
marks=0

[[ $(id -u) == 0 && -e ${SOFTDPU_MODDIR-}/softdpu_vdpa.ko ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
net_reset
# no udev here; and nobody but us says which bus driver takes a device
modprobe -q virtio_net
autoprobe=$(<"$VDPA/drivers_autoprobe")
trap 'echo "$autoprobe" >"$VDPA/drivers_autoprobe"' EXIT
echo 0 >"$VDPA/drivers_autoprobe"
VF0=$(card_vf 0) VF1=$(card_vf 1)
[[ $VF0 && $VF1 ]] || bail "the card has no two VFs"

# Management devices

is "every VF is a management device" "$(mgmtdevs)" "$(cat "$PCI/$(card_pf)/sriov_numvfs")"
is "its name is the PCI address" "$(mgmtdev '.mgmtdev | keys[0]')" "pci/$VF0"
is "for network devices" "$(mgmtdev ".mgmtdev[\"pci/$VF0\"].supported_classes[0]")" net
max_vqs=$(mgmtdev ".mgmtdev[\"pci/$VF0\"].max_supported_vqs")
max_vqp=$(((max_vqs - 1) / 2))
ok "with at least eight queue pairs and a control queue" test "$max_vqs" -ge 17
offered=$(mgmtdev ".mgmtdev[\"pci/$VF0\"].dev_features | join(\" \")")
for f in CSUM GUEST_CSUM MTU MAC GUEST_TSO4 HOST_TSO6 MRG_RXBUF STATUS CTRL_VQ CTRL_RX CTRL_VLAN MQ CTRL_MAC_ADDR \
	RING_EVENT_IDX VERSION_1 ACCESS_PLATFORM; do
	like "it offers $f" " $offered " " $f "
done
for f in RING_RESET NOTIFICATION_DATA; do
	ok "it does not offer $f" test "${offered/$f/}" = "$offered"
done

# Adding

ok "a device is added without any attribute" add d0
like "it is on the bus under its PCI function" "$(readlink -f "$VDPA/devices/d0")" "/$VF0/d0\$"
is "it is a network device" "$(dev d0 type)" network
is "of our vendor id" "$(dev d0 vendor_id)" $((0x5d9a))
is "with a queue pair and a control queue" "$(dev d0 max_vqs)" 3
ok "with rings of 1024 entries at least, a number of 16 bits" test "$(dev d0 max_vq_size)" -ge 1024
mac=$(config d0 mac)
like "the card gave it an address of its own" "$mac" '^[0-9a-f]([26ae]|[048c]):'
is "the MTU is 1500" "$(config d0 mtu)" 1500
like "the link is up" "$(vdpa dev config show d0)" ' link up '
refuses "there is one device a VF" "Device or resource busy" "the function has a device already" add d1
refuses "and none of the same name" "File exists" "the function has a device already" add d0
refuses "a name is there once" "File exists" "no place on the vdpa bus for d0" add d0 "$VF1"
ok "what failed leaves nothing behind" add d1 "$VF1"
ok "two devices have different addresses" test "$(config d1 mac)" != "$mac"
del d1
ok "a device is deleted" del d0
fails "and gone" exists d0
refuses "it cannot be deleted twice" "No such device" "device not found" del d0

ok "a device is added with all attributes" add d0 "$VF0" mac 02:00:00:00:00:01 mtu 9000 max_vqp 4
is "the address is the one asked for" "$(config d0 mac)" 02:00:00:00:00:01
is "the MTU, too" "$(config d0 mtu)" 9000
is "the queue pairs, too" "$(config d0 max_vq_pairs)" 4
is "that makes nine queues" "$(dev d0 max_vqs)" 9
refuses "the host's address is the host's alone" "Address already in use" "$(mac_of host) is in use on this card" \
	add d1 "$VF1" mac "$(mac_of host)"
del d0

ok "a device is added with chosen features" add d0 "$VF0" device_features "$(features "${BASE[@]}" MAC)"
is "without CTRL_VQ there are two queues" "$(dev d0 max_vqs)" 2
is "without MTU no MTU is shown" "$(config d0 mtu)" null
del d0
ok "the smallest MTU is 68" add d0 "$VF0" mtu 68
del d0
ok "the largest MTU is 9216" add d0 "$VF0" mtu 9216
del d0
ok "there can be as many queue pairs as the VF says" add d0 "$VF0" max_vqp $max_vqp
is "all of its queues" "$(dev d0 max_vqs)" "$max_vqs"
del d0

# Refusals: the number for scripts, the text for people

invalid="Invalid argument"
no_address="Cannot assign requested address"
no_support="Operation not supported"
out_of_range="Numerical result out of range"
refuses "a multicast address is refused" "$no_address" "01:00:5e:00:00:01 is a multicast address" \
	add d0 "$VF0" mac 01:00:5e:00:00:01
refuses "the broadcast address is refused" "$no_address" "ff:ff:ff:ff:ff:ff is a multicast address" \
	add d0 "$VF0" mac ff:ff:ff:ff:ff:ff
refuses "address zero is refused" "$no_address" "00:00:00:00:00:00 is no address" add d0 "$VF0" mac 00:00:00:00:00:00
# these two the core knows itself, and says so
refuses "an MTU of 67 is refused" "$out_of_range" "integer out of range" add d0 "$VF0" mtu 67
refuses "no queue pair is refused" "$invalid" "At least one pair of VQs is required" add d0 "$VF0" max_vqp 0
refuses "an MTU of 9217 is refused" "$out_of_range" "MTU 9217 is outside of 68 to 9216" add d0 "$VF0" mtu 9217
refuses "an MTU of 65535 is refused" "$out_of_range" "MTU 65535 is outside of 68 to 9216" add d0 "$VF0" mtu 65535
refuses "one queue pair too many is refused" "$out_of_range" "max_vqp $((max_vqp + 1)) is outside of 1 to $max_vqp" \
	add d0 "$VF0" max_vqp $((max_vqp + 1))
refuses "a feature that the card does not have is refused" "$no_support" "does not have features 0x10000000000" \
	add d0 "$VF0" device_features "$(features "${BASE[@]}" RING_RESET)"
refuses "all features are refused" "$no_support" "does not have features 0x" \
	add d0 "$VF0" device_features 0xffffffffffffffff
refuses "no features are refused" "$invalid" "VERSION_1, ACCESS_PLATFORM are required: 0x300000000 missing" \
	add d0 "$VF0" device_features 0x0
refuses "features without VERSION_1 are refused" "$invalid" "required: 0x100000000 missing" \
	add d0 "$VF0" device_features "$(features ACCESS_PLATFORM MAC)"
refuses "features without ACCESS_PLATFORM are refused" "$invalid" "required: 0x200000000 missing" \
	add d0 "$VF0" device_features "$(features VERSION_1 MAC)"
while read -r feature needs with; do
	refuses "$feature without $needs is refused" "$invalid" "feature $feature \\(0x[0-9a-f]+\\) needs $needs" \
		add d0 "$VF0" device_features "$(features "${BASE[@]}" MAC "$feature" ${with:+"$with"})"
done <<-EOT
	GUEST_TSO4 GUEST_CSUM CSUM
	GUEST_ECN GUEST_TSO4 GUEST_CSUM
	HOST_TSO6 CSUM GUEST_CSUM
	HOST_ECN HOST_TSO4 CSUM
	CTRL_RX CTRL_VQ
	CTRL_VLAN CTRL_VQ
	MQ CTRL_VQ
EOT
refuses "CTRL_MAC_ADDR without CTRL_VQ is refused" "$invalid" "feature CTRL_MAC_ADDR .* needs CTRL_VQ" \
	add d0 "$VF0" device_features "$(features "${BASE[@]}" MAC CTRL_MAC_ADDR)"
# attributes and features that do not go together are the core's business
refuses "an MTU without MTU among the features is refused" "$invalid" "Missing features 0x8 for provided attributes" \
	add d0 "$VF0" mtu 1500 device_features "$(features "${BASE[@]}" MAC)"
refuses "an address without MAC is refused" "$invalid" "Missing features 0x20 for provided attributes" \
	add d0 "$VF0" mac 02:00:00:00:00:01 device_features "$(features "${BASE[@]}" MTU)"
refuses "queue pairs without MQ are refused" "$invalid" "Missing features 0x400000 for provided attributes" \
	add d0 "$VF0" max_vqp 2 device_features "$(features "${BASE[@]}" CTRL_VQ)"
refuses "a VF that is not there is refused" "No such device" "Fail to find the specified management device" \
	add d0 "${VF0%?}f"
fails "after all that there is no device" exists d0
ok "and one can be made" add d0

# Setting

ok "an address is set" vdpa dev set name d0 mac 02:00:00:00:00:22
is "and shown" "$(config d0 mac)" 02:00:00:00:00:22
refuses "a multicast address is not set" "$no_support" "Invalid MAC address" vdpa dev set name d0 mac 03:00:00:00:00:22
refuses "address zero is not set" "$no_support" "Invalid MAC address" vdpa dev set name d0 mac 00:00:00:00:00:00
refuses "an address that is taken is not set" "Address already in use" \
	"refused MAC address $(mac_of host)" vdpa dev set name d0 mac "$(mac_of host)"
is "the old one stays" "$(config d0 mac)" 02:00:00:00:00:22
ok "what was given up can be had" add d1 "$VF1" mac 02:00:00:00:00:01
del d1
del d0
add d0 "$VF0" device_features "$(features "${BASE[@]}" MTU)"
refuses "on a device without feature MAC no address is set" "$no_support" "does not offer feature MAC \\(0x20\\)" \
	vdpa dev set name d0 mac 02:00:00:00:00:22
del d0

# In use

add d0 "$VF0" max_vqp 2
refuses "without a driver there are no counters" "Resource temporarily unavailable" "feature negotiation not complete" \
	vstats d0 qidx 0
ok "a container takes it" vdpa_bind d0 virtio_vdpa
is "virtio_vdpa has it" "$(driver d0)" virtio_vdpa
in_use() { [[ $(config d0 'negotiated_features | length') -gt 0 ]]; }
ok "its driver negotiates features" wait_for 10 in_use
for q in 0 1 2 3 4; do
	ok "queue $q has counters" vstats d0 qidx $q
done
counters=$(vstats d0 qidx 0)
for c in packets bytes gso_packets kicks calls calls_suppressed batches drop_no_buffer drop_filter drop_down drop_bad \
	drop_no_port broken calls_coalesced polls throttled; do
	like "one of them is $c" "$counters" " $c [0-9]+ "
done
refuses "queue 5 of 5 has none" "$out_of_range" "queue index 5, the device has queues 0 to 4" vstats d0 qidx 5
refuses "queue 65536 has none" "$out_of_range" "queue index exceeds max value" vstats d0 qidx 65536
refuses "the address of a device that runs is not set" "Device or resource busy" "in use" \
	vdpa dev set name d0 mac 02:00:00:00:00:22
ok "a device is deleted under its driver" del d0

# Who may see which memory: AS_SET has address space in bits 15:0 and mode in bits 31:16 (1: table, 2: bypass)

if [[ -e $TRACE/events/softdpu/sdpu_cmd ]]; then
	modes() { sed -n 's/.*AS_SET len=16 in=0000000000\(.\{2\}\)0000 .*/\1/p' $TRACE/trace | tr '\n' ' '; }
	add d0
	vdpa_bind d0 vhost_vdpa
	echo >$TRACE/trace
	echo 1 >$TRACE/events/softdpu/enable
	ok "vhost_vdpa's device is opened and closed" python3 -c 'import os,sys; os.close(os.open(sys.argv[1], os.O_RDWR))' \
		"$(vhost_node d0)"
	is "that takes no change of address space 0" "$(modes)" ""
	vdpa_bind d0 virtio_vdpa
	wait_for 10 in_use
	like "virtio_vdpa sees all memory while its driver runs" "$(modes)" '02 $'
	vdpa_bind d0 vhost_vdpa
	is "not a moment longer" "$(modes)" '02 01 '
	echo 0 >$TRACE/events/softdpu/enable
	del d0
else
	skip "who sees which memory" "no trace events here"
fi

# Coming and going

rounds() {
	local i
	for ((i = 0; i < ROUNDS; i++)); do
		add d0 "$VF0" max_vqp $((1 + i % 8)) mtu $((68 + i)) && del d0 || return 1
	done
}
ok "a device comes and goes $ROUNDS times" rounds
switches() {
	local i
	add d0 || return 1
	for ((i = 0; i < ROUNDS / 5; i++)); do
		vdpa_bind d0 virtio_vdpa && vdpa_bind d0 vhost_vdpa || return 1
	done
}
ok "its bus driver changes $((ROUNDS / 5)) times" switches
ok "the VF's driver is unbound with a device on it" put "$VF0" $DRIVER/unbind
fails "the device is gone" exists d0
is "so is the management device" "$(mgmtdev ".mgmtdev[\"pci/$VF0\"]")" null
ok "the driver is bound again" put "$VF0" $DRIVER/bind
ok "and a device added" add d0
vdpa_bind d0 virtio_vdpa
ok "VFs are disabled with a device in a container" numvfs 0
fails "that device is gone, too" exists d0
is "and all management devices" "$(vdpa -j mgmtdev show | jq -r '.mgmtdev // {} | length')" 0
ok "VFs are enabled again" numvfs 4
is "and are management devices" "$(mgmtdevs)" 4

# Virtqueue groups: QEMU with a virtual IOMMU wants one for all

single() { put "$1" "$PCI/$VF0/single_group"; }
# in a shell of its own: some of its functions have the names of ours
# shellcheck source=tests/lib/vdpa.sh
CLIENT=$(. "$(dirname "$0")/../lib/vdpa.sh" && client_build && echo "$CLIENT") || bail "the client does not build"
# moves: the device as a whole, to another address space
moves() { "$CLIENT/hostile" "$(vhost_node d0)" "$(vhost_node d1)" "$(vhost_node d2)" "as a whole"; }
for i in 0 1 2; do
	vdpa_make d$i $i vhost_vdpa
done
like "a device has several groups unless told otherwise" "$(moves)" 'ok 1 .* # SKIP the device has more than one'
del d0
ok "VF 0 makes devices with one" single 1
vdpa_make d0 0 vhost_vdpa
like "the next one has one, which moves as a whole" "$(moves)" '^ok 1 - [^#]*$'
del d0
ok "and several again" single 0
vdpa_make d0 0 vhost_vdpa
like "as it says" "$(moves)" 'SKIP the device has more than one'
fails "two is no answer" single 2
for i in 0 1 2; do
	del d$i
done

# How long the worker of a queue looks for frames, which the card can be told for each VF

# found VF MICROSECONDS SECONDS: how often it finds some, in a stream from d0 that comes one by one, with this limit for
# that VF, until it has found some and for so long at most
found() {
	local before client sent
	put "$2" "$CARD/vf$1/busy_poll_usecs" || return 1
	"$CLIENT/softdpu-bench" --pair "$(vhost_node d0)" "$(vhost_node d1)" --seconds 0 --batch 1 >/dev/null 2>&1 &
	client=$!
	# counters can be asked for while a driver is there
	if wait_for 10 vq d0 1 polls && before=$(vq d0 1 polls) && sent=$(vq d0 1 packets); then
		wait_for "$3" more_polls "$before"
		# without a stream nothing can be found
		(($(vq d0 1 packets) > sent)) && echo $(($(vq d0 1 polls) - before))
	fi
	kill $client
	wait $client
	put card "$CARD/vf$1/busy_poll_usecs"
}
more_polls() { (($(vq d0 1 polls) > $1)); }
# a worker only looks while nobody else wants its processor, and where that is likely to take less than waking it
if [[ $SOFTDPU_LAB == uml ]] && (($(nproc) > 1)); then
	for i in 0 1; do
		vdpa_make d$i $i vhost_vdpa
	done
	is "who may not look for frames does not" "$(found 0 0 2)" 0
	found=$(found 0 1000 30)
	ok "who may finds some" test "$found" -gt 0
	diag "$found times"
	found=$(found 1 0 30)
	ok "so does who sends to one that may not" test "$found" -gt 0
	del d0
	del d1
else
	skip "who may not look for frames does not" "here nobody is sure to find any"
fi

# Somebody has a device open and does not let go

vdpa_make d0 0 vhost_vdpa
# hold: until it is killed
hold() {
	sleep infinity <>"$(vhost_node d0)" &
	holder=$!
	wait_for 10 eval "ls -l /proc/$holder/fd | grep -q $(vhost_node d0)"
}
# ends SECONDS PID: it does within the time, and well
ends() { wait_for "$1" eval "! kill -0 $2" && wait "$2"; }
hold
echo d0 >"$VDPA/drivers/vhost_vdpa/unbind" &
unbind=$!
fails "unbinding a device that somebody has open waits" ends 1 $unbind
ok "others are made meanwhile" add d1 "$VF1"
ok "and deleted" del d1
kill $holder
ok "it is unbound when they let go" ends 10 $unbind
ok "it is bound again" vdpa_bind d0 vhost_vdpa
hold
vdpa dev del d0 &
delete=$!
fails "deleting it waits, too" ends 1 $delete
vdpa dev show >/dev/null &
show=$!
fails "and with it all of vdpa(8), which is the kernel's doing" ends 1 $show
kill $holder
ok "it is deleted when they let go" ends 10 $delete
ok "and the others go on" ends 10 $show

# A card that misbehaves

fault() { echo "${@:2}" >"$FAULTS.$1/fault"; }
if [[ -e $FAULTS.1/fault ]]; then
	fault 1 status
	refuses "a card that says no is quoted" "Input/output error" "the card refused the device: -EIO" add d0
	ok "the next attempt is a new one" add d0
	vdpa_bind d0 virtio_vdpa
	fault 1 gone
	ok "a device whose card is gone can be deleted" del d0
	# frames for all: what it had as rings and buffers may be anybody's now. The checked kernel reports a card that
	# still looks there, and fails the run.
	ip link set "$(pf_netdev)" up
	python3 -IS -c "$HEARD" '' "host:$(pf_netdev)"
	# or the host's router solicitations would be frames that the tests below did not send
	ip link set "$(pf_netdev)" down
	fault 1 none
	put "$VF0" $DRIVER/unbind
	put "$VF0" $DRIVER/bind
	ok "with the card back the VF is good again" add d0
	del d0

	# a card of version 1.1 has no registers for areas and invalidation: commands do it
	fault 1 old
	put "$VF0" $DRIVER/unbind
	put "$VF0" $DRIVER/bind
	for i in 0 1 2; do
		vdpa_make d$i $i vhost_vdpa
	done
	old() { "$CLIENT/hostile" "$(vhost_node d0)" "$(vhost_node d1)" "$(vhost_node d2)" "were unmapped under traffic"; }
	ok "with an older card what was unmapped is not used either" old
	for i in 0 1 2; do
		del d$i
	done
	fault 1 none
	put "$VF0" $DRIVER/unbind
	put "$VF0" $DRIVER/bind
else
	skip "a card that misbehaves" "no fault can be injected"
fi

finish
