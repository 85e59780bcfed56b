"""What is written is what is read: shards, compaction, snapshot, locked connection."""

import inspect

import pandas as pd
import pytest

from devdash.store import queries
from devdash.store.folders import fingerprint
from devdash.store.queries.comparison import POINTS_PER_SERIES
from devdash.store.runs import StoreError, data_folder, run_folder
from devdash.store.shards import RunWriter, file_name, read_table
from devdash.store.snapshot import Snapshot, publish
from tests.conftest import RUNS, run_of


def metric(value: float) -> pd.DataFrame:
    row = {"step": 1, "name": "m", "component": "full", "distribution": "d", "value": value, "std_err": 0.1}
    return pd.DataFrame([row])


def test_compaction_keeps_rows_in_the_order_of_tasks(tmp_path):
    with RunWriter(tmp_path / "r") as writer:
        for key in ("b", "a/../c=1", "z"):
            writer.write_task(key, {"metric": metric(float(ord(key[0])))}, 0.1)
        writer.compact(["z", "b", "a/../c=1"])
        writer.clear_parts()
    values = read_table(tmp_path / "r", "metric")
    assert values["value"].tolist() == [122.0, 98.0, 97.0]
    assert set(values["run"]) == {"r"}


def test_key_becomes_a_harmless_file_name():
    assert "/" not in file_name("a/../../b")
    assert file_name("llc c=6") != file_name("llc c=7")


def test_wrong_columns_types_and_tables_are_refused(tmp_path):
    with RunWriter(tmp_path / "r") as writer:
        with pytest.raises(StoreError, match=r"missing \['std_err'\]"):
            writer.write_task("k", {"metric": metric(1.0).drop(columns="std_err")}, 0.1)
        with pytest.raises(StoreError, match="does not fit"):
            writer.write_task("k", {"metric": metric(1.0).assign(step="one")}, 0.1)
        with pytest.raises(StoreError, match="table 'metrics' is unknown"):
            writer.write_task("k", {"metrics": metric(1.0)}, 0.1)
        assert writer.done() == set()


@pytest.mark.parametrize("name", ["../x", "A", "", "a/b", "a" * 101, "a;b", "..", "a..b", None, 7])
def test_run_names_are_checked(tmp_path, name):
    with pytest.raises(StoreError, match="run name"):
        run_folder(tmp_path, name)


def test_snapshot_holds_the_run_and_reaches_no_other_file(data, run):
    db = Snapshot(publish(data))
    runs = queries.runs(db)
    assert set(runs["run"]) == {run_of(data, name) for name in RUNS}
    assert runs["created_at"].is_monotonic_decreasing, "the newest first"
    assert len(queries.claims(db, run)) >= 10
    for sql in (
        "SELECT * FROM read_csv('/etc/hostname')",
        "ATTACH '/tmp/x.duckdb'",
        "SET enable_external_access = true",
        "DELETE FROM run",
    ):
        with pytest.raises(Exception, match=r"(?i)disabled|read-only|locked|cannot"):
            db.rows(sql, [])


def test_fingerprint_changes_with_every_change_of_a_run(data, run):
    seen = {fingerprint(data)}
    (data / "runs" / run / "claim.parquet").unlink()
    seen.add(fingerprint(data))
    (data / "runs" / "other").mkdir()
    seen.add(fingerprint(data))
    with RunWriter(data / "runs" / "other") as writer:
        writer.write_task("k", {"metric": metric(1.0)}, 0.1)
    seen.add(fingerprint(data))
    assert len(seen) == 4


def test_only_the_last_two_snapshots_are_kept(data, run):
    for number in range(4):
        (data / "runs" / f"more-{number}").mkdir()
        publish(data)
    assert len(list(data.glob("devdash-*.duckdb"))) == 2


def test_folder_name_is_the_run_name_after_a_rename(data, run):
    (data / "runs" / run).rename(data / "runs" / "renamed")
    db = Snapshot(publish(data))
    assert len(queries.claims(db, "renamed")) >= 10


def test_every_query_runs_on_an_empty_store(tmp_path):
    db = Snapshot(publish_empty(tmp_path))
    for query in queries.QUERIES.values():
        assert query(db, **needed(query)).empty


def needed(query) -> dict:
    """A value of each parameter that a query cannot do without."""
    values = {"run": "r", "features": 6, "path": "p", "name": "m", "text": "t"}
    parameters = inspect.signature(query).parameters.values()
    return {p.name: values[p.name] for p in parameters if p.default is p.empty and p.name != "db"}


def publish_empty(folder):
    (folder / "runs").mkdir()
    return publish(folder)


def test_thinning_keeps_ends_and_extremes(tmp_path):
    import json

    steps = range(20_000)
    frame = pd.DataFrame({"step": steps, "name": "m", "component": "full", "distribution": "d"})
    frame["value"] = [1000.0 if s == 7777 else -1000.0 if s == 12_345 else (s % 17) / 17 for s in steps]
    folder = tmp_path / "runs" / "r"
    with RunWriter(folder) as writer:
        writer.write_task("k", {"metric": frame.assign(std_err=0.0)}, 0.1)
    facts = {"experiment": "e", "preset": "p", "title": "t", "seed": 0, "config": {}, "status": "finished"}
    (folder / "run.json").write_text(json.dumps(facts | {"created_at": "2026-01-01 00:00:00"}))
    thin = queries.compared(Snapshot(publish(tmp_path)), "m")
    assert len(thin) <= POINTS_PER_SERIES
    assert {7777, 12_345} <= set(thin["step"])


def test_data_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("DEVDASH_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    assert data_folder("other").name == "other"
