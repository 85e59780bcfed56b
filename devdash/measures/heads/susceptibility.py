"""Susceptibilities of tokens: how the loss of a component answers to more weight on a token.

Source: Baker et al. 2025 (arXiv 2504.18274). χ_xy = −Cov(φ, ℓ_xy − L) over draws of the component's
posterior, φ = L(w) − L(w*). nβ is not a factor of it: the derivative of ⟨φ⟩ is nβ χ.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

PERMUTATIONS = 99
ROUNDING = 1e-12


def susceptibilities(observed: np.ndarray) -> np.ndarray:
    """χ (token,), in nats², from ℓ(w) − ℓ(w*) of tokens, (chain, draw, token).

    L is the mean over the tokens observed, so that χ sums to 0. All chains sample one posterior: the
    covariance is around the mean of all draws. A chain with a value that is not finite is left out.

    >>> random = np.random.default_rng(0)
    >>> losses = random.normal(size=(4, 500, 1)) * np.array([1.0, -1.0, 3.0])  # (chain, draw, token)
    >>> susceptibilities(losses)[1:].round(1)  # the three sum to 0
    array([ 2., -2.])
    """
    observed = np.asarray(observed)
    if observed.ndim != 3:
        raise ValueError(
            f"susceptibilities: observed of shape {observed.shape}, expected (chain, draw, token)"
        )
    sound = observed[np.isfinite(observed).all((1, 2))]
    if sound.shape[0] * sound.shape[1] < 2:
        raise ValueError(
            f"susceptibilities: {len(sound)} of {len(observed)} chains, of {observed.shape[1]} draws each, "
            "are finite; a covariance needs two draws. Where chains diverged, sample with a smaller ε"
        )
    losses = sound.reshape(-1, sound.shape[-1]).astype(float)
    mean = losses.mean(1)
    apart = losses - mean[:, None]
    return -(mean - mean.mean()) @ (apart - apart.mean(0)) / (len(losses) - 1)


def matrix(by_head: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Susceptibilities, token × head, from those of each head, (token,).

    >>> matrix({"head 0.0": np.array([0.1, -0.1]), "head 0.1": np.array([0.3, -0.3])}).shape
    (2, 2)
    """
    lengths = {head: len(rows) for head, rows in by_head.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"matrix: numbers of tokens {lengths}; give the same tokens for every head")
    return pd.DataFrame(dict(by_head))


def standardise(table: pd.DataFrame) -> pd.DataFrame:
    """Columns with mean 0 and standard deviation 1; one that does not vary is 0.

    >>> standardise(pd.DataFrame({"head 0.0": [1.0, 3.0], "head 0.1": [2.0, 2.0]}))
       head 0.0  head 0.1
    0      -1.0       0.0
    1       1.0       0.0
    """
    centred, spread = table - table.mean(), table.std(ddof=0)
    varies = spread > ROUNDING * table.abs().max()
    if not varies.any():
        raise ValueError("susceptibilities are the same for all tokens: no weight has moved in any chain")
    return (centred / spread.where(varies, 1.0)).where(varies, 0.0, axis=1)


class Principal(NamedTuple):
    """loadings: head × axis, unit length; explained: (axis,), share of variance; scores: (token, axis).

    >>> table = pd.DataFrame({"head 0.0": [1.0, 2, 3], "head 0.1": [-1.0, -2, -3]})
    >>> principal(table, axes=1).loadings.round(2)
                 1
    head 0.0  0.71
    head 0.1 -0.71
    """

    loadings: pd.DataFrame
    explained: np.ndarray
    scores: np.ndarray


def principal(table: pd.DataFrame, axes: int = 3) -> Principal:
    """Principal axes, numbered from 1, of standardised susceptibilities, token × head.

    An axis points to where its largest loading is positive.

    >>> table = pd.DataFrame({"head 0.0": [1.0, 2, 3, 4], "head 0.1": [1, 2, 3, 5], "head 1.0": [1, 0, 0, 1]})
    >>> axes = principal(table, axes=2)
    >>> axes.loadings.shape, axes.explained.round(2), axes.scores.shape
    ((3, 2), array([0.67, 0.33]), (4, 2))
    """
    if not 1 <= axes <= min(table.shape):
        raise ValueError(
            f"principal: {axes} axes of a matrix of shape {table.shape}; between 1 and {min(table.shape)} "
            "are possible"
        )
    values = standardise(table).to_numpy()
    _, size, directions = np.linalg.svd(values, full_matrices=False)
    directions = directions[:axes]
    largest = directions[np.arange(axes), np.abs(directions).argmax(1)]
    directions = directions * np.sign(largest)[:, None]
    loadings = pd.DataFrame(directions.T, index=table.columns, columns=range(1, axes + 1))
    return Principal(loadings, size[:axes] ** 2 / (size**2).sum(), values @ directions.T)


def axis_rows(table: pd.DataFrame, axes: int = 3) -> pd.DataFrame:
    """Rows of susceptibility_axis, without step and nβ: axis, explained, component, loading.

    >>> table = pd.DataFrame({"head 0.0": [1.0, 2, 3], "head 0.1": [1.0, 2, 3]})
    >>> axis_rows(table, axes=1).round(2)
       axis  explained component  loading
    0     1        1.0  head 0.0     0.71
    1     1        1.0  head 0.1     0.71
    """
    components, parts = principal(table, axes), []
    for (axis, loading), share in zip(components.loadings.items(), components.explained, strict=True):
        part = {"axis": axis, "explained": share, "component": loading.index, "loading": loading.to_numpy()}
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


class Separation(NamedTuple):
    """value: η²; null_mean, null_sd: of η² where patterns are permuted between tokens.

    >>> apart = Separation(value=0.30, null_mean=0.02, null_sd=0.01)
    >>> round((apart.value - apart.null_mean) / apart.null_sd)  # standard deviations above chance
    28
    """

    value: float
    null_mean: float
    null_sd: float


def pattern_separation(table: pd.DataFrame, patterns: np.ndarray, seed: int) -> Separation:
    """Share of the variance of standardised susceptibilities, token × head, that lies between patterns.

    patterns: (token,), the kind of each token.

    >>> table = pd.DataFrame({"head 0.0": [1.0, 1, 1, 5, 5, 5], "head 0.1": [0.0, 0, 0, 1, 1, 1]})
    >>> patterns = np.array(["word", "word", "word", "digit", "digit", "digit"])
    >>> apart = pattern_separation(table, patterns, seed=0)
    >>> apart.value, apart.null_mean < 0.5
    (1.0, True)
    """
    if len(patterns) != len(table):
        raise ValueError(
            f"pattern_separation: {len(patterns)} patterns for {len(table)} tokens; give one for each"
        )
    values = standardise(table).to_numpy()
    names, labels = np.unique(np.asarray(patterns, str), return_inverse=True)
    tokens = np.bincount(labels)[:, None]

    def share(codes: np.ndarray) -> float:
        sums = np.zeros((len(names), values.shape[1]))
        np.add.at(sums, codes, values)
        return float((sums**2 / tokens).sum() / (values**2).sum())

    random = np.random.default_rng(seed)
    null = [share(random.permutation(labels)) for _ in range(PERMUTATIONS)]
    return Separation(share(labels), float(np.mean(null)), float(np.std(null, ddof=1)))
