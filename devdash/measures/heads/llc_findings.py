"""Claims A-1 … A-4 and A-7 on attention heads, from their λ̂: a Finding for each."""

from math import hypot, nan

import numpy as np
import pandas as pd
from scipy.stats import kendalltau, rankdata

from devdash.measures.findings import (
    Finding,
    Interval,
    MissingData,
    above,
    beyond_chance,
    change,
    interval,
    rises,
    together,
)
from devdash.measures.heads.estimates import (
    DRAWS,
    INDUCTION,
    LEAST_HEADS,
    MULTIGRAM,
    draws,
    ends,
    estimates,
    of_kind,
)
from devdash.measures.trends import middle, rank_correlation
from devdash.stored_names import MEMORISED
from devdash.verdicts import is_reliable

TIMES_VARIANCE = 3
METHOD, NORMALISATION, CURVE = "k-means", "standardised", "λ̂"
SIMPLE = (INDUCTION, "previous-token", "current-token")
AGREES = 0.4
CODE = "code"
SAME_ORDER = 0.8


def differentiation(llc, agreement, start: float, seed: int) -> Finding:
    """A-1: variance of λ̂ between heads, end over start; clusters against types.

    start: step from which on heads are told apart, the minimum of the bigram score.

    >>> from devdash.measures.example_tables import estimates as rows
    >>> llc = rows([0, 100, 9000], {f"head 0.{k}": [1.0, 1 + k / 10, k] for k in range(4)}, std_err=0.01)
    >>> place = {"method": [METHOD], "normalisation": NORMALISATION, "adjusted_rand": 0.6, "p_value": 0.01}
    >>> finding = differentiation(llc, pd.DataFrame(place), start=100, seed=0)
    >>> finding.verdict, finding.measured
    (True, 'variance between 4 heads 0.0167 (step 100) → 1.67 (9,000): 100.0 ×; k-means ...')
    """
    value, error = estimates(llc)
    pair = ends(value.index, start, "λ̂ of heads")
    heads = value.loc[pair].dropna(axis=1).columns
    if len(heads) < LEAST_HEADS:
        raise MissingData(
            f"fewer than {LEAST_HEADS} heads with a reliable λ̂ at steps {pair[0]:,} and {pair[1]:,}"
        )
    before, after = value.loc[pair, heads].to_numpy().var(1, ddof=1)
    ratio = ratio_of_variances(*(table.loc[pair, heads].to_numpy() for table in (value, error)), seed)
    rand, p = _agreement(agreement)
    return Finding(
        together([above(ratio, TIMES_VARIANCE), above(interval(rand), AGREES), beyond_chance(p)]),
        f"variance between {len(heads)} heads {before:.3g} (step {pair[0]:,}) → {after:.3g} ({pair[1]:,}): "
        f"{after / before:.1f} ×; {METHOD} on {NORMALISATION} curves against types: "
        f"adjusted Rand {rand:.2f}, p = {p:.2g}",
        *ratio,
    )


def ratio_of_variances(value, error, seed: int) -> Interval:
    """Of the second variance over the first; value, error: (2, head).

    λ̂ drawn anew within its errors, less the variance that the draws add on average.

    >>> value, error = np.array([[1.0, 2, 3], [1.0, 4, 7]]), np.full((2, 3), 0.01)
    >>> low, high = ratio_of_variances(value, error, seed=0)
    >>> low < 9 < high
    True
    """
    drawn = draws(value, error, seed).var(-1, ddof=1) - (error**2).mean(-1)
    before, after = drawn.T
    ratio = np.divide(after, before, out=np.full(DRAWS, np.inf), where=before > 0)
    return middle(ratio, "inverted_cdf")


def _agreement(agreement: pd.DataFrame) -> tuple[float, float]:
    rows = agreement[(agreement["method"] == METHOD) & (agreement["normalisation"] == NORMALISATION)]
    if "curve" in rows:
        rows = rows[rows["curve"] == CURVE]
    if rows.empty or rows[["adjusted_rand", "p_value"]].isna().any(axis=None):
        raise MissingData(f"no agreement of {METHOD} on {NORMALISATION} curves with the types")
    return float(rows["adjusted_rand"].iloc[0]), float(rows["p_value"].iloc[0])


def multigrams_highest(llc: pd.DataFrame, head: pd.DataFrame) -> Finding:
    """A-2: mean λ̂ at the end, multigram heads against each kind with a simple algorithm.

    >>> from devdash.measures.example_tables import estimates as rows
    >>> llc = rows([0, 9000], {"head 0.0": [1.0, 5], "head 0.1": [1.0, 4], "head 1.0": [1.0, 2]})
    >>> head = pd.DataFrame({"head": llc["component"].unique(), "kind": [MULTIGRAM] * 2 + [INDUCTION]})
    >>> finding = multigrams_highest(llc, head)
    >>> finding.verdict, finding.measured
    (True, 'step 9,000: multigram 4.50 ± 0.07 (2), induction 2.00 ± 0.10 (1)')
    """
    value, error = (table.iloc[-1] for table in estimates(llc))
    means, counts = {}, {}
    for kind in dict.fromkeys(head["kind"]):
        if kind not in (MULTIGRAM, *SIMPLE):
            continue
        names = of_kind(head, kind, value.dropna().index)
        if not names:
            raise MissingData(f"no reliable λ̂ of the {kind} heads at the end")
        means[kind] = float(value[names].mean()), hypot(*error[names]) / len(names)
        counts[kind] = len(names)
    others = set(means) - {MULTIGRAM}
    if MULTIGRAM not in means or not others:
        raise MissingData(
            f"no {MULTIGRAM} head, or none of a simple kind: {', '.join(sorted(head['kind'].unique()))}"
        )
    gaps = [change(means[kind], means[MULTIGRAM]) for kind in others]
    words = [f"{kind} {mean:.2f} ± {std_err:.2f} ({counts[kind]})" for kind, (mean, std_err) in means.items()]
    return Finding(
        together(map(rises, gaps)), f"step {value.name:,}: {', '.join(words)}", *min(gaps, key=sum)
    )


def memorisation(llc: pd.DataFrame, metric: pd.DataFrame, seed: int) -> Finding:
    """A-3: rank correlation of λ̂ and memorised multigrams at the end; heads drawn with replacement.

    >>> from devdash.measures.example_tables import estimates as rows, metrics
    >>> names = [f"head 0.{number}" for number in range(6)]
    >>> llc = rows([0, 9000], {name: [1.0, k] for k, name in enumerate(names)})
    >>> metric = metrics([9000], {("memorised multigrams", name): 10 * k for k, name in enumerate(names)})
    >>> finding = memorisation(llc, metric, seed=0)
    >>> finding.verdict, finding.measured
    (True, "Spearman's ρ = 1.00 over 6 heads; 150 multigrams")
    """
    value = estimates(llc)[0].iloc[-1].dropna()
    counted = metric[metric["name"] == MEMORISED].dropna(subset=["value"])
    last = counted[counted["step"] == counted["step"].max()].set_index("component")["value"]
    heads = value.index.intersection(last.index)
    if len(heads) < 2 * LEAST_HEADS or last[heads].nunique() == 1:
        raise MissingData(
            f"multigrams were counted for {len(heads)} heads with a reliable λ̂, or are all alike"
        )
    pairs = np.stack([value[heads], last[heads]])
    places = np.random.default_rng(seed).integers(len(heads), size=(DRAWS, len(heads)))
    drawn = middle(rank_correlation(*pairs[:, places]))
    rho, memorised = rank_correlation(*pairs), last[heads].sum()
    return Finding(
        rises(drawn),
        f"Spearman's ρ = {rho:.2f} over {len(heads)} heads{_by_layer(heads, pairs)}; "
        f"{memorised:,.0f} multigrams",
        *drawn,
    )


def _by_layer(heads: pd.Index, pairs: np.ndarray) -> str:
    """ρ within each layer that has heads enough, in words."""
    layers = heads.str.extract(r"head (\d+)\.", expand=False)
    parts = {
        layer: float(rank_correlation(*pairs[:, layers == layer]))
        for layer in sorted(layers.unique())
        if (layers == layer).sum() >= 2 * LEAST_HEADS and layers.nunique() > 1
    }
    words = ", ".join(f"{rho:.2f} in layer {layer}" for layer, rho in parts.items())
    return f" ({words})" if words else ""


def rank_on_code(llc: pd.DataFrame, head: pd.DataFrame, start: float, seed: int) -> Finding:
    """A-4: rise of the induction heads' mean rank (1: lowest λ̂) on code, and less that on all data.

    start: step from which on ranks are compared, the minimum of the bigram score.

    >>> from devdash.measures.example_tables import estimates as rows
    >>> heads = {"head 0.0": [1.0, 2], "head 0.1": [2.0, 3], "head 1.0": [0.5, 9]}
    >>> on_code = rows([100, 9000], heads, distribution=CODE)
    >>> llc = pd.concat([on_code, rows([100, 9000], heads | {"head 1.0": 0.5})])
    >>> head = pd.DataFrame({"head": list(heads), "kind": [MULTIGRAM] * 2 + [INDUCTION]})
    >>> finding = rank_on_code(llc, head, start=100, seed=0)
    >>> finding.verdict, finding.measured
    (True, '1 of 3 heads: mean rank on code 1.0 (step 100) → 3.0 (9,000); on all data 1.0 → 1.0')
    """
    both = [estimates(llc, name) for name in (CODE, "all")]
    steps = np.intersect1d(*(value.index for value, _ in both))
    pair = ends(steps, start, f"λ̂ on {CODE} and on all data")
    value, error = (
        pd.concat({n: table.loc[pair] for n, table in enumerate(part)}) for part in zip(*both, strict=True)
    )
    heads = value.dropna(axis=1).columns
    chosen = heads.isin(of_kind(head, INDUCTION, heads))
    if not chosen.any() or len(heads) < LEAST_HEADS:
        raise MissingData(f"no induction head with a reliable λ̂ on both at steps {pair[0]:,} and {pair[1]:,}")
    value, error = (table[heads].to_numpy().reshape(2, 2, -1) for table in (value, error))
    rank = rankdata(value, axis=-1)[..., chosen].mean(-1)  # (data, step)
    drawn = rankdata(draws(value, error, seed), axis=-1)[..., chosen].mean(-1)
    rise = drawn[..., 1] - drawn[..., 0]  # (draw, data)
    on_code = middle(rise[:, 0])
    return Finding(
        together([rises(on_code), rises(middle(rise[:, 0] - rise[:, 1]))]),
        f"{chosen.sum()} of {len(heads)} heads: mean rank on {CODE} {rank[0, 0]:.1f} (step {pair[0]:,}) → "
        f"{rank[0, 1]:.1f} ({pair[1]:,}); on all data {rank[1, 0]:.1f} → {rank[1, 1]:.1f}",
        *on_code,
    )


def same_order(llc: pd.DataFrame, sweep: pd.DataFrame) -> Finding:
    """A-7: Kendall's τ of the heads' order at other settings, and with other chains, at the last step.

    Earlier steps are only reported: while heads are alike their order is noise.

    >>> from devdash.measures.example_tables import estimates as rows
    >>> llc = rows([0, 9000], {f"head 0.{number}": [1.0, number] for number in range(4)})
    >>> finding = same_order(llc, llc[llc["step"] == 9000].assign(nbeta=100.0, llc=[0.0, 2, 1, 3]))
    >>> finding.verdict, finding.measured
    (False, 'nβ 100, γ 300: 0.67')
    """
    value, _ = estimates(llc)
    main = llc[["nbeta", "gamma"]].iloc[-1].tolist()
    swept = sweep[sweep["component"].str.startswith("head ") & (sweep["distribution"] == "all")]
    by_step = {}
    for (step, *setting), rows in swept.groupby(["step", "nbeta", "gamma"]):
        words = "other chains" if setting == main else "nβ {:g}, γ {:g}".format(*setting)
        by_step.setdefault(int(step), {})[words] = _tau(value, rows, step)
    last = by_step.pop(max(by_step, default=0), {})
    measured = [tau for tau in last.values() if tau == tau]
    if not measured:
        raise MissingData("no other setting with a reliable λ̂ of half of the heads")
    words = [f"{name}: {tau:.2f}" if tau == tau else f"{name}: too few" for name, tau in last.items()]
    earlier = {step: [tau for tau in taus.values() if tau == tau] for step, taus in by_step.items()}
    words += [f"step {step:,}: {min(taus):.2f} or more" for step, taus in earlier.items() if taus]
    verdict = together(above(interval(tau), SAME_ORDER) for tau in last.values())
    return Finding(verdict, "; ".join(words), min(measured), max(measured))


def _tau(value: pd.DataFrame, rows: pd.DataFrame, step: int) -> float:
    """τ over heads that are reliable at both settings; NaN where those are fewer than half."""
    good = rows[is_reliable(rows)].set_index("component")["llc"].astype(float)
    if step not in value.index:
        return nan
    pair = pd.concat([value.loc[step], good], axis=1).dropna()
    if len(pair) < max(LEAST_HEADS, rows["component"].nunique() / 2):
        return nan
    return float(kendalltau(*pair.to_numpy().T).statistic)
