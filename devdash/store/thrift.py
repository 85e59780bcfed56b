"""Reading the compact protocol of Thrift (apache/thrift, doc/specs), in which Parquet describes itself."""

from typing import BinaryIO

TRUE, FALSE, BYTE, INTEGERS, DOUBLE, TEXT, LISTS, STRUCTURE = 1, 2, 3, (4, 5, 6), 7, 8, (9, 10), 12
DEEPEST = 16  # structures within structures


class BadThrift(ValueError):
    """What is read is no structure of the compact protocol."""


def structure(stream: BinaryIO, depth: int = 0) -> dict[int, object]:
    """Values by the number of their field; texts and numbers with a fraction are passed over (None)."""
    if depth > DEEPEST:
        raise BadThrift(f"more than {DEEPEST} structures within one another")
    fields, number = {}, 0
    while lead := _byte(stream):
        number = number + (lead >> 4) if lead >> 4 else _signed(stream)
        kind = lead & 15
        fields[number] = kind == TRUE if kind in (TRUE, FALSE) else _value(stream, kind, depth)
    return fields


def _value(stream: BinaryIO, kind: int, depth: int) -> object:
    if kind in INTEGERS:
        return _signed(stream)
    if kind in LISTS:
        return _list(stream, depth)
    if kind == STRUCTURE:
        return structure(stream, depth + 1)
    if kind in (TRUE, FALSE, BYTE):
        return _byte(stream)
    if kind not in (DOUBLE, TEXT):
        raise BadThrift(f"kind {kind} of a value")
    length = 8 if kind == DOUBLE else _unsigned(stream)
    if len(stream.read(length)) < length:
        raise BadThrift("cut short")
    return None


def _list(stream: BinaryIO, depth: int) -> list[object]:
    lead = _byte(stream)
    count = _unsigned(stream) if lead >> 4 == 15 else lead >> 4
    return [_value(stream, lead & 15, depth + 1) for _ in range(count)]


def _signed(stream: BinaryIO) -> int:
    value = _unsigned(stream)
    return (value >> 1) ^ -(value & 1)


def _unsigned(stream: BinaryIO) -> int:
    value = 0
    for shift in range(0, 64, 7):
        byte = _byte(stream)
        value |= (byte & 127) << shift
        if byte < 128:
            return value
    raise BadThrift("a number without an end")


def _byte(stream: BinaryIO) -> int:
    read = stream.read(1)
    if not read:
        raise BadThrift("cut short")
    return read[0]
