"""Claims R-4, R-6 and R-7: where λ̂ peaks over the training of in-context linear regression."""

import numpy as np
import pandas as pd

from devdash.measures.findings import Finding, Interval, MissingData, below, change, rises, together
from devdash.measures.training_curve import TrainingCurve, llc_curve, metric_curve
from devdash.measures.trends import middle
from devdash.stored_names import HESSIAN, MSE

FACTOR = 1.5
DRAWS = 4000
DRAWN = "inverted_cdf"  # an end of an interval is a step, or a ratio of steps, that was drawn


def _drawn_peaks(curve: TrainingCurve, random: np.random.Generator) -> np.ndarray:
    """Step of the highest value where values are drawn from their errors, (draw,)."""
    noise = random.standard_normal((DRAWS, len(curve.value)))
    return curve.step[(curve.value + curve.error * noise).argmax(1)]


def peak_and_fall(metric: pd.DataFrame, llc: pd.DataFrame, model: str) -> Finding:
    """R-4: λ̂ from its first to its highest to its last value, and its lowest between the last two; the MSE
    between the last two.

    >>> from devdash.measures.example_tables import estimates, metrics
    >>> steps = [0, 1000, 40_000, 500_000]
    >>> llc = estimates(steps, {"full": [0.0, 5, 169, 116]}, model="seed 0")
    >>> metric = metrics(steps, {("MSE", "", "all"): [4.2, 4.1, 1.9, 1.7]}, model="seed 0")
    >>> finding = peak_and_fall(metric, llc, "seed 0")
    >>> finding.verdict, finding.measured
    (True, 'λ̂ 0.0 (step 0) → 169.0 (40,000) → 116.0 (500,000), MSE 1.900 → 1.700 between peak and end')
    """
    curve = llc_curve(llc, model)
    step, top, top_error = curve.highest()
    loss = metric_curve(metric, model, MSE, distribution="all")
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


def curvature_first(metric: pd.DataFrame, llc: pd.DataFrame, seed: int, model: str) -> Finding:
    """R-6: step of the peak of λ̂ over that of the Hessian's trace.

    >>> from devdash.measures.example_tables import estimates, metrics
    >>> steps = [0, 1000, 15_000, 40_000, 500_000]
    >>> metric = metrics(steps, {"Hessian trace": [1, 5, 90, 60, 50]}, model="seed 0")
    >>> llc = estimates(steps, {"full": [0, 5, 100, 169, 116]}, model="seed 0")
    >>> finding = curvature_first(metric, llc, seed=0, model="seed 0")
    >>> finding.verdict, finding.measured
    (True, 'trace highest at step 15,000 (90 ± 0.01), λ̂ at step 40,000 (169.0 ± 0.1)')
    """
    trace, curve = metric_curve(metric, model, HESSIAN), llc_curve(llc, model)
    first, then = trace.highest(), curve.highest()
    random = np.random.default_rng(seed)
    before, after = _drawn_peaks(trace, random), _drawn_peaks(curve, random)
    ratio = middle(np.maximum(after, 1) / np.maximum(before, 1), DRAWN)
    later = " or later, the last that is reliable" if then[0] == curve.step[-1] else ""
    return Finding(
        together([bool(trace.step[0] < first[0]), rises(Interval(ratio.low - 1, ratio.high - 1))]),
        f"trace highest at step {first[0]:,.0f} ({first[1]:.3g} ± {first[2]:.2g}), "
        f"λ̂ at step {then[0]:,.0f} ({then[1]:.1f} ± {then[2]:.1f}){later}",
        *ratio,
    )


def same_peak(llc: pd.DataFrame, models: list[str], seed: int) -> Finding:
    """R-7: largest over smallest step of the peak of λ̂, over seeds.

    >>> from devdash.measures.example_tables import estimates
    >>> steps, models = [0, 30_000, 40_000, 500_000], ["seed 0", "seed 1"]
    >>> curves = ({"full": [0, 100, 169, 116]}, {"full": [0, 175, 150, 116]})
    >>> llc = pd.concat([estimates(steps, curve, model) for curve, model in zip(curves, models, strict=True)])
    >>> finding = same_peak(llc, models, seed=0)
    >>> finding.verdict, finding.measured
    (True, 'seed 0 at step 40,000 (169.0), seed 1 at step 30,000 (175.0): a factor 1.33')
    """
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
    peaks = np.stack([_drawn_peaks(curve, random) for curve in curves.values()])
    drawn = middle(_factor(peaks), DRAWN)
    words = [f"{model} at step {step:,.0f} ({top:.1f})" for model, (step, top, _) in tops.items()]
    factor = _factor(np.array([step for step, *_ in tops.values()]))
    return Finding(below(drawn, FACTOR), f"{', '.join(words)}: a factor {factor:.2f}", *drawn)


def _factor(steps: np.ndarray) -> np.ndarray:
    """Largest over smallest, (…). steps: (seed, …)."""
    return steps.max(0) / np.maximum(steps.min(0), 1)
