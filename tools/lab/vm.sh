# shellcheck shell=bash
# Virtual machines: the labs debian13 and testing, the stock kernel of a tree under QEMU.
#
#   $CACHE/img-<suite>-<key>.ext4    the tree as a file system; every VM writes to a snapshot of its own
#   $CACHE/initrd-<suite>-<key>      busybox and the modules that reach the root file system
#   $CACHE/versions/accel            whether /dev/kvm runs a stock kernel here, tried once

VM_RECIPE=1	# count up when the steps below change what comes out
VM_NEEDS=(e2fsprogs kmod cpio xz-utils socat)
VM_STACKS='unknown_nmi_panic=1 panic_print=0x41'	# what vm_stacks needs: every task, every CPU
# Emulated, the clocks are compared with a host that has other things to do: 7.2 was seen to wait for ever in its watchdog
# for a second CPU that waited for the first to stop, at the change of the clock in the boot.
VM_CLOCK='no_timer_check tsc=nowatchdog'
VM_MODULES=(virtio_pci virtio_blk ext4 virtio_console 9pnet_virtio 9p)

# vm_ready LAB: sets TREE, VM_QEMU, VM_KERNEL, VM_IMAGE, VM_INITRD, VM_ACCEL
vm_ready() {
	local suite thing key
	suite=$(tree_suite "$1")
	TREE=$(tree_ready "$suite") || return 1
	need "${VM_NEEDS[@]}"
	vm_qemu
	# not unpacked beforehand, as a guest's is: what unpacks it also moves it. At the addresses of its guest's kernel it
	# was once seen to die in the emulated AMD-V, right after leaving the guest, as if a stale translation had been used.
	VM_KERNEL=$TREE/boot/vmlinuz-$(tree_kernel "$TREE") || return 1
	key=$(cache_key "${TREE##*/}" $VM_RECIPE "${VM_MODULES[@]}")
	thing=img-$suite-$key.ext4
	cache_make "$thing" vm_image "$TREE" "$suite" || return 1
	VM_IMAGE=$CACHE/$thing
	thing=initrd-$suite-$key
	cache_make "$thing" vm_initrd "$TREE" || return 1
	VM_INITRD=$CACHE/$thing
	vm_accel
}

# vm_qemu: sets VM_QEMU, a command prefix: the QEMU of the tree, with the tree's libraries, on this machine's root. The
# host's own may be old: up to 8.0 a virtual CPU can execute code that another one has just patched away, and a kernel
# that runs guests of its own dies of that within seconds.
vm_qemu() {
	local lib=$TREE/usr/lib/x86_64-linux-gnu
	VM_QEMU=(env QEMU_MODULE_DIR="$lib/qemu" "$TREE/usr/lib64/ld-linux-x86-64.so.2" --library-path "$lib"
		"$TREE/usr/bin/qemu-system-x86_64" -L "$TREE/usr/share/qemu" -L "$TREE/usr/share/seabios")
}

vm_image() {
	progress "making the $3 disk image" vm_image_build "$1" "$2"
}

vm_image_build() {
	local size
	size=$(($(du -s --block-size=1M --apparent-size "$2" | cut -f1) * 5 / 4 + 2048))
	mke2fs -q -F -t ext4 -O ^has_journal -m 0 -L lab -d "$2" "$1" "${size}M"
}

# initrd_modules TREE KERNEL DIR MODULE…: put the modules and what they need into DIR/modules, numbered in load order
initrd_modules() {
	local tree=$1 kernel=$2 dir=$3 file name n=100
	shift 3
	mkdir -p "$dir/modules"
	for file in $(modprobe -d "$tree" -S "$kernel" --show-depends -a "$@" 2>/dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p' |
		awk '!seen[$0]++'); do
		name=${file##*/}
		n=$((n + 1))
		case $name in
		*.xz) xz -dc "$file" >"$dir/modules/$n-${name%.xz}" ;;
		*.zst) zstd -qdc "$file" >"$dir/modules/$n-${name%.zst}" ;;
		*) cp "$file" "$dir/modules/$n-$name" ;;
		esac || return 1
	done
}

vm_initrd() {
	local out=$1 tree=$2 dir=$1.d
	rm -rf "$dir"
	mkdir -p "$dir"/{bin,proc,sys,dev,root} &&
	cp "$(tree_busybox "$tree")" "$dir/bin/busybox" &&
	initrd_modules "$tree" "$(tree_kernel "$tree")" "$dir" "${VM_MODULES[@]}" || return 1
	cat >"$dir/init" <<-'END'
		#!/bin/busybox sh
		/bin/busybox --install -s /bin
		mount -t proc proc /proc
		mount -t devtmpfs dev /dev
		case $(cat /proc/cmdline) in *sdpu_probe*)
			echo sdpu_probe_alive
			poweroff -f
		esac
		for m in /modules/*; do insmod $m; done
		for i in $(seq 1 200); do
			[ -b /dev/vda ] && break
			sleep 0.05
		done
		mount -t ext4 -o ro /dev/vda /root
		mount --move /dev /root/dev
		umount /proc
		exec switch_root /root /lab/init
	END
	chmod +x "$dir/init"
	(cd "$dir" && find . | cpio -o -H newc --quiet) >"$out" && rm -rf "$dir"
}

# vm_accel: sets VM_ACCEL. A /dev/kvm that is there may still not run a stock kernel, or only by emulating it: try.
vm_accel() {
	local note=$CACHE/versions/accel log
	VM_ACCEL=(-accel 'tcg,thread=multi' -cpu max)
	if [[ ! -s $note ]]; then
		log=$CACHE/log/accel
		: >"$log"
		if [[ -w /dev/kvm ]]; then
			# in a shell of its own: QEMU may well abort, and this shell would say so
			(timeout -k 1 10 "${VM_QEMU[@]}" -accel kvm -cpu host -m 512 -nodefaults -no-user-config -display none \
				-no-reboot -kernel "$VM_KERNEL" -initrd "$VM_INITRD" -append 'console=ttyS0 panic=-1 no_timer_check sdpu_probe' \
				-serial "file:$log"; true) </dev/null >/dev/null 2>&1
		fi
		if grep -q sdpu_probe_alive "$log"; then echo kvm; else echo tcg; fi >"$note"
		say "stock kernels run here with $(<"$note")"
	fi
	[[ $(<"$note") != kvm ]] || VM_ACCEL=(-accel kvm -cpu host)
}

# vm_boot LAB RUN: become the lab
vm_boot() {
	local lab=$1 run=$2 shell=()
	# shellcheck disable=SC2054 # QEMU's commas
	[[ -z ${SDPU_TTY-} ]] || shell=(-chardev stdio,id=tty,signal=off -device virtconsole,chardev=tty)
	exec "${VM_QEMU[@]}" "${VM_ACCEL[@]}" -machine q35 -smp "${SOFTDPU_LAB_CPUS:-2}" -m "${SOFTDPU_LAB_MEM:-4096}" \
		-nodefaults -no-user-config -display none -no-reboot -kernel "$VM_KERNEL" -initrd "$VM_INITRD" \
		-append "console=ttyS0 quiet panic=-1 $VM_CLOCK $VM_STACKS SDPU_LAB=$lab SDPU_RUN=$run SDPU_INIT=$LAB/init" \
		-chardev file,id=console,path="$run/console.fifo" -serial chardev:console \
		-drive file="$VM_IMAGE",format=raw,if=none,id=root,snapshot=on,cache=unsafe -device virtio-blk-pci,drive=root \
		-device virtio-serial-pci "${shell[@]}" \
		-chardev file,id=stdout,path="$run/stdout.fifo" -device virtserialport,chardev=stdout,name=stdout \
		-chardev file,id=stderr,path="$run/stderr.fifo" -device virtserialport,chardev=stderr,name=stderr \
		-virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
		-virtfs local,path="$run",mount_tag=out,security_model=none \
		-qmp "unix:$run/qmp,server=on,wait=off"
}

# vm_stacks RUN: have the kernel print what hangs. There is no keyboard: it panics of an NMI then, and prints what every
# task was doing, at the pace of an emulated serial port.
vm_stacks() {
	printf '%s\n' '{"execute":"qmp_capabilities"}' '{"execute":"inject-nmi"}' |
		timeout 2 socat -t1 - "UNIX-CONNECT:$1/qmp" >/dev/null 2>&1
	timeout 30 tail -f --pid="$RUN_PID" /dev/null
}
