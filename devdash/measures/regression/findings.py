"""Claims R-1 … R-7 on in-context linear regression: a Finding for each seed; R-7 for all of them.

The peak of λ̂ is the checkpoint with its highest reliable value. Squared errors are of the same sequences at
every checkpoint, so the error given to a difference of two checkpoints is, if anything, too large.
"""

from math import hypot, isnan

import numpy as np
import pandas as pd

from devdash.measures.findings import (
    Curve,
    Finding,
    MissingData,
    Z,
    above,
    every,
    llc_curve,
    metric_curve,
    opposite,
)
from devdash.measures.heads.findings import DRAWS, INTERVAL, inside
from devdash.measures.language.metric_findings import minimum

ZERO = 4 + 0.125  # mean y² = D + σ² of the published task: the error of who says zero
AWAY = 0.05
SMALL, NEAR = 0.05, 0.02
ICL = -0.9
ERRORS = 2
SHARE, FALL, LEAST_GAINS, WORSE = 0.05, 0.5, 2, 0.05
SMALLEST, ELSEWHERE = "value 5", "inputs × 5"
FACTOR = 1.5


def peak(own: Curve) -> tuple[float, float, float]:
    """Step, value and error of the highest value."""
    place = own.value.argmax()
    return own.step[place], own.value[place], own.error[place]


def drawn_peaks(own: Curve, random: np.random.Generator) -> np.ndarray:
    """Step of the highest value where values are drawn from their errors, (draw,)."""
    noise = random.standard_normal((DRAWS, len(own.value)))
    return own.step[(own.value + own.error * noise).argmax(1)]


def since(own: Curve, step: float) -> Curve:
    """The checkpoints from a step on."""
    late = own.step >= step
    if late.sum() < 2:
        raise MissingData(f"fewer than two checkpoints from step {step:,.0f} on")
    return Curve(own.step[late], own.value[late], own.error[late])


def says_zero(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Curve:
    """Mean ŷ² at the checkpoints before the peak of λ̂."""
    return metric_curve(metric, model, "distance to zero").before(peak(llc_curve(llc, model))[0])


def mean_task_first(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Finding:
    """R-1: the error at the first example at the end; the smallest mean ŷ² and the MSE there."""
    first = metric_curve(metric, model, "MSE by example", "example 1")
    end, error = first.value[-1], first.error[-1]
    early = says_zero(metric, llc, model)
    step, least, least_error = minimum(early)
    loss, loss_error = metric_curve(metric, model, "MSE", distribution="all").at(step)
    return Finding(
        every(
            [
                opposite(above(abs(end - ZERO), error, AWAY)),
                bool(early.step[0] < step < early.step[-1]),
                opposite(above(least, least_error, SMALL)),
                bool(abs(loss - ZERO) <= max(NEAR * ZERO, ERRORS * loss_error)),
            ]
        ),
        f"{end:.3f} ± {error:.3f} at example 1; mean ŷ² {early.value[0]:.3f} → {least:.3f} "
        f"(step {step:,.0f}), MSE {loss:.3f} there, {loss / ZERO - 1:+.1%} from {ZERO}",
        end - Z * error,
        end + Z * error,
    )


def context_after(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Finding:
    """R-2: from where on the last example is below the zero predictor; the ICL score at the peak of λ̂."""
    step, _, _ = minimum(says_zero(metric, llc, model))
    last = metric_curve(metric, model, "MSE by example", last_example(metric, model))
    below = Curve(last.step, ZERO - last.value, last.error)
    onset, top = below.onset(0), peak(llc_curve(llc, model))[0]
    score, error = metric_curve(metric, model, "ICL score", distribution="all").at(top)
    later = above(below.value[-1], below.error[-1], 0) if isnan(onset) else bool(onset > step)
    falls = "never for two checkpoints" if isnan(onset) else f"from step {onset:,.0f} on"
    return Finding(
        every([later, opposite(above(score, error, ICL))]),
        f"last example below {ZERO} {falls}, mean ŷ² smallest at step {step:,.0f}; "
        f"ICL score {score:.2f} ± {error:.2f} at step {top:,.0f}",
        score - Z * error,
        score + Z * error,
    )


def last_example(metric: pd.DataFrame, model: str) -> str:
    """Component of the last example."""
    chosen = metric[(metric["model"] == model) & (metric["name"] == "MSE by example")]
    if chosen.empty:
        raise MissingData(f"no MSE by example of {model}")
    return max(chosen["component"].unique(), key=lambda name: int(name.removeprefix("example ")))


def toward_ridge(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Finding:
    """R-3: how far the distance to ridge rises above its running minimum, and its fall."""
    step, _, _ = minimum(says_zero(metric, llc, model))
    own = since(metric_curve(metric, model, "distance to ridge"), step)
    rises = own.value[1:] - np.minimum.accumulate(own.value)[:-1]
    beyond, most = int((rises > ERRORS * own.error[1:]).sum()), rises.argmax()
    fall, error = own.value[0] - own.value[-1], hypot(own.error[0], own.error[-1])
    return Finding(
        every([not beyond, above(fall, error, 0)]),
        f"{own.value[0]:.3f} (step {step:,.0f}) → {own.value[-1]:.3f}; largest rise "
        f"{max(rises[most], 0):.4f} ± {own.error[most + 1]:.4f} (step {own.step[most + 1]:,.0f}); {beyond} "
        f"of {len(rises)} checkpoints above the running minimum by more than {ERRORS} standard errors",
        fall - Z * error,
        fall + Z * error,
    )


def peak_and_fall(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Finding:
    """R-4: λ̂ from its first to its highest to its last value; the MSE between the last two."""
    own = llc_curve(llc, model)
    step, top, top_error = peak(own)
    loss = metric_curve(metric, model, "MSE", distribution="all")
    (high, high_error), (low, low_error) = loss.at(step), loss.at(own.step[-1])
    fall, error = top - own.value[-1], hypot(top_error, own.error[-1])
    return Finding(
        every(
            [
                bool(own.step[0] < step < own.step[-1]),
                above(top - own.value[0], hypot(top_error, own.error[0]), 0),
                above(fall, error, 0),
                above(high - low, hypot(high_error, low_error), 0),
            ]
        ),
        f"λ̂ {own.value[0]:.1f} (step {own.step[0]:,.0f}) → {top:.1f} ({step:,.0f}) → {own.value[-1]:.1f} "
        f"({own.step[-1]:,.0f}), MSE {high:.3f} → {low:.3f} between the last two",
        fall - Z * error,
        fall + Z * error,
    )


def collapse(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Finding:
    """R-5: from the peak of λ̂ on, embedding, gains of layer norms, and error on larger inputs."""
    step, _, _ = peak(llc_curve(llc, model))
    share = since(metric_curve(metric, model, "embedding share", SMALLEST), step).value
    chosen = metric[(metric["model"] == model) & (metric["name"] == "layer-norm gain")]
    gains = {
        name: since(metric_curve(metric, model, "layer-norm gain", name), step).value
        for name in chosen["component"].unique()
    }
    if not gains:
        raise MissingData(f"no layer-norm gain of {model}")
    falls = {name: 1 - values[-1] / values.max() for name, values in gains.items()}
    fallen, most = sum(fall > FALL for fall in falls.values()), max(falls, key=falls.get)
    elsewhere = metric_curve(metric, model, "MSE elsewhere", distribution=ELSEWHERE)
    rise, error, low, high = worsening(since(elsewhere, step))
    return Finding(
        every([bool(share[-1] < SHARE), fallen >= LEAST_GAINS, above(rise, error, WORSE)]),
        f"from step {step:,.0f} on, smallest share {share[0]:.3f} → {share[-1]:.3f}; {fallen} of "
        f"{len(falls)} gains fall by more than half, {most} by {falls[most]:.0%}; MSE on {ELSEWHERE} "
        f"{rise:+.1%} ± {error:.1%} (steps {low:,.0f} → {high:,.0f})",
        rise - Z * error,
        rise + Z * error,
    )


def worsening(own: Curve) -> tuple[float, float, float, float]:
    """Relative rise from the minimum to the highest value after it, its error, and both steps."""
    low = own.value.argmin()
    high = low + own.value[low:].argmax()
    if low == high:
        return 0.0, 0.0, own.step[low], own.step[high]
    relative = own.error[[low, high]] / own.value[[low, high]]
    ratio = own.value[high] / own.value[low]
    return ratio - 1, ratio * hypot(*relative), own.step[low], own.step[high]


def curvature_first(metric: pd.DataFrame, llc: pd.DataFrame, seed: int, model: str) -> Finding:
    """R-6: step of the peak of λ̂ over that of the Hessian's trace."""
    trace, own = metric_curve(metric, model, "Hessian trace"), llc_curve(llc, model)
    first, then = peak(trace), peak(own)
    random = np.random.default_rng(seed)
    before, after = drawn_peaks(trace, random), drawn_peaks(own, random)
    ratio = np.maximum(after, 1) / np.maximum(before, 1)
    low, high = np.quantile(ratio, INTERVAL, method="inverted_cdf")
    return Finding(
        every([bool(trace.step[0] < first[0]), inside(low, high, 1)]),
        f"trace highest at step {first[0]:,.0f} ({first[1]:.3g} ± {first[2]:.2g}), "
        f"λ̂ at step {then[0]:,.0f} ({then[1]:.1f} ± {then[2]:.1f})",
        low,
        high,
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
    random, tops = np.random.default_rng(seed), {model: peak(own) for model, own in curves.items()}
    drawn = _factor(np.stack([drawn_peaks(own, random) for own in curves.values()]))
    low, high = np.quantile(drawn, INTERVAL, method="inverted_cdf")
    words = [f"{model} at step {step:,.0f} ({top:.1f})" for model, (step, top, _) in tops.items()]
    factor = _factor(np.array([step for step, *_ in tops.values()]))
    verdict = True if high <= FACTOR else False if low > FACTOR else None
    return Finding(verdict, f"{', '.join(words)}: a factor {factor:.2f}", low, high)


def _factor(steps: np.ndarray) -> np.ndarray:
    """Largest over smallest, (…). steps: (seed, …)."""
    return steps.max(0) / np.maximum(steps.min(0), 1)
