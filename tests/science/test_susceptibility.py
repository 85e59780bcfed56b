"""Tables of susceptibilities: what heads have in common, standardised columns and axes of made ones."""

import numpy as np
import pandas as pd
import pytest

from devdash.measures.heads import susceptibility as measure

TOKENS, HEADS = 300, ["head 0.0", "head 0.1", "head 1.0", "head 1.1"]


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


def test_what_all_heads_have_in_common_is_taken_out():
    table, _ = made()
    common = np.random.default_rng(1).standard_normal(TOKENS)
    with_common = table / table.std() + 10 * common[:, None]
    rest = measure.without_common(with_common)
    assert np.allclose(rest.mean(axis=1), 0)
    assert np.abs(np.corrcoef(rest["head 0.0"], common)[0, 1]) < 4 / TOKENS**0.5
    assert np.corrcoef(measure.standardise(with_common)["head 0.0"], common)[0, 1] > 0.9
