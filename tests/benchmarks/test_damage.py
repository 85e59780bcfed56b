"""The campaign of damages: its cases do what they say, and a silent one is a fault."""

from collections import Counter
from random import Random

import pyarrow.parquet as pq
import pytest

from benchmarks.damage import __main__ as command
from benchmarks.damage.kinds import Case, cases
from devdash.store import parquet
from devdash.store.snapshot import Snapshot, publish
from tests.store import tiny_run

OF_A_KIND = 3


@pytest.fixture
def campaign(tmp_path):
    """Two small runs whose tables have sums of their pages."""
    folders = [tiny_run.write(tmp_path, name) for name in ("bad", "good")]
    for path in tmp_path.glob("runs/*/*.parquet"):
        parquet.write(path, parquet.read(path))
    db = Snapshot(publish(tmp_path))
    return command.Campaign(tmp_path, {folder.name: command.digest(db, folder.name) for folder in folders})


@pytest.mark.slow
def test_every_kind_of_case_changes_a_run_and_none_is_silent(campaign, tmp_path):
    folder = tmp_path / "runs" / "bad"
    kinds, tally = Counter(), command.Tally()
    for case in cases(folder, Random(0)):
        kinds[case.kind] += 1
        if kinds[case.kind] <= OF_A_KIND:
            campaign.try_one(case, folder, "good", None, tally)
    assert tally.faults == [] and tally.counts["cases"] > 2 * len(kinds) > 20
    assert tally.counts["told"] + tally.counts["same rows"] > tally.counts["cases"] / 2
    assert command.digest(Snapshot(publish(tmp_path)), "bad") == campaign.before["bad"]


def test_other_numbers_without_a_word_are_a_fault(campaign, tmp_path):
    def other_numbers(folder):
        table = pq.read_table(folder / "metric.parquet").slice(1)
        pq.write_table(table, folder / "metric.parquet")

    tally = command.Tally()
    campaign.try_one(Case("silent", other_numbers, inside=True), tmp_path / "runs/bad", "good", None, tally)
    assert tally.faults == ["bad: other numbers, no word"]


def test_a_run_that_takes_another_along_is_a_fault(campaign, tmp_path):
    tally = command.Tally()
    greedy = Case("greedy", lambda folder: (folder.parent / "good" / "metric.parquet").unlink())
    campaign.try_one(greedy, tmp_path / "runs/bad", "good", None, tally)
    assert tally.faults == ["bad: the run beside it changed"]
