"""Data folders with a made run of an experiment that trains for long, whose contents are known."""

from pathlib import Path

import pytest

from devdash.store.snapshot import Snapshot, publish
from tests.app import made_heads as heads
from tests.app import made_language
from tests.app import made_regression as regression


def written(module, tmp_path_factory) -> Path:
    """A folder with a module's made run, only read, by all tests of a process."""
    folder = tmp_path_factory.mktemp(module.RUN)
    module.write(folder)
    return folder


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    return written(made_language, tmp_path_factory)


@pytest.fixture
def made(folder, monkeypatch) -> Path:
    """That folder; the app reads it."""
    monkeypatch.setenv("DEVDASH_DATA", str(folder))
    return folder


@pytest.fixture(scope="session")
def db(folder) -> Snapshot:
    """What stands in that folder."""
    return Snapshot(publish(folder))


@pytest.fixture(scope="session")
def heads_folder(tmp_path_factory) -> Path:
    return written(heads, tmp_path_factory)


@pytest.fixture
def made_heads(heads_folder, monkeypatch) -> Path:
    """That folder; the app reads it."""
    monkeypatch.setenv("DEVDASH_DATA", str(heads_folder))
    return heads_folder


@pytest.fixture(scope="session")
def heads_db(heads_folder) -> Snapshot:
    """What stands in that folder."""
    return Snapshot(publish(heads_folder))


@pytest.fixture(scope="session")
def regression_folder(tmp_path_factory) -> Path:
    return written(regression, tmp_path_factory)


@pytest.fixture
def made_regression(regression_folder, monkeypatch) -> Path:
    """That folder; the app reads it."""
    monkeypatch.setenv("DEVDASH_DATA", str(regression_folder))
    return regression_folder


@pytest.fixture(scope="session")
def regression_db(regression_folder) -> Snapshot:
    """What stands in that folder."""
    return Snapshot(publish(regression_folder))
