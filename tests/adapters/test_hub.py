"""Revisions of a repository on the hub: found by their names, fetched one by one, and not kept."""

import tempfile

import pytest
import torch
from safetensors.torch import save

import devdash
from devdash.adapters.checkpoints import revisions
from devdash.adapters.checkpoints.hub import fetched
from tests.adapters.hub import REPOSITORY, commit_of, serving
from tests.measuring import linear

WEIGHTS = {step: dict(linear.model_at(step).state_dict()) for step in (0, 8, 64)}


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """The paths asked of a hub with three steps, their weights as safetensors beside a pickle."""
    files = {
        f"step{step}": {
            "model.safetensors": save(state),
            "pytorch_model.bin": b"never fetched",
            "README.md": b"about",
        }
        for step, state in WEIGHTS.items()
    }
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with serving(files | {"main": files["step64"]}) as (address, asked):
        monkeypatch.setenv("HF_ENDPOINT", address)
        yield asked
    fetched.cache_clear()


def test_revisions_are_in_order_andfetched_one_by_one(hub, tmp_path):
    stored = revisions(REPOSITORY)
    assert [(one.step, one.name) for one in stored] == [(step, f"step{step}") for step in WEIGHTS]
    assert not any("resolve" in path for path in hub)
    assert torch.equal(stored[1].read()["weight"], WEIGHTS[8]["weight"])
    fetched = {path for path in hub if "resolve" in path}
    assert fetched == {f"/{REPOSITORY}/resolve/{commit_of('step8')}/model.safetensors"}
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_repository_that_is_not_there_says_how_to_go_on(hub):
    with pytest.raises(ValueError, match=r"hub:someone/else cannot be fetched .*hf download someone/else"):
        revisions("someone/else")


def test_no_hub_at_all_says_how_to_go_on(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ValueError, match=r"cannot be fetched .*--local-dir"):
        revisions(REPOSITORY)


def test_a_repository_is_measured_as_a_folder_is(hub, tmp_path):
    measured = devdash.measure(f"hub:{REPOSITORY}", linear.task(), data=tmp_path / "data", **linear.SHORT)
    assert measured.failures == 0 and measured.folder.name == "model"
    assert sorted(measured.llc["step"]) == list(WEIGHTS)
    assert list((tmp_path / "temporary").iterdir()) == []
