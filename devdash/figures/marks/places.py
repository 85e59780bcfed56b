"""Where marks stand: names of panels' axes, labels moved apart and stacked."""

import numpy as np


def axis(letter: str, panel: int) -> str:
    """Plotly's name of a panel's axis: 'x', 'x2', 'x3' …

    >>> axis("y", 1), axis("y", 3)
    ('y', 'y3')
    """
    return letter if panel == 1 else f"{letter}{panel}"


def apart(values, gap: float) -> np.ndarray:
    """Values moved until neighbours are `gap` from each other, in their order, around their mean.

    >>> apart([0.0, 1.0, 50.0], 14).round(1).tolist()
    [-6.5, 7.5, 50.0]
    """
    order = np.argsort(values, kind="stable")
    places = np.array(values, float)[order]
    for _ in range(100):
        short = gap - np.diff(places)
        if (short <= 1e-6 * gap).all():
            break
        push = np.where(short > 0, short / 2, 0)
        places[:-1] -= push
        places[1:] += push
    moved = np.empty_like(places)
    moved[order] = places
    return moved


def stack(lows, highs) -> list[int]:
    """The lowest row for each interval in which it touches none before it.

    >>> stack([0, 1, 3], [2, 4, 5])
    [0, 1, 0]
    """
    ends: list[float] = []
    rows = []
    for low, high in zip(lows, highs, strict=True):
        row = next((r for r, end in enumerate(ends) if end < low), len(ends))
        ends[row : row + 1] = [high]
        rows.append(row)
    return rows
