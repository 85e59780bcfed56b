"""Writing a run: one Parquet shard per task and table, a marker when the task is whole, compaction.

A task is done when its marker exists, and the marker is written after all of its shards; so a kill
at any moment leaves whole tasks and nothing else that counts.
"""

import glob
import os
import shutil
from pathlib import Path
from urllib.parse import quote, unquote

import pandas as pd
import pyarrow as pa
from filelock import FileLock, Timeout

from devdash.store import parquet
from devdash.store.errors import StoreError
from devdash.store.heartbeat import Heartbeat
from devdash.store.plain import entries
from devdash.store.runs import MEASURED, clear_temporary, is_finished, layers, replacing, write_json
from devdash.store.schema import TABLES, table_named


class Shards:
    """What jobs of one run write, from any process or machine that reaches its folder.

    Each file takes its place whole, and one key's content is the same whoever writes it: two that do the
    same job, or many that do different ones, lose nothing to each other.
    """

    def __init__(self, folder: Path):
        self.folder, self.run = folder, folder.parent.name if folder.name == MEASURED else folder.name
        self.parts = folder / "parts"

    def done(self) -> set[str]:
        """Keys of the tasks that are whole."""
        return {unquote(path.name.removesuffix(".json")) for path in self.parts.glob("done/*.json")}

    def failed(self) -> set[str]:
        """Keys of the tasks that failed."""
        return {unquote(path.name.removesuffix(".parquet")) for path in self.parts.glob("failure/*.parquet")}

    def is_done(self, key: str) -> bool:
        """Whether a task is whole, or all of the run is."""
        return self._marker(key).exists() or is_finished(self.folder)

    def write_task(self, key: str, tables: dict[str, pd.DataFrame], wall_s: float) -> None:
        """Write all tables of a task, then its marker."""
        prepared = {name: to_arrow(name, frame, self.run) for name, frame in tables.items()}
        for name, table in prepared.items():
            write_parquet(self._shard(name, key), table)
        self.forget_failure(key)
        write_json(self._marker(key), {"key": key, "tables": sorted(tables), "wall_s": round(wall_s, 3)})

    def write_failure(self, key: str, message: str) -> None:
        """Record that a task failed; it will be tried again on the next start."""
        frame = pd.DataFrame({"task": [key], "message": [message]})
        write_parquet(self._shard("failure", key), to_arrow("failure", frame, self.run))

    def failure(self, key: str) -> str | None:
        """The message of a task that failed."""
        try:
            return parquet.read(self._shard("failure", key)).column("message")[0].as_py()
        except FileNotFoundError:
            return None

    def forget_failure(self, key: str) -> None:
        """Take away the record of an earlier failure."""
        self._shard("failure", key).unlink(missing_ok=True)

    def _marker(self, key: str) -> Path:
        return self.parts / "done" / f"{file_name(key)}.json"

    def _shard(self, table: str, key: str) -> Path:
        return self.parts / table / f"{file_name(key)}.parquet"


class RunWriter(Shards):
    """The one process that carries a run through; use as a context manager.

    It holds the folder's lock and keeps its heartbeat, and alone joins and clears what jobs wrote.
    """

    def __init__(self, folder: Path):
        super().__init__(folder)
        self._lock, self._heartbeat = FileLock(folder / ".lock"), Heartbeat(folder)

    def __enter__(self) -> "RunWriter":
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise StoreError(
                f"run {self.run} is being written by another process; wait for it or stop it, "
                "then start again"
            ) from None
        clear_temporary(self.folder)
        self._heartbeat.start()
        return self

    def __exit__(self, *_) -> None:
        self._heartbeat.stop()
        self._lock.release()

    def compact(self, keys: list[str]) -> None:
        """Join the shards of every table, in the order of keys, into one file per table."""
        for name in TABLES:
            shards = [self._shard(name, key) for key in keys if self._shard(name, key).exists()]
            if shards:
                joined = pa.concat_tables(map(parquet.read, shards), promote_options="default")
                write_parquet(self.folder / f"{name}.parquet", joined)

    def reopen(self, key: str) -> None:
        """Let a compacted run go on: each of its tables becomes the shard of a task `key`."""
        compacted = [name for name in TABLES if (self.folder / f"{name}.parquet").exists()]
        if compacted:
            write_json(self._marker(key), {"key": key, "tables": compacted})
        for name in compacted:
            shard = self._shard(name, key)
            shard.parent.mkdir(parents=True, exist_ok=True)
            (self.folder / f"{name}.parquet").replace(shard)

    def forget(self, key: str) -> None:
        """Take away what a task wrote; it counts as not done."""
        self._marker(key).unlink(missing_ok=True)
        for path in self.parts.glob(f"*/{glob.escape(file_name(key))}.parquet"):
            path.unlink(missing_ok=True)

    def uncompact(self) -> None:
        """Remove the joined tables of a run whose shards are still there."""
        for name in TABLES:
            (self.folder / f"{name}.parquet").unlink(missing_ok=True)

    def clear_parts(self) -> None:
        """Remove the shards, once run.json says that the run is finished."""
        shutil.rmtree(self.parts, ignore_errors=True)


def file_name(key: str) -> str:
    """A task key as a file name: reversible, and safe on every file system."""
    return quote(key, safe=" =,")


def table_files(folder: Path, table: str) -> list[Path]:
    """Where a run's table lies: the compacted file, or the shards of a run in progress; and what was
    measured of a recorded run. Raises OSError where that cannot be looked at."""
    files = []
    for layer in layers(folder):
        compacted = layer / f"{table}.parquet"
        part = layer / "parts" / table
        if os.path.lexists(compacted):
            files.append(compacted)
        elif part.parent.is_dir():
            files += [part / entry.name for entry in entries(part) if entry.name.endswith(".parquet")]
    return files


def read_table(folder: Path, table: str) -> pd.DataFrame:
    """A table of a run folder, finished or not, as a DataFrame; empty if there are no rows."""
    files = table_files(folder, table)
    if not files:
        return TABLES[table].arrow().empty_table().to_pandas()
    return pa.concat_tables(map(parquet.read, files), promote_options="default").to_pandas()


def to_arrow(name: str, frame: pd.DataFrame, run: str) -> pa.Table:
    """A DataFrame as the table's exact columns and types, with `run` added."""
    table = table_named(name)
    wanted = table.names()[1:]
    defaults = {c.name: c.default for c in table.columns if c.default is not None}
    frame = frame.assign(**{column: v for column, v in defaults.items() if column not in frame})
    columns = set(frame.columns) - {"run"}
    if columns != set(wanted):
        missing, extra = sorted(set(wanted) - columns), sorted(columns - set(wanted))
        raise StoreError(f"table {name}: columns missing {missing}, not known {extra}")
    frame = frame.assign(run=run)[table.names()]
    try:
        return pa.Table.from_pandas(frame, schema=table.arrow(), preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise StoreError(f"table {name}: a value does not fit its column ({error})") from None


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write whole or not at all."""
    with replacing(path) as temporary:
        parquet.write(temporary, table)
