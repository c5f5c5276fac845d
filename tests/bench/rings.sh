# shellcheck shell=bash
# Two VFs of the card, vdpa_sim_net and two vhost-net ports on a bridge, all driven by softdpu-bench in user space.
# Read by run.sh, after tests/lib/net.sh.
#
#   rings_prepare                     make the devices
#   rate_cases, latency_cases, device_cases   "CASE SUBJECT…", a line each
#   rate_measure SIZE SUBJECT         what softdpu-bench says, in JSON
#   latency_measure HOW SUBJECT       likewise; HOW the client waits for the frame: poll or sleep
#   device_measure SIZE SUBJECT       likewise, of the device alone
#
# die is meant for either failure.
# shellcheck disable=SC2015

# frames that only segmentation offload carries are larger than any MTU, and have segments of so many bytes
RINGS_MTU=9000
RINGS_SEGMENT=1448
# A peer of UML may stumble over an index that is copied bytewise (tools/client/ring.c); then the round is repeated.
RINGS_TRIES=3
# what a card's device can have, and how large rings have to be to watch it at work
RINGS_PAIRS=64
RINGS_LARGE=16384

# made in a shell of its own: tests/lib/vdpa.sh and tests/lib/net.sh both have a vdpa_make
rings_client() (
	# shellcheck source=tests/lib/vdpa.sh
	. "$HERE/../lib/vdpa.sh"
	client_build && echo "$CLIENT/softdpu-bench"
)

rings_prepare() {
	local offer
	offer=$(features MAC MTU MRG_RXBUF INDIRECT_DESC EVENT_IDX RING_PACKED CSUM GUEST_CSUM HOST_TSO4 GUEST_TSO4 CTRL_VQ MQ)
	BENCH=$(rings_client) || die "the client does not build"
	vdpa_make bench0 0 vhost_vdpa max_vqp $RINGS_PAIRS device_features "$offer" &&
		vdpa_make bench1 1 vhost_vdpa max_vqp $RINGS_PAIRS device_features "$offer" ||
		die "no vDPA devices on the VFs"
	modprobe vdpa_sim_net || die "vdpa_sim_net is not there: it is in the uml lab"
	modprobe -a tun bridge vhost_net || die "vhost_net is not there"
	vdpa dev add name benchsim mgmtdev vdpasim_net mac 02:53:44:50:55:99 && vdpa_bind benchsim vhost_vdpa ||
		die "vdpa_sim_net makes no device"
}

rings_cleanup() { vdpa dev del benchsim; }

rate_cases() {
	local size
	for size in "${SIZES[@]}"; do
		if ((size > RINGS_MTU)); then
			# vdpa_sim_net has no segmentation offload
			echo "rate/$size softdpu softdpu-packed vhost-net"
		else
			echo "rate/$size softdpu softdpu-packed vdpa_sim_net vhost-net"
		fi
	done
}

latency_cases() {
	echo "latency/poll softdpu softdpu-packed vdpa_sim_net vhost-net"
	echo "latency/sleep softdpu softdpu-packed vdpa_sim_net vhost-net"
}

device_cases() {
	echo "device/64 softdpu-1 softdpu-2 softdpu-idle"
}

# rings_bench SUBJECT OPTION…
rings_bench() {
	local subject=$1 args out try
	shift
	case $subject in
	softdpu) args=(--pair "$(vhost_node bench0)" "$(vhost_node bench1)") ;;
	softdpu-[0-9]*) args=(--pair "$(vhost_node bench0)" "$(vhost_node bench1)" --pairs "${subject#*-}") ;;
	softdpu-idle)
		args=(--pair "$(vhost_node bench0)" "$(vhost_node bench1)" --idle-pairs $((RINGS_PAIRS - 1)))
		;;
	softdpu-packed) args=(--pair "$(vhost_node bench0)" "$(vhost_node bench1)" --with packed) ;;
	vdpa_sim_net) args=(--loop "$(vhost_node benchsim)") ;;
	vhost-net) args=(--vhost-net-pair) ;;
	esac
	for ((try = 1; try <= RINGS_TRIES; try++)); do
		out=$("$BENCH" "${args[@]}" --seconds "$SECONDS_EACH" --json "$@" "${OPTIONS[@]}") &&
			jq -ce 'select(.pps > 0 or .samples > 0)' <<<"$out" && return 0
		echo "bench: $subject $*: try $try gave no result" >&2
	done
	return 1
}

rate_measure() {
	local gso=()
	(($1 <= RINGS_MTU)) || gso=(--gso "$RINGS_SEGMENT")
	rings_bench "$2" --frame-size "$1" "${gso[@]}"
}

latency_measure() {
	local how=()
	[[ $1 != sleep ]] || how=(--sleep)
	rings_bench "$2" --latency "${how[@]}"
}

device_measure() { rings_bench "$2" --burst --ring-size $RINGS_LARGE --frame-size "$1"; }
