"""The run that a page opens with, where nobody has chosen one."""

import json

import pytest

from devdash.store.runs import write_json
from tests.app.pages import open_page
from tests.store import tiny_run


def write(data, name: str, **facts) -> None:
    file = tiny_run.write(data, name) / "run.json"
    write_json(file, json.loads(file.read_text()) | facts)


OLDER, NEWER = "older-language", "newer"


@pytest.mark.parametrize(
    ("experiment", "status", "opened"),
    [
        ("language", "finished", NEWER),
        ("language", "failed", OLDER),
        ("regression", "finished", OLDER),
        ("model", "finished", NEWER),
    ],
)
def test_a_page_opens_with_a_finished_run_of_its_experiment_or_a_users(
    tmp_path, read, experiment, status, opened
):
    """Reading shows any run whose text was read, and is about language runs."""
    write(tmp_path, OLDER, experiment="language", created_at="2026-01-01 00:00:00")
    write(tmp_path, NEWER, experiment=experiment, status=status, created_at="2026-02-01 00:00:00")
    read(tmp_path)
    assert open_page("reading").selectbox(key="run").value == opened
