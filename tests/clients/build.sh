#!/bin/sh
# In a small Debian with the two packages: build their tests in /out, for a device of a VF instead of the kernel's
# simulator. What is changed is what names that one, or is a number of it; see Documentation/testing.rst.
set -eu

export HOME=/root
mkdir -p /out

# change FILE PATTERN TEXT: or the package is another one than this was written for
change() {
	grep -q "$2" "$1" || { echo "$1: there is no $2" >&2; exit 1; }
	sed -i "s|$2|$3|" "$1"
}

# the management device is a PCI function, and the modules are others
cp -r /usr/share/gocode /root/go
cd /root/go/src/github.com/vishvananda/netlink
t=vdpa_linux_test.go
change $t '^[[:space:]]*vdpaSimMGMTDev *= "vdpasim_net"$' ''
change $t '"vdpa_sim", "vdpa_sim_net"' '"softdpu_vdpa"'
change $t 'd\.BusName != ""' 'd.BusName != "pci"'
change $t 'mgmtDev\.BusName != ""' 'mgmtDev.BusName != "pci"'
change $t 'ByBusAndName("", vdpaSim' 'ByBusAndName("pci", vdpaSim'
change $t 'vdpaTestDeviceName, "", vdpaSim' 'vdpaTestDeviceName, "pci", vdpaSim'
cat >softdpu_test.go <<'END'
package netlink

import "os"

var vdpaSimMGMTDev = os.Getenv("VDPA_MGMTDEV")
END
GOPATH=/root/go GO111MODULE=off CGO_ENABLED=0 go test -c -o /out/netlink.test .

# addresses have 48 bits, and there is a group and an address space more
cp -r /usr/share/cargo/registry/vhost-0.* /root/vhost
cd /root/vhost
t=src/vhost_kern/vdpa.rs
change $t 'iova_range\.last, u64::MAX' 'iova_range.last, (1 << 48) - 1'
change $t '(24, 3, 2, 2, 0)' '(24, 3, 3, 3, 0)'
mkdir -p /root/.cargo
cat >/root/.cargo/config.toml <<'END'
[source.crates-io]
replace-with = "debian"
[source.debian]
directory = "/usr/share/cargo/registry"
END
rm -f Cargo.lock
CARGO_TARGET_DIR=/root/target cargo test --offline --lib --no-run --features vhost-vdpa
find /root/target/debug/deps -name 'vhost-*' -type f -perm -100 -exec cp {} /out/vhost.test \;
test -x /out/vhost.test
strip /out/*.test
