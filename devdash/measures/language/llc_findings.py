"""Claims B-8 … B-10 on language models, from λ̂, stages and trajectories: a Finding for each model."""

from math import hypot, isnan

import numpy as np
import pandas as pd

from devdash.measures.findings import (
    TWIN,
    Curve,
    Finding,
    MissingData,
    Z,
    above,
    boundaries,
    every,
    head_curves,
    llc_curve,
    metric_curve,
)
from devdash.measures.language.metric_findings import PREFIX, highest, onsets
from devdash.measures.trajectory import NEAR, permutation_baseline

PLATEAUS = 2
EXPLAINED, AXES = 0.7, 3
SIGNIFICANT = 0.05


def stages_of_llc(metric: pd.DataFrame, llc: pd.DataFrame, stage: pd.DataFrame, model: str) -> Finding:
    own, twin = llc_curve(llc, model), llc_curve(llc, TWIN)
    ends = boundaries(stage, llc, model)
    _, onset = onsets(metric, model, PREFIX, 1)
    if isnan(onset):
        raise MissingData(f"no prefix-matching score of layer 1 of {model} rises")
    window = between_stages(metric, model)
    rise, error = _rise(own, own.step[0])
    late, late_error = _rise(twin, onset)
    stall = ends[(ends["end_step"] >= window[0]) & (ends["end_step"] <= window[1])]
    found = ", ".join(f"{step:,.0f}" for step in ends["end_step"]) or "none"
    return Finding(
        every(
            [
                above(rise, error, 0),
                len(ends) >= PLATEAUS,
                _stalls(ends, window),
                no_rise(late, late_error, _rise(own, onset)[0]),
            ]
        ),
        f"λ̂ {own.value[0]:.1f} (step {own.step[0]:,.0f}) → {own.value[-1]:.1f} ({own.step[-1]:,.0f}); "
        f"plateaus at steps {found}, {len(stall)} of them within "
        f"{window[0]:,.0f}–{window[1]:,.0f}; from step {onset:,.0f} on twin {late:+.1f} ± {late_error:.1f}",
        rise - Z * error,
        rise + Z * error,
    )


def between_stages(metric: pd.DataFrame, model: str) -> tuple[float, float]:
    """Steps by which half of the fall of the 3-gram loss, and of the rise of prefix matching, is done."""
    grams = metric_curve(metric, model, "n-gram loss 3")
    prefix = head_curves(metric, model, PREFIX, 1)[highest(metric, model, PREFIX, 1)]
    return grams.passed(grams.value[0], 0.5), prefix.passed(prefix.value[0], 0.5)


def _stalls(ends: pd.DataFrame, window: tuple[float, float]) -> bool | None:
    """Whether a plateau lies in the window; None if only its interval reaches into it."""
    low, high = window
    if ends["end_step"].between(low, high).any():
        return True
    return None if ((ends["end_low"] <= high) & (ends["end_high"] >= low)).any() else False


def _rise(curve: Curve, start: float) -> tuple[float, float]:
    """Change from a step to the end, and its error."""
    value, error = curve.at(start)
    return float(curve.value[-1] - value), hypot(curve.error[-1], error)


def no_rise(late: float, error: float, compared: float) -> bool | None:
    """Whether λ̂ does not rise; None where its error would hide a rise as large as the compared one."""
    if above(late, error, 0) and late > 0:
        return False
    return True if late + Z * error < compared else None


def above_twin(llc: pd.DataFrame, model: str) -> Finding:
    own, twin = llc_curve(llc, model), llc_curve(llc, TWIN)
    _, mine, theirs = np.intersect1d(own.step, twin.step, return_indices=True)
    if not len(mine):
        raise MissingData(f"no step with a reliable λ̂ of both {model} and {TWIN}")
    gap, error = own.value[mine] - twin.value[theirs], np.hypot(own.error[mine], twin.error[theirs])
    verdicts = [above(*pair, 0) for pair in zip(gap, error, strict=True)]
    higher, lower = verdicts.count(True), verdicts.count(False)
    return Finding(
        False if lower else verdicts[-1],
        f"{own.value[mine][-1]:.1f} against {twin.value[theirs][-1]:.1f} at step {own.step[mine][-1]:,.0f}; "
        f"above beyond errors at {higher} of {len(verdicts)} checkpoints, below at {lower}",
        gap[-1] - Z * error[-1],
        gap[-1] + Z * error[-1],
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
    axes = axes[axes["model"] == model].sort_values("axis")
    steps = trajectory[trajectory["model"] == model]["step"].to_numpy()
    if len(axes) < AXES or not len(steps):
        raise MissingData(f"no trajectory of {model} on {AXES} axes or more")
    explained = float(axes["explained"].iloc[:AXES].sum())
    turns = marks[(marks["model"] == model) & (marks["kind"] == "sharp turn")]["step"].to_numpy()
    ends = boundaries(stage, llc, model)["end_step"].to_numpy()
    words = f"three axes hold {explained:.0%}"
    if not len(turns) or not len(ends):
        verdict = False if explained < EXPLAINED else None
        return Finding(verdict, f"{words}; {len(turns)} sharp turns, {len(ends)} boundaries")
    share, p = permutation_baseline(ends, turns, steps, seed)
    return Finding(
        every([explained >= EXPLAINED, bool(share == 1), True if p < SIGNIFICANT else None]),
        f"{words}; {share:.0%} of {len(turns)} sharp turns within {NEAR:g} decades of a boundary, "
        f"p = {p:.2g}",
    )
