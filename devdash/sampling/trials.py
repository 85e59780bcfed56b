"""Short runs by which settings are judged: one row each, and what makes a row a good one."""

import math
from dataclasses import dataclass, replace

import numpy as np

from devdash.sampling import diagnostics, series
from devdash.sampling.estimate import Estimate
from devdash.sampling.plan import Plan
from devdash.sampling.problem import Problem
from devdash.sampling.transform import Settings
from devdash.verdicts import AT_MINIMUM

BIAS = 0.02  # of λ̂, of step and minibatches, that is let pass
CHAINS, DRAWS = 2, 50


@dataclass(frozen=True)
class Trial:
    """Runs one cell of a problem with one component and one point."""

    problem: Problem
    plan: Plan

    def row(self, part: str, sampler: Settings) -> dict:
        """One row of the grid."""
        plan = replace(self.plan, sampler=sampler, chains=CHAINS, draws=DRAWS, stop=None, observe=None)
        ((estimate,),) = self.problem.run(replace(plan, keep_positions=False)).values()
        return {
            "part": part,
            "epsilon": sampler.epsilon,
            "nbeta": sampler.nbeta,
            "gamma": sampler.gamma,
            "llc": estimate.llc,
            "std_err": estimate.std_err,
            "acceptance": estimate.acceptance,
            "virial": estimate.virial,
            "bias_share": _relative_bias(estimate),
            "regime": estimate.regime.value,
            "drift": _drift(estimate),
            "verdict": estimate.verdict,
            "chosen": False,
            "reason": estimate.message,
            "estimate": estimate,
        }


def _relative_bias(estimate: Estimate) -> float:
    """What step and minibatches add to λ̂ beyond noise, as a share of it."""
    parts = estimate.budget.step, estimate.budget.minibatch
    return math.hypot(*parts) / abs(estimate.llc) if estimate.llc else math.nan


def _drift(estimate: Estimate) -> float:
    """Change of the trace from its first to its last third, relative."""
    whole = estimate.losses[np.isfinite(estimate.chain_llc)]
    scaled = estimate.sampler.nbeta * (whole - estimate.init_loss)
    return series.drift_of(scaled) if len(whole) else math.nan


def is_valid(row: dict) -> bool:
    """Whether chains ran, stayed at w* and had settled."""
    drifts = abs(row["drift"]) > diagnostics.DRIFT_SHARE
    return row["verdict"] in AT_MINIMUM and row["llc"] > 0 and not drifts and not has_left(row)


def has_left(row: dict) -> bool:
    """Whether chains are on a plateau beside w*."""
    return row["estimate"].growth.is_level


def is_unbiased(row: dict) -> bool:
    """Whether neither step nor minibatches move λ̂ by more than `BIAS`, or than can be seen."""
    step = row["estimate"].step
    seen = abs(step.value) <= max(BIAS * abs(row["llc"]), 2 * step.error)
    return seen and row["estimate"].budget.minibatch <= BIAS * abs(row["llc"])


def is_flat(one: dict, other: dict) -> bool:
    """Whether what this ε adds to λ̂, by the next smaller one, is no more than `BIAS`, or than can be seen.

    As if it went with ε, as SGLD's does and the minibatches' heat; what goes with ε² is less.
    """
    share = 1 - other["epsilon"] / one["epsilon"]  # of what is added that lies between the two
    apart = abs(one["llc"] - other["llc"])
    noise = math.hypot(*(row["estimate"].budget.monte_carlo for row in (one, other)))
    return is_valid(one) and is_valid(other) and apart <= max(2 * noise, share * BIAS * abs(one["llc"]))
