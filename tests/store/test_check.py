"""devdash check: sound runs have no faults, each fault is named, and the document is the schema."""

import json
import re
import shutil

import pandas as pd
import pytest

from devdash.store.check import columns_of, faults, rows_of
from devdash.store.queries import comparison, overview
from devdash.store.runs import SHIPPED
from devdash.store.snapshot import Snapshot, publish
from tests.conftest import ROOT

DOCUMENT = (ROOT / "docs" / "run-folder.md").read_text("utf-8")
(EXAMPLE,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The document's example."""
    monkeypatch.chdir(tmp_path)
    exec(EXAMPLE, {})
    return tmp_path / "devdash-data" / "runs" / "by-hand"


def test_the_example_has_no_faults_and_is_shown(run, tmp_path):
    assert faults(run) == []
    db = Snapshot(publish(tmp_path / "devdash-data"))
    assert comparison.compared(db, "loss")["value"].tolist() == [0.5, 0.25]
    assert overview.problems(db).empty


@pytest.mark.parametrize("name", sorted(path.name for path in (SHIPPED / "runs").iterdir()))
def test_shipped_runs_are_shown(name):
    """Older ones may lack columns that came later, which the app fills."""
    assert not [fault for fault in faults(SHIPPED / "runs" / name) if "is missing" not in fault]


def test_faults_are_named(run):
    facts = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(facts | {"status": "done"}))
    rows = pd.read_parquet(run / "metric.parquet").drop(columns="value").assign(step="one", valeu=1.0)
    rows.to_parquet(run / "metric.parquet")
    rows.to_parquet(run / "metrics.parquet")
    (run / "llc.parquet").write_bytes(b"PAR1")
    text = "\n".join(faults(run))
    for words in (
        "status 'done'; expected running, finished, failed",
        "metric.parquet: column 'value' is missing (value: numbers)",
        "metric.parquet: column 'step' is string, expected whole numbers (training step)",
        "column 'valeu' belongs to no column of metric; did you mean value?",
        "there is no table 'metrics'; did you mean metric",
        "llc.parquet: no readable Parquet file",
    ):
        assert words in text.replace("large_string", "string")


@pytest.mark.parametrize("key", ["created_at", "finished_at"])
def test_a_time_that_is_none_is_named(run, key):
    facts = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(facts | {key: "yesterday"}))
    assert f"states {key} as 'yesterday', expected a time such as 2026-01-31 12:00:00" in faults(run)[0]
    (run / "run.json").write_text(json.dumps(facts | {key: "2026-01-31T12:00:00+00:00"}))
    assert faults(run) == []


def test_folders_that_are_no_run(tmp_path, run):
    assert "no such folder" in faults(tmp_path / "nowhere")[0]
    shutil.copytree(run, tmp_path / "Capital")
    assert "'Capital'" in faults(tmp_path / "Capital")[0]
    (tmp_path / "empty").mkdir()
    text = "\n".join(faults(tmp_path / "empty"))
    assert "no run.json" in text and "no table" in text


def test_the_document_says_what_the_schema_says():
    for name, lead, rows in re.findall(
        r"### (\w+)\n\n(.*?)\n\n\| column.*?\n\|---.*?\n(.*?)\n\n", DOCUMENT, re.DOTALL
    ):
        assert lead.endswith(rows_of(name))
        said = [tuple(part.strip(" `") for part in row.strip("|").split(" | ")) for row in rows.split("\n")]
        assert said == columns_of(name), name
    assert len(re.findall(r"### \w+", DOCUMENT)) >= 9
