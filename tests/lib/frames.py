#!/usr/bin/env -S python3 -IS
# SPDX-License-Identifier: GPL-2.0-only
"""One frame of each kind, kind i as often as 2^i: a counter of frames says then which kinds it has counted.

    frames.py DEVICE DST_MAC SRC_MAC
    frames.py kinds                     their names, from bit 0 on
"""
import socket
import struct
import sys

V4, V6 = socket.AF_INET, socket.AF_INET6
TCP_SYN, TCP_ACK = 0x02, 0x10


def packed(*numbers):
    return b"".join(struct.pack("!" + form, number) for form, number in numbers)


def total(data):
    if len(data) % 2:
        data += b"\0"
    number = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while number >> 16:
        number = (number & 0xffff) + (number >> 16)
    return ~number & 0xffff


def ipv4(proto, payload, src="10.0.0.10", dst="10.0.0.11", frag=0, tos=0, ttl=64):
    def header(check):
        return packed(("B", 0x45), ("B", tos), ("H", 20 + len(payload)), ("H", 1), ("H", frag), ("B", ttl), ("B", proto),
                      ("H", check)) + socket.inet_pton(V4, src) + socket.inet_pton(V4, dst)
    return header(total(header(0))) + payload


def ipv6(proto, payload, src="fd00::10", dst="fd00::11"):
    return packed(("I", 0x60000000), ("H", len(payload)), ("B", proto), ("B", 64)) + \
        socket.inet_pton(V6, src) + socket.inet_pton(V6, dst) + payload


def udp(src, dst, data=b"flower"):
    return packed(("H", src), ("H", dst), ("H", 8 + len(data)), ("H", 0)) + data


def tcp(src, dst, flags):
    return packed(("H", src), ("H", dst), ("I", 1), ("I", 1), ("B", 0x50), ("B", flags), ("H", 100), ("H", 0), ("H", 0))


def typed(number, payload):
    return struct.pack("!H", number) + payload


def tagged(tci, rest):
    return packed(("H", 0x8100), ("H", tci)) + rest


KINDS = [
    ("udp", typed(0x0800, ipv4(17, udp(5000, 7000)))),
    ("udp-port", typed(0x0800, ipv4(17, udp(5000, 7001)))),
    ("tcp-syn", typed(0x0800, ipv4(6, tcp(5000, 7000, TCP_SYN)))),
    ("tcp-ack", typed(0x0800, ipv4(6, tcp(5000, 7000, TCP_ACK)))),
    ("udp6", typed(0x86dd, ipv6(17, udp(5000, 7000)))),
    ("first", typed(0x0800, ipv4(17, udp(5000, 7000), frag=0x2000))),
    ("later", typed(0x0800, ipv4(17, b"flowers!", frag=1))),
    ("tag10", tagged(0x600a, typed(0x0800, ipv4(17, udp(5000, 7000))))),
    ("other", typed(0x0800, ipv4(17, udp(5001, 7000), src="10.0.1.10", dst="10.0.1.11", tos=0xb8, ttl=1))),
    ("type", typed(0x88b5, b"flower")),
]


def main():
    if sys.argv[1] == "kinds":
        print(" ".join(name for name, _ in KINDS))
        return
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((sys.argv[1], 0))
    addresses = b"".join(bytes.fromhex(mac.replace(":", "")) for mac in sys.argv[2:4])
    for bit, (_, frame) in enumerate(KINDS):
        frame = (addresses + frame).ljust(60, b"\0")
        for _ in range(1 << bit):
            sock.send(frame)


main()
