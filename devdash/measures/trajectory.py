"""The path of a model through the space of its outputs: principal axes, curvature, sharp turns.

Source: Hoogland et al. 2024, version 1 ("essential dynamics", arXiv 2402.02364v1). One row of outputs per
checkpoint, such as the logit of the true next token at one position of each of many contexts.
"""

import numpy as np
import pandas as pd

NEAR = 0.3  # decades within which a turn counts as close to a boundary
PLACEMENTS = 10_000
TINY = 1e-12
FEWEST = 3


def principal_axes(outputs, axes: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (feature,), directions (axis, feature) of unit length, and share of variance (axis,).

    outputs: (step, feature), in order of step. An axis points to where the training ends: its last score
    is positive (if that is 0, its largest one), so that the same outputs always give the same picture.

    >>> outputs = np.outer([0.0, 1, 2, 4], [3.0, 4, 0])  # a straight path, (step, feature)
    >>> mean, directions, explained = principal_axes(outputs, axes=1)
    >>> directions.round(2), explained.round(2)
    (array([[0.6, 0.8, 0. ]]), array([1.]))
    """
    outputs = _finite(outputs, "outputs")
    most = min(len(outputs) - 1, outputs.shape[1])
    if not 1 <= axes <= most:
        raise ValueError(
            f"{axes} axes of outputs of shape {outputs.shape}; between 1 and {most} are possible"
        )
    mean = outputs.mean(0)
    left, size, directions = np.linalg.svd(outputs - mean, full_matrices=False)
    if size[0] <= np.finfo(float).eps * np.abs(outputs).max() * len(outputs):
        raise ValueError("outputs are the same at every step; give those of checkpoints that differ")
    scores = left[:, :axes]
    largest = scores[np.abs(scores).argmax(0), np.arange(axes)]
    sign = np.sign(np.where(np.abs(scores[-1]) > 1e-9, scores[-1], largest))
    return mean, directions[:axes] * sign[:, None], size[:axes] ** 2 / (size**2).sum()


def project(outputs, mean: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Coordinates (step, axis) of outputs (step, feature) on another model's axes.

    >>> mean, directions, _ = principal_axes(np.outer([0.0, 1, 2, 4], [3.0, 4, 0]), axes=1)
    >>> project([[0.0, 0, 0], [3, 4, 0]], mean, directions).round(2)
    array([[-8.75],
           [-3.75]])
    """
    outputs = np.asarray(outputs, float)
    if outputs.shape[-1] != len(mean):
        raise ValueError(
            f"outputs have {outputs.shape[-1]} features, the axes {len(mean)}; use the same contexts"
        )
    return (outputs - mean) @ directions.T


def principal_trajectory(outputs, axes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates (step, axis) of the path on its own principal axes, and share of variance (axis,).

    >>> outputs = np.outer([0, 1, 2, 4], [3.0, 4, 0]) + np.outer([0, 1, 0, 0], [0, 0, 1.0])
    >>> coordinates, explained = principal_trajectory(outputs, axes=2)
    >>> coordinates.shape, explained.shape, bool(explained[0] > 0.99)
    ((4, 2), (2,), True)
    """
    mean, directions, explained = principal_axes(outputs, axes)
    return project(outputs, mean, directions), explained


def smooth(steps, coordinates, width: float) -> np.ndarray:
    """Gaussian average of coordinates (step, axis) over log₁₀(step + 1); width: its sd, in decades.

    Counted in steps the Gaussian widens in proportion to time. Each point counts by the log step that it
    stands for, so that dense checkpoints do not outweigh others; at the ends the weights are normalised.

    >>> smooth([0, 10, 100, 1000], np.ones((4, 2)), width=0.1).shape
    (4, 2)
    """
    coordinates, x = _finite(coordinates, "coordinates"), _log_steps(steps, len(coordinates))
    if not width > 0:
        raise ValueError(f"width is {width}; give a positive number of decades")
    weights = np.exp(-(((x[:, None] - x) / width) ** 2) / 2) * np.gradient(x)
    return weights / weights.sum(1, keepdims=True) @ coordinates


def forms(smoothed) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Curvature (step,), its radius (step,) and the centre (step, axis) of the osculating circle.

    By central differences over the length of chord: κ = |r″ normal to r′| / |r′|², which in three axes is
    |r′ × r″| / |r′|³, and centre = r + N/κ. NaN at both ends and where the path stands still; on a straight
    piece the radius is infinite and there is no centre.

    >>> angle = np.linspace(0, 1, 50)
    >>> curvature, radius, centre = forms(2 * np.column_stack([np.cos(angle), np.sin(angle)]))
    >>> radius[24:26].round(3), np.abs(centre[25]).round(3)
    (array([2., 2.]), array([0., 0.]))
    """
    path = _finite(smoothed, "smoothed")
    if path.shape[1] < 2:
        raise ValueError(f"a path of shape {path.shape} cannot bend; give at least 2 axes")
    chord = np.linalg.norm(np.diff(path, axis=0), axis=1)[:, None]
    curvature, centre = np.full(len(path), np.nan), np.full(path.shape, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        tangents = np.diff(path, axis=0) / chord
        before, after = chord[:-1], chord[1:]
        first = (tangents[:-1] * after + tangents[1:] * before) / (before + after)
        second = 2 * np.diff(tangents, axis=0) / (before + after)
        speed = (first**2).sum(1, keepdims=True)
        normal = (second - (second * first).sum(1, keepdims=True) / speed * first) / speed
        curvature[1:-1] = np.linalg.norm(normal, axis=1)
        centre[1:-1] = path[1:-1] + normal / (normal**2).sum(1, keepdims=True)
        radius = 1 / curvature
    return curvature, radius, np.where(np.isfinite(radius)[:, None], centre, np.nan)


def turns(steps, radius) -> pd.DataFrame:
    """Sharp turns as rows of trajectory_mark: step, kind, value (radius).

    A turn is sharp if its radius is at most half of what the path reaches on either side of it.

    >>> turns(steps=[1, 2, 3, 4, 5], radius=[np.nan, 4.0, 0.5, 4.0, np.nan])
       step        kind  value
    0     3  sharp turn    0.5
    """
    steps, radius = _inner(steps, radius)
    bend = -np.log2(radius.clip(max=radius[np.isfinite(radius)].max(initial=1)))
    return _marks(steps, radius, _peaks(bend, prominence=1), "sharp turn")


def vertices(steps, radius) -> pd.DataFrame:
    """Vertices as rows of trajectory_mark: curvature is stationary along the path, the evolute has a cusp.

    >>> vertices(steps=[1, 2, 3, 4, 5, 6], radius=[np.nan, 4.0, 0.5, 4.0, 3.0, np.nan])["step"].tolist()
    [3, 4]
    """
    steps, radius = _inner(steps, radius)
    places = np.sort(np.concatenate([_peaks(sign / radius) for sign in (1, -1)]))
    return _marks(steps, radius, places, "vertex")


def permutation_baseline(boundaries, turns, steps, seed: int = 0) -> tuple[float, float]:
    """Share of turns within 0.3 decades of a boundary, and how often chance does as well.

    Chance: as many turns on as many different checkpoints, each drawn in proportion to the log step that it
    stands for, so that dense checkpoints do not outweigh others. It does as well if the mean distance to the
    nearest boundary is no larger, where distances beyond 0.3 decades count as 0.3; the turns themselves are
    one of the placements. steps: the checkpoints at which a turn can be, where the path has a curvature.

    >>> permutation_baseline([10, 1000], [9, 1100], [1, 3, 9, 30, 100, 300, 1100, 3000, 10_000])[0]
    1.0
    """
    ends, places = (np.log10(np.asarray(numbers, float) + 1) for numbers in (boundaries, turns))
    if not len(ends) or not len(places):
        return float("nan"), float("nan")
    x = np.log10(np.unique(np.asarray(steps, float)) + 1)
    strange = places[~np.isclose(places[:, None], x).any(1)]
    if len(strange):
        raise ValueError(
            f"permutation_baseline: {len(strange)} of {len(places)} turns (first: step "
            f"{10 ** strange[0] - 1:,.0f}) are at none of the {len(x)} steps; give every step at which a "
            "turn can be"
        )

    def distance(log_steps):
        return np.abs(log_steps[..., None] - ends).min(-1).clip(max=NEAR)

    weights = np.log(np.gradient(x))  # the largest of log weight + Gumbel noise: drawn without replacement
    noise = np.random.default_rng(seed).gumbel(size=(PLACEMENTS, len(x)))
    drawn = x[np.argsort(-(weights + noise), axis=1)[:, : len(places)]]
    as_close = distance(drawn).mean(1) <= distance(places).mean() + TINY
    share = (np.abs(places[:, None] - ends).min(1) <= NEAR + TINY).mean()
    return float(share), float((1 + as_close.sum()) / (1 + PLACEMENTS))


def _peaks(values, prominence=None) -> np.ndarray:
    from scipy.signal import find_peaks  # 0.6 s that pages, which need the forms alone, can spare

    return find_peaks(values, prominence=prominence)[0]


def _finite(values, name: str) -> np.ndarray:
    values = np.asarray(values, float)
    if values.ndim != 2 or len(values) < FEWEST:
        raise ValueError(f"{name} of shape {values.shape}; give (step, …) with at least {FEWEST} steps")
    bad = ~np.isfinite(values).all(1)
    if bad.any():
        raise ValueError(
            f"{name} have missing or infinite values in {bad.sum()} of {len(values)} rows (first: row "
            f"{bad.argmax()}); leave these checkpoints out"
        )
    return values


def _log_steps(steps, count: int) -> np.ndarray:
    steps = np.asarray(steps, float)
    if steps.shape != (count,) or not (np.diff(steps) > 0).all() or not steps[0] >= 0:
        raise ValueError(
            f"steps of shape {steps.shape} for {count} rows; give one rising step from 0 on per row"
        )
    return np.log10(steps + 1)


def _inner(steps, radius) -> tuple[np.ndarray, np.ndarray]:
    """Steps and radius where the radius is known, that is without the ends of the path."""
    steps, radius = np.asarray(steps), np.asarray(radius, float)
    if steps.shape != radius.shape:
        raise ValueError(f"{steps.shape} steps for {radius.shape} radii; give one radius per step")
    measured = ~np.isnan(radius)
    return steps[measured], radius[measured]


def _marks(steps: np.ndarray, radius: np.ndarray, places: np.ndarray, kind: str) -> pd.DataFrame:
    return pd.DataFrame({"step": steps[places], "kind": kind, "value": radius[places]})
