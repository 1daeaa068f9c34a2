"""Writes small databases of places in MaxMind's file format (https://maxmind.github.io/MaxMind-DB/)."""

import ipaddress
import struct

_MARKER = b"\xab\xcd\xefMaxMind.com"


def _control(kind, size):
    assert size < 285
    head, more = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return (bytes([kind << 5 | head]) if kind < 8 else bytes([head, kind - 7])) + more


def _number(kind, value):
    """kind: 5, 6, 9 are numbers of 16, 32, 64 bits."""
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return _control(kind, len(data)) + data


def _encoded(value):
    if isinstance(value, tuple):
        return _number(*value)
    if isinstance(value, str):
        data = value.encode()
        return _control(2, len(data)) + data
    if isinstance(value, bytes):  # a text that is no UTF-8
        return _control(2, len(value)) + value
    if isinstance(value, int):
        return _number(6, value)
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(_encoded, value))
    return _control(7, len(value)) + b"".join(_encoded(name) + _encoded(item) for name, item in value.items())


def city_record(country, city=None):
    """As GeoLite2-City and DB-IP have it."""
    record = {"country": {"iso_code": country, "names": {"en": "Somewhere"}}}
    return record | ({"city": {"names": {"de": "Anderswo", "en": city}}} if city else {})


def mmdb(networks, kind="GeoLite2-City", built=1_795_000_000):
    """{network: record} -> the file's bytes."""
    root, data, offsets = [None, None], b"", {}
    for text, record in networks.items():
        network = ipaddress.ip_network(text)
        bits, length = int(network.network_address), network.prefixlen + (96 if network.version == 4 else 0)
        node = root
        for depth in range(length):
            side = bits >> (127 - depth) & 1
            if depth == length - 1:
                encoded = _encoded(record)
                if encoded not in offsets:
                    offsets[encoded] = len(data)
                    data += encoded
                node[side] = offsets[encoded]
            else:
                node[side] = node[side] or [None, None]
                node = node[side]
    nodes, queue = [], [root]
    while queue:
        nodes.append(queue.pop(0))
        queue += [child for child in nodes[-1] if isinstance(child, list)]
    number = {id(node): i for i, node in enumerate(nodes)}

    def pointer(child):
        if child is None:
            return len(nodes)
        return number[id(child)] if isinstance(child, list) else len(nodes) + 16 + child

    tree = b"".join(struct.pack(">II", *map(pointer, node)) for node in nodes)
    metadata = {"description": {"en": "made by a test"}, "node_count": len(nodes), "record_size": (5, 32),
                "ip_version": (5, 6), "database_type": kind,
                "languages": ["en"], "binary_format_major_version": (5, 2), "binary_format_minor_version": (5, 0),
                "build_epoch": (9, built)}
    return tree + bytes(16) + data + _MARKER + _encoded(metadata)
