"""Claims D-5 on digits: does the optimiser decide how degenerate the solution is, at equal training loss?

How intervals become verdicts stands in measures/findings. Rules, fixed before any result was seen: a run
counts at a level of the training loss where its λ̂ is reliable; a claim is on which side of 0 its 95 %
interval lies, and is undecided if fewer than three seeds count.
"""

from collections.abc import Callable
from math import nan

import numpy as np
import pandas as pd
from scipy import stats

from devdash.measures.claim_rows import row
from devdash.measures.findings import Interval, falls, rises
from devdash.measures.trends import mean_interval
from devdash.verdicts import is_reliable

PAPER = "arXiv 2308.12108"
MIN_SEEDS = 3
RESAMPLES = 10_000


def table(steps: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table claim, from digits_step.

    >>> runs = {"optimiser": ["SGD", "SGD", "E-SGD"], "learning_rate": [0.1, 0.2, 0.1], "llc": [9, 7, 5]}
    >>> at_loss = {"batch_size": 64, "level": 0.1, "train_loss": 0.1, "matched": True, "verdict": "reliable"}
    >>> steps = pd.concat([pd.DataFrame(runs | at_loss | {"seed": seed}) for seed in range(3)])
    >>> table(steps)[["claim", "measured", "verdict"]]
      claim                                   measured    verdict
    0  D-5a  -44.4 % of SGD's λ̂ (-44.4 % at 0.1 nats)      holds
    1  D-5b                       Spearman's ρ = -1.00      holds
    2  D-5c        no seed with every setting measured  undecided
    """
    matched = _at_levels(steps)
    sgd = matched[matched["optimiser"] == "SGD"]
    base_size, base_rate = (
        _most_varied(sgd, *pair)
        for pair in (("batch_size", "learning_rate"), ("learning_rate", "batch_size"))
    )
    rates, sizes = sgd[sgd["batch_size"] == base_size], sgd[sgd["learning_rate"] == base_rate]
    return pd.DataFrame(
        [
            _optimisers(rates[rates["learning_rate"] == base_rate], matched[matched["optimiser"] != "SGD"]),
            _sweep(
                "D-5b",
                "A larger learning rate gives a lower λ̂ at equal training loss.",
                rates,
                "learning_rate",
                falls,
            ),
            _sweep(
                "D-5c", "A smaller batch gives a lower λ̂ at equal training loss.", sizes, "batch_size", rises
            ),
        ]
    )


def _at_levels(steps: pd.DataFrame) -> pd.DataFrame:
    """The reliable rows at the matched training loss."""
    matched = steps[steps["matched"]]
    return matched[is_reliable(matched)]


def _most_varied(sgd: pd.DataFrame, fixed: str, varied: str) -> float:
    """The value of `fixed` at which most values of `varied` were tried."""
    counts = sgd.groupby(fixed)[varied].nunique()
    return counts.idxmax() if len(counts) else nan


def _optimisers(sgd: pd.DataFrame, entropy: pd.DataFrame) -> dict:
    """D-5a: λ̂ of Entropy-SGD relative to SGD's, paired by seed and level; a t interval over seeds."""
    pairs = sgd.merge(entropy, on=["seed", "level"], suffixes=("", "_entropy"))
    change = 100 * (pairs["llc_entropy"] / pairs["llc"] - 1)
    by_level = change.groupby(pairs["level"]).mean()
    losses = pairs.groupby("level")["train_loss"].mean()
    by_seed = change.groupby(pairs["seed"]).mean()
    measured = mean_interval(by_seed) if len(by_seed) >= MIN_SEEDS else Interval(nan, nan)
    each = ", ".join(f"{by_level[i]:+.1f} % at {losses[i]:.2g} nats" for i in by_level.index)
    return row(
        "D-5a",
        "At equal training loss Entropy-SGD ends at a lower λ̂ than SGD.",
        "about 880 against 1010 (−13 %), training loss not matched",
        f"{by_seed.mean():+.1f} % of SGD's λ̂ ({each})" if len(pairs) else "no pair of reliable estimates",
        falls(measured),
        f"{len(by_seed)} seeds, {len(pairs)} pairs at {len(by_level)} levels, reliable λ̂ only; "
        "t interval of 95 % over seeds; holds if it lies below 0, fails if above, undecided if it holds 0",
        "digits_matched",
        *measured,
        paper=PAPER,
    )


def _sweep(claim: str, statement: str, matched: pd.DataFrame, varied: str, judge: Callable) -> dict:
    """D-5b, D-5c: Spearman's ρ of λ̂ with a setting, within each seed and level; mean over both."""
    wanted = matched[varied].nunique()
    correlations = [
        (seed, stats.spearmanr(runs[varied], runs["llc"]).statistic)
        for (seed, _), runs in matched.groupby(["seed", "level"])
        if runs[varied].nunique() == wanted > 1
    ]
    rho = pd.DataFrame(correlations, columns=["seed", "rho"])
    by_seed = rho.groupby("seed")["rho"].mean()
    measured = _bootstrap_interval(by_seed)
    side, sign = ("below", "<") if judge is falls else ("above", ">")
    return row(
        claim,
        statement,
        f"ρ {sign} 0; expected, not published",
        f"Spearman's ρ = {by_seed.mean():+.2f}" if len(rho) else "no seed with every setting measured",
        judge(measured),
        f"{wanted} settings, {len(by_seed)} seeds, {len(rho)} levels of them that every setting reached "
        f"with a reliable λ̂; bootstrap interval of 95 % over seeds; holds if it lies {side} 0",
        "digits_sweep",
        *measured,
        paper=PAPER,
    )


def _bootstrap_interval(values: pd.Series) -> Interval:
    """95 % percentile interval of the mean over resampled values; NaN below three of them."""
    if len(values) < MIN_SEEDS:
        return Interval(nan, nan)
    picks = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(values.to_numpy()[picks].mean(1), [2.5, 97.5])
    return Interval(float(low), float(high))
