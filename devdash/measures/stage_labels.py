"""What forms in a stage: the group of metrics that moves most within it, relative to its whole range.

Groups and directions follow Hoogland et al. 2024 (arXiv 2402.02364). Nothing here knows when a
stage should come.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from devdash.stored_names import BIGRAM, GAIN, ICL, PREFIX_MATCHING, PREVIOUS_TOKEN, TOKEN_SHARE

LEAST_SHARE = 0.15  # a stage in which no metric goes through so much of its range is one of convergence
CONVERGENCE = "convergence"


@dataclass(frozen=True)
class Sign:
    """A metric whose move in one direction (+1 rise, −1 fall) shows that a structure forms.

    least: range over the training, in the metric's unit, below which it counts as never having moved.

    >>> LANGUAGE["positions"]
    (Sign(name='position ablation gap', direction=1, least=0.05),)
    """

    name: str
    direction: int
    least: float


LANGUAGE = {
    "bigrams": (Sign(BIGRAM, -1, 0.3), Sign("unigram divergence", -1, 0.1)),
    "n-grams": tuple(Sign(f"n-gram loss {n}", -1, 0.5) for n in (2, 3, 4)),
    "positions": (Sign("position ablation gap", 1, 0.05),),
    "previous-token heads": (Sign(PREVIOUS_TOKEN, 1, 0.05),),
    "induction heads": (Sign(PREFIX_MATCHING, 1, 0.05), Sign(ICL, -1, 0.05)),
}
REGRESSION = {
    "the mean task": (Sign("distance to zero", -1, 0.05),),
    "in-context learning": (Sign(ICL, -1, 0.3), Sign("distance to ridge", -1, 0.3)),
    "collapse": (Sign(GAIN, -1, 1.0), Sign(TOKEN_SHARE, -1, 0.05)),
}
SYSTEMS = (LANGUAGE, REGRESSION)


def label(stages: pd.DataFrame, metrics: pd.DataFrame) -> list[str]:
    """One short label per stage, such as "bigrams" or "induction heads".

    >>> from devdash.measures.example_tables import metrics
    >>> values = {"bigram score": [8.0, 4.6, 5.9], "n-gram loss 3": [8.0, 8.0, 1.0]}
    >>> label(pd.DataFrame({"start_step": [0, 100], "end_step": [100, 999]}), metrics([0, 100, 999], values))
    ['bigrams', 'n-grams']
    """
    return explain(stages, metrics)["label"].tolist()


def explain(stages: pd.DataFrame, metrics: pd.DataFrame) -> pd.DataFrame:
    """Columns label and evidence (which metric moved, from what to what), one row per stage.

    stages: start_step, end_step; metrics: rows of the table metric of one model. Where none of the known
    metrics was measured, a stage is labelled by the name of the metric that moves most, up or down.

    >>> from devdash.measures.example_tables import metrics
    >>> rows = metrics([0, 100, 999], {"bigram score": [8.0, 4.6, 5.9]})
    >>> print(explain(pd.DataFrame({"start_step": [0, 100], "end_step": [100, 999]}), rows).to_string())
             label                                                                           evidence
    0      bigrams                                            bigram score 8 → 4.6, 100% of its range
    1  convergence  nothing forms by 15% of its range; most: bigram score 4.6 → 5.9, 38% of its range
    """
    missing = {"step", "name", "component", "distribution", "value"} - set(metrics.columns)
    if missing:
        raise ValueError(f"metrics have no column {sorted(missing)}; give the rows of the table metric")
    moves = _moves(stages, _whole(metrics.dropna(subset=["value"])))
    best = [_best(moves[moves["stage"] == stage]) for stage in range(len(stages))]
    return pd.DataFrame(best, columns=["label", "evidence"])


def _whole(metrics: pd.DataFrame) -> pd.DataFrame:
    """Of each metric the rows on all data, or, where it has none, those of every kind of data."""
    overall = metrics["distribution"].isin(["", "all"])
    return metrics[overall | ~metrics["name"].isin(metrics.loc[overall, "name"])]


def _moves(stages: pd.DataFrame, metrics: pd.DataFrame) -> pd.DataFrame:
    """Share of its range that each series moves in each stage: stage, group, share, evidence."""
    groups = _measured_groups(metrics)
    generic = not metrics["name"].isin(groups).any()
    rows = []
    for (name, component, _), series in metrics.groupby(["name", "component", "distribution"]):
        group, sign = groups.get(name, (name, Sign(name, 0, 0.0)))
        series = series.sort_values("step")
        extent = float(np.ptp(series["value"]))
        if (name not in groups and not generic) or extent == 0 or extent < sign.least:
            continue
        logs, values = np.log10(series["step"] + 1.0), series["value"]
        start, end = (np.interp(np.log10(stages[c] + 1.0), logs, values) for c in ("start_step", "end_step"))
        change = (end - start) / extent
        share = change * sign.direction if sign.direction else np.abs(change)
        what = f"{name} ({component})" if component else name
        rows += [
            (stage, group, share[stage], _evidence(what, start[stage], end[stage], change[stage]))
            for stage in range(len(stages))
        ]
    return pd.DataFrame(rows, columns=["stage", "group", "share", "evidence"])


def _measured_groups(metrics: pd.DataFrame) -> dict[str, tuple[str, Sign]]:
    """Metric → its group and sign, in the system of which more metrics were measured."""
    systems = [
        {sign.name: (group, sign) for group, signs in groups.items() for sign in signs} for groups in SYSTEMS
    ]
    measured = set(metrics["name"])
    return max(systems, key=lambda system: len(measured & system.keys()))


def _evidence(what: str, start: float, end: float, change: float) -> str:
    return f"{what} {start:.3g} → {end:.3g}, {abs(change):.0%} of its range"


def _best(moves: pd.DataFrame) -> tuple[str, str]:
    """Label and evidence of one stage; the evidence names the second group too, if that moves."""
    if moves.empty:
        return CONVERGENCE, "no metric moves during the training"
    ranked = moves.sort_values("share", ascending=False, kind="stable").drop_duplicates("group")
    moved = ranked[ranked["share"] >= LEAST_SHARE]
    if moved.empty:
        most = ranked["evidence"].iloc[0]
        return CONVERGENCE, f"nothing forms by {LEAST_SHARE:.0%} of its range; most: {most}"
    evidence = moved["evidence"].iloc[0]
    if len(moved) > 1:
        evidence += f"; then {moved['group'].iloc[1]}: {moved['evidence'].iloc[1]}"
    return moved["group"].iloc[0], evidence
