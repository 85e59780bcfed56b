"""The store: a folder of unpacked packages, `name_version` each, which `fetch` fills and nothing runs."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

STORE = ".corpus"  # in the working folder, unless DEVDASH_CORPUS names another


class NotThere(FileNotFoundError):
    """A package that is not in the store."""


def folder() -> Path:
    """The store's folder, which need not exist."""
    return Path(os.environ.get("DEVDASH_CORPUS", STORE))


def package(pattern: str) -> tuple[Path, str]:
    """Folder of a package, and its name with version. pattern: a name, as of the shell.

    Of several packages or versions that match, the last by name is taken. Raises NotThere.
    """
    matches = sorted(folder().glob(f"{pattern}_*"))
    if not matches:
        raise NotThere(f"{pattern} is not in {folder()}; `make corpus` fetches it")
    return matches[-1], matches[-1].name.replace("_", " ")


def texts(root: Path, *patterns: str) -> Iterator[tuple[Path, str]]:
    """Path and text of the files that match a pattern, in order, without empty files and without links.

    Files may be packed by gzip. Those that are not UTF-8 are left out.
    """
    for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            try:
                text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
            except UnicodeDecodeError:
                continue
            if text.strip():
                yield path, text
