"""Claims G-1 … G-6 on learning coefficients and generalisation, each computed from the run's tables.

How intervals become verdicts stands in measures/findings; several comparisons hold only together. G-2 asks
for 30 repeats. A slope whose chains disagree (R̂ > 1.1) decides nothing.
"""

from functools import partial

import numpy as np
import pandas as pd

from devdash.measures import claim_rows
from devdash.measures.findings import above, below, change, interval, meets, opposite, rises, together, within
from devdash.measures.generalisation.tables import METHODS, REPORTED, coefficient
from devdash.verdicts import is_reliable

row = partial(claim_rows.row, paper="arXiv 2010.11560")
NEAR, ERRORS_NEAR, ERRORS_BELOW, REPEATS = 0.1, 2.5, 4.0, 30
ABOVE, MANY = 0.1, 10.0
RANK_FAMILY, FEATURES = "reduced rank", "frozen features"


def table(slopes: pd.DataFrame, errors: pd.DataFrame, fits: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table claim, in order, from tempered_slope, generalisation_error, generalisation_fit.

    >>> system = {"family": RANK_FAMILY, "name": "2-1-2", "weights": 4, "llc_theory": 1.0, "n": 1000}
    >>> slope = {"slope": 1.02, "std_err": 0.01, "rhat": 1.0, "datasets": 10, "verdict": "reliable"}
    >>> noise = np.linspace(-1e-5, 1e-5, 30)
    >>> errors = [
    ...     {"family": family, "name": name, "n": 1000, "repeat": k, "method": method, "value": G + noise[k]}
    ...     for family, name in ((RANK_FAMILY, "2-1-2"), (FEATURES, "ReLU"))
    ...     for method, G in (("Bayes", 1e-3), ("MAP", 3e-3), ("Laplace", np.nan))
    ...     for k in range(30)
    ... ]
    >>> fits = pd.DataFrame(columns=["name", "method", "coefficient"])
    >>> table(pd.DataFrame([system | slope]), pd.DataFrame(errors), fits)[["claim", "verdict"]]
                                claim    verdict
    0                     G-1 (2-1-2)      holds
    1                     G-2 (2-1-2)      holds
    2         G-4 (MAP, reduced rank)      holds
    3      G-4 (MAP, frozen features)      holds
    4     G-4 (Laplace, reduced rank)      holds
    5  G-4 (Laplace, frozen features)      holds
    6                             G-6  undecided
    """
    ranks = slopes[slopes["family"] == RANK_FAMILY]
    tanh = slopes[slopes["family"] == "tanh"]
    return pd.DataFrame(
        [
            *(slope_near_theory(system) for system in ranks.to_dict("records")),
            *(curve_near_theory(system, errors) for system in ranks.to_dict("records")),
            *rank_order(ranks, errors),
            *(bayes_below_map(errors, family) for family in (RANK_FAMILY, FEATURES)),
            *(laplace_fails(errors, family) for family in (RANK_FAMILY, FEATURES)),
            *tanh_slopes(tanh),
            authors_order(errors, fits),
        ]
    )


def slope_near_theory(system: dict) -> dict:
    """G-1 of one system. system: a row of tempered_slope.

    >>> system = {"name": "2-1-2, rank 0", "weights": 4, "llc_theory": 1.0, "n": 1000, "datasets": 10}
    >>> slope = {"slope": 1.02, "std_err": 0.01, "rhat": 1.0, "verdict": "reliable"}
    >>> facts = slope_near_theory(system | slope)
    >>> facts["verdict"], facts["measured"]
    ('holds', '1.02 ± 0.01, +2.0%; R̂ 1.00')
    """
    slope, theory = interval(system["slope"], system["std_err"]), system["llc_theory"]
    return row(
        f"G-1 ({system['name']})",
        f"The slope of E^β[nLₙ] over 1/β is λ within 10 % at {system['name']}.",
        f"λ = {theory:g} (d/2 = {system['weights'] / 2:g})",
        f"{system['slope']:.2f} ± {system['std_err']:.2f}, {system['slope'] / theory - 1:+.1%}; "
        f"R̂ {system['rhat']:.2f}",
        within(slope, theory * (1 - NEAR), theory * (1 + NEAR)) if is_reliable(system) else None,
        f"exact Gibbs at n = {system['n']:g}, temperatures log n × 0.7 to 1.3, {system['datasets']} data "
        "sets",
        "tempered_slopes",
        *slope,
    )


def _scaled(errors: pd.DataFrame, name: str) -> tuple[float, float, float, int]:
    """n · G of the Bayes predictive at the largest n: n, mean, standard error, repeats."""
    bayes = errors[(errors["name"] == name) & (errors["method"] == "Bayes")]
    n = bayes["n"].max()
    value = n * bayes.loc[bayes["n"] == n, "value"]
    return n, value.mean(), value.std(ddof=1) / np.sqrt(len(value)), len(value)


def curve_near_theory(system: dict, errors: pd.DataFrame) -> dict:
    """G-2 of one system. system: its row of tempered_slope, for λ and d.

    >>> errors = {"name": "2-1-2", "method": "Bayes", "n": 1000, "value": np.linspace(8e-4, 1.2e-3, 30)}
    >>> facts = curve_near_theory({"name": "2-1-2", "weights": 4, "llc_theory": 1.0}, pd.DataFrame(errors))
    >>> facts["verdict"], facts["measured"]
    ('holds', '1.00 ± 0.02: +0.0 errors from λ, 45.1 below d/2')
    """
    n, mean, error, repeats = _scaled(errors, system["name"])
    theory, half = system["llc_theory"], system["weights"] / 2
    near = meets(interval(mean, error, ERRORS_NEAR), theory, theory)
    far_below = below(interval(mean, error, ERRORS_BELOW), half) or False
    return row(
        f"G-2 ({system['name']})",
        f"n·Gₙ of the Bayes predictive is λ within 2.5 standard errors, and below d/2 by more than 4, "
        f"at {system['name']}.",
        f"λ = {theory:g}, d/2 = {half:g}",
        f"{mean:.2f} ± {error:.2f}: {(mean - theory) / error:+.1f} errors from λ, "
        f"{(half - mean) / error:.1f} below d/2",
        None if repeats < REPEATS else together([near, far_below]),
        f"n = {n:g}, {repeats} data sets, each test example with both signs of its noise",
        "generalisation_scaled",
        *interval(mean, error),
    )


def rank_order(ranks: pd.DataFrame, errors: pd.DataFrame) -> list[dict]:
    """G-3: among systems of as many weights, a higher λ, of a higher true rank, shows in slope and in G.

    >>> ranks = pd.DataFrame({"name": ["rank 0", "rank 1"], "weights": 4, "llc_theory": [1.0, 1.5]})
    >>> errors = pd.DataFrame({"name": ["rank 0", "rank 1"] * 2, "method": "Bayes", "n": 1000})
    >>> errors["value"] = [1.0e-3, 1.5e-3, 1.1e-3, 1.6e-3]
    >>> rows = rank_order(ranks.assign(slope=[1.0, 1.5], std_err=0.01), errors)
    >>> [(row["claim"], row["verdict"]) for row in rows]
    [('G-3 (slope)', 'holds'), ('G-3 (n·Gₙ)', 'holds')]
    """
    same = ranks[ranks["weights"].duplicated(keep=False)].sort_values("llc_theory")
    if len(same) < 2:
        return []
    low, high = same.iloc[0], same.iloc[-1]
    measured = {
        "slope": [(system["slope"], system["std_err"]) for system in (low, high)],
        "n·Gₙ": [_scaled(errors, system["name"])[1:3] for system in (low, high)],
    }
    figures = {"slope": "tempered_slopes", "n·Gₙ": "generalisation_scaled"}
    rows = []
    for what, pair in measured.items():
        (lower, first), (upper, second) = pair
        rise = change(*pair)
        rows.append(
            row(
                f"G-3 ({what})",
                f"The true rank changes λ at fixed d: {what} is lower at {low['name']} than at "
                f"{high['name']}.",
                f"{low['llc_theory']:g} < {high['llc_theory']:g}",
                f"{lower:.2f} ± {first:.2f} and {upper:.2f} ± {second:.2f}",
                rises(rise),
                "95 % interval of the difference",
                figures[what],
                *rise,
            )
        )
    return rows


def _excess_over_bayes(errors: pd.DataFrame, family: str) -> dict[str, tuple[float, float]]:
    """Coefficient of 1/n in G(MAP) − G(Bayes) on the same data sets, with its error, of each system."""
    coefficients = {}
    for name, rows in errors[errors["family"] == family].groupby("name", sort=False):
        wide = rows.pivot(index=["n", "repeat"], columns="method", values="value").reset_index()
        coefficients[name] = coefficient(wide.assign(value=wide["MAP"] - wide["Bayes"]))
    return coefficients


def bayes_below_map(errors: pd.DataFrame, family: str) -> dict:
    """G-4 on the MAP.

    >>> errors = pd.DataFrame({"family": "tanh", "name": "H = 1", "n": 1000, "repeat": [0, 0, 1, 1]})
    >>> errors = errors.assign(method=["MAP", "Bayes"] * 2, value=[3e-3, 1e-3, 4e-3, 1.5e-3])
    >>> facts = bayes_below_map(errors, "tanh")
    >>> facts["verdict"], facts["measured"]
    ('holds', 'MAP − Bayes: H = 1 +2.25 ± 0.25')
    """
    excess = _excess_over_bayes(errors, family)
    return row(
        f"G-4 (MAP, {family})",
        f"The Bayes predictive generalises at least as well as the MAP: {family}.",
        "Bayes ≤ MAP",
        "MAP − Bayes: " + "; ".join(f"{name} {v:+.2f} ± {e:.2f}" for name, (v, e) in excess.items()),
        together(above(interval(*pair), 0) for pair in excess.values()),
        "coefficient of 1/n in G(MAP) − G(Bayes) on the same data; 95 % interval in every system",
        "generalisation_curves",
    )


def laplace_fails(errors: pd.DataFrame, family: str) -> dict:
    """G-4 on Laplace: in every system at every n it is not finite or far above Bayes.

    >>> errors = pd.DataFrame({"family": "tanh", "name": "H = 1", "n": [100, 100, 1000, 1000]})
    >>> errors = errors.assign(method=["Laplace", "Bayes"] * 2, value=[np.nan, 1e-2, 0.5, 1e-3])
    >>> facts = laplace_fails(errors, "tanh")
    >>> facts["verdict"], facts["measured"]
    ('holds', '500 to 500 times that of Bayes; not finite in 1 of 2 systems and n')
    """
    both = errors[(errors["family"] == family) & errors["method"].isin(["Bayes", "Laplace"])]
    mean = both.groupby(["name", "n", "method"])["value"].agg(lambda v: v.mean(skipna=False))
    ratio = mean.unstack("method").eval("Laplace / Bayes")
    lost, finite = int(ratio.isna().sum()), ratio.dropna()
    span = f"{finite.min():.3g} to {finite.max():.3g} times that of Bayes" if len(finite) else "none finite"
    return row(
        f"G-4 (Laplace, {family})",
        f"Dividing by the determinant of the Hessian fails: {family}.",
        f"not finite, or more than {MANY:g} times the error of Bayes",
        f"{span}; not finite in {lost} of {len(ratio)} systems and n",
        together([*(True for _ in range(lost)), *(_far_above(value, 1) for value in finite)]),
        "Gaussian with the Hessian of nLₙ and the prior at the MAP, over both layers; mean over repeats",
        "generalisation_curves",
    )


def _far_above(value: float, other: float) -> bool:
    """Whether an error is not finite, or more than 10 times another."""
    return opposite(below(interval(value / other), MANY)) is not False


def tanh_slopes(tanh: pd.DataFrame) -> list[dict]:
    """G-5: order in H, rise with n, and bounds.

    >>> tanh = pd.DataFrame({"weights": [2, 2, 4, 4], "n": [100, 1000] * 2, "slope": [0.3, 0.4, 0.5, 0.6]})
    >>> rows = tanh_slopes(tanh.assign(std_err=0.01, llc_theory=[0.5, 0.5, 0.75, 0.75], datasets=10))
    >>> [(row["claim"], row["verdict"]) for row in rows]
    [('G-5 (H)', 'holds'), ('G-5 (n)', 'holds'), ('G-5 (bound)', 'holds')]
    """
    if tanh.empty:
        return []
    value, error = (tanh.pivot(index="weights", columns="n", values=c) for c in ("slope", "std_err"))
    theory = tanh.pivot(index="weights", columns="n", values="llc_theory").to_numpy()
    v, e, half = value.to_numpy(), error.to_numpy(), value.index.to_numpy()[:, None] / 2
    sizes = f"H = {', '.join(f'{w // 2}' for w in value.index)}, n = {value.columns.min():g} to "
    sizes += f"{value.columns.max():g}"
    points = np.stack([v, e], -1)  # (weights, n, value and error)
    in_width = [change(*pair) for pair in zip(_flat(points[:-1]), _flat(points[1:]), strict=True)]
    in_n = [change(*pair) for pair in zip(_flat(points[:, :1]), _flat(points[:, -1:]), strict=True)]
    room = [
        interval(*pair)
        for pair in zip((np.minimum(theory + ABOVE, half) - v).ravel(), e.ravel(), strict=True)
    ]
    share = [f"{part:.2f}" for part in (v[:, -1] / theory[:, -1])]
    statements = (
        ("H", "rise with the number of hidden units at every n", in_width, rises, "smallest rise"),
        ("n", "rise from the smallest to the largest n for every H", in_n, rises, "smallest rise"),
        ("bound", "stay below λ + 0.1 and below d/2", room, partial(above, bound=0), "smallest room"),
    )
    return [
        row(
            f"G-5 ({key})",
            f"tanh networks at the true function 0: slopes {words}.",
            "ordered, rising; a convergence, not a match",
            f"{least} {min(map(sum, changes)) / 2:.3f}; at the largest n slopes are {', '.join(share)} of λ",
            together(map(judge, changes)),
            f"{sizes}; 95 % intervals over {tanh['datasets'].min()} data sets",
            "tanh_convergence",
        )
        for key, words, changes, judge, least in statements
    ]


def _flat(points: np.ndarray) -> list[tuple[float, float]]:
    return [tuple(point) for point in points.reshape(-1, 2)]


def authors_order(errors: pd.DataFrame, fits: pd.DataFrame) -> dict:
    """G-6: coefficients of the four networks beside the authors', compared in their order.

    >>> errors = pd.DataFrame(columns=["family", "name", "n", "repeat", "method", "value"])
    >>> fits = {"name": "ReLU head, 1 feature layer", "method": METHODS, "coefficient": [5, 3, 3, np.nan]}
    >>> facts = authors_order(errors, pd.DataFrame(fits))
    >>> facts["verdict"], facts["measured"]
    ('undecided', 'ReLU head, 1 feature layer: MAP 5, Bayes 3, Bayes, last layer 3, Laplace not finite')
    """
    rows = fits[fits["name"].isin(REPORTED)]
    fitted = rows.pivot(index="name", columns="method", values="coefficient")
    paired = {name: v for name, v in _excess_over_bayes(errors, FEATURES).items() if name in REPORTED}
    measured = [
        f"{name}: " + ", ".join(f"{m} {_number(fitted.loc[name, m])}" for m in METHODS if m in fitted)
        for name in fitted.index
    ]
    published = [
        f"{name}: " + ", ".join(f"{m} {v:g}" for m, v in zip(METHODS, values, strict=True))
        for name, values in REPORTED.items()
    ]
    far = [_far_above(fitted.loc[name, "Laplace"], fitted.loc[name, "MAP"]) for name in fitted.index]
    lower = [rises(interval(*pair)) for pair in paired.values()]
    return row(
        "G-6",
        "The order of the authors' coefficients is found again in all four networks: Bayes over both "
        "layers below MAP, Laplace not finite or more than 10 times above it.",
        "reported (unverified): " + "; ".join(published),
        "; ".join(measured),
        None if len(fitted) < len(REPORTED) else together([*far, *lower]),
        "G = c/n through 0 over all n; truths and data are drawn anew",
        "generalisation_authors",
    )


def _number(value: float) -> str:
    return "not finite" if np.isnan(value) else f"{value:.3g}"
