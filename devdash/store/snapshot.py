"""Publishing all runs to one DuckDB file, and opening it read-only.

The file's name holds the fingerprint of the run folders, so "is it up to date?" is a comparison of
names. A reader never sees a file change: each publication is a new file, and the one-line file
CURRENT is swapped to it last. The last two are kept for sessions that still read.
"""

import functools
import hashlib
import re
import shutil
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from devdash.store.build import bring_up, create
from devdash.store.errors import StoreError
from devdash.store.folders import SCHEMA, digest, states
from devdash.store.place import snapshot_folder
from devdash.store.plain import read_plain, reason
from devdash.store.runs import clear_temporary, replacing

SNAPSHOT_NAME = re.compile(r"^devdash-[0-9a-f]{16}\.duckdb$")
WAIT_S = 120
WRITER = {"memory_limit": "256MB", "threads": "1"}
READER = {
    "memory_limit": "1GB",
    "max_temp_directory_size": "0B",
    "enable_external_access": "false",
    "lock_configuration": "true",
}
WASTE = 0.5  # share of a file that may lie free before it is written anew


def current(data: Path) -> Path | None:
    """The snapshot that CURRENT names, if it is there."""
    folder = snapshot_folder(data)
    try:
        name = read_plain(folder / "CURRENT", 100).decode("utf-8").strip()
    except (OSError, StoreError, UnicodeDecodeError):
        return None
    path = folder / name if SNAPSHOT_NAME.match(name) else None
    return path if path and path.is_file() else None


def publish(data: Path, force: bool = False, wait: bool = False) -> Path:
    """Bring a snapshot up to all runs and swap CURRENT to it. Returns its path.

    Nothing is built where CURRENT is up to date, unless force is set: then all runs are read again. Where
    another process is publishing, its snapshot or the one before is taken, unless wait is set: for what is
    done once, and not again a moment later.
    """
    folder = snapshot_folder(data)
    present = current(data)
    lock = FileLock(folder / ".publish.lock")
    try:
        lock.acquire(timeout=0 if present and not (force or wait) else WAIT_S)
    except Timeout:
        if present and not wait:
            return present
        raise StoreError(f"another process has been publishing to {folder} for {WAIT_S} s") from None
    except OSError as error:
        raise StoreError(f"cannot write {lock.lock_file}: {reason(error)}. Permit writing there") from None
    try:
        clear_temporary(folder, "devdash-*")
        clear_temporary(folder, "CURRENT*")
        present = current(data)
        try:
            folders = states(data)
        except OSError as error:
            raise StoreError(f"{data / 'runs'} cannot be looked at: {reason(error)}") from None
        target = folder / f"devdash-{digest(folders)}.duckdb"
        if present == target and not force:
            return target
        _build(folders, target, None if force else present)
        with replacing(folder / "CURRENT") as temporary:
            temporary.write_text(target.name + "\n", encoding="utf-8")
        _forget(folder, {target, present})
        return target
    finally:
        lock.release()


def _build(folders: dict[Path, str], target: Path, base: Path | None) -> None:
    """Write the snapshot, from the one before with what changed, else from the run folders alone."""
    with replacing(target) as temporary:
        try:
            if base is None or not _changed_copy(base, folders, temporary):
                temporary.unlink(missing_ok=True)
                _fill(temporary, folders)
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise OSError(reason(error)) from error
        finally:
            temporary.with_name(temporary.name + ".wal").unlink(missing_ok=True)
            shutil.rmtree(f"{temporary}.spill", ignore_errors=True)


def _changed_copy(base: Path, folders: dict[Path, str], temporary: Path) -> bool:
    """Copy the snapshot before and take in what changed; False where it cannot serve."""
    try:
        shutil.copyfile(base, temporary)
        return _fill(temporary, folders)
    except duckdb.Error:  # damaged, or of another version
        return False


def _fill(file: Path, folders: dict[Path, str]) -> bool:
    """Bring a database file up to the run folders; False where it has other tables, or lies half empty."""
    quoted = str(file).replace("'", "''")
    with duckdb.connect(config=WRITER | {"temp_directory": f"{file}.spill"}) as connection:
        is_new = not file.exists()
        connection.execute(f"ATTACH '{quoted}' AS out (STORAGE_VERSION 'v1.5.0')")
        if is_new:
            create(connection)
        elif connection.execute("SELECT schema FROM out.made_by").fetchall() != [(SCHEMA,)]:
            return False
        bring_up(connection, folders)
        connection.execute("CHECKPOINT out")
        is_good = is_new or not _wastes(connection)
        connection.execute("DETACH out")
        return is_good


def _wastes(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether much of the file is free: rows were taken away from it again and again."""
    total, free = connection.execute(
        "SELECT total_blocks, free_blocks FROM pragma_database_size() WHERE database_name = 'out'"
    ).fetchone()
    return free > 64 and free > WASTE * total


def _forget(folder: Path, kept: set[Path | None]) -> None:
    """Remove snapshots other than the current and the previous one."""
    for path in folder.glob("devdash-*.duckdb"):
        if path not in kept:
            path.unlink(missing_ok=True)


class Snapshot:
    """One published file, opened read-only and locked: no other file can be reached through it."""

    def __init__(self, path: Path):
        self.path, self.id = path, path.stem.removeprefix("devdash-")
        try:
            self._connection = duckdb.connect(str(path), read_only=True, config=READER)
            self._connection.execute("SELECT count(*) FROM run").fetchall()
        except (duckdb.Error, OSError) as error:
            if "Could not set lock" in str(error):
                raise OpenElsewhere(
                    f"snapshot {path.name} is open for writing in another program: close it there"
                ) from None
            raise StoreError(f"snapshot {path.name} is damaged ({reason(error)})") from None

    def rows(self, sql: str, values: list):
        """Run a query with bound values in a cursor of its own. Returns a DataFrame.

        Raises StoreError where the rows need more memory than a reader may take.
        """
        try:
            with self._connection.cursor() as cursor:
                return cursor.execute(sql, values).df()
        except duckdb.OutOfMemoryException:
            raise StoreError(
                f"these rows need more than the {READER['memory_limit']} of memory that a reader may take; "
                "is a table of this run larger than it should be?"
            ) from None

    def version_of(self, run: str) -> str:
        """What changes whenever rows do that the pages of a run may show: its own, or those of a run that is
        not being written. So a run that trains leaves what was fetched for the others as it is."""
        return self._versions.get(run, self.id)

    @functools.cached_property
    def _versions(self) -> dict[str, str]:
        rows = self.rows(
            "SELECT run, state, coalesce(status = 'running', false) AS is_live "
            "FROM seen LEFT JOIN run USING (run) ORDER BY run",
            [],
        )
        live = rows["is_live"]
        ended = _digest(rows[~live])
        return dict.fromkeys(rows["run"][~live], ended) | {
            row["run"]: f"{ended} {row['state']}" for row in rows[live].to_dict("records")
        }

    def close(self) -> None:
        self._connection.close()


def _digest(rows) -> str:
    """Of runs and their states."""
    return hashlib.sha256("\n".join(rows["run"] + "/" + rows["state"]).encode()).hexdigest()[:16]


class OpenElsewhere(StoreError):
    """The snapshot is whole, and locked by another program."""
