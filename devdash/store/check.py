"""Whether a folder is a run that the app can show: what is missing, in the words of docs/run-folder.md."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from devdash.discovery import near
from devdash.store.columns import FLAG, INT, REAL, TEXT, Table
from devdash.store.runs import RUN_NAME, StoreError, layers, read_run_json
from devdash.store.schema import TABLES
from devdash.store.shards import table_files

WORDS = {TEXT: "text", INT: "whole numbers", REAL: "numbers", FLAG: "true or false"}
FITS = {
    TEXT: (pa.types.is_string, pa.types.is_large_string, pa.types.is_dictionary),
    INT: (pa.types.is_integer,),
    REAL: (pa.types.is_floating, pa.types.is_integer),
    FLAG: (pa.types.is_boolean,),
}


def faults(folder: Path) -> list[str]:
    """What keeps a run folder from being shown whole; empty where nothing does."""
    if not folder.is_dir():
        return [f"{folder}: no such folder; give a run folder, such as devdash-data/runs/my-run"]
    name = folder.resolve().name
    odd = []
    if not RUN_NAME.match(name):
        odd.append(
            f"the folder's name {name!r}: small letters, digits, '.', '_' and '-' are allowed, at most 100"
        )
    try:
        read_run_json(folder)
    except StoreError as error:
        odd.append(str(error))
    odd += _foreign(folder)
    present = {name: table_files(folder, name) for name in TABLES if name != "run"}
    if not any(present.values()):
        odd.append("no table: one Parquet file for each, such as metric.parquet or llc.parquet")
    return odd + [
        fault for name, files in present.items() for file in files for fault in _table(TABLES[name], file)
    ]


def _foreign(folder: Path) -> Iterator[str]:
    """Parquet files that are of no table."""
    for layer in layers(folder):
        for file in sorted(layer.glob("*.parquet")):
            if file.stem not in TABLES or file.stem == "run":
                yield f"{file.name}: there is no table {file.stem!r}; {near(file.stem, TABLES)}"


def _table(table: Table, file: Path) -> Iterator[str]:
    """Columns that a file lacks, has too many, or has of another kind; rows that say the same twice."""
    try:
        schema = pq.read_schema(file)
    except (pa.ArrowException, OSError):
        yield f"{file.name}: no readable Parquet file (cut short or foreign)"
        return
    wanted = {column.name: column for column in table.columns if column.name != "run"}
    for name, column in wanted.items():
        if name not in schema.names:
            if column.default is None:
                yield f"{file.name}: column {name!r} is missing ({column.label}: {WORDS[column.type]})"
        elif not any(fits(schema.field(name).type) for fits in (*FITS[column.type], pa.types.is_null)):
            kind = schema.field(name).type
            yield f"{file.name}: column {name!r} is {kind}, expected {WORDS[column.type]} ({column.label})"
    for name in schema.names:
        if name not in wanted and name != "run":
            yield f"{file.name}: column {name!r} belongs to no column of {table.name}; {near(name, wanted)}"


def columns_of(table: str) -> list[tuple[str, str, str]]:
    """Name, kind and meaning of each column that a file of a table has."""
    columns = (column for column in TABLES[table].columns if column.name != "run")
    return [
        (c.name, WORDS[c.type] + (", may be left out" if c.default is not None else ""), c.label)
        for c in columns
    ]
