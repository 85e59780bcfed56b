"""Rank correlation against another library's."""

import numpy as np
from scipy.stats import spearmanr

from devdash.measures.trends import rank_correlation


def test_rank_correlation_is_spearman_s():
    pairs = np.random.default_rng(0).integers(6, size=(2, 50, 12)).astype(float)
    expected = [spearmanr(*pairs[:, i]).statistic for i in range(50)]
    assert np.allclose(rank_correlation(*pairs), expected)
    assert np.isnan(rank_correlation(np.ones(3), np.arange(3)))
