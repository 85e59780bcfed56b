"""Claims R-1 … R-7: each verdict follows from the tables, and from nothing else."""

import numpy as np
import pandas as pd
import pytest

from devdash.measures.regression import claims
from devdash.measures.regression.findings import worsening
from devdash.measures.training_curve import TrainingCurve
from tests.science.regression_tables import GAINS, POOL, STEPS, lines, made, rise

pytestmark = pytest.mark.slow

PUBLISHED = "R-4 (paper's settings)"


def judged(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return claims.table(**tables).set_index("claim")


def change(tables, name: str, to, model="seed 0", component="", column="value") -> None:
    """Replace a column (step,) of a metric."""
    metric = tables["metric"]
    chosen = (metric["model"] == model) & (metric["name"] == name) & (metric["component"] == component)
    metric.loc[chosen, column] = to(metric.loc[chosen, column].to_numpy())


def change_llc(tables, to, model="seed 0", column="llc") -> None:
    llc = tables["llc"]
    llc.loc[llc["model"] == model, column] = to(llc.loc[llc["model"] == model, column].to_numpy())


def test_all_hold_on_published_shapes():
    verdicts = judged(made())
    assert list(verdicts.index) == [*(f"R-{i}" for i in range(1, 7)), PUBLISHED, "R-7"]
    assert (verdicts["verdict"] == "holds").all(), verdicts[["verdict", "measured"]].to_string()
    on_all = ["R-1", "R-3", "R-4", "R-5"]
    assert verdicts.loc[on_all, "measured"].str.endswith("Holds for 3 of 3 seeds").all()
    assert verdicts.loc[["R-2", "R-6"], "measured"].str.endswith("Holds for 1 of 1 seeds").all()
    assert list(verdicts.index[verdicts["rewritten"].notna()]) == ["R-2", "R-3", "R-6"]
    assert "a factor 1.00" in verdicts.loc["R-7", "measured"] and POOL not in verdicts.loc["R-7", "measured"]
    assert not verdicts.drop(columns="rewritten").isna().any(axis=None)


def test_published_settings_are_judged_by_themselves():
    tables = made()
    tables["llc_sweep"] = tables["llc_sweep"].assign(llc=200 * rise(1500), verdict="not converged")
    verdicts = judged(tables)
    assert verdicts.loc[PUBLISHED, "verdict"] != "holds" and verdicts.loc["R-4", "verdict"] == "holds"
    assert f"0 of {len(STEPS)} of these λ̂ are reliable" in verdicts.loc[PUBLISHED, "how"]


END = (STEPS[-1] == STEPS).astype(float)
AFTER_PEAK = (STEPS > 30_000).astype(float)
FAILING = {
    "R-1": {
        "first example": ("MSE by example", lambda v: v + 0.1, "example 1"),
        "never near zero": ("distance to zero", lambda v: v + 0.06, ""),
        "no interior minimum": ("distance to zero", lambda v: 0.02 + 0.01 * rise(1000), ""),
        "MSE is not that of zero": ("MSE", lambda v: v - 0.2, ""),
    },
    "R-2": {
        "too early": ("MSE by example", lambda v: v - 0.1 * (STEPS >= 20), "example 8"),
        "never": ("MSE by example", lambda v: 0 * v + 4.3, "example 8"),
        "score": ("ICL score", lambda v: v / 2, ""),
    },
    "R-3": {
        "rises at the end": ("distance to ridge", lambda v: v + 0.5 * rise(15_000), ""),
        "stays": ("distance to ridge", lambda v: 2.5 + 0.01 * rise(1000), ""),
    },
    "R-4": {"the loss rises": ("MSE", lambda v: v + AFTER_PEAK, "")},
    "R-5": {
        "share": ("embedding share", lambda v: v + 0.05, "value 5"),
        "gains": ("layer-norm gain", lambda v: v + 5, GAINS[0]),
        "elsewhere keeps improving": ("MSE elsewhere", lambda v: 99 - 28 * rise(2000) - rise(20_000), ""),
        "elsewhere rises too little": ("MSE elsewhere", lambda v: 99 - 28 * rise(2000) + 2 * rise(9000), ""),
    },
    "R-6": {
        "trace after": ("Hessian trace", lambda v: 60 * rise(10_000), ""),
        "trace falls from the start": ("Hessian trace", lambda v: 60 - 40 * rise(3000), ""),
    },
}


@pytest.mark.parametrize(
    ("claim", "fault"), [(claim, fault) for claim in FAILING for fault in FAILING[claim]]
)
def test_one_thing_wrong_fails_the_claim(claim, fault):
    tables = made()
    name, to, component = FAILING[claim][fault]
    change(tables, name, to, component=component)
    verdicts = judged(tables)
    assert verdicts.loc[claim, "verdict"] == "fails", verdicts.loc[claim, "measured"]
    seeds = "0 of 1" if claim in ("R-2", "R-6") else "2 of 3"
    assert verdicts.loc[claim, "measured"].endswith(f"Holds for {seeds} seeds")


@pytest.mark.parametrize(
    "to", [lambda v: 200 * rise(1500), lambda v: 200 - 90 * rise(12_000)], ids=["no fall", "no rise"]
)
def test_llc_without_an_interior_peak_fails(to):
    tables = made()
    change_llc(tables, to)
    assert judged(tables).loc["R-4", "verdict"] == "fails"


def test_one_other_seed_fails_the_claim():
    tables = made()
    change(tables, "embedding share", lambda v: v + 0.05, "seed 2", "value 5")
    row = judged(tables).loc["R-5"]
    assert row["verdict"] == "fails" and "Holds for 2 of 3 seeds" in row["measured"]
    assert "seed 2: from step" in row["measured"]


UNDECIDED = {
    "R-1": ("MSE by example", 0.1, "example 1"),
    "R-2": ("ICL score", 0.2, ""),
    "R-4": ("MSE", 0.3, ""),
    "R-5": ("MSE elsewhere", 5.0, ""),
    "R-6": ("Hessian trace", 1000.0, ""),
}


@pytest.mark.parametrize("claim", UNDECIDED)
def test_undecided_where_errors_are_large(claim):
    tables = made()
    name, error, component = UNDECIDED[claim]
    change(tables, name, lambda v: 0 * v + error, component=component, column="std_err")
    verdicts = judged(tables)
    assert verdicts.loc[claim, "verdict"] == "undecided", verdicts.loc[claim, "measured"]


def test_error_of_llc_decides_how_sharp_its_peak_is():
    tables = made()
    change_llc(tables, lambda v: 0 * v + 200, column="std_err")
    tables["llc_sweep"]["std_err"] = 200.0
    verdicts = judged(tables)
    assert (verdicts.loc[["R-4", "R-6", "R-7"], "verdict"] == "undecided").all()
    assert verdicts.loc["R-7", "low"] < 1.5 < verdicts.loc["R-7", "high"]


@pytest.mark.parametrize(("factor", "verdict"), [(1.5, "holds"), (1.6, "fails")])
def test_peaks_apart(factor, verdict):
    tables = made()
    llc = tables["llc"] = tables["llc"].astype({"step": float})
    llc["std_err"] = 0.0
    llc.loc[llc["model"] == "seed 1", "step"] *= factor
    row = judged(tables).loc["R-7"]
    assert row["verdict"] == verdict and f"a factor {factor:.2f}" in row["measured"]
    assert row["low"] == row["high"] == pytest.approx(factor)


def test_a_noisy_curve_that_falls_is_no_rise():
    """A hundred checkpoints stray above their running minimum; the trend of each third falls all the same."""
    tables = made()
    noise = np.random.default_rng(0).normal(0, 0.02, len(STEPS))
    change(tables, "distance to ridge", lambda v: v + noise)
    assert judged(tables).loc["R-3", "verdict"] == "holds"
    flat = np.where(STEPS > 3000, 0.5, 0.0)
    change(tables, "distance to ridge", lambda v: np.where(flat > 0, flat + noise, v))
    assert judged(tables).loc["R-3", "verdict"] == "undecided", "a third without a trend decides nothing"


def test_where_the_peak_lies_is_judged_by_the_paper_s_settings():
    tables = made()
    change(tables, "ICL score", lambda v: -1.05 * rise(6000))  # −.9 is reached long after the peak of `llc`
    assert judged(tables).loc["R-2", "verdict"] == "fails"
    tables["llc_sweep"]["llc"] = 5 + 200 * rise(14_000) - 150 * rise(30_000)
    verdicts = judged(tables)
    assert verdicts.loc["R-2", "verdict"] == "holds" and verdicts.loc["R-6", "verdict"] == "holds"


def test_a_peak_that_may_come_later_decides_nothing():
    tables = made()
    sweep = tables["llc_sweep"]
    sweep.loc[sweep["step"] > 3000, "verdict"] = "not converged"
    row = judged(tables).loc["R-2"]
    assert row["verdict"] == "undecided" and "the last with a reliable λ̂" in row["measured"]
    assert judged(tables).loc["R-6", "verdict"] == "holds", "later still is after the trace's peak"


def test_the_lowest_llc_between_peak_and_end_is_named():
    tables = made()
    dip = (tables["llc"]["model"] == "seed 0") & (tables["llc"]["step"] == STEPS[-6])
    tables["llc"].loc[dip, "llc"] = 60.0
    assert f"→ 60.0 ({STEPS[-6]:,}) →" in judged(tables).loc["R-4", "measured"]


@pytest.mark.parametrize("table", ["metric", "llc"])
def test_undecided_without_data(table):
    tables = made()
    tables[table] = tables[table].iloc[:0]
    verdicts = judged(tables)
    decided = ["R-7"] if table == "metric" else ["R-2", "R-6", PUBLISHED]
    assert list(verdicts.index[verdicts["verdict"] != "undecided"]) == decided


@pytest.mark.parametrize("name", sorted({name for name, *_ in lines()}))
def test_undecided_without_one_metric(name):
    tables = made()
    tables["metric"] = tables["metric"][tables["metric"]["name"] != name]
    verdicts = judged(tables)
    assert (verdicts["verdict"] == "undecided").any()
    assert not (verdicts["verdict"] == "fails").any()


def test_unreliable_llc_decides_nothing():
    tables = made()
    tables["llc"]["verdict"] = tables["llc_sweep"]["verdict"] = "not converged"
    assert (judged(tables).drop(PUBLISHED)["verdict"] == "undecided").all()


def test_seed_without_llc_is_left_out():
    tables = made()
    tables["llc"] = tables["llc"][tables["llc"]["model"] != "seed 2"]
    verdicts = judged(tables)
    assert (verdicts["verdict"] == "holds").all()
    assert verdicts.loc["R-4", "measured"].endswith("Holds for 2 of 2 seeds")
    assert "seed 2" not in verdicts.loc["R-7", "measured"]


def test_worsening_is_from_the_lowest_to_the_highest_after_it():
    curve = TrainingCurve(np.arange(5.0), np.array([9, 5, 6, 4, 5.0]), np.full(5, 0.4))
    rise, error, low, high = worsening(curve)
    assert (rise, low, high) == (0.25, 3, 4)
    assert np.isclose(error, 1.25 * np.hypot(0.1, 0.08))
    assert worsening(TrainingCurve(np.arange(2.0), np.array([2, 1.0]), np.ones(2)))[:2] == (0, 0)
