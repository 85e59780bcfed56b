"""A SLURM cluster of this machine, and the tables that one process makes of the tiny experiment."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devdash.store.shards import read_table
from tests.conftest import ROOT, only_run

HERE = Path(__file__).parent
SETTINGS = ("jobs=10", "seconds=0.3")


def started(*arguments: str, data: Path, **options) -> subprocess.Popen:
    """The tiny experiment, begun as a user would."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cluster.tiny", "--data", str(data), *arguments],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def ended(process: subprocess.Popen) -> tuple[int, str]:
    """Exit code and what it said."""
    _, said = process.communicate(timeout=1000)
    return process.returncode, said


def wait_for(condition, seconds: float = 120):
    """What a condition gives once it gives something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if result := condition():
            return result
        time.sleep(0.02)
    raise AssertionError(f"nothing came within {seconds} s")


def begun(data: Path) -> dict[str, list[int]]:
    """Job → processes that began it, so far."""
    words = {path.name.removeprefix("began-"): path.read_text().split() for path in _began(data)}
    return {job: [int(pid) for pid in pids[::2]] for job, pids in words.items() if pids}


def gpus_seen(data: Path) -> set[str]:
    """What CUDA_VISIBLE_DEVICES was, of the processes that began a job."""
    return {gpu for path in _began(data) for gpu in path.read_text().split()[1::2]}


def _began(data: Path) -> list[Path]:
    return list(data.glob("runs/*/began-*"))


def is_running(pid: int) -> bool:
    """Whether a process computes still; one that ended and was not yet asked for its exit code does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="session")
def expected(tmp_path_factory):
    """Rows of the tiny run with SETTINGS, made by one process."""
    data = tmp_path_factory.mktemp("expected")
    code, said = ended(started("--workers", "1", "--set", *SETTINGS, "seconds=0", data=data))
    assert code == 0, said
    return read_table(only_run(data), "metric").drop(columns="run")


@pytest.fixture(scope="session")
def slurm(tmp_path_factory):
    """SLURM_CONF of a cluster of this machine that runs; it ends with the tests."""
    path = os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/sbin"))
    missing = [name for name in ("munged", "slurmctld", "slurmd") if not shutil.which(name, path=path)]
    if missing:
        pytest.skip(f"no {', '.join(missing)} here: tests/cluster/install.sh installs SLURM where it is root")
    folder = tmp_path_factory.mktemp("slurm")
    folder.parent.chmod(0o755)  # munged refuses a socket in a folder that is not to be entered
    start = subprocess.run(["sh", HERE / "start.sh", folder, *free_ports(2)], capture_output=True, text=True)
    assert start.returncode == 0, start.stderr
    yield {"SLURM_CONF": str(folder / "slurm.conf")}
    subprocess.run(["sh", HERE / "stop.sh", folder], check=True)


def free_ports(count: int) -> list[str]:
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("localhost", 0))
    ports = [str(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
