"""Reduced rank regression: one hidden layer without nonlinearity, its four cases by Aoyagi & Watanabe."""

from functools import partial

from benchmarks.coverage.families.deep_linear import build
from benchmarks.coverage.systems import System
from devdash.models import linear

CASES = (
    (4, 2, 4, 0),
    (4, 3, 5, 1),
    (6, 4, 5, 2),
    (6, 6, 6, 1),
    (8, 2, 3, 1),
    (3, 5, 8, 2),
    (5, 5, 5, 5),
    (8, 6, 8, 3),
)
PLACES = ((100.0, 10.0), (1000.0, 10.0))  # nβ and γ


def systems() -> list[System]:
    """Inputs, hidden units, outputs and rank; w* is aligned, so that theory's λ is local."""
    return [_system(case, *place) for case in CASES for place in PLACES]


def _system(case, nbeta: float, gamma: float) -> System:
    *widths, rank = case
    name = f"{linear.label(widths, rank)}, nβ {nbeta:g}"
    theory = linear.reduced_rank(*case)[0]
    made = partial(build, "reduced_rank", name, linear.aligned(widths, rank, sum(case)), rank, nbeta, False)
    return System("reduced_rank", name, nbeta, gamma, made, theory, long=32)
