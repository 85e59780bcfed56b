"""Data folders that tests share: really computed runs, and copies of them that may be damaged."""

import io
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock, Timeout
from streamlit.components.v2 import manifest_scanner

# before torch: workers that share cores would wait for each other's threads, a hundredfold
os.environ |= {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}

from precompute import discover
from precompute.command import main
from tests.measuring import linear

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "tests" / "app"
EXPERIMENTS = tuple(discover())  # each after those whose runs it reads
MODEL = "model"  # a run that was recorded, and measured by devdash.measure
RUNS = (MODEL, *EXPERIMENTS)
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
SHORT_RUN = ("superposition", "--preset", "smoke", "--set", *TINY)


# each AppTest reads the metadata of every installed package, which takes longer than a page
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def pytest_addoption(parser) -> None:
    parser.addoption(
        "--device", default="cpu", help="where the tests named …_on_a_device.py compute: cpu, cuda"
    )


@pytest.fixture
def device(request) -> str:
    """The device that the command line names."""
    return request.config.getoption("--device")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items) -> None:
    """What needs the smoke runs, the browser among it, or opens pages is slow, as is what is marked so.

    It goes first: the many quick tests then keep all workers busy to the end.
    """
    for item in items:
        if {"smoke_data", "short_data"} & set(item.fixturenames) or item.path.is_relative_to(PAGES):
            item.add_marker(pytest.mark.slow)
        if not item.get_closest_marker("xdist_group") and (group := group_of(item)):
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def group_of(item) -> str | None:
    """Tests that share what a process computes once go to one worker: a page, or a fixture of their file."""
    view = getattr(item, "callspec", None) and item.callspec.params.get("view")
    if isinstance(view, str):
        return f"page {view}"
    fixtures = item._fixtureinfo.name2fixturedefs
    of_file = any(fixtures[name][-1].scope == "module" for name in item.fixturenames if name in fixtures)
    return item.path.stem if of_file else None


def only_run(data: Path) -> Path:
    """The folder of the one run."""
    (folder,) = (data / "runs").iterdir()
    return folder


def precompute(*arguments: str, data: Path) -> subprocess.CompletedProcess:
    """Run python -m precompute as a user would."""
    command = [sys.executable, "-m", "precompute", *arguments, "--data", str(data)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1000)


def precompute_here(*arguments: str, data: Path) -> subprocess.CompletedProcess:
    """What that command does, without a process that has to import all packages first."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main([*arguments, "--data", str(data)])
        except SystemExit as ended:  # argparse's, of wrong arguments
            code = ended.code
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def smoke_data(tmp_path_factory) -> Path:
    """A data folder with the smoke run of every experiment, the last one the newest, and a recorded and
    measured run, the oldest, to be read only.

    The tests' workers share the experiments among themselves: each takes the next one that no other computes.
    """
    folder = shared_folder(tmp_path_factory, "smoke")
    compute_once(folder, MODEL)
    read = {before for experiment in discover().values() for before in experiment.after}
    for experiment in sorted(RUNS[:-1], key=lambda name: name not in read):  # others wait for these
        with suppress(Timeout):
            compute_once(folder, experiment, patience_s=0)
    for experiment in RUNS:
        compute_once(folder, experiment)
    return folder


def shared_folder(factory, name: str) -> Path:
    """A folder that the processes of the tests share."""
    root = factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / name
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def short_data(tmp_path_factory) -> Path:
    """A data folder with SHORT_RUN of seeds 0 and 1, made by one process, to be read only."""
    folder = shared_folder(tmp_path_factory, "short")
    done = folder / "computed"
    with FileLock(f"{done}.lock"):
        if not done.exists():
            ended = precompute_here(*SHORT_RUN, "--seeds", "0", "1", "--workers", "1", data=folder)
            assert ended.returncode == 0, ended.stderr
            done.touch()
    return folder


def compute_once(folder: Path, experiment: str, patience_s: float = -1) -> None:
    """An experiment's smoke run, after those that it reads. Timeout: another worker computes it."""
    done = folder / f"{experiment}.computed"
    with FileLock(f"{done}.lock", timeout=patience_s):
        if done.exists():
            return
        if experiment == MODEL:
            linear.compute(folder)
            done.touch()
            return
        for before in discover()[experiment].after:
            compute_once(folder, before)
        ended = precompute_here(experiment, "--preset", "smoke", "--workers", "1", data=folder)
        assert ended.returncode == 0, ended.stderr
        done.touch()


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
