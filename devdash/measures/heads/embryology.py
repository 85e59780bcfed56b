"""The map of tokens by their susceptibilities, at each checkpoint, each placed near the one before.

Source: Wang et al. 2025 (arXiv 2508.00331), UMAP of each token's susceptibilities; maps are joined by
aligned UMAP (McInnes et al.; umap.AlignedUMAP), where a token is the same token at every checkpoint.
"""

import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np

COMPILED = ("umap", "pynndescent")


def aligned(
    matrices: Mapping[int, np.ndarray], seed: int, neighbours: int = 30, min_dist: float = 0.1
) -> dict[int, np.ndarray]:
    """Step → coordinates (token, 2), from step → susceptibilities (token, head), columns standardised.

    The same seed gives the same map. The units of the coordinates mean nothing.

    >>> aligned({0: np.zeros((40, 16)), 100: np.zeros((50, 16))}, seed=0)
    Traceback (most recent call last):
        ...
    ValueError: aligned: matrices of shapes {0: (40, 16), 100: (50, 16)}, expected (token, head), ...
    """
    steps = sorted(matrices)
    tables = [np.asarray(matrices[step], float) for step in steps]
    _check(dict(zip(steps, tables, strict=True)), neighbours)
    from umap import AlignedUMAP

    _keep_compiled()
    tokens = len(tables[0])
    same = {token: token for token in range(tokens)}
    model = AlignedUMAP(
        n_neighbors=neighbours, min_dist=min_dist, random_state=seed, transform_seed=seed, n_components=2
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="n_jobs value")  # a seed means one thread, as wanted
        embeddings = model.fit_transform(tables, relations=[same] * (len(tables) - 1))
    return {step: np.asarray(places) for step, places in zip(steps, embeddings, strict=True)}


def _keep_compiled() -> None:
    """Numba's code of UMAP serves later processes too: to compile it takes longer than most maps."""
    from numba.core.dispatcher import Dispatcher

    modules = [module for name, module in sys.modules.items() if name.partition(".")[0] in COMPILED]
    for function in [value for module in modules for value in vars(module).values()]:
        if isinstance(function, Dispatcher) and not function.py_func.__closure__:  # those are new each time
            with suppress(RuntimeError):  # no folder that may be written
                function.enable_caching()


class Neighbours(NamedTuple):
    """accuracy: share of tokens whose kind most of their neighbours have, with its standard error over texts;
    majority: share of the most frequent kind.

    >>> guesses = Neighbours(accuracy=0.6, std_err=0.02, majority=0.4)
    >>> guesses.accuracy - 2 * guesses.std_err > guesses.majority
    True
    """

    accuracy: float
    std_err: float
    majority: float


def kinds_by_neighbours(
    table: np.ndarray, kinds: Sequence[str], texts: Sequence[int], count: int = 15
) -> Neighbours:
    """Whether kinds of tokens can be told from their susceptibilities, by the nearest tokens of other texts.

    table: (token, head), columns standardised. kinds, texts: of each token. Tokens of one text are no
    neighbours: they share a context. Ties go to the kind that is more frequent in all.

    >>> table = np.array([[0.0], [0.1], [5.0], [5.1]])
    >>> kinds_by_neighbours(table, ["word", "word", "digit", "digit"], [0, 1, 0, 1], count=1)
    Neighbours(accuracy=1.0, std_err=0.0, majority=0.5)
    """
    values, texts = np.asarray(table, float), np.asarray(texts)
    names, labels, counts = np.unique(np.asarray(kinds, str), return_inverse=True, return_counts=True)
    others = min(int((texts != text).sum()) for text in np.unique(texts))
    if not 1 <= count <= others:
        raise ValueError(
            f"kinds_by_neighbours: {count} neighbours given, expected 1 to {others}, of other texts"
        )
    squares = (values**2).sum(1)
    right = np.zeros(len(values))
    for text in np.unique(texts):
        rows, rest = np.flatnonzero(texts == text), np.flatnonzero(texts != text)
        distances = squares[rest] - 2 * values[rows] @ values[rest].T
        nearest = labels[rest[np.argpartition(distances, count - 1, axis=1)[:, :count]]]
        votes = (nearest[..., None] == np.arange(len(names))).sum(1) + counts / (len(values) + 1)
        right[rows] = votes.argmax(1) == labels[rows]
    by_text = [right[texts == text].mean() for text in np.unique(texts)]
    error = float(np.std(by_text, ddof=1) / len(by_text) ** 0.5) if len(by_text) > 1 else float("nan")
    return Neighbours(float(right.mean()), error, float(counts.max() / len(values)))


def _check(matrices: dict[int, np.ndarray], neighbours: int) -> None:
    shapes = {step: table.shape for step, table in matrices.items()}
    if len(shapes) < 2 or len(set(shapes.values())) != 1 or any(len(shape) != 2 for shape in shapes.values()):
        raise ValueError(
            f"aligned: matrices of shapes {shapes}, expected (token, head), the same at 2 steps or more"
        )
    bad = [step for step, table in matrices.items() if not np.isfinite(table).all()]
    if bad:
        raise ValueError(
            f"aligned: susceptibilities at step {bad[0]} are not all finite; leave that step out"
        )
    tokens = len(next(iter(matrices.values())))
    if not 2 <= neighbours < tokens:
        raise ValueError(
            f"aligned: {neighbours} neighbours of {tokens} tokens, expected 2 or more and fewer than tokens"
        )
