#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""How long it takes to manage vDPA devices, in a lab; control.sh makes the VFs.

    control.py DEVICES BENCH      make so many devices, leave them alone, delete them; then have softdpu-bench (BENCH)
                                  start, suspend and reset one, and map memory. A table, with what we ask of ourselves.

Netlink by hand: a process for each device would take longer than the device.
"""
import json
import os
import pathlib
import socket
import statistics
import struct
import subprocess
import sys
import time

NETLINK_GENERIC, GENL_ID_CTRL = 16, 16
CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 3, 1, 2
NLM_F_REQUEST, NLM_F_ACK, NLMSG_ERROR = 1, 4, 2
# linux/vdpa.h
DEV_NEW, DEV_DEL, BUS_NAME, MGMTDEV_NAME, DEV_NAME, MAX_VQP = 3, 4, 1, 2, 4, 12
DRIVER = pathlib.Path("/sys/bus/pci/drivers/softdpu_vdpa")
VDPA = pathlib.Path("/sys/bus/vdpa")
IDLE_SECONDS = 5
ROUNDS = 9
PAIRS = 64
MAP_MIB = 1024


class Netlink:
    """Requests to a generic netlink family, one at a time."""

    def __init__(self, family):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.sock.bind((0, 0))
        self.seq = 0
        self.family = GENL_ID_CTRL
        answer = self.ask(CTRL_CMD_GETFAMILY, {CTRL_ATTR_FAMILY_NAME: family}, NLM_F_REQUEST)
        self.family = struct.unpack_from("=H", attribute(answer, CTRL_ATTR_FAMILY_ID))[0]

    def ask(self, command, attrs, flags=NLM_F_REQUEST | NLM_F_ACK):
        body = struct.pack("=BBH", command, 1, 0)
        for kind, value in attrs.items():
            data = struct.pack("=H", value) if isinstance(value, int) else value.encode() + b"\0"
            body += struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)
        self.seq += 1
        self.sock.send(struct.pack("=IHHII", 16 + len(body), self.family, flags, self.seq, 0) + body)
        answer = self.sock.recv(65536)
        if struct.unpack_from("=H", answer, 4)[0] == NLMSG_ERROR:
            error = struct.unpack_from("=i", answer, 16)[0]
            if error:
                raise OSError(-error, os.strerror(-error))
        return answer[20:]


def attribute(data, kind):
    while data:
        length, this = struct.unpack_from("=HH", data)
        if this == kind:
            return data[4:length]
        data = data[(length + 3) & ~3:]
    raise KeyError(kind)


def available():
    """KiB of memory that are free, or could be."""
    with open("/proc/meminfo", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))


def busy():
    """Seconds that all processors have worked so far."""
    with open("/proc/stat", encoding="ascii") as lines:
        user, nice, system, _, _, irq, softirq = map(int, next(lines).split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def each(vdpa, command, requests):
    """Milliseconds of a request, on average."""
    begin = time.monotonic()
    for request in requests:
        vdpa.ask(command, request)
    return (time.monotonic() - begin) * 1e3 / len(requests)


def management(vdpa, vfs):
    names = ["control%d" % i for i in range(len(vfs))]
    before = available()
    added = each(vdpa, DEV_NEW, [{BUS_NAME: "pci", MGMTDEV_NAME: vf, DEV_NAME: name} for vf, name in zip(vfs, names)])
    memory = (before - available()) / len(vfs)
    worked = busy()
    time.sleep(IDLE_SECONDS)
    worked = 100 * (busy() - worked) / IDLE_SECONDS
    deleted = each(vdpa, DEV_DEL, [{DEV_NAME: name} for name in names])
    of = "%d devices" % len(vfs)
    yield "vdpa dev add", of, added, "ms each", 1
    yield "memory of an idle device", of, memory, "KiB each", 64
    yield "processor time of idle devices", of, worked, "%", 1
    yield "vdpa dev del", of, deleted, "ms each", 1


def rounds(bench, node, *options):
    """Medians of what softdpu-bench says."""
    said = subprocess.run([bench, "--control", node, "--json", "--rounds", str(ROUNDS), *options], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    results = [json.loads(line) for line in said.splitlines()]
    return {key: statistics.median(r[key] for r in results) for key in results[0] if key.rpartition("_")[2] in ("us", "ns")}


class Device:
    """A vDPA device for vhost_vdpa, as long as it is in use."""

    def __init__(self, vdpa, name, attrs):
        self.vdpa, self.name = vdpa, name
        vdpa.ask(DEV_NEW, {DEV_NAME: name, **attrs})

    def __enter__(self):
        device = VDPA / "devices" / self.name
        (device / "driver_override").write_text("vhost_vdpa")
        (VDPA / "drivers/vhost_vdpa/bind").write_text(self.name)
        return "/dev/" + next(device.glob("vhost-vdpa-*")).name

    def __exit__(self, *_):
        self.vdpa.ask(DEV_DEL, {DEV_NAME: self.name})


def monitor(vdpa, vf, bench):
    with Device(vdpa, "control", {BUS_NAME: "pci", MGMTDEV_NAME: vf, MAX_VQP: PAIRS}) as node:
        many = rounds(bench, node, "--pairs", str(PAIRS), "--map", "1")
        half = rounds(bench, node, "--pairs", str(PAIRS // 2), "--map", "1")
        one = rounds(bench, node, "--map", str(MAP_MIB))
    # a parent that does next to nothing: what is left is vhost-vdpa's
    with Device(vdpa, "controlsim", {MGMTDEV_NAME: "vdpasim_net"}) as node:
        sim = rounds(bench, node, "--map", "1")
    pages, page = "%d MiB in pages of 4 KiB" % MAP_MIB, "one page of a running device"
    yield "an ioctl() that does nothing", "", one["call_us"], "µs", None
    yield "FEATURES_OK to DRIVER_OK", "%d queue pairs" % PAIRS, many["start_us"] / 1e3, "ms", 5
    yield "of it, DRIVER_OK", "%d queue pairs" % PAIRS, many["driver_ok_us"] / 1e3, "ms", None
    yield "reset", "%d queue pairs" % PAIRS, many["reset_us"] / 1e3, "ms", None
    yield "suspend and resume", "%d queue pairs" % (PAIRS // 2), (half["suspend_us"] + half["resume_us"]) / 1e3, "ms", 1
    if one["pin_ns"]:
        yield "map / pin", pages, one["map_ns"] / one["pin_ns"], "", 2
    yield "map", pages, one["map_ns"], "ns a page", None
    yield "unmap", pages, one["unmap_ns"], "ns a page", None
    for what, key in ("map", "map_one_us"), ("unmap", "unmap_one_us"):
        yield what, page, one[key], "µs", None
        yield "the same of vdpa_sim_net", page, sim[key], "µs", None
        yield "beside the pin and the call", page, one[key] - one["pin_ns"] / 1e3 - one["call_us"], "µs", 5


def main():
    number, bench = int(sys.argv[1]), sys.argv[2]
    vfs = sorted(path.name for path in DRIVER.glob("*:*"))[:number]
    if len(vfs) < number:
        sys.exit("control.py: there are %d VFs, %d devices were asked for" % (len(vfs), number))
    # who takes a new device is not the question
    (VDPA / "drivers_autoprobe").write_text("0")
    vdpa = Netlink("vdpa")
    print("%-32s %-30s %10s %-10s %-8s" % ("what", "of", "median", "", "at most"))
    for rows in management(vdpa, vfs), monitor(vdpa, vfs[0], bench):
        for what, of, value, unit, most in rows:
            verdict = "" if most is None else "%-8g %s" % (most, "met" if value <= most else "missed")
            print(("%-32s %-30s %10.3g %-10s %s" % (what, of, value, unit, verdict)).rstrip(), flush=True)


if __name__ == "__main__":
    main()
