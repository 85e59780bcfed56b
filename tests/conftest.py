"""Data folders that tests share: really computed runs, and copies of them that may be damaged."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

# before torch: workers that share cores would wait for each other's threads, a hundredfold
os.environ["OMP_NUM_THREADS"] = "1"

from devdash.store.snapshot import publish
from precompute import discover

ROOT = Path(__file__).resolve().parents[1]
EXPERIMENTS = tuple(discover())  # each after those whose runs it reads
TINY = (
    "features=4",
    "population_chains.draws=20",
    "population_chains.burn_in=10",
    "sample_chains.draws=20",
    "sample_examples=200",
    "sgd.epochs=20",
    "sgd.save_every=10",
    "path_chains.draws=20",
    "posterior.examples=50",
    "posterior.datasets=1",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items) -> None:
    """What needs the smoke runs, the browser among it, is slow, as is what is marked so where it stands."""
    for item in items:
        if "smoke_data" in item.fixturenames:
            item.add_marker(pytest.mark.slow)


def precompute(*arguments: str, data: Path, **options) -> subprocess.CompletedProcess:
    """Run python -m precompute as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "precompute", *arguments, "--data", str(data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
        **options,
    )


@pytest.fixture(scope="session")
def smoke_data(tmp_path_factory) -> Path:
    """A data folder with the smoke run of every experiment; computed once, read only."""
    shared = tmp_path_factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else None
    folder = (shared or tmp_path_factory.getbasetemp()) / "smoke"
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            for experiment in EXPERIMENTS:
                done = precompute(experiment, "--preset", "smoke", "--workers", "2", data=folder)
                assert done.returncode == 0, done.stderr
            publish(folder)
            (folder / "complete").touch()
    return folder


@pytest.fixture
def smoke(smoke_data, monkeypatch) -> Path:
    """That folder; the app reads it."""
    monkeypatch.setenv("DEVDASH_DATA", str(smoke_data))
    return smoke_data


@pytest.fixture
def data(smoke_data, tmp_path, monkeypatch) -> Path:
    """A copy of that folder's runs that a test may change; the app reads it."""
    folder = tmp_path / "data"
    shutil.copytree(smoke_data / "runs", folder / "runs")
    monkeypatch.setenv("DEVDASH_DATA", str(folder))
    return folder


def run_of(data: Path, experiment: str) -> str:
    """The name of an experiment's run in a data folder."""
    return next((data / "runs").glob(f"{experiment}-*")).name


@pytest.fixture
def run(data) -> str:
    """The name of the superposition run in `data`."""
    return run_of(data, "superposition")
