"""Where snapshots lie."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from devdash.store.errors import StoreError
from devdash.store.plain import reason


def snapshot_folder(data: Path) -> Path:
    """The data folder, or a private temporary one where that is read-only; it is made where it is not there.

    DuckDB takes a "?" in a path for the beginning of options, and puts its log elsewhere: temporary too.
    Raises StoreError where it cannot be made, and where someone else could write to the temporary one.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError:
        return _temporary(data)
    usable = os.access(data, os.W_OK | os.X_OK) and "?" not in str(data.resolve())
    return data if usable else _temporary(data)


def _temporary(data: Path) -> Path:
    tag = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"devdash-{os.getuid()}-{tag}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.lstat()
    except OSError as error:
        raise StoreError(f"cannot make {folder} for snapshots: {reason(error)}") from None
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise StoreError(
            f"{folder} is not a folder that only you can use, so snapshots in it cannot be trusted: remove "
            "it, or permit writing to the data folder"
        )
    return folder
