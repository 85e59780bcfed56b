"""Plateaus of a loss curve at known levels, and the transitions between them."""

from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-3
SHORTEST = 2


@dataclass(frozen=True)
class Plateau:
    """A stretch of checkpoints at one level: first and last are positions, not steps.

    >>> plateau = Plateau("4", first=3, last=7)
    >>> plateau.last - plateau.first + 1  # checkpoints
    5
    """

    level: str
    first: int
    last: int


def nearest(loss: np.ndarray, levels: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Name of the nearest level and signed distance to it, for each loss.

    >>> names, gap = nearest(np.array([0.112, 0.069]), {"4": 0.11111, "5": 0.06874})
    >>> names.tolist(), gap.round(4)
    (['4', '5'], array([0.0009, 0.0003]))
    """
    names, values = np.array(list(levels)), np.array(list(levels.values()))
    distance = np.asarray(loss)[:, None] - values
    closest = np.abs(distance).argmin(1)
    return names[closest], distance[np.arange(len(closest)), closest]


def plateaus(level: np.ndarray, gap: np.ndarray) -> list[Plateau]:
    """Stretches of two or more checkpoints within 1e-3 of one level, in order.

    A stretch that leaves a level and returns to it, with no other in between, is one plateau.

    >>> level, gap = np.array(["4", "4", "4", "5", "5"]), np.array([0.0, 0.0, 0.01, 0.0, 0.0])
    >>> plateaus(level, gap)
    [Plateau(level='4', first=0, last=1), Plateau(level='5', first=3, last=4)]
    """
    stretches: list[Plateau] = []
    start = 0
    inside = np.where(np.abs(gap) <= TOLERANCE, level, "")
    for end in range(1, len(inside) + 1):
        if end < len(inside) and inside[end] == inside[start]:
            continue
        if inside[start] and end - start >= SHORTEST:
            if stretches and stretches[-1].level == inside[start]:
                stretches[-1] = Plateau(stretches[-1].level, stretches[-1].first, end - 1)
            else:
                stretches.append(Plateau(str(inside[start]), start, end - 1))
        start = end
    return stretches
