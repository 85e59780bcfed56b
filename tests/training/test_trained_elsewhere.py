"""A training that was done elsewhere is measured as one that was done here, and nothing is written to it."""

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from devdash.pipeline.experiment import Workspace
from devdash.store.shards import read_table
from precompute.language import data as language_data
from precompute.language import elsewhere, measure, models
from precompute.language.experiment import SMOKE, facts
from precompute.language.models import MAIN, TWIN
from tests.conftest import run_of

CONFIG = replace(SMOKE, trained="made-training")


@pytest.fixture
def here(smoke_data, tmp_path) -> Workspace:
    """The smoke run of language models, which was trained in the data folder."""
    return Workspace(smoke_data / "runs" / run_of(smoke_data, "language"), 0)


@pytest.fixture
def taken(here, tmp_path) -> Workspace:
    """A run in another data folder, among whose checkpoints the training's folder was laid."""
    place = tmp_path / "checkpoints" / CONFIG.trained
    place.mkdir(parents=True)
    shutil.copy(here.files / elsewhere.STREAMS, place)
    shutil.copy(here.folder / elsewhere.TOKENISER, place)
    read_table(here.folder, "corpus").drop(columns="run").to_csv(place / elsewhere.COUNTS, index=False)
    for model in (MAIN, TWIN):
        shutil.copytree(here.files / model, place / model)
    return Workspace(tmp_path / "runs" / "taken", 0)


def test_its_tables_are_those_of_the_training(here, taken):
    prepared = language_data.prepare(CONFIG, taken)
    for name in ("corpus", "token", "text_token"):
        expected = here.read(name).reset_index(drop=True)
        pd.testing.assert_frame_equal(prepared[name][list(expected)], expected, check_dtype=False)
    for model in (MAIN, TWIN):
        rows = models.take_model(CONFIG, model, taken)["checkpoint"]
        expected = here.read("checkpoint").query("model == @model").reset_index(drop=True)
        pd.testing.assert_frame_equal(rows[list(expected)], expected, check_dtype=False)
    assert (taken.folder / elsewhere.TOKENISER).exists()


def test_a_checkpoint_is_measured_alike(here, taken):
    step = CONFIG.training.steps
    rows = measure.measure(CONFIG, MAIN, step, taken)["metric"].set_index(
        ["name", "component", "distribution"]
    )
    stored = here.read("metric").query("model == @MAIN and step == @step")
    stored = stored.set_index(["name", "component", "distribution"])
    pd.testing.assert_series_equal(rows["value"].sort_index(), stored["value"].sort_index(), atol=1e-5)


def test_run_json_says_where_it_comes_from_and_the_folder_is_only_read(taken):
    place = elsewhere.folder(CONFIG, taken)
    (place / elsewhere.FACTS).write_text(json.dumps({"device": "a GPU"}))
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    tables = language_data.prepare(CONFIG, taken)
    assert before == {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    tables["corpus"].assign(run="taken").to_parquet(taken.folder / "corpus.parquet")
    training = facts(CONFIG, taken)["training"]
    assert training["device"] == "a GPU" and training["folder"] == CONFIG.trained
    assert set(training["wall_s"]) == {MAIN, TWIN}
    last = f"{MAIN}/step-{CONFIG.training.steps:08d}.safetensors"
    assert training["sha256"][last] == elsewhere.digest(place / last)


def test_what_lacks_is_named(taken):
    place = elsewhere.folder(CONFIG, taken)
    (place / MAIN / f"step-{CONFIG.training.steps:08d}.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=f"no checkpoint of step {CONFIG.training.steps}, expected"):
        models.take_model(CONFIG, MAIN, taken)
    (place / elsewhere.COUNTS).unlink()
    with pytest.raises(FileNotFoundError, match=r"expected counts\.csv in .*copy the training's folder"):
        language_data.prepare(CONFIG, taken)


def test_the_twin_may_end_earlier():
    short = models.models(replace(SMOKE, twin_steps=40))
    assert short[TWIN].steps[-1] == 40 and short[MAIN].steps[-1] == SMOKE.training.steps
    assert set(short[TWIN].steps) <= set(short[MAIN].steps)
