"""The Sampler page: burn-in, mixing, distance, calibration, and advice where a number is not reliable."""

import numpy as np
import pandas as pd
import pytest

from devdash.figures import (
    autocorrelation,
    calibration_grid,
    chain_ranks,
    chain_traces,
    distance,
    resolution_dial,
)
from devdash.sampling import diagnostics
from devdash.sampling.budget import Gauges
from devdash.sampling.transform import Settings
from devdash.store import queries
from devdash.store.series import Series
from devdash.store.snapshot import Snapshot, publish
from devdash.ui.advice import REASONS, advise, kind_of_number
from devdash.views.sampler import PAGE
from tests.app.conftest import shared
from tests.app.made import frame, write_run
from tests.app.made_estimates import OTHERS, TRACE
from tests.app.pages import charts, seen_page, texts
from tests.conftest import run_of

RUN = "sampler-test"
PLACE = {"model": "", "step": 0, "component": "full", "target": "data"}
SERIES = {name: str(Series(distribution=name)) for name in ("good", "bad")}
OLDER = str(Series(distribution="older"))
CALIBRATED = str(Series(distribution="ReLU 4-6-4, Langevin as calibrated"))
CHAINS, DRAWS, BURN_IN = 3, 60, 20
NBETA = 144.0


def draws(name: str, apart: float = 0.0) -> pd.DataFrame:
    """Draws of chains that lie `apart` from each other."""
    generator = np.random.default_rng(0)
    draw = np.tile(np.arange(-BURN_IN, DRAWS), CHAINS)
    chain = np.repeat(np.arange(CHAINS), BURN_IN + DRAWS)
    loss = 0.05 + 0.01 * generator.standard_normal(len(draw)) + apart * chain
    return frame(
        "llc_draw",
        **PLACE,
        distribution=name,
        chain=chain,
        draw=draw,
        loss=loss,
        distance=np.sqrt(draw + BURN_IN + 1.0),
    )


def grid() -> pd.DataFrame:
    """Two nβ with three ε at equal shares; the chosen cell has a weaker γ, as `calibrate` may choose."""
    share, nbeta = np.tile([0.05, 0.15, 0.45], 2), np.repeat([36.0, NBETA], 3)
    cells = frame(
        "calibration",
        **PLACE,
        distribution="good",
        part="grid",
        epsilon=share / nbeta,
        nbeta=nbeta,
        gamma=1.0,
        llc=[3, 3, 4, 7, 7, np.nan],
        std_err=0.1,
        acceptance=0.9,
        drift=0.0,
        verdict=["reliable"] * 5 + ["diverged"],
        chosen=False,
        reason="",
    )
    weaker = cells.iloc[[4]].assign(part="gamma", gamma=0.25, chosen=True, reason="flat in ε: sure")
    dial = cells.iloc[[1, 4]].assign(part="dial", chosen=[False, True])
    return pd.concat([cells, weaker, dial])


def write(data) -> None:
    """A run with a good and a bad estimate, both with the ε and nβ of one calibration, and an older one."""
    facts = {"nbeta": NBETA, "gamma": 0.25, "init_loss": 0.0, "mean_loss": 0.05}
    estimates = frame(
        "llc",
        **PLACE,
        distribution=["good", "bad", "older"],
        llc=7.2,
        std_err=0.2,
        sampler="SGLD",
        chains=CHAINS,
        draws=DRAWS,
        burn_in=BURN_IN,
        rhat=[1.0, 1.4, 1.0],
        ess=[100.0, 5.0, 100.0],
        acceptance=[0.93, np.nan, 0.95],
        epsilon=[0.15 / NBETA, 0.15 / NBETA, 1e-5],
        verdict=["reliable", "not converged", "reliable"],
        wall_s=1.0,
        **facts,
        message=["", "R̂ 1.40 > 1.1: chains disagree; only 5 effective draws, 20 wanted: take more", ""],
    )
    older = draws("older").query("draw >= 0").assign(distance=np.nan)
    content = {
        "llc": estimates,
        "llc_draw": pd.concat([draws("good"), draws("bad", 0.05), older]),
        "calibration": grid(),
    }
    write_run(data, RUN, content)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return shared(tmp_path_factory, RUN, write)


@pytest.fixture
def made(folder, read):
    """That run; the app reads it."""
    return read(folder)


@pytest.fixture
def curvatures(regimes_folder, read):
    """Runs each estimate of which is a curvature with an error budget; the app reads them."""
    return read(regimes_folder)


def rows_of(made, query: str, name: str = "good") -> pd.DataFrame:
    find = queries.QUERIES[query]
    return find(Snapshot(publish(made)), RUN, "", "full", name, "data", 0)


@pytest.mark.parametrize("series", [CALIBRATED, ""])
@pytest.mark.parametrize("plot", PAGE.sections)
def test_every_plot_of_a_computed_run_is_drawn(smoke, series, plot):
    """Without a series: the first one, which has a curve over steps and another one's calibration."""
    test = seen_page("sampler", run=run_of(smoke, "degeneracy"), series=series, plot=plot)
    assert charts(test) == len(PAGE.sections[plot].figures) + (not series)
    assert not test.error


@pytest.mark.parametrize("plot", PAGE.sections)
def test_older_estimates_without_these_rows_say_so(made, plot):
    test = seen_page("sampler", series=OLDER, plot=plot)
    assert not test.error
    assert charts(test) == (0 if plot == "calibration" else len(PAGE.sections[plot].figures))
    assert ("No calibration is stored for this estimate" in texts(test)) == (plot == "calibration")
    rows = rows_of(made, "llc_draws", "older")
    assert chain_traces.draw(rows).layout.xaxis2.title.text == "draw after burn-in (not stored)"
    assert "not stored" in distance.draw(rows).layout.annotations[0].text


def test_advice_is_given_where_it_is_needed_only(made):
    good, bad = (texts(seen_page("sampler", series=series)) for series in SERIES.values())
    assert "What to change" not in good
    assert REASONS["R̂"] in bad and REASONS["effective draws"] in bad and REASONS["acceptance"] not in bad


def test_every_reason_of_the_diagnostics_has_advice():
    generator = np.random.default_rng(0)
    noise = generator.standard_normal((4, 90))
    cases = {
        "diverged": np.full((2, 20), np.nan),
        "no minimum": noise - 50,
        "R̂": noise + 20 * np.arange(1, 5)[:, None],
        "still moves": noise + np.linspace(10, 60, 90),
        "effective draws": np.cumsum(noise, 1)[:1] + 50,
    }
    for key, scaled in cases.items():
        summary = diagnostics.summarise(scaled, np.full(len(scaled), 0.9), np.zeros(len(scaled)), 10)
        assert REASONS[key] in advise(vars(summary)), (key, summary.message)
    low = diagnostics.summarise(noise + 10, np.full(4, 0.2), np.full(4, 9.0), 10)
    assert {REASONS["acceptance"], REASONS["feel γ"]} <= set(advise(vars(low)))


def test_every_bias_of_the_budget_has_advice():
    noise = np.random.default_rng(0).standard_normal((4, 90))
    settings = Settings(epsilon=1e-3, nbeta=30.0, gamma=0.1)
    cases = {
        "the step moves": (noise + 60, None),
        "minibatches heat": (noise, np.full((4, 90), 1e5)),
        "not spread": (noise - 60, None),
    }
    for key, (balance, gradients) in cases.items():
        force = noise + 100 + (0 if gradients is None else gradients)
        gauges = Gauges(settings, noise + 100, balance, force, None, gradients, None)
        summary = diagnostics.summarise(noise + 50, np.full(4, 0.9), noise + 100, 100, gauges=gauges)
        assert REASONS[key] in advise(vars(summary)), (key, summary.message)
        assert REASONS["feel γ"] not in advise(vars(summary))
        assert REASONS["left the valley"] not in advise(vars(summary))


def test_chains_on_a_plateau_have_advice():
    """The loss there grows as the distance to the .2: v · ∇(nβL) is 10 where nβ(L − L*) is 50."""
    noise = np.random.default_rng(0).standard_normal((4, 90))
    settings = Settings(epsilon=1e-3, nbeta=30.0, gamma=0.1)
    gauges = Gauges(settings, noise + 10, noise, noise + 100, None, None, None)
    summary = diagnostics.summarise(noise + 50, np.full(4, 0.9), noise + 100, 100, gauges=gauges)
    assert summary.verdict == "not converged"
    assert REASONS["left the valley"] in advise(vars(summary)), summary.message


def test_a_reliable_curvature_needs_no_change_and_says_what_it_is(curvatures):
    row = queries.llc_points(Snapshot(publish(curvatures)), OTHERS, "", "full", "path 0", "data").iloc[-1]
    message = "a curvature, not a learning coefficient: λ̂ is nβ tr H / 2γ with tr H = 123"
    assert advise(row.to_dict() | {"message": message}) == []
    said = kind_of_number(row)
    assert (
        said.startswith(":orange[**curvature**] (∂ ln λ̂ / ∂ ln nβ = 0.93 ± 0.02)")
        and f"tr H = {TRACE}" in said
    )
    learning = row.to_dict() | {"regime_word": "learning coefficient"}
    assert ":orange" not in kind_of_number(learning) and "tr H =" not in kind_of_number(learning)
    assert kind_of_number(row.to_dict() | {"regime_word": None}) == ""


def test_the_page_shows_budget_virial_and_regime_where_they_are_stored(curvatures):
    test = seen_page("sampler", run=OTHERS, series=str(Series(distribution="path 0")), plot="budget")
    values = {metric.label: metric.value for metric in test.metric}
    assert (values["Monte Carlo"], values["Step"], values["γ"]) == ("0.3", "0.4", "1.2")
    assert values["Virial (1 wanted)"] == "1.010"
    assert f"tr H = {TRACE}" in texts(test) and "not stored" not in texts(test)


def test_the_page_says_that_an_older_run_stores_no_budget(made):
    test = seen_page("sampler", series=SERIES["good"])
    assert "Error budget and virial are not stored for this run" in texts(test)
    assert "Virial (1 wanted)" not in {metric.label for metric in test.metric}
    assert "Kind of number" not in texts(test)


def test_burn_in_is_shaded_and_left_out_of_the_mean(made):
    figure = chain_traces.draw(rows_of(made, "llc_draws"))
    assert {shape.x0 for shape in figure.layout.shapes if shape.type == "rect"} >= {-BURN_IN}
    means = [trace for trace in figure.data if trace.yaxis == "y2"]
    assert all(min(trace.x) == 0 for trace in means)
    assert min(distance.draw(rows_of(made, "llc_draws")).data[0].x) == -BURN_IN


def test_a_chain_that_diverges_is_named_and_ends(made):
    rows = rows_of(made, "llc_draws")
    rows.loc[(rows["chain"] == 1) & (rows["draw"] > 30), "loss"] = np.nan
    figure = chain_traces.draw(rows)
    assert "diverged: chain 1" in [note.text for note in figure.layout.annotations]
    assert np.isnan(next(t for t in figure.data if t.yaxis == "y2" and t.name == "chain 1").y[-1])
    assert len(chain_ranks.draw(rows).data) == CHAINS - 1


def test_ranks_are_even_where_chains_agree_and_are_not_where_they_do_not(made):
    even, uneven = (chain_ranks.draw(rows_of(made, "llc_draws", name)) for name in SERIES)
    for figure in (even, uneven):
        assert all(sum(bar.y) == DRAWS for bar in figure.data)
    assert max(max(bar.y) for bar in even.data) < 2 * DRAWS / len(even.data[0].y)
    assert uneven.data[0].y[0] > 2 * DRAWS / len(uneven.data[0].y)


def test_autocorrelation_of_a_known_process():
    """x' = 0.8 x + noise has autocorrelation 0.8 ** lag."""
    noise, values = np.random.default_rng(0).standard_normal(40_000), [0.0]
    for step in noise:
        values.append(0.8 * values[-1] + step)
    assert np.allclose(autocorrelation.correlate(np.array(values))[:5], 0.8 ** np.arange(5), atol=0.03)


def test_an_nbeta_that_was_tried_with_several_gammas_has_a_row_for_each(made):
    rows = rows_of(made, "calibrations")
    grid = rows["part"] == "grid"
    plain = calibration_grid.draw(rows).layout.yaxis
    strong = rows[grid].assign(gamma=8 * rows["gamma"], chosen=False)
    axis = calibration_grid.draw(pd.concat([rows, strong], ignore_index=True)).layout.yaxis
    assert (plain.title.text, axis.title.text) == ("nβ", "nβ, γ")
    assert len(axis.ticktext) == 2 * len(plain.ticktext)
    assert all("γ" in name for name in axis.ticktext)


def test_the_chosen_cell_is_outlined(made):
    rows = rows_of(made, "calibrations")
    figure = calibration_grid.draw(rows)
    cells = [shape for shape in figure.layout.shapes if shape.fillcolor]
    (outline,) = [shape for shape in figure.layout.shapes if not shape.fillcolor]
    assert (outline.x0 + outline.x1) / 2 == 1 and (outline.y0 + outline.y1) / 2 == 1
    assert len(cells) == 5, "a diverged cell has no colour"
    assert list(figure.layout.xaxis.ticktext) == ["0.05", "0.15", "0.45"], "ε nβ, which rows have in common"
    assert "chosen: nβ = 144" in [note.text for note in resolution_dial.draw(rows).layout.annotations]
