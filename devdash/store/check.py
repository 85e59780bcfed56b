"""Whether a folder is a run that the app can show: what is missing, in the words of docs/run-folder.md."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from devdash.discovery import near
from devdash.store import parquet
from devdash.store.columns import Column, Table
from devdash.store.errors import StoreError
from devdash.store.plain import entries, printable, reason
from devdash.store.runs import is_name, layers, odd_folders, run_facts
from devdash.store.schema import TABLES
from devdash.store.shards import table_files
from devdash.store.validate import WORDS, Sieve, misfits, repeated

MAY_LACK = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}  # types that stay, values or none


def faults(folder: Path) -> list[str]:
    """What keeps a run folder from being shown whole; empty where nothing does."""
    if not folder.is_dir():
        return [f"{folder}: no such folder; give a run folder, such as devdash-data/runs/my-run"]
    name = folder.resolve().name
    odd = []
    if not is_name(name):
        odd.append(
            f"the folder's name {name!r}: small letters, digits, '.', '_' and '-' are allowed, at most 100, "
            "no two dots together"
        )
    try:
        run_facts(folder)
    except StoreError as error:
        odd.append(str(error))
    odd += [f"{part}: no folder, or a link to nothing" for part in odd_folders(folder)]
    try:
        return odd + list(_tables(folder))
    except OSError as error:
        return [*odd, f"a folder of it cannot be looked at: {reason(error)}"]


def _tables(folder: Path) -> Iterator[str]:
    yield from _foreign(folder)
    present = {name: table_files(folder, name) for name in TABLES if name != "run"}
    if not any(present.values()):
        yield "no table: one Parquet file for each, such as metric.parquet or llc.parquet"
    for name, files in present.items():
        for file in files:
            yield from (f"{printable(file.name)}: {fault}" for fault in _table(TABLES[name], file))


def _foreign(folder: Path) -> Iterator[str]:
    """Parquet files that are of no table."""
    for layer in layers(folder):
        for name in (Path(entry.name) for entry in entries(layer)):
            if name.suffix == ".parquet" and (name.stem not in TABLES or name.stem == "run"):
                stem = printable(name.stem)
                yield f"{stem}.parquet: there is no table {stem!r}; {near(stem, TABLES)}"


def _table(table: Table, file: Path) -> Iterator[str]:
    """What is wrong with a file: with its columns, or else with single rows."""
    try:
        with parquet.opened(file) as opened:
            odd = misfits(table, opened.schema_arrow, table.columns[1:])
            yield from odd
            if not odd:
                sieve, hashes = Sieve(table), []
                for batch in parquet.batches(opened):
                    hashes.append(_hashed(table, sieve.rows(batch)))
                yield from sieve.faults()
                yield from _repeated(table, opened, np.concatenate([np.empty(0, np.uint64), *hashes]))
    except (StoreError, OSError) as error:
        yield str(error)


def _hashed(table: Table, rows: pa.Table) -> np.ndarray:
    """A number for each row, the same where rows are the same in what tells them apart, (row,)."""
    told_apart = rows.select(_present(table, rows)).to_pandas(types_mapper=MAY_LACK.get)
    return pd.util.hash_pandas_object(told_apart, index=False).to_numpy()


def _present(table: Table, rows: pa.Table) -> list[str]:
    return [name for name in table.told_apart_by() if name in rows.column_names]


def _repeated(table: Table, file, hashes: np.ndarray) -> Iterator[str]:
    """What is said of rows that stand twice. Their hashes alone are kept: a file may be large."""
    values, first, counts = np.unique(hashes, return_index=True, return_counts=True)
    if len(values) == len(hashes) or (not table.key and counts.min() == 1):  # see devdash.store.repeats
        return
    place, sieve = first[counts > 1][0], Sieve(table)
    for batch in parquet.batches(file):
        rows = sieve.rows(batch)
        if place < len(rows):
            (example,) = rows.slice(place, 1).select(_present(table, rows)).to_pylist()
            yield repeated(len(hashes) - len(values), example, counts[counts > 1][0])
            return
        place -= len(rows)


def rows_of(table: str) -> str:
    """What there is a row for, in a sentence."""
    key = TABLES[table].key
    return f"One row for each {', '.join(key)}." if key else "A row may be there twice, but not each of them."


def columns_of(table: str) -> list[tuple[str, str, str]]:
    """Name, kind and meaning of each column that a file of a table has."""
    return [
        (column.name, WORDS[column.type] + _liberty(column), column.label)
        for column in TABLES[table].columns
        if column.name != "run"
    ]


def _liberty(column: Column) -> str:
    if column.default is not None:
        return ", may be left out"
    return ", may be empty" if column.empty else ""
