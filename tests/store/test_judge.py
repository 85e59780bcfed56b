"""Claims of finished runs judged again: from stored tables alone, whole or not at all; run.json says so."""

import json
import shutil
from pathlib import Path

import pytest

from devdash.pipeline.experiment import Workspace
from devdash.store import queries
from devdash.store.shards import RunWriter, read_table
from devdash.store.snapshot import Snapshot, publish
from precompute import discover
from precompute.judge import claim_tables, finished, judge, judges
from tests.conftest import precompute_here

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "runs"
RUNS = sorted(folder.name for folder in SHIPPED.iterdir() if (folder / "run.json").exists())


def copy(data: Path, *runs: str) -> Path:
    for run in runs:
        shutil.copytree(SHIPPED / run, data / "runs" / run)
    return data


def test_claims_are_of_experiments_that_there_are():
    """Those of every shipped run are judged below."""
    assert judges().keys() <= discover().keys()


def test_claims_that_lack_the_rows_of_a_failed_job_name_it(tmp_path):
    workspace = Workspace(tmp_path / "runs" / "broken", 0)
    with RunWriter(workspace.folder) as writer:
        writer.write_failure("heads", "ValueError: measure more")

        def claims(workspace):
            return workspace.read("head")["model"].iloc[0]

        with pytest.raises(RuntimeError, match="claims rest on jobs that failed: heads; start again once"):
            claim_tables(claims, workspace)
        writer.forget_failure("heads")
        with pytest.raises(IndexError):
            claim_tables(claims, workspace)


@pytest.mark.slow
def test_shipped_runs_judged_again_give_the_claims_that_are_shipped(tmp_path):
    data = copy(tmp_path, *RUNS)
    assert finished(data) == RUNS
    for run in RUNS:
        before = read_table(data / "runs" / run, "claim")
        verdicts = judge(run, data)
        assert (verdicts["before"] == verdicts["now"]).all()
        after = read_table(data / "runs" / run, "claim")
        assert after["claim"].is_unique and set(after["verdict"]) <= {"holds", "fails", "undecided"}
        assert after.drop(columns=["low", "high"]).equals(before.drop(columns=["low", "high"])), run
        assert (after["low"] - before["low"]).abs().fillna(0).max() < 1e-9


@pytest.mark.slow
def test_run_json_says_who_judged_and_keeps_where_the_run_comes_from(tmp_path):
    run = next(run for run in RUNS if run.startswith("programs"))
    data = copy(tmp_path, run)
    path = data / "runs" / run / "run.json"
    before = json.loads(path.read_text("utf-8"))
    done = precompute_here("judge", run, data=data)
    assert done.returncode == 0, done.stderr
    assert f"{run}: " in done.stderr
    after = json.loads(path.read_text("utf-8"))
    assert set(after["judged"]) == {"commit", "at"} and after["commit"] == before["commit"]
    assert {k: v for k, v in after.items() if k != "judged"} == {
        k: v for k, v in before.items() if k != "judged"
    }


def test_heads_alone_leave_undecided_what_needs_the_language_run(tmp_path):
    run = next(run for run in RUNS if run.startswith("heads"))
    data = copy(tmp_path, run)
    verdicts = judge(run, data).set_index("claim")["now"]
    assert set(verdicts[["A-1", "A-4", "A-5", "A-6"]]) == {"undecided"} and verdicts["A-3"] == "holds"


@pytest.mark.parametrize(
    ("change", "words"),
    [({"status": "failed"}, "is failed; finish it first"), ({"experiment": "mine"}, "states no claims")],
)
@pytest.mark.slow
def test_faults_leave_the_run_as_it_was(tmp_path, change, words):
    run = next(run for run in RUNS if run.startswith("programs"))
    folder = copy(tmp_path, run) / "runs" / run
    facts = json.loads((folder / "run.json").read_text("utf-8")) | change
    (folder / "run.json").write_text(json.dumps(facts), "utf-8")
    before = (folder / "claim.parquet").read_bytes()
    done = precompute_here("judge", run, data=tmp_path)
    assert done.returncode == 2 and words in done.stderr
    assert (folder / "claim.parquet").read_bytes() == before


@pytest.mark.slow
def test_command_without_runs_says_what_to_give(tmp_path):
    done = precompute_here("judge", data=tmp_path)
    assert done.returncode == 2 and "names of finished runs, or --all" in done.stderr


def test_claims_written_before_the_column_was_there_are_read(tmp_path):
    import pyarrow.parquet as pq

    run = next(run for run in RUNS if run.startswith("programs"))
    path = copy(tmp_path, run) / "runs" / run / "claim.parquet"
    pq.write_table(pq.read_table(path).drop_columns("rewritten"), path)
    db = Snapshot(publish(tmp_path))
    assert queries.problems(db).empty
    assert queries.claims(db, run)["rewritten"].isna().all()
