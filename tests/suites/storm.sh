#!/bin/bash
# Everything that can be taken away is taken away under traffic, round after round: clients, devices, drivers, VFs, the
# card, the modules. Afterwards all of it works again, and nothing is left behind. Runs as root in a lab.
#   TEST_ROUNDS=10          rounds
#   TEST_EVENTS="del flip"  only these events
#
# Two vDPA devices, st0 and st1, are with vhost_vdpa: a client moves frames from one to the other. Two more, st2 and st3,
# are with virtio_vdpa, netdevs in network namespaces; one floods the other with pings. Whatever takes a device away
# from vhost_vdpa waits until the client is gone, so the clients are killed while it waits, or just before.
# Functions are called by name: shellcheck does not see that.
# shellcheck disable=SC2015,SC2317
set -u
here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=tests/lib/vdpa.sh
. "$here/../lib/vdpa.sh"

ROUNDS=${TEST_ROUNDS:-${ROUNDS:-10}}
read -ra EVENTS <<<"${TEST_EVENTS:-kill del unbind flip numvfs card rmmod}"
PCI=/sys/bus/pci
CARDS=/sys/bus/softdpu
MODULES=(softdpu softdpu_vdpa softdpu_sim)
# softdpu_vdpa uses softdpu; the card goes when it likes
ORDERS=("softdpu_vdpa softdpu softdpu_sim" "softdpu_vdpa softdpu_sim softdpu" "softdpu_sim softdpu_vdpa softdpu")
# how long a removal may take once the clients are gone; checked kernels are slow, and SR-IOV sleeps a second
PATIENCE=120
WHY=/run/storm.why
CLIENT_PID=''
PINGS=()

# why TEXT: the reason for the failure of this event; false
why() {
	echo "$*" >"$WHY"
	return 1
}

# a pause without a process: these are the larger part of what a round costs
exec {never}<> <(:)
pause() { read -rt "$1" -u "$never"; true; }
nap() { pause "0.$((RANDOM % 2))$((RANDOM % 10))"; }

# until_so SECONDS CONDITION…
until_so() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		pause 0.02
	done
}

# join PID WHAT: wait for a background job that must end, and succeed
join() {
	if ! until_so $PATIENCE gone "$1"; then
		why "$2 does not end: $(tr '\n' ' ' <"/proc/$1/stack" 2>/dev/null)"
		return 1
	fi
	wait "$1" || why "$2 gave status $?: $(tail -n 1 /run/storm.out)"
}
# also when it has ended and this shell has not waited for it: kill -0 succeeds for a zombie
gone() {
	local stat
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
	[[ $stat == *') Z '* ]]
}

# the card

pf() { cat "$CARDS/devices/softdpu0/pci" 2>/dev/null; }
loaded() { [[ -d /sys/module/$1 ]]; }
has_vfs() {
	local vf=("$PCI"/drivers/softdpu_vdpa/*:*)
	[[ -e ${vf[0]} ]] && ((${#vf[@]} == 4))
}
put() { echo "$1" >"$2"; }

card_ready() {
	local pf name ready=yes
	for name in "${MODULES[@]}"; do loaded "$name" || ready=no; done
	[[ $ready == yes ]] && has_vfs && return 0
	modules-load card 4 >/run/storm.out 2>&1 || { why "the modules do not load: $(</run/storm.out)"; return 1; }
	[[ -d $CARDS/devices/softdpu0 ]] || put 0 $CARDS/new_device || { why "no new card"; return 1; }
	until_so $PATIENCE test -e "$PCI/devices/$(pf)/driver" || { why "the PF has no driver"; return 1; }
	pf=$(pf)
	# a card from modprobe enables its VFs in its own time
	if [[ $(<"$PCI/devices/$pf/sriov_numvfs") == 0 ]]; then
		until_so 3 has_vfs || [[ $(<"$PCI/devices/$pf/sriov_numvfs") != 0 ]] ||
			put 4 "$PCI/devices/$pf/sriov_numvfs" || { why "no VFs"; return 1; }
	fi
	until_so $PATIENCE has_vfs || why "4 VFs were wanted, there are $(vfs | wc -l)"
}

# the devices

exists() { [[ -d $VDPA_BUS/devices/$1 ]]; }

# device N: stN on VF N, with its owner
device() {
	local vf
	exists "st$1" || {
		mapfile -t vf < <(vfs)
		vdpa dev add name "st$1" mgmtdev "${vf[$1]}" 2>/run/storm.out ||
			{ why "vdpa dev add st$1: $(</run/storm.out)"; return 1; }
	}
	if (($1 < 2)); then
		vdpa_give "st$1" vhost_vdpa || { why "st$1 does not go to vhost_vdpa"; return 1; }
		until_so 10 vdpa_file "st$1" >/dev/null || why "st$1 has no file"
	else
		netdev "st$1" "$1"
	fi
}

# netdev NAME N: make it a netdev with address 10.77.0.N in namespace NAME
netdev() {
	local dev
	# a netdev that is not here is in its namespace
	vdpa_with "$1" virtio_vdpa && ! vdpa_netdev "$1" >/dev/null && return 0
	vdpa_give "$1" virtio_vdpa || { why "$1 does not go to virtio_vdpa"; return 1; }
	ip netns add "$1" 2>/dev/null
	until_so 10 vdpa_netdev "$1" >/dev/null || { why "$1 does not become a netdev"; return 1; }
	dev=$(vdpa_netdev "$1")
	ip link set "$dev" netns "$1" name net0 && ip -n "$1" addr add "10.77.0.$2/24" dev net0 &&
		ip -n "$1" link set net0 up || why "the netdev of $1 cannot be set up"
}

devices_ready() {
	local i
	card_ready || return 1
	for i in 0 1 2 3; do device $i || return 1; done
}

# traffic

# the client's first frame has come
flowing() { vdpa dev vstats show st1 qidx 0 2>/dev/null | grep -q ' packets [1-9]'; }

client_start() {
	"$CLIENT/softdpu-bench" --pair "$(vdpa_file st0)" "$(vdpa_file st1)" --seconds 0 --yield >/run/client.out 2>&1 &
	CLIENT_PID=$!
	until_so 30 flowing || why "the client's frames do not flow: $(tail -n 1 /run/client.out)"
}

client_kill() {
	[[ $CLIENT_PID ]] || return 0
	kill -9 "$CLIENT_PID" 2>/dev/null
	wait "$CLIENT_PID" 2>/dev/null
	CLIENT_PID=''
}

pings_start() {
	ip netns exec st2 ping -fq 10.77.0.3 >/dev/null 2>&1 & PINGS+=($!)
}

pings_stop() {
	((${#PINGS[@]})) || return 0
	kill -9 "${PINGS[@]}" 2>/dev/null
	wait "${PINGS[@]}" 2>/dev/null
	PINGS=()
}

traffic_start() {
	pings_start
	client_start
}

traffic_stop() {
	client_kill
	pings_stop
}

# works: frames flow in both halves, none is lost
works() {
	"$CLIENT/softdpu-bench" --pair "$(vdpa_file st0)" "$(vdpa_file st1)" --seconds 0.1 --check-data \
		>/run/storm.out 2>&1 || { why "afterwards: $(tail -n 2 /run/storm.out | paste -sd' ')"; return 1; }
	ip netns exec st2 ping -c 3 -i 0.01 -W 5 -q 10.77.0.3 >/run/storm.out 2>&1 ||
		why "afterwards no ping: $(grep -m 1 transmitted /run/storm.out || tail -n 1 /run/storm.out)"
}

# under_traffic WHAT COMMAND…: it must succeed although, or as soon as, the clients are killed
under_traffic() {
	local what=$1 pid
	shift
	traffic_start || return 1
	if ((RANDOM % 4)); then
		"$@" >/run/storm.out 2>&1 & pid=$!
		nap
		client_kill
	else
		client_kill
		"$@" >/run/storm.out 2>&1 & pid=$!
	fi
	join $pid "$what"
	local status=$?
	pings_stop
	return $status
}

# the events: each leaves devices_ready() something to do, and no more

event_kill() {
	traffic_start || return 1
	nap
	client_kill
	# at once: what the dead client had is free when it is gone
	client_start || return 1
	client_kill
	pings_stop
}

event_del() {
	under_traffic "vdpa dev del of a device that is in use" vdpa dev del "st$((RANDOM % 2))" && devices_ready &&
		under_traffic "vdpa dev del of a netdev" vdpa dev del "st$((2 + RANDOM % 2))"
}

vf_of() { basename "$(dirname "$(readlink -f "$VDPA_BUS/devices/$1")")"; }

event_unbind() {
	local n vf
	for n in $((RANDOM % 2)) $((2 + RANDOM % 2)); do
		vf=$(vf_of "st$n")
		under_traffic "unbinding the driver of VF $n" put "$vf" $PCI/drivers/softdpu_vdpa/unbind || return 1
		put "$vf" $PCI/drivers/softdpu_vdpa/bind 2>/run/storm.out ||
			{ why "binding again: $(</run/storm.out)"; return 1; }
		devices_ready || return 1
	done
}

event_flip() {
	local n=$((RANDOM % 2))
	under_traffic "giving st$n to virtio_vdpa" vdpa_give "st$n" virtio_vdpa || return 1
	until_so 10 vdpa_netdev "st$n" >/dev/null || { why "st$n does not become a netdev"; return 1; }
	ip link set "$(vdpa_netdev "st$n")" up
	vdpa_give "st$n" vhost_vdpa || { why "st$n does not come back"; return 1; }
	device $n || return 1
	under_traffic "giving st2 to vhost_vdpa" vdpa_give st2 vhost_vdpa || return 1
	until_so 10 vdpa_file st2 >/dev/null || { why "st2 has no file"; return 1; }
	"$CLIENT/softdpu-bench" --pair "$(vdpa_file st0)" "$(vdpa_file st2)" --seconds 0.1 >/run/storm.out 2>&1 ||
		why "frames to st2: $(tail -n 1 /run/storm.out)"
}

# refused while a process has a device: the machine's hotplug would wait for that process
event_numvfs() {
	local file
	file=$PCI/devices/$(pf)/sriov_numvfs
	traffic_start || return 1
	if put 0 "$file" 2>/dev/null; then
		why "VFs went from under a client"
		return 1
	fi
	client_kill
	put 0 "$file" 2>/run/storm.out || { why "sriov_numvfs = 0: $(</run/storm.out)"; return 1; }
	pings_stop
	[[ $(vfs) ]] && why "there are VFs without VFs: $(vfs | tr '\n' ' ')"
	put 4 "$file" 2>/run/storm.out || why "sriov_numvfs = 4: $(</run/storm.out)"
}

event_card() {
	under_traffic "pulling the card out" put 0 $CARDS/del_device || return 1
	[[ ! $(vfs) && ! -e $CARDS/devices/softdpu0 ]] || why "something of the card is left"
}

unload() {
	local name
	for name in $1; do
		rmmod "$name" || return 1
	done
}

event_rmmod() {
	local order=${ORDERS[round % ${#ORDERS[@]}]} name
	under_traffic "rmmod of $order" unload "$order" || return 1
	for name in "${MODULES[@]}"; do
		! loaded "$name" || { why "$name is still there"; return 1; }
	done
}

# what is left behind

vmstat() { sed -n "s/^$1 //p" /proc/vmstat; }
pinned() { echo $(($(vmstat nr_foll_pin_acquired) - $(vmstat nr_foll_pin_released))); }
# every page that somebody forgot to put back is missing here
free_mb() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 0.5
	echo $(($(awk '/^MemFree:/ { print $2 }' /proc/meminfo) / 1024))
}
workers() { pgrep -c '^sdpu'; }

# event NAME: run it, see that all works again; a failure ends this kind of event for good
declare -A failed passed
event() {
	[[ ! ${failed[$1]-} ]] || return 0
	: >"$WHY"
	if "event_$1" && devices_ready && works; then
		passed[$1]=$((${passed[$1]-0} + 1))
		return 0
	fi
	failed[$1]="round $round: $(<"$WHY")"
	diag "$1, ${failed[$1]}"
	traffic_stop
	modules-unload >/run/storm.out 2>&1 || bail "after that the modules do not unload: $(tail -n 1 /run/storm.out)"
	devices_ready || bail "after that there is no way back: $(<"$WHY")"
}

[[ $(id -u) == 0 && -e ${SOFTDPU_MODDIR-}/softdpu_sim.ko ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
client_build || bail "the client does not build"
trap traffic_stop EXIT
devices_ready && works || bail "it does not even work in peace: $(<"$WHY")"
fails "softdpu stays while softdpu_vdpa needs it" rmmod softdpu

# the first round warms everything up: caches, per-CPU memory, modules
round=0
for name in "${EVENTS[@]}"; do event "$name"; done
modules-unload >/dev/null 2>&1 || bail "the modules do not unload"
pins=$(pinned)
before=$(free_mb)
devices_ready || bail "the modules do not come back: $(<"$WHY")"

for ((round = 1; round <= ROUNDS; round++)); do
	for name in "${EVENTS[@]}"; do event "$name"; done
	((round % 10)) || diag "round $round of $ROUNDS after $SECONDS s"
done

declare -A title=(
	[kill]="a client killed under traffic: the next one starts at once"
	[del]="vdpa dev del under traffic"
	[unbind]="VF drivers unbound under traffic"
	[flip]="from vhost_vdpa to virtio_vdpa and back under traffic"
	[numvfs]="sriov_numvfs = 0: refused while a client runs, then done under netdev traffic"
	[card]="the card pulled out under traffic"
	[rmmod]="modules unloaded under traffic, in every order there is"
)
for name in "${EVENTS[@]}"; do
	is "${title[$name]}: $ROUNDS rounds" "${failed[$name]-${passed[$name]} passed}" "$((ROUNDS + 1)) passed"
done

ok "at last the modules unload" modules-unload
is "no worker is left" "$(workers)" 0
is "no page is pinned that was not before" "$(pinned)" "$pins"
after=$(free_mb)
# a leak of one client's memory a round would be 12 MiB times the rounds
ok "no memory is missing: $before MiB were free, $after are now" test $((before - after)) -lt $((24 + ROUNDS / 2))
finish
