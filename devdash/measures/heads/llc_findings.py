"""Claims A-1 … A-4 and A-7 on attention heads, from their λ̂: a Finding for each."""

from math import hypot, nan

import numpy as np
import pandas as pd
from scipy.stats import kendalltau, rankdata

from devdash.measures.findings import MAIN, Finding, MissingData, Z, above, boundaries, every
from devdash.measures.heads.findings import (
    DRAWS,
    INDUCTION,
    INTERVAL,
    LEAST_HEADS,
    MULTIGRAM,
    draws,
    estimates,
    inside,
    nearest,
    of_kind,
)

TIMES_VARIANCE = 3
METHOD, NORMALISATION = "k-means", "standardised"
AGREES, SIGNIFICANT = 0.4, 0.05
CODE = "code"
SAME_ORDER = 0.8


def differentiation(llc, agreement, stage, seed: int) -> Finding:
    """A-1: variance of λ̂ between heads, end over first plateau; clusters against types."""
    value, error = estimates(llc)
    ends = boundaries(stage, llc, MAIN)["end_step"]
    if ends.empty:
        raise MissingData("no stage that ends before the last step")
    pair = [nearest(value.index, ends.iloc[0]), int(value.index[-1])]
    heads = value.loc[pair].dropna(axis=1).columns
    if pair[0] == pair[1] or len(heads) < LEAST_HEADS:
        raise MissingData(
            f"fewer than {LEAST_HEADS} heads with a reliable λ̂ at the first plateau and the end"
        )
    before, after = value.loc[pair, heads].to_numpy().var(1, ddof=1)
    low, high = _ratio_interval(*(own.loc[pair, heads].to_numpy() for own in (value, error)), seed)
    rand, p = _agreement(agreement)
    return Finding(
        every([inside(low, high, TIMES_VARIANCE), rand > AGREES, True if p < SIGNIFICANT else None]),
        f"variance between {len(heads)} heads {before:.3g} (step {pair[0]:,}) → {after:.3g} ({pair[1]:,}): "
        f"{after / before:.1f} ×; {METHOD} on {NORMALISATION} curves against types: "
        f"adjusted Rand {rand:.2f}, p = {p:.2g}",
        low,
        high,
    )


def _ratio_interval(value, error, seed: int) -> tuple[float, float]:
    """Interval of the second variance over the first; value, error: (2, head).

    λ̂ drawn anew within its errors, less the variance that the draws add on average.
    """
    drawn = draws(value, error, seed).var(-1, ddof=1) - (error**2).mean(-1)
    before, after = drawn.T
    ratio = np.divide(after, before, out=np.full(DRAWS, np.inf), where=before > 0)
    return tuple(np.quantile(ratio, INTERVAL, method="inverted_cdf"))


def _agreement(agreement: pd.DataFrame) -> tuple[float, float]:
    own = agreement[(agreement["method"] == METHOD) & (agreement["normalisation"] == NORMALISATION)]
    if own.empty or own[["adjusted_rand", "p_value"]].isna().any(axis=None):
        raise MissingData(f"no agreement of {METHOD} on {NORMALISATION} curves with the types")
    return float(own["adjusted_rand"].iloc[0]), float(own["p_value"].iloc[0])


def multigrams_highest(llc: pd.DataFrame, head: pd.DataFrame) -> Finding:
    """A-2: mean λ̂ at the end, multigram heads against each other kind."""
    value, error = (own.iloc[-1] for own in estimates(llc))
    means = {}
    for kind in head["kind"].unique():
        names = of_kind(head, kind, value.dropna().index)
        if not names:
            raise MissingData(f"no reliable λ̂ of the {kind} heads at the end")
        means[kind] = float(value[names].mean()), hypot(*error[names]) / len(names), len(names)
    others = set(means) - {MULTIGRAM}
    if MULTIGRAM not in means or not others:
        raise MissingData(f"only one kind of head, or no {MULTIGRAM} head: {', '.join(means) or 'none'}")
    top, top_error, _ = means[MULTIGRAM]
    gaps = {kind: (top - means[kind][0], hypot(top_error, means[kind][1])) for kind in others}
    gap, gap_error = min(gaps.values())
    words = [f"{kind} {mean:.2f} ± {own:.2f} ({count})" for kind, (mean, own, count) in means.items()]
    return Finding(
        every(above(*own, 0) for own in gaps.values()),
        f"step {value.name:,}: {', '.join(words)}",
        gap - Z * gap_error,
        gap + Z * gap_error,
    )


def memorisation(llc: pd.DataFrame, metric: pd.DataFrame, seed: int) -> Finding:
    """A-3: rank correlation of λ̂ and memorised multigrams at the end; heads drawn with replacement."""
    value = estimates(llc)[0].iloc[-1].dropna()
    counted = metric[metric["name"] == "memorised multigrams"].dropna(subset=["value"])
    last = counted[counted["step"] == counted["step"].max()].set_index("component")["value"]
    heads = value.index.intersection(last.index)
    if len(heads) < 2 * LEAST_HEADS or last[heads].nunique() == 1:
        raise MissingData(
            f"multigrams were counted for {len(heads)} heads with a reliable λ̂, or are all alike"
        )
    pairs = np.stack([value[heads], last[heads]])
    places = np.random.default_rng(seed).integers(len(heads), size=(DRAWS, len(heads)))
    drawn = _spearman(pairs[:, places])
    low, high = np.nanquantile(drawn, INTERVAL)
    return Finding(
        inside(low, high, 0),
        f"Spearman's ρ = {_spearman(pairs):.2f} over {len(heads)} heads; {last[heads].sum():,.0f} multigrams",
        low,
        high,
    )


def _spearman(pairs: np.ndarray) -> np.ndarray:
    """Rank correlation of pairs (2, …, head); NaN where one of both is constant."""
    rank = rankdata(pairs, axis=-1)
    first, second = rank - rank.mean(-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return (first * second).sum(-1) / np.sqrt((first**2).sum(-1) * (second**2).sum(-1))


def rank_on_code(llc: pd.DataFrame, head: pd.DataFrame, seed: int) -> Finding:
    """A-4: rise of the induction heads' mean rank (1: lowest λ̂) on code, and less that on all data."""
    both = [estimates(llc, name) for name in (CODE, "all")]
    steps = np.intersect1d(*(value.index for value, _ in both))
    if len(steps) < 2:
        raise MissingData(f"λ̂ on {CODE} and on all data at fewer than two steps")
    ends = steps[[0, -1]]
    value, error = (
        pd.concat({n: own.loc[ends] for n, own in enumerate(part)}) for part in zip(*both, strict=True)
    )
    heads = value.dropna(axis=1).columns
    chosen = heads.isin(of_kind(head, INDUCTION, heads))
    if not chosen.any() or len(heads) < LEAST_HEADS:
        raise MissingData("no induction head with a reliable λ̂ on both at the first and the last step")
    value, error = (own[heads].to_numpy().reshape(2, 2, -1) for own in (value, error))  # (data, step, head)
    rank = rankdata(value, axis=-1)[..., chosen].mean(-1)
    drawn = rankdata(draws(value, error, seed), axis=-1)[..., chosen].mean(-1)
    rise = drawn[..., 1] - drawn[..., 0]  # (draw, data)
    low, high = np.quantile(rise[:, 0], INTERVAL)
    return Finding(
        every([inside(low, high, 0), inside(*np.quantile(rise[:, 0] - rise[:, 1], INTERVAL), 0)]),
        f"{chosen.sum()} of {len(heads)} heads: mean rank on {CODE} {rank[0, 0]:.1f} (step {ends[0]:,}) → "
        f"{rank[0, 1]:.1f} ({ends[1]:,}); on all data {rank[1, 0]:.1f} → {rank[1, 1]:.1f}",
        low,
        high,
    )


def same_order(llc: pd.DataFrame, sweep: pd.DataFrame) -> Finding:
    """A-7: Kendall's τ of the heads' order at other settings, and with other chains, at the last step.

    Earlier steps are only told: while heads are alike their order is noise.
    """
    value, _ = estimates(llc)
    own = llc[["nbeta", "gamma"]].iloc[-1].tolist()
    chosen = sweep[sweep["component"].str.startswith("head ") & (sweep["distribution"] == "all")]
    found = {}
    for (step, *setting), rows in chosen.groupby(["step", "nbeta", "gamma"]):
        words = "other chains" if setting == own else "nβ {:g}, γ {:g}".format(*setting)
        found.setdefault(int(step), {})[words] = _tau(value, rows, step)
    last = found.pop(max(found, default=0), {})
    known = [tau for tau in last.values() if tau == tau]
    if not known:
        raise MissingData("no other setting with a reliable λ̂ of half of the heads")
    words = [f"{name}: {tau:.2f}" if tau == tau else f"{name}: too few" for name, tau in last.items()]
    earlier = {step: [tau for tau in taus.values() if tau == tau] for step, taus in found.items()}
    words += [f"step {step:,}: {min(taus):.2f} or more" for step, taus in earlier.items() if taus]
    verdict = every(tau >= SAME_ORDER if tau == tau else None for tau in last.values())
    return Finding(verdict, "; ".join(words), min(known), max(known))


def _tau(value: pd.DataFrame, rows: pd.DataFrame, step: int) -> float:
    """τ over heads that are reliable at both settings; NaN where those are fewer than half."""
    good = rows[rows["verdict"] == "reliable"].set_index("component")["llc"].astype(float)
    if step not in value.index:
        return nan
    pair = pd.concat([value.loc[step], good], axis=1).dropna()
    if len(pair) < max(LEAST_HEADS, rows["component"].nunique() / 2):
        return nan
    return float(kendalltau(*pair.to_numpy().T).statistic)
