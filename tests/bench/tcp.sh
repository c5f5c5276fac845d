# shellcheck shell=bash
# TCP of containers by iperf3: through the card, a virtio-vdpa netdev in a network namespace, and through what the kernel
# has for that, a veth pair to the host and two pairs on a bridge. MTU 1500 everywhere. Read by run.sh, after
# tests/lib/net.sh.
#
#   card      con0 ... VF 2 --+-- PF, the host      veth    vet0 --- the host
#             con1 ... VF 3 --+                     bridge  brg0 ---+--- brg1
#
#   tcp_prepare                 make all of it
#   tcp_cases                   "CASE SUBJECT…", a line each
#   tcp_measure WAY SUBJECT     {"mbit": …, "retransmits": …}; WAY: to-host, from-host or between
#
# die is meant for either failure.
# shellcheck disable=SC2015

declare -A TCP_HOST=([card]=10.9.0.1 [veth]=10.9.1.1) TCP_PLACE=([card]=con0 [veth]=vet0 [bridge]=brg0)
declare -A TCP_PEER=([card]=10.9.0.11 [bridge]=10.9.2.11)

# tcp_veth NAME ADDR END: a container with a veth pair, whose other end in the host is called END
tcp_veth() {
	ip netns add "$1" && ip -n "$1" link set lo up && ip link add "$3" type veth peer name eth0 netns "$1" &&
		place_up "$1" eth0 "$2" && ip link set "$3" up
}

tcp_prepare() {
	local place
	modprobe -a veth bridge || die "veth and bridge are not there"
	host_up 10.9.0.1/24 && container con0 2 10.9.0.10/24 mac 02:5d:00:00:00:10 &&
		container con1 3 10.9.0.11/24 mac 02:5d:00:00:00:11 || die "no containers on the card"
	tcp_veth vet0 10.9.1.10/24 bench-veth && place_up host bench-veth 10.9.1.1/24 || die "no container with a veth"
	ip link add bench-br type bridge && ip link set bench-br up || die "no bridge"
	tcp_veth brg0 10.9.2.10/24 bench-br0 && tcp_veth brg1 10.9.2.11/24 bench-br1 &&
		ip link set bench-br0 master bench-br && ip link set bench-br1 master bench-br ||
		die "no containers on the bridge"
	for place in host con1 brg1; do
		serve $place || die "no iperf3 server in $place"
	done
}

tcp_cleanup() {
	ip link del bench-veth
	ip link del bench-br0
	ip link del bench-br1
	ip link del bench-br
}

tcp_cases() {
	echo "tcp/to-host card veth"
	echo "tcp/from-host card veth"
	echo "tcp/between card bridge"
}

tcp_measure() {
	local way=$1 subject=$2 to reverse=() seconds=${SECONDS_EACH%%.*}
	to=${TCP_HOST[$subject]-}
	[[ $way != between ]] || to=${TCP_PEER[$subject]}
	[[ $way != from-host ]] || reverse=(-R)
	# iperf3 counts whole seconds
	((seconds)) || seconds=1
	transfer "${TCP_PLACE[$subject]}" "$to" -t "$seconds" "${reverse[@]}" >&2 || return 1
	jq -c '{mbit: ((.end.sum_received // .end.sum).bits_per_second / 1e6 | round),
		retransmits: .end.sum_sent.retransmits}' <<<"$IPERF"
}
