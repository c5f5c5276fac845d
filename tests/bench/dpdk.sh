#!/bin/bash
# What shared memory allows: 64-byte frames from DPDK's virtio-user to its vhost-user, over a packed ring, two testpmd
# processes that poll. Runs on this machine itself, no lab and no module. A line of JSON a round, as run.sh writes them,
# for report.py; where it cannot run it says why, prints nothing and succeeds.
#   TEST_ROUNDS=9 TEST_SECONDS=1
# Huge pages are used if enough of them are free. testpmd does not look into what it receives: it does less than
# softdpu-bench.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
. tests/lib/lab.sh

ROUNDS=${TEST_ROUNDS:-9}
PERIOD=${TEST_SECONDS:-1}
# testpmd counts whole seconds
PERIOD=${PERIOD%%.*}
((PERIOD)) || PERIOD=1
FRAME=64
MEMORY=256
HUGE_PAGES=300
VIRTIO_F_RING_PACKED=34
# seconds until the first frame
PATIENCE=30

PIDS=()
WORK=$(mktemp -d) || exit 1
trap 'stop; rm -rf "$WORK"' EXIT

skip() { echo "bench: no DPDK beside it: $*" >&2; exit 0; }

stop() {
	((!${#PIDS[@]})) || kill "${PIDS[@]}"
	wait "${PIDS[@]}"
	PIDS=()
} 2>/dev/null

# testpmd NAME CPU DEVICE MODE: in the background. Its first thread only prints, the second one moves frames.
testpmd() {
	local name=$1 cpu=$2 device=$3 mode=$4
	dpdk-testpmd --lcores "0@$cpu,1@$cpu" "${PAGES[@]}" -m $MEMORY --no-pci --no-shconf --no-telemetry \
		--vdev "$device" -- --total-num-mbufs=16384 --forward-mode="$mode" --txpkts=$FRAME --auto-start \
		--stats-period "$PERIOD" --no-mlockall </dev/null >"$WORK/$name" 2>&1 &
	PIDS+=($!)
}

alive() {
	local pid
	for pid in "${PIDS[@]}"; do
		kill -0 "$pid" || return 1
	done
} 2>/dev/null

# rates: what the receiver has counted so far, a period a line
rates() { grep -a -o 'Rx-pps: *[0-9]*' "$WORK/vhost" | grep -o '[0-9]*$'; }

# wait_rates NUM SECONDS: so many periods with frames in them
wait_rates() {
	local until=$((SECONDS + $2))
	while (($(rates | grep -cv '^0$') < $1)); do
		alive && ((SECONDS < until)) || return 1
		sleep 0.2
	done
}

# start MEMORY-OPTION…: both of them; true when frames arrive
start() {
	local socket=$WORK/socket
	PAGES=("$@")
	rm -f "$socket"
	testpmd vhost "${CPUS[0]}" "net_vhost0,iface=$socket,queues=1" rxonly
	until [[ -S $socket ]]; do
		alive || return 1
		sleep 0.1
	done
	testpmd virtio "${CPUS[1]}" "net_virtio_user0,path=$socket,queues=1,queue_size=256,packed_vq=1" txonly
	wait_rates 1 $PATIENCE
}

# the processors that this process may use
cpus() {
	local from to
	sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status | tr ',' '\n' | while IFS=- read -r from to; do
		seq "$from" "${to:-$from}"
	done
}

packed() {
	local bits
	bits=$(sed -n 's/.*negotiated Virtio features: //p' "$WORK/vhost" | tail -n 1)
	(((bits >> VIRTIO_F_RING_PACKED) & 1))
}

free_huge_pages() { cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null || echo 0; }

mapfile -t CPUS < <(cpus)
((${#CPUS[@]} >= 2)) || skip "two processes that poll need two processors"
why=$(lab_do need dpdk-dev 2>&1) || skip "$(tail -n 1 <<<"$why")"
command -v dpdk-testpmd >/dev/null || skip "dpdk-dev has no dpdk-testpmd here"
pages=''
if (($(free_huge_pages) >= HUGE_PAGES)) && start --in-memory --single-file-segments; then
	pages='huge'
else
	stop
	start --no-huge || skip "testpmd does not run: $(tail -qn 1 "$WORK/vhost" "$WORK/virtio" 2>/dev/null | paste -sd' ')"
	pages='small'
fi
packed || skip "virtio-user and vhost-user do not agree on packed rings"
# the first period began before the first frame
wait_rates $((ROUNDS + 1)) $(((ROUNDS + 5) * PERIOD * 2)) || skip "testpmd stopped: $(tail -n 1 "$WORK/vhost")"
rates | grep -v '^0$' | sed 1d | head -n "$ROUNDS" | awk -v frame=$FRAME -v pages=$pages '
	{ printf "{\"round\": %d, \"case\": \"rate/%d\", \"subject\": \"dpdk\", \"result\": {\"pps\": %d, \"pages\": \"%s\"}}\n",
		NR, frame, $1, pages }'
