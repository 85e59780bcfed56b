"""Claims C-1 … C-8 on the toy model of superposition, each computed from the run's tables.

How intervals become verdicts stands in measures/findings; exact numbers hold or fail; where the run is too
small a claim is undecided.
"""

from functools import partial
from math import nan

import numpy as np
import pandas as pd

from devdash.measures import claim_rows
from devdash.measures.findings import above, equal, interval, rises, together, within
from devdash.measures.superposition.posterior_claims import (
    PAPER,
    free_energy,
    observed_crossings,
    occupancies,
)
from devdash.verdicts import is_reliable

row = partial(claim_rows.row, paper=PAPER)
LOSSES = {
    "4++−": 0.15278,
    "4−": 0.16667,
    "4": 0.11111,
    "4+": 0.10417,
    "4++": 0.09722,
    "5": 0.06874,
    "5+": 0.06180,
    "6": 0.04819,
}
SHAPES = {
    4: (1.0, 0.0),
    5: (1.170459639, -0.282297283),
    6: (1.320526331, -0.618135132),
    7: (1.448393750, -0.966906339),
    8: (1.550449690, -1.291192645),
}
HESSIAN_ZEROS = {"5": 4, "5+": 1, "6": 1}
THEORY = {"5": 7.0, "5+": 8.5, "6": 8.5}


def table(checks, points, columns, steps, transitions, occupancy, crossings) -> pd.DataFrame:
    """Rows of the table claim, in order; those on 6 features are left out where a run has none.

    >>> names = ["closed form − quadrature", "closed form − Monte Carlo"]
    >>> checks = pd.DataFrame({"name": names, "value": [1e-12, 0.02], "std_err": 0.01})
    >>> columns = "features kgon path start step level level_gap scale source n share low high"
    >>> moves = "from_kgon to_kgon loss_before loss_after llc_before llc_after"
    >>> none = pd.DataFrame(columns=f"{columns} {moves}".split())
    >>> table(checks, none, none, none, none, none, none)[["claim", "verdict"]].head(3)
                   claim    verdict
    0                C-1      holds
    1                C-5  undecided
    2  C-5 (no constant)  undecided
    """
    six = points[points["features"] == 6].set_index("kgon")
    at_six = [_critical_points(six, columns), _hessians(six), *_population_llc(six)] if len(six) else []
    rows = [
        _closed_form(checks),
        *at_six,
        *free_energy(crossings),
        *occupancies(occupancy),
        *observed_crossings(crossings),
        *_plateau_share(steps, transitions),
        _opposing_staircases(transitions),
    ]
    return pd.DataFrame(rows)


def _closed_form(checks: pd.DataFrame) -> dict:
    exact = checks[checks["name"] == "closed form − quadrature"]["value"].abs().max()
    drawn = checks[checks["name"] == "closed form − Monte Carlo"]
    z = (drawn["value"] / drawn["std_err"]).abs().max()
    return row(
        "C-1",
        "The population loss has a closed form.",
        "equal to quadrature within 1e-9 and to Monte Carlo within 4 standard errors",
        f"largest difference {exact:.1e} and {z:.1f} standard errors",
        together([equal(exact, 0, 1e-9), equal(z, 0, 4)]),
        "20 random weights, 4 to 7 features, 200,000 draws each",
        "closed_form",
    )


def _critical_points(six: pd.DataFrame, columns: pd.DataFrame) -> dict:
    gradient = six["gradient_norm"].max()
    loss = max(abs(six["loss"][name] - value) for name, value in LOSSES.items())
    shape = max(_shape_error(columns, k, *published) for k, published in SHAPES.items())
    drop = abs(six["loss"]["5"] - six["loss"]["5+"] - 1 / 144)
    return row(
        "C-2",
        "The k-gons are critical points with the tabulated losses and shapes.",
        "gradient 0; losses to 5 digits; l*, b* to 1e-6; L(5) − L(5+) = 1/144",
        f"largest ‖∇L‖ {gradient:.1e}; loss off by {loss:.1e}, shape by {shape:.1e}, 1/144 by {drop:.1e}",
        together(
            [equal(gradient, 0, 1e-12), equal(loss, 0, 6e-6), equal(shape, 0, 1e-6), equal(drop, 0, 1e-12)]
        ),
        "all k-gons of 6 features; shapes of 4- to 8-gons",
        "kgon_points",
    )


def _shape_error(columns: pd.DataFrame, k: int, length: float, bias: float) -> float:
    rows = columns[(columns["kgon"] == str(k)) & (columns["feature"] == 0)]
    if rows.empty:
        return 0.0
    first = rows.iloc[0]
    return max(abs(np.hypot(first["x"], first["y"]) - length), abs(first["bias"] - bias))


def _hessians(six: pd.DataFrame) -> dict:
    zeros = {name: 18 - int(six["hessian_rank"][name]) for name in HESSIAN_ZEROS}
    negative = int(six["negative_eigenvalues"][list(HESSIAN_ZEROS)].sum())
    counts = ", ".join(f"{name}: {count}" for name, count in zeros.items())
    return row(
        "C-3",
        "Hessians at 5, 5+ and 6 have 4, 1 and 1 zero eigenvalues and none negative.",
        "5: 4, 5+: 1, 6: 1 zeros; rank/2 = 7, 8.5, 8.5",
        f"{counts}; {negative} negative",
        zeros == HESSIAN_ZEROS and negative == 0,
        "automatic differentiation of the closed form",
        "kgon_points",
    )


def _population_llc(six: pd.DataFrame) -> list[dict]:
    rows = []
    for name, theory in THEORY.items():
        value, error = six["llc_population"][name], six["llc_population_err"][name]
        measured = interval(value, error)
        reliable = is_reliable(six["llc_population_verdict"][name])
        rows.append(
            row(
                f"C-4 ({name})",
                f"At small scale the learning coefficient of the {name}-gon is {theory}.",
                f"{theory} ± 0.2",
                f"{value:.2f} ± {error:.2f}",
                within(measured, theory - 0.2, theory + 0.2) if reliable else None,
                "SGLD on the population loss at nβ = 10⁵; interval of 95 %",
                "kgon_points",
                *measured,
                "It asked that the estimate lie within the bounds, whatever its error; as everywhere else, "
                "the whole interval has to.",
            )
        )
    return rows


def _plateau_share(steps: pd.DataFrame, transitions: pd.DataFrame) -> list[dict]:
    near = steps[(steps["features"] == 6) & (steps["start"] == "4gon")]
    by_path = (near["level_gap"].abs() <= 1e-3).groupby(near["path"]).mean()
    share = interval(by_path.mean(), by_path.std() / np.sqrt(len(by_path)))
    moves = transitions[transitions["path"].isin(near["path"].unique())]
    upward = int((moves["loss_after"] > moves["loss_before"] + 1e-3).sum())
    ends = near.sort_values("step").groupby("path").tail(1)["level"]
    reached = int((moves[moves["to_kgon"].isin(["5", "5+"])]["path"]).nunique())
    enough = len(by_path) >= 24
    how = f"{len(by_path)} SGD runs from 4-gons, 6 features, plateaus within 1e-3 of a level"
    return [
        row(
            "C-7 (plateaus)",
            "SGD spends nearly all its time at k-gon loss levels.",
            "≥ 90 % of checkpoints",
            f"{by_path.mean():.1%}",
            above(share, 0.9) if enough else None,
            how,
            "sgd_scatter",
            *share,
        ),
        row(
            "C-7 (downward)",
            "Plateaus of the loss only go down.",
            "no upward move",
            f"{upward} upward of {len(moves)} moves",
            equal(upward, 0) if enough else None,
            how,
            "transitions",
        ),
        row(
            "C-7 (reach)",
            "Some runs pass from a 4-gon to a 5-gon.",
            "at least one run",
            f"{reached} of {len(by_path)} runs; {int((ends == '6').sum())} ended at 6",
            above(interval(reached), 1) if enough else None,
            how,
            "transitions",
        ),
    ]


def _opposing_staircases(transitions: pd.DataFrame) -> dict:
    moves = transitions[
        (transitions["features"] == 6)
        & transitions["from_kgon"].str.startswith("4")
        & transitions["to_kgon"].str.startswith("5")
    ].dropna(subset=["llc_before", "llc_after"])
    rise = moves["llc_after"] - moves["llc_before"]
    measured = interval(rise.mean(), rise.std() / np.sqrt(len(rise)) if len(rise) > 1 else nan)
    return row(
        "C-8",
        "Along a run from a 4-gon to a 5-gon the loss falls while the LLC rises.",
        "mean λ̂ on the 5-plateau above that on the 4-plateau",
        f"rise {rise.mean():+.2f} over {len(rise)} moves" if len(rise) else "no such move measured",
        rises(measured),
        "mean of the reliable λ̂ on both plateaus of every move; interval of 95 % over moves",
        "staircases",
        *measured,
    )
