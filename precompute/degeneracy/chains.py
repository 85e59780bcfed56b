"""Chains of the degeneracy experiment: one rule for the step size, so that no system is tuned by hand."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from devdash.sampling import SGLD, Estimate, estimate_llc


@dataclass(frozen=True)
class Chains:
    """Chains around w* with ε = factor / (nβ · curvature), the curvature being the largest at w*.

    Along the steepest direction the step then biases λ̂ by 1 / (1 − factor / 4) at most. Where the
    Hessian at w* is no guide (it is 0, and weights roam at a distance of order 1), the curvature is 1.
    """

    factor: float
    gamma: float
    chains: int
    draws: int
    burn_in: int
    steps_per_draw: int

    @property
    def steps(self) -> int:
        """Steps of each chain."""
        return self.burn_in + self.draws * self.steps_per_draw

    def settings(self, nbeta: float, curvature: float = 1.0, kind: Callable = SGLD) -> dict:
        """Arguments of `estimate_llc`. kind: the sampler, from ε, nβ and γ."""
        return {
            "sampler": kind(self.factor / (nbeta * curvature), nbeta, self.gamma),
            "chains": self.chains,
            "draws": self.draws,
            "burn_in": self.burn_in,
            "steps_per_draw": self.steps_per_draw,
        }


def timed(loss, params, data, **settings) -> tuple[Estimate, float]:
    """`estimate_llc` and the seconds that it took."""
    started = time.monotonic()
    estimate = estimate_llc(loss, params, data, **settings)
    return estimate, time.monotonic() - started
