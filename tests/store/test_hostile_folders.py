"""Damaged and hostile run folders: each is named, none hangs, and the runs beside it stand."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from devdash.store import queries
from devdash.store.check import faults
from devdash.store.runs import StoreError, write_json
from devdash.store.snapshot import OpenElsewhere, Snapshot, current, publish
from tests.conftest import ROOT
from tests.store import tiny_run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]  # what hangs fails
ROWS = len(tiny_run.STEPS)


@pytest.fixture
def data(tmp_path) -> Path:
    """A data folder with a good run and another to be damaged."""
    tiny_run.write(tmp_path, "good", metric=tiny_run.METRIC)
    tiny_run.write(tmp_path, "bad")
    return tmp_path


def opened(data: Path) -> Snapshot:
    """The snapshot of a data folder, in which the good run is whole."""
    db = Snapshot(publish(data))
    assert count(db, "metric", "good") == ROWS
    return db


def count(db: Snapshot, table: str, run: str = "bad") -> int:
    return int(db.rows(f"SELECT count(*) AS rows FROM {table} WHERE run = ?", [run])["rows"][0])


def words(db: Snapshot) -> str:
    return "\n".join(queries.problems(db).agg(" ".join, axis=1))


def fifo(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")


def directory(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def dangling(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("nowhere")


KINDS = {fifo: "a pipe", endless: "a device", directory: "a folder", dangling: "a link to nothing"}


@pytest.mark.parametrize("file", ["run.json", "metric.parquet"])
@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_what_is_no_plain_file_is_named(data, file, make):
    make(data / "runs" / "bad" / file)
    db = opened(data)
    assert file in words(db) and KINDS[make] in words(db)
    assert count(db, "metric") == 0
    assert count(db, "llc") == (ROWS if file != "run.json" else 0)


@pytest.mark.parametrize("make", [fifo, endless, dangling], ids=lambda make: make.__name__)
def test_current_that_is_no_plain_file_is_written_anew(data, make):
    publish(data)
    make(data / "CURRENT")
    assert current(data) is None
    opened(data)
    assert current(data).is_file()


def test_a_directory_of_the_snapshots_name_is_named(data):
    target = publish(data)
    (data / "CURRENT").unlink()
    directory(target)
    with pytest.raises(StoreError, match=f"cannot write {target.name}.*directory"):
        publish(data)


FACTS = {
    "run.json is nested more than 50 deep": '{"config": ' + '{"a":' * 20_000 + "1" + "}" * 20_000 + "}",
    "is nested more than 50 deep; write": json.dumps(tiny_run.FACTS)[:-1]
    + ', "a": '
    + "[" * 60
    + "]" * 60
    + "}",
    "states 'status' twice": json.dumps(tiny_run.FACTS)[:-1] + ', "status": "running"}',
    "states 'a' twice": json.dumps(tiny_run.FACTS)[:-1] + ', "more": [{"a": 1, "a": 1}]}',
    "Exceeds the limit": json.dumps(tiny_run.FACTS)[:-1] + f', "more": {"9" * 5000}}}',
    "cannot be read": '{"status": 7',
    "holds no object": "[]",
    "states title as ['a'], expected a text": json.dumps(tiny_run.FACTS | {"title": ["a"]}),
    "states seed as": json.dumps(tiny_run.FACTS | {"seed": 2**64}),
    "states paper as 7": json.dumps(tiny_run.FACTS | {"paper": 7}),
    "states preset as": json.dumps(tiny_run.FACTS | {"preset": "\ud800"}),
}


@pytest.mark.parametrize("message", FACTS)
def test_facts_that_cannot_be_shown_are_named(data, message):
    (data / "runs" / "bad" / "run.json").write_text(FACTS[message])
    db = opened(data)
    assert message in words(db)
    assert len(queries.runs(db)) == 1


def test_facts_that_json_or_unicode_do_not_know_are_kept_as_words(data):
    odd = {"loss": float("nan"), "clip": [float("-inf")], "half \ud800": "\udfff of a character"}
    facts = json.dumps(tiny_run.FACTS | {"config": odd, "commit": "\ud800"})
    (data / "runs" / "bad" / "run.json").write_text(facts)
    row = opened(data).rows(
        "SELECT config->>'$.loss' AS a, config->>'$.clip[0]' AS b, config->>'$.\"half \\\\ud800\"' AS c,"
        " provenance->>'$.commit' AS d FROM run WHERE run = 'bad'",
        [],
    )
    assert row.values.tolist() == [["nan", "-inf", r"\udfff of a character", r"\ud800"]]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_facts_may_be_written_in_any_encoding_of_json(data, encoding):
    (data / "runs" / "bad" / "run.json").write_text(json.dumps(tiny_run.FACTS), encoding=encoding)
    db = opened(data)
    assert queries.problems(db).empty and len(queries.runs(db)) == 2


def test_a_fault_of_what_was_measured_is_named_and_by_check_too(data):
    measured = data / "runs" / "bad" / "measured"
    measured.mkdir()
    (measured / "run.json").write_text("{")
    assert "measured: run.json cannot be read" in words(opened(data))
    assert "measured: run.json cannot be read" in " ".join(faults(data / "runs" / "bad"))


@pytest.mark.parametrize("part", ["parts", "measured", "parts/text_token"])
@pytest.mark.parametrize("make", [fifo, dangling, Path.touch], ids=lambda make: make.__name__)
def test_what_should_be_a_folder_of_a_run_and_is_none_is_named(data, part, make):
    folder = data / "runs" / "bad"
    (folder / "text_token.parquet").unlink()
    (folder / part).parent.mkdir(exist_ok=True)
    make(folder / part)
    db = opened(data)
    assert part.removeprefix("parts/") in words(db) and count(db, "metric") == count(db, "llc") == ROWS
    assert faults(folder)


def test_a_run_that_holds_itself_has_its_rows_once(data):
    (data / "runs" / "bad" / "measured").symlink_to(".")
    assert count(opened(data), "metric") == ROWS


@pytest.mark.parametrize("target", ["bad", "other", "locked/run"])
def test_a_link_that_leads_to_no_folder_takes_no_run_along(data, target, as_nobody):
    """In a circle, by itself or with another; or to where nobody may look."""
    shutil.rmtree(data / "runs" / "bad")
    (data / "runs" / "bad").symlink_to(target)
    (data / "runs" / "other").symlink_to("bad")
    (data / "runs" / "locked").mkdir(mode=0)
    said = words(opened(data))
    assert "bad: run.json cannot be opened" in said and "other: run.json cannot be opened" in said


@pytest.mark.parametrize("name", ["a..b", "bad\n", "Bad", "run\u202egnp", "b" * 200, "-bad"])
def test_a_folder_whose_name_is_none_of_a_run_is_named(data, name):
    """Also one that is not finished, which pages ask for its heartbeat."""
    folder = data / "runs" / name
    (data / "runs" / "bad").rename(folder)
    write_json(folder / "run.json", tiny_run.FACTS | {"status": "running"})
    db = opened(data)
    assert "is no run name" in words(db) and list(queries.runs(db)["run"]) == ["good"]


def test_files_that_are_too_large_are_not_read(data):
    os.truncate(data / "runs" / "bad" / "run.json", 2**40)
    os.truncate(data / "runs" / "bad" / "metric.parquet", 2**40)
    assert "bytes, at most" in words(opened(data))


def test_names_that_are_no_text_are_named(data):
    runs = os.fsencode(data / "runs")
    shutil.copytree(runs + b"/good", runs + b"/run-\xff")
    shutil.copy(runs + b"/bad/metric.parquet", runs + b"/bad/\xfe.parquet")
    os.makedirs(runs + b"/bad/parts/llc_draw")  # noqa: PTH103
    Path(os.fsdecode(runs + b"/bad/parts/llc_draw/\xfe.parquet")).touch()
    db = opened(data)
    assert r"run-\udcff" in words(db) and r"\udcfe.parquet no readable Parquet file" in words(db)
    assert count(db, "metric") == ROWS


def test_a_name_that_no_address_can_hold_is_named(data):
    (data / "runs" / "bad").rename(data / "runs" / "a..b")
    db = opened(data)
    assert "a..b' is no run name" in words(db) and set(queries.runs(db)["run"]) == {"good"}
    assert "a..b" in faults(data / "runs" / "a..b")[0]


@pytest.mark.parametrize("name", ["data [1]", "a*", "a?", "it's {a,b} %s"])
def test_names_that_look_like_patterns(tmp_path, monkeypatch, name):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = tiny_run.write(tmp_path / name)
    part = folder / "parts" / "metric"
    part.mkdir(parents=True)
    (folder / "metric.parquet").rename(part / "a [1]*.parquet")
    db = Snapshot(publish(tmp_path / name))
    assert queries.problems(db).empty and count(db, "metric", "tiny") == ROWS


@pytest.fixture
def as_nobody(data):
    """A user who may not read everything; root may, so it steps back for the test."""
    if os.getuid():
        yield
        return
    for path in (data, *data.rglob("*")):
        os.chown(path, 65534, 65534)
    for path in data.parents:
        if path.stat().st_uid == 0 and path.stat().st_mode & 0o777 == 0o700 and path != Path("/root"):
            path.chmod(0o711)
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.mark.parametrize("part", [".", "metric.parquet", "run.json", "parts/metric"])
def test_what_may_not_be_read_is_named(data, as_nobody, part):
    folder = data / "runs" / "bad"
    (folder / "parts/metric").mkdir(parents=True)
    if part.startswith("parts"):
        (folder / "metric.parquet").unlink()
    (folder / part).chmod(0)
    assert "Permission denied" in words(opened(data))
    (folder / part).chmod(0o755)
    assert "Permission denied" not in words(opened(data))


def test_a_lock_that_may_not_be_written_is_named(data, as_nobody):
    (data / ".publish.lock").touch(0o400)
    with pytest.raises(StoreError, match=r"cannot write .*\.publish\.lock: Permission denied"):
        publish(data)


def test_a_temporary_folder_of_someone_else_is_not_used(data, monkeypatch, tmp_path):
    real = os.access
    monkeypatch.setattr(os, "access", lambda p, mode: real(p, mode) and Path(p) != data)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "runs"))
    folder = publish(data).parent
    assert folder.parent == tmp_path / "runs" and folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    with pytest.raises(StoreError, match="only you can use"):
        publish(data)
    shutil.rmtree(folder)
    folder.symlink_to(tmp_path)
    with pytest.raises(StoreError, match="only you can use"):
        publish(data)


HOLD = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


def test_a_snapshot_that_another_program_holds_is_not_called_damaged(data):
    path = publish(data)
    command = [sys.executable, "-c", HOLD, str(path)]
    holder = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(OpenElsewhere, match="open for writing in another program"):
        Snapshot(path)
    holder.communicate("")
    opened(data)


def test_a_snapshot_is_opened_by_many_and_each_is_bound(data):
    path = publish(data)
    for db in (Snapshot(path), Snapshot(path)):
        settings = "SELECT current_setting('memory_limit'), current_setting('max_temp_directory_size')"
        assert db.rows(settings, []).values.tolist() == [["953.6 MiB", "0 bytes"]]
        with pytest.raises(duckdb.Error, match="locked"):
            db.rows("SET memory_limit = '64GB'", [])
