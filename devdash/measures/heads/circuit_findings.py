"""Claims A-5 and A-6 on the multigram circuit: a Finding for each."""

from math import hypot

import numpy as np
import pandas as pd

from devdash.measures.findings import Finding, MissingData, Z, above, every, opposite
from devdash.measures.heads.findings import MULTIGRAM, estimates, grams_end, nearest, of_kind
from devdash.measures.language.llc_findings import no_rise

LEAST_STEPS = 3
NESTED, GRAM = "nested bracket", "n-gram"


def migration(llc: pd.DataFrame, head: pd.DataFrame, stage: pd.DataFrame) -> Finding:
    """A-5: slope of λ̂ with the one-layer target over log step after the n-gram stage, by layer."""
    value, error = estimates(llc, target="one-layer")
    start = nearest(value.index, grams_end(stage, llc))
    after = value.index >= start
    below = [name for name in of_kind(head, MULTIGRAM, value.columns) if name.startswith("head 0.")]
    upper = [name for name in value.columns if name.startswith("head 1.")]
    (low_slope, low_error, few), (high_slope, high_error, many) = (
        _mean_slope(value.loc[after, names], error.loc[after, names]) for names in (below, upper)
    )
    return Finding(
        every([opposite(above(low_slope, low_error, 0)), above(high_slope, high_error, 0)]),
        f"from step {start:,} on, λ̂ per decade of steps: layer 0 {low_slope:+.2f} ± {low_error:.2f} "
        f"({few} multigram heads), layer 1 {high_slope:+.2f} ± {high_error:.2f} ({many} heads)",
        high_slope - low_slope - Z * hypot(low_error, high_error),
        high_slope - low_slope + Z * hypot(low_error, high_error),
    )


def _mean_slope(value: pd.DataFrame, error: pd.DataFrame) -> tuple[float, float, int]:
    """Mean over heads of the least-squares slope per decade, with the error that λ̂'s errors give it."""
    slopes, squares = [], []
    for name in value:
        known = value[name].dropna()
        if len(known) < LEAST_STEPS:
            continue
        log = np.log10(known.index.to_numpy(float) + 1)
        weight = (log - log.mean()) / ((log - log.mean()) ** 2).sum()
        slopes.append(weight @ known)
        squares.append(((weight * error.loc[known.index, name]) ** 2).sum())
    if not slopes:
        raise MissingData(
            f"no head of a layer with λ̂ for the one-layer target at {LEAST_STEPS} steps or more"
        )
    return float(np.mean(slopes)), float(np.sqrt(sum(squares)) / len(slopes)), len(slopes)


def nested_brackets(
    path: pd.DataFrame, ablation: pd.DataFrame, llc: pd.DataFrame, stage: pd.DataFrame
) -> Finding:
    """A-6: rise in loss by path ablation, closers of nested brackets less n-gram tokens."""
    known = path.dropna(subset=["effect_nats"])
    steps = np.intersect1d(*(known.loc[known["tag"] == tag, "step"] for tag in (NESTED, GRAM)))
    if not len(steps):
        raise MissingData("no step with path effects on both nested brackets and n-grams")
    early, last = nearest(steps, grams_end(stage, llc)), int(steps[-1])
    if early == last:
        raise MissingData("path effects at one step only")
    (then, then_error, told), (end, error, tells) = (
        _contrast(known[known["step"] == s]) for s in (early, last)
    )
    return Finding(
        every([above(end, error, 0), no_rise(then, then_error, end)]),
        f"nested closers against n-gram tokens, nats: {told} at step {early:,}, {tells} at {last:,}"
        f"{_most_needed(ablation, last)}",
        end - Z * error,
        end + Z * error,
    )


def _contrast(rows: pd.DataFrame) -> tuple[float, float, str]:
    """Difference of the mean effects over pairs of heads, its error, and both in words.

    All pairs are measured on the same tokens, so a mean over pairs has the error of one of them.
    """
    means = rows.fillna({"std_err": 0.0}).groupby("tag")[["effect_nats", "std_err"]].mean()
    (nested, error), (gram, gram_error) = (means.loc[tag] for tag in (NESTED, GRAM))
    words = f"{nested:.4f} ± {error:.4f} against {gram:.4f} ± {gram_error:.4f}"
    return float(nested - gram), hypot(error, gram_error), words


def _most_needed(ablation: pd.DataFrame, step: int) -> str:
    """The head whose ablation hurts nested closers most, in words."""
    own = ablation[
        (ablation["step"] == step) & (ablation["method"] == "mean") & (ablation["tag"] == NESTED)
    ].dropna(subset=["effect_nats"])
    if own.empty:
        return ""
    most = own.loc[own["effect_nats"].idxmax()]
    return (
        f"; of single heads they need {most['component']} most: {most['effect_nats']:.3f} ± "
        f"{most['std_err']:.3f}"
    )
