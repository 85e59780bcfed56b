"""Installed Python packages as files: their folders and versions, without importing them."""

import importlib.metadata
import importlib.util
from pathlib import Path


def folder(module: str) -> Path:
    """The folder of a package's module. Raises ModuleNotFoundError if it is not installed."""
    spec = importlib.util.find_spec(module)
    if spec is None:
        raise ModuleNotFoundError(
            f"corpus: the package of {module!r} is not installed; run `make corpus`, "
            "or give a corpus of your own"
        )
    return Path(spec.submodule_search_locations[0])


def version(package: str) -> str:
    """Name and version of a package; of one that is missing the name alone, for `folder` to say so."""
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return package
