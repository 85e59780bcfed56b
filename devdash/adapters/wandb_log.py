"""The file run-….wandb that W&B keeps on the disk, read without the package.

Its records are framed as in LevelDB's log (blocks of 32 KiB, parts of a record first, middle, last), each a
message of protobuf, wandb/proto/wandb_internal.proto, of which only numbers, names and axes are looked at.
"""

import json
import struct
from collections.abc import Iterator
from pathlib import Path

from devdash.recording.words import flattened, number

BLOCK, HEAD, FILE_HEAD = 32768, 7, 7
FULL, LAST = 1, 4  # kinds of parts: whole, the last of several
HISTORY, METRIC, RUN = 2, 12, 17  # fields of Record
VALUES = {5: "integer", 6: "number", 8: "json", 16: "json"}  # fields of HistoryItem


def read(path: Path) -> tuple[str, list[tuple[int, dict]], dict[str, str]]:
    """The run's name, its steps with name → number, and metric or pattern → the metric that is its axis.

    A file whose end is missing, of a run that was killed, is read up to there. Raises ValueError where it is
    none of W&B's.
    """
    content = path.read_bytes()
    if not content.startswith(b":W&B"):
        raise ValueError(f"import: {path.name} does not begin as a file of W&B does")
    name, history, axes = path.stem, [], {}
    for record in _records(content):
        for field, value in _fields(record):
            if field == HISTORY:
                history.append(_history(value, len(history)))
            elif field == METRIC:
                parts = dict(_fields(value))
                if 4 in parts:
                    axes[parts.get(2, parts.get(1, b"")).decode()] = parts[4].decode()
            elif field == RUN:
                parts = dict(_fields(value))
                name = parts.get(8, parts.get(1, name.encode())).decode()
    return name, history, axes


def _records(content: bytes) -> Iterator[bytes]:
    """Whole records, put together from their parts."""
    place, pieces = FILE_HEAD, []
    while place + HEAD <= len(content):
        left = BLOCK - place % BLOCK
        if left < HEAD:  # a block's end is filled up with zeros
            place += left
            continue
        _, size, kind = struct.unpack_from("<IHB", content, place)
        pieces.append(content[place + HEAD : place + HEAD + size])
        if place + HEAD + size > len(content):
            return
        place += HEAD + size
        if kind in (FULL, LAST):
            yield b"".join(pieces)
            pieces = []


def _fields(message: bytes) -> Iterator[tuple[int, object]]:
    """Number and value of each field: bytes, a whole number, or a number."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == 0:
            value, place = _varint(message, place)
        elif kind == 1:
            value, place = struct.unpack_from("<d", message, place)[0], place + 8
        elif kind == 5:
            value, place = struct.unpack_from("<f", message, place)[0], place + 4
        else:
            size, place = _varint(message, place)
            value, place = message[place : place + size], place + size
        yield key >> 3, value


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = message[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value - (value >> 63 << 64), place  # negative numbers are written as of 64 bits


def _history(message: bytes, count: int) -> tuple[int, dict]:
    """Step, and name → number, of one call of log()."""
    step, values = count, {}
    for field, value in _fields(message):
        if field == 2:
            step = dict(_fields(value)).get(1, 0)
        elif field == 1:
            values |= _item(value)
    return int(values.pop("_step", step)), {k: v for k, v in values.items() if not k.startswith("_")}


def _item(message: bytes) -> dict[str, float]:
    names, value = [], None
    for field, part in _fields(message):
        if field in (1, 2):
            names.append(part.decode())
        elif field in VALUES:
            value = json.loads(part) if VALUES[field] == "json" else part
    numbers = {name: number(leaf) for name, leaf in flattened({"/".join(filter(None, names)): value})}
    return {name: leaf for name, leaf in numbers.items() if leaf is not None}
