"""Claims R-1, R-2, R-3 and R-5 on in-context linear regression: a Finding for each seed.

The peak of λ̂ is the checkpoint with its highest reliable value. Squared errors are of the same sequences at
every checkpoint, so the error given to a difference of two checkpoints is, if anything, too large.
"""

from itertools import pairwise
from math import hypot, isnan

import numpy as np
import pandas as pd

from devdash.measures.findings import (
    Finding,
    MissingData,
    above,
    below,
    change,
    equal,
    falls,
    interval,
    rises,
    together,
    within,
)
from devdash.measures.training_curve import TrainingCurve, llc_curve, metric_curve
from devdash.measures.trends import trend
from devdash.stored_names import GAIN, ICL, MSE, TOKEN_SHARE

ZERO = 4 + 0.125  # mean y² = D + σ² of the published task: the error of who says zero
AWAY = 0.05
SMALL, NEAR = 0.05, 0.02
LEARNS = -0.9
ERRORS = 2
PARTS = 3
SHARE, FALL, LEAST_GAINS, WORSE = 0.05, 0.5, 2, 0.05
SMALLEST, ELSEWHERE = "value 5", "inputs × 5"


def _says_zero(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> TrainingCurve:
    """Mean ŷ² at the checkpoints before the peak of λ̂."""
    return metric_curve(metric, model, "distance to zero").before(llc_curve(llc, model).highest()[0])


def mean_task_first(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Finding:
    """R-1: the error at the first example at the end; the smallest mean ŷ² and the MSE there.

    >>> from devdash.measures.example_tables import estimates, metrics
    >>> steps = [0, 500, 1000, 2000, 40_000, 500_000]
    >>> values = {"distance to zero": [0.2, 0.1, 0.01, 0.3, 2, 3], ("MSE by example", "example 1"): 4.13}
    >>> values |= {("MSE", "", "all"): [4.3, 4.2, 4.1, 4.0, 1.9, 1.7]}
    >>> metric = metrics(steps, values, model="seed 0")
    >>> llc = estimates(steps, {"full": [0, 1, 5, 20, 169, 116]}, model="seed 0")
    >>> finding = mean_task_first(metric, llc, "seed 0")
    >>> finding.verdict, finding.measured
    (True, '4.130 ± 0.010 at example 1; mean ŷ² 0.200 → 0.010 (step 1,000), MSE 4.100 there, ...')
    """
    first = metric_curve(metric, model, "MSE by example", "example 1")
    end = interval(*first.end())
    early = _says_zero(metric, llc, model)
    step, least, error = early.lowest()
    loss, loss_error = metric_curve(metric, model, MSE, distribution="all").at(step)
    near = max(NEAR * ZERO, ERRORS * loss_error)
    return Finding(
        together(
            [
                within(end, ZERO - AWAY, ZERO + AWAY),
                bool(early.step[0] < step < early.step[-1]),
                below(interval(least, error), SMALL),
                equal(loss, ZERO, near),
            ]
        ),
        f"{first.value[-1]:.3f} ± {first.error[-1]:.3f} at example 1; mean ŷ² {early.value[0]:.3f} → "
        f"{least:.3f} (step {step:,.0f}), MSE {loss:.3f} there, {loss / ZERO - 1:+.1%} from {ZERO}",
        *end,
    )


def context_after(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Finding:
    """R-2: from where on the last example is below the zero predictor; the ICL score at the peak of λ̂.

    >>> from devdash.measures.example_tables import estimates, metrics
    >>> steps = [0, 500, 1000, 2000, 40_000, 500_000]
    >>> values = {"distance to zero": [0.2, 0.1, 0.01, 0.3, 2, 3], ("ICL score", "", "all"): -1.0}
    >>> last = {("MSE by example", "example 8"): [4.5, 4.3, 4.2, 3.0, 1.5, 1.2]}
    >>> llc = estimates(steps, {"full": [0, 1, 5, 20, 169, 116]}, model="seed 0")
    >>> finding = context_after(metrics(steps, values | last, model="seed 0"), llc, "seed 0")
    >>> finding.verdict, finding.measured
    (True, 'last example below 4.125 from step 2,000 on, mean ŷ² smallest at step 1,000; ICL score ...')
    """
    step, _, _ = _says_zero(metric, llc, model).lowest()
    last = metric_curve(metric, model, "MSE by example", _last_example(metric, model))
    gap = TrainingCurve(last.step, ZERO - last.value, last.error)
    peak = llc_curve(llc, model)
    onset, top = gap.onset(0), peak.highest()[0]
    score, error = metric_curve(metric, model, ICL, distribution="all").at(top)
    is_peak = top < peak.step[-1]  # else λ̂ may peak later, where it is not reliable
    later = rises(interval(*gap.end())) if isnan(onset) else bool(onset > step)
    words = "never for two checkpoints" if isnan(onset) else f"from step {onset:,.0f} on"
    return Finding(
        together([later, below(interval(score, error), LEARNS) if is_peak else None]),
        f"last example below {ZERO} {words}, mean ŷ² smallest at step {step:,.0f}; "
        f"ICL score {score:.2f} ± {error:.2f} at step {top:,.0f}"
        f"{'' if is_peak else ', the last with a reliable λ̂'}",
        *interval(score, error),
    )


def _last_example(metric: pd.DataFrame, model: str) -> str:
    """Component of the last example."""
    rows = metric[(metric["model"] == model) & (metric["name"] == "MSE by example")]
    if rows.empty:
        raise MissingData(f"no MSE by example of {model}")
    return max(rows["component"].unique(), key=lambda name: int(name.removeprefix("example ")))


def toward_ridge(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Finding:
    """R-3: trend of the distance to ridge in thirds of the way, and its fall.

    >>> from devdash.measures.example_tables import estimates, metrics
    >>> steps = np.logspace(1, 5, 25).round()
    >>> values = {"distance to zero": np.abs(np.log10(steps) - 2), "distance to ridge": 6 - np.log10(steps)}
    >>> llc = estimates(steps, {"full": -np.abs(np.log10(steps) - 4)}, model="seed 0")
    >>> finding = toward_ridge(metrics(steps, values, model="seed 0"), llc, "seed 0")
    >>> finding.verdict, finding.measured
    (True, '4.000 (step 100) → 1.000; per decade -1.00...')
    """
    step, _, _ = _says_zero(metric, llc, model).lowest()
    curve = metric_curve(metric, model, "distance to ridge").since(step)
    log = np.log10(curve.step + 1)
    edges = np.linspace(log[0], log[-1], PARTS + 1)
    part = np.digitize(log, edges[1:-1])
    slopes = [trend(log[part == n], curve.value[part == n], curve.error[part == n]) for n in range(PARTS)]
    spans = [f"{10**a - 1:,.0f}–{10**b - 1:,.0f}" for a, b in pairwise(edges)]
    said = [
        f"{slope:+.3f} ± {half / 2:.3f} ({span})"
        for (slope, half), span in zip(((sum(s) / 2, s.high - s.low) for s in slopes), spans, strict=True)
    ]
    whole = change(curve.end(), curve.start())
    return Finding(
        together([*map(falls, slopes), rises(whole)]),
        f"{curve.value[0]:.3f} (step {step:,.0f}) → {curve.value[-1]:.3f}; per decade {', '.join(said)}",
        *whole,
    )


def collapse(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Finding:
    """R-5: from the peak of λ̂ on, embedding, gains of layer norms, and error on larger inputs.

    >>> from devdash.measures.example_tables import estimates, metrics
    >>> steps = [0, 1000, 40_000, 500_000]
    >>> gains = {("layer-norm gain", f"layer {k}, norm 1"): [8, 8, 9, 2] for k in range(2)}
    >>> values = {("embedding share", SMALLEST): [0.1, 0.1, 0.04, 0.01]}
    >>> values |= {("MSE elsewhere", "", ELSEWHERE): [90, 80, 71, 79]}
    >>> llc = estimates(steps, {"full": [0.0, 5, 169, 116]}, model="seed 0")
    >>> finding = collapse(metrics(steps, gains | values, model="seed 0"), llc, "seed 0")
    >>> finding.verdict, finding.measured
    (True, 'from step 40,000 on, smallest share 0.040 → 0.010; 2 of 2 gains fall by more than half, ...')
    """
    step, _, _ = llc_curve(llc, model).highest()
    share = metric_curve(metric, model, TOKEN_SHARE, SMALLEST).since(step).value
    rows = metric[(metric["model"] == model) & (metric["name"] == GAIN)]
    gains = {
        name: metric_curve(metric, model, GAIN, name).since(step).value for name in rows["component"].unique()
    }
    if not gains:
        raise MissingData(f"no layer-norm gain of {model}")
    drops = {name: 1 - values[-1] / values.max() for name, values in gains.items()}
    fallen, most = sum(drop > FALL for drop in drops.values()), max(drops, key=drops.get)
    elsewhere = metric_curve(metric, model, "MSE elsewhere", distribution=ELSEWHERE)
    rise, error, low, high = worsening(elsewhere.since(step))
    return Finding(
        together(
            [
                below(interval(share[-1]), SHARE),
                above(interval(fallen), LEAST_GAINS),
                above(interval(rise, error), WORSE),
            ]
        ),
        f"from step {step:,.0f} on, smallest share {share[0]:.3f} → {share[-1]:.3f}; {fallen} of "
        f"{len(drops)} gains fall by more than half, {most} by {drops[most]:.0%}; MSE on {ELSEWHERE} "
        f"{rise:+.1%} ± {error:.1%} (steps {low:,.0f} → {high:,.0f})",
        *interval(rise, error),
    )


def worsening(curve: TrainingCurve) -> tuple[float, float, float, float]:
    """Relative rise from the minimum to the highest value after it, its error, and both steps.

    >>> curve = TrainingCurve(np.array([0.0, 10, 100, 999]), np.array([90.0, 70, 77, 75]), np.full(4, 0.7))
    >>> [round(float(number), 3) for number in worsening(curve)]
    [0.1, 0.015, 10.0, 100.0]
    """
    low = curve.value.argmin()
    high = low + curve.value[low:].argmax()
    if low == high:
        return 0.0, 0.0, curve.step[low], curve.step[high]
    relative = curve.error[[low, high]] / curve.value[[low, high]]
    ratio = curve.value[high] / curve.value[low]
    return ratio - 1, ratio * hypot(*relative), curve.step[low], curve.step[high]
