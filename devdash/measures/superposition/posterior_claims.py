"""Claims C-5 and C-6: which k-gons hold the posterior, and from which n on."""

from functools import partial
from math import isfinite, nan

import pandas as pd

from devdash.measures import claim_rows
from devdash.measures.findings import Interval, above, equal, interval, meets, together, within

PAPER = "arXiv 2310.06301"
row = partial(claim_rows.row, paper=PAPER)


def free_energy(crossings: pd.DataFrame) -> list[dict]:
    """C-5: where the free energies of the 5- and the 6-gon cross, with and without ½‖w*‖².

    >>> place = {"features": 6, "scale": 1.0, "from_kgon": "5", "to_kgon": "6", "n": 601.2}
    >>> crossings = pd.DataFrame([place | {"source": "free energy"}])
    >>> [(row["measured"], row["verdict"]) for row in free_energy(crossings)]
    [('n = 601', 'holds'), ('n = nan', 'undecided')]
    """
    rows = []
    for source, published in (("free energy", 601), ("free energy without ½‖w*‖²", 445)):
        value = _crossing(crossings, "5", "6", source)["n"]
        rows.append(
            row(
                "C-5" if source == "free energy" else "C-5 (no constant)",
                "The free energies of 5 and 6 cross at a critical number of examples.",
                f"n = {published}",
                f"n = {value:.0f}",
                equal(value, published, 0.5),
                f"{source}: n ΔL + Δλ log n + Δ½‖w*‖² = 0, observation scale 1",
                "occupancy",
            )
        )
    return rows


def _crossing(crossings: pd.DataFrame, a: str, b: str, source: str, scale: float = 1) -> pd.Series:
    rows = crossings[
        (crossings["features"] == 6)
        & (crossings["scale"] == scale)
        & (crossings["from_kgon"] == a)
        & (crossings["to_kgon"] == b)
        & (crossings["source"] == source)
    ]
    return rows.iloc[0] if len(rows) else pd.Series({"n": nan, "low": nan, "high": nan})


def occupancies(occupancy: pd.DataFrame) -> list[dict]:
    """C-6: which k-gons hold the posterior at n = 100 and 2,000, and where 5-gons peak.

    >>> shares = {"4-gon": [0.5, 0.1, 0.0], "5-gon": [0.45, 0.6, 0.02], "6-gon": [0.0, 0.3, 0.98]}
    >>> rows = pd.DataFrame(shares | {"n": [100, 300, 2000]}).melt("n", var_name="kgon", value_name="share")
    >>> rows = rows.assign(features=6, scale=1.0, low=rows["share"] - 0.01, high=rows["share"] + 0.01)
    >>> [(row["measured"], row["verdict"]) for row in occupancies(rows)]
    [('4-gons 0.50, 5-gons 0.45', 'holds'), ('largest at n = 300', 'holds'), ('0.980', 'holds')]
    """
    six = occupancy[(occupancy["features"] == 6) & (occupancy["scale"] == 1)]
    share = six.pivot(index="n", columns="kgon", values="share").sort_index()
    full = 100 in share.index and 2000 in share.index
    early = share.loc[100] if full else None
    peak = share["5-gon"].idxmax() if len(share) else nan
    late = six[(six["n"] == 2000) & (six["kgon"] == "6-gon")]
    at_end = Interval(*late[["low", "high"]].iloc[0]) if full else Interval(nan, nan)
    how = "annealed sequential Monte Carlo on the exact Lₙ, mean over data sets, scale 1"
    texts = [
        f"4-gons {early['4-gon']:.2f}, 5-gons {early['5-gon']:.2f}" if full else "n = 100 not in the run",
        f"largest at n = {peak}" if full else "too few n in the run",
        f"{late['share'].iloc[0]:.3f}" if full else "n = 2000 not in the run",
    ]
    shared = together(above(interval(early[kgon]), 0.2) for kgon in ("4-gon", "5-gon")) if full else None
    return [
        row(
            "C-6 (n = 100)",
            "4-gons and 5-gons share the posterior at n = 100.",
            ".41 and .48",
            texts[0],
            shared,
            how,
            "occupancy",
        ),
        row(
            "C-6 (peak)",
            "5-gons have their largest share between n = 200 and 400.",
            "200 ≤ n ≤ 400",
            texts[1],
            within(interval(peak), 200, 400) if full else None,
            how,
            "occupancy",
        ),
        row(
            "C-6 (n = 2000)",
            "6-gons hold the posterior at n = 2000.",
            "≥ .95",
            texts[2],
            above(at_end, 0.95),
            how,
            "occupancy",
            *at_end,
        ),
    ]


def observed_crossings(crossings: pd.DataFrame) -> list[dict]:
    """Where the posterior passes from 5 to 6, against the formula and against the paper's runs.

    >>> place = {"features": 6, "scale": 1.0, "from_kgon": "5-gon", "to_kgon": "6-gon", "source": "observed"}
    >>> crossings = pd.DataFrame([place | {"n": 580.0, "low": 520.0, "high": 640.0}])
    >>> [(row["measured"], row["verdict"]) for row in observed_crossings(crossings)]
    [('n = 580', 'holds'), ('no crossing in the run', 'undecided')]
    """
    targets = (
        (1.0, "C-6 (crossing)", "where the free energies cross", "free energy n = 601", 601, 601),
        (0.5, "C-6 (crossing, s = ½)", "where the paper saw it", "n = 600–700", 600, 700),
    )
    rows = []
    for scale, claim, where, published, least, most in targets:
        seen = _crossing(crossings, "5-gon", "6-gon", "observed", scale)
        rows.append(
            row(
                claim,
                f"At observation scale {scale:g} the posterior passes from 5-gons to 6-gons {where}.",
                published,
                f"n = {seen['n']:.0f}" if isfinite(seen["n"]) else "no crossing in the run",
                meets(Interval(seen["low"], seen["high"]), least, most),
                "annealed sequential Monte Carlo on the exact Lₙ; holds if the 95 % interval over "
                "data sets meets the published value",
                "occupancy",
                seen["low"],
                seen["high"],
            )
        )
    return rows
