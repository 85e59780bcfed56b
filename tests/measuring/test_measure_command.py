"""devdash measure on the command line: the task's file, exit codes, following a training."""

import subprocess
import sys
import threading
import time
from itertools import pairwise

import pytest
from typer.testing import CliRunner

import devdash
from devdash.cli import command
from devdash.measuring.command import steps_in, task_in
from devdash.measuring.follow import landings
from devdash.pipeline.cluster import Cluster
from devdash.store.runs import StoreError
from devdash.store.shards import read_table
from tests.conftest import ROOT
from tests.measuring import linear


class Done:
    """A measuring without a failure."""

    failures = 0


TASK = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.measuring.linear import X, Y, WIDTH
import devdash, torch
model = torch.nn.Linear(WIDTH, 1, bias=False)
task = devdash.Task(model, lambda out, batch: (out - batch[1]).square().sum(-1) / 2, (X, Y))
number = 7
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.delenv("DEVDASH_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_task.py").write_text(TASK)


def devdash_measure(*arguments, cwd) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from devdash.cli import main; main()", "measure", *map(str, arguments)]
    paths = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin", "HOME": str(cwd)}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=1000, env=paths)


@pytest.mark.slow
def test_measure_with_workers_from_a_file(tmp_path):
    linear.record("net")
    done = devdash_measure(
        "net",
        "--task",
        "my_task.py:task",
        "--workers",
        2,
        "--draws",
        5,
        "--chains",
        2,
        "--checkpoints",
        "0,1100",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "devdash-data" / "runs" / "net"
    assert read_table(folder, "llc")["step"].tolist() == [0, 1100]


@pytest.mark.slow
def test_faults_are_told_without_a_traceback(tmp_path):
    done = devdash_measure("nothing", "--task", "my_task.py:task", cwd=tmp_path)
    assert done.returncode == 2 and "neither a run" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("missing.py:task", "no file 'missing.py'"),
        ("my_task:task", r"expected FILE\.py:NAME"),
        ("my_task.py:tsk", "did you mean task"),
        ("my_task.py:number", "is a int"),
    ],
)
def test_tasks_that_are_none(place, words):
    with pytest.raises(ValueError, match=words):
        task_in(place)


def test_steps_of_checkpoints():
    assert steps_in("0,100 1000") == [0, 100, 1000] and steps_in("") is None
    with pytest.raises(ValueError, match=r"--checkpoints '0,last': 'last' is no step"):
        steps_in("0,last")


def test_where_jobs_run_is_told_by_options_and_a_file(tmp_path, monkeypatch):
    given = []
    measure = "devdash.measuring.api.measure"  # jobs go nowhere: no cluster is needed
    monkeypatch.setattr(measure, lambda *_, **settings: given.append(settings) or Done())
    (tmp_path / "cluster.toml").write_text("partition = 'cpu'\ngpus = 2\n")
    line = ["measure", "net", "--task", "my_task.py", "--workers", "3"]
    for more in (
        ["--executor", "slurm", "--cluster", "cluster.toml", "--partition", "gpu"],
        ["--dask", "tcp://a:1"],
    ):
        assert CliRunner().invoke(command, [*line, *more]).exit_code == 0
    one, other = given
    assert (one["executor"], one["cluster"]) == ("slurm", Cluster(partition="gpu", gpus=2))
    assert (other["executor"], other["cluster"]) == ("dask", Cluster(dask="tcp://a:1"))


def test_an_unknown_executor_is_refused_before_the_task_is_read():
    line = ["measure", "net", "--task", "missing.py:task", "--executor", "dsk"]
    with pytest.raises(ValueError, match="executor 'dsk' given, expected one of dask, local, slurm"):
        CliRunner().invoke(command, line, catch_exceptions=False)


def test_landings_are_those_of_a_training_until_it_ends():
    run = devdash.init("live", linear.model_at(0), every=1, per_decade=1)

    def train():
        for step in range(1, 13):
            time.sleep(0.05)
            run.log({"loss": 1.0}, step=step)
        run.finish()

    thread = threading.Thread(target=train)
    thread.start()
    seen = list(landings("live", None, every_s=0.02))
    thread.join()
    assert seen[-1] == list(range(13)) and len(seen) > 1 and all(len(steps) >= 8 for steps in seen)
    assert all(set(one) < set(other) for one, other in pairwise(seen))


def test_only_recorded_runs_are_followed(tmp_path):
    (tmp_path / "ckpts").mkdir()
    with pytest.raises(StoreError, match="recorded run"):
        next(landings("ckpts", None))
