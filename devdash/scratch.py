"""Temporary folders that are cleared by the next start where their owner was killed."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

_held: dict[Path, FileLock] = {}


def folder(kind: str) -> Path:
    """A new folder of this process, which goes when it ends; those of its kind that nobody holds go now.

    Who is there still is asked of a lock in the folder, which the system takes from a process that ends.
    """
    for left in _mine(kind):
        _clear(left)
    made = Path(tempfile.mkdtemp(prefix=_prefix(kind)))
    _held[made] = FileLock(made / "owner.lock")
    _held[made].acquire()
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def clear(made: Path) -> None:
    """Remove a folder of this process before it ends."""
    _held.pop(made).release()
    shutil.rmtree(made, ignore_errors=True)


def _prefix(kind: str) -> str:
    return f"devdash-{kind}-"


def _mine(kind: str) -> list[Path]:
    """Folders of a kind that this user made."""
    folders = Path(tempfile.gettempdir()).glob(f"{_prefix(kind)}*")
    return [path for path in folders if path.is_dir() and path.stat().st_uid == os.getuid()]


def _clear(left: Path) -> None:
    try:
        with FileLock(left / "owner.lock", timeout=0):
            shutil.rmtree(left, ignore_errors=True)
    except Timeout:
        return
