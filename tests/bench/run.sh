#!/bin/bash
# Packet rate of SoftDPU, VF to VF, against the peers of the kernel, by one and the same client, in one lab run:
# rounds take turns, so that a busy machine slows all of them. Runs as root in the uml lab, which has the peers:
#   tools/softdpu-lab run --kernel uml --vfs 4 -- tests/bench/run.sh
#   TEST_ROUNDS=9 TEST_SECONDS=1 TEST_SIZES="64 1500" TEST_BENCH="options of softdpu-bench"
#   TEST_ENFORCE=1     fail if the rate of 64-byte frames misses its target
# Fails if something could not be measured.
# Functions are called by way of trap, and die is meant for either failure.
# shellcheck disable=SC2015,SC2317
set -u
here=$(dirname "$0")
# shellcheck source=tests/client/vdpa.sh
. "$here/../client/vdpa.sh"

ROUNDS=${TEST_ROUNDS:-9}
SECONDS_EACH=${TEST_SECONDS:-1}
read -ra SIZES <<<"${TEST_SIZES:-64 1500}"
read -ra OPTIONS <<<"${TEST_BENCH:-}"
ENFORCE=${TEST_ENFORCE:-}
# at least so many times the rate of the peer, 64-byte frames
TARGET_SIM=5
TARGET_VHOST=6
# A peer of UML may stumble over an index that is copied bytewise (tests/client/ring.c); then the round is repeated.
TRIES=3

die() { echo "bench: $*" >&2; exit 1; }

prepare() {
	local vf
	[[ $(id -u) == 0 ]] || die "this runs as root in a lab: see tools/softdpu-lab"
	client_build || die "the client does not build"
	mapfile -t vf < <(vfs)
	((${#vf[@]} >= 2)) || die "two VFs are needed: softdpu-lab run --vfs 2"
	vdpa_make bench0 "${vf[0]}" && vdpa_make bench1 "${vf[1]}" || die "no vDPA devices on the VFs"
	modprobe vdpa_sim_net || die "vdpa_sim_net is not there: it is in the uml lab"
	modprobe -a tun bridge vhost_net || die "vhost_net is not there"
	vdpa_make benchsim vdpasim_net mac 02:53:44:50:55:99 || die "vdpa_sim_net makes no device"
}

cleanup() {
	local name
	for name in bench0 bench1 benchsim; do
		vdpa dev del "$name"
	done
}

# rate PEER SIZE: packets a second
rate() {
	local peer=$1 size=$2 args out try
	case $peer in
	softdpu) args=(--pair "$(vdpa_file bench0)" "$(vdpa_file bench1)") ;;
	vdpa_sim_net) args=(--loop "$(vdpa_file benchsim)") ;;
	vhost-net) args=(--vhost-net-pair) ;;
	esac
	for ((try = 1; try <= TRIES; try++)); do
		out=$("$CLIENT/softdpu-bench" "${args[@]}" --frame-size "$size" --seconds "$SECONDS_EACH" --json \
			"${OPTIONS[@]}") && [[ $out =~ \"pps\":\ ([0-9]+) ]] && ((BASH_REMATCH[1])) &&
			echo "${BASH_REMATCH[1]}" && return 0
		echo "bench: $peer, $size bytes: try $try gave no result" >&2
	done
	return 1
}

# median and range of the numbers in the arguments, scaled by 1/$1
spread() {
	local scale=$1
	shift
	printf '%s\n' "$@" | sort -g | awk -v scale="$scale" '
		{ v[NR] = $1 / scale }
		END {
			m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
			printf "%.3f %.3f %.3f\n", m, v[1], v[NR]
		}'
}

# table SIZE: from the rates in "got", an array of PEER/SIZE → rates
table() {
	local size=$1 peer m lo hi i ratios us them
	read -ra us <<<"${got[softdpu/$size]}"
	printf '\n%s-byte frames, %s rounds of %s s\n' "$size" "$ROUNDS" "$SECONDS_EACH"
	printf '  %-14s %22s   %s\n' "" "Mpps median (min-max)" "SoftDPU is faster by: median (min-max)"
	for peer in softdpu vdpa_sim_net vhost-net; do
		read -ra them <<<"${got[$peer/$size]}"
		read -r m lo hi < <(spread 1000000 "${them[@]}")
		printf '  %-14s %8s (%s-%s)' "$peer" "$m" "$lo" "$hi"
		if [[ $peer != softdpu ]]; then
			ratios=()
			for i in "${!us[@]}"; do
				ratios+=("$(awk -v a="${us[i]}" -v b="${them[i]}" 'BEGIN { print a / b }')")
			done
			read -r m lo hi < <(spread 1 "${ratios[@]}")
			printf '   %.2f (%.2f-%.2f)' "$m" "$lo" "$hi"
			ratio[$peer/$size]=$m
		fi
		echo
	done
}

# target PEER TIMES
target() {
	local have=${ratio[$1/64]-} verdict=missed
	[[ $have ]] || return 0
	awk -v a="$have" -v b="$2" 'BEGIN { exit !(a >= b) }' && verdict=met
	printf 'target: 64-byte frames at %s times %s: %s (%.2f)\n' "$2" "$1" $verdict "$have"
	[[ $verdict == met || ! $ENFORCE ]]
}

declare -A got ratio
prepare
trap cleanup EXIT
for ((round = 1; round <= ROUNDS; round++)); do
	for size in "${SIZES[@]}"; do
		line="round $round, $size bytes:"
		for peer in softdpu vdpa_sim_net vhost-net; do
			r=$(rate $peer "$size") || die "$peer could not be measured"
			got[$peer/$size]+="$r "
			line+=" $peer $r"
		done
		echo "$line"
	done
done
for size in "${SIZES[@]}"; do
	table "$size"
done
echo
status=0
target vdpa_sim_net $TARGET_SIM || status=1
target vhost-net $TARGET_VHOST || status=1
exit $status
