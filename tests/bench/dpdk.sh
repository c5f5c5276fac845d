#!/bin/bash
# What shared memory allows: 64-byte frames over packed rings between DPDK's virtio-user and its vhost-user, two testpmd
# processes that poll. Runs on this machine itself, no lab and no module. A line of JSON a round and subject, as run.sh
# writes them, for report.py; where it cannot run it says why, prints nothing and succeeds.
#   TEST_ROUNDS=9 TEST_SECONDS=1
#
#   dpdk        virtio-user ---> vhost-user      one ring, and nobody who takes the frame on
#   dpdk-ports  virtio-user <--> vhost-user      two ports of each: what one sends the other one gets, as from one VF of
#               virtio-user <--> vhost-user      the card to another. Frames go round, both ways; all of them count.
#
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
# bursts of 32 frames that go round each way: as many as a ring has entries
BURSTS=8

PIDS=()
WORK=$(mktemp -d) || exit 1
trap 'stop; rm -rf "$WORK"' EXIT

skip() { echo "bench: no DPDK beside it: $*" >&2; exit 0; }

stop() {
	((!${#PIDS[@]})) || kill "${PIDS[@]}"
	wait "${PIDS[@]}"
	PIDS=()
} 2>/dev/null

# testpmd NAME CPU MODE DEVICE… -- OPTION…: in the background. Its first thread only prints, the second one moves frames.
testpmd() {
	local name=$1 cpu=$2 mode=$3 devices=()
	shift 3
	while [[ $1 != -- ]]; do
		devices+=(--vdev "$1")
		shift
	done
	dpdk-testpmd --lcores "0@$cpu,1@$cpu" "${PAGES[@]}" -m $MEMORY --no-pci --no-shconf --no-telemetry \
		--file-prefix "$name" "${devices[@]}" -- --total-num-mbufs=16384 --forward-mode="$mode" --txpkts=$FRAME \
		--no-mlockall "${@:2}" <"$WORK/nobody" >"$WORK/$name" 2>&1 &
	PIDS+=($!)
}

alive() {
	local pid
	for pid in "${PIDS[@]}"; do
		kill -0 "$pid" || return 1
	done
} 2>/dev/null

# rates: what vhost-user has received so far, all of its ports together, a period a line
rates() {
	grep -a -o 'Rx-pps: *[0-9]*' "$WORK/vhost" | awk -v ports="$PORTS" '
		{ sum += $2 }
		NR % ports == 0 { print sum; sum = 0 }'
}

# wait_rates NUM SECONDS: so many periods with frames in them
wait_rates() {
	local until=$((SECONDS + $2))
	while (($(rates | grep -cv '^0$') < $1)); do
		alive && ((SECONDS < until)) || return 1
		sleep 0.2
	done
}

# start SUBJECT MEMORY-OPTION…: both of them; true when frames arrive
start() {
	local subject=$1 i socket vhost=() virtio=() mode=(rxonly txonly) more=(--auto-start)
	shift
	PAGES=("$@") PORTS=1
	if [[ $subject == dpdk-ports ]]; then
		PORTS=2 mode=(io io) more=(-i --cmdline-file="$WORK/commands")
	fi
	for ((i = 0; i < PORTS; i++)); do
		socket=$WORK/socket$i
		rm -f "$socket"
		vhost+=("net_vhost$i,iface=$socket,queues=1")
		virtio+=("net_virtio_user$i,path=$socket,queues=1,queue_size=256,packed_vq=1")
	done
	testpmd vhost "${CPUS[0]}" "${mode[0]}" "${vhost[@]}" -- --auto-start --stats-period "$PERIOD"
	until [[ -S $socket ]]; do
		alive || return 1
		sleep 0.1
	done
	testpmd virtio "${CPUS[1]}" "${mode[1]}" "${virtio[@]}" -- "${more[@]}"
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

# start_any SUBJECT: with huge pages if there are enough
start_any() {
	KIND=huge
	if (($(free_huge_pages) >= HUGE_PAGES)); then
		start "$1" --in-memory --single-file-segments && return
		stop
	fi
	KIND=small
	start "$1" --no-huge
}

mapfile -t CPUS < <(cpus)
((${#CPUS[@]} >= 2)) || skip "two processes that poll need two processors"
why=$(lab_do need dpdk-dev 2>&1) || skip "$(tail -n 1 <<<"$why")"
command -v dpdk-testpmd >/dev/null || skip "dpdk-dev has no dpdk-testpmd here"
# testpmd ends with its standard input: here one that never says anything
mkfifo "$WORK/nobody" && exec {NOBODY}<>"$WORK/nobody" || exit 1
echo "start tx_first $BURSTS" >"$WORK/commands"
for subject in dpdk dpdk-ports; do
	start_any $subject ||
		skip "testpmd does not run: $(tail -qn 1 "$WORK/vhost" "$WORK/virtio" 2>/dev/null | paste -sd' ')"
	packed || skip "virtio-user and vhost-user do not agree on packed rings"
	# the first period began before the first frame
	wait_rates $((ROUNDS + 1)) $(((ROUNDS + 5) * PERIOD * 2)) || skip "testpmd stopped: $(tail -n 1 "$WORK/vhost")"
	rates | grep -v '^0$' | sed 1d | head -n "$ROUNDS" | awk -v frame=$FRAME -v subject=$subject -v pages=$KIND '
		{ printf "{\"round\": %d, \"case\": \"rate/%d\", \"subject\": \"%s\", \"result\": {\"pps\": %d, \"pages\": \"%s\"}}\n",
			NR, frame, subject, $1, pages }'
	stop
done
