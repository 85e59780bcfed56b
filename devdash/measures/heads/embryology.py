"""The map of tokens by their susceptibilities, at each checkpoint, each placed near the one before.

Source: Wang et al. 2025 (arXiv 2508.00331), UMAP of each token's susceptibilities; maps are joined by
aligned UMAP (McInnes et al.; umap.AlignedUMAP), where a token is the same token at every checkpoint.
"""

import warnings
from collections.abc import Mapping

import numpy as np


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

    tokens = len(tables[0])
    same = {token: token for token in range(tokens)}
    model = AlignedUMAP(
        n_neighbors=neighbours, min_dist=min_dist, random_state=seed, transform_seed=seed, n_components=2
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="n_jobs value")  # a seed means one thread, as wanted
        embeddings = model.fit_transform(tables, relations=[same] * (len(tables) - 1))
    return {step: np.asarray(places) for step, places in zip(steps, embeddings, strict=True)}


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
