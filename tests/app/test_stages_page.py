"""The Stages page and its figures, on a made run whose stages are known."""

import shutil

import pandas as pd
import pytest

from devdash import gallery
from devdash.figures import marks, metric_multiples, stage_curves, stage_sensitivity
from devdash.store import queries
from devdash.store.snapshot import Snapshot
from devdash.views.stages import PAGE
from tests.app.made_language import ENDS, LABELS, MAIN, NBETA, OTHER_NBETA, RUN, SCALES, SEED, STEPS, TWIN
from tests.app.pages import charts, drawn, open_page, seen_page
from tests.conftest import MODEL, run_of


def curves(db: Snapshot, **setting):
    """The figure of stages for a setting."""
    nbeta = {"nbeta": setting.get("nbeta")}
    data = {
        "stages": queries.stages(db, RUN, **setting),
        "llc": queries.stage_estimates(db, RUN, **nbeta),
        "loss": queries.stage_losses(db, RUN),
        "unit": queries.loss_unit(db, RUN),
        "smooth": queries.smoothed_llc(db, RUN, **nbeta),
    }
    return gallery.draw(stage_curves, data, {"step": 900})


def bands(figure) -> list[tuple[float, float]]:
    """Start and end of each shaded stage in the first panel."""
    return [(s.x0, s.x1) for s in figure.layout.shapes if s.type == "rect" and s.xref == "x"]


def test_the_page_opens_on_the_run_that_has_stages(made):
    test = seen_page("stages")
    assert test.selectbox(key="model").value == MAIN
    assert test.selectbox(key="method").value == "GP" and test.selectbox(key="nbeta").value == NBETA
    assert test.selectbox(key="scale").value == SCALES[1], "the middle length-scale"
    assert drawn(test) == sorted(PAGE.drawn()) and not test.error and not test.info
    assert len(test.dataframe[0].value) == len(LABELS)


@pytest.mark.parametrize("view", ["stages", "trajectory", "reading"])
@pytest.mark.parametrize("experiment", ["superposition", "degeneracy"])
def test_other_experiments_have_nothing_to_show(data, view, experiment):
    for other in ("language", "regression", MODEL):  # which have stages
        shutil.rmtree(data / "runs" / run_of(data, other))
    test = open_page(view, run=run_of(data, experiment))
    assert charts(test) == 0 and not test.error
    assert any("python -m precompute language --preset smoke" in code.value for code in test.code)


def test_address_restores_the_view(made):
    address = {"model": TWIN, "method": "ruptures", "smoothed": "false", "step": "8000"}
    test = open_page("stages", metrics="ICL score", **address)
    assert test.selectbox(key="model").value == TWIN and test.selectbox(key="method").value == "ruptures"
    assert test.multiselect(key="metrics").value == ["ICL score"]
    assert not test.toggle(key="smoothed").value
    assert len(test.dataframe[0].value) == 3


def test_shading_follows_method_and_nbeta(db):
    for setting, factor in (
        ({"method": "GP", "nbeta": NBETA, "length_scale": 0.3}, 1.1),
        ({"method": "GP", "nbeta": OTHER_NBETA, "length_scale": 0.3}, 1.3),
        ({"method": "ruptures", "nbeta": NBETA, "length_scale": None}, 1.4),
    ):
        ends = [round(end * factor) for end in ENDS[setting["method"]]]
        expected = list(zip([1, *ends], [*ends, STEPS[-1]], strict=True))
        assert bands(curves(db, model=MAIN, **setting)) == expected
    assert bands(curves(db)) == bands(curves(db, model=MAIN, method="GP", nbeta=NBETA, length_scale=0.3))


def test_estimates_are_compared_at_equal_settings_only(db):
    swept = queries.stage_estimates(db, RUN, OTHER_NBETA)
    assert set(swept["model"]) == {MAIN} and swept["swept"].all()
    unswept = queries.stage_estimates(db, RUN)
    assert set(unswept["nbeta"]) == {NBETA} and set(unswept["model"]) == {MAIN, TWIN, SEED}
    assert "nβ = 30, γ = 300" in curves(db).layout.yaxis2.title.text


def test_unreliable_points_are_hollow_and_the_twin_is_dashed(db):
    figure = curves(db)
    (points,) = [trace for trace in figure.data if trace.mode == "markers"]
    assert points.error_y.array is not None
    assert sum(colour == "rgba(0,0,0,0)" for colour in points.marker.color) == 7
    dashed = [trace for trace in figure.data if trace.line.dash == "dash"]
    assert all(TWIN in trace.hovertemplate for trace in dashed) and len(dashed) == 2


def test_a_label_has_one_colour_on_every_figure(db):
    figure = stage_sensitivity.draw(queries.stage_ends(db, RUN), "GP", NBETA, 0.3)
    dots = [trace for trace in figure.data if trace.mode == "markers"]
    assert len(dots) == 5
    assert all(trace.marker.color[0] == marks.stage_colour(LABELS[0]) for trace in dots)
    bold = [text for text in figure.layout.yaxis.ticktext if text.startswith("<b>")]
    assert bold == ["<b>GP, nβ 30, 0.3 decades</b>"]


def test_ruptures_is_marked_as_chosen_without_a_length_scale(db):
    figure = stage_sensitivity.draw(queries.stage_ends(db, RUN), "ruptures", NBETA)
    assert [t for t in figure.layout.yaxis.ticktext if t.startswith("<b>")] == ["<b>ruptures, nβ 30</b>"]


def test_panels_hold_what_is_read_together():
    names = ["ICL score", "bigram floor", "bigram score", "n-gram loss 2", "n-gram loss 3", "other"]
    panels = metric_multiples.panels(names)
    assert panels["bigram score"] == ("bigram score", "bigram floor")
    assert panels["n-gram loss"] == ("n-gram loss 2", "n-gram loss 3")
    assert list(panels)[-1] == "other"


def test_multiples_share_the_steps_and_the_cursor(db):
    names = ("bigram score", "bigram floor", "previous-token score", "test loss")
    data = {
        "lines": queries.metric_lines(db, RUN, names, MAIN),
        "stages": queries.stages(db, RUN),
        "unit": queries.loss_unit(db, RUN),
    }
    step = STEPS[40]
    figure = gallery.draw(metric_multiples, data, {"model": MAIN, "step": step})
    axes = list(figure.select_xaxes())
    assert {axis.matches for axis in axes} == {"x"}
    lines = [s for s in figure.layout.shapes if s.type == "line" and s.x0 == step]
    assert len(lines) == 3
    ends = [note.text for note in figure.layout.annotations]
    assert any(text.startswith("head 0.1: ") for text in ends), "heads that form are named, with their value"
    assert any(text == "floor: 4.1" for text in ends)


def test_names_at_ends_stay_apart_where_bands_widen_the_axis(db):
    lines = pd.DataFrame(
        [
            {"model": MAIN, "name": "ICL score", "component": "", "distribution": kind, "step": step}
            | {"value": value, "std_err": 1.0}
            for kind, value in (("code", -0.4), ("prose", -0.41))
            for step in (1, 100)
        ]
    )
    others = {"stages": queries.stages(db, RUN), "unit": queries.loss_unit(db, RUN)}
    figure = metric_multiples.draw(others | {"lines": lines}, model=MAIN)
    names = [note for note in figure.layout.annotations if note.xanchor == "left" and note.x == 1]
    high = max(max(trace.y) for trace in figure.data)
    px = metric_multiples.PANEL_PX / (high - min(min(trace.y) for trace in figure.data))
    heights = [note.y * px + note.yshift for note in names]
    assert len(heights) == 2 and abs(heights[0] - heights[1]) > 11
