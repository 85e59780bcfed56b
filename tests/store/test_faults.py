"""Faults done for real: kill -9, two writers, a full disk, a failing task, damaged snapshots."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer

import pandas as pd
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from devdash.store import queries
from devdash.store.runs import StoreError, write_json
from devdash.store.shards import RunWriter, read_table
from devdash.store.snapshot import Snapshot, current, publish
from tests.conftest import ROOT, RUNS, SHORT_RUN, only_run, precompute_here, run_of
from tests.disks import small_disk
from tests.store import tiny_run

TIMED = ("wall_s", "run")


def rows(folder: Path) -> dict[str, pd.DataFrame]:
    """All tables of a run, without how long things took."""
    tables = {path.stem: read_table(folder, path.stem) for path in folder.glob("*.parquet")}
    return {name: frame.drop(columns=[*TIMED], errors="ignore") for name, frame in tables.items()}


def test_kill_and_resume_gives_the_same_rows(short_data, tmp_path):
    killed = tmp_path / "killed"
    command = [sys.executable, "-m", "precompute", *SHORT_RUN, "--workers", "2", "--data", str(killed)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 120
    while not list(killed.glob("runs/*/parts/done/*.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    folder = only_run(killed)
    assert json.loads((folder / "run.json").read_text())["status"] == "running"
    assert list((folder / "parts" / "done").glob("*.json"))
    facts = json.loads((folder / "run.json").read_text())
    write_json(folder / "run.json", facts | {"commit": "begun at another"})
    again = precompute_here(*SHORT_RUN, "--workers", "1", data=killed)
    assert again.returncode == 0, again.stderr
    expected, resumed = rows(short_data / "runs" / folder.name), rows(folder)
    assert expected.keys() == resumed.keys()
    for name, frame in expected.items():
        pd.testing.assert_frame_equal(resumed[name], frame, check_exact=True)
    assert not (folder / "parts").exists()
    content = json.loads((folder / "run.json").read_text())
    assert content["earlier_commits"] == ["begun at another"] and content["commit"] == facts["commit"]


PUBLISH = """
import sys
from pathlib import Path
from devdash.store.snapshot import publish
publish(Path(sys.argv[1]), force=True)
"""


def test_what_a_killed_publisher_left_is_cleared_by_the_next(tmp_path):
    with RunWriter(tmp_path / "runs" / "some-run") as writer:
        rows = pd.DataFrame({"step": range(300_000), "name": "loss", "value": 1.0, "std_err": 0.0})
        writer.write_task("large", {"metric": rows.assign(component="full", distribution="data")}, 1.0)
        config = {"experiment": "some", "preset": "smoke", "title": "Some", "seed": 0, "config": {}}
        times = {"created_at": "2026-01-31 12:00:00", "status": "running"}
        write_json(writer.folder / "run.json", config | times)
    child = subprocess.Popen([sys.executable, "-c", PUBLISH, str(tmp_path)], cwd=ROOT)
    while not list(tmp_path.glob(".devdash-*.tmp*")) and child.poll() is None:
        time.sleep(0.001)
    child.kill()
    assert child.wait() == -signal.SIGKILL
    assert list(tmp_path.glob(".devdash-*.tmp*")), "a killed process clears nothing"
    assert len(Snapshot(publish(tmp_path)).rows("SELECT * FROM metric", [])) == 300_000
    assert not [path for path in tmp_path.glob(".*") if path.name != ".publish.lock"]


def test_what_a_killed_run_began_to_write_is_cleared_by_the_next(tmp_path):
    folder = tmp_path / "runs" / "some-run"
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom devdash.store.runs import replacing\n"
        "with replacing(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half')\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(folder / "run.json")], cwd=ROOT)
    assert len(list(folder.iterdir())) == 1
    with RunWriter(folder):
        assert {path.name for path in folder.iterdir()} == {".lock", ".heartbeat"}


def test_second_writer_is_refused(tmp_path):
    folder = tmp_path / "runs" / "some-run"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time\nfrom pathlib import Path\n"
            "from devdash.store.shards import RunWriter\n"
            "with RunWriter(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)",
            str(folder),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(StoreError, match="being written by another process"), RunWriter(folder):
        pass
    holder.kill()
    holder.wait()
    with RunWriter(folder):
        pass


@pytest.mark.slow
def test_failing_task_is_recorded_and_the_others_finish(tmp_path):
    done = precompute_here(*SHORT_RUN, "posterior.examples=0,50", "--workers", "1", data=tmp_path)
    assert done.returncode == 1, done.stderr
    folder = only_run(tmp_path)
    failures = read_table(folder, "failure")
    assert {"posterior c=6 s=1.0 n=0", "posterior c=6 s=0.5 n=0"} <= set(failures["task"])
    assert set(read_table(folder, "smc")["n"]) == {50}
    content = json.loads((folder / "run.json").read_text())
    assert content["status"] == "failed"
    assert "failed" in done.stderr


@pytest.fixture
def full_soon(tmp_path):
    """A disk of 64 KB."""
    with small_disk(tmp_path / "disk", "64k") as disk:
        yield disk


@pytest.mark.slow
def test_full_disk_leaves_nothing_half_written(full_soon):
    frame = pd.DataFrame({"step": range(40_000), "axis": 0})
    for number, name in enumerate(("value", "smoothed", "curvature", "radius")):
        frame[name] = (frame["step"] * 0.7311 * (number + 1)) % 1
    with RunWriter(full_soon / "runs" / "some-run") as writer:
        with pytest.raises(StoreError, match=r"No space left on device.*Free space"):
            writer.write_task("large", {"trajectory": frame}, 1.0)
        assert writer.done() == set()
        left = [p for p in full_soon.rglob("*") if p.is_file() and p.name not in (".lock", ".heartbeat")]
        assert left == []
        writer.write_task("small", {"trajectory": frame.head(3)}, 1.0)
        assert writer.done() == {"small"}


@pytest.mark.slow
def test_full_disk_stops_precompute_with_a_clear_error(full_soon):
    done = precompute_here(*SHORT_RUN, "--workers", "1", data=full_soon)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(full_soon.rglob("*.tmp"))


def without(path: Path, *columns: str) -> None:
    """Write a table again as a version did that did not know these columns."""
    pq.write_table(pq.ParquetFile(path).read().drop_columns(list(columns)), path)


def of_other_chains(path: Path) -> None:
    """Write draws again as those of chains with other numbers."""
    frame = pd.read_parquet(path)
    frame.assign(chain=frame["chain"] + 1 + frame["chain"].max()).to_parquet(path)


def count_distances(db: Snapshot, run: str) -> tuple[int, int]:
    """Rows of llc_draw, and how many of them know their distance."""
    counts = db.rows("SELECT count(*), count(distance) FROM llc_draw WHERE run = ?", [run])
    return tuple(counts.iloc[0])


def test_table_of_an_older_version_is_read_with_nothing_in_newer_columns(data):
    run = run_of(data, "degeneracy")
    draws = data / "runs" / run / "llc_draw.parquet"
    without(draws, "distance")
    db = Snapshot(publish(data))
    assert queries.problems(db).empty
    assert count_distances(db, run) == (pq.read_metadata(draws).num_rows, 0)
    assert queries.llc_draws(db, run)["distance"].isna().all()


def test_shards_of_two_versions_are_read_together(data, run):
    folder = data / "runs" / run
    part = folder / "parts" / "llc_draw"
    part.mkdir(parents=True)
    (folder / "llc_draw.parquet").rename(part / "new.parquet")
    shutil.copy(part / "new.parquet", part / "old.parquet")
    of_other_chains(part / "old.parquet")
    without(part / "old.parquet", "distance")
    rows, distances = count_distances(Snapshot(publish(data)), run)
    assert rows == 2 * distances > 0


@pytest.mark.parametrize("gone", ["component", "draw", "loss"])
def test_table_without_a_leading_column_is_a_problem(data, run, gone):
    without(data / "runs" / run / "llc_draw.parquet", gone)
    (message,) = queries.problems(Snapshot(publish(data)))["message"]
    assert f"column {gone!r} is missing" in message


def test_rows_belong_to_the_run_whose_folder_holds_them(data, run):
    rows, _ = count_distances(Snapshot(publish(data)), run)
    without(data / "runs" / run / "llc_draw.parquet", "run")
    again = Snapshot(publish(data, force=True))
    assert queries.problems(again).empty
    assert count_distances(again, run)[0] == rows > 0


def test_table_with_an_unknown_column_is_a_problem(data, run):
    path = data / "runs" / run / "llc_draw.parquet"
    table = pq.ParquetFile(path).read()
    pq.write_table(table.append_column("surprise", table["loss"]), path)
    (message,) = queries.problems(Snapshot(publish(data)))["message"]
    assert "column 'surprise' belongs to no column" in message


def test_corrupt_snapshot_is_built_anew(data):
    path = publish(data)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(StoreError, match="damaged"):
        Snapshot(path)
    again = Snapshot(publish(data, force=True))
    assert len(again.rows("SELECT * FROM run", [])) == len(RUNS)


@pytest.mark.parametrize("content", ["../../etc/passwd", "devdash-zzzz.duckdb", "", "\x00\xff"])
def test_foreign_current_is_not_followed(data, content):
    publish(data)
    (data / "CURRENT").write_text(content, encoding="latin-1")
    assert current(data) is None
    assert publish(data).exists()


def test_read_only_data_folder_publishes_elsewhere(data, monkeypatch):
    # root may write everywhere, so the answer of the system is what is changed here
    real = os.access
    monkeypatch.setattr(os, "access", lambda p, mode: real(p, mode) and Path(p) != data)
    path = publish(data)
    assert path.parent != data
    assert current(data) == path


def test_two_publishers_at_once_wait_for_each_other(data):
    first = publish(data)
    with FileLock(data / ".publish.lock"):
        (data / "runs" / "x").mkdir()
        assert publish(data) == first
    assert publish(data) != first


def test_what_is_done_once_waits_for_another_publisher(data):
    first, lock = publish(data), FileLock(data / ".publish.lock", thread_local=False)
    lock.acquire()
    tiny_run.write(data, "later")
    later = Timer(0.3, lock.release)
    later.start()
    path = publish(data, wait=True)
    later.join()
    assert path != first and "later" in set(queries.runs(Snapshot(path))["run"])
