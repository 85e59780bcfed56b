"""What was fetched of a run stays good while another one trains, and no longer."""

import json

import pytest

from devdash.store.runs import write_json
from devdash.store.snapshot import Snapshot, publish
from tests.store import tiny_run

RUNS = ("one", "two", "live")


@pytest.fixture
def data(tmp_path):
    for name in RUNS:
        tiny_run.write(tmp_path, name)
    state(tmp_path, "live", status="running")
    return tmp_path


def state(data, run: str, **facts) -> None:
    file = data / "runs" / run / "run.json"
    write_json(file, json.loads(file.read_text()) | facts)


def versions(data) -> list[str]:
    db = Snapshot(publish(data))
    return [db.version_of(run) for run in RUNS]


def test_a_run_that_is_written_changes_its_own_version_alone(data):
    one, two, live = versions(data)
    tiny_run.add(data / "runs" / "live", metric=tiny_run.METRIC.assign(value=2.0))
    assert versions(data)[:2] == [one, two] and versions(data)[2] != live


@pytest.mark.parametrize("changed", ["one", "two"])
def test_a_run_that_has_ended_changes_all_versions(data, changed):
    before = versions(data)
    tiny_run.add(data / "runs" / changed, metric=tiny_run.METRIC.assign(value=2.0))
    assert not set(before) & set(versions(data))


def test_a_run_that_ends_changes_all_versions(data):
    before = versions(data)
    state(data, "live", status="finished")
    assert not set(before) & set(versions(data))


def test_a_run_that_is_not_there_has_the_version_of_all(data):
    db = Snapshot(publish(data))
    assert db.version_of("none") == db.id
