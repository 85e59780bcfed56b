"""Pages on runs of users: what they show, and what they say that a run lacks."""

import shutil

import pytest

import devdash
from devdash.store.snapshot import publish
from tests.app.conftest import shared
from tests.app.pages import PAGES, drawn, open_page, texts
from tests.conftest import MODEL, run_of
from tests.measuring import linear


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory):
    """A recorded and measured run, and one that was recorded only."""

    def fill(folder):
        linear.compute(folder)
        linear.record("bare", folder)

    return shared(tmp_path_factory, "model runs", fill)


@pytest.fixture
def models(model_folder, read):
    return read(model_folder)


@pytest.mark.parametrize("view", ["compare", "stages", "trajectory", "sampler", "checkpoints"])
def test_pages_show_a_measured_run(models, view):
    """All figures that the page opens on, whichever these are."""
    test, page = open_page(view, run="model-tiny"), PAGES[view]
    assert drawn(test) == sorted(page.drawn(next(iter(page.sections), ""))) and not test.error
    assert not [box for box in test.selectbox if box.key == "model"], "a single model needs no control"


def test_home_leads_to_what_a_run_can_show(models):
    test = open_page("home")
    assert set(test.dataframe[0].value["Folder"]) == {"model-tiny", "bare"}
    assert "devdash.measure" in "".join(code.value for code in test.code)


LACKS = {
    "stages": "λ̂ is not measured of this run yet",
    "trajectory": "outputs of this model on probe inputs are not followed",
    "heads": "λ̂ of single heads is not measured",
    "sampler": "No λ̂ is stored for this run yet",
    "checkpoints": "No checkpoints were looked at yet",
    "reading": "No text was read along with this model",
    "multigrams": "No head of this model was ablated",
    "embryology": "No susceptibilities of tokens are measured",
}


def test_without_a_run_of_the_user_the_checkpoints_say_how_to_bring_one(data):
    shutil.rmtree(data / "runs" / run_of(data, MODEL))
    test = open_page("checkpoints")
    assert LACKS["checkpoints"] in texts(test) and not drawn(test) and not test.error
    assert test.code[0].value.startswith('devdash.measure("my-run"')


@pytest.mark.parametrize("view", LACKS)
def test_pages_say_what_a_recorded_run_lacks(models, view):
    test = open_page(view, run="bare")
    assert LACKS[view] in texts(test) and not drawn(test) and not test.error
    assert "There is no" not in texts(test)


def test_stages_say_how_many_steps_are_missing(tmp_path, read):
    linear.record("few", tmp_path)
    devdash.measure("few", linear.task(), checkpoints=[500, 600, 700], data=tmp_path, **linear.SHORT)
    publish(read(tmp_path))
    assert "λ̂ at 3 steps, 8 needed" in texts(open_page("stages", run="few"))
