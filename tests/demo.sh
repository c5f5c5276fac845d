#!/bin/bash
# The tour: a container, a virtual machine and the host talk to each other through a card that is not there. It shows
# what a person would type, and what comes back. softdpu-lab demo runs it in a lab, as root, with a card of four VFs.
#
# Exit status 0 if all of it worked. DEMO_SECONDS: how long a TCP transfer takes (2).
set -u
NET=$(dirname "$0")/lib/net.sh
# shellcheck source=tests/lib/net.sh
. "$NET"

WIDTH=100
PINGS=200
SECS=${DEMO_SECONDS:-2}
BOOT=400
declare -A ADDR=([host]=10.0.0.1 [con1]=10.0.0.11 [con2]=10.0.0.12 [vm1]=10.0.0.20)
declare -A MAC=([con1]=02:5d:00:00:00:11 [con2]=02:5d:00:00:00:12 [vm1]=02:5d:00:00:00:20)
ROWS=() FAILED=() STARTED=$SECONDS STEP=0 STEP_AT=$EPOCHREALTIME
BOLD='' PLAIN=''
[[ -t 1 ]] && BOLD=$'\e[1m' PLAIN=$'\e[0m'

# What is shown

# seconds SINCE: with one digit behind the point
seconds() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f\n", b - a }'; }

step_end() {
	local took
	took=$(seconds "$STEP_AT")
	if ((STEP && ${took%.*} >= 2)); then printf '(%s s)\n' "$took"; fi
}

# step TITLE TEXT…: a new chapter
step() {
	local title=$1
	shift
	step_end
	STEP=$((STEP + 1)) STEP_AT=$EPOCHREALTIME
	printf '\n%s%d. %s%s\n' "$BOLD" $STEP "$title" "$PLAIN"
	text "$@"
}

text() { (($# == 0)) || fmt -w $((WIDTH - 2)) <<<"$*"; }

failed() {
	FAILED+=("$*")
	printf '%sFAILED:%s %s\n' "$BOLD" "$PLAIN" "$*"
}

# typed PLACE COMMAND: show a command as if typed there
typed() { printf '%s%s$%s %s\n' "$BOLD" "$1" "$PLAIN" "$2"; }

# answer LINES: what came back, indented, cut to the screen and to some LINES
answer() {
	expand | fold -s -w $((WIDTH - 8)) | sed -e 's/[[:space:]]*$//' -e '/^$/d' |
		awk -v max="$1" 'NR <= max { print "    " $0 } END { if (NR > max) printf "    … %d more lines\n", NR - max }'
}

# cmd [-n LINES] COMMAND [FILTER]: type it at the host and show what comes back, through FILTER
cmd() {
	local lines=12 out status
	[[ $1 == -n ]] && { lines=$2; shift 2; }
	typed host "$1"
	out=$(eval "$1" 2>&1)
	status=$?
	[[ -z ${2-} ]] || out=$("$2" <<<"$out")
	[[ -z $out ]] || answer "$lines" <<<"$out"
	((status == 0)) || failed "$1 (exit status $status)"
	return $status
}

# waiting PID TEXT: count the seconds until the process ends; its exit status
waiting() {
	local pid=$1 at=$SECONDS shown=0
	printf '    %s' "$2"
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.2
		if ((SECONDS - at >= shown + 5)); then
			shown=$((SECONDS - at))
			printf ' %d' $shown
		fi
	done
	wait "$pid"
	local status=$?
	printf ' … %d\n' $((SECONDS - at))
	return $status
}

# driver NAME DRIVER: show how a vDPA device gets another bus driver, unless it has this one
driver() {
	local name=$1 want=$2 dev=$VDPA/devices/$1
	[[ $(readlink "$dev/driver") == */"$want" ]] && return 0
	cmd "echo $want >$dev/driver_override"
	[[ ! -e $dev/driver ]] || cmd "echo $name >$dev/driver/unbind"
	cmd "echo $name >$VDPA/drivers/$want/bind"
}

# What is measured

# sent PLACE: frames, bytes and GSO frames that it has sent so far
sent() {
	if [[ $1 == host ]]; then
		echo "$(pf 'tx[0-9]*_packets') $(pf 'tx[0-9]*_bytes') $(pf 'tx[0-9]*_gso_packets')"
	else
		vq_sum "$1" tx packets bytes gso_packets
	fi
}

# rate MBIT: for people
rate() { awk -v m="$1" 'BEGIN { if (m >= 1000) printf "%.2f Gbit/s\n", m / 1000; else printf "%d Mbit/s\n", m }'; }

# talk FROM TO: ping and TCP, a row of the table
talk() {
	local from=$1 to=$2 out before after frames bytes gso mbit=0 row
	typed "$from" "ping -i 0.002 -q -c $PINGS ${ADDR[$to]}"
	pings "$from" "${ADDR[$to]}" $PINGS >"$NET_TMP/ping"
	[[ $PING_LOSS == 0 ]] || failed "ping from $from to $to: ${PING_LOSS:-all} % lost"
	grep -E 'packet|min/' "$NET_TMP/ping" | answer 4

	typed "$from" "iperf3 -f m -t $SECS -c ${ADDR[$to]}"
	read -r -a before <<<"$(sent "$from")"
	out=$(at "$from" iperf3 -f m -t "$SECS" -c "${ADDR[$to]}" 2>&1)
	read -r -a after <<<"$(sent "$from")"
	mbit=$(sed -n 's/.* \([0-9.]*\) Mbits\/sec .*receiver.*/\1/p' <<<"$out")
	grep -E 'sender|receiver|error' <<<"$out" | answer 3
	awk -v m="${mbit:-0}" 'BEGIN { exit !(m > 0) }' || failed "TCP from $from to $to"

	frames=$((after[0] - before[0])) bytes=$((after[1] - before[1])) gso=$((after[2] - before[2]))
	((gso > 0)) || failed "no frame larger than an MTU crossed the card from $from to $to"
	printf -v row '%s|%s|%s %%|%s ms|%s|%d bytes|%d %%' "$from" "$to" "${PING_LOSS:-100}" "${PING_RTT:--}" \
		"$(rate "${mbit:-0}")" $((frames ? bytes / frames : 0)) $((frames ? gso * 100 / frames : 0))
	ROWS+=("$row")
}

table() {
	printf '%s\n' 'from|to|ping lost|round trip|TCP|average frame|GSO frames' "${ROWS[@]}" | awk -F'|' '
		{ for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } }
		END {
			for (n = 1; n <= NR; n++) {
				line = "   "
				for (i = 1; i <= NF; i++) line = line sprintf(i <= 2 ? " %-*s " : " %*s ", width[i], cell[n, i])
				sub(/ *$/, "", line)
				print line
				if (n == 1) { gsub(/./, "-", line); print "    " substr(line, 5) }
			}
		}'
}

# end [STATUS]: leave the lab as we found it
end() {
	step_end
	net_reset
	exit "$1"
}

# The tour

[[ $(id -u) == 0 && -e $CARD/pci ]] || { echo "demo: this runs in a lab: tools/softdpu-lab demo" >&2; exit 2; }
net_reset
PF=$(pf_netdev)

printf '%sSoftDPU: a SmartNIC that is not there%s\n' "$BOLD" "$PLAIN"
text "A container, a virtual machine and the host talk to each other through virtual functions of a PCI card that is" \
	"all software. The kernel is Linux $(uname -r), and nothing in it is patched. What you see is typed here and now:" \
	"host$ is the host's shell, con1$ that of a container (ip netns exec con1), vm1$ that of the virtual machine."

step "The card" "A PCI device with SR-IOV. Its own network device, $PF, is the host's port at the card's switch."
cmd "lspci -d 5d9a:"
cmd "ethtool -i $PF | grep -E 'driver|bus'"

step "Each virtual function can become a vDPA device" "vDPA: a device that speaks virtio in its datapath, so that a" \
	"stock virtio driver can use it. pci/… are the functions, dev_features what a device on them may offer."
# they are alike: one in full, of the others the name
# shellcheck disable=SC2317  # called by name
first() { awk '/^[^ ]/ { n++ } n == 1 { print } n > 1 && /^[^ ]/ { print $0 "…" }'; }
cmd "vdpa mgmtdev show" first

step "Three vDPA devices" "Two for containers, one for a virtual machine."
n=0
for name in con1 con2 vm1; do
	cmd "vdpa dev add name $name mgmtdev pci/$(card_vf $n) mac ${MAC[$name]} max_vqp 2" || end 1
	n=$((n + 1))
done
cmd "vdpa dev show"
text "The kernel gives them to the bus driver that was loaded first. Another can be chosen for each."
cmd "for d in $VDPA/devices/*; do echo \${d##*/}: \$(basename \$(readlink \$d/driver)); done"

step "A virtual machine" "vhost_vdpa gives a device to user space, as /dev/vhost-vdpa-N. QEMU passes it on to a stock" \
	"Debian guest, whose virtio-net driver then works on the card's queues directly. It boots while we go on."
driver vm1 vhost_vdpa
node=$(vhost_node vm1)
typed host "qemu-system-x86_64 … -netdev vhost-vdpa,id=net0,vhostdev=$node -device virtio-net-pci,netdev=net0,… &"
guest_boot vm1 vm1 --netdev-opts queues=2 --device-opts mq=on,vectors=6 --wait $BOOT >"$NET_TMP/boot" 2>&1 &
boot=$!

step "Two containers" "virtio_vdpa makes a virtio device of it on the host, with an ordinary network device that can be" \
	"moved into a container."
for name in con1 con2; do
	driver $name virtio_vdpa
	cmd "ip netns add $name"
	cmd "ip link set $(vdpa_netdev $name) netns $name name eth0"
	cmd "ip -n $name addr add ${ADDR[$name]}/24 dev eth0"
	cmd "ip -n $name link set eth0 up"
done
cmd -n 3 "ip netns exec con1 ip -br addr show eth0"
cmd "ip addr add ${ADDR[host]}/24 dev $PF"
cmd "ip link set $PF up"

step "Container and container, container and host"
for place in con1 con2 host; do serve $place; done
talk con1 con2
talk con1 host
talk host con1

step "The virtual machine, meanwhile"
if waiting $boot "still booting, seconds:"; then
	typed vm1 "ip addr add ${ADDR[vm1]}/24 dev eth0; ip link set eth0 up"
	place_up vm1 eth0 "${ADDR[vm1]}/24" || failed "vm1 has no network"
	typed vm1 "uname -r; ip -br addr show eth0; ethtool -i eth0 | grep driver"
	{ at vm1 uname -r; at vm1 ip -br addr show eth0; at vm1 ethtool -i eth0 | grep driver; } 2>&1 | answer 3
	serve vm1 || failed "vm1's iperf3 server"

	step "Container and virtual machine"
	talk con1 vm1
	talk vm1 con1

	step "Virtual machine and host"
	talk vm1 host
	talk host vm1
else
	answer 30 <"$NET_TMP/boot"
	failed "the virtual machine does not boot, or has no network"
fi

step "What the card says" "Counters of the virtual machine's first receive and transmit queue. gso_packets were larger" \
	"than an MTU, up to 64 KiB, and crossed the card in one piece."
cmd "vdpa dev vstats show vm1 qidx 0"
cmd "vdpa dev vstats show vm1 qidx 1"

step "Summary"
table
echo
if ((${#FAILED[@]})); then
	printf '%d of it FAILED, after %d seconds:\n' ${#FAILED[@]} $((SECONDS - STARTED))
	printf '    %s\n' "${FAILED[@]}"
	echo "The end of the virtual machine's console, and QEMU's messages:"
	guest log vm1 | tail -n 40 | answer 40
	end 1
fi
printf 'All of it worked, in %d seconds. Try it yourself: tools/softdpu-lab shell\n' $((SECONDS - STARTED))
end 0
