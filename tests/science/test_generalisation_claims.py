"""Claims G-1 … G-6: each verdict follows from the tables, and from nothing else."""

import numpy as np
import pandas as pd
import pytest

from devdash.measures.generalisation import claims
from devdash.measures.generalisation.tables import REPORTED, coefficient, fit_table
from devdash.measures.generalisation.tempered import System

SIZES = (200, 341, 584, 1000)


def slope(name="4-3-4, r = 1", llc=6.0, value=6.0, error=0.05, **more) -> dict:
    row = {
        "family": "reduced rank",
        "name": name,
        "n": 1000.0,
        "weights": 24,
        "llc_theory": llc,
        "multiplicity": 1,
        "slope": value,
        "std_err": error,
        "datasets": 24,
        "rhat": 1.01,
        "verdict": "reliable",
    }
    return row | more


def errors(name="4-3-4, r = 1", repeats=30, family="reduced rank", noise=0.2, **methods) -> pd.DataFrame:
    """G = c/n of each method, with the same relative noise for all of them."""
    drawn = np.random.default_rng(0).standard_normal((len(SIZES), repeats))
    drawn -= drawn.mean(1, keepdims=True)
    return pd.DataFrame(
        [
            {
                "family": family,
                "name": name,
                "method": method,
                "n": float(n),
                "repeat": k,
                "value": c / n * (1 + noise * drawn[i, k]),
                "rhat": 1.0,
            }
            for method, c in methods.items()
            for i, n in enumerate(SIZES)
            for k in range(repeats)
        ]
    )


def verdict(row: dict) -> str:
    return row["verdict"]


@pytest.mark.parametrize(
    ("value", "error", "more", "words"),
    [
        (6.0, 0.05, {}, "holds"),
        (5.5, 0.02, {}, "holds"),
        (5.0, 0.05, {}, "fails"),
        (5.4, 0.1, {}, "undecided"),
        (6.0, np.nan, {}, "undecided"),
        (6.0, 0.05, {"verdict": "not converged"}, "undecided"),
    ],
)
def test_slope_near_theory(value, error, more, words):
    assert verdict(claims.slope_near_theory(slope(value=value, error=error, **more))) == words


@pytest.mark.parametrize(
    ("c", "repeats", "words"),
    [(6.0, 30, "holds"), (7.0, 30, "fails"), (12.0, 30, "fails"), (6.0, 10, "undecided")],
)
def test_curve_near_theory(c, repeats, words):
    assert verdict(claims.curve_near_theory(slope(), errors(repeats=repeats, Bayes=c))) == words


def test_rank_orders_slope_and_curve():
    low, high = "4-3-4, r = 0", "4-3-4, r = 1"
    ranks = pd.DataFrame(
        [slope(low, 5.0, 4.9), slope(high, 6.0, 5.9), slope("3-3-3, r = 3", 4.5, weights=18)]
    )
    rows = pd.concat([errors(low, Bayes=5.0), errors(high, Bayes=5.1)])
    one, two = claims.rank_order(ranks, rows)
    assert verdict(one) == "holds" and verdict(two) == "undecided"
    ranks["slope"] = [6.5, 5.9, 4.5]
    assert verdict(claims.rank_order(ranks, rows)[0]) == "fails"
    assert claims.rank_order(ranks.iloc[:1], rows) == []


@pytest.mark.parametrize(("worse", "words"), [(9.0, "holds"), (5.0, "fails"), (6.0, "undecided")])
def test_map_is_compared_on_the_same_data(worse, words):
    rows = errors(Bayes=6.0, MAP=worse)
    if words == "undecided":
        rows.loc[rows["method"] == "MAP", "value"] *= 1 + 0.1 * np.random.default_rng(1).standard_normal(120)
    assert verdict(claims.bayes_below_map(rows, "reduced rank")) == words


def test_laplace_fails_where_it_is_not_finite_or_far_above():
    assert verdict(claims.laplace_fails(errors(Bayes=6.0, Laplace=61.0), "reduced rank")) == "holds"
    assert verdict(claims.laplace_fails(errors(Bayes=6.0, Laplace=59.0), "reduced rank")) == "fails"
    rows = errors(Bayes=6.0, Laplace=59.0)
    rows.loc[(rows["method"] == "Laplace") & (rows["repeat"] == 3), "value"] = np.nan
    row = claims.laplace_fails(rows, "reduced rank")
    assert verdict(row) == "holds" and "not finite in 4 of 4" in row["measured"]


def tanh(values: dict[int, tuple[float, float]], error=0.01) -> pd.DataFrame:
    theory = {1: 0.5, 2: 2 / 3, 4: 1.0}
    return pd.DataFrame(
        [
            slope(f"H = {h}", theory[h], v, error, family="tanh", weights=2 * h, n=n)
            for h, pair in values.items()
            for n, v in zip((1e3, 1e5), pair, strict=True)
        ]
    )


def test_tanh_slopes_rise_and_stay_below():
    good = {1: (0.34, 0.40), 2: (0.45, 0.57), 4: (0.55, 0.75)}
    assert [verdict(row) for row in claims.tanh_slopes(tanh(good))] == ["holds"] * 3
    assert verdict(claims.tanh_slopes(tanh(good | {2: (0.30, 0.57)}))[0]) == "fails"
    assert verdict(claims.tanh_slopes(tanh(good | {4: (0.75, 0.60)}))[1]) == "fails"
    assert verdict(claims.tanh_slopes(tanh(good | {1: (0.34, 0.70)}))[2]) == "fails"
    assert [verdict(row) for row in claims.tanh_slopes(tanh(good, error=0.2))] == ["undecided"] * 3


def test_authors_order_needs_all_networks():
    rows = pd.concat(
        [errors(name, 10, "frozen features", Bayes=3.0, MAP=4.0, Laplace=900.0) for name in REPORTED]
    )
    assert verdict(claims.authors_order(rows, fit_table(rows, []))) == "holds"
    assert "reported (unverified)" in claims.authors_order(rows, fit_table(rows, []))["published"]
    less = rows[rows["name"] != next(iter(REPORTED))]
    assert verdict(claims.authors_order(less, fit_table(less, []))) == "undecided"
    tame = rows.assign(value=rows["value"].where(rows["method"] != "Laplace", rows["value"] / 100))
    assert verdict(claims.authors_order(tame, fit_table(tame, []))) == "fails"


def test_coefficient_is_the_slope_through_0():
    rows = errors(Bayes=6.0, noise=0.2)
    value, error = coefficient(rows)
    assert value == pytest.approx(6.0)
    mean = rows.groupby("n")["value"].mean()
    assert value == pytest.approx(np.linalg.lstsq(1 / mean.index.to_numpy()[:, None], mean, rcond=None)[0][0])
    resampled = [
        coefficient(rows.groupby("n").sample(frac=1, replace=True, random_state=seed))[0]
        for seed in range(200)
    ]
    assert error == pytest.approx(np.std(resampled), rel=0.25)


def test_fits_carry_theory_and_the_authors_numbers():
    rows = pd.concat([errors(Bayes=6.0), errors("ReLU head, 1 feature layer", 5, "frozen features", MAP=5.0)])
    fits = fit_table(rows, [System("reduced rank", "4-3-4, r = 1", 24, 6.0, 1)]).set_index("name")
    assert fits.loc["4-3-4, r = 1", "llc_theory"] == 6.0
    assert np.isnan(fits.loc["4-3-4, r = 1", "reported"])
    assert fits.loc["ReLU head, 1 feature layer", "reported"] == 5.34
