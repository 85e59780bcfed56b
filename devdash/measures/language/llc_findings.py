"""Claims B-8 … B-10 on language models, from λ̂, stages and trajectories: a Finding for each model."""

from math import isnan

import numpy as np
import pandas as pd

from devdash.measures.default_stages import boundaries
from devdash.measures.findings import (
    Finding,
    Interval,
    MissingData,
    Z,
    above,
    beyond_chance,
    change,
    interval,
    meets,
    no_rise,
    rises,
    together,
)
from devdash.measures.language.metric_findings import PREFIX, TWIN, highest, onsets
from devdash.measures.training_curve import head_curves, llc_curve, metric_curve
from devdash.measures.trajectory import NEAR, permutation_baseline

PLATEAUS = 2
EARLIEST = 100  # before, models of one and of two layers learn the same frequencies of tokens
EXPLAINED, AXES = 0.7, 3


def stages_of_llc(metric: pd.DataFrame, llc: pd.DataFrame, stage: pd.DataFrame, model: str) -> Finding:
    """B-8: rise of λ̂, its plateaus, the stall between n-grams and induction, and the twin's late rise."""
    curve, twin = llc_curve(llc, model), llc_curve(llc, TWIN)
    ends = boundaries(stage, llc, model)
    _, onset = onsets(metric, model, PREFIX, 1)
    if isnan(onset):
        raise MissingData(f"no prefix-matching score of layer 1 of {model} rises")
    window = between_stages(metric, model)
    rise, late = change(curve.start(), curve.end()), change(twin.at(onset), twin.end())
    compared = sum(change(curve.at(onset), curve.end())) / 2
    stalls = ends["end_step"].between(*window).sum()
    plateaus = ", ".join(f"{step:,.0f}" for step in ends["end_step"]) or "none"
    middle, half = sum(late) / 2, (late.high - late.low) / 2
    return Finding(
        together(
            [
                rises(rise),
                above(interval(len(ends)), PLATEAUS),
                _stalls(ends, window),
                no_rise(late, compared),
            ]
        ),
        f"λ̂ {curve.value[0]:.1f} (step {curve.step[0]:,.0f}) → {curve.value[-1]:.1f} "
        f"({curve.step[-1]:,.0f}); plateaus at steps {plateaus}, {stalls} of them within "
        f"{window[0]:,.0f}–{window[1]:,.0f}; from step {onset:,.0f} on twin {middle:+.1f} ± {half / Z:.1f}",
        *rise,
    )


def between_stages(metric: pd.DataFrame, model: str) -> tuple[float, float]:
    """Steps by which half of the fall of the 3-gram loss, and of the rise of prefix matching, is done."""
    grams = metric_curve(metric, model, "n-gram loss 3")
    prefix = head_curves(metric, model, PREFIX, 1)[highest(metric, model, PREFIX, 1)]
    return grams.passed(grams.value[0], 0.5), prefix.passed(prefix.value[0], 0.5)


def _stalls(ends: pd.DataFrame, window: tuple[float, float]) -> bool | None:
    """Whether a plateau lies in the window; None if only its interval reaches into it."""
    if ends["end_step"].between(*window).any():
        return True
    spans = ends[["end_low", "end_high"]].itertuples(index=False)
    return None if any(meets(Interval(*span), *window) for span in spans) else False


def above_twin(llc: pd.DataFrame, model: str) -> Finding:
    """B-9: λ̂ less the twin's wherever both are reliable, once the frequencies of tokens are learned."""
    curve, twin = llc_curve(llc, model).since(EARLIEST), llc_curve(llc, TWIN).since(EARLIEST)
    steps, mine, theirs = np.intersect1d(curve.step, twin.step, return_indices=True)
    if not len(mine):
        raise MissingData(f"no step from {EARLIEST} on with a reliable λ̂ of both {model} and {TWIN}")
    gaps = [
        change((twin.value[b], twin.error[b]), (curve.value[a], curve.error[a]))
        for a, b in zip(mine, theirs, strict=True)
    ]
    verdicts = [rises(gap) for gap in gaps]
    higher, lower = verdicts.count(True), verdicts.count(False)
    return Finding(
        False if lower else verdicts[-1],
        f"{curve.value[mine[-1]]:.1f} against {twin.value[theirs[-1]]:.1f} at step {steps[-1]:,.0f}; above "
        f"beyond errors at {higher} of {len(verdicts)} checkpoints from step {EARLIEST} on, below at {lower}",
        *gaps[-1],
    )


def trajectory_turns(
    llc: pd.DataFrame,
    stage: pd.DataFrame,
    trajectory: pd.DataFrame,
    axes: pd.DataFrame,
    marks: pd.DataFrame,
    seed: int,
    model: str,
) -> Finding:
    """B-10: share of variance of three axes; sharp turns against boundaries of stages, by permutation."""
    axes = axes[axes["model"] == model].sort_values("axis")
    path = trajectory[trajectory["model"] == model]
    if len(axes) < AXES or path.empty:
        raise MissingData(f"no trajectory of {model} on {AXES} axes or more")
    explained = interval(axes["explained"].iloc[:AXES].sum())
    turns = marks[(marks["model"] == model) & (marks["kind"] == "sharp turn")]["step"].to_numpy()
    ends = boundaries(stage, llc, model)["end_step"].to_numpy()
    words = f"three axes hold {explained.low:.0%}"
    if not len(turns) or not len(ends):
        return Finding(
            together([above(explained, EXPLAINED), None]),
            f"{words}; {len(turns)} sharp turns, {len(ends)} boundaries",
        )
    places = np.unique(path.loc[path["radius"].notna(), "step"])
    share, p = permutation_baseline(ends, turns, places, seed)
    return Finding(
        together([above(explained, EXPLAINED), beyond_chance(p)]),
        f"{words}; {share:.0%} of {len(turns)} sharp turns within {NEAR:g} decades of a boundary, "
        f"p = {p:.2g}",
    )
