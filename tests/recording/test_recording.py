"""Recording a training: what is logged, checkpoints on a schedule, resumption, faults."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

import devdash
from devdash.recording.schedule import Schedule
from devdash.store.queries.comparison import compared
from devdash.store.queries.overview import runs, trends
from devdash.store.runs import StoreError, read_run_json
from devdash.store.shards import read_table
from devdash.store.snapshot import Snapshot, publish
from devdash.training import checkpoints
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.delenv("DEVDASH_DATA", raising=False)
    monkeypatch.chdir(tmp_path)


def metric(run) -> dict:
    """(name, step) → value of what was recorded."""
    rows = read_table(run.folder, "metric")
    return {(row.name_, row.step): row.value for row in rows.rename(columns={"name": "name_"}).itertuples()}


def test_run_is_in_the_data_folder_of_the_current_directory(tmp_path):
    model = nn.Linear(2, 1)
    run = devdash.init("my-net", model, config={"width": 3, "activation": nn.ReLU()})
    for step in range(1, 31):
        with torch.no_grad():
            model.weight.fill_(step)
        run.log({"train_loss": 1 / step}, step=step)
    folder = run.finish()
    assert folder == tmp_path / "devdash-data" / "runs" / "my-net"
    facts = read_run_json(folder)
    assert facts["status"] == "finished" and facts["parameters"] == 3 and facts["config"]["width"] == 3
    assert checkpoints.steps(run.checkpoints) == [s for s in range(31) if Schedule().is_due(s - 1, s)] + [30]
    assert checkpoints.load(run.checkpoints, 12)["weight"].tolist() == [[12, 12]]
    assert not (folder / "parts").exists()


def test_words_of_wandb():
    run = devdash.init("words")
    run.define_metric("val/*", step_metric="epoch")
    run.log({"train": {"loss": torch.tensor(2.0), "acc": np.float32(0.5)}, "lr": 1, "note": "warm"}, step=10)
    run.log({"epoch": 3, "val/loss": 1.25}, step=20)
    devdash.log({"train": {"loss": float("nan")}})  # of the run begun last, at the next step
    devdash.finish()
    values = metric(run)
    assert values[("train/loss", 10)] == 2 and values[("train/acc", 10)] == 0.5 and values[("lr", 10)] == 1
    assert values[("val/loss", 3)] == 1.25 and ("val/loss", 20) not in values
    assert np.isnan(values[("train/loss", 21)])
    assert not [name for name, _ in values if name == "note"]


def test_home_and_compare_find_a_run_while_it_runs_and_when_it_is_finished(tmp_path, monkeypatch):
    monkeypatch.setattr("devdash.recording.recorder.SHARD_ROWS", 5)
    run = devdash.init("seen")
    for step in range(12):
        run.log({"loss": float(step)})
    db = Snapshot(publish(tmp_path / "devdash-data"))
    assert runs(db)["status"].tolist() == ["running"] and len(compared(db, "loss")) == 10
    run.finish()
    db = Snapshot(publish(tmp_path / "devdash-data"))
    assert compared(db, "loss")["value"].tolist() == list(range(12))
    (trend,) = trends(db).query("kind == 'loss'")["trend"]
    assert list(trend) == list(range(12))


def test_a_name_is_not_taken_twice_and_a_run_goes_on_by_resume():
    model = nn.Linear(1, 1)
    with devdash.init("twice", model) as run:
        run.log({"loss": 1.0}, step=5)
    with pytest.raises(StoreError, match="resume=True"):
        devdash.init("twice", model)
    with devdash.init("twice", model, resume=True) as again:
        assert again.step == 5
        again.log({"loss": 0.5})
    assert metric(again) == {("loss", 5): 1.0, ("loss", 6): 0.5}
    assert checkpoints.steps(again.checkpoints) == [0, 5, 6]


@pytest.mark.slow
def test_a_script_without_finish_keeps_what_it_logged(tmp_path):
    script = "import devdash; run = devdash.init('loose'); run.log({'loss': 2.0})"
    apart = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120, env=apart)
    folder = tmp_path / "devdash-data" / "runs" / "loose"
    assert read_run_json(folder)["status"] == "finished" and len(read_table(folder, "metric")) == 1


def test_a_failed_training_is_marked_and_keeps_its_rows():
    with pytest.raises(RuntimeError, match="boom"), devdash.init("failing") as run:
        run.log({"loss": 2.0})
        raise RuntimeError("boom")
    assert read_run_json(run.folder)["status"] == "failed" and len(read_table(run.folder, "metric")) == 1


def test_tied_weights_and_wrappers_are_saved_once_under_plain_names():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.head = nn.Embedding(4, 2), nn.Linear(2, 4, bias=False)
            self.head.weight = self.embed.weight

    with devdash.init("tied", nn.DataParallel(Tied())) as run:
        pass
    assert list(load_file(checkpoints.path_of(run.checkpoints, 0))) == ["embed.weight"]


@pytest.mark.parametrize("name", ["", "Capital", "../up", "a b"])
def test_names_that_make_no_folder_are_refused(name):
    with pytest.raises(StoreError, match="small letters"):
        devdash.init(name)


@pytest.mark.parametrize("stride", [1, 7, 100])
def test_schedule_does_not_depend_on_how_often_one_logs(stride):
    """A checkpoint is saved at the first call at or after each scheduled step."""
    schedule, before, saved = Schedule(per_decade=4, every=300), -1, []
    for step in range(0, 2001, stride):
        if schedule.is_due(before, step):
            saved.append(step)
            before = step
    wanted = [step for step in range(2001) if schedule.is_due(step - 1, step)]
    assert saved == sorted({min(-(-step // stride) * stride, 2000 // stride * stride) for step in wanted})
