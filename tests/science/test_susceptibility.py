"""Susceptibilities against covariances in closed form; axes and separation of made matrices."""

import numpy as np
import pandas as pd
import pytest

from devdash.measures.heads import susceptibility as measure

TOKENS, HEADS = 300, ["head 0.0", "head 0.1", "head 1.0", "head 1.1"]


def observed(chains: int = 4, draws: int = 2000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Losses a · u that answer to one standard normal weight u; the slopes a (token,)."""
    random = np.random.default_rng(seed)
    slope = random.uniform(0, 2, TOKENS)
    return random.standard_normal((chains, draws, 1)) * slope, slope


def test_covariance_in_closed_form():
    losses, slope = observed()
    # φ = ā u and ℓ − L = (a − ā) u, so that χ = −ā (a − ā)
    expected = -slope.mean() * (slope - slope.mean())
    values = measure.susceptibilities(losses)
    assert values.shape == (TOKENS,)
    assert np.allclose(values, expected, rtol=0.05, atol=1e-9)
    assert abs(values.sum()) < 1e-9


def test_half_precision_is_enough():
    losses, _ = observed(draws=100)
    full = measure.susceptibilities(losses)
    assert (
        np.abs(measure.susceptibilities(losses.astype(np.float16)) - full).max() < 2e-3 * np.abs(full).max()
    )


def test_chains_are_pooled_around_their_common_mean():
    losses, _ = observed(chains=2, draws=10)
    losses[1] += 0.3 * losses[0, 0]
    pooled = losses.reshape(1, 20, TOKENS)
    assert np.allclose(measure.susceptibilities(losses), measure.susceptibilities(pooled), atol=1e-12)
    mean = pooled[0].mean(1)
    by_hand = [-np.cov(mean, pooled[0, :, token] - mean)[0, 1] for token in range(TOKENS)]
    assert np.allclose(measure.susceptibilities(losses), by_hand)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_diverged_chain_is_left_out(bad):
    losses, _ = observed(chains=3, draws=50)
    broken = losses.copy()
    broken[1, 30:, 7] = bad
    assert np.array_equal(measure.susceptibilities(broken), measure.susceptibilities(losses[[0, 2]]))
    with pytest.raises(ValueError, match="0 of 3 chains, of 50 draws each, are finite"):
        measure.susceptibilities(losses * bad)
    with pytest.raises(ValueError, match=r"shape \(50, 300\), expected \(chain, draw, token\)"):
        measure.susceptibilities(losses[0])


def made(seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Two patterns, told apart by the heads of layer 1 alone; scales differ by head."""
    random = np.random.default_rng(seed)
    pattern = np.where(random.random(TOKENS) < 0.3, "induction", "other")
    values = random.standard_normal((TOKENS, 4))
    values[:, 2:] += 5 * (pattern == "induction")[:, None]
    return measure.matrix(dict(zip(HEADS, (values * [1, 1e-3, 10, 0.1]).T, strict=True))), pattern


def test_matrix_needs_the_same_tokens():
    table, _ = made()
    assert table.shape == (TOKENS, 4) and list(table) == HEADS
    with pytest.raises(ValueError, match=r"'head 1\.0': 2"):
        measure.matrix({"head 0.0": np.zeros(3), "head 1.0": np.zeros(2)})


def test_standardised_columns():
    table, _ = made()
    scaled = measure.standardise(table)
    assert np.allclose(scaled.mean(), 0) and np.allclose(scaled.std(ddof=0), 1)
    with_flat = measure.standardise(table.assign(flat=0.1))
    assert (with_flat["flat"] == 0).all()
    pd.testing.assert_frame_equal(with_flat[HEADS], scaled)
    with pytest.raises(ValueError, match="same for all tokens"):
        measure.standardise(table * 0)


def test_first_axis_is_what_separates():
    table, pattern = made()
    axes = measure.principal(table)
    first = axes.loadings[1]
    assert axes.loadings.shape == (4, 3) and axes.scores.shape == (TOKENS, 3)
    assert (first[["head 1.0", "head 1.1"]] > 0.6).all() and (
        first[["head 0.0", "head 0.1"]].abs() < 0.2
    ).all()
    assert axes.scores[pattern == "induction", 0].min() > axes.scores[pattern == "other", 0].max() - 1
    assert (np.diff(axes.explained) < 0).all() and 0.4 < axes.explained[0] < axes.explained.sum() < 1
    assert np.allclose(axes.scores.var(0), 4 * axes.explained)
    opposite = measure.principal(-table)
    pd.testing.assert_frame_equal(axes.loadings, opposite.loadings)
    largest = axes.loadings.abs().idxmax()
    assert all(axes.loadings.loc[head, axis] > 0 for axis, head in largest.items())
    with pytest.raises(ValueError, match=r"5 axes .*between 1 and 4"):
        measure.principal(table, 5)


def test_axis_rows_are_the_loadings():
    table, _ = made()
    rows, axes = measure.axis_rows(table), measure.principal(table)
    assert list(rows) == ["axis", "explained", "component", "loading"] and len(rows) == 12
    for row in rows.itertuples():
        assert row.loading == axes.loadings.loc[row.component, row.axis]
        assert row.explained == axes.explained[row.axis - 1]


def test_separation_of_patterns_is_above_its_null():
    table, pattern = made()
    separation = measure.pattern_separation(table, pattern, seed=0)
    z = measure.standardise(table)
    by_hand = sum(len(group) * (group.mean() ** 2).sum() for _, group in z.groupby(pattern)) / (TOKENS * 4)
    assert separation.value == pytest.approx(by_hand)
    # two groups: one degree of freedom of TOKENS − 1
    assert separation.null_mean == pytest.approx(1 / (TOKENS - 1), rel=0.5)
    assert separation.value > separation.null_mean + 20 * separation.null_sd
    assert separation == measure.pattern_separation(table, pattern, seed=0)
    shuffled = measure.pattern_separation(table, np.random.default_rng(1).permutation(pattern), seed=0)
    assert abs(shuffled.value - shuffled.null_mean) < 4 * shuffled.null_sd
    with pytest.raises(ValueError, match="299 patterns for 300 tokens"):
        measure.pattern_separation(table, pattern[1:], seed=0)
