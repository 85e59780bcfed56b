"""Processes of one machine: killed workers and parents, stopped commands, and what a next start repeats."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from devdash.pipeline.experiment import Experiment, Job, Round
from devdash.pipeline.run import Run, execute
from devdash.store.heartbeat import is_alive
from devdash.store.shards import read_table
from tests.cluster.conftest import SETTINGS, begun, ended, gpus_seen, is_running, kill, started, wait_for
from tests.cluster.tiny import metric
from tests.conftest import ROOT, only_run

pytestmark = pytest.mark.slow
TWO = ("--workers", "2")


def test_a_killed_worker_is_named_and_its_job_tried_once_more(expected, tmp_path):
    settings = (*SETTINGS, "seconds=0.1", "deaths=1")
    code, said = ended(started(*TWO, "--set", *settings, data=tmp_path))
    assert code == 0, said
    said = " ".join(said.split())
    assert "job draw 0 failed" in said and "memory ran out" in said and "1 job tried once more" in said
    assert "Traceback" not in said
    assert {job: len(processes) for job, processes in begun(tmp_path).items()} == {
        str(job): 2 if job == 0 else 1 for job in range(10)
    }
    rows = read_table(only_run(tmp_path), "metric").drop(columns="run")
    pd.testing.assert_frame_equal(rows, expected, check_exact=True)


def test_a_worker_killed_twice_is_a_failed_job_and_the_next_start_repeats_it_alone(expected, tmp_path):
    command = (*TWO, "--set", *SETTINGS, "seconds=0.1", "deaths=3")
    code, said = ended(started(*command, data=tmp_path))
    assert code == 1, said
    folder = only_run(tmp_path)
    (failure,) = read_table(folder, "failure").itertuples()
    assert failure.task == "draw 0" and "memory ran out" in failure.message
    assert json.loads((folder / "run.json").read_text())["status"] == "failed"
    before = begun(tmp_path)
    code, said = ended(started(*command, data=tmp_path))
    assert code == 0, said
    again = begun(tmp_path)
    assert [job for job in again if len(again[job]) > len(before[job])] == ["0"]
    rows = read_table(folder, "metric").drop(columns="run")
    # the sum was taken while draw 0 was missing, and what is done is not done again
    pd.testing.assert_frame_equal(rows[rows["name"] == "draw"], expected[expected["name"] == "draw"])


STOPS = {signal.SIGKILL: -9, signal.SIGHUP: -1, signal.SIGTERM: 143, signal.SIGINT: 130}


@pytest.mark.parametrize(("stop", "exit_code"), STOPS.items())
def test_workers_end_with_their_parent(tmp_path, stop, exit_code):
    # tests that are run under nohup ignore a closed terminal, and so would what they start
    heard = partial(signal.signal, signal.SIGHUP, signal.SIG_DFL)
    process = started(*TWO, "--set", "seconds=60", data=tmp_path, preexec_fn=heard)
    pids = [pid for (pid,) in wait_for(lambda: len(begun(tmp_path)) == 2 and begun(tmp_path)).values()]
    assert is_alive(only_run(tmp_path))
    process.send_signal(stop)
    code, said = ended(process)
    assert code == exit_code
    wait_for(lambda: not any(map(is_running, pids)), 30)
    assert "Traceback" not in said
    if exit_code > 0:
        assert "the same command goes on where it stopped" in said
        assert not is_alive(only_run(tmp_path))


def test_a_worker_that_holds_the_interpreter_ends_with_its_parent(tmp_path):
    """Ten minutes in one call of a C function that lets no thread of Python run."""
    pid = tmp_path / "pid"
    job = f"Path({str(pid)!r}).write_text(str(os.getpid())), ctypes.PyDLL(None).sleep(600)"
    code = (
        "import ctypes, os\nfrom pathlib import Path\n"
        "from devdash.pipeline.experiment import Job\nfrom devdash.pipeline.processes import Pool\n"
        f"job = Job('hold', lambda: ({job}))\n"
        f"with Pool() as pool:\n    list(pool.run([job], Path({str(tmp_path)!r}), 1))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    worker = int(wait_for(lambda: pid.exists() and pid.read_text()))
    parent.kill()
    parent.wait()
    wait_for(lambda: not is_running(worker), 30)


def test_ctrl_c_while_modules_are_loaded_is_met_as_any_other(tmp_path):
    command = [sys.executable, "-m", "precompute", "superposition", "--data", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: "pandas" in Path(f"/proc/{process.pid}/maps").read_text())
    process.send_signal(signal.SIGINT)
    code, said = ended(process)
    assert code == 130 and said == "stopped; the same command goes on where it stopped\n"


@dataclass(frozen=True)
class Lengths:
    """Expected seconds of jobs."""

    seconds: tuple[float, ...] = (1.0, 30.0, 5.0)


def note_job(workspace, seconds: float) -> dict[str, pd.DataFrame]:
    with (workspace.folder / "order").open("a") as file:
        file.write(f"{seconds:g} ")
    return {"metric": metric(int(seconds), "draw", seconds)}


def test_the_longest_jobs_of_a_round_begin_first(tmp_path):
    def rounds(config, workspace):
        jobs = [Job(f"{s:g} s", partial(note_job, workspace, s), s) for s in config.seconds]
        return [Round("all", jobs)]

    experiment = Experiment("lengths", "Lengths", "none", {"smoke": Lengths()}, rounds, lambda config: 1)
    run = Run(experiment, "smoke", Lengths(), 0)
    assert execute(run, tmp_path, 1) == 0
    assert (run.folder(tmp_path) / "order").read_text().split() == ["30", "5", "1"]


def test_each_worker_has_a_gpu_of_its_own(tmp_path):
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "3,5"}
    code, said = ended(started(*TWO, "--set", "jobs=4", data=tmp_path, env=environment))
    assert code == 0, said
    assert gpus_seen(tmp_path) == {"3", "5"}


def test_a_grid_is_a_run_for_each_point_and_only_what_failed_is_run_again(tmp_path):
    command = ("--workers", "1", "--seeds", "0", "1", "--set", "seconds=0", "scale=1,2", "fails=-1,3")
    code, said = ended(started(*command, data=tmp_path))
    assert code == 1 and "8 runs: 4 finished, 4 failed" in said
    assert re.search(r"tiny-laptop-s1-\w+: scale=2, fails=3, seed 1", said)
    facts = [json.loads(path.read_text()) for path in tmp_path.glob("runs/*/run.json")]
    settings = {(f["config"]["scale"], f["config"]["fails"], f["seed"], f["status"]) for f in facts}
    words = {-1: "finished", 3: "failed"}
    assert settings == {(x, f, s, words[f]) for x in (1.0, 2.0) for f in words for s in (0, 1)}
    before = sum(len(path.read_text().splitlines()) for path in tmp_path.glob("runs/*/began-*"))
    code, said = ended(started(*command, data=tmp_path))
    assert code == 1 and said.count("finished before, nothing to do") == 4
    after = sum(len(path.read_text().splitlines()) for path in tmp_path.glob("runs/*/began-*"))
    assert after - before == 4, "one job of each of the four runs"


def test_heartbeat_tells_a_run_whose_process_is_gone(tmp_path):
    from devdash.store import heartbeat

    process = started(*TWO, "--set", "seconds=60", data=tmp_path)
    wait_for(lambda: begun(tmp_path))
    folder = only_run(tmp_path)
    first = (folder / ".heartbeat").stat().st_mtime
    wait_for(lambda: (folder / ".heartbeat").stat().st_mtime > first, 2 * heartbeat.BEAT_S + 30)
    kill(process.pid)
    process.communicate()
    assert is_alive(folder), "for some seconds nobody can tell"
    silent = time.time() - heartbeat.SILENT_S - 1
    os.utime(folder / ".heartbeat", (silent, silent))
    assert not is_alive(folder)
