"""Arrays of a real SLURM: killed jobs, a killed coordinator, and the tables of one process."""

import os
import subprocess

import pandas as pd
import pytest

from devdash.store.shards import read_table
from tests.cluster.conftest import SETTINGS, begun, ended, kill, started, wait_for
from tests.conftest import only_run

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("slurm")]
ARGUMENTS = ("--executor", "slurm", "--memory-gb", "1", "--partition", "main")


@pytest.fixture
def environment(slurm):
    pytest.importorskip("submitit")
    return os.environ | slurm


def queued(environment) -> list[str]:
    """Ids of the array tasks that wait or run."""
    command = ["squeue", "--noheader", "--array", "--format=%i"]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stdout.split()


def test_ten_jobs_write_one_folder_and_cancelled_ones_are_done_again(environment, expected, tmp_path):
    process = started(*ARGUMENTS, "--workers", "10", "--set", *SETTINGS, data=tmp_path, env=environment)
    wait_for(lambda: begun(tmp_path))
    subprocess.run(["scancel", "--signal=KILL", "--full", *queued(environment)[:5]], env=environment)
    code, said = ended(process)
    assert code == 0, said
    assert "SLURM ended its task" in said and "tried once more" in said
    rows = read_table(only_run(tmp_path), "metric").drop(columns="run")
    pd.testing.assert_frame_equal(rows, expected, check_exact=True)


def test_a_killed_coordinator_finds_its_jobs_again(environment, expected, tmp_path):
    arguments = (*ARGUMENTS, "--workers", "3", "--set", *SETTINGS)
    process = started(*arguments, data=tmp_path, env=environment)
    wait_for(lambda: begun(tmp_path))
    kill(process.pid)
    process.communicate()
    assert queued(environment), "the jobs go on"
    code, said = ended(started(*arguments, data=tmp_path, env=environment))
    assert code == 0, said
    assert all(len(processes) == 1 for processes in begun(tmp_path).values()), "no job is begun twice"
    rows = read_table(only_run(tmp_path), "metric").drop(columns="run")
    pd.testing.assert_frame_equal(rows, expected, check_exact=True)


def test_stopped_by_hand_nothing_is_left_in_the_queue(environment, tmp_path):
    process = started(*ARGUMENTS, "--workers", "2", "--set", "seconds=60", data=tmp_path, env=environment)
    wait_for(lambda: begun(tmp_path))
    process.terminate()
    code, said = ended(process)
    assert code == 143 and "goes on where it stopped" in said
    wait_for(lambda: not queued(environment), 45)


def test_workers_of_dask_are_submitted_by_jobqueue(environment, expected, tmp_path):
    pytest.importorskip("dask_jobqueue")
    home = {"HOME": str(tmp_path / "home")}  # where logs are kept
    arguments = ("--dask", "slurm", "--workers", "2", "--memory-gb", "1", "--set", *SETTINGS)
    code, said = ended(started(*arguments, data=tmp_path, env=environment | home))
    assert code == 0, said
    assert not queued(environment)
    rows = read_table(only_run(tmp_path), "metric").drop(columns="run")
    pd.testing.assert_frame_equal(rows, expected, check_exact=True)


def test_what_sbatch_refuses_is_told(environment, tmp_path):
    process = started("--executor", "slurm", "--partition", "nowhere", data=tmp_path, env=environment)
    code, said = ended(process)
    assert code == 2 and "invalid partition" in said and "Traceback" not in said
