"""Claims D-1 … D-4 and D-6 on the local learning coefficient, each computed from the run's tables.

How intervals become verdicts stands in measures/findings. Rules, fixed before results (the chains were not:
docs/results.md says what changed after them): a value outside its bound fails the claim whatever its verdict
says, since an estimator that does not get there has not met it. Random nets are judged by the order of those
that were drawn, as in the paper, with the relative errors beside it.
"""

import itertools
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from devdash.measures import claim_rows
from devdash.measures.findings import (
    Interval,
    above,
    change,
    equal,
    falls,
    interval,
    opposite,
    rises,
    together,
    within,
)
from devdash.models.linear import learning_coefficient, reduced_rank
from devdash.verdicts import is_reliable

row = partial(claim_rows.row, paper="arXiv 2308.12108")
NEAR, FLAT, ORDERED = 0.1, 0.05, 0.9
EXACT, UNTESTED = "MALA", ("Langevin", "SGLD")  # samplers with and without a Metropolis test
MIN_NETS = 20
RESAMPLES = 2000


def table(truth: pd.DataFrame, rescaling: pd.DataFrame, llc: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Rows of the table claim, in order. seed: of the bootstrap over nets."""
    return pd.DataFrame(
        [
            *finite_n_values(truth),
            two_components(truth),
            formulas(),
            *orders(truth, seed),
            *rescalings(rescaling),
            *agreements(llc),
            *flat_directions(truth),
        ]
    )


def finite_n_values(truth: pd.DataFrame) -> list[dict]:
    rows = []
    potentials = truth[truth["system"].isin(["potential", "two components"])]
    for protocol, name in (("ours", "Langevin"), ("MALA", "MALA")):
        for n, systems in potentials[potentials["protocol"] == protocol].groupby("n"):
            error = systems["llc"] / systems["llc_exact"] - 1
            worst = error.abs().fillna(np.inf).idxmax()
            near = [within(interval(off), -NEAR, NEAR) or False for off in error]  # a missing value fails
            reliable = int(is_reliable(systems).sum())
            rows.append(
                row(
                    f"D-1 ({name}, n = {n:g})",
                    f"On potentials with known λ, {name} gives the exact value at n = {n:g} within 10 %.",
                    "all within 10 %",
                    f"{near.count(True)} of {len(systems)}; worst {systems['name'][worst]}: "
                    f"{error[worst]:+.1%}; {reliable} reliable",
                    together(near),
                    "exact value by quadrature, population loss, one step size for all: ε ∝ 1/nβ",
                    "potentials",
                    error.min(),
                    error.max(),
                )
            )
    return rows


def two_components(truth: pd.DataFrame) -> dict:
    """The order of λ̂ at both points; each n and sampler must have it beyond its error."""
    points = truth[truth["system"] == "two components"].sort_values(["protocol", "n", "llc_theory"])
    low, high = (
        points.loc[side, ["llc", "std_err"]].itertuples(index=False, name=None)
        for side in (points["llc_theory"] < 0.3, points["llc_theory"] > 0.3)
    )
    gaps = [change(*pair) for pair in zip(low, high, strict=True)]
    middles = [sum(gap) / 2 for gap in gaps]
    return row(
        "D-1 (order)",
        "The more singular point of (x−1)²(x²+y²)⁴ has the lower λ̂.",
        "¼ < ½",
        f"difference {min(middles):.2f} to {max(middles):.2f} over n and samplers",
        together(map(rises, gaps)),
        "Langevin and MALA at every n; interval of 95 %",
        "potentials",
        min(gap.low for gap in gaps),
        max(gap.high for gap in gaps),
    )


def formulas() -> dict:
    cases = [
        (M, H, N, r) for M, H, N in itertools.product(range(1, 8), repeat=3) for r in range(min(M, H, N) + 1)
    ]
    agree = sum(learning_coefficient((M, H, N), r) == reduced_rank(M, H, N, r) for M, H, N, r in cases)
    return row(
        "D-2 (formulas)",
        "Aoyagi's formula for deep linear networks contains that of reduced rank regression.",
        "equal in every case",
        f"λ and multiplicity equal in {agree} of {len(cases)} cases",
        equal(agree, len(cases)),
        "all sizes from 1 to 7 and all ranks",
        "truth_scatter",
    )


def orders(truth: pd.DataFrame, seed: int) -> list[dict]:
    """Rank correlation of λ̂ with λ in every set of systems."""
    deep = truth[truth["system"] == "deep linear"]
    ours, paper = deep["protocol"] == "ours", deep["protocol"] == "paper's settings"
    teacher, aligned = deep["name"].str.endswith("teacher"), deep["name"].str.endswith("aligned")
    sets = (
        ("teachers", "random deep linear networks", deep[ours & teacher], MIN_NETS),
        ("teachers, paper's settings", "random deep linear networks", deep[paper & teacher], MIN_NETS),
        ("aligned", "deep linear networks where the formula is local", deep[ours & aligned], MIN_NETS),
        ("reduced rank", "reduced rank regression", truth[truth["system"] == "reduced rank"], 12),
        ("tanh", "tanh networks at the true function 0", truth[truth["system"] == "tanh"], 4),
    )
    return [order(*parts, seed) for parts in sets if len(parts[2])]


def order(name: str, words: str, systems: pd.DataFrame, enough: int, seed: int) -> dict:
    finite = systems[np.isfinite(systems["llc"].astype(float))]
    error = (finite["llc"] / finite["llc_theory"] - 1).abs()
    value, low, high = spearman(finite["llc_theory"].to_numpy(), finite["llc"].to_numpy(), seed)
    reliable = int(is_reliable(systems).sum())
    lost = f"; {len(systems) - len(finite)} diverged" if len(finite) < len(systems) else ""
    verdict = together([above(interval(value), ORDERED), equal(len(finite), len(systems))])
    return row(
        f"D-2 ({name})",
        f"λ̂ orders {words} as λ does.",
        "rank correlation ≥ .9; relative errors from 0 to .75",
        f"rank correlation {value:.3f}; relative error {error.median():.1%} (median), {error.max():.0%} "
        f"(worst); {reliable} of {len(systems)} reliable{lost}",
        None if len(systems) < enough else verdict,
        f"{len(systems)} systems; interval of 95 % by bootstrap over systems",
        "truth_scatter",
        low,
        high,
    )


def spearman(truth: np.ndarray, estimates: np.ndarray, seed: int) -> tuple[float, float, float]:
    """Rank correlation with its 95 % bootstrap interval."""
    generator = np.random.default_rng(seed)
    picks = generator.integers(len(truth), size=(RESAMPLES, len(truth)))
    ranks = [stats.rankdata(values[picks], axis=1) for values in (truth, estimates)]
    a, b = (values - values.mean(1, keepdims=True) for values in ranks)
    spread = np.sqrt((a**2).sum(1) * (b**2).sum(1))
    drawn = (a * b).sum(1)[spread > 0] / spread[spread > 0]
    low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) else (np.nan, np.nan)
    return float(stats.spearmanr(truth, estimates)[0]), float(low), float(high)


def rescalings(rescaling: pd.DataFrame) -> list[dict]:
    """Flat within 5 % for preconditioned samplers; plain SGLD is expected to fail."""
    rows = []
    for sampler, scaled in rescaling.groupby("sampler", sort=False):
        at_one = scaled.loc[scaled["factor"] == 1, "llc"].iloc[0]
        off = (scaled["llc"] / at_one - 1).astype(float)
        lost = int((~np.isfinite(off)).sum())
        measured = Interval(float(off.min()), float(off.max()))
        flat = together([equal(lost, 0), within(measured, -FLAT, FLAT) or False])
        plain = sampler == "SGLD"
        rows.append(
            row(
                f"D-3 ({sampler})",
                f"{sampler}: λ̂ {'changes' if plain else 'stays'} when a ReLU layer is rescaled.",
                "nan, or 8 times off" if plain else "change below 5 %",
                f"change from {off.min():+.2%} to {off.max():+.2%}; {lost} of {len(scaled)} without a value",
                opposite(flat) if plain else flat,
                f"10-20-10 network, factors {scaled['factor'].min():g} to {scaled['factor'].max():g}, one "
                "seed",
                "rescaling",
                *measured,
            )
        )
    return rows


def agreements(llc: pd.DataFrame) -> list[dict]:
    """MALA against each sampler that does not test its steps."""
    kinds = llc["distribution"].str.extract(rf"^ReLU .*, ({'|'.join((EXACT, *UNTESTED))})$")[0]
    mala = llc[kinds == EXACT].iloc[0]
    return [agreement(kind, llc[kinds == kind].iloc[0], mala) for kind in UNTESTED if (kinds == kind).any()]


def agreement(kind: str, rival: pd.Series, mala: pd.Series) -> dict:
    """The relative difference of an estimate from MALA's, with its interval."""
    off = rival["llc"] / mala["llc"] - 1
    error = (off + 1) * np.hypot(rival["std_err"] / rival["llc"], mala["std_err"] / mala["llc"])
    measured = interval(off, abs(error))
    return row(
        f"D-4 ({kind})",
        f"{kind} agrees with MALA on a ReLU network.",
        "within 5 %",
        f"{kind} {rival['llc']:.1f} ± {rival['std_err']:.1f}, "
        f"MALA {mala['llc']:.1f} ± {mala['std_err']:.1f}: {off:+.1%}",
        within(measured, -FLAT, FLAT) if is_reliable(rival) and is_reliable(mala) else None,
        f"{rival['distribution'].removesuffix(f', {kind}')}, full batches, equal settings; interval of 95 %",
        "sampler_agreement",
        *measured,
    )


def flat_directions(truth: pd.DataFrame) -> list[dict]:
    """Groups of equal Hessian rank and nullity: does λ̂ order them as λ does?"""
    flat = (truth["weights"] == 2) & (truth["hessian_rank"] == 0) & (truth["protocol"] == "MALA")
    potential = truth[flat & truth["system"].isin(["potential", "two components"])]
    settled = is_reliable(potential).groupby(potential["n"]).all()
    n = settled[settled].index.max() if settled.any() else settled.index.min()
    nets = truth[truth["name"].str.endswith("equal Hessian rank")]
    groups = [
        (f"potentials, n = {n:g}", potential[potential["n"] == n]),
        *((f"{size} weights", equals) for size, equals in nets.groupby("weights")),
    ]
    return [flat_group(name, points) for name, points in groups if len(points) > 1]


def flat_group(name: str, points: pd.DataFrame) -> dict:
    gaps = [
        change((a["llc"], a["std_err"]), (b["llc"], b["std_err"]))
        for (_, a), (_, b) in itertools.permutations(points.iterrows(), 2)
        if a["llc_theory"] < b["llc_theory"]
    ]
    verdicts = [rises(gap) for gap in gaps]
    right, wrong = verdicts.count(True), sum(falls(gap) is True for gap in gaps)
    rank, nullity = points["hessian_rank"].iloc[0], points["nullity"].iloc[0]
    ordered = points.sort_values("llc_theory")
    values = ", ".join(f"{value:.2f}" for value in ordered["llc"])
    return row(
        f"D-6 ({name})",
        f"λ̂ orders points of equal Hessian rank ({rank}) and nullity ({nullity}), which flat directions "
        "cannot tell apart.",
        "λ = " + ", ".join(f"{value:.3g}" for value in ordered["llc_theory"]),
        f"λ̂ = {values}; {right} of {len(gaps)} pairs in the order of λ beyond their errors, {wrong} against",
        together(verdicts),
        "pairs of different λ; interval of 95 %; potentials at the largest n where all are reliable",
        "flat_directions",
    )
