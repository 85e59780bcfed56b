"""Opening files that others wrote: plain ones of a bounded size, so that none hangs or fills memory."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from devdash.store.errors import StoreError

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_plain(path: Path, limit: int) -> BinaryIO:
    """A plain file, or a link to one, of at most so many bytes, opened for reading.

    Raises FileNotFoundError where there is nothing of the name, StoreError with the reason else. Opening
    waits for nobody, as that of a pipe would.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        if not path.is_symlink():
            raise
        raise StoreError(
            f"{printable(path.name)} is a link to nothing: copy the file that was meant"
        ) from None
    except (OSError, ValueError) as error:
        raise StoreError(f"{printable(path.name)} cannot be opened: {reason(error)}") from None
    odd = _odd(os.fstat(handle), limit)
    if odd:
        os.close(handle)
        raise StoreError(f"{printable(path.name)} {odd}")
    return os.fdopen(handle, "rb")


def _odd(state: os.stat_result, limit: int) -> str:
    """Why a file is not read; empty where it is."""
    if not stat.S_ISREG(state.st_mode):
        return f"is {_kind(state.st_mode)}, expected a plain file"
    if state.st_size > limit:
        return f"has {state.st_size:,} bytes, at most {limit:,} are read: split or shorten it"
    return ""


def read_plain(path: Path, limit: int) -> bytes:
    """The content of a plain file of at most so many bytes, errors as those of open_plain."""
    with open_plain(path, limit) as handle:
        return handle.read(limit)


def entries(folder: Path) -> Iterator[os.DirEntry]:
    """What lies in a folder, by name; nothing where nothing has its name. Raises OSError if it cannot be
    looked at: it may not be read, or is a link to nothing, or no folder."""
    try:
        with os.scandir(folder) as scan:
            yield from sorted(scan, key=lambda entry: entry.name)
    except FileNotFoundError:
        if folder.is_symlink():
            raise


def printable(name: str) -> str:
    """A file's name as it can be shown and stored: bytes that are no UTF-8 as \\udc80 and the like."""
    return name.encode("utf-8", "backslashreplace").decode()


def reason(error: Exception) -> str:
    """What the system says of a fault, without the path, in one line that can be shown and stored."""
    words = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    return printable(words.splitlines()[0][:200])


def _kind(mode: int) -> str:
    return next((name for is_one, name in KINDS if is_one(mode)), "no file")
