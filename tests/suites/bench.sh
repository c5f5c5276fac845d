#!/bin/bash
# softdpu-bench, the ring client: each of its ways to measure moves frames through a card, all of them, and says what it
# saw; what cannot be is refused in words. How fast is not asked here. Runs as root in a lab with a card of two VFs.
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

PAIRS=4

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn1 ]] || bail "the card has less than two VFs"
# in a shell of its own: some of its functions have the names of ours
# shellcheck source=tests/lib/vdpa.sh
BENCH=$(. "$(dirname "$0")/../lib/vdpa.sh" && client_build && echo "$CLIENT/softdpu-bench") ||
	bail "the client does not build"
net_reset
offer=$(features MAC MTU MRG_RXBUF INDIRECT_DESC EVENT_IDX RING_PACKED IN_ORDER CSUM GUEST_CSUM HOST_TSO4 GUEST_TSO4 CTRL_VQ MQ)
for i in 0 1; do
	vdpa_make bench$i $i vhost_vdpa max_vqp $PAIRS device_features "$offer" || bail "no vDPA device"
done
A=$(vhost_node bench0) B=$(vhost_node bench1)

# says FILTER OPTION…: what it prints is of that kind, and no frame was lost, doubled, reordered or corrupt
says() {
	local filter=$1 out
	shift
	out=$("$BENCH" --pair "$A" "$B" --seconds 0.2 --json "$@") || return 1
	echo "$out"
	jq -es "all(.lost + .duplicate + .reordered + .corrupt + .foreign + .stalls == 0 and ($filter))" <<<"$out"
}
# refuses PATTERN OPTION…: in one line, before a frame is sent
refuses() {
	local pattern=$1 out
	shift
	out=$("$BENCH" --seconds 0.2 "$@" 2>&1) && return 1
	echo "$out"
	[[ $out != *$'\n'* && $out =~ ^"softdpu-bench: ".*${pattern} ]]
}

# The rate of a client that polls

ok "frames of 64 bytes, every byte compared" says '.packets > 0 and .frame_size == 64' --check-data --yield
ok "packed rings" says '.packets > 0' --with packed --check-data --yield
ok "in order" says '.packets > 0' --with packed --with in-order --check-data --yield
ok "indirect tables" says '.packets > 0' --layout indirect --check-data --yield
ok "frames in several buffers" says '.packets > 0' --frame-size 1500 --buf-size 200 --check-data --yield
ok "frames of 64 KiB" says '.packets > 0 and .gso == 1448' --frame-size 65535 --gso 1448 --check-data --yield
is "each round is a line with its number" "$("$BENCH" --pair "$A" "$B" --seconds 0.1 --rounds 2 --yield --json | jq .round | paste -sd' ')" "1 2"
ok "it can sleep until it is called" says '.packets > 0' --sleep
like "people can read it, too" "$("$BENCH" --pair "$A" "$B" --seconds 0.1 --yield --label words)" \
	'^round 1: words: 64-byte frames: [0-9]+ packets/s \('

# Several pairs

ok "two pairs" says '.packets > 0 and .pairs == 2' --pairs 2 --check-data --yield
"$BENCH" --pair "$A" "$B" --seconds 0 --pairs 2 --idle-pairs 2 --yield >/dev/null 2>&1 &
client=$!
carry() { (($(vq bench0 1 packets) > 0 && $(vq bench0 3 packets) > 0 && $(vq bench1 2 packets) > 0)); }
ok "the card sees frames on both" wait_for 20 carry
flows_on() {
	local before
	before=$(vq bench0 1 packets) && sleep 1 && (($(vq bench0 1 packets) > before))
}
ok "without an end it goes on" flows_on
is "and none on those that are idle" "$(vq bench0 5 packets) $(vq bench0 7 packets)" "0 0"
kill $client
wait $client
is "it ends well when it is told to end" $? 0

# The device alone, and its latency. A busy machine may not let the client look in time: then the client says that.

LATE='done before anybody can look'
# alone NAME FILTER OPTION…
alone() {
	local name=$1 i
	shift
	for i in {1..5}; do
		tap_run says "$@" --burst --ring-size 32768 --seconds 1 && tap_result 0 "$name" && return
		[[ $(tap_said) == *"$LATE"* ]] || break
	done
	if [[ $(tap_said) == *"$LATE"* ]]; then
		skip "$name" "this machine does not let it look"
	else
		tap_result 1 "$name" || diag "$*$(tap_said)"
	fi
}
alone "the device alone" '.packets > 0 and .bursts > 0 and .least_pps == .pps'
alone "the device alone, with two pairs" '.packets > 0 and .least_pps > 0 and .least_pps <= .share_pps' --pairs 2
ok "latency" says '.samples > 0 and .p50_us > 0 and .p50_us <= .p99_us and .p99_us <= .max_us' --latency
ok "latency of a client that sleeps" says '.samples > 0 and .waits == "sleep"' --latency --sleep

# What a virtual machine monitor asks of a device

timed() { # OPTION…: what it prints is about that, and no time is none
	local out
	out=$("$BENCH" --control "$A" --rounds 2 --map 8 --json "$@") || return 1
	echo "$out"
	jq -es 'length == 2 and all(.start_us > 0 and .driver_ok_us > 0 and .call_us > 0 and .suspend_us > 0 and .resume_us > 0 and
		.reset_us > 0 and .map_ns > 0 and .unmap_ns > 0 and .map_one_us > 0 and .unmap_one_us > 0)' <<<"$out"
}
ok "starting, suspending, resetting a device, and mapping memory" timed
ok "with all of its pairs" timed --pairs $PAIRS
fails "with more than it has" timed --pairs $((PAIRS + 1))

# What cannot be

ok "a ring of 100 entries is refused" refuses 'power of two' --pair "$A" "$B" --ring-size 100
ok "65 pairs" refuses '65 is not a number from 1 to 64' --pair "$A" "$B" --pairs 65
ok "more pairs than the device has" refuses "$A has not got 5 queue pairs" --pair "$A" "$B" --pairs 5
ok "a file that is not there" refuses 'No such file' --pair /dev/vhost-vdpa-99 "$B"
ok "sleeping with several pairs" refuses 'no --pairs with' --pair "$A" "$B" --pairs 2 --sleep
vdpa dev del bench0
vdpa_make bench0 0 vhost_vdpa || bail "no vDPA device"
A=$(vhost_node bench0)
ok "rings that the device does not offer" refuses "$A: " --pair "$A" "$B" --with packed

vdpa dev del bench0
vdpa dev del bench1
finish
