"""Claims R-1 … R-7 on in-context linear regression: a Finding for each seed; R-7 for all of them.

The peak of λ̂ is the checkpoint with its highest reliable value. Squared errors are of the same sequences at
every checkpoint, so the error given to a difference of two checkpoints is, if anything, too large.
"""

from itertools import pairwise
from math import hypot, isnan

import numpy as np
import pandas as pd

from devdash.measures.findings import (
    Finding,
    Interval,
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

ZERO = 4 + 0.125  # mean y² = D + σ² of the published task: the error of who says zero
AWAY = 0.05
SMALL, NEAR = 0.05, 0.02
ICL = -0.9
ERRORS = 2
PARTS = 3
SHARE, FALL, LEAST_GAINS, WORSE = 0.05, 0.5, 2, 0.05
SMALLEST, ELSEWHERE = "value 5", "inputs × 5"
FACTOR = 1.5
DRAWS, TAILS = 4000, (0.025, 0.975)


def drawn_peaks(curve: TrainingCurve, random: np.random.Generator) -> np.ndarray:
    """Step of the highest value where values are drawn from their errors, (draw,)."""
    noise = random.standard_normal((DRAWS, len(curve.value)))
    return curve.step[(curve.value + curve.error * noise).argmax(1)]


def middle(drawn: np.ndarray) -> Interval:
    """The middle 95 % of draws of a step, or of a ratio of steps, (draw,): one that was drawn."""
    return Interval(*(float(end) for end in np.quantile(drawn, TAILS, method="inverted_cdf")))


def says_zero(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> TrainingCurve:
    """Mean ŷ² at the checkpoints before the peak of λ̂."""
    return metric_curve(metric, model, "distance to zero").before(llc_curve(llc, model).highest()[0])


def mean_task_first(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Finding:
    """R-1: the error at the first example at the end; the smallest mean ŷ² and the MSE there."""
    first = metric_curve(metric, model, "MSE by example", "example 1")
    end = interval(*first.end())
    early = says_zero(metric, llc, model)
    step, least, error = early.lowest()
    loss, loss_error = metric_curve(metric, model, "MSE", distribution="all").at(step)
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
    """R-2: from where on the last example is below the zero predictor; the ICL score at the peak of λ̂."""
    step, _, _ = says_zero(metric, llc, model).lowest()
    last = metric_curve(metric, model, "MSE by example", last_example(metric, model))
    gap = TrainingCurve(last.step, ZERO - last.value, last.error)
    peak = llc_curve(llc, model)
    onset, top = gap.onset(0), peak.highest()[0]
    score, error = metric_curve(metric, model, "ICL score", distribution="all").at(top)
    is_peak = top < peak.step[-1]  # else λ̂ may peak later, where it is not reliable
    later = rises(interval(*gap.end())) if isnan(onset) else bool(onset > step)
    words = "never for two checkpoints" if isnan(onset) else f"from step {onset:,.0f} on"
    return Finding(
        together([later, below(interval(score, error), ICL) if is_peak else None]),
        f"last example below {ZERO} {words}, mean ŷ² smallest at step {step:,.0f}; "
        f"ICL score {score:.2f} ± {error:.2f} at step {top:,.0f}"
        f"{'' if is_peak else ', the last with a reliable λ̂'}",
        *interval(score, error),
    )


def last_example(metric: pd.DataFrame, model: str) -> str:
    """Component of the last example."""
    rows = metric[(metric["model"] == model) & (metric["name"] == "MSE by example")]
    if rows.empty:
        raise MissingData(f"no MSE by example of {model}")
    return max(rows["component"].unique(), key=lambda name: int(name.removeprefix("example ")))


def toward_ridge(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Finding:
    """R-3: trend of the distance to ridge in thirds of the way, and its fall."""
    step, _, _ = says_zero(metric, llc, model).lowest()
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


def peak_and_fall(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Finding:
    """R-4: λ̂ from its first to its highest to its last value, and its lowest between the last two; the MSE
    between the last two."""
    curve = llc_curve(llc, model)
    step, top, top_error = curve.highest()
    loss = metric_curve(metric, model, "MSE", distribution="all")
    fall = change(curve.end(), (top, top_error))
    low_step, low, _ = curve.since(step).lowest() if step < curve.step[-1] else curve.highest()
    between = f" → {low:.1f} ({low_step:,.0f})" if step < low_step < curve.step[-1] else ""
    return Finding(
        together(
            [
                bool(curve.step[0] < step < curve.step[-1]),
                rises(change(curve.start(), (top, top_error))),
                rises(fall),
                rises(change(loss.at(curve.step[-1]), loss.at(step))),
            ]
        ),
        f"λ̂ {curve.value[0]:.1f} (step {curve.step[0]:,.0f}) → {top:.1f} ({step:,.0f}){between} → "
        f"{curve.value[-1]:.1f} ({curve.step[-1]:,.0f}), MSE {loss.at(step)[0]:.3f} → "
        f"{loss.at(curve.step[-1])[0]:.3f} between peak and end",
        *fall,
    )


def collapse(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Finding:
    """R-5: from the peak of λ̂ on, embedding, gains of layer norms, and error on larger inputs."""
    step, _, _ = llc_curve(llc, model).highest()
    share = metric_curve(metric, model, "embedding share", SMALLEST).since(step).value
    rows = metric[(metric["model"] == model) & (metric["name"] == "layer-norm gain")]
    gains = {
        name: metric_curve(metric, model, "layer-norm gain", name).since(step).value
        for name in rows["component"].unique()
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
    """Relative rise from the minimum to the highest value after it, its error, and both steps."""
    low = curve.value.argmin()
    high = low + curve.value[low:].argmax()
    if low == high:
        return 0.0, 0.0, curve.step[low], curve.step[high]
    relative = curve.error[[low, high]] / curve.value[[low, high]]
    ratio = curve.value[high] / curve.value[low]
    return ratio - 1, ratio * hypot(*relative), curve.step[low], curve.step[high]


def curvature_first(metric: pd.DataFrame, llc: pd.DataFrame, seed: int, model: str) -> Finding:
    """R-6: step of the peak of λ̂ over that of the Hessian's trace."""
    trace, curve = metric_curve(metric, model, "Hessian trace"), llc_curve(llc, model)
    first, then = trace.highest(), curve.highest()
    random = np.random.default_rng(seed)
    before, after = drawn_peaks(trace, random), drawn_peaks(curve, random)
    ratio = middle(np.maximum(after, 1) / np.maximum(before, 1))
    later = " or later, the last that is reliable" if then[0] == curve.step[-1] else ""
    return Finding(
        together([bool(trace.step[0] < first[0]), rises(Interval(ratio.low - 1, ratio.high - 1))]),
        f"trace highest at step {first[0]:,.0f} ({first[1]:.3g} ± {first[2]:.2g}), "
        f"λ̂ at step {then[0]:,.0f} ({then[1]:.1f} ± {then[2]:.1f}){later}",
        *ratio,
    )


def same_peak(llc: pd.DataFrame, models: list[str], seed: int) -> Finding:
    """R-7: largest over smallest step of the peak of λ̂, over seeds."""
    curves = {}
    for model in models:
        try:
            curves[model] = llc_curve(llc, model)
        except MissingData:
            continue
    if len(curves) < 2:
        raise MissingData("a reliable λ̂ at three checkpoints or more of fewer than two seeds")
    random = np.random.default_rng(seed)
    tops = {model: curve.highest() for model, curve in curves.items()}
    drawn = middle(_factor(np.stack([drawn_peaks(curve, random) for curve in curves.values()])))
    words = [f"{model} at step {step:,.0f} ({top:.1f})" for model, (step, top, _) in tops.items()]
    factor = _factor(np.array([step for step, *_ in tops.values()]))
    return Finding(below(drawn, FACTOR), f"{', '.join(words)}: a factor {factor:.2f}", *drawn)


def _factor(steps: np.ndarray) -> np.ndarray:
    """Largest over smallest, (…). steps: (seed, …)."""
    return steps.max(0) / np.maximum(steps.min(0), 1)
