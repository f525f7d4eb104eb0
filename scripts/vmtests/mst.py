# SPDX-License-Identifier: GPL-2.0-only
"""A spanning tree for some VLANs (MST), by netlink: `ip` and `bridge` of Debian 12 cannot."""
import errno
import os
import socket
import struct

RTM_NEWLINK, RTM_SETLINK, RTM_NEWVLAN, NLMSG_ERROR = 16, 19, 112, 2
NLM_F_REQUEST, NLM_F_ACK, NESTED = 1, 4, 0x8000
AF_BRIDGE = 7
IFLA_LINKINFO, INFO_KIND, INFO_DATA, BR_MULTI_BOOLOPT, MST_ENABLE = 18, 1, 2, 46, 1 << 2
GLOBAL_OPTIONS, GOPTS_ID, GOPTS_MSTI = 2, 1, 18
IFLA_AF_SPEC, BRIDGE_MST, MST_ENTRY, ENTRY_MSTI, ENTRY_STATE = 26, 6, 1, 1, 2


def _attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def _request(ns, device, kind, family, *attributes):
    """One message about a device; the kernel's refusal is raised."""
    with ns.entered(), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW) as sock:
        index = socket.if_nametoindex(device)
        head = struct.pack("=BBHI", family, 0, 0, index) if kind == RTM_NEWVLAN else \
            struct.pack("=BBHiII", family, 0, 0, index, 0, 0)
        body = head + b"".join(attributes)
        sock.send(struct.pack("=IHHII", 16 + len(body), kind, NLM_F_REQUEST | NLM_F_ACK, 1, 0)
                  + body)
        answer = sock.recv(4096)
    refusal, = struct.unpack_from("=i", answer, 16)
    if struct.unpack_from("=H", answer, 4)[0] != NLMSG_ERROR or refusal:
        raise OSError(-refusal or errno.EPROTO, os.strerror(-refusal or errno.EPROTO), device)


def enable(br):
    """The state of a port counts no more, but that of each VLAN; before it has VLANs."""
    option = _attribute(BR_MULTI_BOOLOPT, struct.pack("=II", MST_ENABLE, MST_ENABLE))
    info = _attribute(INFO_KIND, b"bridge\0") + _attribute(INFO_DATA, option)
    _request(br.ns, br.name, RTM_NEWLINK, socket.AF_UNSPEC, _attribute(IFLA_LINKINFO, info))


def tree_of(br, vid, tree):
    """Put a VLAN into a tree: all ports are disabled there, unless the tree has them."""
    options = _attribute(GOPTS_ID, struct.pack("=H", vid)) + \
        _attribute(GOPTS_MSTI, struct.pack("=H", tree))
    _request(br.ns, br.name, RTM_NEWVLAN, AF_BRIDGE,
             _attribute(GLOBAL_OPTIONS | NESTED, options))


def state(br, port, tree, value):
    """The state of a port in a tree."""
    entry = _attribute(ENTRY_MSTI, struct.pack("=H", tree)) + \
        _attribute(ENTRY_STATE, struct.pack("=B", value))
    _request(br.ns, port, RTM_SETLINK, AF_BRIDGE,
             _attribute(IFLA_AF_SPEC | NESTED, _attribute(
                 BRIDGE_MST | NESTED, _attribute(MST_ENTRY | NESTED, entry))))
