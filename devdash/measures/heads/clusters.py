"""Clusters of heads by their curves of λ̂, their stability, and their agreement with the heads' types.

Source: Wang et al. 2024 (arXiv 2410.02984). Curves are compared on an even grid in
log₁₀(step + 1), each normalised by itself; there are as many clusters as types, at least two.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

PERMUTATIONS = 999
STARTS = 10  # of a K-means, the best is kept
FEWEST = 3
TINY = 1e-12


class Clusters(NamedTuple):
    """Rows of the tables head_cluster, head_agreement and head_merge.

    >>> Clusters._fields
    ('head_cluster', 'head_agreement', 'head_merge')
    """

    head_cluster: pd.DataFrame
    head_agreement: pd.DataFrame
    head_merge: pd.DataFrame


def cluster(
    curves: pd.DataFrame, errors: pd.DataFrame, kinds: pd.Series, seed: int, redraws: int = 20
) -> Clusters:
    """All methods with all normalisations.

    curves: λ̂, index head, columns step; errors: its standard errors, of the same shape. Points where
    either is missing are interpolated. kinds: head → type. Clusters are numbered from 0 by the mean of
    their heads' final λ̂. stability: mean adjusted Rand index between the clusters and those of `redraws` sets
    of curves redrawn with their errors; p_value: of 999 permutations of the types, (1 + b) / (1 + n).

    >>> heads = ["head 0.0", "head 0.1"]
    >>> curves = pd.DataFrame({0: [1.0, 1.0], 10: [2.0, 1.0], 100: [4.0, 1.0]}, index=heads)  # step → λ̂
    >>> cluster(curves, 0 * curves, pd.Series({"head 0.0": "induction"}), seed=0)
    Traceback (most recent call last):
        ...
    ValueError: cluster: head 0.1 have a curve but no type; give a type for every head
    """
    kinds = _checked(curves, errors, kinds)
    count = max(2, kinds.nunique())
    curve, redrawn = on_grid(curves, errors), _redrawn(curves, errors, seed, redraws)
    members, agreement, merges = [], [], []
    for normalisation, normalise in NORMALISATIONS.items():
        curve_set, others = normalise(curve), [normalise(other) for other in redrawn]
        merges.append(_merge_rows(curve_set, list(curves.index)).assign(normalisation=normalisation))
        for method, assign in METHODS.items():
            place = {"method": method, "normalisation": normalisation}
            labels = _ordered(assign(curve_set, count, seed), curve[:, -1])
            members += [
                place | {"component": head, "cluster": int(number)}
                for head, number in zip(curves.index, labels, strict=True)
            ]
            again = [assign(other, count, seed) for other in others]
            stability = float(np.mean([adjusted_rand(labels, other) for other in again]))
            value, p = permutation_test(labels, kinds.to_numpy(), seed)
            agreement.append(
                place | {"clusters": count, "adjusted_rand": value, "p_value": p, "stability": stability}
            )
    return Clusters(pd.DataFrame(members), pd.DataFrame(agreement), pd.concat(merges, ignore_index=True))


def _checked(curves: pd.DataFrame, errors: pd.DataFrame, kinds: pd.Series) -> pd.Series:
    """The types in the order of the curves, or an error that says what is wrong."""
    if not (curves.index.equals(errors.index) and curves.columns.equals(errors.columns)):
        raise ValueError(
            f"cluster: curves {curves.shape} and errors {errors.shape} differ in heads or steps; give both "
            "with the same index and columns"
        )
    untyped = curves.index.difference(kinds.index)
    if len(untyped):
        raise ValueError(
            f"cluster: {', '.join(untyped)} have a curve but no type; give a type for every head"
        )
    kinds = kinds[curves.index]
    few = curves.index[_measured(curves, errors).sum(1) < FEWEST]
    if len(few):
        raise ValueError(
            f"cluster: {', '.join(few)} have λ̂ with an error at fewer than {FEWEST} steps; measure more"
        )
    if len(curves) < max(2, kinds.nunique()):
        raise ValueError(f"cluster: {len(curves)} head given, expected 2 or more")
    return kinds


def _measured(curves: pd.DataFrame, errors: pd.DataFrame) -> np.ndarray:
    return np.isfinite(curves.to_numpy(float)) & np.isfinite(errors.to_numpy(float))


def on_grid(curves: pd.DataFrame, errors: pd.DataFrame, noise: np.ndarray | float = 0.0) -> np.ndarray:
    """Curves (head, point) on as many points as steps, even in log₁₀(step + 1).

    noise: (head, step), added in units of the errors.

    >>> curves = pd.DataFrame({0: [0.0, 1.0], 9: [1.0, np.nan], 9_999: [4.0, 5.0]})  # step → λ̂ of two heads
    >>> on_grid(curves, 0 * curves)  # at steps 0, 99 and 9,999
    array([[0., 2., 4.],
           [1., 3., 5.]])
    """
    x = np.log10(curves.columns.to_numpy(float) + 1)
    grid, order = np.linspace(x.min(), x.max(), len(x)), np.argsort(x)
    values = curves.to_numpy(float) + noise * errors.to_numpy(float)
    places = [order[measured[order]] for measured in _measured(curves, errors)]
    return np.stack([np.interp(grid, x[at], row[at]) for at, row in zip(places, values, strict=True)])


def _redrawn(curves: pd.DataFrame, errors: pd.DataFrame, seed: int, redraws: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [on_grid(curves, errors, random.standard_normal(curves.shape)) for _ in range(redraws)]


def _ordered(labels: np.ndarray, final: np.ndarray) -> np.ndarray:
    """Clusters renumbered from 0 by the mean of `final`, (head,)."""
    names = np.unique(labels)
    order = names[np.argsort([final[labels == name].mean() for name in names])]
    return np.argsort(order)[np.searchsorted(names, labels)]


def standardised(curves: np.ndarray) -> np.ndarray:
    """Each curve with mean 0 and standard deviation 1; a flat one is 0.

    >>> standardised(np.array([[1.0, 3.0], [2.0, 6.0]])).round(2).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """
    return (curves - curves.mean(1, keepdims=True)) / np.maximum(curves.std(1, keepdims=True), TINY)


def min_max(curves: np.ndarray) -> np.ndarray:
    """Each curve from 0 to 1; a flat one is 0.

    >>> min_max(np.array([[1.0, 2, 3]])).tolist()
    [[0.0, 0.5, 1.0]]
    """
    low = curves.min(1, keepdims=True)
    return (curves - low) / np.maximum(curves.max(1, keepdims=True) - low, TINY)


def _k_means(curves: np.ndarray, clusters: int, seed: int) -> np.ndarray:
    """Cluster (head,) by Euclidean distance."""
    from sklearn.cluster import KMeans

    return KMeans(clusters, n_init=STARTS, random_state=seed).fit(curves).labels_


def _dtw_k_means(curves: np.ndarray, clusters: int, seed: int) -> np.ndarray:
    """Cluster (head,) by dynamic time warping, with DTW barycentres (Petitjean et al. 2011)."""
    from tslearn.clustering import TimeSeriesKMeans

    model = TimeSeriesKMeans(clusters, n_init=STARTS, metric="dtw", random_state=seed)
    return model.fit(curves[:, :, None]).labels_


def _hierarchical(curves: np.ndarray, clusters: int, seed: int) -> np.ndarray:
    """Cluster (head,) by Ward's method, which draws nothing at random."""
    from scipy.cluster.hierarchy import fcluster, linkage

    return fcluster(linkage(curves, "ward"), clusters, "maxclust")


def _merge_rows(curves: np.ndarray, heads: list[str]) -> pd.DataFrame:
    """Rows of head_merge without normalisation: the tree of Ward's method from its leaves to its root."""
    from scipy.cluster.hierarchy import linkage

    tree = linkage(curves, "ward")
    names = [*heads, *(f"merge {merge}" for merge in range(len(tree)))]
    return pd.DataFrame(
        {
            "merge": range(len(tree)),
            "first_part": [names[int(i)] for i in tree[:, 0]],
            "second_part": [names[int(i)] for i in tree[:, 1]],
            "height": tree[:, 2],
            "size": tree[:, 3].astype(int),
        }
    )


def adjusted_rand(one: np.ndarray, other: np.ndarray) -> float:
    """Adjusted Rand index of two partitions: 1 if they are the same, about 0 by chance.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([5, 5, 2, 2]))
    1.0
    """
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(one, other))


def permutation_test(clusters: np.ndarray, kinds: np.ndarray, seed: int) -> tuple[float, float]:
    """Adjusted Rand index of clusters and types, and how often permuted types agree as well.

    Under permutations the index only depends on the number of pairs that are together in both.

    >>> clusters, kinds = np.array([0, 0, 0, 1, 1, 1]), np.array(["a", "a", "a", "b", "b", "b"])
    >>> rand, p = permutation_test(clusters, kinds, seed=0)
    >>> rand, 0.05 < p < 0.2  # 2 of the 20 ways to draw three of six
    (1.0, True)
    """
    random, together = np.random.default_rng(seed), clusters[:, None] == clusters

    def pairs(partition: np.ndarray) -> int:
        return int((together & (partition[:, None] == partition)).sum())

    as_good = sum(pairs(random.permutation(kinds)) >= pairs(kinds) for _ in range(PERMUTATIONS))
    return adjusted_rand(clusters, kinds), (1 + as_good) / (1 + PERMUTATIONS)


Normalise = Callable[[np.ndarray], np.ndarray]
NORMALISATIONS: dict[str, Normalise] = {
    "none": lambda curves: curves,
    "standardised": standardised,
    "min–max": min_max,
}
METHODS = {"k-means": _k_means, "DTW k-means": _dtw_k_means, "hierarchical": _hierarchical}
