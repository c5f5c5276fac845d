#!/bin/bash
# libvirt, unchanged: it sees a vDPA device below its VF, starts a machine on one, plugs in another and pulls it out. Runs
# as root in a lab with a card of three VFs or more.
# shellcheck disable=SC2317  # ok and fails call functions by name
set -u
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

BOOT=${TEST_BOOT:-400}
C0=10.0.0.10 G=10.0.0.20 G_MORE=10.0.0.21
MC0=02:5d:00:00:00:10 MG=02:5d:00:00:00:20 M_MORE=02:5d:00:00:00:21
# as tools/lab/guest has it, so that it can talk to this guest, too
DIR=/run/guests/lv

[[ $(id -u) == 0 && -e $CARD/pci ]] || bail "this runs as root in a lab: see tools/softdpu-lab"
[[ -e $PCI/$(card_pf)/virtfn2 ]] || bail "the card has less than three VFs"
net_reset

virsh() { command virsh -q -c qemu:///system "$@"; }

# no session, no cgroup, no other user here
libvirt_start() {
	printf '%s\n' 'user = "root"' 'group = "root"' 'security_driver = "none"' 'cgroup_controllers = [ ]' \
		'namespaces = [ ]' 'remember_owner = 0' 'stdio_handler = "file"' >/etc/libvirt/qemu.conf
	printf '%s\n' 'auth_unix_rw = "none"' 'auth_unix_ro = "none"' >/etc/libvirt/libvirtd.conf
	libvirtd -d -p /run/libvirtd.pid && wait_for 120 virsh version
}

# interface NODE MAC: as in the documentation of libvirt; the machine has no ROM for it
interface() {
	cat <<-EOT
		<interface type='vdpa'>
		  <mac address='$2'/>
		  <source dev='$1'/>
		  <model type='virtio'/>
		  <driver queues='2'/>
		  <rom enabled='no'/>
		</interface>
	EOT
}

domain() {
	local i
	cat <<-EOT
		<domain type='qemu'>
		  <name>lv</name>
		  <memory unit='MiB'>512</memory>
		  <vcpu>1</vcpu>
		  <os>
		    <type arch='x86_64' machine='q35'>hvm</type>
		    <kernel>$SOFTDPU_GUEST/kernel</kernel>
		    <initrd>$SOFTDPU_GUEST/initrd</initrd>
		    <cmdline>console=ttyS0 quiet panic=-1 no_timer_check mitigations=off sdpu_name=lv</cmdline>
		  </os>
		  <features><acpi/></features>
		  <cpu mode='maximum'/>
		  <devices>
		    <emulator>$(command -v qemu-system-x86_64)</emulator>
		    <controller type='usb' model='none'/>
		    <controller type='pci' model='pcie-root'/>
		    $(for i in 1 2 3 4 5; do echo "<controller type='pci' model='pcie-root-port'/>"; done)
		    <serial type='file'><source path='$DIR/console'/></serial>
		    $(for i in 0 1 2 3; do
			echo "<channel type='pipe'><source path='$DIR/exec$i'/><target type='virtio' name='exec$i'/></channel>"
		    done)
		    <memballoon model='none'/>
		    $(interface "$(vhost_node lv)" "$MG")
		  </devices>
		</domain>
	EOT
}

machine_start() {
	local i
	mkdir -p "$DIR"
	cp "$SOFTDPU_GUEST/channel" "$DIR/"
	for i in 0 1 2 3; do mkfifo "$DIR/exec$i.in" "$DIR/exec$i.out"; done
	domain >"$DIR/domain.xml"
	virsh define "$DIR/domain.xml" && virsh start lv && cp /run/libvirt/qemu/lv.pid "$DIR/pid" &&
		ln -s /var/log/libvirt/qemu/lv.log "$DIR/qemu.log" && guest wait lv "$BOOT"
}

there() { at lv test -e "/sys/class/net/$1"; }
gone() { ! there "$1"; }
traffic() { pings c0 "$G" 50 && copy c0 lv "$G" && copy lv c0 "$C0"; }

ok "a container" container c0 0 $C0/24 mac $MC0
ok "a device" vdpa_make lv 1 vhost_vdpa mac $MG max_vqp 2
ok "another one" vdpa_make more 2 vhost_vdpa mac $M_MORE max_vqp 2
ok "libvirtd starts" libvirt_start
diag "$(virsh version | paste -sd';')"
like "it lists the devices" "$(virsh nodedev-list --cap vdpa | paste -sd' ')" 'vdpa_lv.*vdpa_more'
vf=pci_$(card_vf 1 | tr ':.' __)
like "below their VFs, with their files" "$(virsh nodedev-dumpxml vdpa_lv | tr -d '\n')" \
	"<parent>$vf</parent>.*<chardev>$(vhost_node lv)</chardev>"
ok "a machine starts on one of them" machine_start
at lv true || bail "no guest: $(guest log lv | tail -n 20)"
is "its card has the device's address" "$(mac_of lv)" $MG
like "its driver has negotiated with the device" "$(vdpa dev config show lv)" 'negotiated_features .*CTRL_VQ.*MQ'
place_up lv eth0 $G/24
ok "it talks" traffic
ok "over two pairs" at lv ethtool -L eth0 combined 2

for round in first second; do
	interface "$(vhost_node more)" $M_MORE >$DIR/more.xml
	ok "another card is plugged in, the $round time" virsh attach-device lv $DIR/more.xml --live
	ok "the machine has it" wait_for 60 there eth1
	at lv sh -c 'sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.rp_filter=0'
	place_up lv eth1 $G_MORE/24
	is "frames to its address arrive there" "$(HEARD_DEV=eth1 heard lv c0 $M_MORE)" $M_MORE
	ok "it is pulled out" virsh detach-device lv $DIR/more.xml --live
	ok "the machine has it no more" wait_for 60 gone eth1
	ok "its device is free" wait_for 30 sh -c ": <>$(vhost_node more)"
done
ok "the machine goes on" traffic
ok "libvirt ends it" virsh destroy lv
ok "its device is free" wait_for 30 sh -c ": <>$(vhost_node lv)"
virsh undefine lv >/dev/null
kill "$(</run/libvirtd.pid)"
rm -r $DIR
for dev in lv more; do ok "device $dev goes" vdpa dev del $dev; done
ok "the container goes" container_del c0
net_reset
finish
