#!/bin/bash
# The card as a PCI device, without a driver: it is there, it is plausible, it comes and goes.
# Runs as root in a lab.
set -u
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"

BUS=/sys/bus/softdpu
PCI=/sys/bus/pci/devices
ROUNDS=${TEST_ROUNDS:-100}

# called by way of ok and fails
# shellcheck disable=SC2317
put() { echo "$1" >"$2"; }
# shellcheck disable=SC2317
load() { insmod "$SOFTDPU_MODDIR/softdpu_sim.ko" "$@"; }
unload() { rmmod softdpu_sim; }
add() { echo "$*" >$BUS/new_device; }
del() { echo "$1" >$BUS/del_device; }
pf() { cat "$BUS/devices/softdpu$1/pci"; }
cards() { find $BUS/devices -name 'softdpu*' 2>/dev/null | wc -l; }
functions() { grep -l '^0x5d9a$' $PCI/*/vendor 2>/dev/null | wc -l; }
# register of the PF: a capability, an offset and a width, as setpci writes them
reg() { setpci -s "$PF" "$@"; }

[[ $(id -u) == 0 && -e ${SOFTDPU_MODDIR-}/softdpu_sim.ko ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
modules-unload || bail "the modules do not unload"

# A card

ok "the simulator loads" load
is "it plugs in one card" "$(cards)" 1
is "the card has a PF and no VF" "$(functions)" 1
PF=$(pf 0)
DEV=$PCI/$PF
ok "the card says where its PF is" test -d "$DEV"
if [[ $SOFTDPU_LAB == uml* ]]; then
	like "without PCI domains the card has a bus of its own" "$PF" '^0000:1[0-9a-f]:00\.0$'
else
	like "the card has a PCI domain of its own" "$PF" '^1[0-9a-f]{3}:00:00\.0$'
fi
is "lspci sees an Ethernet controller with our ids" "$(lspci -Dn -d 5d9a:)" "$PF 0200: 5d9a:1000 (rev 01)"
details=$(lspci -vv -s "$PF")
like "lspci -vv shows a PCI Express integrated endpoint" "$details" 'Express \(v2\) Root Complex Integrated Endpoint'
like "it can be reset by itself" "$details" 'FLReset\+'
like "it has SR-IOV, 64 VFs, none of them enabled" "$details" \
	'\(SR-IOV\).*IOVCtl:.Enable-.*Initial VFs: 64, Total VFs: 64, Number of VFs: 0'
like "it has a serial number" "$details" 'Device Serial Number 02-5d-9a-ff-fe-00-00-00'
fails "lspci finds nothing odd" grep -Ei 'unknown|broken|denied|!!!|invalid|overlap' <<<"$details"
is "the kernel offers SR-IOV" "$(cat "$DEV/sriov_totalvfs") $(cat "$DEV/sriov_numvfs")" "64 0"
is "VF 0 will be 01.0, VF 1 01.1" "$(cat "$DEV/sriov_offset") $(cat "$DEV/sriov_stride")" "8 1"
fails "no driver is bound" test -e "$DEV/driver"
is "the card says how many VFs it can have" "$(cat $BUS/devices/softdpu0/total_vfs)" 64
POLL=$BUS/devices/softdpu0/busy_poll_usecs
is "its workers look for frames for 50 microseconds at most" "$(cat $POLL)" 50
ok "they may be told not to" put 0 $POLL
ok "or to look for a millisecond" put 1000 $POLL
is "the card says so" "$(cat $POLL)" 1000

VFPOLL=$BUS/devices/softdpu0/vf3/busy_poll_usecs
is "those of a VF as long as the card says" "$(cat $VFPOLL)" 1000
ok "or as they are told themselves" put 7 $VFPOLL
is "and nobody else" "$(cat $VFPOLL $BUS/devices/softdpu0/vf*/busy_poll_usecs $POLL | sort -n | uniq -c | xargs)" "2 7 64 1000"
refused "they do not look longer, either" "Numerical result out of range" $VFPOLL 1001
refused "however large the number is" "Numerical result out of range" $VFPOLL 4294967295
refused "nor until something is there, either" "Invalid argument" $VFPOLL forever
is "the VF says so" "$(cat $VFPOLL)" 7
ok "it can be as the card again" put card $VFPOLL
is "then it is" "$(cat $VFPOLL)" 1000

# What it refuses

refused "workers do not look longer" "Numerical result out of range" $POLL 1001
refused "nor a negative time" "Invalid argument" $POLL -1
refused "nor until something is there" "Invalid argument" $POLL forever
is "none of that changes anything" "$(cat $POLL)" 1000
refused "VFs need a driver" "No such file or directory" "$DEV/sriov_numvfs" 2
refused "more VFs than the card can have are refused" "Numerical result out of range" "$DEV/sriov_numvfs" 65
reg VENDOR_ID.w=1234 ECAP_SRIOV+0e.w=ffff ECAP_SRIOV+14.w=0 CAP_EXP+04.l=0 2>/dev/null
is "read-only registers stay" "$(reg VENDOR_ID.w ECAP_SRIOV+0e.w ECAP_SRIOV+14.w CAP_EXP+04.l | tr '\n' ' ')" \
	"5d9a 0040 0008 10008000 "

# A careless owner

reg ECAP_SRIOV+10.w=4 ECAP_SRIOV+08.w=1
echo 1 >/sys/bus/pci/rescan
is "VFs enabled behind the kernel's back stay out of its sight" "$(functions)" 1
ok "a function level reset works" put 1 "$DEV/reset"
reg ECAP_SRIOV+08.w=0
seen=''
for _ in 1 2 3; do
	echo 1 >"$DEV/remove"
	seen+=$(functions)
	echo 1 >/sys/bus/pci/rescan
	seen+=$(functions)
done
is "the PF can be removed and found again" "$seen" 010101
echo 1 >"$DEV/remove"
ok "a card whose PF was removed can be deleted" del 0
is "and leaves nothing behind" "$(cards) $(functions)" "0 0"

# new_device and del_device

ok "new_device makes a card" add 1
is "it has 64 VFs" "$(cat $BUS/devices/softdpu1/total_vfs)" 64
ok "new_device takes a number of VFs" add "2 8"
is "each has a directory" "$(echo $BUS/devices/softdpu2/vf* | wc -w)" 8
is "the PF has that many" "$(cat $BUS/devices/softdpu2/total_vfs) $(cat "$PCI/$(pf 2)/sriov_totalvfs")" "8 8"
like "each card has its serial number" "$(lspci -vv -s "$(pf 2)")" 'Serial Number 02-5d-9a-ff-fe-00-00-02'
for text in '' ' ' x -1 16 4294967296 99999999999999999999 1x 0x3 '3 0' '3 65' '3 -1' '3 x' '3 4 5' '3,4' \
	"3 $(printf '%032d' 4)"; do
	refused "new_device refuses '$text'" "Invalid argument" $BUS/new_device "$text"$'\n'
done
refused "new_device refuses a card that exists" "File exists" $BUS/new_device 1
for text in '' x -1 16 1x '1 8'; do
	refused "del_device refuses '$text'" "Invalid argument" $BUS/del_device "$text"$'\n'
done
refused "del_device refuses a card that is not there" "No such file or directory" $BUS/del_device 3
is "no refusal made or removed a card" "$(cards) $(functions)" "2 2"
ok "new_device does not mind white space" add '  3   1 '
is "the smallest card has one VF" "$(cat "$PCI/$(pf 3)/sriov_totalvfs")" 1
where=$(pf 2)
ok "del_device removes a card" del 2
is "that card and no other" "$(pf 1) $(pf 3) $([[ -e $PCI/$where ]] || echo gone)" "$(pf 1) $(pf 3) gone"
add 2
is "a card that comes back is where it was" "$(pf 2)" "$where"
for id in 1 2 3; do del $id; done

# Many

for id in {0..15}; do add "$id $((id + 1))" || break; done
is "there can be 16 cards" "$(cards) $(functions)" "16 16"
is "each at its own place" "$(cat $BUS/devices/*/pci | sort -u | wc -l)" 16
order=''
wrong=0
left=16
for id in $(shuf -i 0-15); do
	order+=" $id"
	del "$id" || wrong=$((wrong + 1))
	left=$((left - 1))
	[[ $(cards) == "$left" && $(functions) == "$left" ]] || wrong=$((wrong + 1))
done
is "they can be removed in any order" $wrong 0
diag "the order was$order"

failed=0
for ((i = 0; i < ROUNDS; i++)); do
	add 5 && del 5 || failed=$((failed + 1))
done
is "a card comes and goes $ROUNDS times" "$failed $(cards) $(functions)" "0 0 0"

# Several at once: errors are expected, a mess is not

churn() {
	local i
	for ((i = 0; i < ROUNDS / 4; i++)); do
		add $((RANDOM % 3))
		lspci -d 5d9a: -vv
		cat $BUS/devices/*/{pci,total_vfs} $PCI/*/config
		del $((RANDOM % 3))
	done >/dev/null 2>&1
}
for _ in 1 2 3 4; do churn & done
wait
for id in 0 1 2; do del $id 2>/dev/null; done
is "four writers at once leave nothing behind" "$(cards) $(functions)" "0 0"

add 0
exec 7<"$PCI/$(pf 0)/config"
ok "a card can be deleted while someone has its config space open" del 0
fails "who reads it then gets an error" dd bs=64 count=1 of=/dev/null <&7
exec 7<&-

# The module

for id in 0 7 15; do add $id; done
ok "the simulator unloads with cards plugged in" unload
is "they are gone" "$(functions) $([[ -e $BUS ]] || echo gone)" "0 gone"
ok "it loads without a card" load cards=0
is "and there is none" "$(cards)" 0
for id in 0 1 2 3; do
	while add $id; del $id; [[ -e $BUS/new_device ]]; do :; done >/dev/null 2>&1 &
done
sleep 1
ok "it unloads while cards come and go" unload
wait
is "and nothing is left" "$(functions)" 0
ok "it loads with 16 cards" load cards=16 vfs=64
is "and there are 16" "$(cards) $(functions)" "16 16"
unload
# new_device works before all cards are plugged in
faster() { until [[ -e $BUS/new_device ]]; do :; done; add 15; } 2>/dev/null
won='' wrong=0
for ((i = 0; i < 20 && !won; i++)); do
	faster &
	load cards=16
	[[ "$(cards) $(functions)" == "16 16" ]] || wrong=$((wrong + 1))
	wait $! && won=1
	unload
done
if ((won)); then
	is "it loads when somebody was faster with one of its cards" $wrong 0
else
	skip "it loads when somebody was faster with one of its cards" "nobody was"
fi
fails "17 cards are refused" load cards=17
fails "65 VFs are refused" load vfs=65
fails "nothing is loaded then" test -e /sys/module/softdpu_sim
finish
