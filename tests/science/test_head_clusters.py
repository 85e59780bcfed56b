"""Clusters of made curves: found, stable, agreeing with types where there is something to find."""

import numpy as np
import pandas as pd
import pytest

from devdash.measures.heads import clusters as head_clusters
from devdash.measures.heads.clusters import cluster, on_grid, permutation_test

STEPS = [0, 3, 9, 30, 99, 300, 999, 3000, 9999]
HEADS = [f"head {layer}.{number}" for layer in (0, 1) for number in range(6)]
KINDS = pd.Series(["late", "early", "flat"] * 4, index=HEADS)
SHAPES = {
    "late": lambda x: 10 / (1 + np.exp(4 * (3 - x))),
    "early": lambda x: 5 * x,
    "flat": lambda x: 3 + 0 * x,
}


def made(noise: float, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Curves of three shapes and their errors."""
    x = np.log10(np.array(STEPS) + 1)
    values = np.stack([SHAPES[kind](x) for kind in KINDS])
    values = values + noise * np.random.default_rng(seed).standard_normal(values.shape)
    curves = pd.DataFrame(values, index=HEADS, columns=STEPS)
    return curves, pd.DataFrame(noise, index=HEADS, columns=STEPS)


@pytest.fixture(scope="module")
def clustered() -> head_clusters.Clusters:
    return cluster(*made(0.2), KINDS, seed=1, redraws=8)  # DTW takes its time


@pytest.mark.slow
def test_all_methods_find_the_shapes(clustered):
    agreement = clustered.head_agreement
    assert len(agreement) == 9 and (agreement["clusters"] == 3).all()
    # by shape alone a flat curve is noise: it is told apart by its level
    sizes = agreement[agreement["normalisation"] == "none"]
    assert (sizes["adjusted_rand"] == 1).all() and (sizes["stability"] > 0.99).all()
    assert (agreement["p_value"] >= 0.001).all() and (sizes["p_value"] < 0.01).all()
    assert (agreement["adjusted_rand"] > 0.3).all()


@pytest.mark.slow
def test_clusters_are_numbered_by_their_final_value(clustered):
    rows = clustered.head_cluster
    assert len(rows) == 9 * len(HEADS)
    by_shape = rows[(rows["method"] == "DTW k-means") & (rows["normalisation"] == "none")]
    by_kind = by_shape.set_index("component")["cluster"].groupby(KINDS).unique().map(list)
    # the last values are 3, about 9.8 and 20
    assert by_kind.to_dict() == {"flat": [0], "late": [1], "early": [2]}


@pytest.mark.slow
def test_merges_are_a_tree(clustered):
    for _, merges in clustered.head_merge.groupby("normalisation"):
        assert merges["merge"].tolist() == list(range(len(HEADS) - 1))
        parts = [*merges["first_part"], *merges["second_part"]]
        assert sorted(parts) == sorted([*HEADS, *(f"merge {m}" for m in range(len(HEADS) - 2))])
        assert merges["size"].iloc[-1] == len(HEADS) and merges["height"].is_monotonic_increasing
        sizes = dict.fromkeys(HEADS, 1) | dict(
            zip("merge " + merges["merge"].astype(str), merges["size"], strict=True)
        )
        assert (merges["first_part"].map(sizes) + merges["second_part"].map(sizes) == merges["size"]).all()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_clusters():
    one, other = (cluster(*made(0.2), KINDS, seed=1, redraws=1) for _ in range(2))
    for rows, again in zip(one, other, strict=True):
        pd.testing.assert_frame_equal(rows, again)


@pytest.mark.slow
def test_large_errors_make_clusters_unstable():
    curves, errors = made(0.2)
    rows = cluster(curves, errors * 100, KINDS, seed=1, redraws=3).head_agreement
    assert (rows["stability"] < 0.3).all()


@pytest.mark.slow
def test_types_of_one_kind_agree_with_nothing():
    rows = cluster(*made(0.2), pd.Series("multigram", index=HEADS), seed=1, redraws=1).head_agreement
    assert (
        (rows["clusters"] == 2).all() and (rows["adjusted_rand"] == 0).all() and (rows["p_value"] == 1).all()
    )


def test_permuted_types_agree_by_chance():
    clusters, random = np.repeat([0, 1, 2], 4), np.random.default_rng(0)
    p = [permutation_test(clusters, random.permutation(clusters), seed=s)[1] for s in range(40)]
    assert 0.3 < np.mean(p) < 0.9 and np.mean(np.array(p) < 0.05) < 0.2
    assert permutation_test(clusters, clusters, seed=0) == (1.0, pytest.approx(0.001))


def test_grid_is_even_in_the_logarithm_and_bridges_gaps():
    steps = [9999, 0, 99, 9, 999]
    curves = pd.DataFrame([np.log10(np.array(steps) + 1) * slope for slope in (1.0, 2.0)], columns=steps)
    errors = curves * 0 + 0.1
    curves.loc[1, 99], errors.loc[0, 9] = np.nan, np.nan
    assert np.allclose(on_grid(curves, errors), [[0, 1, 2, 3, 4], [0, 2, 4, 6, 8]])


def test_normalisations():
    curves = np.array([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]])
    assert np.allclose(head_clusters.standardised(curves), [[-(1.5**0.5), 0, 1.5**0.5], [0, 0, 0]])
    assert np.allclose(head_clusters.min_max(curves), [[0, 0.5, 1], [0, 0, 0]])


def test_bad_input_is_named():
    curves, errors = made(0.2)
    with pytest.raises(ValueError, match=r"\(12, 9\) and errors \(12, 8\)"):
        cluster(curves, errors.iloc[:, 1:], KINDS, 0)
    with pytest.raises(ValueError, match=r"head 1\.5 have a curve but no type"):
        cluster(curves, errors, KINDS[:-1], 0)
    errors.iloc[3, 2:] = np.nan
    with pytest.raises(ValueError, match=r"head 0\.3 have λ̂ with an error at fewer than 3"):
        cluster(curves, errors, KINDS, 0)
