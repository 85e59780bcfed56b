"""Workers of dask.distributed: one that is killed, an address, and a scheduler that is not there."""

import os
import subprocess
import sys

import pandas as pd
import pytest

from devdash.store.shards import read_table
from tests.cluster.conftest import SETTINGS, begun, ended, gpus_seen, is_running, kill, started, wait_for
from tests.conftest import ROOT, only_run

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("dask")]
pytest.importorskip("distributed")


def test_a_killed_worker_loses_nothing(expected, tmp_path):
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "3,5"}
    arguments = ("--executor", "dask", "--workers", "2", "--set", *SETTINGS)
    process = started(*arguments, data=tmp_path, env=environment)
    (pid, *_), *_ = wait_for(lambda: begun(tmp_path)).values()
    kill(pid)
    code, said = ended(process)
    assert code == 0, said
    assert gpus_seen(tmp_path) == {"3", "5"}, "each worker has a GPU of its own"
    assert any(len(processes) == 2 for processes in begun(tmp_path).values()), "its job was begun again"
    rows = read_table(only_run(tmp_path), "metric").drop(columns="run")
    pd.testing.assert_frame_equal(rows, expected, check_exact=True)


def test_workers_end_with_a_killed_coordinator(tmp_path):
    process = started("--executor", "dask", "--workers", "2", "--set", "seconds=60", data=tmp_path)
    pids = [pid for (pid,) in wait_for(lambda: len(begun(tmp_path)) == 2 and begun(tmp_path)).values()]
    kill(process.pid)
    process.communicate()
    wait_for(lambda: not any(map(is_running, pids)), 30)


def test_jobs_go_to_a_scheduler_at_an_address(expected, tmp_path):
    code = (
        "from distributed import LocalCluster\n"
        "if __name__ == '__main__':\n"
        "    with LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None) as cluster:\n"
        "        print(cluster.scheduler_address, flush=True)\n"
        "        input()\n"
    )
    script = tmp_path / "scheduler.py"
    script.write_text(code)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    scheduler = subprocess.Popen([sys.executable, script], **pipes, env=environment)
    address = scheduler.stdout.readline().strip()
    code, said = ended(started("--dask", address, "--set", *SETTINGS, data=tmp_path))
    scheduler.communicate("\n")
    assert code == 0, said
    rows = read_table(only_run(tmp_path), "metric").drop(columns="run")
    pd.testing.assert_frame_equal(rows, expected, check_exact=True)
