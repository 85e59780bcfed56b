"""What lies in the run folders, told by names, sizes and times, so that only what changed is read again."""

import hashlib
import os
from pathlib import Path

from devdash.store import metric_series
from devdash.store.plain import entries, printable, reason
from devdash.store.runs import MEASURED
from devdash.store.schema import TABLES

SCHEMA = hashlib.sha256(f"{TABLES} {metric_series.COLUMNS}".encode()).hexdigest()[:16]


def states(data: Path) -> dict[Path, str]:
    """Each folder of data/runs → what changes whenever it is continued or finished, or a table of it is.

    A link to nothing counts as a folder, so that it is named rather than passed over. OSError: data/runs
    cannot be looked at.
    """
    folders = (entry for entry in entries(data / "runs") if not entry.name.startswith("."))
    return {Path(entry.path): _state(Path(entry.path)) for entry in folders if _may_be_run(entry)}


def fingerprint(data: Path) -> str:
    """16 hex digits that change whenever a run is added, removed, continued or finished, or a table is."""
    return digest(states(data))


def digest(present: dict[Path, str]) -> str:
    """The fingerprint of folders in these states."""
    whole = hashlib.sha256(SCHEMA.encode())
    for folder, state in present.items():
        whole.update(os.fsencode(folder.name) + b"/" + state.encode() + b"\n")
    return whole.hexdigest()[:16]


def file_state(path: Path | os.DirEntry) -> str:
    """Size and times of a file (content and permissions), "gone" where it cannot be looked at."""
    try:
        stat = path.stat()
    except OSError:
        return "gone"
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}"


def _may_be_run(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir() or (entry.is_symlink() and not Path(entry.path).exists())
    except OSError:  # a link in a circle, or into a folder that may not be looked at
        return True


def _state(folder: Path) -> str:
    whole = hashlib.sha256()
    for layer in (folder, folder / MEASURED):
        try:
            for entry in entries(layer):
                if not entry.name.startswith("."):
                    whole.update(
                        f"{printable(layer.name)} {printable(entry.name)} {file_state(entry)}\n".encode()
                    )
            for entry in entries(layer / "parts"):
                if entry.name in ("done", "failure"):
                    whole.update(file_state(entry).encode())
                else:
                    whole.update(f"{printable(entry.name)} {entry.stat().st_mode}".encode())
        except OSError as error:
            whole.update(reason(error).encode())
    return whole.hexdigest()[:16]
