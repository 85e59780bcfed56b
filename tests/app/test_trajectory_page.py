"""The Trajectory page and its figures, on a made run."""

import numpy as np
import pytest

from devdash.figures import trajectory_explained, trajectory_plane, trajectory_space
from devdash.store import queries
from tests.app.made_language import LABELS, MAIN, RUN, SEED, STEPS, TWIN
from tests.app.pages import charts, seen_page

STEP = STEPS[30]


@pytest.fixture(scope="module")
def data(db) -> dict:
    return {
        "data": queries.trajectory(db, RUN),
        "stages": queries.stages(db, RUN),
        "axes": queries.trajectory_axes(db, RUN),
    }


@pytest.mark.parametrize("plane", trajectory_plane.PLANES)
def test_every_plane_is_drawn(made, plane):
    test = seen_page("trajectory", plane=plane, step=str(STEP))
    assert test.selectbox(key="model").value == MAIN
    assert charts(test) == 3 and not test.error and not test.info
    assert test.session_state["step"] == STEP


@pytest.mark.parametrize("plane", trajectory_plane.PLANES)
def test_the_circle_hugs_the_smoothed_curve_at_the_cursor(data, plane):
    """It goes through the curve's point, and the neighbours are closer to it than to the point's tangent."""
    figure = trajectory_plane.draw(data, plane=plane, step=STEP)
    (circle,) = [t for t in figure.data if t.mode == "lines" and len(t.x) == 181]
    curve = data["data"][data["data"]["model"] == MAIN].reset_index(drop=True)
    at = curve[curve["step"] == STEP].iloc[0]
    first, second = plane.split("–")
    gap = np.hypot(circle.x - at[f"smoothed_{first}"], circle.y - at[f"smoothed_{second}"]).min()
    radius = np.ptp(circle.x) / 2
    assert gap < 0.02 * radius + 1e-9


def test_a_plane_without_values_says_so(data):
    path = data["data"].assign(value_2=np.nan, smoothed_2=np.nan)
    figure = trajectory_plane.draw(data | {"data": path})
    assert not figure.data and "has values" in figure.layout.annotations[0].text


def test_stage_ends_are_marked_and_named(data):
    for draw in (trajectory_plane.draw, trajectory_space.draw):
        figure = draw(data)
        diamonds = [t for t in figure.data if t.marker.symbol == "diamond"]
        assert sum(len(t.x) for t in diamonds) == len(LABELS) - 1
    notes = " ".join(note.text for note in trajectory_plane.draw(data).layout.annotations)
    assert f"{LABELS[0]} end at 99" in notes


def test_stages_of_one_name_are_told_apart(data):
    alike = data | {"stages": data["stages"].assign(label="bigrams")}
    notes = " ".join(note.text for note in trajectory_plane.draw(alike).layout.annotations)
    assert "bigrams 1 end at 99" in notes and "bigrams 2 end" in notes
    names = [trace.text for trace in trajectory_space.draw(alike).data if trace.marker.symbol == "diamond"]
    assert list(names[0][:2]) == ["bigrams 1", "bigrams 2"]


def test_other_models_can_be_hidden(data):
    def named(figure) -> set:
        return {note.text for note in figure.layout.annotations} & {TWIN, SEED}

    assert named(trajectory_plane.draw(data)) == {TWIN, SEED}
    assert named(trajectory_plane.draw(data, others=False)) == set()
    assert len(trajectory_space.draw(data).data) - len(trajectory_space.draw(data, others=False).data) == 2


def test_axes_state_their_share(data):
    assert trajectory_plane.draw(data).layout.xaxis.title.text == "PC 1 (66 %)"
    shares = trajectory_explained.draw(data["axes"]).data[0].text
    assert shares == ("66.0 %", "12.0 %, 78.0 % together", "5.0 %, 83.0 % together")
