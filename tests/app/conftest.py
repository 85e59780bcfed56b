"""Data folders with runs whose contents are known, or that are damaged; published once and only read."""

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from devdash.store.snapshot import Snapshot, publish
from tests.app import made_estimates, made_language
from tests.app import made_heads_run as heads
from tests.app import made_regression as regression
from tests.app.made import set_facts


def shared(factory, name: str, fill) -> Path:
    """A published folder that all tests of all processes only read; fill(folder) puts runs into it."""
    root = factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / name
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "runs").mkdir(parents=True)
            fill(folder)
            publish(folder)
            (folder / "complete").touch()
    return folder


@pytest.fixture
def read(monkeypatch):
    """read(folder): the app reads this folder."""

    def follow(folder: Path) -> Path:
        monkeypatch.setenv("DEVDASH_DATA", str(folder))
        return folder

    return follow


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    return shared(tmp_path_factory, made_language.RUN, made_language.write)


@pytest.fixture
def made(folder, read) -> Path:
    """The made run of language; the app reads it."""
    return read(folder)


@pytest.fixture(scope="session")
def db(folder) -> Snapshot:
    """What stands in that folder."""
    return Snapshot(publish(folder))


@pytest.fixture(scope="session")
def heads_folder(tmp_path_factory) -> Path:
    return shared(tmp_path_factory, heads.RUN, heads.write)


@pytest.fixture
def made_heads(heads_folder, read) -> Path:
    """The made run of heads; the app reads it."""
    return read(heads_folder)


@pytest.fixture(scope="session")
def heads_db(heads_folder) -> Snapshot:
    """What stands in that folder."""
    return Snapshot(publish(heads_folder))


@pytest.fixture(scope="session")
def regression_folder(tmp_path_factory) -> Path:
    return shared(tmp_path_factory, regression.RUN, regression.write)


@pytest.fixture
def made_regression(regression_folder, read) -> Path:
    """The made run of regression; the app reads it."""
    return read(regression_folder)


@pytest.fixture(scope="session")
def regression_db(regression_folder) -> Snapshot:
    """What stands in that folder."""
    return Snapshot(publish(regression_folder))


@pytest.fixture(scope="session")
def older_folder(tmp_path_factory) -> Path:
    """All made runs with λ̂, as older versions wrote them: without regimes and error budgets."""

    def fill(folder: Path) -> None:
        for made in (made_language, heads, regression):
            written = shared(tmp_path_factory, made.RUN, made.write)
            shutil.copytree(written / "runs", folder / "runs", dirs_exist_ok=True)
        made_estimates.write(folder)

    return shared(tmp_path_factory, "estimates-older", fill)


@pytest.fixture(scope="session")
def regimes_folder(older_folder, tmp_path_factory) -> Path:
    """Those of `older_folder`, each estimate a curvature with an error budget."""

    def fill(folder: Path) -> None:
        shutil.copytree(older_folder / "runs", folder / "runs", dirs_exist_ok=True)
        made_estimates.add_regimes(folder)

    return shared(tmp_path_factory, "estimates-with-regimes", fill)


@pytest.fixture(scope="session")
def smoke_db(smoke_data) -> Snapshot:
    """The smoke runs of every experiment."""
    return Snapshot(publish(smoke_data))


@pytest.fixture(scope="session")
def nothing_folder(tmp_path_factory) -> Path:
    """No run."""
    return shared(tmp_path_factory, "nothing", lambda folder: None)


def _begin(folder: Path, tables: int) -> None:
    """Put a run back to where it goes on and only every second table, or none, is there, in shards."""
    set_facts(folder, status="running", finished_at=None)
    for place, path in enumerate(sorted(folder.glob("*.parquet"))):
        if tables and place % tables == 0:
            part = folder / "parts" / path.stem / "first.parquet"
            part.parent.mkdir(parents=True)
            shutil.move(path, part)
        else:
            path.unlink()


@pytest.fixture(scope="session", params=[0, 2], ids=["begun", "half-way"])
def unfinished_folder(request, smoke_data, tmp_path_factory) -> Path:
    """The smoke runs as they are just after their start, and with every second table."""

    def fill(folder: Path) -> None:
        shutil.copytree(smoke_data / "runs", folder / "runs", dirs_exist_ok=True)
        for run in (folder / "runs").iterdir():
            _begin(run, request.param)

    return shared(tmp_path_factory, f"unfinished-{request.param}", fill)


@pytest.fixture(scope="session")
def damaged_folder(smoke_data, tmp_path_factory) -> Path:
    """The smoke runs, each with a file cut short and a foreign one; and two without a good run.json."""

    def fill(folder: Path) -> None:
        shutil.copytree(smoke_data / "runs", folder / "runs", dirs_exist_ok=True)
        for run in list((folder / "runs").iterdir()):
            cut = run / "llc_draw.parquet"
            content = cut.read_bytes() if cut.exists() else b"a run without draws"
            cut.write_bytes(content[: len(content) // 2])
            (run / "smc.parquet").write_bytes(b"foreign")
        shutil.copytree(run, folder / "runs" / "second-run")
        (folder / "runs" / "second-run" / "run.json").unlink()
        shutil.copytree(run, folder / "runs" / "third-run")
        (folder / "runs" / "third-run" / "run.json").write_text('{"status": 7')

    return shared(tmp_path_factory, "damaged", fill)


def largest_table(run: Path) -> Path:
    """The largest file of a run."""
    return max(run.glob("*.parquet"), key=lambda path: path.stat().st_size)


@pytest.fixture(scope="session")
def torn_folder(smoke_data, tmp_path_factory) -> Path:
    """The smoke runs with the inside of the largest table of each overwritten: its footer still reads."""

    def fill(folder: Path) -> None:
        shutil.copytree(smoke_data / "runs", folder / "runs", dirs_exist_ok=True)
        for run in (folder / "runs").iterdir():
            path = largest_table(run)
            content = bytearray(path.read_bytes())
            content[100 : len(content) // 2] = b"\x00" * (len(content) // 2 - 100)
            path.write_bytes(bytes(content))

    return shared(tmp_path_factory, "torn", fill)
