"""Block Metropolis on a product of simplices: exp(−E(w)/T) over a uniform prior, no gradient.

One sweep changes every simplex once. With probability `fresh` the new point is a draw of the prior,
Dirichlet(1); else mass d = U(−1, 1) · 10^(−decades · U) goes from one entry to another. Both proposals
leave the uniform density as it is, so that E alone decides. Chains at neighbouring temperatures try to
exchange their points after each sweep (Geyer 1991). All chains move in lock-step.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from devdash.thinning import evenly

Energy = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Sweeps:
    """burn_in, draws: sweeps before and after; keep: how many points of each chain are returned at most.

    hottest: annealed chains begin at so many times their temperatures and reach them halfway through the
    burn-in, so that a random start does not end in the first basin it meets.

    >>> Sweeps(burn_in=100, draws=400)
    Sweeps(burn_in=100, draws=400, keep=200, fresh=0.3, decades=5.0, hottest=100.0)
    """

    burn_in: int = 1000
    draws: int = 3000
    keep: int = 200
    fresh: float = 0.3
    decades: float = 5.0
    hottest: float = 100.0


@dataclass(frozen=True)
class Drawn:
    """energies (chain, temperature, sweep), burn-in included; of one temperature, the distance of every
    sweep's point from `origin` (chain, sweep) and some points after burn-in (chain, kept, weight).

    acceptance: share of accepted moves (temperature,); exchanged: share of accepted exchanges.

    >>> energies, distances, points = np.zeros((4, 3, 500)), np.zeros((4, 500)), np.zeros((4, 200, 10))
    >>> drawn = Drawn(energies, distances, points, acceptance=np.full(3, 0.4), exchanged=0.5)
    >>> drawn.energies[:, 1, 100:].shape  # of the middle temperature, without a burn-in of 100 sweeps
    (4, 400)
    """

    energies: np.ndarray
    distances: np.ndarray
    points: np.ndarray
    acceptance: np.ndarray
    exchanged: float


def uniform(sizes: list[int], shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """Draws of the prior, (*shape, Σ sizes).

    >>> w = uniform([2, 3], (4,), np.random.default_rng(0))  # on a simplex of 2 and one of 3 corners
    >>> w.shape, w[:, :2].sum(1).round(9), w[:, 2:].sum(1).round(9)
    ((4, 5), array([1., 1., 1., 1.]), array([1., 1., 1., 1.]))
    """
    return np.concatenate([generator.dirichlet(np.ones(size), shape) for size in sizes], axis=-1)


def sample(
    energy: Energy,
    sizes: list[int],
    starts: np.ndarray,
    temperatures: np.ndarray,
    watched: int,
    origin: np.ndarray,
    settings: Sweeps,
    seed: int,
    annealed: np.ndarray | None = None,
) -> Drawn:
    """energy: (points (chain, weight), limits (chain,)) → E (chain,), ∞ allowed where it exceeds the limit.

    sizes: of the simplices, in the order of weights. starts: (chain, weight), the same at every temperature.
    annealed: (chain,) which chains are, by default none.
    watched: number of the temperature whose points and distances are returned.

    >>> def energy(w, limit):
    ...     return 100 * (1 - w[:, 0])  # lowest at the first corner
    >>> starts, origin = np.full((2, 3), 1 / 3), np.array([1.0, 0, 0])
    >>> drawn = sample(energy, [3], starts, np.array([1.0, 2.0]), 0, origin, Sweeps(20, 30, keep=10), seed=0)
    >>> drawn.energies.shape, drawn.points.shape, drawn.acceptance.shape
    ((2, 2, 50), (2, 10, 3), (2,))
    """
    generator, count = np.random.default_rng(seed), len(temperatures)
    w = np.repeat(starts, count, axis=0)
    heat = np.tile(temperatures, len(starts))
    value = energy(w, np.full(len(w), np.inf))
    if not np.isfinite(value).all():
        raise ValueError("block Metropolis: the energy of a start is not finite; start where it is")
    melted = np.repeat(np.zeros(len(starts), bool) if annealed is None else annealed, count)
    total = settings.burn_in + settings.draws
    kept = evenly(settings.draws, settings.keep) + settings.burn_in
    energies, distances = np.empty((total, len(w))), np.empty((total, len(starts)))
    points, accepted, exchanged = [], np.zeros(len(w)), []
    for sweep in range(total):
        left = max(0.0, 1 - 2 * sweep / settings.burn_in) if settings.burn_in else 0.0
        now = np.where(melted, heat * settings.hottest**left, heat)
        accepted += _sweep(energy, sizes, w, value, now, settings, generator)
        exchanged += _exchange(w, value, now, count, sweep % 2, generator)
        energies[sweep] = value
        distances[sweep] = np.linalg.norm(w[watched::count] - origin, axis=1)
        if sweep in kept:
            points.append(w[watched::count].copy())
    shape = (len(starts), count)
    return Drawn(
        np.moveaxis(energies.reshape(total, *shape), 0, -1),
        distances.T,
        np.stack(points, axis=1),
        accepted.reshape(shape).mean(0) / (total * len(sizes)),
        float(np.mean(exchanged)) if exchanged else float("nan"),
    )


def _sweep(energy, sizes, w, value, heat, settings: Sweeps, generator) -> np.ndarray:
    """Every simplex once, in place; how many moves each chain accepted."""
    accepted, ends = np.zeros(len(w)), np.cumsum(sizes)
    for end, size in zip(ends, sizes, strict=True):
        columns = slice(end - size, end)
        old = w[:, columns].copy()
        new, inside = _propose(old, settings, generator)
        limit = value + heat * generator.standard_exponential(len(w))  # E' below it: the move is accepted
        w[:, columns] = new
        changed = energy(w, np.where(inside, limit, -np.inf))
        take = inside & (changed < limit)
        w[~take, columns] = old[~take]
        value[take] = changed[take]
        accepted += take
    return accepted


def _propose(old: np.ndarray, settings: Sweeps, generator) -> tuple[np.ndarray, np.ndarray]:
    """A new point of one simplex for every chain, and whether it lies inside."""
    count, size = old.shape
    chains = np.arange(count)
    giver = generator.integers(size, size=count)
    taker = (giver + generator.integers(1, size, size=count)) % size
    mass = generator.uniform(-1, 1, count) * 10 ** (-settings.decades * generator.random(count))
    moved = old.copy()
    moved[chains, giver] -= mass
    moved[chains, taker] += mass
    drawn = generator.standard_exponential((count, size))
    fresh = generator.random(count) < settings.fresh
    inside = fresh | (moved.min(1) >= 0)
    return np.where(fresh[:, None], drawn / drawn.sum(1, keepdims=True), moved), inside


def _exchange(w, value, heat, count: int, first: int, generator) -> list[bool]:
    """Neighbouring temperatures of each chain, every second pair of them, in place."""
    low = np.array([base + at for base in range(0, len(w), count) for at in range(first, count - 1, 2)], int)
    if not len(low):
        return []
    high = low + 1
    gain = (1 / heat[low] - 1 / heat[high]) * (value[low] - value[high])
    take = -generator.standard_exponential(len(low)) < gain
    one, other = low[take], high[take]
    w[one], w[other] = w[other], w[one]
    value[one], value[other] = value[other], value[one]
    return list(take)
