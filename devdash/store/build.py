"""Filling a new snapshot from run folders. What cannot be read is named in the table `problem`."""

import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from devdash.store.columns import REAL
from devdash.store.runs import RUN_NAME, StoreError, run_facts
from devdash.store.schema import TABLES, Table
from devdash.store.shards import table_files


def fill(connection: duckdb.DuckDBPyConnection, data: Path) -> None:
    """Create all tables in the attached database `out` and fill them from data/runs."""
    for table in TABLES.values():
        columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
        connection.execute(f"CREATE TABLE out.{table.name} ({columns})")
    connection.execute("CREATE TABLE out.problem (run VARCHAR, file VARCHAR, message VARCHAR)")
    runs = data / "runs"
    for folder in sorted(runs.iterdir()) if runs.is_dir() else []:
        if folder.is_dir() and not folder.name.startswith("."):
            _add_run(connection, folder)
    sort_metrics(connection)


def sort_metrics(connection: duckdb.DuckDBPyConnection) -> None:
    """Order the largest table by metric, so that one metric of all runs lies together on disk."""
    connection.execute(
        "CREATE TABLE out.sorted AS SELECT * FROM out.metric "
        "ORDER BY name, run, model, component, distribution, step"
    )
    connection.execute("DROP TABLE out.metric")
    connection.execute("ALTER TABLE out.sorted RENAME TO metric")


def _add_run(connection, folder: Path) -> None:
    try:
        if not RUN_NAME.match(folder.name):
            raise StoreError(f"folder {folder.name[:80]!r} is no run name: small letters and digits")
        row = run_row(folder.name, run_facts(folder))
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO out.run ({names}) VALUES ({marks})", list(row.values()))
    except (StoreError, duckdb.Error) as error:
        _problem(connection, folder, "run.json", str(error))
        return
    for table in TABLES.values():
        if table.name != "run":
            _add_table(connection, folder, table)


def run_row(run: str, content: dict) -> dict:
    """The row of table `run` that a run.json stands for."""
    config = json.dumps(content["config"], sort_keys=True)
    plain = ("experiment", "preset", "title", "seed", "parameters", "created_at", "finished_at", "status")
    row = {"run": run, "config": config} | {name: content.get(name) for name in plain}
    provenance = {k: v for k, v in content.items() if k not in (*plain, "config")}
    return row | {"provenance": json.dumps(provenance, sort_keys=True)}


def _add_table(connection, folder: Path, table: Table) -> None:
    good = {}
    for path in table_files(folder, table.name):
        try:
            good[path] = _columns(path, table)
        except StoreError as error:
            _problem(connection, folder, path.name, str(error))
    if good and not _insert(connection, folder, table, good):
        for path, columns in good.items():
            if not _insert(connection, folder, table, {path: columns}):
                _problem(connection, folder, path.name, "damaged inside: copy or compute it again")


def _insert(connection, folder: Path, table: Table, files: dict[Path, set[str]]) -> bool:
    """Add these files, the default or NULL in columns that they lack; False if one cannot be read.

    The run's name is the folder's.
    """
    written = set().union(*files.values())
    columns = ", ".join(name for name in table.names()[1:] if name in written)
    filled = {c.name: c.default for c in table.columns if c.default is not None and c.name not in written}
    names, marks = "".join(f"{name}, " for name in filled), "?, " * len(filled)
    try:
        connection.execute(
            f"INSERT INTO out.{table.name} (run, {names}{columns}) SELECT ?, {marks}{columns} "
            "FROM read_parquet(?, hive_partitioning = false, union_by_name = true)",
            [folder.name, *filled.values(), [str(path) for path in files]],
        )
    except duckdb.Error:
        return False
    return True


def _columns(path: Path, table: Table) -> set[str]:
    """The columns of a file. An older version may have written fewer than there are today, never
    more, and never without the leading ones, which say what a row is about, up to its first number."""
    try:
        columns = set(pq.read_schema(path).names)
    except (pa.ArrowException, OSError):
        raise StoreError(
            "no readable Parquet file (cut short or foreign): copy or compute it again"
        ) from None
    first_number = next((place for place, column in enumerate(table.columns) if column.type == REAL), 1)
    leading = table.columns[1 : first_number + 1]  # without the run, which the folder says
    needed = [column.name for column in leading if column.default is None]
    odd = sorted(columns - set(table.names())) + [name for name in needed if name not in columns]
    if odd:
        differing = ", ".join(odd)[:200]
        raise StoreError(f"not a {table.name} table of this version: columns {differing} differ")
    return columns


def _problem(connection, folder: Path, file: str, message: str) -> None:
    connection.execute("INSERT INTO out.problem VALUES (?, ?, ?)", [folder.name[:100], file, message])
