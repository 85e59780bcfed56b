"""Ways to damage a run folder: each case says its kind and does it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from devdash.store import parquet

FLIPS = 3  # of each file
MARKUP = '<img src="https://example.invalid/x.png"> ![](https://example.invalid/y.png) | `a`'
FACTS = (None, 7, [], {"a": 1}, "\ud800", 2**64, "x" * 100_000)


@dataclass(frozen=True)
class Case:
    """damage: does it to a folder. inside: only bytes change, so other rows must be told."""

    kind: str
    damage: Callable[[Path], None]
    inside: bool = False


def cases(folder: Path, random: Random) -> Iterator[Case]:
    """All cases of a run: of each file's bytes, of its kind, of each column's values, and of run.json."""
    tables = sorted(folder.glob("*.parquet"))
    for path in tables:
        yield from _of_bytes(path, random)
        yield from _of_columns(path, random)
    for path in (folder / "run.json", random.choice(tables)):
        yield from _of_files(path)
    yield from _of_facts(folder / "run.json", random)


def _of_bytes(path: Path, random: Random) -> Iterator[Case]:
    size = path.stat().st_size
    yield Case("cut short", partial(_cut, path.name, random.randrange(size)), inside=True)
    for _ in range(FLIPS):
        place, bit = random.randrange(size), random.randrange(8)
        yield Case("one flipped bit", partial(_flip, path.name, place, bit), inside=True)
    other = random.choice(
        [file.name for file in path.parent.glob("*.parquet") if file != path] or [path.name]
    )
    yield Case("another table's rows", partial(_swap, path.name, other))


def _cut(name: str, size: int, folder: Path) -> None:
    os.truncate(folder / name, size)


def _flip(name: str, place: int, bit: int, folder: Path) -> None:
    content = bytearray((folder / name).read_bytes())
    content[place] ^= 1 << bit
    (folder / name).write_bytes(content)


def _swap(name: str, other: str, folder: Path) -> None:
    shutil.copy(folder / other, folder / name)


def _of_files(path: Path) -> Iterator[Case]:
    for make in (os.mkfifo, Path.mkdir, partial(_link, "nowhere"), partial(_link, "/dev/zero"), Path.touch):
        yield Case("no file of rows", partial(_replace, path.name, make))


def _link(target: str, path: Path) -> None:
    path.symlink_to(target)


def _replace(name: str, make: Callable[[Path], None], folder: Path) -> None:
    (folder / name).unlink()
    make(folder / name)


def _of_columns(path: Path, random: Random) -> Iterator[Case]:
    names = pq.read_schema(path).names
    for name in random.sample(names, min(4, len(names))):
        change = random.choice(CHANGES)
        yield Case(f"a column: {CHANGES_IN_WORDS[change]}", partial(_change, path.name, name, change))
    yield Case("rows twice", partial(_rewrite, path.name, lambda table: pa.concat_tables([table, table])))
    yield Case("rows backwards", partial(_rewrite, path.name, _backwards))
    gone = random.choice(names)
    yield Case("a column is missing", partial(_rewrite, path.name, lambda table: table.drop_columns(gone)))


def _empty(values: list) -> list:
    return [None] * len(values)


def _half(values: list) -> list:
    return [None if place % 2 else value for place, value in enumerate(values)]


def _infinite(values: list) -> list:
    return [float("-inf")] * len(values)


def _negative(values: list) -> list:
    return [-1] * len(values)


def _zero(values: list) -> list:
    return [0] * len(values)


def _huge(values: list) -> list:
    return [1e300] * len(values)


def _markup(values: list) -> list:
    return [MARKUP] * len(values)


CHANGES_IN_WORDS = {
    _empty: "empty",
    _half: "every second empty",
    _infinite: "−∞",
    _negative: "−1",
    _zero: "0",
    _huge: "10³⁰⁰",
    _markup: "markup",
}
CHANGES = tuple(CHANGES_IN_WORDS)


def _change(name: str, column: str, change: Callable[[list], list], folder: Path) -> None:
    def changed(table: pa.Table) -> pa.Table:
        place, old = table.column_names.index(column), table[column]
        values = change(old.to_pylist())
        kind = old.type if change in (_empty, _half) else None
        return table.set_column(place, column, pa.array(values, kind))

    _rewrite(name, changed, folder)


def _rewrite(name: str, changed: Callable[[pa.Table], pa.Table], folder: Path) -> None:
    parquet.write(folder / name, changed(parquet.read(folder / name)))


def _backwards(table: pa.Table) -> pa.Table:
    return table.take(pa.array(range(len(table) - 1, -1, -1), pa.int64()))


def _of_facts(path: Path, random: Random) -> Iterator[Case]:
    for fact in json.loads(path.read_text()):
        yield Case("run.json: a wrong fact", partial(_fact, fact, random.choice(FACTS)))
        yield Case("run.json: a missing fact", partial(_without, fact))
    deep = '{"config": ' + '{"a":' * 5000 + "1" + "}" * 5001
    for content in (deep, "[]", "{", "", path.read_text()[: random.randrange(200)]):
        yield Case("run.json: no object", partial(_content, content))


def _fact(fact: str, value, folder: Path) -> None:
    facts = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(facts | {fact: value}))


def _without(fact: str, folder: Path) -> None:
    facts = json.loads((folder / "run.json").read_text())
    facts.pop(fact)
    (folder / "run.json").write_text(json.dumps(facts))


def _content(content: str, folder: Path) -> None:
    (folder / "run.json").write_text(content)
