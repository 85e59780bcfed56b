"""Chains with momentum of the degeneracy experiment: flat directions settle where other chains do not."""

from dataclasses import replace

import pytest
import torch

from devdash.sampling import estimate_llc
from devdash.sampling.plan import Plan
from devdash.verdicts import NOT_CONVERGED, RELIABLE
from precompute.degeneracy.chains import RuledChains, ThermostatChains

pytestmark = pytest.mark.slow

NBETA, FLAT = 1e4, 1e-3
PLAN = Plan(None, chains=256, draws=300, burn_in=3000, steps_per_draw=20)
CHAINS = ThermostatChains(0.03, 10.0, PLAN)


def valley(params, _):
    """Curvature 1 along x and FLAT along y."""
    x, y = params["w"]
    return (x**2 + FLAT * y**2) / 2


def estimate(plan: Plan):
    return estimate_llc(valley, {"w": torch.zeros(2)}, None, **vars(plan))


def test_a_flat_direction_settles_with_momentum_alone():
    exact = sum(NBETA * h / (NBETA * h + CHAINS.gamma) / 2 for h in (1.0, FLAT))
    settled = estimate(CHAINS.at(NBETA))
    assert settled.llc == pytest.approx(exact, abs=3 * settled.budget.monte_carlo)
    without = estimate(RuledChains(CHAINS.factor, CHAINS.gamma, replace(PLAN, burn_in=100)).at(NBETA))
    assert (settled.verdict, without.verdict) == (RELIABLE, NOT_CONVERGED)
    assert without.llc < 0.9 * exact


def test_localisation_is_stronger_where_the_burn_in_is_too_short_for_a_swing():
    long, short = CHAINS.at(NBETA), replace(CHAINS, plan=replace(PLAN, burn_in=30)).at(NBETA)
    assert long.sampler.gamma == CHAINS.gamma
    assert short.sampler.epsilon == long.sampler.epsilon
    swing = (short.sampler.epsilon * short.sampler.gamma) ** 0.5
    assert swing * short.burn_in == pytest.approx(6)


def test_shortened_chains_have_as_many_draws():
    short = CHAINS.shortened(0.25)
    assert (short.plan.draws, short.plan.burn_in, short.plan.steps_per_draw) == (300, 750, 5)
