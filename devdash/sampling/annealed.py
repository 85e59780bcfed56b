"""Annealed sequential Monte Carlo with Hamiltonian moves: a Bayesian posterior, with its evidence.

Particles start as draws of the prior N(0, 1) and pass through the tempered posteriors
φ(w) exp(−t E(w)), 0 = t_0 < … < 1: reweight, resample, move. Each next t is the one that leaves
`keep` of the particles effective. Because all modes are weighted by their volume, occupancy of
modes is right where a single chain would be stuck in one.
Source: Del Moral, Doucet, Jasra 2006; adaptive temperatures: Jasra et al. 2011.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Annealing:
    """particles: how many. keep: share of effective particles after each reweighting.

    moves: Hamiltonian moves at each temperature. leapfrog: most steps of one move (the number is
    drawn anew for each). final_moves: moves at t = 1.

    >>> Annealing(particles=96)
    Annealing(particles=96, keep=0.7, moves=3, leapfrog=16, final_moves=20)
    """

    particles: int = 192
    keep: float = 0.7
    moves: int = 3
    leapfrog: int = 16
    final_moves: int = 20


@dataclass(frozen=True)
class Posterior:
    """particles: (particle, weight), equally weighted. log_evidence: log ∫ φ exp(−E).

    acceptance: mean over all moves; ess: smallest share of effective particles met; ancestors: how
    many of the first particles still have descendants; temperatures: number of levels.
    """

    particles: Tensor
    log_evidence: float
    acceptance: float
    ess: float
    ancestors: int
    temperatures: int


def sample(energy, weights: int, settings: Annealing, seed: int) -> Posterior:
    """Sample φ(w) exp(−E(w)). energy: (particle, weight) → (E (particle,), ∇E (particle, weight)).

    >>> def energy(w):  # E = ‖w‖²/2: with the prior, N(0, ½)
    ...     return w.square().sum(-1) / 2, w
    >>> posterior = sample(energy, weights=1, settings=Annealing(particles=400), seed=0)
    >>> variance = float(posterior.particles.var())
    >>> posterior.particles.shape, round(variance, 1), round(posterior.log_evidence, 1)  # −½ log 2
    (torch.Size([400, 1]), 0.5, -0.3)
    """
    generator = torch.Generator().manual_seed(seed)
    count = settings.particles
    w = torch.randn(count, weights, generator=generator, dtype=torch.float64)
    origin, level, log_evidence, step = torch.arange(count), 0.0, 0.0, 0.1
    accepted, effective, temperatures = [], [1.0], 0
    value, gradient = energy(w)
    while level < 1:
        if not torch.isfinite(value).all():
            raise ValueError(f"annealed: the energy is not finite at temperature parameter {level:.3g}")
        raised = next_level(value, level, settings.keep)
        log_weight = -(raised - level) * value
        log_evidence += float(torch.logsumexp(log_weight, 0)) - _log(count)
        effective.append(effective_share(log_weight))
        chosen = systematic(log_weight, generator)
        w, value, gradient, origin = w[chosen], value[chosen], gradient[chosen], origin[chosen]
        level, temperatures = raised, temperatures + 1
        for _ in range(settings.moves if level < 1 else settings.final_moves):
            w, value, gradient, rate = move(
                energy, w, value, gradient, level, step, settings.leapfrog, generator
            )
            accepted.append(rate)
            step *= 1.15 if rate > 0.8 else 0.85
    return Posterior(
        w, log_evidence, sum(accepted) / len(accepted), min(effective), len(origin.unique()), temperatures
    )


def next_level(energy: Tensor, level: float, keep: float) -> float:
    """The highest temperature parameter that keeps the wanted share of particles effective."""
    if effective_share(-(1 - level) * energy) >= keep:
        return 1.0
    low, high = 0.0, 1 - level
    for _ in range(50):
        middle = (low + high) / 2
        enough = effective_share(-middle * energy) >= keep
        low, high = (middle, high) if enough else (low, middle)
    return level + low


def effective_share(log_weight: Tensor) -> float:
    """(Σw)² / (N Σw²), between 1/N and 1."""
    twice = 2 * torch.logsumexp(log_weight, 0) - torch.logsumexp(2 * log_weight, 0)
    return float(twice.exp()) / len(log_weight)


def systematic(log_weight: Tensor, generator: torch.Generator) -> Tensor:
    """Systematic resampling: which particle takes each place, (particle,)."""
    count = len(log_weight)
    places = (torch.arange(count) + torch.rand(1, generator=generator)) / count
    chosen = torch.searchsorted(log_weight.softmax(0).cumsum(0), places.to(log_weight.dtype))
    return chosen.clamp(max=count - 1)


def move(energy, w, value, gradient, level: float, step: float, leapfrog: int, generator):
    """One Hamiltonian move of every particle on U = t E + ‖w‖²/2.

    Returns w, E, ∇E and the mean acceptance probability.

    >>> def energy(w):
    ...     return w.square().sum(-1) / 2, w
    >>> w = torch.zeros(50, 3, dtype=torch.float64)
    >>> generator = torch.Generator().manual_seed(0)
    >>> moved, value, gradient, rate = move(energy, w, *energy(w), 1.0, 0.1, 16, generator)
    >>> moved.shape, value.shape, rate > 0.9
    (torch.Size([50, 3]), torch.Size([50]), True)
    """
    momentum = torch.randn(w.shape, generator=generator, dtype=w.dtype)
    steps = int(torch.randint(leapfrog // 2, leapfrog + 1, (1,), generator=generator))
    start = level * value + (w.square() + momentum.square()).sum(-1) / 2
    new_w, new_value, new_gradient = w, value, gradient
    p = momentum - step / 2 * (level * gradient + w)
    for number in range(steps):
        new_w = new_w + step * p
        new_value, new_gradient = energy(new_w)
        half = 1 if number < steps - 1 else 0.5
        p = p - half * step * (level * new_gradient + new_w)
    end = level * new_value + (new_w.square() + p.square()).sum(-1) / 2
    rate = torch.exp(torch.clamp(start - end, max=0.0)).nan_to_num(0.0)
    take = torch.rand(len(w), generator=generator, dtype=w.dtype) < rate
    w = torch.where(take[:, None], new_w, w)
    gradient = torch.where(take[:, None], new_gradient, gradient)
    return w, torch.where(take, new_value, value), gradient, float(rate.mean())


def _log(count: int) -> float:
    return float(torch.log(torch.tensor(count, dtype=torch.float64)))
