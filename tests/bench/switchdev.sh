#!/bin/bash
# What make bench-switchdev does, in the uml lab: frames of 64 bytes from VF to VF in legacy mode, by rules of tc that the
# card follows, and over representors and a bridge of the host, beside vhost-net over a bridge; what a frame costs when
# it is looked up among few and many rules; and how fast rules are made. In each round all of them take turns; the
# ratio is the median of the rounds'.
#   tools/softdpu-lab run --kernel uml --vfs 4 -- tests/bench/switchdev.sh
#   TEST_ROUNDS=5 TEST_SECONDS=1 TEST_RULES="1 1024 65536"
# die is meant for either failure.
# shellcheck disable=SC2015
set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/net.sh
. "$HERE/../lib/net.sh"

ROUNDS=${TEST_ROUNDS:-5}
SECONDS_EACH=${TEST_SECONDS:-1}
read -ra RULES <<<"${TEST_RULES:-1 1024 65536}"
MA=02:5d:00:00:00:0a MB=02:5d:00:00:00:0b

die() { echo "bench-switchdev: $*" >&2; exit 1; }

[[ $(id -u) == 0 && -e $CARD/pci ]] || die "this runs as root in a lab: see tools/softdpu-lab"
# in a shell of its own: some of its functions have the names of ours
# shellcheck source=tests/lib/vdpa.sh
BENCH=$(. "$HERE/../lib/vdpa.sh" && client_build && echo "$CLIENT/softdpu-bench") || die "the client does not build"
modprobe -a tun bridge vhost_net || die "vhost_net is not there"
net_reset
DEV=pci/$(card_pf)
ip link set "$(pf_netdev)" up
vdpa_make bench0 0 vhost_vdpa mac $MA && vdpa_make bench1 1 vhost_vdpa mac $MB || die "no vDPA devices on the VFs"
ARGS=(--pair "$(vhost_node bench0)" "$(vhost_node bench1)")

declare -A RATES
# measure NAME OPTION…: frames a second, added to those of that name
measure() {
	local name=$1 pps
	shift
	pps=$("$BENCH" "$@" --seconds "$SECONDS_EACH" --json | jq -e .pps) || die "$name gave no result"
	RATES[$name]+=" ${pps%.*}"
}
legacy() { devlink dev eswitch set "$DEV" mode legacy || die "no legacy mode"; }
switchdev() {
	devlink dev eswitch set "$DEV" mode switchdev || die "no switchdev mode"
	R0=$(card_port pf0vf0) R1=$(card_port pf0vf1)
	ip link set "$R0" up && ip link set "$R1" up && tc qdisc add dev "$R0" clsact && tc qdisc add dev "$R1" clsact
}
bridged() {
	ip link add br0 type bridge && ip link set br0 up && ip link set "$R0" master br0 && ip link set "$R1" master br0 &&
		unlearnt "$R0" "$R1"
}
# rules NUMBER: one for each source of the frames, and one for what comes before them
rules() {
	local i
	echo "filter add dev $R0 ingress prio 9 protocol all flower skip_sw dst_mac $MB action mirred egress redirect dev $R1"
	echo "filter add dev $R1 ingress prio 9 protocol all flower skip_sw dst_mac $MA action mirred egress redirect dev $R0"
	for ((i = 0; i < $1; i++)); do
		printf 'filter add dev %s ingress prio 1 protocol all flower skip_sw dst_mac %s src_mac %s:%02x:%02x action mirred egress redirect dev %s\n' \
			"$R0" $MB ${MA%:*:*} $((i >> 8)) $((i & 255)) "$R1"
	done
}

for ((round = 0; round < ROUNDS; round++)); do
	legacy
	measure legacy "${ARGS[@]}"
	switchdev
	bridged || die "no bridge"
	measure representors "${ARGS[@]}"
	ip link del br0
	for num in "${RULES[@]}"; do
		rules "$num" >"$NET_TMP/rules"
		start=${EPOCHREALTIME/./}
		tc -batch "$NET_TMP/rules" || die "no rules"
		RATES["made $num"]+=" $(((num + 2) * 1000000 / (${EPOCHREALTIME/./} - start)))"
		((num == 1)) && measure "one flow" "${ARGS[@]}"
		measure "rules $num" "${ARGS[@]}" --sources "$num"
		tc filter del dev "$R0" ingress
		tc filter del dev "$R1" ingress
	done
	measure vhost-net --vhost-net-pair
done
legacy
net_reset

# median NAME; ratio NAME NAME: the median of the rounds' ratios
median() { tr ' ' '\n' <<<"${RATES[$1]# }" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ratio() {
	paste <(tr ' ' '\n' <<<"${RATES[$1]# }") <(tr ' ' '\n' <<<"${RATES[$2]# }") | awk '{ print $1 / $2 }' | sort -n |
		awk '{ v[NR] = $1 } END { printf "%.2f", v[int((NR + 1) / 2)] }'
}
echo "64-byte frames, VF to VF, median of $ROUNDS rounds"
printf '%-44s %10s\n' 'legacy mode' "$(median legacy) pps" 'a rule' "$(median 'one flow') pps" \
	'representors, bridge of the host' "$(median representors) pps" 'vhost-net, bridge of the host' "$(median vhost-net) pps"
for num in "${RULES[@]}"; do
	printf '%-44s %10s\n' "another one of $num flows in each frame" "$(median "rules $num") pps" "$num rules made" \
		"$(median "made $num") a second"
done
printf '%-44s %10s\n' 'a rule / legacy mode (at least 0.8)' "$(ratio 'one flow' legacy)" \
	'representors / vhost-net (at least 2)' "$(ratio representors vhost-net)"
for num in "${RULES[@]:1}"; do
	printf '%-44s %10s\n' "$num flows / ${RULES[0]}" "$(ratio "rules $num" "rules ${RULES[0]}")"
done
