"""Gaussians: L = ½ Σ h w², curvatures from flat to a few outliers; the value is Σ nβh / 2(nβh + γ)."""

from functools import partial

import torch

from benchmarks.coverage.systems import Built, Landscape, System

UNCOUNTED = 0.05  # share of the value that may lie in directions slower than the slowest that counts
SPECTRA = {
    "flat": lambda d: torch.ones(d),
    "uniform": lambda d: 2 * (torch.arange(d) + 0.5) / d,
    "power law 1/k": lambda d: 1 / torch.arange(1.0, d + 1),
    "power law 1/√k": lambda d: torch.arange(1.0, d + 1) ** -0.5,
    "outliers": lambda d: torch.cat([torch.full((d // 10,), 1.0), torch.full((d - d // 10,), 0.03)]),
}
PLACES = ((30.0, 300.0), (1000.0, 1.0), (1000.0, 100.0))  # nβ and γ
SIZES = (10, 100, 3000)
MANY = 100_000


def systems() -> list[System]:
    """Every spectrum at three sizes and three places; the largest size at one; one seen to come out wrong."""
    cells = [(name, d, *place) for name in SPECTRA for d in SIZES for place in PLACES]
    cells += [(name, MANY, 1000.0, 100.0) for name in SPECTRA] + [("uniform", 16_480, 30.0, 300.0)]
    return [_system(*cell) for cell in cells]


def _system(spectrum: str, d: int, nbeta: float, gamma: float) -> System:
    return System(
        "gaussian",
        f"{spectrum}, d {d}, nβ {nbeta:g}, γ {gamma:g}",
        nbeta,
        gamma,
        partial(_build, spectrum, d, nbeta, gamma),
        theory=d / 2,
        most_steps=600 if d > 10_000 else 2000 if d > 1000 else 5000,
        extra={"unmoved": {"epsilon": 1e-300}} if d == 10 and gamma == 1 else {},
    )


def _build(spectrum: str, d: int, nbeta: float, gamma: float) -> Built:
    h = SPECTRA[spectrum](d)
    return Built(
        lambda params, _: (h * params["w"].square()).sum() / 2,
        {"w": torch.zeros(d)},
        Landscape(float(h.max()), slowest(h, nbeta, gamma)),
        exact=lambda nbeta, gamma: (gaussian_value(h, nbeta, gamma), 0.0),
    )


def shares(h: torch.Tensor, nbeta: float, gamma: float) -> torch.Tensor:
    """What each direction of curvature h adds to the value, (direction,)."""
    stiff = nbeta * h.double()
    return stiff / (stiff + gamma) / 2


def gaussian_value(h: torch.Tensor, nbeta: float, gamma: float) -> float:
    """E[nβ (L − L(w*))]."""
    return float(shares(h, nbeta, gamma).sum())


def slowest(h: torch.Tensor, nbeta: float, gamma: float) -> float:
    """The curvature below which directions hold at most 5 % of the value."""
    ordered = h.double().sort().values
    held = shares(ordered, nbeta, gamma).cumsum(0)
    return float(ordered[(held > UNCOUNTED * held[-1]).nonzero()[0, 0]])
