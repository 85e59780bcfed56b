"""Bayesian influence between tokens: how the loss of one moves when another weighs more in the posterior.

Source: Kreer et al. 2025 (arXiv 2509.26544): BIF(i, j) = −Cov(ℓ_i, ℓ_j) over draws from the whole model's
localised posterior; over stages of training arXiv 2510.12071. Here divided by both standard deviations, so
that it lies between −1 and 1: below 0, learning from token i lowers the loss of token j. The loss kernel is
the same without the sign. Two replicates of the chains tell what is no noise. losses: (draw, token), of one
replicate.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

TINY = 1e-12


def kernel(losses: np.ndarray) -> np.ndarray:
    """Correlation of losses over draws, (token, token); 0 where a loss does not move.

    >>> draws = np.array([[0.0, 0.0, 1.0], [1.0, 2.0, 3.0], [2.0, 4.0, 1.0]])
    >>> kernel(draws).round(2).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    standard = _standard(losses)
    return standard.T @ standard


def _standard(losses: np.ndarray) -> np.ndarray:
    losses = np.asarray(losses, float)
    if losses.ndim != 2 or len(losses) < 2 or not np.isfinite(losses).all():
        raise ValueError(
            f"influence: losses of shape {losses.shape} given, expected (draw, token), 2 finite draws or more"
        )
    apart = losses - losses.mean(0)
    size = np.linalg.norm(apart, axis=0)
    return np.divide(apart, size, out=np.zeros_like(apart), where=size > TINY)


def reliability(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two replicates' kernels, (token, token), over pairs of different tokens.

    >>> parts = [np.array([[1.0, 0.2, 0.5], [0.2, 1.0, 0.1], [0.5, 0.1, 1.0]])] * 2
    >>> round(reliability(*parts), 3)
    1.0
    """
    pairs = np.triu_indices(len(one), 1)
    return float(np.corrcoef(one[pairs], other[pairs])[0, 1])


def strongest(one: np.ndarray, other: np.ndarray, of: Sequence[int], apart: int, count: int) -> pd.DataFrame:
    """The tokens that push the losses of some most: rows with token, partner, rank, influence, low, high.

    one, other: kernels of two replicates. of: tokens, numbers; apart: a partner is at least so many tokens
    away. influence: mean of the replicates, low and high: the two of them. Ranked by the weaker of the
    two, which counts as 0 where their signs differ, so that noise does not come first.

    >>> one = np.array([[1.0, -0.6, 0.3], [-0.6, 1.0, 0.0], [0.3, 0.0, 1.0]])
    >>> strongest(one, one, of=[0], apart=1, count=2)[["token", "partner", "rank", "influence"]]
       token  partner  rank  influence
    0      0        1     1        0.6
    1      0        2     2       -0.3
    """
    rows = []
    for token in of:
        first, second = -one[token], -other[token]
        weaker = np.where(np.sign(first) == np.sign(second), np.minimum(abs(first), abs(second)), 0.0)
        weaker[max(0, token - apart + 1) : token + apart] = -1.0
        partners = np.argsort(-weaker, kind="stable")[: min(count, int((weaker >= 0).sum()))]
        both = np.stack([first[partners], second[partners]])
        rows.append(
            pd.DataFrame(
                {
                    "token": token,
                    "partner": partners,
                    "rank": np.arange(1, len(partners) + 1),
                    "influence": both.mean(0),
                    "low": both.min(0),
                    "high": both.max(0),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)
