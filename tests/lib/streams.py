#!/usr/bin/env -S python3 -IS
# SPDX-License-Identifier: GPL-2.0-only
"""Numbered lines over a network, and what has become of them.

    streams.py udp-send ADDR PORT   a datagram every five milliseconds
    streams.py tcp-send ADDR PORT   a hundred lines every twenty
    streams.py udp-recv PORT        datagrams may have several lines
    streams.py tcp-recv PORT        from one connection
    streams.py check SENT           lines that somebody else has received, from standard input

Each goes on until SIGTERM or the end of its input, and then prints what it has seen, in JSON: sent; or received, lost
(up to the highest), doubled, late, wrong, and gap_ms, the longest time without any.
"""
import json
import signal
import socket
import sys
import time

# an emulated guest has little time for each
UDP_SECONDS, TCP_SECONDS, TCP_LINES = 0.005, 0.02, 100


class Stop(Exception):
    pass


def stop(*_):
    raise Stop


class Lines:
    """@sent: as many as were sent, or None: as many as the highest"""

    def __init__(self, sent=None):
        self.seen, self.highest, self.sent = set(), 0, sent
        self.doubled = self.late = self.wrong = 0
        self.last, self.gap = None, 0

    def take(self, data):
        now = time.monotonic()
        if self.last:
            self.gap = max(self.gap, now - self.last)
        self.last = now
        for line in data.split():
            if not line.isdigit() or (self.sent is not None and int(line) > self.sent):
                self.wrong += 1
                continue
            number = int(line)
            self.doubled += number in self.seen
            self.late += number < self.highest and number not in self.seen
            self.seen.add(number)
            self.highest = max(self.highest, number)

    def result(self):
        lost = (self.highest if self.sent is None else self.sent) - len(self.seen)
        return {"received": len(self.seen), "lost": lost, "doubled": self.doubled, "late": self.late,
                "wrong": self.wrong, "gap_ms": round(1000 * self.gap)}


def stopping():
    """Grows when it is time to stop: what is on its way is sent and counted first."""
    stops = []
    signal.signal(signal.SIGTERM, lambda *_: stops.append(True))
    return stops


def udp_send(addr, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stops, sent = stopping(), 0
    while not stops:
        # who does not answer to ARP for a while gets it later, or not at all
        sock.sendto(b"%d\n" % (sent + 1), (addr, port))
        sent += 1
        time.sleep(UDP_SECONDS)
    return {"sent": sent}


def tcp_send(addr, port):
    sock = socket.create_connection((addr, port), 30)
    sock.settimeout(None)
    stops, sent = stopping(), 0
    while not stops:
        sock.sendall(b"".join(b"%d\n" % n for n in range(sent + 1, sent + 1 + TCP_LINES)))
        sent += TCP_LINES
        time.sleep(TCP_SECONDS)
    sock.close()
    return {"sent": sent}


def udp_recv(port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
    sock.bind(("", port))
    lines = Lines()
    try:
        while True:
            lines.take(sock.recv(65536))
    except Stop:
        return lines.result()


def tcp_recv(port):
    sock = socket.create_server(("", port))
    lines, rest = Lines(), b""
    try:
        conn, _ = sock.accept()
        while True:
            data = conn.recv(65536)
            if not data:
                break
            whole, end, rest = (rest + data).rpartition(b"\n")
            lines.take(whole + end)
    except Stop:
        pass
    lines.wrong += bool(rest)
    return lines.result()


def check(sent):
    lines = Lines(sent)
    lines.take(sys.stdin.buffer.read())
    return lines.result()


def main():
    signal.signal(signal.SIGTERM, stop)
    what, *args = sys.argv[1:]
    args = [int(arg) if arg.isdigit() else arg for arg in args]
    call = {"udp-send": udp_send, "tcp-send": tcp_send, "udp-recv": udp_recv, "tcp-recv": tcp_recv, "check": check}[what]
    print(json.dumps(call(*args)))


if __name__ == "__main__":
    main()
