"""Claims B-1 … B-7 on language models, from the table metric: a Finding for each two-layer model."""

from math import hypot, isnan

import numpy as np
import pandas as pd

from devdash.measures.default_stages import bigram_minimum
from devdash.measures.findings import (
    Finding,
    Interval,
    MissingData,
    above,
    below,
    change,
    interval,
    opposite,
    rises,
    together,
)
from devdash.measures.training_curve import TrainingCurve, head_curves, metric_curve
from devdash.stored_names import BIGRAM, CHANCE, COMPOSITION, ICL, PREFIX_MATCHING, PREVIOUS_TOKEN

MAIN, TWIN = "two-layer", "one-layer"
NEAR_FLOOR, RISE = 0.5, 0.3
FALL = 0.5
SMALL_GAP, LARGE_GAP = 0.03, 0.5
TIMES_CHANCE, MOST_HEADS = 5, 2
TIMES_SPREAD = 3
TOP = 4


def bigrams(metric: pd.DataFrame, model: str) -> Finding:
    """B-1: how near the bigram score comes to its floor, and how it rises again.

    >>> from devdash.measures.example_tables import metrics
    >>> scores = {"bigram score": [7.95, 4.62, 5.92], "bigram floor": 4.29}
    >>> finding = bigrams(metrics([0, 700, 5000], scores), MAIN)
    >>> finding.verdict, finding.measured
    (True, '7.95 → 4.62 (step 700; floor 4.29) → 5.92')
    """
    score = metric_curve(metric, model, BIGRAM)
    step, value, error = bigram_minimum(metric, model)
    floor = metric_curve(metric, model, "bigram floor").at(step)[0]
    gap = interval(value - floor, error)
    return Finding(
        together(
            [
                bool(score.step[0] < step < score.step[-1]),
                below(gap, NEAR_FLOOR),
                above(change((value, error), score.end()), RISE),
            ]
        ),
        f"{score.value[0]:.2f} → {value:.2f} (step {step:,.0f}; floor {floor:.2f}) → {score.value[-1]:.2f}",
        *gap,
    )


def ngram_fall(metric: pd.DataFrame, model: str) -> Finding:
    """B-2: relative fall of the n-gram losses after the bigram score's minimum.

    >>> from devdash.measures.example_tables import metrics
    >>> losses = {"n-gram loss 3": [8.0, 4.7, 1.0], "n-gram loss 4": [8.0, 4.5, 0.9]}
    >>> finding = ngram_fall(metrics([0, 700, 5000], losses | {"bigram score": [8.0, 4.6, 5.9]}), MAIN)
    >>> finding.verdict, finding.measured
    (True, '3-grams 4.70 (step 700) → 1.00: −79%, 4-grams 4.50 (step 700) → 0.90: −80%')
    """
    step, _, _ = bigram_minimum(metric, model)
    drops, words = [], []
    for n in (3, 4):
        loss = metric_curve(metric, model, f"n-gram loss {n}")
        (start, start_error), (end, end_error) = loss.at(step), loss.end()
        fall = 1 - end / start
        drops.append(interval(fall, end / start * hypot(end_error / end, start_error / start)))
        words.append(f"{n}-grams {start:.2f} (step {step:,.0f}) → {end:.2f}: −{fall:.0%}")
    return Finding(together(above(drop, FALL) for drop in drops), ", ".join(words), *min(drops, key=sum))


def ablation(metric: pd.DataFrame, model: str) -> Finding:
    """B-3: gap by position ablation before the bigram score's minimum and at the end.

    >>> from devdash.measures.example_tables import metrics
    >>> scores = {"bigram score": [8.0, 4.6, 5.9], "position ablation gap": [0.0, 0.03, 1.41]}
    >>> finding = ablation(metrics([0, 700, 5000], scores), MAIN)
    >>> finding.verdict, finding.measured
    (True, 'at most 0.000 ± 0.010 before step 700; 1.41 at the end')
    """
    step, _, _ = bigram_minimum(metric, model)
    gap = metric_curve(metric, model, "position ablation gap")
    early, end = gap.before(step), interval(*gap.end())
    _, most, error = early.highest()
    small = [below(interval(*point), SMALL_GAP) for point in zip(early.value, early.error, strict=True)]
    return Finding(
        together([*small, above(end, LARGE_GAP)]),
        f"at most {most:.3f} ± {error:.3f} before step {step:,.0f}; {gap.value[-1]:.2f} at the end",
        *end,
    )


def onsets(metric: pd.DataFrame, model: str, name: str, layer: int) -> tuple[str, float]:
    """The head of a layer whose score is the first to rise, and the step; NaN if none does.

    >>> from devdash.measures.example_tables import metrics
    >>> scores = {(PREVIOUS_TOKEN, "head 0.0"): 0.1, (PREVIOUS_TOKEN, "head 0.1"): [0.1, 0.1, 0.6, 0.7]}
    >>> onsets(metrics([0, 700, 2000, 5000], scores), MAIN, PREVIOUS_TOKEN, layer=0)
    ('head 0.1', 2000.0)
    """
    heads = head_curves(metric, model, name, layer)
    level = 2 * max(score.value[0] for score in heads.values())
    if name == PREFIX_MATCHING:
        level = max(level, 2 * _chance(metric, model))
    steps = {head: score.onset(level) for head, score in heads.items()}
    return min(steps.items(), key=lambda item: np.inf if isnan(item[1]) else item[1])


def _chance(metric: pd.DataFrame, model: str) -> float:
    return float(metric_curve(metric, model, CHANCE).value[-1])


def previous_first(metric: pd.DataFrame, model: str) -> Finding:
    """B-4: steps at which the two scores begin to rise.

    >>> from devdash.measures.example_tables import metrics
    >>> scores = {(PREVIOUS_TOKEN, "head 0.1"): [0.1, 0.5, 0.6, 0.7]}
    >>> scores[PREFIX_MATCHING, "head 1.3"] = [0.01, 0.01, 0.3, 0.4]
    >>> metric = metrics([0, 700, 2000, 5000], scores | {"chance of prefix matching": 0.011}, std_err=0.001)
    >>> finding = previous_first(metric, MAIN)
    >>> finding.verdict, finding.measured
    (True, 'previous-token score of head 0.1 rises at step 700; ... of head 1.3 rises at step 2,000')
    """
    previous, first = onsets(metric, model, PREVIOUS_TOKEN, 0)
    prefix, then = onsets(metric, model, PREFIX_MATCHING, 1)
    words = [
        f"{name} {'rises nowhere' if isnan(step) else f'of {head} rises at step {step:,.0f}'}"
        for name, head, step in ((PREVIOUS_TOKEN, previous, first), (PREFIX_MATCHING, prefix, then))
    ]
    if isnan(then) or first == then:
        return Finding(None, "; ".join(words))
    return Finding(bool(first < then), "; ".join(words))


def induction_heads(metric: pd.DataFrame, model: str) -> Finding:
    """B-5: heads whose highest prefix-matching score reaches 5 × chance, here and in the twin.

    >>> from devdash.measures.example_tables import metrics
    >>> scores = {(PREFIX_MATCHING, "head 1.3"): [0.01, 0.3, 0.4], (PREFIX_MATCHING, "head 1.4"): 0.02}
    >>> metric = metrics([0, 700, 5000], scores | {"chance of prefix matching": 0.011}, std_err=0.001)
    >>> twin = metrics([0, 700, 5000], {(PREFIX_MATCHING, "head 0.0"): 0.02}, model=TWIN, std_err=0.001)
    >>> finding = induction_heads(pd.concat([metric, twin]), MAIN)
    >>> finding.verdict, finding.measured
    (True, '1 of 2 heads, head 1.3 the highest at 0.400, 36.4 × chance (0.0110); twin: 0, ...')
    """
    chance = _chance(metric, model)
    reach, (value, error, head) = _reaching(
        head_curves(metric, model, PREFIX_MATCHING, 1), TIMES_CHANCE * chance
    )
    twins, (twin_value, _, twin_head) = _reaching(
        head_curves(metric, TWIN, PREFIX_MATCHING, 0), TIMES_CHANCE * chance
    )
    return Finding(
        together([_few(reach), *map(opposite, twins)]),
        f"{reach.count(True)} of {len(reach)} heads, {head} the highest at {value:.3f}, "
        f"{value / chance:.1f} × chance ({chance:.4f}); twin: {twins.count(True)}, "
        f"{twin_head} at {twin_value / chance:.1f} × chance",
        *interval(value / chance, error / chance),
    )


def _few(reach: list[bool | None]) -> bool | None:
    """Whether one or two are True."""
    fewest, most = reach.count(True), len(reach) - reach.count(False)
    return together([above(Interval(fewest, most), 1), below(Interval(fewest, most), MOST_HEADS)])


def _reaching(
    heads: dict[str, TrainingCurve], bound: float
) -> tuple[list[bool | None], tuple[float, float, str]]:
    """Whether the highest score of each head is at a bound or above; value, error and name of the best."""
    peaks = [(*score.highest()[1:], head) for head, score in heads.items()]
    return [above(interval(value, error), bound) for value, error, _ in peaks], max(peaks)


def in_context(metric: pd.DataFrame, model: str) -> Finding:
    """B-6: drop of the ICL score from its level between bigrams and induction, against its spread there.

    >>> from devdash.measures.example_tables import metrics
    >>> steps, name = [0, 700, 900, 1200, 2000, 5000], ("ICL score", "", "all")
    >>> scores = {"bigram score": [8, 4.6, 4.7, 5, 5.5, 5.9], name: [0.1, -0.05, -0.04, -0.06, -0.15, -0.21]}
    >>> prefix = {(PREFIX_MATCHING, "head 1.3"): [0, 0, 0, 0, 0.3, 0.4], "chance of prefix matching": 0.011}
    >>> twin = metrics(steps, {name: [0.1, -0.05, -0.04, -0.06, -0.05, -0.05]}, model=TWIN, std_err=0.001)
    >>> finding = in_context(pd.concat([metrics(steps, scores | prefix, std_err=0.001), twin]), MAIN)
    >>> finding.verdict, finding.measured
    (True, '-0.050 ± 0.010 over steps 700–2,000, then -0.210: 16.0 × the spread over steps 2,000–5,000, ...')
    """
    start = bigram_minimum(metric, model)[0]
    _, onset = onsets(metric, model, PREFIX_MATCHING, 1)
    if isnan(onset):
        raise MissingData(f"no prefix-matching score of layer 1 of {model} rises")
    induction = head_curves(metric, model, PREFIX_MATCHING, 1)[highest(metric, model, PREFIX_MATCHING, 1)]
    score, drop, spread, level = _drop(metric, model, start, onset)
    _, twin_drop, twin_spread, _ = _drop(metric, TWIN, start, onset)
    fallen, risen = score.change(level), induction.change(_chance(metric, model))
    overlap = fallen[0] <= risen[1] and risen[0] <= fallen[1]
    return Finding(
        together(
            [
                above(drop, TIMES_SPREAD * spread),
                overlap,
                opposite(above(twin_drop, TIMES_SPREAD * twin_spread)),
            ]
        ),
        f"{level:.3f} ± {spread:.3f} over steps {start:,.0f}–{onset:,.0f}, then {score.value[-1]:.3f}: "
        f"{sum(drop) / 2 / spread:.1f} × the spread over steps {fallen[0]:,.0f}–{fallen[1]:,.0f}, prefix "
        f"matching over {risen[0]:,.0f}–{risen[1]:,.0f}; twin {sum(twin_drop) / 2 / twin_spread:.1f} ×",
        *drop,
    )


def _drop(
    metric: pd.DataFrame, model: str, start: float, onset: float
) -> tuple[TrainingCurve, Interval, float, float]:
    """ICL score; its drop from the mean between two steps to the end; its spread and mean between them."""
    score = metric_curve(metric, model, ICL, distribution="all")
    early = score.since(start).before(onset)
    if len(early.value) < 3:
        raise MissingData(
            f"fewer than three ICL scores of {model} from step {start:,.0f} to before {onset:,.0f}"
        )
    level, spread = float(early.value.mean()), float(early.value.std(ddof=1))
    # The same text at every checkpoint: errors of neighbours are not independent, so the mean has one's.
    return score, change(score.end(), (level, float(early.error.mean()))), spread, level


def highest(metric: pd.DataFrame, model: str, name: str, layer: int) -> str:
    """The head of a layer with the highest score at the end.

    >>> from devdash.measures.example_tables import metrics
    >>> scores = {(PREVIOUS_TOKEN, "head 0.0"): 0.1, (PREVIOUS_TOKEN, "head 0.1"): [0.1, 0.5, 0.7]}
    >>> highest(metrics([0, 700, 5000], scores), MAIN, PREVIOUS_TOKEN, layer=0)
    'head 0.1'
    """
    heads = head_curves(metric, model, name, layer)
    return max(heads, key=lambda head: heads[head].value[-1])


def k_composition(metric: pd.DataFrame, model: str) -> Finding:
    """B-7: K-composition of the circuit's pair against other pairs at the end, and random ones.

    >>> from devdash.measures.example_tables import metrics
    >>> heads = {(PREVIOUS_TOKEN, "head 0.1"): 0.7, (PREVIOUS_TOKEN, "head 0.0"): 0.1}
    >>> heads[PREFIX_MATCHING, "head 1.3"] = 0.4
    >>> pair, other = ((COMPOSITION, f"head 0.{number} → head 1.3") for number in (1, 0))
    >>> pairs = {pair: [0.06, 0.1, 0.14], other: 0.07}
    >>> finding = k_composition(metrics([0, 700, 5000], heads | pairs), MAIN)
    >>> finding.verdict, finding.measured
    (True, 'head 0.1 → head 1.3: 0.060 → 0.140, 2.15 × the random pair (0.065 ± 0.007), place 1 of 2')
    """
    early, late = highest(metric, model, PREVIOUS_TOKEN, 0), highest(metric, model, PREFIX_MATCHING, 1)
    pair = f"{early} → {late}"
    curve = metric_curve(metric, model, COMPOSITION, pair)
    rows = metric[(metric["model"] == model) & (metric["name"] == COMPOSITION)]
    rows = rows[rows["component"].str.contains("→ head 1.", regex=False)]
    random, ends = (rows.loc[rows["step"] == step, "value"] for step in curve.step[[0, -1]])
    end, chance, spread = curve.value[-1], float(random.mean()), float(random.std())
    place, lead = int((ends > end).sum()) + 1, interval(end - chance, spread)
    return Finding(
        together([below(interval(place), TOP), rises(lead)]),
        f"{pair}: {curve.value[0]:.3f} → {end:.3f}, {end / chance:.2f} × the random pair ({chance:.3f} ± "
        f"{spread:.3f}), place {place} of {len(ends)}",
        *lead,
    )
