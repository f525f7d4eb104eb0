# SPDX-License-Identifier: GPL-2.0-only
"""A rule of ebtables, without the program: the kernel takes it by setsockopt()."""
import ctypes
import socket
import struct
import subprocess

SET_ENTRIES = 128
ACCEPT, DROP = -1, -2
HOOKS = {1: b"INPUT", 2: b"FORWARD", 3: b"OUTPUT"}
NUMHOOKS, ENTRY, TARGET = 6, 112, 48


def _chain(name, before, rules):
    return struct.pack("=I32sIiI", 0, name, before, ACCEPT, len(rules)) + b"".join(rules)


def _drop(out):
    """A rule that drops IPv4 that leaves by this port."""
    head = struct.pack("=IIH16s16s16s16s24s2xIII", 1, 0, socket.htons(0x0800), b"", b"", out.encode(), b"",
                       b"", ENTRY, ENTRY, ENTRY + TARGET)
    return head + struct.pack("=32sI4xi4x", b"standard", 8, DROP)


def drop_to(br, port):
    """Have the FORWARD chain of `filter` drop IPv4 that leaves by a port, or nothing."""
    subprocess.run(["modprobe", "ebtable_filter"], check=True)
    chains, before = {}, 0
    for hook, name in HOOKS.items():
        rules = [_drop(port)] if port and name == b"FORWARD" else []
        chains[hook] = _chain(name, before, rules)
        before += len(rules)
    table = ctypes.create_string_buffer(b"".join(chains.values()))
    size, at, places = sum(map(len, chains.values())), ctypes.addressof(table), [0] * NUMHOOKS
    for hook, chain in chains.items():
        places[hook] = at
        at += len(chain)
    replace = struct.pack(f"=32sIII4x{NUMHOOKS}QI4xQQ", b"filter", sum(1 << hook for hook in HOOKS),
                          before, size, *places, 0, 0, ctypes.addressof(table))
    with br.ns.entered(), socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                        socket.IPPROTO_RAW) as sock:
        sock.setsockopt(socket.IPPROTO_IP, SET_ENTRIES, replace + bytes(size))
