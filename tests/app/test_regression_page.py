"""The Regression page and its figures, on a made run; Stages and Trajectory serve the same run."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from devdash import export, gallery
from devdash.figures import marks, style
from devdash.figures.regression import (
    regression_complexity,
    regression_elsewhere,
    regression_errors,
    regression_guesses,
    regression_pool_llc,
    regression_pools,
    regression_spectra,
)
from devdash.store import queries
from devdash.views import regression
from tests.app.made_regression import EXAMPLES, LAST, POOLS, RUN, SEEDS, SEQUENCES, ZERO, measured, steps_of
from tests.app.pages import charts, drawn, notes, open_page, seen_page, texts
from tests.conftest import run_of

FIGURES = [name for name, _ in regression.PAGE.places()]
STEP = steps_of(SEEDS[0])[30]


def frames(db, module, **options) -> dict[str, pd.DataFrame]:
    """What a figure is drawn from."""
    return gallery.build(module, partial(gallery.query, db), RUN, options)[0]


def figure_of(db, module, **options):
    """A figure of the made run."""
    return gallery.build(module, partial(gallery.query, db), RUN, options)[1]


@pytest.mark.parametrize("section", regression.PAGE.sections)
def test_every_section_is_drawn(made_regression, section):
    test = seen_page("regression", view=section)
    assert drawn(test) == sorted(regression.PAGE.drawn(section)) and not test.error and not test.info
    controls = [*test.button_group, *test.select_slider, *test.toggle, test.button(key="step button")]
    assert len(controls) + len([box for box in test.selectbox if box.key != "run"]) <= 5


def test_address_restores_the_view(made_regression):
    test = open_page("regression", view="predictions", model="64 tasks", step=str(steps_of("64 tasks")[20]))
    assert test.selectbox(key="model").value == "64 tasks"
    assert test.session_state["step"] == steps_of("64 tasks")[20]


def test_a_step_from_elsewhere_goes_to_the_nearest_checkpoint(made_regression):
    test = open_page("regression", step=str(STEP + 1))
    assert test.session_state["step"] == STEP
    assert f"Step {STEP + 1:,} is not measured here: {STEP:,}, the nearest that is, is shown." in texts(test)


@pytest.mark.parametrize("view", ["stages", "trajectory"])
def test_pages_of_development_serve_the_run(made_regression, view):
    test = open_page(view)
    assert charts(test) == 3 and not test.error and not test.info
    assert test.selectbox(key="model").value == SEEDS[0]
    assert set(test.selectbox(key="model").options) == {*SEEDS, *POOLS}
    if view == "stages":
        assert len(test.multiselect(key="metrics").value) == 6


def test_a_rewritten_rule_stands_beside_its_claim(made_regression):
    words = texts(open_page("claims", run=RUN))
    assert "Rule re-written after results were seen.] It asked for a peak of 200." in words


def test_the_page_says_what_the_claim_on_the_peak_measured(made_regression):
    assert "Claim R-4, holds: 155." in texts(open_page("regression"))
    assert regression.rebound(pd.DataFrame({"claim": []})) == ""


def test_findings_are_what_was_measured(regression_db):
    peaks = queries.seed_peaks(regression_db, RUN)
    llc = queries.stage_estimates(regression_db, RUN).query("model == 'seed 0' and verdict == 'reliable'")
    first = peaks.iloc[0]
    assert first["peak"] == llc["llc"].max() and first["last_step"] == llc["step"].max()
    sentence = regression.fall(peaks)
    assert f"**{first['peak']:.1f} ± 2.0**" in sentence and "**5 of 5** seeds" in sentence
    worse = peaks.assign(mse_last=peaks["mse_last"].where(peaks.index > 1, 9.0))
    assert "**3 of 5** seeds" in regression.fall(worse)
    rising = peaks.assign(peak_step=peaks["last_step"])
    assert "has not fallen" in regression.fall(rising)


def test_the_page_says_where_it_peaks_at_other_settings(smoke):
    run = run_of(smoke, "regression")
    sweep = pd.read_parquet(smoke / "runs" / run / "llc_sweep.parquet").query("step > 0")
    top, last = sweep.loc[sweep["llc"].idxmax()], sweep.loc[sweep["step"].idxmax()]
    sentences = texts(seen_page("regression", run=run))
    assert f"largest at step {top['step']:,}, **{top['llc']:.1f} ± {top['std_err']:.1f}**" in sentences
    assert f"**{last['llc']:.1f} ± {last['std_err']:.1f}** at step {last['step']:,}" in sentences
    assert f"{(sweep['verdict'] == 'reliable').sum()} of {len(sweep)} estimates are reliable" in sentences


def test_seeds_are_averaged_where_all_were_measured(regression_db):
    llc = queries.seed_llc(regression_db, RUN)
    band = marks.mean_and_range(llc)
    assert band["step"].tolist() == measured(SEEDS[1])
    at = llc[llc["step"] == band["step"].iloc[-5]]["value"]
    assert np.allclose(band.iloc[-5][["mean", "min", "max"]].astype(float), [at.mean(), at.min(), at.max()])


def test_complexity_peaks_before_its_end_and_the_hessian_earlier(regression_db):
    figure = figure_of(regression_db, regression_complexity, step=STEP)
    peaks = [note for note in figure.layout.annotations if note.text == "▼"]
    curvature, llc = sorted(10**note.x for note in peaks)
    assert curvature < llc < LAST
    cursors = [s for s in figure.layout.shapes if s.type == "line" and s.x0 == STEP]
    assert len(cursors) == 3 and "in-context learning" in notes(figure)
    hollow = [
        colour == style.CLEAR
        for trace in figure.data
        if trace.error_y.array is not None
        for colour in trace.marker.color
    ]
    assert any(hollow) and not all(hollow)


def test_what_diverged_is_a_point_but_in_no_mean(regression_db):
    data = frames(regression_db, regression_complexity)
    llc, step = data["llc"].copy(), measured(SEEDS[1])[-3]
    at = (llc["model"] == SEEDS[2]) & (llc["step"] == step)
    llc.loc[at, ["value", "verdict"]] = 1e6, "diverged"
    figure = regression_complexity.draw(data | {"llc": llc})
    (points,) = [trace for trace in figure.data if trace.error_y.array is not None]
    means = [trace for trace in figure.data if trace.line.width == 2.4 and trace.yaxis == "y"]
    assert max(points.y) == 1e6 and max(means[0].y) < 200 and step not in means[0].x


def test_errors_stand_beside_the_floors(regression_db):
    data = frames(regression_db, regression_errors, model="64 tasks", step=1000)
    assert set(data["errors"]["model"]) == {"64 tasks"} and len(data["errors"]) == EXAMPLES
    floors = data["floors"].set_index("predictor")["value"]
    assert (floors["zero"] == ZERO).all() and floors["ridge"] == pytest.approx(1.6, rel=0.05)
    figure = regression_errors.draw(data)
    assert {"discrete optimum, mean", "ridge, mean", "zero", "<b>64 tasks</b>"} == set(
        notes(figure).split(" | ")
    )
    seeds = frames(regression_db, regression_errors)["errors"]
    assert set(seeds["model"]) == set(SEEDS) and seeds.loc[seeds["chosen"], "model"].unique() == [SEEDS[0]]
    assert set(seeds["step"]) == {LAST}


def test_floors_by_example_are_preferred(regression_db):
    data = frames(regression_db, regression_errors)
    ridge = pd.DataFrame({"predictor": "ridge", "example": [1, 2, 3], "value": [4.0, 3.0, 2.0]})
    figure = regression_errors.draw(data | {"floors": ridge})
    assert list(figure.data[0].y) == [4.0, 3.0, 2.0] and "mean" not in notes(figure)


def test_predictions_are_those_of_the_step_and_model(regression_db):
    seed = frames(regression_db, regression_guesses, step=STEP + 1)["data"]
    assert set(seed["step"]) == {STEP} and len(seed) == SEQUENCES * EXAMPLES
    assert "discrete optimum" not in notes(regression_guesses.draw(seed))
    figure = figure_of(regression_db, regression_guesses, model="16 tasks")
    assert "discrete optimum" in notes(figure) and len(figure.data) == 4 * SEQUENCES
    low, high = figure.layout.yaxis.range
    assert all(low < value < high for trace in figure.data for value in trace.y)


def test_spectra_name_what_collapses(regression_db):
    figure = figure_of(regression_db, regression_spectra)
    assert {"value 5", "value 16", "layer 0, norm 1", "last norm"} <= set(notes(figure).split(" | "))
    assert "_" not in notes(figure)
    assert [figure.layout[f"yaxis{n}"].type for n in ("", 2, 3)] == ["log", "log", "linear"]


def test_losses_elsewhere_are_relative_and_say_their_rise(regression_db):
    figure = figure_of(regression_db, regression_elsewhere)
    lines = regression_elsewhere.relative(queries.seed_lines(regression_db, RUN, ("MSE", "MSE elsewhere")))
    assert (lines.loc[lines["step"] == 0, "value"] == 1).all()
    rises = {text.split(": ")[0]: text.split(": ")[1] for text in notes(figure).split(" | ") if ": +" in text}
    assert rises["as in training"] == "+0.0%" and set(rises) == {"as in training", "g = 3", "g = 5", "g = 10"}


def test_finite_sets_stand_in_order_with_tasks_without_end_last(regression_db):
    models = queries.regression_models(regression_db, RUN)
    assert models["model"].tolist() == [*SEEDS, *POOLS]
    assert models["tasks"].dropna().tolist() == list(POOLS.values())
    assert {"M = 1", "M = 1,024", "∞"} <= set(notes(figure_of(regression_db, regression_pools)).split(" | "))
    figure = figure_of(regression_db, regression_pool_llc, step=5000)
    assert list(figure.layout.xaxis.ticktext) == ["1", "4", "16", "64", "256", "1,024", "∞"]
    data = frames(regression_db, regression_pool_llc, step=5000)["data"]
    assert len(data) == len(SEEDS) + len(POOLS) and data["step"].between(3000, 5000).all()


@pytest.mark.parametrize("name", FIGURES)
def test_empty_tables_say_why(regression_db, name):
    module = gallery.figure_named(name)
    none = {key: frame.iloc[:0] for key, frame in frames(regression_db, module).items()}
    figure = gallery.draw(module, none, module.OPTIONS)
    assert not figure.data and "stored" in notes(figure)


@pytest.mark.parametrize("name", FIGURES)
def test_one_seed_and_no_stages_are_drawn(regression_db, name):
    module = gallery.figure_named(name)
    data = {
        key: frame[frame["model"].isin([SEEDS[0], "4 tasks"])] if "model" in frame else frame
        for key, frame in frames(regression_db, module).items()
    }
    if "stages" in data:
        data["stages"] = data["stages"].iloc[:0]
    assert gallery.draw(module, data, module.OPTIONS).data


@pytest.mark.skipif(export.browser() is None, reason="no browser to render with")
@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_exported(regression_db, name):
    figure = style.dress(figure_of(regression_db, gallery.figure_named(name)), "light")
    assert b"<image" not in export.render(figure, "svg", export.Size(5.5, 9))
