"""Claims A-5 and A-6 on the multigram circuit: a Finding for each."""

from math import hypot
from statistics import NormalDist

import numpy as np
import pandas as pd

from devdash.measures.findings import Finding, MissingData, falls, interval, no_rise, rises, together
from devdash.measures.heads.estimates import MULTIGRAM, ends, estimates, of_kind

LEAST_STEPS = 3
NESTED, GRAM = "nested bracket", "n-gram"
CERTAIN = 0.95


def migration(llc: pd.DataFrame, head: pd.DataFrame, start: float) -> Finding:
    """A-5: slope of λ̂ with the one-layer target over log step, multigram heads of layer 0 against layer 1.

    start: step of the minimum of the bigram score.

    >>> from devdash.measures.example_tables import estimates as rows
    >>> heads = {"head 0.0": [1.0, 5, 3, 1], "head 0.1": [1.0, 5, 3, 1], "head 1.0": [1.0, 1, 3, 5]}
    >>> kinds = pd.DataFrame({"head": list(heads), "kind": "multigram"})
    >>> finding = migration(rows([0, 100, 1000, 10_000], heads, target="one-layer"), kinds, start=100)
    >>> finding.verdict, finding.measured
    (True, 'from step 100 on, λ̂ per decade of steps: layer 0 -2.00 ± 0.05 (2 heads), layer 1 +2.00...')
    """
    value, error = estimates(llc, target="one-layer")
    lower = _of_layer(0, of_kind(head, MULTIGRAM, value.columns))
    if not lower:
        raise MissingData(f"layer 0 has no {MULTIGRAM} head with λ̂ for the one-layer target")
    return _slopes(value, error, lower, start)


def migration_of_layers(llc: pd.DataFrame, start: float) -> Finding:
    """A-5 where all heads of layer 0 count, of whatever kind.

    >>> from devdash.measures.example_tables import estimates as rows
    >>> heads = {"head 0.0": [1.0, 5, 3, 1], "head 0.1": [1.0, 5, 3, 1], "head 1.0": [1.0, 5, 5, 5]}
    >>> finding = migration_of_layers(rows([0, 100, 1000, 10_000], heads, target="one-layer"), start=100)
    >>> finding.verdict, finding.measured
    (None, 'from step 100 on, λ̂ per decade of steps: layer 0 -2.00 ± 0.05 (2 heads), layer 1 ...0.00...')
    """
    value, error = estimates(llc, target="one-layer")
    return _slopes(value, error, _of_layer(0, value.columns), start)


def _of_layer(layer: int, names) -> list[str]:
    return [name for name in names if name.startswith(f"head {layer}.")]


def _slopes(value: pd.DataFrame, error: pd.DataFrame, lower: list[str], start: float) -> Finding:
    first, _ = ends(value.index, start, "λ̂ of heads for the one-layer target")
    after = value.index >= first
    upper = _of_layer(1, value.columns)
    (low_slope, low_error, few), (high_slope, high_error, many) = (
        _mean_slope(value.loc[after, names], error.loc[after, names]) for names in (lower, upper)
    )
    return Finding(
        together([falls(interval(low_slope, low_error)), rises(interval(high_slope, high_error))]),
        f"from step {first:,} on, λ̂ per decade of steps: layer 0 {low_slope:+.2f} ± {low_error:.2f} "
        f"({few} heads), layer 1 {high_slope:+.2f} ± {high_error:.2f} ({many} heads)",
        *interval(high_slope - low_slope, hypot(low_error, high_error)),
    )


def _mean_slope(value: pd.DataFrame, error: pd.DataFrame) -> tuple[float, float, int]:
    """Mean over heads of the least-squares slope per decade, with the error that λ̂'s errors give it."""
    slopes, squares = [], []
    for name in value:
        points = value[name].dropna()
        if len(points) < LEAST_STEPS:
            continue
        log = np.log10(points.index.to_numpy(float) + 1)
        weight = (log - log.mean()) / ((log - log.mean()) ** 2).sum()
        slopes.append(weight @ points)
        squares.append(((weight * error.loc[points.index, name]) ** 2).sum())
    if not slopes:
        raise MissingData(
            f"no head of a layer with λ̂ for the one-layer target at {LEAST_STEPS} steps or more"
        )
    return float(np.mean(slopes)), float(np.sqrt(sum(squares)) / len(slopes)), len(slopes)


def nested_brackets(path: pd.DataFrame, ablation: pd.DataFrame, start: float) -> Finding:
    """A-6: rise in loss where a layer-1 head reads a layer-0 head no more, nested closers less n-grams.

    The best of several heads is judged, so each has the level at which one of them errs in 5 %.
    start: step of the minimum of the bigram score.

    >>> path = pd.DataFrame({"step": [100, 100, 9000, 9000], "tag": [NESTED, GRAM] * 2, "std_err": 0.01})
    >>> path = path.assign(source="head 0.0", reader="head 1.2", effect_nats=[0.0, 0.0, 0.3, 0.0])
    >>> ablation = pd.DataFrame(columns=["step", "component", "method", "tag", "effect_nats", "std_err"])
    >>> finding = nested_brackets(path, ablation, start=100)
    >>> finding.verdict, finding.measured
    (True, 'head 1.2 of 1, ... 0.300 ± 0.010 against 0.000 ± 0.010 at 9,000')
    """
    rows = path.dropna(subset=["effect_nats"]).fillna({"std_err": 0.0})
    steps = np.intersect1d(*(rows.loc[rows["tag"] == tag, "step"] for tag in (NESTED, GRAM)))
    if not len(steps):
        raise MissingData("no step with path effects on both nested brackets and n-grams")
    early, last = ends(steps, start, "path effects")
    heads = sorted(rows["reader"].unique())
    z = NormalDist().inv_cdf(1 - (1 - CERTAIN) / 2 / len(heads))
    late = {head: _contrast(rows, head, last) for head in heads}
    head = max(late, key=lambda name: interval(*late[name][:2], z).low)
    (gap, error, at_end), (then, then_error, at_start) = late[head], _contrast(rows, head, early)
    measured = interval(gap, error, z)
    return Finding(
        together([rises(measured), no_rise(interval(then, then_error, z), gap)]),
        f"{head} of {len(heads)}, nested closers against n-gram tokens, nats: {at_start} at step {early:,}, "
        f"{at_end} at {last:,}{_most_needed(ablation, last)}",
        *measured,
    )


def _contrast(rows: pd.DataFrame, head: str, step: int) -> tuple[float, float, str]:
    """Difference of a reader's mean effects over the heads it reads, its error, and both in words.

    All pairs are measured on the same tokens, so a mean over pairs has the error of one of them.
    """
    chosen = rows[(rows["reader"] == head) & (rows["step"] == step)]
    means = chosen.groupby("tag")[["effect_nats", "std_err"]].mean()
    (nested, error), (gram, gram_error) = (means.loc[tag] for tag in (NESTED, GRAM))
    words = f"{nested:.3f} ± {error:.3f} against {gram:.3f} ± {gram_error:.3f}"
    return float(nested - gram), hypot(error, gram_error), words


def _most_needed(ablation: pd.DataFrame, step: int) -> str:
    """The head whose ablation hurts nested closers most, in words."""
    rows = ablation[
        (ablation["step"] == step) & (ablation["method"] == "mean") & (ablation["tag"] == NESTED)
    ].dropna(subset=["effect_nats"])
    if rows.empty:
        return ""
    most = rows.loc[rows["effect_nats"].idxmax()]
    return (
        f"; of single heads they need {most['component']} most: {most['effect_nats']:.3f} ± "
        f"{most['std_err']:.3f}"
    )
