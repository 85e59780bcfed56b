"""Claims G-1 … G-6 on learning coefficients and generalisation, each computed from the run's tables.

Rules, fixed before results. Where a bound lies inside the 95 % interval the claim is undecided; several
comparisons hold only together, and one that fails beyond its error fails the claim. G-2 asks for 30 repeats.
A slope whose chains disagree (R̂ > 1.1) decides nothing.
"""

from collections.abc import Iterable
from functools import partial

import numpy as np
import pandas as pd

from devdash.measures import claim_rows
from devdash.measures.generalisation.tables import METHODS, REPORTED, coefficient

row = partial(claim_rows.row, paper="arXiv 2010.11560")
NEAR, ERRORS_NEAR, ERRORS_BELOW, REPEATS = 0.1, 2.5, 4.0, 30
ABOVE, MANY = 0.1, 10.0
Z = 1.96
RANK_FAMILY, FEATURES = "reduced rank", "frozen features"


def table(slopes: pd.DataFrame, errors: pd.DataFrame, fits: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table claim, in order, from tempered_slope, generalisation_error, generalisation_fit."""
    ranks = slopes[slopes["family"] == RANK_FAMILY]
    tanh = slopes[slopes["family"] == "tanh"]
    return pd.DataFrame(
        [
            *(slope_near_theory(own) for own in ranks.to_dict("records")),
            *(curve_near_theory(own, errors) for own in ranks.to_dict("records")),
            *rank_order(ranks, errors),
            *(bayes_below_map(errors, family) for family in (RANK_FAMILY, FEATURES)),
            *(laplace_fails(errors, family) for family in (RANK_FAMILY, FEATURES)),
            *tanh_slopes(tanh),
            authors_order(errors, fits),
        ]
    )


def together(differences: Iterable[tuple[float, float]]) -> bool | None:
    """Of (difference, standard error) that all should be positive: True, False, or None for undecided."""
    pairs = np.array(list(differences), dtype=float).reshape(-1, 2)
    low, high = pairs[:, 0] - Z * pairs[:, 1], pairs[:, 0] + Z * pairs[:, 1]
    if (high < 0).any():
        return False
    return True if len(pairs) and (low > 0).all() else None


def slope_near_theory(own: dict) -> dict:
    """G-1 of one system. own: a row of tempered_slope."""
    low, high = own["slope"] - Z * own["std_err"], own["slope"] + Z * own["std_err"]
    bounds = own["llc_theory"] * (1 - NEAR), own["llc_theory"] * (1 + NEAR)
    inside, outside = bounds[0] < low and high < bounds[1], high < bounds[0] or low > bounds[1]
    verdict = None if own["verdict"] != "reliable" else True if inside else False if outside else None
    return row(
        f"G-1 ({own['name']})",
        f"The slope of E^β[nLₙ] over 1/β is λ within 10 % at {own['name']}.",
        f"λ = {own['llc_theory']:g} (d/2 = {own['weights'] / 2:g})",
        f"{own['slope']:.2f} ± {own['std_err']:.2f}, {own['slope'] / own['llc_theory'] - 1:+.1%}; "
        f"R̂ {own['rhat']:.2f}",
        verdict,
        f"exact Gibbs at n = {own['n']:g}, temperatures log n × 0.7 to 1.3, {own['datasets']} data sets",
        "tempered_slopes",
        low,
        high,
    )


def scaled(errors: pd.DataFrame, name: str) -> tuple[float, float, float, int]:
    """n · G of the Bayes predictive at the largest n: n, mean, standard error, repeats."""
    own = errors[(errors["name"] == name) & (errors["method"] == "Bayes")]
    n = own["n"].max()
    value = n * own.loc[own["n"] == n, "value"]
    return n, value.mean(), value.std(ddof=1) / np.sqrt(len(value)), len(value)


def curve_near_theory(own: dict, errors: pd.DataFrame) -> dict:
    """G-2 of one system. own: its row of tempered_slope, for λ and d."""
    n, mean, error, repeats = scaled(errors, own["name"])
    half = own["weights"] / 2
    near = abs(mean - own["llc_theory"]) <= ERRORS_NEAR * error
    below = half - mean > ERRORS_BELOW * error
    return row(
        f"G-2 ({own['name']})",
        f"n·Gₙ of the Bayes predictive is λ within 2.5 standard errors, and below d/2 by more than 4, "
        f"at {own['name']}.",
        f"λ = {own['llc_theory']:g}, d/2 = {half:g}",
        f"{mean:.2f} ± {error:.2f}: {(mean - own['llc_theory']) / error:+.1f} errors from λ, "
        f"{(half - mean) / error:.1f} below d/2",
        None if repeats < REPEATS else bool(near and below),
        f"n = {n:g}, {repeats} data sets, each test example with both signs of its noise",
        "generalisation_scaled",
        mean - Z * error,
        mean + Z * error,
    )


def rank_order(ranks: pd.DataFrame, errors: pd.DataFrame) -> list[dict]:
    """G-3: among systems of as many weights, a higher λ, of a higher true rank, shows in slope and in G."""
    same = ranks[ranks["weights"].duplicated(keep=False)].sort_values("llc_theory")
    if len(same) < 2:
        return []
    low, high = same.iloc[0], same.iloc[-1]
    measured = {
        "slope": [(own["slope"], own["std_err"]) for own in (low, high)],
        "n·Gₙ": [scaled(errors, own["name"])[1:3] for own in (low, high)],
    }
    figures = {"slope": "tempered_slopes", "n·Gₙ": "generalisation_scaled"}
    rows = []
    for what, ((below, first), (above, second)) in measured.items():
        rise, error = above - below, np.hypot(first, second)
        rows.append(
            row(
                f"G-3 ({what})",
                f"The true rank changes λ at fixed d: {what} is lower at {low['name']} than at "
                f"{high['name']}.",
                f"{low['llc_theory']:g} < {high['llc_theory']:g}",
                f"{below:.2f} ± {first:.2f} and {above:.2f} ± {second:.2f}",
                together([(rise, error)]),
                "95 % interval of the difference",
                figures[what],
                rise - Z * error,
                rise + Z * error,
            )
        )
    return rows


def excess_over_bayes(errors: pd.DataFrame, family: str) -> dict[str, tuple[float, float]]:
    """Coefficient of 1/n in G(MAP) − G(Bayes) on the same data sets, with its error, of each system."""
    found = {}
    for name, own in errors[errors["family"] == family].groupby("name", sort=False):
        wide = own.pivot(index=["n", "repeat"], columns="method", values="value").reset_index()
        found[name] = coefficient(wide.assign(value=wide["MAP"] - wide["Bayes"]))
    return found


def bayes_below_map(errors: pd.DataFrame, family: str) -> dict:
    """G-4 on the MAP."""
    found = excess_over_bayes(errors, family)
    return row(
        f"G-4 (MAP, {family})",
        f"The Bayes predictive generalises at least as well as the MAP: {family}.",
        "Bayes ≤ MAP",
        "MAP − Bayes: " + "; ".join(f"{name} {v:+.2f} ± {e:.2f}" for name, (v, e) in found.items()),
        together(found.values()),
        "coefficient of 1/n in G(MAP) − G(Bayes) on the same data; 95 % interval in every system",
        "generalisation_curves",
    )


def laplace_fails(errors: pd.DataFrame, family: str) -> dict:
    """G-4 on Laplace: in every system at every n it is not finite or far above Bayes."""
    own = errors[(errors["family"] == family) & errors["method"].isin(["Bayes", "Laplace"])]
    mean = own.groupby(["name", "n", "method"])["value"].agg(lambda v: v.mean(skipna=False))
    ratio = mean.unstack("method").eval("Laplace / Bayes")
    lost, known = int(ratio.isna().sum()), ratio.dropna()
    span = f"{known.min():.3g} to {known.max():.3g} times that of Bayes" if len(known) else "none finite"
    return row(
        f"G-4 (Laplace, {family})",
        f"Dividing by the determinant of the Hessian fails: {family}.",
        f"not finite, or more than {MANY:g} times the error of Bayes",
        f"{span}; not finite in {lost} of {len(ratio)} systems and n",
        bool((known > MANY).all()) if len(ratio) else None,
        "Gaussian with the Hessian of nLₙ and the prior at the MAP, over both layers; mean over repeats",
        "generalisation_curves",
    )


def tanh_slopes(tanh: pd.DataFrame) -> list[dict]:
    """G-5: order in H, rise with n, and bounds."""
    if tanh.empty:
        return []
    value, error = (tanh.pivot(index="weights", columns="n", values=c) for c in ("slope", "std_err"))
    theory = tanh.pivot(index="weights", columns="n", values="llc_theory").to_numpy()
    v, e, half = value.to_numpy(), error.to_numpy(), value.index.to_numpy()[:, None] / 2
    sizes = f"H = {', '.join(f'{w // 2}' for w in value.index)}, n = {value.columns.min():g} to "
    sizes += f"{value.columns.max():g}"
    in_width = list(zip(np.diff(v, axis=0).ravel(), np.hypot(e[1:], e[:-1]).ravel(), strict=True))
    in_n = list(zip(v[:, -1] - v[:, 0], np.hypot(e[:, -1], e[:, 0]), strict=True))
    room = list(zip((np.minimum(theory + ABOVE, half) - v).ravel(), e.ravel(), strict=True))
    share = [f"{part:.2f}" for part in (v[:, -1] / theory[:, -1])]
    statements = (
        ("H", "rise with the number of hidden units at every n", in_width, "smallest rise"),
        ("n", "rise from the smallest to the largest n for every H", in_n, "smallest rise"),
        ("bound", "stay below λ + 0.1 and below d/2", room, "smallest room"),
    )
    return [
        row(
            f"G-5 ({key})",
            f"tanh networks at the true function 0: slopes {words}.",
            "ordered, rising; a convergence, not a match",
            f"{least} {min(pairs)[0]:.3f}; at the largest n slopes are {', '.join(share)} of λ",
            together(pairs),
            f"{sizes}; 95 % intervals over {tanh['datasets'].min()} data sets",
            "tanh_convergence",
        )
        for key, words, pairs, least in statements
    ]


def authors_order(errors: pd.DataFrame, fits: pd.DataFrame) -> dict:
    """G-6: coefficients of the four networks beside the authors', compared in their order."""
    own = fits[fits["name"].isin(REPORTED)].pivot(index="name", columns="method", values="coefficient")
    paired = {name: v for name, v in excess_over_bayes(errors, FEATURES).items() if name in REPORTED}
    measured = [
        f"{name}: " + ", ".join(f"{m} {_number(own.loc[name, m])}" for m in METHODS if m in own)
        for name in own.index
    ]
    published = [
        f"{name}: " + ", ".join(f"{m} {v:g}" for m, v in zip(METHODS, values, strict=True))
        for name, values in REPORTED.items()
    ]
    far = all(not own.loc[name, "Laplace"] <= MANY * own.loc[name, "MAP"] for name in own.index)
    order = together(paired.values())
    return row(
        "G-6",
        "The order of the authors' coefficients is found again in all four networks: Bayes over both "
        "layers below MAP, Laplace not finite or more than 10 times above it.",
        "reported (unverified): " + "; ".join(published),
        "; ".join(measured),
        None if len(own) < len(REPORTED) else False if not far else order,
        "G = c/n through 0 over all n; truths and data are drawn anew",
        "generalisation_authors",
    )


def _number(value: float) -> str:
    return "not finite" if np.isnan(value) else f"{value:.3g}"
