"""Publishing all runs to one DuckDB file, and opening it read-only.

The file's name holds the fingerprint of the run folders, so "is it up to date?" is a comparison of
names. A reader never sees a file change: each publication is a new file, and the one-line file
CURRENT is swapped to it last. The last two are kept for sessions that still read.
"""

import hashlib
import os
import re
import tempfile
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from devdash.store.build import fill
from devdash.store.runs import StoreError, clear_temporary, layers, replacing
from devdash.store.schema import TABLES

SNAPSHOT_NAME = re.compile(r"^devdash-[0-9a-f]{16}\.duckdb$")
KEPT = 2
WAIT_S = 120


def fingerprint(data: Path) -> str:
    """16 hex digits that change whenever a run is added, removed, continued or finished, or a table is."""
    digest = hashlib.sha256(repr(TABLES).encode())
    runs = data / "runs"
    for folder in sorted(runs.iterdir()) if runs.is_dir() else []:
        if folder.is_dir() and not folder.name.startswith("."):
            for layer in layers(folder):
                for path in (layer, *sorted(layer.iterdir()), layer / "parts/done", layer / "parts/failure"):
                    digest.update(_state(folder, path))
    return digest.hexdigest()[:16]


def _state(folder: Path, path: Path) -> bytes:
    if path.name.startswith(".") or path == folder:
        return folder.name.encode()
    try:
        stat = path.stat()
    except OSError:
        return b""
    size = 0 if path.is_dir() else stat.st_size
    return f"{path.relative_to(folder)} {size} {stat.st_mtime_ns}".encode()


def snapshot_folder(data: Path) -> Path:
    """Where snapshots lie: the data folder, or a temporary one where that is read-only."""
    if os.access(data, os.W_OK):
        return data
    tag = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"devdash-{os.getuid()}-{tag}"


def current(data: Path) -> Path | None:
    """The snapshot that CURRENT names, if it is there."""
    folder = snapshot_folder(data)
    try:
        name = (folder / "CURRENT").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    path = folder / name if SNAPSHOT_NAME.match(name) else None
    return path if path and path.exists() else None


def publish(data: Path, force: bool = False) -> Path:
    """Build a snapshot of all runs and swap CURRENT to it. Returns its path.

    Nothing is built where CURRENT is up to date, unless force is set. Where another process is
    publishing, its snapshot or the one before is taken.
    """
    folder = snapshot_folder(data)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".publish.lock")
    present = current(data)
    try:
        lock.acquire(timeout=0 if present and not force else WAIT_S)
    except Timeout:
        if present:
            return present
        raise StoreError(f"another process has been publishing to {folder} for {WAIT_S} s") from None
    try:
        clear_temporary(folder, "devdash-*")
        clear_temporary(folder, "CURRENT*")
        target = folder / f"devdash-{fingerprint(data)}.duckdb"
        present = current(data)
        if present == target and not force:
            return target
        _build(data, target)
        with replacing(folder / "CURRENT") as temporary:
            temporary.write_text(target.name + "\n", encoding="utf-8")
        _forget(folder, {target, present})
        return target
    finally:
        lock.release()


def _build(data: Path, target: Path) -> None:
    with replacing(target) as temporary:
        temporary.unlink(missing_ok=True)
        quoted = str(temporary).replace("'", "''")
        try:
            with duckdb.connect() as connection:
                connection.execute(f"ATTACH '{quoted}' AS out (STORAGE_VERSION 'v1.5.0')")
                fill(connection, data)
                connection.execute("DETACH out")
        except duckdb.IOException as error:
            raise OSError(_first_line(error)) from error
        finally:
            temporary.with_name(temporary.name + ".wal").unlink(missing_ok=True)


def _forget(folder: Path, kept: set[Path | None]) -> None:
    """Remove snapshots other than the current and the previous one."""
    for path in folder.glob("devdash-*.duckdb"):
        if path not in kept:
            path.unlink(missing_ok=True)


class Snapshot:
    """One published file, opened read-only and locked: no other file can be reached through it."""

    def __init__(self, path: Path):
        self.path, self.id = path, path.stem.removeprefix("devdash-")
        settings = {"enable_external_access": "false", "lock_configuration": "true"}
        try:
            self._connection = duckdb.connect(str(path), read_only=True, config=settings)
            self._connection.execute("SELECT count(*) FROM run").fetchall()
        except (duckdb.Error, OSError) as error:
            raise StoreError(f"snapshot {path.name} is damaged ({_first_line(error)})") from None

    def rows(self, sql: str, values: list):
        """Run a query with bound values in a cursor of its own. Returns a DataFrame."""
        with self._connection.cursor() as cursor:
            return cursor.execute(sql, values).df()

    def close(self) -> None:
        self._connection.close()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200]
