"""Susceptibilities of tokens to heads as one table, and its principal axes.

Source: Baker et al. 2025 (arXiv 2504.18274). How they are measured stands in `moments`; nβ is not a factor
of them.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

ROUNDING = 1e-12


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
    centred, deviation = table - table.mean(), table.std(ddof=0)
    varies = deviation > ROUNDING * table.abs().max()
    if not varies.any():
        raise ValueError("susceptibilities are the same for all tokens: no weight has moved in any chain")
    return (centred / deviation.where(varies, 1.0)).where(varies, 0.0, axis=1)


def without_common(table: pd.DataFrame) -> pd.DataFrame:
    """Standardised susceptibilities, token × head, less what all heads have in common for each token.

    Most of what replicates share is that one mode: the token moves whichever head does.

    >>> table = pd.DataFrame({"head 0.0": [1.0, 3.0, 2.0], "head 0.1": [2.0, 6.0, 4.0]})
    >>> bool(without_common(table).abs().to_numpy().max() < 1e-9)  # they have all in common
    True
    """
    values = standardise(table)
    return values.sub(values.mean(axis=1), axis=0)


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
