"""Claim D-6: λ̂ tells apart points that a count of flat directions cannot."""

import itertools
from functools import partial

import pandas as pd

from devdash.measures import claim_rows
from devdash.measures.findings import change, falls, rises, together
from devdash.verdicts import is_reliable

PAPER = "arXiv 2308.12108"
row = partial(claim_rows.row, paper=PAPER)


def flat_directions(truth: pd.DataFrame) -> list[dict]:
    """Groups of equal Hessian rank and nullity: does λ̂ order them as λ does?

    >>> points = {"system": "potential", "protocol": "MALA", "name": ["x²y²", "x⁴y²"], "n": 1e4, "weights": 2}
    >>> facts = {"hessian_rank": 0, "nullity": 2, "llc_theory": [0.5, 0.25], "std_err": 0.01}
    >>> truth = pd.DataFrame(points | facts | {"llc": [0.48, 0.26], "verdict": "reliable"})
    >>> [(row["claim"], row["verdict"]) for row in flat_directions(truth)]
    [('D-6 (potentials, n = 10000)', 'holds')]
    """
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
    """D-6 of one group of points with the same Hessian rank and nullity.

    >>> points = pd.DataFrame({"llc_theory": [0.25, 0.5], "llc": [0.26, 0.48], "std_err": 0.01})
    >>> flat_group("2 weights", points.assign(hessian_rank=0, nullity=2))["measured"]
    'λ̂ = 0.26, 0.48; 1 of 1 pairs in the order of λ beyond their errors, 0 against'
    """
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
