"""Chains of the degeneracy experiment: one rule for the step size, so that no system is tuned by hand."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from devdash.measures.estimates import chain_steps
from devdash.sampling import SGNHT, Langevin
from devdash.sampling.plan import Plan

SETTLED = 6.0
MOST_FRICTION = 0.5


@dataclass(frozen=True)
class RuledChains:
    """Chains around w* with ε = factor / (nβ · curvature), the curvature being the largest at w*.

    Where the Hessian at w* is no guide (it is 0, and weights roam at a distance of order 1), the
    curvature is 1.
    plan: without a sampler, which the rule gives.
    """

    factor: float
    gamma: float
    plan: Plan

    @property
    def steps(self) -> int:
        """Steps of each chain."""
        return chain_steps(self.plan)

    def at(self, nbeta: float, curvature: float = 1.0, kind: Callable = Langevin, **changes) -> Plan:
        """The plan with its sampler, and with other changes. kind: the sampler, from ε, nβ and γ."""
        sampler = kind(self.factor / (nbeta * curvature), nbeta, self.gamma)
        return replace(self.plan, sampler=sampler, **changes)


@dataclass(frozen=True)
class ThermostatChains:
    """SGNHT around w* with ε = factor / (nβ · curvature), as in `RuledChains`; for losses of all data.

    A flat direction swings √(εγ) radians a step, and so settles within some √(nβh/γ) steps; samplers
    without momentum take nβh/γ. The friction is twice what is critical for these swings, which shortens
    the correlations of the steep directions.
    gamma: the weakest localisation; it is stronger where SETTLED radians would not fit into the burn-in.
    """

    factor: float
    gamma: float
    plan: Plan

    @property
    def steps(self) -> int:
        """Steps of each chain."""
        return chain_steps(self.plan)

    def at(self, nbeta: float, curvature: float = 1.0) -> Plan:
        """The plan with its sampler."""
        epsilon = self.factor / (nbeta * curvature)
        gamma = max(self.gamma, (SETTLED / self.plan.burn_in) ** 2 / epsilon)
        friction = min(4 * (epsilon * gamma) ** 0.5, MOST_FRICTION)
        return replace(self.plan, sampler=SGNHT(epsilon, nbeta, gamma, friction=friction))

    def shortened(self, share: float) -> "ThermostatChains":
        """Chains of as many draws, with this share of the steps."""
        burn_in, spacing = (
            math.ceil(share * steps) for steps in (self.plan.burn_in, self.plan.steps_per_draw)
        )
        return replace(self, plan=replace(self.plan, burn_in=burn_in, steps_per_draw=spacing))
