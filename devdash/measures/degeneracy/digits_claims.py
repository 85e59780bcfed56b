"""Claims D-5 on digits: does the optimiser decide how degenerate the solution is, at equal training loss?

Rules, fixed before any result was seen: a run counts at a level of the training loss where its λ̂ is
reliable; a claim holds if its whole 95 % interval lies on the published side of 0, fails if it lies on the
other side, and is undecided if it holds 0, or if fewer than three seeds count.
"""

from math import isfinite, nan

import numpy as np
import pandas as pd
from scipy import stats

from devdash.measures.claim_rows import row

PAPER = "arXiv 2308.12108"
MIN_SEEDS = 3
RESAMPLES = 10_000


def table(steps: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table claim, from digits_step."""
    matched = at_levels(steps)
    sgd = matched[matched["optimiser"] == "SGD"]
    base_size, base_rate = (
        _most_varied(sgd, *pair)
        for pair in (("batch_size", "learning_rate"), ("learning_rate", "batch_size"))
    )
    rates, sizes = sgd[sgd["batch_size"] == base_size], sgd[sgd["learning_rate"] == base_rate]
    return pd.DataFrame(
        [
            optimisers(rates[rates["learning_rate"] == base_rate], matched[matched["optimiser"] != "SGD"]),
            sweep(
                "D-5b",
                "A larger learning rate gives a lower λ̂ at equal training loss.",
                rates,
                "learning_rate",
                -1,
            ),
            sweep("D-5c", "A smaller batch gives a lower λ̂ at equal training loss.", sizes, "batch_size", 1),
        ]
    )


def at_levels(steps: pd.DataFrame) -> pd.DataFrame:
    """The reliable rows at the matched training loss."""
    matched = steps[steps["matched"]]
    return matched[matched["verdict"] == "reliable"]


def _most_varied(sgd: pd.DataFrame, fixed: str, varied: str) -> float:
    """The value of `fixed` at which most values of `varied` were tried."""
    counts = sgd.groupby(fixed)[varied].nunique()
    return counts.idxmax() if len(counts) else nan


def optimisers(sgd: pd.DataFrame, entropy: pd.DataFrame) -> dict:
    """D-5a: λ̂ of Entropy-SGD relative to SGD's, paired by seed and level; a t interval over seeds."""
    pairs = sgd.merge(entropy, on=["seed", "level"], suffixes=("", "_entropy"))
    change = 100 * (pairs["llc_entropy"] / pairs["llc"] - 1)
    by_level = change.groupby(pairs["level"]).mean()
    losses = pairs.groupby("level")["train_loss"].mean()
    by_seed = change.groupby(pairs["seed"]).mean()
    low, high = t_interval(by_seed)
    each = ", ".join(f"{by_level[i]:+.1f} % at {losses[i]:.2g} nats" for i in by_level.index)
    return row(
        "D-5a",
        "At equal training loss Entropy-SGD ends at a lower λ̂ than SGD.",
        "about 880 against 1010 (−13 %), training loss not matched",
        f"{by_seed.mean():+.1f} % of SGD's λ̂ ({each})" if len(pairs) else "no pair of reliable estimates",
        by_sign(low, high, -1),
        f"{len(by_seed)} seeds, {len(pairs)} pairs at {len(by_level)} levels, reliable λ̂ only; "
        "t interval of 95 % over seeds; holds if it lies below 0, fails if above, undecided if it holds 0",
        "digits_matched",
        low,
        high,
        paper=PAPER,
    )


def sweep(claim: str, statement: str, matched: pd.DataFrame, varied: str, sign: int) -> dict:
    """D-5b, D-5c: Spearman's ρ of λ̂ with a setting, within each seed and level; mean over both."""
    wanted = matched[varied].nunique()
    found = [
        (seed, stats.spearmanr(own[varied], own["llc"]).statistic)
        for (seed, _), own in matched.groupby(["seed", "level"])
        if own[varied].nunique() == wanted > 1
    ]
    rho = pd.DataFrame(found, columns=["seed", "rho"])
    by_seed = rho.groupby("seed")["rho"].mean()
    low, high = bootstrap_interval(by_seed)
    side = "below" if sign < 0 else "above"
    return row(
        claim,
        statement,
        f"ρ {'<' if sign < 0 else '>'} 0; expected, not published",
        f"Spearman's ρ = {by_seed.mean():+.2f}" if len(rho) else "no seed with every setting measured",
        by_sign(low, high, sign),
        f"{wanted} settings, {len(by_seed)} seeds, {len(rho)} levels of them that every setting reached "
        f"with a reliable λ̂; bootstrap interval of 95 % over seeds; holds if it lies {side} 0",
        "digits_sweep",
        low,
        high,
        paper=PAPER,
    )


def by_sign(low: float, high: float, sign: int) -> bool | None:
    """True if the interval lies wholly on the side of `sign`, False if on the other, else None."""
    if not (isfinite(low) and isfinite(high)) or low <= 0 <= high:
        return None
    return bool(low * sign > 0)


def t_interval(values: pd.Series) -> tuple[float, float]:
    """95 % interval of the mean; NaN below three values."""
    if len(values) < MIN_SEEDS:
        return nan, nan
    half = stats.t.ppf(0.975, len(values) - 1) * values.std() / np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def bootstrap_interval(values: pd.Series) -> tuple[float, float]:
    """95 % percentile interval of the mean over resampled values; NaN below three of them."""
    if len(values) < MIN_SEEDS:
        return nan, nan
    picks = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(values.to_numpy()[picks].mean(1), [2.5, 97.5])
    return float(low), float(high)
