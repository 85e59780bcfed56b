"""What the documents say of the shipped runs is what the runs hold."""

import re

import pytest

from devdash.store.shards import read_table
from devdash.verdicts import FAILS, HOLDS, UNDECIDED
from tests.conftest import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
SHIPPED = re.findall(r"^\| `([^`]+)` \|", (ROOT / "data" / "README.md").read_text("utf-8"), re.MULTILINE)
ROW = r"^\| `([a-z]+-[a-z]+)` \|.*\| (\d+, \d+, \d+) \|$"  # of a run's claims
CLAIMS = dict(re.findall(ROW, (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("run", SHIPPED)
def test_readme_counts_the_claims_of_a_shipped_run(run):
    verdicts = read_table(ROOT / "data" / "runs" / run, "claim")["verdict"].tolist()
    counts = ", ".join(str(verdicts.count(verdict)) for verdict in (HOLDS, FAILS, UNDECIDED))
    assert CLAIMS["-".join(run.split("-")[:2])] == counts


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_runs_that_documents_name_are_shipped(document):
    """A name of a run: experiment, preset, seed and the eight letters of its configuration."""
    names = re.findall(r"\b[a-z]+-[a-z]+-s\d+-[0-9a-f]{8}\b", document.read_text("utf-8"))
    assert set(names) <= set(SHIPPED)


def test_each_experiment_is_shipped():
    assert len(CLAIMS) == len(SHIPPED) >= 8
