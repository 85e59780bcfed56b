"""Claims B-1 … B-7 on language models, from the table metric: a Finding for each two-layer model."""

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
    every,
    head_curves,
    metric_curve,
    opposite,
)

PREVIOUS, PREFIX = "previous-token score", "prefix-matching score"
NEAR_FLOOR, RISE = 0.5, 0.3
FALL = 0.5
SMALL_GAP, LARGE_GAP = 0.03, 0.5
TIMES_CHANCE, MOST_HEADS = 5, 2
TIMES_SPREAD = 3
TOP, TIMES_START = 4, 2


def bigram_minimum(metric: pd.DataFrame, model: str) -> Finding:
    score = metric_curve(metric, model, "bigram score")
    step, value, error = minimum(score)
    floor = metric_curve(metric, model, "bigram floor").at(step)[0]
    end, end_error = score.value[-1], score.error[-1]
    gap = value - floor
    return Finding(
        every(
            [
                bool(score.step[0] < step < score.step[-1]),
                opposite(above(gap, error, NEAR_FLOOR)),
                above(end - value, hypot(end_error, error), RISE),
            ]
        ),
        f"{score.value[0]:.2f} → {value:.2f} (step {step:,.0f}; floor {floor:.2f}) → {end:.2f}",
        gap - Z * error,
        gap + Z * error,
    )


def minimum(score: Curve) -> tuple[float, float, float]:
    """Step, value and error of the smallest value."""
    place = score.value.argmin()
    return score.step[place], score.value[place], score.error[place]


def ngram_fall(metric: pd.DataFrame, model: str) -> Finding:
    step, _, _ = minimum(metric_curve(metric, model, "bigram score"))
    falls, words = [], []
    for n in (3, 4):
        loss = metric_curve(metric, model, f"n-gram loss {n}")
        (start, start_error), (end, end_error) = loss.at(step), loss.at(loss.step[-1])
        falls.append((1 - end / start, end / start * hypot(end_error / end, start_error / start)))
        words.append(f"{n}-grams {start:.2f} (step {step:,.0f}) → {end:.2f}: −{falls[-1][0]:.0%}")
    fall, error = min(falls)
    verdict = every(above(*own, FALL) for own in falls)
    return Finding(verdict, ", ".join(words), fall - Z * error, fall + Z * error)


def ablation(metric: pd.DataFrame, model: str) -> Finding:
    step, _, _ = minimum(metric_curve(metric, model, "bigram score"))
    gap = metric_curve(metric, model, "position ablation gap")
    early = gap.before(step)
    most, end, error = early.value.argmax(), gap.value[-1], gap.error[-1]
    small = every(opposite(above(*own, SMALL_GAP)) for own in zip(early.value, early.error, strict=True))
    return Finding(
        every([small, above(end, error, LARGE_GAP)]),
        f"at most {early.value[most]:.3f} ± {early.error[most]:.3f} before step {step:,.0f}; "
        f"{end:.2f} at the end",
        end - Z * error,
        end + Z * error,
    )


def onsets(metric: pd.DataFrame, model: str, name: str, layer: int) -> tuple[str, float]:
    """The head of a layer whose score is the first to rise, and the step; NaN if none does."""
    heads = head_curves(metric, model, name, layer)
    level = 2 * max(own.value[0] for own in heads.values())
    if name == PREFIX:
        level = max(level, 2 * _chance(metric, model))
    found = {head: own.onset(level) for head, own in heads.items()}
    return min(found.items(), key=lambda own: np.inf if isnan(own[1]) else own[1])


def _chance(metric: pd.DataFrame, model: str) -> float:
    return float(metric_curve(metric, model, "chance of prefix matching").value[-1])


def previous_first(metric: pd.DataFrame, model: str) -> Finding:
    previous, first = onsets(metric, model, PREVIOUS, 0)
    prefix, then = onsets(metric, model, PREFIX, 1)
    words = [
        f"{name} {'rises nowhere' if isnan(step) else f'of {head} rises at step {step:,.0f}'}"
        for name, head, step in ((PREVIOUS, previous, first), (PREFIX, prefix, then))
    ]
    if isnan(then) or first == then:
        return Finding(None, "; ".join(words))
    return Finding(bool(first < then), "; ".join(words))


def induction_heads(metric: pd.DataFrame, model: str) -> Finding:
    bound = TIMES_CHANCE * _chance(metric, model)
    reach, best = _reaching(head_curves(metric, model, PREFIX, 1), bound)
    twins, twin_best = _reaching(head_curves(metric, TWIN, PREFIX, 0), bound)
    (value, error, head), (twin_value, _, twin_head) = best, twin_best
    unit = bound / TIMES_CHANCE
    return Finding(
        every([_few(reach), *map(opposite, twins)]),
        f"{reach.count(True)} of {len(reach)} heads, {head} the highest at {value:.3f}, "
        f"{value / unit:.1f} × chance ({unit:.4f}); twin: {twins.count(True)}, "
        f"{twin_head} at {twin_value / unit:.1f} × chance",
        (value - Z * error) / unit,
        (value + Z * error) / unit,
    )


def _few(reach: list[bool | None]) -> bool | None:
    """Whether one or two are True."""
    sure, possible = reach.count(True), len(reach) - reach.count(False)
    if not possible or sure > MOST_HEADS:
        return False
    return True if sure and possible <= MOST_HEADS else None


def _reaching(heads: dict[str, Curve], bound: float) -> tuple[list[bool | None], tuple[float, float, str]]:
    """Whether the highest score of each head is above a bound; value, error and name of the best."""
    places = {head: own.value.argmax() for head, own in heads.items()}
    peaks = [(heads[head].value[at], heads[head].error[at], head) for head, at in places.items()]
    return [above(value, error, bound) for value, error, _ in peaks], max(peaks)


def in_context(metric: pd.DataFrame, model: str) -> Finding:
    _, onset = onsets(metric, model, PREFIX, 1)
    if isnan(onset):
        raise MissingData(f"no prefix-matching score of layer 1 of {model} rises")
    induction = head_curves(metric, model, PREFIX, 1)[highest(metric, model, PREFIX, 1)]
    score, drop, error, spread, level = _drop(metric, model, onset)
    _, twin_drop, twin_error, twin_spread, _ = _drop(metric, TWIN, onset)
    fallen, risen = score.change(level), induction.change(_chance(metric, model))
    overlap = fallen[0] <= risen[1] and risen[0] <= fallen[1]
    return Finding(
        every(
            [
                above(drop, error, TIMES_SPREAD * spread),
                overlap,
                opposite(above(twin_drop, twin_error, TIMES_SPREAD * twin_spread)),
            ]
        ),
        f"{level:.3f} ± {spread:.3f} before step {onset:,.0f}, then {score.value[-1]:.3f}: "
        f"{drop / spread:.1f} × the spread over steps {fallen[0]:,.0f}–{fallen[1]:,.0f}, prefix matching "
        f"over {risen[0]:,.0f}–{risen[1]:,.0f}; twin {twin_drop / twin_spread:.1f} ×",
        drop - Z * error,
        drop + Z * error,
    )


def _drop(metric: pd.DataFrame, model: str, onset: float) -> tuple[Curve, float, float, float, float]:
    """ICL score; its drop from the mean before a step to the end, with error; spread and mean before."""
    score = metric_curve(metric, model, "ICL score", distribution="all")
    early = score.before(onset)
    if len(early.value) < 3:
        raise MissingData(f"fewer than three ICL scores of {model} before step {onset:,.0f}")
    level, spread = float(early.value.mean()), float(early.value.std(ddof=1))
    # The same text at every checkpoint: errors of neighbours are not independent, so the mean has one's.
    error = hypot(score.error[-1], float(early.error.mean()))
    return score, float(level - score.value[-1]), error, spread, level


def highest(metric: pd.DataFrame, model: str, name: str, layer: int) -> str:
    """The head of a layer with the highest score at the end."""
    heads = head_curves(metric, model, name, layer)
    return max(heads, key=lambda head: heads[head].value[-1])


def k_composition(metric: pd.DataFrame, model: str) -> Finding:
    early, late = highest(metric, model, PREVIOUS, 0), highest(metric, model, PREFIX, 1)
    pair = f"{early} → {late}"
    own = metric_curve(metric, model, "K-composition", pair)
    chosen = metric[(metric["model"] == model) & (metric["name"] == "K-composition")]
    ends = chosen[
        (chosen["step"] == own.step[-1]) & chosen["component"].str.contains("→ head 1.", regex=False)
    ]
    place, ratio = int((ends["value"] > own.value[-1]).sum()) + 1, own.value[-1] / own.value[0]
    return Finding(
        bool(place <= TOP and ratio >= TIMES_START),
        f"{pair}: {own.value[0]:.3f} → {own.value[-1]:.3f}, {ratio:.1f} ×, place {place} of {len(ends)}",
    )
