"""Potentials of one or two variables: singular, the value at finite n exact by quadrature."""

import math
from dataclasses import replace
from functools import partial

import torch
from scipy.optimize import brentq

from benchmarks.coverage import truth
from benchmarks.coverage.systems import Built, System
from devdash.models.potentials import POTENTIALS, exact_value, nbeta_of

EXAMPLES = (100.0, 10_000.0)
QUADRATURE = 1e-3  # relative error


def systems() -> list[System]:
    """Every potential at two sizes."""
    return [_system(name, n) for name in POTENTIALS for n in EXAMPLES]


def _system(name: str, n: float) -> System:
    potential = POTENTIALS[name]
    full = f"{name}, n {n:.0e}"
    build = partial(_build, name, full)
    return System("potentials", full, nbeta_of(n), potential.gamma, build, potential.llc, long=32)


def examples_of(nbeta: float) -> float:
    """n with n / log n = nβ, which there is from nβ = e on."""
    return brentq(lambda n: nbeta_of(n) - nbeta, math.e, 1e6 + nbeta**2) if nbeta > math.e else math.nan


def _build(name: str, full: str) -> Built:
    potential = POTENTIALS[name]

    def value(nbeta: float, gamma: float) -> tuple[float, float]:
        exact = exact_value(replace(potential, gamma=gamma), examples_of(nbeta))
        return exact, QUADRATURE * exact

    return Built(
        lambda params, _: potential.value(*params["w"]),
        {"w": torch.tensor(potential.point, dtype=torch.float64)},
        truth.landscape("potentials", full),
        exact=value,
    )
