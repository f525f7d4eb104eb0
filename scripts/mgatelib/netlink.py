# SPDX-License-Identifier: GPL-2.0-only
"""Generic netlink: messages, attributes, requests. It knows nothing of mgate."""
import errno
import os
import socket
import struct

NETLINK_GENERIC = 16
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 270, 1, 10, 11
F_REQUEST, F_ACK, F_DUMP = 0x1, 0x4, 0x300
F_DUMP_INTERRUPTED, F_ACK_ATTRIBUTES = 0x10, 0x200
ERROR, DONE, FIRST_FAMILY = 0x2, 0x3, 0x10
ATTRIBUTE_TYPE = 0x3fff  # without "nested" and "network byte order"
NESTED = 0x8000
ERROR_TEXT = 1  # NLMSGERR_ATTR_MSG
HEADER, FAMILY_HEADER = struct.Struct("=IHHII"), struct.Struct("=BBH")
ATTRIBUTE = struct.Struct("=HH")

CONTROLLER, CONTROLLER_GET, CONTROLLER_GONE, CONTROLLER_VERSION = 16, 3, 2, 2
CONTROLLER_EVENTS = 16
CONTROLLER_ATTRIBUTES = {
    1: ("id", "u16"), 2: ("name", "string"), 3: ("version", "u32"),
    7: ("groups", {0: ("group", {1: ("name", "string"), 2: ("id", "u32")})}),
}
BUFFER = 1 << 20
DUMP_ATTEMPTS = 10


class Refused(OSError):
    """The kernel's answer is an error; `text` is its own sentence, or empty."""

    def __init__(self, number, text=""):
        super().__init__(number, text or os.strerror(number))
        self.text = text


class Lost(Exception):
    """More notifications came than there was room for: some are lost."""


class Gone(Exception):
    """The family is no more: its module was unloaded."""


# --- Attributes ------------------------------------------------------------------

_NUMBERS = {"u8": "=B", "u16": "=H", "u32": "=I", "u64": "=Q", "s8": "=b", "s16": "=h",
            "s32": "=i", "s64": "=q"}


def pad(length):
    """Everything begins at a multiple of four."""
    return (length + 3) & ~3


def attribute(number, kind, value):
    """An attribute in octets; `kind` is as in a schema (see decode)."""
    if isinstance(kind, dict):
        data, number = encode(kind, value), number | NESTED
    elif kind in _NUMBERS:
        data = struct.pack(_NUMBERS[kind], value)
    elif kind == "string":
        data = value.encode() + b"\0"
    elif kind == "ip":
        data = socket.inet_pton(socket.AF_INET6 if ":" in value else socket.AF_INET, value)
    elif kind == "mac":
        data = bytes.fromhex(value.replace(":", ""))
    elif kind == "flag":
        data = b""
    else:
        data = bytes(value)
    text = ATTRIBUTE.pack(ATTRIBUTE.size + len(data), number) + data
    return text + bytes(pad(len(text)) - len(text))


def encode(schema, values):
    """Attributes in octets, of {name: value}; a value None is left out."""
    numbers = {name: (number, kind) for number, (name, kind) in schema.items()}
    return b"".join(attribute(*numbers[name], value) for name, value in values.items()
                    if value is not None)


def split(data):
    """The (number, octets) of attributes that stand one behind the other."""
    start = 0
    while start + ATTRIBUTE.size <= len(data):
        length, number = ATTRIBUTE.unpack_from(data, start)
        if not ATTRIBUTE.size <= length <= len(data) - start:
            return
        yield number & ATTRIBUTE_TYPE, data[start + ATTRIBUTE.size:start + length]
        start += pad(length)


def decode(schema, data):
    """What octets say, as {name: value}. A schema is {number: (name, kind)}; a kind is a
    word, or a schema for what is nested, or [kind] for what may come more than once.
    The number 0 in a schema stands for any: a list. Unknown attributes are passed over,
    so that a newer kernel may say more."""
    if 0 in schema:
        return [_value(schema[0][1], text) for _, text in split(data)]
    found = {}
    for number, text in split(data):
        if number not in schema:
            continue
        name, kind = schema[number]
        if isinstance(kind, list):
            found.setdefault(name, []).append(_value(kind[0], text))
        else:
            found[name] = _value(kind, text)
    return found


def _value(kind, data):
    if isinstance(kind, dict):
        return decode(kind, data)
    if kind in _NUMBERS:
        return struct.unpack_from(_NUMBERS[kind], data)[0]
    if kind == "string":
        return data.rstrip(b"\0").decode(errors="replace")
    if kind == "ip":
        return socket.inet_ntop(socket.AF_INET if len(data) == 4 else socket.AF_INET6, data)
    if kind == "mac":
        return data.hex(":")
    return True if kind == "flag" else data


# --- Messages --------------------------------------------------------------------

def message(kind, flags, sequence, payload):
    """A message in octets."""
    return HEADER.pack(HEADER.size + len(payload), kind, flags, sequence, 0) + payload


def messages(data):
    """The (kind, flags, sequence, payload) of messages that were received together."""
    start = 0
    while start + HEADER.size <= len(data):
        length, kind, flags, sequence, _ = HEADER.unpack_from(data, start)
        if not HEADER.size <= length <= len(data) - start:
            return
        yield kind, flags, sequence, data[start + HEADER.size:start + length]
        start += pad(length)


def fail_if_refused(flags, payload, place):
    """Raise what the kernel says in an error (or at the end of a dump). Its own sentence
    stands at `place`, behind the number and what is quoted of the request."""
    number = -struct.unpack_from("=i", payload)[0] if len(payload) >= 4 else 0
    if not number:
        return
    text = ""
    if flags & F_ACK_ATTRIBUTES:
        text = decode({ERROR_TEXT: ("text", "string")}, payload[place:]).get("text", "")
    raise Refused(number, text)


class Interrupted(Exception):
    """What was dumped changed meanwhile."""


class Connection:
    """A socket to one family of generic netlink, in the namespace of this process."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.socket.bind((0, 0))
        self.sequence = 0
        self.name, self.id, self.version = name, CONTROLLER, CONTROLLER_VERSION
        try:
            found = self.ask(CONTROLLER_GET, CONTROLLER_ATTRIBUTES, CONTROLLER_ATTRIBUTES,
                             {"name": name})
        except OSError:
            self.socket.close()
            raise
        self.id, self.version = found["id"], found["version"]
        self.groups = {group["name"]: group["id"] for group in found.get("groups", ())}

    def close(self):
        """The connection ends."""
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _send(self, command, flags, payload):
        self.sequence += 1
        payload = FAMILY_HEADER.pack(command, self.version, 0) + payload
        self.socket.send(message(self.id, F_REQUEST | flags, self.sequence, payload))

    def _answers(self):
        """The payloads that answer what was sent last, up to the end of the answer."""
        interrupted = False
        while True:
            for kind, flags, sequence, payload in messages(self.socket.recv(BUFFER)):
                if sequence != self.sequence:
                    continue
                interrupted |= bool(flags & F_DUMP_INTERRUPTED)
                if kind == ERROR:
                    fail_if_refused(flags, payload, 4 + HEADER.size)
                    return
                if kind == DONE:
                    fail_if_refused(flags, payload, 4)
                    if interrupted:
                        raise Interrupted
                    return
                if kind >= FIRST_FAMILY:
                    yield payload[FAMILY_HEADER.size:]

    def ask(self, command, request, reply, values):
        """Send a request and give the one answer decoded; {} where there is none."""
        self._send(command, F_ACK, encode(request, values))
        return ([decode(reply, payload) for payload in self._answers()] or [{}])[0]

    def dump(self, command, request, reply, values):
        """All of a table, as a list. If it changed meanwhile it is read again; if it always
        does, what was read last is given."""
        rows = []
        for _ in range(DUMP_ATTEMPTS):
            rows = []
            self._send(command, F_DUMP, encode(request, values))
            try:
                for payload in self._answers():
                    rows.append(decode(reply, payload))
                break
            except Interrupted:
                pass
        return rows

    def listen(self, group):
        """From now on have what is told to a multicast group."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        for number in self.groups[group], CONTROLLER_EVENTS:
            self.socket.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, number)

    def heard(self):
        """Wait for notifications and give them as [(command, payload)]. The end of the
        family raises Gone."""
        try:
            data = self.socket.recv(BUFFER)
        except OSError as error:
            if error.errno == errno.ENOBUFS:
                raise Lost from None
            raise
        found = []
        for kind, _, _, payload in messages(data):
            command, payload = payload[0], payload[FAMILY_HEADER.size:]
            if kind == self.id:
                found.append((command, payload))
            elif (kind, command) == (CONTROLLER, CONTROLLER_GONE):
                if decode(CONTROLLER_ATTRIBUTES, payload).get("name") == self.name:
                    raise Gone
        return found
