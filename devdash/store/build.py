"""Bringing a snapshot up to the run folders: what changed is read again, the rest stays as it is.

Each run is read behind one guard, in one transaction: whatever is wrong with it, the others stand. What
cannot be shown is named in the table `problem`.
"""

import json
import math
from pathlib import Path

import duckdb

from devdash.store import metric_series, parquet, repeats
from devdash.store.errors import StoreError
from devdash.store.folders import SCHEMA, file_state
from devdash.store.plain import printable, reason
from devdash.store.runs import is_name, odd_folders, run_facts
from devdash.store.schema import TABLES, Table
from devdash.store.shards import table_files
from devdash.store.validate import Sieve, leading, misfits

ABOUT_RUN = "run.json"


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """All tables, empty, in the attached database `out`."""
    connection.begin()
    for table in TABLES.values():
        columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
        connection.execute(f"CREATE TABLE out.{table.name} ({columns})")
    connection.execute(f"CREATE TABLE out.{metric_series.NAME} ({metric_series.COLUMNS})")
    connection.execute("CREATE TABLE out.problem (run VARCHAR, part VARCHAR, file VARCHAR, message VARCHAR)")
    connection.execute("CREATE TABLE out.seen (run VARCHAR, state VARCHAR)")
    connection.execute("CREATE TABLE out.source (run VARCHAR, part VARCHAR, file VARCHAR, state VARCHAR)")
    connection.execute("CREATE TABLE out.made_by (schema VARCHAR)")
    connection.execute("INSERT INTO out.made_by VALUES (?)", [SCHEMA])
    connection.commit()


def bring_up(connection: duckdb.DuckDBPyConnection, folders: dict[Path, str]) -> None:
    """Take in the runs whose state is another than in `out`, and take away those that are gone."""
    seen = dict(connection.execute("SELECT run, state FROM out.seen").fetchall())
    names = {printable(folder.name) for folder in folders}
    for run in seen.keys() - names:
        connection.begin()
        _forget_run(connection, run)
        connection.commit()
    for folder, state in folders.items():
        if seen.get(printable(folder.name)) != state:
            _guarded(connection, folder, state)


def _guarded(connection, folder: Path, state: str) -> None:
    """Read one run; of one that cannot be read nothing is left but why."""
    run = printable(folder.name)
    connection.begin()
    try:
        _run(connection, folder)
    except Exception as error:  # whatever it is: the other runs are not to go with this one
        connection.rollback()
        connection.begin()
        _forget_run(connection, run)
        message = str(error) if isinstance(error, StoreError) else f"cannot be read: {reason(error)}"
        _problem(connection, run, ABOUT_RUN, ABOUT_RUN, message)
    connection.execute("DELETE FROM out.seen WHERE run = ?", [run])
    connection.execute("INSERT INTO out.seen VALUES (?, ?)", [run, state])
    connection.commit()


def _run(connection, folder: Path) -> None:
    if not is_name(folder.name):
        raise StoreError(f"folder {printable(folder.name)[:80]!r} is no run name: small letters and digits")
    run = folder.name
    row = run_row(run, run_facts(folder))
    for table in ("run", "problem"):
        where = "" if table == "run" else f" AND part = '{ABOUT_RUN}'"
        connection.execute(f"DELETE FROM out.{table} WHERE run = ?{where}", [run])
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO out.run ({names}) VALUES ({marks})", list(row.values()))
    for name in odd_folders(folder):
        _problem(connection, run, ABOUT_RUN, name, "no folder, or a link to nothing: what it held is missing")
    rows = connection.execute("SELECT part, file, state FROM out.source WHERE run = ?", [run]).fetchall()
    before = {name: {file: state for part, file, state in rows if part == name} for name in TABLES}
    for table in TABLES.values():
        if table.name != "run":
            _table(connection, folder, table, before[table.name])
    metric_series.renew(connection, run)


def run_row(run: str, content: dict) -> dict:
    """The row of table `run` that a run.json stands for."""
    config = _json(content["config"])
    plain = ("experiment", "preset", "title", "seed", "parameters", "created_at", "finished_at", "status")
    row = {"run": run, "config": config} | {name: content.get(name) for name in plain}
    provenance = {k: v for k, v in content.items() if k not in (*plain, "config")}
    return row | {"provenance": _json(provenance)}


def _json(content: object) -> str:
    """JSON that the database reads: halves of a character, NaN and ∞, which it refuses, are words."""
    return json.dumps(_storable(content), sort_keys=True)


def _storable(value: object) -> object:
    if isinstance(value, dict):
        return {printable(name): _storable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_storable(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return printable(value) if isinstance(value, str) else value


def _table(connection, folder: Path, table: Table, before: dict[str, str]) -> None:
    """Read the files of a table that are new; where one was changed or taken away, all of them."""
    run = folder.name
    try:
        paths = {printable(str(path.relative_to(folder))): path for path in table_files(folder, table.name)}
    except OSError as error:
        _forget_table(connection, run, table.name)
        _problem(connection, run, table.name, table.name, f"cannot be looked at: {reason(error)}")
        _note(connection, run, table.name, table.name, "")
        return
    present = {file: file_state(path) for file, path in paths.items()}
    if present == before:
        return
    if not before.items() <= present.items():
        _forget_table(connection, run, table.name)
        before = {}
    last = None
    if before:
        (last,) = connection.execute(f"SELECT max(rowid) FROM out.{table.name}").fetchone()
    for file in (file for file in present if file not in before):
        _file(connection, run, table, file, paths[file])
        _note(connection, run, table.name, file, present[file])
    if message := repeats.drop(connection, run, table, last):
        _problem(connection, run, table.name, f"{table.name}.parquet", message)


def _file(connection, run: str, table: Table, label: str, path: Path) -> None:
    """Add the rows of a file, and name what is wrong with it. Of a damaged one nothing is taken."""
    try:
        with parquet.opened(path) as file:
            odd = misfits(table, file.schema_arrow, leading(table))
            if odd:
                raise StoreError(f"not a {table.name} table of this version: {'; '.join(odd)[:1000]}")
            if file.metadata.num_row_groups > 1 or file.metadata.num_rows > parquet.BATCH:
                trial = Sieve(table)  # before any of it is taken
                for batch in parquet.batches(file):
                    trial.rows(batch)
            sieve = Sieve(table)
            for batch in parquet.batches(file):
                _insert(connection, run, table, sieve.rows(batch))
    except duckdb.Error:
        raise
    except Exception as error:  # whatever it is: the other tables are not to go with this one
        message = str(error) if isinstance(error, StoreError) else f"cannot be read: {reason(error)}"
        _problem(connection, run, table.name, label, message)
        return
    for fault in sieve.faults():
        _problem(connection, run, table.name, label, fault)


def _insert(connection, run: str, table: Table, rows) -> None:
    """Add rows, the default or NULL in columns that they lack. The run's name is the folder's."""
    columns = rows.column_names
    filled = {c.name: c.default for c in table.columns if c.default is not None and c.name not in columns}
    names, marks = ", ".join(("run", *filled, *columns)), ", ".join("?" * (1 + len(filled)))
    connection.execute(
        f"INSERT INTO out.{table.name} ({names}) SELECT {marks}, {', '.join(columns)} FROM rows",
        [run, *filled.values()],
    )


def _forget_run(connection, run: str) -> None:
    for table in (*TABLES, metric_series.NAME, "problem", "seen", "source"):
        connection.execute(f"DELETE FROM out.{table} WHERE run = ?", [run])


def _forget_table(connection, run: str, table: str) -> None:
    connection.execute(f"DELETE FROM out.{table} WHERE run = ?", [run])
    for notes in ("problem", "source"):
        connection.execute(f"DELETE FROM out.{notes} WHERE run = ? AND part = ?", [run, table])


def _note(connection, run: str, part: str, file: str, state: str) -> None:
    """Remember a file that was read, and its state."""
    connection.execute("INSERT INTO out.source VALUES (?, ?, ?, ?)", [run, part, file, state])


def _problem(connection, run: str, part: str, file: str, message: str) -> None:
    connection.execute("INSERT INTO out.problem VALUES (?, ?, ?, ?)", [run, part, file, message])
