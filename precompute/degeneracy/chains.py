"""Chains of the degeneracy experiment: one rule for the step size, so that no system is tuned by hand."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from devdash.measures.estimates import chain_steps
from devdash.sampling import SGLD
from devdash.sampling.plan import Plan


@dataclass(frozen=True)
class RuledChains:
    """Chains around w* with ε = factor / (nβ · curvature), the curvature being the largest at w*.

    Along the steepest direction the step then biases λ̂ by 1 / (1 − factor / 4) at most. Where the
    Hessian at w* is no guide (it is 0, and weights roam at a distance of order 1), the curvature is 1.
    plan: without a sampler, which the rule gives.
    """

    factor: float
    gamma: float
    plan: Plan

    @property
    def steps(self) -> int:
        """Steps of each chain."""
        return chain_steps(self.plan)

    def at(self, nbeta: float, curvature: float = 1.0, kind: Callable = SGLD, **changes) -> Plan:
        """The plan with its sampler, and with other changes. kind: the sampler, from ε, nβ and γ."""
        sampler = kind(self.factor / (nbeta * curvature), nbeta, self.gamma)
        return replace(self.plan, sampler=sampler, **changes)
