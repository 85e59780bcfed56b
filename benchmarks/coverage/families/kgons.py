"""k-gons of the toy model of superposition, on its exact population loss."""

from functools import partial

from benchmarks.coverage import truth
from benchmarks.coverage.systems import Built, System
from devdash.models import kgons
from devdash.models.superposition import population_loss

POINTS = ((4, 4, 0), (5, 5, 0), (5, 4, 0), (5, 4, 1), (6, 6, 0), (6, 5, 0), (6, 5, 1), (6, 4, 1))
PLACES = ((1000.0, 30.0), (1000.0, 300.0))  # nβ and γ


def systems() -> list[System]:
    """Features, k and σ."""
    return [_system(*point, *place) for point in POINTS for place in PLACES]


def _system(features: int, k: int, sigma: int, nbeta: float, gamma: float) -> System:
    name = f"{kgons.label(k, sigma)} of {features} features, nβ {nbeta:g}, γ {gamma:g}"
    theory = kgons.theoretical_llc(k, features, sigma)
    build = partial(_build, name, features, k, sigma)
    return System("kgons", name, nbeta, gamma, build, None if k == 4 else theory, long=32)


def _build(name: str, features: int, k: int, sigma: int) -> Built:
    W, b = kgons.kgon(k, features, sigma)
    return Built(
        lambda params, _: population_loss(params["W"], params["b"]),
        {"W": W, "b": b},
        truth.landscape("kgons", name),
    )
