"""Claims B-8 … B-10 on language models, from λ̂, stages and trajectories: a Finding for each model."""

from math import isnan

import numpy as np
import pandas as pd

from devdash.intervals import Z_95
from devdash.measures.default_stages import boundaries
from devdash.measures.findings import (
    Finding,
    Interval,
    MissingData,
    above,
    beyond_chance,
    change,
    interval,
    meets,
    no_rise,
    rises,
    together,
)
from devdash.measures.language.metric_findings import TWIN, highest, onsets
from devdash.measures.training_curve import head_curves, llc_curve, metric_curve
from devdash.measures.trajectory import NEAR, permutation_baseline
from devdash.stored_names import PREFIX_MATCHING

PLATEAUS = 2
EARLIEST = 100  # before, models of one and of two layers learn the same frequencies of tokens
EXPLAINED, AXES = 0.7, 3


def stages_of_llc(metric: pd.DataFrame, llc: pd.DataFrame, stage: pd.DataFrame, model: str) -> Finding:
    """B-8: rise of λ̂, its plateaus, the stall between n-grams and induction, and the twin's late rise.

    >>> from devdash.measures.example_tables import estimates, metrics
    >>> steps = [0, 700, 2000, 5000]
    >>> scores = {(PREFIX_MATCHING, "head 1.0"): [0, 0, 0.3, 0.4], "chance of prefix matching": 0.01}
    >>> metric = metrics(steps, scores | {"n-gram loss 3": [8.0, 4, 1, 1]})
    >>> twin = estimates(steps, {"full": [1.0, 19, 20, 20]}, model=TWIN)
    >>> llc = pd.concat([estimates(steps, {"full": [1.0, 20, 20, 50]}), twin])
    >>> stage = {"model": "two-layer", "method": "GP", "nbeta": 30.0, "length_scale": 0.2, "stage": [0, 1, 2]}
    >>> stage = pd.DataFrame(stage | {"end_step": [700, 2000, 5000], "end_low": np.nan, "end_high": np.nan})
    >>> finding = stages_of_llc(metric, llc, stage, "two-layer")
    >>> finding.verdict, finding.measured
    (True, 'λ̂ 1.0 (step 0) → 50.0 (5,000); plateaus at steps 700, 2,000, 2 of them within 700–2,000; ...')
    """
    curve, twin = llc_curve(llc, model), llc_curve(llc, TWIN)
    ends = boundaries(stage, llc, model)
    _, onset = onsets(metric, model, PREFIX_MATCHING, 1)
    if isnan(onset):
        raise MissingData(f"no prefix-matching score of layer 1 of {model} rises")
    window = _between_stages(metric, model)
    rise, late = change(curve.start(), curve.end()), change(twin.at(onset), twin.end())
    compared = sum(change(curve.at(onset), curve.end())) / 2
    stalls = ends["end_step"].between(*window).sum()
    plateaus = ", ".join(f"{step:,.0f}" for step in ends["end_step"]) or "none"
    middle, error = sum(late) / 2, (late.high - late.low) / 2 / Z_95
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
        f"{window[0]:,.0f}–{window[1]:,.0f}; from step {onset:,.0f} on twin {middle:+.1f} ± {error:.1f}",
        *rise,
    )


def _between_stages(metric: pd.DataFrame, model: str) -> tuple[float, float]:
    """Steps by which half of the fall of the 3-gram loss, and of the rise of prefix matching, is done."""
    grams = metric_curve(metric, model, "n-gram loss 3")
    prefix = head_curves(metric, model, PREFIX_MATCHING, 1)[highest(metric, model, PREFIX_MATCHING, 1)]
    return grams.passed(grams.value[0], 0.5), prefix.passed(prefix.value[0], 0.5)


def _stalls(ends: pd.DataFrame, window: tuple[float, float]) -> bool | None:
    """Whether a plateau lies in the window; None if only its interval reaches into it."""
    if ends["end_step"].between(*window).any():
        return True
    spans = ends[["end_low", "end_high"]].itertuples(index=False)
    return None if any(meets(Interval(*span), *window) for span in spans) else False


def above_twin(llc: pd.DataFrame, model: str) -> Finding:
    """B-9: λ̂ less the twin's wherever both are reliable, once the frequencies of tokens are learned.

    >>> from devdash.measures.example_tables import estimates
    >>> steps = [0, 100, 700, 5000]
    >>> llc, twin = estimates(steps, {"full": [1.0, 5, 20, 50]}), estimates(steps, {"full": 5.0}, model=TWIN)
    >>> finding = above_twin(pd.concat([llc, twin]), "two-layer")
    >>> finding.verdict, finding.measured
    (True, '50.0 against 5.0 at step 5,000; above beyond errors at 2 of 3 checkpoints from step 100 on, ...')
    """
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
    """B-10: share of variance of three axes; sharp turns against boundaries of stages, by permutation.

    >>> from devdash.measures.example_tables import estimates
    >>> stage = {"model": "two-layer", "method": "GP", "nbeta": 30.0, "length_scale": 0.2, "stage": [0, 1]}
    >>> stage, model = pd.DataFrame(stage | {"end_step": [700, 5000]}), {"model": "two-layer"}
    >>> axes = pd.DataFrame(model | {"axis": [1, 2, 3], "explained": [0.6, 0.2, 0.1]})
    >>> path = pd.DataFrame(model | {"step": np.logspace(0, 4, 30).round(), "radius": 1.0})
    >>> marks = pd.DataFrame(model | {"kind": "sharp turn", "step": [path["step"][21]]})
    >>> llc = estimates([0, 5000], {"full": [1.0, 50]})
    >>> finding = trajectory_turns(llc, stage, path, axes, marks, 0, "two-layer")
    >>> finding.verdict, finding.measured
    (True, 'three axes hold 90%; 100% of 1 sharp turns within 0.3 decades of a boundary, p = 0.035')
    """
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
