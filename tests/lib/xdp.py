#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""An XDP program at a network device, in the driver itself, until this ends.

    xdp.py DEVICE pass|drop|back READY

back: what comes in goes back where it came from, its addresses swapped. READY is a file
that is made once the program is there.
"""
import ctypes
import os
import signal
import struct
import sys

SYS_BPF = 321  # of x86_64
BPF_PROG_LOAD, BPF_LINK_CREATE = 5, 28
BPF_PROG_TYPE_XDP, BPF_XDP = 6, 37
XDP_FLAGS_DRV_MODE = 4
XDP_DROP, XDP_PASS, XDP_TX = 1, 2, 3

# opcodes: class, size, mode
LOAD32, LOAD16, STORE32, STORE16 = 0x61, 0x69, 0x63, 0x6b
MOVE, MOVE_IMM, ADD_IMM, IF_GREATER, EXIT = 0xbf, 0xb7, 0x07, 0x2d, 0x95


def insn(code, to=0, source=0, off=0, imm=0):
    return struct.pack("<BBhi", code, source << 4 | to, off, imm)


def leave(verdict):
    return [insn(MOVE_IMM, 0, imm=verdict), insn(EXIT)]


# r1: struct xdp_md, which begins with where the frame is and where it ends
BACK = [
    insn(LOAD32, 2, 1, 0),
    insn(LOAD32, 3, 1, 4),
    insn(MOVE, 4, 2),
    insn(ADD_IMM, 4, imm=14),
    insn(IF_GREATER, 4, 3, 10),
    insn(LOAD32, 5, 2, 0),
    insn(LOAD16, 6, 2, 4),
    insn(LOAD32, 7, 2, 6),
    insn(LOAD16, 8, 2, 10),
    insn(STORE32, 2, 7, 0),
    insn(STORE16, 2, 8, 4),
    insn(STORE32, 2, 5, 6),
    insn(STORE16, 2, 6, 10),
    *leave(XDP_TX),
    *leave(XDP_DROP),
]
PROGRAMS = {"pass": leave(XDP_PASS), "drop": leave(XDP_DROP), "back": BACK}


def bpf(command, attr):
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(SYS_BPF, command, ctypes.create_string_buffer(attr), len(attr))
    if fd < 0:
        sys.exit("xdp.py: %s" % os.strerror(ctypes.get_errno()))
    return fd


def load(program):
    code = ctypes.create_string_buffer(b"".join(program))
    licence = ctypes.create_string_buffer(b"GPL")
    log = ctypes.create_string_buffer(4096)
    attr = struct.pack("<IIQQIIQII16sII", BPF_PROG_TYPE_XDP, len(program), ctypes.addressof(code),
                       ctypes.addressof(licence), 1, len(log), ctypes.addressof(log), 0, 0, b"softdpu", 0, BPF_XDP)
    return bpf(BPF_PROG_LOAD, attr)


def main():
    device, what, ready = sys.argv[1:]
    with open("/sys/class/net/%s/ifindex" % device, encoding="ascii") as file:
        index = int(file.read())
    # both are gone with this process
    bpf(BPF_LINK_CREATE, struct.pack("<IIII", load(PROGRAMS[what]), index, BPF_XDP, XDP_FLAGS_DRV_MODE))
    with open(ready, "w", encoding="ascii"):
        signal.pause()


main()
